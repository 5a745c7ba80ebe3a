/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The matrix of runs that were never run: how cells fold, what columns come to, and what each output says. */
#include "tools/compare/columns.h"
#include "tools/compare/text.h"

#include "core/tests/check.h"

#include <CUnit/CUnit.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define NONE UINT64_MAX

static const compare_row ROWS[] = {{"moves", "scenarios/moves.yaml", "", NULL},
                                   {"rebinds", "a b/rebinds.yaml", "loss=1%", NULL}};
static const compare_column COLUMNS[] = {
    {"roam", COMPARE_BOTH, "roam", "roam", "as client=roam,as server=roam"},
    {"quinn", COMPARE_CLIENT, "quinn", "roam", "as client=quinn,as server=roam"},
    {"quinn", COMPARE_SERVER, "roam", "quinn", "as client=roam,as server=quinn"},
};
enum { COLUMN_COUNT = 3, ROW_COUNT = 2 };

static const compare_rule ONCE = {.rule = "response-once",
                                  .requirement = "9000:8.2.2/3",
                                  .level = "MUST",
                                  .node = "laptop",
                                  .end = COMPARE_CLIENT,
                                  .at_ns = 2100 * MS,
                                  .packet = 14,
                                  .text = "a second <PATH_RESPONSE>",
                                  .ends = 1};
static const compare_rule PADDED = {.rule = "challenge-padded",
                                    .requirement = "9000:8.2.1/5",
                                    .level = "MUST",
                                    .node = "server",
                                    .end = COMPARE_SERVER,
                                    .at_ns = 5 * MS,
                                    .packet = NONE,
                                    .text = "47 bytes",
                                    .ends = 3};
static const compare_reason LATE = {"migration: move, result: ok", "timeout after 5.000 s", false};

static void setup(compare_matrix *self)
{
    CU_ASSERT_TRUE_FATAL(compare_matrix_init(self, COLUMNS, COLUMN_COUNT, ROWS, ROW_COUNT));
}

static compare_run run_of(compare_kind kind, uint64_t seed, uint64_t validation_ns)
{
    return (compare_run){
        .kind = kind, .combination = "", .seed = seed, .validation_ns = validation_ns, .rebind_ns = NONE};
}

static void add(compare_matrix *self, size_t row, size_t column, compare_run run)
{
    CU_ASSERT_TRUE_FATAL(compare_matrix_add(self, row, column, &run));
}

/* moves: roam passes; quinn as client fails 2 of 3, breaks a rule, and so does its peer; as server it
 * crashes. rebinds: known fault; unsupported; one of two runs is not there. */
static void fill(compare_matrix *self)
{
    const compare_rule both[] = {ONCE, PADDED};
    compare_run run = run_of(COMPARE_PASSED, 1, 73 * MS);
    add(self, 0, 0, run);
    add(self, 0, 1, run_of(COMPARE_PASSED, 1, 80 * MS));
    run = run_of(COMPARE_FAILED, 2, 105 * MS);
    run.reasons = &LATE;
    run.reason_count = 1;
    run.rules = both;
    run.rule_count = 2;
    add(self, 0, 1, run);
    run.seed = 3;
    run.validation_ns = 90 * MS;
    add(self, 0, 1, run);
    run = run_of(COMPARE_CRASHED, 1, NONE);
    run.message = "quinn: \"server\" & co: panic";
    add(self, 0, 2, run);
    run = run_of(COMPARE_KNOWN_FAULT, 1, NONE);
    run.rebind_ns = 40 * MS;
    add(self, 1, 0, run);
    run = run_of(COMPARE_UNSUPPORTED, 1, NONE);
    run.reasons = &(compare_reason){"migration: probe", "nothing", true};
    run.reason_count = 1;
    add(self, 1, 1, run);
    add(self, 1, 2, run_of(COMPARE_PASSED, 1, 1100 * MS));
    add(self, 1, 2, run_of(COMPARE_NOT_RUN, 2, NONE));
}

/* ---- folding ---- */

