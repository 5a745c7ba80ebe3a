/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/endpoint/endpoint.h"

#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/cli/table.h"
#include "tools/cli/words.h"

#include <stdio.h>
#include <stdlib.h>

static const option_row rows[] = {{.name = "help", .help = "this text"}, {.name = NULL}};

static void print_info(const endpoint_library *library)
{
    const roam_endpoint_library *const said = &library->table;
    (void)printf("%s: %s\n  file           %s\n  connection IDs ", said->name, said->version, library->path);
    if (said->connection_id_len == UINT8_MAX)
        (void)printf("of varying length\n");
    else
        (void)printf("of %u bytes\n", said->connection_id_len);
    for (size_t i = 0; endpoint_capability_at(i); i++) {
        const endpoint_capability *const at = endpoint_capability_at(i);
        (void)printf("  %-3s %-20s %s\n", said->capabilities & at->bit ? "yes" : "no", at->name, at->about);
    }
}

/* What comes of the only option: OPTION_END when there was none. */
static int read_help(const char *command, const command_row *self, option_reader *reader, int argc,
                     char **argv)
{
    option_reader_init(reader, command, rows, argc, argv);
    const int option = option_next(reader);
    if (option == 0)
        help_print(self, stdout);
    return option;
}

static int endpoint_info(int argc, char **argv)
{
    option_reader reader;
    const int option = read_help("roam endpoint info", &ENDPOINT_INFO, &reader, argc, argv);
    if (option != OPTION_END)
        return option == 0 ? COMMAND_OK : COMMAND_USAGE;
    if (reader.operands == 0) {
        (void)fprintf(stderr, "roam endpoint info: no adapter given; see roam endpoint info --help\n");
        return COMMAND_USAGE;
    }
    for (int i = 1; i <= reader.operands; i++) {
        const endpoint_library *const library = endpoint_named("roam endpoint info", argv[i]);
        if (!library)
            return COMMAND_USAGE;
        print_info(library);
    }
    return COMMAND_OK;
}

/* The name that finds it, and what it says of itself. */
static void list_one(table *out, const char *name)
{
    char path[4096], text[ENDPOINT_TEXT_MAX];
    const endpoint_library *library = NULL;
    if (endpoint_library_find(name, path, sizeof path, text, sizeof text))
        library = endpoint_load(path, text);
    table_cell(out, TABLE_PLAIN, name);
    table_cell(out, library ? TABLE_PLAIN : TABLE_BAD, library ? library->table.version : text);
}

static int endpoint_list(int argc, char **argv)
{
    static const char *const titles[] = {"name", "version"};
    option_reader reader;
    size_t count;
    const int option = read_help("roam endpoint list", &ENDPOINT_LIST, &reader, argc, argv);
    if (option != OPTION_END || reader.operands > 0) {
        if (option == OPTION_END)
            (void)fprintf(stderr, "roam endpoint list: takes no argument\n");
        return option == 0 ? COMMAND_OK : COMMAND_USAGE;
    }
    char **const names = endpoint_library_names(&count);
    table *const out = table_new(titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; i < count; i++) {
        if (out)
            list_one(out, names[i]);
        free(names[i]);
    }
    free(names);
    const bool printed = out && (count == 0 || table_print(out, stdout, table_colour(stdout)));
    if (printed && count == 0)
        (void)puts("No adapter is found by name.");
    if (out)
        table_free(out);
    return printed ? COMMAND_OK : COMMAND_BROKEN;
}

const command_row ENDPOINT_INFO = {
    .name = "endpoint info",
    .about = "print what an adapter says of itself",
    .function = endpoint_info,
    .usage = "roam endpoint info NAME|LIB.so...",
    .text = "Prints what adapters say of themselves: name, version, file, and what each can do.",
    .options = rows,
    .column = 10,
    .status = "0 printed; 2 usage, or no adapter.",
    .operands = {{.kind = VALUE_PATH, .words = {.list = words_of_adapters}}},
    .operand_count = 1,
};

const command_row ENDPOINT_LIST = {
    .name = "endpoint list",
    .about = "list the adapters that are found by name",
    .function = endpoint_list,
    .usage = "roam endpoint list",
    .text = "Lists the adapters that are found by name: NAME.so in the folder endpoints/ beside\n"
            "the program, or in lib/roam/endpoints/ of an installation.",
    .options = rows,
    .column = 10,
    .status = "0 listed; 2 usage; 3 roam itself failed.",
};
