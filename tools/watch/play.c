/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/watch/play.h"

#include "sim/wall.h"
#include "tools/watch/line.h"
#include "tools/watch/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_NS UINT64_C(50000000) /* wall clock between two pictures */
#define LATE_NS UINT64_C(200000000) /* wall clock: the run is slower than the speed, which starts anew */

bool play_speed_read(const char *text, uint64_t *speed)
{
    char *end;
    if (strcmp(text, "max") == 0) {
        *speed = 0;
        return true;
    }
    if (text[0] < '0' || text[0] > '9')
        return false;
    const double number = strtod(text, &end) * PLAY_SPEED_ONE;
    if (*end != '\0' || !(number >= 1) || number > PLAY_SPEED_MAX)
        return false;
    *speed = (uint64_t)(number + 0.5);
    return true;
}

bool play_init(play *self, const play_options *options)
{
    *self = (play){.options = *options, .from_wall_ns = wall_ns()};
    if (!options->screen && !options->speed_given)
        self->options.speed = 0;
    if (!watch_model_init(&self->model))
        return false;
    if (options->screen) {
        self->shown = calloc(1, sizeof *self->shown);
        self->next = calloc(1, sizeof *self->next);
    }
    return !options->screen || (self->shown && self->next);
}

void play_fini(play *self)
{
    watch_model_fini(&self->model);
    free(self->shown);
    free(self->next);
    *self = (play){0};
}

bool play_over(const play *self)
{
    return self->quit || (self->options.stop && self->options.stop(NULL));
}

/* ---- the picture ---- */

static screen_view view_of(const play *self, const char *speed)
{
    return (screen_view){.speed = speed,
                         .paused = self->paused,
                         .replay = self->options.replay,
                         .first = self->first,
                         .selected = self->selected,
                         .follow = self->follow,
                         .panel = self->panel};
}

void play_draw(play *self)
{
    char speed[32] = "max";
    char *text = NULL;
    size_t len = 0;
    size_t columns;
    size_t rows;
    if (!self->next)
        return;
    if (self->options.speed > 0)
        (void)snprintf(speed, sizeof speed, "x%g", (double)self->options.speed / PLAY_SPEED_ONE);
    const screen_view view = view_of(self, speed);
    terminal_size(&columns, &rows);
    screen_draw(self->next, columns, rows, &self->model, &view);
    FILE *const stream = open_memstream(&text, &len);
    if (stream) {
        screen_write(self->next, self->drawn ? self->shown : NULL, self->options.colour, stream);
        if (fclose(stream) == 0)
            terminal_write(text, len);
    }
    free(text);
    screen *const before = self->shown;
    self->shown = self->next;
    self->next = before;
    self->drawn = true;
    self->drawn_ns = wall_ns();
}

static void print_line(const json_t *line, uint64_t now_ns)
{
    char text[WATCH_TEXT_MAX];
    watch_line_text(line, WATCH_LINE_WHOLE, text, sizeof text);
    (void)printf("%6" PRIu64 ".%06" PRIu64 "  %s\n", now_ns / 1000000000, now_ns / 1000 % 1000000, text);
    (void)fflush(stdout); /* whoever reads follows the run; and a worker ends without */
}

/* ---- time ---- */

static void set_clock(play *self)
{
    self->from_ns = self->model.now_ns;
    self->from_wall_ns = wall_ns();
}

static void change_speed(play *self, bool faster)
{
    uint64_t speed = self->options.speed;
    if (faster)
        speed = speed == 0 || 2 * speed > PLAY_SPEED_MAX ? 0 : 2 * speed;
    else
        speed = speed == 0 ? PLAY_SPEED_MAX : speed / 2;
    self->options.speed = speed > 0 || faster ? speed : 1;
    set_clock(self);
}

static void scroll(play *self, bool down)
{
    const screen_view view = view_of(self, "");
    const size_t most = screen_scroll_max(&self->model, &view);
    const size_t page = self->shown ? self->shown->page : 1;
    if (down)
        self->first = most - self->first > page ? self->first + page : most;
    else
        self->first = self->first > page ? self->first - page : 0;
    self->follow = false;
}

static void select_node(play *self, size_t node)
{
    const size_t count = self->model.node_count;
    self->selected = (uint32_t)(node < count ? node : count > 0 ? count - 1 : 0);
    self->follow = true;
    self->first = self->panel ? 0 : self->first;
}

/* The selected node has been scrolled out of view: the first that is seen is selected instead. */
static bool select_seen(play *self)
{
    const size_t count = self->model.node_count;
    const size_t page = self->shown && self->shown->page < count ? self->shown->page : count;
    const size_t first = self->first < count - page ? self->first : count - page;
    if (self->follow || self->panel || (self->selected >= first && self->selected - first < page))
        return false;
    select_node(self, first);
    return true;
}

