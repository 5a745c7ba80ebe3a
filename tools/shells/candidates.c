/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/shells/candidates.h"

#include "tools/cli/command.h"
#include "tools/cli/scenario_library.h"
#include "tools/cli/words.h"

#include <stdbool.h>
#include <string.h>

enum { ABOUT_MAX = 90, FOLDER_MAX = 256 };

/* A word that is completed: before it stands what is kept, in it what is typed already. */
typedef struct place {
    FILE *out;
    const char *kept;        /* the beginning of the word */
    size_t kept_len;         /* of it that is no part of a candidate */
    const char *typed;       /* behind that */
    const char *end;         /* behind each candidate */
    char folder[FOLDER_MAX]; /* the last one printed: one line each */
} place;

static place place_at(FILE *out, const char *word, size_t kept_len)
{
    return (place){.out = out, .kept = word, .kept_len = kept_len, .typed = word + kept_len, .end = ""};
}

static void put_kind(const place *at, const char *kind)
{
    (void)fprintf(at->out, "%s\t%.*s\n", kind, (int)at->kept_len, at->kept);
}

/* In one line, its first words. */
static void put_about(const char *about, FILE *out)
{
    size_t column = 0;
    for (const char *at = about + strspn(about, " \n"); *at; at += strspn(at, " \n")) {
        const size_t len = strcspn(at, " \n");
        if (column + len > ABOUT_MAX) {
            (void)fputs(" ...", out);
            return;
        }
        (void)fprintf(out, "%s%.*s", column > 0 ? " " : "", (int)len, at);
        column += len + 1;
        at += len;
    }
}

static void take(void *ctx, const char *word, const char *about)
{
    const place *const self = ctx;
    if (strncmp(word, self->typed, strlen(self->typed)) != 0)
        return;
    (void)fprintf(self->out, "%.*s%s%s", (int)self->kept_len, self->kept, word, self->end);
    if (about && about[0]) {
        (void)fputc('\t', self->out);
        put_about(about, self->out);
    }
    (void)fputc('\n', self->out);
}

/* Folders first; with a '/' the scenarios of one, and with some letters those that begin with them. */
static void take_scenario(void *ctx, const char *word, const char *about)
{
    place *const self = ctx;
    const char *const slash = strrchr(word, '/');
    char folder[FOLDER_MAX];
    if (!slash || strchr(self->typed, '/')) {
        take(self, word, about);
        return;
    }
    (void)snprintf(folder, sizeof folder, "%.*s/", (int)(slash - word), word);
    if (strcmp(folder, self->folder) != 0)
        take(self, memcpy(self->folder, folder, sizeof folder), NULL);
    if (self->typed[0] != '\0')
        take(self, slash + 1, about);
}

static size_t behind_last(const char *word, const char *characters)
{
    size_t len = 0;
    for (size_t i = 0; word[i] != '\0'; i++)
        if (strchr(characters, word[i]))
            len = i + 1;
    return len;
}

static void complete_words(place *self, const value_words *words)
{
    put_kind(self, "words");
    words_each(words, &(word_sink){take, self});
}

/* A KEY=VALUE whose key is typed has no candidates. */
static void complete_setting(place *self, const value_words *words)
{
    self->end = "=";
    if (strchr(self->typed, '='))
        put_kind(self, "words");
    else
        complete_words(self, words);
}

static void complete_named_file(place *self)
{
    const size_t len = strcspn(self->typed, "=:");
    const bool named = self->typed[len] != '\0';
    self->kept_len += named ? len + 1 : 0;
    put_kind(self, named ? "files" : "words");
}

