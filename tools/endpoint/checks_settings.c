/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an endpoint was made with, and what it says of itself, as packets show them. */
#include "sim/wire/transport_parameters.h"
#include "tools/endpoint/check.h"

#include <stdio.h>
#include <string.h>

/* An option, asked for with two values, and the transport parameter that has it. The limits of streams are in
 * the check stream-limit. */
typedef struct setting {
    const char *name;
    size_t option; /* where it is in roam_endpoint_options */
    bool wide;     /* it is a uint64_t there, else a uint32_t */
    uint64_t unit; /* of the option, in that of the parameter */
    uint64_t asked[2];
    size_t parameter; /* where it is in transport_parameters */
    uint64_t claim;   /* only a library that says so sets it; 0: each is asked to */
} setting;

#define OPTION(member) offsetof(roam_endpoint_options, member)
#define PARAMETER(member) offsetof(transport_parameters, member)

static const setting settings[] = {
    {"max_idle_timeout",
     OPTION(idle_timeout_ns),
     true,
     PAIR_MS,
     {20000, 25000},
     PARAMETER(max_idle_timeout_ms),
     0},
    {"initial_max_data",
     OPTION(connection_window),
     true,
     1,
     {700000, 800000},
     PARAMETER(initial_max_data),
     0},
    {"initial_max_stream_data_uni",
     OPTION(stream_window),
     true,
     1,
     {100000, 150000},
     PARAMETER(initial_max_stream_data_uni),
     0},
    {"initial_max_stream_data_bidi_local",
     OPTION(stream_window),
     true,
     1,
     {100000, 150000},
     PARAMETER(initial_max_stream_data_bidi_local),
     0},
    {"initial_max_stream_data_bidi_remote",
     OPTION(stream_window),
     true,
     1,
     {100000, 150000},
     PARAMETER(initial_max_stream_data_bidi_remote),
     0},
    {"active_connection_id_limit",
     OPTION(active_connection_id_limit),
     false,
     1,
     {4, 6},
     PARAMETER(active_connection_id_limit),
     0},
    {"max_ack_delay",
     OPTION(max_ack_delay_ns),
     true,
     PAIR_MS,
     {7, 40},
     PARAMETER(max_ack_delay_ms),
     ROAM_ENDPOINT_SETS_MAX_ACK_DELAY},
    {"ack_delay_exponent",
     OPTION(ack_delay_exponent),
     false,
     1,
     {4, 0},
     PARAMETER(ack_delay_exponent),
     ROAM_ENDPOINT_SETS_ACK_DELAY_EXPONENT},
};

enum { SETTINGS = sizeof settings / sizeof settings[0] };

static bool is_asked_for(const endpoint_check *check, const setting *row)
{
    return check_has(check, row->claim);
}

static void ask(const endpoint_check *check, roam_endpoint_options *options, size_t round)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        if (!is_asked_for(check, &settings[i]))
            continue;
        options->settings |= settings[i].claim;
        char *const at = (char *)options + settings[i].option;
        const uint64_t wide = settings[i].asked[round] * settings[i].unit;
        const uint32_t narrow = (uint32_t)wide;
        memcpy(at, settings[i].wide ? (const void *)&wide : (const void *)&narrow,
               settings[i].wide ? sizeof wide : sizeof narrow);
    }
}

static uint64_t value_of(const transport_parameters *sent, const setting *row)
{
    uint64_t value;
    memcpy(&value, (const char *)sent + row->parameter, sizeof value);
    return value;
}

static bool is_own(const endpoint_check *check, pair_side side)
{
    return check->pair->nodes[side].library == check->library;
}

/* A handshake with the values of that round; what each side sent is in values. */
static void handshake_with(endpoint_check *check, size_t round, uint64_t values[2][2][SETTINGS])
{
    if (!check_make_another_pair(check, check->seed))
        return;
    for (pair_side side = PAIR_CLIENT; side <= PAIR_SERVER; side++)
        if (is_own(check, side))
            ask(check, &check->pair->nodes[side].options, round);
    if (!check_connect(check))
        return;
    for (pair_side side = PAIR_CLIENT; side <= PAIR_SERVER; side++) {
        const transport_parameters *const sent = dissect_parameters(
            check->pair->dissect, 0, side == PAIR_CLIENT ? DISSECT_CLIENT : DISSECT_SERVER);
        REQUIRE(check, sent, "the transport parameters of the %s cannot be read",
                check->pair->nodes[side].options.node);
        for (size_t i = 0; i < SETTINGS; i++)
            values[side][round][i] = value_of(sent, &settings[i]);
    }
}

/* Not each library can be told: a value that stays the same is unsupported, unless the library claims to set
 * it; one that changes and is another is wrong. */
