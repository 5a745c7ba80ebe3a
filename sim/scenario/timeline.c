/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hash.h"
#include "sim/scenario/lookup.h"
#include "sim/scenario/verb.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* --- one entry --- */

static bool check_times(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const uint64_t duration_ns = reader->scenario->duration_ns;
    const tree_node *const after = tree_get(entry, "after");
    const tree_node *const at = tree_get(after ? after : entry, after ? "delay" : "at");
    const tree_node *const times = tree_get(entry, "times");
    char text[UNITS_TEXT_MAX];
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
        const uint64_t at_ns = draft->event.at_ns - draft->event.at_ns % SCENARIO_MILLISECOND_NS;
        const tree_node *const turns = scenario_turns_key(entry);
        if (turns && scenario_member_delay(entry, &draft->turns) > 0)
            scenario_fault(reader, turns->place,
                           "%s: the event of a member would be at %s, but the scenario ends before "
                           "(duration)",
                           turns->key, units_format(UNITS_DURATION, at_ns, text));
        else
            scenario_fault(reader, at->place, "event %s %s, but the scenario ends before (duration)",
                           after ? "after" : "at", at->text);
        return false;
    }
    if (last >= duration_ns) {
        assert(times);
        scenario_fault(reader, times->place, "the last of %s times would come after the end of the scenario",
                       times->text);
        return false;
    }
    if (draft->every_ns && draft->times == 0)
        draft->times = (duration_ns - 1 - draft->event.at_ns) / draft->every_ns + 1;
    return true;
}

/* After a fault about an attachment later entries of that node cannot be checked. */
static void mark_unsure(scenario_reader *reader, uint32_t node)
{
    if (node == SCENARIO_NONE || !reader->unsure)
        reader->all_unsure = true;
    else
        reader->unsure[node] = true;
}

/* Its entries may be spread over a group: else the keys for that are unknown, which is reported. */
static bool has_turns(const verb_descriptor *verb)
{
    for (const key_row *row = scenario_entry_rows(verb); row->name; row++)
        if (strcmp(row->name, "spread") == 0)
            return true;
    return false;
}

/* A service is no host; what is done to a connection with it is done to its other end. */
static bool check_host(scenario_reader *reader, const tree_node *entry, const entry_draft *draft)
{
    const bool attacked = draft->event.verb == SCENARIO_ATTACK;
    return scenario_check_host(reader, entry->place, draft->event.node, "is no host") &&
           (!attacked || scenario_check_host(reader, entry->place, draft->event.to, "cannot be attacked"));
}

/* A time, or an instant that starts it. False: there is neither, and that is reported. */
static bool read_start(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const tree_node *const at = tree_get(entry, "at");
    const tree_node *const after = tree_get(entry, "after");
    if (at && after) {
        scenario_fault(reader, after->key_place, "'after' besides 'at': write one of them");
        return false;
    }
    if (!at && !after) {
        scenario_fault(reader, entry->place, "%s needs 'at': write for example at: 5s, or after: %s",
                       draft->verb->name, SCENARIO_AFTER_EXAMPLE);
        return false;
    }
    if (!after)
        return true;
    draft->starts = scenario_after_read(reader, entry, &draft->after);
    draft->event.after = draft->starts;
    draft->event.at_ns = draft->after.delay_ns;
    return draft->starts != NULL;
}

static bool check_entry(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const verb_descriptor *const verb = draft->verb;
    const bool timed = tree_get(entry, "at") || tree_get(entry, "after");
    const bool good = !timed || check_times(reader, entry, draft);
    return (!verb->check || verb->check(reader, entry, draft)) && check_host(reader, entry, draft) && good;
}

static void read_entry(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    scenario_verb which = SCENARIO_HEAL;
    if (!scenario_read_kind(reader, entry, TREE_MAP, "an event", SCENARIO_ENTRY_EXAMPLE) ||
        !scenario_verb_find(reader, entry, &which)) {
        reader->all_unsure = true;
        return;
    }
    const verb_descriptor *const verb = SCENARIO_VERB_TABLE[which];
    *draft = (entry_draft){.verb = verb,
                           .written = entry,
                           .event = {.place = entry->place,
                                     .verb = which,
                                     .ends = SCENARIO_HEAL,
                                     .node = SCENARIO_NONE,
                                     .to = SCENARIO_NONE,
                                     .peer = SCENARIO_NONE,
                                     .network = SCENARIO_NONE,
                                     .via = SCENARIO_NONE,
                                     .nat = SCENARIO_NONE,
                                     .entry = draft},
                           .pair = {SCENARIO_NONE, SCENARIO_NONE},
                           .for_ns = verb->undone_at_once ? 0 : SCENARIO_NEVER};
    if (verb->defaults)
        verb->defaults(draft);
    draft->good = scenario_read_map(reader, entry,
                                    (key_table){scenario_entry_rows(verb), verb->rows, verb->name}, draft);
    draft->good = read_start(reader, entry, draft) && draft->good;
    if (has_turns(verb))
        draft->told = scenario_member_turns(reader, entry, &draft->turns);
    draft->event.at_ns += scenario_member_delay(entry, &draft->turns);
    draft->good = check_entry(reader, entry, draft) && draft->good;
    if (!draft->good && verb->attaches)
        mark_unsure(reader, draft->event.node);
}

