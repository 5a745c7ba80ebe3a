/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const NAMES[] = {
#define RULE(NAME, name) [RULES_##NAME] = (name),
    RULES_LIST(RULE)
#undef RULE
};

static const rules_group *const GROUPS[] = {&rules_streams,
                                            &rules_handshake,
                                            &rules_amplification,
                                            &rules_connection_ids,
                                            &rules_probing,
                                            &rules_moves,
                                            &rules_congestion,
                                            &rules_packet_size,
                                            &rules_preferred_address,
                                            &rules_responses,
                                            &rules_validation,
                                            &rules_connection_ids_used,
                                            &rules_connection_ids_taken,
                                            &rules_moves_peer};

enum { GROUP_COUNT = sizeof GROUPS / sizeof *GROUPS };

const char *rules_name(rules_rule rule)
{
    return NAMES[rule];
}

/* The table of requirements is searched once a rule. */
const requirement *rules_requirement(rules_rule rule)
{
    static const requirement *principals[RULES_COUNT];
    if (!principals[rule])
        principals[rule] = requirement_principal(NAMES[rule]);
    return principals[rule];
}

rules_rule rules_find(const char *name)
{
    rules_rule rule = 0;
    while (rule < RULES_COUNT && strcmp(NAMES[rule], name) != 0)
        rule++;
    return rule;
}

const char *rules_verdict_name(rules_verdict verdict)
{
    static const char *const names[] = {[RULES_NOT_EXERCISED] = "not exercised",
                                        [RULES_PASS] = "pass",
                                        [RULES_BROKEN] = "broken",
                                        [RULES_DECLINED] = "declined"};
    return names[verdict];
}

/* ---- connections ---- */

static void end_init(rules_connection *connection, dissect_side side)
{
    connection->end[side] = (rules_end){
        .side = side,
        .connection = connection,
        .other = &connection->end[side == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT],
        .last_sent_ns = ROAM_NEVER,
        .last_received_ns = ROAM_NEVER,
        .confirmed_ns = ROAM_NEVER,
        .closed_ns = ROAM_NEVER,
        .small_ns = ROAM_NEVER,
        .reset_ns = ROAM_NEVER,
    };
    rules_id_state_init(&connection->end[side].id_state);
}

static void end_fini(rules_end *end)
{
    for (size_t i = 0; i < RULES_COUNT; i++)
        free(end->tallies[i].violation);
    rules_packets_fini(&end->packets);
    rules_paths_fini(end);
    rules_ids_fini(end);
    free(end->parameters);
}

static bool make_room(rules_judge *self, uint32_t index)
{
    uint32_t capacity = self->capacity ? self->capacity : 16;
    while (capacity <= index)
        capacity *= 2;
    if (capacity == self->capacity)
        return true;
    rules_connection **const grown = realloc(self->connections, capacity * sizeof(*grown));
    if (!grown)
        return false;
    memset(grown + self->capacity, 0, (capacity - self->capacity) * sizeof(*grown));
    self->connections = grown;
    self->capacity = capacity;
    return true;
}

/* NULL: out of memory. */
static rules_connection *connection_at(rules_judge *self, uint32_t index)
{
    if (index < self->count && self->connections[index])
        return self->connections[index];
    rules_connection *const made = make_room(self, index) ? calloc(1, sizeof *made) : NULL;
    if (!made) {
        rules_fail(self);
        return NULL;
    }
    made->index = index;
    end_init(made, DISSECT_CLIENT);
    end_init(made, DISSECT_SERVER);
    self->count = index >= self->count ? index + 1 : self->count;
    return self->connections[index] = made;
}

int rules_new(rules_judge **out)
{
    rules_judge *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ERR_NO_MEMORY;
    *out = self;
    return 0;
}

void rules_free(rules_judge *self)
{
    if (!self)
        return;
    for (uint32_t i = 0; i < self->count; i++) {
        if (!self->connections[i])
            continue;
        end_fini(&self->connections[i]->end[DISSECT_CLIENT]);
        end_fini(&self->connections[i]->end[DISSECT_SERVER]);
        free(self->connections[i]);
    }
    free(self->connections);
    core_table_fini(&self->tokens);
    free(self);
}

void rules_fail(rules_judge *self)
{
    self->failed = true;
}

/* ---- transport parameters ---- */

static void take_parameters(rules_judge *self, rules_end *end, const transport_parameters *parameters)
{
    if (!end->parameters)
        end->parameters = malloc(sizeof *end->parameters);
    if (!end->parameters) {
        rules_fail(self);
        return;
    }
    *end->parameters = *parameters;
    if (transport_parameters_has(parameters, TRANSPORT_STATELESS_RESET_TOKEN))
        rules_reset_token(self, end, parameters->stateless_reset_token);
}

