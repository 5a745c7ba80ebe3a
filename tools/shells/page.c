/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/shells/page.h"

#include "tools/cli/build_id.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

enum { LINE_WIDTH = 78, TITLE_MAX = 128 };

void page_name(const command_row *of, char name[PAGE_NAME_MAX])
{
    (void)snprintf(name, PAGE_NAME_MAX, "roam%s%s", of->name[0] ? "-" : "", of->name);
    for (char *at = name; *at; at++)
        if (*at == ' ')
            *at = '-';
}

/* ---- text ---- */

/* A word as it shall be read: what is '-' in an option stays '-', for those who copy it. */
static void put_escaped(const char *word, size_t len, FILE *out)
{
    const bool option = word[strspn(word, "('\"[`")] == '-';
    for (size_t i = 0; i < len; i++)
        if (word[i] == '\\')
            (void)fputs("\\e", out);
        else if (word[i] == '-' && option)
            (void)fputs("\\-", out);
        else if (word[i] == '`')
            (void)fputs("\\(ga", out);
        else
            (void)fputc(word[i], out);
}

static bool ends_sentence(const char *word, size_t len)
{
    return len > 1 && strchr(".!?", word[len - 1]);
}

/* The words of a text of len bytes, a sentence a line; a word that would be a request or stand for a
 * delimiter is made plain. */
static void put_text(const char *text, size_t text_len, FILE *out)
{
    const char *const end = text + text_len;
    size_t column = 0;
    bool first = true;
    for (const char *at = text; at < end;) {
        const size_t blanks = strspn(at, " \n");
        at += blanks;
        size_t len = strcspn(at, " \n");
        if (at + len > end)
            len = at < end ? (size_t)(end - at) : 0;
        if (len == 0)
            break;
        if (column > 0 && column + 1 + len > LINE_WIDTH)
            column = 0;
        if (!first)
            (void)fputc(column == 0 ? '\n' : ' ', out);
        first = false;
        if (column == 0 && strchr(".'", at[0]))
            (void)fputs("\\&", out);
        put_escaped(at, len, out);
        column = ends_sentence(at, len) ? 0 : column + 1 + len;
        at += len;
    }
    (void)fputc('\n', out);
}

/* Lines as they are. */
static void put_example(const char *text, size_t len, FILE *out)
{
    (void)fputs(".Bd -literal\n", out);
    for (const char *at = text; at < text + len; at += strspn(at, "\n")) {
        const size_t line = strcspn(at, "\n");
        put_escaped(at, line, out);
        (void)fputc('\n', out);
        at += line;
    }
    (void)fputs(".Ed\n", out);
}

/* Paragraphs, with empty lines between; those that are indented are examples. */
static void put_paragraphs(const char *text, FILE *out)
{
    bool first = true;
    for (const char *at = text; *at; first = false) {
        const char *const gap = strstr(at, "\n\n");
        const size_t len = gap ? (size_t)(gap - at) : strlen(at);
        if (!first && at[0] != ' ')
            (void)fputs(".Pp\n", out);
        if (at[0] == ' ')
            put_example(at, len, out);
        else
            put_text(at, len, out);
        at += len + strspn(at + len, "\n");
    }
}

/* ---- sections ---- */

static void put_head(const command_row *of, FILE *out)
{
    char name[PAGE_NAME_MAX];
    char title[PAGE_NAME_MAX];
    char date[32];
    const time_t committed = (time_t)BUILD_ID.committed_s;
    struct tm parts = {.tm_mday = 1};
    page_name(of, name);
    page_name(of, title);
    for (char *at = title; *at; at++)
        if (*at >= 'a' && *at <= 'z')
            *at = (char)(*at - 'a' + 'A');
    (void)gmtime_r(&committed, &parts);
    (void)strftime(date, sizeof date, "%B %d, %Y", &parts);
    (void)fprintf(out, ".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n.Dd %s\n.Dt %s 1\n.Os roam %s\n",
                  date, title, COMMAND_VERSION);
    (void)fprintf(out, ".Sh NAME\n.Nm %s\n.Nd %s\n", name, of->about);
}

/* A word of a usage line: what is to be replaced is in capitals. */
static void put_usage_word(const char *word, size_t len, FILE *out)
{
    bool slanted = false;
    for (size_t i = 0; i < len; i++) {
        const bool capital = isupper((unsigned char)word[i]) != 0;
        if (capital != slanted)
            (void)fputs(capital ? "\\fI" : "\\fR", out);
        slanted = capital;
        if (word[i] == '-')
            (void)fputc('\\', out);
        (void)fputc(word[i], out);
    }
    if (slanted)
        (void)fputs("\\fR", out);
}

