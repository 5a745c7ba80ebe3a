/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each PATH_CHALLENGE that left an endpoint, and what became of it: there, answered and back; lost, and
 * where; the time until the next one on its path. */
#include "tools/trace/world.h"
#include "tools/witness/explain_trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A way from host to host: how it ended. Zeros are "never left". */
typedef struct way {
    bool left;
    uint64_t sent_ns;
    uint64_t ended_ns;  /* EXPLAIN_NEVER: under way when the run ended */
    const char *reason; /* of its drop; NULL: it was not dropped */
    bool arrived;
} way;

typedef struct challenge {
    uint8_t data[8];
    uint32_t node, peer; /* peer: EXPLAIN_NONE when it never sent */
    uint32_t connection; /* EXPLAIN_NONE: of none that is known */
    uint32_t path, attempt;
    roam_addr source, destination; /* as the node sees its path: not behind the peer's NAT */
    way there, back;
    uint64_t next_ns; /* when the next one on that path left; EXPLAIN_NEVER: none did */
} challenge;

typedef struct telling {
    const trace_world *world;
    const explain_trace *trace;
    challenge *challenges; /* in order of sending */
    size_t count;
    struct data_key *by_data;
} telling;

static way way_of(const explain_trace *trace, const explain_hop *hop)
{
    const explain_hop *const last = explain_last_hop(trace, hop);
    const bool dropped = last->drop != EXPLAIN_NONE;
    return (way){.left = true,
                 .sent_ns = hop->sent_ns,
                 .ended_ns = last->ended_ns,
                 .reason = dropped ? trace->run->drops[last->drop].reason : NULL,
                 .arrived = last->arrived};
}

/* The next frame of that type in the datagram from *at on; NULL: none. */
static const explain_frame *next_frame(const explain_trace *trace, const explain_hop *hop, uint8_t type,
                                       uint32_t *at)
{
    const explain_datagram *const datagram = &trace->datagrams[hop->datagram];
    while (*at < datagram->frame_count) {
        const explain_frame *const frame = &trace->frames[datagram->first_frame + (*at)++];
        if (frame->type == type)
            return frame;
    }
    return NULL;
}

/* False: out of memory. */
static bool take_challenges(telling *self, const explain_hop *hop)
{
    const explain_datagram *const datagram = &self->trace->datagrams[hop->datagram];
    const explain_frame *frame;
    uint32_t at = 0;
    while ((frame = next_frame(self->trace, hop, DISSECT_PATH_CHALLENGE, &at)) != NULL) {
        if (!explain_grow((void **)&self->challenges, self->count, sizeof *self->challenges))
            return false;
        challenge *const added = &self->challenges[self->count++];
        *added = (challenge){.node = hop->from / (uint32_t)self->world->run->network_count,
                             .peer = EXPLAIN_NONE,
                             .connection = datagram->connection,
                             .path = hop->path,
                             .source = hop->source,
                             .destination = hop->destination,
                             .there = way_of(self->trace, hop),
                             .next_ns = EXPLAIN_NEVER};
        (void)memcpy(added->data, frame->data, sizeof added->data);
        if (datagram->connection != EXPLAIN_NONE) {
            const explain_connection *const of = &self->trace->connections[datagram->connection];
            added->peer = of->client == added->node ? of->server : of->client;
        }
    }
    return true;
}

/* ---- which belong together ---- */

typedef struct data_key {
    uint8_t data[8];
    uint32_t number;
} data_key;

static int compare_data(const void *a, const void *b)
{
    const data_key *const one = a;
    const data_key *const other = b;
    const int order = memcmp(one->data, other->data, sizeof one->data);
    return order != 0 ? order : one->number < other->number ? -1 : one->number > other->number;
}

