/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The overlay of nodes with membership: connected, symmetric, of so many members and components. */
#include "sim/scenario/event.h"
#include "sim/scenario/over.h"
#include "sim/scenario/units.h"
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const key_choice CONNECTED[] = {
    {"true", SCENARIO_CONNECTED},
    {"false", SCENARIO_DIVIDED},
    {0},
};
static const key_choice SYMMETRIC[] = {{"true", true}, {0}};

static const key_row ROWS[] = {
    {"overlay", KEY_OTHER, 0, 0,
     .about = "The members that the expectation is about: all, a node, a group, or a list of these",
     .example = "all", .schema = EXPECT_NODES_SCHEMA},
    {"connected", EXPECT_FIELD(KEY_CHOICE, overlay.connected), .choices = CONNECTED,
     .about = "Whether the members are linked with each other over members", .example = "true"},
    {"within", EXPECT_FIELD(KEY_DURATION, overlay.within_ns), .max = SCENARIO_DAY_NS,
     .about = "So long after since the members are connected, from then on without a break; without it only "
              "the end counts",
     .example = "10s"},
    {"since", EXPECT_FIELD(KEY_DURATION, overlay.since_ns), .max = SCENARIO_DAY_NS,
     .about = "Where the time of within begins",
     .otherwise = "the last entry that changes who is a member or reaches whom", .example = "20s"},
    {"symmetric", EXPECT_FIELD(KEY_CHOICE, overlay.symmetric), .choices = SYMMETRIC,
     .about = "Each peer in an active view has the node in its own", .example = "true"},
    {"components", EXPECT_FIELD(KEY_COUNT, overlay.components), .max = UINT32_MAX,
     .about = "How many parts the overlay has that are not linked with each other", .example = "2"},
    {"members", EXPECT_FIELD(KEY_COUNT, overlay.members), .max = UINT32_MAX,
     .about = "How many members the overlay has", .example = "40"},
    {"at", EXPECT_FIELD(KEY_DURATION, overlay.at_ns), .max = SCENARIO_DAY_NS,
     .about = "When the overlay is looked at", .otherwise = "the end", .example = "30s"},
    SCENARIO_SHARE_ROW,
    {0},
};

static void check_within(scenario_reader *reader, const tree_node *entry, const scenario_expect_overlay *of)
{
    const tree_node *const within = tree_get(entry, "within");
    const tree_node *const since = tree_get(entry, "since");
    const tree_node *const at = tree_get(entry, "at");
    if (since && !within)
        scenario_fault(reader, since->key_place,
                       "'since' is where the time of 'within' begins: write within");
    if (within && of->connected != SCENARIO_CONNECTED)
        scenario_fault(reader, within->key_place, "'within' goes with connected: true");
    if (within && at)
        scenario_fault(reader, at->key_place,
                       "'within' is about the time until the end, 'at' about a moment: write two");
}

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    scenario_expect_overlay *const of = &draft->expectation.overlay;
    const tree_node *const share = tree_get(entry, "share");
    (void)scenario_check_members(reader, tree_get(entry, "overlay"), &of->of);
    of->shared = share && scenario_read_share(reader, share, &of->share);
    check_within(reader, entry, of);
    if (!tree_get(entry, "connected") && !tree_get(entry, "symmetric") && !tree_get(entry, "components") &&
        !tree_get(entry, "members") && !share)
        scenario_fault(reader, entry->place,
                       "nothing is expected of the overlay: write for example connected: true");
}

/* Those that change who is a member, or who reaches whom. */
static bool concerns_overlay(scenario_verb verb)
{
    static const scenario_verb VERBS[] = {
        SCENARIO_ATTACH, SCENARIO_DETACH,   SCENARIO_LINK_DOWN, SCENARIO_LINK_UP, SCENARIO_BLACKHOLE,
        SCENARIO_HEAL,   SCENARIO_RENUMBER, SCENARIO_RESTART,   SCENARIO_START,   SCENARIO_RECONNECT,
        SCENARIO_JOIN,   SCENARIO_LEAVE,    SCENARIO_PARTITION, SCENARIO_REJOIN,

    };
    for (size_t i = 0; i < sizeof VERBS / sizeof *VERBS; i++)
        if (VERBS[i] == verb)
            return true;
    return false;
}

/* The last of these events, by time; 0: there is none. */
static uint64_t last_of(const scenario_event *events, size_t count)
{
    for (size_t i = count; i > 0; i--)
        if (concerns_overlay(events[i - 1].verb))
            return events[i - 1].at_ns;
    return 0;
}

/* What an instant starts has its times from there on, and follows what has a time of its own. */
static uint64_t last_change_ns(const scenario *whole, const recorder *recorded)
{
    const size_t timed = whole->after_count > 0 ? whole->afters[0]->first : whole->event_count;
    uint64_t last_ns = last_of(whole->events, timed);
    for (size_t i = 0; i < whole->after_count; i++) {
        const scenario_after *const after = whole->afters[i];
        const scenario_event *const events = &whole->events[after->first];
        const uint64_t first_ns = recorder_started_ns(recorded, after);
        const uint64_t offset_ns = last_of(events, after->count);
        if (first_ns == ROAM_NEVER || offset_ns < events->at_ns)
            continue;
        const uint64_t at_ns = first_ns + (offset_ns - events->at_ns);
        if (at_ns < whole->duration_ns && at_ns > last_ns)
            last_ns = at_ns;
    }
    return last_ns;
}

typedef struct judged {
    overlay_history own; /* of some nodes alone */
    const overlay_step *step;
    uint64_t since_ns;
    uint64_t connected_ns;
    overlay_state state; /* of symmetric alone */
} judged;

