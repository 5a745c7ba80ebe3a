/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/benchmarks/bench.h"

#include "core/number.h"
#include "sim/wall.h"
#include "tools/cli/command.h"
#include "tools/cli/options.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The budgets, all for one core. */
static const bench_row rows[] = {
    {"world-experiments", "whole experiments, one process", "/s", bench_world_experiments, 600, false},
    {"run-experiments", "the same, recorded and judged", "/s", bench_run_experiments, 0, false},
    {"abi-experiments", "the same, the core through the endpoint ABI", "/s", bench_abi_experiments, 0, false},
    {"sweep-experiments", "the same, by roam sweep --jobs 1 into a store", "/s", bench_sweep_experiments, 0,
     false},
    {"store-runs", "runs entered into a store", "/s", bench_store_runs, 20000, false},
    {"stack-experiments", "the same, the stack alone", "/s", bench_stack_experiments, 0, false},
    {"world-bulk", "100 MB over a 100 Mbps hop", "packets/s", bench_world_bulk, 250000, false},
    {"stack-bulk", "the same, the stack alone", "packets/s", bench_stack_bulk, 0, false},
    {"stack-migrate", "a connection moves, the stack alone", "/s", bench_stack_migrate, 0, false},
    {"stack-reconnect", "it is closed, and dialled anew", "/s", bench_stack_reconnect, 0, false},
    {"pipe-hop", "a packet over a pipe", "ns/hop", bench_pipe_hop, 400, true},
    {"nat-1000", "a packet through a NAT, 1,000 bindings", "ns", bench_nat_1000, 0, true},
    {"nat-100000", "the same, 100,000 bindings", "ns", bench_nat_100000, 0, true},
    {"cold-start", "roam run, a small scenario", "ms", bench_cold_start, 80, true},
    {"pair-memory", "a connection, both ends", "kB", bench_pair_memory, 200, true},
    {"overlay-formed", "1,000 members join, one process", "s", bench_overlay_formed, 60, true},
    {"overlay-memory", "a member, at active view 5", "kB", bench_overlay_memory, 1500, true},
};

enum { ROWS = sizeof rows / sizeof rows[0], ROUNDS = 7, ROUNDS_QUICK = 3 };

static const char help_text[] =
    "usage: tools/bench [OPTION]...\n"
    "\n"
    "Measures what roam costs and holds it against its budgets. Each round takes every figure once; the "
    "table\n"
    "shows the median, least and greatest of all rounds by the clock on the wall, and the median by "
    "processor\n"
    "time, which other work on the machine disturbs less. Ratios between figures of one round say more than\n"
    "the figures. An experiment is a world with two hops, a handshake, 10 kB each way, a migration, and the\n"
    "end of it all. The stack alone is QUIC and TLS on both ends without a network between. Packets are the\n"
    "datagrams that both ends sent. Memory is what malloc holds for a connection at rest, or for a member "
    "of\n"
    "an overlay of 1,000 (--quick: 100), with its host and link, in the world alone: without recorder.\n"
    "\n"
    "  --quick        a tenth of the work and 3 rounds: figures are rough\n"
    "  --rounds N     1 to 99 (7)\n"
    "  --only NAME    this figure only; may be repeated\n"
    "  --json FILE    all samples as JSON; - for standard output, and no table\n"
    "  --roam FILE    the command whose start is measured (the one built beside this program)\n"
    "  --against REF  beside roam as it was at a commit: tools/bench --against REF --help\n"
    "  --help\n"
    "\n"
    "Figures:";

typedef struct settings {
    bench_context context;
    unsigned rounds;
    bool wanted[ROWS];
    const char *json;
    char roam[PATH_MAX];
} settings;

unsigned bench_experiment_count(const bench_context *context)
{
    return context->quick ? 30 : 300;
}

uint64_t bench_bulk_bytes(const bench_context *context)
{
    return context->quick ? 10000000 : 100000000;
}

bench_time bench_clock(void)
{
    struct timespec cpu;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    return (bench_time){.wall_s = (double)wall_ns() * 1e-9,
                        .cpu_s = (double)cpu.tv_sec + (double)cpu.tv_nsec * 1e-9};
}

bench_sample bench_rate(double count, bench_time start)
{
    bench_time now = bench_clock();
    return (bench_sample){.wall = count / (now.wall_s - start.wall_s),
                          .on_cpu = count / (now.cpu_s - start.cpu_s)};
}

static bool pinned(void)
{
    static const char key[] = "Cpus_allowed_list:";
    bool one = false;
    char line[256];
    FILE *const status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, key, sizeof key - 1) == 0)
            one = !strpbrk(line, ",-");
    if (status)
        (void)fclose(status);
    return one;
}

/* The program beside this one. */
static bool find_roam(char path[PATH_MAX])
{
    static const char name[] = "roam";
    const ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - sizeof name);
    if (len <= 0)
        return false;
    path[len] = '\0';
    memcpy(strrchr(path, '/') + 1, name, sizeof name);
    return true;
}

static const char *row_name(const void *ctx, size_t index)
{
    (void)ctx;
    return index < ROWS ? rows[index].name : NULL;
}

