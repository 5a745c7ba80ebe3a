/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario_internal.h"

#include <stdlib.h>
#include <string.h>

enum { LABEL_MAX_BYTES = 63, MILLISECOND_NS = 1000000 };

/* One entry, before it is repeated. */
typedef struct entry_draft {
    scenario_event event;
    key_pair migrate;
    uint64_t every_ns; /* 0: once */
    uint64_t times;    /* 0: to the end */
    uint64_t for_ns;   /* SCENARIO_NEVER */
    bool good;
} entry_draft;

static const key_choice DIRECTIONS[] = {
    {"both", SCENARIO_BOTH}, {"up", SCENARIO_UP}, {"down", SCENARIO_DOWN}, {0}};
static const key_choice MODES[] = {
    {"validate-first", SCENARIO_VALIDATE_FIRST}, {"follow-first", SCENARIO_FOLLOW_FIRST}, {0}};
static const key_choice CHANGES[] = {{"true", SCENARIO_DISABLED}, {"false", SCENARIO_ENABLED}, {0}};
static const key_choice BOOLEANS[] = {{"true", true}, {"false", false}, {0}};

#define EVENT_FIELD(member) KEY_FIELD(entry_draft, event.member)
#define NODE_ROW(verb)                                                                                       \
    {                                                                                                        \
        verb, KEY_NODE, EVENT_FIELD(node), .example = "laptop"                                               \
    }
#define NETWORK_ROW                                                                                          \
    {                                                                                                        \
        "network", KEY_NETWORK, EVENT_FIELD(network), .required = true, .example = "wifi"                    \
    }
#define DIRECTION_ROW                                                                                        \
    {                                                                                                        \
        "direction", KEY_CHOICE, EVENT_FIELD(direction), .choices = DIRECTIONS, .example = "up"              \
    }

static const key_row COMMON_ROWS[] = {
    {"at", KEY_DURATION, EVENT_FIELD(at_ns), .required = true, .max = SCENARIO_DAY_NS, .example = "5s"},
    {"every", KEY_DURATION, KEY_FIELD(entry_draft, every_ns), .min = 1, .max = SCENARIO_DAY_NS,
     .example = "2s"},
    {"times", KEY_INTEGER, KEY_FIELD(entry_draft, times), .min = 1, .max = SCENARIO_EVENTS_MAX,
     .example = "3"},
    {0},
};

static const key_row ATTACH_ROWS[] = {NODE_ROW("attach"), NETWORK_ROW, {0}};
static const key_row DETACH_ROWS[] = {NODE_ROW("detach"), NETWORK_ROW, {0}};
static const key_row DOWN_ROWS[] = {NODE_ROW("down"), NETWORK_ROW, {0}};
static const key_row UP_ROWS[] = {NODE_ROW("up"), NETWORK_ROW, {0}};
static const key_row HEAL_ROWS[] = {NODE_ROW("heal"), NETWORK_ROW, DIRECTION_ROW, {0}};
static const key_row BLACKHOLE_ROWS[] = {
    NODE_ROW("blackhole"),
    NETWORK_ROW,
    DIRECTION_ROW,
    {"for", KEY_DURATION, KEY_FIELD(entry_draft, for_ns), .min = 1, .max = SCENARIO_DAY_NS, .example = "2s"},
    {0},
};
static const key_row SAY_ROWS[] = {{"say", KEY_TEXT, EVENT_FIELD(text), .example = "the lift"}, {0}};
/* What a migration is called with, by the timeline or by a watchdog. */
#define CALL_ROWS                                                                                            \
    {"network", KEY_NETWORK, EVENT_FIELD(network), .example = "cellular"}, {"timeout",                       \
                                                                            KEY_DURATION,                    \
                                                                            EVENT_FIELD(timeout_ns),         \
                                                                            .min = MILLISECOND_NS,           \
                                                                            .max = SCENARIO_DAY_NS,          \
                                                                            .example = "5s"},                \
        {"as", KEY_NAME, EVENT_FIELD(label), .max = LABEL_MAX_BYTES, .example = "move"},                     \
    {                                                                                                        \
        "mode", KEY_CHOICE, EVENT_FIELD(mode), .choices = MODES, .example = "follow-first"                   \
    }

