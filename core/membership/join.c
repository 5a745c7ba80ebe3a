/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Joining: contacts, JOIN at the contact, and the walks that spread the news. */
#include "core/membership/internal.h"

#include "core/node/peer.h"
#include "core/tls/identity.h"

#include <stdlib.h>
#include <string.h>

/* Of one peer: it joins, and a while later again if it was not answered. */
#define JOINS_OF_PEER .per_second = 1, .burst = 3

/* ---- Contacts ---- */

core_contact *core_contact_find(const core_membership *m, const char *name)
{
    for (core_contact *contact = m->contacts; contact; contact = contact->next)
        if (strcmp(contact->name, name) == 0)
            return contact;
    return NULL;
}

void core_contact_failed(core_membership *m, const char *name, uint64_t now_ns)
{
    core_contact *const contact = core_contact_find(m, name);
    if (!contact)
        return;
    contact->failures += contact->failures < UINT32_MAX;
    contact->retry_ns = core_passive_retry(&m->views.options, contact->failures, now_ns);
}

void core_contacts_fresh(core_membership *m)
{
    for (core_contact *contact = m->contacts; contact; contact = contact->next) {
        contact->failures = 0;
        contact->retry_ns = 0;
    }
}

static void contact_remove(core_membership *m, core_contact *contact)
{
    core_contact **link = &m->contacts;
    while (*link != contact)
        link = &(*link)->next;
    *link = contact->next;
    free(contact);
}

void core_contacts_free(core_membership *m)
{
    while (m->contacts)
        contact_remove(m, m->contacts);
}

/* The contact of that name, made if need be. NULL: no memory. */
static core_contact *contact_named(core_membership *m, const char *name, bool *is_new)
{
    core_contact *contact = core_contact_find(m, name);
    *is_new = !contact;
    if (contact)
        return contact;
    contact = calloc(1, sizeof *contact);
    if (!contact)
        return NULL;
    memcpy(contact->name, name, strlen(name) + 1);
    core_contact **last = &m->contacts;
    while (*last)
        last = &(*last)->next;
    *last = contact;
    return contact;
}

/* A later attempt can succeed. */
static bool can_be_mended(int status)
{
    return status != ROAM_ERR_NO_MEMORY && status != ROAM_ERR_INVALID_ARGUMENT && status != ROAM_ERR_TLS &&
           status != ROAM_ERR_QUIC;
}

/* Adds the contact, and asks it unless there is no need. */
static int join(core_membership *m, const char *name, const roam_addr *addr, uint64_t now_ns)
{
    bool is_new;
    core_contact *const contact = contact_named(m, name, &is_new);
    if (!contact)
        return ROAM_ERR_NO_MEMORY;
    contact->addr = *addr;
    contact->failures = 0;
    contact->retry_ns = 0;
    int rv = 0;
    if (!core_active_is_full(&m->views) && !core_active_has_name(&m->views, name) &&
        !core_is_asked(m, name)) {
        roam_member target = {.addr = *addr};
        memcpy(target.name, name, strlen(name) + 1);
        rv = core_link_ask(m, &target, false, CORE_ASKS_JOIN, now_ns);
    }
    if (rv && !can_be_mended(rv)) {
        if (is_new)
            contact_remove(m, contact);
        return rv;
    }
    if (rv)
        core_contact_failed(m, name, now_ns);
    m->left = false;
    return 0;
}

int roam_join(roam_node *node, const char *name, const roam_addr *addr, uint64_t now_ns)
{
    core_membership *const m = core_membership_of(node);
    if (!m || !core_name_is_valid(name) || strcmp(name, roam_identity_name(node->options.identity)) == 0 ||
        addr->family == ROAM_FAMILY_NONE || !node->options.callbacks.open_adapter)
        return ROAM_ERR_INVALID_ARGUMENT;
    core_membership_enter(m);
    const int rv = join(m, name, addr, now_ns);
    if (rv == 0)
        core_promote(m, now_ns);
    core_membership_settle(m, now_ns);
    return rv;
}

/* ---- Messages ---- */

void core_on_join(core_link *link, const core_message *message, uint64_t now_ns)
{
    core_membership *const m = link->membership;
    const core_rate rate = {.per_second = m->options.joins_per_second, .burst = m->options.joins_per_second};
    roam_member joining = message->member;
    if (!core_admit_self(link, &joining))
        return;
    if (!core_bucket_take(&link->joins, (core_rate){JOINS_OF_PEER}, now_ns) ||
        !core_bucket_take(&m->joins, rate, now_ns)) {
        m->counts.refused_rate++;
        core_neighbour_answer(link, false);
        return;
    }
    const bool again = core_joins_again(&m->joined, joining.name, m->options.shuffle_ns, now_ns);
    if (again && !link->peer->active && core_active_is_full(&m->views)) {
        m->counts.refused_rate++;
        core_neighbour_answer(link, false);
        return;
    }
    core_neighbour_enter(link, &joining, now_ns);
    core_neighbour_answer(link, true);
    if (again || joining.addr.family == ROAM_FAMILY_NONE)
        return; /* the news of it is under way; or nobody can dial it: it is the one that dials */
    const core_message walk = {
        .type = CORE_FORWARD_JOIN, .ttl = (uint8_t)m->options.active_walk, .member = joining};
    for (size_t i = 0; i < m->views.active_count; i++)
        if (m->views.active[i].peer.value != link->peer->id.value)
            core_link_send(core_link_by_id(m, m->views.active[i].peer), &walk);
}

/* The walk ends here: the joining node is asked, and has to accept. */
static void take_in(core_membership *m, const roam_member *joining, uint64_t now_ns)
{
    if (core_is_asked(m, joining->name) ||
        core_joins_again(&m->joined, joining->name, m->options.shuffle_ns, now_ns))
        return;
    if (m->asked >= CORE_ASKED_MAX || core_link_ask(m, joining, true, CORE_ASKS_HIGH, now_ns))
        core_passive_add(&m->views, &m->node->random, joining, false);
}

void core_on_forward_join(core_link *link, const core_message *message, uint64_t now_ns)
{
    core_membership *const m = link->membership;
    const roam_member *const joining = &message->member;
    if (message->ttl > m->options.active_walk) {
        m->counts.refused_walk++;
        return;
    }
    if (!core_admit(m, joining))
        return;
    const bool is_active = core_active_has_name(&m->views, joining->name);
    const core_peer *const peer = core_peer_known(m, joining->name);
    const core_active *const next =
        core_active_pick(&m->views, &m->node->random, link->peer->id, peer ? peer->id : (roam_peer_id){0});
    if (message->ttl > 0 && next) {
        if (message->ttl == m->options.passive_walk && !is_active)
            core_passive_add(&m->views, &m->node->random, joining, false);
        core_message walk = *message;
        walk.ttl--;
        core_link_send(core_link_by_id(m, next->peer), &walk);
    } else if (!is_active) {
        take_in(m, joining, now_ns);
    }
}
