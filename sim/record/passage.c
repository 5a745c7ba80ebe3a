/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/passage.h"

#include "sim/record/asked.h"
#include "sim/wire/ip.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBERS = 64, REMOTES = 8 };

/* Which network of one end its packets and addresses stand for. Arrays of two are by dissect_side. */
typedef struct passage_connection {
    struct {
        uint64_t number; /* plus 1 */
        uint32_t network;
    } sent[2][NUMBERS]; /* the latest 1-RTT packets of that side, by number modulo NUMBERS */
    struct {
        roam_addr addr; /* as the other end sees that side; family NONE: no entry */
        uint32_t network;
    } remotes[2][REMOTES];
    uint32_t remote_count[2];
} passage_connection;

/* Of one expectation. */
typedef struct passage_tracker {
    uint64_t frames;
    passage_marks marks;
    passage_way way; /* of the last data */
} passage_tracker;

struct passage {
    const scenario *scenario;
    asked_set asked;
    passage_tracker *trackers;        /* by its items */
    passage_connection **connections; /* by index; NULL: not seen */
    uint32_t connection_count;
};

/* ---- making ---- */

static uint64_t key_of(const scenario_expectation *expectation)
{
    if (expectation->kind == SCENARIO_EXPECT_FRAMES)
        return chains_pair(expectation->frames.flow.from, expectation->frames.flow.to);
    if (expectation->kind == SCENARIO_EXPECT_ECN)
        return chains_pair(expectation->ecn.flow.from, expectation->ecn.flow.to);
    return expectation->kind == SCENARIO_EXPECT_PATH
               ? chains_pair(expectation->path.flow.from, expectation->path.flow.to)
               : ASKED_NOT;
}

int passage_new(const scenario *whole, passage **out)
{
    passage *const self = calloc(1, sizeof *self);
    *out = NULL;
    if (self)
        self->scenario = whole;
    if (!self || !asked_init(&self->asked, whole, key_of)) {
        free(self);
        return ROAM_ERR_NO_MEMORY;
    }
    if (self->asked.count == 0) {
        passage_free(self);
        return 0;
    }
    self->trackers = calloc(self->asked.count, sizeof *self->trackers);
    if (!self->trackers) {
        passage_free(self);
        return ROAM_ERR_NO_MEMORY;
    }
    for (uint32_t i = 0; i < self->asked.count; i++)
        self->trackers[i].way = (passage_way){.own = SCENARIO_NONE, .others = SCENARIO_NONE};
    *out = self;
    return 0;
}

void passage_free(passage *self)
{
    if (!self)
        return;
    for (uint32_t i = 0; i < self->connection_count; i++)
        free(self->connections[i]);
    free(self->connections);
    free(self->trackers);
    asked_fini(&self->asked);
    free(self);
}

/* ---- networks ---- */

/* NULL: out of memory. */
static passage_connection *connection_at(passage *self, uint32_t index)
{
    if (index >= self->connection_count) {
        const uint32_t count = 2 * index + 16;
        passage_connection **const grown = realloc(self->connections, count * sizeof(*grown));
        if (!grown)
            return NULL;
        memset(grown + self->connection_count, 0, (count - self->connection_count) * sizeof(*grown));
        self->connections = grown;
        self->connection_count = count;
    }
    if (!self->connections[index])
        self->connections[index] = calloc(1, sizeof *self->connections[index]);
    return self->connections[index];
}

/* The sender is seen at that address when it sends over that network. */
static void learn_remote(passage_connection *of, dissect_side side, const roam_addr *addr, uint32_t network)
{
    for (uint32_t i = 0; i < REMOTES; i++) {
        if (of->remotes[side][i].addr.family == ROAM_FAMILY_NONE ||
            !roam_addr_equal(&of->remotes[side][i].addr, addr))
            continue;
        of->remotes[side][i].network = network;
        return;
    }
    const uint32_t place = of->remote_count[side]++ % REMOTES;
    of->remotes[side][place].addr = *addr;
    of->remotes[side][place].network = network;
}

static uint32_t network_at(const passage_connection *of, dissect_side side, const roam_addr *addr)
{
    for (uint32_t i = 0; i < REMOTES; i++)
        if (of->remotes[side][i].addr.family != ROAM_FAMILY_NONE &&
            roam_addr_equal(&of->remotes[side][i].addr, addr))
            return of->remotes[side][i].network;
    return SCENARIO_NONE;
}

/* ---- packets ---- */

static bool carries_data(const dissect_packet *read)
{
    for (size_t i = 0; i < read->frame_count; i++)
        if (read->frames[i].type == DISSECT_STREAM || read->frames[i].type == DISSECT_DATAGRAM)
            return true;
    return false;
}