/* The worst kind stands for a cell, in whichever order the runs come. */
static void test_worst(void)
{
    for (compare_kind low = COMPARE_NOT_RUN; low < COMPARE_KINDS; low++) {
        for (compare_kind high = low; high < COMPARE_KINDS; high++) {
            compare_matrix self;
            setup(&self);
            add(&self, 0, 0, run_of(low, 1, NONE));
            add(&self, 0, 0, run_of(high, 2, NONE));
            add(&self, 0, 1, run_of(high, 1, NONE));
            add(&self, 0, 1, run_of(low, 2, NONE));
            for (size_t i = 0; i < 2; i++) {
                const compare_cell *const cell = compare_matrix_cell(&self, 0, i);
                CHECK(compare_cell_kind(cell), high, "%s and %s", compare_kind_name(low),
                      compare_kind_name(high));
                CHECK(cell->counts[high], low == high ? 2 : 1, "runs of it");
                CHECK(cell->planned, 2, "runs");
                CHECK(compare_cell_runs(cell), 2 - (low == COMPARE_NOT_RUN) - (high == COMPARE_NOT_RUN),
                      "done");
            }
            compare_matrix_fini(&self);
        }
    }
}

static void test_cells(void)
{
    compare_matrix self;
    setup(&self);
    fill(&self);
    const compare_cell *const cell = compare_matrix_cell(&self, 0, 1);
    CHECK(compare_cell_kind(cell), COMPARE_FAILED, "kind");
    CHECK(cell->counts[COMPARE_FAILED], 2, "failed");
    CHECK(cell->counts[COMPARE_PASSED], 1, "passed");
    CHECK(cell->validation_ns, 105 * MS, "the worst validation");
    CHECK(cell->broken_count, 2, "rules");
    CHECK(cell->broken[0].runs, 2, "runs of the first");
    CHECK(compare_cell_broken(cell, &COLUMNS[1], true), 1, "by quinn");
    CHECK(compare_cell_broken(cell, &COLUMNS[1], false), 1, "by the other end");
    CHECK(compare_cell_broken(cell, &COLUMNS[0], true), 2, "of one library both are its own");
    CHECK(compare_cell_broken(cell, &COLUMNS[0], false), 0, "of one library there is no other");
    CHECK(cell->story_count, 1, "the second run tells the same");
    CHECK(cell->stories[0].runs, 2, "runs of the story");
    CHECK(cell->stories[0].seed, 2, "the first of them");
    CHECK(compare_matrix_cell(&self, 0, 0)->story_count, 0, "a pass has no story");
    CHECK(compare_matrix_cell(&self, 1, 2)->story_count, 0, "what was not run has none");
    CHECK(compare_matrix_cell(&self, 1, 2)->validation_ns, 1100 * MS, "not run changes no time");
    compare_matrix_fini(&self);
}

/* A rule that both ends broke counts once, if both are of the column's library. */
static void test_rule_of_both_ends(void)
{
    compare_matrix self;
    setup(&self);
    compare_rule rules[] = {ONCE, ONCE};
    compare_run run = run_of(COMPARE_PASSED, 1, NONE);
    rules[1].end = COMPARE_SERVER;
    rules[1].node = "server";
    run.rules = rules;
    run.rule_count = 2;
    add(&self, 0, 0, run);
    const compare_cell *const cell = compare_matrix_cell(&self, 0, 0);
    CHECK(compare_cell_broken(cell, &COLUMNS[0], true), 1, "both ends");
    CHECK(compare_cell_broken(cell, &COLUMNS[2], true), 1, "server");
    CHECK(compare_cell_broken(cell, &COLUMNS[2], false), 1, "client");
    CHECK(cell->story_count, 1, "a pass with a broken rule has a story");
    compare_matrix_fini(&self);
}

