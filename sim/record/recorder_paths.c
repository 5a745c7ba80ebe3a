/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/pages.h"
#include "sim/record/recorder_internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * What the taps show of paths, by the contents of packets. A packet is of the connection that its connection
 * ID names, whatever NATs and relays it passes. A challenge and its answer are known by their data. A
 * datagram has come when its receiver can open it. A packet that an attacker sends counts for no connection.
 */

/* --- keys --- */

void recorder_address_key(const roam_addr *addr, uint8_t key[19])
{
    key[0] = (uint8_t)addr->family;
    key[1] = (uint8_t)(addr->port >> 8);
    key[2] = (uint8_t)addr->port;
    memcpy(key + 3, addr->bytes, 16);
}

enum { LOCAL_KEY_BYTES = 4 + 19 };

static void local_key(const recorder_connection *connection, const roam_addr *local,
                      uint8_t key[RECORDER_KEY_MAX])
{
    memcpy(key, &connection->index, 4);
    recorder_address_key(local, key + 4);
}

static size_t id_key(const recorder_connection *connection, const dissect_id *id,
                     uint8_t key[RECORDER_KEY_MAX])
{
    memcpy(key, &connection->index, 4);
    memcpy(key + 4, id->bytes, id->len);
    return 4u + id->len;
}

/* --- connections --- */

static recorder_connection *connection_at(const recorder *self, uint32_t index)
{
    return index < self->connection_count ? self->connections[index] : NULL;
}

static bool make_room(recorder *self, uint32_t index)
{
    uint32_t count = self->connection_count ? self->connection_count : 16;
    while (count <= index)
        count *= 2;
    if (count == self->connection_count)
        return true;
    recorder_connection **const grown = realloc(self->connections, count * sizeof(*grown));
    if (!grown)
        return false;
    memset(grown + self->connection_count, 0, (count - self->connection_count) * sizeof(*grown));
    self->connections = grown;
    self->connection_count = count;
    return true;
}

/* The one of a packet that leaves; made when it is new. NULL: out of memory. */
static recorder_connection *connection_of(recorder *self, uint32_t index)
{
    recorder_connection *known = connection_at(self, index);
    if (known)
        return known;
    known = calloc(1, sizeof *known);
    if (!known || !make_room(self, index)) {
        free(known);
        self->failed = true;
        return NULL;
    }
    *known = (recorder_connection){.index = index,
                                   .node = {SCENARIO_NONE, SCENARIO_NONE},
                                   .confirmed_ns = ROAM_NEVER,
                                   .move = SCENARIO_NONE};
    pages_grow(index);
    return self->connections[index] = known;
}

/* The first node that sends as one of its ends is that end: a relay comes after it. */
static void learn_end(recorder *self, recorder_connection *connection, dissect_side side, uint32_t node,
                      uint64_t now_ns)
{
    const uint32_t *const ends = connection->node;
    if (ends[side] != SCENARIO_NONE)
        return;
    connection->node[side] = node;
    if (side == DISSECT_CLIENT)
        recorder_rounds_dialled(self, connection, node, now_ns);
    if (ends[DISSECT_CLIENT] == SCENARIO_NONE || ends[DISSECT_SERVER] == SCENARIO_NONE)
        return;
    recorder_lane *const lane = recorder_lane_of(self, ends[DISSECT_CLIENT], ends[DISSECT_SERVER]);
    if (!lane)
        return;
    connection->lane = lane;
    connection->next_of_lane = lane->first_connection;
    lane->first_connection = connection;
}

static bool is_known_remote(const recorder_connection *connection, const roam_addr *addr)
{
    for (uint32_t i = 0; i < RECORDER_REMOTES && i < connection->remote_count; i++)
        if (roam_addr_equal(&connection->remotes[i], addr))
            return true;
    return false;
}