static bool is_held(const scenario_expect_overlay *of, const judged *found)
{
    const bool connected = overlay_is_connected(found->step);
    const bool in_time =
        of->within_ns == SCENARIO_NEVER ||
        (found->connected_ns != ROAM_NEVER && found->connected_ns <= found->since_ns + of->within_ns);
    return (of->connected == SCENARIO_CONNECTED_EITHER ||
            connected == (of->connected == SCENARIO_CONNECTED)) &&
           in_time && expect_within(found->step->components, &of->components) &&
           expect_within(found->step->members, &of->members) && (!of->shared || found->step->members > 0) &&
           (!of->shared || expect_is_share(found->step->largest, found->step->members, &of->share)) &&
           (!of->symmetric || (found->state.edges > 0 && found->state.symmetric == found->state.edges));
}

static void append_measured(const scenario_expect_overlay *of, const judged *found,
                            char text[EXPECT_TEXT_MAX])
{
    const overlay_step *const step = found->step;
    char part[EXPECT_LIST_MAX];
    char time[EXPECT_TIME_MAX];
    (void)snprintf(text, EXPECT_TEXT_MAX, "%" PRIu32 " member%s", step->members,
                   step->members == 1 ? "" : "s");
    if (overlay_is_connected(step))
        (void)snprintf(part, sizeof part, ", connected");
    else
        (void)snprintf(part, sizeof part, " in %" PRIu32 " components, the largest of %" PRIu32,
                       step->components, step->largest);
    if (step->members > 0)
        expect_append(text, EXPECT_TEXT_MAX, part);
    if (of->at_ns != SCENARIO_NEVER)
        (void)snprintf(part, sizeof part, " at %s", expect_time(of->at_ns, time));
    else if (found->connected_ns != ROAM_NEVER)
        (void)snprintf(part, sizeof part, " from %s on", expect_time(found->connected_ns, time));
    else
        (void)snprintf(part, sizeof part, " at the end");
    expect_append(text, EXPECT_TEXT_MAX, part);
    if (!of->symmetric)
        return;
    (void)snprintf(part, sizeof part, ", %zu of %zu edges symmetric", found->state.symmetric,
                   found->state.edges);
    expect_append(text, EXPECT_TEXT_MAX, part);
}

static void append_wanted(const scenario_expect_overlay *of, const judged *found, char text[EXPECT_TEXT_MAX])
{
    static const char *const WORDS[] = {
        [SCENARIO_CONNECTED] = "connected", [SCENARIO_DIVIDED] = "not connected"};
    const char *comma = ", wanted ";
    char part[EXPECT_LIST_MAX];
    char count[EXPECT_LIST_MAX];
    char within[UNITS_TEXT_MAX];
    char since[UNITS_TEXT_MAX];
    if (of->connected != SCENARIO_CONNECTED_EITHER) {
        (void)snprintf(part, sizeof part, "%s%s", comma, WORDS[of->connected]);
        expect_append(text, EXPECT_TEXT_MAX, part);
        comma = ", ";
    }
    if (of->within_ns != SCENARIO_NEVER) {
        (void)snprintf(part, sizeof part, " within %s after %s",
                       units_format(UNITS_DURATION, of->within_ns, within),
                       units_format(UNITS_DURATION, found->since_ns, since));
        expect_append(text, EXPECT_TEXT_MAX, part);
    }
    if (of->symmetric) {
        (void)snprintf(part, sizeof part, "%sall symmetric", comma);
        expect_append(text, EXPECT_TEXT_MAX, part);
        comma = ", ";
    }
    if (expect_bounded(&of->components)) {
        (void)snprintf(part, sizeof part, "%sin components: %s", comma, expect_count(&of->components, count));
        expect_append(text, EXPECT_TEXT_MAX, part);
        comma = ", ";
    }
    if (expect_bounded(&of->members)) {
        (void)snprintf(part, sizeof part, "%smembers: %s", comma, expect_count(&of->members, count));
        expect_append(text, EXPECT_TEXT_MAX, part);
        comma = ", ";
    }
    if (of->shared) {
        (void)snprintf(part, sizeof part, "%s%s in the largest", comma, expect_share(&of->share, count));
        expect_append(text, EXPECT_TEXT_MAX, part);
    }
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_overlay *const of = &expectation->overlay;
    const uint64_t at_ns = of->at_ns < whole->duration_ns ? of->at_ns : whole->duration_ns;
    judged found = {.since_ns = of->since_ns == SCENARIO_NEVER ? last_change_ns(whole, evidence->recorder)
                                                               : of->since_ns};
    bool *nodes = NULL;
    char text[EXPECT_TEXT_MAX] = "";
    if (!expect_node_flags(whole, &of->of, &nodes) ||
        (nodes && overlay_history_of(evidence->overlay, nodes, &found.own) != 0) ||
        (of->symmetric && overlay_state_at(evidence->overlay, at_ns, nodes, &found.state) != 0)) {
        expect_say(outcome, false, "out of memory");
    } else {
        const overlay_history *const history = nodes ? &found.own : overlay_history_all(evidence->overlay);
        found.step = overlay_step_at(history, at_ns);
        found.connected_ns = overlay_connected_ns(history);
        append_measured(of, &found, text);
        append_wanted(of, &found, text);
        expect_say(outcome, is_held(of, &found), "%s", text);
    }
    overlay_state_fini(&found.state);
    overlay_history_fini(&found.own);
    free(nodes);
}

const expect_kind EXPECT_OVERLAY = {
    .rows = ROWS,
    .blank = {.overlay = {.components = EXPECT_UNBOUNDED,
                          .members = EXPECT_UNBOUNDED,
                          .at_ns = SCENARIO_NEVER,
                          .within_ns = SCENARIO_NEVER,
                          .since_ns = SCENARIO_NEVER}},
    .check = check,
    .judge = judge,
};
