/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/membership/internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS UINT64_C(1000000000)

void roam_membership_options_default(roam_membership_options *options)
{
    *options = (roam_membership_options){.active_size = 5,
                                         .passive_size = 30,
                                         .active_walk = 6,
                                         .passive_walk = 3,
                                         .shuffle_active = 3,
                                         .shuffle_passive = 4,
                                         .shuffle_ns = 10 * SECOND_NS,
                                         .retry_ns = SECOND_NS,
                                         .retry_max_ns = 300 * SECOND_NS,
                                         .failures_max = 5,
                                         .answer_ns = 5 * SECOND_NS,
                                         .linger_ns = SECOND_NS,
                                         .joins_per_second = 100};
}

static bool options_are_valid(const roam_membership_options *options)
{
    return options->active_size >= 1 && options->active_size <= ROAM_ACTIVE_VIEW_MAX &&
           options->passive_size >= 1 && options->passive_size <= ROAM_PASSIVE_VIEW_MAX &&
           options->active_walk >= 1 && options->active_walk <= ROAM_WALK_MAX &&
           options->passive_walk <= options->active_walk && options->shuffle_active <= ROAM_SHUFFLE_MAX &&
           options->shuffle_passive <= ROAM_SHUFFLE_MAX &&
           options->shuffle_active + options->shuffle_passive <= ROAM_SHUFFLE_MAX &&
           options->shuffle_ns >= 1 && options->retry_ns >= 1 && options->retry_max_ns >= options->retry_ns &&
           options->failures_max >= 1 && options->answer_ns >= 1 && options->linger_ns >= 1 &&
           options->joins_per_second >= 1 && options->joins_per_second <= 1000000;
}

/* ---- What its parts use ---- */

core_membership *core_membership_of(const roam_node *node)
{
    return node->channel_hooks ? node->channel_hooks->ctx : NULL;
}

roam_member core_membership_self(const core_membership *m)
{
    const roam_identity *const own = m->node->options.identity;
    roam_member self = {.addr = m->options.advertise};
    memcpy(self.name, roam_identity_name(own), strlen(roam_identity_name(own)) + 1);
    memcpy(self.key, roam_identity_public_key(own), ROAM_KEY_BYTES);
    return self;
}

void core_membership_push(core_membership *m, const roam_event *event)
{
    assert(m->pending_count < CORE_EVENTS_PENDING_MAX);
    m->pending[m->pending_count++] = *event;
}

/* Links that are needed no more: requests end, and channels that were dialled are closed. */
static void rest_all(core_membership *m, uint64_t now_ns)
{
    for (size_t i = 0; i < m->link_capacity; i++) {
        core_link *const link = m->links[i];
        if (!link)
            continue;
        core_link_answered(link);
        core_link_rest(link, now_ns);
        if (link->dialled && !core_channel_is_up(link->peer))
            (void)roam_hang_up(m->node, link->peer->id);
    }
}

static void leave(core_membership *m, uint64_t now_ns)
{
    const roam_event how = {.down = {.reason = ROAM_DOWN_LEFT}};
    m->left = true;
    while (m->views.active_count > 0) {
        core_peer *const peer = core_peer_by_id(m->node, m->views.active[0].peer);
        core_link *const link = core_link_of(m, peer);
        core_neighbour_disconnect(link, true);
        core_neighbour_leave(m, peer, &how, CORE_FORGET, now_ns);
        link->replaced = false;
    }
    m->views.passive_count = 0;
    m->walks = (core_walks){0};
    core_contacts_free(m);
    rest_all(m, now_ns);
    core_promote(m, now_ns);
}

static void deliver(core_membership *m, uint64_t now_ns)
{
    if (m->settling || !m->node->busy)
        return; /* a callback asked for it; or outside of a step, where none may be called */
    m->settling = true;
    while (m->pending_count > 0) {
        const roam_event event = m->pending[0];
        memmove(m->pending, m->pending + 1, --m->pending_count * sizeof *m->pending);
        core_outbox_emit(&m->node->outbox, &event, now_ns);
    }
    m->settling = false;
}

void core_membership_enter(core_membership *m)
{
    m->inside++;
}

void core_membership_settle(core_membership *m, uint64_t now_ns)
{
    if (--m->inside > 0)
        return;
    if (m->leave_wanted) {
        m->leave_wanted = false;
        leave(m, now_ns);
    }
    deliver(m, now_ns);
    const core_timer *const first = core_heap_first(&m->deadlines);
    uint64_t deadline_ns = first ? first->deadline_ns : ROAM_NEVER;
    if (m->pending_count > 0)
        deadline_ns = now_ns;
    core_heap_set(&m->node->timers, &m->timer, deadline_ns);
}

/* ---- Time ---- */

static void on_timer(void *owner, uint64_t now_ns)
{
    core_membership *const m = owner;
    core_membership_enter(m);
    for (core_timer *timer = core_heap_first(&m->deadlines); timer && timer->deadline_ns <= now_ns;
         timer = core_heap_first(&m->deadlines)) {
        core_heap_set(&m->deadlines, timer, ROAM_NEVER);
        timer->fire(timer->owner, now_ns);
    }
    core_membership_settle(m, now_ns);
}

