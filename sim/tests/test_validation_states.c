/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Validation of a new path is one round trip of that path and at most 5 ms, for every state of the old one:
 * neither the old path's congestion window, pacer, PTO back-off nor its bytes in flight hold a PATH_CHALLENGE
 * or PATH_RESPONSE (RFC 9000 section 9.4). Two round trips are right where the amplification limit leaves no
 * room for a challenge of 1200 bytes (section 8.2.1).
 *
 * One world for each state of the old path, direction of the traffic and kind of move. Taps tell how long the
 * network takes to carry challenge and response, with what waits in its queues: that is the round trip. No
 * end keeps an answer on the new path longer than those 5 ms, nor the server its own challenge to a client
 * that has migrated. The state is read from statistics and qlog right before the move: one that is not
 * reached fails.
 */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"
#include "sim/tests/validation_taps.h"

#include <CUnit/Basic.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MS UINT64_C(1000000)
#define TOLERANCE_NS (5 * MS)
#define OLD_RTT_NS (42 * MS) /* of the client's first network, without transmission time */
#define NEW_RTT_NS (62 * MS) /* of the other one, which has no rate */
#define PATIENCE_NS (60000 * MS)
#define AFTERWARDS_NS (200 * MS) /* for what the peer of the client does */

enum { CLIENT, SERVER };
enum { TEXT_MAX = 4096, CHALLENGE_BYTES = 1200, AMPLIFICATION = 3, PTO_MAX = 9, DATAGRAM_BYTES = 1452 };

/* ---- Tables ---- */

typedef enum direction { UP, DOWN, BOTH, DIRECTIONS } direction;

static const char *const DIRECTION_NAMES[DIRECTIONS] = {"up", "down", "both ways"};

static bool sends(direction way, uint32_t node)
{
    return way == BOTH || (way == UP) == (node == CLIENT);
}

typedef enum traffic { TRAFFIC_OVER, TRAFFIC_BULK, TRAFFIC_MESSAGES, TRAFFIC_TINY, TRAFFIC_ONE_LOST } traffic;

typedef struct move {
    const char *name;
    const char *verb;
    bool active; /* the client's call, and its validation; else the server's, of a client that a NAT moved */
    bool same_link; /* the new path is on the network of the old one */
    uint32_t tell;  /* bytes of a message that the client sends after it; 0: none */
} move;

#define HEAL "heal: client, network: a"
#define CALL "migrate: client -> server, timeout: 30s, as: move"

static const move MOVES[] = {
    {.name = "another network, validate first", .verb = CALL ", network: b", .active = true},
    {.name = "another network, follow first",
     .verb = CALL ", network: b, mode: follow-first",
     .active = true},
    {.name = "another port, validate first", .verb = CALL ", network: a", .active = true, .same_link = true},
    {.name = "another port, follow first",
     .verb = CALL ", network: a, mode: follow-first",
     .active = true,
     .same_link = true},
    {.name = "rebound to a port, large packet",
     .verb = "shuffle: home, change: port, of: client",
     .same_link = true,
     .tell = 600},
    {.name = "rebound to an address, large packet",
     .verb = "shuffle: home, change: address, of: client",
     .same_link = true,
     .tell = 600},
    {.name = "rebound to both, large packet",
     .verb = "shuffle: home, change: both, of: client",
     .same_link = true,
     .tell = 600},
    {.name = "rebound to a port, small packet",
     .verb = "shuffle: home, change: port, of: client",
     .same_link = true,
     .tell = 30},
    {.name = "rebound to an address, small packet",
     .verb = "shuffle: home, change: address, of: client",
     .same_link = true,
     .tell = 30},
    {.name = "rebound to both, small packet",
     .verb = "shuffle: home, change: both, of: client",
     .same_link = true,
     .tell = 30},
};

