/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/membership/tests/overlay.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

overlay overlay_new(size_t count, void (*change)(roam_membership_options *options))
{
    static char names[OVERLAY_MAX][8];
    overlay o = {.net = net_new(), .count = count, .change = change};
    assert(count <= OVERLAY_MAX);
    for (size_t i = 0; i < count; i++) {
        snprintf(names[i], sizeof names[i], "n%u", (unsigned)i % OVERLAY_MAX);
        o.hosts[i] = net_add(o.net, names[i], (int)(i % NET_NETWORKS), net_accepting);
        net_listen(o.hosts[i]);
        overlay_start(&o, o.hosts[i]);
    }
    return o;
}

void overlay_free(overlay *o)
{
    net_free(o->net);
}

void overlay_start(const overlay *o, net_host *host)
{
    roam_membership_options options;
    roam_membership_options_default(&options);
    options.advertise = net_addr(host, host->network, 4433);
    if (o->change)
        o->change(&options);
    const int rv = roam_membership_start(host->node, &options, net_now(o->net));
    assert(rv == 0);
    (void)rv;
}

void overlay_join(net_host *host, const net_host *contact)
{
    const roam_addr addr = net_addr(contact, contact->network, 4433);
    const int rv = roam_join(host->node, contact->name, &addr, net_now(host->net));
    assert(rv == 0);
    (void)rv;
    net_poke(host);
}

void overlay_join_all(overlay *o, uint64_t each_ns)
{
    for (size_t i = 1; i < o->count; i++) {
        overlay_join(o->hosts[i], o->hosts[0]);
        net_run_for(o->net, each_ns);
    }
}

bool overlay_has_active(const net_host *host, const net_host *other)
{
    roam_peer_id peers[ROAM_ACTIVE_VIEW_MAX];
    const size_t count = roam_active_view(host->node, peers, ROAM_ACTIVE_VIEW_MAX);
    for (size_t i = 0; i < count; i++)
        if (strcmp(roam_peer_name(host->node, peers[i]), other->name) == 0)
            return true;
    return false;
}

size_t overlay_active_count(const net_host *host)
{
    return roam_active_view(host->node, NULL, 0);
}

const roam_member *overlay_passive(const net_host *host, const char *name)
{
    static roam_member members[ROAM_PASSIVE_VIEW_MAX];
    const size_t count = roam_passive_view(host->node, members, ROAM_PASSIVE_VIEW_MAX);
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i].name, name) == 0)
            return &members[i];
    return NULL;
}

size_t overlay_passive_count(const net_host *host)
{
    return roam_passive_view(host->node, NULL, 0);
}

roam_membership_counts overlay_counts(const net_host *host)
{
    roam_membership_counts counts;
    roam_membership_count(host->node, &counts);
    return counts;
}

size_t overlay_unreached(const overlay *o)
{
    bool reached[OVERLAY_MAX] = {false};
    size_t queue[OVERLAY_MAX], head = 0, tail = 0, up = 0;
    for (size_t i = 0; i < o->count; i++) {
        up += o->hosts[i]->node != NULL;
        if (o->hosts[i]->node && tail == 0) {
            queue[tail++] = i;
            reached[i] = true;
        }
    }
    while (head < tail) {
        const net_host *const from = o->hosts[queue[head++]];
        for (size_t i = 0; i < o->count; i++)
            if (o->hosts[i]->node && !reached[i] && overlay_has_active(from, o->hosts[i])) {
                reached[i] = true;
                queue[tail++] = i;
            }
    }
    return up - tail;
}

size_t overlay_lopsided(const overlay *o)
{
    size_t lopsided = 0;
    for (size_t i = 0; i < o->count; i++)
        for (size_t j = 0; j < o->count; j++)
            if (i != j && o->hosts[i]->node && o->hosts[j]->node &&
                overlay_has_active(o->hosts[i], o->hosts[j]))
                lopsided += !overlay_has_active(o->hosts[j], o->hosts[i]);
    return lopsided;
}

uint64_t overlay_refused(const net_host *host)
{
    const roam_membership_counts c = overlay_counts(host);
    return c.refused_version + c.refused_malformed + c.refused_key + c.refused_walk + c.refused_rate +
           c.refused_unasked + c.refused_stranger + c.refused_address + c.refused_other_key;
}
