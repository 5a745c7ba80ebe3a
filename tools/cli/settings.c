/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* By kind: the option, what tells the kind in a text, what is expected. */
static const struct {
    const char *option, *word, *expected;
} KINDS[] = {
    [SETTINGS_SET] = {"set", "", "KEY=VALUE, as in networks.wifi.delay=50ms"},
    [SETTINGS_ENDPOINT] = {"endpoint", "endpoint ", "NAME=LIBRARY, as in mine=./libmine.so"},
    [SETTINGS_AS] = {"as", "as ", "WHO=NAME, as in client=mine,server=roam"},
};

/* What would end a value inside a text, or a word of a shell. */
#define UNFIT ",'[]{}"

static bool refuse(const char *command, settings_kind kind, const char *value, const char *why)
{
    (void)fprintf(stderr, "%s: --%s %s: %s%s\n", command, KINDS[kind].option, value, why ? why : "expected ",
                  why ? "" : KINDS[kind].expected);
    return false;
}

const char *settings_option(settings_kind kind)
{
    return KINDS[kind].option;
}

/* ---- lists ---- */

static void remove_at(struct settings_list *list, size_t index)
{
    free(list->items[index]);
    memmove(&list->items[index], &list->items[index + 1], (--list->count - index) * sizeof *list->items);
}

static bool add(settings *self, settings_kind kind, const char *text, size_t len)
{
    struct settings_list *const list = &self->lists[kind];
    const size_t name = strcspn(text, "=") + 1;
    for (size_t i = 0; kind != SETTINGS_SET && i < list->count; i++) {
        if (strncmp(list->items[i], text, name) == 0) {
            remove_at(list, i);
            break;
        }
    }
    char **const items = realloc(list->items, (list->count + 1) * sizeof *items);
    if (items)
        list->items = items;
    char *const copy = items ? strndup(text, len) : NULL;
    if (copy)
        list->items[list->count++] = copy;
    return copy != NULL;
}

void settings_fini(settings *self)
{
    for (size_t kind = 0; kind < SETTINGS_KINDS; kind++) {
        for (size_t i = 0; i < self->lists[kind].count; i++)
            free(self->lists[kind].items[i]);
        free(self->lists[kind].items);
    }
    *self = (settings){0};
}

/* ---- options ---- */

static bool is_pair(const char *text, size_t len)
{
    const char *const equals = memchr(text, '=', len);
    return equals && equals != text;
}

static bool check_library(const char *command, const char *value)
{
    const char *const path = strchr(value, '=') + 1;
    struct stat about;
    if (path[strcspn(path, UNFIT)] != '\0')
        return refuse(command, SETTINGS_ENDPOINT, value, "the path of a library has none of " UNFIT);
    if (stat(path, &about) != 0)
        return refuse(command, SETTINGS_ENDPOINT, value, strerror(errno));
    return S_ISREG(about.st_mode) || refuse(command, SETTINGS_ENDPOINT, value, "not a file");
}

bool settings_take(settings *self, const char *command, settings_kind kind, const char *value)
{
    const char *at = value;
    if (kind == SETTINGS_AS && value[strcspn(value, UNFIT + 1)] != '\0')
        return refuse(command, kind, value, NULL);
    do {
        const size_t len = kind == SETTINGS_AS ? strcspn(at, ",") : strlen(at);
        if (!is_pair(at, len) || (kind != SETTINGS_SET && at[len - 1] == '='))
            return refuse(command, kind, value, NULL);
        if (kind == SETTINGS_ENDPOINT && !check_library(command, value))
            return false;
        if (!add(self, kind, at, len))
            return refuse(command, kind, value, "out of memory");
        at += len;
    } while (*at++ == ',');
    return true;
}

void settings_give(const settings *self, scenario_files_options *out)
{
    out->overrides = (const char *const *)self->lists[SETTINGS_SET].items;
    out->override_count = self->lists[SETTINGS_SET].count;
    out->endpoints = (const char *const *)self->lists[SETTINGS_ENDPOINT].items;
    out->endpoint_count = self->lists[SETTINGS_ENDPOINT].count;
    out->players = (const char *const *)self->lists[SETTINGS_AS].items;
    out->player_count = self->lists[SETTINGS_AS].count;
}

/* ---- texts ---- */

static void print_list(FILE *stream, settings_kind kind, const char *const *items, size_t count, bool *any)
{
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(stream, "%s%s%s", *any ? "," : "", KINDS[kind].word, items[i]);
        *any = true;
    }
}

char *settings_text(const scenario_files_options *options)
{
    char *text = NULL;
    size_t len;
    bool any = false;
    FILE *const stream = open_memstream(&text, &len);
    if (!stream)
        return NULL;
    print_list(stream, SETTINGS_SET, options->overrides, options->override_count, &any);
    print_list(stream, SETTINGS_ENDPOINT, options->endpoints, options->endpoint_count, &any);
    print_list(stream, SETTINGS_AS, options->players, options->player_count, &any);
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

bool settings_next(const char **at, settings_item *item)
{
    const char *end = *at;
    if (*end == '\0')
        return false;
    for (int depth = 0; *end && (*end != ',' || depth > 0); end++)
        depth += (*end == '[' || *end == '{') - (*end == ']' || *end == '}');
    *item = (settings_item){.kind = SETTINGS_SET, .text = *at, .len = (size_t)(end - *at)};
    for (settings_kind kind = SETTINGS_ENDPOINT; kind < SETTINGS_KINDS; kind++) {
        const size_t len = strlen(KINDS[kind].word);
        if (strncmp(*at, KINDS[kind].word, len) == 0)
            *item = (settings_item){.kind = kind, .text = *at + len, .len = item->len - len};
    }
    *at = *end ? end + 1 : end;
    return true;
}

bool settings_read(settings *self, const char *text)
{
    settings_item item;
    while (settings_next(&text, &item))
        if (!is_pair(item.text, item.len) || !add(self, item.kind, item.text, item.len))
            return false;
    return true;
}
