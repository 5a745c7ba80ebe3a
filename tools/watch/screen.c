/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/watch/screen.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    EVENTS_MIN = 5,
    NODE_NAME = 14,
    BOTH_PATHS = 110 /* columns: there is room for the old path beside the new one */
};

/* Where the next text goes. */
typedef struct pen {
    screen *on;
    size_t row, column;
} pen;

__attribute__((format(printf, 3, 4))) static void put(pen *self, table_style style, const char *format, ...)
{
    char text[SCREEN_COLUMNS_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (self->row >= self->on->rows)
        return;
    for (size_t i = 0; text[i] != '\0' && self->column < self->on->columns; i++, self->column++) {
        self->on->text[self->row][self->column] = text[i];
        self->on->style[self->row][self->column] = (unsigned char)style;
    }
}

static void next_row(pen *self)
{
    self->row++;
    self->column = 0;
}

static void to_column(pen *self, size_t column)
{
    /* A cell that is too long for its column ends with a blank. */
    self->column = self->column < column ? column : self->column + 1;
}

static const char *seconds(uint64_t at_ns, char text[TABLE_TIME_MAX])
{
    (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 ".%03" PRIu64, at_ns / 1000000000,
                   at_ns / 1000000 % 1000);
    return text;
}

static const char *bytes(uint64_t count, char text[TABLE_TIME_MAX])
{
    if (count < 10000)
        (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 " B", count);
    else if (count < 10000000)
        (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 " kB", count / 1000);
    else
        (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 " MB", count / 1000000);
    return text;
}

/* "5.1 ms": one decimal is all that there is room for. */
static const char *brief_time(uint64_t time_ns, char text[TABLE_TIME_MAX])
{
    if (time_ns >= 10000000000)
        (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 " s", time_ns / 1000000000);
    else if (time_ns >= 1000000000)
        (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 ".%" PRIu64 " s", time_ns / 1000000000,
                       time_ns / 100000000 % 10);
    else
        (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 ".%" PRIu64 " ms", time_ns / 1000000,
                       time_ns / 100000 % 10);
    return text;
}

/* ---- head ---- */

static void draw_head(pen *at, const watch_model *model, const screen_view *view)
{
    char now[TABLE_TIME_MAX];
    char end[TABLE_TIME_MAX];
    if (model->scenario[0]) /* the first line of events.jsonl has come */
        put(at, TABLE_PLAIN, "%s, seed %" PRIu64 "%s", model->scenario, model->seed,
            view->replay ? ", recorded" : "");
    char right[96];
    (void)snprintf(right, sizeof right, "%s s of %s s  %s%s", seconds(model->now_ns, now),
                   model->end_ns == ROAM_NEVER ? "?" : seconds(model->end_ns, end), view->speed,
                   view->paused   ? "  paused"
                   : model->ended ? "  over"
                                  : "");
    const size_t len = strlen(right);
    to_column(at, at->on->columns > len ? at->on->columns - len : 0);
    put(at, view->paused ? TABLE_BAD : TABLE_GOOD, "%s", right);
    next_row(at);
    const size_t width = at->on->columns;
    uint64_t done = width;
    if (model->end_ns != ROAM_NEVER && model->end_ns > 0 && model->now_ns < model->end_ns)
        done = (uint64_t)((double)model->now_ns / (double)model->end_ns * (double)width);
    for (size_t i = 0; i < width; i++)
        put(at, i < done ? TABLE_GOOD : TABLE_DIM, i < done ? "=" : "-");
    /* Where entries of the timeline are. */
    for (size_t i = 0; i < model->coming_count && model->end_ns != ROAM_NEVER && model->end_ns > 0; i++)
        if (model->coming[i].at_ns < model->end_ns) {
            at->column = (size_t)((double)model->coming[i].at_ns / (double)model->end_ns * (double)width);
            put(at, TABLE_PLAIN, "|");
        }
    next_row(at);
}

/* ---- lists ---- */

/* A title, then `shown` of count items from `first` on, one a row. */
typedef struct list {
    const char *title;
    void (*draw)(pen *at, const watch_model *model, size_t index);
    size_t count, first, shown;
    const char *empty; /* what stands below the title without items; NULL: then there is no title either */
} list;

static void draw_list(pen *at, const watch_model *model, const list *of)
{
    if (of->count == 0 && !of->empty)
        return;
    put(at, TABLE_DIM, "%s", of->title);
    if (of->shown < of->count) {
        char more[64];
        (void)snprintf(more, sizeof more, "%zu-%zu of %zu", of->first + 1, of->first + of->shown, of->count);
        const size_t len = strlen(more);
        to_column(at, at->on->columns > len ? at->on->columns - len : 0);
        put(at, TABLE_DIM, "%s", more);
    }
    next_row(at);
    if (of->count == 0) {
        put(at, TABLE_DIM, "  %s", of->empty);
        next_row(at);
    }
    for (size_t i = 0; i < of->shown; i++) {
        of->draw(at, model, of->first + i);
        next_row(at);
    }
}

static void draw_node(pen *at, const watch_model *model, size_t index)
{
    const watch_node *const node = &model->nodes[index];
    put(at, TABLE_PLAIN, "  %s", node->name);
    to_column(at, NODE_NAME + 2);
    if (node->address_count == 0)
        put(at, TABLE_BAD, "no network");
    for (size_t i = 0; i < node->address_count; i++)
        put(at, TABLE_PLAIN, "%s%s %s", i > 0 ? ", " : "", node->addresses[i].network,
            node->addresses[i].addr);
}

static void draw_state(pen *at, const watch_end *end)
{
    static const char *const WORDS[] = {[WATCH_PATH_NONE] = "up",
                                        [WATCH_PATH_VALIDATING] = "validating",
                                        [WATCH_PATH_VALIDATED] = "validated",
                                        [WATCH_PATH_FAILED] = "failed"};
    if (!end->up)
        put(at, end->was_up ? TABLE_BAD : TABLE_DIM, "%s", end->was_up ? "down" : "not up");
    else
        put(at,
            end->state == WATCH_PATH_FAILED || end->state == WATCH_PATH_VALIDATING ? TABLE_BAD : TABLE_GOOD,
            "%s", WORDS[end->state]);
}

static void draw_end(pen *at, const watch_model *model, size_t index)
{
    const watch_end *const end = &model->ends[index];
    char srtt[TABLE_TIME_MAX] = "-";
    char cwnd[TABLE_TIME_MAX] = "-";
    char flight[TABLE_TIME_MAX] = "-";
    if (end->sampled) {
        (void)brief_time(end->srtt_ns, srtt);
        (void)bytes(end->cwnd, cwnd);
        (void)bytes(end->bytes_in_flight, flight);
    }
    put(at, TABLE_PLAIN, "  %.10s > %.10s", model->nodes[end->node].name, model->nodes[end->peer].name);
    to_column(at, 24);
    draw_state(at, end);
    to_column(at, 35);
    put(at, TABLE_PLAIN, "%9s %7s %7s", srtt, cwnd, flight);
    to_column(at, 61);
    const bool moves = end->state == WATCH_PATH_VALIDATING && end->target[0] != '\0';
    if (!moves || at->on->columns >= BOTH_PATHS)
        put(at, TABLE_PLAIN, "%s%s", end->local[0] ? end->local : "-", moves ? " " : "");
    if (moves)
        put(at, TABLE_BAD, "to %s", end->target);
}

static void draw_flow(pen *at, const watch_model *model, size_t index)
{
    const watch_flow *const flow = &model->flows[index];
    const uint64_t gap_ns = watch_flow_gap_ns(flow, model->now_ns);
    char gap[TABLE_TIME_MAX];
    put(at, TABLE_PLAIN, "  %.10s > %.10s", model->nodes[flow->from].name, model->nodes[flow->to].name);
    to_column(at, 24);
    put(at, TABLE_PLAIN, "%" PRIu64 " of %" PRIu64, flow->delivered, flow->sent);
    to_column(at, 45);
    if (gap_ns != ROAM_NEVER)
        put(at, gap_ns >= 200000000 ? TABLE_BAD : TABLE_PLAIN, "gap %s", brief_time(gap_ns, gap));
}

static void draw_nat(pen *at, const watch_model *model, size_t index)
{
    const watch_nat *const nat = &model->nats[index];
    put(at, TABLE_PLAIN, "  NAT %s", nat->name);
    to_column(at, 24);
    if (nat->bindings == UINT64_MAX)
        put(at, TABLE_DIM, "bindings not recorded");
    else
        put(at, TABLE_PLAIN, "%" PRIu64 " bindings", nat->bindings);
}

static void draw_coming(pen *at, const watch_model *model, size_t index)
{
    const watch_entry *const entry = &model->coming[model->coming_first + index];
    char when[TABLE_TIME_MAX];
    put(at, TABLE_PLAIN, "%10s  %s", seconds(entry->at_ns, when), entry->text);
}

/* ---- the log ---- */

static void draw_log(pen *at, const watch_model *model)
{
    put(at, TABLE_DIM, "EVENTS");
    if (model->drops > 0)
        put(at, TABLE_DIM, "  %" PRIu64 " drops", model->drops);
    next_row(at);
    if (at->row + 1 >= at->on->rows)
        return;
    size_t shown = at->on->rows - 1 - at->row;
    while (shown > 0 && !watch_model_log(model, shown - 1))
        shown--;
    for (; shown > 0; shown--) {
        const watch_entry *const entry = watch_model_log(model, shown - 1);
        char when[TABLE_TIME_MAX];
        put(at, TABLE_DIM, "%10s  ", seconds(entry->at_ns, when));
        put(at, entry->bad ? TABLE_BAD : TABLE_PLAIN, "%s", entry->text);
        if (entry->count > 1)
            put(at, TABLE_BAD, " x%" PRIu64, entry->count);
        next_row(at);
    }
}

/* ---- all of it ---- */

enum { LIST_NODES, LIST_ENDS, LIST_FLOWS, LIST_NATS, LIST_COMING, LISTS };

/* The longest list gives a row away until all have room. */
static void share_rows(list lists[LISTS], size_t rows)
{
    for (;;) {
        size_t used = 0;
        size_t longest = 0;
        for (size_t i = 0; i < LISTS; i++) {
            used += lists[i].shown;
            used += lists[i].count > 0 ? 1 : lists[i].empty ? 2 : 0;
            if (lists[i].shown > lists[longest].shown)
                longest = i;
        }
        if (used <= rows || lists[longest].shown <= 1)
            return;
        lists[longest].shown--;
    }
}

static void draw_lists(pen *at, const watch_model *model, const screen_view *view)
{
    list lists[LISTS] = {
        [LIST_NODES] = {"NODES", draw_node, .count = model->node_count, .first = view->first},
        [LIST_ENDS] = {"CONNECTIONS           STATE           SRTT    CWND  FLIGHT     PATH", draw_end,
                       .count = model->end_count, .first = view->first, .empty = "none so far"},
        [LIST_FLOWS] = {"MESSAGES              DELIVERED", draw_flow, .count = model->flow_count,
                        .first = view->first,
                        .empty = model->live ? NULL : "not recorded in events.jsonl, nor SRTT, CWND, FLIGHT"},
        [LIST_NATS] = {"NATS", draw_nat, .count = model->nat_count, .first = view->first},
        [LIST_COMING] = {"TO COME", draw_coming, .count = model->coming_count - model->coming_first},
    };
    const size_t taken = at->row + EVENTS_MIN + 2;
    for (size_t i = 0; i < LISTS; i++)
        lists[i].shown = lists[i].count < SCREEN_ROWS_MAX ? lists[i].count : SCREEN_ROWS_MAX;
    share_rows(lists, at->on->rows > taken ? at->on->rows - taken : 0);
    for (size_t i = 0; i < LISTS; i++) {
        const size_t last = lists[i].count - lists[i].shown;
        lists[i].first = lists[i].first < last ? lists[i].first : last;
        draw_list(at, model, &lists[i]);
    }
}

size_t screen_scroll_max(const watch_model *model)
{
    size_t most = model->node_count;
    most = most > model->end_count ? most : model->end_count;
    most = most > model->flow_count ? most : model->flow_count;
    return most > 0 ? most - 1 : 0;
}

void screen_draw(screen *self, size_t columns, size_t rows, const watch_model *model, const screen_view *view)
{
    pen at = {.on = self};
    memset(self->text, ' ', sizeof self->text);
    memset(self->style, TABLE_PLAIN, sizeof self->style);
    self->columns = columns < SCREEN_COLUMNS_MAX ? columns : SCREEN_COLUMNS_MAX;
    self->rows = rows < SCREEN_ROWS_MAX ? rows : SCREEN_ROWS_MAX;
    if (columns < SCREEN_COLUMNS_MIN || rows < SCREEN_ROWS_MIN) {
        put(&at, TABLE_PLAIN, "%dx%d at least, please", SCREEN_COLUMNS_MIN, SCREEN_ROWS_MIN);
        return;
    }
    draw_head(&at, model, view);
    draw_lists(&at, model, view);
    draw_log(&at, model);
    at = (pen){.on = self, .row = self->rows - 1};
    put(&at, TABLE_DIM, "q quit  space %s  . next event  +/- speed  up/down scroll",
        view->paused ? "go on" : "pause");
}

void screen_write(const screen *self, const screen *before, bool colour, FILE *stream)
{
    const bool same_size = before && before->columns == self->columns && before->rows == self->rows;
    if (!same_size)
        (void)fputs("\033[H\033[2J", stream);
    for (size_t row = 0; row < self->rows; row++) {
        if (same_size && memcmp(self->text[row], before->text[row], self->columns) == 0 &&
            memcmp(self->style[row], before->style[row], self->columns) == 0)
            continue;
        size_t end = self->columns;
        while (end > 0 && self->text[row][end - 1] == ' ')
            end--;
        (void)fprintf(stream, "\033[%zu;1H", row + 1);
        table_style now = TABLE_PLAIN;
        for (size_t column = 0; column < end; column++) {
            const table_style style = (table_style)self->style[row][column];
            if (style != now) {
                (void)fputs(table_style_sequence(TABLE_PLAIN, colour), stream);
                if (style != TABLE_PLAIN)
                    (void)fputs(table_style_sequence(style, colour), stream);
                now = style;
            }
            (void)fputc(self->text[row][column], stream);
        }
        (void)fputs(now != TABLE_PLAIN ? table_style_sequence(TABLE_PLAIN, colour) : "", stream);
        if (end < self->columns)
            (void)fputs("\033[K", stream);
    }
}
