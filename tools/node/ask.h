/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_NODE_ASK_H
#define TOOLS_NODE_ASK_H

#include <stdint.h>

/* Puts a request to the node of that control socket, and prints the answer: a line a value on standard
 * output, what went wrong on standard error, after the name of the command. len: what snprintf said of the
 * line of LIVE_REQUEST_MAX bytes. COMMAND_OK: the result is ok; FAILED: it is not; USAGE: that is no request;
 * BROKEN: the node cannot be reached, or refuses. */
int node_ask(const char *command, const char *socket, const char *line, int len, uint64_t timeout_ns);

#endif