/* Each line that begins with "roam" is a form of its own. */
static void put_synopsis(const command_row *of, FILE *out)
{
    const size_t name_len = strlen(of->name[0] ? "roam " : "roam") + strlen(of->name);
    (void)fputs(".Sh SYNOPSIS\n", out);
    for (const char *at = of->usage; *at; at += strspn(at, " \n")) {
        const size_t len = strcspn(at, " \n");
        if (strncmp(at, "roam ", 5) == 0) {
            (void)fprintf(out, ".Nm roam%s%s\n", of->name[0] ? " " : "", of->name);
            at += name_len;
            continue;
        }
        put_usage_word(at, len, out);
        (void)fputc('\n', out);
        at += len;
    }
}

static void put_item(void *ctx, const char *word, const char *about)
{
    FILE *const out = ctx;
    (void)fprintf(out, ".It Cm %s\n", word);
    if (about)
        put_text(about, strlen(about), out);
}

static void put_list(const command_row *of, FILE *out)
{
    char name[PAGE_NAME_MAX];
    (void)fputs(".Bl -tag -width Ds\n", out);
    for (size_t i = 0; of->parts && of->parts[i]; i++) {
        if (!of->parts[i]->usage)
            continue;
        page_name(of->parts[i], name);
        (void)fprintf(out, ".It Xr %s 1\n", name);
        put_text(of->parts[i]->about, strlen(of->parts[i]->about), out);
    }
    if (!of->parts)
        of->operands[0].words.list(&(word_sink){put_item, out});
    (void)fputs(".El\n", out);
}

static void put_description(const command_row *of, FILE *out)
{
    (void)fputs(".Sh DESCRIPTION\n", out);
    put_paragraphs(of->text, out);
    if (of->list_column > 0)
        put_list(of, out);
    if (of->notes && !of->parts) {
        (void)fputs(".Pp\n", out);
        put_text(of->notes, strlen(of->notes), out);
    }
}

/* ".It Fl o , Fl -output Ar FILE", and of rows that share a text all. The row that has the text. */
static const option_row *put_option_titles(const option_row *row, FILE *out)
{
    (void)fputs(".It", out);
    for (const char *between = "";; row++, between = " ,") {
        (void)fputs(between, out);
        if (row->letter)
            (void)fprintf(out, " Fl %c ,", row->letter);
        (void)fprintf(out, " Fl -%s", row->name);
        if (row->value && row->optional)
            (void)fprintf(out, " Ns Oo = Ns Ar %s Oc", row->value);
        else if (row->value)
            (void)fprintf(out, " Ar %s", row->value);
        if (row->help || !row[1].name)
            break;
    }
    (void)fputc('\n', out);
    return row;
}

static void put_options(const command_row *of, FILE *out)
{
    (void)fputs(".Sh OPTIONS\n.Bl -tag -width Ds\n", out);
    for (const option_row *row = of->options; row->name; row++) {
        row = put_option_titles(row, out);
        put_text(row->help, strlen(row->help), out);
    }
    (void)fputs(".El\n", out);
}

/* Where the next status begins behind "; " and a number; NULL: none does. */
static const char *next_status(const char *text)
{
    const char *at = text;
    while ((at = strchr(at, ';')) != NULL) {
        const char *const number = at + 1 + strspn(at + 1, " \n");
        const size_t digits = strspn(number, "0123456789");
        if (digits > 0 && number[digits] == ' ')
            return number;
        at++;
    }
    return NULL;
}

static void put_statuses(const command_row *of, FILE *out)
{
    (void)fputs(".Sh EXIT STATUS\n.Bl -tag -width Ds\n", out);
    for (const char *at = of->status, *next; at; at = next) {
        const int digits = (int)strspn(at, "0123456789");
        next = next_status(at);
        const char *end = next ? next : at + strlen(at);
        while (next && *end != ';')
            end--;
        (void)fprintf(out, ".It %.*s\n", digits, at);
        put_text(at + digits, (size_t)(end - at) - (size_t)digits, out);
    }
    (void)fputs(".El\n", out);
}

static void put_see_also(const command_row *of, FILE *out)
{
    char name[PAGE_NAME_MAX];
    const char *const blank = strchr(of->name, ' ');
    (void)snprintf(name, sizeof name, "roam-%.*s", blank ? (int)(blank - of->name) : 0, of->name);
    if (of->name[0])
        (void)fprintf(out, ".Sh SEE ALSO\n.Xr %s 1\n", blank ? name : "roam");
}

void page_print(const command_row *of, FILE *out)
{
    put_head(of, out);
    put_synopsis(of, out);
    put_description(of, out);
    if (of->options)
        put_options(of, out);
    put_statuses(of, out);
    put_see_also(of, out);
}
