/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recorder makes of what a world shows it: each case is a story, told as a list of steps. */
#include "sim/recorder.h"
#include "sim/tests/small_scenario.h"

#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define STEPS_MAX 24
#define NONE UINT32_MAX /* of a time in ms: never */

typedef enum place { OLD, NEW, OTHER_NEW, HOST_PEER } place;

static const roam_addr places[] = {
    [OLD] = {ROAM_FAMILY_IPV4, 49152, {10, 1, 0, 1}},
    [NEW] = {ROAM_FAMILY_IPV4, 49153, {10, 2, 0, 1}},
    [OTHER_NEW] = {ROAM_FAMILY_IPV4, 49154, {10, 2, 0, 1}},
    [HOST_PEER] = {ROAM_FAMILY_IPV4, 4433, {10, 3, 0, 1}},
};

typedef enum step_kind {
    END,
    CALL,
    DONE,
    UP,
    ARRIVES,
    UP_LONG,
    DOWN,
    COMES,
    DELIVERED_UP,
    DELIVERED_DOWN
} step_kind;

/* UP and ARRIVES: a datagram of the laptop leaves, is at the server. DOWN and COMES: one of the server. id
 * tells datagrams apart. */
typedef struct step {
    uint32_t at_ms;
    step_kind kind;
    place place; /* the laptop's address; CALL: the address asked for */
    uint8_t id;  /* datagram; CALL, DONE: number of the call */
    int result;  /* DONE */
    uint32_t first_challenge_ms;
    uint32_t response_ms;
    uint32_t rounds;
} step;

typedef struct story {
    const char *name;
    step steps[STEPS_MAX];
    uint32_t call; /* the one that is looked at */
    uint32_t challenge_sent, challenge_received, response_sent, response_received, validated, peer_validated;
    uint32_t payload_up, payload_down;
    const char *contradiction; /* begins with; "" for none */
} story;

#define OK_AT(at, call)                                                                                      \
    {                                                                                                        \
        at, DONE, NEW, call, ROAM_OK, 1000, 1042, 1                                                          \
    }
#define CHALLENGE                                                                                            \
    {1000, CALL, NEW, 0, 0, 0, 0, 0},                                                                        \
    {                                                                                                        \
        1000, UP, NEW, 1, 0, 0, 0, 0                                                                         \
    }
#define RESPONSE                                                                                             \
    {1021, ARRIVES, NEW, 1, 0, 0, 0, 0}, {1021, DOWN, NEW, 2, 0, 0, 0, 0},                                   \
    {                                                                                                        \
        1042, COMES, NEW, 2, 0, 0, 0, 0                                                                      \
    }

