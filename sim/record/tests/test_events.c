/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every kind of line in events.jsonl, word for word. */
#include "core/tests/check.h"
#include "sim/record/events.h"
#include "sim/scenario/internal.h"
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
    "  - {at: 3s, say: hello}\n"
    "  - {at: 4s, reconnect: laptop -> server, timeout: 2s, as: again}\n";

static const roam_addr wifi = {ROAM_FAMILY_IPV4, 0, {10, 1, 0, 1}};
static const roam_addr cellular = {ROAM_FAMILY_IPV4, 49153, {10, 2, 0, 1}};
static const roam_addr server = {ROAM_FAMILY_IPV4, 4433, {10, 3, 0, 1}};

static const char wanted[] =
    "{\"at_ns\":0,\"event\":\"run\",\"scenario\":\"small\",\"seed\":7}\n"
    "{\"at_ns\":0,\"event\":\"topology\",\"nodes\":[{\"node\":\"laptop\"},{\"node\":\"server\",\"listen\":"
    "4433}],"
    "\"networks\":[{\"network\":\"wifi\"},{\"network\":\"cellular\"},{\"network\":\"datacentre\"}],\"nats\":["
    "]}\n"
    "{\"at_ns\":0,\"event\":\"address_attached\",\"node\":\"laptop\",\"network\":\"wifi\","
    "\"address\":\"10.1.0.1:0\"}\n"
    "{\"at_ns\":5,\"event\":\"peer_up\",\"node\":\"laptop\",\"peer\":\"server\"}\n"
    "{\"at_ns\":6,\"event\":\"timeline\",\"verb\":\"migrate\",\"node\":\"laptop\",\"to\":\"server\","
    "\"network\":\"cellular\",\"timeout_ns\":500000000,\"as\":\"move\"}\n"
    "{\"at_ns\":6,\"event\":\"migration_requested\",\"call\":0,\"as\":\"move\",\"node\":\"laptop\","
    "\"to\":\"server\",\"local\":\"10.2.0.1:49153\",\"timeout_ns\":500000000}\n"
    "{\"at_ns\":7,\"event\":\"challenge_sent\",\"call\":0,\"local\":\"10.2.0.1:49153\"}\n"
    "{\"at_ns\":8,\"event\":\"drop\",\"reason\":\"loss\",\"node\":\"laptop\",\"network\":\"cellular\","
    "\"direction\":\"up\",\"source\":\"10.2.0.1:49153\",\"destination\":\"10.3.0.1:4433\",\"bytes\":3,"
    "\"payload\":\"d85c6b198d86e120\"}\n"
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
    "{\"at_ns\":11,\"event\":\"endpoint_log\",\"node\":\"server\",\"text\":\"ERR_CRYPTO: \xc3\xa9\"}\n"
    "{\"at_ns\":11,\"event\":\"endpoint_log\",\"node\":\"server\",\"text\":\"no text: ??\"}\n"
    "{\"at_ns\":12,\"event\":\"address_detached\",\"node\":\"laptop\",\"network\":\"wifi\","
    "\"address\":\"10.1.0.1:0\"}\n"
    "{\"at_ns\":13,\"event\":\"peer_down\",\"node\":\"server\",\"reason\":\"tick\",\"code\":6}\n"
    "{\"at_ns\":14,\"event\":\"reconnect_requested\",\"reconnect\":1,\"as\":\"again\",\"node\":\"laptop\","
    "\"to\":\"server\",\"timeout_ns\":2000000000}\n"
    "{\"at_ns\":14,\"event\":\"reconnect_dials\",\"reconnect\":1,\"as\":\"again\",\"node\":\"laptop\","
    "\"to\":\"server\"}\n"
    "{\"at_ns\":14,\"event\":\"reconnect_done\",\"reconnect\":1,\"as\":\"again\",\"node\":\"laptop\","
    "\"to\":\"server\",\"result\":\"timeout\"}\n"
    "{\"at_ns\":14,\"event\":\"reconnect_dropped\",\"reconnect\":1,\"as\":\"again\",\"node\":\"laptop\","
    "\"to\":\"server\"}\n";

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
    packet.payload = bytes;
    packet.payload_len = sizeof bytes;
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
    const observer_refused dial = {REFUSAL_EXISTS, SCENARIO_DIAL, {.line = 21, .column = 5}, LAPTOP, SERVER};
    const observer_refused attach = {
        REFUSAL_NO_ADDRESS, SCENARIO_ATTACH, {.line = 22, .column = 7}, SERVER, SCENARIO_NONE};
    watcher.address(watcher.ctx, LAPTOP, WIFI, &wifi, true, 0);
    watcher.core_event(watcher.ctx, LAPTOP, SERVER, &up, 5);
    tell_migration(&watcher, &milestones, whole);
    watcher.core_event(watcher.ctx, LAPTOP, SERVER, &changed, 9);
    watcher.timeline(watcher.ctx, &whole->events[1], 10);
    watcher.timeline(watcher.ctx, &whole->events[2], 11);
    watcher.refused(watcher.ctx, &dial, 11);
    watcher.refused(watcher.ctx, &attach, 11);
    watcher.endpoint_log(watcher.ctx, SERVER, "ERR_CRYPTO:\t\xc3\xa9", 11);
    watcher.endpoint_log(watcher.ctx, SERVER, "no text: \xc3\xff", 11);
    watcher.address(watcher.ctx, LAPTOP, WIFI, &wifi, false, 12);
    watcher.core_event(watcher.ctx, SERVER, SCENARIO_NONE, &down, 13);
    for (observer_reconnect_kind kind = OBSERVER_RECONNECT_CALLED; kind <= OBSERVER_RECONNECT_DROPPED; kind++)
        watcher.reconnect(watcher.ctx,
                          &(observer_reconnect){.kind = kind,
                                                .number = 1,
                                                .event = &whole->events[3],
                                                .to = SERVER,
                                                .result = ROAM_ERR_TIMEOUT},
                          14);
}

