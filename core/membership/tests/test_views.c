/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two views, without a node. */
#include <stdio.h>
#include <string.h>

#include "core/membership/views.h"
#include "core/tests/check.h"

#define SECOND_NS UINT64_C(1000000000)

static uint64_t state;

static void fill(void *user_data, uint8_t *bytes, size_t len)
{
    (void)user_data;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)check_random(&state);
}

static const core_random dice = {.fill = fill};

static core_views views_of(uint32_t active_size, uint32_t passive_size)
{
    core_views views;
    const core_views_options options = {.active_size = active_size,
                                        .passive_size = passive_size,
                                        .retry_ns = SECOND_NS,
                                        .retry_max_ns = 300 * SECOND_NS,
                                        .failures_max = 5};
    CHECK(core_views_init(&views, &options), 0, "init");
    return views;
}

static roam_member numbered(unsigned i)
{
    roam_member member = {
        .addr = {.family = ROAM_FAMILY_IPV4, .port = 4433, .bytes = {10, 0, 0, (uint8_t)i}}};
    snprintf(member.name, sizeof member.name, "n%u", i);
    member.key[0] = (uint8_t)i;
    return member;
}

static roam_peer_id id(uint32_t value)
{
    return (roam_peer_id){value};
}

/* Members come and go in the order of entry, and leave the passive view when they become active. */
static void test_active(void)
{
    core_views views = views_of(3, 4);
    const roam_member two = numbered(2);
    core_passive_add(&views, &dice, &two, false);
    for (unsigned i = 1; i <= 3; i++) {
        const roam_member member = numbered(i);
        CHECK(core_active_is_full(&views), false, "full before %u", i);
        core_active_add(&views, id(i), &member);
    }
    CHECK(core_active_is_full(&views), true, "full");
    CHECK(views.passive_count, 0, "passive");
    CHECK(core_active_has_name(&views, "n2"), true, "n2");
    core_active_remove(&views, id(2));
    CHECK(views.active_count, 2, "active");
    CHECK(views.active[0].peer.value, 1, "the first");
    CHECK(views.active[1].peer.value, 3, "the last");
    CHECK(core_active_find(&views, id(2)) == NULL, true, "removed");
    CHECK(core_active_has_name(&views, "n2"), false, "n2");
    core_views_fini(&views);
}

static void test_pick(void)
{
    core_views views = views_of(4, 1);
    int seen[5] = {0};
    CHECK(core_active_pick(&views, &dice, id(0), id(0)) == NULL, true, "of none");
    for (unsigned i = 1; i <= 4; i++) {
        const roam_member member = numbered(i);
        core_active_add(&views, id(i), &member);
    }
    for (int n = 0; n < 1000; n++)
        seen[core_active_pick(&views, &dice, id(2), id(9))->peer.value]++;
    CHECK(seen[2], 0, "the one left out");
    for (int i = 1; i <= 4; i++)
        if (i != 2)
            CHECK_BETWEEN(seen[i], 250, 420, "draws of %d", i);
    core_active_remove(&views, id(3));
    core_active_remove(&views, id(4));
    CHECK(core_active_pick(&views, &dice, id(2), id(1)) == NULL, true, "of two left out");
    core_views_fini(&views);
}

/* 1 s doubled, up to the longest wait. */
static void test_back_off(void)
{
    static const uint64_t waits_s[] = {1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};
    const core_views_options options = {.retry_ns = SECOND_NS, .retry_max_ns = 300 * SECOND_NS};
    for (uint32_t failures = 0; failures < 12; failures++)
        CHECK(core_passive_retry(&options, failures, 7), 7 + waits_s[failures] * SECOND_NS, "after %u",
              failures);
    CHECK(core_passive_retry(&options, UINT32_MAX, 0), 300 * SECOND_NS, "after very many");
    const core_views_options endless = {.retry_ns = SECOND_NS, .retry_max_ns = ROAM_NEVER};
    CHECK(core_passive_retry(&endless, 100, 5) == ROAM_NEVER, true, "never");
}

