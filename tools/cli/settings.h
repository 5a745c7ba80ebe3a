/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_SETTINGS_H
#define TOOLS_CLI_SETTINGS_H

/*
 * What --set, --endpoint and --as say of the scenarios of a command, and the text of all that by which a
 * store tells runs apart: "KEY=VALUE,endpoint NAME=PATH,as WHO=NAME". No key of a scenario has a blank, so
 * that the text can be read again.
 */

#include "tools/cli/options.h"
#include "tools/cli/scenario_files.h"

typedef enum settings_kind {
    SETTINGS_SET,      /* KEY=VALUE */
    SETTINGS_ENDPOINT, /* NAME=PATH of a library, from the current directory */
    SETTINGS_AS,       /* WHO=NAME[,WHO=NAME...] */
    SETTINGS_KINDS
} settings_kind;

typedef struct settings {
    struct settings_list {
        char **items;
        size_t count;
    } lists[SETTINGS_KINDS];
} settings;

/* The option's name, without "--". */
const char *settings_option(settings_kind kind);

/* Adds what an option says. A later --endpoint or --as of one name takes the place of the earlier. False with
 * a message on standard error that begins with command. */
bool settings_take(settings *self, const char *command, settings_kind kind, const char *value);
void settings_fini(settings *self);

/* Hands the lists over, which stay with self. */
void settings_give(const settings *self, scenario_files_options *out);

/* The text of what a command was given; to be freed. NULL: out of memory. */
char *settings_text(const scenario_files_options *options);
/* What such a text, or the combination of a run, says. False: out of memory, or it is none. */
bool settings_read(settings *self, const char *text);

/* One setting of a text: its kind, and where it begins behind the word that tells the kind. */
typedef struct settings_item {
    settings_kind kind;
    const char *text;
    size_t len;
} settings_item;

/* The first one, and where the next begins; a comma inside brackets belongs to its value. False at the end.
 */
bool settings_next(const char **at, settings_item *item);

#endif
