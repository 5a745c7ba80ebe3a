/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *child_name(const void *names, size_t index)
{
    const tree_node *child = ((const tree_node *)names)->first;
    while (child && index-- > 0) {
        child = child->next;
    }
    return child ? child->key : NULL;
}

static tree_node *child_at(const tree_node *list, const char *number)
{
    char *end = NULL;
    unsigned long index = strtoul(number, &end, 10);
    bool is_number = number[0] >= '0' && number[0] <= '9' && *end == '\0';
    tree_node *child = is_number && index < list->count ? list->first : NULL;
    while (child && index-- > 0) {
        child = child->next;
    }
    return child;
}

static tree_node *step(const tree_node *from, const char *part)
{
    switch (from->kind) {
    case TREE_MAP:
        for (tree_node *child = from->first; child; child = child->next) {
            if (strcmp(child->key, part) == 0) {
                return child;
            }
        }
        return NULL;
    case TREE_LIST:
        return child_at(from, part);
    case TREE_SCALAR:
        return NULL;
    }
    return NULL;
}

static void report_missing(scenario_reader *reader, scenario_place place, const tree_node *from,
                           const char *part)
{
    const char *near = from->kind == TREE_MAP ? scenario_suggest(part, child_name, from, NULL) : NULL;
    if (from->kind == TREE_LIST) {
        scenario_fault(reader, place, "no entry '%.60s': the list has %zu, counted from 0", part,
                       from->count);
    } else if (near) {
        scenario_fault(reader, place, "nothing is called '%.60s' there; did you mean '%s'?", part, near);
    } else {
        scenario_fault(reader, place, "nothing is called '%.60s' there", part);
    }
}

/* Walks to the parent of a dotted key's last part. `path` is cut up. NULL with a fault reported. */
static tree_node *walk(scenario_reader *reader, tree_node *root, scenario_place place, char *path,
                       char **last)
{
    tree_node *at = root;
    char *part = path;
    for (char *dot = strchr(part, '.'); dot; dot = strchr(part, '.')) {
        *dot = '\0';
        tree_node *next = step(at, part);
        if (!next) {
            report_missing(reader, place, at, part);
            return NULL;
        }
        at = next;
        part = dot + 1;
    }
    if (at->kind == TREE_SCALAR || *part == '\0') {
        scenario_fault(reader, place, "names no key: write for example networks.wifi.delay");
        return NULL;
    }
    *last = part;
    return at;
}

static void replace_value(tree_node *target, const tree_node *value)
{
    target->kind = value->kind;
    target->quoted = value->quoted;
    target->place = value->place;
    target->text = value->text;
    target->first = value->first;
    target->last = value->last;
    target->count = value->count;
}

static void put(scenario_reader *reader, tree_node *parent, const char *key, tree_node *value)
{
    tree_node *existing = step(parent, key);
    if (existing) {
        replace_value(existing, value);
        return;
    }
    if (parent->kind == TREE_LIST) {
        report_missing(reader, value->place, parent, key);
        return;
    }
    value->key = key;
    value->key_place = value->place;
    value->key_hash = scenario_hash(SCENARIO_HASH_START, key, strlen(key));
    if (parent->last) {
        parent->last->next = value;
    } else {
        parent->first = value;
    }
    parent->last = value;
    parent->count++;
}

void scenario_override_apply(scenario_reader *reader, tree_node *root)
{
    for (size_t i = 0; i < reader->source->override_count; i++) {
        const char *text = reader->source->overrides[i];
        scenario_place place = {.override = (uint32_t)i + 1};
        const char *equals = strchr(text, '=');
        if (!equals) {
            scenario_fault(reader, place, "no '=': write for example --set networks.wifi.delay=50ms");
            continue;
        }
        char *path = scenario_arena_text(reader->arena, text, (size_t)(equals - text));
        char *last = NULL;
        tree_node *parent = path ? walk(reader, root, place, path, &last) : NULL;
        tree_node *value =
            parent ? scenario_yaml_parse(reader, equals + 1, strlen(equals + 1), place.override) : NULL;
        if (value) {
            put(reader, parent, last, value);
        }
    }
}

/* --- vary --- */