/* More kinds of stories than a cell keeps: the worst stay, the rest is counted. */
static void test_many_stories(void)
{
    compare_matrix self;
    setup(&self);
    for (unsigned i = 0; i < COMPARE_STORIES_MAX + 2; i++) {
        char message[16];
        (void)snprintf(message, sizeof message, "number %u", i);
        compare_run run = run_of(COMPARE_FAILED, i, NONE);
        run.message = message;
        add(&self, 0, 0, run);
    }
    compare_run crash = run_of(COMPARE_CRASHED, 99, NONE);
    crash.message = "a crash";
    add(&self, 0, 0, crash);
    const compare_cell *const cell = compare_matrix_cell(&self, 0, 0);
    CHECK(cell->story_count, COMPARE_STORIES_MAX, "stories");
    CHECK_STRING(cell->stories[0].message, "a crash");
    CHECK_STRING(cell->stories[1].message, "number 0");
    CHECK_STRING(cell->stories[COMPARE_STORIES_MAX - 1].message, "number 4");
    CHECK(cell->more, 3, "more");
    CHECK(cell->planned, COMPARE_STORIES_MAX + 3, "runs");
    compare_matrix_fini(&self);
}

static void test_totals(void)
{
    compare_matrix self;
    setup(&self);
    fill(&self);
    const compare_totals all = compare_matrix_totals(&self, COMPARE_ALL_COLUMNS);
    const compare_totals quinn = compare_matrix_totals(&self, 1);
    CHECK(all.cells[COMPARE_PASSED], 2, "passed");
    CHECK(all.cells[COMPARE_KNOWN_FAULT], 1, "known faults");
    CHECK(all.cells[COMPARE_UNSUPPORTED], 1, "unsupported");
    CHECK(all.cells[COMPARE_FAILED], 1, "failed");
    CHECK(all.cells[COMPARE_CRASHED], 1, "crashed");
    CHECK(all.cells[COMPARE_NOT_RUN], 0, "a cell with a run is not one that was not run");
    CHECK(all.planned, 9, "runs");
    CHECK(all.runs[COMPARE_NOT_RUN], 1, "runs not run");
    CHECK(all.validation_ns, 1100 * MS, "worst");
    CHECK(quinn.cells[COMPARE_FAILED], 1, "quinn failed");
    CHECK(quinn.cells[COMPARE_PASSED], 0, "quinn passed");
    CHECK(quinn.own_broken, 1, "quinn broke rules");
    CHECK(quinn.validation_ns, 105 * MS, "quinn's worst");
    compare_matrix_fini(&self);
}

/* Those of most cells first; what the other end broke is not counted. */
static void test_rules(void)
{
    compare_matrix self;
    setup(&self);
    compare_run run = run_of(COMPARE_FAILED, 1, NONE);
    run.rules = (const compare_rule[]){ONCE, PADDED};
    run.rule_count = 2;
    add(&self, 0, 1, run);
    run.rules = &PADDED;
    run.rule_count = 1;
    add(&self, 0, 2, run);
    add(&self, 1, 2, run);
    size_t count;
    const char **const names = compare_matrix_rules(&self, COMPARE_ALL_COLUMNS, &count);
    CU_ASSERT_TRUE_FATAL(names && count == 2);
    CHECK_STRING(names[0], "challenge-padded");
    CHECK_STRING(names[1], "response-once");
    CHECK(compare_matrix_rule_cells(&self, 1, "challenge-padded"), 0, "by the other end");
    CHECK(compare_matrix_rule_cells(&self, 2, "challenge-padded"), 2, "by the server");
    CHECK(compare_matrix_rule_cells(&self, 1, "response-once"), 1, "by the client");
    free(names);
    const char **const of_client = compare_matrix_rules(&self, 1, &count);
    CU_ASSERT_TRUE_FATAL(of_client && count == 1);
    CHECK_STRING(of_client[0], "response-once");
    free(of_client);
    compare_matrix_fini(&self);
}

/* ---- outputs ---- */

static const compare_library LIBRARIES[] = {{"roam", NULL, ""},
                                            {"quinn", "/lib/<quinn>.so", "quinn-proto <1>"}};

static char *output_of(const compare_matrix *matrix,
                       bool (*write)(const compare_report *report, FILE *stream))
{
    const compare_report report = {
        .matrix = matrix, .libraries = LIBRARIES, .library_count = 2, .build = "roam 1.2.3"};
    char *text = NULL;
    size_t len = 0;
    FILE *const stream = open_memstream(&text, &len);
    CU_ASSERT_TRUE_FATAL(stream && write(&report, stream) && fclose(stream) == 0);
    return text;
}