static const story stories[] = {
    {"handover, and a packet for each step of the other end's validation",
     {{900, UP, OLD, 90, 0, 0, 0, 0},
      CHALLENGE,
      RESPONSE,
      OK_AT(1042, 0),
      {1050, UP, NEW, 3, 0, 0, 0, 0},
      {1051, UP, NEW, 6, 0, 0, 0, 0},
      {1071, ARRIVES, NEW, 3, 0, 0, 0, 0},
      {1071, DELIVERED_UP, NEW, 0, 0, 0, 0, 0},
      {1072, DOWN, NEW, 4, 0, 0, 0, 0},
      {1093, COMES, NEW, 4, 0, 0, 0, 0},
      {1093, DELIVERED_DOWN, NEW, 0, 0, 0, 0, 0},
      {1094, UP, NEW, 5, 0, 0, 0, 0},
      {1100, ARRIVES, NEW, 6, 0, 0, 0, 0},
      {1115, ARRIVES, NEW, 5, 0, 0, 0, 0},
      {1120, ARRIVES, NEW, 5, 0, 0, 0, 0}},
     0,
     1000,
     1021,
     1021,
     1042,
     1042,
     1115,
     1071,
     1093,
     ""},
    {"what leaves in the instant of the result counts as sent after it",
     {CHALLENGE,
      {1021, ARRIVES, NEW, 1, 0, 0, 0, 0},
      {1021, DOWN, NEW, 2, 0, 0, 0, 0},
      {1042, COMES, NEW, 2, 0, 0, 0, 0},
      {1042, UP, NEW, 3, 0, 0, 0, 0},
      OK_AT(1042, 0),
      {1063, ARRIVES, NEW, 3, 0, 0, 0, 0},
      {1063, DOWN, NEW, 4, 0, 0, 0, 0},
      {1084, COMES, NEW, 4, 0, 0, 0, 0},
      {1084, UP, NEW, 5, 0, 0, 0, 0},
      {1105, ARRIVES, NEW, 5, 0, 0, 0, 0}},
     0,
     1000,
     1021,
     1021,
     1042,
     1042,
     1105,
     NONE,
     NONE,
     ""},
    {"first challenge and first response lost",
     {CHALLENGE,
      {1001, UP, NEW, 2, 0, 0, 0, 0},
      {1022, ARRIVES, NEW, 2, 0, 0, 0, 0},
      {1022, DOWN, NEW, 3, 0, 0, 0, 0},
      {1023, DOWN, NEW, 4, 0, 0, 0, 0},
      {1044, COMES, NEW, 4, 0, 0, 0, 0},
      {1044, DONE, NEW, 0, ROAM_OK, 1000, 1044, 1}},
     0,
     1000,
     1022,
     1023,
     1044,
     1044,
     NONE,
     NONE,
     NONE,
     ""},
    {"a payload on the old path is not one on the new path",
     {{900, UP, OLD, 90, 0, 0, 0, 0},
      CHALLENGE,
      RESPONSE,
      OK_AT(1042, 0),
      {1043, ARRIVES, OLD, 90, 0, 0, 0, 0},
      {1043, DELIVERED_UP, NEW, 0, 0, 0, 0, 0},
      {1044, UP, NEW, 3, 0, 0, 0, 0},
      {1065, ARRIVES, NEW, 3, 0, 0, 0, 0},
      {1066, DELIVERED_UP, NEW, 0, 0, 0, 0, 0}},
     0,
     1000,
     1021,
     1021,
     1042,
     1042,
     NONE,
     NONE,
     NONE,
     ""},
    {"a handshake from the new address is no challenge",
     {{1000, CALL, NEW, 0, 0, 0, 0, 0},
      {1000, UP_LONG, OTHER_NEW, 9, 0, 0, 0, 0},
      {1010, UP, NEW, 1, 0, 0, 0, 0},
      {1031, ARRIVES, NEW, 1, 0, 0, 0, 0},
      {1031, DOWN, NEW, 2, 0, 0, 0, 0},
      {1052, COMES, NEW, 2, 0, 0, 0, 0},
      {1052, DONE, NEW, 0, ROAM_OK, 1010, 1052, 1}},
     0,
     1010,
     1031,
     1031,
     1052,
     1052,
     NONE,
     NONE,
     NONE,
     ""},
    {"a second call joins the first",
     {CHALLENGE, {1010, CALL, NEW, 1, 0, 0, 0, 0}, RESPONSE, OK_AT(1042, 0), OK_AT(1042, 1)},
     1,
     1000,
     1021,
     1021,
     1042,
     1042,
     NONE,
     NONE,
     NONE,
     "requested: the core says 1000000000 ns"},
    {"a call does not join one that was superseded",
     {CHALLENGE,
      {1010, CALL, OLD, 1, 0, 0, 0, 0},
      {1012, CALL, NEW, 2, 0, 0, 0, 0},
      {1020, UP, OTHER_NEW, 2, 0, 0, 0, 0}},
     2,
     1020,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     ""},
    {"a response in a second round need not be the first datagram",
     {CHALLENGE,
      RESPONSE,
      {1200, UP, NEW, 3, 0, 0, 0, 0},
      {1242, COMES, NEW, 4, 0, 0, 0, 0},
      {1242, DONE, NEW, 0, ROAM_OK, 1000, 1242, 2}},
     0,
     1000,
     1021,
     1021,
     1042,
     1242,
     NONE,
     NONE,
     NONE,
     ""},
    {"an acknowledgement of data sent too early comes first",
     {CHALLENGE,
      {1001, UP, NEW, 3, 0, 0, 0, 0},
      {1042, COMES, NEW, 4, 0, 0, 0, 0},
      {1043, COMES, NEW, 5, 0, 0, 0, 0},
      {1043, DONE, NEW, 0, ROAM_OK, 1000, 1043, 1}},
     0,
     1000,
     NONE,
     NONE,
     1042,
     1043,
     NONE,
     NONE,
     NONE,
     ""},
    {"timeout at the end of the budget",
     {CHALLENGE, {1500, DONE, NEW, 0, ROAM_ERR_TIMEOUT, 1000, NONE, 1}},
     0,
     1000,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     ""},
    {"refused without a packet",
     {{1000, CALL, NEW, 0, 0, 0, 0, 0}, {1000, DONE, OLD, 0, ROAM_ERR_PEER_DISABLE_MIGRATION, NONE, NONE, 0}},
     0,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     ""},

    {"ok without a datagram",
     {{1000, CALL, NEW, 0, 0, 0, 0, 0}, {1042, DONE, NEW, 0, ROAM_OK, NONE, NONE, 0}},
     0,
     NONE,
     NONE,
     NONE,
     NONE,
     1042,
     NONE,
     NONE,
     NONE,
     "ok, but no datagram left from a new local address"},
    {"ok without an answer",
     {CHALLENGE, {1021, ARRIVES, NEW, 1, 0, 0, 0, 0}, {1042, DONE, NEW, 0, ROAM_OK, 1000, 1042, 1}},
     0,
     1000,
     1021,
     NONE,
     NONE,
     1042,
     NONE,
     NONE,
     NONE,
     "ok, but no datagram came to 10.2.0.1:49153"},
    {"ok on another address than the datagrams'",
     {CHALLENGE, RESPONSE, {1042, DONE, OTHER_NEW, 0, ROAM_OK, 1000, 1042, 1}},
     0,
     1000,
     1021,
     1021,
     1042,
     1042,
     NONE,
     NONE,
     NONE,
     "ok on 10.2.0.1:49154, but"},
    {"ok after the budget",
     {CHALLENGE,
      {1480, DOWN, NEW, 2, 0, 0, 0, 0},
      {1501, COMES, NEW, 2, 0, 0, 0, 0},
      {1501, DONE, NEW, 0, ROAM_OK, 1000, 1501, 1}},
     0,
     1000,
     NONE,
     1480,
     1501,
     1501,
     NONE,
     NONE,
     NONE,
     "ok after the end of the budget"},
    {"another time of the first challenge",
     {CHALLENGE, RESPONSE, {1042, DONE, NEW, 0, ROAM_OK, 1001, 1042, 1}},
     0,
     1000,
     1021,
     1021,
     1042,
     1042,
     NONE,
     NONE,
     NONE,
     "first challenge: the core says 1001000000 ns, the taps 1000000000 ns"},
    {"another time of the response",
     {CHALLENGE, RESPONSE, {1042, DONE, NEW, 0, ROAM_OK, 1000, 1041, 1}},
     0,
     1000,
     1021,
     1021,
     1042,
     1042,
     NONE,
     NONE,
     NONE,
     "response: the core says 1041000000 ns, the taps 1042000000 ns"},
    {"a response in a second round when nothing came",
     {CHALLENGE, RESPONSE, {1242, DONE, NEW, 0, ROAM_OK, 1000, 1242, 2}},
     0,
     1000,
     1021,
     1021,
     1042,
     1242,
     NONE,
     NONE,
     NONE,
     "response: the core says 1242000000 ns, when no answer"},
    {"timeout too early",
     {CHALLENGE, {1499, DONE, NEW, 0, ROAM_ERR_TIMEOUT, 1000, NONE, 1}},
     0,
     1000,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     "end of the budget: the core says 1499000000 ns, the taps 1500000000 ns"},
    {"timeout too late",
     {CHALLENGE, {1501, DONE, NEW, 0, ROAM_ERR_TIMEOUT, 1000, NONE, 1}},
     0,
     1000,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     "end of the budget: the core says 1501000000 ns"},
    {"no result",
     {CHALLENGE, {1600, UP, NEW, 2, 0, 0, 0, 0}},
     0,
     1000,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     "no result at the end of the budget"},
    {"refused after a packet",
     {CHALLENGE, {1000, DONE, OLD, 0, ROAM_ERR_NOT_INITIATOR, 1000, NONE, 0}},
     0,
     1000,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     "not_initiator, but a datagram left from 10.2.0.1:49153"},
    {"a datagram after the roll-back",
     {CHALLENGE, {1500, DONE, NEW, 0, ROAM_ERR_TIMEOUT, 1000, NONE, 1}, {1501, UP, NEW, 2, 0, 0, 0, 0}},
     0,
     1000,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     NONE,
     "timeout, but a datagram left from 10.2.0.1:49153 afterwards, at 1501000000 ns"},
};

