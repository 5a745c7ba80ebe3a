/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Faults aimed at packets (impair.h) and the medium beyond the link (channel.h), frame by frame; and both on
 * the links of hosts. */
#include "core/tests/check.h"
#include "sim/net/channel.h"
#include "sim/net/impair.h"
#include "sim/tests/lab.h"

#include <CUnit/Basic.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OUT_MAX = 64, TEXT_MAX = 512 };

/* What came out of an impair or a channel: "1 2 x3 2@5" is frames 1 and 2, 3 dropped, 2 again at 5 ms. */
typedef struct bench {
    n3_world *n3;
    run_error error;
    uint32_t frames_max;
    char log[TEXT_MAX];
    uint64_t passed, dropped, told[3];
    uint64_t out_of_order, latest_ns, last; /* of a channel */
} bench;

static void note(bench *b, const char *mark, const n3_frame *frame, uint64_t now_ns)
{
    const size_t used = strlen(b->log);
    char at[24] = "";
    if (now_ns > 0)
        snprintf(at, sizeof at, "@%" PRIu64, now_ns / MS);
    snprintf(b->log + used, TEXT_MAX - used, "%s%s%u%s", used ? " " : "", mark, frame->length, at);
}

static void on_pass(void *link, bool up, n3_frame *frame, uint64_t now_ns)
{
    bench *b = link;
    CU_ASSERT_TRUE(up);
    b->passed++;
    note(b, "", frame, now_ns);
    n3_frame_free(b->n3, frame);
}

static void on_drop(void *link, bool up, n3_frame *frame, uint64_t now_ns)
{
    bench *b = link;
    CU_ASSERT_TRUE(up);
    b->dropped++;
    note(b, "x", frame, now_ns);
    n3_frame_free(b->n3, frame);
}

static void on_tell(void *link, bool up, impair_event event)
{
    bench *b = link;
    CU_ASSERT_TRUE(up);
    b->told[event]++;
}

/* Frames of an even length hold a path_challenge, and those of 5 bytes stream 4. */
static bool on_has(void *link, bool up, const n3_frame *frame, scenario_frame kind, uint64_t stream)
{
    (void)link;
    (void)up;
    return (kind == SCENARIO_FRAME_PATH_CHALLENGE && frame->length % 2 == 0) ||
           (kind == SCENARIO_FRAME_STREAM && stream == 4 && frame->length == 5);
}

static void open_bench(bench *b)
{
    n3_world_options options;
    n3_world_options_default(&options);
    *b = (bench){.frames_max = UINT32_MAX};
    CU_ASSERT_EQUAL_FATAL(n3_world_new(&options, &b->n3), N3_OK);
}