static bool print_plain(const compare_report *report, FILE *stream)
{
    return compare_print(report, stream, false, 0);
}

static bool print_narrow(const compare_report *report, FILE *stream)
{
    return compare_print(report, stream, false, 40);
}

static void check_output(bool (*write)(const compare_report *report, FILE *stream), const char *const *parts)
{
    compare_matrix self;
    setup(&self);
    fill(&self);
    char *const text = output_of(&self, write);
    for (; *parts; parts++)
        CHECK_CONTAINS(text, *parts);
    free(text);
    compare_matrix_fini(&self);
}

static void test_terminal(void)
{
    static const char TEXT[] =
        "                    roam     quinn\n"
        "  scenario          both     client           server\n"
        "  moves             + 73.0   F 2/3 105 r1 o1  C\n"
        "  rebinds[loss=1%]  k 40.0*  u                + 1/2 1100\n"
        "\n"
        "  passed            1        0                1\n"
        "  known fault       1        0                0\n"
        "  unsupported       0        1                0\n"
        "  failed            0        1                0\n"
        "  crashed           0        0                1\n"
        "  rules broken      0        1                0\n"
        "\n"
        "+ passed, k known fault, u unsupported, F failed, C crashed\n"
        "3/10: so many runs of so many, and no other run is worse\n"
        "73.0: the longest validation of a migration, in ms; 73.0*: of a rebind by a NAT, "
        "where no migration was validated\n"
        "r2: the column's library broke 2 rules of RFC 9000\n"
        "o2: the other end broke 2\n"
        "\n"
        "Rules of RFC 9000 that the column's library broke, and in how many cells:\n"
        "quinn client: response-once 1\n"
        "\n"
        "6 cells, 9 runs: 2 passed, 1 known fault, 1 unsupported, 1 failed, 1 crashed; 1 run "
        "not run\n";
    compare_matrix self;
    setup(&self);
    fill(&self);
    char *const text = output_of(&self, print_plain);
    CHECK_STRING(text, TEXT);
    free(text);
    compare_matrix_fini(&self);
}

/* The name of a library may reach over both of its columns, and no farther. */
static void test_long_name(void)
{
    static const compare_column LONG[] = {
        {"ngtcp2-gnutls", COMPARE_CLIENT, "ngtcp2-gnutls", "roam", ""},
        {"ngtcp2-gnutls", COMPARE_SERVER, "roam", "ngtcp2-gnutls", ""},
        {"a-name-of-31-bytes-is-the-limit", COMPARE_CLIENT, "x", "roam", ""},
        {"a-name-of-31-bytes-is-the-limit", COMPARE_SERVER, "roam", "x", ""},
        {"quinn", COMPARE_CLIENT, "quinn", "roam", ""}};
    compare_matrix self;
    CU_ASSERT_TRUE_FATAL(compare_matrix_init(&self, LONG, 5, ROWS, 1));
    for (size_t i = 0; i < 5; i++)
        add(&self, 0, i, run_of(COMPARE_PASSED, 1, NONE));
    char *const text = output_of(&self, print_plain);
    CHECK_CONTAINS(text, "            ngtcp2-gnutls   a-name-of-31-bytes-is-the-limit  quinn\n"
                         "  scenario  client  server  client  server                   client\n"
                         "  moves     +       +       +       +                        +\n");
    free(text);
    compare_matrix_fini(&self);
}

