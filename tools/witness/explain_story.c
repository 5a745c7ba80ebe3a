/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/explain_story.h"

#include <stdlib.h>
#include <string.h>

enum {
    SECTIONS_MAX = 3, /* pairs of nodes, unless one is asked for */
    WINDOWS_MAX = 3,  /* of a section, likewise */
    WHOLE_MAX = 24    /* a run with so few packets and events that matter is told whole */
};

typedef struct items {
    explain_item *list;
    size_t count;
} items;

static bool is_of_pair(const explain_trace *trace, const explain_section *section, const explain_hop *hop)
{
    const uint32_t id = trace->datagrams[hop->datagram].connection;
    return id != EXPLAIN_NONE && trace->connections[id].client == section->client &&
           trace->connections[id].server == section->server;
}

static bool add_item(items *self, const explain_item *item)
{
    if (!explain_grow((void **)&self->list, self->count, sizeof *self->list))
        return false;
    self->list[self->count++] = *item;
    return true;
}

static bool is_before(const explain_event *event, const explain_hop *hop)
{
    return strcmp(event->name, EXPLAIN_RULE) == 0 ? event->at_ns < hop->sent_ns
                                                  : event->at_ns <= hop->sent_ns;
}

/* Packets and events of the pair, in order of time; of one time events first, and rules that were broken
 * last.
 */
static bool gather(const explain_trace *trace, const explain_section *section, items *out)
{
    const explain_run *const run = trace->run;
    size_t next = 0;
    for (size_t i = 0; i <= trace->hop_count; i++) {
        const explain_hop *const hop = i < trace->hop_count ? &trace->hops[i] : NULL;
        for (; next < run->event_count && (!hop || is_before(&run->events[next], hop)); next++) {
            const explain_item event = {run->events[next].at_ns, NULL, &run->events[next], true};
            if (explain_event_matters(run, section, event.event) && !add_item(out, &event))
                return false;
        }
        if (!hop || hop->onward || !is_of_pair(trace, section, hop))
            continue;
        const explain_item packet = {hop->sent_ns, hop, NULL, explain_packet_matters(trace, hop)};
        if (!add_item(out, &packet))
            return false;
    }
    return true;
}

static size_t count_that_matter(const items *self)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        count += self->list[i].matters;
    return count;
}

/* Windows, and the section's rows in them. */
static bool tell(const explain_trace *trace, const explain_wish *wish, explain_section *section,
                 char *message)
{
    static const explain_window whole = {0, EXPLAIN_NEVER};
    const bool free_choice = !wish->around && !wish->between;
    explain_window *windows = NULL;
    size_t count = 0;
    items all = {0};
    bool good = explain_windows_make(trace->run, section, wish, &windows, &count, message);
    if (!good)
        return false;
    (void)snprintf(message, EXPLAIN_MESSAGE_MAX, "out of memory");
    good = gather(trace, section, &all);
    const bool is_whole = free_choice && (wish->all || count == 0 || count_that_matter(&all) <= WHOLE_MAX);
    if (good && free_choice && !is_whole && count > WINDOWS_MAX) {
        section->windows_left = count - WINDOWS_MAX;
        count = WINDOWS_MAX;
    }
    good = good &&
           explain_rows_make(trace, all.list, all.count, is_whole ? &whole : windows, is_whole ? 1 : count,
                             wish->all, free_choice && !wish->all, section) &&
           explain_sums_make(trace, all.list, all.count, section) &&
           explain_outcome_make(trace, all.list, all.count, wish->all, section);
    free(all.list);
    free(windows);
    return good;
}

static bool is_known(const explain_story *story, const explain_connection *connection)
{
    for (size_t i = 0; i < story->section_count; i++)
        if (story->sections[i].client == connection->client &&
            story->sections[i].server == connection->server)
            return true;
    return false;
}

/* A section for each pair, empty. */
static bool add_pairs(const explain_trace *trace, uint32_t of, explain_story *story)
{
    for (size_t i = 0; i < trace->connection_count; i++) {
        const explain_connection *const connection = &trace->connections[i];
        if (connection->client == EXPLAIN_NONE || connection->server == EXPLAIN_NONE ||
            is_known(story, connection) ||
            (of != EXPLAIN_NONE && of != connection->client && of != connection->server))
            continue;
        if (!explain_grow((void **)&story->sections, story->section_count, sizeof *story->sections))
            return false;
        story->sections[story->section_count++] =
            (explain_section){.client = connection->client, .server = connection->server};
    }
    return true;
}

bool explain_story_make(const explain_trace *trace, const explain_wish *wish, explain_story *story,
                        char *message)
{
    *story = (explain_story){.trace = trace};
    (void)snprintf(message, EXPLAIN_MESSAGE_MAX, "out of memory");
    if (!add_pairs(trace, wish->of, story))
        return false;
    story->pairs = story->section_count;
    if (wish->of == EXPLAIN_NONE && story->section_count > SECTIONS_MAX)
        story->section_count = SECTIONS_MAX;
    for (size_t i = 0; i < story->section_count; i++)
        if (!tell(trace, wish, &story->sections[i], message))
            return false;
    return true;
}

void explain_story_fini(explain_story *story)
{
    for (size_t i = 0; i < story->section_count; i++) {
        free(story->sections[i].lifelines);
        free(story->sections[i].rows);
        free(story->sections[i].sums);
    }
    free(story->sections);
    *story = (explain_story){0};
}
