/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WATCH_LIVE_H
#define TOOLS_WATCH_LIVE_H

/* A run that is watched while it goes on, and the options for that. */

#include "sim/verdict/run.h"
#include "tools/cli/options.h"
#include "tools/watch/play.h"

typedef struct watch_settings {
    bool on; /* --watch */
    bool speed_given;
    uint64_t speed; /* as in play_options */
} watch_settings;

/* Rows of a command's table of options. */
typedef enum watch_option { WATCH_ON, WATCH_SPEED, WATCH_OPTIONS } watch_option;

#define WATCH_SPEED_ROW                                                                                      \
    {                                                                                                        \
        .name = "speed", .value = "N", .kind = VALUE_TEXT,                                                   \
        .help = "virtual time by wall clock: 0.001 to 1000, or max (1; of lines max)"                        \
    }
#define WATCH_ROWS(first)                                                                                    \
    [(first) + WATCH_ON] = {.name = "watch",                                                                 \
                            .help = "show the one run while it goes on: nodes, paths, messages and\n"        \
                                    "events; where there is no terminal, events as lines; roam\n"            \
                                    "watch --help lists the keys"},                                          \
               [(first) + WATCH_SPEED] = WATCH_SPEED_ROW

/* False with a message on standard error that begins with command. */
bool watch_take(watch_settings *self, const char *command, watch_option option, const char *value);

/* How the process's standard output is played to. */
play_options watch_play_options(const watch_settings *self, bool replay);

/* The terminal, around all that is shown; of the process that also prints the verdict. False with a message.
 */
ROAM_CHECKED bool watch_open(const watch_settings *self, const char *command);
void watch_close(void);

typedef struct watch_live watch_live;

/* NULL: out of memory. stop, when it is true, ends all waiting. */
watch_live *watch_live_new(const watch_settings *settings, const scenario *scenario, bool (*stop)(void *ctx));
void watch_live_free(watch_live *self);

/* What a run tells (run_options): a watch_live is ctx. */
void watch_live_told(void *self, const struct json_t *line);
/* 100 ms have passed in the run, which has begun: samples are taken of it. */
void watch_live_passed(watch_live *self, const run *of, uint64_t now_ns);
/* The run is to end: stop, or the key q. */
bool watch_live_over(const watch_live *self);

#endif
