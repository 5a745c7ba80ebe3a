/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a client came from one path to the next, from packets made here. */
#include "core/tests/check.h"
#include "tools/witness/connections.h"

#include <CUnit/Basic.h>
#include <string.h>

static roam_addr host(uint8_t last, uint16_t port)
{
    return (roam_addr){ROAM_FAMILY_IPV4, port, {192, 0, 2, last}};
}

typedef struct fixture {
    dissect *dissect;
    connections all;
    uint64_t number[2];
} fixture;

static fixture begin(void)
{
    fixture f = {.dissect = NULL};
    CU_ASSERT_EQUAL_FATAL(dissect_new(NULL, &f.dissect), 0);
    return f;
}

static void end(fixture *f)
{
    connections_fini(&f->all);
    dissect_free(f->dissect);
}

typedef struct packet {
    uint64_t time_ms, sent_ms; /* the latter of what ARRIVED; 0: not known */
    bool down;                 /* of the server */
    uint16_t port;             /* of the client; 0: 1000 */
    uint8_t id;                /* the client's destination connection ID, one byte; 0: 9 */
    bool no_id;
    int late;                    /* so many behind the largest number */
    uint8_t challenge, response; /* their data, if not 0 */
    bool data;                   /* a STREAM frame */
    sighting_at at;              /* as sent; BOTH is 2 */
} packet;

static void pass(fixture *f, packet p)
{
    dissect_frame frames[3];
    size_t count = 0;
    const roam_addr client = host(1, p.port ? p.port : 1000), server = host(2, 4433);
    memset(frames, 0, sizeof frames);
    if (p.challenge) {
        frames[count].type = DISSECT_PATH_CHALLENGE;
        memset(frames[count++].path_data, p.challenge, 8);
    }
    if (p.response) {
        frames[count].type = DISSECT_PATH_RESPONSE;
        memset(frames[count++].path_data, p.response, 8);
    }
    frames[count++].type = p.data ? DISSECT_STREAM : DISSECT_PADDING;
    const dissect_packet one = {.type = DISSECT_ONE_RTT,
                                .status = DISSECT_READ,
                                .sender = p.down ? DISSECT_SERVER : DISSECT_CLIENT,
                                .number = f->number[p.down] + 10 - (uint64_t)p.late,
                                .destination = {.len = !p.no_id, .bytes = {p.id ? p.id : 9}},
                                .frames = frames,
                                .frame_count = count};
    if (!p.late && p.at != SIGHTING_ARRIVED)
        f->number[p.down]++;
    const dissect_view view = {.packets = &one, .packet_count = 1, .dissect = f->dissect};
    sighting seen = {.time_ns = p.time_ms,
                     .sent_ns = p.sent_ms ? p.sent_ms : p.time_ms,
                     .source = p.down ? server : client,
                     .destination = p.down ? client : server,
                     .at = p.at,
                     .full_len = 100,
                     .view = &view};
    seen.sent_source = seen.source;
    seen.sent_destination = seen.destination;
    connections_add(&f->all, &seen);
}

#define PASS(...) pass(&f, (packet){.at = SIGHTING_BOTH, __VA_ARGS__})

static void check_move(const fixture *f, uint32_t index, connection_move_kind kind, uint32_t from,
                       uint32_t to, uint64_t data_ns)
{
    const connection *const of = f->all.items[0];
    CU_ASSERT_TRUE_FATAL(index < of->move_count);
    const connection_move *const move = &of->moves[index];
    CHECK(move->kind, kind, "kind of move %u", index);
    CHECK(move->from, from, "from");
    CHECK(move->to, to, "to");
    CHECK(move->data_ns == data_ns, true, "data of move %u", index);
}

static void check_validation(const fixture *f, uint32_t index, dissect_side by, uint32_t challenges,
                             uint64_t challenge_ns, uint64_t answered_ns)
{
    const connection_validation *const of = &f->all.items[0]->moves[index].validation[by];
    CHECK(of->challenges, challenges, "challenges, move %u, side %d", index, (int)by);
    CHECK(of->challenge_ns == challenge_ns, true, "challenged, move %u, side %d", index, (int)by);
    CHECK(of->answered_ns == answered_ns, true, "answered, move %u, side %d", index, (int)by);
}

