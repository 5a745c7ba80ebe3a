/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measured times of whole worlds against what they must be, computed here from delays, rates and the bytes
 * seen on the wire, never from the result.
 *
 * A world of this test: a on `old`, b on `far`; a migrates to `new`. All links are pipes of one rate, and
 * `far` has no delay of its own.
 *
 *     validated - requested = RTT of `new`
 *                           + S(challenge) up `new` + S(challenge) down `far`
 *                           + S(response) up `far`  + S(response) down `new`
 *                           + what queues held back + what pacers held back
 *
 * S(n) = n bytes of IP datagram at the rate. PATH_CHALLENGE leaves in the step of the call, PATH_RESPONSE in
 * the step that gets the first of the two challenges of a flight, both in datagrams of 1200 bytes (RFC 9000
 * sections 8.2.1, 8.2.2). Queues are replayed here from the taps, each link a FIFO: exact, with any traffic.
 *
 * A pacer makes the next datagram wait for those of the last step before: their UDP payload times
 * SRTT / (1.25 cwnd) a byte (RFC 9002 section 7.7), from the moment they left. On an idle connection a has no
 * such debt. b has one, because with the challenge a asks the old path, too, for a sign of life, and b
 * acknowledges that: when the answer on the old path leaves just before the response, it delays it. This
 * too is exact: the tolerance on an idle connection is 0.
 *
 * With traffic, one term is not exact: ngtcp2's pacers make up for time in which they could have sent and did
 * not, by an amount that only they know. What they hold back is then read from the taps, as challenge sent -
 * requested and response sent - challenge received, and is at most the debt.
 */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"

#include <CUnit/Basic.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define MS UINT64_C(1000000)
#define S (1000 * MS)
#define REQUESTED_NS (20 * S)

enum { A, B };
enum { OLD, NEW, FAR };
enum { TEXT_MAX = 4096, CASE_MAX = 128, CHALLENGE_BYTES = 1200 };

/* ---- one run, seen by taps ---- */

typedef struct tapped {
    uint64_t at_ns;
    uint32_t node, network;
    bool up;
    size_t len, payload_len;
    uint64_t pacing_ns; /* what a pacer asks for it, sent now: 0 when not connected */
    roam_addr source, destination;
} tapped;

typedef struct sight {
    tapped *taps;
    size_t count, room;
    size_t drops;
    bool done;
    uint64_t done_ns;
    roam_migration_record record;
    const world *world;
} sight;

/* RFC 9002 section 7.7, with the path's state of this moment. */
static uint64_t pacing_ns(const sight *s, uint32_t node, size_t payload_len)
{
    roam_path_stats stats;
    if (!s->world || !world_path_stats(s->world, 0, node, &stats))
        return 0;
    return payload_len * (stats.srtt_ns * 100 / 125 / stats.cwnd);
}

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    sight *s = ctx;
    if (packet->drop) {
        s->drops++;
        return;
    }
    if (s->count == s->room) {
        s->room = s->room ? 2 * s->room : 1024;
        s->taps = realloc(s->taps, s->room * sizeof *s->taps);
        if (!s->taps)
            abort();
    }
    s->taps[s->count++] =
        (tapped){.at_ns = now_ns,
                 .node = packet->node,
                 .network = packet->network,
                 .up = packet->up,
                 .len = packet->len,
                 .payload_len = packet->payload_len,
                 .pacing_ns = packet->up ? pacing_ns(s, packet->node, packet->payload_len) : 0,
                 .source = packet->source,
                 .destination = packet->destination};
}

static void on_migrate_done(void *ctx, uint32_t call, const roam_migration_record *record, uint64_t now_ns)
{
    sight *s = ctx;
    CU_ASSERT_EQUAL(call, 0);
    s->done = true;
    s->done_ns = now_ns;
    s->record = *record;
}

static sight run(const char *text, const char *name)
{
    sight s = {0};
    const observer watcher = {.ctx = &s, .packet = on_packet, .migrate_done = on_migrate_done};
    evidence of = evidence_new(&(evidence_options){.text = text, .watchers = &watcher, .watcher_count = 1});
    s.world = of.world;
    evidence_finish(&of);
    evidence_free(&of);
    s.world = NULL;
    CHECK(s.done, true, "migrations done: %s", name);
    return s;
}

