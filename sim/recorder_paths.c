/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/recorder_internal.h"

#include <stdlib.h>
#include <string.h>

#define HEADER_FORM_LONG 0x80 /* RFC 9000 section 17.2 */

/* --- datagrams under way --- */

/* Of every byte: one that is damaged on its way is another datagram. Eight at a time. */
uint64_t recorder_tag_of(const observer_packet *packet)
{
    uint64_t tag = UINT64_C(14695981039346656037) ^ packet->payload_len;
    size_t at = 0;
    for (; at + 8 <= packet->payload_len; at += 8) {
        uint64_t word;
        memcpy(&word, packet->payload + at, sizeof word);
        tag = (tag ^ word) * UINT64_C(1099511628211);
        tag ^= tag >> 32;
    }
    for (; at < packet->payload_len; at++)
        tag = (tag ^ packet->payload[at]) * UINT64_C(1099511628211);
    return tag;
}

void recorder_watch_add(recorder_watch *watch, const observer_packet *packet, uint64_t now_ns)
{
    if (watch->count == RECORDER_WATCHED)
        return;
    watch->tags[watch->count] = recorder_tag_of(packet);
    watch->sent_ns[watch->count++] = now_ns;
}

bool recorder_watch_find(const recorder_watch *watch, const observer_packet *packet, uint64_t *sent_ns)
{
    const uint64_t tag = recorder_tag_of(packet);
    for (uint32_t i = 0; i < watch->count; i++) {
        if (watch->tags[i] == tag) {
            *sent_ns = watch->sent_ns[i];
            return true;
        }
    }
    return false;
}

/* --- local addresses seen --- */

void recorder_address_key(const roam_addr *addr, uint8_t key[19])
{
    key[0] = (uint8_t)addr->family;
    key[1] = (uint8_t)(addr->port >> 8);
    key[2] = (uint8_t)addr->port;
    memcpy(key + 3, addr->bytes, 16);
}

static recorder_path *find(recorder *self, const roam_addr *addr)
{
    recorder_path **const cached = &self->cache[(addr->port ^ addr->bytes[3]) % RECORDER_CACHE];
    uint8_t key[19];
    if (*cached && roam_addr_equal(&(*cached)->local, addr))
        return *cached;
    recorder_address_key(addr, key);
    recorder_path *const path = core_map_get(&self->path_map, key, sizeof key);
    if (path)
        *cached = path;
    return path;
}

static recorder_path *add(recorder *self, const roam_addr *addr, uint32_t node)
{
    if (self->path_count == self->path_capacity) {
        const size_t capacity = self->path_capacity ? self->path_capacity * 2 : 16;
        recorder_path **const paths = realloc(self->paths, capacity * sizeof(*paths));
        if (!paths)
            return NULL;
        self->paths = paths;
        self->path_capacity = capacity;
    }
    recorder_path *const path = calloc(1, sizeof *path);
    if (!path)
        return NULL;
    path->local = *addr;
    path->node = node;
    path->first_call = path->last_call = SCENARIO_NONE;
    path->sent_ns = path->received_ns = ROAM_NEVER;
    path->response_sent_ns = path->response_received_ns = ROAM_NEVER;
    recorder_address_key(addr, path->key);
    if (core_map_add(&self->path_map, path->key, sizeof path->key, path) != 0) {
        free(path);
        return NULL;
    }
    self->paths[self->path_count++] = path;
    return path;
}

void recorder_paths_fini(recorder *self)
{
    core_map_fini(&self->path_map);
    for (size_t i = 0; i < self->path_count; i++)
        free(self->paths[i]);
    free(self->paths);
}

/* --- milestones --- */

static void reach(recorder *self, const recorder_migration *migration, uint64_t *field, const char *name,
                  uint64_t now_ns)
{
    if (*field != ROAM_NEVER)
        return;
    *field = now_ns;
    if (self->milestones.reached)
        self->milestones.reached(self->milestones.ctx, migration, name, now_ns);
}