/* Events that are written to a file of their own. */
typedef struct told_file {
    char path[32];
    int fd;
    events *told;
} told_file;

static told_file begin(const scenario *whole)
{
    told_file self = {.path = "/tmp/roam-events-XXXXXX"};
    self.fd = mkstemp(self.path);
    CU_ASSERT_FATAL(self.fd >= 0);
    CU_ASSERT_FATAL(
        events_open(&(events_options){.path = self.path, .scenario = whole, .seed = 7}, &self.told) == 0);
    return self;
}

/* Everything that the file has. */
static void end(told_file *self, char *text, size_t size)
{
    CU_ASSERT_EQUAL(events_close(self->told), 0);
    const ssize_t len = pread(self->fd, text, size - 1, 0);
    CU_ASSERT_FATAL(len > 0 && (size_t)len < size - 1);
    text[len] = '\0';
    (void)close(self->fd);
    (void)unlink(self->path);
}

static void test_lines(void)
{
    static char text[16384];
    scenario *const whole = small_scenario(timeline, NULL);
    told_file file = begin(whole);
    /* At once, so that an interrupted run is known. */
    CU_ASSERT(pread(file.fd, text, sizeof EVENTS_FIRST_LINE - 1, 0) == (ssize_t)sizeof EVENTS_FIRST_LINE - 1);
    CU_ASSERT_STRING_EQUAL(text, EVENTS_FIRST_LINE);
    tell(file.told, whole);
    end(&file, text, sizeof text);
    CHECK_STRING(text, wanted);
    scenario_free(whole);
}