static uint64_t count_frames(const dissect_packet *read, uint32_t type)
{
    uint64_t count = 0;
    for (size_t i = 0; i < read->frame_count; i++)
        count += (uint32_t)read->frames[i].type == type;
    return count;
}

static bool is_over(const passage_way *way, uint32_t network)
{
    return network == SCENARIO_NONE || way->own == network || way->others == network;
}

static void track_frames(const scenario_expect_frames *of, passage_tracker *tracker, const passage_way *way,
                         const dissect_packet *read)
{
    if (is_over(way, of->network) && way->at_ns >= of->since_ns && way->at_ns < of->until_ns)
        tracker->frames += count_frames(read, of->frame);
}

static void track(const scenario_expectation *of, passage_tracker *tracker, const passage_way *way,
                  const dissect_packet *read)
{
    if (of->kind == SCENARIO_EXPECT_FRAMES)
        track_frames(&of->frames, tracker, way, read);
    if (of->kind == SCENARIO_EXPECT_PATH && way->at_ns <= of->path.at_ns && carries_data(read))
        tracker->way = *way;
}

/* Leaving, packets of the node to the other; coming, of the other to the node. */
static void track_marks(passage *self, const observer_packet *packet, uint32_t other)
{
    enum { ECT_1 = 1, ECT_0 = 2, CE = 3 };
    const uint8_t ecn = ip_ecn(packet->bytes, packet->len);
    const uint32_t node = scenario_end_of(self->scenario, packet->node);
    const uint32_t from = packet->up ? node : other, to = packet->up ? other : node;
    const chains *const by_pair = &self->asked.by_key;
    for (uint32_t i = ecn ? chains_first(by_pair, chains_pair(from, to)) : CHAINS_END; i != CHAINS_END;
         i = chains_next(by_pair, i)) {
        passage_tracker *const tracker = &self->trackers[i];
        if (self->asked.items[i]->kind != SCENARIO_EXPECT_ECN)
            continue;
        tracker->marks.ect += packet->up && (ecn == ECT_0 || ecn == ECT_1);
        tracker->marks.ce += !packet->up && ecn == CE;
    }
}

bool passage_packet(passage *self, const observer_packet *packet, const dissect_packet *read, uint32_t other,
                    uint64_t now_ns)
{
    if (!self)
        return true;
    other = scenario_end_of(self->scenario, other);
    passage_connection *const of = connection_at(self, read->connection);
    if (!of)
        return false;
    track_marks(self, packet, other);
    const size_t place = read->number % NUMBERS;
    const dissect_side receiver = read->sender == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT;
    if (!packet->up) {
        if (read->type == DISSECT_ONE_RTT && of->sent[read->sender][place].number == read->number + 1)
            learn_remote(of, read->sender, &packet->source, of->sent[read->sender][place].network);
        return true;
    }
    if (read->type == DISSECT_ONE_RTT) {
        of->sent[read->sender][place].number = read->number + 1;
        of->sent[read->sender][place].network = packet->network;
    }
    const passage_way way = {
        .own = packet->network, .others = network_at(of, receiver, &packet->destination), .at_ns = now_ns};
    const chains *const by_pair = &self->asked.by_key;
    for (uint32_t i =
             chains_first(by_pair, chains_pair(scenario_end_of(self->scenario, packet->node), other));
         i != CHAINS_END; i = chains_next(by_pair, i))
        track(self->asked.items[i], &self->trackers[i], &way, read);
    return true;
}

/* ---- what came of it ---- */

static const passage_tracker *tracker_of(const passage *self, const scenario_expectation *expectation)
{
    const uint32_t index = self ? asked_index(&self->asked, expectation) : CHAINS_END;
    return index == CHAINS_END ? NULL : &self->trackers[index];
}

uint64_t passage_frames(const passage *self, const scenario_expectation *expectation)
{
    const passage_tracker *const tracker = tracker_of(self, expectation);
    return tracker ? tracker->frames : 0;
}

passage_marks passage_marks_of(const passage *self, const scenario_expectation *expectation)
{
    const passage_tracker *const tracker = tracker_of(self, expectation);
    return tracker ? tracker->marks : (passage_marks){0};
}

passage_way passage_way_of(const passage *self, const scenario_expectation *expectation)
{
    const passage_tracker *const tracker = tracker_of(self, expectation);
    return tracker ? tracker->way : (passage_way){.own = SCENARIO_NONE, .others = SCENARIO_NONE};
}
