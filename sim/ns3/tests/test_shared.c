/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One queue in each direction that hosts share, and ns-3's disciplines in it. */
#include "core/tests/check.h"
#include "sim/ns3/ns3.h"

#include <CUnit/Basic.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define RATE_BPS UINT64_C(8000000) /* 1,000 bytes a millisecond */

enum { FRAMES = 3000, HOSTS = 2, NUMBER_AT = 28, ECT0 = 2, CE = 3 };

/* Frames of two hosts go up; those of host i are of its addresses and ports. */
typedef struct trial {
    n3_world *world;
    n3_device *ends[HOSTS];
    n3_medium *medium; /* NULL: a pipe, of one host */
    n3_queue_params then;
    uint64_t sent_ns[FRAMES];
    uint32_t host[FRAMES];
    uint64_t arrived_ns[FRAMES]; /* 0: it did not */
    uint64_t dropped_ns[FRAMES];
    uint32_t count; /* of frames that were sent */
    uint64_t marked;
    uint32_t peak;
} trial;

/* What is sent: `count` frames of `length` bytes by each host, every `every_ns`, from its first_ns on. */
typedef struct plan {
    uint32_t hosts;
    uint32_t length;
    uint32_t count[HOSTS];
    uint64_t every_ns[HOSTS];
    uint8_t ecn;
    n3_discipline discipline;
    n3_queue_params queue;
    uint64_t change_ns; /* 0: none */
    n3_queue_params then;
    uint64_t seed;
    bool ipv6;
} plan;

typedef struct sender {
    trial *of;
    const plan *plan;
    uint32_t host;
    uint32_t sent;
    n3_timer *timer;
} sender;

static uint32_t number_of(const n3_frame *frame)
{
    uint32_t number;
    memcpy(&number, frame->bytes + frame->length - sizeof number, sizeof number);
    CU_ASSERT_FATAL(number < FRAMES);
    return number;
}

/* RFC 791: of all words of a header; -0 with a checksum that is right. */
static uint32_t sum_of(const uint8_t *header)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < 20; i += 2)
        sum += (uint32_t)(header[i] << 8 | header[i + 1]);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static void set_checksum(uint8_t *header)
{
    const uint32_t sum = sum_of(header);
    header[10] = (uint8_t)(~sum >> 8);
    header[11] = (uint8_t)~sum;
}

static void on_receive(void *user, n3_frame *frame, uint64_t now_ns)
{
    trial *const t = user;
    const bool is4 = frame->bytes[0] >> 4 == 4;
    t->arrived_ns[number_of(frame)] = now_ns;
    t->marked += (is4 ? frame->bytes[1] & 3 : frame->bytes[1] >> 4 & 3) == CE;
    if (is4)
        CHECK(sum_of(frame->bytes), 0xffff, "header of frame %u", number_of(frame));
    n3_frame_free(t->world, frame);
}

static void on_drop(void *user, const n3_frame *frame, n3_status reason, uint64_t now_ns)
{
    trial *const t = user;
    CU_ASSERT_EQUAL(reason, N3_DROP_QUEUE);
    t->dropped_ns[number_of(frame)] = now_ns;
}

static void fill(n3_frame *frame, const sender *from)
{
    const plan *const p = from->plan;
    uint8_t *const bytes = frame->bytes;
    memset(bytes, 0, p->length);
    if (p->ipv6) {
        bytes[0] = 0x60;
        bytes[1] = (uint8_t)(p->ecn << 4);
        bytes[6] = 17;
        bytes[23] = bytes[41] = (uint8_t)(from->host + 1);
    } else {
        bytes[0] = 0x45;
        bytes[1] = p->ecn;
        bytes[9] = 17;
        bytes[15] = bytes[21] = (uint8_t)(from->host + 1);
        set_checksum(bytes);
    }
    frame->length = p->length;
}

static void send_next(void *user, uint64_t now_ns)
{
    sender *const from = user;
    trial *const t = from->of;
    n3_frame *const frame = n3_frame_new(t->world, from->plan->length);
    CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
    fill(frame, from);
    memcpy(frame->bytes + frame->length - sizeof t->count, &t->count, sizeof t->count);
    t->host[t->count] = from->host;
    t->sent_ns[t->count++] = now_ns;
    (void)n3_device_send(t->ends[from->host], frame); /* the drop hook has it */
    if (++from->sent < from->plan->count[from->host])
        n3_timer_set(from->timer, now_ns + from->plan->every_ns[from->host]);
}

