/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/csv.h"

#include "tools/stats/estimators.h"

#include <inttypes.h>
#include <string.h>

void csv_field(FILE *to, const char *text)
{
    if (!strpbrk(text, ",\"\n")) {
        (void)fputs(text, to);
        return;
    }
    (void)fputc('"', to);
    for (; *text; text++)
        (void)fprintf(to, "%s%c", *text == '"' ? "\"" : "", *text);
    (void)fputc('"', to);
}

void csv_number(FILE *to, uint64_t value)
{
    if (value == STATISTICS_NEVER)
        (void)fputs("inf", to);
    else
        (void)fprintf(to, "%" PRIu64, value);
}