/* --- expansion --- */

static size_t repetitions(const entry_draft *draft)
{
    return draft->every_ns ? (size_t)draft->times : 1;
}

static size_t expand_one(const scenario *whole, const entry_draft *draft, scenario_event *events)
{
    size_t count = 0;
    for (uint32_t i = 0; i < repetitions(draft); i++) {
        scenario_event *const event = &events[count++];
        *event = draft->event;
        event->at_ns += draft->every_ns * i;
        event->repetition = i;
        event->until_ns = SCENARIO_NEVER;
        if (draft->for_ns < whole->duration_ns - event->at_ns) {
            event->until_ns = event->at_ns + draft->for_ns;
            events[count] = *event;
            events[count].verb = draft->verb->undone_by;
            events[count].ends = event->verb;
            events[count++].at_ns = event->until_ns;
        }
    }
    return count;
}

static int compare_times(const void *a, const void *b)
{
    const scenario_event *const *const left = a;
    const scenario_event *const *const right = b;
    if ((*left)->at_ns != (*right)->at_ns)
        return (*left)->at_ns < (*right)->at_ns ? -1 : 1;
    return *left < *right ? -1 : *left > *right; /* one array: its order is the file's */
}

/* --- what `for:` has to end --- */

enum { WAY_UP = 1, WAY_DOWN = 2 };

static unsigned ways_of(scenario_direction direction)
{
    return (direction != SCENARIO_DOWN ? WAY_UP : 0) | (direction != SCENARIO_UP ? WAY_DOWN : 0);
}

static bool begins(const scenario_event *event, const scenario_event *end)
{
    return event->verb == end->ends && event->repetition == end->repetition && event->entry == end->entry;
}

/* Ends before its time what `end` is to end: a fault ends with its link; heal and permit end all there is. */
static bool forestalls(const scenario_event *event, const scenario_event *end)
{
    if (event->verb == SCENARIO_DETACH)
        return end->verb == SCENARIO_HEAL;
    return event->verb == end->verb && event->ends == SCENARIO_HEAL;
}

/* Begins the same anew, for longer. */
static bool outlasts(const scenario_event *event, const scenario_event *end)
{
    return event->verb == end->ends && event->until_ns > end->at_ns &&
           scenario_event_impair(event) == scenario_event_impair(end);
}

static bool same_link(const scenario_event *a, const scenario_event *b)
{
    return a->node == b->node && a->network == b->network;
}

/* Of each event, the one before it at the same link; SCENARIO_NONE: none. NULL: out of memory. */
static const uint32_t *chain_links(scenario_reader *reader, const scenario_event *events, size_t count)
{
    uint32_t *const before = scenario_arena_alloc(reader->arena, count, sizeof(*before));
    lookup_table latest; /* of each link */
    if (!before || !lookup_table_init(&latest, reader->arena, count))
        return NULL;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t slot = core_hash_mix((uint64_t)events[i].node << 32 | events[i].network);
        while ((before[i] = lookup_at(&latest, &slot)) != SCENARIO_NONE &&
               !same_link(&events[before[i]], &events[i]))
            slot++;
        lookup_put(&latest, slot, i);
    }
    return before;
}

/* In which directions what began with `end` is still to be ended then, by events that are in order. */
static unsigned ways_left(const scenario_event *events, const uint32_t *before, const scenario_event *end)
{
    unsigned left = ways_of(end->direction);
    for (uint32_t at = before[end - events]; left && at != SCENARIO_NONE && !begins(&events[at], end);
         at = before[at])
        if (forestalls(&events[at], end) || outlasts(&events[at], end))
            left &= ~ways_of(events[at].direction);
    return left;
}

/* Without the ends of what has ended before, or goes on. Returns how many events are left. */
static size_t drop_idle_ends(const scenario_event *events, const uint32_t *before, size_t count,
                             scenario_event *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        scenario_event event = events[i];
        const bool made = event.ends != SCENARIO_HEAL;
        if (made && SCENARIO_VERB_TABLE[event.verb]->lapses) {
            const unsigned left = ways_left(events, before, &events[i]);
            if (left == 0)
                continue;
            event.direction = left == WAY_UP ? SCENARIO_UP : left == WAY_DOWN ? SCENARIO_DOWN : SCENARIO_BOTH;
        }
        out[kept++] = event;
    }
    return kept;
}

