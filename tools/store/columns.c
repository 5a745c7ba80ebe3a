/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/store/columns.h"

#include <assert.h>
#include <string.h>

const store_item_table STORE_ITEM_TABLE[STORE_ITEM_TABLES] = {
    [SUMMARY_MIGRATIONS] = {"migrations", "migrations", "call", "one call to migrate"},
    [SUMMARY_REBINDS] = {"rebinds", "rebinds", "number",
                         "a peer that a NAT moved, as the node at the other end noticed"},
    [SUMMARY_FLOWS] = {"gaps", "traffic", "flow",
                       "one entry of the scenario's traffic: what came of it, and its longest gap"},
    [SUMMARY_PEERS] = {"peers", "peers", "peer", "one connection, the view of each end"},
    [SUMMARY_MOVES] = {"moves", "moves", "move",
                       "what a migration or a reconnect cost, from the call until the move was over"},
    [SUMMARY_OUTAGES] =
        {"outages", "outages", "number",
         "a time without a connection, as the node that dials has it; of runs in which a node has "
         "`redial`, or `reconnects` is expected"},
    [SUMMARY_PREFERRED_ADDRESSES] = {"preferred_addresses", "preferred_addresses", "number",
                                     "what a client made of its server's preferred address (RFC 9000 "
                                     "section 9.6)"},
    [SUMMARY_RULES] = {"rules", "rules", "number",
                       "a rule of RFC 9000 that an end of a connection broke, or a MAY that it declined",
                       "`summary.json` has the rules that held as well. Of these the store says in the "
                       "table `runs` how many were\nexercised (`rules_exercised`) and how many broken "
                       "(`rules_broken`), and which were exercised: `rules_set` is\nthe `id` of a row of "
                       "`rule_sets`, whose `rules` has their names. The endpoints, each with the bytes "
                       "of its\nviolation, are in `summary.json` alone. Stores made before these were "
                       "lack them, and have NULL.\n"},
    [SUMMARY_OVERLAYS] = {"overlays", "overlay", "number",
                          "the overlay of the nodes with membership; runs without such nodes have none",
                          "`summary.json` has it as one object, with the number of members that have each "
                          "in-degree (`in_degrees`)\nbesides. Shares and means are in millionths.\n"},
    [SUMMARY_GROUPS] =
        {"groups", "groups", "number", "what the members of a large group measured together",
         "`summary.json` has this of groups of more than 200 members, with the worst ten of them "
         "(`worst`); of these\nmembers only the worst items of each row are then listed. The "
         "store has it of groups of more than 1000, and\nthe same of their items. `--each` "
         "lists all.\n"},
};

const char *store_column_name(const summary_column *column)
{
    return column->as ? column->as : column->name;
}

typedef struct list {
    const char *table;
    const summary_column **columns;
    size_t count;
} list;

static void append(list *to, const summary_column *column)
{
    assert(to->count < STORE_COLUMNS_MAX);
    to->columns[to->count++] = column;
}

/* Those that follow the column `after`, or that follow none in particular. */
static void append_after(list *to, const char *after)
{
    size_t count;
    const summary_column *const all = summary_columns(&count);
    for (const summary_column *at = all; at < all + count; at++) {
        if (strcmp(at->table, to->table) != 0 || !at->stored || at->later || !at->after != !after ||
            (after && strcmp(at->after, after) != 0))
            continue;
        append(to, at);
        if (!after)
            append_after(to, store_column_name(at));
    }
}

size_t store_columns_of(const char *table, const summary_column *columns[STORE_COLUMNS_MAX])
{
    size_t count;
    const summary_column *const all = summary_columns(&count);
    list to = {.table = table, .columns = columns};
    append_after(&to, NULL);
    for (const summary_column *at = all; at < all + count; at++)
        if (strcmp(at->table, table) == 0 && at->later)
            append(&to, at);
    return to.count;
}

void store_create_table(const store_item_table *table, char *sql, size_t size)
{
    const summary_column *columns[STORE_COLUMNS_MAX];
    const size_t count = store_columns_of(table->table, columns);
    (void)snprintf(
        sql, size,
        "CREATE TABLE IF NOT EXISTS %s ( run INTEGER NOT NULL REFERENCES runs(id), %s INTEGER NOT NULL,",
        table->table, table->number);
    for (size_t i = 0; i < count; i++)
        (void)snprintf(sql + strlen(sql), size - strlen(sql), " %s %s,", store_column_name(columns[i]),
                       columns[i]->type);
    (void)snprintf(sql + strlen(sql), size - strlen(sql), " PRIMARY KEY (run, %s)) STRICT, WITHOUT ROWID;",
                   table->number);
}

/* ---- the page ---- */

static void print_rows(FILE *to, const store_item_table *table)
{
    size_t count;
    const summary_column *const all = summary_columns(&count);
    for (const summary_column *at = all; at < all + count; at++) {
        if (strcmp(at->table, table->table) == 0)
            (void)fprintf(to, "| `%s` | %s%s%s | %s |\n", at->path, at->stored ? "`" : "",
                          at->stored ? store_column_name(at) : "", at->stored ? "`" : "", at->about);
    }
}

void store_columns_print(FILE *to)
{
    (void)fputs("# What the items of summary.json say, and the columns of the store\n"
                "\n"
                "`roam export --columns` printed this page. Times are nanoseconds of virtual time from the "
                "start of the run; a\n"
                "field of `summary.json` that has no value is null, and its column NULL. A field without a "
                "column is in\n"
                "`summary.json` alone.\n",
                to);
    for (size_t i = 0; i < STORE_ITEM_TABLES; i++) {
        const store_item_table *const table = &STORE_ITEM_TABLE[i];
        (void)fprintf(
            to,
            "\n## `%s` of summary.json, table `%s`\n\nA row is %s; `run` and `%s` are its key.\n%s\n"
            "| field | column | what it says |\n|---|---|---|\n",
            table->array, table->table, table->about, table->number, table->note ? table->note : "");
        print_rows(to, table);
    }
}
