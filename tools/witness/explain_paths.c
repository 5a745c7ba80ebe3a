/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which path each datagram is on, which connection IDs are used there, and when data goes from one path to
 * another. */
#include "tools/witness/explain_trace.h"

#include "core/hash.h"
#include "core/table.h"

#include <stdlib.h>
#include <string.h>

/* An address from which the far end has had datagrams. */
typedef struct outside {
    uint32_t connection;
    uint32_t path; /* EXPLAIN_NONE: an attacker's */
    roam_addr addr;
} outside;

typedef struct finding {
    explain_trace *trace;
    outside *outsides;
    size_t outside_count;
} finding;

static uint32_t node_of(const explain_trace *trace, explain_place place)
{
    return place == EXPLAIN_NONE ? EXPLAIN_NONE : place / (uint32_t)trace->run->network_count;
}

static uint32_t find_path(const explain_trace *trace, uint32_t connection, const roam_addr *local,
                          const roam_addr *remote)
{
    for (uint32_t i = 0; i < trace->path_count; i++) {
        const explain_path *const path = &trace->paths[i];
        if (path->connection == connection && roam_addr_equal(&path->local, local) &&
            roam_addr_equal(&path->remote, remote))
            return i;
    }
    return EXPLAIN_NONE;
}

static uint32_t relay_at(const explain_trace *trace, const roam_addr *addr, uint64_t at_ns)
{
    const uint32_t node = node_of(trace, explain_run_owner(trace->run, addr, at_ns));
    return node != EXPLAIN_NONE && trace->run->nodes[node].relay_to != EXPLAIN_NONE ? node : EXPLAIN_NONE;
}

static bool client_hop(finding *self, explain_hop *hop, uint32_t connection)
{
    explain_trace *const trace = self->trace;
    uint32_t id = find_path(trace, connection, &hop->source, &hop->destination);
    if (id == EXPLAIN_NONE) {
        if (!explain_grow((void **)&trace->paths, trace->path_count, sizeof *trace->paths))
            return false;
        id = (uint32_t)trace->path_count++;
        trace->paths[id] = (explain_path){.connection = connection,
                                          .place = hop->from,
                                          .local = hop->source,
                                          .remote = hop->destination,
                                          .relay = relay_at(trace, &hop->destination, hop->sent_ns)};
    }
    hop->path = id;
    const explain_hop *const last = explain_last_hop(trace, hop);
    if (!last->arrived || roam_addr_equal(&trace->paths[id].outside, &last->seen_source))
        return true;
    hop->new_outside = trace->paths[id].outside.family != ROAM_FAMILY_NONE;
    trace->paths[id].outside = last->seen_source;
    if (!explain_grow((void **)&self->outsides, self->outside_count, sizeof *self->outsides))
        return false;
    self->outsides[self->outside_count++] = (outside){connection, id, last->seen_source};
    return true;
}

/* The first datagram in the client's name that comes from that address. */
static bool attacker_hop(finding *self, explain_hop *hop)
{
    const explain_hop *const last = explain_last_hop(self->trace, hop);
    const uint32_t connection = self->trace->datagrams[hop->datagram].connection;
    if (!last->arrived)
        return true;
    for (size_t i = 0; i < self->outside_count; i++)
        if (self->outsides[i].connection == connection &&
            roam_addr_equal(&self->outsides[i].addr, &last->seen_source))
            return true;
    hop->new_outside = true;
    if (!explain_grow((void **)&self->outsides, self->outside_count, sizeof *self->outsides))
        return false;
    self->outsides[self->outside_count++] = (outside){connection, EXPLAIN_NONE, last->seen_source};
    return true;
}

static void server_hop(finding *self, explain_hop *hop, uint32_t connection)
{
    explain_trace *const trace = self->trace;
    const explain_hop *const last = explain_last_hop(trace, hop);
    if (last->arrived && node_of(trace, last->to) == trace->connections[connection].client) {
        hop->path = find_path(trace, connection, &last->seen_destination, &last->seen_source);
        return;
    }
    for (size_t i = self->outside_count; i-- > 0 && hop->path == EXPLAIN_NONE;)
        if (self->outsides[i].connection == connection &&
            roam_addr_equal(&self->outsides[i].addr, &hop->destination))
            hop->path = self->outsides[i].path;
}

/* Where one that did not arrive was to go. */
static void aim(explain_trace *trace, explain_hop *hop, const explain_datagram *datagram)
{
    if (hop->to != EXPLAIN_NONE)
        return;
    hop->to = explain_run_owner(trace->run, &hop->destination, hop->sent_ns);
    if (hop->to != EXPLAIN_NONE || hop->path == EXPLAIN_NONE || datagram->sender == DISSECT_CLIENT)
        return;
    const explain_path *const path = &trace->paths[hop->path];
    hop->to = path->relay != EXPLAIN_NONE ? explain_run_owner(trace->run, &path->remote, 0) : path->place;
}

