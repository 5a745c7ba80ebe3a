/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WATCH_PLAY_H
#define TOOLS_WATCH_PLAY_H

/* A run shown while its virtual time goes by at a speed: as a screen, or as lines. Keys change the speed. */

#include "tools/cli/options.h"
#include "tools/watch/model.h"
#include "tools/watch/screen.h"

/* Thousandths of the wall clock's speed. */
enum { PLAY_SPEED_MAX = 1000000, PLAY_SPEED_ONE = 1000 };

typedef struct play_options {
    uint64_t speed;   /* 1 to PLAY_SPEED_MAX; 0: as fast as it goes */
    bool speed_given; /* else lines come as fast as they go */
    bool screen;      /* else lines, to standard output */
    bool colour;
    bool replay;
    bool (*stop)(void *ctx); /* asked often: true ends all waiting */
} play_options;

typedef struct play {
    play_options options;
    watch_model model;
    screen *shown, *next; /* NULL: lines */
    bool drawn;           /* shown is on the terminal */
    bool paused, stepping, quit;
    uint64_t drawn_ns;              /* wall clock */
    uint64_t from_ns, from_wall_ns; /* virtual time goes on from there */
    size_t first;                   /* scrolled past */
    uint32_t selected;              /* node */
    bool follow, panel;             /* as in screen_view */
} play;

/* The speed that a word says: "0.1", "10", "max". False: it says none. */
bool play_speed_read(const char *text, uint64_t *speed);

/* False: out of memory. play_fini is to be called whatever it returns. */
ROAM_CHECKED bool play_init(play *self, const play_options *options);
void play_fini(play *self);

/* Takes the next line of events.jsonl when its time has come. */
void play_line(play *self, const json_t *line);
/* Virtual time goes on to that one, without a line. */
void play_to(play *self, uint64_t now_ns);
/* Shows the model as it is now. */
void play_draw(play *self);
/* The view is to end: key q, or stop. */
bool play_over(const play *self);
/* Shows the end until a key comes. */
void play_hold(play *self);

#endif