/* A line is cut between characters, and so many are kept of a run. */
static void test_log(void)
{
    static char text[EVENTS_LOG_LINES * 512], wanted_lines[sizeof text];
    char said[EVENTS_LOG_BYTES + 2], kept[EVENTS_LOG_BYTES];
    scenario *const whole = small_scenario(timeline, NULL);
    told_file file = begin(whole);
    (void)memset(said, 'x', sizeof said);
    (void)memset(kept, 'x', sizeof kept);
    (void)memcpy(said + EVENTS_LOG_BYTES - 1, "\xc3\xa9", 3); /* its second byte is one too many */
    kept[EVENTS_LOG_BYTES - 1] = '\0';
    const observer watcher = events_observer(file.told);
    size_t used = 0;
    for (int i = 0; i < EVENTS_LOG_LINES + 2; i++)
        watcher.endpoint_log(watcher.ctx, LAPTOP, said, 3);
    for (int i = 0; i < EVENTS_LOG_LINES; i++)
        used += (size_t)snprintf(
            wanted_lines + used, sizeof wanted_lines - used,
            "{\"at_ns\":3,\"event\":\"endpoint_log\",\"node\":\"laptop\",\"text\":\"%s\"}\n", kept);
    (void)snprintf(wanted_lines + used, sizeof wanted_lines - used,
                   "{\"at_ns\":3,\"event\":\"endpoint_log\",\"node\":\"laptop\",\"dropped\":true}\n");
    end(&file, text, sizeof text);
    const char *const first = strstr(text, "{\"at_ns\":3");
    CU_ASSERT_FATAL(first != NULL);
    CHECK_STRING(first, wanted_lines);
    scenario_free(whole);
}

/* --- verbs: each with every key it has --- */