static void complete_value(place *self, value_kind kind, const value_words *words)
{
    switch (kind) {
    case VALUE_TEXT:
    case VALUE_NUMBER:
    case VALUE_TIME:
        put_kind(self, "words");
        return;
    case VALUE_FILE:
        put_kind(self, "files");
        return;
    case VALUE_DIRECTORY:
        put_kind(self, "directories");
        return;
    case VALUE_PATH:
        put_kind(self, "files");
        words_each(words, &(word_sink){take, self});
        return;
    case VALUE_SCENARIO:
        put_kind(self, "files");
        scenario_library_words(&(word_sink){take_scenario, self});
        return;
    case VALUE_LIST: {
        const size_t len = behind_last(self->typed, ",");
        self->kept_len += len;
        self->typed += len;
        complete_words(self, words);
        return;
    }
    case VALUE_WORD:
        complete_words(self, words);
        return;
    case VALUE_SETTING:
        complete_setting(self, words);
        return;
    case VALUE_NAMED_FILE:
        complete_named_file(self);
        return;
    }
}

/* ---- the words before it ---- */

static const option_row *row_of(const option_row *rows, const char *word)
{
    const size_t len = strcspn(word + 2, "=");
    for (const option_row *row = rows; row && row->name; row++)
        if (word[1] == '-' ? strlen(row->name) == len && strncmp(row->name, word + 2, len) == 0
                           : row->letter == word[1] && word[2] == '\0')
            return row;
    return NULL;
}

static void complete_option_name(place *self, const option_row *rows)
{
    char name[FOLDER_MAX];
    put_kind(self, "words");
    for (const option_row *row = rows; row && row->name; row++) {
        const option_row *says = row;
        while (!says->help && says[1].name)
            says++;
        (void)snprintf(name, sizeof name, "--%s", row->name);
        take(self, name, says->help);
    }
}

/* "--" or "--out=results/"; a word that begins so and has a '=' is an option and its value. */
static void complete_option(place *self, const option_row *rows)
{
    const char *const word = self->typed;
    const char *const equals = strchr(word, '=');
    const option_row *const row = equals && word[1] == '-' ? row_of(rows, word) : NULL;
    if (row && row->value) {
        *self = place_at(self->out, word, (size_t)(equals + 1 - word));
        complete_value(self, row->kind, &row->words);
    } else {
        complete_option_name(self, rows);
    }
}

static void complete_operand(place *self, const command_row *of, size_t index)
{
    if (of->operand_count == 0) {
        put_kind(self, "words");
        return;
    }
    const operand_row *const row = &of->operands[index < of->operand_count ? index : of->operand_count - 1];
    complete_value(self, row->kind, &row->words);
}

static void complete_argument(const command_row *of, char *const *words, size_t count, FILE *out)
{
    place last = place_at(out, words[count - 1], 0);
    size_t operands = 0;
    bool ended = false;
    for (size_t i = 0; i + 1 < count; i++) {
        const char *const word = words[i];
        if (ended || word[0] != '-' || word[1] == '\0') {
            operands++;
            continue;
        }
        const option_row *const row = row_of(of->options, word);
        ended = strcmp(word, "--") == 0;
        if (!row || !row->value || row->optional || strchr(word, '='))
            continue;
        if (i + 2 == count) {
            complete_value(&last, row->kind, &row->words);
            return;
        }
        i++;
    }
    if (!ended && last.typed[0] == '-')
        complete_option(&last, of->options);
    else
        complete_operand(&last, of, operands);
}

static void complete_part(const command_row *of, const char *word, FILE *out)
{
    place last = place_at(out, word, 0);
    put_kind(&last, "words");
    for (size_t i = 0; of->parts[i]; i++)
        if (of->parts[i]->name[0] != '-' || word[0] == '-')
            take(&last, command_word(of->parts[i]), of->parts[i]->about);
    if (word[0] == '-')
        take(&last, "--help", "this text");
}

void candidates_print(char *const *words, size_t count, FILE *out)
{
    const command_row *of = &COMMAND_ROAM;
    while (of && of->parts && count > 1) {
        of = command_part(of, words[0]);
        words++;
        count--;
    }
    if (count == 0 || !of)
        (void)fputs("words\t\n", out);
    else if (of->parts)
        complete_part(of, words[0], out);
    else
        complete_argument(of, words, count, out);
}
