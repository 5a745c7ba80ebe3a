/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "sim/endpoint/adapters/ngtcp2-gnutls/tests/pair.h"

#include <CUnit/CUnit.h>

static void check_at(const pair_event *event, uint64_t at_ns, uint8_t client, const char *what)
{
    if (!CHECK(event != NULL, true, "%s", what))
        return;
    CHECK(event->at_ns, at_ns, "%s: time", what);
    CHECK(event->event.path.local.bytes[3], client, "%s: address", what);
}

static uint8_t address_of(const roam_endpoint_host *end)
{
    roam_endpoint_path path;
    end->pair->library->path(end->connection, &path);
    return end == &end->pair->client ? path.local.bytes[3] : path.remote.bytes[3];
}

static void probe_first(void)
{
    pair *const p = pair_established(6);
    const uint64_t at = p->now_ns;
    CHECK(pair_migrate(p, 2, ROAM_ENDPOINT_PROBE_FIRST), 0, "migrate: %s", p->client.said);
    check_at(pair_find(&p->client, ROAM_ENDPOINT_CHALLENGE_SENT, at), at, 2, "challenge");
    CHECK(address_of(&p->client), 1, "meanwhile");
    pair_run(p, 100 * PAIR_MS);
    check_at(pair_find(&p->client, ROAM_ENDPOINT_PATH_VALIDATED, at), at + 20 * PAIR_MS, 2, "validated");
    check_at(pair_find(&p->client, ROAM_ENDPOINT_MOVED, at), at + 20 * PAIR_MS, 2, "moved");
    CHECK(address_of(&p->client), 2, "client");
    CHECK(address_of(&p->server), 2, "server");
    CHECK(pair_count(&p->server, ROAM_ENDPOINT_MOVED), 1, "the server followed");
    pair_free(p);
}

/* ngtcp2 sends two challenges, and again after 3 initial RTTs and twice that, and then waits for four times.
 */
static void probe_of_a_dead_path(void)
{
    pair *const p = pair_established(7);
    const uint64_t at = p->now_ns;
    p->dead = pair_path(2).local;
    CHECK(pair_migrate(p, 2, ROAM_ENDPOINT_PROBE_FIRST), 0, "migrate");
    pair_run(p, 3000 * PAIR_MS);
    check_at(pair_find(&p->client, ROAM_ENDPOINT_PATH_FAILED, at), at + 2100 * PAIR_MS, 2, "failed");
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_CHALLENGE_SENT), 6, "challenges");
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_MOVED), 0, "moved");
    CHECK(pair_migrate(p, 3, ROAM_ENDPOINT_PROBE_FIRST), 0, "again: %s", p->client.said);
    pair_run(p, 100 * PAIR_MS);
    CHECK(address_of(&p->server), 3, "again");
    pair_free(p);
}

static void follow_first(void)
{
    pair *const p = pair_established(8);
    const uint64_t at = p->now_ns;
    CHECK(pair_migrate(p, 2, ROAM_ENDPOINT_FOLLOW_FIRST), 0, "migrate: %s", p->client.said);
    check_at(pair_find(&p->client, ROAM_ENDPOINT_MOVED, at), at, 2, "moved");
    CHECK(address_of(&p->client), 2, "at once");
    pair_run(p, 100 * PAIR_MS);
    check_at(pair_find(&p->client, ROAM_ENDPOINT_PATH_VALIDATED, at), at + 20 * PAIR_MS, 2, "validated");
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_MOVED), 1, "moved once");
    pair_free(p);
}

/* The connection is back on the old path, and works there. */
static void check_back(pair *p)
{
    CHECK(address_of(&p->client), 1, "client");
    CHECK(address_of(&p->server), 1, "server");
    int64_t id = -1;
    size_t taken = 0;
    CHECK(p->library->stream_open(p->client.connection, true, &id), 0, "stream_open");
    CHECK(p->library->stream_write(p->client.connection, id, (const uint8_t *)"x", 1, true, &taken), 0,
          "write");
    pair_flush(p);
    const uint64_t at = p->now_ns;
    pair_run(p, 50 * PAIR_MS);
    CHECK(pair_time(&p->server, ROAM_ENDPOINT_STREAM_OPENED, at), at + 10 * PAIR_MS, "a stream arrives");
}

/* The RTT of the new path is the initial one, 100 ms: three PTOs of 325 ms. */
static void follow_to_a_dead_path(void)
{
    pair *const p = pair_established(9);
    const uint64_t at = p->now_ns;
    p->dead = pair_path(2).local;
    CHECK(pair_migrate(p, 2, ROAM_ENDPOINT_FOLLOW_FIRST), 0, "migrate");
    pair_run(p, 3000 * PAIR_MS);
    check_at(pair_find(&p->client, ROAM_ENDPOINT_PATH_FAILED, at), at + 975 * PAIR_MS, 2, "failed");
    check_at(pair_find(&p->client, ROAM_ENDPOINT_MOVED, at + 1), at + 975 * PAIR_MS, 1, "moved back");
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_PATH_VALIDATED), 0, "the way back is not reported");
    check_back(p);
    pair_free(p);
}