static uint64_t ns_of(uint32_t ms)
{
    return ms == NONE ? ROAM_NEVER : ms * MS;
}

static void show_packet(const observer *watcher, const step *at)
{
    const bool of_laptop = at->kind == UP || at->kind == UP_LONG || at->kind == ARRIVES;
    const bool leaves = at->kind == UP || at->kind == UP_LONG || at->kind == DOWN;
    const uint8_t payload[] = {at->kind == UP_LONG ? 0xC0 : 0x40, at->id, 0, 0};
    const observer_packet packet = {
        .node = of_laptop == leaves ? LAPTOP : SERVER,
        .network = of_laptop == leaves ? CELLULAR : DATACENTRE,
        .up = leaves,
        .bytes = payload,
        .len = sizeof payload,
        .source = places[of_laptop ? at->place : HOST_PEER],
        .destination = places[of_laptop ? HOST_PEER : at->place],
        .payload = payload,
        .payload_len = sizeof payload,
    };
    watcher->packet(watcher->ctx, &packet, at->at_ms * MS);
}

static void show_done(const observer *watcher, const step *at)
{
    const roam_migration_record record = {
        .result = at->result,
        .trigger = "gone by now",
        .new_local = places[at->place],
        .challenges_sent = 1,
        .validation_rounds = at->rounds,
        .requested_ns = 1000 * MS,
        .first_challenge_ns = ns_of(at->first_challenge_ms),
        .response_ns = ns_of(at->response_ms),
        .finished_ns = at->at_ms * MS,
    };
    watcher->migrate_done(watcher->ctx, at->id, &record, at->at_ms * MS);
}