static void select_next(play *self, bool down)
{
    if (!select_seen(self))
        select_node(self, down ? (size_t)self->selected + 1 : self->selected > 0 ? self->selected - 1u : 0);
}

static void open_panel(play *self, bool open)
{
    (void)select_seen(self);
    self->panel = open;
    self->follow = true;
    self->first = 0;
}

static void take_key(play *self, terminal_key key)
{
    switch (key) {
    case TERMINAL_QUIT:
        self->quit = true;
        return;
    case TERMINAL_PAUSE:
        self->paused = !self->paused;
        set_clock(self);
        break;
    case TERMINAL_STEP:
        self->stepping = true;
        break;
    case TERMINAL_FASTER:
    case TERMINAL_SLOWER:
        change_speed(self, key == TERMINAL_FASTER);
        break;
    case TERMINAL_UP:
    case TERMINAL_DOWN:
        select_next(self, key == TERMINAL_DOWN);
        break;
    case TERMINAL_FIRST:
        select_node(self, 0);
        break;
    case TERMINAL_LAST:
        select_node(self, SIZE_MAX);
        break;
    case TERMINAL_PAGE_UP:
    case TERMINAL_PAGE_DOWN:
        scroll(self, key == TERMINAL_PAGE_DOWN);
        break;
    case TERMINAL_OPEN:
        open_panel(self, !self->panel);
        break;
    case TERMINAL_CLOSE:
        open_panel(self, false);
        break;
    case TERMINAL_NONE:
    case TERMINAL_OTHER:
        return;
    }
    play_draw(self);
}

/* Virtual time as of the wall clock, at most until_ns. */
static uint64_t clock_ns(const play *self, uint64_t until_ns)
{
    if (self->options.speed == 0)
        return until_ns;
    const double passed_ns =
        (double)(wall_ns() - self->from_wall_ns) * (double)self->options.speed / PLAY_SPEED_ONE;
    const uint64_t left_ns = until_ns > self->from_ns ? until_ns - self->from_ns : 0;
    return passed_ns >= (double)left_ns ? until_ns : self->from_ns + (uint64_t)passed_ns;
}

/* Wall clock until the virtual time has come, at most a picture's. */
static uint64_t wait_ns(const play *self, uint64_t until_ns)
{
    if (self->paused)
        return FRAME_NS;
    if (self->options.speed == 0 || until_ns <= self->model.now_ns)
        return 0;
    const double left_ns =
        (double)(until_ns - self->model.now_ns) / (double)self->options.speed * PLAY_SPEED_ONE;
    return left_ns < (double)FRAME_NS ? (uint64_t)left_ns : FRAME_NS;
}

static void wait_until(play *self, uint64_t until_ns)
{
    while (!play_over(self) && !self->stepping) {
        const uint64_t now_ns = self->paused ? self->model.now_ns : clock_ns(self, until_ns);
        if (now_ns > self->model.now_ns)
            self->model.now_ns = now_ns;
        if (wall_ns() - self->drawn_ns >= FRAME_NS)
            play_draw(self);
        if (!self->paused && self->model.now_ns >= until_ns)
            break;
        take_key(self, terminal_read(wait_ns(self, until_ns)));
    }
    if (until_ns > self->model.now_ns)
        self->model.now_ns = until_ns;
}

/* A run that is slower than the speed is not hurried afterwards. */
static void check_late(play *self)
{
    if (self->options.speed == 0)
        return;
    const double due_ns =
        (double)(self->model.now_ns - self->from_ns) / (double)self->options.speed * PLAY_SPEED_ONE;
    if ((double)(wall_ns() - self->from_wall_ns) > due_ns + (double)LATE_NS)
        set_clock(self);
}

static void poll_keys(play *self)
{
    if (self->options.screen && wall_ns() - self->drawn_ns >= FRAME_NS)
        take_key(self, terminal_read(0));
}

void play_to(play *self, uint64_t now_ns)
{
    if (play_over(self))
        return;
    poll_keys(self);
    wait_until(self, now_ns);
    check_late(self);
}

void play_line(play *self, const json_t *line)
{
    const json_t *const at = json_object_get(line, "at_ns");
    if (play_over(self))
        return;
    if (json_is_integer(at) && json_integer_value(at) >= 0)
        play_to(self, (uint64_t)json_integer_value(at));
    watch_model_line(&self->model, line);
    if (!self->options.screen)
        print_line(line, self->model.now_ns);
    if (self->stepping) {
        self->stepping = false;
        self->paused = true;
        set_clock(self);
        play_draw(self);
    }
}

void play_hold(play *self)
{
    if (!self->options.screen || play_over(self))
        return;
    self->paused = true;
    play_draw(self);
    while (!play_over(self)) {
        const terminal_key key = terminal_read(FRAME_NS);
        if (key == TERMINAL_PAUSE || key == TERMINAL_STEP)
            return;
        take_key(self, key);
        play_draw(self);
    }
}
