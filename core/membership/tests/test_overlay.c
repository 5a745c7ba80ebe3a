/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hundred nodes: the overlay forms, stays connected, and heals. And what is no event of it: a migration. */
#include <stdio.h>
#include <string.h>

#include "core/membership/tests/overlay.h"
#include "core/membership/tests/puppet.h"
#include "core/tests/check.h"

enum { NODES = 100, CRASHED = 30, ACTIVE = 5, PASSIVE = 30 };

static void check_whole(const overlay *o, const char *when)
{
    size_t links = 0, up = 0;
    CHECK(overlay_unreached(o), 0, "%s: nodes that are not reached", when);
    CHECK(overlay_lopsided(o), 0, "%s: links that one end has", when);
    for (size_t i = 0; i < o->count; i++) {
        const net_host *const host = o->hosts[i];
        if (!host->node)
            continue;
        up++;
        links += overlay_active_count(host);
        CHECK_BETWEEN(overlay_active_count(host), 1, ACTIVE, "%s: active view of %s", when, host->name);
        CHECK(net_ups(host), overlay_active_count(host), "%s: events of %s", when, host->name);
        CHECK(overlay_refused(host), 0, "%s: refused by %s", when, host->name);
    }
    CHECK_AT_LEAST(10 * links, 45 * up, "%s: links of %d nodes, ten times", when, (int)up);
}

/* One at a time, 20 a second, through one contact: nothing of it is over a rate. */
static void test_forms(void)
{
    overlay o = overlay_new(NODES, NULL);
    overlay_join_all(&o, 50 * NET_MS);
    net_run_for(o.net, 30 * NET_S);
    check_whole(&o, "after 30 s");
    size_t passive = 0;
    for (size_t i = 0; i < NODES; i++)
        passive += overlay_passive_count(o.hosts[i]);
    CHECK_BETWEEN(passive, NODES * (PASSIVE - 5), NODES * PASSIVE, "members of passive views");
    net_run_for(o.net, 60 * NET_S);
    check_whole(&o, "after 90 s");
    overlay_free(&o);
}

/* A third vanishes at once. Two nets ticks later each of the others has found new neighbours. */
static void test_heals(void)
{
    overlay o = overlay_new(NODES, NULL);
    overlay_join_all(&o, 50 * NET_MS);
    net_run_for(o.net, 60 * NET_S);
    for (size_t i = 0; i < CRASHED; i++)
        net_crash(o.hosts[(i * 7 + 3) % NODES]);
    net_run_for(o.net, 120 * NET_S);
    check_whole(&o, "healed");
    for (size_t i = 0; i < NODES; i++)
        for (size_t j = 0; o.hosts[i]->node && j < NODES; j++)
            if (!o.hosts[j]->node)
                CHECK(overlay_has_active(o.hosts[i], o.hosts[j]), false, "%s has %s", o.hosts[i]->name,
                      o.hosts[j]->name);
    overlay_free(&o);
}

/* Two halves that hear nothing of each other, each with neighbours of its own, and then they do again. */
static bool across(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    const bool *const parted = user;
    return *parted && (from->bytes[1] < 3) != (datagram->remote.bytes[1] < 3);
}

static void test_parted(void)
{
    bool parted = false;
    overlay o = overlay_new(40, NULL);
    net_filter(o.net, across, &parted);
    overlay_join_all(&o, 50 * NET_MS);
    net_run_for(o.net, 60 * NET_S);
    parted = true;
    net_run_for(o.net, 80 * NET_S); /* the net tick, and some of the back-off */
    for (size_t i = 0; i < o.count; i++)
        CHECK_AT_LEAST(overlay_active_count(o.hosts[i]), 1, "active view of %s", o.hosts[i]->name);
    CHECK(overlay_unreached(&o), 19, "the other half is not reached"); /* networks 3 to 5 */
    parted = false;
    net_run_for(o.net, 60 * NET_S);
    CHECK(overlay_unreached(&o), 0, "nodes that are not reached");
    overlay_free(&o);
}

/* ---- No events of membership ---- */

