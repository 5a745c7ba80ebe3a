/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time and randomness. */
#include "tools/endpoint/check.h"
#include "tools/endpoint/closing.h"

#include <string.h>

static void idle(endpoint_check *check)
{
    if (!check_make_pair(check))
        return;
    for (pair_side side = PAIR_CLIENT; side <= PAIR_SERVER; side++)
        check->pair->nodes[side].options.idle_timeout_ns = 4 * PAIR_S;
    if (!check_connect(check))
        return;
    check_pass_time(check, 2 * PAIR_S);
    check->pair->cut = true;
    if (check->client->closed || check->server->closed) {
        check_fail(check, "a connection is closed after 2 s with an idle timeout of 4 s");
        return;
    }
    (void)check_until(check, 60 * PAIR_S, check_both_closed, check);
    for (pair_side side = PAIR_CLIENT; side <= PAIR_SERVER; side++) {
        const pair_connection *const at = side == PAIR_CLIENT ? check->client : check->server;
        const uint64_t after_ns = at->closed_ns - at->confirmed_ns;
        const char *const who = at->node->options.node;
        REQUIRE(check, at->closed, "the %s gets no CLOSED_EVENT", who);
        REQUIRE(check, at->close_event.closed.kind == ROAM_ENDPOINT_CLOSED_IDLE,
                "CLOSED_EVENT of the %s has kind %s, not %s", who,
                closing_kind_text(at->close_event.closed.kind), closing_kind_text(ROAM_ENDPOINT_CLOSED_IDLE));
        REQUIRE(check, after_ns >= 3900 * PAIR_MS && after_ns <= 7 * PAIR_S,
                "CLOSED_EVENT of the %s comes %.3f s after the last packets; the idle timeout is 4 s", who,
                (double)after_ns / (double)PAIR_S);
    }
}

/* PATH_CHALLENGE, connection IDs and tokens come after the handshake. That the moves succeed is for other
 * checks. */
static void move_twice(endpoint_check *check)
{
    int status;
    const uint32_t mode = check_validating_mode(check);
    pair_rebind(check->pair, PAIR_CLIENT, 0);
    (void)pair_send(check->client, false, 3000, true, &status);
    check_pass_time(check, 2 * PAIR_S);
    if (!mode || check->client_library != check->library)
        return;
    const size_t address = pair_add_address(check->pair, PAIR_CLIENT);
    const roam_endpoint_path path = pair_path_from(check->pair, address);
    (void)pair_migrate(check->client, &path, mode);
    (void)pair_send(check->client, false, 3000, true, &status);
    check_pass_time(check, 2 * PAIR_S);
}

/* A connection, a transfer with loss, a NAT rebinding and a migration: the datagrams of it are in the hashes
 * of the pair. */
static bool story(endpoint_check *check)
{
    check->pair->loss_permille = 50;
    if (!check_connect(check) ||
        !check_transfer(check, check->client, check->server, 60000, 60 * PAIR_S, "client to server"))
        return false;
    move_twice(check);
    return check->pair->fault[0] == '\0';
}

static void clock_of_host(endpoint_check *check)
{
    if (!check_make_another_pair(check, check->seed) || !story(check))
        return;
    const uint64_t first = check->pair->hash_of_times;
    const uint64_t first_end_ns = check->server->streams[0].finished_ns;
    const uint64_t first_datagrams = check->pair->nodes[PAIR_CLIENT].sends;
    if (!check_make_another_pair(check, check->seed))
        return;
    check->pair->pause_wall_ns = 2 * PAIR_MS;
    check->pair->os_gain_ns = 3 * PAIR_MS;
    if (!story(check))
        return;
    const uint64_t then_end_ns = check->server->streams[0].finished_ns;
    REQUIRE(check, check->pair->hash_of_times == first,
            "the same story sends its datagrams at other times of the host when the clocks of the machine go "
            "faster: "
            "the transfer ends at %.6f ms with %llu datagrams of the client, and then at %.6f ms with %llu",
            check_ms(check, first_end_ns), (unsigned long long)first_datagrams, check_ms(check, then_end_ns),
            (unsigned long long)check->pair->nodes[PAIR_CLIENT].sends);
}

/* Who plays the role that the library does not have, and draws randomness from elsewhere. NULL: nobody. */
static const endpoint_library *random_peer(const endpoint_check *check)
{
    const endpoint_library *const peer =
        check->client_library == check->library ? check->server_library : check->client_library;
    return peer->table.capabilities & ROAM_ENDPOINT_DETERMINISTIC ? NULL : peer;
}

