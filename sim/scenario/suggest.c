/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/internal.h"

#include <string.h>

enum { WORD_MAX = 40 };

static size_t smallest(size_t a, size_t b, size_t c)
{
    const size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* The edit distance of two words: insertions, deletions, replacements and swaps of neighbours. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t *const row = rows[i % 3];
        const size_t *const last = rows[(i + 2) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            row[j] = smallest(row[j - 1] + 1, last[j] + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && rows[(i + 1) % 3][j - 2] + 1 < row[j])
                row[j] = rows[(i + 1) % 3][j - 2] + 1;
        }
    }
    return rows[a_length % 3][b_length];
}

const char *scenario_suggest(const char *name, name_at at, const void *names, size_t *index)
{
    const size_t length = strlen(name);
    size_t best = 1 + length / 4;
    const char *found = NULL;
    if (length < 2 || length > WORD_MAX)
        return NULL;
    best++;
    const char *candidate = at(names, 0);
    for (size_t i = 0; candidate; candidate = at(names, ++i)) {
        const size_t candidate_length = strlen(candidate);
        if (candidate_length > WORD_MAX)
            continue;
        const size_t distance = edit_distance(name, length, candidate, candidate_length);
        if (distance < best && distance < length) {
            best = distance;
            found = candidate;
            if (index)
                *index = i;
        }
    }
    return found;
}

void scenario_list_names(char *text, name_at at, const void *names, const char *last)
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; at(names, i) && used < SCENARIO_NAMES_MAX; i++) {
        const char *const before = i == 0 ? "" : at(names, i + 1) ? ", " : last;
        used += (size_t)snprintf(text + used, SCENARIO_NAMES_MAX - used, "%s%s", before, at(names, i));
    }
}
