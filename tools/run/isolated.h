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

/* Rows of a command's table of options, and what its help says of them. */
typedef enum isolation_option {
    ISOLATION_ON,
    ISOLATION_OFF,
    ISOLATION_TIME,
    ISOLATION_RUN,
    ISOLATION_MEMORY,
    ISOLATION_OPTIONS
} isolation_option;

#define ISOLATION_ROWS(first)                                                                                \
    [(first) + ISOLATION_ON] = {"isolate", NULL}, [(first) + ISOLATION_OFF] = {"no-isolate", NULL},          \
               [(first) + ISOLATION_TIME] = {"endpoint-time", "SECONDS"},                                    \
               [(first) + ISOLATION_RUN] = {"endpoint-run", "SECONDS"},                                      \
               [(first) + ISOLATION_MEMORY] = {"endpoint-memory", "MIB"}

#define ISOLATION_HELP                                                                                       \
    "  --isolate        a run with another QUIC library happens in a process of its own:\n"                  \
    "                   what that library does ends this run alone (default)\n"                              \
    "  --no-isolate     it happens in the worker, for a debugger: --no-isolate --jobs 1\n"                   \
    "  --endpoint-time SECONDS\n"                                                                            \
    "                   with --isolate: wall clock that one call of such a library may\n"                    \
    "                   take, and all its calls at one virtual time (30)\n"                                  \
    "  --endpoint-run SECONDS\n"                                                                             \
    "                   likewise: wall clock of the whole run (300)\n"                                       \
    "  --endpoint-memory MIB\n"                                                                              \
    "                   likewise: memory that the run's process may hold (4096)\n"

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
