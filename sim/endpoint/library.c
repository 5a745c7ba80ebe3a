/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _DEFAULT_SOURCE /* realpath */
#include "sim/endpoint/library.h"

#include "sim/endpoint/object_file.h"

#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct opened {
    struct opened *next;
    endpoint_library library;
    char *path;
    char *name; /* by which it was found; NULL: by none so far */
} opened;

static opened *all; /* a process has one table of loaded objects, as the dynamic linker has */

static const endpoint_library *opened_before(const char *path)
{
    for (const opened *at = all; at; at = at->next)
        if (strcmp(at->path, path) == 0)
            return &at->library;
    return NULL;
}

static const endpoint_library *keep(const roam_endpoint_library *table, char *path)
{
    opened *const kept = calloc(1, sizeof *kept);
    if (!kept)
        return NULL;
    const size_t size = table->size < sizeof kept->library.table ? table->size : sizeof kept->library.table;
    memcpy(&kept->library.table, table, size);
    kept->library.path = kept->path = path;
    kept->next = all;
    all = kept;
    return &kept->library;
}

/* The dynamic linker begins most of its messages with the file. */
static void put_linker_error(const char *path, char *text, size_t text_size)
{
    const char *error = dlerror();
    const size_t len = strlen(path);
    if (!error)
        error = "the dynamic linker refuses it and says nothing";
    if (strncmp(error, path, len) == 0 && strncmp(error + len, ": ", 2) == 0)
        error += len + 2;
    (void)snprintf(text, text_size, "%s: cannot be loaded: %s", path, error);
}

/* Runs code of the object: its constructors, and roam_endpoint_library_get. */
static const roam_endpoint_library *load(const char *path, char *text, size_t text_size)
{
    void *const object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        put_linker_error(path, text, text_size);
        return NULL;
    }
    void *const symbol = dlsym(object, ROAM_ENDPOINT_SYMBOL);
    if (!symbol) {
        (void)snprintf(text, text_size, "%s: no adapter: it does not export " ROAM_ENDPOINT_SYMBOL, path);
        return NULL;
    }
    roam_endpoint_library_get_function *get;
    static_assert(sizeof get == sizeof symbol, "POSIX: a function pointer fits a pointer to an object");
    memcpy(&get, &symbol, sizeof get);
    const roam_endpoint_library *const table = get(ROAM_ENDPOINT_ABI);
    return endpoint_library_check(table, path, text, text_size) ? table : NULL;
}

const endpoint_library *endpoint_library_open(const char *path, const endpoint_call *call, char *text,
                                              size_t text_size)
{
    char *const real = realpath(path, NULL);
    if (!real) {
        (void)snprintf(text, text_size, "%s: %s", path, strerror(errno));
        return NULL;
    }
    const endpoint_library *library = opened_before(real);
    if (library || !object_file_check(real, text, text_size)) {
        free(real);
        return library;
    }
    if (call)
        endpoint_call_enter(call);
    const roam_endpoint_library *const table = load(real, text, text_size);
    const char *const broken = call ? endpoint_call_leave() : NULL;
    if (broken) {
        (void)snprintf(text, text_size, "%s: while it is loaded, %s", real, broken);
    } else if (table) {
        library = keep(table, real);
        if (!library)
            (void)snprintf(text, text_size, "%s: out of memory", real);
    }
    if (!library)
        free(real);
    return library;
}

/* A world asks for each of its nodes: the directories are looked through once. */
const endpoint_library *endpoint_library_open_name(const char *name, const endpoint_call *call, char *text,
                                                   size_t text_size)
{
    char path[PATH_MAX];
    for (const opened *at = all; at; at = at->next)
        if (at->name && strcmp(at->name, name) == 0)
            return &at->library;
    if (!endpoint_library_find(name, path, sizeof path, text, text_size))
        return NULL;
    const endpoint_library *const library = endpoint_library_open(path, call, text, text_size);
    for (opened *at = all; library && at; at = at->next)
        if (&at->library == library && !at->name)
            at->name = strdup(name); /* NULL: it is looked for again */
    return library;
}
