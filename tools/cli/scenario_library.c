/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/scenario_library.h"

#include "sim/scenario/keys.h"
#include "tools/cli/data_directory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ROOT "scenarios"
#define SUFFIX ".yaml"
#define INCLUDED ".inc" SUFFIX

enum { DEPTH_MAX = 4, NAMES_MAX = 10000 };

/* "handover/wifi-to-cellular" and so on, in the order of their bytes. */
typedef struct names {
    char **items;
    size_t count;
    size_t room;
} names;

static bool ends_with(const char *text, const char *end)
{
    const size_t len = strlen(text), end_len = strlen(end);
    return len > end_len && strcmp(text + len - end_len, end) == 0;
}

bool scenario_library_is_scenario(const char *name)
{
    return ends_with(name, SUFFIX) && !ends_with(name, INCLUDED);
}

/* ---- what there is ---- */

static void add(names *self, const char *folder, const char *file)
{
    if (self->count == self->room) {
        const size_t room = self->room ? self->room * 2 : 256;
        char **const items = room <= NAMES_MAX ? realloc(self->items, room * sizeof *items) : NULL;
        if (!items)
            return;
        self->items = items;
        self->room = room;
    }
    const size_t size = strlen(folder) + strlen(file) + 2;
    char *const name = malloc(size);
    if (!name)
        return;
    (void)snprintf(name, size, "%s%s%.*s", folder, folder[0] ? "/" : "", (int)(strlen(file) - strlen(SUFFIX)),
                   file);
    self->items[self->count++] = name;
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int compare(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int scenario_library_entries(const char *dir, struct dirent ***entries)
{
    return scandir(dir, entries, is_shown, compare);
}

/* A folder of the library; what cannot be read has no scenarios. */
static void collect(names *self, const char *root, const char *folder, int depth)
{
    char path[SCENARIO_LIBRARY_PATH_MAX];
    struct dirent **entries = NULL;
    (void)snprintf(path, sizeof path, "%s/%s", root, folder);
    const int count = depth < DEPTH_MAX ? scenario_library_entries(path, &entries) : 0;
    for (int i = 0; i < count; i++) {
        const char *const name = entries[i]->d_name;
        char inner[SCENARIO_LIBRARY_PATH_MAX];
        struct stat about;
        const int len = snprintf(path, sizeof path, "%s/%s/%s", root, folder, name);
        (void)snprintf(inner, sizeof inner, "%s%s%s", folder, folder[0] ? "/" : "", name);
        if (len < (int)sizeof path && stat(path, &about) == 0 && S_ISDIR(about.st_mode))
            collect(self, root, inner, depth + 1);
        else if (scenario_library_is_scenario(name))
            add(self, folder, name);
        free(entries[i]);
    }
    free(entries);
}

static void fini(names *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->items[i]);
    free(self->items);
}

/* ---- which one is meant ---- */

static const char *last_part(const char *name)
{
    const char *const slash = strrchr(name, '/');
    return slash ? slash + 1 : name;
}

static const char *whole_at(const void *from, size_t index)
{
    const names *const self = from;
    return index < self->count ? self->items[index] : NULL;
}

static const char *last_at(const void *from, size_t index)
{
    const char *const name = whole_at(from, index);
    return name ? last_part(name) : NULL;
}

static void suggest(const names *self, const char *name, char message[SCENARIO_LIBRARY_MESSAGE_MAX])
{
    size_t index = 0;
    if (scenario_suggest(name, strchr(name, '/') ? whole_at : last_at, self, &index))
        (void)snprintf(message, SCENARIO_LIBRARY_MESSAGE_MAX, "did you mean '%.200s'?", self->items[index]);
}

/* The index of the only one that is called so; the count when there is none, or there are several. */
static size_t only_one(const names *self, const char *name, char message[SCENARIO_LIBRARY_MESSAGE_MAX])
{
    size_t found = self->count;
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(last_part(self->items[i]), name) != 0)
            continue;
        if (found < self->count) {
            (void)snprintf(message, SCENARIO_LIBRARY_MESSAGE_MAX,
                           "several scenarios are called so: write %.200s or %.200s", self->items[found],
                           self->items[i]);
            return self->count;
        }
        found = i;
    }
    return found;
}

/* False: it is longer than a path may be. */
static bool join(char path[SCENARIO_LIBRARY_PATH_MAX], const char *root, const char *name, const char *end)
{
    const int len = snprintf(path, SCENARIO_LIBRARY_PATH_MAX, "%s/%s%s", root, name, end);
    return len > 0 && len < SCENARIO_LIBRARY_PATH_MAX;
}

static bool find_in(const names *self, const char *root, const char *name,
                    char path[SCENARIO_LIBRARY_PATH_MAX], char message[SCENARIO_LIBRARY_MESSAGE_MAX])
{
    struct stat about;
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->items[i], name) == 0)
            return join(path, root, name, SUFFIX);
    if (join(path, root, name, "") && stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        return true;
    const size_t index = only_one(self, name, message);
    if (index < self->count)
        return join(path, root, self->items[index], SUFFIX);
    if (!message[0])
        suggest(self, name, message);
    return false;
}

static void collect_all(names *self, char root[SCENARIO_LIBRARY_PATH_MAX])
{
    (void)data_directory(root, SCENARIO_LIBRARY_PATH_MAX - sizeof "/" ROOT);
    (void)strcat(root, "/" ROOT);
    collect(self, root, "", 0);
}

void scenario_library_words(const word_sink *out)
{
    char root[SCENARIO_LIBRARY_PATH_MAX];
    names library = {0};
    collect_all(&library, root);
    for (size_t i = 0; i < library.count; i++)
        out->take(out->ctx, library.items[i], NULL);
    fini(&library);
}

bool scenario_library_find(const char *name, char path[SCENARIO_LIBRARY_PATH_MAX],
                           char message[SCENARIO_LIBRARY_MESSAGE_MAX])
{
    char root[SCENARIO_LIBRARY_PATH_MAX];
    char wanted[SCENARIO_LIBRARY_PATH_MAX];
    names library = {0};
    message[0] = '\0';
    if (strncmp(name, ROOT "/", strlen(ROOT "/")) == 0)
        name += strlen(ROOT "/");
    size_t len = strlen(name);
    len -= ends_with(name, SUFFIX) ? strlen(SUFFIX) : 0;
    (void)snprintf(wanted, sizeof wanted, "%.*s", (int)len, name);
    if (wanted[strspn(wanted, "abcdefghijklmnopqrstuvwxyz0123456789_-/")] != '\0' || wanted[0] == '/' ||
        strcmp(wanted, ROOT) == 0 || wanted[0] == '\0')
        return false;
    collect_all(&library, root);
    const bool found = find_in(&library, root, wanted, path, message);
    fini(&library);
    return found;
}
