/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Active peers that fail, what takes their place, and when they are tried again. Times are exact. */
#include <string.h>

#include "core/membership/tests/overlay.h"
#include "core/membership/tests/puppet.h"
#include "core/node/connection_end.h"
#include "core/node/peer.h"
#include "core/tests/check.h"

enum { PUPPETS = 3 };

typedef struct story {
    overlay o;
    net_host *host;
    puppet x[PUPPETS];
} story;

static void one(roam_membership_options *options)
{
    options->active_size = 1;
    options->shuffle_ns = 1000 * NET_S;
}

static void begin(story *s, void (*change)(roam_membership_options *options))
{
    static const char *names[PUPPETS] = {"x0", "x1", "x2"};
    s->o = overlay_new(1, change);
    s->host = s->o.hosts[0];
    for (int i = 0; i < PUPPETS; i++)
        puppet_init(&s->x[i], s->o.net, names[i]);
    puppet_connect(&s->x[0], s->host);
    puppet_join(&s->x[0]);
    CHECK(overlay_has_active(s->host, s->x[0].host), true, "x0 is active");
}

/* x0 tells of so many others, which have no channel to the host. */
static void tell_of(story *s, int others)
{
    core_message m = {.type = CORE_SHUFFLE, .id = 1, .ttl = 1, .member = puppet_self(&s->x[0])};
    for (int i = 1; i <= others; i++)
        m.members[m.member_count++] = puppet_self(&s->x[i]);
    puppet_send(&s->x[0], &m);
}

/* The host closes the channel of x0, because of a message that is none; when. */
static uint64_t fail(story *s)
{
    const uint64_t at_ns = net_now(s->o.net) + 20 * NET_MS; /* one way */
    puppet_send_bytes(&s->x[0], "\1\5", 2);
    CHECK(overlay_has_active(s->host, s->x[0].host), false, "x0 is active");
    CHECK(net_last(s->host, ROAM_EVENT_PEER_DOWN)->down.reason, ROAM_DOWN_REJECTED, "reason");
    return at_ns;
}

static void check_times(const story *s, roam_event_kind kind, size_t from, const uint64_t *at_ns,
                        size_t count)
{
    size_t n = 0;
    for (size_t i = from; i < s->host->event_count; i++) {
        if (s->host->events[i].event.kind != kind)
            continue;
        if (n < count)
            CHECK(s->host->events[i].at_ns, at_ns[n], "%s %d", roam_event_name(kind), (int)n);
        n++;
    }
    CHECK(n, count, "%s", roam_event_name(kind));
}

/* Nobody else is known, and x0 is gone: dialled after 1 s, 2 s, 4 s and 8 s, for 10 s each time, and then
 * forgotten. */
static void test_back_off(void)
{
    story s;
    begin(&s, one);
    const size_t from = s.host->event_count;
    const uint64_t failed_ns = fail(&s);
    net_crash(s.x[0].host);
    CHECK(overlay_passive(s.host, "x0")->failures, 1, "failures");
    CHECK(overlay_passive(s.host, "x0")->retry_ns, failed_ns + NET_S, "retry");
    net_run_for(s.o.net, 200 * NET_S);
    const uint64_t downs[] = {failed_ns, failed_ns + 11 * NET_S, failed_ns + 23 * NET_S,
                              failed_ns + 37 * NET_S, failed_ns + 55 * NET_S};
    check_times(&s, ROAM_EVENT_CHANNEL_DOWN, from, downs, 5);
    check_times(&s, ROAM_EVENT_PEER_DOWN, from, downs, 1);
    CHECK(overlay_passive(s.host, "x0") == NULL, true, "forgotten");
    CHECK(overlay_counts(s.host).dials, 4, "dials");
    CHECK(overlay_counts(s.host).dials_failed, 4, "of those failed");
    overlay_free(&s.o);
}