static void show_delivery(const observer *watcher, const step *at)
{
    const observer_message message = {.traffic = at->kind == DELIVERED_UP ? FLOW_UP : FLOW_DOWN,
                                      .intact = true};
    watcher->message_delivered(watcher->ctx, &message, at->at_ms * MS);
}

static void show(const scenario *whole, const observer *watcher, const step *at)
{
    observer_migrate migrate = {
        .call = at->id, .event = &whole->events[0], .to = SERVER, .local = places[at->place]};
    migrate.local.port = 0;
    switch (at->kind) {
    case END:
        break;
    case CALL:
        watcher->migrate_called(watcher->ctx, &migrate, at->at_ms * MS);
        break;
    case DONE:
        show_done(watcher, at);
        break;
    case UP:
    case UP_LONG:
    case ARRIVES:
    case DOWN:
    case COMES:
        show_packet(watcher, at);
        break;
    case DELIVERED_UP:
    case DELIVERED_DOWN:
        show_delivery(watcher, at);
        break;
    }
}

static void expect_time(const story *told, const char *what, uint64_t actual_ns, uint32_t wanted_ms)
{
    if (actual_ns != ns_of(wanted_ms))
        (void)printf("\n%s: %s %llu ns, expected %llu ns\n", told->name, what, (unsigned long long)actual_ns,
                     (unsigned long long)ns_of(wanted_ms));
    CU_ASSERT(actual_ns == ns_of(wanted_ms));
}

static void expect_story(const story *told, const recorder_migration *migration)
{
    const bool same = told->contradiction[0] == '\0' ? migration->contradiction[0] == '\0'
                                                     : strncmp(migration->contradiction, told->contradiction,
                                                               strlen(told->contradiction)) == 0;
    expect_time(told, "challenge_sent", migration->challenge_sent_ns, told->challenge_sent);
    expect_time(told, "challenge_received", migration->challenge_received_ns, told->challenge_received);
    expect_time(told, "response_sent", migration->response_sent_ns, told->response_sent);
    expect_time(told, "response_received", migration->response_received_ns, told->response_received);
    expect_time(told, "validated", migration->validated_ns, told->validated);
    expect_time(told, "peer_validated", migration->peer_validated_ns, told->peer_validated);
    expect_time(told, "first_payload_up", migration->first_payload_up_ns, told->payload_up);
    expect_time(told, "first_payload_down", migration->first_payload_down_ns, told->payload_down);
    if (!same)
        (void)printf("\n%s: contradiction '%s', expected '%s'\n", told->name, migration->contradiction,
                     told->contradiction);
    CU_ASSERT(same);
}

static void test_stories(void)
{
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        const story *const told = &stories[i];
        scenario *const whole = small_scenario(NULL, NULL);
        recorder *record = NULL;
        size_t count;
        CU_ASSERT_FATAL(recorder_new(whole, NULL, &record) == 0);
        const observer watcher = recorder_observer(record);
        const observer_message first = {.traffic = FLOW_UP, .intact = true};
        const observer_message second = {.traffic = FLOW_DOWN, .intact = true};
        watcher.message_sent(watcher.ctx, &first, 500 * MS);
        watcher.message_sent(watcher.ctx, &second, 500 * MS);
        for (size_t j = 0; told->steps[j].kind != END; j++)
            show(whole, &watcher, &told->steps[j]);
        CU_ASSERT(recorder_finish(record, 10000 * MS) == 0);
        const recorder_migration *const migrations = recorder_migrations(record, &count);
        CU_ASSERT_FATAL(count > told->call);
        expect_story(told, &migrations[told->call]);
        recorder_free(record);
        scenario_free(whole);
    }
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    CU_pSuite suite = CU_add_suite("recorder", NULL, NULL);
    CU_add_test(suite, "stories", test_stories);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    const bool failed = CU_get_number_of_failures() > 0 || CU_get_error() != CUE_SUCCESS;
    CU_cleanup_registry();
    return failed;
}
