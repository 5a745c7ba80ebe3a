/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/requirements.h"
#include "tools/cli/table.h"
#include "tools/witness/findings.h"

#include <inttypes.h>

enum { CELL_MAX = 160 };

static const char *const SIDES[] = {"client", "server"};

findings_rule findings_rule_of(const findings *found, uint32_t index, rules_rule rule)
{
    findings_rule out = {.verdict = RULES_NOT_EXERCISED};
    for (int side = 0; side < 2; side++) {
        out.at[side] = verdicts_outcome(found->verdicts, index, (dissect_side)side, rule);
        out.verdict = out.at[side].verdict > out.verdict ? out.at[side].verdict : out.verdict;
    }
    return out;
}

bool findings_broken(const findings *found)
{
    for (uint32_t i = 0; i < found->all->count; i++)
        for (rules_rule rule = 0; rule < RULES_COUNT; rule++)
            for (int side = 0; side < 2; side++)
                if (!found->excepted[rule] &&
                    verdicts_outcome(found->verdicts, i, (dissect_side)side, rule).verdict == RULES_BROKEN)
                    return true;
    return false;
}

/* ---- what was judged ---- */

static void print_judged(const findings *found, const connection *of, FILE *stream)
{
    uint64_t until_ns;
    char time[TABLE_TIME_MAX];
    const verdicts_scope client = verdicts_scope_of(found->verdicts, of->index, DISSECT_CLIENT);
    const verdicts_scope server = verdicts_scope_of(found->verdicts, of->index, DISSECT_SERVER);
    if (client == VERDICTS_NOTHING) {
        (void)fprintf(stream, "  judged: nothing\n");
        return;
    }
    if (client == server)
        (void)fprintf(stream, "  judged: client and server, %s",
                      client == VERDICTS_AT_HOST ? "captured at the hosts of both"
                                                 : "by their datagrams alone; see --at");
    else
        (void)fprintf(stream, "  judged: %s, captured at its host; %s by its datagrams alone",
                      SIDES[server == VERDICTS_AT_HOST], SIDES[server != VERDICTS_AT_HOST]);
    (void)fputc('\n', stream);
    const char *const why = verdicts_ended(found->verdicts, of->index, &until_ns);
    if (why)
        (void)fprintf(stream, "  judged until %s alone: %s\n", table_time(until_ns - of->first_ns, time),
                      why);
}

/* ---- the rules ---- */

typedef struct counts {
    unsigned exercised, broken, declined;
} counts;

static counts count(const findings *found, const connection *of)
{
    counts out = {0, 0, 0};
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++) {
        const rules_verdict verdict = findings_rule_of(found, of->index, rule).verdict;
        out.exercised += verdict != RULES_NOT_EXERCISED;
        out.broken += verdict == RULES_BROKEN;
        out.declined += verdict == RULES_DECLINED;
    }
    return out;
}

static void print_count(const counts *all, FILE *stream)
{
    (void)fprintf(stream, "  rules: %u exercised, ", all->exercised);
    if (all->broken > 0)
        (void)fprintf(stream, "%u broken", all->broken);
    else
        (void)fputs("none broken", stream);
    if (all->declined > 0)
        (void)fprintf(stream, ", %u declined", all->declined);
    (void)fputc('\n', stream);
}

static bool is_told(const findings *found, const rules_outcome *outcome)
{
    return outcome->broken > 0 || (found->all_rules && outcome->verdict != RULES_NOT_EXERCISED);
}

static void add_row(table *in, const findings *found, rules_rule rule, int side, const rules_outcome *outcome)
{
    const requirement *const principal = rules_requirement(rule);
    const bool excepted = outcome->verdict == RULES_BROKEN && found->excepted[rule];
    const table_style style = outcome->verdict == RULES_BROKEN && !excepted ? TABLE_BAD : TABLE_PLAIN;
    char text[CELL_MAX];
    (void)snprintf(text, sizeof text, "  %s", rules_name(rule));
    table_cell(in, TABLE_PLAIN, text);
    table_cell(in, TABLE_PLAIN, principal->id);
    table_cell(in, TABLE_PLAIN, requirement_level_name(principal->level));
    table_cell(in, TABLE_PLAIN, SIDES[side]);
    (void)snprintf(text, sizeof text, "%s%s", rules_verdict_name(outcome->verdict),
                   excepted ? ", excepted" : "");
    table_cell(in, style, text);
    (void)snprintf(text, sizeof text, "%" PRIu32, outcome->broken);
    table_cell(in, TABLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "%" PRIu32, outcome->exercised);
    table_cell(in, TABLE_PLAIN, text);
}

static bool print_table(const findings *found, const connection *of, FILE *stream)
{
    static const char *const titles[] = {"  rule",  "requirement", "level", "end",
                                         "verdict", ">broken",     ">of"};
    table *const made = table_new(titles, sizeof titles / sizeof *titles);
    bool any = false;
    for (rules_rule rule = 0; made && rule < RULES_COUNT; rule++) {
        const findings_rule of_rule = findings_rule_of(found, of->index, rule);
        for (int side = 0; side < 2; side++)
            if (is_told(found, &of_rule.at[side])) {
                add_row(made, found, rule, side, &of_rule.at[side]);
                any = true;
            }
    }
    const bool good = made && (!any || table_print(made, stream, table_colour(stream)));
    table_free(made);
    return good;
}

static void print_violation(const findings *found, const connection *of, rules_rule rule, int side,
                            const rules_violation *first, FILE *stream)
{
    char time[TABLE_TIME_MAX];
    (void)fprintf(stream, "  %s, %s: after %s, in a packet of type %s", rules_name(rule), SIDES[side],
                  table_time(verdicts_time(found->verdicts, first->at_ns) - of->first_ns, time),
                  dissect_packet_type_name(first->type));
    if (first->number != ROAM_NEVER)
        (void)fprintf(stream, " with number %" PRIu64, first->number);
    (void)fprintf(stream, ":\n    %s\n", first->text);
}

bool findings_print_rules(const findings *found, const connection *of, FILE *stream)
{
    print_judged(found, of, stream);
    const counts all = count(found, of);
    print_count(&all, stream);
    if (!print_table(found, of, stream))
        return false;
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++) {
        const findings_rule of_rule = findings_rule_of(found, of->index, rule);
        for (int side = 0; side < 2; side++)
            if (of_rule.at[side].violation)
                print_violation(found, of, rule, side, of_rule.at[side].violation, stream);
    }
    return true;
}