/* Another member takes the place: its channel is up first, then it is asked, then it is active. */
static void test_promotion(void)
{
    story s;
    begin(&s, one);
    tell_of(&s, 1);
    const size_t from = s.host->event_count;
    const uint64_t failed_ns = fail(&s);
    net_run_for(s.o.net, 200 * NET_MS);
    CHECK(overlay_counts(s.host).dials, 1, "dials");
    CHECK(overlay_active_count(s.host), 0, "active view before the answer");
    if (CHECK(puppet_count(&s.x[1], CORE_NEIGHBOR), 1, "x1 is asked"))
        CHECK(puppet_last(&s.x[1], CORE_NEIGHBOR)->flag, true, "high priority, as the view is empty");
    const uint64_t answered_ns = net_now(s.o.net) + 20 * NET_MS;
    puppet_reply(&s.x[1], true);
    CHECK(overlay_has_active(s.host, s.x[1].host), true, "x1 is active");
    check_times(&s, ROAM_EVENT_PEER_DOWN, from, &failed_ns, 1);
    check_times(&s, ROAM_EVENT_PEER_UP, from, &answered_ns, 1);
    size_t channel = 0, peer = 0;
    for (size_t i = from; i < s.host->event_count; i++) {
        channel = s.host->events[i].event.kind == ROAM_EVENT_CHANNEL_UP ? i : channel;
        peer = s.host->events[i].event.kind == ROAM_EVENT_PEER_UP ? i : peer;
    }
    CHECK(channel > 0 && channel < peer, true, "channel_up before peer_up");
    CHECK(overlay_passive(s.host, "x1") == NULL, true, "x1 is in one view");
    overlay_free(&s.o);
}

/* The first says no: it stays in the passive view, its channel is closed after 1 s, and the next is asked. */
static void test_rejected(void)
{
    story s;
    begin(&s, one);
    tell_of(&s, 2);
    fail(&s);
    net_run_for(s.o.net, 200 * NET_MS);
    const int first = puppet_count(&s.x[1], CORE_NEIGHBOR) == 1 ? 1 : 2, second = 3 - first;
    puppet *const no = &s.x[first], *const yes = &s.x[second];
    CHECK(puppet_count(no, CORE_NEIGHBOR), 1, "the first is asked");
    CHECK(yes->ups, 0, "the second is not");
    const uint64_t answered_ns = net_now(s.o.net) + 20 * NET_MS;
    puppet_reply(no, false);
    CHECK(overlay_active_count(s.host), 0, "active view");
    const roam_member *const kept = overlay_passive(s.host, no->host->name);
    if (CHECK(kept != NULL, true, "the first is kept")) {
        CHECK(kept->failures, 0, "failures");
        CHECK(kept->retry_ns, answered_ns + 1000 * NET_S, "not before the next shuffle");
    }
    net_run_for(s.o.net, 200 * NET_MS);
    CHECK(puppet_count(yes, CORE_NEIGHBOR), 1, "the second is asked");
    puppet_reply(yes, true);
    CHECK(overlay_has_active(s.host, yes->host), true, "the second is active");
    net_run_for(s.o.net, 2 * NET_S);
    CHECK(no->downs, 1, "the channel of the first is closed");
    CHECK(no->down.down.reason, ROAM_DOWN_LEFT, "reason");
    CHECK(no->down_ns, answered_ns + NET_S + 20 * NET_MS, "after the linger time");
    CHECK(yes->downs, 0, "that of the second is not");
    overlay_free(&s.o);
}

