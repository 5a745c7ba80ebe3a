/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/shells/page.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum { PATH_BYTES_MAX = 4096 };

enum { OPTION_OUT, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_OUT] = {.name = "out",
                    .value = "DIR",
                    .kind = VALUE_DIRECTORY,
                    .help = "write all pages there instead: roam.1, roam-run.1 and so on"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

static bool write_page(const command_row *of, const char *dir)
{
    char name[PAGE_NAME_MAX], path[PATH_BYTES_MAX];
    page_name(of, name);
    const int len = snprintf(path, sizeof path, "%s/%s.1", dir, name);
    errno = ENAMETOOLONG;
    FILE *const out = len > 0 && len < PATH_BYTES_MAX ? fopen(path, "w") : NULL;
    bool written = out != NULL;
    if (out) {
        page_print(of, out);
        written = !ferror(out);
        written &= fclose(out) == 0;
    }
    if (!written)
        (void)fprintf(stderr, "roam manual: %s/%s.1: %s\n", dir, name, strerror(errno));
    return written;
}

/* Those of a command and of its parts. */
static bool write_pages(const command_row *of, const char *dir)
{
    bool written = write_page(of, dir);
    for (size_t i = 0; written && of->parts && of->parts[i]; i++)
        if (of->parts[i]->usage)
            written = write_pages(of->parts[i], dir);
    return written;
}

/* The command that words name; NULL after a message. */
static const command_row *find(char **words, int count)
{
    const command_row *of = &COMMAND_ROAM;
    for (int i = 0; i < count; i++) {
        of = command_part(of, words[i]);
        if (!of || !of->usage) {
            (void)fprintf(stderr, "roam manual: there is no command '%s'; see roam help\n", words[i]);
            return NULL;
        }
    }
    return of;
}

static int command_manual(int argc, char **argv)
{
    option_reader reader;
    const char *dir = NULL;
    int option;
    option_reader_init(&reader, "roam manual", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0) {
        if (option == OPTION_HELP) {
            help_print(&COMMAND_MANUAL, stdout);
            return COMMAND_OK;
        }
        dir = reader.value;
    }
    const command_row *const of = option == OPTION_INVALID ? NULL : find(argv + 1, reader.operands);
    if (!of)
        return COMMAND_USAGE;
    if (dir)
        return write_pages(of, dir) ? COMMAND_OK : COMMAND_BROKEN;
    page_print(of, stdout);
    return COMMAND_OK;
}

static void command_words(const word_sink *out)
{
    for (size_t i = 0; COMMAND_ROAM.parts[i]; i++)
        if (COMMAND_ROAM.parts[i]->usage)
            out->take(out->ctx, COMMAND_ROAM.parts[i]->name, COMMAND_ROAM.parts[i]->about);
}

const command_row COMMAND_MANUAL = {
    .name = "manual",
    .about = "print a manual page, in mdoc",
    .function = command_manual,
    .usage = "roam manual [COMMAND [PART]]\n"
             "       roam manual --out DIR",
    .text = "Prints the manual page of roam, or of a command: roam manual run | man -l -. An installed\n"
            "roam has brought them along: man roam-run.",
    .options = rows,
    .column = 14,
    .status = "0 printed; 2 usage; 3 a page cannot be written.",
    .operands = {{.kind = VALUE_WORD, .words = {.list = command_words}}},
    .operand_count = 1,
};
