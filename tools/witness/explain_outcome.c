/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What came of it: how long each migration interrupted data, what was lost of each direction and what was
 * sent again, and which rules were kept. */
#include "tools/witness/explain_story.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_TOLD = 8, SIDES = 2, TYPES = 64 };

typedef struct telling {
    const explain_trace *trace;
    const explain_item *items;
    size_t count;
    explain_section *section;
} telling;

static const char *const DIRECTIONS[SIDES] = {[DISSECT_CLIENT] = "up", [DISSECT_SERVER] = "down"};

static const explain_datagram *datagram_of(const telling *self, const explain_hop *hop)
{
    return &self->trace->datagrams[hop->datagram];
}

/* The item's datagram, if that end sent it; NULL: another, or an event. */
static const explain_hop *hop_from(const telling *self, size_t item, dissect_side side)
{
    const explain_hop *const hop = self->items[item].hop;
    return hop && !hop->forged && datagram_of(self, hop)->sender == side ? hop : NULL;
}

static bool came(const telling *self, const explain_hop *hop)
{
    return explain_last_hop(self->trace, hop)->arrived && !explain_last_hop(self->trace, hop)->altered;
}

/* ---- interruptions ---- */

typedef struct interruption {
    const explain_hop *last, *first; /* with data: on the old path, on the new one; NULL: none arrived */
} interruption;

static bool is_earlier(const telling *self, const explain_hop *a, const explain_hop *b)
{
    return explain_last_hop(self->trace, a)->ended_ns < explain_last_hop(self->trace, b)->ended_ns;
}

static interruption find_interruption(const telling *self, dissect_side side, uint64_t from_ns)
{
    interruption found = {0};
    uint32_t old = EXPLAIN_NONE;
    uint32_t connection = EXPLAIN_NONE;
    for (size_t i = 0; i < self->count; i++) {
        const explain_hop *const hop = hop_from(self, i, side);
        if (!hop || hop->path == EXPLAIN_NONE || !explain_holds_data(self->trace, datagram_of(self, hop)))
            continue;
        if (hop->sent_ns < from_ns) {
            old = hop->path;
            connection = datagram_of(self, hop)->connection;
        }
        if (hop->sent_ns >= from_ns && hop->path != old && datagram_of(self, hop)->connection == connection &&
            came(self, hop) && (!found.first || is_earlier(self, hop, found.first)))
            found.first = hop;
    }
    for (size_t i = 0; found.first && i < self->count && self->items[i].at_ns <= found.first->sent_ns; i++) {
        const explain_hop *const hop = hop_from(self, i, side);
        if (hop && hop->path == old && explain_holds_data(self->trace, datagram_of(self, hop)) &&
            came(self, hop) && (!found.last || is_earlier(self, found.last, hop)))
            found.last = hop;
    }
    return found;
}

/* How long the node had no address between these times. */
static uint64_t without_network(const explain_run *run, uint32_t node, uint64_t from_ns, uint64_t to_ns)
{
    uint64_t without_ns = 0;
    for (uint64_t at_ns = from_ns; at_ns < to_ns;) {
        uint64_t covered_ns = at_ns;
        uint64_t next_ns = to_ns;
        for (size_t i = 0; i < run->address_count; i++) {
            const explain_address *const one = &run->addresses[i];
            if (one->place / run->network_count != node)
                continue;
            if (one->from_ns <= at_ns && one->until_ns > covered_ns)
                covered_ns = one->until_ns;
            else if (one->from_ns > at_ns && one->from_ns < next_ns)
                next_ns = one->from_ns;
        }
        if (covered_ns == at_ns)
            without_ns += next_ns - at_ns;
        at_ns = covered_ns == at_ns ? next_ns : covered_ns;
    }
    return without_ns;
}

static uint64_t length_of(const telling *self, const interruption *found, uint32_t node, uint64_t *without_ns)
{
    const uint64_t from_ns = explain_last_hop(self->trace, found->last)->ended_ns;
    const uint64_t to_ns = explain_last_hop(self->trace, found->first)->ended_ns;
    *without_ns = without_network(self->trace->run, node, from_ns, to_ns);
    return to_ns > from_ns ? to_ns - from_ns : 0;
}

