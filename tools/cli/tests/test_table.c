/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "tools/cli/table.h"

#include <CUnit/Basic.h>
#include <stdlib.h>

static void test_times(void)
{
    static const struct {
        uint64_t time_ns;
        const char *text;
    } cases[] = {
        {0, "0 ns"},
        {999, "999 ns"},
        {1000, "1.000 us"},
        {999999, "999.999 us"},
        {1000000, "1.000 ms"},
        {43112999, "43.112 ms"},
        {999999999, "999.999 ms"},
        {1000000000, "1.000 s"},
        {5200000000, "5.200 s"},
        {UINT64_MAX - 1, "18446744073.709 s"},
        {UINT64_MAX, "-"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[TABLE_TIME_MAX];
        CHECK_STRING(table_time(cases[i].time_ns, text), cases[i].text);
    }
}

/* Two columns, the second to the right; a cell of two bytes and one character. */
static char *printed(bool colour)
{
    static const char *const titles[] = {"name", ">took"};
    char *text = NULL;
    size_t len = 0;
    FILE *const stream = open_memstream(&text, &len);
    table *const made = table_new(titles, 2);
    CU_ASSERT_FATAL(stream != NULL && made != NULL);
    table_cell(made, TABLE_PLAIN, "\xc3\xbc");
    table_cell(made, TABLE_GOOD, "1 ms");
    table_cell(made, TABLE_PLAIN, "longer");
    table_cell(made, TABLE_BAD, "12.5 ms");
    CU_ASSERT(table_print(made, stream, colour));
    table_free(made);
    CU_ASSERT(fclose(stream) == 0);
    return text;
}

static void test_columns(void)
{
    static const char *const wanted[] = {"  name        took\n"
                                         "  \xc3\xbc           1 ms\n"
                                         "  longer   12.5 ms\n",
                                         "  \033[2mname\033[0m        \033[2mtook\033[0m\n"
                                         "  \xc3\xbc           \033[32m1 ms\033[0m\n"
                                         "  longer   \033[1;31m12.5 ms\033[0m\n"};
    for (int colour = 0; colour < 2; colour++) {
        char *const text = printed(colour);
        CHECK_STRING(text, wanted[colour]);
        free(text);
    }
}

/* Rows that are not there, of something or of anything, and the empty line. */
static void test_end(void)
{
    static const char *const titles[] = {">count", ">took"};
    static const struct {
        size_t more;
        const char *of, *text;
    } cases[] = {{0, "flows", "  count        took\n     17   43.112 ms\n\n"},
                 {3, "flows", "  count        took\n     17   43.112 ms\n  and 3 more flows\n\n"},
                 {3, "", "  count        took\n     17   43.112 ms\n  and 3 more\n\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = NULL;
        size_t len = 0;
        FILE *const stream = open_memstream(&text, &len);
        table *const made = table_new(titles, 2);
        CU_ASSERT_FATAL(stream != NULL && made != NULL);
        table_count_cell(made, 17);
        table_time_cell(made, 43112999);
        table_more(made, cases[i].more, cases[i].of);
        CU_ASSERT(table_end(made, stream, false));
        CU_ASSERT(fclose(stream) == 0);
        CHECK_STRING(text, cases[i].text);
        free(text);
    }
    CU_ASSERT(!table_end(NULL, stderr, false));
}

static void test_no_terminal(void)
{
    FILE *const stream = tmpfile();
    CU_ASSERT_FATAL(stream != NULL);
    CU_ASSERT(!table_colour(stream));
    (void)fclose(stream);
}

static const check_test TESTS[] = {
    {"times", test_times}, {"columns", test_columns}, {"end", test_end}, {"no terminal", test_no_terminal}};
CHECK_MAIN("table", TESTS)