static void test_migration(void)
{
    fixture f = begin();
    PASS(.time_ms = 1, .data = true);
    PASS(.time_ms = 2, .down = true, .data = true);
    PASS(.time_ms = 10, .port = 2000, .id = 5, .challenge = 1);
    PASS(.time_ms = 11, .port = 2000, .id = 5, .challenge = 2);
    PASS(.time_ms = 12, .data = true); /* on the old path, meanwhile */
    PASS(.time_ms = 20, .down = true, .port = 2000, .response = 2, .challenge = 3);
    PASS(.time_ms = 30, .port = 2000, .id = 5, .response = 3);
    PASS(.time_ms = 31, .port = 2000, .id = 5, .data = true);
    PASS(.time_ms = 32, .late = 3, .data = true);      /* late, from the old address */
    PASS(.time_ms = 33, .down = true, .challenge = 4); /* of the old path: RFC 9000 section 9.3.3 */
    PASS(.time_ms = 34, .response = 4);
    CHECK(f.all.items[0]->move_count, 1, "moves");
    CHECK(f.all.items[0]->path_count, 2, "paths");
    check_move(&f, 0, MOVE_MIGRATION, 0, 1, 31);
    CHECK(f.all.items[0]->moves[0].first_ns, 10, "first");
    check_validation(&f, 0, DISSECT_CLIENT, 2, 10, 20);
    check_validation(&f, 0, DISSECT_SERVER, 1, 20, 30);
    end(&f);
}

static void test_probe_alone(void)
{
    fixture f = begin();
    PASS(.time_ms = 1, .data = true);
    PASS(.time_ms = 10, .port = 2000, .id = 5, .challenge = 1);
    PASS(.time_ms = 20, .data = true);
    check_move(&f, 0, MOVE_MIGRATION, 0, 1, CONNECTION_NEVER);
    check_validation(&f, 0, DISSECT_CLIENT, 1, 10, CONNECTION_NEVER);
    CHECK(f.all.items[0]->current, 0, "current path");
    end(&f);
}

static void test_rebind_and_back(void)
{
    fixture f = begin();
    PASS(.time_ms = 1, .data = true);
    PASS(.time_ms = 10, .port = 2000, .data = true);
    PASS(.time_ms = 12, .down = true, .port = 2000, .challenge = 1);
    PASS(.time_ms = 22, .port = 2000, .response = 1);
    PASS(.time_ms = 30, .data = true);
    CHECK(f.all.items[0]->move_count, 2, "moves");
    check_move(&f, 0, MOVE_REBIND, 0, 1, 10);
    check_validation(&f, 0, DISSECT_SERVER, 1, 12, 22);
    check_move(&f, 1, MOVE_REBIND, 1, 0, 30);
    end(&f);
}

/* To a server whose connection ID is empty. */
static void test_empty_id(void)
{
    fixture f = begin();
    PASS(.time_ms = 1, .no_id = true, .data = true);
    PASS(.time_ms = 10, .no_id = true, .port = 2000, .data = true);
    PASS(.time_ms = 20, .no_id = true, .port = 3000, .challenge = 1);
    check_move(&f, 0, MOVE_REBIND, 0, 1, 10);
    check_move(&f, 1, MOVE_MIGRATION, 1, 2, CONNECTION_NEVER);
    end(&f);
}

/* Both hosts are in the capture: a challenge counts from when it left, also one that was lost. */
static void test_both_hosts(void)
{
    fixture f = begin();
    pass(&f, (packet){.time_ms = 1, .data = true, .at = SIGHTING_SENT});
    pass(&f, (packet){.time_ms = 5, .data = true, .at = SIGHTING_ARRIVED});
    pass(&f, (packet){.time_ms = 10, .port = 2000, .id = 5, .challenge = 1, .at = SIGHTING_SENT});
    CHECK(f.all.items[0]->path_count, 1, "paths as the server sees them");
    pass(&f, (packet){.time_ms = 15, .port = 2000, .id = 5, .challenge = 2, .at = SIGHTING_SENT});
    pass(&f, (packet){.time_ms = 19, .port = 2000, .id = 5, .challenge = 2, .at = SIGHTING_ARRIVED});
    pass(&f, (packet){.time_ms = 20, .down = true, .port = 2000, .response = 2, .at = SIGHTING_SENT});
    check_validation(&f, 0, DISSECT_CLIENT, 2, 10, CONNECTION_NEVER);
    pass(&f, (packet){.time_ms = 24, .down = true, .port = 2000, .response = 2, .at = SIGHTING_ARRIVED});
    check_validation(&f, 0, DISSECT_CLIENT, 2, 10, 24);
    CHECK(f.all.items[0]->moves[0].first_ns, 19, "first, as it arrived");
    CHECK(f.all.items[0]->flow[DISSECT_CLIENT].datagrams, 3, "datagrams of the client, once each");
    CHECK(f.all.items[0]->flow[DISSECT_SERVER].bytes, 100, "bytes of the server");
    end(&f);
}

