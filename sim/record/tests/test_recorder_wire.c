/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What RFC 9000 asks of the packets of a migration, and the recorder finds in them: packets are given to it
 * as a tap would. */
#include "core/tests/check.h"
#include "sim/tests/small_scenario.h"

#include <CUnit/Basic.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define FIRST_ID 10 /* of the server, sequence number 0; the next is 11 with 1, and so on */
#define LEFT_NS (1040 * MS)
#define STEPS_MAX 8

enum { OLD, NEW, AGAIN = 0 };

static const roam_addr LOCALS[] = {{.family = ROAM_FAMILY_IPV4, .port = 49152, .bytes = {10, 1, 0, 1}},
                                   {.family = ROAM_FAMILY_IPV4, .port = 49153, .bytes = {10, 2, 0, 1}}};
static const roam_addr REMOTE = {ROAM_FAMILY_IPV4, 4433, {10, 3, 0, 1}};

/* A datagram of one packet with one frame. */
typedef struct sent {
    uint32_t at_ms;
    dissect_side from;
    bool comes; /* to the other end */
    int place;  /* of the client */
    uint8_t id; /* connection ID of the server */
    dissect_frame_type frame;
    uint64_t value; /* challenge and response: the data; NEW_CONNECTION_ID: the number */
    size_t size;    /* of the datagram; AGAIN: the packet before leaves once more, with 1200 bytes */
} sent;

static void show(const observer *watcher, const sent *at, dissect_packet_type type)
{
    static uint64_t number;
    const bool client = at->from == DISSECT_CLIENT;
    number += at->size != AGAIN;
    dissect_frame frames[2] = {{.type = at->frame, .value = at->value},
                               {.type = at->frame == DISSECT_ACK ? DISSECT_STREAM : DISSECT_PADDING}};
    for (int i = 0; i < 8; i++)
        frames[0].path_data[i] = (uint8_t)(at->value >> (56 - 8 * i));
    frames[0].id = (dissect_id){.len = 1, .bytes = {(uint8_t)(FIRST_ID + at->value)}};
    const dissect_packet inside = {.type = type,
                                   .status = DISSECT_READ,
                                   .sender = at->from,
                                   .number = number,
                                   .destination = {.len = 1, .bytes = {client ? at->id : 99}},
                                   .source = {.len = 1, .bytes = {client ? 99 : FIRST_ID}},
                                   .frames = frames,
                                   .frame_count = 2};
    const dissect_view view = {.packets = &inside, .packet_count = 1};
    const observer_packet packet = {.node = client != at->comes ? LAPTOP : SERVER,
                                    .up = !at->comes,
                                    .source = client ? LOCALS[at->place] : REMOTE,
                                    .destination = client ? REMOTE : LOCALS[at->place],
                                    .payload_len = at->size == AGAIN ? 1200 : at->size,
                                    .view = &view};
    watcher->packet(watcher->ctx, &packet, at->at_ms * MS);
}

/* ---- one migration, and what is different in it ---- */

typedef struct story {
    const char *name;
    sent before[STEPS_MAX]; /* the challenge; of at_ms 0: the end */
    sent after[STEPS_MAX];  /* the result */
    uint8_t id;             /* of the new path */
    bool id_changed;        /* as the core says, as it does of the next */
    uint32_t challenges;
    uint32_t rounds;
    uint32_t end_ms;
    const char *migration; /* its contradiction begins with; "" for none */
    const char *run;
} story;

#define C DISSECT_CLIENT
#define S DISSECT_SERVER
#define DRAWN UINT64_C(0x8f3a1c9b552e7d04)
#define GOOD .id = 11, .id_changed = true, .challenges = 1, .rounds = 1, .end_ms = 9000
#define ASKS(at, data, bytes)                                                                                \
    {                                                                                                        \
        .at_ms = at, .from = C, .place = NEW, .id = 11, .frame = DISSECT_PATH_CHALLENGE, .value = data,      \
        .size = bytes                                                                                        \
    }

static const story STORIES[] = {
    {.name = "all is well", GOOD, .migration = "", .run = ""},

    /* section 12.3 */
    {.name = "a packet that leaves twice",
     .before = {ASKS(1001, UINT64_C(0x1d59a6b7e0c84f23), 1200),
                ASKS(1001, UINT64_C(0x1d59a6b7e0c84f23), AGAIN)},
     .id = 11,
     .id_changed = true,
     .challenges = 3,
     .rounds = 1,
     .end_ms = 9000,
     .migration = "packet ",
     .run = ""},

    {.name = "but for CONNECTION_CLOSE",
     .after = {{.at_ms = 8000, .from = S, .frame = DISSECT_CONNECTION_CLOSE, .size = 40},
               {.at_ms = 8001, .from = S, .frame = DISSECT_CONNECTION_CLOSE, .size = AGAIN}},
     .id = 11,
     .id_changed = true,
     .challenges = 1,
     .rounds = 1,
     .end_ms = 9000,
     .migration = "",
     .run = ""},

    /* the record */
    {.name = "a connection ID that did not change, as the core says",
     .id = 11,
     .challenges = 1,
     .rounds = 1,
     .end_ms = 9000,
     .migration = "connection ID: the core says that it did not change, and the taps that it did",
     .run = ""},
    {.name = "a challenge more than left",
     .id = 11,
     .id_changed = true,
     .challenges = 2,
     .rounds = 1,
     .end_ms = 9000,
     .migration = "challenges: the core says 2, the taps 1",
     .run = ""},
    {.name = "one less",
     .before = {ASKS(1001, UINT64_C(0x1d59a6b7e0c84f23), 1200)},
     GOOD,
     .migration = "challenges: the core says 1, the taps 2",
     .run = ""},
    {.name = "at the time of the result, which may have been before",
     .before = {ASKS(1040, UINT64_C(0x1d59a6b7e0c84f23), 1200)},
     GOOD,
     .migration = "",
     .run = ""},
    {.name = "or after",
     .before = {ASKS(1040, UINT64_C(0x1d59a6b7e0c84f23), 1200)},
     .id = 11,
     .id_changed = true,
     .challenges = 2,
     .rounds = 1,
     .end_ms = 9000,
     .migration = "",
     .run = ""},
    {.name = "more rounds than challenges",
     .id = 11,
     .id_changed = true,
     .challenges = 1,
     .rounds = 2,
     .end_ms = 9000,
     .migration = "validation rounds: the core says 2, with 1 challenges",
     .run = ""},
};

