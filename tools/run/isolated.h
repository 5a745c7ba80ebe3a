/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_RUN_ISOLATED_H
#define TOOLS_RUN_ISOLATED_H

/* Runs with adapters of other QUIC libraries, each in a process of its own (sim/endpoint/isolate.h), and the
 * options of commands about that. */

#include "sim/endpoint/isolate.h"
#include "sim/verdict/run.h"
#include "tools/cli/options.h"

/* How runs with adapters are isolated; zeroed: with the default limits. */
typedef struct isolation {
    bool off; /* --no-isolate */
    isolate_limits limits;
} isolation;

/* Rows of a command's table of options. */
typedef enum isolation_option {
    ISOLATION_ON,
    ISOLATION_OFF,
    ISOLATION_TIME,
    ISOLATION_RUN,
    ISOLATION_MEMORY,
    ISOLATION_OPTIONS
} isolation_option;

#define ISOLATION_ROWS(first)                                                                                \
    [(first) +                                                                                               \
        ISOLATION_ON] = {.name = "isolate",                                                                  \
                         .help = "a run with another QUIC library happens in a process of its own:\n"        \
                                 "what that library does ends this run alone (default)"},                    \
        [(first) +                                                                                           \
            ISOLATION_OFF] = {.name = "no-isolate",                                                          \
                              .help = "it happens in the worker, for a debugger: --no-isolate --jobs 1"},    \
        [(first) + ISOLATION_TIME] = {.name = "endpoint-time",                                               \
                                      .value = "SECONDS",                                                    \
                                      .kind = VALUE_NUMBER,                                                  \
                                      .help =                                                                \
                                          "with --isolate: wall clock that one call of such a library may\n" \
                                          "take, and all its calls at one virtual time (30)"},               \
        [(first) + ISOLATION_RUN] = {.name = "endpoint-run",                                                 \
                                     .value = "SECONDS",                                                     \
                                     .kind = VALUE_NUMBER,                                                   \
                                     .help = "likewise: wall clock of the whole run (300)"},                 \
        [(first) + ISOLATION_MEMORY] = {.name = "endpoint-memory",                                           \
                                        .value = "MIB",                                                      \
                                        .kind = VALUE_NUMBER,                                                \
                                        .help = "likewise: memory that the run's process may hold (4096)"}

/* The same with fewer words. */
#define ISOLATION_ROWS_SHORT(first)                                                                          \
    [(first) +                                                                                               \
        ISOLATION_ON] = {.name = "isolate",                                                                  \
                         .help = "runs with another QUIC library have a process each (default)"},            \
        [(first) + ISOLATION_OFF] = {.name = "no-isolate",                                                   \
                                     .help = "runs with another QUIC library have no process of their own"}, \
        [(first) + ISOLATION_TIME] = {.name = "endpoint-time", .value = "SECONDS", .kind = VALUE_NUMBER},    \
        [(first) + ISOLATION_RUN] = {.name = "endpoint-run", .value = "SECONDS", .kind = VALUE_NUMBER},      \
        [(first) + ISOLATION_MEMORY] = {.name = "endpoint-memory",                                           \
                                        .value = "MIB",                                                      \
                                        .kind = VALUE_NUMBER,                                                \
                                        .help = "its limits, as roam run --help says"}

/* False with a message on standard error that begins with command. */
bool isolation_take(isolation *self, const char *command, isolation_option option, const char *value);

/* Whether a run of the scenario has a process of its own: a node runs an adapter. */
bool isolation_of(const isolation *self, const scenario *whole);
/* Wall clock without a sign of life after which a worker counts as hung, where it is so much without
 * isolation: a call of an adapter is ended before. */
uint64_t isolation_patience_ns(const isolation *self, uint64_t silence_ns);

typedef struct isolated_work {
    const isolation *isolation;
    const scenario *scenario;
    void (*work)(void *ctx, FILE *answer); /* what a process of its own or this one does */
    bool (*stop)(void *ctx);               /* optional */
    void *ctx;
} isolated_work;

/*
 * Does the work, and writes its answer. RUN_OK; RUN_ERR_ENDPOINT: the adapter is at fault;
 * RUN_ERR_INTERRUPTED: stopped; RUN_ERR_WORLD: no process could be made. Unless RUN_OK there is no answer,
 * and the message (RUN_MESSAGE_MAX bytes) says what. When the work's process died outside of a call of an
 * adapter, this one ends likewise, after a line on standard error.
 */
ROAM_CHECKED int isolated_do(const isolated_work *todo, FILE *answer, char *message);

#endif
