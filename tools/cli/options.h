/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_OPTIONS_H
#define TOOLS_CLI_OPTIONS_H

/* Options, anywhere among the arguments: --name, --name VALUE, --name=VALUE, and for some -l VALUE; "--" ends
 * them. A command's table of options is all that is said of them: --help, the manual and shells read it. */

#include <stdbool.h>
#include <stddef.h>

/* What a value is: what a shell offers for it. */
typedef enum value_kind {
    VALUE_TEXT, /* nothing is offered */
    VALUE_NUMBER,
    VALUE_TIME,
    VALUE_FILE,
    VALUE_DIRECTORY,
    VALUE_PATH,       /* a file or a directory */
    VALUE_SCENARIO,   /* a file, a directory, or the name of a scenario of the library */
    VALUE_WORD,       /* one of its words */
    VALUE_LIST,       /* some of its words, with commas between them */
    VALUE_SETTING,    /* KEY=VALUE; the words are keys */
    VALUE_NAMED_FILE, /* NAME=FILE or NAME:FILE */
} value_kind;

/* Takes words, one at a time; about, which may be NULL, says what a word is in a line. Both are read during
 * the call only. */
typedef struct word_sink {
    void (*take)(void *ctx, const char *word, const char *about);
    void *ctx;
} word_sink;

typedef struct value_words {
    const char *choices;                /* "tofu|strict"; NULL: none */
    void (*list)(const word_sink *out); /* those that are known at run time; NULL: none */
} value_words;

typedef struct option_row {
    const char *name;  /* without "--"; NULL ends a table */
    const char *value; /* what it takes, as help calls it: "DIR"; NULL: a flag */
    value_kind kind;
    char letter;      /* "-o" means the same; 0: none does. "-h" is --help in every table */
    const char *help; /* lines without indentation; NULL: what the next row says is of both */
    value_words words;
    bool optional; /* the value: --name or --name=VALUE, which is never an argument of its own */
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

/* The row of the next option, its value in reader->value (NULL: none was given); OPTION_END; OPTION_INVALID
 * after a message on standard error. */
int option_next(option_reader *reader);

/* The name nearest to word, or NULL if none is near. next hands out names from 0 until NULL. */
const char *option_nearest(const char *word, const char *(*next)(const void *ctx, size_t index),
                           const void *ctx);

#endif