/* Neither keepalive nor idle timeout comes into the way of a long silence. */
#define NODES                                                                                                \
    "nodes:\n"                                                                                               \
    "  a: {networks: [old, new], keepalive: 1000s, dead_after: 2000s}\n"                                     \
    "  b: {networks: [far], listen: 4433, keepalive: 1000s, dead_after: 2000s}\n"                            \
    "peers: [a -> b]\n"

/* ---- the links, replayed ---- */

typedef struct line {
    uint64_t byte_ns, delay_ns, last_depart_ns;
} line;

/* When a datagram of len bytes, handed over at at_ns, is out at the other end. */
static uint64_t line_pass(line *l, uint64_t at_ns, size_t len)
{
    l->last_depart_ns = (at_ns > l->last_depart_ns ? at_ns : l->last_depart_ns) + len * l->byte_ns;
    return l->last_depart_ns + l->delay_ns;
}

typedef struct arrival {
    uint64_t at_ns;
    const tapped *what;
} arrival;

static int compare_arrivals(const void *left, const void *right)
{
    const arrival *a = left, *b = right;
    return a->at_ns < b->at_ns ? -1 : a->at_ns > b->at_ns;
}

/* What leaves a on two links, merged in the core and down the link of b; when `wanted` is there. */
static uint64_t replay_to_b(const sight *s, const line *old, const line *new, const line *far,
                            const tapped *wanted)
{
    line lines[] = {*old, *new}, down = *far;
    arrival *arrivals = calloc(s->count + 1, sizeof *arrivals);
    uint64_t at_ns = 0;
    size_t count = 0;
    if (!arrivals)
        abort();
    for (const tapped *t = s->taps; t < s->taps + s->count; t++)
        if (t->node == A && t->up)
            arrivals[count++] = (arrival){line_pass(&lines[t->network], t->at_ns, t->len), t};
    qsort(arrivals, count, sizeof *arrivals, compare_arrivals);
    for (size_t i = 0; i < count && !at_ns; i++) {
        uint64_t out_ns = line_pass(&down, arrivals[i].at_ns, arrivals[i].what->len);
        at_ns = arrivals[i].what == wanted ? out_ns : 0;
    }
    free(arrivals);
    return at_ns;
}

/* What leaves b on one link, and of it what goes down to a's new address. */
static uint64_t replay_to_a(const sight *s, const line *far, const line *new, const tapped *wanted)
{
    line up = *far, down = *new;
    for (const tapped *t = s->taps; t <= wanted; t++) {
        if (t->node != B || !t->up)
            continue;
        uint64_t at_ns = line_pass(&up, t->at_ns, t->len);
        if (roam_addr_equal(&t->destination, &wanted->destination))
            at_ns = line_pass(&down, at_ns, t->len);
        if (t == wanted)
            return at_ns;
    }
    return 0;
}

/* ---- what the taps tell of the migration ---- */

/* The first datagram from a's new path, and the first to it: NULL when there was none. */
static const tapped *first_on_new(const sight *s, uint32_t node, bool up)
{
    for (const tapped *t = s->taps; t < s->taps + s->count; t++) {
        bool on_new = node == A ? t->network == NEW : roam_addr_equal(&t->destination, &s->record.new_local);
        if (t->at_ns >= REQUESTED_NS && t->node == node && t->up == up && on_new)
            return t;
    }
    return NULL;
}

/* The greatest debt that the node's pacer can have at at_ns: what left in its last step before, paid for
 * since. */
static uint64_t debt_ns(const sight *s, uint32_t node, uint64_t at_ns)
{
    uint64_t last_ns = 0, debt = 0;
    for (const tapped *t = s->taps; t < s->taps + s->count; t++) {
        if (t->node != node || !t->up || t->at_ns >= at_ns)
            continue;
        debt = (t->at_ns == last_ns ? debt : 0) + t->pacing_ns;
        last_ns = t->at_ns;
    }
    uint64_t paid = at_ns - last_ns;
    return debt > paid ? debt - paid : 0;
}

/* ---- validation time ---- */

static const uint64_t round_trips_ms[] = {1, 3, 10, 30, 100, 300, 1000};

static const struct {
    const char *text;
    uint64_t byte_ns; /* to send one byte */
} rates[] = {{"1Mbps", 8000}, {"20Mbps", 400}, {"1Gbps", 8}};

typedef struct trial {
    uint64_t rtt_ns, old_rtt_ns;
    size_t rate;
    bool ipv6, traffic;
} trial;

