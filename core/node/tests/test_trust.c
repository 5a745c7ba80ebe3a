/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is let in: trust on first use, pinned keys, names. */
#include <string.h>

#include "core/tests/check.h"
#include "core/tests/net_pair.h"

static void strict(roam_node_options *options)
{
    options->accept = true;
    options->trust = ROAM_TRUST_STRICT;
}

/* On first use unless they are strict. */
static net_pair strangers(bool a_strict, bool b_strict)
{
    return net_pair_new(&(net_pair_options){.change_a = a_strict ? strict : net_accepting,
                                            .change_b = b_strict ? strict : net_accepting,
                                            .apart = true});
}

static void pin(net_host *host, const char *name, const net_host *whose)
{
    CHECK(roam_node_pin(host->node, name, roam_identity_public_key(whose->identity)), 0, "pin of %s", name);
}

/* The node in place of host gets another key under its old name. */
static void change_key(net_host *host)
{
    static const uint8_t seed[ROAM_KEY_BYTES] = {99, 99};
    net_crash(host);
    roam_identity_free(host->identity);
    CHECK(roam_identity_new(host->name, seed, &host->identity), 0, "new identity");
    net_restart(host, net_accepting);
}

static void pin_nothing(net_pair *p)
{
    (void)p;
}

static void pin_each_other(net_pair *p)
{
    pin(p->a, "b", p->b);
    pin(p->b, "a", p->a);
}

static void a_pins_wrong_key(net_pair *p)
{
    pin(p->a, "b", p->a);
    pin(p->b, "a", p->a);
}

static void b_pins_wrong_key(net_pair *p)
{
    pin(p->a, "b", p->b);
    pin(p->b, "a", p->b);
}

static void pin_twice(net_pair *p)
{
    a_pins_wrong_key(p);
    pin_each_other(p); /* a later pin replaces the earlier one */
}

enum { UP = -1 };

static const struct {
    const char *name;
    bool a_strict, b_strict;
    void (*pins)(net_pair *p);
    int code;                  /* of the CONNECTION_CLOSE, or UP */
    size_t pinned_a, pinned_b; /* KEY_PINNED events */
} meetings[] = {
    {.name = "strangers on first use", .pins = pin_nothing, .code = UP, .pinned_a = 1, .pinned_b = 1},
    {.name = "pinned, on first use", .pins = pin_each_other, .code = UP},
    {.name = "a has another key of b, on first use",
     .pins = a_pins_wrong_key,
     .code = ROAM_CLOSE_KEY_MISMATCH},
    {.name = "b has another key of a, on first use",
     .pins = b_pins_wrong_key,
     .code = ROAM_CLOSE_KEY_MISMATCH},
    {.name = "strict, pinned", .a_strict = true, .b_strict = true, .pins = pin_each_other, .code = UP},
    {.name = "strict, pinned anew", .a_strict = true, .b_strict = true, .pins = pin_twice, .code = UP},
    {.name = "strict a knows nobody",
     .a_strict = true,
     .pins = pin_nothing,
     .code = ROAM_CLOSE_KEY_UNKNOWN,
     .pinned_b = 1},
    {.name = "strict b knows nobody",
     .b_strict = true,
     .pins = pin_nothing,
     .code = ROAM_CLOSE_KEY_UNKNOWN,
     .pinned_a = 1},
    {.name = "strict a has another key of b",
     .a_strict = true,
     .b_strict = true,
     .pins = a_pins_wrong_key,
     .code = ROAM_CLOSE_KEY_MISMATCH},
    {.name = "strict b has another key of a",
     .a_strict = true,
     .b_strict = true,
     .pins = b_pins_wrong_key,
     .code = ROAM_CLOSE_KEY_MISMATCH},
};

