/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Partitions of the internet core: what passes between sets of networks, and what does not. */
#include "core/tests/check.h"
#include "sim/tests/lab.h"

#include <CUnit/Basic.h>

#define SETS(...)                                                                                            \
    {                                                                                                        \
        .set_count = 2, .set_of = (const uint32_t[NETWORKS])                                                 \
        {                                                                                                    \
            __VA_ARGS__                                                                                      \
        }                                                                                                    \
    }

static const scenario_partition APART = SETS([WIFI] = 1, [DATACENTRE] = 2);
static const scenario_partition TOGETHER = SETS([WIFI] = 1, [DATACENTRE] = 1, [CELLULAR] = 2);
static const scenario_partition BESIDE = SETS([WIFI] = 1, [CELLULAR] = 2);
static const scenario_partition OTHERS = SETS([TINY] = 1, [CELLULAR] = 2);

static void begin(lab *l, const scenario_partition *partition)
{
    CHECK(internet_part(internet_outside(l->internet), partition), 0, "part");
}

static void end(lab *l, const scenario_partition *partition)
{
    internet_rejoin(internet_outside(l->internet), partition);
}

/* Sends one datagram to the far host, and tells whether it arrived; one that does not is dropped in the core.
 */
static bool passes(lab *l, const roam_adapter *client, const roam_addr *to)
{
    const uint64_t now_ns = n3_world_now_ns(l->n3);
    const size_t before = l->received_count;
    CHECK(lab_send(l, client, to, 100), 0, "send");
    lab_run(l, now_ns + 100 * MS);
    const seen_packet *const last = &l->packets[l->packet_count - 1];
    const bool arrived = l->received_count > before;
    CHECK_STRING(observer_drop_name(last->packet.drop), arrived ? "" : "partition", "drop");
    if (!arrived) {
        CHECK(last->packet.node, A, "node");
        CHECK(last->packet.up, true, "up");
        CHECK(last->at_ns, now_ns + 8102400, "at the end of the way up");
    }
    return arrived;
}

static void test_sets(void)
{
    static const struct {
        const char *name;
        const scenario_partition *first, *second;
        bool passes, passes_without_first;
    } cases[] = {
        {"one of different sets", &APART, NULL, false, true},
        {"one of the same set", &TOGETHER, NULL, true, true},
        {"the receiver in no set", &BESIDE, NULL, true, true},
        {"both in no set", &OTHERS, NULL, true, true},
        {"two, one parts", &APART, &TOGETHER, false, true},
        {"two, the other parts", &TOGETHER, &APART, false, false},
        {"twice the same", &APART, &APART, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lab *const l = lab_new();
        lab_attach(l, A, WIFI);
        roam_adapter *const listener = lab_listen(l, B, lab_attach(l, B, DATACENTRE));
        const roam_addr *const to = roam_adapter_local(listener);
        roam_adapter *const client = lab_open(l, A, to);
        CHECK(passes(l, client, to), true, "%s: before", cases[i].name);
        begin(l, cases[i].first);
        if (cases[i].second)
            begin(l, cases[i].second);
        CHECK(passes(l, client, to), cases[i].passes, "%s", cases[i].name);
        end(l, cases[i].first);
        CHECK(passes(l, client, to), cases[i].passes_without_first, "%s: the first over", cases[i].name);
        if (cases[i].second)
            end(l, cases[i].second);
        CHECK(passes(l, client, to), true, "%s: after", cases[i].name);
        const access_counts up = host_count(l->hosts[A], &l->networks[WIFI], true);
        CHECK(up.packets, 4, "%s: packets", cases[i].name);
        CHECK(up.delivered + up.dropped_partition, 4, "%s: delivered or dropped", cases[i].name);
        CHECK(up.dropped_partition, !cases[i].passes + !cases[i].passes_without_first, "%s: dropped",
              cases[i].name);
        roam_adapter_free(client);
        roam_adapter_free(listener);
        lab_free(l);
    }
}

/* Hosts of one network hear each other, whatever sets there are. */
static void test_one_network(void)
{
    lab *const l = lab_new();
    lab_attach(l, A, WIFI);
    roam_adapter *const listener = lab_listen(l, B, lab_attach(l, B, WIFI));
    const roam_addr *const to = roam_adapter_local(listener);
    roam_adapter *const client = lab_open(l, A, to);
    begin(l, &APART);
    CHECK(passes(l, client, to), true, "one network");
    roam_adapter_free(client);
    roam_adapter_free(listener);
    lab_free(l);
}

static const check_test TESTS[] = {{"sets", test_sets}, {"one network", test_one_network}};
CHECK_MAIN("partition", TESTS)
