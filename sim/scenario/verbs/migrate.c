/* SPDX-License-Identifier: GPL-2.0-or-later */
/* migrate: a node calls for a migration; watchdog: it does when a path gets worse. */
#include "sim/scenario/verb.h"

#include <inttypes.h>
#include <string.h>

#define TIMEOUT_NS (5000 * SCENARIO_MILLISECOND_NS)

static void migrate_defaults(entry_draft *draft)
{
    draft->event.data.call = (scenario_call){.timeout_ns = TIMEOUT_NS};
}

static void watchdog_defaults(entry_draft *draft)
{
    draft->event.data.watchdog = (scenario_watchdog){.call = {.timeout_ns = TIMEOUT_NS},
                                                     .threshold_ns = 200 * SCENARIO_MILLISECOND_NS,
                                                     .sample_ns = 5000 * SCENARIO_MILLISECOND_NS,
                                                     .strikes = 2};
}

bool scenario_check_as(scenario_reader *reader, const tree_node *entry, const entry_draft *draft)
{
    const char *const label = scenario_event_call(&draft->event)->label;
    const scenario_verb verb = draft->event.verb;
    if (!label || scenario_follows(entry))
        return true;
    for (size_t i = 0; i < reader->label_count; i++) {
        const scenario_label *const earlier = &reader->labels[i];
        if (strcmp(earlier->name, label) != 0)
            continue;
        const bool alike = (earlier->verb == SCENARIO_RECONNECT) == (verb == SCENARIO_RECONNECT);
        if (!alike)
            scenario_fault(reader, tree_get(entry, "as")->place,
                           "'%.63s' is the label of %s: %s need another one", label,
                           verb == SCENARIO_RECONNECT ? "migrations" : "reconnects",
                           verb == SCENARIO_RECONNECT ? "reconnects" : "migrations");
        return alike;
    }
    reader->labels[reader->label_count++] = (scenario_label){label, verb};
    return true;
}

static bool check_watchdog(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    return scenario_check_as(reader, entry, draft);
}

static bool check_migrate(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    draft->event.node = draft->pair.from; /* of each connection of the node, if it stands alone */
    const bool good = draft->pair.to == SCENARIO_NONE ? draft->pair.from != SCENARIO_NONE
                                                      : scenario_check_pair(reader, entry, draft);
    return scenario_check_as(reader, entry, draft) && good;
}

static void explain_call(const scenario_event *event, FILE *stream)
{
    const scenario_call *const call = scenario_event_call(event);
    scenario_explain_time(stream, " within ", call->timeout_ns);
    fprintf(stream, "%s%s%s", call->mode == SCENARIO_FOLLOW_FIRST ? ", follow first" : "",
            call->label ? ", as " : "", call->label ? call->label : "");
}

static void explain_migrate(const scenario *whole, const scenario_event *event, FILE *stream)
{
    scenario_explain_where(whole, event, stream);
    explain_call(event, stream);
}

static void explain_watchdog(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const scenario_watchdog *const watchdog = scenario_event_watchdog(event);
    scenario_explain_where(whole, event, stream);
    scenario_explain_time(stream, ", round trip over ", watchdog->threshold_ns);
    fprintf(stream, " in %" PRIu32 " samples in a row", watchdog->strikes);
    scenario_explain_time(stream, ", each ", watchdog->sample_ns);
    if (watchdog->silence_ns)
        scenario_explain_time(stream, ", or no answer for ", watchdog->silence_ns);
    fprintf(stream, ": migrates");
    explain_call(event, stream);
}

static const key_choice MODES[] = {
    {"validate-first", SCENARIO_VALIDATE_FIRST}, {"follow-first", SCENARIO_FOLLOW_FIRST}, {0}};

/* What a migration is called with: `call` is where the data have it. */
/* NOLINTBEGIN(bugprone-macro-parentheses): a member of a struct takes none */
#define CALL_ROWS(call)                                                                                      \
    {"network", EVENT_FIELD(KEY_NETWORK, network), .about = "The network to which it migrates",              \
     .otherwise = "a new port in the network in use", .example = "cellular"},                                \
        {"timeout",                                                                                          \
         DATA_FIELD(KEY_DURATION, call.timeout_ns),                                                          \
         .min = SCENARIO_MILLISECOND_NS,                                                                     \
         .max = SCENARIO_DAY_NS,                                                                             \
         .about = "The budget of a migration",                                                               \
         .otherwise = "5s",                                                                                  \
         .example = "5s"},                                                                                   \
        {"as", DATA_FIELD(KEY_NAME, call.label), .max = SCENARIO_LABEL_MAX_BYTES,                            \
         .about = "The label by which expectations and tables call it", .example = "move"},                  \
    {                                                                                                        \
        "mode", DATA_FIELD(KEY_CHOICE, call.mode),                                                           \
            .choices = MODES, .about = "Whether data moves when the path is validated, or at once",          \
            .otherwise = "validate-first", .example = "follow-first"                                         \
    }
/* NOLINTEND(bugprone-macro-parentheses) */

static const key_row MIGRATE_ROWS[] = {
    {"migrate", KEY_FIELD(KEY_NODE_OR_PAIR, entry_draft, pair), .of_group = true,
     .about =
         "The first node migrates its connection with the second; of one node: each connection that is up",
     .example = "laptop -> server"},
    CALL_ROWS(call),
    {0},
};
static const key_row WATCHDOG_ROWS[] = {
    NODE_ROW("watchdog", "The node that migrates a connection whose smoothed RTT stays too high"),
    {"threshold", DATA_FIELD(KEY_DURATION, watchdog.threshold_ns), .min = 1, .max = SCENARIO_DAY_NS,
     .about = "The smoothed RTT above which a sample is a strike", .otherwise = "200ms", .example = "200ms"},
    {"sample", DATA_FIELD(KEY_DURATION, watchdog.sample_ns), .min = SCENARIO_MILLISECOND_NS,
     .max = SCENARIO_DAY_NS, .about = "The time between two samples", .otherwise = "5s", .example = "5s"},
    {"silence", DATA_FIELD(KEY_DURATION, watchdog.silence_ns), .min = SCENARIO_MILLISECOND_NS,
     .max = SCENARIO_DAY_NS, .about = "That time without an answer is a strike too", .otherwise = "none",
     .example = "2s"},
    {"strikes", DATA_FIELD(KEY_INTEGER, watchdog.strikes), .min = 1, .max = 1000,
     .about = "How many strikes in a row call for a migration", .otherwise = "2", .example = "2"},
    CALL_ROWS(watchdog.call),
    {0},
};

const verb_descriptor SCENARIO_VERB_MIGRATE = {"migrate",
                                               MIGRATE_ROWS,
                                               .defaults = migrate_defaults,
                                               .check = check_migrate,
                                               .follow = order_follow_call,
                                               .explain = explain_migrate};
/* A watchdog resolves its network when it calls. */
const verb_descriptor SCENARIO_VERB_WATCHDOG = {"watchdog",
                                                WATCHDOG_ROWS,
                                                .defaults = watchdog_defaults,
                                                .check = check_watchdog,
                                                .follow = order_follow_node,
                                                .explain = explain_watchdog};
