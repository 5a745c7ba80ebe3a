/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/store/summary.h"

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

static bool take_row(const json_t *item, summary_table table, summary_value *row)
{
    const summary_column *const columns = summary_table_columns(table);
    for (size_t i = 0; i < summary_table_width(table); i++)
        if (columns[i].stored && !take(look_up(item, columns[i].path), &row[i]))
            return false;
    return true;
}

int store_read_summary(const json_t *summary, summary_rows *out)
{
    summary_rows rows = {0};
    const json_t *const contradiction = json_object_get(summary, "contradiction");
    for (summary_table table = 0; table < SUMMARY_TABLES; table++)
        rows.counts[table] = json_array_size(array_of(summary, table));
    if (!summary_rows_alloc(&rows))
        return STORE_ERR_NO_MEMORY;
    bool good = json_is_object(summary) && take(json_object_get(summary, "verdict"), &rows.verdict) &&
                take(json_object_get(summary, "duration_ns"), &rows.duration_ns);
    rows.contradiction = summary_value_of(json_string_value(contradiction));
    for (summary_table table = 0; good && table < SUMMARY_TABLES; table++)
        for (size_t i = 0; good && i < rows.counts[table]; i++)
            good = take_row(json_array_get(array_of(summary, table), i), table, summary_row(&rows, table, i));
    if (!good) {
        summary_rows_free(&rows);
        return STORE_ERR_INPUT;
    }
    *out = rows;
    return STORE_OK;
}
