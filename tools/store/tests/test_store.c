/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "tools/store/store.h"
#include "tools/store/summary.h"
#include "tools/tests/rows_of_text.h"

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char directory[] = "/tmp/roam-store-XXXXXX";
static char paths[4][128]; /* of stores that a test may make */

static void remove_all(void)
{
    for (int i = 0; i < 4; i++) {
        char path[sizeof paths[0] + 8];
        static const char *const ENDS[] = {"", "-wal", "-shm"};
        for (int j = 0; j < 3; j++) {
            (void)snprintf(path, sizeof path, "%.120s%s", paths[i], ENDS[j]);
            (void)unlink(path);
        }
    }
}

#define SAME(actual, expected)                                                                               \
    do {                                                                                                     \
        const long long a = (long long)(actual), e = (long long)(expected);                                  \
        if (a != e)                                                                                          \
            (void)printf("    line %d: %s is %lld, not %lld\n", __LINE__, #actual, a, e);                    \
        CU_ASSERT_EQUAL(a, e);                                                                               \
    } while (0)

static const build_id BUILD = {
    .commit = "abc", .roam = "0.1.0", .ngtcp2 = "1.11.0", .wolfssl = "5.7.2", .ns3 = "3.37"};

static const char SUMMARY[] =
    "{\"schema\":1,\"scenario\":\"move\",\"duration_ns\":20,\"verdict\":\"passed\",\"migrations\":[{\"call\":"
    "0,"
    "\"label\":\"move\",\"node\":\"laptop\",\"to\":\"server\",\"result\":\"ok\",\"validation_ns\":73,"
    "\"challenge_sent_ns\":null,\"core\":{\"challenges_sent\":2,\"connection_id_changed\":true}}],"
    "\"preferred_addresses\":[{\"node\":\"laptop\",\"peer\":\"server\",\"result\":\"ok\"}],\"rebinds\":[{"
    "\"node\":\"server\","
    "\"peer\":null,\"port_only\":false}],\"traffic\":[{\"from\":\"laptop\","
    "\"to\":\"server\",\"gap_ns\":5,\"passed_over\":4,\"passed_over_at_start\":3}],\"peers\":[{\"dialer\":{"
    "\"node\":\"laptop\",\"ups\":1},\"acceptor\":"
    "{\"node\":\"server\",\"downs\":2}}],\"expectations\":[{"
    "\"text\":"
    "\"a\",\"held\":true,\"measured\":\"b\"}],\"rules\":[{\"rule\":\"challenge-padded\",\"id\":\"x-1\","
    "\"level\":"
    "\"MUST\",\"verdict\":\"broken\",\"exercised\":9,\"broken\":2,\"first_node\":\"laptop\",\"first_at_ns\":"
    "31,"
    "\"first_packet\":null,\"first_text\":\"short\"},{\"rule\":\"response-once\",\"id\":\"x-2\",\"level\":"
    "\"MUST NOT\","
    "\"verdict\":\"pass\",\"exercised\":1,\"broken\":0},{\"rule\":\"not-known-here\",\"id\":\"x-3\","
    "\"level\":\"MAY\","
    "\"verdict\":\"declined\",\"exercised\":5,\"broken\":5,\"first_node\":\"server\",\"first_at_ns\":32}],"
    "\"moves\":[{\"kind\":\"migrate\",\"node\":\"laptop\",\"peer\":\"server\"}],\"outages\":[{\"node\":"
    "\"laptop\",\"peer\":\"server\"}],\"overlay\":{\"members\":3},"
    "\"groups\":[{\"group\":\"phone\",\"items\":\"peers\",\"of\":\"phone\",\"measure\":\"up\",\"worst_"
    "member\":\"phone-3\"}],\"known_fault\":{\"expectations\":[{\"text\":\"c\",\"held\":"
    "false}]}}";

static store_run run_of(const char *combination, uint64_t seed)
{
    return (store_run){.key = {.scenario = "move",
                               .directory = "handover",
                               .digest = "0123456789abcdef",
                               .combination = combination,
                               .seed = seed},
                       .rows = rows_of_text(SUMMARY),
                       .wall_ns = 1000 + seed};
}

static store *open_store(const char *path, store_mode mode, int expected)
{
    store *self = NULL;
    char message[STORE_MESSAGE_MAX] = "";
    const int status = store_open(path, mode, &self, message);
    CHECK(status, expected, "%s: %s", path, message);
    return self;
}

static void add(store *self, const store_run *run)
{
    int64_t build = -1;
    int status = store_begin(self);
    if (!status)
        status = store_add_build(self, &BUILD, &build);
    if (!status)
        status = store_add_run(self, build, run);
    if (!status)
        status = store_commit(self);
    CHECK(status, STORE_OK, "%s", store_message(self));
    CU_ASSERT(build >= 0);
}

/* One integer; -1 for NULL, -2 when there is no row. */
static long long ask(store *self, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    long long value = -2;
    CU_ASSERT_EQUAL(sqlite3_prepare_v2(store_database(self), sql, -1, &statement, NULL), SQLITE_OK);
    if (sqlite3_step(statement) == SQLITE_ROW)
        value = sqlite3_column_type(statement, 0) == SQLITE_NULL ? -1 : sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return value;
}

static void test_all_of_a_summary_is_kept(void)
{
    remove_all();
    store *self = open_store(paths[0], STORE_CREATE, STORE_OK);
    const store_run run = run_of("networks.a.delay=5ms,peers.0.at=[1s, 2s]", 7);
    add(self, &run);
    store_close(self);
    self = open_store(paths[0], STORE_READ, STORE_OK);
    SAME(ask(self, "PRAGMA user_version"), STORE_VERSION);
    SAME(ask(self, "SELECT count(*) FROM runs WHERE scenario='move' AND directory='handover' AND seed=7 AND"
                   " status='finished' AND verdict='passed' AND duration_ns=20 AND message IS NULL"),
         1);
    SAME(ask(self, "SELECT count(*) FROM settings"), 2);
    SAME(ask(self, "SELECT count(*) FROM settings WHERE key='peers.0.at' AND value='[1s, 2s]'"), 1);
    SAME(ask(self, "SELECT validation_ns FROM migrations WHERE label='move' AND peer='server'"), 73);
    SAME(ask(self, "SELECT challenge_sent_ns FROM migrations"), -1);
    SAME(ask(self, "SELECT challenges_sent + connection_id_changed FROM migrations"), 3);
    SAME(ask(self, "SELECT port_only FROM rebinds WHERE peer IS NULL"), 0);
    SAME(ask(self, "SELECT gap_ns FROM gaps WHERE sender='laptop' AND receiver='server'"), 5);
    SAME(ask(self, "SELECT 10 * passed_over + passed_over_at_start FROM gaps"), 43);
    SAME(ask(self, "SELECT dialer_ups + 10 * acceptor_downs FROM peers"), 21);
    SAME(ask(self, "SELECT held FROM expectations WHERE known_fault=0"), 1);
    SAME(ask(self, "SELECT held FROM expectations WHERE known_fault=1"), 0);
    SAME(ask(self, "SELECT wall_ns FROM timings"), 1007);
    SAME(ask(self, "SELECT count(*) FROM rules"), 2); /* what held has no row */
    SAME(ask(self, "SELECT first_at_ns FROM rules WHERE rule='challenge-padded' AND verdict='broken' AND"
                   " requirement='x-1' AND first_node='laptop' AND first_packet IS NULL AND exercised=9 AND "
                   "first_text='short'"),
         31);
    SAME(ask(self, "SELECT broken FROM rules WHERE rule='not-known-here' AND verdict='declined'"), 5);
    SAME(ask(self, "SELECT 10 * rules_exercised + rules_broken FROM runs"), 31);
    SAME(ask(self, "SELECT count(*) FROM runs JOIN rule_sets s ON rules_set = s.id WHERE s.rules ="
                   " 'challenge-padded response-once'"),
         1);
    store_close(self);
}

static void test_a_run_is_entered_once(void)
{
    remove_all();
    store *self = open_store(paths[0], STORE_CREATE, STORE_OK);
    const store_run run = run_of("", 1);
    bool has = true;
    int64_t build;
    add(self, &run);
    add(self, &run);
    SAME(ask(self, "SELECT count(*) FROM migrations"), 1);
    CU_ASSERT_EQUAL(store_add_build(self, &BUILD, &build), STORE_OK);
    CU_ASSERT_EQUAL(store_has_run(self, store_run_id(build, &run.key), &has), STORE_OK);
    CU_ASSERT(has);
    const store_run others[] = {run_of("", 2), run_of("a=1", 1)};
    for (size_t i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(store_has_run(self, store_run_id(build, &others[i].key), &has), STORE_OK);
        CU_ASSERT(!has);
    }
    store_close(self);
}

/* Neighbours of one combination are neighbours in the tables; whatever else differs is somewhere else. */
static void test_ids(void)
{
    const store_key key = run_of("a=1", 7).key;
    store_key others[] = {key, key, key, key};
    const int64_t id = store_run_id(1, &key);
    others[0].seed = 8;
    others[1].combination = "a=2";
    others[2].scenario = "movea=1";
    others[3].digest = "0123456789abcdee";
    SAME(store_run_id(1, &others[0]), (id + 1) & INT64_MAX);
    for (size_t i = 1; i < 4; i++)
        CU_ASSERT(llabs(store_run_id(1, &others[i]) - id) > 100000000);
    CU_ASSERT(llabs(store_run_id(2, &key) - id) > 100000000);
    for (uint64_t seed = 0; seed < 3; seed++) {
        others[0].seed = INT64_MAX - seed; /* of combinations with draws of their own */
        CU_ASSERT(store_run_id(1, &others[0]) >= 0);
    }
}

/* What did not finish has its row too; a summary that is none leaves nothing. */
static void test_runs_without_results(void)
{
    remove_all();
    store *self = open_store(paths[0], STORE_CREATE, STORE_OK);
    store_run run = run_of("", 1);
    run.status = STORE_CRASHED;
    run.rows = NULL;
    run.message = "signal 11";
    add(self, &run);
    SAME(ask(self,
             "SELECT count(*) FROM runs WHERE status='crashed' AND message='signal 11' AND verdict IS NULL"),
         1);
    bool has = true;
    int64_t build = 0;
    CU_ASSERT_EQUAL(store_add_build(self, &BUILD, &build), STORE_OK);
    CU_ASSERT_EQUAL(store_has_run(self, store_run_id(build, &run.key), &has), STORE_OK);
    CU_ASSERT(!has); /* it may be run again, and takes the place of the one that crashed */
    run = run_of("", 1);
    add(self, &run);
    SAME(ask(self, "SELECT count(*) FROM runs WHERE status='finished' AND message IS NULL"), 1);
    SAME(ask(self, "SELECT count(*) FROM runs"), 1);
    run = run_of("", 3);
    run.rows = rows_of_text("{\"verdict\":\"contradiction\",\"contradiction\":\"of no migration\"}");
    add(self, &run);
    SAME(ask(self, "SELECT count(*) FROM runs WHERE status='finished' AND message='of no migration'"), 1);
    run = run_of("", 2);
    run.rows = rows_of_text("{\"migrations\":[{\"node\":null}]}"); /* a migration of nobody */
    CU_ASSERT_EQUAL(store_begin(self), STORE_OK);
    CU_ASSERT_NOT_EQUAL(store_add_run(self, 1, &run), STORE_OK);
    CU_ASSERT_EQUAL(store_commit(self), STORE_OK);
    SAME(ask(self, "SELECT count(*) FROM runs WHERE seed=2"), 0);
    store_close(self);
}

/* Every table with rows of runs has those of this many runs; that of settings only where keys vary. */
static void check_runs_of_tables(store *self, int runs)
{
    static const char TABLES[] =
        "SELECT name FROM sqlite_schema s WHERE type = 'table' AND name != 'settings' AND"
        " EXISTS (SELECT 1 FROM pragma_table_info(s.name) WHERE name = 'run')";
    sqlite3_stmt *statement = NULL;
    int tables = 0;
    SAME(sqlite3_prepare_v2(store_database(self), TABLES, -1, &statement, NULL), SQLITE_OK);
    for (; sqlite3_step(statement) == SQLITE_ROW; tables++) {
        const char *const table = (const char *)sqlite3_column_text(statement, 0);
        char sql[128];
        (void)snprintf(sql, sizeof sql, "SELECT count(DISTINCT run) FROM %.60s", table);
        CHECK(ask(self, sql), runs, "runs in %s", table);
    }
    (void)sqlite3_finalize(statement);
    CU_ASSERT(tables > 9);
}

/* Its neighbours in the transaction are entered all the same, and what it has in common with them. */
static void test_a_run_that_fails_leaves_nothing(void)
{
    static const char *const FAULTS[] = {"a=1,b", "a=1,a=2"}; /* after its row and a setting */
    remove_all();
    store *self = open_store(paths[0], STORE_CREATE, STORE_OK);
    int64_t build = -1;
    CU_ASSERT_EQUAL(store_begin(self), STORE_OK);
    CU_ASSERT_EQUAL(store_add_build(self, &BUILD, &build), STORE_OK);
    for (uint64_t seed = 0; seed < 2; seed++) {
        const store_run before = run_of("", seed);
        const store_run faulty = run_of(FAULTS[seed], seed);
        store_run nobody = run_of("c=1", seed);
        nobody.rows = rows_of_text("{\"migrations\":[{\"node\":\"a\",\"to\":\"b\"},{\"node\":null}]}");
        CU_ASSERT_EQUAL(store_add_run(self, build, &before), STORE_OK);
        CU_ASSERT_NOT_EQUAL(store_add_run(self, build, &faulty), STORE_OK);
        CU_ASSERT_NOT_EQUAL(store_add_run(self, build, &nobody), STORE_OK);
    }
    const store_run last = run_of("", 2);
    CU_ASSERT_EQUAL(store_add_run(self, build, &last), STORE_OK);
    CU_ASSERT_EQUAL(store_commit(self), STORE_OK);
    check_runs_of_tables(self, 3);
    SAME(ask(self, "SELECT count(*) FROM settings"), 0);
    SAME(ask(self, "SELECT count(*) FROM runs WHERE combination != ''"), 0);
    SAME(ask(self, "SELECT count(*) FROM runs JOIN rule_sets s ON rules_set = s.id"), 3);
    store_close(self);
}

static void test_what_is_no_summary(void)
{
    static const char *const TEXTS[] = {"no JSON", "[]", "{\"verdict\":[]}", "{\"duration_ns\":0.5}",
                                        "{\"traffic\":[{\"gap_ns\":{}}]}"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        json_t *const summary = json_loads(TEXTS[i], 0, NULL);
        summary_rows rows = {0};
        CHECK(store_read_summary(summary, &rows), STORE_ERR_INPUT, "%s", TEXTS[i]);
        CU_ASSERT_PTR_NULL(rows.values);
        json_decref(summary);
    }
}

static void test_what_was_not_committed_is_gone(void)
{
    remove_all();
    store *self = open_store(paths[0], STORE_CREATE, STORE_OK);
    const store_run run = run_of("", 1);
    int64_t build;
    CU_ASSERT_EQUAL(store_begin(self), STORE_OK);
    CU_ASSERT_EQUAL(store_add_build(self, &BUILD, &build), STORE_OK);
    CU_ASSERT_EQUAL(store_add_run(self, build, &run), STORE_OK);
    store_close(self);
    self = open_store(paths[0], STORE_APPEND, STORE_OK);
    SAME(ask(self, "SELECT count(*) FROM runs"), 0);
    store_close(self);
}

static void write_file(const char *path, const char *bytes, size_t len)
{
    FILE *file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(bytes, 1, len, file), len);
    (void)fclose(file);
}

