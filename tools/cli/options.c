/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/options.h"

#include <stdio.h>
#include <string.h>

#define WORD_MAX 64

static size_t least(size_t a, size_t b, size_t c)
{
    const size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Levenshtein's distance; words beyond WORD_MAX are far from everything. */
static size_t distance(const char *a, const char *b)
{
    const size_t a_len = strlen(a);
    const size_t b_len = strlen(b);
    size_t row[WORD_MAX + 1];
    if (a_len > WORD_MAX || b_len > WORD_MAX)
        return WORD_MAX;
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            const size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_len];
}

const char *option_nearest(const char *word, const char *(*next)(const void *ctx, size_t index),
                           const void *ctx)
{
    const size_t len = strlen(word);
    size_t best = len / 3 + 2; /* more slips than that are another word */
    const char *nearest = NULL;
    const char *name;
    for (size_t i = 0; (name = next(ctx, i)) != NULL; i++) {
        const size_t slips = len >= 2 && strncmp(word, name, len) == 0 ? 0 : distance(word, name);
        if (slips < best && slips < strlen(name)) {
            best = slips;
            nearest = name;
        }
    }
    return nearest;
}

static const char *row_name(const void *ctx, size_t index)
{
    const option_row *const rows = ctx;
    return rows[index].name;
}

static int unknown(const option_reader *reader, const char *argument)
{
    const char *const name = argument + strspn(argument, "-");
    char word[WORD_MAX + 1];
    (void)snprintf(word, sizeof word, "%.*s", (int)strcspn(name, "="), name);
    const char *const nearest = option_nearest(word, row_name, reader->rows);
    (void)fprintf(stderr, "%s: unknown option '%s'", reader->command, argument);
    if (nearest)
        (void)fprintf(stderr, "; did you mean '--%s'?\n", nearest);
    else
        (void)fprintf(stderr, "; see %s --help\n", reader->command);
    return OPTION_INVALID;
}

static int take_value(option_reader *reader, const option_row *row, const char *attached)
{
    if (!row->value && attached) {
        (void)fprintf(stderr, "%s: --%s takes no value\n", reader->command, row->name);
        return OPTION_INVALID;
    }
    const bool follows = row->value && !row->optional && !attached;
    if (follows && reader->at == reader->argc) {
        (void)fprintf(stderr, "%s: --%s needs a value: --%s %s\n", reader->command, row->name, row->name,
                      row->value);
        return OPTION_INVALID;
    }
    reader->value = attached;
    if (follows)
        reader->value = reader->argv[reader->at++];
    return (int)(row - reader->rows);
}

/* "-o" */
static int take_letter(option_reader *reader, const char *argument)
{
    for (const option_row *row = reader->rows; row->name && argument[2] == '\0'; row++)
        if (row->letter == argument[1] || (argument[1] == 'h' && strcmp(row->name, "help") == 0))
            return take_value(reader, row, NULL);
    return unknown(reader, argument);
}

static int take_option(option_reader *reader, const char *argument)
{
    const char *const name = argument + 2;
    const size_t len = strcspn(name, "=");
    if (argument[1] != '-')
        return take_letter(reader, argument);
    for (const option_row *row = reader->rows; row->name; row++)
        if (strlen(row->name) == len && strncmp(row->name, name, len) == 0)
            return take_value(reader, row, name[len] == '=' ? name + len + 1 : NULL);
    return unknown(reader, argument);
}

void option_reader_init(option_reader *reader, const char *command, const option_row *rows, int argc,
                        char **argv)
{
    *reader = (option_reader){.command = command, .rows = rows, .argc = argc, .argv = argv, .at = 1};
}

int option_next(option_reader *reader)
{
    while (reader->at < reader->argc) {
        char *const argument = reader->argv[reader->at++];
        if (!reader->ended && strcmp(argument, "--") == 0)
            reader->ended = true;
        else if (reader->ended || argument[0] != '-' || argument[1] == '\0')
            reader->argv[++reader->operands] = argument;
        else
            return take_option(reader, argument);
    }
    return OPTION_END;
}
