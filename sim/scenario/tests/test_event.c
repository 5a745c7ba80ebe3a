/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an event carries is read as what its verb says, and not otherwise. */
#include "sim/scenario/event.h"

#include "core/tests/check.h"

#include <CUnit/Basic.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void read_set(const scenario_event *event)
{
    (void)scenario_event_set(event);
}

static void read_trace(const scenario_event *event)
{
    (void)scenario_event_trace(event);
}

static void read_call(const scenario_event *event)
{
    (void)scenario_event_call(event);
}

static void read_watchdog(const scenario_event *event)
{
    (void)scenario_event_watchdog(event);
}

static void read_restart(const scenario_event *event)
{
    (void)scenario_event_restart(event);
}

static void read_bindings(const scenario_event *event)
{
    (void)scenario_event_bindings(event);
}

static void read_prefix(const scenario_event *event)
{
    (void)scenario_event_renumber(event);
}

static void read_mtu(const scenario_event *event)
{
    (void)scenario_event_mtu(event);
}

static void read_walk(const scenario_event *event)
{
    (void)scenario_event_walk(event);
}

static void read_partition(const scenario_event *event)
{
    (void)scenario_event_partition(event);
}

static void read_text(const scenario_event *event)
{
    (void)scenario_event_text(event);
}

/* In a process of its own, without the message of the assertion. */
static bool aborts(void (*reads)(const scenario_event *event), const scenario_event *event)
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0) {
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        (void)close(STDERR_FILENO);
        (void)signal(SIGABRT, SIG_DFL);
        reads(event);
        _exit(0);
    }
    CU_ASSERT_EQUAL_FATAL(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void test_guards(void)
{
    static const struct {
        const char *name;
        void (*reads)(const scenario_event *event);
        uint64_t verbs; /* whose events it reads: bits */
    } READERS[] = {
        {.name = "set", .reads = read_set, .verbs = UINT64_C(1) << SCENARIO_SET},
        {.name = "trace", .reads = read_trace, .verbs = UINT64_C(1) << SCENARIO_TRACE},
        {.name = "call",
         .reads = read_call,
         .verbs = UINT64_C(1) << SCENARIO_MIGRATE | UINT64_C(1) << SCENARIO_WATCHDOG |
                  UINT64_C(1) << SCENARIO_RECONNECT},
        {.name = "watchdog", .reads = read_watchdog, .verbs = UINT64_C(1) << SCENARIO_WATCHDOG},
        {.name = "restart",
         .reads = read_restart,
         .verbs = UINT64_C(1) << SCENARIO_RESTART | UINT64_C(1) << SCENARIO_START},
        {.name = "bindings",
         .reads = read_bindings,
         .verbs = UINT64_C(1) << SCENARIO_SHUFFLE | UINT64_C(1) << SCENARIO_EXPIRE |
                  UINT64_C(1) << SCENARIO_STALE},
        {.name = "prefix",
         .reads = read_prefix,
         .verbs = UINT64_C(1) << SCENARIO_RENUMBER | UINT64_C(1) << SCENARIO_TEMPORARY},
        {.name = "mtu", .reads = read_mtu, .verbs = UINT64_C(1) << SCENARIO_MTU},
        {.name = "walk", .reads = read_walk, .verbs = UINT64_C(1) << SCENARIO_WALK},
        {.name = "partition",
         .reads = read_partition,
         .verbs = UINT64_C(1) << SCENARIO_PARTITION | UINT64_C(1) << SCENARIO_REJOIN},
        {.name = "text", .reads = read_text, .verbs = UINT64_C(1) << SCENARIO_SAY},
    };
    for (size_t i = 0; i < sizeof READERS / sizeof READERS[0]; i++) {
        for (uint32_t verb = 0; verb <= SCENARIO_WITHDRAW; verb++) {
            const scenario_event event = {.verb = (scenario_verb)verb};
            CHECK(aborts(READERS[i].reads, &event), !(READERS[i].verbs & UINT64_C(1) << verb), "%s of %s",
                  READERS[i].name, scenario_verb_name(event.verb));
        }
    }
}

/* The event that ends a fault or an attack has its data; one that heals all has none. */
static void test_pointers(void)
{
    static const scenario_impair impair = {.verb = SCENARIO_DROP};
    static const scenario_attack attack = {.kind = SCENARIO_CAPTURE};
    static const struct {
        scenario_event event;
        const void *impair;
        const void *attack;
    } EVENTS[] = {
        {.event = {.verb = SCENARIO_DROP, .ends = SCENARIO_HEAL, .data.impair = &impair}, .impair = &impair},
        {.event = {.verb = SCENARIO_HEAL, .ends = SCENARIO_DROP, .data.impair = &impair}, .impair = &impair},
        {.event = {.verb = SCENARIO_HEAL, .ends = SCENARIO_CORRUPT, .data.impair = &impair},
         .impair = &impair},
        {.event = {.verb = SCENARIO_HEAL, .ends = SCENARIO_HEAL}},
        {.event = {.verb = SCENARIO_HEAL, .ends = SCENARIO_MTU, .data.mtu.bytes = 1280}},
        {.event = {.verb = SCENARIO_ATTACK, .ends = SCENARIO_HEAL, .data.attack = &attack},
         .attack = &attack},
        {.event = {.verb = SCENARIO_STAND_DOWN, .ends = SCENARIO_ATTACK, .data.attack = &attack},
         .attack = &attack},
        {.event = {.verb = SCENARIO_SAY, .ends = SCENARIO_HEAL, .data.text = "the lift"}},
    };
    for (size_t i = 0; i < sizeof EVENTS / sizeof EVENTS[0]; i++) {
        CHECK(scenario_event_impair(&EVENTS[i].event) == EVENTS[i].impair, true, "impair of event %zu", i);
        CHECK(scenario_event_attack(&EVENTS[i].event) == EVENTS[i].attack, true, "attack of event %zu", i);
    }
}

/* A name is that of one verb. */
static void test_names(void)
{
    for (uint32_t one = 0; one <= SCENARIO_WITHDRAW; one++)
        for (uint32_t other = 0; other < one; other++)
            CHECK(strcmp(scenario_verb_name((scenario_verb)one), scenario_verb_name((scenario_verb)other)) ==
                      0,
                  false, "verb %u has the name of verb %u", one, other);
    CU_ASSERT_STRING_EQUAL(scenario_verb_name((scenario_verb)(SCENARIO_WITHDRAW + 1)), "?");
}

static const check_test TESTS[] = {
    {"readers of data", test_guards}, {"data by pointer", test_pointers}, {"names", test_names}};

CHECK_MAIN("event", TESTS)
