/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a worker of a sweep hands over: the same as summary.json says, and nothing when it is cut off. */
#include "tools/sweep/answer.h"

#include "core/tests/check.h"
#include "tools/store/summary.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

/* Tables have rows, but for those of broken rules, of an overlay and of large groups: a NAT moves a peer, the
 * server, which has a preferred address, leaves and is dialled again, and the last call has no result when
 * the run ends. */
static const char TEXT[] =
    "roam: 1\nname: t\nduration: 5s\n"
    "networks: {wifi: {delay: 10ms, nat: home}, cellular: {delay: 20ms}, far: {delay: 1ms}, other: {delay: "
    "1ms}}\n"
    "nats: {home: {pool: 198.51.100.1, ports: random}}\n"
    "nodes: {a: {networks: [wifi], redial: {after: 100ms}}, b: {networks: [far, other], "
    "listen: 4433, quic: {preferred_address: other}}}\n"
    "peers: [a -> b]\n"
    "traffic:\n  - {flow: a -> b, send: 400B, every: 20ms}\n  - {flow: b -> a, bulk: 300kB, at: 500ms}\n"
    "timeline:\n  - {at: 1s, restart: home}\n  - {at: 2s, attach: a, network: cellular}\n"
    "  - {at: 2s, migrate: a -> b, network: cellular, as: move}\n"
    "  - {at: 3s, restart: b, leave: true}\n  - {at: 4s, blackhole: a, network: "
    "cellular}\n"
    "  - {at: 4900ms, migrate: a -> b, network: cellular, timeout: 30s}\n"
    "expect:\n  - {migration: move, result: ok}\n"
    "known_fault:\n  reference: none\n  about: none\n  expect:\n    - {never: migration_done}\n";

typedef struct finished {
    scenario *whole;
    run *run;
    json_t *summary;
    summary_rows read; /* of the text */
    sweep_answer answer;
} finished;

static finished finish(void)
{
    finished self = {.answer = {.wall_ns = 7, .message = "a message"}};
    char message[RUN_MESSAGE_MAX] = "";
    scenario_diagnostics diagnostics;
    const scenario_source source = {.text = TEXT, .text_bytes = strlen(TEXT), .name = "t"};
    scenario_diagnostics_init(&diagnostics);
    CU_ASSERT_EQUAL_FATAL(scenario_load(&source, &self.whole, &diagnostics), SCENARIO_OK);
    scenario_diagnostics_fini(&diagnostics);
    const run_options options = {.scenario = self.whole, .seed = 1};
    self.answer.result = run_scenario(&options, &self.run, message);
    CHECK(self.answer.result, RUN_OK, "%s", message);
    self.answer.verdict = run_verdict(self.run);
    CU_ASSERT_TRUE_FATAL(run_summary_rows(self.run, &self.answer.rows));
    char *const text = run_summary(self.run);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    self.summary = json_loads(text, 0, NULL);
    free(text);
    CU_ASSERT_EQUAL_FATAL(store_read_summary(self.summary, &self.read), STORE_OK);
    return self;
}

static void finished_free(finished *self)
{
    summary_rows_free(&self->answer.rows);
    summary_rows_free(&self->read);
    json_decref(self->summary);
    run_free(self->run);
    scenario_free(self->whole);
}

static void check_value(const summary_value *is, const summary_value *expected, const char *what)
{
    CHECK(is->kind, expected->kind, "%s", what);
    if (is->kind == SUMMARY_NUMBER && expected->kind == SUMMARY_NUMBER)
        CHECK(is->number, expected->number, "%s", what);
    if (is->kind == SUMMARY_TEXT && expected->kind == SUMMARY_TEXT)
        CHECK_STRING(is->text, expected->text, "%s", what);
}

static void check_rows(const summary_rows *are, const summary_rows *expected)
{
    check_value(&are->verdict, &expected->verdict, "verdict");
    check_value(&are->contradiction, &expected->contradiction, "contradiction");
    check_value(&are->duration_ns, &expected->duration_ns, "duration_ns");
    check_value(&are->rules_exercised, &expected->rules_exercised, "rules that were exercised");
    check_value(&are->rules_broken, &expected->rules_broken, "rules that were broken");
    CHECK_AT_LEAST(expected->rules_exercised.number, 1, "rules that were exercised");
    CU_ASSERT_EQUAL(memcmp(are->exercised, expected->exercised, sizeof are->exercised), 0);
    for (summary_table table = 0; table < SUMMARY_TABLES; table++) {
        const summary_column *const columns = summary_table_columns(table);
        CHECK(are->counts[table], expected->counts[table], "rows of %s", columns->table);
        if (table != SUMMARY_RULES && table != SUMMARY_OVERLAYS && table != SUMMARY_GROUPS)
            CHECK_AT_LEAST(expected->counts[table], 1, "rows of %s", columns->table);
        if (are->counts[table] != expected->counts[table])
            return;
        for (size_t i = 0; i < are->counts[table]; i++)
            for (size_t n = 0; n < summary_table_width(table); n++)
                check_value(&summary_row(are, table, i)[n], &summary_row(expected, table, i)[n],
                            columns[n].path);
    }
}

static void test_values_are_those_of_summary_json(void)
{
    finished self = finish();
    check_rows(&self.answer.rows, &self.read);
    CHECK(summary_row(&self.read, SUMMARY_MIGRATIONS, 1)[0].kind, SUMMARY_NULL, "a column not stored");
    finished_free(&self);
}

static void test_an_answer_arrives(void)
{
    finished self = finish();
    char *bytes = NULL;
    size_t len = 0;
    FILE *const stream = open_memstream(&bytes, &len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    sweep_answer_write(&self.answer, stream);
    CU_ASSERT_EQUAL_FATAL(fclose(stream), 0);
    sweep_answer arrived = {0};
    CU_ASSERT_TRUE_FATAL(sweep_answer_read(bytes, len, &arrived));
    CHECK(arrived.result, RUN_OK, "result");
    CHECK(arrived.verdict, self.answer.verdict, "verdict");
    CHECK(arrived.wall_ns, 7, "wall_ns");
    CHECK_STRING(arrived.message, "a message");
    check_rows(&arrived.rows, &self.read);
    summary_rows_free(&arrived.rows);
    for (size_t cut = 0; cut < len; cut++) {
        char *const part = malloc(cut + 1);
        CU_ASSERT_PTR_NOT_NULL_FATAL(part);
        memcpy(part, bytes, cut);
        part[cut] = '\0';
        if (!CHECK(sweep_answer_read(part, cut, &arrived), false, "the first %zu bytes of %zu", cut, len))
            summary_rows_free(&arrived.rows);
        free(part);
    }
    free(bytes);
    finished_free(&self);
}

static const check_test TESTS[] = {
    {"values are those of summary.json", test_values_are_those_of_summary_json},
    {"an answer arrives", test_an_answer_arrives},
};

CHECK_MAIN("sweep_answer", TESTS)
