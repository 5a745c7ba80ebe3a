/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/moves.h"

#include "tools/run/groups.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CELL_MAX 256

const char *const RUN_MOVES_TITLES[RUN_MOVES_CELLS] = {
    "move",  "result",  ">took", ">round trips",   ">first message up",
    ">down", ">gap up", ">down", ">lost (unsent)", ">bytes (datagrams)",
};

static void put_time(FILE *to, uint64_t time_ns)
{
    char time[TABLE_TIME_MAX];
    (void)fprintf(to, "%s\t", table_time(time_ns, time));
}

static void put_move(FILE *to, const scenario *whole, const recorder_move *move)
{
    const char *const label = scenario_event_call(move->event)->label;
    if (label)
        (void)fprintf(to, "%s: ", label);
    (void)fprintf(to, "%s %s -> %s\t", move->kind == RECORDER_MIGRATE ? "migrate" : "reconnect",
                  whole->nodes[move->event->node].name, whole->nodes[move->to].name);
    (void)fprintf(to, "%s\t", move->done ? roam_result_name(move->result) : "none yet");
    put_time(to, move->done ? move->done_ns - move->requested_ns : UINT64_MAX);
    if (move->round_trips == ROAM_NEVER)
        (void)fputs("-\t", to);
    else
        (void)fprintf(to, "%" PRIu64 "\t", move->round_trips);
    put_time(to, recorder_move_to_first_ns(move, &move->up));
    put_time(to, recorder_move_to_first_ns(move, &move->down));
    put_time(to, move->up.gap_ns);
    put_time(to, move->down.gap_ns);
    (void)fprintf(to, "%" PRIu64 " (%" PRIu64 ")\t", move->up.lost + move->down.lost,
                  move->up.passed_over + move->down.passed_over);
    (void)fprintf(to, "%" PRIu64 " (%" PRIu64 ")\t\n", move->up.bytes + move->down.bytes,
                  move->up.datagrams + move->down.datagrams);
}

bool run_moves_any(const recorder *recorded)
{
    size_t count;
    const recorder_move *const moves = recorder_moves(recorded, &count);
    for (size_t i = 0; i < count; i++)
        if (moves[i].kind == RECORDER_RECONNECT)
            return true;
    return false;
}

char *run_moves_lines(const scenario *whole, const recorder *recorded, bool each)
{
    size_t count;
    const recorder_move *const moves = recorder_moves(recorded, &count);
    summary_groups groups;
    char *text = NULL;
    size_t len;
    if (!run_moves_any(recorded))
        return strdup("");
    if (!summary_groups_of(whole, recorded, RUN_GROUPS_EACH_MAX, each, &groups))
        return NULL;
    FILE *const to = open_memstream(&text, &len);
    for (size_t i = 0; to && i < count; i++)
        if (summary_is_listed(&groups, SUMMARY_MOVES, i))
            put_move(to, whole, &moves[i]);
    summary_groups_free(&groups);
    if (!to)
        return NULL;
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

const char *run_moves_cells(table *out, const char *line)
{
    const char *at = line;
    for (size_t i = 0; i < RUN_MOVES_CELLS; i++) {
        char cell[CELL_MAX];
        const size_t len = strcspn(at, "\t");
        (void)snprintf(cell, sizeof cell, "%.*s", (int)len, at);
        table_cell(out, i == 1 && strcmp(cell, "ok") == 0 ? TABLE_GOOD : TABLE_PLAIN, cell);
        at += at[len] ? len + 1 : len;
    }
    at += *at == '\n';
    return *at ? at : NULL;
}

bool run_moves_print(const char *lines, FILE *stream, bool colour)
{
    if (lines[0] == '\0')
        return true;
    table *const out = table_new(RUN_MOVES_TITLES, RUN_MOVES_CELLS);
    for (const char *line = lines; out && line;)
        line = run_moves_cells(out, line);
    return table_end(out, stream, colour);
}