static void on_promote(void *owner, uint64_t now_ns)
{
    core_promote(owner, now_ns);
}

static void on_shuffle(void *owner, uint64_t now_ns)
{
    core_membership *const m = owner;
    core_shuffle_begin(m, now_ns);
    core_heap_set(&m->deadlines, &m->shuffle, core_deadline(now_ns, m->options.shuffle_ns));
}

/* ---- From the node ---- */

static void on_up(void *ctx, core_peer *peer, uint64_t now_ns)
{
    core_membership *const m = ctx;
    core_link *const link = core_link_get(m, peer);
    if (!link)
        return; /* its first message ends the connection */
    const uint8_t *const key = core_channel_key(peer);
    core_membership_enter(m);
    link->replaced = false;
    link->dialled = link->dialled && core_channel_is_dialled(peer);
    core_heap_set(&m->deadlines, &link->timer, ROAM_NEVER);
    if (link->request != CORE_ASKS_NOTHING && link->key_known &&
        (!key || memcmp(key, link->target.key, ROAM_KEY_BYTES) != 0)) {
        m->counts.refused_other_key++;
        core_passive_remove(&m->views, peer->name);
        core_link_answered(link);
    }
    core_link_send_request(link, now_ns);
    core_link_rest(link, now_ns);
    core_promote(m, now_ns);
    core_membership_settle(m, now_ns);
}

/* Another connection takes its place: the views stay as they are, and so does what was asked. */
static void replaced(core_link *link, uint64_t now_ns)
{
    link->replaced = link->peer->active;
    link->sent = false;
    if (link->replaced || link->request != CORE_ASKS_NOTHING)
        core_heap_set(&link->membership->deadlines, &link->timer,
                      core_deadline(now_ns, link->membership->options.answer_ns));
}

static void on_down(void *ctx, core_peer *peer, const roam_event *how, uint64_t now_ns)
{
    core_membership *const m = ctx;
    core_link *const link = core_link_of(m, peer);
    if (!link)
        return;
    core_membership_enter(m);
    if (how->down.reason == ROAM_DOWN_REPLACED) {
        replaced(link, now_ns);
    } else {
        if (link->request != CORE_ASKS_NOTHING)
            core_link_failed(link, now_ns);
        link->dialled = false;
        if (peer->active)
            core_neighbour_leave(m, peer, how,
                                 how->down.reason == ROAM_DOWN_LEFT ? CORE_FORGET : CORE_KEEP_FAILED, now_ns);
        core_link_release(link);
    }
    core_promote(m, now_ns);
    core_membership_settle(m, now_ns);
}

/* A message that only a neighbour may send. */
static bool is_for_neighbours(core_message_type type)
{
    return type == CORE_FORWARD_JOIN || type == CORE_SHUFFLE || type == CORE_ADVERTISE;
}

/* The peer counts on this node, in vain: it was told just now, or is told. One that is asked may have kept
 * the place of this node, which has started anew: its answer is on its way. */
static void stranger(core_link *link, uint64_t now_ns)
{
    core_membership *const m = link->membership;
    if (link->request != CORE_ASKS_NOTHING && link->sent)
        return;
    if (link->parted && now_ns - link->parted_ns < m->options.answer_ns)
        return;
    m->counts.refused_stranger++;
    core_neighbour_disconnect(link, m->left);
}

static void handle(core_link *link, const core_message *message, uint64_t now_ns)
{
    core_membership *const m = link->membership;
    if (is_for_neighbours(message->type) && !link->peer->active) {
        stranger(link, now_ns);
        return;
    }
    if (m->left && (message->type == CORE_JOIN || message->type == CORE_NEIGHBOR)) {
        core_neighbour_answer(link, false);
        core_neighbour_disconnect(link, true);
        return;
    }
    switch (message->type) {
    case CORE_JOIN:
        core_on_join(link, message, now_ns);
        break;
    case CORE_FORWARD_JOIN:
        core_on_forward_join(link, message, now_ns);
        break;
    case CORE_NEIGHBOR:
        core_on_neighbor(link, message, now_ns);
        break;
    case CORE_NEIGHBOR_REPLY:
        core_on_neighbor_reply(link, message, now_ns);
        break;
    case CORE_DISCONNECT:
        core_on_disconnect(link, message, now_ns);
        break;
    case CORE_SHUFFLE:
        core_on_shuffle(link, message, now_ns);
        break;
    case CORE_SHUFFLE_REPLY:
        core_on_shuffle_reply(link, message, now_ns);
        break;
    case CORE_ADVERTISE:
        core_on_advertise(link, message, now_ns);
        break;
    }
}

/* What a contact passes on of the joins of a second, twice over, and the walks of others. */
static core_rate rate_of_peer(const core_membership *m)
{
    const uint32_t per_second = 2 * m->options.joins_per_second + 100;
    return (core_rate){.per_second = per_second, .burst = per_second};
}

