/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every kind of line in events.jsonl, word for word. */
#include "sim/events.h"
#include "sim/tests/small_scenario.h"

#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char timeline[] =
    "  - {at: 1s, migrate: laptop -> server, network: cellular, timeout: 500ms, as: move}\n"
    "  - {at: 2s, set: wifi, node: laptop, direction: up, delay: 50ms, loss: 1%}\n"
    "  - {at: 3s, say: hello}\n";

static const roam_addr wifi = {ROAM_FAMILY_IPV4, 0, {10, 1, 0, 1}};
static const roam_addr cellular = {ROAM_FAMILY_IPV4, 49153, {10, 2, 0, 1}};
static const roam_addr server = {ROAM_FAMILY_IPV4, 4433, {10, 3, 0, 1}};

static const char wanted[] =
    "{\"at_ns\":0,\"event\":\"run\",\"scenario\":\"small\",\"seed\":7}\n"
    "{\"at_ns\":0,\"event\":\"address_attached\",\"node\":\"laptop\",\"network\":\"wifi\","
    "\"address\":\"10.1.0.1:0\"}\n"
    "{\"at_ns\":5,\"event\":\"peer_up\",\"node\":\"laptop\",\"peer\":\"server\"}\n"
    "{\"at_ns\":6,\"event\":\"timeline\",\"verb\":\"migrate\",\"node\":\"laptop\",\"to\":\"server\","
    "\"network\":\"cellular\",\"as\":\"move\"}\n"
    "{\"at_ns\":6,\"event\":\"migration_requested\",\"call\":0,\"as\":\"move\",\"node\":\"laptop\","
    "\"to\":\"server\",\"local\":\"10.2.0.1:49153\",\"timeout_ns\":500000000}\n"
    "{\"at_ns\":7,\"event\":\"challenge_sent\",\"call\":0,\"local\":\"10.2.0.1:49153\"}\n"
    "{\"at_ns\":8,\"event\":\"drop\",\"reason\":\"loss\",\"node\":\"laptop\",\"network\":\"cellular\","
    "\"direction\":\"up\",\"source\":\"10.2.0.1:49153\",\"destination\":\"10.3.0.1:4433\",\"bytes\":3}\n"
    "{\"at_ns\":9,\"event\":\"migration_done\",\"call\":0,\"result\":\"ok\",\"local\":\"10.2.0.1:49153\","
    "\"challenges_sent\":2,\"validation_rounds\":1,\"took_ns\":3}\n"
    "{\"at_ns\":9,\"event\":\"migration_done\",\"call\":1,\"result\":\"adapter\",\"detail\":\"no_route\","
    "\"local\":"
    "null,\"challenges_sent\":0,\"validation_rounds\":0,\"took_ns\":1}\n"
    "{\"at_ns\":9,\"event\":\"path_changed\",\"node\":\"laptop\",\"peer\":\"server\",\"old_local\":\"10.1.0."
    "1:0\","
    "\"old_remote\":\"10.3.0.1:4433\",\"local\":\"10.2.0.1:49153\",\"remote\":\"10.3.0.1:4433\"}\n"
    "{\"at_ns\":10,\"event\":\"timeline\",\"verb\":\"set\",\"node\":\"laptop\",\"network\":\"wifi\","
    "\"direction\":\"up\",\"delay_ns\":50000000,\"loss_ppb\":10000000}\n"
    "{\"at_ns\":11,\"event\":\"timeline\",\"verb\":\"say\",\"say\":\"hello\"}\n"
    "{\"at_ns\":11,\"event\":\"refused\",\"verb\":\"dial\",\"line\":21,\"column\":5,\"node\":\"laptop\","
    "\"to\":\"server\",\"status\":\"exists\"}\n"
    "{\"at_ns\":11,\"event\":\"refused\",\"verb\":\"attach\",\"line\":22,\"column\":7,\"node\":\"server\","
    "\"status\":\"no_address\"}\n"
    "{\"at_ns\":12,\"event\":\"address_detached\",\"node\":\"laptop\",\"network\":\"wifi\","
    "\"address\":\"10.1.0.1:0\"}\n"
    "{\"at_ns\":13,\"event\":\"peer_down\",\"node\":\"server\",\"reason\":\"tick\",\"code\":6}\n";

