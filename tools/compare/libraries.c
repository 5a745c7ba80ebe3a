/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/compare/libraries.h"

#include "core/hash.h"
#include "sim/endpoint/library.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK_BYTES = 65536, PATH_MAX_BYTES = 4096, VERSION_S = 10 };

/* The name before '=' is this one. */
static const char *path_of(const char *given, const char *name)
{
    const size_t len = strlen(name);
    return strncmp(given, name, len) == 0 && given[len] == '=' ? given + len + 1 : NULL;
}

static bool check_given(const compare_columns *columns, const char *given, char *message)
{
    const char *name = NULL;
    for (size_t i = 0; i < columns->library_count && !name; i++)
        if (path_of(given, columns->libraries[i]))
            name = columns->libraries[i];
    if (!name)
        (void)snprintf(message, COMPARE_MESSAGE_MAX, "--endpoint %.300s: --endpoints does not name it",
                       given);
    else if (strcmp(name, COMPARE_CORE) == 0)
        (void)snprintf(message, COMPARE_MESSAGE_MAX, "--endpoint %.300s: '%s' is the core", given, name);
    else
        return true;
    return false;
}

/* Of the file's bytes. */
static bool digest_file(const char *path, uint64_t *digest, char *message)
{
    unsigned char block[BLOCK_BYTES];
    FILE *const file = fopen(path, "rb");
    size_t len;
    *digest = CORE_HASH_START;
    while (file && (len = fread(block, 1, sizeof block, file)) > 0)
        *digest = core_hash_bytes(*digest, block, len);
    const bool failed = !file || ferror(file);
    if (failed)
        (void)snprintf(message, COMPARE_MESSAGE_MAX, "%.400s: %s", path, strerror(errno));
    if (file)
        (void)fclose(file);
    return !failed;
}

/* What the adapter says of its library, to a process of its own: an object that is opened runs its code. */
static void read_version(const char *path, char text[COMPARE_VERSION_MAX])
{
    int ends[2];
    ssize_t len = 0;
    text[0] = '\0';
    if (pipe(ends) != 0)
        return;
    const pid_t child = fork();
    if (child == 0) {
        char refusal[COMPARE_MESSAGE_MAX];
        (void)alarm(VERSION_S);
        const endpoint_library *const library = endpoint_library_open(path, NULL, refusal, sizeof refusal);
        const char *const version = library ? library->table.version : "";
        (void)!write(ends[1], version, strnlen(version, COMPARE_VERSION_MAX - 1));
        _exit(0);
    }
    (void)close(ends[1]);
    if (child > 0) {
        len = read(ends[0], text, COMPARE_VERSION_MAX - 1);
        (void)waitpid(child, NULL, 0);
    }
    (void)close(ends[0]);
    text[len > 0 ? len : 0] = '\0';
}

static bool find(const char *name, const char *const *given, size_t given_count, compare_libraries *to,
                 char *message)
{
    compare_library *const library = &to->items[to->count];
    char found[PATH_MAX_BYTES];
    const char *path = NULL;
    *library = (compare_library){.name = name, .version = ""};
    if (strcmp(name, COMPARE_CORE) == 0) {
        to->count++;
        return true;
    }
    for (size_t i = 0; i < given_count; i++)
        if (path_of(given[i], name))
            path = path_of(given[i], name);
    if (!path && !endpoint_library_find(name, found, sizeof found, message, COMPARE_MESSAGE_MAX))
        return false;
    path = path ? path : found;
    library->path = to->paths[to->count] = strdup(path);
    if (!library->path) {
        (void)snprintf(message, COMPARE_MESSAGE_MAX, "out of memory");
        return false;
    }
    read_version(path, to->versions[to->count]);
    library->version = to->versions[to->count];
    return digest_file(path, &to->digests[to->count++], message);
}

bool compare_libraries_find(const compare_columns *columns, const char *const *given, size_t given_count,
                            compare_libraries *out, char *message)
{
    *out = (compare_libraries){0};
    for (size_t i = 0; i < given_count; i++)
        if (!check_given(columns, given[i], message))
            return false;
    for (size_t i = 0; i < columns->library_count; i++)
        if (!find(columns->libraries[i], given, given_count, out, message))
            return false;
    return true;
}

void compare_libraries_free(compare_libraries *self)
{
    for (size_t i = 0; i < COMPARE_LIBRARIES_MAX; i++)
        free(self->paths[i]);
    *self = (compare_libraries){0};
}

uint64_t compare_libraries_digest(const compare_libraries *self, const compare_column *column)
{
    uint64_t digest = 0;
    for (size_t i = 0; i < self->count; i++)
        if (self->digests[i] != 0 && (strcmp(self->items[i].name, column->client) == 0 ||
                                      strcmp(self->items[i].name, column->server) == 0))
            digest = core_hash_bytes(digest ? digest : CORE_HASH_START, &self->digests[i],
                                     sizeof self->digests[i]);
    return digest;
}
