/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/witness.h"

#include "sim/record/chains.h"
#include "sim/verdict/rules/requirements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The nodes at the ends of a connection, by dissect_side; SCENARIO_NONE: it has not sent yet. */
typedef struct witness_ends {
    uint32_t node[2];
} witness_ends;

struct witness {
    const scenario *scenario;
    rules_judge *judge;
    passage *passage;   /* NULL: no expectation asks */
    witness_ends *ends; /* by connection */
    uint32_t end_count;
    chains by_client; /* connections, by their ends as a pair; of use from witness_finish on */
    witness_rule outcomes[RULES_COUNT];
    witness_breach breaches[WITNESS_BREACHES];
    size_t breach_count;
    uint64_t *woken_ns; /* by node, from the last suspension; ROAM_NEVER: from none */
    uint64_t unread;    /* as in witness_unread */
    bool failed;        /* out of memory */
};

static void on_breach(void *ctx, const rules_breach *breach)
{
    witness *const self = ctx;
    if (self->breach_count == WITNESS_BREACHES || rules_requirement(breach->rule)->level == REQUIREMENT_MAY)
        return;
    const uint32_t *const node = self->ends[breach->connection].node;
    witness_breach *const kept = &self->breaches[self->breach_count++];
    *kept = (witness_breach){.rule = breach->rule,
                             .connection = breach->connection,
                             .node = node[breach->side],
                             .other = node[breach->side == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT],
                             .first = breach->first};
    (void)snprintf(kept->text, sizeof kept->text, "%s", breach->text);
}

const witness_breach *witness_breaches(const witness *self, size_t *count)
{
    *count = self->breach_count;
    return self->breaches;
}

int witness_new(const scenario *whole, witness **out)
{
    witness *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ERR_NO_MEMORY;
    self->scenario = whole;
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++)
        self->outcomes[rule].first_ns = ROAM_NEVER;
    self->woken_ns = malloc((whole->node_count + 1) * sizeof *self->woken_ns);
    for (size_t i = 0; self->woken_ns && i < whole->node_count; i++)
        self->woken_ns[i] = ROAM_NEVER;
    int status = self->woken_ns ? rules_new(&self->judge) : ROAM_ERR_NO_MEMORY;
    if (status == 0)
        status = passage_new(whole, &self->passage);
    if (status != 0) {
        witness_free(self);
        return status;
    }
    rules_listen(self->judge, on_breach, self);
    *out = self;
    return 0;
}

void witness_free(witness *self)
{
    if (!self)
        return;
    rules_free(self->judge);
    passage_free(self->passage);
    free(self->ends);
    chains_fini(&self->by_client);
    free(self->woken_ns);
    free(self);
}

/* ---- whose a packet is ---- */

static bool make_room(witness *self, uint32_t connection)
{
    uint32_t count = self->end_count ? self->end_count : 16;
    while (count <= connection)
        count *= 2;
    if (count == self->end_count)
        return true;
    witness_ends *const grown = realloc(self->ends, count * sizeof *grown);
    if (!grown) {
        self->failed = true;
        return false;
    }
    for (uint32_t i = self->end_count; i < count; i++)
        grown[i] = (witness_ends){{SCENARIO_NONE, SCENARIO_NONE}};
    self->ends = grown;
    self->end_count = count;
    return true;
}

/* The first node that sends as one of the ends of a connection is that end: a relay comes after it. */
static bool is_senders(witness *self, const dissect_packet *read, uint32_t node)
{
    if (read->connection == DISSECT_NONE || !make_room(self, read->connection))
        return false;
    uint32_t *const end = &self->ends[read->connection].node[read->sender];
    *end = *end == SCENARIO_NONE ? node : *end;
    return *end == node;
}

/* What comes before the node has sent anything is for it when it is no relay. */
static bool is_receivers(const witness *self, const dissect_packet *read, uint32_t node)
{
    const dissect_side receiver = read->sender == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT;
    if (read->connection >= self->end_count)
        return false;
    const uint32_t end = self->ends[read->connection].node[receiver];
    return end == node || (end == SCENARIO_NONE && self->scenario->nodes[node].relay_to == SCENARIO_NONE);
}

