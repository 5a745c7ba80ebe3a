/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/build_id.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/table.h"
#include "tools/compare/read.h"
#include "tools/compare/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 4096, BUILD_MAX = 256 };

static int usage(const char *message)
{
    (void)fprintf(stderr, "roam compare: %s\n", message);
    return COMMAND_USAGE;
}

/* ---- outputs ---- */

/* A file of the same name in it, where the path is of a directory. */
static const char *page_path(const char *path, char text[PATH_MAX_BYTES])
{
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return path;
    (void)snprintf(text, PATH_MAX_BYTES, "%s/compare.html", path);
    return text;
}

static bool write_format(const void *ctx, ci_format format, FILE *stream)
{
    const compare_report *const report = ctx;
    switch (format) {
    case CI_JSON:
        return compare_json(report, stream);
    case CI_JUNIT:
        return compare_junit(report, stream);
    case CI_MARKDOWN:
        return compare_markdown(report, stream);
    case CI_REPORT:
        return compare_page(report, stream);
    case CI_FORMATS:
        break;
    }
    return false;
}

static int write_outputs(const compare_options *options, const compare_report *report)
{
    ci_verdicts verdicts = {0};
    FILE *const stream = ci_outputs_to_stdout(&options->outputs) > 0 ? stderr : stdout;
    if (options->outputs.github)
        compare_verdicts(report, &verdicts);
    const int status = ci_outputs_write(&options->outputs, &verdicts, stream, write_format, report);
    ci_verdicts_free(&verdicts);
    return status;
}

static bool write_invalid(const void *ctx, ci_format format, FILE *stream)
{
    return format == CI_JUNIT ? ci_junit(ctx, stream) : ci_markdown(ctx, "roam compare", stream);
}

/* Nothing was compared: JUnit's XML and Markdown say why. */
static int write_faults(const compare_options *options, const ci_verdicts *invalid, int status)
{
    ci_outputs outputs = options->outputs;
    outputs.paths[CI_JSON] = outputs.paths[CI_REPORT] = NULL;
    const int written = ci_outputs_write(&outputs, invalid, stdout, write_invalid, invalid);
    return written != COMMAND_OK ? written : status;
}

