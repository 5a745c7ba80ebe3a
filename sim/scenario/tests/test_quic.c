/* SPDX-License-Identifier: GPL-2.0-or-later */
/* quic: what it is by default, what is read, told, and refused. */
#include "core/roam.h"
#include "core/tests/check.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines 1 to 6. */
#define HEAD "roam: 1\nname: t\nduration: 10s\nnetworks:\n  n: {}\nnodes:\n"

static scenario *load_good(const char *text)
{
    const scenario_source source = loading_text(text);
    return loading_good(&source);
}

/* Without the key and with an empty one it is what roam_node_options_default says. */
static void test_defaults(void)
{
    scenario *const whole = load_good(HEAD "  a: {networks: [n]}\n  b: {networks: [n], quic: {}}\n");
    roam_node_options core;
    roam_node_options_default(&core);
    for (size_t i = 0; i < 2; i++) {
        const scenario_node *const node = &whole->nodes[i];
        CHECK(node->quic_written, 0, "written");
        CHECK(node->active_connection_id_limit, core.active_connection_id_limit, "limit");
        CHECK(node->idle_timeout_ns, core.idle_timeout_ns, "idle timeout");
        CHECK(node->quic.congestion, core.quic.congestion, "congestion");
        CHECK(node->quic.initial_window, core.quic.initial_window, "window");
        CHECK(node->quic.pmtud, core.quic.pmtud, "pmtud");
        CHECK(node->quic.ecn, core.quic.ecn, "ecn");
        CHECK(node->quic.ack_every, core.quic.ack_every, "ack_every");
        CHECK(node->quic.ack_delay_exponent, core.quic.ack_delay_exponent, "exponent");
        CHECK(node->quic.max_ack_delay_ns, core.quic.max_ack_delay_ns, "max_ack_delay");
        CHECK(node->quic.rotate_connection_ids_ns, 0, "rotate");
        CHECK(node->quic.retire_connection_ids_ns, 0, "retire");
        CHECK(node->quic.ignore_preferred_address, false, "ignore_preferred_address");
    }
    scenario_free(whole);
}

static void test_values(void)
{
    scenario *const whole = load_good(
        HEAD "  phone: {count: 2, networks: [n], quic: {active_connection_id_limit: 2, congestion: bbr,"
             " initial_window: 65536pkt, pmtud: false, ecn: false, max_idle: 0s, max_ack_delay: 16383ms,"
             " ack_delay_exponent: 20, ack_every: 65536, rotate_connection_ids: 1ms,"
             " retire_connection_ids: 2s, ignore_preferred_address: true}}\n");
    const scenario_node *const node = &whole->nodes[1];  /* phone-2 */
    const uint32_t all = (1u << SCENARIO_QUIC_KEYS) - 1; /* test_preferred.c has the one of a server */
    CHECK(node->quic_written, all & ~(1u << SCENARIO_QUIC_PREFERRED_ADDRESS), "written");
    CHECK(node->active_connection_id_limit, 2, "limit");
    CHECK(node->idle_timeout_ns, 0, "idle timeout");
    CHECK(node->quic.congestion, ROAM_CONGESTION_BBR, "congestion");
    CHECK(node->quic.initial_window, 65536, "window");
    CHECK(node->quic.pmtud, false, "pmtud");
    CHECK(node->quic.ignore_preferred_address, true, "ignore_preferred_address");
    CHECK(node->quic.ecn, false, "ecn");
    CHECK(node->quic.ack_every, 65536, "ack_every");
    CHECK(node->quic.ack_delay_exponent, 20, "exponent");
    CHECK(node->quic.max_ack_delay_ns, UINT64_C(16383000000), "max_ack_delay");
    CHECK(node->quic.rotate_connection_ids_ns, 1000000, "rotate");
    CHECK(node->quic.retire_connection_ids_ns, UINT64_C(2000000000), "retire");
    char *const said = loading_story(whole);
    CU_ASSERT_PTR_NOT_NULL(strstr(
        said, "  group phone: 2 nodes phone-1 to phone-2 on n, quic active_connection_id_limit 2, congestion "
              "bbr, initial_window 65536pkt, pmtud false, ecn false, max_idle 0s, max_ack_delay 16.383s, "
              "ack_delay_exponent 20, ack_every 65536, rotate_connection_ids 1ms, retire_connection_ids 2s, "
              "ignore_preferred_address true\n"));
    free(said);
    scenario_free(whole);
}