static void change(void *user, uint64_t now_ns)
{
    const trial *const t = user;
    n3_device_params params;
    (void)now_ns;
    if (t->medium) {
        CU_ASSERT_EQUAL(n3_medium_set(t->medium, true, &t->then), N3_OK);
        return;
    }
    n3_device_get(t->ends[0], &params);
    params.rate_bps = t->then.rate_bps;
    params.queue_packets = t->then.queue_packets;
    params.queue_bytes = t->then.queue_bytes;
    CU_ASSERT_EQUAL(n3_device_set(t->ends[0], &params), N3_OK);
}

static void join(trial *t, const plan *p, bool shared)
{
    n3_link_options link;
    n3_node *nodes[HOSTS + 1];
    n3_device *core;
    n3_link_options_default(&link);
    link.a.delay_ns = link.b.delay_ns = 5 * MS;
    for (size_t i = 0; i <= p->hosts; i++)
        CU_ASSERT_EQUAL_FATAL(n3_node_new(t->world, &nodes[i]), N3_OK);
    if (shared) {
        n3_medium_options medium;
        n3_medium_options_default(&medium, N3_MEDIUM_QUEUE);
        medium.discipline = p->discipline;
        medium.up = p->queue;
        CU_ASSERT_EQUAL_FATAL(n3_medium_new(t->world, &medium, &t->medium), N3_OK);
    }
    for (size_t i = 0; i < p->hosts; i++) {
        n3_host_options host;
        n3_host_options_default(&host);
        link.a.rate_bps = p->queue.rate_bps;
        link.a.queue_packets = p->queue.queue_packets;
        link.a.queue_bytes = p->queue.queue_bytes;
        host.wire = link;
        CU_ASSERT_EQUAL_FATAL(
            shared ? n3_medium_add(t->medium, &host, nodes[i], nodes[p->hosts], &t->ends[i], &core)
                   : n3_link_new(t->world, &link, nodes[i], nodes[p->hosts], &t->ends[i], &core),
            N3_OK);
        n3_device_on_receive(core, on_receive, t);
        n3_device_on_drop(t->ends[i], on_drop, t);
    }
}

static void count(trial *t, const plan *p)
{
    for (size_t i = 0; i < p->hosts; i++) {
        n3_device_counters counters;
        n3_device_count(t->ends[i], &counters);
        CHECK(counters.sent, counters.delivered + counters.dropped_queue, "of host %zu", i);
        CHECK(counters.sent, p->count[i], "sent by host %zu", i);
        t->peak = counters.queue_peak;
    }
}

/* Until then; frames that are left go with the world. */
static void perform(trial *t, const plan *p, bool shared, uint64_t until_ns)
{
    n3_world_options options;
    sender senders[HOSTS];
    n3_timer *changer;
    *t = (trial){.then = p->then};
    n3_world_options_default(&options);
    options.seed = p->seed ? p->seed : 1;
    CU_ASSERT_EQUAL_FATAL(n3_world_new(&options, &t->world), N3_OK);
    join(t, p, shared);
    CU_ASSERT_EQUAL_FATAL(n3_timer_new(t->world, change, t, &changer), N3_OK);
    n3_timer_set(changer, p->change_ns ? p->change_ns : N3_NEVER);
    for (uint32_t i = 0; i < p->hosts; i++) {
        senders[i] = (sender){.of = t, .plan = p, .host = i};
        CU_ASSERT_EQUAL_FATAL(n3_timer_new(t->world, send_next, &senders[i], &senders[i].timer), N3_OK);
        n3_timer_set(senders[i].timer, p->count[i] ? 1 : N3_NEVER);
    }
    CU_ASSERT_EQUAL(n3_world_run_until(t->world, until_ns), N3_OK);
    if (until_ns == N3_NEVER)
        count(t, p);
    n3_timer_free(changer);
    for (uint32_t i = 0; i < p->hosts; i++)
        n3_timer_free(senders[i].timer);
    n3_world_free(t->world);
}

/* To the nanosecond: arrivals and drops, with each limit, also when rate and queue become others while frames
 * wait, at times at which others leave. */