static impair *new_impair(bench *b)
{
    static const impair_outlet OUTLET = {on_pass, on_drop, on_tell, on_has};
    const impair_options options = {b->n3, &b->error, "a", "wifi", true, &OUTLET, b->frames_max};
    impair *made = impair_new(&options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    return made;
}

/* Frames of 1, 2, ... bytes, so that one can tell them apart. */
static void enter_frames(bench *b, impair *faults, uint32_t count)
{
    for (uint32_t i = 1; i <= count; i++) {
        n3_frame *frame = n3_frame_new(b->n3, count);
        CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
        memset(frame->bytes, 0, count);
        frame->length = i;
        if (impair_is_active(faults))
            impair_enter(faults, b, frame, n3_world_now_ns(b->n3));
        else
            on_pass(b, true, frame, n3_world_now_ns(b->n3));
    }
}

static void test_selection(void)
{
    static const uint32_t FIRST_THIRD[] = {1, 3};
    static const uint32_t SECOND[] = {2};
    static const struct {
        scenario_impair rule;
        const char *log;
        bool active; /* after 6 frames */
    } cases[] = {
        {.rule = {.verb = SCENARIO_DROP, .nth = FIRST_THIRD, .nth_count = 2}, .log = "x1 2 x3 4 5 6"},
        {.rule = {.verb = SCENARIO_DROP, .count = 2}, .log = "x1 x2 3 4 5 6"},
        {.rule = {.verb = SCENARIO_DROP}, .log = "x1 x2 x3 x4 x5 x6", .active = true},
        {.rule = {.verb = SCENARIO_DROP, .fraction_ppb = 1000000000, .count = 5}, .log = "x1 x2 x3 x4 x5 6"},
        {.rule = {.verb = SCENARIO_DROP, .frame = SCENARIO_FRAME_PATH_CHALLENGE},
         .log = "1 x2 3 x4 5 x6",
         .active = true},
        {.rule = {.verb = SCENARIO_DROP, .frame = SCENARIO_FRAME_PATH_CHALLENGE, .count = 2},
         .log = "1 x2 3 x4 5 6"},
        {.rule =
             {.verb = SCENARIO_DROP, .frame = SCENARIO_FRAME_PATH_CHALLENGE, .nth = SECOND, .nth_count = 1},
         .log = "1 2 3 x4 5 6"},
        {.rule = {.verb = SCENARIO_DROP, .frame = SCENARIO_FRAME_STREAM, .stream = 4},
         .log = "1 2 3 4 x5 6",
         .active = true},
        {.rule = {.verb = SCENARIO_DROP, .frame = SCENARIO_FRAME_STREAM, .stream = 8},
         .log = "1 2 3 4 5 6",
         .active = true},
        {.rule = {.verb = SCENARIO_DUPLICATE, .count = 1, .copies = 1}, .log = "1 2 3 4 5 6 1"},
        {.rule = {.verb = SCENARIO_DUPLICATE, .count = 1, .copies = 2, .delay_ns = 7 * MS},
         .log = "1 2 3 4 5 6 1@7 1@14"},
        {.rule = {.verb = SCENARIO_REORDER, .nth = SECOND, .nth_count = 1, .delay_ns = 9 * MS},
         .log = "1 3 4 5 6 2@9"},
        {.rule = {.verb = SCENARIO_REORDER, .nth = SECOND, .nth_count = 1, .packets = 3},
         .log = "1 3 4 5 2 6"},
        {.rule = {.verb = SCENARIO_REORDER, .count = 2, .packets = 1}, .log = "3 1 2 4 5 6"},
        {.rule = {.verb = SCENARIO_REORDER, .count = 5, .delay_ns = 9 * MS}, .log = "6 1@9 2@9 3@9 4@9 5@9"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bench b;
        open_bench(&b);
        impair *faults = new_impair(&b);
        CU_ASSERT_FALSE(impair_is_active(faults));
        CHECK(impair_begin(faults, &cases[i].rule), 0, "begin");
        CU_ASSERT_TRUE(impair_is_active(faults));
        enter_frames(&b, faults, 6);
        CU_ASSERT_EQUAL(n3_world_run_until(b.n3, 100 * MS), N3_OK);
        CHECK_STRING(b.log, cases[i].log, "order");
        CU_ASSERT_EQUAL(impair_is_active(faults), cases[i].active);
        impair_free(faults);
        CHECK(n3_world_frames(b.n3), 0, "frames left");
        n3_world_free(b.n3);
    }
}

/* Copies stop where they would take the room of what is sent. */
static void test_many_copies(void)
{
    static const scenario_impair rule = {
        .verb = SCENARIO_DUPLICATE, .count = 6, .copies = 3, .delay_ns = 7 * MS};
    bench b;
    open_bench(&b);
    b.frames_max = 5;
    impair *faults = new_impair(&b);
    CHECK(impair_begin(faults, &rule), 0, "begin");
    enter_frames(&b, faults, 3);
    CU_ASSERT_EQUAL(n3_world_run_until(b.n3, 100 * MS), N3_OK);
    CHECK_STRING(b.log, "1 2 3 1@7 2@7 1@14 1@21", "what came");
    CHECK_STRING(b.error.text, "", "fault");
    impair_free(faults);
    n3_world_free(b.n3);
}

/* Two rules: the first one's drops do not reach the second; heal ends both, and a rule can begin anew. */
static void test_together(void)
{
    static const uint32_t SECOND[] = {2};
    static const scenario_impair first = {.verb = SCENARIO_DROP, .count = 1};
    static const scenario_impair then = {.verb = SCENARIO_DROP, .nth = SECOND, .nth_count = 1};
    bench b;
    open_bench(&b);
    impair *faults = new_impair(&b);
    CHECK(impair_begin(faults, &first), 0, "begin");
    CHECK(impair_begin(faults, &then), 0, "begin");
    enter_frames(&b, faults, 4);
    CHECK_STRING(b.log, "x1 2 x3 4", "both");
    b.log[0] = '\0';
    CHECK(impair_begin(faults, &then), 0, "begin");
    enter_frames(&b, faults, 3);
    CHECK_STRING(b.log, "1 x2 3", "anew");
    b.log[0] = '\0';
    CHECK(impair_begin(faults, &first), 0, "begin");
    impair_end(faults, NULL);
    enter_frames(&b, faults, 2);
    CHECK_STRING(b.log, "1 2", "healed");
    CHECK(impair_begin(faults, &first), 0, "begin");
    CHECK(impair_begin(faults, &then), 0, "begin");
    impair_end(faults, &first);
    b.log[0] = '\0';
    enter_frames(&b, faults, 2);
    CHECK_STRING(b.log, "1 x2", "one of them healed");
    impair_free(faults);
    n3_world_free(b.n3);
}

/* Held back for later packets that never come: the frame is freed with its owner. */
static void test_held_for_ever(void)
{
    static const scenario_impair rule = {.verb = SCENARIO_REORDER, .count = 1, .packets = 9};
    bench b;
    open_bench(&b);
    impair *faults = new_impair(&b);
    CHECK(impair_begin(faults, &rule), 0, "begin");
    enter_frames(&b, faults, 2);
    CU_ASSERT_TRUE(impair_is_active(faults)); /* it must see packets pass */
    CHECK(b.told[IMPAIR_HELD], 1, "held");
    CHECK(n3_world_frames(b.n3), 1, "frames");
    impair_free(faults);
    CHECK(n3_world_frames(b.n3), 0, "frames");
    n3_world_free(b.n3);
}

static void within(const char *what, double got, double wanted, double off)
{
    if (got < wanted - off || got > wanted + off)
        fprintf(stderr, "\n    %s: %f, wanted %f +- %f", what, got, wanted, off);
    CU_ASSERT_TRUE(got >= wanted - off && got <= wanted + off);
}

/* 10,000 packets at 10 %: 1000 with a standard deviation of 30; 5 of them are 150. */
static void test_fraction(void)
{
    static const scenario_impair rule = {.verb = SCENARIO_DROP, .fraction_ppb = 100000000};
    bench b;
    open_bench(&b);
    impair *faults = new_impair(&b);
    CHECK(impair_begin(faults, &rule), 0, "begin");
    for (int i = 0; i < 10000; i++) {
        enter_frames(&b, faults, 1);
        b.log[0] = '\0';
    }
    CHECK(b.passed + b.dropped, 10000, "all");
    within("dropped", (double)b.dropped, 1000, 150);
    impair_free(faults);
    n3_world_free(b.n3);
}

/* ---- the medium ---- */

static void on_come_out(void *ctx, n3_frame *frame, uint64_t now_ns)
{
    bench *b = ctx;
    const uint64_t number = frame->id;
    b->out_of_order += number < b->last;
    b->last = number > b->last ? number : b->last;
    b->latest_ns = now_ns;
    b->passed++;
    n3_frame_free(b->n3, frame);
}

static channel *new_channel(bench *b, const scenario_link *link)
{
    const channel_options options = {b->n3, &b->error, 1, 2, 3, on_come_out, b};
    channel *made = channel_new(&options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    CU_ASSERT_TRUE(channel_is_needed(link));
    channel_set(made, link);
    return made;
}

/*
 * enter 1 %, leave 25 %: b = 1/26 of the packets are lost. The number lost of N has the variance of the
 * occupation of a two-state chain, N b (1 - b) (1 + r) / (1 - r) with r = 1 - enter - leave = 0.74: for
 * 200,000 it is 49,500, a standard deviation of 223. Runs of losses are as long as visits to the bad state:
 * geometric, mean 4, variance 12; of the 1923 runs to be expected the mean deviates by 0.079. Bands: 5 of
 * each. Independent loss of the same rate has runs of 1.04 and falls out.
 */
static void test_burst(void)
{
    enum { N = 200000 };
    static const scenario_link link = {.burst = {10000000, 250000000, 1000000000, 0}};
    bench b;
    open_bench(&b);
    channel *medium = new_channel(&b, &link);
    uint64_t lost = 0, runs = 0;
    bool before = false;
    n3_frame *frame = n3_frame_new(b.n3, 64);
    CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
    for (int i = 0; i < N; i++) {
        const bool now = channel_take(medium, frame, 0) == CHANNEL_LOSES;
        lost += now;
        runs += now && !before;
        before = now;
    }
    within("lost", (double)lost, N / 26.0, 5 * 223);
    within("run", (double)lost / (double)runs, 4, 5 * 0.079);
    CHECK(channel_count(medium).lost, lost, "counted");
    n3_frame_free(b.n3, frame);
    channel_free(medium);
    n3_world_free(b.n3);
}

/* A good state that loses 10 %, a bad one half, each entered and left with 50 %: 30 % of 40,000, with a
 * standard deviation of sqrt(40,000 x 0.3 x 0.7) = 92; 5 of 100. */
static void test_burst_both_states(void)
{
    static const scenario_link link = {.burst = {500000000, 500000000, 500000000, 100000000}};
    bench b;
    open_bench(&b);
    channel *medium = new_channel(&b, &link);
    n3_frame *frame = n3_frame_new(b.n3, 64);
    CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
    for (int i = 0; i < 40000; i++)
        (void)channel_take(medium, frame, 0);
    within("lost", (double)channel_count(medium).lost, 12000, 500);
    n3_frame_free(b.n3, frame);
    channel_free(medium);
    n3_world_free(b.n3);
}

/* 400 frames at once, each held for up to 50 ms: every one comes within them, and they are out of order:
 * of so many even shuffled ones about ln 400 = 6 stand where no later one came before. */
static void test_reordering(void)
{
    static const scenario_link link = {.jitter_ns = 50 * MS, .reordering = true};
    static const scenario_link in_order = {.jitter_ns = 50 * MS};
    bench b;
    open_bench(&b);
    CU_ASSERT_FALSE(channel_is_needed(&in_order));
    channel *medium = new_channel(&b, &link);
    for (int i = 0; i < 400; i++) {
        n3_frame *frame = n3_frame_new(b.n3, 64);
        CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
        CU_ASSERT_EQUAL(channel_take(medium, frame, 0), CHANNEL_HOLDS);
    }
    CU_ASSERT_EQUAL(n3_world_run_until(b.n3, 1000 * MS), N3_OK);
    CHECK(b.passed, 400, "came out");
    CU_ASSERT_TRUE(b.out_of_order > 350);
    CU_ASSERT_TRUE(b.latest_ns <= 50 * MS && b.latest_ns > 45 * MS);
    channel_free(medium);
    n3_world_free(b.n3);
}

/* RFC 3168 section 5: only ECT is marked CE; and 1000 at 5 % are 50 with a standard deviation of 7. */
static void test_ecn(void)
{
    static const struct {
        scenario_link link;
        uint8_t before, after;
        bool ipv6;
    } cases[] = {
        {.link = {.ecn_mark_ppb = 1000000000}, .before = 0, .after = 0},
        {.link = {.ecn_mark_ppb = 1000000000}, .before = 1, .after = 3},
        {.link = {.ecn_mark_ppb = 1000000000}, .before = 2, .after = 3},
        {.link = {.ecn_mark_ppb = 1000000000}, .before = 3, .after = 3},
        {.link = {.ecn_mark_ppb = 1000000000}, .before = 2, .after = 3, .ipv6 = true},
        {.link = {.ecn_bleach = true}, .before = 2, .after = 0, .ipv6 = true},
        {.link = {.ecn_bleach = true}, .before = 3, .after = 0},
        {.link = {.ecn_bleach = true, .ecn_mark_ppb = 1000000000}, .before = 2, .after = 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const roam_family family = cases[i].ipv6 ? ROAM_FAMILY_IPV6 : ROAM_FAMILY_IPV4;
        const ip_datagram sent = {.source = {.family = family},
                                  .destination = {.family = family},
                                  .ecn = cases[i].before,
                                  .ttl = 9};
        ip_datagram got;
        size_t len = 0;
        bench b;
        open_bench(&b);
        channel *medium = new_channel(&b, &cases[i].link);
        n3_frame *frame = n3_frame_new(b.n3, 64);
        CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
        CU_ASSERT_EQUAL(ip_encode(&sent, frame->bytes, 64, &len), IP_OK);
        frame->length = (uint32_t)len;
        CU_ASSERT_EQUAL(channel_take(medium, frame, 0), CHANNEL_PASSES);
        CU_ASSERT_EQUAL(ip_parse(frame->bytes, len, &got), IP_OK); /* the checksum follows */
        CHECK(got.ecn, cases[i].after, "ecn");
        CHECK(channel_count(medium).marked, cases[i].after == 3 && cases[i].before != 3, "marked");
        n3_frame_free(b.n3, frame);
        channel_free(medium);
        n3_world_free(b.n3);
    }
}

/* ---- on the links of hosts ---- */

typedef struct pair {
    lab *l;
    roam_adapter *listener, *client;
} pair;

static void open_pair(pair *p, int where)
{
    p->l = lab_new();
    lab_attach(p->l, A, where);
    p->listener = lab_listen(p->l, B, lab_attach(p->l, B, DATACENTRE));
    p->client = lab_open(p->l, A, roam_adapter_local(p->listener));
}

static void close_pair(const pair *p)
{
    roam_adapter_free(p->client);
    roam_adapter_free(p->listener);
    lab_free(p->l);
}

static void send_number(const pair *p, size_t count)
{
    for (size_t i = 0; i < count; i++)
        CHECK(lab_send(p->l, p->client, roam_adapter_local(p->listener), 10 + i), 0, "send");
    lab_run(p->l, n3_world_now_ns(p->l->n3) + 500 * MS);
}

static size_t count_drops(const lab *l, const char *reason)
{
    size_t count = 0;
    for (size_t i = 0; i < l->packet_count; i++)
        count += strcmp(observer_drop_name(l->packets[i].packet.drop), reason) == 0;
    return count;
}

static void test_host_drop(void)
{
    static const uint32_t NTH[] = {1, 3};
    static const scenario_impair rule = {.verb = SCENARIO_DROP, .nth = NTH, .nth_count = 2};
    pair p;
    open_pair(&p, CELLULAR);
    network *on = &p.l->networks[CELLULAR];
    CHECK(host_begin_fault(p.l->hosts[A], on, SCENARIO_UP, &rule), 0, "begin");
    send_number(&p, 5);
    const access_counts up = host_count(p.l->hosts[A], on, true);
    CHECK(p.l->received_count, 3, "arrived");
    CHECK(count_drops(p.l, "fault"), 2, "seen as faults");
    CHECK(up.packets, 5, "packets");
    CHECK(up.dropped_fault, 2, "dropped");
    CHECK(up.delivered, 3, "delivered");
    close_pair(&p);
}

/* On the way down, which for B begins at the core; and it lasts over a detach. */
static void test_host_drop_down(void)
{
    static const scenario_impair rule = {.verb = SCENARIO_DROP, .count = 3};
    pair p;
    open_pair(&p, CELLULAR);
    network *on = &p.l->networks[DATACENTRE];
    CHECK(host_begin_fault(p.l->hosts[B], on, SCENARIO_DOWN, &rule), 0, "begin");
    send_number(&p, 2);
    CHECK(p.l->received_count, 0, "arrived");
    roam_adapter_free(p.listener);
    CHECK(host_detach(p.l->hosts[B], on, n3_world_now_ns(p.l->n3)), 0, "detach");
    p.listener = lab_listen(p.l, B, lab_attach(p.l, B, DATACENTRE));
    send_number(&p, 2);
    CHECK(p.l->received_count, 1, "arrived");
    CHECK(host_count(p.l->hosts[B], on, false).dropped_fault, 3, "dropped");
    close_pair(&p);
}

/* A detach takes what is held back with it. */
static void test_host_detach(void)
{
    static const scenario_impair rule = {.verb = SCENARIO_REORDER, .count = 1, .delay_ns = 100 * MS};
    pair p;
    open_pair(&p, CELLULAR);
    network *on = &p.l->networks[CELLULAR];
    CHECK(host_begin_fault(p.l->hosts[A], on, SCENARIO_UP, &rule), 0, "begin");
    CHECK(lab_send(p.l, p.client, roam_adapter_local(p.listener), 10), 0, "send");
    CHECK(host_detach(p.l->hosts[A], on, 0), 0, "detach");
    lab_run(p.l, 500 * MS);
    CHECK(p.l->received_count, 0, "arrived");
    CHECK(count_drops(p.l, "detached"), 1, "seen");
    close_pair(&p);
}

/* A flipped bit fails the UDP checksum; with the checksum repaired it arrives, and one bit differs. */
static void test_host_corrupt(void)
{
    for (int keep = 0; keep < 2; keep++) {
        const scenario_impair rule = {.verb = SCENARIO_CORRUPT, .count = 1, .bits = 1, .keep_checksum = keep};
        pair p;
        open_pair(&p, CELLULAR);
        network *on = &p.l->networks[CELLULAR];
        CHECK(host_begin_fault(p.l->hosts[A], on, SCENARIO_UP, &rule), 0, "begin");
        CHECK(lab_send(p.l, p.client, roam_adapter_local(p.listener), 101), 0, "send");
        lab_run(p.l, 500 * MS);
        unsigned flipped = 0;
        for (size_t i = 0; i < p.l->received_len; i++)
            flipped += (unsigned)__builtin_popcount(p.l->received[i] ^ (i == 0 ? 'h' : i == 1 ? 'i' : 0u));
        CHECK(p.l->received_count, (uint64_t)keep, "arrived");
        CHECK(flipped, (uint64_t)keep, "flipped");
        CHECK(count_drops(p.l, "checksum"), (uint64_t)!keep, "checksum");
        CHECK(host_count(p.l->hosts[A], on, true).corrupted, 1, "corrupted");
        CHECK(host_count(p.l->hosts[B], &p.l->networks[DATACENTRE], false).dropped_checksum, (uint64_t)!keep,
              "damaged");
        close_pair(&p);
    }
}

/* 200 packets at once over 50 ms of jitter: in order, unless the link reorders. */
static void test_host_jitter(void)
{
    for (int reorders = 0; reorders < 2; reorders++) {
        const scenario_link link = {.jitter_ns = 50 * MS, .queue = 100, .reordering = reorders};
        const uint32_t changes = SCENARIO_CHANGE_JITTER | SCENARIO_CHANGE_REORDERING;
        pair p;
        open_pair(&p, CELLULAR);
        CHECK(host_set_link(p.l->hosts[A], &p.l->networks[CELLULAR], SCENARIO_UP, changes, &link), 0, "set");
        send_number(&p, 200);
        size_t later = 0, before = 0;
        for (size_t i = 0; i < p.l->packet_count; i++) {
            const observer_packet *packet = &p.l->packets[i].packet;
            if (packet->up)
                continue;
            later += packet->payload_len < before;
            before = packet->payload_len;
        }
        CHECK(p.l->received_count, 200, "arrived");
        CU_ASSERT_EQUAL(later > 20, reorders);
        CU_ASSERT_TRUE(p.l->packets[p.l->packet_count - 1].at_ns <=
                       82 * MS); /* 30 + 50 + 1, and 200 packets at 1 Gbps */
        CU_ASSERT_EQUAL(later > 0, reorders);
        close_pair(&p);
    }
}

static void test_host_ecn(void)
{
    const scenario_link link = {.ecn_mark_ppb = 1000000000};
    pair p;
    open_pair(&p, CELLULAR);
    network *on = &p.l->networks[CELLULAR];
    CHECK(host_set_link(p.l->hosts[A], on, SCENARIO_UP, SCENARIO_CHANGE_ECN_MARK, &link), 0, "set");
    send_number(&p, 1);
    CHECK(p.l->received_ecn, 3, "ecn");
    CHECK(host_count(p.l->hosts[A], on, true).ecn_marked, 1, "marked");
    close_pair(&p);
}

/* The host knows the MTU of its own link, unless it is one further on, whose black hole says nothing. */
static void test_host_mtu(void)
{
    for (int silent = 0; silent < 2; silent++) {
        const scenario_mtu mtu = {.bytes = 1280, .silent = silent};
        pair p;
        open_pair(&p, CELLULAR);
        const roam_addr *to = roam_adapter_local(p.listener);
        CHECK(host_set_mtu(p.l->hosts[A], &p.l->networks[CELLULAR], &mtu), 0, "set");
        CHECK(lab_send(p.l, p.client, to, 1280 - 28), 0, "just fits");
        CHECK(lab_send(p.l, p.client, to, 1281 - 28), silent ? 0 : ROAM_ERR_TOO_LARGE, "too long");
        lab_run(p.l, 500 * MS);
        CHECK(p.l->received_count, 1, "arrived");
        CHECK(count_drops(p.l, "mtu"), 1, "dropped");
        close_pair(&p);
    }
}

static const check_test TESTS[] = {{"selection", test_selection},
                                   {"together", test_together},
                                   {"many copies", test_many_copies},
                                   {"held for ever", test_held_for_ever},
                                   {"fraction", test_fraction},
                                   {"burst", test_burst},
                                   {"burst, both states lose", test_burst_both_states},
                                   {"reordering", test_reordering},
                                   {"ecn", test_ecn},
                                   {"host: drop", test_host_drop},
                                   {"host: drop on the way down, over a detach", test_host_drop_down},
                                   {"host: detach", test_host_detach},
                                   {"host: corrupt", test_host_corrupt},
                                   {"host: jitter", test_host_jitter},
                                   {"host: ecn", test_host_ecn},
                                   {"host: mtu", test_host_mtu}};
CHECK_MAIN("impair", TESTS)