static const key_row MIGRATE_ROWS[] = {
    {"migrate", KEY_NODE_OR_PAIR, KEY_FIELD(entry_draft, migrate), .example = "laptop -> server"},
    CALL_ROWS,
    {0},
};
static const key_row WATCHDOG_ROWS[] = {
    NODE_ROW("watchdog"),
    {"threshold", KEY_DURATION, EVENT_FIELD(watchdog.threshold_ns), .min = 1, .max = SCENARIO_DAY_NS,
     .example = "200ms"},
    {"sample", KEY_DURATION, EVENT_FIELD(watchdog.sample_ns), .min = MILLISECOND_NS, .max = SCENARIO_DAY_NS,
     .example = "5s"},
    {"silence", KEY_DURATION, EVENT_FIELD(watchdog.silence_ns), .min = MILLISECOND_NS, .max = SCENARIO_DAY_NS,
     .example = "2s"},
    {"strikes", KEY_INTEGER, EVENT_FIELD(watchdog.strikes), .min = 1, .max = 1000, .example = "2"},
    CALL_ROWS,
    {0},
};
static const key_row RESTART_ROWS[] = {
    NODE_ROW("restart"),
    {"for", KEY_DURATION, KEY_FIELD(entry_draft, for_ns), .max = SCENARIO_DAY_NS, .example = "3s"},
    {"leave", KEY_CHOICE, EVENT_FIELD(leave), .choices = BOOLEANS, .example = "true"},
    {"redial", KEY_CHOICE, EVENT_FIELD(redial), .choices = BOOLEANS, .example = "true"},
    {"disable_active_migration", KEY_CHOICE, EVENT_FIELD(active_migration), .choices = CHANGES,
     .example = "false"},
    {0},
};
static const key_row DIAL_ROWS[] = {
    {"dial", KEY_PAIR, KEY_FIELD(entry_draft, migrate), .example = "laptop -> server"},
    {"via", KEY_NODE, EVENT_FIELD(via), .example = "relay"},
    {0},
};
static const key_row STAGE_ROWS[] = {
    {"stage", KEY_PAIR, KEY_FIELD(entry_draft, migrate), .example = "laptop -> server"},
    {"via", KEY_NODE, EVENT_FIELD(via), .required = true, .example = "relay"},
    {"network", KEY_NETWORK, EVENT_FIELD(network), .example = "cellular"},
    {0},
};
static const key_row REFUSE_ROWS[] = {
    NODE_ROW("refuse"),
    NETWORK_ROW,
    {"for", KEY_DURATION, KEY_FIELD(entry_draft, for_ns), .min = 1, .max = SCENARIO_DAY_NS, .example = "2s"},
    {0},
};
static const key_row PERMIT_ROWS[] = {NODE_ROW("permit"), NETWORK_ROW, {0}};
/* Spelt again here, because a map is described by two tables and the common keys are one. */
static const key_row SET_ROWS[] = {
    {"set", KEY_NETWORK, EVENT_FIELD(network), .example = "wifi"},
    {"node", KEY_NODE, EVENT_FIELD(node), .example = "laptop"},
    DIRECTION_ROW,
    {"delay", KEY_DURATION, EVENT_FIELD(link.delay_ns), .max = SCENARIO_DELAY_MAX_NS, .example = "500ms"},
    {"jitter", KEY_DURATION, EVENT_FIELD(link.jitter_ns), .max = SCENARIO_DELAY_MAX_NS, .example = "2ms"},
    {"rate", KEY_RATE, EVENT_FIELD(link.rate_bps), .max = SCENARIO_RATE_MAX_BPS, .example = "20Mbps"},
    {"queue", KEY_PACKETS, EVENT_FIELD(link.queue_packets), .min = 1, .max = SCENARIO_PACKETS_MAX,
     .example = "64pkt"},
    {"loss", KEY_FRACTION, EVENT_FIELD(link.loss_ppb), .max = SCENARIO_PPB, .example = "0.1%"},
    {0},
};

/* A new verb is a row here and a table of its keys above. */
static const struct verb_row {
    const char *name;
    scenario_verb verb;
    const key_row *rows;
} VERBS[] = {
    {"attach", SCENARIO_ATTACH, ATTACH_ROWS},
    {"detach", SCENARIO_DETACH, DETACH_ROWS},
    {"set", SCENARIO_SET, SET_ROWS},
    {"down", SCENARIO_LINK_DOWN, DOWN_ROWS},
    {"up", SCENARIO_LINK_UP, UP_ROWS},
    {"blackhole", SCENARIO_BLACKHOLE, BLACKHOLE_ROWS},
    {"heal", SCENARIO_HEAL, HEAL_ROWS},
    {"migrate", SCENARIO_MIGRATE, MIGRATE_ROWS},
    {"say", SCENARIO_SAY, SAY_ROWS},
    {"restart", SCENARIO_RESTART, RESTART_ROWS},
    {"dial", SCENARIO_DIAL, DIAL_ROWS},
    {"stage", SCENARIO_STAGE, STAGE_ROWS},
    {"refuse", SCENARIO_REFUSE, REFUSE_ROWS},
    {"permit", SCENARIO_PERMIT, PERMIT_ROWS},
    {"watchdog", SCENARIO_WATCHDOG, WATCHDOG_ROWS},
};

