/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Applications over a channel that takes what the test says it takes. */
#include "core/tests/check.h"
#include "sim/world/traffic.h"

#include "sim/wire/payload.h"
#include "sim/world/world.h"

#include <CUnit/Basic.h>
#include <stdlib.h>

#define MS UINT64_C(1000000)

enum { A, B, C, NODES };
enum { SENT_MAX = 256, SEED = 9 };

typedef struct sent {
    traffic_message message; /* without its bytes */
    uint64_t at_ns;
} sent;

typedef struct bench {
    n3_world *n3;
    scenario scenario;
    scenario_node nodes[NODES];
    scenario_peer peer;
    observer observer;
    observer_set observers;
    run_error error;
    traffic *traffic;
    int answer; /* of send; 0: by room */
    size_t room;
    sent sent[SENT_MAX];
    size_t sent_count;
    size_t told_sent;
    uint64_t told_begin_ns;
    uint64_t told_passed;
    uint64_t told_next_ns;
    size_t steps;
    observer_message delivered;
    size_t delivered_count;
} bench;

static int on_send(void *ctx, const traffic_message *message)
{
    bench *b = ctx;
    if (b->answer)
        return b->answer;
    if (b->room == 0)
        return ROAM_ERR_WOULD_BLOCK;
    CU_ASSERT_FATAL(b->sent_count < SENT_MAX);
    b->room--;
    b->sent[b->sent_count++] = (sent){*message, n3_world_now_ns(b->n3)};
    return 0;
}

static void on_step(void *ctx, uint32_t node, uint64_t now_ns)
{
    bench *b = ctx;
    (void)node, (void)now_ns;
    b->steps++;
}

static void on_message_sent(void *ctx, const observer_message *message, uint64_t now_ns)
{
    bench *b = ctx;
    (void)now_ns;
    b->told_sent++;
    b->told_begin_ns = message->begin_ns;
    b->told_passed += message->passed;
    b->told_next_ns = message->next_ns;
}

static void on_message_delivered(void *ctx, const observer_message *message, uint64_t now_ns)
{
    bench *b = ctx;
    (void)now_ns;
    b->delivered = *message;
    b->delivered_count++;
}

static bench *bench_of(const scenario_traffic *entries, size_t count, uint64_t duration_ns, uint64_t dial_ns)
{
    bench *b = calloc(1, sizeof *b);
    n3_world_options simulator;
    n3_world_options_default(&simulator);
    CU_ASSERT_PTR_NOT_NULL_FATAL(b);
    CU_ASSERT_EQUAL_FATAL(n3_world_new(&simulator, &b->n3), N3_OK);
    b->room = SENT_MAX;
    b->peer.at_ns = dial_ns;
    b->nodes[A].name = "a";
    b->nodes[B].name = "b";
    b->nodes[C].name = "c";
    b->scenario = (scenario){.duration_ns = duration_ns,
                             .nodes = b->nodes,
                             .node_count = NODES,
                             .peers = &b->peer,
                             .peer_count = 1,
                             .traffic = entries,
                             .traffic_count = count};
    b->observer =
        (observer){.ctx = b, .message_sent = on_message_sent, .message_delivered = on_message_delivered};
    b->observers = observer_set_of(&b->observer, 1);
    traffic_options options = {.n3 = b->n3,
                               .scenario = &b->scenario,
                               .observers = &b->observers,
                               .error = &b->error,
                               .seed = SEED,
                               .send = on_send,
                               .step = on_step,
                               .ctx = b};
    CU_ASSERT_EQUAL_FATAL(traffic_new(&options, &b->traffic), 0);
    return b;
}

static bench *bench_new(const scenario_traffic *entries, size_t count, uint64_t duration_ns)
{
    return bench_of(entries, count, duration_ns, 0);
}

static void bench_free(bench *b)
{
    traffic_free(b->traffic);
    n3_world_free(b->n3);
    free(b);
}

