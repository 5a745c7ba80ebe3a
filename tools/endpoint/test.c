/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/endpoint/endpoint.h"

#include "core/number.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/cli/table.h"
#include "tools/cli/words.h"
#include "tools/endpoint/output.h"
#include "tools/endpoint/run_check.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PARTNER "roam-abi" /* plays the role that an adapter does not have */
#define LIMIT_S 30

enum { CHECKS_MAX = 128, OPTIONS_MAX = 64, ONLY_MAX = 64 };

static void check_words(const word_sink *out)
{
    const check_row *check;
    for (size_t i = 0; (check = check_at(i)) != NULL; i++)
        out->take(out->ctx, check->name, check->expected);
}

enum {
    OPTION_ONLY,
    OPTION_OPTION,
    OPTION_WITH,
    OPTION_SEED,
    OPTION_LIMIT,
    OPTION_NO_ISOLATE,
    OPTION_JSON,
    OPTION_LIST,
    OPTION_HELP
};

static const option_row rows[] = {
    [OPTION_ONLY] = {.name = "only",
                     .value = "CHECK",
                     .kind = VALUE_WORD,
                     .help = "this check alone; may be repeated",
                     .words = {.list = check_words}},
    [OPTION_OPTION] = {.name = "option",
                       .value = "KEY=VALUE",
                       .kind = VALUE_SETTING,
                       .help = "an option of the adapter, as in a scenario; may be repeated"},
    [OPTION_WITH] = {.name = "with",
                     .value = "LIB.so|NAME",
                     .kind = VALUE_PATH,
                     .help = "who plays the role that the adapter does not have; default:\n" PARTNER
                             ", if it is there",
                     .words = {.list = words_of_adapters}},
    [OPTION_SEED] = {.name = "seed",
                     .value = "N",
                     .kind = VALUE_NUMBER,
                     .help = "of all randomness; default: 1"},
    [OPTION_LIMIT] = {.name = "limit",
                      .value = "N",
                      .kind = VALUE_NUMBER,
                      .help = "seconds of wall time for a check; default: 30"},
    [OPTION_NO_ISOLATE] = {.name = "no-isolate", .help = "all checks in this process, for a debugger"},
    [OPTION_JSON] = {.name = "json", .help = "print JSON"},
    [OPTION_LIST] = {.name = "list", .help = "print the checks and what each expects, run nothing"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

typedef struct test_options {
    const char *library, *with;
    const char *only[ONLY_MAX];
    size_t only_count;
    roam_endpoint_option options[OPTIONS_MAX]; /* point into the arguments */
    size_t option_count;
    uint64_t seed, limit_s;
    bool no_isolate, json, list, help;
} test_options;

typedef struct check_result {
    const check_row *row;
    check_outcome outcome;
    char came[CHECK_CAME_MAX], next[CHECK_CAME_MAX];
} check_result;

typedef struct test_results {
    check_result rows[CHECKS_MAX];
    size_t count;
    size_t by_outcome[CHECK_WAITING + 1];
} test_results;

static const char *check_name(const void *ctx, size_t index)
{
    (void)ctx;
    return check_at(index) ? check_at(index)->name : NULL;
}

static bool add_only(test_options *options, const char *name)
{
    if (!check_named(name)) {
        const char *const nearest = option_nearest(name, check_name, NULL);
        (void)fprintf(stderr, "roam endpoint test: unknown check '%s'%s%s%s; --list prints all\n", name,
                      nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
        return false;
    }
    if (options->only_count < ONLY_MAX)
        options->only[options->only_count++] = name;
    return true;
}

/* KEY=VALUE is cut in two where it stands. */
static bool add_option(test_options *options, const char *text)
{
    char *const equals = strchr(text, '=');
    if (!equals || equals == text || options->option_count == OPTIONS_MAX) {
        (void)fprintf(stderr, "roam endpoint test: --option takes KEY=VALUE, at most %d times: '%s'\n",
                      OPTIONS_MAX, text);
        return false;
    }
    *equals = '\0';
    options->options[options->option_count++] = (roam_endpoint_option){.name = text, .value = equals + 1};
    return true;
}

static bool read_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    if (core_number_whole(text, min, max, out))
        return true;
    (void)fprintf(stderr, "roam endpoint test: --%s takes a number from %llu to %llu: '%s'\n", option,
                  (unsigned long long)min, (unsigned long long)max, text);
    return false;
}

static bool read_option(test_options *options, int option, const char *value)
{
    switch (option) {
    case OPTION_ONLY:
        return add_only(options, value);
    case OPTION_OPTION:
        return add_option(options, value);
    case OPTION_WITH:
        options->with = value;
        return true;
    case OPTION_SEED:
        return read_number("seed", value, 0, INT64_MAX, &options->seed);
    case OPTION_LIMIT:
        return read_number("limit", value, 1, 3600, &options->limit_s);
    case OPTION_NO_ISOLATE:
        options->no_isolate = true;
        return true;
    case OPTION_JSON:
        options->json = true;
        return true;
    case OPTION_LIST:
        options->list = true;
        return true;
    case OPTION_HELP:
        options->help = true;
        return true;
    default:
        return false;
    }
}

static bool read_options(test_options *options, int argc, char **argv)
{
    option_reader reader;
    int option;
    *options = (test_options){.seed = 1, .limit_s = LIMIT_S};
    option_reader_init(&reader, "roam endpoint test", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0)
        if (!read_option(options, option, reader.value))
            return false;
    if (option == OPTION_INVALID)
        return false;
    if (reader.operands > 0)
        options->library = argv[1];
    if (reader.operands == 1 || options->help || (options->list && reader.operands == 0))
        return true;
    (void)fprintf(stderr, "roam endpoint test: give one adapter; see roam endpoint test --help\n");
    return false;
}

/* ---- Running ---- */

static const check_result *result_of(const test_results *results, const char *name, size_t len)
{
    for (size_t i = 0; i < results->count; i++)
        if (strlen(results->rows[i].row->name) == len && strncmp(results->rows[i].row->name, name, len) == 0)
            return &results->rows[i];
    return NULL;
}

/* Of checks with a '|' between: PASSED where one of them passed, or was not run. */
static check_outcome one_of(const test_results *results, const char *names, size_t len)
{
    check_outcome worst = CHECK_PASSED;
    for (const char *at = names; at < names + len;) {
        const size_t left = (size_t)(names + len - at), name_len = strcspn(at, "| ");
        const check_result *const result = result_of(results, at, name_len < left ? name_len : left);
        if (!result || result->outcome == CHECK_PASSED)
            return CHECK_PASSED;
        if (worst == CHECK_PASSED || result->outcome != CHECK_UNSUPPORTED)
            worst = result->outcome == CHECK_UNSUPPORTED ? CHECK_UNSUPPORTED : CHECK_WAITING;
        at += name_len + 1;
    }
    return worst;
}

/* What the checks before mean for this one, and which of them (names and their length). */
static check_outcome before(const test_results *results, const check_row *row, const char **names,
                            size_t *names_len)
{
    check_outcome worst = CHECK_PASSED;
    for (const char *at = row->after ? row->after : ""; *at;) {
        const size_t len = strcspn(at, " ");
        const check_outcome outcome = one_of(results, at, len);
        if (outcome > worst) {
            worst = outcome;
            *names = at;
            *names_len = len;
        }
        at += len + (at[len] == ' ');
    }
    return worst;
}

static const char *missing_capability(const endpoint_library *library, uint64_t needed)
{
    for (size_t i = 0; endpoint_capability_at(i); i++)
        if (needed & ~library->table.capabilities & endpoint_capability_at(i)->bit)
            return endpoint_capability_at(i)->name;
    return NULL;
}

/* What the author may do about a failure. */
static void what_next(const endpoint_check *check, const check_row *row, char text[CHECK_CAME_MAX])
{
    if (check->ended)
        (void)snprintf(text, CHECK_CAME_MAX,
                       "run it in a debugger: gdb --args roam endpoint test %s --only %s --no-isolate",
                       check->library->path, row->name);
    else if (check->rule)
        (void)snprintf(text, CHECK_CAME_MAX, "roam_endpoint.h says: %s", check->rule);
    else
        (void)snprintf(text, CHECK_CAME_MAX, "%s", row->next);
}

static bool run_one(const test_options *options, const endpoint_check *fixture, test_results *results,
                    const check_row *row)
{
    endpoint_check check = *fixture;
    check_result *const result = &results->rows[results->count];
    const char *const missing = missing_capability(check.library, row->capabilities);
    const char *names = NULL;
    size_t names_len = 0;
    const check_outcome earlier = before(results, row, &names, &names_len);
    if (missing) {
        check_unsupported(&check, "the adapter does not claim %s", missing);
    } else if (earlier != CHECK_PASSED) {
        check.outcome = earlier;
        (void)snprintf(check.came, sizeof check.came, "builds on %.*s", (int)names_len, names);
    } else if (options->no_isolate) {
        const int kept = output_divert();
        check_run(row, &check);
        output_restore(kept);
    } else if (!run_check(row, &check, (unsigned)options->limit_s)) {
        return false;
    }
    result->row = row;
    result->outcome = check.outcome;
    memcpy(result->came, check.came, sizeof result->came);
    what_next(&check, row, result->next);
    results->by_outcome[check.outcome]++;
    results->count++;
    return true;
}

static bool is_wanted(const test_options *options, const char *name)
{
    for (size_t i = 0; i < options->only_count; i++)
        if (strcmp(options->only[i], name) == 0)
            return true;
    return options->only_count == 0;
}

/* ---- Printing ---- */

static void print_result(const test_results *results, const check_result *result)
{
    static const table_style styles[] = {TABLE_GOOD, TABLE_BAD, TABLE_DIM, TABLE_DIM};
    const bool colour = table_colour(stdout);
    if (result->outcome == CHECK_WAITING)
        return; /* the sum counts them */
    (void)printf("%s%-11s%s %s", table_style_sequence(styles[result->outcome], colour),
                 check_outcome_name(result->outcome), table_style_sequence(TABLE_PLAIN, colour),
                 result->row->name);
    if (result->outcome != CHECK_FAILED) {
        (void)printf("%s%s\n", result->came[0] ? ": " : "", result->came);
    } else {
        (void)printf("\n            expected: %s\n            came:     %s\n", result->row->expected,
                     result->came);
        if (results->by_outcome[CHECK_FAILED] == 1)
            (void)printf("            next:     %s\n", result->next);
    }
    (void)fflush(stdout);
}

static void print_sum(const test_results *results)
{
    (void)printf("%zu checks:", results->count);
    for (check_outcome outcome = CHECK_PASSED; outcome <= CHECK_WAITING; outcome++)
        if (results->by_outcome[outcome] > 0 || outcome <= CHECK_FAILED)
            (void)printf("%s %zu %s", outcome == CHECK_PASSED ? "" : ",", results->by_outcome[outcome],
                         check_outcome_name(outcome));
    (void)puts(results->by_outcome[CHECK_WAITING] > 0 ? " for one that failed" : "");
}

static int print_json(const endpoint_library *library, const test_options *options,
                      const test_results *results)
{
    json_t *const root = json_object(), *const checks = json_array();
    (void)json_object_set_new(root, "schema", json_integer(1));
    (void)json_object_set_new(root, "adapter", json_string(library->table.name));
    (void)json_object_set_new(root, "version", json_string(library->table.version));
    (void)json_object_set_new(root, "seed", json_integer((json_int_t)options->seed));
    for (check_outcome outcome = CHECK_PASSED; outcome <= CHECK_WAITING; outcome++)
        (void)json_object_set_new(root, check_outcome_name(outcome),
                                  json_integer((json_int_t)results->by_outcome[outcome]));
    for (size_t i = 0; i < results->count; i++) {
        const check_result *const at = &results->rows[i];
        json_t *const row = json_object();
        (void)json_object_set_new(row, "check", json_string(at->row->name));
        (void)json_object_set_new(row, "result", json_string(check_outcome_name(at->outcome)));
        (void)json_object_set_new(row, "expected", json_string(at->row->expected));
        (void)json_object_set_new(row, "came", json_string(at->came));
        if (at->outcome == CHECK_FAILED)
            (void)json_object_set_new(row, "next", json_string(at->next));
        (void)json_array_append_new(checks, row);
    }
    (void)json_object_set_new(root, "checks", checks);
    char *const text = json_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(root);
    if (!text)
        return COMMAND_BROKEN;
    (void)puts(text);
    free(text);
    return COMMAND_OK;
}

static int print_list(void)
{
    for (size_t i = 0; check_at(i); i++)
        (void)printf("%-20s %s\n", check_at(i)->name, check_at(i)->expected);
    return COMMAND_OK;
}

static int test(const test_options *options, const endpoint_check *fixture)
{
    static test_results results;
    if (!options->json)
        (void)printf("%s: %s\n", fixture->library->table.name, fixture->library->table.version);
    for (size_t i = 0; check_at(i) && results.count < CHECKS_MAX; i++) {
        if (!is_wanted(options, check_at(i)->name))
            continue;
        if (!run_one(options, fixture, &results, check_at(i))) {
            perror("roam endpoint test");
            return COMMAND_BROKEN;
        }
        if (!options->json)
            print_result(&results, &results.rows[results.count - 1]);
    }
    if (!options->json)
        print_sum(&results);
    else if (print_json(fixture->library, options, &results) != COMMAND_OK)
        return COMMAND_BROKEN;
    return results.by_outcome[CHECK_FAILED] > 0 ? COMMAND_FAILED : COMMAND_OK;
}

/* Who plays the role that the library does not have: its partner; without one nobody. */
static bool find_partner(const test_options *options, endpoint_check *fixture)
{
    const uint64_t both = ROAM_ENDPOINT_CLIENT | ROAM_ENDPOINT_SERVER;
    char path[4096], text[ENDPOINT_TEXT_MAX];
    const endpoint_library *partner = NULL;
    if (options->with) {
        partner = endpoint_named("roam endpoint test", options->with);
        if (!partner)
            return false;
    } else if (!check_has(fixture, both) &&
               endpoint_library_find(PARTNER, path, sizeof path, text, sizeof text)) {
        partner = endpoint_load(path, text);
    }
    fixture->client_library = check_has(fixture, ROAM_ENDPOINT_CLIENT) ? fixture->library : partner;
    fixture->server_library = check_has(fixture, ROAM_ENDPOINT_SERVER) ? fixture->library : partner;
    return true;
}

static int endpoint_test(int argc, char **argv)
{
    test_options options;
    if (!read_options(&options, argc, argv))
        return COMMAND_USAGE;
    if (options.help) {
        help_print(&ENDPOINT_TEST, stdout);
        return COMMAND_OK;
    }
    if (options.list)
        return print_list();
    endpoint_check fixture = {.seed = options.seed,
                              .options = options.options,
                              .option_count = options.option_count,
                              .library = endpoint_named("roam endpoint test", options.library)};
    if (!fixture.library || !find_partner(&options, &fixture))
        return COMMAND_USAGE;
    return test(&options, &fixture);
}

const command_row ENDPOINT_TEST = {
    .name = "endpoint test",
    .about = "check an adapter, function by function",
    .function = endpoint_test,
    .usage = "roam endpoint test [OPTION]... LIB.so|NAME",
    .text = "Checks an adapter, in the order in which its functions are written: a client and\n"
            "a server of it in a network in memory and virtual time. Each check runs in a\n"
            "process of its own. After the first that fails stands what to do next.",
    .options = rows,
    .column = 22,
    .status = "0 no check failed; 1 a check failed; 2 usage, or no adapter; 3 roam\n"
              "itself failed.",
    .operands = {{.kind = VALUE_PATH, .words = {.list = words_of_adapters}}},
    .operand_count = 1,
};