static void put_without_network(const uint64_t without_ns[SIDES], char *text)
{
    char up[EXPLAIN_TEXT_MAX];
    char down[EXPLAIN_TEXT_MAX];
    if (without_ns[DISSECT_CLIENT] > 0 || without_ns[DISSECT_SERVER] > 0)
        explain_put(text, " (without a network: %s, %s)",
                    explain_milliseconds(without_ns[DISSECT_CLIENT], up),
                    explain_milliseconds(without_ns[DISSECT_SERVER], down));
    explain_put(text, ".");
}

/* From the arrival of the last data on the old path to that of the first on the new one. */
static bool tell_interruption(const telling *self, const explain_event *requested)
{
    const char *const label = explain_text(requested->line, "as");
    const uint32_t node = explain_run_node(self->trace->run, explain_text(requested->line, "node"));
    char time[EXPLAIN_TEXT_MAX];
    uint64_t without_ns[SIDES] = {0};
    char *text = NULL;
    for (dissect_side side = DISSECT_CLIENT; side <= DISSECT_SERVER; side++) {
        const interruption found = find_interruption(self, side, requested->at_ns);
        if (!found.first || !found.last)
            continue;
        if (text)
            explain_put(text, ", ");
        else if ((text = explain_new_sum(self->section)) == NULL)
            return false;
        else
            explain_put(text,
                        "Time without data at \"%s\" (last arrival on the old path to first on the new): ",
                        label ? label : "migrate");
        const uint64_t took_ns = length_of(self, &found, node, &without_ns[side]);
        explain_put(text, "%s %s", DIRECTIONS[side], explain_milliseconds(took_ns, time));
    }
    if (text)
        put_without_network(without_ns, text);
    return true;
}

static bool tell_interruptions(const telling *self)
{
    for (size_t i = 0; i < self->count; i++) {
        const explain_event *const event = self->items[i].event;
        const char *const result = event ? explain_text(event->line, "result") : NULL;
        const explain_event *const requested =
            event && strcmp(event->name, "migration_done") == 0 && result && strcmp(result, "ok") == 0
                ? explain_run_call(self->trace->run, event->line)
                : NULL;
        if (requested && explain_is_told(self->section, event->at_ns) && !tell_interruption(self, requested))
            return false;
    }
    return true;
}

/* ---- data of streams ---- */

typedef struct piece {
    uint32_t connection;
    uint64_t stream, from, to;
    bool came;
} piece;

typedef struct amount {
    uint64_t again, missing; /* bytes that were sent again; bytes that never arrived */
} amount;

static int by_offset(const void *left, const void *right)
{
    const piece *const a = left;
    const piece *const b = right;
    if (a->connection != b->connection)
        return a->connection < b->connection ? -1 : 1;
    if (a->stream != b->stream)
        return a->stream < b->stream ? -1 : 1;
    return a->from < b->from ? -1 : a->from > b->from;
}

static bool same_stream(const piece *a, const piece *b)
{
    return a->connection == b->connection && a->stream == b->stream;
}

static uint64_t beyond(const piece *one, uint64_t *end)
{
    const uint64_t from = one->from > *end ? one->from : *end;
    const uint64_t more = one->to > from ? one->to - from : 0;
    *end = one->to > *end ? one->to : *end;
    return more;
}

static amount add_up(const piece *pieces, size_t count)
{
    uint64_t all = 0, once = 0, there = 0;
    uint64_t end = 0, end_there = 0;
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && !same_stream(&pieces[i], &pieces[i - 1]))
            end = end_there = 0;
        all += pieces[i].to - pieces[i].from;
        once += beyond(&pieces[i], &end);
        there += pieces[i].came ? beyond(&pieces[i], &end_there) : 0;
    }
    return (amount){all - once, once - there};
}