static void run(const bench *b, uint64_t until_ns)
{
    CU_ASSERT_EQUAL(n3_world_run_until(b->n3, until_ns), N3_OK);
}

static scenario_traffic send_entry(uint64_t every_ns)
{
    return (scenario_traffic){.kind = SCENARIO_SEND,
                              .from = A,
                              .to = B,
                              .message_bytes = 100,
                              .every_ns = every_ns,
                              .until_ns = SCENARIO_NEVER};
}

static const struct {
    const char *what;
    uint64_t at_ns, until_ns, duration_ns, up_ns;
    size_t count;
    uint64_t first_ns, last_ns;
    uint64_t passed;
} RHYTHMS[] = {
    {.what = "from peer_up to the drain",
     .until_ns = SCENARIO_NEVER,
     .duration_ns = 1000 * MS,
     .up_ns = 5 * MS,
     .count = 18,
     .first_ns = 5 * MS,
     .last_ns = 855 * MS,
     .passed = 1},
    {.what = "the drain is 2 s at most",
     .until_ns = SCENARIO_NEVER,
     .duration_ns = 40000 * MS,
     .up_ns = 37000 * MS,
     .count = 20,
     .first_ns = 37000 * MS,
     .last_ns = 37950 * MS,
     .passed = 740},
    {.what = "at a time",
     .at_ns = 200 * MS,
     .until_ns = SCENARIO_NEVER,
     .duration_ns = 1000 * MS,
     .up_ns = 5 * MS,
     .count = 14,
     .first_ns = 200 * MS,
     .last_ns = 850 * MS},
    {.what = "no backlog",
     .at_ns = 200 * MS,
     .until_ns = SCENARIO_NEVER,
     .duration_ns = 1000 * MS,
     .up_ns = 525 * MS,
     .count = 8,
     .first_ns = 525 * MS,
     .last_ns = 875 * MS,
     .passed = 7},
    {.what = "until is not included",
     .at_ns = 200 * MS,
     .until_ns = 300 * MS,
     .duration_ns = 1000 * MS,
     .up_ns = 5 * MS,
     .count = 2,
     .first_ns = 200 * MS,
     .last_ns = 250 * MS},
    {.what = "until wins over the drain",
     .at_ns = 800 * MS,
     .until_ns = 1000 * MS,
     .duration_ns = 1000 * MS,
     .up_ns = 5 * MS,
     .count = 4,
     .first_ns = 800 * MS,
     .last_ns = 950 * MS},
    {.what = "too late", .until_ns = 300 * MS, .duration_ns = 1000 * MS, .up_ns = 300 * MS},
};

static void test_rhythm(void)
{
    for (size_t i = 0; i < sizeof RHYTHMS / sizeof *RHYTHMS; i++) {
        scenario_traffic entry = send_entry(50 * MS);
        entry.at_ns = RHYTHMS[i].at_ns;
        entry.until_ns = RHYTHMS[i].until_ns;
        bench *b = bench_new(&entry, 1, RHYTHMS[i].duration_ns);
        run(b, RHYTHMS[i].up_ns);
        CHECK(b->sent_count, 0, "before peer_up");
        traffic_peer_up(b->traffic, A, B, RHYTHMS[i].up_ns);
        run(b, RHYTHMS[i].duration_ns);
        CHECK(b->sent_count, RHYTHMS[i].count, "%s", RHYTHMS[i].what);
        CHECK(b->told_sent, RHYTHMS[i].count, "told");
        CHECK(b->told_passed, RHYTHMS[i].passed, "passed over");
        if (b->sent_count) {
            CHECK(b->told_begin_ns, RHYTHMS[i].at_ns, "begin");
            CHECK(b->told_next_ns, RHYTHMS[i].last_ns + 50 * MS, "next");
            CHECK(b->sent[0].at_ns, RHYTHMS[i].first_ns, "first");
            CHECK(b->sent[b->sent_count - 1].at_ns, RHYTHMS[i].last_ns, "last");
        }
        bench_free(b);
    }
}

