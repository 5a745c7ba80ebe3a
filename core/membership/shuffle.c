/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shuffles: random walks that exchange parts of the passive views. The reply goes back the way the walk came:
 * no connection is made for it, and none need be possible. */
#include "core/membership/internal.h"

#include <string.h>

/* Enters what came in exchange for what was sent. */
static void take_in(core_membership *m, const roam_member *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (core_admit(m, &members[i]) && !core_active_has_name(&m->views, members[i].name))
            core_passive_add(&m->views, &m->node->random, &members[i], false);
}

/* Some of the active view that others can dial, at random. Returns how many. */
static size_t draw_active(const core_membership *m, roam_peer_id but, roam_member *out, size_t max)
{
    const core_active *of[ROAM_ACTIVE_VIEW_MAX];
    size_t count = 0, n = 0;
    for (size_t i = 0; i < m->views.active_count; i++)
        if (m->views.active[i].peer.value != but.value &&
            m->views.active[i].member.addr.family != ROAM_FAMILY_NONE)
            of[count++] = &m->views.active[i];
    for (; n < max && count > 0; n++) {
        const size_t pick = core_draw(&m->node->random, count);
        out[n] = of[pick]->member;
        of[pick] = of[--count];
    }
    return n;
}

void core_shuffle_begin(core_membership *m, uint64_t now_ns)
{
    const core_active *const with =
        core_active_pick(&m->views, &m->node->random, (roam_peer_id){0}, (roam_peer_id){0});
    if (!with)
        return;
    core_message message = {
        .type = CORE_SHUFFLE, .ttl = (uint8_t)m->options.active_walk, .member = core_membership_self(m)};
    m->node->random.fill(m->node->random.user_data, (uint8_t *)&message.id, sizeof message.id);
    core_passive_forget_sent(&m->views);
    message.member_count = draw_active(m, with->peer, message.members, m->options.shuffle_active);
    message.member_count +=
        core_passive_draw(&m->views, &m->node->random, NULL, 0, message.members + message.member_count,
                          m->options.shuffle_passive);
    const core_walk walk = {
        .id = message.id, .to = with->peer, .began_ns = now_ns, .asked = (uint32_t)message.member_count + 1};
    core_walks_add(&m->walks, &walk);
    m->counts.shuffles++;
    core_link_send(core_link_by_id(m, with->peer), &message);
}

/* The walk ends here: an exchange with its origin. */
static void exchange(core_link *link, const core_message *message)
{
    core_membership *const m = link->membership;
    core_message reply = {.type = CORE_SHUFFLE_REPLY, .id = message->id};
    const size_t wanted =
        message->member_count < ROAM_SHUFFLE_MAX ? message->member_count + 1 : ROAM_SHUFFLE_MAX;
    reply.member_count = core_passive_draw(&m->views, &m->node->random, message->members,
                                           message->member_count, reply.members, wanted);
    core_link_send(link, &reply);
    if (message->member.addr.family != ROAM_FAMILY_NONE)
        take_in(m, &message->member, 1);
    /* Of a longer one than this node would begin, no more: nobody fills a passive view by one message. */
    const size_t own = m->options.shuffle_active + m->options.shuffle_passive;
    take_in(m, message->members, message->member_count < own ? message->member_count : own);
}

void core_on_shuffle(core_link *link, const core_message *message, uint64_t now_ns)
{
    core_membership *const m = link->membership;
    roam_member origin = message->member;
    if (message->ttl > m->options.active_walk) {
        m->counts.refused_walk++;
        return;
    }
    const uint8_t *const key = core_channel_key(link->peer);
    const bool is_sender =
        strcmp(origin.name, link->peer->name) == 0 || (key && memcmp(origin.key, key, ROAM_KEY_BYTES) == 0);
    if (is_sender && !core_admit_self(link, &origin))
        return;
    const core_peer *const peer = core_peer_known(m, origin.name);
    const core_active *const next =
        core_active_pick(&m->views, &m->node->random, link->peer->id, peer ? peer->id : (roam_peer_id){0});
    if (message->ttl > 1 && next) {
        core_message walk = *message;
        walk.ttl--;
        const core_walk way = {.id = message->id,
                               .from = link->peer->id,
                               .to = next->peer,
                               .began_ns = now_ns,
                               .asked = (uint32_t)message->member_count + 1};
        core_walks_add(&m->walks, &way);
        core_link_send(core_link_by_id(m, next->peer), &walk);
        return;
    }
    exchange(link, message);
}

void core_on_shuffle_reply(core_link *link, const core_message *message, uint64_t now_ns)
{
    core_membership *const m = link->membership;
    core_walk walk;
    if (!core_walks_take(&m->walks, message->id, link->peer->id, now_ns, &walk) ||
        message->member_count > walk.asked) {
        m->counts.refused_unasked++;
        return;
    }
    if (walk.from.value == 0) {
        m->counts.shuffles_answered++;
        take_in(m, message->members, message->member_count);
        return;
    }
    core_link *const back = core_link_by_id(m, walk.from);
    if (back && core_channel_is_up(back->peer))
        core_link_send(back, message);
}