static void test_one_host_is_a_pipe(void)
{
    static const n3_queue_params queues[] = {{RATE_BPS, 10, 0},        {RATE_BPS, 1, 0},
                                             {RATE_BPS, 100, 5500},    {RATE_BPS, 3, 800},
                                             {RATE_BPS / 3, 20, 9999}, {0, 10, 0}};
    enum { COUNT = sizeof queues / sizeof queues[0] };
    for (size_t i = 0; i < COUNT * COUNT; i++) {
        static trial pipe, shared;
        const plan p = {.hosts = 1,
                        .length = 1000,
                        .count = {100},
                        .every_ns = {i % 2 ? 700000 : MS / 2},
                        .queue = queues[i / COUNT],
                        .change_ns = 30 * MS + i % 3,
                        .then = queues[i % COUNT]};
        perform(&pipe, &p, false, N3_NEVER);
        perform(&shared, &p, true, N3_NEVER);
        for (size_t frame = 0; frame < 100; frame++) {
            CHECK(shared.arrived_ns[frame], pipe.arrived_ns[frame], "case %zu, frame %zu arrived", i, frame);
            CHECK(shared.dropped_ns[frame], pipe.dropped_ns[frame], "case %zu, frame %zu dropped", i, frame);
        }
        CHECK(shared.peak, pipe.peak, "case %zu: most that waited", i);
    }
}

/* Both hosts send a frame at once, a third more than what the rate can take: the second one
 * waits for the first, and for all that is left of earlier ones. */
static void test_hosts_share(void)
{
    static trial t;
    const plan p = {.hosts = 2,
                    .length = 1000,
                    .count = {10, 10},
                    .every_ns = {3 * MS / 2, 3 * MS / 2},
                    .queue = {RATE_BPS, 100, 0}};
    perform(&t, &p, true, N3_NEVER);
    for (uint64_t i = 0; i < 20; i++)
        CHECK(t.arrived_ns[i], 1 + (i + 1) * MS + 5 * MS, "frame %u", (unsigned)i);
    /* When the last two come, after 13.5 ms, 13 have left, and the 14th is being sent. */
    CHECK(t.peak, 6, "most that waited");
}

/* 3,999 bytes: three frames of 1,000 wait, the one that is being sent is not counted. */
static void test_bytes(void)
{
    static trial t;
    const plan p = {
        .hosts = 2, .length = 1000, .count = {3, 3}, .every_ns = {1, 1}, .queue = {RATE_BPS, 100, 3999}};
    perform(&t, &p, true, N3_NEVER);
    for (uint64_t i = 0; i < 6; i++)
        CHECK(t.arrived_ns[i], i < 4 ? 1 + (i + 1) * MS + 5 * MS : 0, "frame %u", (unsigned)i);
}

static uint32_t dropped_of(const trial *t)
{
    uint32_t dropped = 0;
    for (uint32_t i = 0; i < t->count; i++)
        dropped += t->dropped_ns[i] > 0;
    return dropped;
}

/* CoDel (RFC 8289): above 5 ms for 100 ms, the first frame is dropped, or marked if it has ECT. 130 % of the
 * rate; with drop-tail all 400 frames would wait, the last one for 92 ms. */
static void test_codel(void)
{
    static trial t;
    plan p = {.hosts = 1,
              .length = 1000,
              .count = {400},
              .every_ns = {MS * 10 / 13},
              .queue = {RATE_BPS, 1000, 0},
              .discipline = N3_DISCIPLINE_CODEL};
    perform(&t, &p, true, N3_NEVER);
    CHECK(dropped_of(&t) > 0, true, "CoDel drops");
    CHECK(t.marked, 0, "nothing to mark");
    p.ecn = ECT0;
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        p.ipv6 = ipv6;
        perform(&t, &p, true, N3_NEVER);
        CHECK(dropped_of(&t), 0, "CoDel marks instead");
        CHECK(t.marked > 0, true, "marked");
    }
    p.queue.queue_packets = 20;
    perform(&t, &p, true, N3_NEVER);
    CHECK(dropped_of(&t) > 0, true, "a full queue drops what has ECT, too");
    CHECK(t.peak, 20, "most that waited");
}

/* A host that sends twice the rate, and one that sends a twentieth of it: with drop-tail its frames wait for
 * the other's, with fq-codel for one of them at most, which is being sent, and one that the quantum lets
 * pass. */
static void test_fq_codel(void)
{
    static trial t;
    plan p = {.hosts = 2,
              .length = 1000,
              .count = {190, 5},
              .every_ns = {MS / 2, 20 * MS},
              .queue = {RATE_BPS, 1000, 0},
              .discipline = N3_DISCIPLINE_FQ_CODEL};
    for (int ipv6 = 0; ipv6 < 2; ipv6++) {
        uint64_t worst_ns = 0;
        p.ipv6 = ipv6;
        perform(&t, &p, true, N3_NEVER);
        for (uint32_t i = 0; i < t.count; i++)
            if (t.host[i] == 1 && t.arrived_ns[i] - t.sent_ns[i] > worst_ns)
                worst_ns = t.arrived_ns[i] - t.sent_ns[i];
        CHECK(worst_ns >= 6 * MS && worst_ns <= 8 * MS, true, "took %llu ns at worst",
              (unsigned long long)worst_ns);
    }
    p.queue.queue_bytes = 30000; /* 20 packets of a quantum */
    perform(&t, &p, true, N3_NEVER);
    CHECK(t.peak, 20, "most that waited");
}

