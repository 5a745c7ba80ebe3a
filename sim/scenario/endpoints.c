/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/endpoints.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

enum {
    ENDPOINTS_MAX = 16,
    OPTIONS_MAX = 64,
    NAME_MAX_BYTES = 31,
    OPTION_NAME_MAX_BYTES = 63,
    OPTION_VALUE_MAX_BYTES = 1023
};

#define WORD "abcdefghijklmnopqrstuvwxyz0123456789._-"

/* The options of an adapter: what they are is not known here. */
#define SCHEMA_OPTIONS                                                                                       \
    "{\"type\": \"object\", \"maxProperties\": 64, \"propertyNames\": {\"pattern\": "                        \
    "\"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$\"}, \"additionalProperties\": {\"$ref\": \"#/$defs/scalar\"}}"

static const key_row ENDPOINT_ROWS[] = {
    {"library", KEY_FIELD(KEY_TEXT, scenario_endpoint, library),
     .about = "The adapter, a shared object, from where the file is", .otherwise = "the adapter of that name",
     .example = "./libmine.so"},
    {"options", KEY_OTHER, 0, 0, .about = "Texts by name for the adapter, at most 64", .otherwise = "none",
     .example = "{cc: bbr}", .schema = SCHEMA_OPTIONS},
    {0},
};

const key_table SCENARIO_ENDPOINT_TABLE = {ENDPOINT_ROWS, NULL, "an endpoint"};

/* --- names --- */

const scenario_endpoint *scenario_endpoint_of(const scenario *whole, uint32_t node)
{
    const uint32_t endpoint = whole->nodes[node].endpoint;
    return endpoint < whole->endpoint_count ? &whole->endpoints[endpoint] : NULL;
}

uint32_t scenario_endpoint_index(const scenario *whole, const char *name)
{
    for (uint32_t i = 0; i < whole->endpoint_count; i++)
        if (strcmp(whole->endpoints[i].name, name) == 0)
            return i;
    return SCENARIO_NONE;
}

const char *scenario_endpoint_name(const scenario *whole, uint32_t endpoint)
{
    return endpoint == SCENARIO_NONE ? ENDPOINT_CORE : whole->endpoints[endpoint].name;
}

static const char *name_at_index(const void *names, size_t index)
{
    const scenario *const whole = names;
    if (index < whole->endpoint_count)
        return whole->endpoints[index].name;
    return index == whole->endpoint_count ? ENDPOINT_CORE : NULL;
}

bool scenario_endpoint_check_name(scenario_reader *reader, scenario_place place, const char *name)
{
    const size_t length = strspn(name, WORD);
    const bool good = length > 0 && length <= NAME_MAX_BYTES && name[length] == '\0' && !strchr("._-", *name);
    if (!good) {
        scenario_fault(reader, place,
                       "'%.60s' is no endpoint's name: write 1 to %d of a-z 0-9 . _ -, a letter or digit "
                       "first",
                       name, NAME_MAX_BYTES);
    }
    return good;
}

/* A name that an entry is to have. */
static bool check_own_name(scenario_reader *reader, scenario_place place, const char *name)
{
    if (strcmp(name, ENDPOINT_CORE) == 0) {
        scenario_fault(reader, place,
                       "'%s' is roam's own core, which needs no entry: give the endpoint another name", name);
        return false;
    }
    return scenario_endpoint_check_name(reader, place, name);
}

/* NULL: out of memory, or a fault reported. */
static scenario_endpoint *add(scenario_reader *reader, scenario_place place, const char *name)
{
    scenario *const whole = reader->scenario;
    if (!whole->endpoints)
        whole->endpoints = scenario_arena_alloc(reader->arena, ENDPOINTS_MAX, sizeof(*whole->endpoints));
    if (!whole->endpoints)
        return NULL;
    if (whole->endpoint_count == ENDPOINTS_MAX) {
        scenario_fault(reader, place, "more than %d endpoints", ENDPOINTS_MAX);
        return NULL;
    }
    scenario_endpoint *const added = (scenario_endpoint *)&whole->endpoints[whole->endpoint_count++];
    *added = (scenario_endpoint){.name = name, .place = place};
    return added;
}

bool scenario_endpoint_find(scenario_reader *reader, scenario_place place, const char *name, uint32_t *index)
{
    const scenario *const whole = reader->scenario;
    size_t near = 0;
    *index = scenario_endpoint_index(whole, name);
    if (*index != SCENARIO_NONE || strcmp(name, ENDPOINT_CORE) == 0)
        return true;
    if (!scenario_endpoint_check_name(reader, place, name))
        return false;
    const char *const meant = scenario_suggest(name, name_at_index, whole, &near);
    if (meant) {
        scenario_fault(reader, place,
                       "unknown endpoint '%s'; did you mean '%s'? A library that is found by that name needs "
                       "an entry here: endpoints: {%s: {}}",
                       name, meant, name);
        *index = near < whole->endpoint_count ? (uint32_t)near : SCENARIO_NONE;
        return false;
    }
    if (!add(reader, place, name))
        return false;
    *index = (uint32_t)whole->endpoint_count - 1;
    return true;
}

/* --- the section --- */

