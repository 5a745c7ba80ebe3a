/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shuffles: what is sent, where walks go, and that the reply comes back the way they came. */
#include <string.h>

#include "core/membership/tests/overlay.h"
#include "core/membership/tests/puppet.h"
#include "core/tests/check.h"

/* A host and two neighbours that are puppets. */
typedef struct story {
    overlay o;
    net_host *host;
    puppet x[2];
} story;

static void quiet(roam_membership_options *options)
{
    options->active_size = 2;
    options->shuffle_ns = 1000 * NET_S;
}

static void busy(roam_membership_options *options)
{
    options->active_size = 2;
    options->shuffle_ns = 10 * NET_S;
}

static void begin(story *s, void (*change)(roam_membership_options *options))
{
    static const char *names[] = {"x0", "x1"};
    s->o = overlay_new(1, change);
    s->host = s->o.hosts[0];
    for (int i = 0; i < 2; i++) {
        puppet_init(&s->x[i], s->o.net, names[i]);
        puppet_connect(&s->x[i], s->host);
        puppet_ask(&s->x[i], false);
    }
    CHECK(overlay_active_count(s->host), 2, "neighbours");
}

/* Nodes that do not exist, from the number on. */
static void fill(const story *s, core_message *m, size_t count, unsigned number)
{
    m->member_count = count;
    for (size_t i = 0; i < count; i++) {
        m->members[i] = puppet_self(&s->x[0]);
        m->members[i].name[0] = 'z';
        m->members[i].name[1] = (char)('a' + number + i);
        m->members[i].key[0] = (uint8_t)(number + i);
        m->members[i].addr.bytes[3] = (uint8_t)(100 + number + i);
    }
}

/* A walk with hops left goes to the other neighbour, one hop less, and the reply comes back to the first. */
static void test_forwarded(void)
{
    story s;
    begin(&s, quiet);
    core_message m = {.type = CORE_SHUFFLE, .id = 42, .ttl = 6, .member = puppet_self(&s.x[0])};
    fill(&s, &m, 3, 0);
    puppet_send(&s.x[0], &m);
    const core_message *const walk = puppet_last(&s.x[1], CORE_SHUFFLE);
    if (CHECK(walk != NULL, true, "goes on")) {
        CHECK(walk->ttl, 5, "hops left");
        CHECK(walk->id, 42, "id");
        CHECK_STRING(walk->member.name, "x0");
        CHECK(walk->member_count, 3, "members");
    }
    CHECK(overlay_passive_count(s.host), 0, "passive view of a node that it passed");
    core_message reply = {.type = CORE_SHUFFLE_REPLY, .id = 42};
    fill(&s, &reply, 2, 10);
    puppet_send(&s.x[1], &reply);
    if (CHECK(puppet_count(&s.x[0], CORE_SHUFFLE_REPLY), 1, "the reply comes back"))
        CHECK(puppet_last(&s.x[0], CORE_SHUFFLE_REPLY)->member_count, 2, "members");
    puppet_send(&s.x[1], &reply);
    CHECK(puppet_count(&s.x[0], CORE_SHUFFLE_REPLY), 1, "once");
    CHECK(overlay_counts(s.host).refused_unasked, 1, "the second");
    CHECK(overlay_passive_count(s.host), 0, "passive view of a node that it passed");
    overlay_free(&s.o);
}

/* A reply from another peer than the one to which the walk went, or with more members than were sent. */
static void test_false_replies(void)
{
    story s;
    begin(&s, quiet);
    core_message m = {.type = CORE_SHUFFLE, .id = 42, .ttl = 6, .member = puppet_self(&s.x[0])};
    fill(&s, &m, 2, 0);
    puppet_send(&s.x[0], &m);
    core_message reply = {.type = CORE_SHUFFLE_REPLY, .id = 42};
    fill(&s, &reply, 2, 10);
    puppet_send(&s.x[0], &reply);
    CHECK(overlay_counts(s.host).refused_unasked, 1, "of the wrong peer");
    fill(&s, &reply, 4, 10);
    puppet_send(&s.x[1], &reply);
    CHECK(overlay_counts(s.host).refused_unasked, 2, "too long");
    CHECK(puppet_count(&s.x[0], CORE_SHUFFLE_REPLY), 0, "replies passed on");
    overlay_free(&s.o);
}

/* After 30 s the way back is forgotten. */
static void test_late_reply(void)
{
    story s;
    begin(&s, quiet);
    core_message m = {.type = CORE_SHUFFLE, .id = 42, .ttl = 6, .member = puppet_self(&s.x[0])};
    const core_message reply = {.type = CORE_SHUFFLE_REPLY, .id = 42};
    puppet_send(&s.x[0], &m);
    net_run_for(s.o.net, 31 * NET_S);
    puppet_send(&s.x[1], &reply);
    CHECK(puppet_count(&s.x[0], CORE_SHUFFLE_REPLY), 0, "replies passed on");
    CHECK(overlay_counts(s.host).refused_unasked, 1, "refused");
    overlay_free(&s.o);
}