void rules_parameters(rules_judge *self, uint32_t connection, dissect_side side,
                      const transport_parameters *parameters)
{
    rules_connection *const of = connection_at(self, connection);
    if (of)
        take_parameters(self, &of->end[side], parameters);
}

/* They come in the handshake. */
static void ask_parameters(rules_judge *self, rules_end *end, const dissect_view *view)
{
    const transport_parameters *const known =
        view->dissect && !end->parameters
            ? dissect_parameters(view->dissect, end->connection->index, end->side)
            : NULL;
    if (known)
        take_parameters(self, end, known);
}

/* ---- verdicts ---- */

void rules_exercise(const rules_event *event, rules_rule rule)
{
    event->end->tallies[rule].exercised++;
}

static rules_violation *violation_new(const rules_event *event)
{
    rules_violation *const made = calloc(1, sizeof *made);
    if (!made) {
        rules_fail(event->witness);
        return NULL;
    }
    const rules_datagram *const datagram = event->datagram;
    made->at_ns = event->now_ns;
    made->type = event->packet->type;
    made->number = event->packet->number;
    made->len = datagram->len;
    memcpy(made->bytes, datagram->payload,
           datagram->len < RULES_BYTES_MAX ? datagram->len : (size_t)RULES_BYTES_MAX);
    return made;
}