static bool check_option(scenario_reader *reader, const tree_node *entry)
{
    const size_t length = strlen(entry->key);
    if (length == 0 || length > OPTION_NAME_MAX_BYTES ||
        strspn(entry->key, WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != length || strchr("._-", entry->key[0])) {
        scenario_fault(reader, entry->key_place,
                       "'%.80s' is no option's name: write 1 to %d of letters, digits and . _ -, a letter or "
                       "digit first",
                       entry->key, OPTION_NAME_MAX_BYTES);
        return false;
    }
    if (!scenario_read_kind(reader, entry, TREE_SCALAR, entry->key, "1"))
        return false;
    if (strlen(entry->text) > OPTION_VALUE_MAX_BYTES) {
        scenario_fault(reader, entry->place, "%.80s: a value of %zu bytes: at most %d", entry->key,
                       strlen(entry->text), OPTION_VALUE_MAX_BYTES);
        return false;
    }
    return true;
}

static void read_options(scenario_reader *reader, const tree_node *map, scenario_endpoint *endpoint)
{
    if (!scenario_read_kind(reader, map, TREE_MAP, "a mapping of options", "{cc: bbr}"))
        return;
    if (map->count > OPTIONS_MAX) {
        scenario_fault(reader, map->place, "%zu options: at most %d", map->count, OPTIONS_MAX);
        return;
    }
    scenario_option *const options = scenario_arena_alloc(reader->arena, map->count, sizeof(*options));
    for (const tree_node *entry = map->first; options && entry; entry = entry->next)
        if (check_option(reader, entry))
            options[endpoint->option_count++] = (scenario_option){.name = entry->key, .value = entry->text};
    endpoint->options = options;
}

/* A name without a slash would be looked for elsewhere by whoever opens it. */
static const char *with_slash(scenario_reader *reader, const char *path)
{
    const size_t room = strlen(path) + sizeof("./");
    char *const text = strchr(path, '/') ? NULL : scenario_arena_alloc(reader->arena, room, 1);
    if (text)
        (void)snprintf(text, room, "./%s", path);
    return text ? text : path;
}

static void read_entry(scenario_reader *reader, const tree_node *entry)
{
    scenario_endpoint *const endpoint = add(reader, entry->key_place, entry->key);
    if (!endpoint || !check_own_name(reader, entry->key_place, entry->key) ||
        !scenario_read_kind(reader, entry, TREE_MAP, "the endpoint's keys", "{library: ./libmine.so}"))
        return;
    (void)scenario_read_map(reader, entry, SCENARIO_ENDPOINT_TABLE, endpoint);
    const tree_node *const library = tree_get(entry, "library");
    const tree_node *const options = tree_get(entry, "options");
    if (library && library->kind == TREE_SCALAR && endpoint->library) {
        const char *const path = scenario_find_file(reader, library);
        endpoint->library = path ? with_slash(reader, path) : NULL;
    }
    if (options)
        read_options(reader, options, endpoint);
}

void scenario_endpoints_read(scenario_reader *reader, const tree_node *section)
{
    if (!scenario_read_kind(reader, section, TREE_MAP, "a mapping of endpoints",
                            "{mine: {library: ./libmine.so}}"))
        return;
    if (section->count > ENDPOINTS_MAX) {
        scenario_fault(reader, section->place, "%zu endpoints: at most %d", section->count, ENDPOINTS_MAX);
        return;
    }
    for (const tree_node *entry = section->first; entry; entry = entry->next)
        read_entry(reader, entry);
}

void scenario_endpoint_read(scenario_reader *reader, const tree_node *value, uint32_t *index)
{
    if (scenario_read_kind(reader, value, TREE_SCALAR, "an endpoint's name", "mine"))
        (void)scenario_endpoint_find(reader, value->place, value->text, index);
}

/* --- what the command line says --- */

bool scenario_endpoint_split(scenario_reader *reader, scenario_place place, const char *text,
                             const char **name, const char **value)
{
    const char *const equals = strchr(text, '=');
    if (!equals || equals == text || equals[1] == '\0') {
        scenario_fault(reader, place, "names nothing: write for example %s",
                       place.override <= reader->source->override_count + reader->source->endpoint_count
                           ? "--endpoint mine=./libmine.so"
                           : "--as client=mine");
        return false;
    }
    *name = scenario_arena_text(reader->arena, text, (size_t)(equals - text));
    *value = scenario_arena_text(reader->arena, equals + 1, strlen(equals + 1));
    return *name && *value;
}

void scenario_endpoints_given(scenario_reader *reader, const tree_node *section)
{
    const scenario_source *const source = reader->source;
    (void)section;
    for (size_t i = 0; i < source->endpoint_count; i++) {
        const scenario_place place = {.override = (uint32_t)(source->override_count + i + 1)};
        const char *name, *path;
        if (!scenario_endpoint_split(reader, place, source->endpoints[i], &name, &path) ||
            !check_own_name(reader, place, name))
            continue;
        const uint32_t index = scenario_endpoint_index(reader->scenario, name);
        scenario_endpoint *const endpoint = index == SCENARIO_NONE
                                                ? add(reader, place, name)
                                                : (scenario_endpoint *)&reader->scenario->endpoints[index];
        if (endpoint) {
            endpoint->place = place;
            endpoint->library = with_slash(reader, path);
        }
    }
}

/* A library that is given by its path, and that some node runs, is there. */
static void check_library(scenario_reader *reader, const scenario_endpoint *endpoint)
{
    struct stat about;
    const char *why = NULL;
    if (stat(endpoint->library, &about) != 0)
        why = strerror(errno);
    else if (!S_ISREG(about.st_mode))
        why = "not a file";
    if (why) {
        scenario_fault(reader, endpoint->place, "the library '%.200s' of endpoint '%s' cannot be read: %s",
                       endpoint->library, endpoint->name, why);
    }
}

void scenario_endpoints_look(scenario_reader *reader)
{
    const scenario *const whole = reader->scenario;
    bool used[ENDPOINTS_MAX] = {false};
    for (size_t i = 0; i < whole->node_count; i++)
        if (whole->nodes[i].endpoint != SCENARIO_NONE)
            used[whole->nodes[i].endpoint] = true;
    for (size_t i = 0; i < whole->endpoint_count; i++)
        if (used[i] && whole->endpoints[i].library)
            check_library(reader, &whole->endpoints[i]);
}
