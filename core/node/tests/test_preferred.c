/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The preferred address of a server: who follows, when, and what becomes of migrations meanwhile. */
#include "core/tests/check.h"
#include "core/tests/net_pair.h"

enum { HOME = 0, ORIGINAL = 1, PREFERRED = 2, AWAY = 3, RECORDS_MAX = 4 };

/* PTO of a path without an RTT sample, three times (RFC 9002 section 6.2.2, RFC 9000 section 8.2.4). */
#define VALIDATION_NS (3 * (333 * NET_MS + 4 * 333 * NET_MS / 2 + 25 * NET_MS))

/* b listens at two addresses, and prefers one; what a records. */
typedef struct fixture {
    net_pair pair;
    roam_preferred_record records[RECORDS_MAX];
    size_t count;
} fixture;

static void keep_record(net_host *host, const roam_event *event, uint64_t now_ns)
{
    fixture *f = host->user;
    (void)now_ns;
    if (event->kind == ROAM_EVENT_PREFERRED_ADDRESS && f->count < RECORDS_MAX)
        f->records[f->count++] = *event->preferred;
}

static void ignoring(roam_node_options *options)
{
    options->quic.ignore_preferred_address = true;
}

static void disabling(roam_node_options *options)
{
    options->accept = true;
    options->disable_active_migration = true;
}

static roam_addr at(const fixture *f, int network)
{
    return net_addr(f->pair.b, network, 4433);
}

/* Not connected yet. */
static void begin(fixture *f, const net_pair_options *options)
{
    *f = (fixture){.pair = net_pair_new(options)};
    f->pair.a->on_event = keep_record;
    f->pair.a->user = f;
    f->pair.b->network = PREFERRED;
    net_listen(f->pair.b);
    f->pair.b->network = ORIGINAL;
    const roam_addr preferred = at(f, PREFERRED);
    CHECK(roam_node_prefer(f->pair.b->node, &preferred), 0, "prefer");
}

static void check_remote(const fixture *f, int network, const char *what)
{
    roam_path_stats stats = {0};
    const roam_addr wanted = at(f, network);
    CHECK(roam_peer_path_stats(f->pair.a->node, f->pair.b_at_a, &stats), 0, "%s: path stats", what);
    CHECK_ADDR(stats.remote, wanted, "%s: the server's address in use", what);
}

/* Both ends use the server's address there, and a message each way arrives. */
static void check_alive(fixture *f, int network, const char *what)
{
    const uint64_t at_a = f->pair.a->messages, at_b = f->pair.b->messages;
    roam_path_stats stats = {0};
    const roam_addr wanted = at(f, network);
    check_remote(f, network, what);
    net_send(f->pair.a, f->pair.b_at_a, 1, "ping", 4);
    net_send(f->pair.b, f->pair.a_at_b, 1, "pong", 4);
    net_run_for(f->pair.net, NET_S);
    CHECK(f->pair.b->messages - at_b, 1, "%s: messages to b", what);
    CHECK(f->pair.a->messages - at_a, 1, "%s: messages to a", what);
    CHECK(roam_peer_path_stats(f->pair.b->node, f->pair.a_at_b, &stats), 0, "%s: path stats of b", what);
    CHECK_ADDR(stats.local, wanted, "%s: b's address in use", what);
}

static const net_pair_options apart = {.apart = true};

static void test_followed(void)
{
    static const net_pair_options families[] = {{.apart = true}, {.apart = true, .ipv6 = true}};
    for (size_t i = 0; i < 2; i++) {
        fixture f;
        begin(&f, &families[i]);
        net_delay(f.pair.net, PREFERRED, 30 * NET_MS);
        net_pair_connect(&f.pair);
        net_run_for(f.pair.net, NET_S);
        if (CHECK(f.count, 1, "records")) {
            const roam_preferred_record *r = &f.records[0];
            const roam_addr original = at(&f, ORIGINAL), preferred = at(&f, PREFERRED);
            CHECK(r->result, ROAM_OK, "result");
            CHECK_ADDR(r->old_remote, original, "original address");
            CHECK_ADDR(r->new_remote, preferred, "preferred address");
            CHECK(r->finished_ns - r->started_ns, 80 * NET_MS, "a round trip");
            CHECK(r->first_challenge_ns, r->started_ns, "first challenge");
            CHECK(r->challenges_sent, 2, "challenges");
            CHECK(r->validation_rounds, 1, "rounds");
        }
        check_alive(&f, PREFERRED, "followed");
        CHECK(net_count(f.pair.b, ROAM_EVENT_PATH_CHANGED), 1, "b's path changed");
        CHECK(net_count(f.pair.b, ROAM_EVENT_REBOUND), 0, "rebinds");
        net_free(f.pair.net);
    }
}

