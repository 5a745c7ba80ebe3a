/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/compare/text.h"

#include "tools/cli/table.h"
#include "tools/compare/columns.h"

#include <inttypes.h>
#include <string.h>

/* ---- kinds ---- */

static const struct {
    const char *name;
    const char *many;
    const char *letter;
    bool bad;
} KINDS[COMPARE_KINDS] = {
    [COMPARE_NOT_RUN] = {"not run", "not run", ".", false},
    [COMPARE_PASSED] = {"passed", "passed", "+", false},
    [COMPARE_KNOWN_FAULT] = {"known fault", "known faults", "k", false},
    [COMPARE_UNSUPPORTED] = {"unsupported", "unsupported", "u", false},
    [COMPARE_FAILED] = {"failed", "failed", "F", true},
    [COMPARE_CRASHED] = {"crashed", "crashed", "C", true},
    [COMPARE_REFUSED] = {"could not be run", "could not be run", "R", true},
};

const char *compare_kind_name(compare_kind kind)
{
    return KINDS[kind].name;
}

const char *compare_kind_letter(compare_kind kind)
{
    return KINDS[kind].letter;
}

bool compare_kind_is_bad(compare_kind kind)
{
    return KINDS[kind].bad;
}

/* ---- cells ---- */

const char *compare_cell_verdict(const compare_cell *cell, char text[COMPARE_TEXT_MAX])
{
    const compare_kind kind = compare_cell_kind(cell);
    if (cell->planned > 1 && cell->counts[kind] == cell->planned && kind != COMPARE_PASSED)
        (void)snprintf(text, COMPARE_TEXT_MAX, "%s, all %zu runs", KINDS[kind].name, cell->planned);
    else if (cell->counts[kind] < cell->planned)
        (void)snprintf(text, COMPARE_TEXT_MAX, "%s, %zu of %zu runs", KINDS[kind].name, cell->counts[kind],
                       cell->planned);
    else
        (void)snprintf(text, COMPARE_TEXT_MAX, "%s", KINDS[kind].name);
    return text;
}

const char *compare_cell_validation(const compare_cell *cell, char text[COMPARE_TEXT_MAX])
{
    char time[TABLE_TIME_MAX];
    text[0] = '\0';
    if (cell->validation_ns != UINT64_MAX)
        (void)snprintf(text, COMPARE_TEXT_MAX, "%s", table_time(cell->validation_ns, time));
    else if (cell->rebind_ns != UINT64_MAX)
        (void)snprintf(text, COMPARE_TEXT_MAX, "%s, of a rebind", table_time(cell->rebind_ns, time));
    return text;
}

const char *compare_row_name(const compare_row *row, char text[COMPARE_TEXT_MAX])
{
    const bool one = row->combination[0] != '\0';
    (void)snprintf(text, COMPARE_TEXT_MAX, "%s%s%s%s", row->scenario, one ? "[" : "", row->combination,
                   one ? "]" : "");
    return text;
}

/* ---- stories ---- */

const char *compare_story_title(const compare_story *story, char text[COMPARE_TEXT_MAX])
{
    const int used = snprintf(text, COMPARE_TEXT_MAX, "seed %" PRIu64 "%s%.1000s: %s", story->seed,
                              story->combination[0] ? ", " : "", story->combination, KINDS[story->kind].name);
    if (story->runs > 1)
        (void)snprintf(text + used, COMPARE_TEXT_MAX - (size_t)used, "; likewise %zu other run%s",
                       story->runs - 1, story->runs == 2 ? "" : "s");
    return text;
}

const char *compare_reason_sentence(const compare_reason *reason, char text[COMPARE_TEXT_MAX])
{
    (void)snprintf(text, COMPARE_TEXT_MAX, "%s %.900s%s%.900s",
                   reason->unsupported ? "unsupported:" : "expected", reason->expected,
                   reason->measured[0] ? "; measured " : "", reason->measured);
    return text;
}

const char *compare_rule_sentence(const compare_column *column, const compare_rule *rule,
                                  char text[COMPARE_TEXT_MAX])
{
    char time[TABLE_TIME_MAX];
    char packet[32] = "";
    char more[64] = "";
    if (rule->packet != UINT64_MAX)
        (void)snprintf(packet, sizeof packet, ", packet %" PRIu64, rule->packet);
    if (rule->ends > 1)
        (void)snprintf(more, sizeof more, " (and %" PRIu64 " other end%s)", rule->ends - 1,
                       rule->ends == 2 ? "" : "s");
    (void)snprintf(text, COMPARE_TEXT_MAX, "%s (%s, %s): %s (%s, %s) at %s%s: %.1000s%s", rule->rule,
                   rule->level, rule->requirement, rule->node, compare_role_name(rule->end),
                   rule->end == COMPARE_CLIENT ? column->client : column->server,
                   table_time(rule->at_ns, time), packet, rule->text, more);
    return text;
}

const char *compare_story_command(const compare_row *row, const compare_column *column,
                                  const compare_story *story, char text[REPLAY_COMMAND_MAX])
{
    char settings[REPLAY_COMMAND_MAX];
    const bool both = story->combination[0] && column->settings[0];
    (void)snprintf(settings, sizeof settings, "%s%s%s", story->combination, both ? "," : "",
                   column->settings);
    return replay_command(row->file, settings, story->seed, text);
}

/* ---- all ---- */

const char *compare_summary(const compare_report *report, char text[COMPARE_TEXT_MAX])
{
    const compare_matrix *const matrix = report->matrix;
    const compare_totals all = compare_matrix_totals(matrix, COMPARE_ALL_COLUMNS);
    const size_t cells = matrix->row_count * matrix->column_count;
    size_t used = (size_t)snprintf(text, COMPARE_TEXT_MAX, "%zu cell%s, %zu run%s:", cells,
                                   cells == 1 ? "" : "s", all.planned, all.planned == 1 ? "" : "s");
    for (compare_kind kind = COMPARE_PASSED; kind < COMPARE_KINDS; kind++)
        if (all.cells[kind] > 0 || kind == COMPARE_PASSED || kind == COMPARE_FAILED)
            used += (size_t)snprintf(text + used, COMPARE_TEXT_MAX - used, "%s %zu %s",
                                     kind == COMPARE_PASSED ? "" : ",", all.cells[kind],
                                     all.cells[kind] == 1 ? KINDS[kind].name : KINDS[kind].many);
    if (all.runs[COMPARE_NOT_RUN] > 0)
        (void)snprintf(text + used, COMPARE_TEXT_MAX - used, "; %zu run%s not run", all.runs[COMPARE_NOT_RUN],
                       all.runs[COMPARE_NOT_RUN] == 1 ? "" : "s");
    return text;
}
