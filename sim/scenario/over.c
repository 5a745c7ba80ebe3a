/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/over.h"

#include <string.h>

/* Parts per billion. */
#define PERCENTILE_MIN 500000000u
#define PERCENTILE_MAX 999000000u

static const key_row SHARE_ROW = {"share", KEY_FIELD(KEY_FRACTION, scenario_over, share.min),
                                  .max = SCENARIO_PPB, .example = ">= 99%"};

static const key_row *row_of(const expect_kind *kind, const char *name)
{
    for (const key_row *row = kind->rows; name && row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

bool scenario_over_possible(const expect_kind *kind)
{
    for (const key_row *row = kind->rows; row->name; row++)
        if (row->of_group)
            return true;
    return kind->each;
}

/* "p99.9" and what looks like it. */
static bool looks_ranked(const char *key)
{
    return key[0] == 'p' && key[1] >= '0' && key[1] <= '9';
}

static bool is_over(const expect_kind *kind, const char *key)
{
    return (strcmp(key, SHARE_ROW.name) == 0 || looks_ranked(key)) && scenario_over_possible(kind) &&
           !row_of(kind, key);
}

/* --- the keys --- */

/* A share alone is the least that is wanted. */
bool scenario_read_share(scenario_reader *reader, const tree_node *value, scenario_bound *out)
{
    char message[UNITS_MESSAGE_MAX];
    scenario_bound share = {.max = SCENARIO_PPB};
    if (!scenario_read_kind(reader, value, TREE_SCALAR, SHARE_ROW.name, SHARE_ROW.example))
        return false;
    if (units_parse(UNITS_FRACTION, value->text, 0, SCENARIO_PPB, &share.min, message) != UNITS_OK &&
        !scenario_read_bound(reader, value, &SHARE_ROW, &share))
        return false;
    *out = share;
    return true;
}

static bool read_rank(scenario_reader *reader, const tree_node *value, uint32_t *share_ppb)
{
    char text[16];
    char message[UNITS_MESSAGE_MAX];
    uint64_t share;
    const int length = snprintf(text, sizeof text, "%s%%", value->key + 1);
    if (length >= (int)sizeof text || strlen(value->key) > 5 || /* p99.9 */
        units_parse(UNITS_FRACTION, text, PERCENTILE_MIN, PERCENTILE_MAX, &share, message) != UNITS_OK) {
        scenario_fault(reader, value->key_place, "'%.20s' is no percentile: write p50 to p99.9", value->key);
        return false;
    }
    *share_ppb = (uint32_t)share;
    return true;
}

static bool read_percentile(scenario_reader *reader, const tree_node *value, const expect_kind *kind,
                            scenario_over *over)
{
    const key_row *const measure = kind->ranked ? kind->ranked : row_of(kind, kind->measure);
    scenario_percentile read = {.name = value->key, .bound = {.max = UINT64_MAX}};
    if (!read_rank(reader, value, &read.share_ppb))
        return false;
    if (!measure) {
        scenario_fault(reader, value->key_place,
                       "'%s': there is no percentile of a '%s': write for example share: \">= 99%%\"",
                       value->key, kind->rows[0].name);
        return false;
    }
    if (over->percentile_count == SCENARIO_PERCENTILES_MAX) {
        scenario_fault(reader, value->key_place, "more than %d percentiles", SCENARIO_PERCENTILES_MAX);
        return false;
    }
    key_row row = *measure;
    row.name = value->key;
    if (!scenario_read_kind(reader, value, TREE_SCALAR, value->key, measure->example) ||
        !scenario_read_bound(reader, value, &row, &read.bound))
        return false;
    over->percentiles[over->percentile_count++] = read;
    return true;
}

const tree_node *scenario_over_split(scenario_reader *reader, const tree_node *entry, const expect_kind *kind,
                                     over_draft *out)
{
    *out = (over_draft){.over = {.share = {SCENARIO_PPB, SCENARIO_PPB}}, .good = true};
    for (const tree_node *value = entry->first; value && !out->key; value = value->next)
        out->key = is_over(kind, value->key) ? value : NULL;
    if (!out->key)
        return entry;
    tree_node *const rest = tree_empty_copy(reader, entry);
    if (!rest)
        return NULL;
    for (const tree_node *value = entry->first; value; value = value->next) {
        if (!is_over(kind, value->key)) {
            if (!tree_append_copy(reader, rest, value))
                return NULL;
        } else if (strcmp(value->key, SHARE_ROW.name) == 0) {
            out->good &= scenario_read_share(reader, value, &out->over.share);
        } else {
            out->good &= read_percentile(reader, value, kind, &out->over);
        }
    }
    return rest;
}

/* --- the members --- */

/* The node in place of the first member. */
static void put_member(expect_draft *draft, const group_mention *mention, uint32_t node)
{
    unsigned char *const field = (unsigned char *)draft + mention->row->offset;
    if (mention->row->type == KEY_PAIR) {
        key_pair *const pair = (key_pair *)(void *)field;
        *(mention->second ? &pair->to : &pair->from) = node;
    } else {
        memcpy(field, &node, sizeof node);
    }
}

static uint32_t member_count(const group_mention *mention)
{
    return mention->group ? mention->group->count : mention->count;
}

/* --- all --- */

static const tree_node *value_for_all(const scenario_reader *reader, const tree_node *entry,
                                      const expect_kind *kind, const key_row **row)
{
    for (*row = kind->rows; (*row)->name; ++*row) {
        const tree_node *const value = (*row)->of_all ? tree_get(entry, (*row)->name) : NULL;
        if (value && scenario_is_all(reader, value))
            return value;
    }
    return NULL;
}

/* The node's peers, in the file's order. */
static const uint32_t *peers_of(scenario_reader *reader, uint32_t node, uint32_t *count)
{
    const scenario *const whole = reader->scenario;
    uint32_t *const nodes = scenario_arena_alloc(reader->arena, whole->node_count, sizeof(*nodes));
    *count = 0;
    for (uint32_t i = 0; nodes && i < whole->node_count; i++)
        if (i != node && scenario_peer_index(whole, node, i) != SCENARIO_NONE)
            nodes[(*count)++] = i;
    return nodes;
}

const tree_node *scenario_over_all(scenario_reader *reader, const tree_node *entry, const expect_kind *kind,
                                   group_mention *out)
{
    const key_row *row;
    const tree_node *const all = value_for_all(reader, entry, kind, &row);
    const tree_node *const first = all ? tree_get(entry, kind->rows[0].name) : NULL;
    uint32_t node = SCENARIO_NONE;
    if (!all || first->kind != TREE_SCALAR ||
        (node = scenario_node_index(reader->scenario, first->text)) == SCENARIO_NONE)
        return entry;
    *out = (group_mention){.row = row};
    out->nodes = peers_of(reader, node, &out->count);
    if (out->count == 0) {
        if (!reader->peers_unsure)
            scenario_fault(reader, all->place, "'%s' has no peers", first->text);
        return NULL;
    }
    tree_node *const made = tree_empty_copy(reader, entry);
    if (!made)
        return NULL;
    for (const tree_node *value = entry->first; value; value = value->next) {
        tree_node *const copy = tree_append_copy(reader, made, value);
        if (!copy)
            return NULL;
        if (value == all)
            copy->text = reader->scenario->nodes[out->nodes[0]].name;
    }
    return made;
}

static const scenario_expectation *make_members(scenario_reader *reader, const tree_node *lead,
                                                const group_mention *mention, const expect_kind *kind,
                                                const expect_draft *first)
{
    const size_t before = reader->diagnostics->total;
    const uint32_t count = member_count(mention);
    if (count > SCENARIO_OVER_MAX - reader->over_count) {
        scenario_fault(reader, lead->place, "more than %d members of groups in all expectations",
                       SCENARIO_OVER_MAX);
        return NULL;
    }
    reader->over_count += count;
    scenario_expectation *const members = scenario_arena_alloc(reader->arena, count, sizeof(*members));
    for (uint32_t i = 0; members && i < count && reader->diagnostics->total == before; i++) {
        expect_draft draft = *first;
        put_member(&draft, mention, mention->nodes ? mention->nodes[i] : mention->group->first + i);
        if (kind->check)
            kind->check(reader, lead, &draft);
        members[i] = draft.expectation;
    }
    return reader->diagnostics->total == before ? members : NULL;
}

bool scenario_over_take(scenario_reader *reader, const tree_node *lead, const group_mention *mention,
                        const expect_kind *kind, const over_draft *over, expect_draft *draft)
{
    const bool several = member_count(mention) > 0;
    if (!several && !over->key)
        return true;
    if (!over->good)
        return false;
    if (!several && !kind->each) {
        scenario_fault(reader, over->key->key_place,
                       "'%s' needs a group: a node with for example count: 40, named in the entry",
                       over->key->key);
        return false;
    }
    scenario_over *const taken = scenario_arena_alloc(reader->arena, 1, sizeof(*taken));
    if (!taken)
        return false;
    *taken = over->over;
    taken->group = mention->group;
    if (several) {
        taken->nodes = mention->nodes;
        taken->members = make_members(reader, lead, mention, kind, draft);
        taken->count = member_count(mention);
        if (!taken->members)
            return false;
        draft->expectation = taken->members[0];
    }
    draft->expectation.over = taken;
    return true;
}
