/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/adapter.h"

#include "core/tests/check.h"

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

static const check_test tests[] = {{"hands on, and closes once", test_hands_on}};

CHECK_MAIN("adapter", tests)