static const char all_keys[] =
    "roam: 1\nname: keys\nduration: 60s\n"
    "networks:\n"
    "  wifi: {delay: 8ms, rate: 50Mbps, nat: home}\n"
    "  cellular: {delay: 35ms}\n"
    "  hall: {link: wifi}\n"
    "  dc: {delay: 1ms}\n"
    "nats: {home: {pool: [203.0.113.7, 203.0.113.8], mapping: address-dependent}}\n"
    "nodes:\n"
    "  laptop: {networks: [wifi, cellular, hall]}\n"
    "  server: {networks: [dc], listen: 4433}\n"
    "  relay: {networks: [dc], relay: server}\n"
    "  victim: {networks: [dc]}\n"
    "  mallory: {networks: [dc], attacker: true}\n"
    "  pad: {count: 2, networks: [wifi]}\n"
    "  member: {networks: [dc], membership: {}}\n"
    "  contact: {networks: [dc], listen: 1, membership: {}}\n"
    "  s1: {networks: [dc], listen: 443}\n"
    "  s2: {networks: [dc], listen: 443}\n"
    "balancers: {vip: {address: 192.0.2.1, to: [s1]}, cdn: {address: 192.0.2.2, to: [s2], by: route}}\n"
    "peers: [laptop -> server]\n"
    "timeline:\n"
    "  - {at: 1s, detach: laptop, network: cellular}\n"
    "  - {at: 2s, attach: laptop, network: cellular}\n"
    "  - {at: 3s, set: wifi, node: laptop, direction: up, delay: 20ms, jitter: 1ms, rate: 20Mbps, queue: "
    "64pkt,\n"
    "     loss: 0.1%, ecn_mark: 5%, burst: {enter: 1%, leave: 25%}, reordering: true, ecn_bleach: false}\n"
    "  - {at: 4s, set: wifi, loss: 0%, over: 2s}\n"
    "  - {at: 4s, down: laptop, network: cellular}\n"
    "  - {at: 5s, up: laptop, network: cellular}\n"
    "  - {at: 6s, blackhole: laptop, network: wifi, direction: both, for: 1s}\n"
    "  - {at: 8s, heal: laptop, network: wifi, direction: down}\n"
    "  - {at: 9s, migrate: laptop -> server, network: cellular, timeout: 3s, as: move, mode: "
    "validate-first,\n"
    "     every: 1s, times: 2}\n"
    "  - {at: 49500ms, migrate: pad, spread: 1s, every: 5s, times: 2}\n"
    "  - {at: 49500ms, migrate: pad, step: 3s, within: 2500ms, every: 5s, times: 2}\n"
    "  - {after: {happens: peer_up, of: laptop -> server, nth: 2, delay: 20ms}, say: hello}\n"
    "  - {at: 53s, drain: vip, server: s1}\n"
    "  - {at: 53s, remove: vip, server: s1}\n"
    "  - {at: 53s, restore: vip, server: s1}\n"
    "  - {at: 53s, reroute: cdn, server: s2, from: wifi}\n"
    "  - {at: 54s, suspend: victim, for: 1s}\n"
    "  - {at: 54s, hold: dc, node: victim, direction: down, for: 250ms}\n"
    "  - {at: 11s, join: member, contact: contact}\n"
    "  - {at: 12s, forge: member, kind: joins}\n"
    "  - {at: 13s, leave: member}\n"
    "  - {at: 51s, partition: [[wifi, hall], [dc]], for: 1s}\n"
    "  - {at: 12s, restart: laptop, for: 1s, leave: true, redial: true, disable_active_migration: false}\n"
    "  - {at: 14s, shuffle: home, change: address, of: [laptop], over: 1s}\n"
    "  - {at: 15s, expire: home, of: 10%, over: 1s, to: server}\n"
    "  - {at: 16s, renumber: cellular, prefix: 10.200.0.0/16}\n"
    "  - {at: 53s, stale: home, of: laptop, direction: down, over: 1s}\n"
    "  - {at: 54s, regenerate: laptop, network: wifi, overlap: 1s}\n"
    "  - {at: 56s, renumber: cellular, prefix: 10.201.0.0/16, overlap: 1s}\n"
    "  - {at: 17s, dial: laptop -> server, via: relay}\n"
    "  - {at: 17s, reconnect: laptop -> server, network: cellular, via: relay, timeout: 2s, as: again}\n"
    "  - {at: 18s, stage: laptop -> server, via: relay, network: cellular}\n"
    "  - {at: 19s, refuse: laptop, network: wifi, for: 1s}\n"
    "  - {at: 21s, refuse: laptop, network: wifi}\n"
    "  - {at: 21s, permit: laptop, network: wifi}\n"
    "  - {at: 22s, watchdog: laptop, threshold: 100ms, sample: 1s, silence: 2s, strikes: 3, network: wifi,\n"
    "     timeout: 4s, as: dog, mode: follow-first}\n"
    "  - {at: 23s, trace: cellular, file: " ROAM_SOURCE_DIR
    "/scenarios/latency/traces/lte-drive.csv, node: laptop, direction: down, repeat: true}\n"
    "  - {at: 24s, mtu: cellular, node: laptop, bytes: 1280B, silent: true, for: 1s}\n"
    "  - {at: 25s, walk: laptop, network: hall, to: 20m, speed: 1.4mps}\n"
    "  - {at: 26s, walk: laptop, network: hall, to: 30m, over: 0s}\n"
    "  - {at: 27s, drop: laptop, network: wifi, direction: up, frame: stream, stream: 0, count: 2, for: 1s}\n"
    "  - {at: 27s, drop: laptop, network: wifi, nth: [1, 3]}\n"
    "  - {at: 27s, drop: laptop, network: wifi, fraction: 10%}\n"
    "  - {at: 28s, duplicate: laptop, network: wifi, direction: up, frame: stream, stream: 4, count: 2, for: "
    "1s,\n"
    "     delay: 30ms, copies: 2}\n"
    "  - {at: 28s, duplicate: laptop, network: wifi, nth: 5}\n"
    "  - {at: 28s, duplicate: laptop, network: wifi, fraction: 10%}\n"
    "  - {at: 29s, reorder: laptop, network: wifi, direction: up, frame: stream, stream: 0, count: 2, for: "
    "1s,\n"
    "     delay: 30ms}\n"
    "  - {at: 29s, reorder: laptop, network: wifi, nth: 5, packets: 3}\n"
    "  - {at: 29s, reorder: laptop, network: wifi, fraction: 10%, packets: 3}\n"
    "  - {at: 30s, corrupt: laptop, network: wifi, direction: up, frame: stream, stream: 0, count: 2, for: "
    "1s,\n"
    "     bits: 3, keep_checksum: true}\n"
    "  - {at: 30s, corrupt: laptop, network: wifi, nth: 5}\n"
    "  - {at: 30s, corrupt: laptop, network: wifi, fraction: 10%}\n"
    "  - {at: 31s, attack: mallory, kind: off-path-forward, of: laptop -> server, addresses: 4, answers: "
    "drop,\n"
    "     for: 1s}\n"
    "  - {at: 33s, attack: mallory, kind: spoofed-source, of: laptop -> server, victim: victim, for: 1s}\n"
    "  - {at: 35s, attack: mallory, kind: capture, of: laptop -> server, for: 1s}\n"
    "  - {at: 37s, attack: mallory, kind: challenge-flood, of: laptop -> server, challenges: 9, interval: "
    "2ms}\n";

