/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --set, --endpoint and --as: what is taken, what is refused, and the text of it all. */
#include "core/tests/check.h"
#include "tools/cli/replay_command.h"
#include "tools/cli/settings.h"

#include <CUnit/Basic.h>

#include <stdlib.h>
#include <string.h>

#define EXE "/proc/self/exe"

typedef struct given {
    settings_kind kind;
    const char *value;
} given;

static char *text_of(const settings *self)
{
    scenario_files_options options = {.command = "test"};
    settings_give(self, &options);
    char *const text = settings_text(&options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    return text;
}

static void test_taken(void)
{
    static const struct {
        given given[4];
        const char *text;
    } cases[] = {
        {{{0}}, ""},
        {{{SETTINGS_AS, "client=quinn,server=roam"}, {SETTINGS_SET, "a.b=[1, 2]"}},
         "a.b=[1, 2],as client=quinn,as server=roam"},
        {{{SETTINGS_SET, "x=1"}, {SETTINGS_SET, "x=2"}}, "x=1,x=2"},
        {{{SETTINGS_ENDPOINT, "mine=" EXE}, {SETTINGS_AS, "all=mine"}}, "endpoint mine=" EXE ",as all=mine"},
        /* The later takes the earlier one's place, and is the last. */
        {{{SETTINGS_AS, "laptop=a,phone=b"}, {SETTINGS_AS, "laptop=c"}}, "as phone=b,as laptop=c"},
        {{{SETTINGS_AS, "lap=a"}, {SETTINGS_AS, "laptop=c"}}, "as lap=a,as laptop=c"},
        {{{SETTINGS_ENDPOINT, "mine=/proc/self/maps"}, {SETTINGS_ENDPOINT, "mine=" EXE}},
         "endpoint mine=" EXE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        settings self = {0};
        for (size_t k = 0; k < 4 && cases[i].given[k].value; k++)
            CHECK(settings_take(&self, "test", cases[i].given[k].kind, cases[i].given[k].value), true,
                  "case %zu", i);
        char *const text = text_of(&self);
        CHECK_STRING(text, cases[i].text, "case %zu", i);
        settings again = {0};
        CHECK(settings_read(&again, text), true, "case %zu", i);
        char *const same = text_of(&again);
        CHECK_STRING(same, cases[i].text, "case %zu, read again", i);
        free(same);
        free(text);
        settings_fini(&again);
        settings_fini(&self);
    }
}

static void test_refused(void)
{
    static const given cases[] = {
        {SETTINGS_SET, "x"},
        {SETTINGS_SET, "=1"},
        {SETTINGS_AS, "client"},
        {SETTINGS_AS, "client="},
        {SETTINGS_AS, "=quinn"},
        {SETTINGS_AS, "client=quinn,"},
        {SETTINGS_AS, "client=a,,b=c"},
        {SETTINGS_AS, "client=[a]"},
        {SETTINGS_AS, ""},
        {SETTINGS_ENDPOINT, "mine"},
        {SETTINGS_ENDPOINT, "mine="},
        {SETTINGS_ENDPOINT, "mine=/dev/none.so"},
        {SETTINGS_ENDPOINT, "m=/dev"},
        {SETTINGS_ENDPOINT, "mine=/a,b.so"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        settings self = {0};
        CHECK(settings_take(&self, "test", cases[i].kind, cases[i].value), false, "%s", cases[i].value);
        settings_fini(&self);
    }
    settings self = {0};
    CHECK(settings_read(&self, "a=1,b"), false, "no '='");
    settings_fini(&self);
}

static void test_replayed(void)
{
    static const struct {
        const char *combination, *command;
    } cases[] = {
        {"", "roam run --seed 7 x.yaml"},
        {"a.b=[1,2],c='d'", "roam run --seed 7 --set 'a.b=[1,2]' --set 'c=d' x.yaml"},
        {"a=1,endpoint mine=./m.so,as client=mine,as phone-1=roam",
         "roam run --seed 7 --set 'a=1' --endpoint 'mine=./m.so' --as 'client=mine' --as 'phone-1=roam' "
         "x.yaml"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[REPLAY_COMMAND_MAX];
        CHECK_STRING(replay_command("x.yaml", cases[i].combination, 7, text), cases[i].command, "case %zu",
                     i);
    }
}

static const check_test TESTS[] = {
    {"taken", test_taken}, {"refused", test_refused}, {"replayed", test_replayed}};
CHECK_MAIN("settings", TESTS)
