/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Another program, run by a test: it is stopped with the test, and nobody waits for it without end. */
#ifndef CORE_LIVE_TESTS_PROGRAM_H
#define CORE_LIVE_TESTS_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum { PROGRAM_ARGUMENTS_MAX = 32, PROGRAM_PATH_MAX = 256 };

typedef struct program {
    pid_t pid;                        /* 0: not running */
    const char *name;                 /* argv[0] of the start */
    char log[PROGRAM_PATH_MAX];       /* where its standard output and error go */
    char directory[PROGRAM_PATH_MAX]; /* its own, for the files of the test; deleted by program_free */
    const char *argv[PROGRAM_ARGUMENTS_MAX + 1]; /* as built with program_argument */
    size_t argc;
} program;

/* Whether an executable of that name is found on PATH or in the directories of the administrator's programs.
 */
bool program_exists(const char *name);

/* A directory for one program and its files. Asserts on failure. */
void program_init(program *self, const char *name);
/* Adds an argument, which must live until the start; NULL is left out. */
void program_argument(program *self, const char *argument);
/* Writes DIRECTORY/file into path. */
void program_path(const program *self, const char *file, char path[PROGRAM_PATH_MAX]);

/* False: it could not be started. It is killed with the process that started it. */
bool program_start(program *self);
/* Its exit status; -1: it still runs after so many milliseconds, or died of a signal. */
int program_wait(program *self, unsigned timeout_ms);
bool program_runs(program *self);
/* Ends it, if it runs, with SIGTERM and a second later with SIGKILL. */
void program_stop(program *self);
/* Prints the last lines that it wrote, for a test that fails. */
void program_show_log(const program *self);
/* Stops it and deletes its directory. */
void program_free(program *self);

#endif