/* Where the walk ends, as many members come back as were sent, if there are, and those are taken in. */
static void test_ends(void)
{
    story s;
    begin(&s, quiet);
    core_message m = {.type = CORE_SHUFFLE, .id = 1, .ttl = 1, .member = puppet_self(&s.x[0])};
    fill(&s, &m, 5, 0);
    puppet_send(&s.x[0], &m);
    CHECK(puppet_count(&s.x[1], CORE_SHUFFLE), 0, "goes on");
    CHECK(puppet_last(&s.x[0], CORE_SHUFFLE_REPLY)->member_count, 0, "of an empty view");
    CHECK(overlay_passive_count(s.host), 5, "passive view: the five, and not the neighbour that sent them");
    m.id = 2;
    fill(&s, &m, 2, 10);
    puppet_send(&s.x[0], &m);
    const core_message *const reply = puppet_last(&s.x[0], CORE_SHUFFLE_REPLY);
    CHECK(reply->id, 2, "id");
    CHECK(reply->member_count, 3, "the origin and two: three come back");
    for (size_t i = 0; i < reply->member_count; i++)
        CHECK_BETWEEN(reply->members[i].key[0], 0, 4, "of those that were there before");
    CHECK(overlay_passive_count(s.host), 7, "passive view");
    overlay_free(&s.o);
}

/* A walk does not go to its origin. */
static void test_not_to_origin(void)
{
    story s;
    begin(&s, quiet);
    core_message m = {.type = CORE_SHUFFLE, .id = 1, .ttl = 6, .member = puppet_self(&s.x[1])};
    puppet_send(&s.x[0], &m);
    CHECK(puppet_count(&s.x[1], CORE_SHUFFLE), 0, "at its origin");
    CHECK(puppet_count(&s.x[0], CORE_SHUFFLE_REPLY), 1, "ends instead");
    overlay_free(&s.o);
}

/* Of its own: every 10 s, with itself, another neighbour and what it has, to one of its neighbours. */
static void test_own(void)
{
    story s;
    begin(&s, busy);
    core_message m = {.type = CORE_SHUFFLE, .id = 1, .ttl = 1, .member = puppet_self(&s.x[0])};
    fill(&s, &m, 6, 0);
    puppet_send(&s.x[0], &m);
    const uint64_t begun = overlay_counts(s.host).shuffles;
    const core_message *walk = NULL;
    net_run_for(s.o.net, 10 * NET_S);
    CHECK(overlay_counts(s.host).shuffles - begun, 1, "in 10 s");
    for (int i = 0; i < 2; i++)
        if (puppet_last(&s.x[i], CORE_SHUFFLE))
            walk = puppet_last(&s.x[i], CORE_SHUFFLE);
    if (!CHECK(walk != NULL, true, "a walk"))
        return;
    CHECK(walk->ttl, 6, "hops");
    CHECK_STRING(walk->member.name, "n0");
    CHECK(walk->member_count, 1 + 4, "one other neighbour, and four of the passive view");
    const int to = puppet_last(&s.x[0], CORE_SHUFFLE) == walk ? 0 : 1;
    CHECK_STRING(walk->members[0].name, s.x[1 - to].host->name);
    /* The reply goes into the passive view. */
    core_message reply = {.type = CORE_SHUFFLE_REPLY, .id = walk->id};
    fill(&s, &reply, 3, 10);
    puppet_send(&s.x[to], &reply);
    CHECK(overlay_counts(s.host).shuffles_answered, 1, "answered");
    CHECK(overlay_passive_count(s.host), 9, "passive view");
    net_run_for(s.o.net, 50 * NET_S);
    CHECK(overlay_counts(s.host).shuffles - begun, 6, "in 60 s");
    CHECK(overlay_refused(s.host), 0, "refused");
    overlay_free(&s.o);
}

/* Nodes that start together shuffle at different times. */
static void test_phases(void)
{
    overlay o = overlay_new(20, NULL);
    int in_second[10] = {0}, most = 0;
    overlay_join_all(&o, 0);
    net_run_for(o.net, 40 * NET_S);
    for (int second = 0; second < 10; second++) {
        uint64_t before = 0, after = 0;
        for (size_t i = 0; i < o.count; i++)
            before += overlay_counts(o.hosts[i]).shuffles;
        net_run_for(o.net, NET_S);
        for (size_t i = 0; i < o.count; i++)
            after += overlay_counts(o.hosts[i]).shuffles;
        in_second[second] = (int)(after - before);
        most = in_second[second] > most ? in_second[second] : most;
    }
    CHECK_BETWEEN(most, 2, 8, "shuffles in one second of ten, of 20");
    overlay_free(&o);
}

static const check_test tests[] = {{"forwarded", test_forwarded},
                                   {"false replies", test_false_replies},
                                   {"a late reply", test_late_reply},
                                   {"ends", test_ends},
                                   {"not to its origin", test_not_to_origin},
                                   {"its own", test_own},
                                   {"phases", test_phases}};

CHECK_MAIN("shuffle", tests)
