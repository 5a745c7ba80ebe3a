/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/sweep/progress.h"

#include "sim/wall.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAR_WIDTH 30
#define DRAW_NS UINT64_C(250000000)   /* between two drawings of the bar */
#define LINE_NS UINT64_C(10000000000) /* between two lines */

void sweep_progress_begin(sweep_progress *self, const char *command, size_t total, bool shown)
{
    const uint64_t now_ns = wall_ns();
    const bool terminal = isatty(STDERR_FILENO);
    *self = (sweep_progress){.command = command,
                             .total = total,
                             .shown = shown,
                             .terminal = terminal,
                             .began_ns = now_ns,
                             .next_ns = now_ns + (terminal ? DRAW_NS : LINE_NS)};
}

/* "3 min 20 s" */
static void left_text(double seconds, char text[32])
{
    const unsigned long whole = (unsigned long)(seconds + 0.5);
    if (whole >= 3600)
        (void)snprintf(text, 32, "%lu h %lu min", whole / 3600, whole / 60 % 60);
    else if (whole >= 60)
        (void)snprintf(text, 32, "%lu min %lu s", whole / 60, whole % 60);
    else
        (void)snprintf(text, 32, "%lu s", whole);
}

/* The columns of the terminal: a line that is longer could not be taken back. */
static size_t terminal_width(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static void draw(sweep_progress *self, uint64_t now_ns)
{
    const double passed = (double)(now_ns - self->began_ns) / 1e9;
    const double rate = passed > 0 ? (double)self->done / passed : 0;
    char left[32] = "?";
    char bar[BAR_WIDTH + 1];
    char bad[48 + SWEEP_PROGRESS_FAILED_MAX] = "";
    char line[BAR_WIDTH + sizeof bad + 128];
    if (rate > 0)
        left_text((double)(self->total - self->done) / rate, left);
    if (self->bad > 0)
        (void)snprintf(bad, sizeof bad, ", %zu not passed%s%s", self->bad,
                       self->failed[0] ? "; latest: " : "", self->failed);
    const size_t full = self->total ? self->done * BAR_WIDTH / self->total : BAR_WIDTH;
    memset(bar, ' ', BAR_WIDTH);
    memset(bar, '#', full);
    bar[BAR_WIDTH] = '\0';
    (void)snprintf(line, sizeof line, "%zu of %zu, %.0f a second, %s left%s", self->done, self->total, rate,
                   left, bad);
    if (self->terminal)
        (void)fprintf(stderr, "\r\033[K[%s] %.*s", bar, (int)terminal_width() - BAR_WIDTH - 4, line);
    else
        (void)fprintf(stderr, "%s: %s\n", self->command, line);
    self->drawn = self->terminal;
    self->next_ns = now_ns + (self->terminal ? DRAW_NS : LINE_NS);
}

void sweep_progress_tick(sweep_progress *self)
{
    const uint64_t now_ns = wall_ns();
    if (self->shown && now_ns >= self->next_ns)
        draw(self, now_ns);
}

void sweep_progress_failed(sweep_progress *self, const char *what)
{
    (void)snprintf(self->failed, sizeof self->failed, "%s", what);
}

void sweep_progress_show(sweep_progress *self, size_t done, size_t bad)
{
    self->done = done;
    self->bad = bad;
    sweep_progress_tick(self);
}

const char *sweep_progress_clear(sweep_progress *self)
{
    const bool drawn = self->drawn;
    self->drawn = false;
    return drawn ? "\r\033[K" : "";
}

void sweep_progress_end(sweep_progress *self)
{
    (void)fputs(sweep_progress_clear(self), stderr);
    self->shown = false;
}