/* The moment before the move. */
typedef struct before {
    roam_path_stats stats;        /* of the sender of the traffic */
    validation_recovery recovery; /* likewise */
    uint64_t last_queue_drop_ns;
    uint64_t allowance; /* bytes that the server may send to the client's address under the limit */
    uint64_t heard_ns;  /* first datagram from that address */
    uint64_t move_ns;
} before;

typedef struct state {
    const char *name;
    traffic traffic;
    uint64_t move_ns;
    const char *timeline; /* entries that bring the state about */
    const char *restore;  /* a verb at the time of the move, that makes the old network good again */
    uint32_t pto_count;   /* that the sender has then */
    bool (*is_reached)(const before *before);
} state;

/* ---- The states ---- */

static bool is_idle(const before *b)
{
    return b->stats.bytes_in_flight == 0;
}

static bool is_window_full(const before *b)
{
    return b->stats.bytes_in_flight + DATAGRAM_BYTES > b->stats.cwnd && b->recovery.pto_count == 0;
}

/* A datagram of 1200 bytes takes the pacer longer than any tolerance. */
static bool is_pacer_slow(const before *b)
{
    return b->stats.srtt_ns / b->stats.cwnd * CHALLENGE_BYTES > 10 * MS;
}

static bool is_recovering(const before *b)
{
    return b->stats.bytes_in_flight > 0 && b->recovery.lost > 0 &&
           b->recovery.last_lost_ns + b->stats.srtt_ns > b->move_ns;
}

static bool is_limited(const before *b)
{
    return b->allowance < CHALLENGE_BYTES;
}

/* The validation of the client's address has not had a round trip. */
static bool is_unvalidated(const before *b)
{
    return b->heard_ns + OLD_RTT_NS > b->move_ns;
}

static bool is_queue_full(const before *b)
{
    return b->stats.bytes_in_flight > 0 && b->last_queue_drop_ns + 100 * MS > b->move_ns;
}

/* ---- A world's text ---- */

typedef struct text {
    char bytes[TEXT_MAX];
    size_t len;
} text;

__attribute__((format(printf, 2, 3))) static void add(text *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(t->bytes + t->len, sizeof t->bytes - t->len, format, arguments);
    va_end(arguments);
    CU_ASSERT_FATAL(len >= 0 && (size_t)len < sizeof t->bytes - t->len);
    t->len += (size_t)len;
}

static void add_traffic(text *t, traffic kind, uint32_t sender)
{
    const char *flow = sender == CLIENT ? "client -> server" : "server -> client";
    add(t, "  - {flow: %s, send: 100B, every: 20ms, at: 500ms, until: 700ms}\n", flow);
    switch (kind) {
    case TRAFFIC_OVER:
        break;
    case TRAFFIC_BULK:
        add(t, "  - {flow: %s, bulk: 60MB, at: 700ms}\n", flow);
        break;
    case TRAFFIC_MESSAGES:
        add(t, "  - {flow: %s, send: 300B, every: 20ms, at: 700ms}\n", flow);
        break;
    case TRAFFIC_TINY:
        add(t, "  - {flow: %s, send: 20B, every: 20ms, at: 700ms}\n", flow);
        break;
    case TRAFFIC_ONE_LOST:
        add(t, "  - {flow: %s, send: 100B, every: 20ms, at: 700ms, until: 1900ms}\n", flow);
        add(t, "  - {flow: %s, send: 400B, every: 10s, at: 2001ms, until: 2002ms}\n", flow);
        break;
    }
}