static bool is_nodes(witness *self, const observer_packet *packet, const dissect_packet *read)
{
    return packet->up ? is_senders(self, read, packet->node) : is_receivers(self, read, packet->node);
}

/* A datagram of no known connection may be a Stateless Reset of the node's. */
static bool is_for_node(witness *self, const observer_packet *packet)
{
    const dissect_view *const view = packet->view;
    bool any = packet->up && view->packet_count == 1 && view->packets[0].connection == DISSECT_NONE;
    for (size_t i = 0; i < view->packet_count; i++)
        any |= is_nodes(self, packet, &view->packets[i]);
    return any;
}

static void count_unread(witness *self, const observer_packet *packet)
{
    for (size_t i = 0; packet->up && i < packet->view->packet_count; i++)
        self->unread += packet->view->packets[i].status == DISSECT_NO_ROOM;
    self->failed |= dissect_lacks_memory(packet->view->dissect);
}

static void tell_passage(witness *self, const observer_packet *packet, uint64_t now_ns)
{
    const dissect_view *const view = packet->view;
    for (size_t i = 0; self->passage && i < view->packet_count; i++) {
        const dissect_packet *const read = &view->packets[i];
        if (!is_nodes(self, packet, read))
            continue;
        const uint32_t *const ends = self->ends[read->connection].node;
        const uint32_t other =
            ends[packet->up == (read->sender == DISSECT_CLIENT) ? DISSECT_SERVER : DISSECT_CLIENT];
        if (!passage_packet(self->passage, packet, read, other, now_ns))
            self->failed = true;
    }
}

/* RFC 791 section 3.1: DF, and no offset nor MF; RFC 8200 section 4.5 for IPv6, which no header of ours has.
 */
static rules_ip ip_of(const observer_packet *packet)
{
    enum { VERSION_6 = 6, FLAGS_AT = 6, DONT_FRAGMENT = 0x40, FRAGMENT = 0x3f };
    if (packet->len <= FLAGS_AT + 1)
        return RULES_IP_UNKNOWN;
    if (packet->bytes[0] >> 4 == VERSION_6)
        return RULES_IP_WHOLE;
    const bool whole = packet->bytes[FLAGS_AT] & DONT_FRAGMENT && !(packet->bytes[FLAGS_AT] & FRAGMENT) &&
                       packet->bytes[FLAGS_AT + 1] == 0;
    return whole ? RULES_IP_WHOLE : RULES_IP_FRAGMENT;
}

static void on_timeline(void *ctx, const scenario_event *event, uint64_t now_ns)
{
    const witness *const self = ctx;
    if (event->verb == SCENARIO_WAKE)
        self->woken_ns[event->node] = now_ns;
}

static bool is_belated(const witness *self, uint32_t node, uint64_t now_ns)
{
    return self->woken_ns[node] != ROAM_NEVER && now_ns - self->woken_ns[node] < RULES_BELATED_NS;
}

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    witness *const self = ctx;
    self->breach_count = 0;
    if (!packet->view || packet->forged || self->scenario->nodes[packet->node].attacker)
        return;
    count_unread(self, packet);
    if (!is_for_node(self, packet))
        return;
    tell_passage(self, packet, now_ns);
    const rules_datagram datagram = {.now_ns = now_ns,
                                     .local = packet->up ? packet->source : packet->destination,
                                     .remote = packet->up ? packet->destination : packet->source,
                                     .ip = ip_of(packet),
                                     .initial_window =
                                         self->scenario->nodes[packet->node].quic.initial_window,
                                     .belated = is_belated(self, packet->node, now_ns),
                                     .payload = packet->payload,
                                     .len = packet->payload_len,
                                     .view = packet->view};
    if (packet->up)
        rules_sent(self->judge, &datagram);
    else
        rules_received(self->judge, &datagram);
}

observer witness_observer(witness *self)
{
    return (observer){.ctx = self, .frames = true, .packet = on_packet, .timeline = on_timeline};
}

/* ---- what came of it ---- */

/* Where the finding is kept: behind the others, or in place of the last one that tells of no violation; NULL:
 * nowhere. */
