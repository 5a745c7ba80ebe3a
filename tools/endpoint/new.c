/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/endpoint/endpoint.h"

#include "tools/cli/command.h"
#include "tools/cli/data_directory.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/cli/replay_command.h"
#include "tools/endpoint/template.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLACE "@NAME@"
#define SOURCE_FOLDER "sim/endpoint" /* of the source tree: the header, the tutorial */

enum { PATH_BYTES_MAX = 4096, NAME_BYTES_MAX = 40 };

enum { OPTION_NAME, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_NAME] = {.name = "name",
                     .value = "NAME",
                     .help = "of the adapter; default: the last part of DIR"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

static const struct {
    const char *name;
    const char *text;
} files[] = {
    {"adapter.c", TEMPLATE_ADAPTER},
    {"CMakeLists.txt", TEMPLATE_CMAKE},
    {"README.md", TEMPLATE_README},
};

#define FILE_COUNT (sizeof files / sizeof files[0])

/* A target of CMake, and a file. */
static bool name_is_valid(const char *name)
{
    const size_t len = strlen(name);
    if (len == 0 || len > NAME_BYTES_MAX || !isalpha((unsigned char)name[0]))
        return false;
    for (size_t i = 0; i < len; i++)
        if (!isalnum((unsigned char)name[i]) && !strchr("-_", name[i]))
            return false;
    return true;
}

static bool path_of(char path[PATH_BYTES_MAX], const char *dir, const char *file)
{
    const int len = snprintf(path, PATH_BYTES_MAX, "%s/%s", dir, file);
    if (len > 0 && len < PATH_BYTES_MAX)
        return true;
    errno = ENAMETOOLONG;
    return false;
}

static int failed(const char *path)
{
    (void)fprintf(stderr, "roam endpoint new: %s: %s\n", path, strerror(errno));
    return COMMAND_BROKEN;
}

/* The text with the name in its places. */
static bool put_text(FILE *stream, const char *text, const char *name)
{
    for (const char *at = text, *place; *at != '\0'; at = place) {
        place = strstr(at, PLACE);
        if (place == at) {
            (void)fputs(name, stream);
            place += strlen(PLACE);
            continue;
        }
        if (!place)
            place = at + strlen(at);
        (void)fwrite(at, 1, (size_t)(place - at), stream);
    }
    return !ferror(stream);
}

static int write_file(const char *dir, size_t index, const char *name)
{
    char path[PATH_BYTES_MAX];
    if (!path_of(path, dir, files[index].name))
        return failed(dir);
    const int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file < 0)
        return failed(path);
    FILE *const stream = fdopen(file, "w");
    if (!stream) {
        (void)close(file);
        return failed(path);
    }
    const bool written = put_text(stream, files[index].text, name);
    if (fclose(stream) != 0 || !written)
        return failed(path);
    (void)printf("%s\n", path);
    return COMMAND_OK;
}

/* PREFIX of the program at PREFIX/bin/roam, or the program itself, without links; false: not known. */
static bool program_path(char path[PATH_BYTES_MAX], bool prefix)
{
    const ssize_t len = readlink("/proc/self/exe", path, PATH_BYTES_MAX - 1);
    if (len <= 0)
        return false;
    path[len] = '\0';
    for (int i = 0; i < 2 && prefix; i++) {
        char *const slash = strrchr(path, '/');
        if (!slash)
            return false;
        *slash = '\0';
    }
    return path[0] != '\0';
}

/* A file of the folder; false: not there. */
static bool find_file(char path[PATH_BYTES_MAX], const char *dir, const char *file)
{
    return path_of(path, dir, file) && access(path, R_OK) == 0;
}

/* " -D..." for CMake, which finds the header and the program nowhere by itself when they are in no usual
 * place. */
static void put_place(const char *name, const char *path)
{
    char word[REPLAY_COMMAND_MAX];
    (void)printf(" -D%s=%s", name, replay_word(path, word));
}