static text text_of(const state *s, direction way, const move *m)
{
    text t = {.len = 0};
    add(&t, "roam: 1\nname: t\nduration: 200s\n"
            "networks:\n"
            "  a: {delay: 20ms, rate: 10Mbps, queue: 60pkt, nat: home}\n"
            "  b: {delay: 30ms}\n"
            "  dc: {delay: 1ms}\n"
            "nats: {home: {pool: 203.0.113.0/29, ports: random}}\n"
            "nodes:\n"
            "  client: {networks: [a, b], keepalive: 200s, dead_after: 250s}\n"
            "  server: {networks: [dc], listen: 4433, keepalive: 200s, dead_after: 250s}\n"
            "peers: [client -> server]\n"
            "traffic:\n");
    for (uint32_t node = CLIENT; node <= SERVER; node++)
        if (sends(way, node))
            add_traffic(&t, s->traffic, node);
    if (m->tell)
        add(&t,
            "  - {flow: client -> server, send: %" PRIu32 "B, every: 10s, at: %" PRIu64 "us, until: %" PRIu64
            "us, key: 9}\n",
            m->tell, s->move_ns / 1000 + 100, s->move_ns / 1000 + 200);
    add(&t, "timeline:\n%s", s->timeline);
    if (m->same_link && s->restore)
        add(&t, "  - {at: %" PRIu64 "us, %s}\n", s->move_ns / 1000, s->restore);
    add(&t, "  - {at: %" PRIu64 "us, %s}\n", s->move_ns / 1000, m->verb);
    return t;
}

/* ---- Running it ---- */

typedef struct measured {
    validation_taps taps;
    before before[SERVER + 1]; /* by node */
    uint64_t move_ns;
    bool active;
    bool done;
    bool ok;
    uint64_t started_ns, finished_ns, end_ns;
    roam_addr local;  /* of a client that has moved */
    roam_addr remote; /* of a client that was moved */
} measured;

static void on_done(void *ctx, uint32_t call, const roam_migration_record *record, uint64_t now_ns)
{
    measured *m = ctx;
    (void)call, (void)now_ns;
    m->done = true;
    m->ok = record->result == ROAM_OK;
    m->started_ns = record->requested_ns;
    m->finished_ns = record->finished_ns;
    m->local = record->new_local;
}

static void on_event(void *ctx, uint32_t node, uint32_t other, const roam_event *event, uint64_t now_ns)
{
    measured *m = ctx;
    (void)other, (void)now_ns;
    if (m->active || m->done || node != SERVER || event->kind != ROAM_EVENT_REBOUND ||
        event->rebind->noticed_ns < m->move_ns)
        return;
    m->done = true;
    m->ok = event->rebind->validated;
    m->started_ns = event->rebind->noticed_ns;
    m->finished_ns = event->rebind->finished_ns;
    m->remote = event->rebind->new_remote;
}

static void look(measured *m, const world *w)
{
    roam_path_stats server;
    CU_ASSERT_FATAL(world_path_stats(w, 0, SERVER, &server));
    const validation_source *source = validation_source_of(&m->taps, SERVER, &server.remote);
    CU_ASSERT_PTR_NOT_NULL_FATAL(source);
    for (uint32_t node = CLIENT; node <= SERVER; node++) {
        before *b = &m->before[node];
        CU_ASSERT_FATAL(world_path_stats(w, 0, node, &b->stats));
        b->recovery = m->taps.recovery[node];
        b->last_queue_drop_ns = m->taps.last_queue_drop_ns;
        b->move_ns = m->move_ns;
        b->heard_ns = source->first_ns;
        b->allowance = source->received * AMPLIFICATION > source->sent
                           ? source->received * AMPLIFICATION - source->sent
                           : 0;
    }
}

static void run_world(measured *m, const text *t)
{
    const observer watchers[] = {validation_taps_observer(&m->taps),
                                 {.ctx = m, .migrate_done = on_done, .core_event = on_event}};
    evidence of =
        evidence_new(&(evidence_options){.text = t->bytes, .watchers = watchers, .watcher_count = 2});
    world *const made = of.world;
    m->taps.world = made;
    CU_ASSERT_EQUAL_FATAL(world_run(made, m->move_ns - 1), RUN_ERROR_NONE);
    look(m, made);
    for (uint64_t at_ns = m->move_ns; !m->done && at_ns < m->move_ns + PATIENCE_NS; at_ns += 10 * MS)
        CU_ASSERT_EQUAL_FATAL(world_run(made, at_ns), RUN_ERROR_NONE);
    m->end_ns = world_now_ns(made) + AFTERWARDS_NS;
    CU_ASSERT_EQUAL_FATAL(world_run(made, m->end_ns), RUN_ERROR_NONE);
    m->taps.world = NULL; /* qlog ends with the world */
    evidence_free(&of);
}

