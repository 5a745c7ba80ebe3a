/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node joins through a contact, and the walks spread the news. */
#include <string.h>

#include "core/membership/tests/overlay.h"
#include "core/tests/check.h"

static void no_shuffles(roam_membership_options *options)
{
    options->shuffle_ns = 1000 * NET_S;
}

/* Both ends have each other, with one PEER_UP each and the connection's CHANNEL_UP before it. */
static void test_two(void)
{
    overlay o = overlay_new(2, no_shuffles);
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, NET_S);
    for (int i = 0; i < 2; i++) {
        const net_host *const host = o.hosts[i], *const other = o.hosts[1 - i];
        CHECK(overlay_active_count(host), 1, "%s: active view", host->name);
        CHECK(overlay_has_active(host, other), true, "%s has the other", host->name);
        CHECK(net_count(host, ROAM_EVENT_PEER_UP), 1, "%s: peer_up", host->name);
        CHECK(net_count(host, ROAM_EVENT_CHANNEL_UP), 1, "%s: channel_up", host->name);
        CHECK(net_count(host, ROAM_EVENT_PEER_DOWN), 0, "%s: peer_down", host->name);
        CHECK(overlay_refused(host), 0, "%s: refused", host->name);
    }
    CHECK(overlay_counts(o.hosts[1]).sent, 1, "messages of the joining node");
    CHECK(overlay_counts(o.hosts[0]).sent, 1, "messages of the contact");
    CHECK(overlay_counts(o.hosts[1]).dials, 1, "dials");
    overlay_free(&o);
}

/* Ten nodes, one a second: connected, symmetric, and no view over its cap. */
static void test_ten(void)
{
    overlay o = overlay_new(10, NULL);
    overlay_join_all(&o, NET_S);
    net_run_for(o.net, 30 * NET_S);
    CHECK(overlay_unreached(&o), 0, "nodes that are not reached");
    CHECK(overlay_lopsided(&o), 0, "links that one end has");
    for (size_t i = 0; i < o.count; i++) {
        CHECK_BETWEEN(overlay_active_count(o.hosts[i]), 1, 5, "active view of %s", o.hosts[i]->name);
        CHECK(net_ups(o.hosts[i]), overlay_active_count(o.hosts[i]), "events of %s", o.hosts[i]->name);
        CHECK(overlay_refused(o.hosts[i]), 0, "refused by %s", o.hosts[i]->name);
    }
    overlay_free(&o);
}

static const check_test tests[] = {{"two", test_two}, {"ten", test_ten}};

CHECK_MAIN("join", tests)