/* Calls in vain have no validated path and no payload on it. */
static bool in_vain(const recorder_migration *migration)
{
    return migration->done && migration->record.result != ROAM_OK;
}

#define FOR_CALLS(self, path, call)                                                                          \
    for (uint32_t call = (path)->first_call; call != SCENARIO_NONE; call = (self)->calls[call].next)

static void first_sent(recorder *self, recorder_path *path, uint64_t now_ns)
{
    path->sent_ns = now_ns;
    FOR_CALLS(self, path, call)
    {
        recorder_migration *const migration = &self->migrations[call];
        reach(self, migration, &migration->challenge_sent_ns, "challenge_sent", now_ns);
    }
}

void recorder_path_received(recorder *self, recorder_path *path, uint64_t now_ns)
{
    path->received_ns = now_ns;
    FOR_CALLS(self, path, call)
    {
        recorder_migration *const migration = &self->migrations[call];
        reach(self, migration, &migration->challenge_received_ns, "challenge_received", now_ns);
    }
}

void recorder_path_answered(recorder *self, recorder_path *path, uint64_t sent_ns, uint64_t now_ns)
{
    path->response_sent_ns = sent_ns;
    path->response_received_ns = now_ns;
    FOR_CALLS(self, path, call)
    {
        recorder_migration *const migration = &self->migrations[call];
        migration->response_sent_ns = sent_ns;
        reach(self, migration, &migration->response_received_ns, "response_received", now_ns);
    }
}

void recorder_path_validated(recorder *self, recorder_path *path, uint64_t now_ns)
{
    FOR_CALLS(self, path, call)
    {
        recorder_migration *const migration = &self->migrations[call];
        if (!in_vain(migration))
            reach(self, migration, &migration->peer_validated_ns, "peer_validated", now_ns);
    }
}

/* --- whose path it is --- */

static void join(recorder *self, recorder_path *path, uint32_t call)
{
    recorder_migration *const migration = &self->migrations[call];
    self->calls[call].path = path;
    if (path->first_call == SCENARIO_NONE)
        path->first_call = call;
    else
        self->calls[path->last_call].next = call;
    path->last_call = call;
    path->open_calls++;
    if (path->chain == RECORDER_CHAIN_WAIT && migration->event->mode == SCENARIO_FOLLOW_FIRST)
        path->chain = RECORDER_CHAIN_TRIGGER;
    migration->local = path->local;
    migration->challenge_sent_ns = path->sent_ns;
    migration->challenge_received_ns = path->received_ns;
    migration->response_sent_ns = path->response_sent_ns;
    migration->response_received_ns = path->response_received_ns;
}

static bool asked_for(const recorder_migration *migration, const roam_addr *addr)
{
    return migration->asked.family == ROAM_FAMILY_NONE ||
           (migration->asked.family == addr->family &&
            memcmp(migration->asked.bytes, addr->bytes, sizeof addr->bytes) == 0);
}

static bool same_target(const recorder_migration *a, const recorder_migration *b)
{
    return a->event->mode == b->event->mode && roam_addr_equal(&a->asked, &b->asked);
}

/* A relay stands for the node that it relays to. */
static bool leads_to(const recorder *self, uint32_t node, uint32_t to)
{
    return node == to || self->scenario->nodes[node].relay_to == to;
}

/* Whether a call that is under way, and has no path yet, may be the one that the packet belongs to. */
static bool may_claim(const recorder *self, uint32_t call, const recorder_path *destination,
                      const observer_packet *packet)
{
    const recorder_migration *const migration = &self->migrations[call];
    return !self->calls[call].path && migration->event->node == packet->node &&
           (!destination || leads_to(self, destination->node, migration->to)) &&
           asked_for(migration, &packet->source);
}

/* No handshake begins with it. */
static bool has_short_header(const observer_packet *packet)
{
    return packet->payload_len > 0 && !(packet->payload[0] & HEADER_FORM_LONG);
}

/* A local address that is new. */
static void claim(recorder *self, recorder_path *path, const observer_packet *packet)
{
    const recorder_path *const destination = find(self, &packet->destination);
    for (uint32_t i = 0; has_short_header(packet) && i < self->open_count; i++) {
        if (may_claim(self, self->open[i], destination, packet))
            join(self, path, self->open[i]);
    }
}