static sight run_trial(const trial *c, char name[CASE_MAX])
{
    char text[TEXT_MAX];
    const char *family = c->ipv6 ? "ipv6" : "ipv4";
    const char *rate = rates[c->rate].text;
    snprintf(name, CASE_MAX, "RTT %" PRIu64 " us, old %" PRIu64 " us, %s, %s, %s", c->rtt_ns / 1000,
             c->old_rtt_ns / 1000, rate, family, c->traffic ? "traffic" : "idle");
    snprintf(text, sizeof text,
             "roam: 1\nname: t\nduration: 26s\n"
             "networks:\n"
             "  old: {delay: %" PRIu64 "us, rate: %s, family: %s}\n"
             "  new: {delay: %" PRIu64 "us, rate: %s, family: %s}\n"
             "  far: {rate: %s, family: %s}\n" NODES "%s"
             "timeline:\n  - {at: 20s, migrate: a -> b, network: new}\n",
             c->old_rtt_ns / 2000, rate, family, c->rtt_ns / 2000, rate, family, rate, family,
             c->traffic ? "traffic:\n  - {flow: a -> b, send: 400B, every: 20ms, at: 10s}\n"
                          "  - {flow: b -> a, send: 400B, every: 20ms, at: 10s}\n"
                        : "");
    return run(text, name);
}

/* Result and record tell the tap's times: the API adds nothing of its own. */
static void check_api(const sight *s, const tapped *challenge, const tapped *end, const char *name)
{
    CHECK((uint64_t)s->record.result, ROAM_OK, "result: %s", name);
    CHECK(s->record.requested_ns, REQUESTED_NS, "record: requested: %s", name);
    CHECK(s->record.first_challenge_ns, challenge->at_ns, "record: challenge: %s", name);
    CHECK(s->record.response_ns, end->at_ns, "record: response: %s", name);
    CHECK(s->record.finished_ns, end->at_ns, "record: finished: %s", name);
    CHECK(s->done_ns, end->at_ns, "result told: %s", name);
}

/* All of it from sizes, delays and rates; of the wire, only what b's last answer on the old path cost. */
static void check_idle(const trial *c, const sight *s, uint64_t validation_ns, const char *name)
{
    uint64_t datagram_ns = (CHALLENGE_BYTES + (c->ipv6 ? 40u : 20u) + 8u) * rates[c->rate].byte_ns;
    uint64_t held_back_ns = debt_ns(s, B, REQUESTED_NS + c->rtt_ns / 2 + 2 * datagram_ns);
    CHECK(validation_ns, c->rtt_ns + 4 * datagram_ns + held_back_ns, "idle: validation: %s", name);
    /* At most 75 bytes, an SRTT of at most the old path's RTT with its serialisation and max_ack_delay, and a
     * cwnd of at least ten datagrams (RFC 9002 section 7.2). */
    CHECK_AT_MOST(held_back_ns, (c->old_rtt_ns + 4 * datagram_ns + 25 * MS) * 75 * 100 / 125 / 12000,
                  "idle: held back: %s", name);
    if (c->old_rtt_ns != c->rtt_ns)
        CHECK(held_back_ns, 0, "idle: held back, the old path's answer is far from the challenge: %s", name);
}

static void validation_time(const trial *c)
{
    char name[CASE_MAX];
    sight s = run_trial(c, name);
    const uint64_t byte_ns = rates[c->rate].byte_ns;
    const line old = {byte_ns, c->old_rtt_ns / 2, 0}, new = {byte_ns, c->rtt_ns / 2, 0},
               far = {byte_ns, 0, 0};
    const tapped *challenge = first_on_new(&s, A, true), *response = first_on_new(&s, B, true),
                 *end = first_on_new(&s, A, false);
    CHECK(s.drops, 0, "drops: %s", name);
    if (!CHECK(challenge && response && end, true, "challenge, response and its end seen: %s", name))
        goto out;
    uint64_t received_ns = replay_to_b(&s, &old, &new, &far, challenge);
    CHECK(end->at_ns, replay_to_a(&s, &far, &new, response), "first to the new address from b: received: %s",
          name);
    CU_ASSERT_TRUE(response->at_ns >= received_ns);
    check_api(&s, challenge, end, name);
    if (c->traffic) {
        CHECK_AT_MOST(challenge->at_ns - REQUESTED_NS, debt_ns(&s, A, REQUESTED_NS), "a's pacer: %s", name);
        CHECK_AT_MOST(response->at_ns - received_ns, debt_ns(&s, B, received_ns), "b's pacer: %s", name);
    } else {
        check_idle(c, &s, end->at_ns - REQUESTED_NS, name);
    }
out:
    free(s.taps);
}