void recorder_paths_restarted(recorder *self, uint32_t node)
{
    for (uint32_t i = 0; i < self->connection_count; i++) {
        recorder_connection *const connection = self->connections[i];
        for (int side = 0; connection && side < 2; side++)
            connection->gone[side] |= connection->node[side] == node;
    }
}

/* A connection that begins while another is up is none of those that end with it. */
static void leave_lane(recorder_lane *lane, dissect_side side)
{
    if (!lane)
        return;
    for (recorder_connection *at = lane->up[side] ? lane->up[side] : lane->first_connection;
         at && !at->gone[side]; at = at->next_of_lane)
        at->gone[side] = true;
    lane->up[side] = NULL;
}

void recorder_paths_down(const recorder *self, uint32_t node, uint32_t other)
{
    leave_lane(recorder_lane_find(self, node, other), DISSECT_CLIENT);
    leave_lane(recorder_lane_find(self, other, node), DISSECT_SERVER);
}

void recorder_paths_up(const recorder *self, uint32_t node, uint32_t other)
{
    recorder_lane *const to = recorder_lane_find(self, node, other);
    recorder_lane *const from = recorder_lane_find(self, other, node);
    if (to)
        to->up[DISSECT_CLIENT] = to->first_connection;
    if (from)
        from->up[DISSECT_SERVER] = from->first_connection;
}

/* --- paths --- */

static recorder_path *find_path(const recorder *self, const recorder_connection *connection,
                                const roam_addr *local)
{
    uint8_t key[RECORDER_KEY_MAX];
    if (connection->last && roam_addr_equal(&connection->last->local, local))
        return connection->last;
    local_key(connection, local, key);
    return core_map_get(&self->paths, key, LOCAL_KEY_BYTES);
}

static recorder_path *add_path(recorder *self, recorder_connection *connection, const roam_addr *local)
{
    recorder_path *const path = calloc(1, sizeof *path);
    if (path) {
        path->connection = connection;
        path->local = *local;
        local_key(connection, local, path->local_key);
    }
    if (!path || core_map_add(&self->paths, path->local_key, LOCAL_KEY_BYTES, path) != 0) {
        free(path);
        self->failed = true;
        return NULL;
    }
    path->next = self->first_path;
    return self->first_path = path;
}

void recorder_path_identify(recorder *self, recorder_path *path, const dissect_id *id)
{
    uint8_t key[RECORDER_KEY_MAX];
    if (path->id.len == id->len && memcmp(path->id.bytes, id->bytes, id->len) == 0)
        return;
    if (path->id.len > 0)
        core_map_remove(&self->path_ids, path->id_key, id_key(path->connection, &path->id, key));
    path->id = *id;
    const size_t len = id_key(path->connection, id, path->id_key);
    recorder_path *const before = core_map_get(&self->path_ids, path->id_key, len);
    if (before) { /* RFC 9000 section 9.5 forbids that; the later counts */
        core_map_remove(&self->path_ids, path->id_key, len);
        before->id.len = 0;
    }
    if (core_map_add(&self->path_ids, path->id_key, len, path) != 0)
        self->failed = true;
}

void recorder_paths_fini(recorder *self)
{
    core_map_fini(&self->paths);
    core_map_fini(&self->path_ids);
    for (recorder_path *at = self->first_path, *next; at; at = next) {
        next = at->next;
        free(at);
    }
    for (uint32_t i = 0; i < self->connection_count; i++) {
        if (self->connections[i])
            free(self->connections[i]->ids);
        free(self->connections[i]);
    }
    free(self->connections);
}

size_t recorder_connection_id(const recorder *self, uint32_t node, uint32_t other, const roam_addr *local,
                              uint8_t id[ROAM_CONNECTION_ID_MAX])
{
    const recorder_lane *const to = recorder_lane_find(self, node, other);
    const recorder_lane *const from = recorder_lane_find(self, other, node);
    const recorder_path *const path =
        to && to->up[DISSECT_CLIENT] ? find_path(self, to->up[DISSECT_CLIENT], local) : NULL;
    const dissect_id *const used = path ? &path->sent_to
                                   : from && from->up[DISSECT_SERVER]
                                       ? &from->up[DISSECT_SERVER]->server_sent_to
                                       : NULL;
    if (used)
        memcpy(id, used->bytes, used->len);
    return used ? used->len : 0;
}

