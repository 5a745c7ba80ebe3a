/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every command says of itself is whole, and what --help makes of it. */
#include "core/tests/check.h"
#include "tools/cli/help.h"
#include "tools/cli/words.h"

#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

enum { SEED, OUTPUT, FIRST, SECOND, FORM, HELP };

static const option_row rows[] = {
    [SEED] = {.name = "seed", .value = "N", .kind = VALUE_NUMBER, .help = "of all\nrandomness"},
    [OUTPUT] = {.name = "output", .value = "FILE", .kind = VALUE_FILE, .letter = 'o', .help = "where to"},
    [FIRST] = {.name = "first", .value = "A"},
    [SECOND] = {.name = "second", .help = "both"},
    [FORM] = {.name = "form", .value = "A", .optional = true, .help = "or none"},
    [HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

static void list_words(const word_sink *out)
{
    out->take(out->ctx, "one", "a line\nand another\n");
    out->take(out->ctx, "longer-than-that", "below");
}

static const command_row fixture = {
    .name = "try",
    .usage = "roam try KIND",
    .text = "Tries.",
    .list_column = 8,
    .options = rows,
    .column = 13,
    .notes = "A note.\n",
    .status = "0 done;\n2 usage.",
    .operands = {{.kind = VALUE_WORD, .words = {.list = list_words}}},
    .operand_count = 1,
};

static const char printed[] = "usage: roam try KIND\n"
                              "\n"
                              "Tries.\n"
                              "\n"
                              "  one   a line\n"
                              "        and another\n"
                              "  longer-than-that\n"
                              "        below\n"
                              "\n"
                              "  --seed N   of all\n"
                              "             randomness\n"
                              "  -o, --output FILE\n"
                              "             where to\n"
                              "  --first A, --second\n"
                              "             both\n"
                              "  --form[=A] or none\n"
                              "  --help     this text\n"
                              "\n"
                              "A note.\n"
                              "Exit status: 0 done;\n"
                              "2 usage.\n";

static void test_print(void)
{
    char *text = NULL;
    size_t len = 0;
    FILE *const out = open_memstream(&text, &len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    help_print(&fixture, out);
    CU_ASSERT_FATAL(fclose(out) == 0);
    CHECK_STRING(text, printed, "help");
    free(text);
}

static bool has_words(const value_words *words)
{
    return words->choices || words->list;
}

/* The kinds that are nothing without words, and those that take none. */
static bool fits(value_kind kind, const value_words *words)
{
    switch (kind) {
    case VALUE_WORD:
    case VALUE_LIST:
        return has_words(words);
    case VALUE_TEXT:
    case VALUE_NUMBER:
    case VALUE_TIME:
    case VALUE_FILE:
    case VALUE_DIRECTORY:
    case VALUE_SCENARIO:
    case VALUE_NAMED_FILE:
        return !has_words(words);
    case VALUE_PATH:
    case VALUE_SETTING:
        return true;
    }
    return false;
}

static void check_row_is_whole(const command_row *of, const option_row *row)
{
    CU_ASSERT(row->help ? row->help[0] != '\0' && row->help[strlen(row->help) - 1] != '\n'
                        : row[1].name != NULL);
    CHECK(row->value ? 1 : 0, row->value && row->value[0] ? 1 : 0, "roam %s --%s", of->name, row->name);
    CHECK(fits(row->kind, &row->words), true, "roam %s --%s: its kind and its words", of->name, row->name);
    CHECK(row->value || row->kind == VALUE_TEXT, true, "roam %s --%s: a flag has no kind", of->name,
          row->name);
    for (const option_row *other = of->options; other < row; other++)
        CU_ASSERT_STRING_NOT_EQUAL(row->name, other->name);
}

static void check_is_whole(const command_row *of)
{
    size_t options = 0;
    CHECK(of->function && of->usage && of->text && of->status && of->about[0], true, "roam %s", of->name);
    CHECK(strncmp(of->usage, "roam ", 5) == 0 && strncmp(of->usage + 5, of->name, strlen(of->name)) == 0,
          true, "the usage of roam %s", of->name);
    for (const option_row *row = of->options; row && row->name; row++, options++)
        check_row_is_whole(of, row);
    CHECK(of->parts || (options > 0 && strcmp(of->options[options - 1].name, "help") == 0), true,
          "roam %s: the last option is --help", of->name);
    for (size_t i = 0; i < of->operand_count; i++)
        CHECK(fits(of->operands[i].kind, &of->operands[i].words), true, "roam %s: operand %zu", of->name, i);
    for (size_t i = 0; of->parts && of->parts[i]; i++)
        if (of->parts[i]->usage)
            check_is_whole(of->parts[i]);
}

static void test_all(void)
{
    check_is_whole(&COMMAND_ROAM);
}

static const check_test TESTS[] = {{"print", test_print}, {"all commands", test_all}};
CHECK_MAIN("help", TESTS)
