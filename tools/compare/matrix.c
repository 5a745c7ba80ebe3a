/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/compare/matrix.h"

#include "tools/cli/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool compare_matrix_init(compare_matrix *self, const compare_column *columns, size_t column_count,
                         const compare_row *rows, size_t row_count)
{
    *self = (compare_matrix){.columns = columns,
                             .column_count = column_count,
                             .rows = rows,
                             .row_count = row_count,
                             .cells = calloc(column_count * row_count + 1, sizeof(compare_cell))};
    for (size_t i = 0; self->cells && i < column_count * row_count; i++)
        self->cells[i].validation_ns = self->cells[i].rebind_ns = UINT64_MAX;
    return self->cells;
}

void compare_matrix_fini(compare_matrix *self)
{
    for (size_t i = 0; self->cells && i < self->column_count * self->row_count; i++) {
        compare_cell *const cell = &self->cells[i];
        for (size_t n = 0; n < cell->story_count; n++) {
            free(cell->stories[n].reasons);
            free(cell->stories[n].rules);
        }
        free(cell->stories);
        free(cell->broken);
    }
    for (size_t i = 0; i < self->text_count; i++)
        free(self->texts[i]);
    free(self->texts);
    free(self->cells);
    *self = (compare_matrix){0};
}

compare_cell *compare_matrix_cell(const compare_matrix *self, size_t row, size_t column)
{
    assert(row < self->row_count && column < self->column_count);
    return &self->cells[row * self->column_count + column];
}

/* ---- copies ---- */

/* False: out of memory. A NULL stays one. */
static bool keep(compare_matrix *self, const char **text)
{
    if (!*text)
        return true;
    if (self->text_count == self->text_room) {
        const size_t room = self->text_room ? self->text_room * 2 : 64;
        char **const more = realloc(self->texts, room * sizeof *more);
        if (!more)
            return false;
        self->texts = more;
        self->text_room = room;
    }
    char *const copy = strdup(*text);
    if (!copy)
        return false;
    utf8_make(copy);
    self->texts[self->text_count++] = copy;
    *text = copy;
    return true;
}

static bool keep_rule(compare_matrix *self, compare_rule *rule)
{
    return keep(self, &rule->rule) && keep(self, &rule->requirement) && keep(self, &rule->level) &&
           keep(self, &rule->node) && keep(self, &rule->text);
}

/* A story with texts and arrays of its own; the arrays are to be freed also after a failure. */
static bool copy_run(compare_matrix *self, const compare_run *run, compare_story *out)
{
    *out = (compare_story){.kind = run->kind,
                           .combination = run->combination,
                           .seed = run->seed,
                           .runs = 1,
                           .message = run->message,
                           .reasons = calloc(run->reason_count + 1, sizeof *out->reasons),
                           .reason_count = run->reason_count,
                           .rules = calloc(run->rule_count + 1, sizeof *out->rules),
                           .rule_count = run->rule_count};
    if (!out->reasons || !out->rules || !keep(self, &out->combination) || !keep(self, &out->message))
        return false;
    for (size_t i = 0; i < run->reason_count; i++) {
        out->reasons[i] = run->reasons[i];
        if (!keep(self, &out->reasons[i].expected) || !keep(self, &out->reasons[i].measured))
            return false;
    }
    for (size_t i = 0; i < run->rule_count; i++) {
        out->rules[i] = run->rules[i];
        if (!keep_rule(self, &out->rules[i]))
            return false;
    }
    return true;
}

/* ---- stories ---- */

static bool same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

/* The same did not hold, and the same rules were broken at the same ends: what was measured may differ. */
static bool tells(const compare_story *story, const compare_run *run)
{
    bool same = story->kind == run->kind && story->reason_count == run->reason_count &&
                story->rule_count == run->rule_count && same_text(story->message, run->message);
    for (size_t i = 0; same && i < run->reason_count; i++)
        same = strcmp(story->reasons[i].expected, run->reasons[i].expected) == 0;
    for (size_t i = 0; same && i < run->rule_count; i++)
        same = strcmp(story->rules[i].rule, run->rules[i].rule) == 0 &&
               strcmp(story->rules[i].node, run->rules[i].node) == 0;
    return same;
}

/* Behind those that are as bad. */
static size_t place_of(const compare_cell *cell, compare_kind kind)
{
    size_t at = cell->story_count;
    while (at > 0 && cell->stories[at - 1].kind < kind)
        at--;
    return at;
}

static void drop_last(compare_cell *cell)
{
    compare_story *const last = &cell->stories[--cell->story_count];
    cell->more += last->runs;
    free(last->reasons);
    free(last->rules);
}

static bool add_story(compare_matrix *self, compare_cell *cell, const compare_run *run)
{
    compare_story added;
    for (size_t i = 0; i < cell->story_count; i++) {
        if (tells(&cell->stories[i], run)) {
            cell->stories[i].runs++;
            return true;
        }
    }
    const size_t at = place_of(cell, run->kind);
    if (at == COMPARE_STORIES_MAX) {
        cell->more++;
        return true;
    }
    if (!cell->stories)
        cell->stories = calloc(COMPARE_STORIES_MAX, sizeof *cell->stories);
    if (!cell->stories)
        return false;
    if (!copy_run(self, run, &added)) {
        free(added.reasons);
        free(added.rules);
        return false;
    }
    if (cell->story_count == COMPARE_STORIES_MAX)
        drop_last(cell);
    memmove(&cell->stories[at + 1], &cell->stories[at], (cell->story_count - at) * sizeof *cell->stories);
    cell->stories[at] = added;
    cell->story_count++;
    return true;
}

/* ---- runs ---- */

