/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_WHERE_H
#define TOOLS_STATS_WHERE_H

/*
 * --where KEY=VALUE of the commands that read a store: some of the combinations of `vary` alone. The
 * connection to the store then has a temporary view `runs` over the table of that name, which all queries
 * read that do not say main.runs; the file stays as it is.
 */

#include "tools/cli/options.h"
#include "tools/store/store.h"

#include <stdbool.h>
#include <stddef.h>

/* For a command's table of options. */
#define WHERE_ROW                                                                                            \
    {                                                                                                        \
        .name = "where", .value = "KEY=VALUE", .kind = VALUE_SETTING,                                        \
        .help = "combinations with this value alone; KEY is a whole key of vary, or its\n"                   \
                "last parts. Again: another value of it, or another key"                                     \
    }

enum { WHERE_MAX = 64, WHERE_MESSAGE_MAX = 640 };

/* Conditions as tools/cli/combination.h has them; borrowed from the arguments. Zeroed: all combinations. */
typedef struct where_conditions {
    const char *items[WHERE_MAX];
    size_t count;
} where_conditions;

/* One more, which is KEY=VALUE. False: it is none, or there are WHERE_MAX; after a message of the command
 * ("roam plot") on standard error. */
ROAM_CHECKED bool where_add(where_conditions *self, const char *command, const char *condition);

/* The runs that a query is about. */
typedef struct where_extent {
    const char *const *scenarios;
    size_t scenario_count; /* 0: all */
    int64_t build;         /* 0: all */
} where_extent;

/*
 * Restricts what is read of the store from now on; without conditions it stays as it is. COMMAND_OK;
 * COMMAND_USAGE when no combination of the extent meets the conditions: the message (WHERE_MESSAGE_MAX bytes)
 * names the keys and values that there are; COMMAND_BROKEN when the store cannot be read. The conditions are
 * borrowed until the store is closed.
 */
ROAM_CHECKED int where_restrict(store *from, const where_conditions *conditions, const where_extent *of,
                                char message[WHERE_MESSAGE_MAX]);

/* Of a scenario with runs, whether the conditions leave none of them. */
bool where_leaves_none(store *from, const char *scenario);

/* "networks.lte.delay (9ms, 49ms); networks.lte.loss (0%, 1%)", of all that is in the extent whatever the
 * conditions; cut to the room that there is, "" where nothing is varied. */
void where_keys(store *from, const where_extent *of, char *text, size_t size);

#endif
