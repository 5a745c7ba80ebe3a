/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/progress.h"

#include "sim/wall.h"
#include "tools/cli/table.h"

#include <unistd.h>

#define SECOND_NS UINT64_C(1000000000)

run_progress run_progress_begin(bool shows)
{
    return (run_progress){.next_ns = shows && isatty(STDERR_FILENO) ? wall_ns() + 2 * SECOND_NS : 0};
}

static bool is_due(run_progress *self)
{
    if (self->next_ns == 0 || wall_ns() < self->next_ns)
        return false;
    self->next_ns = wall_ns() + SECOND_NS;
    self->shown = true;
    return true;
}

void run_progress_of_run(void *ctx, uint64_t now_ns, uint64_t end_ns)
{
    run_progress *const self = ctx;
    char now[TABLE_TIME_MAX];
    char end[TABLE_TIME_MAX];
    workers_beat(self->pulse);
    if (is_due(self))
        (void)fprintf(stderr, "\r%s: %s of %s\033[K", self->name, table_time(now_ns, now),
                      table_time(end_ns, end));
}

void run_progress_of_all(run_progress *self, size_t finished, size_t count)
{
    if (is_due(self))
        (void)fprintf(stderr, "\r%zu of %zu runs done\033[K", finished, count);
}

void run_progress_clear(run_progress *self)
{
    if (self->shown)
        (void)fputs("\r\033[K", stderr);
    self->shown = false;
}