/* The message that was due goes late, and the rhythm stays. */
static void test_blocked(void)
{
    static const uint64_t AT_NS[] = {0, 50 * MS, 100 * MS, 272 * MS, 300 * MS, 350 * MS};
    scenario_traffic entry = send_entry(50 * MS);
    entry.until_ns = 400 * MS;
    bench *b = bench_new(&entry, 1, 1000 * MS);
    b->room = 3;
    traffic_peer_up(b->traffic, A, B, 0);
    run(b, 272 * MS);
    b->room = 100;
    traffic_writable(b->traffic, B, A, 272 * MS);
    CHECK(b->sent_count, 3, "writable at the other end");
    traffic_writable(b->traffic, A, B, 272 * MS);
    run(b, 1000 * MS);
    CHECK(b->sent_count, sizeof AT_NS / sizeof *AT_NS, "messages");
    CHECK(b->told_passed, 2, "passed over"); /* 200 ms, 250 ms; that of 150 ms went late */
    for (size_t i = 0; i < b->sent_count && i < sizeof AT_NS / sizeof *AT_NS; i++)
        CHECK(b->sent[i].at_ns, AT_NS[i], "time");
    bench_free(b);
}

/* Without a time of its own a flow begins with its connection; a dial that failed is waited for in vain. */
static void test_begin(void)
{
    static const struct {
        const char *what;
        uint64_t dial_ns, failed_ns, up_ns, begin_ns, passed;
    } cases[] = {
        {.what = "with its connection", .up_ns = 130 * MS, .begin_ns = 130 * MS},
        {.what = "dialled later", .dial_ns = 100 * MS, .up_ns = 130 * MS, .begin_ns = 130 * MS},
        {.what = "after a dial that failed", .failed_ns = 60 * MS, .up_ns = 130 * MS, .passed = 3},
        {.what = "after a later one that failed",
         .dial_ns = 100 * MS,
         .failed_ns = 110 * MS,
         .up_ns = 220 * MS,
         .begin_ns = 100 * MS,
         .passed = 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        scenario_traffic entry = send_entry(50 * MS);
        entry.with_connection = true;
        bench *b = bench_of(&entry, 1, 1000 * MS, cases[i].dial_ns);
        if (cases[i].failed_ns > 0) {
            run(b, cases[i].failed_ns);
            traffic_peer_down(b->traffic, A, B, cases[i].failed_ns);
        }
        run(b, cases[i].up_ns);
        traffic_peer_up(b->traffic, A, B, cases[i].up_ns);
        CHECK(b->told_begin_ns, cases[i].begin_ns, "%s", cases[i].what);
        CHECK(b->told_passed, cases[i].passed, "%s", cases[i].what);
        run(b, 400 * MS);
        traffic_peer_down(b->traffic, A, B, 400 * MS);
        run(b, 700 * MS);
        traffic_peer_up(b->traffic, A, B, 700 * MS); /* another connection is no beginning */
        CHECK(b->told_begin_ns, cases[i].begin_ns, "%s", cases[i].what);
        CHECK(b->told_passed, cases[i].passed + 6, "%s", cases[i].what);
        bench_free(b);
    }
}

static void test_bulk(void)
{
    static const scenario_traffic entry = {.kind = SCENARIO_BULK,
                                           .from = A,
                                           .to = B,
                                           .message_bytes = 1000,
                                           .total_bytes = 4500,
                                           .at_ns = 10 * MS,
                                           .until_ns = SCENARIO_NEVER};
    bench *b = bench_new(&entry, 1, 1000 * MS);
    b->room = 2;
    traffic_peer_up(b->traffic, A, B, 0);
    run(b, 20 * MS);
    CHECK(b->sent_count, 2, "while there is room");
    CHECK(b->sent[0].at_ns, 10 * MS, "at");
    CHECK(b->steps, 1, "steps");
    b->room = 100;
    traffic_writable(b->traffic, A, B, 20 * MS);
    run(b, 1000 * MS);
    CHECK(b->sent_count, 5, "messages");
    CHECK(b->sent[3].message.len, 1000, "full");
    CHECK(b->sent[4].message.len, 500, "the last");
    bench_free(b);
}

static void test_down_and_up(void)
{
    scenario_traffic entry = send_entry(50 * MS);
    bench *b = bench_new(&entry, 1, 1000 * MS);
    traffic_peer_up(b->traffic, A, B, 0);
    run(b, 120 * MS);
    CHECK(b->sent_count, 3, "up");
    traffic_peer_down(b->traffic, A, B, 120 * MS);
    size_t steps = b->steps;
    run(b, 330 * MS);
    CHECK(b->sent_count, 3, "down");
    CHECK(b->steps, steps, "asleep");
    traffic_peer_up(b->traffic, A, B, 330 * MS);
    run(b, 400 * MS);
    CHECK(b->sent_count, 5, "up again");
    b->answer = ROAM_ERR_NOT_CONNECTED; /* the core knows before it tells */
    run(b, 500 * MS);
    CHECK((uint64_t)-b->error.code, 0, "fault");
    b->answer = ROAM_ERR_TOO_LARGE;
    traffic_peer_up(b->traffic, A, B, 500 * MS);
    CHECK((uint64_t)-b->error.code, (uint64_t)-RUN_ERROR_CORE, "fault");
    bench_free(b);
}

typedef enum damage { NONE, FLIP, CUT, EXTEND, OTHER_HEADER } damage;

static const struct {
    const char *what;
    size_t bytes;      /* of the entry's messages */
    uint64_t earlier;  /* messages delivered before, in order */
    uint64_t sequence; /* of the one that is brought */
    damage damage;
    uint64_t told_sequence;
    bool intact;
} DELIVERIES[] = {
    {.what = "as sent", .bytes = 100, .damage = NONE, .intact = true},
    {.what = "in order",
     .bytes = 100,
     .earlier = 2,
     .sequence = 2,
     .damage = NONE,
     .told_sequence = 2,
     .intact = true},
    {.what = "one is missing",
     .bytes = 100,
     .earlier = 2,
     .sequence = 3,
     .damage = NONE,
     .told_sequence = 3,
     .intact = true},
    {.what = "again",
     .bytes = 100,
     .earlier = 3,
     .sequence = 1,
     .damage = NONE,
     .told_sequence = 1,
     .intact = true},
    {.what = "a bit is wrong", .bytes = 100, .earlier = 2, .sequence = 2, .damage = FLIP, .told_sequence = 2},
    {.what = "cut", .bytes = 100, .earlier = 2, .sequence = 2, .damage = CUT, .told_sequence = 2},
    {.what = "too long", .bytes = 100, .earlier = 2, .sequence = 2, .damage = EXTEND, .told_sequence = 2},
    {.what = "header of nobody",
     .bytes = 100,
     .earlier = 2,
     .sequence = 2,
     .damage = OTHER_HEADER,
     .told_sequence = 2},
    {.what = "never sent", .bytes = 100, .earlier = 2, .sequence = 50, .damage = NONE, .told_sequence = 2},
    {.what = "short, in order",
     .bytes = 15,
     .earlier = 2,
     .sequence = 2,
     .damage = NONE,
     .told_sequence = 2,
     .intact = true},
    {.what = "short, one is missing",
     .bytes = 15,
     .earlier = 2,
     .sequence = 3,
     .damage = NONE,
     .told_sequence = 3,
     .intact = true},
    {.what = "short, again",
     .bytes = 15,
     .earlier = 3,
     .sequence = 1,
     .damage = NONE,
     .told_sequence = 1,
     .intact = true},
    {.what = "short, a bit is wrong",
     .bytes = 15,
     .earlier = 2,
     .sequence = 2,
     .damage = FLIP,
     .told_sequence = 2},
    {.what = "short, cut", .bytes = 15, .earlier = 2, .sequence = 2, .damage = CUT, .told_sequence = 2},
    {.what = "short, too long",
     .bytes = 15,
     .earlier = 2,
     .sequence = 2,
     .damage = EXTEND,
     .told_sequence = 2},
    {.what = "short, header of nobody",
     .bytes = 15,
     .earlier = 2,
     .sequence = 2,
     .damage = OTHER_HEADER,
     .told_sequence = 2},
    {.what = "short, more than were sent",
     .bytes = 15,
     .earlier = 5,
     .sequence = 5,
     .damage = NONE,
     .told_sequence = 5},
    {.what = "shortest",
     .bytes = 8,
     .earlier = 1,
     .sequence = 3,
     .damage = NONE,
     .told_sequence = 3,
     .intact = true},
    {.what = "shortest, wrong", .bytes = 8, .earlier = 1, .sequence = 1, .damage = FLIP, .told_sequence = 1},
    {.what = "shortest, cut", .bytes = 8, .earlier = 1, .sequence = 1, .damage = CUT, .told_sequence = 1},
};

/* What the receiver makes of a message that a wire of the test's own brings. */
static void test_delivered(void)
{
    for (size_t i = 0; i < sizeof DELIVERIES / sizeof *DELIVERIES; i++) {
        scenario_traffic entry = send_entry(50 * MS);
        entry.message_bytes = DELIVERIES[i].bytes;
        bench *b = bench_new(&entry, 1, 1000 * MS);
        traffic_peer_up(b->traffic, A, B, 0);
        run(b, 200 * MS); /* five are sent */
        uint8_t bytes[101] = {0};
        traffic_message message = {.from = A, .to = B, .data = bytes, .len = DELIVERIES[i].bytes};
        payload_id id = {SEED, 0, 0};
        for (; id.sequence < DELIVERIES[i].earlier; id.sequence++) {
            payload_fill(&id, bytes, message.len);
            traffic_delivered(b->traffic, &message, 200 * MS);
            CU_ASSERT_TRUE(b->delivered.intact);
        }
        id.sequence = DELIVERIES[i].sequence;
        payload_fill(&id, bytes, message.len);
        bytes[message.len - 1] = (uint8_t)(bytes[message.len - 1] ^ (DELIVERIES[i].damage == FLIP));
        bytes[0] = (uint8_t)(bytes[0] ^ (DELIVERIES[i].damage == OTHER_HEADER));
        message.len = message.len - (DELIVERIES[i].damage == CUT) + (DELIVERIES[i].damage == EXTEND);
        traffic_delivered(b->traffic, &message, 200 * MS);
        CHECK(b->delivered.sequence, DELIVERIES[i].told_sequence, "%s", DELIVERIES[i].what);
        CHECK(b->delivered.intact, DELIVERIES[i].intact, "%s", DELIVERIES[i].what);
        CHECK(b->delivered_count, DELIVERIES[i].earlier + 1, "delivered");
        bench_free(b);
    }
}

/* Flows are told apart by ends, key and header; what none of them sends is a fault. */
static void test_flows(void)
{
    scenario_traffic entries[4];
    for (uint32_t i = 0; i < 4; i++) {
        entries[i] = send_entry(50 * MS);
        entries[i].key = i < 2 ? 7 : i; /* two share a key */
    }
    entries[3].from = B;
    entries[3].to = A;
    bench *b = bench_new(entries, 4, 1000 * MS);
    traffic_peer_up(b->traffic, A, B, 0);
    CHECK(b->sent_count, 3, "sent by a");
    traffic_peer_up(b->traffic, B, A, 0);
    CHECK(b->sent_count, 4, "sent by both");
    for (uint32_t i = 0; i < 4; i++) {
        uint8_t bytes[100];
        payload_id id = {SEED, i, 0};
        payload_fill(&id, bytes, sizeof bytes);
        traffic_message message = {.from = entries[i].from,
                                   .to = entries[i].to,
                                   .key = entries[i].key,
                                   .data = bytes,
                                   .len = sizeof bytes};
        traffic_delivered(b->traffic, &message, 0);
        CHECK(b->delivered.traffic, i, "traffic");
        CU_ASSERT_TRUE(b->delivered.intact);
    }
    CHECK((uint64_t)-b->error.code, 0, "no fault");
    traffic_message stray = {.from = B, .to = A, .key = 7, .data = (const uint8_t *)"?", .len = 1};
    traffic_delivered(b->traffic, &stray, 0);
    CHECK(b->delivered_count, 4, "not delivered");
    CU_ASSERT_STRING_EQUAL(b->error.text,
                           "a: a message of 1 bytes with key 7 came from b, which no traffic entry sends");
    bench_free(b);
}

static void on_pause(void *user, uint64_t now_ns)
{
    const bench *b = user;
    traffic_pause(b->traffic, A, now_ns);
}

static void on_resume(void *user, uint64_t now_ns)
{
    const bench *b = user;
    traffic_resume(b->traffic, A, now_ns);
}

/* Paused from 120 to 470 ms: one message is overdue then, its rhythm goes on from there, and no message was
 * to be sent meanwhile. Without a connection it is the places outside of the pause that have passed: those of
 * 50 and 100 ms and, with the overdue one, those of 470, 520 and 570 ms. */
static void test_paused(void)
{
    static const struct {
        uint64_t up_ns; /* besides 0, when the flow is down from 1 ms on */
        uint64_t sent_ns[8];
        uint64_t passed;
    } cases[] = {
        {0, {0, 50 * MS, 100 * MS, 470 * MS, 520 * MS, 570 * MS, 620 * MS}, 0},
        {600 * MS, {0, 600 * MS, 650 * MS}, 5},
    };
    const scenario_traffic entry = send_entry(50 * MS);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        n3_timer *timers[2];
        bench *b = bench_new(&entry, 1, 10000 * MS);
        CU_ASSERT_EQUAL_FATAL(n3_timer_new(b->n3, on_pause, b, &timers[0]), N3_OK);
        CU_ASSERT_EQUAL_FATAL(n3_timer_new(b->n3, on_resume, b, &timers[1]), N3_OK);
        n3_timer_set(timers[0], 120 * MS);
        n3_timer_set(timers[1], 470 * MS);
        traffic_peer_up(b->traffic, A, B, 0);
        if (cases[i].up_ns) {
            run(b, 1 * MS);
            traffic_peer_down(b->traffic, A, B, 1 * MS);
            run(b, cases[i].up_ns);
            traffic_peer_up(b->traffic, A, B, cases[i].up_ns);
        }
        run(b, 660 * MS);
        for (size_t k = 0; k < b->sent_count && k < 7; k++)
            CHECK(b->sent[k].at_ns, cases[i].sent_ns[k], "case %zu: message %zu", i, k);
        CHECK(b->sent_count, i == 0 ? 7 : 3, "case %zu: sent", i);
        CHECK(b->told_passed, cases[i].passed, "case %zu: passed", i);
        for (size_t k = 0; k < 2; k++)
            n3_timer_free(timers[k]);
        bench_free(b);
    }
}

static const check_test TESTS[] = {{"paused", test_paused},       {"rhythm", test_rhythm},
                                   {"blocked", test_blocked},     {"begin", test_begin},
                                   {"bulk", test_bulk},           {"down and up", test_down_and_up},
                                   {"delivered", test_delivered}, {"flows", test_flows}};
CHECK_MAIN("traffic", TESTS)
