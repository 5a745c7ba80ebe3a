/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bytes that a hostile member sends as a message arrive as they are, from a node without membership too. */
#include "core/roam_membership.h"
#include "core/tests/check.h"
#include "core/tests/net_pair.h"

static void test_forge(void)
{
    static const uint8_t later_version[4096] = {2, 1};
    const net_pair p = net_pair_new(NULL);
    roam_membership_options options;
    roam_membership_options_default(&options);
    CHECK(roam_membership_start(p.b->node, &options, net_now(p.net)), 0, "start");
    CHECK(roam_membership_forge(p.a->node, p.b_at_a, later_version, 2), 0, "two bytes");
    CHECK(roam_membership_forge(p.a->node, p.b_at_a, later_version, sizeof later_version), 0, "many");
    net_poke(p.a);
    net_run_for(p.net, NET_S);
    roam_membership_counts counts;
    roam_membership_count(p.b->node, &counts);
    CHECK(counts.received, 2, "received");
    CHECK(counts.refused_version, 2, "refused");
    CHECK(counts.bytes_received, 2 + sizeof later_version, "bytes");
    net_free(p.net);
}

static void test_errors(void)
{
    static const uint8_t bytes[4097] = {1, 1};
    const net_pair p = net_pair_new(NULL);
    const roam_peer_id nobody = {1000};
    CHECK(roam_membership_forge(p.a->node, nobody, bytes, 2), ROAM_ERR_UNKNOWN_PEER, "to nobody");
    CHECK(roam_membership_forge(p.a->node, p.b_at_a, bytes, sizeof bytes), ROAM_ERR_TOO_LARGE, "long");
    for (int i = 0; i < 15; i++)
        CHECK(roam_membership_forge(p.a->node, p.b_at_a, bytes, 4096), 0, "frame %d", i);
    CHECK(roam_membership_forge(p.a->node, p.b_at_a, bytes, 4096), ROAM_ERR_WOULD_BLOCK, "no room");
    net_crash(p.b);
    net_run_for(p.net, 100 * NET_S);
    CHECK(roam_membership_forge(p.a->node, p.b_at_a, bytes, 2), ROAM_ERR_NOT_CONNECTED, "peer is gone");
    net_free(p.net);
}

static const check_test tests[] = {{"forge", test_forge}, {"errors", test_errors}};

CHECK_MAIN("forge", tests)
