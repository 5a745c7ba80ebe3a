/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/library.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES_MAX 4096
#define SUFFIX ".so"

/* From the directory of the program: a build directory and a folder of it; an installation. */
enum { INSTALLED = 2 };
static const char *const places[] = {"endpoints", "../endpoints", [INSTALLED] = "../lib/roam/endpoints"};

/* The directory of the program; false: not known. */
static bool program_directory(char path[PATH_BYTES_MAX])
{
    const ssize_t len = readlink("/proc/self/exe", path, PATH_BYTES_MAX - 1);
    if (len <= 0)
        return false;
    path[len] = '\0';
    char *const slash = strrchr(path, '/');
    if (!slash)
        return false;
    *slash = '\0';
    return true;
}

static bool name_is_valid(const char *name)
{
    return name[0] != '\0' && name[0] != '.' && !strchr(name, '/') && strlen(name) < 64;
}

static int text_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Takes name if it is new; else, or without memory, frees it. */
static void add_name(char ***names, size_t *count, char *name)
{
    if (!name)
        return;
    for (size_t i = 0; i < *count; i++)
        if (strcmp((*names)[i], name) == 0) {
            free(name);
            return;
        }
    char **const more = realloc(*names, (*count + 1) * sizeof *more);
    if (!more) {
        free(name);
        return;
    }
    *names = more;
    more[(*count)++] = name;
}

char **endpoint_library_names(size_t *count)
{
    char program[PATH_BYTES_MAX], path[2 * PATH_BYTES_MAX];
    char **names = NULL;
    *count = 0;
    if (!program_directory(program))
        return NULL;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", program, places[i]);
        DIR *const directory = opendir(path);
        if (!directory)
            continue;
        for (const struct dirent *entry; (entry = readdir(directory));) {
            const size_t len = strlen(entry->d_name), suffix = strlen(SUFFIX);
            if (entry->d_name[0] != '.' && len > suffix && strcmp(entry->d_name + len - suffix, SUFFIX) == 0)
                add_name(&names, count, strndup(entry->d_name, len - suffix));
        }
        (void)closedir(directory);
    }
    if (names)
        qsort(names, *count, sizeof *names, text_order);
    return names;
}

/* That of an installation, as a path without "..". */
static const char *installed_folder(const char *program, char path[PATH_BYTES_MAX])
{
    const char *const slash = strrchr(program, '/');
    const int len = slash ? (int)(slash - program) : 0;
    (void)snprintf(path, PATH_BYTES_MAX, "%.*s%s", len, program, places[INSTALLED] + strlen(".."));
    return path;
}

static void refuse_unknown(const char *name, const char *program, char *text, size_t text_size)
{
    char folder[PATH_BYTES_MAX];
    size_t count;
    char **const names = endpoint_library_names(&count);
    int at = snprintf(text, text_size, "no adapter '%s' in %s/%s, nor in %s", name, program, places[0],
                      installed_folder(program, folder));
    if (count == 0 && at > 0 && (size_t)at < text_size)
        (void)snprintf(text + at, text_size - (size_t)at, ", nor any other");
    for (size_t i = 0; i < count; i++) {
        if (at > 0 && (size_t)at < text_size)
            at += snprintf(text + at, text_size - (size_t)at, "%s%s", i ? ", " : "; there are: ", names[i]);
        free(names[i]);
    }
    free(names);
}

bool endpoint_library_find(const char *name, char *path, size_t path_size, char *text, size_t text_size)
{
    char program[PATH_BYTES_MAX];
    if (!name_is_valid(name)) {
        (void)snprintf(text, text_size, "'%s' is no name of an adapter: 1 to 63 characters without '/'",
                       name);
        return false;
    }
    if (!program_directory(program)) {
        (void)snprintf(text, text_size, "no adapter '%s': the directory of the program is not known", name);
        return false;
    }
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const int len = snprintf(path, path_size, "%s/%s/%s" SUFFIX, program, places[i], name);
        if (len > 0 && (size_t)len < path_size && access(path, R_OK) == 0)
            return true;
    }
    refuse_unknown(name, program, text, text_size);
    return false;
}