/* No answer in 5 s is a failure. */
static void test_silence(void)
{
    story s;
    begin(&s, one);
    tell_of(&s, 1);
    fail(&s);
    net_run_for(s.o.net, 200 * NET_MS);
    CHECK(puppet_count(&s.x[1], CORE_NEIGHBOR), 1, "x1 is asked");
    const uint64_t asked_ns = s.x[1].received_ns - 20 * NET_MS;
    net_run_for(s.o.net, 5 * NET_S - (net_now(s.o.net) - asked_ns) - 1);
    CHECK(overlay_passive(s.host, "x1")->failures, 0, "failures before");
    net_run_for(s.o.net, 1);
    CHECK(overlay_passive(s.host, "x1")->failures, 1, "failures");
    CHECK(overlay_passive(s.host, "x1")->retry_ns, asked_ns + 6 * NET_S, "retry");
    CHECK(overlay_counts(s.host).dials_failed, 0, "the dial did not fail");
    puppet_reply(&s.x[1], true); /* too late */
    CHECK(overlay_counts(s.host).refused_unasked, 1, "refused");
    CHECK(overlay_has_active(s.host, s.x[1].host), false, "x1 is active");
    CHECK(puppet_count(&s.x[1], CORE_DISCONNECT), 1, "x1 is told");
    overlay_free(&s.o);
}

/* The net tick: the peer is silent, and nothing else tells of it. */
static void test_tick(void)
{
    overlay o = overlay_new(2, one);
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, NET_S);
    net_crash(o.hosts[1]);
    net_run_for(o.net, 70 * NET_S);
    CHECK(overlay_active_count(o.hosts[0]), 0, "active view");
    CHECK(net_last(o.hosts[0], ROAM_EVENT_PEER_DOWN)->down.reason, ROAM_DOWN_TICK, "reason");
    CHECK(overlay_passive(o.hosts[0], "n1")->failures >= 1, true, "kept, with a failure");
    net_restart(o.hosts[1], net_accepting);
    net_listen(o.hosts[1]);
    overlay_start(&o, o.hosts[1]);
    net_run_for(o.net, 30 * NET_S);
    CHECK(overlay_has_active(o.hosts[0], o.hosts[1]), true, "back again");
    CHECK(overlay_has_active(o.hosts[1], o.hosts[0]), true, "and at the other end");
    overlay_free(&o);
}

static void some(roam_membership_options *options)
{
    options->active_size = 5;
    options->shuffle_ns = 10 * NET_S;
}

enum { REFUSING = 7 };

/* Those that are asked and have not answered say no, for so long. */
static void refuse(net_fixture *net, puppet *x, uint64_t ns)
{
    const uint64_t until_ns = net_now(net) + ns;
    while (net_now(net) < until_ns) {
        net_run_for(net, 100 * NET_MS);
        for (int i = 0; i < REFUSING; i++) {
            if (!puppet_last(&x[i], CORE_NEIGHBOR))
                continue;
            puppet_reply(&x[i], false);
            x[i].received_count = 0;
        }
    }
}

/* With a neighbour left, where every view is full: after four refusals in a row one is asked in the time of a
 * shuffle, as each costs a handshake. The fifth was asked before the fourth had refused. */
static void test_rhythm(void)
{
    story s;
    puppet x[REFUSING];
    static const char *names[REFUSING] = {"y0", "y1", "y2", "y3", "y4", "y5", "y6"};
    begin(&s, some);
    core_message m = {.type = CORE_SHUFFLE, .id = 1, .ttl = 1, .member = puppet_self(&s.x[0])};
    for (int i = 0; i < REFUSING; i++) {
        puppet_init(&x[i], s.o.net, names[i]);
        m.members[m.member_count++] = puppet_self(&x[i]);
    }
    puppet_send(&s.x[0], &m);
    CHECK(overlay_counts(s.host).dials, 2, "dials at once");
    refuse(s.o.net, x, 5 * NET_S);
    CHECK(overlay_counts(s.host).dials, 5, "dials in 5 s");
    refuse(s.o.net, x, 10 * NET_S);
    CHECK(overlay_counts(s.host).dials, 6, "dials in 15 s");
    refuse(s.o.net, x, 10 * NET_S);
    CHECK(overlay_counts(s.host).dials, 7, "dials in 25 s");
    CHECK(overlay_passive_count(s.host), REFUSING, "all are kept");
    overlay_free(&s.o);
}

