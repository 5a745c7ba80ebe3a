/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "tools/cli/options.h"

#include <CUnit/Basic.h>
#include <string.h>

#define ARGUMENTS_MAX 8

enum { SEED, QUIET, OUTPUT, FORM, HELP };

static const option_row rows[] = {[SEED] = {.name = "seed", .value = "N"},
                                  [QUIET] = {.name = "quiet"},
                                  [OUTPUT] = {.name = "output", .value = "FILE", .letter = 'o'},
                                  [FORM] = {.name = "form", .value = "NAME", .optional = true},
                                  [HELP] = {.name = "help"},
                                  {.name = NULL}};

typedef struct options_case {
    const char *arguments[ARGUMENTS_MAX]; /* NULL ends them */
    int options[ARGUMENTS_MAX];           /* what comes, with its end */
    const char *value;                    /* of the first seed or form */
    const char *operands;                 /* with blanks between */
} options_case;

static const options_case cases[] = {
    {.arguments = {"a", "b"}, .options = {OPTION_END}, .operands = "a b"},
    {.arguments = {"a", "--quiet", "b", "--seed", "7", "c"},
     .options = {QUIET, SEED, OPTION_END},
     .value = "7",
     .operands = "a b c"},
    {.arguments = {"--seed=7", "--seed", "8"},
     .options = {SEED, SEED, OPTION_END},
     .value = "7",
     .operands = ""},
    {.arguments = {"--seed="}, .options = {SEED, OPTION_END}, .value = "", .operands = ""},
    {.arguments = {"--seed", "--quiet"}, .options = {SEED, OPTION_END}, .value = "--quiet", .operands = ""},
    {.arguments = {"-o", "--quiet", "a", "--output=b"},
     .options = {OUTPUT, OUTPUT, OPTION_END},
     .operands = "a"},
    {.arguments = {"-o"}, .options = {OPTION_INVALID}, .operands = ""},
    {.arguments = {"-ox"}, .options = {OPTION_INVALID}, .operands = ""},
    {.arguments = {"-h"}, .options = {HELP, OPTION_END}, .operands = ""},
    {.arguments = {"--", "--quiet", "-x"}, .options = {OPTION_END}, .operands = "--quiet -x"},
    {.arguments = {"-", ""}, .options = {OPTION_END}, .operands = "- "},
    {.arguments = {"--seed"}, .options = {OPTION_INVALID}, .operands = ""},
    {.arguments = {"--form", "a"}, .options = {FORM, OPTION_END}, .operands = "a"},
    {.arguments = {"a", "--form"}, .options = {FORM, OPTION_END}, .operands = "a"},
    {.arguments = {"--form=x", "a"}, .options = {FORM, OPTION_END}, .value = "x", .operands = "a"},
    {.arguments = {"--form="}, .options = {FORM, OPTION_END}, .value = "", .operands = ""},
    {.arguments = {"--quiet=1"}, .options = {OPTION_INVALID}, .operands = ""},
    {.arguments = {"--see", "7"}, .options = {OPTION_INVALID}, .operands = ""},
    {.arguments = {"--seeds=7"}, .options = {OPTION_INVALID}, .operands = ""},
    {.arguments = {"-q"}, .options = {OPTION_INVALID}, .operands = ""},
    {.arguments = {"-hx"}, .options = {OPTION_INVALID}, .operands = ""},
    {.arguments = {"--="}, .options = {OPTION_INVALID}, .operands = ""},
};

static void expect_operands(const option_reader *reader, const char *wanted)
{
    char operands[128] = "";
    for (int i = 1; i <= reader->operands; i++) {
        strcat(operands, i > 1 ? " " : "");
        strcat(operands, reader->argv[i]);
    }
    CHECK_STRING(operands, wanted, "operands");
}

static void test_options(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const options_case *const at = &cases[i];
        char copies[ARGUMENTS_MAX + 1][16] = {"command"};
        char *argv[ARGUMENTS_MAX + 1] = {copies[0]};
        int argc = 1;
        const char *value = NULL;
        option_reader reader;
        for (; argc <= ARGUMENTS_MAX && at->arguments[argc - 1]; argc++)
            argv[argc] = strcpy(copies[argc], at->arguments[argc - 1]);
        option_reader_init(&reader, "roam test", rows, argc, argv);
        for (size_t j = 0;; j++) {
            const int option = option_next(&reader);
            CHECK(option, at->options[j], "case %zu, option %zu", i, j);
            if ((option == SEED || option == FORM) && !value)
                value = reader.value;
            if (option < 0)
                break;
        }
        CU_ASSERT((value == NULL) == (at->value == NULL));
        if (value && at->value)
            CU_ASSERT_STRING_EQUAL(value, at->value);
        if (at->operands[0])
            expect_operands(&reader, at->operands);
    }
}

static const char *next_name(const void *ctx, size_t index)
{
    static const char *const names[] = {"run", "check", "quiet", "qlog", "seed", NULL};
    (void)ctx;
    return names[index];
}

static void test_nearest(void)
{
    static const struct {
        const char *word;
        const char *nearest;
    } words[] = {{"rnu", "run"}, {"runn", "run"}, {"chekc", "check"},   {"quite", "quiet"}, {"ql", "qlog"},
                 {"", NULL},     {"x", NULL},     {"frobnicate", NULL}, {"seeds", "seed"},  {"SEED", NULL}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *const nearest = option_nearest(words[i].word, next_name, NULL);
        CHECK_STRING(nearest, words[i].nearest, "%s", words[i].word);
    }
}

static const check_test TESTS[] = {{"options", test_options}, {"nearest", test_nearest}};
CHECK_MAIN("options", TESTS)
