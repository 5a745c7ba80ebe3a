/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who enters the active view, and who leaves it. */
#include <string.h>

#include "core/membership/tests/overlay.h"
#include "core/membership/tests/puppet.h"
#include "core/tests/check.h"

enum { PUPPETS = 4 };

/* A host whose active view has room for three, and puppets that know it. */
typedef struct story {
    overlay o;
    net_host *host;
    puppet x[PUPPETS];
} story;

static void three(roam_membership_options *options)
{
    options->active_size = 3;
    options->shuffle_ns = 1000 * NET_S;
}

static void begin(story *s, int neighbours)
{
    static const char *names[PUPPETS] = {"x0", "x1", "x2", "x3"};
    s->o = overlay_new(1, three);
    s->host = s->o.hosts[0];
    for (int i = 0; i < PUPPETS; i++) {
        puppet_init(&s->x[i], s->o.net, names[i]);
        puppet_connect(&s->x[i], s->host);
        if (i < neighbours)
            puppet_ask(&s->x[i], false);
    }
    CHECK(overlay_active_count(s->host), neighbours, "neighbours at first");
}

static bool has(const story *s, int i)
{
    return overlay_has_active(s->host, s->x[i].host);
}

/* A request of low priority is accepted as long as there is room. */
static void test_low(void)
{
    story s;
    begin(&s, 3);
    puppet_ask(&s.x[3], false);
    for (int i = 0; i < PUPPETS; i++) {
        const core_message *const reply = puppet_last(&s.x[i], CORE_NEIGHBOR_REPLY);
        if (CHECK(reply != NULL, true, "a reply to x%d", i)) {
            CHECK(reply->flag, i < 3, "x%d is accepted", i);
            CHECK_STRING(reply->member.name, "n0");
            CHECK_ADDR(reply->member.addr, net_addr(s.host, s.host->network, 4433), "of itself");
        }
        CHECK(has(&s, i), i < 3, "x%d is active", i);
    }
    CHECK(net_count(s.host, ROAM_EVENT_PEER_UP), 3, "peer_up");
    CHECK(net_count(s.host, ROAM_EVENT_PEER_DOWN), 0, "peer_down");
    overlay_free(&s.o);
}

/* One of high priority always, and another gives way: it is told, and kept in the passive view. */
static void test_high(void)
{
    story s;
    begin(&s, 3);
    const size_t before = s.host->event_count;
    puppet_ask(&s.x[3], true);
    CHECK(overlay_active_count(s.host), 3, "active view");
    CHECK(has(&s, 3), true, "x3 is active");
    CHECK(puppet_last(&s.x[3], CORE_NEIGHBOR_REPLY)->flag, true, "x3 is accepted");
    int told = 0;
    for (int i = 0; i < 3; i++) {
        CHECK(puppet_count(&s.x[i], CORE_DISCONNECT), !has(&s, i), "x%d is told", i);
        CHECK(overlay_passive(s.host, s.x[i].host->name) != NULL, !has(&s, i), "x%d is passive", i);
        told += !has(&s, i);
        if (puppet_last(&s.x[i], CORE_DISCONNECT))
            CHECK(puppet_last(&s.x[i], CORE_DISCONNECT)->flag, false, "the host leaves");
    }
    CHECK(told, 1, "evicted");
    CHECK(s.host->event_count - before, 2, "events");
    CHECK(s.host->events[before].event.kind, ROAM_EVENT_PEER_DOWN, "the first");
    CHECK(s.host->events[before].event.down.reason, ROAM_DOWN_EVICTED, "reason");
    CHECK(s.host->events[before + 1].event.kind, ROAM_EVENT_PEER_UP, "the second");
    CHECK(overlay_refused(s.host), 0, "refused");
    overlay_free(&s.o);
}

/* What was evicted may still send as a neighbour for a while: that is ignored. */
static void test_late(void)
{
    story s;
    begin(&s, 1);
    puppet_ask(&s.x[1], true);
    puppet_ask(&s.x[2], true);
    puppet_ask(&s.x[3], true);
    int gone = 0;
    while (gone < 3 && has(&s, gone))
        gone++;
    const core_message walk = {.type = CORE_FORWARD_JOIN, .ttl = 6, .member = puppet_self(&s.x[gone])};
    puppet_send(&s.x[gone], &walk);
    CHECK(overlay_refused(s.host), 0, "refused at once");
    net_run_for(s.o.net, 5 * NET_S);
    const size_t told = puppet_count(&s.x[gone], CORE_DISCONNECT);
    puppet_send(&s.x[gone], &walk);
    CHECK(overlay_counts(s.host).refused_stranger, 1, "refused after 5 s");
    CHECK(puppet_count(&s.x[gone], CORE_DISCONNECT), told + 1, "and told once more");
    overlay_free(&s.o);
}