static void test_ignored(void)
{
    fixture f;
    begin(&f, &(net_pair_options){.apart = true, .change_a = ignoring});
    net_pair_connect(&f.pair);
    net_run_for(f.pair.net, NET_S);
    CHECK(f.count, 0, "records");
    check_alive(&f, ORIGINAL, "ignored");
    net_free(f.pair.net);
}

static void test_unreachable(void)
{
    fixture f;
    begin(&f, &apart);
    net_block(f.pair.net, PREFERRED, true, true);
    net_pair_connect(&f.pair);
    net_run_for(f.pair.net, 5 * NET_S);
    if (CHECK(f.count, 1, "records")) {
        CHECK(f.records[0].result, ROAM_ERR_TIMEOUT, "result");
        CHECK(f.records[0].finished_ns - f.records[0].started_ns, VALIDATION_NS, "three PTO");
        CHECK(f.records[0].challenges_sent, 4, "challenges");
    }
    check_alive(&f, ORIGINAL, "unreachable");
    net_free(f.pair.net);
}

static void test_connection_ends(void)
{
    fixture f;
    begin(&f, &apart);
    net_block(f.pair.net, PREFERRED, true, true);
    net_pair_connect(&f.pair);
    CHECK(roam_hang_up(f.pair.a->node, f.pair.b_at_a), 0, "hang up");
    net_poke(f.pair.a);
    net_run_for(f.pair.net, NET_S);
    if (CHECK(f.count, 1, "records"))
        CHECK(f.records[0].result, ROAM_ERR_NO_CONN, "result");
    net_free(f.pair.net);
}

static void test_named(void)
{
    fixture f;
    begin(&f, &apart);
    const roam_addr nobody = at(&f, AWAY), none = {.family = ROAM_FAMILY_NONE};
    CHECK(roam_node_prefer(f.pair.b->node, &nobody), ROAM_ERR_INVALID_ARGUMENT, "no adapter there");
    CHECK(roam_node_prefer(f.pair.b->node, &none), ROAM_ERR_INVALID_ARGUMENT, "no address");
    f.pair.b->network = PREFERRED; /* a dials the preferred address itself */
    net_pair_connect(&f.pair);
    net_run_for(f.pair.net, NET_S);
    CHECK(f.count, 0, "records of a connection that begins there");
    net_free(f.pair.net);

    begin(&f, &apart);
    roam_node_prefer_none(f.pair.b->node, ROAM_FAMILY_IPV4);
    net_pair_connect(&f.pair);
    net_run_for(f.pair.net, NET_S);
    CHECK(f.count, 0, "records where none is preferred any more");
    check_remote(&f, ORIGINAL, "none any more");
    net_free(f.pair.net);
}

/* What the server forbids holds at the address of the handshake alone (RFC 9000 section 18.2). */
static void test_migration_afterwards(void)
{
    for (int ignores = 0; ignores < 2; ignores++) {
        fixture f;
        begin(&f, &(net_pair_options){
                      .apart = true, .change_a = ignores ? ignoring : NULL, .change_b = disabling});
        net_pair_connect(&f.pair);
        net_run_for(f.pair.net, NET_S);
        net_migrate(f.pair.a, f.pair.b_at_a, AWAY, NET_S, ROAM_VALIDATE_FIRST, NULL);
        net_run_for(f.pair.net, NET_S);
        if (CHECK(f.pair.a->result_count, 1, "results")) {
            const roam_migration_record *r = &f.pair.a->results[0].record;
            const roam_addr remote = at(&f, ignores ? ORIGINAL : PREFERRED);
            CHECK(r->result, ignores ? ROAM_ERR_PEER_DISABLE_MIGRATION : ROAM_OK, "ignores %d", ignores);
            CHECK_ADDR(r->remote, remote, "remote address, ignores %d", ignores);
        }
        check_alive(&f, ignores ? ORIGINAL : PREFERRED, "after the call");
        net_free(f.pair.net);
    }
}

static void keep_remote(void *done_data, roam_peer_id peer, const roam_migration_record *record,
                        uint64_t now_ns)
{
    (void)peer;
    (void)now_ns;
    *(roam_addr *)done_data = record->remote;
}

/* An application that knows the server by the address that it dialled goes to the preferred one with it. */
static void test_migration_to_the_address_dialled(void)
{
    fixture f;
    roam_addr taken = {.family = ROAM_FAMILY_NONE};
    begin(&f, &apart);
    net_pair_connect(&f.pair);
    net_run_for(f.pair.net, NET_S);
    const roam_addr preferred = at(&f, PREFERRED);
    roam_migrate_options options;
    roam_migrate_options_default(&options);
    options.local = net_addr(f.pair.a, AWAY, 0);
    options.remote = at(&f, ORIGINAL);
    options.timeout_ns = NET_S;
    options.done = keep_remote;
    options.done_data = &taken;
    CHECK(roam_migrate(f.pair.a->node, f.pair.b_at_a, &options, net_now(f.pair.net)), 0, "migrate");
    net_poke(f.pair.a);
    net_run_for(f.pair.net, NET_S);
    CHECK_ADDR(taken, preferred, "remote of the migration");
    check_alive(&f, PREFERRED, "asked for the address dialled");
    net_free(f.pair.net);
}