/* Another connection ID than that of the datagram before it on its path; the handshake's is none of these. */
static bool mark_ids(explain_trace *trace)
{
    uint32_t *const latest = calloc(2 * trace->path_count + 1, sizeof *latest);
    for (size_t i = 0; latest && i < trace->hop_count; i++) {
        explain_hop *const hop = &trace->hops[i];
        const explain_datagram *const datagram = &trace->datagrams[hop->datagram];
        if (hop->path == EXPLAIN_NONE || hop->onward || datagram->id == EXPLAIN_NONE)
            continue;
        uint32_t *const before = &latest[hop->path * 2 + (uint32_t)datagram->sender];
        hop->new_id = *before != datagram->id;
        *before = datagram->id;
    }
    free(latest);
    return latest != NULL;
}

/* Data on another path than the datagram with data before it, of that sender. */
static void mark_data(explain_trace *trace, uint32_t *latest)
{
    for (uint32_t i = 0; i < trace->hop_count; i++) {
        explain_hop *const hop = &trace->hops[i];
        const explain_datagram *const datagram = &trace->datagrams[hop->datagram];
        if (hop->path == EXPLAIN_NONE || hop->onward || hop->forged || !explain_holds_data(trace, datagram))
            continue;
        uint32_t *const before = &latest[datagram->connection * 2 + (uint32_t)datagram->sender];
        if (*before == EXPLAIN_NONE)
            hop->first_data = true;
        else if (trace->hops[*before].path != hop->path)
            trace->hops[*before].last_data = hop->first_data = true;
        *before = i;
    }
}

static uint64_t hash_of(const explain_frame *frame)
{
    return core_hash_bytes(CORE_HASH_START, frame->data, sizeof frame->data);
}

static bool is_answered(const explain_trace *trace, const core_table *responses,
                        const explain_frame *challenge)
{
    uint32_t slot;
    for (uint32_t id = core_table_first(responses, hash_of(challenge), &slot); id != CORE_TABLE_NONE;
         id = core_table_next(responses, hash_of(challenge), &slot))
        if (memcmp(trace->frames[id].data, challenge->data, sizeof challenge->data) == 0)
            return true;
    return false;
}

/* Challenges that arrived, and that nobody answered to the end of the run. */
static bool mark_unanswered(explain_trace *trace)
{
    core_table responses = {0};
    bool good = true;
    for (uint32_t i = 0; good && i < trace->frame_count; i++) {
        if (trace->frames[i].type != DISSECT_PATH_RESPONSE)
            continue;
        good = core_table_reserve(&responses) == 0;
        if (good)
            core_table_add(&responses, hash_of(&trace->frames[i]), i);
    }
    for (size_t i = 0; good && i < trace->hop_count; i++) {
        explain_hop *const hop = &trace->hops[i];
        const explain_datagram *const datagram = &trace->datagrams[hop->datagram];
        const explain_frame *const frames = &trace->frames[datagram->first_frame];
        const bool came =
            !hop->onward && explain_last_hop(trace, hop)->arrived && !explain_last_hop(trace, hop)->altered;
        for (uint32_t k = 0; came && k < datagram->frame_count; k++)
            if (frames[k].type == DISSECT_PATH_CHALLENGE && !is_answered(trace, &responses, &frames[k]))
                hop->unanswered = true;
    }
    core_table_fini(&responses);
    return good;
}

static bool place_hops(finding *self)
{
    explain_trace *const trace = self->trace;
    for (size_t i = 0; i < trace->hop_count; i++) {
        explain_hop *const hop = &trace->hops[i];
        const explain_datagram *const datagram = &trace->datagrams[hop->datagram];
        const uint32_t connection = datagram->connection;
        if (!hop->onward && !hop->forged && connection != EXPLAIN_NONE) {
            if (datagram->sender == DISSECT_SERVER)
                server_hop(self, hop, connection);
            else if (!client_hop(self, hop, connection))
                return false;
        } else if (!hop->onward && connection != EXPLAIN_NONE && datagram->sender == DISSECT_CLIENT &&
                   !attacker_hop(self, hop))
            return false;
        aim(trace, hop, datagram);
    }
    return true;
}

bool explain_trace_paths(explain_trace *trace)
{
    finding self = {.trace = trace};
    uint32_t *const latest = malloc((2 * trace->connection_count + 1) * sizeof *latest);
    const bool good = latest && place_hops(&self);
    for (size_t i = 0; good && i < 2 * trace->connection_count; i++)
        latest[i] = EXPLAIN_NONE;
    if (good)
        mark_data(trace, latest);
    free(latest);
    free(self.outsides);
    return good && mark_ids(trace) && mark_unanswered(trace);
}