/* ---- The judgement ---- */

/* What came of the challenger's own challenges. */
typedef struct outcome {
    uint64_t first_sent_ns; /* ROAM_NEVER: none left */
    bool limited;           /* too little had come from there for the first to have 1200 bytes */
    uint64_t rtt_ns;        /* of the one whose response ended the validation; ROAM_NEVER: there is none */
    uint64_t earlier_ns;    /* the longest round trip of those that left before it */
} outcome;

static outcome outcome_of(const measured *m)
{
    outcome found = {.first_sent_ns = ROAM_NEVER, .rtt_ns = ROAM_NEVER};
    for (size_t i = 0; i < m->taps.flight_count && found.rtt_ns == ROAM_NEVER; i++) {
        const validation_flight *flight = &m->taps.flights[i];
        if (flight->challenger != (m->active ? CLIENT : SERVER) || flight->challenge_sent_ns < m->started_ns)
            continue;
        if (found.first_sent_ns == ROAM_NEVER) {
            found.first_sent_ns = flight->challenge_sent_ns;
            found.limited = !m->active && flight->heard * AMPLIFICATION < CHALLENGE_BYTES;
        }
        const uint64_t rtt_ns = validation_flight_transit_ns(flight);
        if (flight->response_received_ns == m->finished_ns)
            found.rtt_ns = rtt_ns;
        else if (flight->response_received_ns < m->finished_ns && rtt_ns > found.earlier_ns)
            found.earlier_ns = rtt_ns;
    }
    return found;
}

/* Whether the challenge was for the path to which the client moved. */
static bool is_on_new_path(const measured *m, const validation_flight *flight)
{
    if (!m->active)
        return roam_addr_equal(&flight->to, &m->remote);
    return roam_addr_equal(flight->challenger == CLIENT ? &flight->from : &flight->arrived_at, &m->local);
}

/* The longest time for which either end kept the answer to a challenge on the new path. */
static uint64_t longest_answer_ns(const measured *m)
{
    uint64_t longest_ns = 0;
    for (size_t i = 0; i < m->taps.flight_count; i++) {
        const validation_flight *flight = &m->taps.flights[i];
        if (!is_on_new_path(m, flight) || flight->challenge_received_ns == ROAM_NEVER ||
            flight->challenge_received_ns + TOLERANCE_NS >= m->end_ns)
            continue;
        const uint64_t sent_ns =
            flight->response_sent_ns == ROAM_NEVER ? m->end_ns : flight->response_sent_ns;
        if (sent_ns > flight->challenge_received_ns + longest_ns)
            longest_ns = sent_ns - flight->challenge_received_ns;
    }
    return longest_ns;
}

/* For how long the server kept its challenge, once the client that had migrated sent data from its new
 * address. */
static uint64_t server_challenge_ns(const measured *m)
{
    const validation_local *local = m->active ? validation_local_of(&m->taps, CLIENT, &m->local) : NULL;
    if (!local || local->received_ns == ROAM_NEVER)
        return 0;
    for (size_t i = 0; i < m->taps.flight_count; i++) {
        const validation_flight *flight = &m->taps.flights[i];
        if (flight->challenger == SERVER && flight->challenge_sent_ns >= local->received_ns)
            return flight->challenge_sent_ns - local->received_ns;
    }
    return m->end_ns - local->received_ns;
}

static double ms(uint64_t ns)
{
    return ns == ROAM_NEVER ? -1 : (double)ns / 1e6;
}