/* Word for word, of those that have something of their own. */
static const struct {
    uint32_t at_s;
    const char *line; /* after "event" */
} told_lines[] = {
    {3,
     "\"verb\":\"set\",\"node\":\"laptop\",\"network\":\"wifi\",\"direction\":\"up\",\"delay_ns\":20000000,"
     "\"jitter_ns\":1000000,\"rate_bps\":20000000,\"queue_packets\":64,\"loss_ppb\":1000000,"
     "\"ecn_mark_ppb\":50000000,\"burst\":{\"enter_ppb\":10000000,\"leave_ppb\":250000000,"
     "\"loss_ppb\":1000000000},\"reordering\":true,\"ecn_bleach\":false}"},
    {9, "\"verb\":\"migrate\",\"node\":\"laptop\",\"to\":\"server\",\"network\":\"cellular\",\"timeout_ns\":"
        "3000000000,\"as\":\"move\",\"mode\":\"validate-first\",\"every_ns\":1000000000,\"times\":2,"
        "\"repetition\":0}"},
    {11, "\"verb\":\"join\",\"node\":\"member\",\"to\":\"contact\",\"contact\":\"contact\"}"},
    {51, "\"verb\":\"partition\",\"sets\":[[\"wifi\",\"hall\"],[\"dc\"]],\"for_ns\":1000000000}"},
    {52, "\"verb\":\"rejoin\",\"ends\":\"partition\",\"sets\":[[\"wifi\",\"hall\"],[\"dc\"]]}"},
    {12, "\"verb\":\"forge\",\"node\":\"member\",\"kind\":\"joins\"}"},
    {13, "\"verb\":\"leave\",\"node\":\"member\"}"},
    {12, "\"verb\":\"restart\",\"node\":\"laptop\",\"for_ns\":1000000000,\"leave\":true,\"redial\":true,"
         "\"disable_active_migration\":false}"},
    {13, "\"verb\":\"start\",\"node\":\"laptop\"}"},
    {14, "\"verb\":\"shuffle\",\"nat\":\"home\",\"change\":\"address\",\"of\":[\"laptop\"],\"over_ns\":"
         "1000000000}"},
    {15, "\"verb\":\"expire\",\"to\":\"server\",\"nat\":\"home\",\"of\":\"10%\",\"over_ns\":1000000000}"},
    {16, "\"verb\":\"renumber\",\"network\":\"cellular\",\"prefix\":\"10.200.0.0/16\"}"},
    {17, "\"verb\":\"reconnect\",\"node\":\"laptop\",\"to\":\"server\",\"via\":\"relay\",\"network\":"
         "\"cellular\","
         "\"timeout_ns\":2000000000,\"as\":\"again\"}"},
    {24, "\"verb\":\"mtu\",\"node\":\"laptop\",\"network\":\"cellular\",\"bytes\":1280,\"silent\":true,"
         "\"for_ns\":1000000000}"},
    {25, "\"verb\":\"heal\",\"ends\":\"mtu\",\"node\":\"laptop\",\"network\":\"cellular\"}"},
    {26, "\"verb\":\"walk\",\"node\":\"laptop\",\"network\":\"hall\",\"to_mm\":30000,\"over_ns\":0}"},
    {27,
     "\"verb\":\"drop\",\"node\":\"laptop\",\"network\":\"wifi\",\"direction\":\"up\",\"frame\":\"stream\","
     "\"stream\":0,\"count\":2,\"for_ns\":1000000000}"},
    {27, "\"verb\":\"drop\",\"node\":\"laptop\",\"network\":\"wifi\",\"nth\":[1,3]}"},
    {31, "\"verb\":\"attack\",\"node\":\"mallory\",\"to\":\"server\",\"attack\":\"off-path-forward\",\"of\":"
         "\"laptop\","
         "\"kind\":\"off-path-forward\",\"for_ns\":1000000000,\"addresses\":4,\"answers\":\"drop\"}"},
    {35,
     "\"verb\":\"attack\",\"node\":\"mallory\",\"to\":\"server\",\"attack\":\"capture\",\"of\":\"laptop\","
     "\"kind\":\"capture\",\"for_ns\":1000000000}"},
    {53,
     "\"verb\":\"stale\",\"nat\":\"home\",\"direction\":\"down\",\"of\":\"laptop\",\"over_ns\":1000000000}"},
    {54, "\"verb\":\"regenerate\",\"node\":\"laptop\",\"network\":\"wifi\",\"overlap_ns\":1000000000}"},
    {55, "\"verb\":\"withdraw\",\"ends\":\"regenerate\",\"node\":\"laptop\",\"network\":\"wifi\"}"},
    {56, "\"verb\":\"renumber\",\"network\":\"cellular\",\"prefix\":\"10.201.0.0/16\",\"overlap_ns\":"
         "1000000000}"},
    {50, "\"verb\":\"migrate\",\"node\":\"pad-2\",\"group\":\"pad\",\"timeout_ns\":5000000000,"
         "\"every_ns\":5000000000,\"times\":2,\"spread_ns\":1000000000,"
         "\"repetition\":0}"},
    {50, "\"verb\":\"migrate\",\"node\":\"pad-2\",\"group\":\"pad\",\"timeout_ns\":5000000000,"
         "\"every_ns\":5000000000,\"times\":2,\"step_ns\":3000000000,\"within_ns\":2500000000,"
         "\"repetition\":0}"},
};