/* Of a pair it is said which of the two broke a rule. */
static void test_pairs(void)
{
    static const compare_column PAIRS[] = {{"quinn -> roam", COMPARE_BOTH, "quinn", "roam", ""},
                                           {"roam -> roam", COMPARE_BOTH, "roam", "roam", ""}};
    const compare_rule both[] = {ONCE, PADDED};
    compare_matrix self;
    compare_run run = run_of(COMPARE_FAILED, 1, NONE);
    CU_ASSERT_TRUE_FATAL(compare_matrix_init(&self, PAIRS, 2, ROWS, 2));
    run.rules = both;
    run.rule_count = 2;
    add(&self, 0, 0, run);
    run.rules = &PADDED;
    run.rule_count = 1;
    add(&self, 0, 1, run);
    add(&self, 1, 0, run_of(COMPARE_PASSED, 1, NONE));
    add(&self, 1, 1, run_of(COMPARE_PASSED, 1, NONE));
    char *const text = output_of(&self, print_plain);
    CHECK_CONTAINS(text, "  moves             F c1 s1   F s1\n");
    CHECK_CONTAINS(text, "\nc2: the column's client broke 2 rules of RFC 9000; s2: its server did\n");
    CHECK_CONTAINS(text, "\nRules of RFC 9000 that a library of the column broke, and in how many cells:\n"
                         "quinn -> roam: response-once 1 (client), challenge-padded 1 (server)\n"
                         "roam -> roam: challenge-padded 1 (server)\n");
    free(text);
    compare_matrix_fini(&self);
}

/* Both columns of a library stay together; the names are there again. */
static void test_narrow(void)
{
    static const char *const PARTS[] = {"  moves             + 73.0\n",
                                        "  moves             F 2/3 105 r1 o1  C\n",
                                        "  scenario          client           server\n", NULL};
    check_output(print_narrow, PARTS);
}

static const json_t *at(const json_t *json, const char *key, size_t index)
{
    return json_array_get(json_object_get(json, key), index);
}

