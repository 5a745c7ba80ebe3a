/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/moves.h"

#include "sim/wire/transport_parameters.h"

#include <stdlib.h>
#include <string.h>

enum { CHALLENGES = 64 };

struct connection_challenge {
    uint8_t data[8];
    bool waiting;
    dissect_side sender;
    connection_flight flight;
    roam_addr source, destination; /* where it was sent */
    uint32_t move;                 /* that it belongs to, or CONNECTION_NO_PATH: not known yet */
};

const char *connection_move_name(connection_move_kind kind)
{
    switch (kind) {
    case MOVE_MIGRATION:
        return "migration";
    case MOVE_REBIND:
        return "rebind";
    case MOVE_PREFERRED:
        return "preferred_address";
    }
    return "unknown";
}

/* Room for one more, in steps of powers of two. */
static bool reserve(void **items, uint32_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return true;
    void *const grown = realloc(*items, (count > 0 ? (size_t)count * 2 : 1) * size);
    if (!grown)
        return false;
    *items = grown;
    return true;
}

/* ---- paths ---- */

static uint32_t find_path(const connection *self, const roam_addr *client, const roam_addr *server)
{
    for (uint32_t i = self->path_count; i-- > 0;)
        if (roam_addr_equal(&self->paths[i].client, client) &&
            roam_addr_equal(&self->paths[i].server, server))
            return i;
    return CONNECTION_NO_PATH;
}

/* False: out of memory. *out is NO_PATH when there are too many. */
static bool path_of(connection *self, const sighting *seen, dissect_side sender, bool make, uint32_t *out)
{
    const bool by_client = sender == DISSECT_CLIENT;
    const roam_addr *const client = by_client ? &seen->source : &seen->destination;
    const roam_addr *const server = by_client ? &seen->destination : &seen->source;
    *out = find_path(self, client, server);
    if (*out != CONNECTION_NO_PATH || !make)
        return true;
    if (self->path_count == CONNECTION_PATHS_MAX) {
        self->paths_left_out++;
        return true;
    }
    void *items = self->paths;
    if (!reserve(&items, self->path_count, sizeof *self->paths))
        return false;
    self->paths = items;
    *out = self->path_count++;
    self->paths[*out] = (connection_path){.client = *client,
                                          .server = *server,
                                          .client_local = by_client ? seen->sent_source : *client,
                                          .first_ns = seen->time_ns,
                                          .move = CONNECTION_NO_PATH};
    return true;
}

static void count_on_path(connection_path *path, const sighting *seen, const dissect_packet *packet,
                          bool first)
{
    connection_flow *const flow = &path->flow[packet->sender];
    path->last_ns = seen->time_ns;
    flow->packets++;
    if (!first)
        return;
    flow->datagrams++;
    flow->bytes += seen->full_len;
}

/* ---- moves ---- */