static void test_meetings(void)
{
    for (size_t i = 0; i < sizeof meetings / sizeof meetings[0]; i++) {
        net_pair p = strangers(meetings[i].a_strict, meetings[i].b_strict);
        const char *name = meetings[i].name;
        meetings[i].pins(&p);
        net_dial(p.a, p.b);
        net_run_for(p.net, 2 * NET_S);
        bool up = meetings[i].code == UP;
        CHECK(net_count(p.a, ROAM_EVENT_PEER_UP), up, "%s: up at a", name);
        CHECK(net_count(p.b, ROAM_EVENT_PEER_UP), up, "%s: up at b", name);
        CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN), !up, "%s: down at a, which dialled", name);
        CHECK(net_count(p.b, ROAM_EVENT_PEER_DOWN), 0, "%s: down at b, where it never was up", name);
        const roam_event *down = net_last(p.a, ROAM_EVENT_PEER_DOWN);
        if (down) {
            CHECK(down->down.reason, ROAM_DOWN_REJECTED, "%s: reason", name);
            CHECK(down->down.application, true, "%s: application error", name);
            CHECK(down->down.code, meetings[i].code, "%s: code", name);
        }
        CHECK(net_count(p.a, ROAM_EVENT_KEY_PINNED), meetings[i].pinned_a, "%s: keys pinned by a", name);
        CHECK(net_count(p.b, ROAM_EVENT_KEY_PINNED), meetings[i].pinned_b, "%s: keys pinned by b", name);
        net_free(p.net);
    }
}

/* The key seen first stays: b's at a, which dials, and a's at b, which accepts. */
static void test_changed_key(void)
{
    for (int changed = 0; changed < 2; changed++) {
        net_pair p = strangers(false, false);
        roam_peer_id peer = net_connect(p.a, p.b);
        CHECK(roam_hang_up(p.a->node, peer), 0, "hang up");
        net_poke(p.a);
        net_run_for(p.net, NET_S);
        change_key(changed ? p.b : p.a);
        if (changed)
            net_listen(p.b);
        size_t downs = net_count(p.a, ROAM_EVENT_PEER_DOWN), ups = net_count(p.a, ROAM_EVENT_PEER_UP);
        net_dial(p.a, p.b);
        net_run_for(p.net, 2 * NET_S);
        const char *whose = changed ? "b" : "a";
        CHECK(net_count(p.a, ROAM_EVENT_PEER_UP), ups, "ups, key of %s changed", whose);
        CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN), downs + 1, "downs, key of %s changed", whose);
        const roam_event *down = net_last(p.a, ROAM_EVENT_PEER_DOWN);
        CHECK(down->down.code, ROAM_CLOSE_KEY_MISMATCH, "code, key of %s changed", whose);
        CHECK(down->down.application, true, "application error, key of %s changed", whose);
        net_free(p.net);
    }
}

static void test_wrong_name(void)
{
    net_pair p = strangers(false, false);
    roam_addr remote = net_addr(p.b, 1, 4433);
    roam_peer_id peer = {0};
    CHECK(roam_dial(p.a->node, "c", &remote, NULL, net_now(p.net), &peer), 0, "dial");
    net_poke(p.a);
    net_run_for(p.net, 2 * NET_S);
    const roam_event *down = net_last(p.a, ROAM_EVENT_PEER_DOWN);
    CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN), 1, "downs");
    CHECK(down ? down->peer.value : 0, peer.value, "peer");
    CHECK(down ? (int)down->down.code : -1, ROAM_CLOSE_NAME, "code");
    CHECK(net_count(p.a, ROAM_EVENT_KEY_PINNED), 0, "keys pinned by a");
    CHECK(net_count(p.b, ROAM_EVENT_PEER_UP) + net_count(p.a, ROAM_EVENT_PEER_UP), 0, "ups");
    net_free(p.net);
}

