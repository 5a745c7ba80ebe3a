/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

#include <stdlib.h>
#include <string.h>

/* The packets of moves that are not over: how many there are, and in which round trip of the new path or
 * connection they left (recorder_move). */

recorder_rounds *recorder_rounds_new(void)
{
    recorder_rounds *const self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    memset(self->first, 0xff, sizeof self->first); /* ROAM_NEVER */
    self->links_ns = self->came_ns[0] = self->came_ns[1] = ROAM_NEVER;
    return self;
}

void recorder_rounds_dialled(recorder *self, recorder_connection *connection, uint32_t node, uint64_t now_ns)
{
    const uint32_t move = self->dialling;
    if (move == SCENARIO_NONE || self->dialling_ns != now_ns || self->moves[move].event->node != node)
        return;
    self->dialling = SCENARIO_NONE;
    recorder_move_state *const state = &self->move_states[move];
    if (!state->open)
        return;
    connection->move = move;
    state->connection = connection;
    memset(state->rounds->first, 0xff, sizeof state->rounds->first);
    state->rounds->next[DISSECT_SERVER] = 0;
}

/* --- what a datagram holds --- */

static bool is_application(const dissect_frame *frame)
{
    return frame->type == DISSECT_STREAM && frame->stream_id != 0;
}

/* Application data; else whether there is more than acknowledgements. */
static bool has_application(const dissect_view *view, bool *more)
{
    *more = false;
    for (size_t i = 0; i < view->packet_count; i++) {
        for (size_t j = 0; j < view->packets[i].frame_count; j++) {
            const dissect_frame *const frame = &view->packets[i].frames[j];
            if (is_application(frame))
                return true;
            *more |= frame->type != DISSECT_ACK && frame->type != DISSECT_PADDING;
        }
    }
    return false;
}

/* --- rounds --- */

static uint32_t space_of(dissect_packet_type type)
{
    return type == DISSECT_INITIAL ? 0 : type == DISSECT_HANDSHAKE ? 1 : 2;
}

static bool is_numbered(const dissect_packet *read, const recorder_connection *connection)
{
    return read->connection == connection->index &&
           (read->status == DISSECT_READ || read->status == DISSECT_BAD_FRAMES);
}

static void mark(recorder_rounds *rounds, const recorder_connection *connection, dissect_side sender,
                 uint32_t round, const dissect_view *view)
{
    if (round >= RECORDER_ROUNDS)
        return;
    for (size_t i = 0; i < view->packet_count; i++) {
        const dissect_packet *const read = &view->packets[i];
        uint64_t *const first = &rounds->first[sender][round][space_of(read->type)];
        if (is_numbered(read, connection) && *first == ROAM_NEVER)
            *first = read->number;
    }
}

/* One more than the round of the packet; 0: of none. */
static uint32_t round_of(const recorder_rounds *rounds, const dissect_packet *read)
{
    const uint32_t space = space_of(read->type);
    for (uint32_t round = RECORDER_ROUNDS; round > 0; round--)
        if (rounds->first[read->sender][round - 1][space] <= read->number)
            return round;
    return 0;
}

/* What came raises the round of what the receiver sends from now on. */
static void raise(recorder_rounds *rounds, const recorder_connection *connection, dissect_side receiver,
                  const dissect_view *view)
{
    for (size_t i = 0; i < view->packet_count; i++) {
        const dissect_packet *const read = &view->packets[i];
        const uint32_t round = is_numbered(read, connection) ? round_of(rounds, read) : 0;
        if (round > rounds->next[receiver])
            rounds->next[receiver] = round;
    }
}

/* --- which packets are of a move --- */

static bool is_new_id(const recorder_rounds *rounds, const dissect_id *id)
{
    for (uint32_t i = 0; i < RECORDER_MOVE_IDS && i < rounds->id_count; i++)
        if (rounds->ids[i].len == id->len && memcmp(rounds->ids[i].bytes, id->bytes, id->len) == 0)
            return true;
    return false;
}