#define A HEAD "  a: {networks: [n], quic: "

static const struct {
    const char *text;
    const char *fault; /* all of it */
} FAULTS[] = {
    {A "reno}\n", "x.yaml:7:28: expected the keys of QUIC, found a plain value: write for example quic: "
                  "{congestion: reno}"},
    {A "{congestoin: reno}}\n", "x.yaml:7:29: unknown key 'congestoin'; did you mean 'congestion'?"},
    {A "{congestion: vegas}}\n", "x.yaml:7:41: unknown congestion 'vegas'; known: cubic, reno, bbr"},
    {A "{active_connection_id_limit: 1}}\n",
     "x.yaml:7:57: active_connection_id_limit: '1' is not a whole number from 2 to 8: write for example 8"},
    {A "{active_connection_id_limit: 9}}\n",
     "x.yaml:7:57: active_connection_id_limit: '9' is not a whole number from 2 to 8: write for example 8"},
    {A "{ack_every: 0}}\n",
     "x.yaml:7:40: ack_every: '0' is not a whole number from 1 to 65536: write for example 10"},
    {A "{ack_delay_exponent: 21}}\n",
     "x.yaml:7:49: ack_delay_exponent: '21' is not a whole number from 0 to 20: write for example 3"},
    {A "{initial_window: 1pkt}}\n", "x.yaml:7:45: initial_window: 1pkt is too small: at least 2pkt"},
    {A "{initial_window: 12kB}}\n",
     "x.yaml:7:45: initial_window: unknown unit 'kB': write a number of packets like 64pkt (units: pkt)"},
    {A "{pmtud: maybe}}\n", "x.yaml:7:36: unknown pmtud 'maybe'; known: true, false"},
    {A "{max_ack_delay: 16384ms}}\n", "x.yaml:7:44: max_ack_delay: 16384ms is too large: at most 16.383s"},
    {A "{max_ack_delay: 2500us}}\n", "x.yaml:7:44: max_ack_delay: '2500us' is not of whole milliseconds"},
    {A "{max_idle: 1us}}\n", "x.yaml:7:39: max_idle: '1us' is not of whole milliseconds"},
    {A "{rotate_connection_ids: 1us}}\n",
     "x.yaml:7:52: rotate_connection_ids: 1us is too small: at least 1ms"},
    {HEAD "  a: {networks: [n], idle_timeout: 3s, quic: {max_idle: 3s}}\n",
     "x.yaml:7:47: 'max_idle' and 'idle_timeout' are one setting: leave one of them out"},
    {HEAD "  a: {networks: [n], attacker: true, quic: {ecn: false}}\n",
     "x.yaml:7:38: 'a' is an attacker, which has no endpoint for 'quic'"},
    {A "{}}\nexpect:\n  - {ecn: a -> a, ect: 1}\n", "x.yaml:9:16: 'a' twice: a connection needs two nodes"},
    {A "{}}\n  b: {networks: [n], listen: 1}\npeers: [a -> b]\nexpect:\n  - {ecn: a -> b}\n",
     "x.yaml:11:5: no bound: write for example ect: 1.."},
};

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++)
        loading_expect_fault(FAULTS[i].text, FAULTS[i].fault);
}

static const check_test TESTS[] = {
    {"defaults", test_defaults}, {"values", test_values}, {"faults", test_faults}};
CHECK_MAIN("scenario quic", TESTS)
