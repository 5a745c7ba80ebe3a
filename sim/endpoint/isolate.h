/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work with an adapter in a process of its own, so that whatever the adapter does ends that process alone.
 *
 * The process is forked from the caller, and the work loads the adapter there: it begins with fresh
 * libraries. It writes an answer. Where the process dies while a call of an adapter is under way (call.h),
 * where a call does not return, where the virtual time of the calls stands still, where the process takes too
 * much memory, and where a call broke a rule (endpoint_call_fault), the adapter is at fault, and a sentence
 * says what it did. A death outside of a call is a defect of the host.
 */
#ifndef SIM_ENDPOINT_ISOLATE_H
#define SIM_ENDPOINT_ISOLATE_H

#include "sim/endpoint/call.h"

#include <stdio.h>

#define ISOLATE_SILENCE_S 30
#define ISOLATE_RUN_S 300
#define ISOLATE_MEMORY_MIB 4096
#define ISOLATE_TEXT_MAX 512
#define ISOLATE_ANSWER_MAX ((size_t)1 << 30) /* bytes; a longer one counts as a death */
#define ISOLATE_STOP_NS UINT64_C(2000000000) /* for the work to end after stop */

typedef enum isolate_outcome {
    ISOLATE_DONE,    /* bytes holds the answer */
    ISOLATE_ADAPTER, /* the adapter is at fault: text */
    ISOLATE_LOST,    /* the process died outside of a call: status, and text says which call was the last */
    ISOLATE_STOPPED  /* it had not ended ISOLATE_STOP_NS after stop */
} isolate_outcome;

/* 0: the default. */
typedef struct isolate_limits {
    uint64_t silence_ns;   /* wall clock of one call, and of calls at one virtual time */
    uint64_t run_ns;       /* wall clock of the whole run */
    uint64_t memory_bytes; /* that the process holds in memory, what it shares with the caller too */
} isolate_limits;

typedef struct isolate_options {
    isolate_limits limits;
    /* In the process; its standard output goes to standard error. */
    void (*work)(void *ctx, FILE *answer);
    /* In the caller, often. True: the process gets SIGTERM. Optional. */
    bool (*stop)(void *ctx);
    void *ctx;
} isolate_options;

typedef struct isolate_result {
    isolate_outcome outcome;
    int status;  /* as waitpid() gives it */
    char *bytes; /* a NUL follows the last; NULL unless ISOLATE_DONE */
    size_t len;
    char text[ISOLATE_TEXT_MAX];
} isolate_result;

/* With the defaults in place of 0. */
isolate_limits isolate_limits_of(const isolate_limits *wanted);

/* 0, or an errno value, and *out is untouched: no process could be made, or memory ran out. */
__attribute__((warn_unused_result)) int isolate_run(const isolate_options *options, isolate_result *out);
void isolate_result_fini(isolate_result *result);

/* Ends this process as the other one ended. */
_Noreturn void isolate_end_likewise(int status);

#endif