/* What a fault of the scenario with this value says at the value's place. */
static void report_value(scenario_reader *reader, const tree_node *value, const char *override,
                         const scenario_diagnostic *fault)
{
    const char *message = strstr(fault->text, ": "); /* after "FILE:LINE:COLUMN" or "--set KEY" */
    message = message ? message + 2 : fault->text;
    if (fault->place.line > 0) {
        scenario_fault(reader, value->place, "with %.80s line %u is wrong: %s", override, fault->place.line,
                       message);
    } else {
        scenario_fault(reader, value->place, "%s", message);
    }
}

/* Loads the scenario as --set KEY=VALUE would, and without `vary`. */
static void check_value(scenario_reader *reader, const char *key, const tree_node *value)
{
    size_t count = reader->source->override_count;
    size_t room = strlen(key) + strlen(value->text) + 2;
    const char **overrides = scenario_arena_alloc(reader->arena, count + 2, sizeof(*overrides));
    char *override = scenario_arena_alloc(reader->arena, room, 1);
    if (!overrides || !override) {
        return;
    }
    snprintf(override, room, "%s=%s", key, value->text);
    for (size_t i = 0; i < count; i++) {
        overrides[i] = reader->source->overrides[i];
    }
    overrides[count] = "vary={}";
    overrides[count + 1] = override;
    scenario_source source = {.text = reader->text,
                              .text_bytes = reader->text_bytes,
                              .name = reader->file,
                              .overrides = overrides,
                              .override_count = count + 2,
                              .file_bytes_max = reader->source->file_bytes_max};
    scenario_diagnostics faults;
    scenario *loaded = NULL;
    scenario_diagnostics_init(&faults);
    int status = scenario_load(&source, &loaded, &faults);
    if (status == SCENARIO_ERR_MEMORY) {
        scenario_fault(reader, value->place, "%s", scenario_strerror(status));
    } else if (faults.count > 0) {
        report_value(reader, value, override, &faults.items[0]);
    }
    scenario_free(loaded);
    scenario_diagnostics_fini(&faults);
}

/* Only when nothing else is wrong, or one fault would be told for every value. */
static void check_values(scenario_reader *reader, const tree_node *section)
{
    size_t count = 0;
    for (const tree_node *entry = section->first; entry; entry = entry->next) {
        count += entry->count;
    }
    if (count > SCENARIO_VARY_MAX) {
        scenario_fault(reader, section->place, "%zu values: at most %d", count, SCENARIO_VARY_MAX);
    }
    if (reader->diagnostics->total > 0) {
        return;
    }
    for (const tree_node *entry = section->first; entry; entry = entry->next) {
        for (const tree_node *value = entry->first; value; value = value->next) {
            check_value(reader, entry->key, value);
        }
    }
}

static void vary_values(scenario_reader *reader, const tree_node *entry, scenario_vary *vary)
{
    if (!scenario_read_kind(reader, entry, TREE_LIST, "a list of values", "[10ms, 50ms]")) {
        return;
    }
    const char **values = scenario_arena_alloc(reader->arena, entry->count, sizeof(*values));
    if (!values) {
        return;
    }
    for (const tree_node *value = entry->first; value; value = value->next) {
        if (scenario_read_kind(reader, value, TREE_SCALAR, "a value", "50ms")) {
            values[vary->value_count++] = value->text;
        }
    }
    vary->values = values;
    if (entry->count == 0) {
        scenario_fault(reader, entry->place, "no values: write for example [10ms, 50ms]");
    }
}

void scenario_vary_read(scenario_reader *reader, tree_node *root, const tree_node *section)
{
    if (!scenario_read_kind(reader, section, TREE_MAP, "a mapping of dotted keys",
                            "{networks.wifi.delay: [10ms, 50ms]}")) {
        return;
    }
    scenario_vary *vary = scenario_arena_alloc(reader->arena, section->count, sizeof(*vary));
    if (!vary) {
        return;
    }
    reader->scenario->vary = vary;
    for (const tree_node *entry = section->first; entry; entry = entry->next) {
        char *path = scenario_arena_text(reader->arena, entry->key, strlen(entry->key));
        char *last = NULL;
        if (path) {
            walk(reader, root, entry->key_place, path, &last);
        }
        scenario_vary *item = &vary[reader->scenario->vary_count++];
        *item = (scenario_vary){.place = entry->key_place, .key = entry->key};
        vary_values(reader, entry, item);
    }
    check_values(reader, section);
}
