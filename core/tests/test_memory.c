/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory in use over many outages of a connection whose queue is full: it stays. The first outages add some:
 * ngtcp2 keeps the blocks of as many packets and frames as were ever in use at once, which the length of the
 * queue bounds, and 256 gaps in the packet numbers that came. */
#if defined __SANITIZE_ADDRESS__
#include <stddef.h>
size_t __sanitizer_get_current_allocated_bytes(
    void); /* sanitizer/allocator_interface.h, which gcc's packages lack */
#else
#include <malloc.h>
#endif

#include "core/tests/check.h"
#include "core/tests/net_pair.h"

enum { OUTAGES = 450, WARM_UP = 350, QUEUE = 200000, BULK_MESSAGE = 50000, CALLS = 6 };

static void short_queue(roam_node_options *options)
{
    options->max_queued_bytes = QUEUE;
}

static void accepting(roam_node_options *options)
{
    short_queue(options);
    options->accept = true;
}

static size_t bytes_in_use(void)
{
#if defined __SANITIZE_ADDRESS__
    return __sanitizer_get_current_allocated_bytes();
#else
    return mallinfo2().uordblks;
#endif
}

/* Both queues are full when nothing passes any more; calls onto dead paths come and go in the silence. */
static void outage(net_pair *p, int number)
{
    static const uint8_t bytes[BULK_MESSAGE];
    while (roam_send(p->a->node, p->b_at_a, 1, bytes, sizeof bytes) == 0)
        ;
    while (roam_send(p->b->node, p->a_at_b, 1, bytes, sizeof bytes) == 0)
        ;
    net_poke(p->a);
    net_poke(p->b);
    net_run_for(p->net, 200 * NET_MS);
    net_block(p->net, 0, true, true);
    for (int i = 0; i < CALLS; i++) {
        net_migrate(p->a, p->b_at_a, 2 + (number + i) % 3, NET_S + (uint64_t)i * 100 * NET_MS,
                    (roam_migrate_mode)(i % 2), NULL);
        net_run_for(p->net, 3 * NET_S);
    }
    net_block(p->net, 0, false, false);
    net_run_for(p->net, 20 * NET_S);
}

static void test_many_outages(void)
{
    net_pair p = net_pair_new(&(net_pair_options){.change_a = short_queue, .change_b = accepting});
    for (int network = 2; network < NET_NETWORKS; network++)
        net_block(p.net, network, true, true);
    size_t most_at_first = 0, most_then = 0;
    for (int i = 0; i < OUTAGES; i++) {
        const uint64_t before = p.a->messages;
        outage(&p, i);
        CHECK(p.a->messages > before && roam_peer_is_up(p.a->node, p.b_at_a), true,
              "messages after outage %d", i);
        p.a->result_count = p.a->event_count = p.b->result_count = p.b->event_count = 0;
        size_t *most = i < WARM_UP ? &most_at_first : &most_then;
        if (bytes_in_use() > *most)
            *most = bytes_in_use();
    }
    CHECK(most_then <= most_at_first, true, "bytes in use: %zu in the first outages, %zu later",
          most_at_first, most_then);
    net_free(p.net);
}

static const check_test tests[] = {
    {"many outages", test_many_outages},
};

CHECK_MAIN("memory", tests)
