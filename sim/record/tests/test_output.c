/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which directories a run takes over, and that a file is written whole or not at all. */
#include "core/tests/check.h"
#include "sim/record/events.h"
#include "sim/record/output.h"

#include <CUnit/Basic.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRIES_MAX 8

typedef struct entry {
    const char *name; /* NULL ends a list; with '/' at its end a node_index */
    const char *text;
} entry;

typedef struct directory_case {
    const char *name;
    entry entries[ENTRIES_MAX];
    int result;
    const char *message; /* part of it */
} directory_case;

#define MARK                                                                                                 \
    {                                                                                                        \
        "events.jsonl", EVENTS_FIRST_LINE "\"scenario\":\"x\",\"seed\":1}\n"                                 \
    }

static const directory_case directory_cases[] = {
    {.name = "empty", .result = OUTPUT_OK, .message = ""},
    {.name = "an earlier run",
     .entries = {MARK,
                 {"summary.json", "{}"},
                 {"timing.json", "{}"},
                 {"overlay.csv", ""},
                 {"packets-laptop.pcapng", ""},
                 {"a-1.sqlog", ""}},
     .result = OUTPUT_OK,
     .message = ""},
    {.name = "an interrupted run",
     .entries = {MARK, {"packets-a-b.pcapng.tmp", ""}, {"summary.json.tmp", ""}},
     .result = OUTPUT_OK,
     .message = ""},
    {.name = "what a full disk left",
     .entries = {{"events.jsonl", ""}, {"packets.pcapng", ""}},
     .result = OUTPUT_OK,
     .message = ""},
    {.name = "the same, after some bytes",
     .entries = {{"events.jsonl", "{\"at_ns\":0,\"ev"}, {"a-1.sqlog", ""}},
     .result = OUTPUT_OK,
     .message = ""},
    {.name = "no events of a run, without an end",
     .entries = {{"events.jsonl", "{\"at_ns\":1,\"ev"}},
     .result = OUTPUT_ERR_REFUSED,
     .message = "no events.jsonl of an earlier run"},
    {.name = "a run and a letter",
     .entries = {MARK, {"summary.json", "{}"}, {"letter.txt", "dear"}},
     .result = OUTPUT_ERR_REFUSED,
     .message = "holds 'letter.txt'"},
    {.name = "a run and a directory",
     .entries = {MARK, {"more/", NULL}},
     .result = OUTPUT_ERR_REFUSED,
     .message = "holds 'more'"},
    {.name = "a directory named like a file of ours",
     .entries = {MARK, {"summary.json/", NULL}},
     .result = OUTPUT_ERR_REFUSED,
     .message = "holds 'summary.json'"},
    {.name = "traces of others",
     .entries = {{"a-1.sqlog", ""}},
     .result = OUTPUT_ERR_REFUSED,
     .message = "no events.jsonl of an earlier run"},
    {.name = "events of others",
     .entries = {{"events.jsonl", "{\"event\":\"run\",\"at\":0}\n"}},
     .result = OUTPUT_ERR_REFUSED,
     .message = "no events.jsonl"},
    {.name = "a hidden file",
     .entries = {{".profile", ""}},
     .result = OUTPUT_ERR_REFUSED,
     .message = "holds '.profile'"},
};

static char scratch[] = "/tmp/roam-output-XXXXXX";

static const char *in_scratch(const char *name, char path[OUTPUT_PATH_MAX])
{
    (void)snprintf(path, OUTPUT_PATH_MAX, "%s/%s", scratch, name);
    return path;
}

static void write_text(const char *path, const char *text)
{
    FILE *const stream = fopen(path, "w");
    CU_ASSERT_FATAL(stream != NULL);
    (void)fputs(text, stream);
    CU_ASSERT(fclose(stream) == 0);
}

static void make(const char *dir, const entry *entries)
{
    char path[OUTPUT_PATH_MAX + 300];
    CU_ASSERT_FATAL(mkdir(dir, 0777) == 0);
    for (; entries->name; entries++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, entries->name);
        if (entries->text)
            write_text(path, entries->text);
        else
            CU_ASSERT(mkdir(path, 0777) == 0);
    }
}

/* How many of the entries are there, and takes them away. */
static size_t unmake(const char *dir, const entry *entries)
{
    char path[OUTPUT_PATH_MAX + 300];
    size_t count = 0;
    for (; entries->name; entries++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, entries->name);
        count += remove(path) == 0;
    }
    CU_ASSERT(rmdir(dir) == 0);
    return count;
}

