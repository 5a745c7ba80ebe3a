/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/watch/panel.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    STATE = 46,
    FIGURES = 57,
    EXPIRES = 62,
    DESTINATION = 100,
    ALL_OF_ID = 80,
    ID_BYTES = 8,
    SHORT_ID_BYTES = 4
};

/* A list of which a part is drawn: rows before `first` and after `shown` are counted alone. */
typedef struct part {
    pen *at; /* NULL: nothing is drawn */
    size_t first, shown, count;
} part;

/* The next row is to be drawn; then part_end follows. */
static bool part_begin(part *self)
{
    const size_t row = self->count++;
    return self->at && row >= self->first && row - self->first < self->shown;
}

static void part_end(const part *self)
{
    pen_next_row(self->at);
}

/* ---- addresses ---- */

static void list_addresses(part *to, const watch_model *model, uint32_t node)
{
    const watch_node *const of = &model->nodes[node];
    if (of->address_count == 0 && part_begin(to)) {
        pen_put(to->at, TABLE_BAD, "  no network");
        part_end(to);
    }
    for (size_t i = 0; i < of->address_count; i++) {
        if (!part_begin(to))
            continue;
        pen_put(to->at, TABLE_PLAIN, "  ");
        pen_address(to->at, model, &of->addresses[i]);
        uint32_t nat = watch_model_nat_of(model, &of->addresses[i]);
        for (size_t steps = 0; nat != WATCH_NONE && steps < model->nat_count; steps++) {
            pen_put(to->at, TABLE_DIM, ", behind NAT %s", model->nats[nat].name);
            nat = model->nats[nat].behind;
        }
        part_end(to);
    }
}

/* ---- paths ---- */

static void put_id(pen *at, const char *title, const watch_end *end)
{
    if (!end || end->connection_id_len == 0)
        return;
    pen_put(at, TABLE_DIM, "  %s ID ", title);
    const size_t shown = at->on->columns < ALL_OF_ID ? SHORT_ID_BYTES : ID_BYTES;
    for (size_t i = 0; i < end->connection_id_len && i < shown; i++)
        pen_put(at, TABLE_PLAIN, "%02x", end->connection_id[i]);
    pen_put(at, TABLE_PLAIN, "%s", end->connection_id_len > shown ? ".." : "");
}

static const watch_end *other_end(const watch_model *model, const watch_end *end)
{
    for (size_t i = 0; i < model->end_count; i++)
        if (model->ends[i].node == end->peer && model->ends[i].peer == end->node)
            return &model->ends[i];
    return NULL;
}

static void draw_connection(pen *at, const watch_model *model, const watch_end *end)
{
    pen_put(at, TABLE_PLAIN, "  > %s", model->nodes[end->peer].name);
    pen_to_column(at, 16);
    if (!end->up) {
        pen_put(at, end->was_up ? TABLE_BAD : TABLE_DIM, "%s", end->was_up ? "down" : "not up");
        return;
    }
    pen_put(at, TABLE_GOOD, "up");
    if (end->path_count == 0 && !model->live)
        pen_put(at, TABLE_DIM, "  its path is recorded once it changes");
    put_id(at, "peer's", end); /* each end sends to what the other one chose */
    put_id(at, "own", other_end(model, end));
}

static void draw_path(pen *at, const watch_end *end, const watch_path *path)
{
    static const char *const WORDS[] = {[WATCH_PATH_NONE] = "-",
                                        [WATCH_PATH_VALIDATING] = "validating",
                                        [WATCH_PATH_VALIDATED] = "validated",
                                        [WATCH_PATH_FAILED] = "failed"};
    const bool in_use = watch_path_in_use(end, path);
    const bool bad = path->state == WATCH_PATH_VALIDATING || path->state == WATCH_PATH_FAILED;
    char srtt[TABLE_TIME_MAX];
    char cwnd[TABLE_TIME_MAX];
    char flight[TABLE_TIME_MAX] = "";
    pen_put(at, in_use ? TABLE_PLAIN : TABLE_DIM, "  %c %s > %s", in_use ? '*' : ' ', path->local,
            path->remote[0] ? path->remote : "?");
    pen_to_column(at, STATE);
    pen_put(at,
            bad                              ? TABLE_BAD
            : path->state == WATCH_PATH_NONE ? TABLE_DIM
                                             : TABLE_GOOD,
            "%s", WORDS[path->state]);
    if (!path->sampled)
        return;
    if (in_use && end->sampled)
        (void)pen_bytes(end->bytes_in_flight, flight);
    pen_to_column(at, FIGURES);
    pen_put(at, in_use ? TABLE_PLAIN : TABLE_DIM, "%8s %7s %6s", pen_brief_time(path->srtt_ns, srtt),
            pen_bytes(path->cwnd, cwnd), flight);
}

static void list_paths(part *to, const watch_model *model, uint32_t node)
{
    for (size_t i = 0; i < model->end_count; i++) {
        const watch_end *const end = &model->ends[i];
        if (end->node != node)
            continue;
        if (part_begin(to)) {
            draw_connection(to->at, model, end);
            part_end(to);
        }
        for (size_t j = 0; j < end->path_count; j++)
            if (part_begin(to)) {
                draw_path(to->at, end, &end->paths[j]);
                part_end(to);
            }
    }
}

/* ---- bindings ---- */

