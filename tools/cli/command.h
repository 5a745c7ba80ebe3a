/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_COMMAND_H
#define TOOLS_CLI_COMMAND_H

/* The commands of roam, and what each says of itself: --help (help.h), the manual and the completions of
 * shells (tools/shells) are made from it. */

#include "tools/cli/options.h"

#define COMMAND_VERSION "0.1.0"

typedef enum command_status {
    COMMAND_OK = 0,
    COMMAND_FAILED = 1, /* an expectation did not hold */
    COMMAND_USAGE = 2,  /* usage, or an invalid scenario */
    COMMAND_BROKEN = 3, /* the harness itself failed */
    COMMAND_INTERRUPTED = 130
} command_status;

/* What an argument that is no option is. */
typedef struct operand_row {
    value_kind kind;
    value_words words;
} operand_row;

enum { COMMAND_OPERANDS_MAX = 2 };

/* Texts have lines of at most 90 bytes and end with no newline; an empty line is between paragraphs. */
typedef struct command_row {
    const char *name;  /* "run"; a part of a command: "endpoint test" */
    const char *about; /* in a few words, for a list of commands */
    /* argv[0] is the last word of the name; the exit status. */
    int (*function)(int argc, char **argv);
    const char *usage;    /* "roam run [OPTION]... FILE|DIR|NAME..." */
    const char *text;     /* what it does */
    unsigned list_column; /* where texts of its parts begin, or of the words of its first operand; 0: no such
                             list */
    const option_row *options;                  /* NULL: it has parts */
    unsigned column;                            /* where texts of options begin */
    const char *notes;                          /* before the exit status, as printed; NULL: none */
    const char *status;                         /* "0 all held; 1 an expectation failed" */
    operand_row operands[COMMAND_OPERANDS_MAX]; /* the last one is of all that follow, too */
    size_t operand_count;
    const struct command_row *const *parts; /* NULL ends them; NULL: none */
} command_row;

extern const command_row COMMAND_RUN;
extern const command_row COMMAND_LIST;
extern const command_row COMMAND_CHECK;
extern const command_row COMMAND_EXPLAIN;
extern const command_row COMMAND_TRACE;
extern const command_row COMMAND_WATCH;
extern const command_row COMMAND_NODE;
extern const command_row COMMAND_MIGRATE;
extern const command_row COMMAND_SEND;
extern const command_row COMMAND_VIEWS;
extern const command_row COMMAND_SWEEP;
extern const command_row COMMAND_COMPARE;
extern const command_row COMMAND_MERGE;
extern const command_row COMMAND_STATS;
extern const command_row COMMAND_PLOT;
extern const command_row COMMAND_GATE;
extern const command_row COMMAND_REPRODUCE;
extern const command_row COMMAND_EXPORT;
extern const command_row COMMAND_RULES;
extern const command_row COMMAND_DISSECT;
extern const command_row COMMAND_ENDPOINT;
extern const command_row COMMAND_REPORT;
extern const command_row COMMAND_COMPLETION;
extern const command_row COMMAND_MANUAL;

/* roam itself: its parts are the commands, in the order of roam help. */
extern const command_row COMMAND_ROAM;

/* The part that is called so, without the command's name before it: "test". NULL: there is none. */
const command_row *command_part(const command_row *of, const char *word);
/* The last word of the name. */
const char *command_word(const command_row *of);

#endif
