/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WATCH_TERMINAL_H
#define TOOLS_WATCH_TERMINAL_H

/*
 * The terminal of standard output while a screen is on it: the alternate screen without a cursor, and keys
 * that come at once and unseen. One a process; processes that are forked meanwhile share it: once one of them
 * has left it, none writes to it. It is as before after terminal_leave, and after SIGSEGV, SIGBUS, SIGFPE,
 * SIGILL, SIGABRT and SIGQUIT.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum terminal_key {
    TERMINAL_NONE, /* none came in time */
    TERMINAL_QUIT,
    TERMINAL_PAUSE,
    TERMINAL_STEP,
    TERMINAL_FASTER,
    TERMINAL_SLOWER,
    TERMINAL_UP,    /* an arrow, or k */
    TERMINAL_DOWN,  /* an arrow, or j */
    TERMINAL_FIRST, /* Home, or g */
    TERMINAL_LAST,  /* End, or G */
    TERMINAL_PAGE_UP,
    TERMINAL_PAGE_DOWN,
    TERMINAL_OPEN,  /* Enter, or Tab: opens, and closes again */
    TERMINAL_CLOSE, /* Escape */
    TERMINAL_OTHER
} terminal_key;

/* Standard output is a terminal that takes a screen: TERM is neither dumb nor missing. */
bool terminal_takes_screen(void);

/* False: it cannot be set, and errno says why. */
__attribute__((warn_unused_result)) bool terminal_enter(void);
/* To be called any number of times, also by a signal handler. */
void terminal_leave(void);

/* As it is now; 80 x 24 where it does not say. */
void terminal_size(size_t *columns, size_t *rows);

/* The next key, for which it waits so long: wall clock. It returns earlier with TERMINAL_NONE when a signal
 * came. Without a terminal as standard input there are no keys, and it waits. */
terminal_key terminal_read(uint64_t wait_ns);

/* All of it, to standard output, while the screen is there. */
void terminal_write(const char *text, size_t len);

#endif
