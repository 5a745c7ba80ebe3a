/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/help.h"

#include <string.h>

#define INDENT 2

const option_row *help_option_title(const option_row *row, char title[HELP_TITLE_MAX])
{
    size_t used = 0;
    for (;; row++) {
        const char letter[] = {'-', row->letter, ',', ' ', '\0'};
        const char *const before = row->optional ? "[=" : row->value ? " " : "";
        const int len = snprintf(title + used, HELP_TITLE_MAX - used, "%s%s--%s%s%s%s", used > 0 ? ", " : "",
                                 row->letter ? letter : "", row->name, before, row->value ? row->value : "",
                                 row->optional ? "]" : "");
        used += len > 0 && (size_t)len < HELP_TITLE_MAX - used ? (size_t)len : 0;
        if (row->help || !row[1].name)
            return row;
    }
}

/* A title and its text, whose lines begin at the column. */
static void put_entry(const char *title, const char *text, unsigned column, FILE *out)
{
    unsigned at = INDENT + (unsigned)strlen(title);
    (void)fprintf(out, "%*s%s", INDENT, "", title);
    if (text[0] == '\0' || at >= column) {
        (void)fputc('\n', out);
        at = 0;
    }
    for (const char *line = text, *end; line && *line; line = end ? end + 1 : NULL) {
        end = strchr(line, '\n');
        (void)fprintf(out, "%*s%.*s\n", (int)(column - at), "", (int)(end ? end - line : (long)strlen(line)),
                      line);
        at = 0;
    }
}

typedef struct list {
    unsigned column;
    FILE *out;
} list;

static void put_word(void *ctx, const char *word, const char *about)
{
    const list *const self = ctx;
    put_entry(word, about ? about : "", self->column, self->out);
}

static void put_list(const command_row *of, FILE *out)
{
    char title[HELP_TITLE_MAX];
    list self = {of->list_column, out};
    for (size_t i = 0; of->parts && of->parts[i]; i++) {
        (void)snprintf(title, sizeof title, "roam %s", of->parts[i]->name);
        put_entry(title, of->parts[i]->about, of->list_column, out);
    }
    if (!of->parts)
        of->operands[0].words.list(&(word_sink){put_word, &self});
}

void help_print(const command_row *of, FILE *out)
{
    char title[HELP_TITLE_MAX];
    (void)fprintf(out, "usage: %s\n\n%s\n\n", of->usage, of->text);
    if (of->list_column > 0)
        put_list(of, out);
    if (of->list_column > 0 && of->options)
        (void)fputc('\n', out);
    for (const option_row *row = of->options; row && row->name; row++) {
        row = help_option_title(row, title);
        put_entry(title, row->help, of->column, out);
    }
    (void)fprintf(out, "\n%sExit status: %s\n", of->notes ? of->notes : "", of->status);
}