/* --- leaving --- */

static bool has_frame(const observer_packet *packet, dissect_frame_type type)
{
    for (size_t i = 0; i < packet->view->packet_count; i++)
        for (size_t j = 0; j < packet->view->packets[i].frame_count; j++)
            if (packet->view->packets[i].frames[j].type == type)
                return true;
    return false;
}

/* The address was given up, and nothing may leave there until another attempt uses it; but an end that closes
 * answers whatever comes (RFC 9000 section 10.2.1). */
static void check_given_up(recorder *self, const recorder_path *path, const observer_packet *packet,
                           uint64_t now_ns)
{
    const recorder_attempt *const attempt = path->attempt;
    const recorder_lane *const lane = path->connection->lane;
    if (!attempt || attempt->open_calls > 0 || attempt->kept || path->in_use || !lane || lane->in_doubt ||
        attempt->done_ns == ROAM_NEVER || now_ns <= attempt->done_ns)
        return;
    const bool others = lane->first_open != SCENARIO_NONE;
    const bool elsewhere = others && lane->attempt && lane->attempt->path;
    if ((!others || elsewhere) && !has_frame(packet, DISSECT_CONNECTION_CLOSE))
        recorder_check_late_datagram(self, path, now_ns);
}

static recorder_path *client_path(recorder *self, recorder_connection *connection,
                                  const dissect_packet *first, const observer_packet *packet)
{
    recorder_path *path = find_path(self, connection, &packet->source);
    if (!path) {
        path = add_path(self, connection, &packet->source);
        if (!path)
            return NULL;
        path->in_use = first->type != DISSECT_ONE_RTT; /* a handshake */
        connection->current = path->in_use ? path : connection->current;
    }
    connection->last = path;
    if (!roam_addr_equal(&path->remote, &packet->destination)) {
        path->remote = packet->destination;
        if (!is_known_remote(connection, &path->remote))
            connection->remotes[connection->remote_count++ % RECORDER_REMOTES] = path->remote;
    }
    return path;
}

static void challenges(recorder *self, recorder_path *path, const dissect_packet *read,
                       const dissect_frame *frame, const observer_packet *packet, uint64_t now_ns)
{
    recorder_pending challenge = {.path = path,
                                  .id = read->destination,
                                  .sent_ns = now_ns,
                                  .queue_ns = packet->queue_ns,
                                  .links_ns = packet->link_ns};
    memcpy(challenge.data, frame->path_data, sizeof challenge.data);
    recorder_preferred_challenge(self, path->connection, frame->path_data, &packet->destination, now_ns);
    recorder_attempt_challenges(self, &challenge);
}

static void client_sent(recorder *self, recorder_connection *connection, const dissect_packet *read,
                        const observer_packet *packet, uint64_t now_ns)
{
    recorder_path *const path = client_path(self, connection, read, packet);
    for (size_t i = 0; path && i < read->frame_count; i++)
        if (read->frames[i].type == DISSECT_PATH_CHALLENGE)
            challenges(self, path, read, &read->frames[i], packet, now_ns);
    if (!path)
        return;
    recorder_ids_client_sent(connection, path, read, now_ns);
    check_given_up(self, path, packet, now_ns);
}

/* A server that was restarted during the handshake begins it anew when the client's Initial comes again, with
 * packet numbers of its own. */
static void begin_anew(recorder_connection *connection)
{
    if (!connection->gone[DISSECT_SERVER])
        return;
    connection->gone[DISSECT_SERVER] = false;
    memset(connection->next_number[DISSECT_SERVER], 0, sizeof connection->next_number[DISSECT_SERVER]);
}