static void test_files_that_are_no_stores(void)
{
    remove_all();
    (void)open_store(paths[0], STORE_READ, STORE_ERR_MISSING);
    (void)open_store(paths[0], STORE_APPEND, STORE_ERR_MISSING);
    store *self = open_store(paths[0], STORE_CREATE, STORE_OK);
    const store_run run = run_of("", 1);
    add(self, &run);
    SAME(sqlite3_exec(store_database(self), "PRAGMA user_version = 99", NULL, NULL, NULL), SQLITE_OK);
    store_close(self);
    (void)open_store(paths[0], STORE_CREATE, STORE_ERR_EXISTS);
    (void)open_store(paths[0], STORE_READ, STORE_ERR_VERSION);
    (void)open_store(paths[0], STORE_APPEND, STORE_ERR_VERSION);
    write_file(paths[1], "not a database, but long enough to be read as the header of one", 64);
    (void)open_store(paths[1], STORE_READ, STORE_ERR_NOT_STORE);
    sqlite3 *other = NULL;
    SAME(sqlite3_open(paths[2], &other), SQLITE_OK);
    SAME(sqlite3_exec(other, "CREATE TABLE t (a)", NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(other);
    (void)open_store(paths[2], STORE_APPEND, STORE_ERR_NOT_STORE);
    write_file(paths[3], "", 0);
    (void)open_store(paths[3], STORE_READ, STORE_ERR_NOT_STORE);
    self = open_store(paths[3], STORE_APPEND, STORE_OK); /* its maker was killed before it was filled */
    add(self, &run);
    store_close(self);
}

static void test_a_store_that_is_read_is_not_written(void)
{
    remove_all();
    store *self = open_store(paths[0], STORE_CREATE, STORE_OK);
    store_close(self);
    self = open_store(paths[0], STORE_READ, STORE_OK);
    CU_ASSERT_EQUAL(store_begin(self), STORE_ERR_READ_ONLY);
    store *const other = open_store(paths[0], STORE_READ, STORE_OK);
    store_close(self);
    SAME(ask(other, "SELECT count(*) FROM runs"), 0);
    store_close(other);
    char log[sizeof paths[0] + 8];
    (void)snprintf(log, sizeof log, "%.120s-wal", paths[0]);
    CU_ASSERT(access(log, F_OK) != 0); /* and nothing is left beside it */
    (void)snprintf(log, sizeof log, "%.120s-shm", paths[0]);
    CU_ASSERT(access(log, F_OK) != 0);
}

static int merge(store *into, const char *path)
{
    return store_merge(into, &path, 1);
}

static void test_merge(void)
{
    remove_all();
    store *left = open_store(paths[0], STORE_CREATE, STORE_OK);
    store *right = open_store(paths[1], STORE_CREATE, STORE_OK);
    const store_run both = run_of("", 1);
    const store_run only_left = run_of("a=1", 1);
    store_run only_right = run_of("a=1", 2);
    add(left, &both);
    add(left, &only_left);
    add(right, &both);
    add(right, &only_right);
    store_close(right);
    SAME(merge(left, paths[1]), STORE_OK);
    SAME(ask(left, "SELECT count(*) FROM runs"), 3);
    check_runs_of_tables(left, 3);
    SAME(ask(left, "SELECT count(*) FROM settings"), 2);
    SAME(ask(left, "SELECT count(*) FROM builds"), 1);
    SAME(merge(left, paths[1]), STORE_OK);
    SAME(ask(left, "SELECT count(*) FROM runs"), 3);
    /* The same run with another result: one of the two was not made by that build. */
    right = open_store(paths[2], STORE_CREATE, STORE_OK);
    only_right.rows =
        rows_of_text("{\"verdict\":\"passed\",\"duration_ns\":20,\"migrations\":[{\"node\":\"laptop\",\"to\":"
                     "\"server\",\"validation_ns\":74}]}");
    add(right, &only_right);
    store_close(right);
    SAME(merge(left, paths[2]), STORE_ERR_INPUT);
    SAME(ask(left, "SELECT count(*) FROM runs"), 3);
    SAME(merge(left, paths[3]), STORE_ERR_MISSING);
    store_close(left);
}

static void make(const char *path, const store_run *runs, size_t count)
{
    store *self = open_store(path, STORE_CREATE, STORE_OK);
    for (size_t i = 0; i < count; i++)
        add(self, &runs[i]);
    store_close(self);
}

static void merge_all(int expected, int runs)
{
    const char *const all[] = {paths[0], paths[1], paths[2], paths[0]};
    store *self = open_store(paths[3], STORE_CREATE, STORE_OK);
    CHECK(store_merge(self, all, 4), expected, "%s", store_message(self));
    SAME(ask(self, "SELECT count(*) FROM runs"), runs);
    if (runs > 0)
        check_runs_of_tables(self, runs);
    SAME(ask(self, "SELECT count(*) FROM sqlite_schema WHERE name = 'runs_by_scenario'"), 1);
    SAME(ask(self, "SELECT count(*) FROM runs INDEXED BY runs_by_scenario WHERE scenario = 'move'"), runs);
    store_close(self);
    (void)unlink(paths[3]);
}

/* Several at once, which have runs in common, of which one crashed or is another in one of them. */
static void test_merge_of_several(void)
{
    enum { RUNS = 30 };
    store_run runs[RUNS];
    for (uint64_t i = 0; i < RUNS; i++)
        runs[i] = run_of("", i);
    remove_all();
    make(paths[0], runs, 20);
    make(paths[1], runs + 10, 20);
    make(paths[2], runs + 15, 3);
    merge_all(STORE_OK, RUNS);
    const store_run whole = runs[16];
    runs[16].rows = rows_of_text("{\"verdict\":\"passed\",\"duration_ns\":20}"); /* no row in other tables */
    (void)unlink(paths[2]);
    make(paths[2], runs + 15, 3);
    merge_all(STORE_ERR_INPUT, 0);
    runs[16] = whole;
    runs[16].status = STORE_HUNG;
    runs[16].message = "no sign of life";
    (void)unlink(paths[2]);
    make(paths[2], runs + 15, 3);
    merge_all(STORE_ERR_INPUT, 0);
}

/* As a store was before gaps had all of its columns, and rules a table. */
static void make_earlier(const char *path, const store_run *run)
{
    store *self = open_store(path, STORE_CREATE, STORE_OK);
    add(self, run);
    CU_ASSERT_EQUAL(sqlite3_exec(store_database(self),
                                 "ALTER TABLE gaps DROP COLUMN passed_over;"
                                 "ALTER TABLE gaps DROP COLUMN passed_over_at_start;"
                                 "DROP TABLE rules; DROP TABLE rule_sets;"
                                 "ALTER TABLE runs DROP COLUMN rules_exercised;"
                                 "ALTER TABLE runs DROP COLUMN rules_broken;"
                                 "ALTER TABLE runs DROP COLUMN rules_set",
                                 NULL, NULL, NULL),
                    SQLITE_OK);
    store_close(self);
}

static void test_a_store_from_before_gets_later_columns(void)
{
    remove_all();
    const store_run before = run_of("", 1);
    const store_run after = run_of("", 2);
    make_earlier(paths[0], &before);
    store *self = open_store(paths[0], STORE_APPEND, STORE_OK);
    add(self, &after);
    SAME(ask(self, "SELECT count(*) FROM gaps WHERE gap_ns = 5"), 2);
    SAME(ask(self, "SELECT count(*) FROM gaps WHERE passed_over IS NULL"), 1);
    SAME(ask(self, "SELECT passed_over FROM gaps WHERE passed_over IS NOT NULL"), 4);
    SAME(ask(self, "SELECT rules_broken FROM runs WHERE seed = 1"), -1);
    SAME(ask(self, "SELECT rules_broken FROM runs JOIN rule_sets s ON rules_set = s.id WHERE seed = 2"), 1);
    SAME(ask(self, "SELECT count(*) FROM rules"), 2);
    store_close(self);
    /* Joined as it is, beside a run that both have: what only one says of it is no contradiction. */
    make_earlier(paths[1], &before);
    self = open_store(paths[2], STORE_CREATE, STORE_OK);
    add(self, &before);
    SAME(merge(self, paths[1]), STORE_OK);
    SAME(merge(self, paths[1]), STORE_OK);
    SAME(ask(self, "SELECT passed_over FROM gaps"), 4);
    SAME(ask(self, "SELECT rules_exercised FROM runs"), 3);
    make_earlier(paths[3], &after);
    SAME(merge(self, paths[3]), STORE_OK);
    SAME(ask(self, "SELECT count(*) FROM gaps WHERE gap_ns = 5"), 2);
    SAME(ask(self, "SELECT rules_exercised FROM runs WHERE seed = 2"), -1);
    store_close(self);
    /* Side by side with one of now, in whichever order: its rows are taken, which say more. */
    (void)unlink(paths[0]);
    make(paths[0], &before, 1);
    for (int i = 0; i < 2; i++) {
        (void)unlink(paths[2]);
        self = open_store(paths[2], STORE_CREATE, STORE_OK);
        SAME(store_merge(self, (const char *const[]){paths[i], paths[1 - i]}, 2), STORE_OK);
        SAME(ask(self, "SELECT passed_over FROM gaps"), 4);
        SAME(ask(self, "SELECT rules_exercised FROM runs"), 3);
        SAME(ask(self, "SELECT count(*) FROM rules"), 2);
        store_close(self);
    }
}

static const check_test TESTS[] = {
    {"all of a summary is kept", test_all_of_a_summary_is_kept},
    {"a run is entered once", test_a_run_is_entered_once},
    {"ids", test_ids},
    {"runs without results", test_runs_without_results},
    {"a run that fails leaves nothing", test_a_run_that_fails_leaves_nothing},
    {"what is no summary", test_what_is_no_summary},
    {"what was not committed is gone", test_what_was_not_committed_is_gone},
    {"files that are no stores", test_files_that_are_no_stores},
    {"a store that is read is not written", test_a_store_that_is_read_is_not_written},
    {"merge", test_merge},
    {"merge of several", test_merge_of_several},
    {"a store from before gets later columns", test_a_store_from_before_gets_later_columns}};

int main(void)
{
    if (!mkdtemp(directory))
        return 1;
    for (int i = 0; i < 4; i++)
        (void)snprintf(paths[i], sizeof paths[i], "%s/%d.db", directory, i);
    const int failed = check_main("store", TESTS, sizeof TESTS / sizeof TESTS[0]);
    remove_all();
    (void)rmdir(directory);
    return failed;
}
