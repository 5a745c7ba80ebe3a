/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the time of a validation goes by: of whole worlds, whose times follow from the delays of their links
 * and from what is done to their packets, and of times that are given. All are exact.
 */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"

#include <CUnit/Basic.h>
#include <stdio.h>

#define MS UINT64_C(1000000)

enum { TEXT_MAX = 4096, LAPTOP = 0 };

static void check_parts(const recorder_parts *parts, const recorder_parts *wanted, const char *name)
{
#define CHECK_PART(name, field, words) CHECK(parts->field, wanted->field, "%s: " words, name);
    RECORDER_PARTS(CHECK_PART, name)
#undef CHECK_PART
}

/* ---- times that are given ---- */

#define NEVER ROAM_NEVER

static const struct {
    const char *name;
    recorder_waits waits;
    uint64_t first_ns, again_ns, end_ns; /* the begin is at 1000 */
    recorder_flight flight;
    recorder_parts wanted;
} given[] = {
    {"all of them",
     {1010, 1030, 1060},
     1100,
     NEVER,
     2500,
     {1300, 7, 1400, 1450, 2000, 0, 0},
     {.confirmation_ns = 10,
      .connection_id_ns = 20,
      .other_ns = 30,
      .window_ns = 40,
      .unanswered_ns = 200,
      .queue_ns = 7,
      .to_peer_ns = 93,
      .at_peer_ns = 50,
      .back_ns = 550,
      .result_ns = 500}},
    {"confirmed before, and the validation begins at once",
     {900, NEVER, 1000},
     1100,
     NEVER,
     1300,
     {1100, 0, 1150, 1160, 1300, 0, 0},
     {.window_ns = 100, .to_peer_ns = 50, .at_peer_ns = 10, .back_ns = 140}},
    {"nobody says when the validation begins",
     {NEVER, NEVER, NEVER},
     1100,
     NEVER,
     1300,
     {1100, 0, 1150, 1150, 1300, 0, 0},
     {.other_ns = 100, .to_peer_ns = 50, .back_ns = 150}},
    {"a call that joins when the challenge is on its way",
     {900, NEVER, 900},
     900,
     NEVER,
     1300,
     {900, 10, 1150, 1160, 1300, 0, 0},
     {.to_peer_ns = 150, .at_peer_ns = 10, .back_ns = 140}},
    {"one that joins when the answer is",
     {900, NEVER, 900},
     900,
     NEVER,
     1300,
     {900, 0, 950, 960, 1300, 0, 0},
     {.back_ns = 300}},
    {"a queue that was shorter than it looked",
     {900, NEVER, 1000},
     1000,
     NEVER,
     1300,
     {1000, 500, 1150, 1150, 1300, 0, 0},
     {.queue_ns = 150, .back_ns = 150}},
    {"an answer of which nobody saw how it left",
     {900, NEVER, 1000},
     1000,
     NEVER,
     1300,
     {1000, 0, 1150, NEVER, 1300, 0, 0},
     {.to_peer_ns = 150, .back_ns = 150}},
    {"a second validation",
     {900, NEVER, 1000},
     1000,
     1500,
     1510,
     {1000, 0, 1100, 1100, 1200, 0, 0},
     {.to_peer_ns = 100, .back_ns = 100, .again_ns = 300, .result_ns = 10}},
};

static void test_given(void)
{
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        const recorder_parts parts = recorder_parts_of(&(recorder_validation){.begin_ns = 1000,
                                                                              .first_ns = given[i].first_ns,
                                                                              .again_ns = given[i].again_ns,
                                                                              .end_ns = given[i].end_ns,
                                                                              .waits = &given[i].waits,
                                                                              .flight = &given[i].flight});
        check_parts(&parts, &given[i].wanted, given[i].name);
        CHECK(recorder_parts_sum(&parts), given[i].end_ns - 1000, "%s: all", given[i].name);
    }
    const recorder_parts parts = recorder_parts_of(
        &(recorder_validation){.begin_ns = 5, .first_ns = NEVER, .again_ns = NEVER, .end_ns = 9});
    check_parts(&parts, &(recorder_parts){.result_ns = 4}, "nothing is seen");
}

/* ---- worlds ---- */

/* The round trip of wifi and the server is 18 ms, that of cellular and the server 72 ms. */
#define WORLD                                                                                                \
    "roam: 1\nname: t\nduration: 8s\n"                                                                       \
    "networks:\n  wifi: {delay: 8ms}\n  cellular: {delay: 35ms}\n  datacentre: {delay: 1ms}\n"               \
    "nodes:\n  laptop: {networks: [wifi, cellular]}\n  server: {networks: [datacentre], listen: 4433}\n"     \
    "peers: [laptop -> server]\n"                                                                            \
    "timeline:\n"

