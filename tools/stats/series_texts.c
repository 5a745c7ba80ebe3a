/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/series_texts.h"

#include <stdlib.h>
#include <string.h>

static int compare_groups(const void *left, const void *right)
{
    const measure_group *const a = *(const measure_group *const *)left;
    const measure_group *const b = *(const measure_group *const *)right;
    const int order = strcmp(a->scenario, b->scenario);
    return order ? order : strcmp(a->digest, b->digest);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

bool measures_texts_find(const measures *all, measures_texts *out)
{
    const measure_group **const order = calloc(all->count + 1, sizeof(*order));
    const char **const names = calloc(all->count + 1, sizeof(*names));
    *out = (measures_texts){0};
    if (!order || !names) {
        free(order);
        free(names);
        return false;
    }
    for (size_t i = 0; i < all->count; i++)
        order[i] = &all->groups[i];
    qsort(order, all->count, sizeof(*order), compare_groups);
    *out = (measures_texts){.names = names};
    for (size_t i = 1; i < all->count; i++) {
        const bool other_text = strcmp(order[i - 1]->scenario, order[i]->scenario) == 0 &&
                                strcmp(order[i - 1]->digest, order[i]->digest) != 0;
        if (other_text && (out->count == 0 || strcmp(names[out->count - 1], order[i]->scenario) != 0))
            names[out->count++] = order[i]->scenario;
    }
    free(order);
    return true;
}

void measures_texts_fini(measures_texts *self)
{
    free(self->names);
    *self = (measures_texts){0};
}

bool measures_texts_has(const measures_texts *self, const char *scenario)
{
    return self->count > 0 &&
           bsearch(&scenario, self->names, self->count, sizeof(*self->names), compare_names);
}