/* No call that used the address is under way on it, and none ended with ok. */
static bool is_given_up(const recorder *self, const recorder_path *path)
{
    if (path->first_call == SCENARIO_NONE || path->kept)
        return false;
    FOR_CALLS(self, path, call)
    {
        if (!self->migrations[call].done && !self->calls[call].superseded)
            return false;
    }
    return true;
}

/* The address was given up, and another call uses it again. */
static bool is_reused(recorder *self, const recorder_path *path, const observer_packet *packet)
{
    if (self->open_count == 0 || !has_short_header(packet) || !is_given_up(self, path))
        return false;
    const recorder_path *const destination = find(self, &packet->destination);
    uint32_t i = 0;
    while (i < self->open_count && !may_claim(self, self->open[i], destination, packet))
        i++;
    return i < self->open_count;
}

/* The path stays with its calls. */
static void forget(recorder *self, const recorder_path *path)
{
    core_map_remove(&self->path_map, path->key, sizeof path->key);
    for (size_t i = 0; i < RECORDER_CACHE; i++)
        self->cache[i] = self->cache[i] == path ? NULL : self->cache[i];
}

void recorder_paths_called(recorder *self, uint32_t call, uint64_t now_ns)
{
    const recorder_migration *const migration = &self->migrations[call];
    (void)now_ns;
    for (uint32_t i = 0; i < self->open_count; i++) {
        const uint32_t other = self->open[i];
        const recorder_migration *const earlier = &self->migrations[other];
        if (earlier->event->node != migration->event->node || earlier->to != migration->to)
            continue;
        if (!same_target(earlier, migration))
            self->calls[other].superseded = true;
        else if (!self->calls[other].superseded && self->calls[other].path && !self->calls[call].path)
            join(self, self->calls[other].path, call);
    }
}

void recorder_paths_done(recorder *self, uint32_t call, uint64_t now_ns)
{
    recorder_path *const path = self->calls[call].path;
    if (!path)
        return;
    path->open_calls--;
    if (self->migrations[call].record.result != ROAM_OK || path->kept)
        return;
    path->kept = true;
    if (path->chain == RECORDER_CHAIN_WAIT) {
        path->chain = RECORDER_CHAIN_TRIGGER;
        /* What left in this same instant has left on the strength of this result. */
        if (path->links_ns != now_ns)
            path->links.count = 0;
    }
}

void recorder_paths_dropped(recorder *self, uint32_t call)
{
    if (self->calls[call].path)
        self->calls[call].path->open_calls--;
}

/* --- what the taps show --- */

static void chain_sent(recorder_path *path, const observer_packet *packet, bool by_host, uint64_t now_ns)
{
    switch (path->chain) {
    case RECORDER_CHAIN_WAIT:
        if (!by_host)
            return;
        if (path->links_ns != now_ns)
            path->links.count = 0;
        path->links_ns = now_ns;
        recorder_watch_add(&path->links, packet, now_ns);
        return;
    case RECORDER_CHAIN_TRIGGER:
    case RECORDER_CHAIN_CONFIRM:
        if (by_host)
            recorder_watch_add(&path->links, packet, now_ns);
        return;
    case RECORDER_CHAIN_ANSWER:
        if (!by_host)
            recorder_watch_add(&path->links, packet, now_ns);
        return;
    case RECORDER_CHAIN_END:
        return;
    }
}

static void chain_arrived(recorder *self, recorder_path *path, const observer_packet *packet, bool by_host,
                          uint64_t now_ns)
{
    uint64_t sent_ns;
    if (path->chain == RECORDER_CHAIN_WAIT || path->chain == RECORDER_CHAIN_END ||
        by_host != (path->chain != RECORDER_CHAIN_ANSWER) ||
        !recorder_watch_find(&path->links, packet, &sent_ns))
        return;
    path->links.count = 0;
    path->chain++;
    if (path->chain == RECORDER_CHAIN_END)
        recorder_path_validated(self, path, now_ns);
}