static void test_arguments(void)
{
    net_pair p = strangers(false, false);
    static const char *const names[] = {"", "a", "caf\xc3\xa9", "with\nnewline",
                                        "0123456789012345678901234567890123456789012345678901234567890123"};
    roam_addr remote = net_addr(p.b, 1, 4433), none = {0};
    roam_peer_id peer = {77};
    uint8_t key[ROAM_KEY_BYTES] = {1};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        CHECK(roam_dial(p.a->node, names[i], &remote, NULL, 0, &peer), ROAM_ERR_INVALID_ARGUMENT, "dial %zu",
              i);
        if (i != 1)
            CHECK(roam_node_pin(p.a->node, names[i], key), ROAM_ERR_INVALID_ARGUMENT, "pin %zu", i);
    }
    CHECK(roam_dial(p.a->node, "b", &none, NULL, 0, &peer), ROAM_ERR_INVALID_ARGUMENT, "dial to nowhere");
    p.a->refuse_adapters = true;
    CHECK(roam_dial(p.a->node, "b", &remote, NULL, 0, &peer), ROAM_ERR_ADAPTER, "dial without an adapter");
    CHECK(peer.value, 77, "output after failures");
    p.a->refuse_adapters = false;
    net_dial(p.a, p.b);
    CHECK(roam_dial(p.a->node, "b", &remote, NULL, 0, &peer), ROAM_ERR_EXISTS, "dial twice");
    CHECK(p.a->adapters_open, 1, "adapters");
    CHECK_STRING(roam_peer_name(p.a->node, roam_peer_find(p.a->node, "b")), "b");
    CHECK(roam_peer_find(p.a->node, "nobody").value, 0, "unknown name");
    CHECK(roam_peer_name(p.a->node, (roam_peer_id){9}) == NULL, true, "unknown id");
    net_free(p.net);
}

/* ---- Both ends dial ---- */

/* Each dials the other, b so much later than a. Whatever crosses, one connection stays. */
static void both_dial(uint64_t delay_ns, bool a_first)
{
    net_pair p = strangers(false, false);
    net_listen(p.a);
    int ms = (int)(delay_ns / NET_MS) * (a_first ? 1 : -1);
    net_host *first = a_first ? p.a : p.b, *second = a_first ? p.b : p.a;
    net_dial(first, second);
    net_run_for(p.net, delay_ns);
    roam_addr remote = net_addr(first, first->network, 4433);
    roam_peer_id peer;
    int rv = roam_dial(second->node, first->name, &remote, NULL, net_now(p.net), &peer);
    CHECK(rv == 0 || rv == ROAM_ERR_EXISTS, true, "second dial, after %d ms: %d", ms, rv);
    net_poke(second);
    net_run_for(p.net, 20 * NET_S);
    CHECK(net_ups(p.a), 1, "peer_up less peer_down at a, second dial after %d ms", ms);
    CHECK(net_ups(p.b), 1, "peer_up less peer_down at b, second dial after %d ms", ms);
    CHECK(p.a->adapters_open + p.b->adapters_open, 3, "adapters: two listen, one dialled; after %d ms", ms);
    net_send(p.a, roam_peer_find(p.a->node, "b"), 0, "x", 1);
    net_send(p.b, roam_peer_find(p.b->node, "a"), 0, "y", 1);
    net_run_for(p.net, NET_S);
    CHECK(p.a->messages, 1, "messages at a, second dial after %d ms", ms);
    CHECK(p.b->messages, 1, "messages at b, second dial after %d ms", ms);
    net_free(p.net);
}

static void test_both_dial(void)
{
    for (uint64_t ms = 0; ms <= 150; ms += 5) {
        both_dial(ms * NET_MS, true);
        both_dial(ms * NET_MS, false);
    }
}

static bool from_dialled_adapter_of_a(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    (void)user;
    (void)datagram;
    return from->bytes[3] == 1 && from->port == 50000;
}

/* a's own dial would be preferred to b's, but is towards nobody: b's stays, as soon as it is there. */
static void test_the_preferred_dial_is_dead(void)
{
    net_pair p = strangers(false, false);
    net_listen(p.a);
    net_filter(p.net, from_dialled_adapter_of_a, NULL);
    net_dial(p.a, p.b);
    net_dial(p.b, p.a);
    net_run_for(p.net, NET_S);
    CHECK(net_ups(p.a), 1, "ups at a");
    CHECK(net_ups(p.b), 1, "ups at b");
    net_run_for(p.net, 30 * NET_S);
    CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN) + net_count(p.b, ROAM_EVENT_PEER_DOWN), 0, "downs");
    CHECK(p.a->adapters_open + p.b->adapters_open, 3, "adapters: two listen, one dialled");
    net_free(p.net);
}

static const check_test tests[] = {
    {"meetings", test_meetings},       {"a changed key", test_changed_key},
    {"a wrong name", test_wrong_name}, {"arguments", test_arguments},
    {"both dial", test_both_dial},     {"the preferred dial is dead", test_the_preferred_dial_is_dead},
};

CHECK_MAIN("trust", tests)
