/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/store/summary.h"

#include "sim/verdict/rules/rules.h"
#include "tools/store/columns.h"

#include <string.h>

enum { NAME_MAX_BYTES = 64 };

static const json_t *look_up(const json_t *object, const char *path)
{
    char part[NAME_MAX_BYTES];
    while (object && *path) {
        const size_t len = strcspn(path, ".");
        if (len >= sizeof part)
            return NULL;
        memcpy(part, path, len);
        part[len] = '\0';
        object = json_object_get(object, part);
        path += len + (path[len] == '.');
    }
    return object;
}

/* The items of a table. */
static const json_t *array_of(const json_t *summary, summary_table table)
{
    return (size_t)table < STORE_ITEM_TABLES ? json_object_get(summary, STORE_ITEM_TABLE[table].array)
           : table == SUMMARY_EXPECTATIONS   ? json_object_get(summary, "expectations")
                                             : look_up(summary, "known_fault.expectations");
}

static bool take(const json_t *value, summary_value *out)
{
    switch (value ? json_typeof(value) : JSON_NULL) {
    case JSON_STRING:
        *out = summary_value_of(json_string_value(value));
        return true;
    case JSON_INTEGER:
        *out = (summary_value){.kind = SUMMARY_NUMBER, .number = json_integer_value(value)};
        return true;
    case JSON_TRUE:
    case JSON_FALSE:
        *out = (summary_value){.kind = SUMMARY_NUMBER, .number = json_is_true(value)};
        return true;
    case JSON_NULL:
        *out = (summary_value){0};
        return true;
    case JSON_OBJECT:
    case JSON_ARRAY:
    case JSON_REAL:
        break;
    }
    return false;
}

/* Of rules, only those that the store has a row for (sim/verdict/summary_columns.h). */
static bool is_row(const json_t *item, summary_table table)
{
    const char *const verdict = json_string_value(json_object_get(item, "verdict"));
    return table != SUMMARY_RULES || !verdict || strcmp(verdict, "broken") == 0 ||
           strcmp(verdict, "declined") == 0;
}

/* An object is the only item. */
static size_t count_items(const json_t *items)
{
    return json_is_object(items) ? 1 : json_array_size(items);
}

static const json_t *item_of(const json_t *items, size_t index)
{
    return json_is_object(items) ? items : json_array_get(items, index);
}

static size_t count_rows(const json_t *items, summary_table table)
{
    size_t count = 0;
    for (size_t i = 0; i < count_items(items); i++)
        count += is_row(item_of(items, i), table);
    return count;
}

/* A summary from before there was a witness says nothing of rules; one of another build may name rules that
 * this one does not know. */
static void take_rules(const json_t *rules, summary_rows *out)
{
    int64_t broken = 0;
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *const item = json_array_get(rules, i);
        const char *const name = json_string_value(json_object_get(item, "rule"));
        const char *const verdict = json_string_value(json_object_get(item, "verdict"));
        const rules_rule rule = name ? rules_find(name) : RULES_COUNT;
        broken += verdict && strcmp(verdict, "broken") == 0;
        if (rule < RULES_COUNT)
            out->exercised[rule / 64] |= UINT64_C(1) << rule % 64;
    }
    if (!json_is_array(rules))
        return;
    out->rules_exercised = (summary_value){.kind = SUMMARY_NUMBER, .number = (int64_t)json_array_size(rules)};
    out->rules_broken = (summary_value){.kind = SUMMARY_NUMBER, .number = broken};
}

static bool take_row(const json_t *item, summary_table table, summary_value *row)
{
    const summary_column *const columns = summary_table_columns(table);
    for (size_t i = 0; i < summary_table_width(table); i++)
        if (columns[i].stored && !take(look_up(item, columns[i].path), &row[i]))
            return false;
    return true;
}

static bool take_rows(const json_t *items, summary_table table, const summary_rows *rows)
{
    size_t taken = 0;
    for (size_t i = 0; i < count_items(items); i++)
        if (is_row(item_of(items, i), table) &&
            !take_row(item_of(items, i), table, summary_row(rows, table, taken++)))
            return false;
    return true;
}

int store_read_summary(const json_t *summary, summary_rows *out)
{
    summary_rows rows = {0};
    const json_t *const contradiction = json_object_get(summary, "contradiction");
    for (summary_table table = 0; table < SUMMARY_TABLES; table++)
        rows.counts[table] = count_rows(array_of(summary, table), table);
    take_rules(json_object_get(summary, "rules"), &rows);
    if (!summary_rows_alloc(&rows))
        return STORE_ERR_NO_MEMORY;
    bool good = json_is_object(summary) && take(json_object_get(summary, "verdict"), &rows.verdict) &&
                take(json_object_get(summary, "duration_ns"), &rows.duration_ns);
    rows.contradiction = summary_value_of(json_string_value(contradiction));
    for (summary_table table = 0; good && table < SUMMARY_TABLES; table++)
        good = take_rows(array_of(summary, table), table, &rows);
    if (!good) {
        summary_rows_free(&rows);
        return STORE_ERR_INPUT;
    }
    *out = rows;
    return STORE_OK;
}
