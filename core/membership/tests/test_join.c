/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node joins through a contact, and the walks spread the news. */
#include <stdio.h>
#include <string.h>

#include "core/membership/tests/overlay.h"
#include "core/membership/tests/puppet.h"
#include "core/tests/check.h"

static void no_shuffles(roam_membership_options *options)
{
    options->shuffle_ns = 1000 * NET_S;
}

/* Both ends have each other, with one PEER_UP each and the connection's CHANNEL_UP before it. */
static void test_two(void)
{
    overlay o = overlay_new(2, no_shuffles);
    overlay_join(o.hosts[1], o.hosts[0]);
    net_run_for(o.net, NET_S);
    for (int i = 0; i < 2; i++) {
        const net_host *const host = o.hosts[i], *const other = o.hosts[1 - i];
        CHECK(overlay_active_count(host), 1, "%s: active view", host->name);
        CHECK(overlay_has_active(host, other), true, "%s has the other", host->name);
        CHECK(net_count(host, ROAM_EVENT_PEER_UP), 1, "%s: peer_up", host->name);
        CHECK(net_count(host, ROAM_EVENT_CHANNEL_UP), 1, "%s: channel_up", host->name);
        CHECK(net_count(host, ROAM_EVENT_PEER_DOWN), 0, "%s: peer_down", host->name);
        CHECK(overlay_refused(host), 0, "%s: refused", host->name);
    }
    CHECK(overlay_counts(o.hosts[1]).sent, 1, "messages of the joining node");
    CHECK(overlay_counts(o.hosts[0]).sent, 1, "messages of the contact");
    CHECK(overlay_counts(o.hosts[1]).dials, 1, "dials");
    overlay_free(&o);
}

/* Ten nodes, one a second: connected, symmetric, and no view over its cap. */
static void test_ten(void)
{
    overlay o = overlay_new(10, NULL);
    overlay_join_all(&o, NET_S);
    net_run_for(o.net, 30 * NET_S);
    CHECK(overlay_unreached(&o), 0, "nodes that are not reached");
    CHECK(overlay_lopsided(&o), 0, "links that one end has");
    for (size_t i = 0; i < o.count; i++) {
        CHECK_BETWEEN(overlay_active_count(o.hosts[i]), 1, 5, "active view of %s", o.hosts[i]->name);
        CHECK(net_ups(o.hosts[i]), overlay_active_count(o.hosts[i]), "events of %s", o.hosts[i]->name);
        CHECK(overlay_refused(o.hosts[i]), 0, "refused by %s", o.hosts[i]->name);
    }
    overlay_free(&o);
}

/* ---- Walks ---- */

/* A host with two neighbours that are puppets. */
typedef struct story {
    overlay o;
    net_host *host;
    puppet x[2];
} story;

static void begin(story *s, int neighbours)
{
    static const char *names[] = {"x0", "x1"};
    s->o = overlay_new(1, no_shuffles);
    s->host = s->o.hosts[0];
    for (int i = 0; i < 2; i++) {
        puppet_init(&s->x[i], s->o.net, names[i]);
        puppet_connect(&s->x[i], s->host);
        if (i < neighbours)
            puppet_ask(&s->x[i], false);
    }
    CHECK(overlay_active_count(s->host), neighbours, "neighbours");
}

static roam_member joining(const story *s, unsigned number)
{
    roam_member member = puppet_self(&s->x[0]);
    snprintf(member.name, sizeof member.name, "joins-%u", number);
    member.key[0] = (uint8_t)(0x80 + number);
    member.addr.bytes[3] = (uint8_t)(100 + number);
    return member;
}

static void walk(story *s, uint8_t ttl, unsigned number)
{
    puppet_send(&s->x[0],
                &(core_message){.type = CORE_FORWARD_JOIN, .ttl = ttl, .member = joining(s, number)});
}

/* The contact sends a walk of six hops to each other neighbour, and none to the node that joins. */
static void test_contact(void)
{
    story s;
    begin(&s, 1);
    puppet_join(&s.x[1]);
    CHECK(puppet_count(&s.x[1], CORE_FORWARD_JOIN), 0, "to itself");
    const core_message *const sent = puppet_last(&s.x[0], CORE_FORWARD_JOIN);
    if (CHECK(sent != NULL, true, "to the other")) {
        CHECK(sent->ttl, 6, "hops");
        CHECK_STRING(sent->member.name, "x1");
        CHECK_ADDR(sent->member.addr, puppet_self(&s.x[1]).addr, "address");
    }
    overlay_free(&s.o);
}

