/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/sweep/failures.h"

#include "tools/cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "DIGEST COMBINATION" of each job. */
typedef struct names {
    char **items;
    size_t count;
} names;

static bool name_one(void *ctx, const sweep_planned *planned)
{
    names *const self = ctx;
    const size_t size = strlen(planned->key.digest) + strlen(planned->key.combination) + 2;
    char *const text = malloc(size);
    if (!text)
        return false;
    (void)snprintf(text, size, "%s %s", planned->key.digest, planned->key.combination);
    self->items[self->count++] = text;
    return true;
}

/* As a JSON array, to be freed; NULL: out of memory. */
static char *name_all(const sweep_options *options)
{
    char *text = NULL;
    sweep_seeds *const one = calloc(options->files->count + 1, sizeof *one);
    names self = {.items = calloc(options->jobs->count + 1, sizeof *self.items)};
    sweep_options of_one_seed = *options;
    of_one_seed.seeds = one;
    if (one && self.items && sweep_each(&of_one_seed, name_one, &self))
        text = store_names((const char *const *)self.items, self.count);
    for (size_t i = 0; i < self.count; i++)
        free(self.items[i]);
    free(self.items);
    free(one);
    return text;
}

bool sweep_failures_read(const sweep_options *options, const sweep_result *result, stats_failures *out)
{
    char *const of = name_all(options);
    const stats_failures_filter filter = {.build = result->build, .of = of};
    const int status = of ? stats_failures_read(options->into, filter, out) : STORE_ERR_NO_MEMORY;
    free(of);
    if (status)
        (void)fprintf(stderr, "%s: %s\n", options->command,
                      status == STORE_ERR_NO_MEMORY ? "out of memory" : store_message(options->into));
    return !status;
}

bool sweep_failures_print(const sweep_options *options, const stats_failures *all, const char *db)
{
    if (all->count > 0)
        (void)printf("\nwhat failed:\n\n");
    const bool good = stats_failures_print(all, STATS_FAILURES_SHOWN, db, stdout, table_colour(stdout));
    if (!good)
        (void)fprintf(stderr, "%s: out of memory\n", options->command);
    return good;
}