static void server_sent(recorder *self, recorder_connection *connection, const dissect_packet *read)
{
    recorder_ids_server_sent(self, connection, read);
    if (read->type == DISSECT_ONE_RTT)
        connection->server_sent_to = read->destination;
    for (size_t i = 0; i < read->frame_count; i++) {
        if (read->type == DISSECT_INITIAL && read->frames[i].type == DISSECT_CRYPTO)
            begin_anew(connection);
        if (read->frames[i].type == DISSECT_HANDSHAKE_DONE)
            connection->done_numbers[connection->done_count++ % RECORDER_SENDINGS] = read->number;
    }
}

static void left_host(recorder *self, const observer_packet *packet, uint64_t now_ns)
{
    const recorder_connection *own = NULL;
    dissect_side sender = DISSECT_CLIENT;
    if (packet->forged || self->scenario->nodes[packet->node].attacker)
        return;
    for (size_t i = 0; i < packet->view->packet_count; i++) {
        const dissect_packet *const read = &packet->view->packets[i];
        recorder_connection *const connection =
            read->connection == DISSECT_NONE ? NULL : connection_of(self, read->connection);
        if (!connection)
            continue;
        learn_end(self, connection, read->sender, packet->node, now_ns);
        if (connection->node[read->sender] != packet->node) {
            recorder_challenges_pass(self, connection, read, packet);
            continue;
        }
        own = connection;
        sender = read->sender;
        if (read->sender == DISSECT_CLIENT)
            client_sent(self, connection, read, packet, now_ns);
        else
            server_sent(self, connection, read);
        recorder_challenges_sent(self, connection, read, packet, now_ns);
        recorder_wire_sent(self, connection, read, now_ns);
    }
    if (own && self->moves_open > 0)
        recorder_rounds_left(self, own, sender, packet);
}

/* --- coming --- */

static void server_opened(recorder *self, const recorder_connection *connection, const dissect_packet *read,
                          uint64_t now_ns)
{
    for (size_t i = 0; i < read->frame_count; i++) {
        const dissect_frame *const frame = &read->frames[i];
        if (frame->type != DISSECT_PATH_CHALLENGE && frame->type != DISSECT_PATH_RESPONSE)
            continue;
        const dissect_side asker = frame->type == DISSECT_PATH_CHALLENGE ? DISSECT_CLIENT : DISSECT_SERVER;
        recorder_challenge *const asked = recorder_challenge_find(self, connection, asker, frame->path_data);
        if (!asked)
            continue;
        if (frame->type == DISSECT_PATH_CHALLENGE) {
            recorder_challenge_came(asked, now_ns);
            recorder_attempt_received(self, asked->attempt, now_ns);
            continue;
        }
        (void)recorder_challenge_answered(asked, read, now_ns);
        if (asked->attempt)
            recorder_attempt_validated(self, asked->attempt, now_ns);
    }
}

static void answered(recorder *self, const recorder_connection *connection, const dissect_packet *read,
                     const dissect_frame *frame, uint64_t now_ns)
{
    recorder_challenge *const asked =
        recorder_challenge_find(self, connection, DISSECT_CLIENT, frame->path_data);
    recorder_preferred_answer(connection, frame->path_data, now_ns);
    if (!asked)
        return;
    const recorder_flight flight = recorder_challenge_answered(asked, read, now_ns);
    recorder_attempt_answered(self, asked->attempt, &flight);
}

/* On the path of an attempt it is the other end's validation of that. */
static void asked_by_server(recorder *self, const recorder_connection *connection, const dissect_frame *frame,
                            const observer_packet *packet, uint64_t now_ns)
{
    const recorder_path *const path = find_path(self, connection, &packet->destination);
    recorder_challenge *const asked =
        recorder_challenge_keep(self, connection, DISSECT_SERVER, frame->path_data);
    if (!asked)
        return;
    recorder_challenge_came(asked, now_ns);
    if (path && path->attempt && !path->attempt->peer_validated && !asked->attempt)
        asked->attempt = path->attempt;
}

