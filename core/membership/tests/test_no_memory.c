/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of a membership, and what happens when there is none. */
#include <stdio.h>

#include "core/membership/tests/overlay.h"
#include "core/tests/allocation.h"
#include "core/tests/check.h"

/* Each allocation of roam_membership_start fails once: nothing is left of it, and it can be started then. */
static void test_start(void)
{
    net_fixture *const net = net_new();
    net_host *const host = net_add(net, "a", 0, net_accepting);
    roam_membership_options options;
    roam_membership_options_default(&options);
    int failed = 0, rv = ROAM_ERR_NO_MEMORY;
    for (; rv && failed < 100; failed++) {
        const size_t before = allocation_look().bytes;
        allocation_fail_after((uint64_t)failed);
        rv = roam_membership_start(host->node, &options, 0);
        allocation_fail_after(UINT64_MAX);
        if (rv == 0)
            break;
        CHECK(rv, ROAM_ERR_NO_MEMORY, "failure %d", failed);
        /* The heap of the node's timers may have grown, and is the node's. */
        CHECK_AT_MOST(allocation_look().bytes - before, 256, "bytes left after failure %d", failed);
        CHECK(roam_active_view(host->node, NULL, 0), 0, "membership after failure %d", failed);
    }
    CHECK_BETWEEN(failed, 4, 10, "allocations");
    net_free(net);
}

/* Each allocation of roam_join fails once: it says so, and a later one joins. */
static void test_join(void)
{
    int failed = 0, rv = ROAM_ERR_NO_MEMORY;
    allocation_spare_tls();
    for (; rv && failed < 1000; failed++) {
        overlay o = overlay_new(2, NULL);
        const roam_addr addr = net_addr(o.hosts[0], 0, 4433);
        allocation_fail_after((uint64_t)failed);
        rv = roam_join(o.hosts[1]->node, "n0", &addr, 0);
        allocation_fail_after(UINT64_MAX);
        CHECK(rv == 0 || rv == ROAM_ERR_NO_MEMORY || rv == ROAM_ERR_TLS || rv == ROAM_ERR_QUIC, true,
              "failure %d: %d", failed, rv);
        net_poke(o.hosts[1]);
        net_run_for(o.net, NET_S);
        CHECK(overlay_active_count(o.hosts[1]), rv == 0, "active view after failure %d", failed);
        overlay_join(o.hosts[1], o.hosts[0]);
        net_run_for(o.net, NET_S);
        CHECK(overlay_has_active(o.hosts[0], o.hosts[1]), true, "joined after failure %d", failed);
        overlay_free(&o);
    }
    CHECK_AT_LEAST(failed, 10, "allocations");
}

static uint64_t fail_next;

static void fail_at_up(net_host *host, const roam_event *event, uint64_t now_ns)
{
    (void)now_ns;
    if (event->kind != ROAM_EVENT_CHANNEL_UP)
        return;
    allocation_fail_after(fail_next);
    host->on_event = NULL;
}

/* When a channel comes up there is no memory for what is kept of it: it is made with the first message. */
static void test_channel(void)
{
    for (fail_next = 0; fail_next < 3; fail_next++) {
        overlay o = overlay_new(2, NULL);
        o.hosts[0]->on_event = fail_at_up;
        overlay_join(o.hosts[1], o.hosts[0]);
        const uint64_t before = allocation_look().failed;
        net_run_for(o.net, 10 * NET_S); /* the third is the answer, which is asked for again */
        allocation_fail_after(UINT64_MAX);
        CHECK(allocation_look().failed - before, 1, "failures");
        CHECK(overlay_has_active(o.hosts[0], o.hosts[1]), true, "joined after failure %d", (int)fail_next);
        overlay_free(&o);
    }
}

/* Views, walks and all: what a node has of it before the first channel, and with each. */
static void test_bytes(void)
{
    overlay o = overlay_new(1, NULL);
    net_host *const host = net_add(o.net, "a", 0, net_accepting);
    const size_t before = allocation_look().bytes;
    overlay_start(&o, host);
    const size_t bytes = allocation_look().bytes - before;
    printf("(%d bytes) ", (int)bytes);
    CHECK_AT_MOST(bytes, 16384, "bytes of a membership");
    overlay_free(&o);
}

static const check_test tests[] = {
    {"start", test_start}, {"join", test_join}, {"channel", test_channel}, {"bytes", test_bytes}};

CHECK_MAIN("no memory", tests)
