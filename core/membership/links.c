/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/membership/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- Made and freed ---- */

core_link *core_link_of(const core_membership *m, const core_peer *peer)
{
    return core_link_by_id(m, peer->id);
}

core_link *core_link_by_id(const core_membership *m, roam_peer_id peer)
{
    return peer.value >= 1 && peer.value <= m->link_capacity ? m->links[peer.value - 1] : NULL;
}

core_peer *core_peer_known(const core_membership *m, const char *name)
{
    return core_map_get(&m->node->peers_by_name, name, strlen(name));
}

bool core_is_asked(const core_membership *m, const char *name)
{
    const core_peer *const peer = core_peer_known(m, name);
    const core_link *const link = peer ? core_link_of(m, peer) : NULL;
    return link && link->request != CORE_ASKS_NOTHING;
}

static bool make_room(core_membership *m, size_t capacity)
{
    if (capacity <= m->link_capacity)
        return true;
    capacity = capacity < 2 * m->link_capacity ? 2 * m->link_capacity : capacity;
    core_link **const links = realloc(m->links, capacity * sizeof(core_link *));
    if (!links)
        return false;
    for (size_t i = m->link_capacity; i < capacity; i++)
        links[i] = NULL;
    m->links = links;
    m->link_capacity = capacity;
    return true;
}

/* The time for an answer is over, that for another channel, or an idle channel is to be closed. */
static void on_timer(void *owner, uint64_t now_ns)
{
    core_link *const link = owner;
    core_membership *const m = link->membership;
    if (link->replaced) {
        const roam_event how = {.down = {.reason = ROAM_DOWN_HANDSHAKE}};
        link->replaced = false;
        core_neighbour_leave(m, link->peer, &how, CORE_KEEP_FAILED, now_ns);
        if (link->request != CORE_ASKS_NOTHING)
            core_link_failed(link, now_ns);
        core_link_release(link);
    } else if (link->request != CORE_ASKS_NOTHING) {
        core_link_failed(link, now_ns);
        core_link_rest(link, now_ns);
    } else if (core_channel_is_in_use(link->peer)) {
        core_link_rest(link, now_ns);
    } else {
        (void)roam_hang_up(m->node, link->peer->id);
    }
    core_promote(m, now_ns);
}

core_link *core_link_get(core_membership *m, core_peer *peer)
{
    core_link *const there = core_link_of(m, peer);
    if (there)
        return there;
    if (!make_room(m, peer->id.value) || core_heap_reserve(&m->deadlines, m->link_count + 3))
        return NULL;
    core_link *const link = calloc(1, sizeof *link);
    if (!link)
        return NULL;
    link->membership = m;
    link->peer = peer;
    link->timer = (core_timer){.owner = link, .fire = on_timer};
    m->links[peer->id.value - 1] = link;
    m->link_count++;
    return link;
}

static void link_free(core_link *link)
{
    core_membership *const m = link->membership;
    core_link_answered(link);
    core_heap_set(&m->deadlines, &link->timer, ROAM_NEVER);
    m->links[link->peer->id.value - 1] = NULL;
    m->link_count--;
    free(link);
}

void core_link_release(core_link *link)
{
    if (link->request == CORE_ASKS_NOTHING && !link->replaced && !link->peer->active &&
        !core_channel_exists(link->peer))
        link_free(link);
}

void core_links_free(core_membership *m)
{
    for (size_t i = 0; i < m->link_capacity; i++)
        if (m->links[i])
            link_free(m->links[i]);
    free(m->links);
}

/* ---- Messages ---- */

void core_link_send(core_link *link, const core_message *message)
{
    roam_membership_counts *const counts = &link->membership->counts;
    uint8_t body[CORE_MESSAGE_BYTES_MAX];
    const size_t len = core_message_write(message, body);
    if (core_channel_send(link->peer, (core_span){body, len})) {
        counts->unsent++;
        return;
    }
    counts->sent++;
    counts->bytes_sent += len;
}

/* ---- Requests ---- */

void core_link_send_request(core_link *link, uint64_t now_ns)
{
    core_membership *const m = link->membership;
    if (link->request == CORE_ASKS_NOTHING)
        return;
    const core_message message = {.type = link->request == CORE_ASKS_JOIN ? CORE_JOIN : CORE_NEIGHBOR,
                                  .flag = link->request == CORE_ASKS_HIGH,
                                  .member = core_membership_self(m)};
    core_link_send(link, &message);
    link->sent = true;
    core_heap_set(&m->deadlines, &link->timer, core_deadline(now_ns, m->options.answer_ns));
}

int core_link_ask(core_membership *m, const roam_member *target, bool key_known, core_request request,
                  uint64_t now_ns)
{
    core_peer *peer = core_peer_known(m, target->name);
    const bool dials = !peer || !core_channel_exists(peer);
    if (dials) {
        roam_peer_id id;
        const int rv = roam_dial(m->node, target->name, &target->addr, NULL, now_ns, &id);
        if (rv)
            return rv;
        m->counts.dials++;
        peer = core_peer_by_id(m->node, id);
    }
    core_link *const link = core_link_get(m, peer);
    if (!link) {
        if (dials)
            (void)roam_hang_up(m->node, peer->id);
        return ROAM_ERR_NO_MEMORY;
    }
    assert(link->request == CORE_ASKS_NOTHING);
    link->dialled = link->dialled || dials;
    link->request = request;
    link->sent = link->promoted = false;
    link->target = *target;
    link->key_known = key_known;
    m->asked++;
    core_heap_set(&m->deadlines, &link->timer, ROAM_NEVER);
    if (core_channel_is_up(peer))
        core_link_send_request(link, now_ns);
    return 0;
}

void core_link_answered(core_link *link)
{
    core_membership *const m = link->membership;
    if (link->request == CORE_ASKS_NOTHING)
        return;
    link->request = CORE_ASKS_NOTHING;
    m->asked--;
    m->promoted -= link->promoted;
    link->promoted = false;
    core_heap_set(&m->deadlines, &link->timer, ROAM_NEVER);
}

void core_link_failed(core_link *link, uint64_t now_ns)
{
    core_membership *const m = link->membership;
    m->counts.dials_failed += link->dialled && !link->sent;
    m->failed_alone = true;
    core_passive_failed(&m->views, link->peer->name, now_ns);
    core_contact_failed(m, link->peer->name, now_ns);
    core_link_answered(link);
}

void core_link_rest(core_link *link, uint64_t now_ns)
{
    core_membership *const m = link->membership;
    if (link->request != CORE_ASKS_NOTHING || link->replaced)
        return; /* its timer is for that */
    const bool idle = link->dialled && !link->peer->active && core_channel_is_up(link->peer) &&
                      core_channel_is_dialled(link->peer);
    core_heap_set(&m->deadlines, &link->timer,
                  idle ? core_deadline(now_ns, m->options.linger_ns) : ROAM_NEVER);
}