static void test_failures(void)
{
    core_views views = views_of(1, 4);
    const roam_member one = numbered(1), two = numbered(2);
    core_passive_add(&views, &dice, &one, false);
    core_passive_add(&views, &dice, &two, false);
    for (uint32_t n = 1; n < 5; n++) {
        core_passive_failed(&views, "n1", n * 10 * SECOND_NS);
        const core_passive *const there = core_passive_find(&views, "n1");
        if (!CHECK(there != NULL, true, "after failure %u", n))
            break;
        CHECK(there->member.failures, n, "failures");
        CHECK(there->member.retry_ns, n * 10 * SECOND_NS + (SECOND_NS << (n - 1)), "failure %u: retry", n);
    }
    core_passive_failed(&views, "n1", 0);
    CHECK(core_passive_find(&views, "n1") == NULL, true, "forgotten with the fifth");
    CHECK(core_passive_find(&views, "n2") != NULL, true, "the other stays");
    core_passive_failed(&views, "n3", 0); /* unknown */
    CHECK(views.passive_count, 1, "members");
    core_views_fini(&views);
}

/* Who counts when a member is told of again. */
static void test_retold(void)
{
    static const struct {
        const char *what;
        bool first_own, second_own;
        uint32_t failures;
        bool moves;
    } rows[] = {
        {"a third node, of what a third node said", false, false, 0, false},
        {"a third node, of one that cannot be dialled", false, false, 1, true},
        {"a third node, of what it said itself", true, false, 0, false},
        {"a third node, of what it said itself, and it cannot be dialled", true, false, 1, false},
        {"itself, of what a third node said", false, true, 0, true},
        {"itself, of what it said itself", true, true, 0, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        core_views views = views_of(1, 4);
        const roam_member before = numbered(1);
        roam_member after = before;
        after.addr.port = 5555;
        core_passive_add(&views, &dice, &before, rows[i].first_own);
        for (uint32_t n = 0; n < rows[i].failures; n++)
            core_passive_failed(&views, "n1", 0);
        core_passive_add(&views, &dice, &after, rows[i].second_own);
        CHECK(views.passive_count, 1, "%s: members", rows[i].what);
        CHECK(views.passive[0].member.addr.port, rows[i].moves ? 5555 : 4433, "%s", rows[i].what);
        CHECK(views.passive[0].member.failures, rows[i].failures, "%s: failures", rows[i].what);
        core_views_fini(&views);
    }
}

/* A full view drops those that were sent, and then any. */
static void test_full(void)
{
    core_views views = views_of(1, 8);
    roam_member sent[3];
    for (unsigned i = 1; i <= 8; i++) {
        const roam_member member = numbered(i);
        core_passive_add(&views, &dice, &member, false);
    }
    CHECK(core_passive_draw(&views, &dice, NULL, 0, sent, 3), 3, "drawn");
    for (unsigned i = 9; i <= 11; i++) {
        const roam_member member = numbered(i);
        core_passive_add(&views, &dice, &member, false);
        CHECK(views.passive_count, 8, "members");
    }
    for (int i = 0; i < 3; i++)
        CHECK(core_passive_find(&views, sent[i].name) == NULL, true, "%s, which was sent", sent[i].name);
    const roam_member another = numbered(12);
    core_passive_add(&views, &dice, &another, false);
    CHECK(views.passive_count, 8, "members");
    CHECK(core_passive_find(&views, "n12") != NULL, true, "the new one");
    core_views_fini(&views);
}

/* Each once; those that the other has already last. */
static void test_draw(void)
{
    core_views views = views_of(1, 8);
    roam_member drawn[8], but[2] = {numbered(3), numbered(4)};
    int firsts[9] = {0};
    for (unsigned i = 1; i <= 6; i++) {
        const roam_member member = numbered(i);
        core_passive_add(&views, &dice, &member, false);
    }
    for (int n = 0; n < 1000; n++) {
        int times[9] = {0};
        if (!CHECK(core_passive_draw(&views, &dice, but, 2, drawn, 8), 6, "drawn"))
            break;
        for (int i = 0; i < 6; i++) {
            times[drawn[i].key[0]]++;
            firsts[drawn[i].key[0]] += i < 4;
        }
        for (int i = 1; i <= 6; i++)
            CHECK(times[i], 1, "times that n%d is drawn", i);
    }
    CHECK(firsts[3] + firsts[4], 0, "those that the other has, before the rest");
    CHECK(core_passive_draw(&views, &dice, but, 2, drawn, 0), 0, "none wanted");
    core_passive_forget_sent(&views);
    for (size_t i = 0; i < views.passive_count; i++)
        CHECK(views.passive[i].sent, false, "sent");
    core_views_fini(&views);
}

static const check_test tests[] = {
    {"active", test_active}, {"pick", test_pick}, {"back-off", test_back_off}, {"failures", test_failures},
    {"retold", test_retold}, {"full", test_full}, {"draw", test_draw}};

CHECK_MAIN("views", tests)
