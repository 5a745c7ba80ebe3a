/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/trigger_packets.h"

#include <stdlib.h>

/* Of one connection, by dissect_side. */
typedef struct ends {
    uint32_t node[2]; /* SCENARIO_NONE: not known */
    uint32_t seen[2]; /* bits by scenario_instant: what has been, at that end */
} ends;

/* The last dial of a node. */
typedef struct dialled {
    uint64_t at_ns;
    uint32_t to;
} dialled;

struct trigger_packets {
    trigger_packets_options options;
    ends *ends; /* by connection */
    uint32_t ends_count;
    dialled *dialled; /* by node */
};

trigger_packets *trigger_packets_new(const trigger_packets_options *options)
{
    const size_t nodes = options->scenario->node_count;
    trigger_packets *const self = calloc(1, sizeof *self);
    dialled *const dials = calloc(nodes + 1, sizeof *dials);
    if (!self || !dials) {
        free(self);
        free(dials);
        return NULL;
    }
    for (size_t i = 0; i < nodes; i++)
        dials[i] = (dialled){ROAM_NEVER, SCENARIO_NONE};
    *self = (trigger_packets){.options = *options, .dialled = dials};
    return self;
}

void trigger_packets_free(trigger_packets *self)
{
    if (!self)
        return;
    free(self->ends);
    free(self->dialled);
    free(self);
}

void trigger_packets_dial(trigger_packets *self, uint32_t node, uint32_t to, uint64_t now_ns)
{
    self->dialled[node] = (dialled){now_ns, to};
}

/* ---- whose connection ---- */

static ends *ends_of(trigger_packets *self, uint32_t connection)
{
    if (connection >= self->ends_count) {
        const uint32_t count = connection < 16 ? 16 : 2 * connection;
        ends *const grown = realloc(self->ends, count * sizeof *grown);
        if (!grown) {
            (void)run_error_set(self->options.error, RUN_ERROR_MEMORY, "triggers: out of memory");
            return NULL;
        }
        for (uint32_t i = self->ends_count; i < count; i++)
            grown[i] = (ends){.node = {SCENARIO_NONE, SCENARIO_NONE}};
        self->ends = grown;
        self->ends_count = count;
    }
    return &self->ends[connection];
}

/* Whom a client's first packet is for, before any has come back: whom the node dials at this time, or else
 * who has the address. A NAT's or a relay's is nobody's. */
static uint32_t server_of(const trigger_packets *self, const observer_packet *packet, uint64_t now_ns)
{
    const dialled *const last = &self->dialled[packet->node];
    if (last->at_ns == now_ns)
        return last->to;
    for (uint32_t i = 0; i < self->options.scenario->node_count; i++)
        if (host_has(endpoint_host(self->options.endpoints[i]), &packet->destination))
            return i;
    return SCENARIO_NONE;
}

/* The end at whose host the packet is: its sender's when it leaves, its receiver's when it comes in. False:
 * at neither, as at a relay's. */
static bool find_end(trigger_packets *self, const observer_packet *at, const dissect_packet *packet,
                     uint64_t now_ns, dissect_side *side)
{
    const dissect_side far = dissect_other_side(packet->sender);
    ends *const of = packet->connection == DISSECT_NONE ? NULL : ends_of(self, packet->connection);
    if (!of)
        return false;
    *side = at->up ? packet->sender : far;
    if (at->up && of->node[packet->sender] == SCENARIO_NONE) {
        of->node[packet->sender] = at->node;
        if (packet->sender == DISSECT_CLIENT && of->node[far] == SCENARIO_NONE)
            of->node[far] = server_of(self, at, now_ns);
    }
    if (!at->up && of->node[*side] == SCENARIO_NONE && packet->sender == DISSECT_CLIENT &&
        self->options.scenario->nodes[at->node].listen &&
        self->options.scenario->nodes[at->node].relay_to == SCENARIO_NONE)
        of->node[*side] = at->node;
    return of->node[*side] == at->node;
}

/* ---- instants ---- */

static bool has_frame(const dissect_packet *packet, dissect_frame_type type)
{
    for (size_t i = 0; i < packet->frame_count; i++)
        if (packet->frames[i].type == type)
            return true;
    return false;
}