static void test_migration(void)
{
    overlay o = overlay_new(8, NULL);
    overlay_join_all(&o, NET_S);
    net_run_for(o.net, 30 * NET_S);
    net_host *const host = o.hosts[4]; /* in network 4 */
    roam_peer_id peers[ACTIVE];
    const size_t count = roam_active_view(host->node, peers, ACTIVE);
    size_t events[8], moved = 0, rebound = 0;
    const uint16_t first_port = host->next_port;
    for (size_t i = 0; i < o.count; i++)
        events[i] = net_count(o.hosts[i], ROAM_EVENT_PEER_UP) + net_count(o.hosts[i], ROAM_EVENT_PEER_DOWN);
    for (size_t i = 0; i < count; i++)
        CHECK(net_migrate(host, peers[i], 5, NET_S, ROAM_VALIDATE_FIRST, NULL), true, "taken");
    net_poke(host);
    net_run_for(o.net, 2 * NET_S);
    for (size_t i = 0; i < host->result_count; i++)
        moved += host->results[i].record.result == ROAM_OK;
    CHECK_AT_LEAST(moved, 1, "connections that moved");
    for (uint16_t port = first_port; port < host->next_port; port++) { /* and a NAT moves them again */
        const roam_addr inside = net_addr(host, 5, port),
                        outside = net_addr(host, 5, (uint16_t)(port + 10000));
        net_nat(o.net, &inside, &outside);
    }
    net_run_for(o.net, 30 * NET_S);
    for (size_t i = 0; i < o.count; i++)
        rebound += net_count(o.hosts[i], ROAM_EVENT_REBOUND);
    CHECK_AT_LEAST(rebound, 1, "connections that a NAT moved");
    for (size_t i = 0; i < o.count; i++)
        CHECK(net_count(o.hosts[i], ROAM_EVENT_PEER_UP) + net_count(o.hosts[i], ROAM_EVENT_PEER_DOWN),
              events[i], "events of %s", o.hosts[i]->name);
    overlay_free(&o);
}

/* The peers with which the watchdog has called for a migration. */
typedef struct called {
    roam_peer_id peers[64];
    size_t count;
} called;

static void on_called(void *done_data, roam_peer_id peer, uint64_t now_ns)
{
    called *const c = done_data;
    (void)now_ns;
    if (c->count < 64)
        c->peers[c->count++] = peer;
}

/* The page's watchdog, on a node with a full active view: it samples those peers and no others. */
static void test_watchdog(void)
{
    overlay o = overlay_new(12, NULL);
    overlay_join_all(&o, NET_S);
    net_host *const host = o.hosts[6]; /* in network 0 */
    for (int i = 0; i < 60 && overlay_active_count(host) < ACTIVE; i++)
        net_run_for(o.net, 10 * NET_S);
    CHECK(overlay_active_count(host), ACTIVE, "active view");
    for (size_t i = 0; i < o.count; i++) { /* channels to all others */
        const roam_addr addr = net_addr(o.hosts[i], o.hosts[i]->network, 4433);
        roam_peer_id id;
        if (o.hosts[i] != host)
            (void)!roam_dial(host->node, o.hosts[i]->name, &addr, NULL, net_now(o.net), &id);
    }
    net_poke(host);
    net_run_for(o.net, NET_S);
    called c = {0};
    roam_watchdog *watchdog;
    roam_watchdog_options options;
    roam_watchdog_options_default(&options);
    options.called = on_called;
    options.migrate.done_data = &c;
    net_delay(o.net, 0, 300 * NET_MS);
    CHECK(roam_watchdog_new(host->node, &options, net_now(o.net), &watchdog), 0, "new");
    for (int i = 0; i < 104; i++) {
        for (size_t j = 0; j < o.count; j++) {
            const roam_peer_id peer = roam_peer_find(host->node, o.hosts[j]->name);
            if (o.hosts[j] != host && roam_send(host->node, peer, 1, "x", 1))
                CHECK(roam_peer_is_up(host->node, peer), true, "channel to %s", o.hosts[j]->name);
        }
        net_poke(host);
        net_run_for(o.net, 100 * NET_MS);
    }
    CHECK(c.count, ACTIVE, "calls after two samples");
    for (size_t i = 0; i < c.count; i++) {
        bool active = false;
        roam_peer_id peers[ACTIVE];
        const size_t count = roam_active_view(host->node, peers, ACTIVE);
        for (size_t j = 0; j < count; j++)
            active = active || peers[j].value == c.peers[i].value;
        CHECK(active, true, "%s is active", roam_peer_name(host->node, c.peers[i]));
    }
    overlay_free(&o);
}

static const check_test tests[] = {{"forms", test_forms},
                                   {"heals", test_heals},
                                   {"parted", test_parted},
                                   {"migration", test_migration},
                                   {"watchdog", test_watchdog}};

CHECK_MAIN("overlay", tests)