static void test_directories(void)
{
    for (size_t i = 0; i < sizeof directory_cases / sizeof directory_cases[0]; i++) {
        const directory_case *const at = &directory_cases[i];
        char dir[OUTPUT_PATH_MAX];
        char message[OUTPUT_MESSAGE_MAX] = "";
        size_t entries = 0;
        while (at->entries[entries].name)
            entries++;
        make(in_scratch("case", dir), at->entries);
        const int checked = output_check(dir, message);
        const int prepared = output_prepare(dir, message);
        CHECK(checked, at->result, "check: %s", at->name);
        CHECK(prepared, at->result, "prepare: %s", at->name);
        CHECK_CONTAINS(message, at->message, "%s", at->name);
        /* Refused: all is left; taken over: all but the mark is gone. */
        const size_t wanted = at->result != 0 ? entries : entries > 0 ? 1 : 0;
        const size_t left = unmake(dir, at->entries);
        CHECK(left, wanted, "entries left: %s", at->name);
    }
}

static void test_makes_parents(void)
{
    char dir[OUTPUT_PATH_MAX];
    char message[OUTPUT_MESSAGE_MAX];
    CU_ASSERT_EQUAL(output_check(in_scratch("a/b//c/", dir), message), 0);
    CU_ASSERT_EQUAL(output_prepare(dir, message), 0);
    CU_ASSERT(rmdir(in_scratch("a/b/c", dir)) == 0);
    CU_ASSERT(rmdir(in_scratch("a/b", dir)) == 0);
    CU_ASSERT(rmdir(in_scratch("a", dir)) == 0);
}

static void test_no_directory(void)
{
    char file[OUTPUT_PATH_MAX];
    char below[OUTPUT_PATH_MAX];
    char message[OUTPUT_MESSAGE_MAX];
    write_text(in_scratch("file", file), "");
    CU_ASSERT_EQUAL(output_prepare(file, message), OUTPUT_ERR_SYSTEM);
    CU_ASSERT(strstr(message, strerror(ENOTDIR)) != NULL);
    CU_ASSERT_EQUAL(output_check(file, message), OUTPUT_ERR_REFUSED);
    CU_ASSERT_EQUAL(output_check_several(file, message), OUTPUT_ERR_REFUSED);
    CU_ASSERT_EQUAL(output_prepare(in_scratch("file/below", below), message), OUTPUT_ERR_SYSTEM);
    CU_ASSERT(strstr(message, strerror(ENOTDIR)) != NULL);
    CU_ASSERT_EQUAL(output_prepare("", message), OUTPUT_ERR_SYSTEM);
    CU_ASSERT(unlink(file) == 0);
}

static void test_write(void)
{
    char path[OUTPUT_PATH_MAX];
    char temporary[OUTPUT_PATH_MAX];
    char message[OUTPUT_MESSAGE_MAX] = "";
    char text[16] = "";
    CU_ASSERT_EQUAL(output_write(in_scratch("summary.json", path), "whole\n", message), 0);
    FILE *const stream = fopen(path, "r");
    CU_ASSERT_FATAL(stream != NULL);
    CU_ASSERT(fgets(text, sizeof text, stream) != NULL);
    (void)fclose(stream);
    CU_ASSERT_STRING_EQUAL(text, "whole\n");

    /* A file may be no longer than this: as on a full disk, writing fails half-way. */
    struct rlimit old;
    CU_ASSERT(getrlimit(RLIMIT_FSIZE, &old) == 0);
    const struct rlimit tight = {.rlim_cur = 3, .rlim_max = old.rlim_max};
    CU_ASSERT(setrlimit(RLIMIT_FSIZE, &tight) == 0);
    const int result = output_write(path, "another\n", message);
    CU_ASSERT(setrlimit(RLIMIT_FSIZE, &old) == 0);
    CU_ASSERT_EQUAL(result, OUTPUT_ERR_SYSTEM);
    CU_ASSERT(strstr(message, strerror(EFBIG)) != NULL);
    CU_ASSERT(access(in_scratch("summary.json.tmp", temporary), F_OK) != 0);
    struct stat status;
    CU_ASSERT(stat(path, &status) == 0);
    CU_ASSERT_EQUAL(status.st_size, 6);
    CU_ASSERT(unlink(path) == 0);
}

static void test_long_path(void)
{
    static char dir[OUTPUT_PATH_MAX + 1];
    char path[OUTPUT_PATH_MAX];
    char message[OUTPUT_MESSAGE_MAX];
    memset(dir, 'x', OUTPUT_PATH_MAX);
    CU_ASSERT_EQUAL(output_prepare(dir, message), OUTPUT_ERR_SYSTEM);
    CU_ASSERT_EQUAL(output_path(dir, "summary.json", path, message), OUTPUT_ERR_SYSTEM);
    CU_ASSERT_EQUAL(output_write(dir, "", message), OUTPUT_ERR_SYSTEM);
}

static const check_test TESTS[] = {{"directories", test_directories},
                                   {"parents are made", test_makes_parents},
                                   {"what is no directory", test_no_directory},
                                   {"whole or not at all", test_write},
                                   {"long paths", test_long_path}};

int main(void)
{
    if (!mkdtemp(scratch))
        return 1;
    (void)signal(SIGXFSZ, SIG_IGN);
    const int failed = check_main("output", TESTS, sizeof TESTS / sizeof TESTS[0]);
    return failed || rmdir(scratch) != 0;
}
