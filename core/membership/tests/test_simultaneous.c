/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Both ends dial, or one has lost its connection: one connection stays, and the views with it. */
#include <stdio.h>

#include "core/membership/tests/overlay.h"
#include "core/tests/check.h"

static void quiet(roam_membership_options *options)
{
    options->shuffle_ns = 1000 * NET_S;
}

static void check_one_each(const overlay *o, const char *what)
{
    for (int i = 0; i < 2; i++) {
        const net_host *const host = o->hosts[i];
        CHECK(overlay_has_active(host, o->hosts[1 - i]), true, "%s: %s has the other", what, host->name);
        CHECK(net_count(host, ROAM_EVENT_PEER_UP), 1, "%s: peer_up of %s", what, host->name);
        CHECK(net_count(host, ROAM_EVENT_PEER_DOWN), 0, "%s: peer_down of %s", what, host->name);
        CHECK(net_count(host, ROAM_EVENT_CHANNEL_UP) - net_count(host, ROAM_EVENT_CHANNEL_DOWN), 1,
              "%s: channels of %s", what, host->name);
        CHECK(overlay_refused(host), 0, "%s: refused by %s", what, host->name);
    }
}

/* With every difference between the two, from none to more than a handshake takes. */
static void test_both_join(void)
{
    for (int first = 0; first < 2; first++)
        for (uint64_t later_ms = 0; later_ms <= 120; later_ms += 5) {
            char what[48];
            snprintf(what, sizeof what, "n%d first, the other after %d ms", first, (int)later_ms);
            overlay o = overlay_new(2, quiet);
            overlay_join(o.hosts[first], o.hosts[1 - first]);
            net_run_for(o.net, later_ms * NET_MS);
            overlay_join(o.hosts[1 - first], o.hosts[first]);
            net_run_for(o.net, 30 * NET_S);
            check_one_each(&o, what);
            overlay_free(&o);
        }
}

/* The same in a slow network, on one side of which datagrams take longer. */
static void test_slow(void)
{
    for (uint64_t later_ms = 0; later_ms <= 600; later_ms += 40) {
        char what[48];
        snprintf(what, sizeof what, "slow, the other after %d ms", (int)later_ms);
        overlay o = overlay_new(2, quiet);
        net_delay(o.net, 0, 70 * NET_MS);
        net_delay(o.net, 1, 20 * NET_MS);
        overlay_join(o.hosts[0], o.hosts[1]);
        net_run_for(o.net, later_ms * NET_MS);
        overlay_join(o.hosts[1], o.hosts[0]);
        net_run_for(o.net, 30 * NET_S);
        check_one_each(&o, what);
        overlay_free(&o);
    }
}

/* It crashes, and is back in the same instant. */
static void restart(overlay *o, net_host *host)
{
    net_crash(host);
    net_restart(host, net_accepting);
    net_listen(host);
    overlay_start(o, host);
}

/* A neighbour crashes and is back before anybody notices: its new connection replaces the old one, and the
 * other end sees neither peer_down nor peer_up. */
static void test_restart(void)
{
    overlay o = overlay_new(2, quiet);
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, NET_S);
    restart(&o, o.hosts[1]);
    o.hosts[1]->event_count = 0;
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, NET_S);
    CHECK(net_last(o.hosts[0], ROAM_EVENT_CHANNEL_DOWN)->down.reason, ROAM_DOWN_REPLACED, "the channel");
    CHECK(net_count(o.hosts[0], ROAM_EVENT_CHANNEL_UP), 2, "channels");
    check_one_each(&o, "restarted");
    overlay_free(&o);
}

static void often(roam_membership_options *options)
{
    options->shuffle_ns = 10 * NET_MS;
}

/* The other end goes on shuffling with the neighbour that it has kept, which does not know of that yet: it
 * has asked, and waits for the answer. */
static void test_restart_while_shuffling(void)
{
    overlay o = overlay_new(2, often);
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, NET_S);
    restart(&o, o.hosts[1]);
    o.hosts[1]->event_count = 0;
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, NET_S);
    check_one_each(&o, "restarted");
    overlay_free(&o);
}

/* It is back without joining: it is told as a neighbour, says that it is none, and is asked anew. */
static void test_forgetful(void)
{
    overlay o = overlay_new(2, NULL);
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, NET_S);
    restart(&o, o.hosts[1]);
    net_dial(o.hosts[1], o.hosts[0]); /* the application's */
    net_run_for(o.net, 500 * NET_MS);
    CHECK(overlay_has_active(o.hosts[0], o.hosts[1]), true, "one end has it ...");
    CHECK(overlay_has_active(o.hosts[1], o.hosts[0]), false, "... the other has not");
    net_run_for(o.net, 15 * NET_S); /* with the next shuffle */
    CHECK(overlay_has_active(o.hosts[0], o.hosts[1]), true, "both ends");
    CHECK(overlay_has_active(o.hosts[1], o.hosts[0]), true, "have each other");
    overlay_free(&o);
}

static const check_test tests[] = {{"both join", test_both_join},
                                   {"slow", test_slow},
                                   {"restart", test_restart},
                                   {"restart while shuffling", test_restart_while_shuffling},
                                   {"forgetful", test_forgetful}};

CHECK_MAIN("simultaneous", tests)