/* A contact that is not there is tried again with back-off for as long as the active view is empty. */
static void test_contact(void)
{
    overlay o = overlay_new(2, one);
    const size_t from = o.hosts[1]->event_count;
    net_crash(o.hosts[0]);
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, 36 * NET_S);
    const story s = {.host = o.hosts[1]};
    const uint64_t downs[] = {10 * NET_S, 21 * NET_S, 33 * NET_S};
    check_times(&s, ROAM_EVENT_CHANNEL_DOWN, from, downs, 3);
    net_restart(o.hosts[0], net_accepting);
    net_listen(o.hosts[0]);
    overlay_start(&o, o.hosts[0]);
    net_run_for(o.net, 2 * NET_S);
    CHECK(overlay_has_active(o.hosts[1], o.hosts[0]), true, "joined with the fourth attempt");
    CHECK(net_last(o.hosts[1], ROAM_EVENT_CHANNEL_UP) != NULL, true, "channel_up");
    CHECK(overlay_counts(o.hosts[1]).dials, 4, "dials");
    overlay_free(&o);
}

/* One that could not be reached begins anew once somebody was active: after 1 s, not after 8 s. */
static void test_contact_again(void)
{
    overlay o = overlay_new(2, one);
    net_crash(o.hosts[0]);
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, 34 * NET_S); /* three attempts */
    net_restart(o.hosts[0], net_accepting);
    net_listen(o.hosts[0]);
    overlay_start(&o, o.hosts[0]);
    net_run_for(o.net, 5 * NET_S);
    CHECK(overlay_has_active(o.hosts[1], o.hosts[0]), true, "joined");
    const size_t from = o.hosts[1]->event_count;
    const uint64_t left_ns = net_now(o.net);
    CHECK(roam_hang_up(o.hosts[1]->node, roam_peer_find(o.hosts[1]->node, "n0")), 0, "hang up");
    net_poke(o.hosts[1]);
    CHECK(overlay_passive(o.hosts[1], "n0") == NULL, true, "one that was left on purpose is not kept");
    CHECK(overlay_counts(o.hosts[1]).dials, 5, "and the contact is dialled at once");
    net_crash(o.hosts[0]);
    net_run_for(o.net, 23 * NET_S);
    const story s = {.host = o.hosts[1]};
    const uint64_t downs[] = {left_ns, left_ns + 10 * NET_S, left_ns + 21 * NET_S};
    check_times(&s, ROAM_EVENT_CHANNEL_DOWN, from, downs, 3);
    overlay_free(&o);
}

/* A contact is not asked while a member of the passive view may still answer. */
static void test_passive_first(void)
{
    story s;
    s.o = overlay_new(1, one);
    s.host = s.o.hosts[0];
    for (int i = 0; i < 2; i++)
        puppet_init(&s.x[i], s.o.net, i == 0 ? "x0" : "x1");
    overlay_join(s.host, s.x[0].host);
    net_run_for(s.o.net, 200 * NET_MS);
    CHECK(puppet_count(&s.x[0], CORE_JOIN), 1, "JOIN");
    puppet_reply(&s.x[0], true);
    tell_of(&s, 1);
    net_crash(s.x[1].host);
    fail(&s);
    net_run_for(s.o.net, 9 * NET_S);
    CHECK(puppet_count(&s.x[0], CORE_JOIN), 1, "while x1 is dialled");
    net_run_for(s.o.net, 2 * NET_S);
    CHECK(puppet_count(&s.x[0], CORE_JOIN) + puppet_count(&s.x[0], CORE_NEIGHBOR), 2, "after that");
    overlay_free(&s.o);
}

