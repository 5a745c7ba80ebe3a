/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/watch/screen.h"

#include "tools/watch/panel.h"
#include "tools/watch/screen_pen.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    EVENTS_MIN = 5,
    NODE_NAME = 14,
    PAIR = 21,       /* columns of two names */
    BOTH_PATHS = 110 /* columns: there is room for the old path beside the new one */
};

/* ---- head ---- */

static void draw_head(pen *at, const watch_model *model, const screen_view *view)
{
    char now[TABLE_TIME_MAX];
    char end[TABLE_TIME_MAX];
    if (model->scenario[0]) /* the first line of events.jsonl has come */
        pen_put(at, TABLE_PLAIN, "%s, seed %" PRIu64 "%s", model->scenario, model->seed,
                view->replay ? ", recorded" : "");
    char right[96];
    (void)snprintf(right, sizeof right, "%s s of %s s  %s%s", pen_seconds(model->now_ns, now),
                   model->end_ns == ROAM_NEVER ? "?" : pen_seconds(model->end_ns, end), view->speed,
                   view->paused   ? "  paused"
                   : model->ended ? "  over"
                                  : "");
    const size_t len = strlen(right);
    pen_to_column(at, at->on->columns > len ? at->on->columns - len : 0);
    pen_put(at, view->paused ? TABLE_BAD : TABLE_GOOD, "%s", right);
    pen_next_row(at);
    const size_t width = at->on->columns;
    uint64_t done = width;
    if (model->end_ns != ROAM_NEVER && model->end_ns > 0 && model->now_ns < model->end_ns)
        done = (uint64_t)((double)model->now_ns / (double)model->end_ns * (double)width);
    for (size_t i = 0; i < width; i++)
        pen_put(at, i < done ? TABLE_GOOD : TABLE_DIM, i < done ? "=" : "-");
    /* Where entries of the timeline are. */
    for (size_t i = 0; i < model->coming_count && model->end_ns != ROAM_NEVER && model->end_ns > 0; i++)
        if (model->coming[i].at_ns < model->end_ns) {
            at->column = (size_t)((double)model->coming[i].at_ns / (double)model->end_ns * (double)width);
            pen_put(at, TABLE_PLAIN, "|");
        }
    pen_next_row(at);
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
    pen_title(at, of->title, of->first, of->shown, of->count);
    if (of->count == 0) {
        pen_put(at, TABLE_DIM, "  %s", of->empty);
        pen_next_row(at);
    }
    for (size_t i = 0; i < of->shown; i++) {
        of->draw(at, model, of->first + i);
        pen_next_row(at);
    }
}

static void draw_node(pen *at, const watch_model *model, size_t index)
{
    const watch_node *const node = &model->nodes[index];
    pen_put(at, TABLE_PLAIN, "  %s", node->name);
    pen_to_column(at, NODE_NAME + 2);
    if (node->address_count == 0)
        pen_put(at, TABLE_BAD, "no network");
    for (size_t i = 0; i < node->address_count; i++) {
        pen_put(at, TABLE_PLAIN, "%s", i > 0 ? ", " : "");
        pen_address(at, model, &node->addresses[i]);
    }
}

/* The nodes, and a mark at the one that is selected. */
static void draw_nodes(pen *at, const watch_model *model, const screen_view *view, list *of)
{
    const size_t row = at->row + 1 + view->selected - of->first;
    draw_list(at, model, of);
    at->on->page = of->shown;
    if (view->selected < of->first || view->selected - of->first >= of->shown || row >= at->on->rows)
        return;
    at->on->text[row][0] = '>';
    at->on->style[row][0] = TABLE_GOOD;
}

/* With `follow` the selected one is among them. */
static void scroll_nodes(const screen_view *view, list *of)
{
    const size_t last = of->count - of->shown;
    const size_t above = of->shown / 2;
    size_t first = view->first;
    if (view->follow)
        first = view->selected > above ? view->selected - above : 0;
    of->first = first < last ? first : last;
}

static void draw_state(pen *at, const watch_end *end)
{
    static const char *const WORDS[] = {[WATCH_PATH_NONE] = "up",
                                        [WATCH_PATH_VALIDATING] = "validating",
                                        [WATCH_PATH_VALIDATED] = "validated",
                                        [WATCH_PATH_FAILED] = "failed"};
    if (!end->up)
        pen_put(at, end->was_up ? TABLE_BAD : TABLE_DIM, "%s", end->was_up ? "down" : "not up");
    else
        pen_put(at,
                end->state == WATCH_PATH_FAILED || end->state == WATCH_PATH_VALIDATING ? TABLE_BAD
                                                                                       : TABLE_GOOD,
                "%s", WORDS[end->state]);
}

