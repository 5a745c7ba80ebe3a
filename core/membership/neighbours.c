/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The active view: who enters it, and who leaves. */
#include "core/membership/internal.h"

#include <assert.h>
#include <string.h>

/* ---- Changes ---- */

void core_neighbour_disconnect(core_link *link, bool leaving)
{
    const core_message message = {.type = CORE_DISCONNECT, .flag = leaving};
    core_link_send(link, &message);
}

/* One at random makes room. */
static void evict(core_membership *m, uint64_t now_ns)
{
    const core_active *const active =
        core_active_pick(&m->views, &m->node->random, (roam_peer_id){0}, (roam_peer_id){0});
    core_peer *const peer = core_peer_by_id(m->node, active->peer);
    const roam_event how = {.down = {.reason = ROAM_DOWN_EVICTED}};
    core_neighbour_disconnect(core_link_of(m, peer), false);
    core_neighbour_leave(m, peer, &how, CORE_KEEP, now_ns);
}

void core_neighbour_enter(core_link *link, const roam_member *member, uint64_t now_ns)
{
    core_membership *const m = link->membership;
    core_active *const there = core_active_find(&m->views, link->peer->id);
    if (there) {
        there->member.addr = member->addr;
        return;
    }
    if (core_active_is_full(&m->views))
        evict(m, now_ns);
    core_active_add(&m->views, link->peer->id, member);
    link->peer->active = true;
    link->parted = false;
    m->rejections = 0;
    m->failed_alone = false;
    if (m->views.active_count == 1) {
        m->entered_ns = now_ns;
        core_contacts_fresh(m);
        if (m->options.advertise.family == ROAM_FAMILY_NONE)
            core_heap_set(&m->deadlines, &m->shuffle,
                          now_ns); /* nobody else will come: it looks for others */
    }
    core_link_rest(link, now_ns);
    core_membership_push(m, &(roam_event){.kind = ROAM_EVENT_PEER_UP, .peer = link->peer->id});
}

void core_neighbour_leave(core_membership *m, core_peer *peer, const roam_event *how, core_keep keep,
                          uint64_t now_ns)
{
    const core_active *const active = core_active_find(&m->views, peer->id);
    assert(active && peer->active);
    const roam_member member = active->member;
    core_link *const link = core_link_of(m, peer);
    core_active_remove(&m->views, peer->id);
    peer->active = false;
    m->rejections = 0;
    m->ask_after_ns = now_ns;
    if (keep != CORE_FORGET && member.addr.family != ROAM_FAMILY_NONE)
        core_passive_add(&m->views, &m->node->random, &member, true);
    if (keep == CORE_KEEP_FAILED)
        core_passive_failed(&m->views, member.name, now_ns);
    link->parted = true;
    link->parted_ns = now_ns;
    core_link_rest(link, now_ns);
    roam_event down = *how;
    down.kind = ROAM_EVENT_PEER_DOWN;
    down.peer = peer->id;
    core_membership_push(m, &down);
}

/* ---- Messages ---- */

void core_neighbour_answer(core_link *link, bool accepted)
{
    const core_message message = {
        .type = CORE_NEIGHBOR_REPLY, .flag = accepted, .member = core_membership_self(link->membership)};
    core_link_send(link, &message);
}

void core_on_neighbor(core_link *link, const core_message *message, uint64_t now_ns)
{
    core_membership *const m = link->membership;
    roam_member asking = message->member;
    if (!core_admit_self(link, &asking))
        return;
    const bool there_is_room = link->peer->active || !core_active_is_full(&m->views);
    const bool accepted =
        there_is_room ||
        (message->flag && !core_joins_again(&m->joined, asking.name, m->options.shuffle_ns, now_ns));
    if (accepted)
        core_neighbour_enter(link, &asking, now_ns);
    core_neighbour_answer(link, accepted);
}

/* It has accepted, and the room was taken meanwhile. */
static void turn_away(core_link *link, uint64_t now_ns)
{
    core_neighbour_disconnect(link, false);
    link->parted = true;
    link->parted_ns = now_ns;
}

void core_on_neighbor_reply(core_link *link, const core_message *message, uint64_t now_ns)
{
    core_membership *const m = link->membership;
    roam_member answering = message->member;
    const core_request request = link->sent ? link->request : CORE_ASKS_NOTHING;
    if (!core_admit_self(link, &answering))
        return;
    if (request == CORE_ASKS_NOTHING) {
        m->counts.refused_unasked++;
        if (message->flag && !link->peer->active)
            core_neighbour_disconnect(link, false); /* it counts on this node, in vain */
        return;
    }
    core_link_answered(link);
    if (!message->flag && !link->peer->active)
        core_promote_rejected(m, link->peer->name, now_ns);
    else if (!link->peer->active && request == CORE_ASKS_LOW && core_active_is_full(&m->views))
        turn_away(link, now_ns);
    else /* or it is there, because it has asked as well */
        core_neighbour_enter(link, &answering, now_ns);
    core_link_rest(link, now_ns);
}

void core_on_disconnect(core_link *link, const core_message *message, uint64_t now_ns)
{
    core_membership *const m = link->membership;
    const bool leaving = message->flag;
    if (link->peer->active) {
        const roam_event how = {.down = {.reason = leaving ? ROAM_DOWN_LEFT : ROAM_DOWN_EVICTED}};
        core_neighbour_leave(m, link->peer, &how, leaving ? CORE_FORGET : CORE_KEEP, now_ns);
        if (!leaving && m->views.active_count == 0)
            core_promote_pushed_out(m, now_ns);
    } else if (leaving) {
        core_passive_remove(&m->views, link->peer->name);
    }
}

void core_on_advertise(core_link *link, const core_message *message, uint64_t now_ns)
{
    roam_member member = message->member;
    if (core_admit_self(link, &member))
        core_neighbour_enter(link, &member, now_ns); /* it is there: takes the address */
}