/* b is up 20 ms after the handshake of a was confirmed, and the call comes 5 ms later. ms: delay of the
 * preferred network, and when the migration and the preferred address are done, after that handshake. */
static void test_migration_meanwhile(void)
{
    static const struct {
        const char *about;
        roam_migrate_mode mode;
        uint64_t delay_ms, migrated_ms, preferred_ms;
        bool blocked;
        int remote; /* of the migration's record */
        uint32_t rounds;
    } cases[] = {
        /* from AWAY the round trip is 40 ms to the original address, and 20 ms more than twice the delay */
        {"the preferred one is nearer", ROAM_VALIDATE_FIRST, 4, 25 + 28, 28, false, PREFERRED, 2},
        {"the original one is nearer", ROAM_VALIDATE_FIRST, 30, 25 + 40, 25 + 80, false, ORIGINAL, 2},
        {"the preferred one is far", ROAM_VALIDATE_FIRST, 500, 25 + 40, 25 + 1020, false, ORIGINAL, 2},
        {"the preferred one is nearer, data follows", ROAM_FOLLOW_FIRST, 4, 25 + 28, 25 + 28, false,
         PREFERRED, 2},
        {"the original one is nearer, data follows", ROAM_FOLLOW_FIRST, 30, 25 + 40, 25 + 80, false, ORIGINAL,
         2},
        {"the preferred one is dead", ROAM_VALIDATE_FIRST, 10, 25 + 40, 0, true, ORIGINAL, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fixture f;
        begin(&f, &apart);
        net_delay(f.pair.net, PREFERRED, cases[i].delay_ms * NET_MS);
        if (cases[i].blocked)
            net_block(f.pair.net, PREFERRED, true, true);
        net_pair_connect(&f.pair);
        net_run_for(f.pair.net, 5 * NET_MS);
        net_migrate(f.pair.a, f.pair.b_at_a, AWAY, 5 * NET_S, cases[i].mode, NULL);
        net_run_for(f.pair.net, 6 * NET_S);
        const char *about = cases[i].about;
        if (!CHECK(f.count, 1, "%s: records", about) ||
            !CHECK(f.pair.a->result_count, 1, "%s: results", about)) {
            net_free(f.pair.net);
            continue;
        }
        const roam_preferred_record *r = &f.records[0];
        const roam_migration_record *m = &f.pair.a->results[0].record;
        const roam_addr remote = at(&f, cases[i].remote);
        CHECK(m->requested_ns - r->started_ns, 25 * NET_MS, "%s: the call", about);
        CHECK(m->result, ROAM_OK, "%s: migration", about);
        CHECK((m->finished_ns - r->started_ns) / NET_MS, cases[i].migrated_ms, "%s: ms to the migration",
              about);
        CHECK_ADDR(m->remote, remote, "%s: remote of the migration", about);
        CHECK(r->validation_rounds, cases[i].rounds, "%s: rounds", about);
        CHECK(r->result, cases[i].blocked ? ROAM_ERR_TIMEOUT : ROAM_OK, "%s: result", about);
        if (!cases[i].blocked)
            CHECK((r->finished_ns - r->started_ns) / NET_MS, cases[i].preferred_ms,
                  "%s: ms to the preferred one", about);
        const int in_use = cases[i].blocked ? ORIGINAL : PREFERRED;
        check_alive(&f, in_use, about);
        net_free(f.pair.net);
    }
}

static void keep_result(void *done_data, roam_peer_id peer, const roam_migration_record *record,
                        uint64_t now_ns)
{
    (void)peer;
    (void)now_ns;
    *(int *)done_data = record->result;
}

/* Calls come at 25, 105 and 185 ms, and each path validates in 40 ms; the last one leads to the address of
 * the first. The preferred address, whose answers take 1020 ms, is validated from there again. */
static void test_migration_and_back(void)
{
    static const roam_migrate_mode modes[] = {ROAM_VALIDATE_FIRST, ROAM_FOLLOW_FIRST};
    static const int networks[] = {AWAY, HOME, AWAY};
    for (size_t i = 0; i < 2; i++) {
        fixture f;
        begin(&f, &apart);
        net_delay(f.pair.net, PREFERRED, 500 * NET_MS);
        net_pair_connect(&f.pair);
        net_run_for(f.pair.net, 5 * NET_MS);
        for (size_t k = 0; k < 3; k++) {
            int result = 1;
            roam_migrate_options options;
            roam_migrate_options_default(&options);
            options.local = net_addr(f.pair.a, networks[k], 5000);
            options.mode = modes[i];
            options.done = keep_result;
            options.done_data = &result;
            CHECK(roam_migrate(f.pair.a->node, f.pair.b_at_a, &options, net_now(f.pair.net)), 0, "migrate");
            net_poke(f.pair.a);
            net_run_for(f.pair.net, 80 * NET_MS);
            CHECK(result, ROAM_OK, "result %zu", k);
        }
        check_remote(&f, ORIGINAL, "meanwhile");
        net_run_for(f.pair.net, 2 * NET_S);
        if (CHECK(f.count, 1, "records")) {
            CHECK(f.records[0].result, ROAM_OK, "result");
            CHECK((f.records[0].finished_ns - f.records[0].started_ns) / NET_MS, 185 + 1020,
                  "ms to the preferred one");
        }
        check_alive(&f, PREFERRED, "back");
        net_free(f.pair.net);
    }
}

/* The call is given up: the preferred address is validated from the address in use again. */
static void test_migration_given_up(void)
{
    fixture f;
    begin(&f, &apart);
    net_delay(f.pair.net, PREFERRED, 30 * NET_MS);
    net_block(f.pair.net, AWAY, true, true);
    net_pair_connect(&f.pair);
    net_run_for(f.pair.net, 5 * NET_MS);
    net_block(f.pair.net, PREFERRED, true, true); /* no answer to the first challenges */
    net_migrate(f.pair.a, f.pair.b_at_a, AWAY, 100 * NET_MS, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(f.pair.net, 99 * NET_MS);
    net_block(f.pair.net, PREFERRED, false, false);
    net_run_for(f.pair.net, NET_S);
    if (CHECK(f.pair.a->result_count, 1, "results"))
        CHECK(f.pair.a->results[0].record.result, ROAM_ERR_TIMEOUT, "migration");
    if (CHECK(f.count, 1, "records")) {
        CHECK(f.records[0].result, ROAM_OK, "result");
        CHECK(f.records[0].finished_ns - f.records[0].started_ns, (25 + 100 + 80) * NET_MS,
              "a round trip after the call");
    }
    check_alive(&f, PREFERRED, "given up");
    net_free(f.pair.net);
}

/* The preferred address answers 80 ms after the handshake was confirmed, to challenges from the address that
 * the call, which comes at 25 ms and finds no way, leaves or is about to. */
static void test_answers_of_before(void)
{
    static const struct {
        const char *about;
        roam_migrate_mode mode;
        uint64_t timeout_ms, preferred_ms;
    } cases[] = {
        {"the call is given up before", ROAM_VALIDATE_FIRST, 20, 80},
        {"the call is given up before, data followed", ROAM_FOLLOW_FIRST, 20, 80},
        {"the call is under way", ROAM_VALIDATE_FIRST, 100, 80},
        {"the call is given up afterwards, data followed", ROAM_FOLLOW_FIRST, 100, 125},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fixture f;
        begin(&f, &apart);
        net_delay(f.pair.net, PREFERRED, 30 * NET_MS);
        net_block(f.pair.net, AWAY, true, true);
        net_pair_connect(&f.pair);
        net_run_for(f.pair.net, 5 * NET_MS);
        net_migrate(f.pair.a, f.pair.b_at_a, AWAY, cases[i].timeout_ms * NET_MS, cases[i].mode, NULL);
        net_run_for(f.pair.net, NET_S);
        if (CHECK(f.pair.a->result_count, 1, "%s: results", cases[i].about))
            CHECK(f.pair.a->results[0].record.result, ROAM_ERR_TIMEOUT, "%s: migration", cases[i].about);
        if (CHECK(f.count, 1, "%s: records", cases[i].about)) {
            CHECK(f.records[0].result, ROAM_OK, "%s: result", cases[i].about);
            CHECK((f.records[0].finished_ns - f.records[0].started_ns) / NET_MS, cases[i].preferred_ms,
                  "%s: ms to the preferred one", cases[i].about);
        }
        check_alive(&f, PREFERRED, cases[i].about);
        net_free(f.pair.net);
    }
}

static const check_test tests[] = {
    {"followed", test_followed},
    {"ignored", test_ignored},
    {"unreachable", test_unreachable},
    {"the connection ends", test_connection_ends},
    {"what is named", test_named},
    {"a migration afterwards", test_migration_afterwards},
    {"a migration to the address dialled", test_migration_to_the_address_dialled},
    {"a migration meanwhile", test_migration_meanwhile},
    {"a migration and back", test_migration_and_back},
    {"a migration given up", test_migration_given_up},
    {"answers to challenges of before a migration", test_answers_of_before},
};

CHECK_MAIN("preferred", tests)