static bool want(settings *asked, const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return asked->wanted[i] = true;
    const char *const nearest = option_nearest(name, row_name, NULL);
    (void)fprintf(stderr, "bench: no figure is called '%s'%s%s%s\n", name, nearest ? "; did you mean '" : "",
                  nearest ? nearest : "", nearest ? "'?" : "");
    return false;
}

static bool read_rounds(settings *asked, const char *text)
{
    uint64_t value;
    if (core_number_whole(text, 1, BENCH_ROUNDS_MAX, &value)) {
        asked->rounds = (unsigned)value;
        return true;
    }
    (void)fprintf(stderr, "bench: --rounds takes 1 to %d, not '%s'\n", BENCH_ROUNDS_MAX, text);
    return false;
}

static void help(void)
{
    (void)fputs(help_text, stdout);
    for (size_t i = 0; i < ROWS; i++)
        printf("%s %s", i > 0 ? "," : "", rows[i].name);
    (void)fputs("\nExit status: 0 every budget was met; 1 one was not; 2 usage; 3 a measurement failed.\n",
                stdout);
}

/* An exit status, or -1: go on. */
static int read_options(settings *asked, int argc, char **argv)
{
    typedef enum bench_option { QUICK, ROUNDS_OF, ONLY, JSON, ROAM, HELP } bench_option;
    static const option_row options[] = {{.name = "quick"},
                                         {.name = "rounds", .value = "N"},
                                         {.name = "only", .value = "NAME"},
                                         {.name = "json", .value = "FILE"},
                                         {.name = "roam", .value = "FILE"},
                                         {.name = "help"},
                                         {.name = NULL}};
    option_reader reader;
    option_reader_init(&reader, "tools/bench", options, argc, argv);
    bool some = false;
    for (int option; (option = option_next(&reader)) != OPTION_END;) {
        if (option == OPTION_INVALID)
            return COMMAND_USAGE;
        switch ((bench_option)option) {
        case QUICK:
            asked->context.quick = true;
            break;
        case ROUNDS_OF:
            if (!read_rounds(asked, reader.value))
                return COMMAND_USAGE;
            break;
        case ONLY:
            if (!want(asked, reader.value))
                return COMMAND_USAGE;
            some = true;
            break;
        case JSON:
            asked->json = reader.value;
            break;
        case ROAM:
            asked->context.roam = reader.value;
            break;
        case HELP:
            help();
            return COMMAND_OK;
        }
    }
    if (reader.operands > 0) {
        (void)fprintf(stderr, "bench: '%s' is not an option; see tools/bench --help\n", reader.argv[1]);
        return COMMAND_USAGE;
    }
    for (size_t i = 0; i < ROWS && !some; i++)
        asked->wanted[i] = true;
    if (asked->rounds == 0)
        asked->rounds = asked->context.quick ? ROUNDS_QUICK : ROUNDS;
    return -1;
}

static bool measure(settings *asked, bench_series series[ROWS])
{
    const bool watched = isatty(STDERR_FILENO);
    for (unsigned round = 0; round < asked->rounds; round++) {
        asked->context.seed = round + 1;
        for (size_t i = 0; i < ROWS; i++) {
            char message[BENCH_MESSAGE_MAX] = "";
            if (!asked->wanted[i])
                continue;
            if (watched)
                (void)fprintf(stderr, "\r\033[Kround %u of %u: %s", round + 1, asked->rounds, rows[i].name);
            if (rows[i].measure(&asked->context, &series[i].samples[series[i].count++], message) != 0) {
                (void)fprintf(stderr, "%sbench: %s: %s\n", watched ? "\n" : "", rows[i].name, message);
                return false;
            }
        }
    }
    if (watched)
        (void)fputs("\r\033[K", stderr);
    return true;
}

static bool write_json(const char *path, const bench_report *report)
{
    char *const text = bench_report_json(report);
    const bool out = strcmp(path, "-") == 0;
    FILE *const file = out ? stdout : fopen(path, "w");
    bool written = text && file && fputs(text, file) >= 0;
    if (file && (out ? fflush(file) : fclose(file)) != 0)
        written = false;
    if (!written)
        (void)fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
    free(text);
    return written;
}

int main(int argc, char **argv)
{
    settings asked = {0};
    const int status = read_options(&asked, argc, argv);
    if (status >= 0)
        return status;
    if (!asked.context.roam && find_roam(asked.roam))
        asked.context.roam = asked.roam;
    bench_series series[ROWS] = {0};
    for (size_t i = 0; i < ROWS; i++)
        series[i].row = &rows[i];
    if (!measure(&asked, series))
        return COMMAND_BROKEN;
    const bench_report report = {
        .series = series, .series_count = ROWS, .quick = asked.context.quick, .pinned = pinned()};
    if (!asked.json || strcmp(asked.json, "-") != 0)
        bench_report_print(&report, stdout);
    if (asked.json && !write_json(asked.json, &report))
        return COMMAND_BROKEN;
    return bench_report_met(&report) ? COMMAND_OK : COMMAND_FAILED;
}
