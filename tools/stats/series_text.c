/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/series_text.h"

#include "tools/cli/table.h"

#include <stdio.h>

const char *measures_time_text(uint64_t value_ns, char text[MEASURES_TEXT_MAX])
{
    char time[TABLE_TIME_MAX];
    (void)snprintf(text, MEASURES_TEXT_MAX, "%s",
                   value_ns == STATISTICS_NEVER ? "never" : table_time(value_ns, time));
    return text;
}

const char *measures_interval_text(const statistics_percentile *at, unsigned p, char text[MEASURES_TEXT_MAX])
{
    char low[MEASURES_TEXT_MAX];
    char high[MEASURES_TEXT_MAX];
    (void)measures_time_text(at->low, low);
    (void)measures_time_text(at->high, high);
    if (p == 100)
        text[0] = '\0';
    else if (at->has_low && (at->low == STATISTICS_NEVER || (at->has_high && at->low == at->high)))
        (void)snprintf(text, MEASURES_TEXT_MAX, "the same");
    else if (at->has_low && at->has_high)
        (void)snprintf(text, MEASURES_TEXT_MAX, "%.100s to %.100s", low, high);
    else if (at->has_low)
        (void)snprintf(text, MEASURES_TEXT_MAX, "from %.100s, no upper bound", low);
    else if (at->has_high)
        (void)snprintf(text, MEASURES_TEXT_MAX, "to %.100s, no lower bound", high);
    else
        (void)snprintf(text, MEASURES_TEXT_MAX, "no bounds: n too small");
    return text;
}

const char *measures_outcomes_text(const measure_series *series, char text[MEASURES_TEXT_MAX])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < series->outcome_count && used < MEASURES_TEXT_MAX; i++) {
        const int more = snprintf(text + used, MEASURES_TEXT_MAX - used, "%s%s %zu", i ? ", " : "",
                                  series->outcomes[i].name, series->outcomes[i].count);
        used += more > 0 ? (size_t)more : 0;
    }
    return text;
}
