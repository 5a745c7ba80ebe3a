/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_SERIES_TEXTS_H
#define TOOLS_STATS_SERIES_TEXTS_H

/* Scenarios of one name that stand for different texts: the output has to name which is which. */

#include "tools/stats/series.h"

#include <stdbool.h>

typedef struct measures_texts {
    const char *
        *names; /* of scenarios with more than one digest, ascending; the names are those of the groups */
    size_t count;
} measures_texts;

/* False: out of memory, and *out is empty. */
bool measures_texts_find(const measures *all, measures_texts *out);
void measures_texts_fini(measures_texts *self);

bool measures_texts_has(const measures_texts *self, const char *scenario);

#endif
