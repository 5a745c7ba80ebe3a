/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/compare/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 31 };

const char *compare_role_name(compare_role role)
{
    switch (role) {
    case COMPARE_BOTH:
        return "both ends";
    case COMPARE_CLIENT:
        return "client";
    case COMPARE_SERVER:
        return "server";
    }
    return "?";
}

const char *compare_column_title(const compare_column *column, char text[COMPARE_TITLE_MAX])
{
    if (column->role == COMPARE_BOTH)
        (void)snprintf(text, COMPARE_TITLE_MAX, "%s", column->library);
    else
        (void)snprintf(text, COMPARE_TITLE_MAX, "%s %s", column->library, compare_role_name(column->role));
    return text;
}

/* ---- libraries ---- */

/* As scenarios write them: lower case, digits, '.', '_', '-'. */
static bool is_name(const char *name, size_t len)
{
    static const char MAY[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    return len > 0 && len <= NAME_MAX_BYTES && strspn(name, MAY) >= len && !strchr("._-", name[0]);
}

static bool add_library(compare_columns *self, const char *name, size_t len, char *message)
{
    if (!is_name(name, len)) {
        (void)snprintf(message, COMPARE_MESSAGE_MAX, "'%.*s' is not the name of a library", (int)len, name);
        return false;
    }
    for (size_t i = 0; i < self->library_count; i++) {
        if (strlen(self->libraries[i]) == len && strncmp(self->libraries[i], name, len) == 0) {
            (void)snprintf(message, COMPARE_MESSAGE_MAX, "'%s' is named twice", self->libraries[i]);
            return false;
        }
    }
    if (self->library_count == COMPARE_LIBRARIES_MAX) {
        (void)snprintf(message, COMPARE_MESSAGE_MAX, "more than %d libraries", COMPARE_LIBRARIES_MAX);
        return false;
    }
    self->libraries[self->library_count] = strndup(name, len);
    if (!self->libraries[self->library_count]) {
        (void)snprintf(message, COMPARE_MESSAGE_MAX, "out of memory");
        return false;
    }
    self->library_count++;
    return true;
}

static bool read_list(compare_columns *self, const char *list, char *message)
{
    const char *at = list;
    for (;;) {
        const size_t len = strcspn(at, ",");
        if (!add_library(self, at, len, message))
            return false;
        if (!at[len])
            return true;
        at += len + 1;
    }
}

/* ---- columns ---- */

static void add_roles(compare_columns *self)
{
    for (size_t i = 0; i < self->library_count; i++) {
        const char *const name = self->libraries[i];
        if (strcmp(name, COMPARE_CORE) == 0) {
            self->items[self->count++] = (compare_column){name, COMPARE_BOTH, name, name, ""};
            continue;
        }
        self->items[self->count++] = (compare_column){name, COMPARE_CLIENT, name, COMPARE_CORE, ""};
        self->items[self->count++] = (compare_column){name, COMPARE_SERVER, COMPARE_CORE, name, ""};
    }
}

/* False: out of memory. */
static bool add_pairs(compare_columns *self)
{
    const size_t count = self->library_count;
    for (size_t client = 0; client < count; client++) {
        for (size_t server = 0; server < count; server++) {
            const char *const from = self->libraries[client];
            const char *const to = self->libraries[server];
            const size_t size = strlen(from) + strlen(to) + sizeof " -> ";
            char *const name = malloc(size);
            if (!name)
                return false;
            (void)snprintf(name, size, "%s -> %s", from, to);
            self->names[self->count] = name;
            self->items[self->count++] = (compare_column){name, COMPARE_BOTH, from, to, ""};
        }
    }
    return true;
}

bool compare_columns_make(const char *list, bool pairs, compare_columns *out, char *message)
{
    *out = (compare_columns){0};
    bool good = read_list(out, list, message);
    if (good) {
        const size_t most = pairs ? out->library_count * out->library_count : out->library_count * 2;
        out->items = calloc(most, sizeof *out->items);
        out->names = calloc(most, sizeof *out->names);
        good = out->items && out->names;
        if (good && pairs)
            good = add_pairs(out);
        else if (good)
            add_roles(out);
        if (!good)
            (void)snprintf(message, COMPARE_MESSAGE_MAX, "out of memory");
    }
    if (!good)
        compare_columns_free(out);
    return good;
}

void compare_columns_free(compare_columns *self)
{
    for (size_t i = 0; self->names && i < self->count; i++)
        free(self->names[i]);
    for (size_t i = 0; i < self->library_count; i++)
        free(self->libraries[i]);
    free(self->names);
    free(self->items);
    *self = (compare_columns){0};
}