static void validation_times(bool traffic)
{
    for (size_t i = 0; i < sizeof round_trips_ms / sizeof round_trips_ms[0]; i++)
        for (size_t rate = 0; rate < sizeof rates / sizeof rates[0]; rate++)
            for (unsigned odd = 0; odd < 4; odd++) {
                uint64_t rtt_ns = round_trips_ms[i] * MS;
                validation_time(&(trial){.rtt_ns = rtt_ns,
                                         .old_rtt_ns = odd & 1 ? rtt_ns : 10 * MS,
                                         .rate = rate,
                                         .ipv6 = odd & 2,
                                         .traffic = traffic});
            }
}

static void test_idle(void)
{
    validation_times(false);
}

static void test_traffic(void)
{
    validation_times(true);
}

/* ---- a dead path ---- */

/*
 * P, the PTO of a path without a sample (RFC 9002 sections 6.2.1, 6.2.2): initial_rtt + 4 * initial_rtt / 2
 * + max_ack_delay, 333 ms and 25 ms. The old path's own is far below.
 */
#define P (3 * 333 * MS + 25 * MS)

static sight run_dead(const char *budget)
{
    char text[TEXT_MAX];
    snprintf(text, sizeof text,
             "roam: 1\nname: t\nduration: 32s\n"
             "networks:\n  old: {delay: 5ms, rate: 20Mbps}\n  new: {delay: 15ms, rate: 20Mbps}\n"
             "  far: {rate: 20Mbps}\n" NODES "timeline:\n  - {at: 19s, blackhole: a, network: new}\n"
             "  - {at: 20s, migrate: a -> b, network: new, timeout: %s}\n",
             budget);
    return run(text, budget);
}

/*
 * Two datagrams at 0 and at P; at 3 P QUIC gives up (RFC 9000 section 8.2.4), and the second round starts at
 * once: nothing of the old path holds it.
 */
static void test_given_up(void)
{
    static const uint64_t flights[] = {0, P, 3 * P, 4 * P, 6 * P};
    sight s = run_dead("7s");
    size_t count = 0;
    for (const tapped *t = s.taps; t < s.taps + s.count; t++) {
        if (t->at_ns < REQUESTED_NS || t->node != A || !t->up)
            continue;
        uint64_t since_ns = t->at_ns - REQUESTED_NS;
        if (t->network != NEW || !CHECK(count < 10, true, "datagrams: on the new path"))
            continue;
        CHECK(since_ns, flights[count / 2], "challenge: number %zu", count);
        CHECK(t->payload_len, CHALLENGE_BYTES, "length: challenge %zu", count);
        count++;
    }
    CHECK(count, 10, "datagrams: on the new path");
    free(s.taps);
}

static void test_budget(void)
{
    static const struct {
        const char *budget;
        uint64_t ns;
        uint32_t rounds;
    } cases[] = {{.budget = "1s", .ns = S, .rounds = 1},
                 {.budget = "3072ms", .ns = 3 * P, .rounds = 1},
                 {.budget = "5s", .ns = 5 * S, .rounds = 2},
                 {.budget = "7s", .ns = 7 * S, .rounds = 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *name = cases[i].budget;
        sight s = run_dead(name);
        CHECK((uint64_t)s.record.result, (uint64_t)ROAM_ERR_TIMEOUT, "result: %s", name);
        CHECK(s.done_ns - REQUESTED_NS, cases[i].ns, "end: %s", name);
        CHECK(s.record.finished_ns - REQUESTED_NS, cases[i].ns, "finished: %s", name);
        CHECK(s.record.validation_rounds, cases[i].rounds, "rounds: %s", name);
        for (const tapped *t = s.taps; t < s.taps + s.count; t++)
            if (t->node == A && t->network == NEW)
                CHECK_AT_MOST(t->at_ns - REQUESTED_NS, cases[i].ns - 1, "datagram on the new path: %s", name);
        free(s.taps);
    }
}

static const check_test TESTS[] = {{"validation time, idle", test_idle},
                                   {"validation time, traffic", test_traffic},
                                   {"a dead path is given up at 3 PTO", test_given_up},
                                   {"the budget decides", test_budget}};
CHECK_MAIN("truth", TESTS)
