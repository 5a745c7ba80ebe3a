/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/summary_groups.h"

#include "sim/record/chains.h"
#include "sim/record/rank.h"
#include "sim/record/room.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_TABLE SUMMARY_MIGRATIONS
#define END_TABLE (SUMMARY_MOVES + 1)

/* An item: who it is about, and what was measured. */
typedef struct item {
    uint32_t from,
        to; /* nodes, the one that sends, dials, moves or has noticed first; may be SCENARIO_NONE */
    const char *label;
    uint64_t value; /* ROAM_NEVER: none */
} item;

typedef struct ranked {
    uint64_t value;
    uint32_t index;
    uint32_t node;
} ranked;

typedef struct builder {
    const scenario *whole;
    const recorder *recorded;
    uint32_t limit;
    bool each;
    chains classes; /* rows, by key_of */
    size_t room;
    summary_groups *out;
} builder;

/* --- the items --- */

static size_t count_of(const builder *self, summary_table table)
{
    size_t count = 0;
    if (table == SUMMARY_MIGRATIONS)
        (void)recorder_migrations(self->recorded, &count);
    else if (table == SUMMARY_REBINDS)
        (void)recorder_rebinds(self->recorded, &count);
    else if (table == SUMMARY_MOVES)
        (void)recorder_moves(self->recorded, &count);
    else
        count = table == SUMMARY_PEERS ? self->whole->peer_count : self->whole->traffic_count;
    return count;
}

static item migration_at(const builder *self, size_t index)
{
    size_t count;
    const recorder_migration *const of = &recorder_migrations(self->recorded, &count)[index];
    return (item){of->event->node, of->to, scenario_event_call(of->event)->label, recorder_validation_ns(of)};
}

static item move_at(const builder *self, size_t index)
{
    size_t count;
    const recorder_move *const of = &recorder_moves(self->recorded, &count)[index];
    return (item){of->event->node, of->to, scenario_event_call(of->event)->label,
                  of->done ? of->done_ns - of->requested_ns : ROAM_NEVER};
}

static item peer_at(const builder *self, size_t index)
{
    const scenario_peer *const peer = &self->whole->peers[index];
    const uint64_t up_ns = recorder_peers(self->recorded)[index].dialer.first_up_ns;
    return (item){peer->dialer, peer->acceptor, NULL, up_ns == ROAM_NEVER ? ROAM_NEVER : up_ns - peer->at_ns};
}

static item item_at(const builder *self, summary_table table, size_t index)
{
    size_t count;
    if (table == SUMMARY_MIGRATIONS)
        return migration_at(self, index);
    if (table == SUMMARY_MOVES)
        return move_at(self, index);
    if (table == SUMMARY_PEERS)
        return peer_at(self, index);
    if (table == SUMMARY_REBINDS) {
        const recorder_rebind *const of = &recorder_rebinds(self->recorded, &count)[index];
        return (item){of->node, of->other, NULL, recorder_rebind_ns(of)};
    }
    const scenario_traffic *const flow = &self->whole->traffic[index];
    return (item){flow->from, flow->to, NULL, recorder_flows(self->recorded)[index].gap_ns};
}

/* --- alike --- */

static const scenario_group *group_of(const builder *self, uint32_t node)
{
    const scenario_group *const group = node == SCENARIO_NONE ? NULL : self->whole->nodes[node].group;
    return group && group->count > self->limit ? group : NULL;
}

/* False: the item is not of a group. A rebind is of the node that was moved. */
static bool sort_out(const builder *self, summary_table table, const item *of, summary_group *row)
{
    const scenario_group *const from = group_of(self, of->from);
    const scenario_group *const to = group_of(self, of->to);
    const bool up = from && !(to && table == SUMMARY_REBINDS);
    const uint32_t other = up ? of->to : of->from;
    const scenario_group *const others = other == SCENARIO_NONE ? NULL : self->whole->nodes[other].group;
    *row = (summary_group){.table = table,
                           .group = up ? from : to,
                           .label = of->label,
                           .other = others ? others->first : other,
                           .other_is_group = others,
                           .up = up};
    return row->group;
}

static bool is_alike(const summary_group *a, const summary_group *b)
{
    return a->table == b->table && a->group == b->group && a->other == b->other && a->up == b->up &&
           !a->label == !b->label && (!a->label || strcmp(a->label, b->label) == 0);
}

/* What is_alike compares, but for the label. */
static uint64_t key_of(const summary_group *row)
{
    return chains_pair(row->group->first * 16 + (uint32_t)row->table * 2 + row->up, row->other);
}

static void name_ends(const builder *self, summary_group *row)
{
    const char *const other = row->other == SCENARIO_NONE ? "a peer"
                              : row->other_is_group       ? self->whole->nodes[row->other].group->name
                                                          : self->whole->nodes[row->other].name;
    (void)snprintf(row->of, sizeof row->of, "%.40s -> %.40s", row->up ? row->group->name : other,
                   row->up ? other : row->group->name);
}

/* The row of an item; CHAINS_END with *failed: out of memory, else the item is of none. */
static uint32_t row_of(builder *self, const summary_group *wanted, bool *failed)
{
    summary_groups *const out = self->out;
    const uint64_t key = key_of(wanted);
    for (uint32_t i = chains_first(&self->classes, key); i != CHAINS_END; i = chains_next(&self->classes, i))
        if (is_alike(&out->rows[i], wanted))
            return i;
    summary_group *const grown = room_for_one(out->rows, out->count, &self->room, sizeof *grown);
    if (!grown) {
        *failed = true;
        return CHAINS_END;
    }
    out->rows = grown;
    chains_add(&self->classes, key);
    out->rows[out->count] = *wanted;
    name_ends(self, &out->rows[out->count]);
    return (uint32_t)out->count++;
}

