/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"
#include "tools/cli/options.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    int (*function)(int argc, char **argv);
    const char *about;
} commands[] = {
    {"run", command_run, "run scenarios and print what came of them"},
    {"list", command_list, "list scenarios, and how each went last time"},
    {"check", command_check, "read scenarios and explain them, run nothing"},
    {"explain", command_explain, "draw the packets of a run as a sequence"},
    {"node", command_node, "run a node on this machine's UDP sockets"},
    {"migrate", command_migrate, "ask a running node to migrate a connection"},
    {"send", command_send, "ask a running node to send a file"},
    {"views", command_views, "ask a running node for the views of its overlay"},
    {"sweep", command_sweep, "run scenarios with many seeds into a store"},
    {"compare", command_compare, "run scenarios with several QUIC libraries, side by side"},
    {"merge", command_merge, "join stores"},
    {"stats", command_stats, "print what the runs of a store say"},
    {"plot", command_plot, "draw figures of a store, or of a run"},
    {"gate", command_gate, "compare with baselines, or with another build"},
    {"reproduce", command_reproduce, "run a run of a store again, and say what differs"},
    {"export", command_export, "write the tables of a store as CSV"},
    {"rules", command_rules, "print what RFC 9000 requires, and what checks it"},
    {"dissect", command_dissect, "print connections and migrations of a capture"},
    {"endpoint", command_endpoint, "adapters of other QUIC libraries: test, info, list, new"},
    {"report", command_report, "make a page of HTML of results"},
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static const char *command_name(const void *ctx, size_t index)
{
    static const char *const more[] = {"help", "--help", "--version"};
    (void)ctx;
    if (index < COMMAND_COUNT)
        return commands[index].name;
    index -= COMMAND_COUNT;
    return index < sizeof more / sizeof more[0] ? more[index] : NULL;
}

static void usage(FILE *stream)
{
    (void)fprintf(stream, "usage: roam COMMAND [OPTION]... [ARGUMENT]...\n"
                          "\n"
                          "Real QUIC connections that migrate, in a simulated network and virtual time.\n"
                          "\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        (void)fprintf(stream, "  roam %-9s %s\n", commands[i].name, commands[i].about);
    (void)fprintf(stream,
                  "  roam %-9s this text, or that of a command\n"
                  "  roam --version\n"
                  "\n"
                  "Each command has --help. Exit status: 0 all held; 1 an expectation failed;\n"
                  "2 usage, or an invalid scenario; 3 roam itself failed; 130 interrupted.\n",
                  "help");
}

static int unknown(const char *name)
{
    const char *const nearest = option_nearest(name, command_name, NULL);
    (void)fprintf(stderr, "roam: unknown %s '%s'", name[0] == '-' ? "option" : "command", name);
    if (nearest)
        (void)fprintf(stderr, "; did you mean '%s'?\n", nearest);
    else
        (void)fprintf(stderr, "; see roam help\n");
    return COMMAND_USAGE;
}

static int dispatch(int argc, char **argv)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[0], commands[i].name) == 0)
            return commands[i].function(argc, argv);
    return unknown(argv[0]);
}

static int help(int argc, char **argv)
{
    char option[] = "--help";
    char *arguments[] = {argc > 1 ? argv[1] : NULL, option, NULL};
    if (argc > 1)
        return dispatch(2, arguments);
    usage(stdout);
    return COMMAND_OK;
}

static int carry_out(int argc, char **argv)
{
    if (argc < 2) {
        usage(stderr);
        return COMMAND_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help(argc - 1, argv + 1);
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("roam " COMMAND_VERSION);
        return COMMAND_OK;
    }
    return dispatch(argc - 1, argv + 1);
}

/* A standard descriptor that is closed would be given to the first file that is opened, which would then get
 * the messages. */
static void open_closed_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) < 0)
            return;
}

/* 0, or why not all of standard output was written. Of a write that failed before the last one only ferror is
 * left, and errno may be of another call: one more write gives the reason. */
static int output_error(void)
{
    if (fflush(stdout) != 0)
        return errno;
    if (!ferror(stdout))
        return 0;
    clearerr(stdout);
    return fputc('\n', stdout) == EOF || fflush(stdout) != 0 ? errno : EIO;
}

int main(int argc, char **argv)
{
    open_closed_descriptors();
    /* A file at its size limit is an error of writing like a full disk. */
    (void)signal(SIGXFSZ, SIG_IGN);
    const int status = carry_out(argc, argv);
    const int error = output_error();
    if (error)
        (void)fprintf(stderr, "roam: standard output: %s\n", strerror(error));
    return error ? COMMAND_BROKEN : status;
}