static void host_sent(recorder *self, recorder_path *path, const observer_packet *packet, uint64_t now_ns)
{
    if (path->sent_ns == ROAM_NEVER)
        first_sent(self, path, now_ns);
    if (path->response_received_ns == ROAM_NEVER)
        path->sent_before_response++;
    if (path->open_calls == 0 && !path->kept && !recorder_frames_close(packet))
        recorder_check_late_datagram(self, path, now_ns);
    if (!self->sighted)
        chain_sent(path, packet, true, now_ns);
}

static void host_received(recorder *self, recorder_path *path, const observer_packet *packet, uint64_t now_ns)
{
    uint64_t sent_ns = ROAM_NEVER;
    path->arrivals[path->arrival_count++ % RECORDER_ARRIVALS] = now_ns;
    if (path->response_received_ns == ROAM_NEVER) {
        (void)recorder_watch_find(&path->responses, packet, &sent_ns);
        recorder_path_answered(self, path, sent_ns, now_ns);
    }
    chain_arrived(self, path, packet, false, now_ns);
}

static void left_host(recorder *self, const observer_packet *packet, uint64_t now_ns)
{
    recorder_path *path = find(self, &packet->source);
    self->sighted = self->sighted || packet->view;
    if (path && is_reused(self, path, packet)) {
        forget(self, path);
        path = NULL;
    }
    if (!path) {
        path = add(self, &packet->source, packet->node);
        if (!path) {
            self->failed = true;
            return;
        }
        claim(self, path, packet);
    }
    if (path->first_call != SCENARIO_NONE)
        host_sent(self, path, packet, now_ns);

    if (packet->view) {
        recorder_frames_sent(self, path, packet, now_ns);
        return;
    }
    recorder_path *const to = find(self, &packet->destination);
    if (to && to->first_call != SCENARIO_NONE) {
        if (to->response_received_ns == ROAM_NEVER)
            recorder_watch_add(&to->responses, packet, now_ns);
        chain_sent(to, packet, false, now_ns);
    }
}

static void came_to_host(recorder *self, const observer_packet *packet, uint64_t now_ns)
{
    recorder_node *const node = &self->nodes[packet->node];
    recorder_path *const from = find(self, &packet->source);
    recorder_path *const to = find(self, &packet->destination);
    node->arrival_ns = now_ns;
    recorder_frames_arrived(self, packet, now_ns);
    node->from = from && from->first_call != SCENARIO_NONE ? from : NULL;
    node->to = to && to->first_call != SCENARIO_NONE ? to : NULL;
    if (self->sighted)
        return;
    if (node->from) {
        if (from->received_ns == ROAM_NEVER)
            recorder_path_received(self, from, now_ns);
        chain_arrived(self, from, packet, true, now_ns);
    }
    if (node->to)
        host_received(self, to, packet, now_ns);
}

void recorder_paths_packet(recorder *self, const observer_packet *packet, uint64_t now_ns)
{
    if (packet->up)
        left_host(self, packet, now_ns);
    else
        came_to_host(self, packet, now_ns);
}

void recorder_paths_message(recorder *self, uint32_t traffic, uint64_t now_ns)
{
    const scenario_traffic *const flow = &self->scenario->traffic[traffic];
    recorder_node *const node = &self->nodes[flow->to];
    if (node->arrival_ns != now_ns)
        return;
    if (node->from && node->from->node == flow->from) {
        FOR_CALLS(self, node->from, call)
        {
            recorder_migration *const migration = &self->migrations[call];
            if (!in_vain(migration))
                reach(self, migration, &migration->first_payload_up_ns, "first_payload_up", now_ns);
        }
    }
    if (node->to) {
        FOR_CALLS(self, node->to, call)
        {
            recorder_migration *const migration = &self->migrations[call];
            if (!in_vain(migration) && migration->to == flow->from)
                reach(self, migration, &migration->first_payload_down_ns, "first_payload_down", now_ns);
        }
    }
}
