/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node leaves the overlay, and comes back. */
#include "core/membership/tests/overlay.h"
#include "core/membership/tests/puppet.h"
#include "core/tests/check.h"

static void check_gone(const overlay *o, const net_host *left)
{
    for (size_t i = 0; i < o->count; i++) {
        const net_host *const host = o->hosts[i];
        if (host == left)
            continue;
        CHECK(overlay_has_active(host, left), false, "%s has it in the active view", host->name);
        CHECK(net_ups(host), overlay_active_count(host), "events of %s", host->name);
    }
}

/* Its neighbours forget it, and are told why; both views are empty at once, the events come in the step. */
static void test_leave(void)
{
    overlay o = overlay_new(12, NULL);
    overlay_join_all(&o, NET_S);
    net_run_for(o.net, 20 * NET_S);
    net_host *const host = o.hosts[2];
    CHECK_AT_LEAST(overlay_passive_count(host), 1, "passive view before");
    const size_t active = overlay_active_count(host), downs = net_count(host, ROAM_EVENT_PEER_DOWN);
    CHECK_AT_LEAST(active, 2, "active view before");
    roam_leave(host->node, net_now(o.net));
    CHECK(overlay_active_count(host), 0, "active view");
    CHECK(overlay_passive_count(host), 0, "passive view");
    CHECK(net_count(host, ROAM_EVENT_PEER_DOWN) - downs, 0, "peer_down before the step");
    net_poke(host);
    CHECK(net_count(host, ROAM_EVENT_PEER_DOWN) - downs, active, "peer_down");
    CHECK(net_last(host, ROAM_EVENT_PEER_DOWN)->down.reason, ROAM_DOWN_LEFT, "reason");
    net_run_for(o.net, 30 * NET_S);
    CHECK(overlay_active_count(host), 0, "active view later");
    check_gone(&o, host);
    o.hosts[2] = o.hosts[--o.count]; /* the others alone */
    CHECK(overlay_unreached(&o), 0, "nodes that are not reached");
    overlay_free(&o);
}

/* It answers with no while it is away, and says that it has left; then it joins again. */
static void test_return(void)
{
    overlay o = overlay_new(2, NULL);
    puppet x;
    puppet_init(&x, o.net, "x");
    puppet_connect(&x, o.hosts[1]);
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, NET_S);
    roam_leave(o.hosts[1]->node, net_now(o.net));
    net_poke(o.hosts[1]);
    puppet_ask(&x, true);
    CHECK(puppet_last(&x, CORE_NEIGHBOR_REPLY)->flag, false, "accepted");
    CHECK(puppet_last(&x, CORE_DISCONNECT)->flag, true, "left");
    puppet_join(&x);
    CHECK(puppet_count(&x, CORE_NEIGHBOR_REPLY), 2, "replies");
    CHECK(puppet_last(&x, CORE_NEIGHBOR_REPLY)->flag, false, "accepted");
    net_run_for(o.net, 10 * NET_S);
    CHECK(overlay_active_count(o.hosts[0]), 0, "active view of the other");
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, NET_S);
    CHECK(overlay_has_active(o.hosts[0], o.hosts[1]), true, "back");
    CHECK(net_ups(o.hosts[0]), 1, "peer_up and peer_down");
    puppet_ask(&x, true);
    CHECK(puppet_last(&x, CORE_NEIGHBOR_REPLY)->flag, true, "accepted again");
    overlay_free(&o);
}

/* The channel that it dialled is closed after the linger time; a dial under way at once. */
static void test_channels(void)
{
    overlay o = overlay_new(2, NULL);
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, NET_S);
    roam_leave(o.hosts[1]->node, net_now(o.net));
    net_poke(o.hosts[1]);
    net_run_for(o.net, NET_S - 1);
    CHECK(net_count(o.hosts[1], ROAM_EVENT_CHANNEL_DOWN), 0, "before 1 s");
    net_run_for(o.net, 1);
    CHECK(net_count(o.hosts[1], ROAM_EVENT_CHANNEL_DOWN), 1, "after 1 s");
    net_crash(o.hosts[0]);
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, NET_S);
    roam_leave(o.hosts[1]->node, net_now(o.net));
    net_poke(o.hosts[1]);
    CHECK(net_count(o.hosts[1], ROAM_EVENT_CHANNEL_DOWN), 2, "of the dial under way");
    net_run_for(o.net, 100 * NET_S);
    CHECK(overlay_counts(o.hosts[1]).dials, 2, "its contact is forgotten");
    overlay_free(&o);
}