static const struct {
    const char *name;
    const char *text;
    size_t call; /* that is looked at */
    recorder_parts wanted;
} worlds[] = {
    {"plain",
     WORLD "  - {at: 2s, migrate: laptop -> server, network: cellular}\n",
     0,
     {.to_peer_ns = 36 * MS, .back_ns = 36 * MS}},
    /* The challenges of the first flight are lost; the next leaves after a PTO without a sample (RFC 9002
     * section 6.2.2). */
    {"challenges lost",
     WORLD "  - {at: 2s, drop: laptop, network: cellular, direction: up, frame: path_challenge, count: 2}\n"
           "  - {at: 2s, migrate: laptop -> server, network: cellular}\n",
     0,
     {.unanswered_ns = 1024 * MS, .to_peer_ns = 36 * MS, .back_ns = 36 * MS}},
    {"answers lost",
     WORLD "  - {at: 2s, drop: laptop, network: cellular, direction: down, frame: path_response, count: 2}\n"
           "  - {at: 2s, migrate: laptop -> server, network: cellular}\n",
     0,
     {.unanswered_ns = 1024 * MS, .to_peer_ns = 36 * MS, .back_ns = 36 * MS}},
    /* HANDSHAKE_DONE comes two round trips of 18 ms after the dial. */
    {"before the handshake is confirmed",
     WORLD "  - {at: 5ms, migrate: laptop -> server, network: cellular}\n",
     0,
     {.confirmation_ns = 31 * MS, .to_peer_ns = 36 * MS, .back_ns = 36 * MS}},
};

static const recorder_migration *finish_call(const evidence *of, size_t call, const char *name)
{
    size_t count;
    evidence_finish(of);
    const recorder_migration *const migrations = recorder_migrations(of->recorder, &count);
    CU_ASSERT_FATAL(call < count);
    CHECK_STRING(migrations[call].contradiction, "", "%s", name);
    CHECK_STRING(recorder_contradiction(of->recorder), "", "%s", name);
    CU_ASSERT_FATAL(migrations[call].validated_ns != ROAM_NEVER);
    CHECK(recorder_parts_sum(&migrations[call].parts), recorder_validation_ns(&migrations[call]),
          "%s: all parts", name);
    return &migrations[call];
}

static void test_worlds(void)
{
    for (size_t i = 0; i < sizeof worlds / sizeof *worlds; i++) {
        evidence of = evidence_new(&(evidence_options){.text = worlds[i].text, .recorded = true});
        const recorder_migration *const move = finish_call(&of, worlds[i].call, worlds[i].name);
        check_parts(&move->parts, &worlds[i].wanted, worlds[i].name);
        CHECK(move->round_trip_ns, 72 * MS, "%s: round trip", worlds[i].name);
        evidence_free(&of);
    }
}

/* ---- connection IDs ---- */

/* Calls for one network after the other, each of which supersedes the one before and takes another connection
 * ID. */
#define MANY_NETWORKS                                                                                        \
    "roam: 1\nname: t\nduration: 8s\n"                                                                       \
    "networks:\n  wifi: {delay: 8ms}\n  datacentre: {delay: 1ms}\n"                                          \
    "  a: {delay: 35ms}\n  b: {delay: 35ms}\n  c: {delay: 35ms}\n  d: {delay: 35ms}\n"                       \
    "  e: {delay: 35ms}\n  f: {delay: 35ms}\n  g: {delay: 35ms}\n  h: {delay: 45ms}\n"                       \
    "nodes:\n  laptop: {networks: [wifi, a, b, c, d, e, f, g, h]}\n"                                         \
    "  server: {networks: [datacentre], listen: 4433}\n"                                                     \
    "peers: [laptop -> server]\n"                                                                            \
    "timeline:\n"
#define CALL(at, network) "  - {at: " at ", migrate: laptop -> server, network: " network "}\n"

#define SIX_CALLS                                                                                            \
    CALL("2s", "a")                                                                                          \
    CALL("2001ms", "b") CALL("2002ms", "c") CALL("2003ms", "d") CALL("2004ms", "e") CALL("2005ms", "f")

static bool has(const observer_packet *packet, dissect_frame_type type)
{
    const dissect_view *const view = packet->view;
    for (size_t i = 0; view && i < view->packet_count; i++)
        for (size_t j = 0; j < view->packets[i].frame_count; j++)
            if (view->packets[i].frames[j].type == type)
                return true;
    return false;
}