static bool same_id(const dissect_id *a, const dissect_id *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static bool has(const dissect_packet *packet, dissect_frame_type type)
{
    for (size_t i = 0; i < packet->frame_count; i++)
        if (packet->frames[i].type == type)
            return true;
    return false;
}

/* RFC 9000 section 9.1 */
static bool is_probing(const dissect_packet *packet)
{
    for (size_t i = 0; i < packet->frame_count; i++) {
        const dissect_frame_type type = packet->frames[i].type;
        if (type != DISSECT_PADDING && type != DISSECT_PATH_CHALLENGE && type != DISSECT_PATH_RESPONSE &&
            type != DISSECT_NEW_CONNECTION_ID)
            return false;
    }
    return true;
}

static bool is_preferred(const connection *self, const sighting *seen, const roam_addr *server)
{
    const transport_parameters *const of =
        dissect_parameters(seen->view->dissect, self->index, DISSECT_SERVER);
    return of && (roam_addr_equal(&of->preferred_address.ipv4, server) ||
                  roam_addr_equal(&of->preferred_address.ipv6, server));
}

/* Where the server's connection ID is empty it says nothing: a client that challenges knows of its move. */
static connection_move_kind kind_of(const connection *self, const sighting *seen, uint32_t to,
                                    const dissect_packet *packet)
{
    const connection_path *const from = &self->paths[self->current];
    const roam_addr *const server = &self->paths[to].server;
    if (!roam_addr_equal(&from->server, server) && is_preferred(self, seen, server))
        return MOVE_PREFERRED;
    if (packet->destination.len == 0)
        return has(packet, DISSECT_PATH_CHALLENGE) ? MOVE_MIGRATION : MOVE_REBIND;
    return same_id(&from->id, &packet->destination) ? MOVE_REBIND : MOVE_MIGRATION;
}

/* A challenge of the client left before anything arrived on its path. */
static void join_challenges(connection *self, uint32_t index)
{
    connection_move *const move = &self->moves[index];
    const connection_path *const path = &self->paths[move->to];
    for (uint32_t i = 0; self->challenges && i < CHALLENGES; i++) {
        connection_challenge *const challenge = &self->challenges[i];
        if (!challenge->waiting || challenge->move != CONNECTION_NO_PATH ||
            challenge->sender != DISSECT_CLIENT || !roam_addr_equal(&challenge->source, &path->client_local))
            continue;
        connection_validation *const validation = &move->validation[DISSECT_CLIENT];
        challenge->move = index;
        validation->challenges++;
        if (challenge->flight.sent_ns < validation->challenge_ns)
            validation->challenge_ns = challenge->flight.sent_ns;
    }
}

static bool open_move(connection *self, uint32_t to, const sighting *seen, const dissect_packet *packet)
{
    if (self->move_count == CONNECTION_MOVES_MAX) {
        self->moves_left_out++;
        return true;
    }
    void *items = self->moves;
    if (!reserve(&items, self->move_count, sizeof *self->moves))
        return false;
    self->moves = items;
    const connection_validation none = {
        .begin_ns = CONNECTION_NEVER, .challenge_ns = CONNECTION_NEVER, .answered_ns = CONNECTION_NEVER};
    self->moves[self->move_count] = (connection_move){.from = self->current,
                                                      .to = to,
                                                      .kind = kind_of(self, seen, to, packet),
                                                      .first_ns = seen->time_ns,
                                                      .data_ns = CONNECTION_NEVER,
                                                      .validation = {none, none}};
    self->moves[self->move_count].validation[DISSECT_CLIENT].begin_ns = seen->sent_ns;
    self->moves[self->move_count].validation[DISSECT_SERVER].begin_ns = seen->time_ns;
    self->paths[to].move = self->move_count;
    join_challenges(self, self->move_count++);
    return true;
}

/* RFC 9000 section 9.3: the highest-numbered non-probing packet says where the server sends to. */
static void arrive(connection *self, uint32_t to, const sighting *seen)
{
    connection_path *const path = &self->paths[to];
    if (path->move != CONNECTION_NO_PATH && self->moves[path->move].data_ns == CONNECTION_NEVER)
        self->moves[path->move].data_ns = seen->time_ns;
    self->paths[self->current].move = CONNECTION_NO_PATH;
    self->current = to;
}

static bool follow_client(connection *self, uint32_t at, const sighting *seen, const dissect_packet *packet,
                          bool fresh)
{
    const bool numbered = packet->type == DISSECT_ONE_RTT || packet->type == DISSECT_ZERO_RTT;
    const bool highest = !numbered || packet->number >= self->largest[DISSECT_CLIENT];
    if (self->current == CONNECTION_NO_PATH)
        self->current = at;
    if (at != self->current) {
        const bool probing = is_probing(packet);
        const bool news = fresh || (highest && (!probing || has(packet, DISSECT_PATH_CHALLENGE)));
        if (news && self->paths[at].move == CONNECTION_NO_PATH && !open_move(self, at, seen, packet))
            return false;
        if (highest && !probing)
            arrive(self, at, seen);
    }
    self->paths[at].id = packet->destination;
    if (numbered && highest)
        self->largest[DISSECT_CLIENT] = packet->number + 1;
    return true;
}

/* ---- challenges ---- */

static void count_challenge(connection *self, const connection_challenge *challenge)
{
    if (challenge->move == CONNECTION_NO_PATH)
        return;
    connection_validation *const validation = &self->moves[challenge->move].validation[challenge->sender];
    validation->challenges++;
    if (challenge->flight.sent_ns < validation->challenge_ns)
        validation->challenge_ns = challenge->flight.sent_ns;
}

/* Of a path that was left too: RFC 9000 section 9.3.3 has the server challenge it, which is no move. */
static uint32_t move_to(const connection *self, const sighting *seen, dissect_side sender)
{
    const bool by_client = sender == DISSECT_CLIENT;
    for (uint32_t i = self->path_count; i-- > 0;) {
        const connection_path *const path = &self->paths[i];
        const roam_addr *const client = by_client ? &seen->source : &seen->destination;
        const bool as_server_sees =
            roam_addr_equal(&path->client, client) &&
            roam_addr_equal(&path->server, by_client ? &seen->destination : &seen->source);
        if (as_server_sees || (by_client && roam_addr_equal(&path->client_local, client)))
            return path->move;
    }
    return CONNECTION_NO_PATH;
}

static bool send_challenge(connection *self, const sighting *seen, dissect_side sender, const uint8_t data[8])
{
    if (!self->challenges)
        self->challenges = calloc(CHALLENGES, sizeof *self->challenges);
    if (!self->challenges)
        return false;
    connection_challenge *const challenge = &self->challenges[self->next_challenge++ % CHALLENGES];
    *challenge = (connection_challenge){.waiting = true,
                                        .sender = sender,
                                        .flight = {.sent_ns = seen->time_ns,
                                                   .received_ns = CONNECTION_NEVER,
                                                   .response_sent_ns = CONNECTION_NEVER,
                                                   .apart = seen->at != SIGHTING_BOTH},
                                        .source = seen->source,
                                        .destination = seen->destination,
                                        .move = move_to(self, seen, sender)};
    memcpy(challenge->data, data, sizeof challenge->data);
    count_challenge(self, challenge);
    return true;
}

/* The challenge of the other side with that data, that waits for its answer; NULL: none. */
static connection_challenge *waiting_for(const connection *self, dissect_side answers, const uint8_t data[8])
{
    for (uint32_t i = 0; self->challenges && i < CHALLENGES; i++) {
        connection_challenge *const challenge = &self->challenges[i];
        if (challenge->waiting && challenge->sender != answers &&
            memcmp(challenge->data, data, sizeof challenge->data) == 0)
            return challenge;
    }
    return NULL;
}

static void at_first(uint64_t *time_ns, uint64_t now_ns)
{
    if (*time_ns == CONNECTION_NEVER)
        *time_ns = now_ns;
}

static void receive_challenge(connection *self, const sighting *seen, dissect_side sender,
                              const uint8_t data[8])
{
    const dissect_side receiver = sender == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT;
    connection_challenge *const challenge = waiting_for(self, receiver, data);
    if (challenge)
        at_first(&challenge->flight.received_ns, seen->time_ns);
}

static void send_response(connection *self, const sighting *seen, dissect_side sender, const uint8_t data[8])
{
    connection_challenge *const challenge = waiting_for(self, sender, data);
    if (challenge)
        at_first(&challenge->flight.response_sent_ns, seen->time_ns);
}

static void take_response(connection *self, const sighting *seen, dissect_side sender, const uint8_t data[8])
{
    connection_challenge *challenge;
    while ((challenge = waiting_for(self, sender, data))) {
        challenge->waiting = false;
        if (challenge->move == CONNECTION_NO_PATH)
            continue;
        connection_validation *const validation = &self->moves[challenge->move].validation[challenge->sender];
        if (validation->answered_ns != CONNECTION_NEVER)
            continue;
        validation->answered_ns = seen->time_ns;
        validation->flight = challenge->flight;
        validation->flight.apart &= seen->at != SIGHTING_BOTH &&
                                    challenge->flight.received_ns != CONNECTION_NEVER &&
                                    challenge->flight.response_sent_ns != CONNECTION_NEVER;
    }
}

/* How far it is from one to the other; 0: not at all, or backwards. */
static uint64_t between(uint64_t from_ns, uint64_t to_ns)
{
    return to_ns > from_ns ? to_ns - from_ns : 0;
}

connection_parts connection_parts_of(const connection_validation *of)
{
    const connection_flight *const flight = &of->flight;
    connection_parts parts = {.before_ns = between(of->begin_ns, of->challenge_ns),
                              .unanswered_ns = between(of->challenge_ns, flight->sent_ns)};
    if (flight->apart) {
        parts.to_peer_ns = between(flight->sent_ns, flight->received_ns);
        parts.at_peer_ns = between(flight->received_ns, flight->response_sent_ns);
        parts.back_ns = between(flight->response_sent_ns, of->answered_ns);
    } else {
        parts.round_trip_ns = between(flight->sent_ns, of->answered_ns);
    }
    return parts;
}

/* ---- packets ---- */

/* The packet leaves its sender, and not a relay. */
static bool leaves(const sighting *seen)
{
    return seen->at != SIGHTING_ARRIVED && !seen->forwarded;
}

/* The packet comes to its receiver, and not to a relay. */
static bool arrives(const sighting *seen)
{
    return seen->at != SIGHTING_SENT && !seen->forwarded;
}

static bool is_read(const dissect_packet *packet)
{
    return packet->status == DISSECT_READ || packet->status == DISSECT_BAD_FRAMES;
}

static bool take_path_frames(connection *self, const sighting *seen, const dissect_packet *packet)
{
    const bool sent = leaves(seen), arrived = arrives(seen);
    bool good = true;
    for (size_t i = 0; i < packet->frame_count && good; i++) {
        const dissect_frame *const frame = &packet->frames[i];
        if (frame->type == DISSECT_PATH_CHALLENGE && sent)
            good = send_challenge(self, seen, packet->sender, frame->path_data);
        if (frame->type == DISSECT_PATH_CHALLENGE && arrived)
            receive_challenge(self, seen, packet->sender, frame->path_data);
        if (frame->type == DISSECT_PATH_RESPONSE && sent)
            send_response(self, seen, packet->sender, frame->path_data);
        if (frame->type == DISSECT_PATH_RESPONSE && arrived)
            take_response(self, seen, packet->sender, frame->path_data);
    }
    return good;
}

/* As the server sees it: what comes to it, and what it sends. */
static bool take_on_path(connection *self, const sighting *seen, const dissect_packet *packet, bool first)
{
    const bool from_client = packet->sender == DISSECT_CLIENT && is_read(packet);
    const uint32_t before = self->path_count;
    uint32_t at;
    if (!path_of(self, seen, packet->sender, from_client, &at))
        return false;
    if (at == CONNECTION_NO_PATH)
        return true;
    count_on_path(&self->paths[at], seen, packet, first);
    return !from_client || follow_client(self, at, seen, packet, self->path_count > before);
}

bool moves_take(connection *self, const sighting *seen, const dissect_packet *packet, bool first)
{
    const bool read = is_read(packet);
    const bool by_client = packet->sender == DISSECT_CLIENT;
    if ((by_client ? arrives(seen) : leaves(seen)) && !take_on_path(self, seen, packet, first))
        return false;
    if (!by_client && packet->type == DISSECT_ONE_RTT && read &&
        packet->number >= self->largest[DISSECT_SERVER])
        self->largest[DISSECT_SERVER] = packet->number + 1;
    return !read || take_path_frames(self, seen, packet);
}