static size_t terminal_width(void)
{
    struct winsize size;
    return isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static bool has_stories(const compare_matrix *matrix)
{
    bool has = false;
    for (size_t i = 0; !has && i < matrix->row_count * matrix->column_count; i++)
        has = matrix->cells[i].story_count > 0;
    return has;
}

static int print(const compare_options *options, const compare_report *report)
{
    char text[COMPARE_TEXT_MAX];
    if (ci_outputs_to_stdout(&options->outputs) > 0)
        return COMMAND_OK;
    if (options->quiet) {
        (void)printf("%s\n", compare_summary(report, text));
        return COMMAND_OK;
    }
    if (!compare_print(report, stdout, table_colour(stdout), terminal_width())) {
        (void)fprintf(stderr, "roam compare: out of memory\n");
        return COMMAND_BROKEN;
    }
    if (has_stories(report->matrix) && !ci_outputs_wanted(&options->outputs))
        (void)printf("--report FILE says what is behind the cells\n");
    return COMMAND_OK;
}

/* ---- the comparison ---- */

static int exit_status(const compare_matrix *matrix, const sweep_result *result)
{
    const compare_totals all = compare_matrix_totals(matrix, COMPARE_ALL_COLUMNS);
    if (result->stopped)
        return COMMAND_INTERRUPTED;
    if (all.cells[COMPARE_REFUSED] + result->crashed - result->adapters + result->hung > 0)
        return COMMAND_BROKEN;
    return all.cells[COMPARE_FAILED] + all.cells[COMPARE_CRASHED] > 0 ? COMMAND_FAILED : COMMAND_OK;
}

static int tell(const compare_options *options, const compare_libraries *libraries,
                const compare_matrix *matrix)
{
    char build[BUILD_MAX];
    (void)snprintf(build, sizeof build, "roam %s%s%.40s%s", BUILD_ID.roam,
                   BUILD_ID.commit[0] ? ", commit " : "", BUILD_ID.commit,
                   BUILD_ID.modified ? ", with changes that no commit has" : "");
    const compare_report report = {.matrix = matrix,
                                   .libraries = libraries->items,
                                   .library_count = libraries->count,
                                   .build = build,
                                   .first_seed = options->seeds.first,
                                   .last_seed = options->seeds.last,
                                   .seeds = options->seeds_given};
    const int printed = print(options, &report);
    const int written = write_outputs(options, &report);
    return printed != COMMAND_OK ? printed : written;
}

static int open_store(const compare_options *self, store **into)
{
    char message[STORE_MESSAGE_MAX];
    const char *const db = self->db ? self->db : ":memory:";
    const bool there = self->resume && access(db, F_OK) == 0;
    const int status = store_open(db, there ? STORE_APPEND : STORE_CREATE, into, message);
    if (!status)
        return COMMAND_OK;
    (void)fprintf(stderr, "roam compare: %s\n", message);
    return status == STORE_ERR_SYSTEM || status == STORE_ERR_NO_MEMORY ? COMMAND_BROKEN : COMMAND_USAGE;
}

static int run_plan(const compare_options *options, const compare_plan *plan,
                    const compare_libraries *libraries, store *into)
{
    const sweep_options sweep = {.command = "roam compare",
                                 .jobs = &plan->jobs,
                                 .files = &plan->files,
                                 .set = "",
                                 .more = plan->more,
                                 .seeds = plan->seeds,
                                 .processes = options->jobs,
                                 .silence_ns = options->patience_s * UINT64_C(1000000000),
                                 .isolation = options->isolation,
                                 .shard = (uint32_t)(options->shard - 1),
                                 .shards = (uint32_t)options->shards,
                                 .into = into,
                                 .stop = interrupt_came,
                                 .progress = !options->quiet};
    sweep_result result;
    compare_matrix matrix = {0};
    int status = sweep_run(&sweep, &result);
    if (status != COMMAND_OK)
        return status;
    if (!compare_matrix_init(&matrix, plan->columns->items, plan->columns->count, plan->rows,
                             plan->row_count)) {
        (void)fprintf(stderr, "roam compare: out of memory\n");
        return COMMAND_BROKEN;
    }
    status = compare_read(&sweep, result.build, plan, &matrix);
    if (status == COMMAND_OK)
        status = tell(options, libraries, &matrix);
    if (result.stopped)
        (void)fprintf(stderr, "roam compare: interrupted%s\n",
                      options->db ? "; --resume goes on" : ", and nothing was kept: --db FILE does");
    if (status == COMMAND_OK)
        status = exit_status(&matrix, &result);
    compare_matrix_fini(&matrix);
    return status;
}

/* The plan, or what is wrong with the scenarios in the files. */
static int make_plan(const compare_options *options, compare_columns *columns,
                     const compare_libraries *libraries, compare_plan *out)
{
    ci_verdicts invalid = {0};
    compare_options given = *options;
    given.files.fault = ci_invalid_add;
    given.files.ctx = &invalid;
    ci_suite_add(&invalid, "roam compare", "roam");
    int status = compare_plan_make(&given, columns, libraries, out);
    if (status != COMMAND_OK)
        status = write_faults(options, &invalid, status);
    ci_verdicts_free(&invalid);
    return status;
}

static int compare(const compare_options *given, compare_columns *columns, const compare_libraries *libraries)
{
    char page[PATH_MAX_BYTES];
    compare_plan plan;
    store *into = NULL;
    compare_options named = *given;
    const compare_options *const options = &named;
    if (given->outputs.paths[CI_REPORT])
        named.outputs.paths[CI_REPORT] = page_path(given->outputs.paths[CI_REPORT], page);
    if (!ci_outputs_check(&options->outputs))
        return COMMAND_BROKEN;
    int status = make_plan(options, columns, libraries, &plan);
    if (status != COMMAND_OK)
        return status;
    status = open_store(options, &into);
    if (status == COMMAND_OK) {
        interrupt_catch(INTERRUPT_SECOND_IGNORED);
        status = run_plan(options, &plan, libraries, into);
    }
    store_close(into);
    compare_plan_free(&plan);
    return status;
}

static int compare_libraries_of(const compare_options *options)
{
    char message[COMPARE_MESSAGE_MAX];
    char text[COMPARE_MESSAGE_MAX + 32];
    compare_columns columns;
    compare_libraries libraries;
    if (!compare_columns_make(options->libraries, options->pairs, &columns, message)) {
        (void)snprintf(text, sizeof text, "--endpoints: %s", message);
        return usage(text);
    }
    const bool found = compare_libraries_find(&columns, options->files.endpoints,
                                              options->files.endpoint_count, &libraries, message);
    const int status = found ? compare(options, &columns, &libraries) : usage(message);
    compare_libraries_free(&libraries);
    compare_columns_free(&columns);
    return status;
}

int compare_command(int argc, char **argv)
{
    compare_options options;
    int status = COMMAND_USAGE;
    if (compare_options_read(&options, argc, argv)) {
        if (options.help)
            help_print(&COMMAND_COMPARE, stdout);
        status = options.help ? COMMAND_OK : compare_libraries_of(&options);
    }
    compare_options_free(&options);
    return status;
}