/* In order of time, without the ends that end nothing. Returns how many they are. */
static size_t sort_events(scenario_reader *reader, const scenario_event *events, size_t count,
                          scenario_event *kept)
{
    const scenario_event **const order =
        scenario_arena_alloc(reader->arena, count, sizeof(const scenario_event *));
    scenario_event *const sorted = scenario_arena_alloc(reader->arena, count, sizeof(*sorted));
    if (!order || !sorted)
        return 0;
    for (size_t i = 0; i < count; i++)
        order[i] = &events[i];
    qsort(order, count, sizeof(const scenario_event *), compare_times);
    for (size_t i = 0; i < count; i++)
        sorted[i] = *order[i];
    const uint32_t *const before = chain_links(reader, sorted, count);
    return before ? drop_idle_ends(sorted, before, count, kept) : 0;
}

/* How many events all entries make; false: too many, and that is reported. */
static bool find_room(scenario_reader *reader, const tree_node *section, const entry_draft *drafts,
                      size_t *room)
{
    const tree_node *entry = section->first;
    for (size_t i = 0; i < section->count; i++, entry = entry->next) {
        const size_t each = drafts[i].for_ns == SCENARIO_NEVER ? 1 : 2;
        assert(entry);
        if (drafts[i].good && repetitions(&drafts[i]) > (SCENARIO_EVENTS_MAX - *room) / each) {
            scenario_fault(reader, entry->place, "more than %d events with all repetitions",
                           SCENARIO_EVENTS_MAX);
            return false;
        }
        *room += drafts[i].good ? repetitions(&drafts[i]) * each : 0;
    }
    return true;
}

/* Those that an instant starts, each entry's after those of the one before. */
static void expand_started(scenario_reader *reader, const entry_draft *drafts, size_t count,
                           scenario_event *events, scenario_event *kept)
{
    scenario *const whole = reader->scenario;
    const scenario_after **const afters =
        scenario_arena_alloc(reader->arena, count, sizeof(const scenario_after *));
    for (size_t i = 0; afters && i < count; i++) {
        scenario_after *const after = drafts[i].good ? drafts[i].starts : NULL;
        if (!after)
            continue;
        const size_t made = expand_one(whole, &drafts[i], events);
        after->first = (uint32_t)whole->event_count;
        after->count = (uint32_t)sort_events(reader, events, made, kept + whole->event_count);
        whole->event_count += after->count;
        after->number = (uint32_t)whole->after_count;
        afters[whole->after_count++] = after;
    }
    whole->afters = afters;
}

static void expand(scenario_reader *reader, const tree_node *section, const entry_draft *drafts)
{
    size_t room = 0;
    size_t count = 0;
    if (!find_room(reader, section, drafts, &room))
        return;
    scenario_event *const events = scenario_arena_alloc(reader->arena, room, sizeof(*events));
    scenario_event *const kept = scenario_arena_alloc(reader->arena, room, sizeof(*kept));
    if (!events || !kept)
        return;
    for (size_t i = 0; i < section->count; i++)
        if (drafts[i].good && !drafts[i].starts)
            count += expand_one(reader->scenario, &drafts[i], events + count);
    reader->scenario->events = kept;
    reader->scenario->event_count = sort_events(reader, events, count, kept);
    expand_started(reader, drafts, section->count, events, kept);
}

/* Who of each group is told of, in the place of all. */
static void find_leaders(const tree_node *section, entry_draft *drafts)
{
    entry_draft *leader = NULL;
    for (const tree_node *entry = section->first; entry; entry = entry->next, drafts++) {
        leader = scenario_follows(entry) ? leader : NULL;
        if (!entry->group || !drafts->good)
            continue;
        leader = leader ? leader : drafts;
        leader->leads++;
    }
}

void scenario_timeline_read(scenario_reader *reader, const tree_node *section)
{
    if (!scenario_read_kind(reader, section, TREE_LIST, "a list of events",
                            "- {at: 5s, detach: laptop, network: wifi}"))
        return;
    const tree_node *const expanded = scenario_groups_expand(reader, section, scenario_verb_rows);
    if (!expanded)
        return;
    entry_draft *const drafts = scenario_arena_alloc(reader->arena, expanded->count, sizeof(*drafts));
    reader->labels = scenario_arena_alloc(reader->arena, expanded->count, sizeof(*reader->labels));
    if (!drafts || !reader->labels)
        return;
    size_t index = 0;
    for (const tree_node *entry = expanded->first; entry; entry = entry->next, index++)
        if (scenario_member_told(reader, entry))
            reader->all_unsure = true;
        else
            read_entry(reader, entry, &drafts[index]);
    find_leaders(expanded, drafts);
    scenario_after_check_chains(reader, drafts, expanded->count);
    scenario_number_impairs(reader, drafts, expanded->count);
    expand(reader, expanded, drafts);
}