/* The client has sent it; connection->last is its path. */
static bool left_anew(const recorder_move_state *state, recorder_move_kind kind,
                      const recorder_connection *connection, const observer_packet *packet)
{
    if (kind == RECORDER_RECONNECT || connection != state->connection)
        return connection == state->connection;
    if (connection->last == state->old)
        return false;
    for (size_t i = 0; i < packet->view->packet_count; i++) {
        const dissect_id *const id = &packet->view->packets[i].destination;
        if (!is_new_id(state->rounds, id))
            state->rounds->ids[state->rounds->id_count++ % RECORDER_MOVE_IDS] = *id;
    }
    return true;
}

static bool came_anew(const recorder_move_state *state, recorder_move_kind kind,
                      const recorder_connection *connection, dissect_side sender,
                      const observer_packet *packet)
{
    if (kind == RECORDER_RECONNECT || connection != state->connection)
        return connection == state->connection;
    if (sender == DISSECT_SERVER)
        return !state->old || !roam_addr_equal(&packet->destination, &state->old->local);
    for (size_t i = 0; i < packet->view->packet_count; i++)
        if (is_new_id(state->rounds, &packet->view->packets[i].destination))
            return true;
    return false;
}

/* --- leaving and coming --- */

static void count(recorder_move *move, dissect_side sender, const observer_packet *packet, bool *application)
{
    recorder_move_way *const way = sender == DISSECT_CLIENT ? &move->up : &move->down;
    bool more;
    *application = has_application(packet->view, &more);
    way->datagrams++;
    way->bytes += packet->payload_len;
    if (*application || !more)
        return;
    move->overhead_datagrams++;
    move->overhead_bytes += packet->payload_len;
}

static void left_in(recorder *self, uint32_t index, const recorder_connection *connection,
                    dissect_side sender, const observer_packet *packet)
{
    recorder_move *const move = &self->moves[index];
    const recorder_move_state *const state = &self->move_states[index];
    recorder_rounds *const rounds = state->rounds;
    bool application;
    count(move, sender, packet, &application);
    if (sender == DISSECT_SERVER) {
        const uint32_t next = rounds->next[DISSECT_SERVER];
        /* Whatever it sends on a new connection answers an Initial, which came before its node was known. */
        if (connection == state->connection && (next > 0 || move->kind == RECORDER_RECONNECT))
            mark(rounds, connection, sender, next > 0 ? next - 1 : 0, packet->view);
        return;
    }
    if (!left_anew(state, move->kind, connection, packet))
        return;
    if (rounds->links_ns == ROAM_NEVER)
        rounds->links_ns = packet->link_ns;
    mark(rounds, connection, sender, rounds->next[DISSECT_CLIENT], packet->view);
    if (application && move->round_trips == ROAM_NEVER)
        move->round_trips = rounds->next[DISSECT_CLIENT];
}

void recorder_rounds_left(recorder *self, const recorder_connection *connection, dissect_side sender,
                          const observer_packet *packet)
{
    if (!connection->lane) {
        if (connection->move != SCENARIO_NONE && self->move_states[connection->move].open)
            left_in(self, connection->move, connection, sender, packet);
        return;
    }
    for (uint32_t move = connection->lane->first_move; move != SCENARIO_NONE;
         move = self->move_states[move].next_of_lane)
        left_in(self, move, connection, sender, packet);
}

void recorder_rounds_came(recorder *self, const recorder_connection *connection, dissect_side sender,
                          const observer_packet *packet, uint64_t now_ns)
{
    const dissect_side receiver = sender == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT;
    if (!connection->lane)
        return;
    for (uint32_t index = connection->lane->first_move; index != SCENARIO_NONE;
         index = self->move_states[index].next_of_lane) {
        recorder_move *const move = &self->moves[index];
        const recorder_move_state *const state = &self->move_states[index];
        recorder_rounds *const rounds = state->rounds;
        const bool anew = came_anew(state, move->kind, connection, sender, packet);
        const int way = sender == DISSECT_CLIENT ? 0 : 1;
        rounds->came_ns[way] = now_ns;
        rounds->came_anew[way] = anew;
        if (connection != state->connection || (sender == DISSECT_CLIENT && !anew))
            continue;
        raise(rounds, connection, receiver, packet->view);
        if (sender == DISSECT_CLIENT && move->round_trip_ns == ROAM_NEVER && rounds->links_ns != ROAM_NEVER)
            move->round_trip_ns = rounds->links_ns + packet->link_ns;
    }
}