static void draw_end(pen *at, const watch_model *model, size_t index)
{
    const watch_end *const end = &model->ends[index];
    char srtt[TABLE_TIME_MAX] = "-";
    char cwnd[TABLE_TIME_MAX] = "-";
    char flight[TABLE_TIME_MAX] = "-";
    if (end->sampled) {
        (void)pen_brief_time(end->srtt_ns, srtt);
        (void)pen_bytes(end->cwnd, cwnd);
        (void)pen_bytes(end->bytes_in_flight, flight);
    }
    pen_put(at, TABLE_PLAIN, "  ");
    pen_pair(at, model->nodes[end->node].name, model->nodes[end->peer].name, PAIR);
    pen_to_column(at, 24);
    draw_state(at, end);
    pen_to_column(at, 35);
    pen_put(at, TABLE_PLAIN, "%9s %7s %7s", srtt, cwnd, flight);
    pen_to_column(at, 61);
    const bool moves = end->state == WATCH_PATH_VALIDATING && end->target[0] != '\0';
    if (!moves || at->on->columns >= BOTH_PATHS)
        pen_put(at, TABLE_PLAIN, "%s%s", end->local[0] ? end->local : "-", moves ? " " : "");
    if (moves)
        pen_put(at, TABLE_BAD, "to %s", end->target);
}

static void draw_flow(pen *at, const watch_model *model, size_t index)
{
    const watch_flow *const flow = &model->flows[index];
    const uint64_t gap_ns = watch_flow_gap_ns(flow, model->now_ns);
    char gap[TABLE_TIME_MAX];
    pen_put(at, TABLE_PLAIN, "  ");
    pen_pair(at, model->nodes[flow->from].name, model->nodes[flow->to].name, PAIR);
    pen_to_column(at, 24);
    pen_put(at, TABLE_PLAIN, "%" PRIu64 " of %" PRIu64, flow->delivered, flow->sent);
    pen_to_column(at, 45);
    if (gap_ns != ROAM_NEVER)
        pen_put(at, gap_ns >= 200000000 ? TABLE_BAD : TABLE_PLAIN, "gap %s", pen_brief_time(gap_ns, gap));
}

static void draw_nat(pen *at, const watch_model *model, size_t index)
{
    const watch_nat *const nat = &model->nats[index];
    pen_put(at, TABLE_PLAIN, "  NAT %s", nat->name);
    pen_to_column(at, 24);
    if (nat->bindings == UINT64_MAX)
        pen_put(at, TABLE_DIM, "bindings not recorded");
    else
        pen_put(at, TABLE_PLAIN, "%" PRIu64 " bindings", nat->bindings);
}

static void draw_coming(pen *at, const watch_model *model, size_t index)
{
    const watch_entry *const entry = &model->coming[model->coming_first + index];
    char when[TABLE_TIME_MAX];
    pen_put(at, TABLE_PLAIN, "%10s  %s", pen_seconds(entry->at_ns, when), entry->text);
}

/* ---- the log ---- */

static void draw_log(pen *at, const watch_model *model)
{
    pen_put(at, TABLE_DIM, "EVENTS");
    if (model->drops > 0)
        pen_put(at, TABLE_DIM, "  %" PRIu64 " drops", model->drops);
    pen_next_row(at);
    if (at->row + 1 >= at->on->rows)
        return;
    size_t shown = at->on->rows - 1 - at->row;
    while (shown > 0 && !watch_model_log(model, shown - 1))
        shown--;
    for (; shown > 0; shown--)
        pen_entry(at, watch_model_log(model, shown - 1));
}

/* ---- all of it ---- */

enum { LIST_NODES, LIST_ENDS, LIST_FLOWS, LIST_NATS, LIST_COMING, LISTS };

