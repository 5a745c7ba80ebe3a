/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What waits for what when streams share a connection: new data of one does not wait until all that others
 * lost was sent again (RFC 9000 section 2.3). */
#include "core/tests/check.h"
#include "core/tests/net_pair.h"

#define ONE_WAY_NS (20 * NET_MS)
#define ROUND_TRIP_NS (2 * ONE_WAY_NS)

enum { BULK = 1, SMALL = 0, BULK_MESSAGE = 60000, BULK_MESSAGES = 60, SMALL_DATAGRAM = 500 };

typedef struct loss {
    bool on; /* of the datagrams of a that are not small */
    uint64_t count;
} loss;

static bool lose_the_large(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    loss *large = user;
    const bool lost = large->on && from->bytes[1] == 0 && datagram->len > SMALL_DATAGRAM;
    large->count += lost;
    return lost;
}

static void count_smalls(net_host *host, const roam_message *message, uint64_t now_ns)
{
    (void)now_ns;
    uint64_t *smalls = host->user;
    *smalls += message->key == SMALL;
}

/* A bulk loses a window of hundreds of packets. Each small message afterwards arrives within one and a half
 * round trips: for some the congestion window has no room until an acknowledgement comes. */
static void small_messages_beside_a_lost_window(unsigned round_trips)
{
    static const uint8_t bytes[BULK_MESSAGE];
    loss large = {.on = false};
    uint64_t smalls = 0; /* that arrived */
    net_pair p = net_pair_new(NULL);
    p.b->user = &smalls;
    p.b->on_message = count_smalls;
    net_filter(p.net, lose_the_large, &large);
    for (size_t i = 0; i < BULK_MESSAGES; i++)
        net_send(p.a, p.b_at_a, BULK, bytes, sizeof bytes);
    net_run_for(p.net, round_trips * ROUND_TRIP_NS);
    large.on = true;
    net_run_for(p.net, 2 * ROUND_TRIP_NS);
    large.on = false;
    uint64_t sent = 0, worst_ns = 0;
    while (p.b->messages < BULK_MESSAGES + sent) {
        const uint64_t before = smalls, since_ns = net_now(p.net);
        net_send(p.a, p.b_at_a, SMALL, "small", 5);
        sent++;
        while (smalls == before && net_now(p.net) - since_ns < NET_S)
            net_run_for(p.net, NET_MS);
        if (net_now(p.net) - since_ns > worst_ns)
            worst_ns = net_now(p.net) - since_ns;
        if (!CHECK(smalls, sent, "small messages, %u round trips", round_trips))
            break;
    }
    CHECK(large.count > 150, true, "%d packets were lost, %u round trips", (int)large.count, round_trips);
    CHECK(sent > 5, true, "%d small messages were sent, %u round trips", (int)sent, round_trips);
    CHECK(worst_ns <= ROUND_TRIP_NS + ONE_WAY_NS, true, "the slowest took %d ms, %u round trips",
          (int)(worst_ns / NET_MS), round_trips);
    net_free(p.net);
}

static void test_small_messages_beside_a_lost_window(void)
{
    for (unsigned round_trips = 4; round_trips <= 6; round_trips++)
        small_messages_beside_a_lost_window(round_trips);
}

static const check_test tests[] = {
    {"small messages beside a lost window", test_small_messages_beside_a_lost_window},
};

CHECK_MAIN("turns", tests)