/* Any path will do for an answer (RFC 9000 section 8.2.3), but what comes from an address that is not the
 * server's is discarded (section 9). */
static void client_opened(recorder *self, recorder_connection *connection, const dissect_packet *read,
                          const observer_packet *packet, uint64_t now_ns)
{
    if (read->type == DISSECT_ONE_RTT)
        recorder_ids_client_opened(connection, read, now_ns);
    for (size_t i = 0; i < read->frame_count; i++) {
        const dissect_frame *const frame = &read->frames[i];
        if (frame->type == DISSECT_PATH_RESPONSE)
            answered(self, connection, read, frame, now_ns);
        else if (frame->type == DISSECT_PATH_CHALLENGE)
            asked_by_server(self, connection, frame, packet, now_ns);
    }
}

/* The path that a packet came over: at the client its own address says, at the server the connection ID. */
static const recorder_path *path_of(const recorder *self, const recorder_connection *connection,
                                    const dissect_packet *read, const observer_packet *packet)
{
    uint8_t key[RECORDER_KEY_MAX];
    if (!connection->lane || read->type != DISSECT_ONE_RTT)
        return NULL;
    if (read->sender == DISSECT_SERVER)
        return find_path(self, connection, &packet->destination);
    return core_map_get(&self->path_ids, key, id_key(connection, &read->destination, key));
}

static void came_to_host(recorder *self, const observer_packet *packet, uint64_t now_ns)
{
    recorder_node *const node = &self->nodes[scenario_end_of(self->scenario, packet->node)];
    const recorder_connection *own = NULL;
    dissect_side sender = DISSECT_CLIENT;
    node->arrival_ns = now_ns;
    node->arrival = NULL;
    for (size_t i = 0; i < packet->view->packet_count; i++) {
        const dissect_packet *const read = &packet->view->packets[i];
        recorder_connection *const connection = connection_at(self, read->connection);
        if (!connection || (read->status != DISSECT_READ && read->status != DISSECT_BAD_FRAMES))
            continue;
        const dissect_side receiver = read->sender == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT;
        if (connection->node[receiver] != packet->node || connection->gone[receiver])
            continue;
        if (receiver == DISSECT_CLIENT && !is_known_remote(connection, &packet->source))
            continue;
        own = connection;
        sender = read->sender;
        const recorder_path *const path = path_of(self, connection, read, packet);
        node->arrival = path && path->attempt ? path : node->arrival;
        if (receiver == DISSECT_SERVER)
            server_opened(self, connection, read, now_ns);
        else
            client_opened(self, connection, read, packet, now_ns);
    }
    if (own && self->moves_open > 0)
        recorder_rounds_came(self, own, sender, packet, now_ns);
}

void recorder_paths_packet(recorder *self, const observer_packet *packet, uint64_t now_ns)
{
    if (!packet->view)
        return;
    if (packet->up)
        left_host(self, packet, now_ns);
    else
        came_to_host(self, packet, now_ns);
}

void recorder_paths_message(recorder *self, uint32_t traffic, uint64_t now_ns)
{
    const scenario_traffic *const flow = &self->scenario->traffic[traffic];
    const recorder_node *const node = &self->nodes[flow->to];
    if (node->arrival_ns != now_ns || !node->arrival)
        return;
    const uint32_t *const ends = node->arrival->connection->node;
    const uint32_t client = ends[DISSECT_CLIENT],
                   server = scenario_end_of(self->scenario, ends[DISSECT_SERVER]);
    const bool up = client == flow->from && server == flow->to;
    if (up || (server == flow->from && client == flow->to))
        recorder_attempt_message(self, node->arrival->attempt, up, now_ns);
}