static void deterministic(endpoint_check *check)
{
    const bool claimed = check_has(check, ROAM_ENDPOINT_DETERMINISTIC);
    if (!check_make_another_pair(check, check->seed) || !story(check))
        return;
    const uint64_t first = check->pair->hash;
    if (!check_make_another_pair(check, check->seed))
        return;
    check->pair->os_random_state = ~check->pair->os_random_state;
    if (!story(check))
        return;
    const bool same = check->pair->hash == first;
    const endpoint_library *const peer = random_peer(check);
    if (!same && peer && peer != check->library) {
        check_unsupported(check, "the peer %s is not deterministic", peer->table.name);
        return;
    }
    const uint64_t draws =
        check->pair->nodes[PAIR_CLIENT].random_calls + check->pair->nodes[PAIR_SERVER].random_calls;
    if (claimed)
        REQUIRE(check, same,
                "DETERMINISTIC is claimed, and the bytes that are sent depend on the randomness of the "
                "operating system "
                "(random() was called %llu times)",
                (unsigned long long)draws);
    if (same && !claimed)
        check_note(check, "it does not depend on that of the operating system: DETERMINISTIC may be claimed");
    if (!same)
        check_unsupported(
            check,
            "the bytes that are sent depend on the randomness of the operating system (random() was "
            "called %llu times), which is the same in a replay under isolation alone",
            (unsigned long long)draws);
}

static void seeds(endpoint_check *check)
{
    if (!check_make_another_pair(check, check->seed) || !story(check))
        return;
    const uint64_t first = check->pair->hash;
    const pair_ids ids = check->pair->nodes[PAIR_CLIENT].ids;
    if (!check_make_another_pair(check, check->seed + 1) || !story(check))
        return;
    REQUIRE(check, check->pair->hash != first,
            "two runs with two seeds send the same bytes: nothing of it is unpredictable (RFC 9000 section "
            "5.1, 7.2)");
    const pair_ids *const then = &check->pair->nodes[PAIR_CLIENT].ids;
    for (size_t i = 0; i < ids.count && i < then->count; i++)
        REQUIRE(check, ids.id[i].len == 0 || memcmp(&ids.id[i], &then->id[i], sizeof ids.id[i]) != 0,
                "two runs with two seeds have the same connection ID (RFC 9000 section 5.1)");
}

static void statistics(endpoint_check *check)
{
    if (!check_connect(check) ||
        !check_transfer(check, check->client, check->server, 50000, 20 * PAIR_S, "client to server"))
        return;
    pair_connection *const own = check->client_library == check->library ? check->client : check->server;
    roam_endpoint_statistics seen;
    pair_statistics(own, &seen);
    REQUIRE(check, seen.srtt_ns >= 40 * PAIR_MS && seen.srtt_ns <= 70 * PAIR_MS,
            "srtt_ns is %.3f ms on a path with a round trip of 40 ms",
            (double)seen.srtt_ns / (double)PAIR_MS);
    REQUIRE(check,
            seen.min_rtt_ns == 0 || (seen.min_rtt_ns >= 40 * PAIR_MS && seen.min_rtt_ns <= 45 * PAIR_MS),
            "min_rtt_ns is %.3f ms on a path with a round trip of 40 ms",
            (double)seen.min_rtt_ns / (double)PAIR_MS);
    check_note(check, "srtt %.3f ms", (double)seen.srtt_ns / (double)PAIR_MS);
}

const check_row checks_of_time[] = {
    {"idle", "confirmed", 0, idle,
     "both ends are CLOSED_IDLE when idle_timeout_ns has passed without a packet",
     "set max_idle_timeout, and report CLOSED_EVENT with CLOSED_IDLE from expire"},
    {"clock", "stream-uni", 0, clock_of_host,
     "datagrams leave at times that depend on no clock but the host's",
     "take every time from now(): find where the library, or its TLS, reads a clock"},
    {"random", "stream-uni", 0, deterministic,
     "the bytes that are sent depend on no randomness but the host's, if DETERMINISTIC is claimed",
     "take all randomness from random(), that of the TLS library too, or do not claim DETERMINISTIC"},
    {"seeds", "stream-uni", 0, seeds,
     "two runs with two seeds send other bytes, and have other connection IDs",
     "draw connection IDs, keys and challenges from random()"},
    {"statistics", "stream-uni", ROAM_ENDPOINT_REPORTS_STATISTICS, statistics,
     "statistics has a smoothed RTT of 40 to 70 ms on a path of 40 ms", "fill srtt_ns, in nanoseconds"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};