/* The first one with that data; NULL: none. */
static challenge *find(const telling *self, const uint8_t data[8])
{
    size_t low = 0;
    size_t high = self->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (memcmp(self->by_data[middle].data, data, 8) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    challenge *const found = low < self->count ? &self->challenges[self->by_data[low].number] : NULL;
    return found && memcmp(found->data, data, 8) == 0 ? found : NULL;
}

/* The first response that arrives, or, of those that do not, the last. */
static void take_responses(const telling *self, const explain_hop *hop)
{
    const explain_frame *frame;
    uint32_t at = 0;
    while ((frame = next_frame(self->trace, hop, DISSECT_PATH_RESPONSE, &at)) != NULL) {
        challenge *const answered = find(self, frame->data);
        const way back = way_of(self->trace, hop);
        if (answered &&
            (!answered->back.arrived || (back.arrived && back.ended_ns < answered->back.ended_ns)))
            answered->back = back;
    }
}

static int compare_numbers(uint64_t one, uint64_t other)
{
    return one < other ? -1 : one > other;
}

static int compare_addresses(const roam_addr *one, const roam_addr *other)
{
    int order = compare_numbers(one->family, other->family);
    if (order == 0)
        order = memcmp(one->bytes, other->bytes, sizeof one->bytes);
    return order != 0 ? order : compare_numbers(one->port, other->port);
}

/* 0: of one endpoint on one path, as it sees it. */
static int compare_paths(const challenge *one, const challenge *other)
{
    int order = compare_numbers(one->connection, other->connection);
    if (order == 0)
        order = compare_numbers(one->node, other->node);
    if (order == 0)
        order = compare_addresses(&one->source, &other->source);
    return order != 0 ? order : compare_addresses(&one->destination, &other->destination);
}

static int compare_on_paths(const void *a, const void *b)
{
    challenge *const *const one = a;
    challenge *const *const other = b;
    const int order = compare_paths(*one, *other);
    return order != 0 ? order : compare_numbers((uintptr_t)*one, (uintptr_t)*other); /* in order of sending */
}

/*
 * Attempts of an endpoint on a path are numbered as in the comments of captures: one whose data was sent
 * before has the number of that one. Each knows when the next one left. False: out of memory.
 */
static bool number_attempts(const telling *self)
{
    challenge **const sorted = malloc((self->count + 1) * sizeof *sorted);
    uint32_t attempts = 0;
    for (size_t i = 0; sorted && i < self->count; i++)
        sorted[i] = &self->challenges[i];
    if (sorted)
        qsort(sorted, self->count, sizeof *sorted, compare_on_paths);
    for (size_t i = 0; sorted && i < self->count; i++) {
        challenge *const one = sorted[i];
        challenge *const before = i > 0 && compare_paths(sorted[i - 1], one) == 0 ? sorted[i - 1] : NULL;
        if (before)
            before->next_ns = one->there.sent_ns;
        else
            attempts = 0;
        if (find(self, one->data) == one)
            one->attempt = ++attempts;
    }
    free(sorted);
    for (size_t i = 0; sorted && i < self->count; i++)
        self->challenges[i].attempt = find(self, self->challenges[i].data)->attempt;
    return sorted != NULL;
}

/* ---- slices ---- */

static uint64_t end_of(const telling *self, const way *one)
{
    return one->ended_ns < self->world->end_ns || one->arrived || one->reason ? one->ended_ns
                                                                              : self->world->end_ns;
}

static void tell_way(const telling *self, uint32_t slice, const way *one, const char *words)
{
    char name[TRACE_NAME_MAX];
    (void)snprintf(name, sizeof name, "%s%s%.100s", words, one->reason ? ", lost: " : "",
                   one->reason ? one->reason : "");
    (void)trace_part(self->world->document, slice, (trace_span){one->sent_ns, end_of(self, one)}, name, NULL);
}

static const char *outcome_of(const challenge *one)
{
    if (one->back.arrived)
        return "answered";
    if (!one->there.arrived)
        return one->there.reason ? "lost" : "under way";
    return one->back.left ? "answer lost" : "not answered";
}

static void tell(const telling *self, const challenge *one)
{
    const explain_run *const run = self->world->run;
    char name[TRACE_NAME_MAX];
    char local[ROAM_ADDR_STRING_MAX] = "?";
    char remote[ROAM_ADDR_STRING_MAX] = "?";
    const uint64_t known_ns = end_of(self, one->back.left ? &one->back : &one->there);
    const bool waits = !one->back.arrived && one->next_ns != EXPLAIN_NEVER && one->next_ns > known_ns;
    if (one->path != EXPLAIN_NONE) {
        (void)roam_addr_format(&self->trace->paths[one->path].local, local);
        (void)roam_addr_format(&self->trace->paths[one->path].remote, remote);
    }
    (void)snprintf(name, sizeof name, "PATH_CHALLENGE %u: %s", one->attempt, outcome_of(one));
    const uint32_t slice = trace_slice(
        self->world->document,
        trace_named_track(self->world, self->world->nodes[one->node], TRACE_RANK_CHALLENGES, "challenges to",
                          one->peer == EXPLAIN_NONE ? "nobody that sent" : run->nodes[one->peer].name),
        (trace_span){one->there.sent_ns, waits ? one->next_ns : known_ns}, name,
        json_pack("{s:s, s:s, s:i}", "client", local, "server", remote, "attempt", (int)one->attempt));
    tell_way(self, slice, &one->there, "to the peer");
    if (one->back.left) {
        (void)trace_part(self->world->document, slice, (trace_span){one->there.ended_ns, one->back.sent_ns},
                         "at the peer", NULL);
        tell_way(self, slice, &one->back, "back");
    }
    if (waits)
        (void)trace_part(self->world->document, slice, (trace_span){known_ns, one->next_ns},
                         "until the timer sends the next", NULL);
}

/* ---- the whole ---- */

/* What an endpoint sends, on the first hop of its way. */
static bool is_own(const explain_hop *hop)
{
    return !hop->forged && !hop->onward && hop->from != EXPLAIN_NONE;
}

static bool collect(telling *self)
{
    const explain_trace *const trace = self->trace;
    for (size_t i = 0; i < trace->hop_count; i++)
        if (is_own(&trace->hops[i]) && !take_challenges(self, &trace->hops[i]))
            return false;
    self->by_data = malloc((self->count + 1) * sizeof *self->by_data);
    if (!self->by_data)
        return false;
    for (size_t i = 0; i < self->count; i++) {
        (void)memcpy(self->by_data[i].data, self->challenges[i].data, 8);
        self->by_data[i].number = (uint32_t)i;
    }
    qsort(self->by_data, self->count, sizeof *self->by_data, compare_data);
    for (size_t i = 0; i < trace->hop_count; i++)
        if (is_own(&trace->hops[i]))
            take_responses(self, &trace->hops[i]);
    return number_attempts(self);
}

bool trace_tell_challenges(const trace_world *world, const char *path, char *message)
{
    explain_trace trace = {0};
    telling self = {.world = world, .trace = &trace};
    bool good = explain_trace_read(world->run, path, &trace, message);
    if (good && !collect(&self)) {
        (void)snprintf(message, TRACE_MESSAGE_MAX, "out of memory");
        good = false;
    }
    for (size_t i = 0; good && i < self.count; i++)
        tell(&self, &self.challenges[i]);
    free(self.challenges);
    free(self.by_data);
    explain_trace_fini(&trace);
    return good;
}