static void draw_binding(pen *at, const watch_model *model, const watch_binding *binding, size_t depth)
{
    char internal[ROAM_ADDR_STRING_MAX];
    char external[ROAM_ADDR_STRING_MAX];
    char left[TABLE_TIME_MAX];
    char destination[ROAM_ADDR_STRING_MAX];
    pen_put(at, TABLE_PLAIN, "%*s%s %s is %s", (int)(2 + 2 * depth), "", model->nats[binding->nat].name,
            roam_addr_format(&binding->internal, internal), roam_addr_format(&binding->external, external));
    pen_to_column(at, EXPIRES);
    if (binding->expires_ns > model->now_ns && binding->expires_ns != ROAM_NEVER)
        pen_put(at, TABLE_PLAIN, "%s left", pen_brief_time(binding->expires_ns - model->now_ns, left));
    if (binding->destination.family == ROAM_FAMILY_NONE || at->on->columns < DESTINATION)
        return;
    pen_to_column(at, EXPIRES + 15);
    pen_put(at, TABLE_DIM, "towards %s", roam_addr_format(&binding->destination, destination));
}

/* Those of a NAT for an internal endpoint, and below each those of the NAT outside of it. Port 0: any. */
static void list_bindings_of(part *to, const watch_model *model, uint32_t nat, const roam_addr *internal,
                             size_t depth)
{
    for (size_t i = 0; i < model->binding_count; i++) {
        const watch_binding *const binding = &model->bindings[i];
        roam_addr inside = binding->internal;
        inside.port = internal->port == 0 ? 0 : inside.port;
        if (binding->nat != nat || !roam_addr_equal(&inside, internal))
            continue;
        if (part_begin(to)) {
            draw_binding(to->at, model, binding, depth);
            part_end(to);
        }
        if (model->nats[nat].behind != WATCH_NONE && depth < model->nat_count)
            list_bindings_of(to, model, model->nats[nat].behind, &binding->external, depth + 1);
    }
}

static void list_bindings(part *to, const watch_model *model, uint32_t node)
{
    const watch_node *const of = &model->nodes[node];
    for (size_t i = 0; i < of->address_count; i++) {
        const uint32_t nat = watch_model_nat_of(model, &of->addresses[i]);
        if (nat != WATCH_NONE)
            list_bindings_of(to, model, nat, &of->addresses[i].addr, 0);
    }
}

static bool is_behind_nat(const watch_model *model, uint32_t node)
{
    const watch_node *const of = &model->nodes[node];
    for (size_t i = 0; i < of->address_count; i++)
        if (watch_model_nat_of(model, &of->addresses[i]) != WATCH_NONE)
            return true;
    return false;
}

/* ---- events ---- */

/* The last `shown` ones, the latest below. */
static void draw_events(pen *at, const watch_model *model, uint32_t node, size_t shown)
{
    const watch_entry *latest[SCREEN_ROWS_MAX];
    const watch_entry *entry;
    size_t count = 0;
    for (size_t back = 0; count < shown && count < SCREEN_ROWS_MAX && (entry = watch_model_log(model, back));
         back++)
        if (watch_model_concerns(model, entry, node))
            latest[count++] = entry;
    pen_put(at, TABLE_DIM, "EVENTS of %s", model->nodes[node].name);
    pen_next_row(at);
    while (count > 0)
        pen_entry(at, latest[--count]);
}

/* ---- all of it ---- */

enum { PART_ADDRESSES, PART_PATHS, PART_BINDINGS, PART_EVENTS, PARTS };

static void (*const LISTS[])(part *to, const watch_model *model, uint32_t node) = {
    [PART_ADDRESSES] = list_addresses, [PART_PATHS] = list_paths, [PART_BINDINGS] = list_bindings};

static size_t count_of(const watch_model *model, uint32_t node, size_t which)
{
    part counted = {0};
    LISTS[which](&counted, model, node);
    return counted.count;
}

size_t panel_scroll_max(const watch_model *model, uint32_t node)
{
    const size_t paths = count_of(model, node, PART_PATHS);
    const size_t bindings = count_of(model, node, PART_BINDINGS);
    const size_t most = paths > bindings ? paths : bindings;
    return most > 0 ? most - 1 : 0;
}

void panel_draw(pen *at, const watch_model *model, uint32_t node, size_t first, size_t rows)
{
    const char *const paths_title =
        model->live ? "PATHS, * in use                               STATE          SRTT    CWND FLIGHT"
                    : "PATHS, * in use: SRTT, CWND and IDs are not recorded";
    const char *const titles[] = {[PART_PATHS] = paths_title,
                                  [PART_BINDINGS] =
                                      model->live ? "NAT BINDINGS" : "NAT BINDINGS are not recorded"};
    share shares[PARTS] = {[PART_ADDRESSES] = {.fixed = 1},
                           [PART_PATHS] = {.fixed = 1},
                           [PART_BINDINGS] = {.fixed = is_behind_nat(model, node)},
                           [PART_EVENTS] = {.fixed = 1, .shown = rows}};
    size_t counts[PARTS] = {0};
    for (size_t i = 0; i < PART_EVENTS; i++)
        shares[i].shown = counts[i] = count_of(model, node, i);
    share_rows(shares, PARTS, rows);
    for (size_t i = 0; i < PART_EVENTS; i++) {
        char title[WATCH_NAME_MAX + 8];
        const size_t last = counts[i] - shares[i].shown;
        part drawn = {.at = at, .first = first < last ? first : last, .shown = shares[i].shown};
        (void)snprintf(title, sizeof title, "NODE %s", model->nodes[node].name);
        if (shares[i].fixed > 0)
            pen_title(at, i == PART_ADDRESSES ? title : titles[i], drawn.first, drawn.shown, counts[i]);
        LISTS[i](&drawn, model, node);
    }
    draw_events(at, model, node, shares[PART_EVENTS].shown);
}