static void test_again(void)
{
    story s;
    begin(&s, 3);
    puppet_ask(&s.x[1], false);
    CHECK(puppet_last(&s.x[1], CORE_NEIGHBOR_REPLY)->flag, true, "a neighbour that asks is one");
    puppet_join(&s.x[2]);
    CHECK(puppet_last(&s.x[2], CORE_NEIGHBOR_REPLY)->flag, true, "a neighbour that joins anew");
    CHECK(puppet_count(&s.x[0], CORE_FORWARD_JOIN), 1, "is passed on");
    CHECK(net_count(s.host, ROAM_EVENT_PEER_UP), 3, "peer_up");
    overlay_free(&s.o);
}

static void test_disconnect(void)
{
    story s;
    begin(&s, 2);
    puppet_send(&s.x[0], &(core_message){.type = CORE_DISCONNECT});
    CHECK(has(&s, 0), false, "x0 is active");
    CHECK(net_last(s.host, ROAM_EVENT_PEER_DOWN)->down.reason, ROAM_DOWN_EVICTED, "reason");
    CHECK(overlay_passive(s.host, "x0") != NULL, true, "x0 is kept");
    puppet_send(&s.x[1], &(core_message){.type = CORE_DISCONNECT, .flag = true});
    CHECK(has(&s, 1), false, "x1 is active");
    CHECK(net_last(s.host, ROAM_EVENT_PEER_DOWN)->down.reason, ROAM_DOWN_LEFT, "reason");
    CHECK(overlay_passive(s.host, "x1") == NULL, true, "x1 is forgotten");
    CHECK(net_count(s.host, ROAM_EVENT_CHANNEL_DOWN), 0, "channels stay");
    overlay_free(&s.o);
}

/* A member that left the overlay is dropped from the passive view as well. */
static void test_passive_leaves(void)
{
    story s;
    begin(&s, 1);
    puppet_send(&s.x[0], &(core_message){.type = CORE_DISCONNECT});
    CHECK(overlay_passive(s.host, "x0") != NULL, true, "x0 is kept");
    puppet_send(&s.x[0], &(core_message){.type = CORE_DISCONNECT, .flag = true});
    CHECK(overlay_passive(s.host, "x0") == NULL, true, "x0 is forgotten");
    overlay_free(&s.o);
}

/* The host asks x0, and meanwhile the last place is taken: x0 is told. */
static void test_room_taken(void)
{
    story s;
    begin(&s, 3);
    puppet_send(&s.x[0], &(core_message){.type = CORE_DISCONNECT}); /* a place, and x0 is asked for it */
    if (CHECK(puppet_count(&s.x[0], CORE_NEIGHBOR), 1, "x0 is asked"))
        CHECK(puppet_last(&s.x[0], CORE_NEIGHBOR)->flag, false, "high");
    puppet_ask(&s.x[3], false);
    CHECK(has(&s, 3), true, "x3 is active");
    puppet_reply(&s.x[0], true);
    CHECK(has(&s, 0), false, "x0 is active");
    CHECK(overlay_active_count(s.host), 3, "active view");
    CHECK(puppet_count(&s.x[0], CORE_DISCONNECT), 1, "x0 is told");
    CHECK(overlay_passive(s.host, "x0") != NULL, true, "x0 stays in the passive view");
    overlay_free(&s.o);
}

/* Both ask: each accepts the other, and there is one neighbourhood and one event. */
static void test_both_ask(void)
{
    story s;
    begin(&s, 3);
    puppet_send(&s.x[0], &(core_message){.type = CORE_DISCONNECT});
    CHECK(puppet_count(&s.x[0], CORE_NEIGHBOR), 1, "x0 is asked");
    const size_t ups = net_count(s.host, ROAM_EVENT_PEER_UP);
    puppet_ask(&s.x[0], false);
    puppet_reply(&s.x[0], true);
    CHECK(has(&s, 0), true, "x0 is active");
    CHECK(net_count(s.host, ROAM_EVENT_PEER_UP) - ups, 1, "peer_up");
    CHECK(overlay_refused(s.host), 0, "refused");
    overlay_free(&s.o);
}

static void test_address(void)
{
    story s;
    begin(&s, 2);
    roam_addr addr = net_addr(s.host, 3, 5000);
    roam_membership_advertise(s.host->node, &addr, net_now(s.o.net));
    net_poke(s.host);
    net_run_for(s.o.net, 100 * NET_MS);
    for (int i = 0; i < 3; i++)
        CHECK(puppet_count(&s.x[i], CORE_ADVERTISE), i < 2, "x%d is told", i);
    CHECK_ADDR(puppet_last(&s.x[0], CORE_ADVERTISE)->member.addr, addr, "address");
    roam_membership_advertise(s.host->node, &addr, net_now(s.o.net));
    net_run_for(s.o.net, 100 * NET_MS);
    CHECK(puppet_count(&s.x[0], CORE_ADVERTISE), 1, "the same again is no news");
    /* A neighbour's own: it is what the passive view has later. */
    core_message moved = {.type = CORE_ADVERTISE, .member = puppet_self(&s.x[0])};
    moved.member.addr.port = 6000;
    puppet_send(&s.x[0], &moved);
    puppet_send(&s.x[0], &(core_message){.type = CORE_DISCONNECT});
    CHECK(overlay_passive(s.host, "x0")->addr.port, 6000, "port of x0");
    overlay_free(&s.o);
}