static void test_json(void)
{
    compare_matrix self;
    setup(&self);
    fill(&self);
    char *const text = output_of(&self, compare_json);
    json_t *const all = json_loads(text, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(all);
    const json_t *const cell = at(at(all, "rows", 0), "cells", 1);
    const json_t *const story = at(cell, "stories", 0);
    const json_t *const rule = at(story, "rules", 1);
    CHECK(json_integer_value(json_object_get(all, "compare")), 1, "version");
    CHECK_STRING(json_string_value(json_object_get(at(all, "columns", 2), "title")), "quinn server");
    CHECK_STRING(json_string_value(json_object_get(at(all, "libraries", 1), "version")), "quinn-proto <1>");
    CHECK_STRING(json_string_value(json_object_get(cell, "verdict")), "failed");
    CHECK(json_integer_value(json_object_get(cell, "runs")), 3, "runs");
    CHECK(json_integer_value(json_object_get(json_object_get(cell, "counts"), "failed")), 2, "failed");
    CHECK(json_integer_value(json_object_get(cell, "validation_ns")), 105 * MS, "validation");
    CU_ASSERT(json_is_null(json_object_get(cell, "rebind_ns")));
    CU_ASSERT(json_is_true(json_object_get(at(cell, "rules_broken", 0), "own")));
    CU_ASSERT(json_is_false(json_object_get(at(cell, "rules_broken", 1), "own")));
    CHECK_STRING(json_string_value(json_object_get(at(story, "not_held", 0), "expected")), LATE.expected);
    CHECK_STRING(json_string_value(json_object_get(at(story, "not_held", 0), "measured")), LATE.measured);
    CHECK_STRING(json_string_value(json_object_get(rule, "library")), "roam");
    CU_ASSERT(json_is_null(json_object_get(rule, "packet")));
    CHECK_STRING(json_string_value(json_object_get(story, "command")),
                 "roam run --seed 2 --as 'client=quinn' --as 'server=roam' scenarios/moves.yaml");
    json_decref(all);
    free(text);
    compare_matrix_fini(&self);
}

static void test_junit(void)
{
    static const char *const PARTS[] = {
        "<testsuite name=\"quinn client\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\">",
        "<testsuite name=\"quinn server\" tests=\"2\" failures=\"0\" errors=\"1\" skipped=\"0\">",
        "<testcase classname=\"roam\" name=\"moves\"></testcase>",
        "<testcase classname=\"roam\" name=\"rebinds[loss=1%]\"><system-out>seed 1: known fault\n",
        "<failure message=\"failed, 2 of 3 runs\">seed 2: failed; likewise 1 other run\n",
        "  expected migration: move, result: ok; measured timeout after 5.000 s\n",
        "  response-once (MUST, 9000:8.2.2/3): laptop (client, quinn) at 2.100 s, packet 14: a second "
        "&lt;PATH_RESPONSE&gt;\n",
        "challenge-padded (MUST, 9000:8.2.1/5): server (server, roam) at 5.000 ms: 47 bytes (and 2 other "
        "ends)\n",
        "<error message=\"crashed\">seed 1: crashed\n  quinn: &quot;server&quot; &amp; co: panic\n",
        "<skipped message=\"unsupported\">seed 1: unsupported\n  unsupported: migration: probe; measured "
        "nothing\n",
        "<testcase classname=\"quinn server\" name=\"rebinds[loss=1%]\"></testcase>",
        NULL};
    check_output(compare_junit, PARTS);
}

static void test_markdown(void)
{
    static const char *const PARTS[] = {
        "| scenario | roam | quinn client | quinn server |\n|---|---|---|---|\n",
        "| moves | passed<br>73.000 ms | **failed, 2 of 3 runs**<br>105.000 ms<br>1 rule broken<br>1 by the "
        "other "
        "end | **crashed** |\n",
        "| rebinds\\[loss=1%\\] | known fault<br>40.000 ms, of a rebind | unsupported | passed, 1 of 2 "
        "runs<br>1.100 s |\n",
        "| *failed* | 0 | 1 | 0 |\n",
        "`quinn`: quinn-proto \\<1\\>.\n",
        "<details><summary>quinn client: 2 of 2 cells have a story</summary>",
        "a second \\<PATH\\_RESPONSE\\>",
        "`roam run --seed 1 --as 'client=roam' --as 'server=quinn' scenarios/moves.yaml`",
        NULL};
    check_output(compare_markdown, PARTS);
}

static void test_page(void)
{
    static const char *const PARTS[] = {
        "<h1>1 of 6 cells failed, and 1 crashed</h1>",
        "<th scope=\"colgroup\" colspan=\"2\">quinn</th>",
        "<td class=\"good\">passed<small>73.000 ms</small></td>",
        "<td class=\"bad\"><a href=\"#r0c1\">failed</a><small>2 of 3 runs</small><small>105.000 ms</small>"
        "<small class=\"bad\">1 rule broken</small><small class=\"soft\">1 rule broken by the other "
        "end</small></td>",
        "<h4 id=\"r0c1\">quinn client: <span class=\"bad\">failed, 2 of 3 runs</span></h4>",
        "<li>expected: migration: move, result: ok<br>measured: timeout after 5.000 s</li>",
        "a second &lt;PATH_RESPONSE&gt;",
        "<li><span class=\"soft\">unsupported</span>: migration: probe<br>measured: nothing</li>",
        "<li>quinn: &quot;server&quot; &amp; co: panic</li>",
        "--as &#39;client=roam&#39; --as &#39;server=quinn&#39;",
        "<tr><th scope=\"row\">response-once</th><td class=\"n\"></td><td class=\"n\">1</td><td "
        "class=\"n\"></td></tr>",
        "<dt>quinn</dt><dd>quinn-proto &lt;1&gt;: /lib/&lt;quinn&gt;.so</dd>",
        NULL};
    check_output(compare_page, PARTS);
}

/* An adapter may say anything: the outputs stay text of the kind that they are. */
static void test_bytes(void)
{
    compare_matrix self;
    setup(&self);
    compare_run run = run_of(COMPARE_CRASHED, 1, NONE);
    run.message = "\xff\xfe</failure>\x01 \xc3\xbc";
    add(&self, 0, 1, run);
    run.message = "\xc3\xbc";
    add(&self, 0, 2, run);
    char *const json = output_of(&self, compare_json);
    json_t *const all = json_loads(json, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL(all);
    const json_t *const cells = json_object_get(at(all, "rows", 0), "cells");
    CHECK_STRING(json_string_value(json_object_get(at(json_array_get(cells, 1), "stories", 0), "message")),
                 "?\?</failure>\x01 ??");
    CHECK_STRING(json_string_value(json_object_get(at(json_array_get(cells, 2), "stories", 0), "message")),
                 "\xc3\xbc");
    json_decref(all);
    free(json);
    char *const junit = output_of(&self, compare_junit);
    CHECK_CONTAINS(junit, "?\?&lt;/failure&gt; ??\n");
    free(junit);
    compare_matrix_fini(&self);
}

/* ---- columns ---- */

static const struct {
    const char *list;
    bool pairs;
    const char *titles; /* or of an invalid list the message */
    bool valid;
} LISTS[] = {
    {"roam", false, "roam;", true},
    {"quinn", false, "quinn client;quinn server;", true},
    {"roam,ngtcp2-gnutls,quinn", false,
     "roam;ngtcp2-gnutls client;ngtcp2-gnutls server;quinn client;quinn server;", true},
    {"quinn,roam", false, "quinn client;quinn server;roam;", true},
    {"roam,quinn", true, "roam -> roam;roam -> quinn;quinn -> roam;quinn -> quinn;", true},
    {"quinn", true, "quinn -> quinn;", true},
    {"", false, "'' is not the name of a library", false},
    {"roam,", false, "'' is not the name of a library", false},
    {"roam,,quinn", false, "'' is not the name of a library", false},
    {"Roam", false, "'Roam' is not the name of a library", false},
    {"../quinn", false, "'../quinn' is not the name of a library", false},
    {"-quinn", false, "'-quinn' is not the name of a library", false},
    {"abcdefghijklmnopqrstuvwxyz0123456", false,
     "'abcdefghijklmnopqrstuvwxyz0123456' is not the name of a library", false},
    {"roam,quinn,roam", false, "'roam' is named twice", false},
    {"a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", false, "more than 16 libraries", false},
};

static void test_columns(void)
{
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) {
        char message[COMPARE_MESSAGE_MAX] = "";
        char titles[512] = "";
        compare_columns columns;
        const bool made = compare_columns_make(LISTS[i].list, LISTS[i].pairs, &columns, message);
        CHECK(made, LISTS[i].valid, "%s", LISTS[i].list);
        for (size_t n = 0; made && n < columns.count; n++) {
            char title[COMPARE_TITLE_MAX];
            (void)strcat(strcat(titles, compare_column_title(&columns.items[n], title)), ";");
        }
        CHECK_STRING(made ? titles : message, LISTS[i].titles);
        if (made)
            compare_columns_free(&columns);
    }
}

static void test_ends(void)
{
    char message[COMPARE_MESSAGE_MAX];
    compare_columns columns;
    CU_ASSERT_TRUE_FATAL(compare_columns_make("roam,quinn", false, &columns, message));
    CHECK_STRING(columns.items[1].client, "quinn");
    CHECK_STRING(columns.items[1].server, "roam");
    CHECK_STRING(columns.items[2].client, "roam");
    CHECK_STRING(columns.items[2].server, "quinn");
    CU_ASSERT(compare_column_has(&columns.items[1], COMPARE_CLIENT));
    CU_ASSERT(!compare_column_has(&columns.items[1], COMPARE_SERVER));
    CU_ASSERT(compare_column_has(&columns.items[0], COMPARE_SERVER));
    compare_columns_free(&columns);
}

static const check_test TESTS[] = {{"the worst kind", test_worst},
                                   {"cells", test_cells},
                                   {"a rule of both ends", test_rule_of_both_ends},
                                   {"many stories", test_many_stories},
                                   {"totals", test_totals},
                                   {"rules", test_rules},
                                   {"terminal", test_terminal},
                                   {"long name", test_long_name},
                                   {"pairs", test_pairs},
                                   {"narrow terminal", test_narrow},
                                   {"JSON", test_json},
                                   {"JUnit", test_junit},
                                   {"Markdown", test_markdown},
                                   {"page", test_page},
                                   {"bytes", test_bytes},
                                   {"columns", test_columns},
                                   {"ends", test_ends}};
CHECK_MAIN("compare", TESTS)