static core_reject on_message(void *ctx, core_peer *peer, core_span body, uint64_t now_ns)
{
    core_membership *const m = ctx;
    core_link *const link = core_link_get(m, peer);
    if (!link)
        return core_reject_with(ROAM_CLOSE_FAILED);
    m->counts.received++;
    m->counts.bytes_received += body.len;
    if (!core_bucket_take(&link->bucket, rate_of_peer(m), now_ns)) {
        m->counts.refused_rate++;
        return core_reject_none();
    }
    core_message message;
    switch (core_message_read(body, &message)) {
    case CORE_MESSAGE_MALFORMED:
        m->counts.refused_malformed++;
        return core_reject_with(ROAM_CLOSE_PROTOCOL);
    case CORE_MESSAGE_UNKNOWN:
        m->counts.refused_version++;
        return core_reject_none();
    case CORE_MESSAGE_OK:
        break;
    }
    core_membership_enter(m);
    handle(link, &message, now_ns);
    core_promote(m, now_ns);
    core_membership_settle(m, now_ns);
    return core_reject_none();
}

/* ---- The life of it ---- */

static void membership_free(void *ctx)
{
    core_membership *const m = ctx;
    core_heap_set(&m->node->timers, &m->timer, ROAM_NEVER);
    core_contacts_free(m);
    core_links_free(m);
    core_heap_fini(&m->deadlines);
    core_views_fini(&m->views);
    free(m);
}

/* Links of the channels that are up already. */
static int link_channels(core_membership *m)
{
    for (size_t i = 0; i < m->node->peer_count; i++)
        if (core_channel_exists(m->node->peers[i]) && !core_link_get(m, m->node->peers[i]))
            return ROAM_ERR_NO_MEMORY;
    return 0;
}

int roam_membership_start(roam_node *node, const roam_membership_options *options, uint64_t now_ns)
{
    if (node->options.protocol == ROAM_PROTOCOL_RAW || !options_are_valid(options))
        return ROAM_ERR_INVALID_ARGUMENT;
    if (node->channel_hooks)
        return ROAM_ERR_EXISTS;
    core_membership *const m = calloc(1, sizeof *m);
    if (!m)
        return ROAM_ERR_NO_MEMORY;
    m->node = node;
    m->options = *options;
    m->hooks = (core_channel_hooks){
        .ctx = m, .up = on_up, .down = on_down, .message = on_message, .free = membership_free};
    m->shuffle = (core_timer){.owner = m, .fire = on_shuffle};
    m->promote = (core_timer){.owner = m, .fire = on_promote};
    m->timer = (core_timer){.owner = m, .fire = on_timer};
    const core_views_options views = {.active_size = options->active_size,
                                      .passive_size = options->passive_size,
                                      .retry_ns = options->retry_ns,
                                      .retry_max_ns = options->retry_max_ns,
                                      .failures_max = options->failures_max};
    core_heap_init(&m->deadlines);
    if (core_views_init(&m->views, &views) || core_heap_reserve(&m->deadlines, 2) ||
        core_node_reserve_timer(node) || link_channels(m)) {
        membership_free(m);
        return ROAM_ERR_NO_MEMORY;
    }
    /* The first at random, so that the nodes that start together do not shuffle together. */
    const uint64_t phase_ns = core_draw(&node->random, options->shuffle_ns);
    core_heap_set(&m->deadlines, &m->shuffle, core_deadline(now_ns, phase_ns));
    node->channel_hooks = &m->hooks;
    core_membership_enter(m);
    core_membership_settle(m, now_ns);
    return 0;
}

void roam_leave(roam_node *node, uint64_t now_ns)
{
    core_membership *const m = core_membership_of(node);
    if (!m)
        return;
    m->leave_wanted = true;
    core_membership_enter(m);
    core_membership_settle(m, now_ns);
}

void roam_membership_advertise(roam_node *node, const roam_addr *addr, uint64_t now_ns)
{
    core_membership *const m = core_membership_of(node);
    if (!m || roam_addr_equal(&m->options.advertise, addr))
        return;
    core_membership_enter(m);
    m->options.advertise = *addr;
    const core_message message = {.type = CORE_ADVERTISE, .member = core_membership_self(m)};
    for (size_t i = 0; i < m->views.active_count; i++)
        core_link_send(core_link_by_id(m, m->views.active[i].peer), &message);
    core_membership_settle(m, now_ns);
}

size_t roam_active_view(const roam_node *node, roam_peer_id *peers, size_t capacity)
{
    const core_membership *const m = core_membership_of(node);
    const size_t count = m ? m->views.active_count : 0;
    for (size_t i = 0; i < count && i < capacity; i++)
        peers[i] = m->views.active[i].peer;
    return count;
}

size_t roam_passive_view(const roam_node *node, roam_member *members, size_t capacity)
{
    const core_membership *const m = core_membership_of(node);
    const size_t count = m ? m->views.passive_count : 0;
    for (size_t i = 0; i < count && i < capacity; i++)
        members[i] = m->views.passive[i].member;
    return count;
}

void roam_membership_count(const roam_node *node, roam_membership_counts *out)
{
    const core_membership *const m = core_membership_of(node);
    *out = m ? m->counts : (roam_membership_counts){0};
}