static bool add_broken(compare_matrix *self, compare_cell *cell, const compare_rule *rule)
{
    for (size_t i = 0; i < cell->broken_count; i++) {
        if (strcmp(cell->broken[i].rule, rule->rule) == 0 && cell->broken[i].end == rule->end) {
            cell->broken[i].runs++;
            return true;
        }
    }
    compare_broken added = {.rule = rule->rule, .end = rule->end, .runs = 1};
    compare_broken *const more = realloc(cell->broken, (cell->broken_count + 1) * sizeof *more);
    if (!more)
        return false;
    cell->broken = more;
    if (!keep(self, &added.rule))
        return false;
    more[cell->broken_count++] = added;
    return true;
}

/* UINT64_MAX stands for none. */
static void worsen(uint64_t *worst_ns, uint64_t time_ns)
{
    if (time_ns != UINT64_MAX && (*worst_ns == UINT64_MAX || time_ns > *worst_ns))
        *worst_ns = time_ns;
}

bool compare_matrix_add(compare_matrix *self, size_t row, size_t column, const compare_run *run)
{
    compare_cell *const cell = compare_matrix_cell(self, row, column);
    cell->planned++;
    cell->counts[run->kind]++;
    worsen(&cell->validation_ns, run->validation_ns);
    worsen(&cell->rebind_ns, run->rebind_ns);
    for (size_t i = 0; i < run->rule_count; i++)
        if (!add_broken(self, cell, &run->rules[i]))
            return false;
    const bool good = run->kind == COMPARE_PASSED && run->rule_count == 0;
    return good || run->kind == COMPARE_NOT_RUN || add_story(self, cell, run);
}

/* ---- questions ---- */

compare_kind compare_cell_kind(const compare_cell *cell)
{
    compare_kind kind = COMPARE_KINDS - 1;
    while (kind > COMPARE_NOT_RUN && cell->counts[kind] == 0)
        kind--;
    return kind;
}

size_t compare_cell_runs(const compare_cell *cell)
{
    return cell->planned - cell->counts[COMPARE_NOT_RUN];
}

bool compare_column_has(const compare_column *column, compare_role end)
{
    return column->role == COMPARE_BOTH || column->role == end;
}

size_t compare_cell_broken(const compare_cell *cell, const compare_column *column, bool own)
{
    size_t count = 0;
    for (size_t i = 0; i < cell->broken_count; i++) {
        bool counted = compare_column_has(column, cell->broken[i].end) != own;
        for (size_t n = 0; !counted && n < i; n++)
            counted = strcmp(cell->broken[n].rule, cell->broken[i].rule) == 0 &&
                      compare_column_has(column, cell->broken[n].end) == own;
        count += !counted;
    }
    return count;
}

static bool has_broken(const compare_cell *cell, const compare_column *column, const char *rule)
{
    for (size_t i = 0; i < cell->broken_count; i++)
        if (compare_column_has(column, cell->broken[i].end) && strcmp(cell->broken[i].rule, rule) == 0)
            return true;
    return false;
}

static bool is_of(size_t column, size_t wanted)
{
    return wanted == COMPARE_ALL_COLUMNS || column == wanted;
}

size_t compare_matrix_rule_cells(const compare_matrix *self, size_t column, const char *rule)
{
    size_t count = 0;
    for (size_t i = 0; i < self->row_count * self->column_count; i++)
        count += is_of(i % self->column_count, column) &&
                 has_broken(&self->cells[i], &self->columns[i % self->column_count], rule);
    return count;
}

/* Into the order of the counts; of equals the one that was there first. */
static bool insert_rule(const compare_matrix *self, size_t column, const char ***names, size_t *count,
                        const char *rule)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp((*names)[i], rule) == 0)
            return true;
    const size_t cells = compare_matrix_rule_cells(self, column, rule);
    size_t place = *count;
    const char **const more = realloc(*names, (*count + 2) * sizeof *more);
    if (!more)
        return false;
    *names = more;
    for (; place > 0 && compare_matrix_rule_cells(self, column, more[place - 1]) < cells; place--)
        more[place] = more[place - 1];
    more[place] = rule;
    ++*count;
    return true;
}

const char **compare_matrix_rules(const compare_matrix *self, size_t column, size_t *count)
{
    const char **names = calloc(1, sizeof *names);
    *count = 0;
    for (size_t i = 0; names && i < self->row_count * self->column_count; i++) {
        const compare_cell *const cell = &self->cells[i];
        const size_t of = i % self->column_count;
        for (size_t n = 0; is_of(of, column) && n < cell->broken_count; n++) {
            if (!compare_column_has(&self->columns[of], cell->broken[n].end) ||
                insert_rule(self, column, &names, count, cell->broken[n].rule))
                continue;
            free(names);
            return NULL;
        }
    }
    return names;
}

static void add_totals(compare_totals *to, const compare_cell *cell, const compare_column *column)
{
    to->cells[compare_cell_kind(cell)]++;
    to->planned += cell->planned;
    for (compare_kind kind = 0; kind < COMPARE_KINDS; kind++)
        to->runs[kind] += cell->counts[kind];
    to->own_broken += compare_cell_broken(cell, column, true) > 0;
    to->other_broken += compare_cell_broken(cell, column, false) > 0;
    worsen(&to->validation_ns, cell->validation_ns);
}

compare_totals compare_matrix_totals(const compare_matrix *self, size_t column)
{
    compare_totals all = {.validation_ns = UINT64_MAX};
    for (size_t row = 0; row < self->row_count; row++)
        for (size_t i = 0; i < self->column_count; i++)
            if (is_of(i, column))
                add_totals(&all, compare_matrix_cell(self, row, i), &self->columns[i]);
    return all;
}