/* --- one table --- */

/* The worst first; of equal ones the earlier. */
static int compare(const void *a, const void *b)
{
    const ranked *const left = a, *const right = b;
    if (left->value != right->value)
        return left->value > right->value ? -1 : 1;
    return left->index < right->index ? -1 : left->index > right->index;
}

/* Nearest rank of the valued ones, which are sorted downwards and come last. */
static uint64_t percentile(const ranked *items, const summary_group *row, uint64_t percent)
{
    return row->valued == 0 ? ROAM_NEVER : items[row->count - rank_nearest(row->valued, percent, 100)].value;
}

static void settle(const builder *self, summary_group *row, ranked *items, bool *left_out)
{
    qsort(items, row->count, sizeof *items, compare);
    while (row->valued < row->count && items[row->count - 1 - row->valued].value != ROAM_NEVER)
        row->valued++;
    row->p50_ns = percentile(items, row, 50);
    row->p90_ns = percentile(items, row, 90);
    row->p99_ns = percentile(items, row, 99);
    row->max_ns = percentile(items, row, 100);
    for (size_t i = 0; i < row->count && i < SUMMARY_WORST; i++) {
        row->worst[row->worst_count] = items[i].index;
        row->worst_nodes[row->worst_count++] = items[i].node;
    }
    for (size_t i = SUMMARY_WORST; i < row->count && !self->each; i++)
        left_out[items[i].index] = true;
}

/* Puts the items of each row side by side, and settles the rows from `first` on. */
static void settle_rows(builder *self, summary_table table, size_t first, const uint32_t *rows, size_t count,
                        ranked *sorted, bool *left_out)
{
    summary_groups *const out = self->out;
    size_t at = 0;
    for (size_t i = first; i < out->count; i++) {
        out->rows[i].worst[0] = (uint32_t)at; /* until it is settled: where its items go */
        at += out->rows[i].count;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (rows[i] == CHAINS_END)
            continue;
        summary_group *const row = &out->rows[rows[i]];
        const item of = item_at(self, table, i);
        sorted[row->worst[0]++] = (ranked){of.value, i, row->up ? of.from : of.to};
    }
    at = 0;
    for (size_t i = first; i < out->count; i++) {
        settle(self, &out->rows[i], sorted + at, left_out);
        at += out->rows[i].count;
    }
}

static bool take_table(builder *self, summary_table table)
{
    const size_t count = count_of(self, table);
    const size_t first = self->out->count;
    uint32_t *const rows = malloc((count + 1) * sizeof *rows);
    ranked *const sorted = malloc((count + 1) * sizeof *sorted);
    bool *const left_out = calloc(count + 1, sizeof *left_out);
    bool failed = !rows || !sorted || !left_out || !chains_init(&self->classes, self->out->count + count);
    for (size_t i = 0; i < first && !failed; i++) /* rows of other tables keep their numbers */
        chains_add(&self->classes, key_of(&self->out->rows[i]));
    for (size_t i = 0; i < count && !failed; i++) {
        summary_group wanted;
        const item of = item_at(self, table, i);
        rows[i] = sort_out(self, table, &of, &wanted) ? row_of(self, &wanted, &failed) : CHAINS_END;
        if (rows[i] != CHAINS_END)
            self->out->rows[rows[i]].count++;
    }
    if (!failed)
        settle_rows(self, table, first, rows, count, sorted, left_out);
    chains_fini(&self->classes);
    free(rows);
    free(sorted);
    self->out->left_out[table] = left_out;
    return !failed;
}

static bool has_large(const scenario *whole, uint32_t limit)
{
    for (size_t i = 0; i < whole->group_count; i++)
        if (whole->groups[i].count > limit)
            return true;
    return false;
}

bool summary_groups_of(const scenario *whole, const recorder *recorded, uint32_t limit, bool each,
                       summary_groups *out)
{
    summary_groups made = {0};
    builder self = {.whole = whole, .recorded = recorded, .limit = limit, .each = each, .out = &made};
    bool good = true;
    for (summary_table table = FIRST_TABLE; good && table < END_TABLE && has_large(whole, limit); table++)
        good = take_table(&self, table);
    if (!good) {
        summary_groups_free(&made);
        return false;
    }
    *out = made;
    return true;
}

void summary_groups_leave_out_all(summary_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->rows[i].worst_count; j++)
            groups->left_out[groups->rows[i].table][groups->rows[i].worst[j]] = true;
}

void summary_groups_free(summary_groups *groups)
{
    free(groups->rows);
    for (summary_table table = 0; table < SUMMARY_TABLES; table++)
        free(groups->left_out[table]);
    *groups = (summary_groups){0};
}

static const struct {
    const char *items, *measure;
} WORDS[END_TABLE] = {[SUMMARY_MIGRATIONS] = {"migrations", "validation"},
                      [SUMMARY_REBINDS] = {"rebinds", "validation"},
                      [SUMMARY_FLOWS] = {"traffic", "gap"},
                      [SUMMARY_PEERS] = {"peers", "connected"},
                      [SUMMARY_MOVES] = {"moves", "took"}};

const char *summary_group_items(summary_table table)
{
    assert(table < END_TABLE);
    return WORDS[table].items;
}

const char *summary_group_measure(summary_table table)
{
    assert(table < END_TABLE);
    return WORDS[table].measure;
}