/* False: out of memory. */
static bool measure_data(const telling *self, dissect_side side, amount *out)
{
    piece *pieces = NULL;
    size_t count = 0;
    bool good = true;
    for (size_t i = 0; good && i < self->count; i++) {
        const explain_hop *const hop = hop_from(self, i, side);
        const explain_datagram *const datagram = hop ? datagram_of(self, hop) : NULL;
        for (uint32_t k = 0; good && datagram && k < datagram->frame_count; k++) {
            const explain_frame *const frame = &self->trace->frames[datagram->first_frame + k];
            if (frame->type != DISSECT_STREAM || frame->len == 0)
                continue;
            good = explain_grow((void **)&pieces, count, sizeof *pieces);
            if (good)
                pieces[count++] = (piece){datagram->connection, frame->value, frame->extra,
                                          frame->extra + frame->len, came(self, hop)};
        }
    }
    if (good && count > 0)
        qsort(pieces, count, sizeof *pieces, by_offset);
    if (good)
        *out = add_up(pieces, count);
    free(pieces);
    return good;
}

/* ---- directions ---- */

typedef struct direction {
    size_t datagrams, lost_data;
    explain_losses losses;
    uint32_t ids[IDS_TOLD];
    size_t id_count;
    bool more_ids;
    uint32_t data_path; /* of the last data */
    uint32_t bytes;     /* the most that arrived on that path in one datagram */
} direction;

static void add_id(direction *self, uint32_t id)
{
    for (size_t i = 0; i < self->id_count && i < IDS_TOLD; i++)
        if (self->ids[i] == id)
            return;
    if (self->id_count < IDS_TOLD)
        self->ids[self->id_count++] = id;
    else
        self->more_ids = true;
}

static direction look_at(const telling *self, dissect_side side)
{
    direction seen = {.data_path = EXPLAIN_NONE};
    for (size_t i = 0; i < self->count; i++) {
        const explain_hop *const hop = hop_from(self, i, side);
        if (!hop)
            continue;
        const explain_datagram *const datagram = datagram_of(self, hop);
        const uint32_t drop = explain_last_hop(self->trace, hop)->drop;
        const bool data = explain_holds_data(self->trace, datagram);
        seen.datagrams++;
        if (drop != EXPLAIN_NONE) {
            explain_losses_add(self->trace->run, drop, &seen.losses);
            seen.lost_data += data;
        }
        if (datagram->id != EXPLAIN_NONE && datagram->frame_count > 0 &&
            self->trace->frames[datagram->first_frame].packet_type == DISSECT_ONE_RTT)
            add_id(&seen, datagram->id);
        seen.data_path = data && hop->path != EXPLAIN_NONE ? hop->path : seen.data_path;
    }
    for (size_t i = 0; i < self->count; i++) {
        const explain_hop *const hop = hop_from(self, i, side);
        if (hop && hop->path == seen.data_path && came(self, hop) &&
            datagram_of(self, hop)->bytes > seen.bytes)
            seen.bytes = datagram_of(self, hop)->bytes;
    }
    return seen;
}

static bool tell_direction(const telling *self, dissect_side side)
{
    const direction seen = look_at(self, side);
    char name[EXPLAIN_TEXT_MAX];
    amount data;
    if (seen.datagrams == 0)
        return true;
    char *const text = explain_new_sum(self->section);
    if (!text || !measure_data(self, side, &data))
        return false;
    explain_put(text, "%s: %zu datagrams, ", side == DISSECT_CLIENT ? "Up" : "Down", seen.datagrams);
    if (seen.losses.count == 0)
        explain_put(text, "none lost");
    else {
        explain_put(text, "%zu LOST", seen.losses.count);
        explain_losses_put(&seen.losses, text);
        explain_put(text, "; %zu with data", seen.lost_data);
    }
    explain_put(text, "; %" PRIu64 " B sent again, %" PRIu64 " B missing", data.again, data.missing);
    for (size_t i = 0; i < seen.id_count; i++)
        explain_put(text, "%s %" PRIu32, i == 0 ? "; CID" : ",", seen.ids[i]);
    if (seen.more_ids)
        explain_put(text, " and others");
    if (seen.data_path != EXPLAIN_NONE)
        explain_put(text, "; last on %s, largest %" PRIu32 " B",
                    explain_path_name(self->trace, seen.data_path, name), seen.bytes);
    explain_put(text, ".");
    return true;
}

/* ---- frames of each path ---- */