static bool judge(const measured *m, const move *how)
{
    const outcome found = outcome_of(m);
    if (!m->done || !m->ok || found.rtt_ns == ROAM_NEVER || m->taps.overflow) {
        printf("\n    %s%s%s, challenge left after %.3f ms", m->done ? "" : "no result",
               m->done && !m->ok ? "not validated" : "", m->ok ? "no response seen" : "",
               ms(found.first_sent_ns) - ms(m->started_ns));
        return false;
    }
    const uint64_t validation_ns = m->finished_ns - m->started_ns;
    const uint32_t trips = found.limited ? 2 : 1;
    const uint64_t bound_ns = found.rtt_ns + (trips > 1 ? found.earlier_ns : 0) + TOLERANCE_NS;
    const uint64_t answer_ns = longest_answer_ns(m);
    const uint64_t server_ns = server_challenge_ns(m);
    const bool rtt_holds = how->same_link ? found.rtt_ns >= OLD_RTT_NS : found.rtt_ns == NEW_RTT_NS;
    if (rtt_holds && validation_ns >= found.rtt_ns && validation_ns <= bound_ns &&
        answer_ns <= TOLERANCE_NS && server_ns <= TOLERANCE_NS)
        return true;
    printf(
        "\n    validation %.3f ms, wanted %.3f to %.3f (%" PRIu32
        " round trips); challenge left after %.3f, an answer after %.3f, the server's challenge after %.3f",
        ms(validation_ns), ms(found.rtt_ns), ms(bound_ns), trips, ms(found.first_sent_ns - m->started_ns),
        ms(answer_ns), ms(server_ns));
    return false;
}

static bool is_reached(const state *s, const before *b)
{
    const bool reached = s->is_reached
                             ? s->is_reached(b)
                             : b->recovery.pto_count == s->pto_count && b->stats.bytes_in_flight > 0;
    if (!reached)
        printf("\n    state not reached: in flight %" PRIu64 ", window %" PRIu64 ", SRTT %.3f ms, %" PRIu64
               " lost, the last %.3f ms ago, allowance %" PRIu64 ", PTO count %" PRIu64 " (wanted %" PRIu32
               "), PTO %.3f ms",
               b->stats.bytes_in_flight, b->stats.cwnd, ms(b->stats.srtt_ns), b->recovery.lost,
               ms(b->move_ns - b->recovery.last_lost_ns), b->allowance, b->recovery.pto_count, s->pto_count,
               ms(b->stats.pto_ns));
    return reached;
}

static void check_one(const state *s, direction way, const move *how)
{
    measured *m = calloc(1, sizeof *m);
    CU_ASSERT_PTR_NOT_NULL_FATAL(m);
    const text t = text_of(s, way, how);
    m->move_ns = s->move_ns;
    m->active = how->active;
    run_world(m, &t);
    bool reached = true;
    for (uint32_t node = CLIENT; node <= SERVER; node++)
        reached &= !sends(way, node) || is_reached(s, &m->before[node]);
    const bool holds = judge(m, how);
    if (!reached || !holds)
        printf("\n      %s; traffic %s; %s", s->name, DIRECTION_NAMES[way], how->name);
    CU_ASSERT_TRUE(reached);
    CU_ASSERT_TRUE(holds);
    free(m);
}

static void check_state(const state *s)
{
    for (direction way = UP; way < DIRECTIONS; way++)
        for (size_t i = 0; i < sizeof MOVES / sizeof MOVES[0]; i++)
            check_one(s, way, &MOVES[i]);
}

/* ---- Tests ---- */

static void test_idle(void)
{
    check_state(&(state){.name = "idle",
                         .traffic = TRAFFIC_OVER,
                         .move_ns = 1500 * MS,
                         .timeline = "  - {at: 1s, say: nothing is under way}\n",
                         .is_reached = is_idle});
}

/* Acknowledgements stop for less than a PTO. */
static void test_window_full(void)
{
    check_state(&(state){.name = "window full",
                         .traffic = TRAFFIC_BULK,
                         .move_ns = 1500 * MS,
                         .timeline = "  - {at: 1440ms, blackhole: client, network: a}\n",
                         .restore = HEAL,
                         .is_reached = is_window_full});
}