/* True when a line of the verb has the key, whatever unit follows its name. */
static bool is_told(const char *text, const char *verb, const char *key)
{
    char mark[64];
    char name[64];
    (void)snprintf(mark, sizeof mark, "\"verb\":\"%s\"", verb);
    (void)snprintf(name, sizeof name, "\"%s", key);
    for (const char *line = strstr(text, mark); line; line = strstr(line + 1, mark)) {
        const char *const end = strchr(line, '\n');
        const char *found = strstr(line, name);
        for (; found && found < end; found = strstr(found + 1, name)) {
            const char after = found[strlen(name)];
            if ((after == '"' || after == '_') && strchr(found + 1, '"')[1] == ':')
                return true;
        }
    }
    return false;
}

/* A key that a verb has in the tables of the loader is a key of its line. */
static void expect_every_key(const char *text)
{
    key_table table;
    for (size_t i = 0; scenario_verb_table(i, &table); i++) {
        for (const key_row *row = table.more; row->name; row++) {
            if (strcmp(row->name, table.what) == 0 || is_told(text, table.what, row->name))
                continue;
            (void)printf("\nno line of %s has its key '%s'\n", table.what, row->name);
            CU_FAIL("a key is missing");
        }
    }
    for (const key_row *row = table.rows; row->name; row++)
        CU_ASSERT(strcmp(row->name, "at") == 0 ||
                  is_told(text, strcmp(row->name, "after") == 0 ? "say" : "migrate", row->name));
}

