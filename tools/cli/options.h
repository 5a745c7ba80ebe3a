/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_OPTIONS_H
#define TOOLS_CLI_OPTIONS_H

/* Long options, anywhere among the arguments: --name, --name VALUE, --name=VALUE; "--" ends them. */

#include <stdbool.h>
#include <stddef.h>

typedef struct option_row {
    const char *name;  /* without "--"; NULL ends a table */
    const char *value; /* what it takes, for messages: "DIR"; NULL: a flag */
} option_row;

typedef struct option_reader {
    const char *command; /* for messages: "roam run" */
    const option_row *rows;
    int argc;
    char **argv; /* argv[0] is skipped; operands gather at its front, in order */
    int at;
    int operands; /* so far; argv[1] to argv[operands] */
    bool ended;   /* "--" was seen */
    const char *value;
} option_reader;

#define OPTION_END (-1)
#define OPTION_INVALID (-2)

void option_reader_init(option_reader *reader, const char *command, const option_row *rows, int argc,
                        char **argv);

/* The row of the next option, its value in reader->value; OPTION_END; OPTION_INVALID after a message on
 * standard error. */
int option_next(option_reader *reader);

/* The name nearest to word, or NULL if none is near. next hands out names from 0 until NULL. */
const char *option_nearest(const char *word, const char *(*next)(const void *ctx, size_t index),
                           const void *ctx);

#endif
