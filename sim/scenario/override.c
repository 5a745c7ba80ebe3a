/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/number.h"
#include "sim/scenario/internal.h"

#include <stdio.h>
#include <string.h>

static const char *child_name(const void *names, size_t index)
{
    const tree_node *child = ((const tree_node *)names)->first;
    while (child && index-- > 0)
        child = child->next;
    return child ? child->key : NULL;
}

static tree_node *child_at(const tree_node *list, const char *number)
{
    uint64_t index = 0;
    const bool is_number = core_number_whole(number, 0, UINT64_MAX, &index);
    tree_node *child = is_number && index < list->count ? list->first : NULL;
    while (child && index-- > 0)
        child = child->next;
    return child;
}

static tree_node *step(const tree_node *from, const char *part)
{
    switch (from->kind) {
    case TREE_MAP:
        for (tree_node *child = from->first; child; child = child->next)
            if (strcmp(child->key, part) == 0)
                return child;
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
    const char *const near = from->kind == TREE_MAP ? scenario_suggest(part, child_name, from, NULL) : NULL;
    if (from->kind == TREE_LIST) {
        scenario_fault(reader, place, "no entry '%.60s': the list has %zu, counted from 0", part,
                       from->count);
    } else if (near) {
        scenario_fault(reader, place, "nothing is called '%.60s' there; did you mean '%s'?", part, near);
    } else {
        scenario_fault(reader, place, "nothing is called '%.60s' there", part);
    }
}

tree_node *scenario_override_walk(scenario_reader *reader, tree_node *root, scenario_place place, char *path,
                                  char **last)
{
    tree_node *at = root;
    char *part = path;
    for (char *dot = strchr(part, '.'); dot; dot = strchr(part, '.')) {
        *dot = '\0';
        tree_node *const next = step(at, part);
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
    tree_node *const existing = step(parent, key);
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
    value->key_hash = tree_hash(key);
    tree_append(parent, value);
}

void scenario_override_apply(scenario_reader *reader, tree_node *root)
{
    for (size_t i = 0; i < reader->source->override_count; i++) {
        const char *const text = reader->source->overrides[i];
        scenario_place place = {.override = (uint32_t)i + 1};
        const char *const equals = strchr(text, '=');
        if (!equals) {
            scenario_fault(reader, place, "no '=': write for example --set networks.wifi.delay=50ms");
            continue;
        }
        if (strncmp(text, "include", strcspn(text, "=.")) == 0 && strcspn(text, "=.") == strlen("include")) {
            scenario_fault(reader, place,
                           "what is included is not changed: set the networks, nats and params");
            continue;
        }
        char *const path = scenario_arena_text(reader->arena, text, (size_t)(equals - text));
        char *last = NULL;
        tree_node *const parent = path ? scenario_override_walk(reader, root, place, path, &last) : NULL;
        tree_node *const value =
            parent ? scenario_yaml_parse(reader, equals + 1, strlen(equals + 1), place) : NULL;
        if (value)
            put(reader, parent, last, value);
    }
}

const tree_node *scenario_override_find(const tree_node *root, const char *key)
{
    char part[SCENARIO_KEY_MAX];
    const tree_node *at = root;
    while (at) {
        const size_t length = strcspn(key, ".");
        if (length >= sizeof(part))
            return NULL;
        memcpy(part, key, length);
        part[length] = '\0';
        at = step(at, part);
        if (key[length] == '\0')
            return at;
        key += length + 1;
    }
    return NULL;
}

bool scenario_override_names(const scenario_reader *reader, const char *key)
{
    const size_t length = strlen(key);
    for (size_t i = 0; i < reader->source->override_count; i++) {
        const char *const text = reader->source->overrides[i];
        if (strncmp(text, key, length) == 0 && text[length] == '=')
            return true;
    }
    return false;
}
