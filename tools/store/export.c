/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/store/columns.h"
#include "tools/store/store.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { OPTION_DB, OPTION_CSV, OPTION_COLUMNS, OPTION_HELP, PATH_MAX_BYTES = 4096, SQL_MAX = 256 };

static const option_row rows[] = {
    [OPTION_DB] = {.name = "db", .value = "FILE", .kind = VALUE_FILE, .help = "the store"},
    [OPTION_CSV] = {.name = "csv",
                    .value = "DIR",
                    .kind = VALUE_DIRECTORY,
                    .help = "where to write; it is made"},
    [OPTION_COLUMNS] = {.name = "columns", .help = "describe the fields and columns, as Markdown"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

typedef struct arguments {
    const char *db;
    const char *csv;
    bool columns;
    bool help;
} arguments;

static int fail(const char *what, const char *why, int status)
{
    (void)fprintf(stderr, "roam export: %s: %s\n", what, why);
    return status;
}

/* ---- one table ---- */

static void write_text(FILE *to, const char *text)
{
    if (text[0] && !strpbrk(text, ",\"\r\n")) {
        (void)fputs(text, to);
        return;
    }
    (void)putc('"', to);
    for (; *text; text++) {
        if (*text == '"')
            (void)putc('"', to);
        (void)putc(*text, to);
    }
    (void)putc('"', to);
}

static void write_rows(FILE *to, sqlite3_stmt *row)
{
    const int columns = sqlite3_column_count(row);
    for (int i = 0; i < columns; i++)
        (void)fprintf(to, "%s%s", i ? "," : "", sqlite3_column_name(row, i));
    (void)fputs("\r\n", to);
    while (sqlite3_step(row) == SQLITE_ROW) {
        for (int i = 0; i < columns; i++) {
            const char *const text = (const char *)sqlite3_column_text(row, i);
            (void)fputs(i ? "," : "", to);
            if (text)
                write_text(to, text);
        }
        (void)fputs("\r\n", to);
    }
}

static int write_table(sqlite3 *from, const char *table, const char *dir)
{
    char path[PATH_MAX_BYTES];
    char sql[SQL_MAX];
    sqlite3_stmt *row = NULL;
    (void)snprintf(sql, sizeof sql, "SELECT * FROM \"%s\" ORDER BY 1, 2", table);
    const int length = snprintf(path, sizeof path, "%s/%s.csv", dir, table);
    if (length < 0 || (size_t)length >= sizeof path)
        return fail(dir, strerror(ENAMETOOLONG), COMMAND_USAGE);
    if (sqlite3_prepare_v2(from, sql, -1, &row, NULL) != SQLITE_OK)
        return fail(table, sqlite3_errmsg(from), COMMAND_BROKEN);
    FILE *const to = fopen(path, "wb");
    if (!to) {
        (void)sqlite3_finalize(row);
        return fail(path, strerror(errno), COMMAND_BROKEN);
    }
    write_rows(to, row);
    const bool read = sqlite3_finalize(row) == SQLITE_OK;
    const bool written = !ferror(to);
    if (fclose(to) != 0 || !written)
        return fail(path, strerror(errno), COMMAND_BROKEN);
    return read ? COMMAND_OK : fail(table, sqlite3_errmsg(from), COMMAND_BROKEN);
}

static int export_all(const arguments *self)
{
    static const char SQL[] =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    store *from = NULL;
    sqlite3_stmt *row = NULL;
    char message[STORE_MESSAGE_MAX];
    if (store_open(self->db, STORE_READ, &from, message) != STORE_OK)
        return fail("store", message, COMMAND_USAGE);
    sqlite3 *const db = store_database(from);
    int status = COMMAND_OK;
    if (mkdir(self->csv, 0777) != 0 && errno != EEXIST)
        status = fail(self->csv, strerror(errno), COMMAND_BROKEN);
    else if (sqlite3_prepare_v2(db, SQL, -1, &row, NULL) != SQLITE_OK)
        status = fail(self->db, sqlite3_errmsg(db), COMMAND_BROKEN);
    while (status == COMMAND_OK && sqlite3_step(row) == SQLITE_ROW)
        status = write_table(db, (const char *)sqlite3_column_text(row, 0), self->csv);
    (void)sqlite3_finalize(row);
    store_close(from);
    return status;
}

/* ---- the command ---- */

static int command_export(int argc, char **argv)
{
    arguments self = {0};
    option_reader reader;
    int option;
    option_reader_init(&reader, "roam export", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0)
        if (option == OPTION_DB)
            self.db = reader.value;
        else if (option == OPTION_CSV)
            self.csv = reader.value;
        else if (option == OPTION_COLUMNS)
            self.columns = true;
        else
            self.help = true;
    if (option == OPTION_INVALID)
        return COMMAND_USAGE;
    if (self.help) {
        help_print(&COMMAND_EXPORT, stdout);
        return COMMAND_OK;
    }
    if (self.columns && !self.db && !self.csv && reader.operands == 0) {
        store_columns_print(stdout);
        return COMMAND_OK;
    }
    if (self.columns || !self.db || !self.csv || reader.operands > 0) {
        (void)fprintf(stderr, "roam export: expected roam export --db FILE --csv DIR; see --help\n");
        return COMMAND_USAGE;
    }
    return export_all(&self);
}

const command_row COMMAND_EXPORT = {
    .name = "export",
    .about = "write the tables of a store as CSV",
    .function = command_export,
    .usage = "roam export --db FILE --csv DIR\n"
             "       roam export --columns",
    .text = "Writes every table of a store as it is to DIR/TABLE.csv: RFC 4180, UTF-8, a line of\n"
            "names first. NULL is an empty field, a text without characters is \"\". Files that are\n"
            "there are overwritten. results/reading.md says how to read a store without this.\n"
            "The second form prints what the fields of summary.json and the columns of a store say\n"
            "(results/columns.md).",
    .options = rows,
    .column = 13,
    .status = "0 written; 2 usage, or there is no such store; 3 the store cannot be read\n"
              "or a file not be written.",
};