/* At each number of hops left: where the walk goes, and what the node on its way does. */
static void test_hops(void)
{
    static const struct {
        uint8_t ttl;
        int neighbours;
        bool passed_on, passive;
    } rows[] = {
        {6, 2, true, false}, {4, 2, true, false},  {3, 2, true, true},   {2, 2, true, false},
        {1, 2, true, false}, {0, 2, false, false}, {6, 1, false, false}, {3, 1, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        story s;
        begin(&s, rows[i].neighbours);
        walk(&s, rows[i].ttl, 1);
        const core_message *const next = puppet_last(&s.x[1], CORE_FORWARD_JOIN);
        const char *const what = rows[i].neighbours == 2 ? "two neighbours" : "one neighbour";
        CHECK(next != NULL, rows[i].passed_on, "%d hops, %s: passed on", rows[i].ttl, what);
        if (next)
            CHECK(next->ttl, rows[i].ttl - 1, "%d hops: hops left", rows[i].ttl);
        CHECK(overlay_passive(s.host, "joins-1") != NULL, rows[i].passive, "%d hops, %s: passive view",
              rows[i].ttl, what);
        /* Where it ends the node is dialled; from the passive view it may be as well, as there is room. */
        CHECK(overlay_counts(s.host).dials, !rows[i].passed_on || rows[i].passive, "%d hops, %s: dials",
              rows[i].ttl, what);
        overlay_free(&s.o);
    }
}

/* It is asked with high priority, and enters the active view with its answer. */
static void test_taken_in(void)
{
    story s;
    puppet y;
    begin(&s, 2);
    puppet_init(&y, s.o.net, "y");
    puppet_send(&s.x[0], &(core_message){.type = CORE_FORWARD_JOIN, .ttl = 0, .member = puppet_self(&y)});
    net_run_for(s.o.net, 200 * NET_MS);
    if (CHECK(puppet_count(&y, CORE_NEIGHBOR), 1, "asked"))
        CHECK(puppet_last(&y, CORE_NEIGHBOR)->flag, true, "high");
    CHECK(overlay_active_count(s.host), 2, "active view before the answer");
    puppet_reply(&y, true);
    CHECK(overlay_has_active(s.host, y.host), true, "active");
    walk(&s, 6, 1);
    CHECK(puppet_count(&y, CORE_FORWARD_JOIN) + puppet_count(&s.x[1], CORE_FORWARD_JOIN), 1,
          "to one of both");
    overlay_free(&s.o);
}

/* A neighbour that passes on more than can be asked at once: eight dials, the others are put aside. */
static void test_many(void)
{
    story s;
    begin(&s, 1);
    for (unsigned i = 0; i < 12; i++)
        walk(&s, 0, i);
    CHECK(overlay_counts(s.host).dials, 8, "dials");
    CHECK(overlay_passive_count(s.host), 4, "passive view");
    overlay_free(&s.o);
}

/* ---- Back-off ---- */

static void for_one(roam_membership_options *options)
{
    no_shuffles(options);
    options->shuffle_ns = 10 * NET_S;
    options->active_size = 1;
    options->advertise = (roam_addr){0}; /* so that nobody else can take them in */
}

/* Two nodes, and a contact that has room for one: they do not push each other out again and again. */
static void test_no_room(void)
{
    overlay o = overlay_new(3, for_one);
    overlay_join(o.hosts[1], o.hosts[0]);
    overlay_join(o.hosts[2], o.hosts[0]);
    net_run_for(o.net, 600 * NET_S);
    CHECK(overlay_active_count(o.hosts[0]), 1, "active view");
    CHECK_BETWEEN(net_count(o.hosts[0], ROAM_EVENT_PEER_UP), 10, 90, "peer_up in 600 s");
    overlay_free(&o);
}

static const check_test tests[] = {
    {"two", test_two},           {"ten", test_ten},   {"at the contact", test_contact}, {"hops", test_hops},
    {"taken in", test_taken_in}, {"many", test_many}, {"no room", test_no_room}};

CHECK_MAIN("join", tests)