/* A channel that the application dialled is the application's. */
static void test_application(void)
{
    overlay o = overlay_new(2, NULL);
    net_dial(o.hosts[0], o.hosts[1]);
    net_run_for(o.net, 60 * NET_S);
    CHECK(net_count(o.hosts[0], ROAM_EVENT_CHANNEL_UP), 1, "channel_up");
    CHECK(net_count(o.hosts[0], ROAM_EVENT_CHANNEL_DOWN), 0, "channel_down");
    CHECK(net_count(o.hosts[0], ROAM_EVENT_PEER_UP), 0, "peer_up");
    CHECK(overlay_active_count(o.hosts[0]), 0, "active view");
    overlay_join(o.hosts[0], o.hosts[1]);
    net_run_for(o.net, NET_S);
    CHECK(overlay_has_active(o.hosts[0], o.hosts[1]), true, "joined over it");
    CHECK(overlay_counts(o.hosts[0]).dials, 0, "dials");
    roam_leave(o.hosts[0]->node, net_now(o.net));
    net_poke(o.hosts[0]);
    net_run_for(o.net, 60 * NET_S);
    CHECK(net_count(o.hosts[0], ROAM_EVENT_CHANNEL_DOWN), 0, "channel_down");
    overlay_free(&o);
}

/* Peers that were up before the start stay, in no view. */
static void test_start(void)
{
    net_fixture *const net = net_new();
    const overlay o = {.net = net};
    net_host *const a = net_add(net, "a", 0, net_accepting), *const b = net_add(net, "b", 1, net_accepting);
    roam_membership_options options;
    roam_membership_options_default(&options);
    net_listen(b);
    net_connect(a, b);
    CHECK(net_count(a, ROAM_EVENT_PEER_UP), 1, "peer_up before the start");
    CHECK(roam_active_view(a->node, NULL, 0), 0, "without membership");
    overlay_start(&o, a);
    CHECK(roam_membership_start(a->node, &options, net_now(net)), ROAM_ERR_EXISTS, "twice");
    net_run_for(net, NET_S);
    CHECK(overlay_active_count(a), 0, "active view");
    overlay_start(&o, b);
    overlay_join(a, b);
    net_run_for(net, NET_S);
    CHECK(overlay_has_active(b, a), true, "joined over the channel that there was");
    net_free(net);
}

static void test_options(void)
{
    roam_membership_options good;
    roam_membership_options_default(&good);
    net_fixture *const net = net_new();
    const net_host *const a = net_add(net, "a", 0, NULL);
    static const struct {
        const char *what;
        size_t offset;
        uint32_t value;
    } rows[] = {
        {"no active view", offsetof(roam_membership_options, active_size), 0},
        {"an active view of 33", offsetof(roam_membership_options, active_size), 33},
        {"no passive view", offsetof(roam_membership_options, passive_size), 0},
        {"a passive view of 257", offsetof(roam_membership_options, passive_size), 257},
        {"a walk of no hop", offsetof(roam_membership_options, active_walk), 0},
        {"a walk of 17 hops", offsetof(roam_membership_options, active_walk), 17},
        {"a passive walk longer than the active one", offsetof(roam_membership_options, passive_walk), 7},
        {"a shuffle of 33", offsetof(roam_membership_options, shuffle_passive), 30},
        {"a shuffle of very many", offsetof(roam_membership_options, shuffle_active), UINT32_MAX},
        {"no failure", offsetof(roam_membership_options, failures_max), 0},
        {"no joins", offsetof(roam_membership_options, joins_per_second), 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        roam_membership_options options = good;
        memcpy((uint8_t *)&options + rows[i].offset, &rows[i].value, sizeof rows[i].value);
        CHECK(roam_membership_start(a->node, &options, 0), ROAM_ERR_INVALID_ARGUMENT, "%s", rows[i].what);
    }
    CHECK(good.active_size, 5, "active");
    CHECK(good.passive_size, 30, "passive");
    CHECK(good.active_walk, 6, "ARWL");
    CHECK(good.passive_walk, 3, "PRWL");
    CHECK(1 + good.shuffle_active + good.shuffle_passive, 8, "shuffle");
    CHECK(good.shuffle_ns, 10 * NET_S, "each");
    CHECK(roam_membership_start(a->node, &good, 0), 0, "the defaults");
    net_free(net);
}

static const check_test tests[] = {{"low priority", test_low},
                                   {"high priority", test_high},
                                   {"late messages", test_late},
                                   {"again", test_again},
                                   {"disconnect", test_disconnect},
                                   {"a passive member leaves", test_passive_leaves},
                                   {"the room is taken", test_room_taken},
                                   {"both ask", test_both_ask},
                                   {"address", test_address},
                                   {"the application's channel", test_application},
                                   {"start", test_start},
                                   {"options", test_options}};

CHECK_MAIN("neighbours", tests)