static void begin(const observer *watcher)
{
    show(watcher, &(sent){10, C, false, OLD, 7, DISSECT_CRYPTO, 0, 1200}, DISSECT_INITIAL);
    show(watcher, &(sent){12, S, false, OLD, 0, DISSECT_CRYPTO, 0, 1200}, DISSECT_HANDSHAKE);
    for (uint64_t i = 1; i < 4; i++)
        show(watcher, &(sent){13, S, false, OLD, 0, DISSECT_NEW_CONNECTION_ID, i, 60}, DISSECT_ONE_RTT);
    show(watcher, &(sent){20, C, false, OLD, FIRST_ID, DISSECT_STREAM, 0, 400}, DISSECT_ONE_RTT);
}

static void show_all(const observer *watcher, const sent *steps)
{
    for (const sent *at = steps; at < steps + STEPS_MAX && at->at_ms; at++) {
        show(watcher, at, DISSECT_ONE_RTT);
        watcher->stepped(watcher->ctx, LAPTOP);
    }
}

static void tell(const scenario *whole, const observer *watcher, const story *told)
{
    const observer_migrate call = {
        .event = &whole->events[0], .to = SERVER, .local = {ROAM_FAMILY_IPV4, 0, {10, 2, 0, 1}}};
    const roam_migration_record record = {.result = ROAM_OK,
                                          .trigger = "",
                                          .new_local = LOCALS[NEW],
                                          .challenges_sent = told->challenges,
                                          .validation_rounds = told->rounds,
                                          .connection_id_changed = told->id_changed,
                                          .requested_ns = 1000 * MS,
                                          .first_challenge_ns = 1000 * MS,
                                          .response_ns = LEFT_NS,
                                          .finished_ns = LEFT_NS};
    begin(watcher);
    watcher->migrate_called(watcher->ctx, &call, 1000 * MS);
    show(watcher, &(sent){1000, C, false, NEW, told->id, DISSECT_PATH_CHALLENGE, DRAWN, 1200},
         DISSECT_ONE_RTT);
    watcher->stepped(watcher->ctx, LAPTOP);
    show_all(watcher, told->before);
    show(watcher, &(sent){1040, S, true, NEW, 0, DISSECT_PATH_RESPONSE, DRAWN, 1200}, DISSECT_ONE_RTT);
    watcher->migrate_done(watcher->ctx, 0, &record, LEFT_NS);
    watcher->stepped(watcher->ctx, LAPTOP);
    show_all(watcher, told->after);
    show(watcher, &(sent){told->end_ms, C, false, NEW, told->id, DISSECT_STREAM, 0, 400}, DISSECT_ONE_RTT);
}

static void expect(const story *told, const char *of, const char *found, const char *wanted)
{
    const bool same = wanted[0] ? strncmp(found, wanted, strlen(wanted)) == 0 : found[0] == '\0';
    if (!same)
        (void)printf("\n%s: of the %s '%s', expected '%s'\n", told->name, of, found, wanted);
    CU_ASSERT(same);
}

static void test_stories(void)
{
    for (size_t i = 0; i < sizeof STORIES / sizeof *STORIES; i++) {
        evidence of = evidence_of(small_scenario(NULL, NULL));
        size_t count;
        tell(of.scenario, &of.told, &STORIES[i]);
        evidence_finish(&of);
        const recorder_migration *const migrations = recorder_migrations(of.recorder, &count);
        CU_ASSERT_EQUAL_FATAL(count, 1);
        expect(&STORIES[i], "migration", migrations[0].contradiction, STORIES[i].migration);
        expect(&STORIES[i], "run", recorder_contradiction(of.recorder), STORIES[i].run);
        evidence_free(&of);
    }
}

/* What the server had sent before is lost, and the client's Initial, sent again, makes a connection of the
 * server that is there now. */
static void test_restart_in_handshake(void)
{
    evidence of =
        evidence_run("roam: 1\nname: t\nduration: 4s\nnetworks: {wifi: {delay: 8ms}, far: {delay: 1ms}}\n"
                     "nodes: {laptop: {networks: [wifi]}, server: {networks: [far], listen: 4433}}\n"
                     "peers: [laptop -> server]\n"
                     "timeline:\n"
                     "  - {at: 0s, blackhole: laptop, network: wifi, direction: down, for: 500ms}\n"
                     "  - {at: 300ms, restart: server}\n");
    CHECK_STRING(recorder_contradiction(of.recorder), "", "restarted in the handshake");
    CHECK(recorder_peers(of.recorder)[0].dialer.ups, 1, "restarted in the handshake: up");
    evidence_free(&of);
}

static const check_test TESTS[] = {{"stories", test_stories},
                                   {"a server restarted in the handshake", test_restart_in_handshake}};
CHECK_MAIN("recorder_wire", TESTS)