static witness_finding *place_for(witness_rule *of, bool broken)
{
    if (of->finding_count < WITNESS_ENDPOINTS)
        return &of->findings[of->finding_count++];
    for (uint32_t i = WITNESS_ENDPOINTS; broken && i > 0; i--) {
        if (of->findings[i - 1].outcome.broken > 0)
            continue;
        memmove(&of->findings[i - 1], &of->findings[i], (WITNESS_ENDPOINTS - i) * sizeof *of->findings);
        return &of->findings[WITNESS_ENDPOINTS - 1];
    }
    return NULL;
}

static void take(witness_rule *of, const witness_finding *finding)
{
    const rules_outcome *const outcome = &finding->outcome;
    const bool broken = outcome->broken > 0;
    of->verdict = outcome->verdict > of->verdict ? outcome->verdict : of->verdict;
    of->exercised += outcome->exercised;
    of->broken += outcome->broken;
    of->endpoints++;
    of->endpoints_broken += broken;
    if (broken && outcome->violation->at_ns < of->first_ns) {
        of->first_ns = outcome->violation->at_ns;
        of->first = *finding;
    }
    witness_finding *const place = place_for(of, broken);
    if (place)
        *place = *finding;
}

static void take_end(witness *self, uint32_t connection, dissect_side side)
{
    const uint32_t *const node = self->ends[connection].node;
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++) {
        const rules_outcome outcome = rules_outcome_of(self->judge, connection, side, rule);
        if (outcome.verdict == RULES_NOT_EXERCISED)
            continue;
        const witness_finding finding = {.connection = connection,
                                         .side = side,
                                         .node = node[side],
                                         .other =
                                             node[side == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT],
                                         .outcome = outcome};
        take(&self->outcomes[rule], &finding);
    }
}

int witness_finish(witness *self)
{
    const uint32_t known = rules_connection_count(self->judge);
    const uint32_t count = known < self->end_count ? known : self->end_count;
    for (uint32_t i = 0; i < count; i++) {
        take_end(self, i, DISSECT_CLIENT);
        take_end(self, i, DISSECT_SERVER);
    }
    self->failed |= !chains_init(&self->by_client, count);
    for (uint32_t i = 0; !self->failed && i < count; i++)
        chains_add(&self->by_client,
                   chains_pair(self->ends[i].node[DISSECT_CLIENT],
                               scenario_end_of(self->scenario, self->ends[i].node[DISSECT_SERVER])));
    return rules_finish(self->judge) != 0 || self->failed ? ROAM_ERR_NO_MEMORY : 0;
}

uint64_t witness_unread(const witness *self)
{
    return self->unread;
}

const witness_rule *witness_rules(const witness *self)
{
    return self->outcomes;
}

static void add_facts(const witness *self, uint32_t connection, dissect_side side, rules_facts *sum)
{
    const rules_facts facts = rules_facts_of(self->judge, connection, side);
    sum->ids_used += facts.ids_used;
    sum->packet_size = facts.packet_size ? facts.packet_size : sum->packet_size;
    sum->stream_bytes += facts.stream_bytes;
    sum->retransmitted_bytes += facts.retransmitted_bytes;
}

rules_facts witness_facts(const witness *self, uint32_t node, uint32_t other)
{
    rules_facts sum = {0};
    const chains *const all = &self->by_client;
    for (uint32_t i = chains_first(all, chains_pair(node, other)); i != CHAINS_END; i = chains_next(all, i))
        add_facts(self, i, DISSECT_CLIENT, &sum);
    for (uint32_t i = chains_first(all, chains_pair(other, node)); i != CHAINS_END; i = chains_next(all, i))
        add_facts(self, i, DISSECT_SERVER, &sum);
    return sum;
}

uint64_t witness_frames(const witness *self, const scenario_expectation *expectation)
{
    return passage_frames(self->passage, expectation);
}

passage_marks witness_marks(const witness *self, const scenario_expectation *expectation)
{
    return passage_marks_of(self->passage, expectation);
}

passage_way witness_way(const witness *self, const scenario_expectation *expectation)
{
    return passage_way_of(self->passage, expectation);
}