enum { VERB_COUNT = sizeof(VERBS) / sizeof(VERBS[0]) };

static const char EXAMPLE[] = "{at: 5s, detach: laptop, network: wifi}";

const char *scenario_verb_name(scenario_verb verb)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (VERBS[i].verb == verb) {
            return VERBS[i].name;
        }
    }
    return verb == SCENARIO_START ? "start" : "?"; /* not written by itself: see restart */
}

/* --- the verb of an entry --- */

static const char *verb_name(const void *names, size_t index)
{
    return names && index < VERB_COUNT ? VERBS[index].name : NULL;
}

static bool is_common(const char *key)
{
    for (const key_row *row = COMMON_ROWS; row->name; row++) {
        if (strcmp(row->name, key) == 0) {
            return true;
        }
    }
    return false;
}

static void report_no_verb(scenario_reader *reader, const tree_node *entry)
{
    const tree_node *odd = NULL;
    for (const tree_node *child = entry->first; child; child = child->next) {
        const char *near =
            is_common(child->key) ? NULL : scenario_suggest(child->key, verb_name, VERBS, NULL);
        if (near) {
            scenario_fault(reader, child->key_place, "unknown verb '%.60s'; did you mean '%s'?", child->key,
                           near);
            return;
        }
        odd = odd || is_common(child->key) ? odd : child;
    }
    if (odd) {
        scenario_fault(reader, odd->key_place,
                       "unknown verb '%.60s'; known: attach, detach, set, down, up, "
                       "blackhole, heal, migrate, say, restart, dial, stage, refuse, permit, watchdog",
                       odd->key);
    } else {
        scenario_fault(reader, entry->place, "no verb: write for example %s", EXAMPLE);
    }
}

static const struct verb_row *find_verb(scenario_reader *reader, const tree_node *entry)
{
    const struct verb_row *found = NULL;
    for (const tree_node *child = entry->first; child; child = child->next) {
        for (size_t i = 0; i < VERB_COUNT; i++) {
            if (strcmp(VERBS[i].name, child->key) != 0 || found == &VERBS[i]) {
                continue;
            }
            if (found) {
                scenario_fault(reader, child->key_place, "'%s' and '%s' in one entry: write two", found->name,
                               child->key);
                return NULL;
            }
            found = &VERBS[i];
        }
    }
    if (!found) {
        report_no_verb(reader, entry);
    }
    return found;
}

/* --- checks of one entry --- */

static bool check_times(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    uint64_t duration_ns = reader->scenario->duration_ns;
    const tree_node *at = tree_get(entry, "at");
    const tree_node *times = tree_get(entry, "times");
    if (times && !tree_get(entry, "every")) {
        scenario_fault(reader, times->key_place, "'times' needs 'every': write for example every: 2s");
        return false;
    }
    if (duration_ns == 0) {
        draft->times = 1;
        return true;
    }
    uint64_t last = draft->event.at_ns;
    if (draft->every_ns && draft->times) {
        last += draft->every_ns * (draft->times - 1);
        last = draft->every_ns > (UINT64_MAX - draft->event.at_ns) / draft->times ? UINT64_MAX : last;
    }
    if (draft->event.at_ns >= duration_ns) {
        scenario_fault(reader, at->place, "event at %s, but the scenario ends before (duration)", at->text);
        return false;
    }
    if (last >= duration_ns) {
        scenario_fault(reader, times->place, "the last of %s times would come after the end of the scenario",
                       times->text);
        return false;
    }
    if (draft->every_ns && draft->times == 0) {
        draft->times = (duration_ns - 1 - draft->event.at_ns) / draft->every_ns + 1;
    }
    return true;
}

/* What stock ns-3 links cannot do. */
static bool check_set_p2p(scenario_reader *reader, const tree_node *entry, const scenario_event *event)
{
    const scenario *whole = reader->scenario;
    if (event->network == SCENARIO_NONE || whole->networks[event->network].link_type != SCENARIO_LINK_P2P) {
        return true;
    }
    const tree_node *jitter = event->link.jitter_ns > 0 ? tree_get(entry, "jitter") : NULL;
    const tree_node *rate = event->link.rate_bps == 0 ? tree_get(entry, "rate") : NULL;
    const tree_node *delay = event->direction != SCENARIO_BOTH ? tree_get(entry, "delay") : NULL;
    const char *name = whole->networks[event->network].name;
    if (jitter) {
        scenario_fault(reader, jitter->place, "'%s' has p2p links, which have no jitter", name);
    }
    if (rate) {
        scenario_fault(reader, rate->place, "'%s' has p2p links, which need a rate", name);
    }
    if (delay) {
        scenario_fault(reader, delay->place, "'%s' has p2p links, whose delay is one for both directions",
                       name);
    }
    return !jitter && !rate && !delay;
}