static void print_next(const char *given, const char *name)
{
    char dir[REPLAY_COMMAND_MAX], data[PATH_BYTES_MAX], program[PATH_BYTES_MAX], found[PATH_BYTES_MAX];
    const bool source = find_file(found, data_directory(data, sizeof data), SOURCE_FOLDER "/roam_endpoint.h");
    const bool known = program_path(program, !source);
    (void)replay_word(given, dir);
    if (find_file(found, source ? data : program,
                  source ? SOURCE_FOLDER "/README.md" : ROAM_INSTALLED_TUTORIAL))
        (void)printf("tutorial: %s\n", found);
    (void)printf("scenarios: %s/scenarios\n", data);
    (void)printf("next: cmake -S %s -B %s/build", dir, dir);
    if (known && source) {
        (void)path_of(found, data, SOURCE_FOLDER);
        put_place("ROAM_INCLUDE", found);
        put_place("ROAM", program);
    } else if (known)
        put_place("CMAKE_PREFIX_PATH", program);
    (void)printf(" && cmake --build %s/build && roam endpoint test %s/build/%s.so\n", dir, dir, name);
}

static int write_all(const char *dir, const char *name)
{
    char path[PATH_BYTES_MAX];
    struct stat status;
    if (mkdir(dir, 0777) != 0 && errno != EEXIST)
        return failed(dir);
    for (size_t i = 0; i < FILE_COUNT; i++)
        if (path_of(path, dir, files[i].name) && lstat(path, &status) == 0) {
            (void)fprintf(stderr, "roam endpoint new: %s is there: nothing is written\n", path);
            return COMMAND_USAGE;
        }
    for (size_t i = 0; i < FILE_COUNT; i++) {
        const int result = write_file(dir, i, name);
        if (result != COMMAND_OK)
            return result;
    }
    print_next(dir, name);
    return COMMAND_OK;
}

/* Takes the slashes from the end of a path. */
static void trim(char *path)
{
    for (size_t len = strlen(path); len > 1 && path[len - 1] == '/'; len--)
        path[len - 1] = '\0';
}

static int endpoint_make(int argc, char **argv)
{
    option_reader reader;
    const char *name = NULL;
    int option;
    option_reader_init(&reader, "roam endpoint new", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0) {
        if (option == OPTION_HELP) {
            help_print(&ENDPOINT_NEW, stdout);
            return COMMAND_OK;
        }
        name = reader.value;
    }
    if (option == OPTION_INVALID)
        return COMMAND_USAGE;
    if (reader.operands != 1) {
        (void)fprintf(stderr, "roam endpoint new: give one directory; see roam endpoint new --help\n");
        return COMMAND_USAGE;
    }
    trim(argv[1]);
    const char *const slash = strrchr(argv[1], '/');
    if (!name)
        name = slash ? slash + 1 : argv[1];
    if (!name_is_valid(name)) {
        (void)fprintf(
            stderr,
            "roam endpoint new: '%s' is no name of an adapter: a letter, then at most %d letters, digits, "
            "'-' and '_'; give one with --name\n",
            name, NAME_BYTES_MAX - 1);
        return COMMAND_USAGE;
    }
    return write_all(argv[1], name);
}

const command_row ENDPOINT_NEW = {
    .name = "endpoint new",
    .about = "write the beginnings of an adapter",
    .function = endpoint_make,
    .usage = "roam endpoint new [OPTION]... DIR",
    .text = "Writes the beginnings of an adapter into DIR, which is made: adapter.c with every\n"
            "function, CMakeLists.txt, README.md. It compiles, and `roam endpoint test` says\n"
            "what to write first. No file that is there is overwritten. Prints where the\n"
            "tutorial and the scenarios are, and the commands that come next.",
    .options = rows,
    .column = 15,
    .status = "0 written; 2 usage, or a file is there; 3 roam itself failed.",
    .operands = {{.kind = VALUE_DIRECTORY}},
    .operand_count = 1,
};
