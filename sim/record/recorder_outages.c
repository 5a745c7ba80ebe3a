/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times without a connection, as the end that dials has them. */
#include "sim/record/recorder_internal.h"
#include "sim/record/room.h"

#include <stdlib.h>

bool recorder_counts_outages(const scenario *whole)
{
    bool wanted = false;
    for (size_t i = 0; i < whole->node_count; i++)
        wanted = wanted || whole->nodes[i].redial.on;
    for (size_t i = 0; i < whole->expectation_count; i++)
        wanted = wanted || whole->expectations[i].kind == SCENARIO_EXPECT_RECONNECTS;
    for (size_t i = 0; i < whole->known_fault.expectation_count; i++)
        wanted = wanted || whole->known_fault.expectations[i].kind == SCENARIO_EXPECT_RECONNECTS;
    return wanted;
}

bool recorder_outages_init(recorder *self)
{
    const size_t peers = self->scenario->peer_count;
    if (!recorder_counts_outages(self->scenario))
        return true;
    self->links_of_peers = calloc(peers + 1, sizeof *self->links_of_peers);
    for (size_t i = 0; self->links_of_peers && i < peers; i++)
        self->links_of_peers[i] = (recorder_peer_link){.dialled_ns = ROAM_NEVER, .open = SCENARIO_NONE};
    return self->links_of_peers != NULL;
}

/* NULL: not counted, or the node does not dial it. */
static recorder_peer_link *link_of(const recorder *self, uint32_t node, uint32_t other, uint32_t *peer)
{
    *peer = !self->links_of_peers || other == SCENARIO_NONE
                ? SCENARIO_NONE
                : scenario_peer_index(self->scenario, node, other);
    const bool dials = *peer != SCENARIO_NONE && self->scenario->peers[*peer].dialer == node;
    return dials ? &self->links_of_peers[*peer] : NULL;
}

static void begin(recorder *self, uint32_t peer, uint64_t lost_ns, const roam_event *event)
{
    recorder_peer_link *const of = &self->links_of_peers[peer];
    if (of->open != SCENARIO_NONE)
        return;
    recorder_outage *const grown =
        room_for_one(self->outages, self->outage_count, &self->outage_capacity, sizeof *grown);
    if (!grown) {
        self->failed = true;
        return;
    }
    self->outages = grown;
    of->open = (uint32_t)self->outage_count;
    self->outages[self->outage_count++] =
        (recorder_outage){.peer = peer,
                          .was_up = of->up,
                          .has_reason = event != NULL,
                          .reason = event ? event->down.reason : ROAM_DOWN_LEFT,
                          .lost_ns = lost_ns,
                          .regained_ns = ROAM_NEVER,
                          .end_ns = ROAM_NEVER};
}

void recorder_outages_event(recorder *self, uint32_t node, uint32_t other, const roam_event *event,
                            uint64_t now_ns)
{
    uint32_t peer;
    recorder_peer_link *const of = link_of(self, node, other, &peer);
    const observer_channel channel = observer_channel_of(self->scenario, node, event);
    if (!of || channel == OBSERVER_CHANNEL_AS_BEFORE)
        return;
    if (channel == OBSERVER_CHANNEL_DOWN) {
        begin(self, peer, of->up || of->dialled_ns == ROAM_NEVER ? now_ns : of->dialled_ns, event);
        of->up = false;
        return;
    }
    if (of->open != SCENARIO_NONE)
        self->outages[of->open].regained_ns = self->outages[of->open].end_ns = now_ns;
    *of = (recorder_peer_link){.up = true, .dialled_ns = ROAM_NEVER, .open = SCENARIO_NONE};
}

void recorder_outages_dial(recorder *self, uint32_t node, uint32_t other, uint64_t now_ns)
{
    uint32_t peer;
    recorder_peer_link *const of = link_of(self, node, other, &peer);
    if (of && of->open != SCENARIO_NONE)
        self->outages[of->open].dials++;
    else if (of && !of->up)
        of->dialled_ns = now_ns;
}

void recorder_outages_stopped(recorder *self, uint32_t node, uint64_t now_ns)
{
    for (uint32_t i = 0; self->links_of_peers && i < self->scenario->peer_count; i++) {
        if (self->scenario->peers[i].dialer != node || !self->links_of_peers[i].up)
            continue;
        begin(self, i, now_ns, NULL);
        self->links_of_peers[i].up = false;
    }
}

void recorder_outages_finish(recorder *self, uint64_t end_ns)
{
    for (size_t i = 0; i < self->outage_count; i++)
        if (self->outages[i].end_ns == ROAM_NEVER)
            self->outages[i].end_ns = end_ns;
}

void recorder_outages_fini(recorder *self)
{
    free(self->outages);
    free(self->links_of_peers);
}

const recorder_outage *recorder_outages(const recorder *self, size_t *count)
{
    *count = self->outage_count;
    return self->outages;
}