/* At the address of a member is a node of that name with another key: it is not asked. */
static void test_impostor(void)
{
    story s;
    begin(&s, one);
    core_message m = {.type = CORE_SHUFFLE, .id = 1, .ttl = 1, .member = puppet_self(&s.x[0])};
    m.members[m.member_count++] = puppet_self(&s.x[1]);
    m.members[0].key[0] ^= 1;
    puppet_send(&s.x[0], &m);
    fail(&s);
    net_run_for(s.o.net, 500 * NET_MS);
    CHECK(s.x[1].ups, 1, "x1 is dialled");
    CHECK(puppet_count(&s.x[1], CORE_NEIGHBOR), 0, "and not asked");
    CHECK(overlay_counts(s.host).refused_other_key, 1, "refused");
    CHECK(overlay_passive(s.host, "x1") == NULL, true, "forgotten");
    net_run_for(s.o.net, 2 * NET_S);
    CHECK(s.x[1].downs, 1, "its channel is closed");
    overlay_free(&s.o);
}

static void strict(roam_node_options *options)
{
    options->accept = true;
    options->trust = ROAM_TRUST_STRICT;
}

/* With strict trust only members whose key is pinned are taken in. */
static void test_strict(void)
{
    story s = {.o = overlay_new(0, one)};
    s.host = net_add(s.o.net, "strict", 0, strict);
    net_listen(s.host);
    overlay_start(&s.o, s.host);
    for (int i = 0; i < PUPPETS; i++)
        puppet_init(&s.x[i], s.o.net, (const char *[]){"x0", "x1", "x2"}[i]);
    for (int i = 0; i < 2; i++)
        CHECK(roam_node_pin(s.host->node, s.x[i].host->name, puppet_self(&s.x[i]).key), 0, "pin");
    puppet_connect(&s.x[0], s.host);
    puppet_join(&s.x[0]);
    tell_of(&s, 2);
    CHECK(overlay_passive(s.host, "x1") != NULL, true, "the one that is pinned");
    CHECK(overlay_passive(s.host, "x2") == NULL, true, "the one that is not");
    CHECK(overlay_counts(s.host).refused_other_key, 1, "refused");
    overlay_free(&s.o);
}

/* A channel is said to be replaced, and the other does not come: after 5 s the peer is down. */
static void test_not_replaced(void)
{
    story s;
    begin(&s, one);
    core_connection_close(core_peer_by_id(s.x[0].host->node, s.x[0].to)->connection, ROAM_CLOSE_DUPLICATE,
                          net_now(s.o.net));
    net_poke(s.x[0].host);
    const size_t from = s.host->event_count;
    net_run_for(s.o.net, 50 * NET_MS);
    if (!CHECK(s.host->event_count - from, 1, "events"))
        return;
    CHECK(s.host->events[from].event.down.reason, ROAM_DOWN_REPLACED, "reason");
    const uint64_t down_ns = s.host->events[from].at_ns + 5 * NET_S;
    net_run(s.o.net, down_ns - 1);
    CHECK(overlay_has_active(s.host, s.x[0].host), true, "before");
    net_run_for(s.o.net, 1);
    CHECK(overlay_has_active(s.host, s.x[0].host), false, "after");
    check_times(&s, ROAM_EVENT_PEER_DOWN, from, &down_ns, 1);
    CHECK(overlay_passive(s.host, "x0")->failures, 1, "failures");
    overlay_free(&s.o);
}

static const check_test tests[] = {{"back-off", test_back_off},
                                   {"promotion", test_promotion},
                                   {"rejected", test_rejected},
                                   {"silence", test_silence},
                                   {"tick", test_tick},
                                   {"rhythm", test_rhythm},
                                   {"contact", test_contact},
                                   {"the contact again", test_contact_again},
                                   {"the passive view first", test_passive_first},
                                   {"impostor", test_impostor},
                                   {"strict trust", test_strict},
                                   {"not replaced", test_not_replaced}};

CHECK_MAIN("failure", tests)