void rules_break(const rules_event *event, rules_rule rule, const char *format, ...)
{
    rules_tally *const tally = &event->end->tallies[rule];
    if (event->datagram->belated)
        return;
    tally->exercised++;
    tally->broken++;
    if (!tally->violation)
        tally->violation = violation_new(event);
    const bool first = tally->broken == 1;
    const rules_judge *const witness = event->witness;
    if (!first && !witness->listener)
        return;
    char text[RULES_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (first && tally->violation)
        memcpy(tally->violation->text, text, sizeof text);
    if (witness->listener)
        witness->listener(witness->listener_ctx, &(rules_breach){.connection = event->connection->index,
                                                                 .side = event->end->side,
                                                                 .rule = rule,
                                                                 .first = first,
                                                                 .text = text});
}

void rules_listen(rules_judge *self, rules_listener *listener, void *ctx)
{
    self->listener = listener;
    self->listener_ctx = ctx;
}

/* ---- packets ---- */

/* A Retry packet is authentic when it is in the clear. */
static bool is_read(const dissect_packet *packet)
{
    return packet->connection != DISSECT_NONE &&
           (packet->status == DISSECT_READ || packet->status == DISSECT_BAD_FRAMES ||
            (packet->status == DISSECT_CLEAR && packet->type == DISSECT_RETRY));
}

/* The functions of the groups by what they are shown, each list ended by NULL: most groups have one or two.
 */
typedef struct rules_hooks {
    void (*datagram_sent[GROUP_COUNT + 1])(const rules_event *event);
    void (*sent[GROUP_COUNT + 1])(const rules_event *event);
    void (*received[GROUP_COUNT + 1])(const rules_event *event);
    struct {
        void (*sent[GROUP_COUNT + 1])(const rules_event *event, const dissect_frame *frame);
        void (*received[GROUP_COUNT + 1])(const rules_event *event, const dissect_frame *frame);
    } frame[DISSECT_DATAGRAM + 1]; /* by its type */
} rules_hooks;

static void collect_of_frame(rules_hooks *hooks, size_t type)
{
    size_t sent = 0, received = 0;
    for (size_t i = 0; i < GROUP_COUNT; i++) {
        const rules_group *const group = GROUPS[i];
        if (group->frames != 0 && !(group->frames & RULES_FRAME(type)))
            continue;
        hooks->frame[type].sent[sent] = group->frame_sent;
        hooks->frame[type].received[received] = group->frame_received;
        sent += group->frame_sent != NULL;
        received += group->frame_received != NULL;
    }
}

static rules_hooks collect(void)
{
    rules_hooks hooks = {.sent = {NULL}};
    size_t counts[3] = {0};
    for (size_t i = 0; i < GROUP_COUNT; i++) {
        const rules_group *const group = GROUPS[i];
        hooks.datagram_sent[counts[0]] = group->datagram_sent;
        hooks.sent[counts[1]] = group->sent;
        hooks.received[counts[2]] = group->received;
        counts[0] += group->datagram_sent != NULL;
        counts[1] += group->sent != NULL;
        counts[2] += group->received != NULL;
    }
    for (size_t type = 0; type <= DISSECT_DATAGRAM; type++)
        collect_of_frame(&hooks, type);
    return hooks;
}

static const rules_hooks *hooks_of(void)
{
    static rules_hooks hooks;
    if (!hooks.sent[0])
        hooks = collect();
    return &hooks;
}

static void show_sent(const rules_event *event)
{
    const rules_hooks *const hooks = hooks_of();
    for (size_t i = 0; event->first && hooks->datagram_sent[i]; i++)
        hooks->datagram_sent[i](event);
    for (size_t i = 0; hooks->sent[i]; i++)
        hooks->sent[i](event);
    for (size_t i = 0; i < event->packet->frame_count; i++) {
        const dissect_frame *const frame = &event->packet->frames[i];
        for (size_t j = 0; hooks->frame[frame->type].sent[j]; j++)
            hooks->frame[frame->type].sent[j](event, frame);
    }
}

static void show_received(const rules_event *event)
{
    const rules_hooks *const hooks = hooks_of();
    for (size_t i = 0; hooks->received[i]; i++)
        hooks->received[i](event);
    for (size_t i = 0; i < event->packet->frame_count; i++) {
        const dissect_frame *const frame = &event->packet->frames[i];
        for (size_t j = 0; hooks->frame[frame->type].received[j]; j++)
            hooks->frame[frame->type].received[j](event, frame);
    }
}

/* A server is seen to have completed the handshake by HANDSHAKE_DONE, and by an acknowledgement of 1-RTT,
 * which it does not read before (RFC 9001 section 5.7); a client by HANDSHAKE_DONE too, and by an
 * acknowledgement of 1-RTT that it gets. */
static void confirm(const rules_event *event, bool shown)
{
    if (event->end->confirmed_ns == ROAM_NEVER && shown)
        event->end->confirmed_ns = event->now_ns;
}

static void keep_sent(rules_event *event)
{
    rules_end *const end = event->end;
    end->last_sent_ns = event->now_ns;
    if (event->datagram->len > end->largest_sent)
        end->largest_sent = (uint32_t)event->datagram->len;
    rules_path_keep_sent(event);
    rules_ids_sent(event);
    if (event->packet->type != DISSECT_ONE_RTT || event->repeated)
        return;
    rules_packet *const packet = rules_packet_add(&end->packets, event);
    if (!packet)
        rules_fail(event->witness);
    confirm(event, end->side == DISSECT_SERVER && event->flags & (RULES_HAS_DONE | RULES_HAS_ACK));
    if (event->flags & RULES_HAS_CLOSE && end->closed_ns == ROAM_NEVER)
        end->closed_ns = event->now_ns;
    rules_challenges_sent(event);
}

uint64_t rules_max_ack_delay_ns(const rules_end *end)
{
    return end->parameters ? end->parameters->max_ack_delay_ms * UINT64_C(1000000) : RULES_MAX_ACK_DELAY_NS;
}

static bool open_event(rules_event *event)
{
    event->path = rules_path_open(event);
    if (!event->path)
        rules_fail(event->witness);
    return event->path != NULL;
}

static void packet_sent(rules_judge *self, const rules_datagram *datagram, const dissect_packet *packet,
                        bool first)
{
    rules_connection *const connection = connection_at(self, packet->connection);
    if (!connection)
        return;
    rules_end *const end = &connection->end[packet->sender];
    rules_event event = {.witness = self,
                         .datagram = datagram,
                         .packet = packet,
                         .connection = connection,
                         .end = end,
                         .now_ns = datagram->now_ns,
                         .flags = rules_flags_of(packet),
                         .first = first,
                         .repeated = packet->type == DISSECT_ONE_RTT &&
                                     rules_packet_find(&end->packets, packet->number) != NULL};
    ask_parameters(self, event.end, datagram->view);
    if (!open_event(&event))
        return;
    show_sent(&event);
    keep_sent(&event);
}

/* ---- coming ---- */

static void keep_received(rules_event *event)
{
    rules_end *const end = event->end;
    end->last_received_ns = event->now_ns;
    rules_path_keep_received(event);
    rules_ids_received(event);
    if (event->repeated || event->packet->type != DISSECT_ONE_RTT)
        return;
    rules_packet *const known =
        rules_packet_find(&end->other->packets, event->packet->number); /* that of event->known */
    if (known)
        known->received = true;
    const bool newly_acked = known && rules_packets_acked(end, known, event->now_ns);
    confirm(event, end->side == DISSECT_CLIENT && (newly_acked || event->flags & RULES_HAS_DONE));
    end->id_state.acked_ns = newly_acked ? event->now_ns : end->id_state.acked_ns;
    if (event->flags & RULES_HAS_CLOSE && end->closed_ns == ROAM_NEVER)
        end->closed_ns = event->now_ns;
    rules_challenges_received(event);
}

/* It came before, and its place is taken by a later packet (rules_packet_add). */
static bool is_heard(const rules_end *end, const dissect_packet *packet)
{
    for (size_t i = 0; i < packet->frame_count; i++) {
        const rules_challenge *const heard =
            packet->frames[i].type == DISSECT_PATH_CHALLENGE
                ? rules_challenge_find(&end->heard, packet->frames[i].path_data)
                : NULL;
        if (heard && heard->number == packet->number)
            return true;
    }
    return false;
}

static void packet_received(rules_judge *self, const rules_datagram *datagram, const dissect_packet *packet,
                            bool first)
{
    rules_connection *const connection = connection_at(self, packet->connection);
    if (!connection)
        return;
    rules_end *const sender = &connection->end[packet->sender];
    const bool one_rtt = packet->type == DISSECT_ONE_RTT;
    const rules_packet *const known = one_rtt ? rules_packet_find(&sender->packets, packet->number) : NULL;
    rules_event event = {.witness = self,
                         .datagram = datagram,
                         .packet = packet,
                         .connection = connection,
                         .end = sender->other,
                         .now_ns = datagram->now_ns,
                         .flags = known ? known->flags : rules_flags_of(packet),
                         .known = known,
                         .first = first,
                         .repeated = known ? known->received : one_rtt && is_heard(sender->other, packet)};
    if (!open_event(&event))
        return;
    keep_received(&event);
    show_received(&event);
}

/* ---- datagrams ---- */

/* The first packet of the datagram that is of this connection. */
static bool is_first(const dissect_view *view, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (view->packets[i].connection == view->packets[index].connection && is_read(&view->packets[i]))
            return false;
    return true;
}

/* An endpoint may count what it cannot read, when the connection ID is one of its own (RFC 9000 section 8.1).
 * False: it is of no connection. */
static bool count_unread(rules_judge *self, const rules_datagram *datagram, const dissect_packet *packet)
{
    if (packet->connection >= self->count || !self->connections[packet->connection])
        return false;
    const rules_end *const end = self->connections[packet->connection]->end[packet->sender].other;
    for (rules_path *path = end->paths; path; path = path->next)
        if (roam_addr_equal(&path->local, &datagram->local) &&
            roam_addr_equal(&path->remote, &datagram->remote))
            rules_path_count_received(path, datagram->len);
    return true;
}

void rules_sent(rules_judge *self, const rules_datagram *datagram)
{
    const dissect_view *const view = datagram->view;
    bool any = false;
    for (size_t i = 0; i < view->packet_count; i++) {
        if (!is_read(&view->packets[i]))
            continue;
        packet_sent(self, datagram, &view->packets[i], is_first(view, i));
        any = true;
    }
    if (!any)
        rules_reset_sent(self, datagram);
}

void rules_received(rules_judge *self, const rules_datagram *datagram)
{
    const dissect_view *const view = datagram->view;
    bool any = false;
    for (size_t i = 0; i < view->packet_count; i++) {
        if (!is_read(&view->packets[i]))
            continue;
        packet_received(self, datagram, &view->packets[i], is_first(view, i));
        any = true;
    }
    for (size_t i = 0; i < view->packet_count && !any; i++)
        any = count_unread(self, datagram, &view->packets[i]);
}

int rules_finish(rules_judge *self)
{
    return self->failed ? ROAM_ERR_NO_MEMORY : 0;
}

static uint32_t ids_used(const rules_ids *theirs)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < theirs->count; i++)
        used += theirs->items[i].used_ns != ROAM_NEVER;
    return used;
}

