/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --quic KEY=VALUE: which option of the core a key sets, and what is no value of it. */
#include "core/tests/check.h"
#include "tools/node/quic.h"

#include <stddef.h>
#include <string.h>

typedef struct taken_case {
    const char *text;
    size_t offset, size; /* of the option in roam_node_options */
    uint64_t value;
} taken_case;

#define OPTION(member) offsetof(roam_node_options, member), sizeof((roam_node_options *)NULL)->member

static const taken_case TAKEN[] = {
    {"active_connection_id_limit=2", OPTION(active_connection_id_limit), 2},
    {"active_connection_id_limit=8", OPTION(active_connection_id_limit), 8},
    {"congestion=cubic", OPTION(quic.congestion), ROAM_CONGESTION_CUBIC},
    {"congestion=reno", OPTION(quic.congestion), ROAM_CONGESTION_RENO},
    {"congestion=bbr", OPTION(quic.congestion), ROAM_CONGESTION_BBR},
    {"initial_window=2", OPTION(quic.initial_window), 2},
    {"initial_window=65536", OPTION(quic.initial_window), 65536},
    {"pmtud=true", OPTION(quic.pmtud), true},
    {"pmtud=false", OPTION(quic.pmtud), false},
    {"ecn=true", OPTION(quic.ecn), true},
    {"ecn=false", OPTION(quic.ecn), false},
    {"max_idle=0s", OPTION(idle_timeout_ns), 0},
    {"max_idle=90s", OPTION(idle_timeout_ns), UINT64_C(90000000000)},
    {"max_ack_delay=0ms", OPTION(quic.max_ack_delay_ns), 0},
    {"max_ack_delay=16383ms", OPTION(quic.max_ack_delay_ns), UINT64_C(16383000000)},
    {"ack_delay_exponent=0", OPTION(quic.ack_delay_exponent), 0},
    {"ack_delay_exponent=20", OPTION(quic.ack_delay_exponent), 20},
    {"ack_every=1", OPTION(quic.ack_every), 1},
    {"ack_every=65536", OPTION(quic.ack_every), 65536},
    {"rotate_connection_ids=1ms", OPTION(quic.rotate_connection_ids_ns), 1000000},
    {"retire_connection_ids=10s", OPTION(quic.retire_connection_ids_ns), UINT64_C(10000000000)}};

static uint64_t load(const roam_node_options *options, const taken_case *row)
{
    uint64_t wide = 0;
    memcpy(&wide, (const char *)options + row->offset, row->size); /* little-endian */
    return wide;
}

/* The option has the value, and no other option changes. */
static void test_taken(void)
{
    for (size_t i = 0; i < sizeof TAKEN / sizeof TAKEN[0]; i++) {
        roam_node_options before, after;
        memset(&before, 0xa5, sizeof before);
        after = before;
        CHECK(node_quic_take(TAKEN[i].text, &after), true, "%s", TAKEN[i].text);
        CHECK(load(&after, &TAKEN[i]), TAKEN[i].value, "%s", TAKEN[i].text);
        memcpy((char *)&after + TAKEN[i].offset, (char *)&before + TAKEN[i].offset, TAKEN[i].size);
        CHECK(memcmp(&before, &after, sizeof before), 0, "%s: what else is set", TAKEN[i].text);
    }
}

static void test_refused(void)
{
    static const char *const texts[] = {"",
                                        "congestion",
                                        "congestion=",
                                        "congestion=vegas",
                                        "colour=red",
                                        "cong=reno",
                                        "active_connection_id_limit=1",
                                        "active_connection_id_limit=9",
                                        "initial_window=1",
                                        "initial_window=65537",
                                        "initial_window=32pkt",
                                        "pmtud=no",
                                        "ecn=1",
                                        "max_idle=1us",
                                        "max_idle=30",
                                        "max_ack_delay=16384ms",
                                        "max_ack_delay=1500us",
                                        "ack_delay_exponent=21",
                                        "ack_delay_exponent=-1",
                                        "ack_every=0",
                                        "rotate_connection_ids=0ms",
                                        "rotate_connection_ids=999us",
                                        "retire_connection_ids=1"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        roam_node_options options;
        roam_node_options_default(&options);
        CHECK(node_quic_take(texts[i], &options), false, "%s", texts[i]);
    }
}

static const check_test TESTS[] = {{"taken", test_taken}, {"refused", test_refused}};
CHECK_MAIN("tools node quic", TESTS)