static void test_verbs(void)
{
    static char text[65536];
    scenario *const whole = evidence_scenario(all_keys);
    told_file file = begin(whole);
    const observer watcher = events_observer(file.told);
    for (size_t i = 0; i < whole->event_count; i++)
        watcher.timeline(watcher.ctx, &whole->events[i], whole->events[i].at_ns);
    end(&file, text, sizeof text);
    for (size_t i = 0; i < sizeof told_lines / sizeof told_lines[0]; i++) {
        char line[1024];
        (void)snprintf(line, sizeof line, "{\"at_ns\":%u000000000,\"event\":\"timeline\",%s\n",
                       told_lines[i].at_s, told_lines[i].line);
        CHECK(strstr(text, line) != NULL, true, "told: %s", line);
    }
    expect_every_key(text);
    scenario_free(whole);
}

/* Of `quic` what is written and not the default, with its unit. */
static void test_settings(void)
{
    static const char start[] =
        "roam: 1\nname: s\nduration: 1s\nnetworks: {n: {}, o: {}}\nnodes:\n"
        "  a: {networks: [n], quic: {congestion: cubic, pmtud: true, max_idle: 300s}}\n"
        "  b: {networks: [n], idle_timeout: 40s, quic: {active_connection_id_limit: 3,\n"
        "    congestion: bbr, initial_window: 20pkt, pmtud: false, ecn: false,\n"
        "    max_ack_delay: 0ms, ack_delay_exponent: 4, ack_every: 1,\n"
        "    rotate_connection_ids: 1s, retire_connection_ids: 2s}}\n"
        "  c: {networks: [n, o], listen: 1, quic: {max_idle: 30s, preferred_address: o}}\n"
        "peers: [a -> c]\n";
    char text[2048];
    scenario *const whole = evidence_scenario(start);
    told_file file = begin(whole);
    end(&file, text, sizeof text);
    CHECK_STRING(
        strchr(text, '\n') + 1,
        "{\"at_ns\":0,\"event\":\"topology\",\"nodes\":[{\"node\":\"a\"},{\"node\":\"b\",\"quic\":{"
        "\"active_connection_id_limit\":3,\"congestion\":\"bbr\",\"initial_window_packets\":20,"
        "\"pmtud\":false,\"ecn\":false,\"max_ack_delay_ns\":0,\"ack_delay_exponent\":4,\"ack_every\":1,"
        "\"rotate_connection_ids_ns\":1000000000,\"retire_connection_ids_ns\":2000000000}},"
        "{\"node\":\"c\",\"listen\":1,\"quic\":{\"max_idle_ns\":30000000000,"
        "\"preferred_address\":[\"o\"]}}],"
        "\"networks\":[{\"network\":\"n\"},{\"network\":\"o\"}],\"nats\":[]}\n");
    scenario_free(whole);
}

static void test_failures(void)
{
    scenario *const whole = small_scenario(timeline, NULL);
    events *told = NULL;
    CU_ASSERT_EQUAL(
        events_open(&(events_options){.path = "/nowhere/events.jsonl", .scenario = whole, .seed = 7}, &told),
        ENOENT);
    CU_ASSERT_EQUAL(events_open(&(events_options){.path = "/dev/full", .scenario = whole, .seed = 7}, &told),
                    ENOSPC);
    CU_ASSERT(told == NULL);
    CU_ASSERT_EQUAL(events_close(NULL), 0);
    scenario_free(whole);
}

static const check_test TESTS[] = {{"lines", test_lines},
                                   {"log", test_log},
                                   {"verbs", test_verbs},
                                   {"settings", test_settings},
                                   {"failures", test_failures}};
CHECK_MAIN("events", TESTS)
