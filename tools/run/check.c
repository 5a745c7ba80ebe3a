/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/cli/scenario_files.h"
#include "tools/cli/settings.h"
#include "tools/cli/words.h"

#include <stdlib.h>

enum { OPTION_SET, OPTION_ENDPOINT, OPTION_AS, OPTION_QUIET, OPTION_SCHEMA, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_SET] = {.name = "set",
                    .value = "KEY=VALUE",
                    .kind = VALUE_SETTING,
                    .help = "replace a value, as in --set networks.wifi.delay=50ms;\n"
                            "may be repeated"},
    [OPTION_ENDPOINT] = {.name = "endpoint", .value = "NAME=LIBRARY", .kind = VALUE_NAMED_FILE},
    [OPTION_AS] = {.name = "as",
                   .value = "WHO=NAME,...",
                   .kind = VALUE_LIST,
                   .help = "who runs another QUIC library, as roam run --help says",
                   .words = {.list = words_of_players}},
    [OPTION_QUIET] = {.name = "quiet", .help = "faults only"},
    [OPTION_SCHEMA] = {.name = "schema",
                       .help = "print the format as a JSON Schema, as scenarios/schema.json\n"
                               "holds it, and do nothing else"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

static int check(const scenario_files_options *options, bool quiet)
{
    scenario_files files;
    if (options->path_count == 0) {
        (void)fprintf(stderr, "roam check: no scenario given; see roam check --help\n");
        return COMMAND_USAGE;
    }
    const int status = scenario_files_load(options, &files);
    if (status != COMMAND_OK)
        return status;
    for (size_t i = 0; !quiet && i < files.count; i++) {
        scenario_explain(files.items[i], stdout);
        (void)printf("ok: %s\n%s", files.items[i]->file, i + 1 < files.count ? "\n" : "");
    }
    scenario_files_fini(&files);
    return COMMAND_OK;
}

static int print_schema(void)
{
    char *const text = scenario_schema_text();
    if (!text)
        return COMMAND_BROKEN;
    (void)puts(text);
    free(text);
    return COMMAND_OK;
}

static int command_check(int argc, char **argv)
{
    option_reader reader;
    scenario_files_options options = {.command = "roam check"};
    bool quiet = false;
    int option;
    int status = COMMAND_USAGE;
    settings given = {0};
    option_reader_init(&reader, options.command, rows, argc, argv);
    while ((option = option_next(&reader)) >= 0) {
        switch (option) {
        case OPTION_SET:
        case OPTION_ENDPOINT:
        case OPTION_AS:
            if (!settings_take(&given, options.command, (settings_kind)(SETTINGS_SET + option - OPTION_SET),
                               reader.value))
                goto out;
            break;
        case OPTION_QUIET:
            quiet = true;
            break;
        case OPTION_SCHEMA:
            status = print_schema();
            goto out;
        case OPTION_HELP:
            help_print(&COMMAND_CHECK, stdout);
            status = COMMAND_OK;
            goto out;
        }
    }
    if (option == OPTION_INVALID)
        goto out;
    settings_give(&given, &options);
    options.paths = argv + 1;
    options.path_count = (size_t)reader.operands;
    status = check(&options, quiet);
out:
    settings_fini(&given);
    return status;
}

const command_row COMMAND_CHECK = {
    .name = "check",
    .about = "read scenarios and explain them, run nothing",
    .function = command_check,
    .usage = "roam check [OPTION]... FILE|DIR|NAME...",
    .text = "Reads scenarios and explains what each one says: nodes, paths with their round\n"
            "trips, events, expectations. Nothing is run. A directory is searched for *.yaml;\n"
            "a NAME and - are as roam run --help says.\n"
            "Every fault is printed as FILE:LINE:COLUMN: message.",
    .options = rows,
    .column = 19,
    .status = "0 all are valid; 2 usage, or an invalid scenario; 3 roam itself\n"
              "failed.",
    .operands = {{.kind = VALUE_SCENARIO}},
    .operand_count = 1,
};
