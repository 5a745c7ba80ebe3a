/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trees of values, whatever they were written in. */
#include "sim/scenario/internal.h"

#include "core/hash.h"

#include <string.h>

uint64_t tree_hash(const char *key)
{
    return core_hash_bytes(CORE_HASH_START, key, strlen(key));
}

const tree_node *tree_get(const tree_node *map, const char *key)
{
    const uint64_t hash = tree_hash(key);
    for (const tree_node *child = map->kind == TREE_MAP ? map->first : NULL; child; child = child->next)
        if (child->key_hash == hash && strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

void tree_append(tree_node *parent, tree_node *child)
{
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
}

tree_node *tree_append_copy(scenario_reader *reader, tree_node *parent, const tree_node *from)
{
    tree_node *const copy = scenario_arena_alloc(reader->arena, 1, sizeof(*copy));
    if (!copy)
        return NULL;
    *copy = *from;
    tree_append(parent, copy);
    return copy;
}

void tree_clear(tree_node *node)
{
    node->first = NULL;
    node->last = NULL;
    node->count = 0;
}

tree_node *tree_empty_copy(scenario_reader *reader, const tree_node *from)
{
    tree_node *const copy = scenario_arena_alloc(reader->arena, 1, sizeof(*copy));
    if (!copy)
        return NULL;
    *copy = *from;
    tree_clear(copy);
    return copy;
}