static bool check_set(scenario_reader *reader, const tree_node *entry, scenario_event *event)
{
    static const char *const FIELDS[] = {"delay", "jitter", "rate", "queue", "loss"};
    for (uint32_t i = 0; i < sizeof(FIELDS) / sizeof(FIELDS[0]); i++) {
        if (tree_get(entry, FIELDS[i])) {
            event->changes |= 1u << i; /* SCENARIO_CHANGE_ bits are in this order */
        }
    }
    if (event->changes == 0) {
        scenario_fault(reader, entry->place, "set changes nothing: write for example delay: 500ms");
    }
    return event->changes != 0;
}

static bool check_label(scenario_reader *reader, const tree_node *entry, const char *label)
{
    for (size_t i = 0; label && i < reader->label_count; i++) {
        if (strcmp(reader->labels[i], label) == 0) {
            scenario_fault(reader, tree_get(entry, "as")->place, "two migrations are called '%.63s'", label);
            return false;
        }
    }
    if (label) {
        reader->labels[reader->label_count++] = label;
    }
    return true;
}

/* A fault about an attachment leaves later entries of that node in doubt. */
static void mark_unsure(scenario_reader *reader, scenario_verb verb, uint32_t node)
{
    if (verb != SCENARIO_ATTACH && verb != SCENARIO_DETACH) {
        return;
    }
    if (node == SCENARIO_NONE || !reader->unsure) {
        reader->all_unsure = true;
    } else {
        reader->unsure[node] = true;
    }
}

/* The two nodes of migrate, dial and stage: peers of each other. */
static bool check_pair(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    scenario_event *event = &draft->event;
    const tree_node *value = tree_get(entry, scenario_verb_name(event->verb));
    event->node = draft->migrate.from;
    event->to = draft->migrate.to;
    if (event->verb == SCENARIO_MIGRATE && event->to == SCENARIO_NONE) {
        return event->node != SCENARIO_NONE;
    }
    event->peer = scenario_peer_of_pair(reader, value, draft->migrate);
    if (event->peer == SCENARIO_NONE) {
        return false;
    }
    const scenario *whole = reader->scenario;
    if (event->verb != SCENARIO_MIGRATE && whole->peers[event->peer].dialer != event->node) {
        scenario_fault(reader, value->place, "%s: it is '%s' that dials '%s', by peers",
                       scenario_verb_name(event->verb), whole->nodes[event->to].name,
                       whole->nodes[event->node].name);
        return false;
    }
    return scenario_check_via(reader, tree_get(entry, "via"), event->via, event->to);
}

static bool check_entry(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    scenario_event *event = &draft->event;
    bool good = !tree_get(entry, "at") || check_times(reader, entry, draft);
    if (event->verb == SCENARIO_SET) {
        good = check_set(reader, entry, event) && good;
        good = (!draft->good || check_set_p2p(reader, entry, event)) && good;
    }
    if (event->verb == SCENARIO_MIGRATE || event->verb == SCENARIO_DIAL || event->verb == SCENARIO_STAGE) {
        good = check_pair(reader, entry, draft) && good;
    }
    if (event->verb == SCENARIO_MIGRATE || event->verb == SCENARIO_WATCHDOG) {
        good = check_label(reader, entry, event->label) && good;
    }
    return good;
}

