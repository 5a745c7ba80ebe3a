/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The signals that end a process: interrupt_came reports the first one; a process that does not end by itself
 * in time, because it is in a loop, is ended. */
#ifndef TOOLS_CLI_INTERRUPT_H
#define TOOLS_CLI_INTERRUPT_H

#include <stdbool.h>

typedef enum interrupt_second {
    INTERRUPT_SECOND_ENDS, /* the process, at once; calls that were waiting go on waiting at the first one */
    INTERRUPT_SECOND_IGNORED /* calls that were waiting return with EINTR */
} interrupt_second;

/* SIGINT, SIGTERM and SIGHUP no longer end the process; SIGHUP stays ignored where it is (nohup). What a
 * second one does. */
void interrupt_catch(interrupt_second second);
/* True from the first one on. ctx is not used: a `stop` of workers_options. */
bool interrupt_came(void *ctx);

/* From the first of SIGHUP, SIGINT and SIGTERM on that the process handles, it has so many seconds to end in
 * good order. After that it says `command: interrupted` on standard error, and its exit status is
 * COMMAND_INTERRUPTED. To be called when the handlers are in place, which go on to be called; the text must
 * be valid as long as the process runs.
 */
void interrupt_limit(const char *command, unsigned seconds);
/* What is called then, before the process says so: by a signal handler. NULL: nothing. */
void interrupt_before_limit(void (*call)(void));

#endif
