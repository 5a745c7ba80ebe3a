/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/table.h"
#include "tools/stats/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REPLAYS_MAX = 5 };

typedef struct rules_table {
    table *rows;
    size_t count, replay_count;
    char replays[REPLAYS_MAX][REPLAY_COMMAND_MAX]; /* of the first */
} rules_table;

static void add_rule(void *ctx, const stats_rule *rule)
{
    rules_table *const self = ctx;
    char text[REPLAY_COMMAND_MAX];
    const bool broken = strcmp(rule->verdict, "broken") == 0;
    (void)snprintf(text, sizeof text, "%s (%s, %s)", rule->rule, rule->level, rule->id);
    table_cell(self->rows, TABLE_PLAIN, text);
    table_cell(self->rows, broken ? TABLE_BAD : TABLE_PLAIN, rule->verdict);
    if (rule->scenarios == 1)
        (void)snprintf(text, sizeof text, "%s%s%s%s", rule->scenario, rule->combination[0] ? " [" : "",
                       rule->combination, rule->combination[0] ? "]" : "");
    else
        (void)snprintf(text, sizeof text, "%" PRIu64 " of them", rule->scenarios);
    table_cell(self->rows, TABLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "%" PRIu64 " of %" PRIu64, rule->runs, rule->of);
    table_cell(self->rows, TABLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "%" PRIu64, rule->seed);
    table_cell(self->rows, TABLE_PLAIN, text);
    table_cell(self->rows, TABLE_PLAIN, rule->is);
    self->count++;
    for (size_t i = 0; i < self->replay_count; i++)
        if (strcmp(self->replays[i], rule->replay) == 0)
            return;
    if (self->replay_count < REPLAYS_MAX)
        (void)snprintf(self->replays[self->replay_count++], REPLAY_COMMAND_MAX, "%s", rule->replay);
}

int stats_rules_print(store *from, const char *scenario, bool *good)
{
    static const char *const TITLES[] = {"rule", "verdict", "scenario", ">runs", ">first seed", "there"};
    char text[STATS_RULES_TEXT_MAX];
    stats_rules_sum sum;
    int status = stats_rules_sum_of(from, (stats_rules_filter){.scenario = scenario}, &sum);
    if (status || sum.runs == 0)
        return status;
    rules_table *const all = calloc(1, sizeof *all);
    if (all)
        all->rows = table_new(TITLES, sizeof TITLES / sizeof *TITLES);
    *good = all && all->rows;
    if (*good)
        status = stats_rules_each(from, (stats_rules_filter){.scenario = scenario, .together = true},
                                  add_rule, all);
    if (*good && !status)
        (void)printf("\nrules of RFC 9000: %s\n", stats_rules_text(&sum, text));
    if (*good && !status && all->count > 0) {
        (void)putchar('\n');
        *good = table_print(all->rows, stdout, table_colour(stdout));
        (void)printf("\nto see %s:\n", all->count == 1 ? "it" : "the first of them");
        for (size_t i = 0; i < all->replay_count; i++)
            (void)printf("  %s\n", all->replays[i]);
    }
    if (all)
        table_free(all->rows);
    free(all);
    return status;
}