static void test_pacer_slow(void)
{
    check_state(&(state){.name = "pacer slow",
                         .traffic = TRAFFIC_MESSAGES,
                         .move_ns = 9000 * MS,
                         .timeline = "  - {at: 3s, set: a, delay: 300ms, loss: 20%}\n",
                         .restore = "set: a, delay: 20ms, loss: 0%",
                         .is_reached = is_pacer_slow});
}

static void test_recovery(void)
{
    check_state(&(state){
        .name = "recovering from loss",
        .traffic = TRAFFIC_BULK,
        .move_ns = 1500 * MS,
        .timeline = "  - {at: 1355ms, blackhole: client, network: a, for: 8ms, every: 35ms, times: 2}\n",
        .is_reached = is_recovering});
}

static void test_pto(void)
{
    for (uint32_t k = 1; k <= PTO_MAX; k++) {
        char name[32];
        (void)snprintf(name, sizeof name, "PTO backed off, %" PRIu32, k);
        /* PTO is 68 ms; the k-th fires 2^k - 1 PTOs after the message, and the move is halfway to the next.
         */
        check_state(&(state){.name = name,
                             .traffic = TRAFFIC_ONE_LOST,
                             .move_ns = 2001 * MS + 68 * MS * ((3u << k) - 2) / 2,
                             .timeline = "  - {at: 2s, blackhole: client, network: a}\n",
                             .restore = HEAL,
                             .pto_count = k});
    }
}

/* The queue of the bulk makes the PTO 138 to 171 ms. */
static void test_pto_window_full(void)
{
    for (uint32_t k = 1; k <= PTO_MAX; k++) {
        char name[48];
        (void)snprintf(name, sizeof name, "PTO backed off, %" PRIu32 ", window full", k);
        check_state(&(state){.name = name,
                             .traffic = TRAFFIC_BULK,
                             .move_ns = 1500 * MS + 150 * MS * ((3u << k) - 2) / 2,
                             .timeline = "  - {at: 1500ms, blackhole: client, network: a}\n",
                             .restore = HEAL,
                             .pto_count = k});
    }
}

/* Messages that no acknowledgement makes room for. */
static void test_outage(void)
{
    check_state(&(state){.name = "outage under messages",
                         .traffic = TRAFFIC_MESSAGES,
                         .move_ns = 12100 * MS,
                         .timeline = "  - {at: 2s, blackhole: client, network: a}\n",
                         .restore = HEAL,
                         .pto_count = 6});
}

static void test_rebinds(void)
{
    check_state(&(state){
        .name = "rebinds a round trip apart",
        .traffic = TRAFFIC_BULK,
        .move_ns = 1500 * MS,
        .timeline = "  - {at: 1020ms, shuffle: home, change: port, of: client, every: 50ms, times: 10}\n",
        .is_reached = is_unvalidated});
}

static void test_limited(void)
{
    check_state(&(state){.name = "amplification limit",
                         .traffic = TRAFFIC_TINY,
                         .move_ns = 1500 * MS,
                         .timeline = "  - {at: 1470ms, shuffle: home, change: both, of: client}\n",
                         .is_reached = is_limited});
}

static void test_queue_full(void)
{
    check_state(&(state){.name = "queue full",
                         .traffic = TRAFFIC_BULK,
                         .move_ns = 1500 * MS,
                         .timeline = "  - {at: 1300ms, set: a, rate: 2Mbps, queue: 20pkt}\n",
                         .restore = "set: a, queue: 200pkt",
                         .is_reached = is_queue_full});
}

static const check_test TESTS[] = {
    {"idle", test_idle},
    {"window full", test_window_full},
    {"pacer slow", test_pacer_slow},
    {"recovering", test_recovery},
    {"PTO backed off", test_pto},
    {"amplification limit", test_limited},
    {"queue full", test_queue_full},
    {"PTO, window full", test_pto_window_full},
    {"outage", test_outage},
    {"rebinds", test_rebinds},
};
CHECK_MAIN("validation states", TESTS)