/* Bits by scenario_instant: what the packet is, at that end. */
static uint32_t instants_of(const dissect_packet *packet, bool leaves)
{
    const bool read = packet->status == DISSECT_READ || packet->status == DISSECT_BAD_FRAMES;
    const bool client = packet->sender == DISSECT_CLIENT;
    const bool done = packet->type == DISSECT_ONE_RTT && has_frame(packet, DISSECT_HANDSHAKE_DONE);
    uint32_t bits = 0;
    if (!read)
        return 0;
    if (packet->type == DISSECT_INITIAL)
        bits |= 1u << (leaves ? SCENARIO_INSTANT_INITIAL_SENT : SCENARIO_INSTANT_INITIAL_ARRIVED);
    if (packet->type == DISSECT_HANDSHAKE)
        bits |= 1u << (leaves ? SCENARIO_INSTANT_HANDSHAKE_SENT : SCENARIO_INSTANT_HANDSHAKE_ARRIVED);
    if (packet->type == DISSECT_ONE_RTT)
        bits |= 1u << (leaves ? SCENARIO_INSTANT_ONE_RTT_SENT : SCENARIO_INSTANT_ONE_RTT_ARRIVED);
    if (leaves && (client ? packet->type == DISSECT_HANDSHAKE && has_frame(packet, DISSECT_CRYPTO) : done))
        bits |= 1u << SCENARIO_INSTANT_HANDSHAKE_COMPLETED;
    if (done && !client)
        bits |= 1u << SCENARIO_INSTANT_HANDSHAKE_CONFIRMED;
    return bits;
}

/* Each once for one connection and end. */
static void see_handshake(trigger_packets *self, const dissect_packet *packet, bool leaves, dissect_side side,
                          uint64_t now_ns)
{
    ends *const of = &self->ends[packet->connection];
    const uint32_t bits = instants_of(packet, leaves) & ~of->seen[side];
    const uint32_t node = of->node[side];
    const uint32_t other = of->node[dissect_other_side(side)];
    of->seen[side] |= bits;
    for (uint32_t what = 0; bits >> what; what++) {
        const trigger_instant seen = {
            .kind = SCENARIO_AFTER_HAPPENS, .what = what, .node = node, .other = other};
        if (bits >> what & 1)
            trigger_sink_see(&self->options.sink, &seen, now_ns);
    }
}

/* A type is one instant of a datagram, however many frames of it there are. */
static uint64_t see_frames(trigger_packets *self, const dissect_packet *packet, bool leaves, uint64_t before,
                           uint64_t now_ns)
{
    const ends *const of = &self->ends[packet->connection];
    for (size_t i = 0; i < packet->frame_count; i++) {
        const uint32_t type = packet->frames[i].type;
        const uint64_t bit = UINT64_C(1) << type;
        const trigger_instant seen = {.kind = SCENARIO_AFTER_FRAME,
                                      .what = type,
                                      .node = of->node[packet->sender],
                                      .other = of->node[dissect_other_side(packet->sender)],
                                      .direction = leaves ? SCENARIO_UP : SCENARIO_DOWN};
        if (!(before & bit))
            trigger_sink_see(&self->options.sink, &seen, now_ns);
        before |= bit;
    }
    return before;
}

void trigger_packets_packet(trigger_packets *self, const observer_packet *packet, uint64_t now_ns)
{
    uint64_t types = 0;
    if (!packet->view || packet->forged || packet->drop != OBSERVER_NOT_DROPPED ||
        self->options.scenario->nodes[packet->node].attacker)
        return;
    for (size_t i = 0; i < packet->view->packet_count; i++) {
        const dissect_packet *const one = &packet->view->packets[i];
        dissect_side side;
        if (one->status != DISSECT_READ && one->status != DISSECT_BAD_FRAMES)
            continue;
        if (!find_end(self, packet, one, now_ns, &side))
            continue;
        see_handshake(self, one, packet->up, side, now_ns);
        types = see_frames(self, one, packet->up, types, now_ns);
        const ends *const of = &self->ends[one->connection];
        const trigger_wire wire = {.node = of->node[side],
                                   .other = of->node[dissect_other_side(side)],
                                   .leaves = packet->up,
                                   .source = &packet->source,
                                   .packet = one};
        trigger_calls_packet(self->options.calls, &wire, now_ns);
    }
}