static void read_entry(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    *draft = (entry_draft){.event = {.place = entry->place,
                                     .node = SCENARIO_NONE,
                                     .to = SCENARIO_NONE,
                                     .peer = SCENARIO_NONE,
                                     .network = SCENARIO_NONE,
                                     .via = SCENARIO_NONE,
                                     .watchdog = {.threshold_ns = 200ull * MILLISECOND_NS,
                                                  .sample_ns = 5000ull * MILLISECOND_NS,
                                                  .strikes = 2}},
                           .migrate = {SCENARIO_NONE, SCENARIO_NONE},
                           .for_ns = SCENARIO_NEVER};
    scenario_event *event = &draft->event;
    if (!scenario_read_kind(reader, entry, TREE_MAP, "an event", EXAMPLE)) {
        reader->all_unsure = true;
        return;
    }
    const struct verb_row *verb = find_verb(reader, entry);
    if (!verb) {
        reader->all_unsure = true;
        return;
    }
    event->verb = verb->verb;
    event->timeout_ns =
        verb->verb == SCENARIO_MIGRATE || verb->verb == SCENARIO_WATCHDOG ? 5000ull * MILLISECOND_NS : 0;
    draft->for_ns = verb->verb == SCENARIO_RESTART ? 0 : SCENARIO_NEVER;
    draft->good = scenario_read_map(reader, entry, (key_table){COMMON_ROWS, verb->rows, verb->name}, draft);
    draft->good = check_entry(reader, entry, draft) && draft->good;
    if (!draft->good) {
        mark_unsure(reader, event->verb, event->node);
    }
}

/* --- expansion --- */

static size_t repetitions(const entry_draft *draft)
{
    return draft->every_ns ? (size_t)draft->times : 1;
}

/* What `for:` ends with. */
static scenario_verb undone_by(scenario_verb verb)
{
    if (verb == SCENARIO_RESTART) {
        return SCENARIO_START;
    }
    return verb == SCENARIO_REFUSE ? SCENARIO_PERMIT : SCENARIO_HEAL;
}

static size_t expand_one(const scenario *whole, const entry_draft *draft, scenario_event *events)
{
    size_t count = 0;
    for (uint32_t i = 0; i < repetitions(draft); i++) {
        scenario_event *event = &events[count++];
        *event = draft->event;
        event->at_ns += draft->every_ns * i;
        event->repetition = i;
        if (draft->for_ns < whole->duration_ns - event->at_ns) {
            events[count] = *event;
            events[count].verb = undone_by(event->verb);
            events[count++].at_ns += draft->for_ns;
        }
    }
    return count;
}

static int compare_times(const void *a, const void *b)
{
    const scenario_event *const *left = a;
    const scenario_event *const *right = b;
    if ((*left)->at_ns != (*right)->at_ns) {
        return (*left)->at_ns < (*right)->at_ns ? -1 : 1;
    }
    return *left < *right ? -1 : *left > *right; /* one array: its order is the file's */
}

static void sort_events(scenario_reader *reader, const scenario_event *events, size_t count)
{
    const scenario_event **order = scenario_arena_alloc(reader->arena, count, sizeof(const scenario_event *));
    scenario_event *sorted = scenario_arena_alloc(reader->arena, count, sizeof(*sorted));
    if (!order || !sorted) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        order[i] = &events[i];
    }
    qsort(order, count, sizeof(const scenario_event *), compare_times);
    for (size_t i = 0; i < count; i++) {
        sorted[i] = *order[i];
    }
    reader->scenario->events = sorted;
    reader->scenario->event_count = count;
}

static void expand(scenario_reader *reader, const tree_node *section, const entry_draft *drafts)
{
    size_t room = 0;
    const tree_node *entry = section->first;
    for (size_t i = 0; i < section->count; i++, entry = entry->next) {
        size_t each = drafts[i].for_ns == SCENARIO_NEVER ? 1 : 2;
        if (drafts[i].good && repetitions(&drafts[i]) > (SCENARIO_EVENTS_MAX - room) / each) {
            scenario_fault(reader, entry->place, "more than %d events with all repetitions",
                           SCENARIO_EVENTS_MAX);
            return;
        }
        room += drafts[i].good ? repetitions(&drafts[i]) * each : 0;
    }
    scenario_event *events = scenario_arena_alloc(reader->arena, room, sizeof(*events));
    size_t count = 0;
    for (size_t i = 0; events && i < section->count; i++) {
        if (drafts[i].good) {
            count += expand_one(reader->scenario, &drafts[i], events + count);
        }
    }
    if (events) {
        sort_events(reader, events, count);
    }
}

void scenario_timeline_read(scenario_reader *reader, const tree_node *section)
{
    if (!scenario_read_kind(reader, section, TREE_LIST, "a list of events",
                            "- {at: 5s, detach: laptop, network: wifi}")) {
        return;
    }
    entry_draft *drafts = scenario_arena_alloc(reader->arena, section->count, sizeof(*drafts));
    reader->labels = scenario_arena_alloc(reader->arena, section->count, sizeof(*reader->labels));
    if (!drafts || !reader->labels) {
        return;
    }
    size_t i = 0;
    for (const tree_node *entry = section->first; entry; entry = entry->next) {
        read_entry(reader, entry, &drafts[i++]);
    }
    expand(reader, section, drafts);
}