static void transport_settings(endpoint_check *check)
{
    uint64_t values[2][2][SETTINGS] = {0};
    char same[CHECK_CAME_MAX / 2] = "";
    for (size_t round = 0; round < 2 && check->outcome == CHECK_PASSED; round++)
        handshake_with(check, round, values);
    for (pair_side side = PAIR_CLIENT; side <= PAIR_SERVER && check->outcome == CHECK_PASSED; side++)
        for (size_t i = 0; i < SETTINGS && is_own(check, side); i++) {
            const uint64_t *const asked = settings[i].asked;
            const uint64_t first = values[side][0][i], second = values[side][1][i];
            const size_t len = strlen(same);
            if (!is_asked_for(check, &settings[i]))
                continue;
            if (first == second && !settings[i].claim)
                (void)snprintf(same + len, sizeof same - len, "%s%s %llu of the %s", len ? ", " : "",
                               settings[i].name, (unsigned long long)first,
                               check->pair->nodes[side].options.node);
            else
                REQUIRE(
                    check, first == asked[0] && second == asked[1],
                    "the %s sends %s %llu where it is asked for %llu, and %llu where it is asked for %llu",
                    check->pair->nodes[side].options.node, settings[i].name, (unsigned long long)first,
                    (unsigned long long)asked[0], (unsigned long long)second, (unsigned long long)asked[1]);
        }
    if (same[0])
        check_unsupported(check, "sent whatever is asked for: %s", same);
}

/* ---- The first probe timeout ---- */

enum { RTT_FIRST_MS = 100, RTT_SECOND_MS = 250 };

static bool sends_again(const endpoint_pair *pair, void *ctx)
{
    return pair->nodes[PAIR_CLIENT].sends > *(const uint64_t *)ctx;
}

/* From the first flight to the first PTO without an answer. 0: none comes. */
static uint64_t first_pto_ns(endpoint_check *check, uint64_t initial_rtt_ns)
{
    int status;
    if (!check_make_another_pair(check, check->seed))
        return 0;
    check->pair->cut = true;
    check->pair->nodes[PAIR_CLIENT].options.initial_rtt_ns = initial_rtt_ns;
    if (!check_make_endpoints(check))
        return 0;
    check->client = pair_connect(check->pair, &status);
    if (!check->client) {
        check_fail(check, "connect answers %s", pair_status_text(status));
        return 0;
    }
    uint64_t sends = check->pair->nodes[PAIR_CLIENT].sends;
    return check_until(check, 9 * PAIR_S, sends_again, &sends) ? check->pair->now_ns - PAIR_START_NS : 0;
}

/* RFC 9002 section 6.2.1: three times the initial RTT, as rttvar is half of it; within a tenth. */
static bool is_pto_of(uint64_t pto_ns, uint64_t rtt_ms)
{
    const uint64_t expected_ns = 3 * rtt_ms * PAIR_MS;
    return pto_ns >= expected_ns * 9 / 10 && pto_ns <= expected_ns * 11 / 10;
}

static void initial_rtt(endpoint_check *check)
{
    const uint64_t first = first_pto_ns(check, RTT_FIRST_MS * PAIR_MS);
    const uint64_t second = first ? first_pto_ns(check, RTT_SECOND_MS * PAIR_MS) : 0;
    REQUIRE(check, first > 0 && second > 0, "the client does not send again without an answer");
    if (first == second) {
        check_unsupported(check, "the first PTO is %.3f ms, whatever initial_rtt_ns is",
                          (double)first / (double)PAIR_MS);
        return;
    }
    REQUIRE(
        check, is_pto_of(first, RTT_FIRST_MS) && is_pto_of(second, RTT_SECOND_MS),
        "the first PTO is %.3f ms with an initial RTT of %d ms, and %.3f ms with one of %d ms: it is three "
        "times that (RFC 9002 section 6.2)",
        (double)first / (double)PAIR_MS, RTT_FIRST_MS, (double)second / (double)PAIR_MS, RTT_SECOND_MS);
}

/* ---- Connection IDs ---- */

static void connection_ids(endpoint_check *check)
{
    const uint8_t said = check->library->table.connection_id_len;
    if (said == UINT8_MAX) {
        check_note(check, "the adapter says that their length varies");
        return;
    }
    if (!check_connect(check))
        return;
    check_pass_time(check, PAIR_S);
    for (pair_side side = PAIR_CLIENT; side <= PAIR_SERVER; side++) {
        const pair_node *const node = &check->pair->nodes[side];
        if (!is_own(check, side))
            continue;
        const transport_parameters *const sent = dissect_parameters(
            check->pair->dissect, 0, side == PAIR_CLIENT ? DISSECT_CLIENT : DISSECT_SERVER);
        REQUIRE(check, sent, "the transport parameters of the %s cannot be read", node->options.node);
        REQUIRE(check, sent->initial_source_connection_id.len == said,
                "the first connection ID of the %s has %u bytes; connection_id_len says %u",
                node->options.node, sent->initial_source_connection_id.len, said);
        REQUIRE(check, (node->wire.id_lengths & ~(UINT32_C(1) << said)) == 0,
                "the %s issues connection IDs of another length than connection_id_len, which says %u",
                node->options.node, said);
    }
}

const check_row checks_of_settings[] = {
    {"settings", "confirmed keylog", 0, transport_settings,
     "the transport parameters have idle timeout, windows, connection ID limit, and what is claimed besides, "
     "as the options ask",
     "set each of the library's transport parameters from the option of its name, in its unit"},
    {"initial-rtt", "first-flight", ROAM_ENDPOINT_CLIENT, initial_rtt,
     "the first PTO without an answer is three times initial_rtt_ns", "set the library's initial RTT"},
    {"connection-ids", "confirmed keylog", 0, connection_ids,
     "the connection IDs that it issues have the length of connection_id_len",
     "say in connection_id_len what the library issues, or 255 where it varies"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};
