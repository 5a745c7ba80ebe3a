/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of NAT that are Linux: the stories of stories.c, told to the model with the options that a
 * scenario of that kind has. `kernel KIND` tells them to the kernel instead, and test_kernel.sh makes the
 * networks that this needs.
 */
#include "core/tests/check.h"
#include "sim/nat/tests/kernel.h"
#include "sim/nat/tests/lab.h"
#include "sim/nat/tests/stories.h"
#include "sim/tests/evidence.h"

#include <CUnit/Basic.h>
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The options of a scenario's NAT of that kind, without a pool. */
static nat_options options_of(const char *kind)
{
    char text[512];
    snprintf(text, sizeof text,
             "roam: 1\nname: t\nduration: 1s\n"
             "nats: {home: {kind: %s, pool: 10.9.0.1}}\n"
             "networks: {lan: {prefix: 10.1.0.0/24, nat: home}, dc: {}}\n"
             "nodes: {a: {networks: [lan]}, s: {networks: [dc], listen: 443}}\n"
             "peers: [a -> s]\n",
             kind);
    scenario *const whole = evidence_scenario(text);
    nat_options options = whole->nats[0].options;
    scenario_free(whole);
    options.pool = NULL;
    return options;
}

static nat *new_of_kind(const char *kind, const nat_story *story)
{
    const roam_addr pool = nat_story_external();
    nat_options options = options_of(kind);
    options.pool = &pool;
    options.unreplied_timeout_ns = STORY_UNREPLIED_S * LAB_S;
    options.timeout_ns = STORY_STREAM_S * LAB_S;
    if (story->port_first > 0) {
        options.port_first = story->port_first;
        options.port_last = story->port_last;
    }
    return nat_lab_new(&options);
}

typedef struct model {
    nat *box;
    uint64_t now_ns;
} model;

static void on_until(void *ctx, uint64_t at_ns)
{
    ((model *)ctx)->now_ns = at_ns;
}

static bool on_out(void *ctx, const roam_addr *inside, const roam_addr *remote, roam_addr *external)
{
    model *self = ctx;
    return nat_outbound(self->box, inside, remote, self->now_ns, external) == NAT_OK;
}

static bool on_in(void *ctx, const roam_addr *remote, const roam_addr *external, roam_addr *inside)
{
    model *self = ctx;
    return nat_inbound(self->box, remote, external, self->now_ns, inside) == NAT_OK;
}

static bool on_hairpin(void *ctx, const roam_addr *inside, const roam_addr *external, roam_addr *other)
{
    model *self = ctx;
    roam_addr source;
    return nat_owns(self->box, external) && nat_hairpins(self->box) &&
           on_out(ctx, inside, external, &source) && on_in(ctx, &source, external, other);
}

static void on_expire(void *ctx, const roam_addr *inside, const roam_addr *remote)
{
    model *self = ctx;
    if (remote)
        nat_expire_towards(self->box, inside, remote, self->now_ns);
    else
        nat_expire(self->box, inside, self->now_ns);
}

static void tell_all(nat_story_kind kind)
{
    for (const nat_story *story = NAT_STORIES; story->name; story++) {
        model self = {.box = new_of_kind(NAT_STORY_KINDS[kind], story)};
        const nat_stage stage = {&self, on_until, on_out, on_in, on_hairpin, on_expire};
        CHECK(nat_story_tell(story, kind, &stage), 0, "%s: %s", NAT_STORY_KINDS[kind], story->name);
        nat_free(self.box);
    }
}

static void test_masquerade(void)
{
    tell_all(STORY_MASQUERADE);
}

static void test_random(void)
{
    tell_all(STORY_RANDOM);
}

static void test_home_router(void)
{
    tell_all(STORY_HOME_ROUTER);
}

/* The kernel's own timers, before the stories shorten them: two kinds have those. */
static bool has_kernel_timers(nat_story_kind kind)
{
    const nat_options options = options_of(NAT_STORY_KINDS[kind]);
    const uint64_t unreplied_ns = nat_kernel_timer_s("") * LAB_S;
    const uint64_t stream_ns = nat_kernel_timer_s("_stream") * LAB_S;
    if (kind == STORY_HOME_ROUTER ||
        (options.unreplied_timeout_ns == unreplied_ns && options.timeout_ns == stream_ns))
        return true;
    printf("  %s: timers of the kernel: %" PRIu64 " and %" PRIu64 " ns, of the kind: %" PRIu64 " and %" PRIu64
           " ns\n",
           NAT_STORY_KINDS[kind], unreplied_ns, stream_ns, options.unreplied_timeout_ns, options.timeout_ns);
    return false;
}

/* A story in which something came too late is told again. */
static unsigned tell_story(const nat_story *story, nat_story_kind kind)
{
    enum { TRIES = 5 };
    for (int i = 0; i < TRIES; i++) {
        nat_kernel *kernel = nat_kernel_new(story, kind);
        const nat_stage stage = nat_kernel_stage(kernel);
        const unsigned faults = nat_story_tell(story, kind, &stage);
        if (!nat_kernel_free(kernel))
            return faults;
    }
    printf("  %s: %s: the machine was never fast enough\n", NAT_STORY_KINDS[kind], story->name);
    return 1;
}

static void tell_all_to_kernel(nat_story_kind kind)
{
    CU_ASSERT_TRUE(has_kernel_timers(kind));
    for (const nat_story *story = NAT_STORIES; story->name; story++)
        CHECK(tell_story(story, kind), 0, "%s: %s", NAT_STORY_KINDS[kind], story->name);
}

static void test_kernel_masquerade(void)
{
    tell_all_to_kernel(STORY_MASQUERADE);
}

static void test_kernel_random(void)
{
    tell_all_to_kernel(STORY_RANDOM);
}

static void test_kernel_home_router(void)
{
    tell_all_to_kernel(STORY_HOME_ROUTER);
}

static const check_test TESTS[] = {{"linux-masquerade", test_masquerade},
                                   {"linux-masquerade-random", test_random},
                                   {"home-router", test_home_router}};
static const check_test KERNEL_TESTS[STORY_KINDS] = {
    [STORY_MASQUERADE] = {"the kernel", test_kernel_masquerade},
    [STORY_RANDOM] = {"the kernel", test_kernel_random},
    [STORY_HOME_ROUTER] = {"the kernel", test_kernel_home_router},
};

int main(int argc, char **argv)
{
    if (argc == 1)
        return check_main("nat linux", TESTS, sizeof TESTS / sizeof TESTS[0]);
    for (unsigned kind = 0; argc == 3 && strcmp(argv[1], "kernel") == 0 && kind < STORY_KINDS; kind++)
        if (strcmp(NAT_STORY_KINDS[kind], argv[2]) == 0)
            return check_main(argv[2], &KERNEL_TESTS[kind], 1);
    fprintf(stderr, "usage: %s [kernel KIND]\n", argv[0]);
    return EXIT_FAILURE;
}
