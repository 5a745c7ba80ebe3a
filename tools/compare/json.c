/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The comparison as JSON: README.md has its fields. */
#include "tools/compare/columns.h"
#include "tools/compare/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_VERSION = 1 };

/* The value goes into the object; a NULL of an object that could not be made sticks. */
static void set(json_t *object, const char *key, json_t *value, bool *good)
{
    *good = json_object_set_new(object, key, value) == 0 && *good;
}

static void append(json_t *array, json_t *value, bool *good)
{
    *good = json_array_append_new(array, value) == 0 && *good;
}

/* Names of files may be any bytes. */
static json_t *text_of(const char *text)
{
    json_t *const value = json_string(text);
    char *const copy = value ? NULL : strdup(text);
    for (char *at = copy; at && *at; at++)
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    json_t *const plain = copy ? json_string(copy) : value;
    free(copy);
    return plain;
}

/* UINT64_MAX: null. */
static json_t *number(uint64_t value)
{
    return value == UINT64_MAX ? json_null() : json_integer((json_int_t)value);
}

static json_t *counts_of(const size_t counts[COMPARE_KINDS], bool *good)
{
    json_t *const object = json_object();
    for (compare_kind kind = 0; kind < COMPARE_KINDS; kind++)
        if (counts[kind] > 0)
            set(object, compare_kind_name(kind), number(counts[kind]), good);
    return object;
}

static json_t *rule_of(const compare_column *column, const compare_rule *rule, bool *good)
{
    json_t *const object = json_object();
    set(object, "rule", json_string(rule->rule), good);
    set(object, "id", json_string(rule->requirement), good);
    set(object, "level", json_string(rule->level), good);
    set(object, "node", json_string(rule->node), good);
    set(object, "role", json_string(compare_role_name(rule->end)), good);
    set(object, "library", json_string(rule->end == COMPARE_CLIENT ? column->client : column->server), good);
    set(object, "at_ns", number(rule->at_ns), good);
    set(object, "packet", number(rule->packet), good);
    set(object, "ends", number(rule->ends), good);
    set(object, "text", json_string(rule->text), good);
    return object;
}

static json_t *story_of(const compare_row *row, const compare_column *column, const compare_story *story,
                        bool *good)
{
    char command[REPLAY_COMMAND_MAX];
    json_t *const object = json_object();
    json_t *const reasons = json_array();
    json_t *const rules = json_array();
    set(object, "verdict", json_string(compare_kind_name(story->kind)), good);
    set(object, "combination", json_string(story->combination), good);
    set(object, "seed", number(story->seed), good);
    set(object, "runs", number(story->runs), good);
    set(object, "message", story->message ? json_string(story->message) : json_null(), good);
    for (size_t i = 0; i < story->reason_count; i++) {
        json_t *const reason = json_object();
        set(reason, "expected", json_string(story->reasons[i].expected), good);
        set(reason, "measured", json_string(story->reasons[i].measured), good);
        set(reason, "unsupported", json_boolean(story->reasons[i].unsupported), good);
        append(reasons, reason, good);
    }
    for (size_t i = 0; i < story->rule_count; i++)
        append(rules, rule_of(column, &story->rules[i], good), good);
    set(object, "not_held", reasons, good);
    set(object, "rules", rules, good);
    set(object, "command", text_of(compare_story_command(row, column, story, command)), good);
    return object;
}

static json_t *cell_of(const compare_row *row, const compare_column *column, const compare_cell *cell,
                       bool *good)
{
    json_t *const object = json_object();
    json_t *const rules = json_array();
    json_t *const stories = json_array();
    set(object, "verdict", json_string(compare_kind_name(compare_cell_kind(cell))), good);
    set(object, "runs", number(cell->planned), good);
    set(object, "counts", counts_of(cell->counts, good), good);
    set(object, "validation_ns", number(cell->validation_ns), good);
    set(object, "rebind_ns", number(cell->rebind_ns), good);
    for (size_t i = 0; i < cell->broken_count; i++) {
        json_t *const rule = json_object();
        set(rule, "rule", json_string(cell->broken[i].rule), good);
        set(rule, "role", json_string(compare_role_name(cell->broken[i].end)), good);
        set(rule, "own", json_boolean(compare_column_has(column, cell->broken[i].end)), good);
        set(rule, "runs", number(cell->broken[i].runs), good);
        append(rules, rule, good);
    }
    for (size_t i = 0; i < cell->story_count; i++)
        append(stories, story_of(row, column, &cell->stories[i], good), good);
    set(object, "rules_broken", rules, good);
    set(object, "stories", stories, good);
    set(object, "more_stories", number(cell->more), good);
    return object;
}

static json_t *columns_of(const compare_matrix *matrix, bool *good)
{
    json_t *const array = json_array();
    for (size_t i = 0; i < matrix->column_count; i++) {
        const compare_column *const column = &matrix->columns[i];
        const compare_totals totals = compare_matrix_totals(matrix, i);
        char title[COMPARE_TITLE_MAX];
        json_t *const object = json_object();
        set(object, "title", json_string(compare_column_title(column, title)), good);
        set(object, "client", json_string(column->client), good);
        set(object, "server", json_string(column->server), good);
        set(object, "cells", counts_of(totals.cells, good), good);
        set(object, "runs", counts_of(totals.runs, good), good);
        set(object, "cells_with_rules_broken", number(totals.own_broken), good);
        set(object, "validation_ns", number(totals.validation_ns), good);
        append(array, object, good);
    }
    return array;
}

static json_t *rows_of(const compare_matrix *matrix, bool *good)
{
    json_t *const array = json_array();
    for (size_t i = 0; i < matrix->row_count; i++) {
        const compare_row *const row = &matrix->rows[i];
        json_t *const object = json_object();
        json_t *const cells = json_array();
        set(object, "scenario", json_string(row->scenario), good);
        set(object, "file", text_of(row->file), good);
        set(object, "combination", json_string(row->combination), good);
        for (size_t n = 0; n < matrix->column_count; n++)
            append(cells, cell_of(row, &matrix->columns[n], compare_matrix_cell(matrix, i, n), good), good);
        set(object, "cells", cells, good);
        append(array, object, good);
    }
    return array;
}

bool compare_json(const compare_report *report, FILE *stream)
{
    bool good = true;
    json_t *const all = json_object();
    json_t *const libraries = json_array();
    for (size_t i = 0; i < report->library_count; i++) {
        const compare_library *const library = &report->libraries[i];
        json_t *const object = json_object();
        set(object, "name", json_string(library->name), &good);
        set(object, "path", library->path ? text_of(library->path) : json_null(), &good);
        set(object, "version", library->version[0] ? text_of(library->version) : json_null(), &good);
        append(libraries, object, &good);
    }
    set(all, "compare", json_integer(JSON_VERSION), &good);
    set(all, "build", json_string(report->build), &good);
    set(all, "libraries", libraries, &good);
    set(all, "columns", columns_of(report->matrix, &good), &good);
    set(all, "rows", rows_of(report->matrix, &good), &good);
    if (good) {
        (void)json_dumpf(all, stream, JSON_INDENT(1)); /* the stream knows of failures */
        (void)fputc('\n', stream);
    }
    json_decref(all);
    return good;
}