static bool tell_frames(const telling *self, uint32_t path, dissect_side side)
{
    size_t counts[TYPES] = {0};
    char name[EXPLAIN_TEXT_MAX];
    char *text = NULL;
    for (size_t i = 0; i < self->count; i++) {
        const explain_hop *const hop = hop_from(self, i, side);
        const explain_datagram *const datagram = hop && hop->path == path ? datagram_of(self, hop) : NULL;
        for (uint32_t k = 0; datagram && k < datagram->frame_count; k++) {
            const uint8_t type = self->trace->frames[datagram->first_frame + k].type;
            if (type < TYPES)
                counts[type]++;
        }
    }
    for (unsigned type = 0; type < TYPES; type++) {
        if (counts[type] == 0)
            continue;
        if (!text && (text = explain_new_sum(self->section)) != NULL)
            explain_put(text, "Frames %s on %s:", DIRECTIONS[side],
                        explain_path_name(self->trace, path, name));
        else if (text)
            explain_put(text, ",");
        if (!text)
            return false;
        explain_put(text, " %zu %s", counts[type], dissect_frame_type_name((dissect_frame_type)type));
    }
    return true;
}

static bool is_of_section(const telling *self, uint32_t path)
{
    const explain_connection *const connection =
        &self->trace->connections[self->trace->paths[path].connection];
    return connection->client == self->section->client && connection->server == self->section->server;
}

static bool tell_all_frames(const telling *self)
{
    for (uint32_t i = 0; i < self->trace->path_count; i++)
        for (dissect_side side = DISSECT_CLIENT; is_of_section(self, i) && side <= DISSECT_SERVER; side++)
            if (!tell_frames(self, i, side))
                return false;
    return true;
}

/* ---- rules ---- */

typedef struct rule_counts {
    size_t exercised, broken, declined;
} rule_counts;

static bool is_of_pair(const telling *self, const json_t *endpoint)
{
    const uint32_t node = explain_run_node(self->trace->run, explain_text(endpoint, "node"));
    const uint32_t to = explain_run_node(self->trace->run, explain_text(endpoint, "to"));
    const explain_section *const section = self->section;
    return (node == section->client && to == section->server) ||
           (node == section->server && to == section->client);
}

static void count_rule(const telling *self, const json_t *rule, rule_counts *counts)
{
    const json_t *const endpoints = json_object_get(rule, "endpoints");
    bool exercised = false;
    bool broken = false;
    bool declined = false;
    for (size_t i = 0; i < json_array_size(endpoints); i++) {
        const json_t *const endpoint = json_array_get(endpoints, i);
        const char *const verdict = explain_text(endpoint, "verdict");
        if (!verdict || !is_of_pair(self, endpoint))
            continue;
        exercised = exercised || explain_count(endpoint, "exercised", 0) > 0;
        broken = broken || strcmp(verdict, "broken") == 0;
        declined = declined || strcmp(verdict, "declined") == 0;
    }
    counts->exercised += exercised;
    counts->broken += broken;
    counts->declined += declined;
}

static bool tell_rules(const telling *self)
{
    const json_t *const rules = json_object_get(self->trace->run->summary, "rules");
    rule_counts counts = {0};
    if (!json_is_array(rules))
        return true;
    for (size_t i = 0; i < json_array_size(rules); i++)
        count_rule(self, json_array_get(rules, i), &counts);
    char *const text = explain_new_sum(self->section);
    if (!text)
        return false;
    explain_put(text, "Rules of RFC 9000: %zu exercised, ", counts.exercised);
    if (counts.broken > 0)
        explain_put(text, "%zu BROKEN (see NOTE)", counts.broken);
    else
        explain_put(text, "none broken");
    if (counts.declined > 0)
        explain_put(text, ", %zu declined (a MAY)", counts.declined);
    explain_put(text, ".");
    return true;
}

bool explain_outcome_make(const explain_trace *trace, const explain_item *items, size_t item_count, bool all,
                          explain_section *section)
{
    const telling self = {trace, items, item_count, section};
    return tell_interruptions(&self) && tell_direction(&self, DISSECT_CLIENT) &&
           tell_direction(&self, DISSECT_SERVER) && (!all || tell_all_frames(&self)) && tell_rules(&self);
}