static void abandoned(uint32_t mode, bool dead)
{
    pair *const p = pair_established(10 + mode);
    if (dead)
        p->dead = pair_path(2).local;
    CHECK(pair_migrate(p, 2, mode), 0, "migrate");
    pair_run(p, dead ? 100 * PAIR_MS : 15 * PAIR_MS); /* the answer is under way */
    const size_t events = p->client.event_count;
    p->library->migrate_abandon(p->client.connection);
    pair_flush(p);
    CHECK(address_of(&p->client), 1, "at once");
    pair_run(p, 3000 * PAIR_MS);
    for (size_t i = events; i < p->client.event_count; i++)
        CHECK(p->client.events[i].event.kind, 0, "an event of mode %u afterwards", mode);
    check_back(p);
    pair_free(p);
}

static void abandon(void)
{
    abandoned(ROAM_ENDPOINT_PROBE_FIRST, true);
    abandoned(ROAM_ENDPOINT_PROBE_FIRST, false);
    abandoned(ROAM_ENDPOINT_FOLLOW_FIRST, true);
    abandoned(ROAM_ENDPOINT_FOLLOW_FIRST, false);
}

static void rebind(void)
{
    pair *const p = pair_established(12);
    const uint64_t at = p->now_ns;
    roam_endpoint_statistics before = {.size = sizeof before}, after = before;
    p->library->statistics(p->client.connection, &before);
    CHECK(pair_migrate(p, 2, ROAM_ENDPOINT_REBIND), 0, "migrate: %s", p->client.said);
    check_at(pair_find(&p->client, ROAM_ENDPOINT_MOVED, at), at, 2, "moved");
    int64_t id = -1;
    size_t taken = 0;
    CHECK(p->library->stream_open(p->client.connection, true, &id), 0, "stream_open");
    CHECK(p->library->stream_write(p->client.connection, id, (const uint8_t *)"x", 1, true, &taken), 0,
          "write");
    pair_flush(p);
    pair_run(p, 200 * PAIR_MS);
    p->library->statistics(p->client.connection, &after);
    CHECK_BYTES(after.connection_id, before.connection_id, before.connection_id_len, "connection ID");
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_CHALLENGE_SENT), 0, "the client does not validate");
    CHECK(pair_time(&p->server, ROAM_ENDPOINT_MOVED, at), at + 10 * PAIR_MS, "the server followed");
    CHECK(pair_time(&p->server, ROAM_ENDPOINT_PATH_VALIDATED, at), at + 30 * PAIR_MS,
          "the server has validated");
    CHECK(address_of(&p->server), 2, "server");
    pair_free(p);
}

/* A rebind in the middle of a probe: nothing leaves for the probed path any more. */
static void rebind_during_probe(void)
{
    pair *const p = pair_established(13);
    p->dead = pair_path(2).local;
    CHECK(pair_migrate(p, 2, ROAM_ENDPOINT_PROBE_FIRST), 0, "probe");
    pair_run(p, 10 * PAIR_MS);
    CHECK(pair_migrate(p, 3, ROAM_ENDPOINT_REBIND), 0, "rebind");
    pair_run(p, 3000 * PAIR_MS);
    CHECK(address_of(&p->client), 3, "client");
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_PATH_FAILED), 0, "the probe ends without an event");
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_CHALLENGE_SENT), 2, "challenges, at once");
    CHECK(p->client.sent_from[2], 2, "datagrams from the probed path");
    pair_free(p);
}

/* A probe in place of another one, which ends without an event. */
static void probe_during_probe(void)
{
    pair *const p = pair_established(24);
    const uint64_t at = p->now_ns;
    p->dead = pair_path(2).local;
    CHECK(pair_migrate(p, 2, ROAM_ENDPOINT_PROBE_FIRST), 0, "first");
    pair_run(p, 10 * PAIR_MS);
    CHECK(pair_migrate(p, 3, ROAM_ENDPOINT_PROBE_FIRST), 0, "second");
    pair_run(p, 3000 * PAIR_MS);
    CHECK(pair_count(&p->client, ROAM_ENDPOINT_PATH_FAILED), 0, "the first ends without an event");
    check_at(pair_find(&p->client, ROAM_ENDPOINT_PATH_VALIDATED, at), at + 30 * PAIR_MS, 3, "validated");
    CHECK(address_of(&p->client), 3, "client");
    pair_free(p);
}

static void disabled(void)
{
    pair *const p = pair_new(&(pair_options){.seed = 14, .disable_active_migration = true});
    roam_endpoint_peer peer = {.size = sizeof peer};
    pair_run(p, 200 * PAIR_MS);
    CHECK(p->library->peer(p->client.connection, &peer), 0, "peer");
    CHECK(peer.disables_migration, true, "disable_active_migration");
    CHECK(pair_migrate(p, 2, ROAM_ENDPOINT_PROBE_FIRST), ROAM_ENDPOINT_FAILED, "migrate");
    pair_free(p);
}

static const check_test tests[] = {
    {"probe first", probe_first},
    {"probe of a dead path", probe_of_a_dead_path},
    {"follow first", follow_first},
    {"follow first to a dead path", follow_to_a_dead_path},
    {"abandon", abandon},
    {"rebind", rebind},
    {"rebind during a probe", rebind_during_probe},
    {"probe during a probe", probe_during_probe},
    {"disable_active_migration", disabled},
};

PAIR_MAIN("ngtcp2-gnutls moves", tests)
