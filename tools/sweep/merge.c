/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/store/store.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPTION_DB, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_DB] = {.name = "db",
                   .value = "FILE",
                   .kind = VALUE_FILE,
                   .help = "the store to add to; it is made when it is not there"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

static int status_of(int error)
{
    switch ((store_error)error) {
    case STORE_OK:
        return COMMAND_OK;
    case STORE_ERR_NOT_STORE:
    case STORE_ERR_VERSION:
    case STORE_ERR_MISSING:
    case STORE_ERR_EXISTS:
        return COMMAND_USAGE;
    case STORE_ERR_SYSTEM:
    case STORE_ERR_NO_MEMORY:
    case STORE_ERR_INPUT:
    case STORE_ERR_READ_ONLY:
        break;
    }
    return COMMAND_BROKEN;
}

/* Temporary files of a large store do not fit everywhere. */
static void place_temporary_files(const char *db)
{
    const char *const slash = strrchr(db, '/');
    char *const directory = slash ? strndup(db, slash == db ? 1 : (size_t)(slash - db)) : strdup(".");
    if (directory)
        (void)setenv("SQLITE_TMPDIR", directory, 0);
    free(directory);
}

/* One file, whatever the two names. */
static bool is_same(const char *a, const char *b)
{
    struct stat left;
    struct stat right;
    return stat(a, &left) == 0 && stat(b, &right) == 0 && left.st_dev == right.st_dev &&
           left.st_ino == right.st_ino;
}

static int merge(const char *db, char *const *paths, int count)
{
    store *into = NULL;
    char message[STORE_MESSAGE_MAX];
    for (int i = 0; i < count; i++) {
        if (is_same(db, paths[i])) {
            (void)fprintf(stderr, "roam merge: %s is the store to add to: it cannot be joined with itself\n",
                          paths[i]);
            return COMMAND_USAGE;
        }
    }
    place_temporary_files(db);
    int status = store_open(db, access(db, F_OK) == 0 ? STORE_APPEND : STORE_CREATE, &into, message);
    if (status) {
        (void)fprintf(stderr, "roam merge: %s\n", message);
        return status_of(status);
    }
    status = store_merge(into, (const char *const *)paths, (size_t)count);
    if (status)
        (void)fprintf(stderr, "roam merge: %s\n", store_message(into));
    store_close(into);
    return status_of(status);
}

static int command_merge(int argc, char **argv)
{
    option_reader reader;
    const char *db = NULL;
    int option;
    option_reader_init(&reader, "roam merge", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0) {
        if (option == OPTION_HELP) {
            help_print(&COMMAND_MERGE, stdout);
            return COMMAND_OK;
        }
        db = reader.value;
    }
    if (option == OPTION_INVALID)
        return COMMAND_USAGE;
    if (db && reader.operands > 0)
        return merge(db, argv + 1, reader.operands);
    (void)fprintf(stderr, "roam merge: %s; see roam merge --help\n",
                  db ? "no stores to join given" : "no store given: --db FILE");
    return COMMAND_USAGE;
}

const command_row COMMAND_MERGE = {
    .name = "merge",
    .about = "join stores",
    .function = command_merge,
    .usage = "roam merge --db FILE STORE...",
    .text = "Joins stores, as those of the shards of a sweep, into one: FILE then holds what one\n"
            "sweep of all would have given. A run that two of them have must be the same in both.\n"
            "The stores are read side by side, a hundred at a time: memory does not grow with them.\n"
            "What is sorted on the way lies in files beside FILE, or in SQLITE_TMPDIR.",
    .options = rows,
    .column = 13,
    .status = "0 joined; 2 usage, or one of the files is no store; 3 the store cannot be\n"
              "written, or two of them contradict each other. What was joined before is kept, whole\n"
              "runs, in the order of their ids; the same command goes on with it.",
    .operands = {{.kind = VALUE_FILE}},
    .operand_count = 1,
};