/* When a NEW_CONNECTION_ID left the server first, since the calls began. */
static void see_id(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    uint64_t *const given_ns = ctx;
    if (packet->node != LAPTOP && packet->up && now_ns > 2000 * MS && *given_ns == ROAM_NEVER &&
        has(packet, DISSECT_NEW_CONNECTION_ID))
        *given_ns = now_ns;
}

/* Seven unused ones are there: the eighth call waits for one, which takes 9 ms over the path in use. The
 * server needs one too to answer there, which it has by the time of the challenge. */
static void test_connection_ids(void)
{
    uint64_t given_ns = ROAM_NEVER;
    const observer watcher = {.ctx = &given_ns, .frames = true, .packet = see_id};
    const evidence_options eight = {.text = MANY_NETWORKS SIX_CALLS CALL("2006ms", "g") CALL("2007ms", "h"),
                                    .watchers = &watcher,
                                    .watcher_count = 1,
                                    .recorded = true};
    evidence of = evidence_new(&eight);
    const recorder_migration *move = finish_call(&of, 7, "eight calls");
    CU_ASSERT_FATAL(given_ns != ROAM_NEVER);
    check_parts(&move->parts,
                &(recorder_parts){.connection_id_ns = given_ns + 9 * MS - 2007 * MS,
                                  .to_peer_ns = 46 * MS,
                                  .back_ns = 46 * MS},
                "eight calls");
    evidence_free(&of);

    const evidence_options seven = {.text = MANY_NETWORKS SIX_CALLS CALL("2006ms", "h"), .recorded = true};
    of = evidence_new(&seven);
    move = finish_call(&of, 6, "seven calls");
    check_parts(&move->parts, &(recorder_parts){.to_peer_ns = 46 * MS, .back_ns = 46 * MS}, "seven calls");
    evidence_free(&of);
}

/* ---- a queue ---- */

/* The laptop's access link as it sends, replayed from the taps: 8 us a byte at 1 Mbps, and of a p2p two bytes
 * more a datagram. */
typedef struct line {
    uint64_t header_bytes;
    uint64_t last_depart_ns;
    uint64_t wait_ns; /* of the latest with a PATH_CHALLENGE, the first of its time */
    uint64_t asked_ns;
} line;

static void pass_line(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    line *const self = ctx;
    if (packet->node != LAPTOP || !packet->up || packet->drop != OBSERVER_NOT_DROPPED)
        return;
    const uint64_t begin_ns = self->last_depart_ns > now_ns ? self->last_depart_ns : now_ns;
    self->last_depart_ns = begin_ns + 8000 * (packet->len + self->header_bytes);
    if (has(packet, DISSECT_PATH_CHALLENGE) && self->asked_ns != now_ns) {
        self->asked_ns = now_ns;
        self->wait_ns = begin_ns - now_ns;
    }
}

#define BULK                                                                                                 \
    "roam: 1\nname: t\nduration: 20s\n"                                                                      \
    "networks:\n  slow: {delay: 35ms, rate: 1Mbps, queue: 200pkt, link: %s}\n  datacentre: {delay: 1ms}\n"   \
    "nodes:\n  laptop: {networks: [slow]}\n  server: {networks: [datacentre], listen: 4433}\n"               \
    "peers: [laptop -> server]\n"                                                                            \
    "traffic:\n  - {flow: laptop -> server, bulk: 600kB, at: 1s}\n"                                          \
    "timeline:\n  - {at: 3s, migrate: laptop -> server, network: slow}\n"

/* An upload fills the queue of the link, and the challenge waits behind it. */
static void test_queue(void)
{
    static const char *const links[] = {"pipe", "p2p"};
    for (uint64_t i = 0; i < 2; i++) {
        char text[TEXT_MAX];
        line replayed = {.header_bytes = 2 * i};
        const observer watcher = {.ctx = &replayed, .frames = true, .packet = pass_line};
        (void)snprintf(text, sizeof text, BULK, links[i]);
        evidence of = evidence_new(
            &(evidence_options){.text = text, .watchers = &watcher, .watcher_count = 1, .recorded = true});
        const recorder_migration *const move = finish_call(&of, 0, links[i]);
        CHECK_AT_LEAST(move->parts.queue_ns, 50 * MS, "%s: a queue", links[i]);
        CHECK(move->parts.queue_ns, replayed.wait_ns, "%s: in the queue", links[i]);
        CHECK(move->parts.to_peer_ns, (1200 + 28 + 2 * i) * 8000 + 36 * MS, "%s: to the peer", links[i]);
        evidence_free(&of);
    }
}

