/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An end for a process that was told to end and does not: its core, or what it calls, is in a loop. */
#ifndef TOOLS_CLI_INTERRUPT_H
#define TOOLS_CLI_INTERRUPT_H

/* From the first of SIGHUP, SIGINT and SIGTERM on that the process handles, it has so many seconds to end in
 * good order. After that it says `command: interrupted` on standard error, and its exit status is
 * COMMAND_INTERRUPTED. To be called when the handlers are in place, which go on to be called; the text must
 * live as long as the process.
 */
void interrupt_limit(const char *command, unsigned seconds);

#endif