/* RED draws: the same seed drops the same frames, another seed others. */
static void test_red(void)
{
    static trial one, same, other;
    plan p = {.hosts = 1,
              .length = 1000,
              .count = {FRAMES},
              .every_ns = {MS * 100 / 103},
              .queue = {RATE_BPS, 60, 0},
              .discipline = N3_DISCIPLINE_RED,
              .seed = 7};
    for (p.queue.queue_bytes = 0; p.queue.queue_bytes <= 60000; p.queue.queue_bytes += 60000) {
        perform(&one, &p, true, N3_NEVER);
        perform(&same, &p, true, N3_NEVER);
        p.seed = 8;
        perform(&other, &p, true, N3_NEVER);
        p.seed = 7;
        CHECK(memcmp(one.dropped_ns, same.dropped_ns, sizeof one.dropped_ns), 0, "one seed");
        CHECK(memcmp(one.dropped_ns, other.dropped_ns, sizeof one.dropped_ns) != 0, true, "another seed");
        CHECK(dropped_of(&one) > 0, true, "RED drops");
        CHECK(one.peak < 60, true, "before the queue is full");
    }
    p.ecn = ECT0;
    p.count[0] = FRAMES / 2; /* 45 more than leave: never 60 */
    perform(&one, &p, true, N3_NEVER);
    CHECK(dropped_of(&one), 0, "RED marks instead");
    CHECK(one.marked > 0, true, "marked");
}

/* A queue that becomes another under frames that wait, and a world that ends with them. */
static void test_changes_and_ends(void)
{
    for (n3_discipline discipline = N3_DISCIPLINE_DROPTAIL; discipline <= N3_DISCIPLINE_RED; discipline++) {
        static trial t;
        const plan p = {.hosts = 1,
                        .length = 1000,
                        .count = {100},
                        .every_ns = {MS / 2},
                        .queue = {RATE_BPS, 1000, 0},
                        .discipline = discipline,
                        .change_ns = 25 * MS,
                        .then = {2 * RATE_BPS, 5, 0}};
        perform(&t, &p, true, 26 * MS);
        perform(&t, &p, true, N3_NEVER);
        CHECK(t.dropped_ns[0], 0, "discipline %d: the first", discipline);
        CHECK(t.arrived_ns[0], 1 + 6 * MS, "discipline %d: the first", discipline);
    }
}

static void test_options(void)
{
    static const struct {
        n3_queue_params params;
        n3_status status;
    } cases[] = {{{999, 10, 0}, N3_ERR_INVALID},
                 {{0, 0, 0}, N3_ERR_INVALID},
                 {{0, 65537, 0}, N3_ERR_INVALID},
                 {{0, 1, N3_QUEUE_MAX_BYTES + 1}, N3_ERR_INVALID},
                 {{1000, 65536, N3_QUEUE_MAX_BYTES}, N3_OK}};
    n3_world_options options;
    n3_world *world;
    n3_world_options_default(&options);
    CU_ASSERT_EQUAL_FATAL(n3_world_new(&options, &world), N3_OK);
    n3_medium_options medium;
    n3_medium *made, *bus;
    n3_medium_options_default(&medium, N3_MEDIUM_CSMA);
    CU_ASSERT_EQUAL_FATAL(n3_medium_new(world, &medium, &bus), N3_OK);
    CHECK(n3_medium_set(bus, true, &cases[4].params), N3_ERR_UNSUPPORTED, "a bus");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        n3_medium_options_default(&medium, N3_MEDIUM_QUEUE);
        medium.down = cases[i].params;
        CHECK(n3_medium_new(world, &medium, &made), cases[i].status, "case %zu", i);
    }
    CHECK(n3_medium_set(made, true, &cases[0].params), N3_ERR_INVALID, "set");
    medium.discipline = (n3_discipline)9;
    CHECK(n3_medium_new(world, &medium, &made), N3_ERR_INVALID, "no discipline");
    n3_world_free(world);
}

static const check_test TESTS[] = {{"one host has a pipe", test_one_host_is_a_pipe},
                                   {"hosts share", test_hosts_share},
                                   {"bytes", test_bytes},
                                   {"codel", test_codel},
                                   {"fq-codel", test_fq_codel},
                                   {"red", test_red},
                                   {"changes, and ends", test_changes_and_ends},
                                   {"options", test_options}};
CHECK_MAIN("ns3 shared queue", TESTS)