/* ---- rebinds ---- */

#define HOME                                                                                                 \
    "roam: 1\nname: t\nduration: 8s\n"                                                                       \
    "networks:\n  wifi: {delay: 8ms, nat: home}\n  datacentre: {delay: 1ms}\n"                               \
    "nats:\n  home: {pool: [203.0.113.7, 203.0.113.8]}\n"                                                    \
    "nodes:\n  laptop: {networks: [wifi]}\n  server: {networks: [datacentre], listen: 4433}\n"               \
    "peers: [laptop -> server]\n"                                                                            \
    "traffic:\n  - {flow: laptop -> server, send: %s, every: 500ms}\n"                                       \
    "timeline:\n"

static const struct {
    const char *name;
    const char *send;
    recorder_parts wanted;
} rebinds[] = {
    {"plain", "1000B", {.to_peer_ns = 9 * MS, .back_ns = 9 * MS}},
    /* The first packet is so small that the challenge may not be expanded (RFC 9000 section 8.1): the
     * address is validated again. */
    {"after a small packet", "60B", {.to_peer_ns = 9 * MS, .back_ns = 9 * MS, .again_ns = 18 * MS}},
};

/* When challenges of the server left since the shuffle: the first, and the first of a later time. */
typedef struct asked {
    uint64_t first_ns, next_ns;
} asked;

static void see_challenge(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    asked *const self = ctx;
    if (packet->node == LAPTOP || !packet->up || now_ns < 3200 * MS || !has(packet, DISSECT_PATH_CHALLENGE))
        return;
    if (self->first_ns == 0)
        self->first_ns = now_ns;
    else if (self->next_ns == 0 && now_ns > self->first_ns)
        self->next_ns = now_ns;
}

static void check_rebind(const evidence *of, const recorder_parts *wanted, const char *name)
{
    size_t count;
    const recorder_rebind *const all = recorder_rebinds(of->recorder, &count);
    if (!CHECK(count, 1, "%s: rebinds", name))
        return;
    CHECK(all[0].record.validated, true, "%s: validated", name);
    check_parts(&all[0].parts, wanted, name);
    CHECK(recorder_parts_sum(&all[0].parts), recorder_rebind_ns(&all[0]), "%s: all parts", name);
    CHECK(all[0].round_trip_ns, 18 * MS, "%s: round trip", name);
}

/* The challenges to the new address are lost, and those that follow are not. */
static void test_rebind_loss(void)
{
    asked seen = {0};
    char text[TEXT_MAX];
    const observer watcher = {.ctx = &seen, .frames = true, .packet = see_challenge};
    const int len = snprintf(text, sizeof text, HOME, "1000B");
    (void)snprintf(text + len, sizeof text - (size_t)len, "%s",
                   "  - {at: 3200ms, shuffle: home, change: port, of: laptop}\n"
                   "  - {at: 3544ms, drop: laptop, network: wifi, direction: down, frame: any, for: 10ms}\n");
    evidence of = evidence_new(
        &(evidence_options){.text = text, .watchers = &watcher, .watcher_count = 1, .recorded = true});
    evidence_finish(&of);
    CHECK_AT_LEAST(seen.next_ns, seen.first_ns + 100 * MS, "challenges lost: the next ones");
    check_rebind(&of,
                 &(recorder_parts){
                     .unanswered_ns = seen.next_ns - seen.first_ns, .to_peer_ns = 9 * MS, .back_ns = 9 * MS},
                 "challenges lost");
    evidence_free(&of);
}

static void test_rebinds(void)
{
    for (size_t i = 0; i < sizeof rebinds / sizeof *rebinds; i++) {
        char text[TEXT_MAX];
        const int len = snprintf(text, sizeof text, HOME, rebinds[i].send);
        (void)snprintf(text + len, sizeof text - (size_t)len, "%s",
                       "  - {at: 3200ms, shuffle: home, change: port, of: laptop}\n");
        evidence of = evidence_run(text);
        check_rebind(&of, &rebinds[i].wanted, rebinds[i].name);
        evidence_free(&of);
    }
}

static const check_test TESTS[] = {{"times that are given", test_given},
                                   {"worlds", test_worlds},
                                   {"connection IDs", test_connection_ids},
                                   {"a queue", test_queue},
                                   {"rebinds", test_rebinds},
                                   {"challenges of a rebind lost", test_rebind_loss}};
CHECK_MAIN("parts", TESTS)
