/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/adapter.h"

#include "core/tests/check.h"
#include "core/tests/net_pair.h"

typedef struct wire {
    int answer, sent, closed;
    const roam_datagram *datagram;
    uint64_t now_ns;
} wire;

static int on_send(void *ctx, const roam_datagram *datagram, uint64_t now_ns)
{
    wire *w = ctx;
    w->sent++;
    w->datagram = datagram;
    w->now_ns = now_ns;
    return w->answer;
}

static void on_close(void *ctx)
{
    wire *w = ctx;
    w->closed++;
}

static void test_hands_on(void)
{
    static const roam_adapter_vtable vtable = {.send = on_send, .close = on_close};
    const roam_addr local = {ROAM_FAMILY_IPV4, 4433, {192, 0, 2, 1}};
    const roam_datagram datagram = {.data = (const uint8_t *)"x", .len = 1, .segment_len = 1};
    wire w = {.answer = 0};
    roam_adapter *adapter = NULL;
    CHECK(roam_adapter_new(&vtable, &w, &local, &adapter), 0, "new");
    CHECK(roam_addr_equal(roam_adapter_local(adapter), &local), true, "local address");
    CHECK(roam_adapter_context(adapter) == &w, true, "context");
    CHECK(core_adapter_send(adapter, &datagram, 7), 0, "send");
    CHECK(w.datagram == &datagram && w.now_ns == 7, true, "what was sent");
    w.answer = ROAM_ERR_ADAPTER;
    CHECK(core_adapter_send(adapter, &datagram, 8), ROAM_ERR_ADAPTER, "send that fails");
    CHECK(w.sent, 2, "sends");
    CHECK(w.closed, 0, "closed before it is freed");
    roam_adapter_free(adapter);
    CHECK(w.closed, 1, "closed once");
    roam_adapter_free(NULL);
}

/* ---- Runs of segments ---- */

typedef struct parts {
    size_t count, len[8], segment_len[8];
    uint8_t first[8];
} parts;

static int on_part(void *ctx, const roam_datagram *datagram, uint64_t now_ns)
{
    (void)now_ns;
    parts *p = ctx;
    p->len[p->count] = datagram->len;
    p->segment_len[p->count] = datagram->segment_len;
    p->first[p->count++] = datagram->data[0];
    return 0;
}

static void on_parts_closed(void *ctx)
{
    (void)ctx;
}

/* 44 bytes in segments of 10, for adapters that take so many at once. */
static void test_splits(void)
{
    static const struct {
        size_t segments_max, parts, len[5], segment_len[5];
    } cases[] = {
        {.segments_max = 0, .parts = 5, .len = {10, 10, 10, 10, 4}, .segment_len = {10, 10, 10, 10, 4}},
        {.segments_max = 1, .parts = 5, .len = {10, 10, 10, 10, 4}, .segment_len = {10, 10, 10, 10, 4}},
        {.segments_max = 2, .parts = 3, .len = {20, 20, 4}, .segment_len = {10, 10, 4}},
        {.segments_max = 4, .parts = 2, .len = {40, 4}, .segment_len = {10, 4}},
        {.segments_max = 5, .parts = 1, .len = {44}, .segment_len = {10}},
    };
    const roam_addr local = {ROAM_FAMILY_IPV4, 4433, {192, 0, 2, 1}};
    uint8_t bytes[44];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    const roam_datagram run = {.data = bytes, .len = sizeof bytes, .segment_len = 10};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const roam_adapter_vtable vtable = {
            .send = on_part, .close = on_parts_closed, .segments_max = cases[i].segments_max};
        parts p = {0};
        roam_adapter *adapter = NULL;
        CHECK(roam_adapter_new(&vtable, &p, &local, &adapter), 0, "new");
        CHECK(core_adapter_send(adapter, &run, 1), 0, "send");
        CHECK(p.count, cases[i].parts, "at most %zu: parts", cases[i].segments_max);
        for (size_t k = 0, at = 0; k < p.count; at += p.len[k], k++) {
            CHECK(p.len[k], cases[i].len[k], "at most %zu: length of part %zu", cases[i].segments_max, k);
            CHECK(p.segment_len[k], cases[i].segment_len[k], "at most %zu: segment of part %zu",
                  cases[i].segments_max, k);
            CHECK(p.first[k], at, "at most %zu: start of part %zu", cases[i].segments_max, k);
        }
        roam_adapter_free(adapter);
    }
}

/* A migration tells why no adapter could be opened, and a dial too; the old path is in use as before. */
static void test_causes(void)
{
    static const struct {
        int refusal;
        roam_migration_detail detail;
    } cases[] = {
        {ROAM_ERR_ADAPTER, ROAM_DETAIL_NONE},
        {ROAM_ERR_ADDRESS_NOT_LOCAL, ROAM_DETAIL_ADDRESS_NOT_LOCAL},
        {ROAM_ERR_ADDRESS_IN_USE, ROAM_DETAIL_ADDRESS_IN_USE},
        {ROAM_ERR_ADDRESS_REFUSED, ROAM_DETAIL_ADDRESS_REFUSED},
        {ROAM_ERR_NO_ROUTE, ROAM_DETAIL_NO_ROUTE},
        {ROAM_ERR_FAMILY, ROAM_DETAIL_FAMILY},
        {ROAM_ERR_LIMIT, ROAM_DETAIL_LIMIT},
        {ROAM_ERR_NO_MEMORY, ROAM_DETAIL_NO_MEMORY},
    };
    net_pair p = net_pair_new(NULL);
    net_host *a = p.a;
    roam_peer_id other;
    roam_addr remote = net_addr(p.b, 1, 4433);
    a->refuse_adapters = true;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        a->refusal = cases[i].refusal;
        CHECK(roam_dial(a->node, "c", &remote, NULL, net_now(p.net), &other), a->refusal, "dial");
        net_migrate(a, p.b_at_a, 2, NET_S, ROAM_VALIDATE_FIRST, NULL);
        net_poke(a);
        CHECK(a->result_count, i + 1, "results");
        const roam_migration_record *record = &a->results[i].record;
        CHECK(record->result, ROAM_ERR_ADAPTER, "result, status %d", a->refusal);
        CHECK(record->detail, cases[i].detail, "detail %s, status %d",
              roam_migration_detail_name(record->detail), a->refusal);
    }
    CHECK(a->adapters_open, 1, "adapters");
    net_send(a, p.b_at_a, 0, "x", 1);
    net_run_for(p.net, NET_S);
    CHECK(p.b->messages, 1, "messages over the old path");
    net_free(p.net);
}

static const check_test tests[] = {{"hands on, and closes once", test_hands_on},
                                   {"splits what is more than it takes", test_splits},
                                   {"why none could be opened", test_causes}};

CHECK_MAIN("adapter", tests)