static void leave_at_once(net_host *host, const roam_event *event, uint64_t now_ns)
{
    if (event->kind == ROAM_EVENT_PEER_UP)
        roam_leave(host->node, now_ns);
}

/* From a callback. */
static void test_callback(void)
{
    overlay o = overlay_new(2, NULL);
    o.hosts[0]->on_event = leave_at_once;
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, NET_S);
    for (int i = 0; i < 2; i++) {
        CHECK(overlay_active_count(o.hosts[i]), 0, "active view of n%d", i);
        CHECK(net_count(o.hosts[i], ROAM_EVENT_PEER_UP), 1, "peer_up of n%d", i);
        CHECK(net_count(o.hosts[i], ROAM_EVENT_PEER_DOWN), 1, "peer_down of n%d", i);
    }
    overlay_free(&o);
}

static bool leave_when_asked(void *user_data, const roam_addr *addr)
{
    (void)addr;
    net_host **const host = user_data;
    if (*host)
        roam_leave((*host)->node, net_now((*host)->net));
    return true;
}

static net_host *leaving;

static void asks_back(roam_membership_options *options)
{
    options->may_dial = leave_when_asked;
    options->user_data = &leaving;
}

/* From may_dial, in the middle of a message. */
static void test_may_dial(void)
{
    overlay o = overlay_new(3, asks_back);
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, NET_S);
    leaving = o.hosts[0];
    overlay_join(o.hosts[2], o.hosts[0]);
    net_run_for(o.net, NET_S);
    leaving = NULL;
    CHECK(overlay_active_count(o.hosts[0]), 0, "active view");
    CHECK(net_ups(o.hosts[0]), 0, "events");
    CHECK(overlay_has_active(o.hosts[1], o.hosts[0]), false, "the first");
    overlay_free(&o);
}

/* What cannot be called. */
static void test_arguments(void)
{
    overlay o = overlay_new(2, NULL);
    const roam_addr addr = net_addr(o.hosts[1], 1, 4433), none = {0};
    roam_node *const node = o.hosts[0]->node;
    CHECK(roam_join(node, "n0", &addr, 0), ROAM_ERR_INVALID_ARGUMENT, "itself");
    CHECK(roam_join(node, "", &addr, 0), ROAM_ERR_INVALID_ARGUMENT, "no name");
    CHECK(roam_join(node, "n1", &none, 0), ROAM_ERR_INVALID_ARGUMENT, "no address");
    net_host *const plain = net_add(o.net, "plain", 0, NULL);
    CHECK(roam_join(plain->node, "n1", &addr, 0), ROAM_ERR_INVALID_ARGUMENT, "no membership");
    roam_leave(plain->node, 0);
    roam_membership_advertise(plain->node, &addr, 0);
    o.hosts[0]->refuse_adapters = true;
    CHECK(roam_join(node, "n1", &addr, 0), 0, "no adapter now: later");
    net_run_for(o.net, NET_S / 2);
    o.hosts[0]->refuse_adapters = false;
    net_run_for(o.net, NET_S);
    CHECK(overlay_has_active(o.hosts[0], o.hosts[1]), true, "joined after a second");
    overlay_free(&o);
}

static const check_test tests[] = {{"leave", test_leave},
                                   {"return", test_return},
                                   {"channels", test_channels},
                                   {"from a callback", test_callback},
                                   {"from may_dial", test_may_dial},
                                   {"arguments", test_arguments}};

CHECK_MAIN("leave", tests)
