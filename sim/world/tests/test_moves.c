/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hundred migrations in a row, as taps at the host see them: each new local address is used with a
 * connection ID of the peer that no other had (RFC 9000 section 9.5). */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define HEADER_FORM_LONG 0x80 /* RFC 9000 section 17.2 */

enum { MOVES = 100, ID_BYTES = 8, PATHS_MAX = MOVES + 1 };

static const char TEXT[] =
    "roam: 1\nname: t\nduration: 25s\n"
    "networks:\n  wifi: {delay: 8ms}\n  cellular: {delay: 35ms}\n"
    "nodes:\n  a: {networks: [wifi, cellular]}\n  b: {networks: [wifi], listen: 4433}\n"
    "peers: [a -> b]\n"
    "traffic: [{flow: a -> b, send: 100B, every: 20ms}]\n"
    "timeline:\n"
    "  - {at: 2s, migrate: a -> b, network: cellular, every: 400ms, times: 50}\n"
    "  - {at: 2.2s, migrate: a -> b, network: wifi, every: 400ms, times: 50}\n";

/* A local address of the host, and the connection ID that its short headers carry to the other end. */
typedef struct path {
    roam_addr local;
    uint8_t id[ID_BYTES];
} path;

typedef struct sight {
    path paths[PATHS_MAX];
    size_t count;
    uint64_t packets;
    uint64_t changed; /* packets with another ID than their path had first */
    uint64_t ok;
    uint64_t done;
} sight;

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    sight *seen = ctx;
    (void)now_ns;
    if (packet->node != 0 || !packet->up || packet->drop != OBSERVER_NOT_DROPPED ||
        packet->payload_len < 1 + ID_BYTES || packet->payload[0] & HEADER_FORM_LONG)
        return;
    seen->packets++;
    for (size_t i = 0; i < seen->count; i++) {
        if (!roam_addr_equal(&seen->paths[i].local, &packet->source))
            continue;
        seen->changed += memcmp(seen->paths[i].id, packet->payload + 1, ID_BYTES) != 0;
        return;
    }
    CU_ASSERT_FATAL(seen->count < PATHS_MAX);
    path *added = &seen->paths[seen->count++];
    added->local = packet->source;
    memcpy(added->id, packet->payload + 1, ID_BYTES);
}

static void on_done(void *ctx, uint32_t call, const roam_migration_record *record, uint64_t now_ns)
{
    sight *seen = ctx;
    (void)call, (void)now_ns;
    seen->done++;
    seen->ok += record->result == ROAM_OK && record->connection_id_changed;
}

static void test_moves(void)
{
    sight seen = {0};
    const observer watcher = {.ctx = &seen, .packet = on_packet, .migrate_done = on_done};
    evidence_watch(TEXT, &watcher);
    CHECK(seen.done, MOVES, "results");
    CHECK(seen.ok, MOVES, "ok, with another connection ID");
    CHECK(seen.count, PATHS_MAX, "local addresses");
    CU_ASSERT_TRUE(seen.packets > 1000);
    CHECK(seen.changed, 0, "packets that changed their ID on a path");
    for (size_t i = 1; i < seen.count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (memcmp(seen.paths[i].id, seen.paths[j].id, ID_BYTES) != 0)
                continue;
            fprintf(stderr, "\n    move %zu has the connection ID of move %zu", i, j);
            CU_FAIL("a connection ID on two paths");
        }
    }
}

static const check_test TESTS[] = {{"a new connection ID for each of a hundred moves", test_moves}};
CHECK_MAIN("moves", TESTS)