rules_facts rules_facts_of(const rules_judge *self, uint32_t connection, dissect_side side)
{
    if (connection >= self->count || !self->connections[connection])
        return (rules_facts){0};
    const rules_end *const end = &self->connections[connection]->end[side];
    const rules_path *const path = end->sent_path;
    const uint32_t carried = path && path->carried > RULES_EXPANDED ? path->carried : RULES_EXPANDED;
    return (rules_facts){.ids_used = ids_used(&end->other->ids),
                         .packet_size = path ? carried : 0,
                         .stream_bytes = end->stream_bytes,
                         .retransmitted_bytes = end->retransmitted_bytes};
}

uint32_t rules_connection_count(const rules_judge *self)
{
    return self->count;
}

rules_outcome rules_outcome_of(const rules_judge *self, uint32_t connection, dissect_side side,
                               rules_rule rule)
{
    if (connection >= self->count || !self->connections[connection])
        return (rules_outcome){.verdict = RULES_NOT_EXERCISED};
    const rules_tally *const tally = &self->connections[connection]->end[side].tallies[rule];
    rules_verdict verdict = tally->exercised > 0 ? RULES_PASS : RULES_NOT_EXERCISED;
    if (tally->broken > 0)
        verdict = rules_requirement(rule)->level == REQUIREMENT_MAY ? RULES_DECLINED : RULES_BROKEN;
    return (rules_outcome){.verdict = verdict,
                           .exercised = tally->exercised,
                           .broken = tally->broken,
                           .violation = tally->violation};
}