static void tell_migration(const observer *watcher, const recorder_milestones *milestones,
                           const scenario *whole)
{
    const observer_migrate migrate = {.event = &whole->events[0], .to = SERVER, .local = cellular};
    const recorder_migration migration = {.event = &whole->events[0], .to = SERVER, .local = cellular};
    const uint8_t bytes[] = {0x45, 0, 0};
    observer_packet packet = {.node = LAPTOP,
                              .network = CELLULAR,
                              .up = true,
                              .bytes = bytes,
                              .len = sizeof bytes,
                              .source = cellular,
                              .destination = server};
    const roam_migration_record record = {.result = ROAM_OK,
                                          .new_local = cellular,
                                          .challenges_sent = 2,
                                          .validation_rounds = 1,
                                          .requested_ns = 6};
    const roam_event done = {.kind = ROAM_EVENT_MIGRATION_DONE, .migration = &record};
    watcher->timeline(watcher->ctx, &whole->events[0], 6);
    watcher->migrate_called(watcher->ctx, &migrate, 6);
    watcher->packet(watcher->ctx, &packet, 7);
    milestones->reached(milestones->ctx, &migration, "challenge_sent", 7);
    packet.drop = OBSERVER_DROP_LOSS;
    watcher->packet(watcher->ctx, &packet, 8);
    watcher->core_event(watcher->ctx, LAPTOP, SERVER, &done, 9);
    watcher->migrate_done(watcher->ctx, 0, &record, 9);
    const roam_migration_record refused = {
        .result = ROAM_ERR_ADAPTER, .detail = ROAM_DETAIL_NO_ROUTE, .requested_ns = 8};
    watcher->migrate_done(watcher->ctx, 1, &refused, 9);
}

static void tell(events *told, const scenario *whole)
{
    const observer watcher = events_observer(told);
    const recorder_milestones milestones = events_milestones(told);
    const roam_event up = {.kind = ROAM_EVENT_PEER_UP};
    const roam_event changed = {.kind = ROAM_EVENT_PATH_CHANGED, .path = {wifi, server, cellular, server}};
    const roam_event down = {.kind = ROAM_EVENT_PEER_DOWN, .down = {ROAM_DOWN_TICK, 6, true}};
    const observer_refused dial = {REFUSAL_EXISTS, SCENARIO_DIAL, {21, 5, 0}, LAPTOP, SERVER};
    const observer_refused attach = {REFUSAL_NO_ADDRESS, SCENARIO_ATTACH, {22, 7, 0}, SERVER, SCENARIO_NONE};
    watcher.address(watcher.ctx, LAPTOP, WIFI, &wifi, true, 0);
    watcher.core_event(watcher.ctx, LAPTOP, SERVER, &up, 5);
    tell_migration(&watcher, &milestones, whole);
    watcher.core_event(watcher.ctx, LAPTOP, SERVER, &changed, 9);
    watcher.timeline(watcher.ctx, &whole->events[1], 10);
    watcher.timeline(watcher.ctx, &whole->events[2], 11);
    watcher.refused(watcher.ctx, &dial, 11);
    watcher.refused(watcher.ctx, &attach, 11);
    watcher.address(watcher.ctx, LAPTOP, WIFI, &wifi, false, 12);
    watcher.core_event(watcher.ctx, SERVER, SCENARIO_NONE, &down, 13);
}

/* The first line in which they differ. */
static void expect_lines(const char *actual, const char *expected)
{
    while (*actual || *expected) {
        const size_t actual_len = strcspn(actual, "\n");
        const size_t expected_len = strcspn(expected, "\n");
        if (actual_len != expected_len || memcmp(actual, expected, actual_len) != 0) {
            (void)printf("\ngot      %.*s\nexpected %.*s\n", (int)actual_len, actual, (int)expected_len,
                         expected);
            CU_FAIL("lines differ");
            return;
        }
        actual += actual_len + (actual[actual_len] != '\0');
        expected += expected_len + (expected[expected_len] != '\0');
    }
}

static void test_lines(void)
{
    char path[] = "/tmp/roam-events-XXXXXX";
    static char text[16384];
    scenario *const whole = small_scenario(timeline, NULL);
    events *told = NULL;
    const int fd = mkstemp(path);
    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_FATAL(events_open(path, whole, 7, &told) == 0);
    /* At once, so that an interrupted run is known. */
    CU_ASSERT(read(fd, text, sizeof EVENTS_FIRST_LINE - 1) == (ssize_t)sizeof EVENTS_FIRST_LINE - 1);
    CU_ASSERT_STRING_EQUAL(text, EVENTS_FIRST_LINE);
    tell(told, whole);
    CU_ASSERT_EQUAL(events_close(told), 0);
    CU_ASSERT(lseek(fd, 0, SEEK_SET) == 0);
    const ssize_t len = read(fd, text, sizeof text - 1);
    CU_ASSERT_FATAL(len >= 0);
    text[len] = '\0';
    expect_lines(text, wanted);
    (void)close(fd);
    (void)unlink(path);
    scenario_free(whole);
}

static void test_failures(void)
{
    scenario *const whole = small_scenario(timeline, NULL);
    events *told = NULL;
    CU_ASSERT_EQUAL(events_open("/nowhere/events.jsonl", whole, 7, &told), ENOENT);
    CU_ASSERT_EQUAL(events_open("/dev/full", whole, 7, &told), ENOSPC);
    CU_ASSERT(told == NULL);
    CU_ASSERT_EQUAL(events_close(NULL), 0);
    scenario_free(whole);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    CU_pSuite suite = CU_add_suite("events", NULL, NULL);
    CU_add_test(suite, "lines", test_lines);
    CU_add_test(suite, "failures", test_failures);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    const bool failed = CU_get_number_of_failures() > 0 || CU_get_error() != CUE_SUCCESS;
    CU_cleanup_registry();
    return failed;
}