/* Three challenges, of which the last is answered, after data has gone over the path. */
static void test_parts_of_both(void)
{
    fixture f = begin();
    pass(&f, (packet){.time_ms = 1, .data = true, .at = SIGHTING_SENT});
    pass(&f, (packet){.time_ms = 5, .data = true, .at = SIGHTING_ARRIVED});
    pass(&f, (packet){.time_ms = 10, .port = 2000, .id = 5, .data = true, .at = SIGHTING_SENT});
    pass(&f,
         (packet){.time_ms = 14, .sent_ms = 10, .port = 2000, .id = 5, .data = true, .at = SIGHTING_ARRIVED});
    pass(&f, (packet){.time_ms = 21, .port = 2000, .id = 5, .challenge = 1, .at = SIGHTING_SENT});
    pass(&f, (packet){.time_ms = 33, .port = 2000, .id = 5, .challenge = 2, .at = SIGHTING_SENT});
    pass(&f, (packet){.time_ms = 38, .port = 2000, .id = 5, .challenge = 2, .at = SIGHTING_ARRIVED});
    pass(&f, (packet){.time_ms = 39, .port = 2000, .id = 5, .challenge = 2, .at = SIGHTING_ARRIVED});
    pass(&f, (packet){.time_ms = 45, .down = true, .port = 2000, .response = 2, .at = SIGHTING_SENT});
    pass(&f, (packet){.time_ms = 46, .down = true, .port = 2000, .response = 2, .at = SIGHTING_SENT});
    pass(&f, (packet){.time_ms = 53, .down = true, .port = 2000, .response = 2, .at = SIGHTING_ARRIVED});
    const connection_validation *const of = &f.all.items[0]->moves[0].validation[DISSECT_CLIENT];
    const connection_parts parts = connection_parts_of(of);
    CHECK(of->flight.apart, true, "both ends are there");
    CHECK(parts.before_ns, 11, "before, from when the first packet that came was sent");
    CHECK(parts.unanswered_ns, 12, "earlier challenges");
    CHECK(parts.to_peer_ns, 5, "to the peer");
    CHECK(parts.at_peer_ns, 7, "at the peer");
    CHECK(parts.back_ns, 8, "back");
    CHECK(parts.round_trip_ns, 0, "there and back, which is told in parts");
    end(&f);
}

static void test_parts_of_one_point(void)
{
    fixture f = begin();
    PASS(.time_ms = 1, .data = true);
    PASS(.time_ms = 10, .port = 2000, .id = 5, .data = true);
    PASS(.time_ms = 13, .down = true, .port = 2000, .challenge = 1);
    PASS(.time_ms = 18, .down = true, .port = 2000, .challenge = 2);
    PASS(.time_ms = 29, .port = 2000, .id = 5, .response = 2);
    const connection_validation *const of = &f.all.items[0]->moves[0].validation[DISSECT_SERVER];
    const connection_parts parts = connection_parts_of(of);
    CHECK(of->flight.apart, false, "one point is there");
    CHECK(parts.before_ns, 3, "before");
    CHECK(parts.unanswered_ns, 5, "earlier challenges");
    CHECK(parts.to_peer_ns + parts.at_peer_ns + parts.back_ns, 0, "what is not known");
    CHECK(parts.round_trip_ns, 11, "there and back");
    end(&f);
}

static void test_limits(void)
{
    fixture f = begin();
    for (uint16_t i = 0; i < 300; i++)
        PASS(.time_ms = i, .port = (uint16_t)(1000 + i), .data = true);
    CHECK(f.all.items[0]->path_count, CONNECTION_PATHS_MAX, "paths");
    CHECK(f.all.items[0]->paths_left_out, 300 - CONNECTION_PATHS_MAX, "left out");
    CHECK(f.all.items[0]->move_count, CONNECTION_PATHS_MAX - 1, "moves");
    CU_ASSERT_FALSE(f.all.failed);
    end(&f);
}

static const check_test TESTS[] = {{"migration", test_migration},
                                   {"probe alone", test_probe_alone},
                                   {"rebind, and back", test_rebind_and_back},
                                   {"empty connection ID", test_empty_id},
                                   {"both hosts", test_both_hosts},
                                   {"parts, of both hosts", test_parts_of_both},
                                   {"parts, of one point", test_parts_of_one_point},
                                   {"limits", test_limits}};
CHECK_MAIN("moves", TESTS)