static void draw_lists(pen *at, const watch_model *model, const screen_view *view)
{
    list lists[LISTS] = {
        [LIST_NODES] = {"NODES", draw_node, .count = model->node_count},
        [LIST_ENDS] = {"CONNECTIONS           STATE           SRTT    CWND  FLIGHT     PATH", draw_end,
                       .count = model->end_count, .first = view->first, .empty = "none so far"},
        [LIST_FLOWS] = {"MESSAGES              DELIVERED", draw_flow, .count = model->flow_count,
                        .first = view->first,
                        .empty = model->live ? NULL : "not recorded in events.jsonl, nor SRTT, CWND, FLIGHT"},
        [LIST_NATS] = {"NATS", draw_nat, .count = model->nat_count, .first = view->first},
        [LIST_COMING] = {"TO COME", draw_coming, .count = model->coming_count - model->coming_first},
    };
    share shares[LISTS];
    const size_t taken = at->row + EVENTS_MIN + 2;
    for (size_t i = 0; i < LISTS; i++)
        shares[i] = (share){.fixed = lists[i].count > 0 ? 1
                                     : lists[i].empty   ? 2
                                                        : 0,
                            .shown = lists[i].count < SCREEN_ROWS_MAX ? lists[i].count : SCREEN_ROWS_MAX};
    share_rows(shares, LISTS, at->on->rows > taken ? at->on->rows - taken : 0);
    for (size_t i = 0; i < LISTS; i++) {
        lists[i].shown = shares[i].shown;
        const size_t last = lists[i].count - lists[i].shown;
        lists[i].first = lists[i].first < last ? lists[i].first : last;
    }
    scroll_nodes(view, &lists[LIST_NODES]);
    draw_nodes(at, model, view, &lists[LIST_NODES]);
    for (size_t i = LIST_NODES + 1; i < LISTS; i++)
        draw_list(at, model, &lists[i]);
}

/* A few nodes, that the selection is seen to move, and what is known of the selected one. */
static void draw_selected(pen *at, const watch_model *model, const screen_view *view)
{
    const size_t most = (at->on->rows - at->row) / 5;
    list nodes = {"NODES", draw_node, .count = model->node_count};
    screen_view following = *view;
    nodes.shown = nodes.count < most ? nodes.count : most;
    following.follow = true;
    scroll_nodes(&following, &nodes);
    draw_nodes(at, model, &following, &nodes);
    const size_t rows = at->on->rows - 1 - at->row;
    panel_draw(at, model, view->selected, view->first, rows);
    at->on->page = rows / 2;
}

size_t screen_scroll_max(const watch_model *model, const screen_view *view)
{
    if (view->panel && view->selected < model->node_count)
        return panel_scroll_max(model, view->selected);
    size_t most = model->node_count;
    most = most > model->end_count ? most : model->end_count;
    most = most > model->flow_count ? most : model->flow_count;
    return most > 0 ? most - 1 : 0;
}

/* As much of it as there is room for: the keys that change most first. */
static void draw_help(pen *at, const screen_view *view)
{
    const char *const space = view->paused ? "go on" : "pause";
    const char *const enter = view->panel ? "close" : "details";
    const size_t columns = at->on->columns;
    pen_put(at, TABLE_DIM, "q quit  space %s  . step  +/- speed  ", space);
    if (columns >= 80)
        pen_put(at, TABLE_DIM, "up/down select  enter %s  pgup/pgdn%s", enter,
                columns >= 90 ? " scroll" : "");
    else
        pen_put(at, TABLE_DIM, "up/down  enter");
}

void screen_draw(screen *self, size_t columns, size_t rows, const watch_model *model, const screen_view *view)
{
    pen at = {.on = self};
    memset(self->text, ' ', sizeof self->text);
    memset(self->style, TABLE_PLAIN, sizeof self->style);
    self->columns = columns < SCREEN_COLUMNS_MAX ? columns : SCREEN_COLUMNS_MAX;
    self->rows = rows < SCREEN_ROWS_MAX ? rows : SCREEN_ROWS_MAX;
    self->page = 1;
    if (columns < SCREEN_COLUMNS_MIN || rows < SCREEN_ROWS_MIN) {
        pen_put(&at, TABLE_PLAIN, "%dx%d at least, please", SCREEN_COLUMNS_MIN, SCREEN_ROWS_MIN);
        return;
    }
    draw_head(&at, model, view);
    if (view->panel && view->selected < model->node_count) {
        draw_selected(&at, model, view);
    } else {
        draw_lists(&at, model, view);
        draw_log(&at, model);
    }
    at = (pen){.on = self, .row = self->rows - 1};
    draw_help(&at, view);
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
