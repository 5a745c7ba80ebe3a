/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/compare/read.h"

#include "sim/verdict/expect/expect.h"
#include "sim/verdict/summary.h"
#include "tools/cli/command.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* Parameter 1 of all: the run. */
typedef enum query { QUERY_RUN, QUERY_VALIDATION, QUERY_REBIND, QUERY_REASONS, QUERY_RULES, QUERIES } query;

static const char *const SQL[QUERIES] = {
    [QUERY_RUN] = "SELECT status, verdict, message FROM runs WHERE id = ?1",
    [QUERY_VALIDATION] = "SELECT max(validation_ns) FROM migrations WHERE run = ?1 AND result = 'ok'",
    [QUERY_REBIND] = "SELECT max(validation_ns) FROM rebinds WHERE run = ?1",
    /* ?2: those of the known fault too, which is there when one of them does not hold. */
    [QUERY_REASONS] =
        "SELECT text, measured, coalesce(unsupported, 0) FROM expectations WHERE run = ?1 AND held = 0 AND "
        "known_fault <= ?2"
        " UNION ALL SELECT 'what packets show of the migration ' || coalesce(label, node || ' -> ' || peer),"
        " contradiction, 0 FROM migrations WHERE run = ?1 AND contradiction IS NOT NULL",
    [QUERY_RULES] = "SELECT rule, requirement, level, first_node, first_at_ns, first_packet, first_text,"
                    " endpoint_count_broken FROM rules WHERE run = ?1 AND verdict = 'broken'",
};

typedef struct reader {
    const sweep_options *sweep;
    const compare_plan *plan;
    compare_matrix *matrix;
    int64_t build;
    sqlite3_stmt *statements[QUERIES];
    /* Of the run that is read; their texts are in `texts`. */
    compare_reason *reasons;
    size_t reason_count;
    compare_rule *rules;
    size_t rule_count;
    char **texts;
    size_t text_count;
    bool failed; /* of the store */
} reader;

/* ---- texts ---- */

/* NULL: out of memory. */
static const char *keep(reader *self, const char *text)
{
    char **const more = realloc(self->texts, (self->text_count + 1) * sizeof *more);
    if (!more)
        return NULL;
    self->texts = more;
    more[self->text_count] = strdup(text);
    return more[self->text_count] ? more[self->text_count++] : NULL;
}

static const char *column_text(reader *self, sqlite3_stmt *row, int column)
{
    return keep(self, store_text(row, column));
}

static void forget(reader *self)
{
    for (size_t i = 0; i < self->text_count; i++)
        free(self->texts[i]);
    self->text_count = self->reason_count = self->rule_count = 0;
}

/* ---- rows ---- */

static bool begin(reader *self, query which, int64_t id)
{
    sqlite3_stmt *const row = self->statements[which];
    (void)sqlite3_reset(row);
    return sqlite3_bind_int64(row, 1, id) == SQLITE_OK;
}

/* The next row is there. A failure sticks. */
static bool next(reader *self, query which)
{
    const int stepped = sqlite3_step(self->statements[which]);
    self->failed = self->failed || (stepped != SQLITE_ROW && stepped != SQLITE_DONE);
    return stepped == SQLITE_ROW;
}

static uint64_t number(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? UINT64_MAX
                                                           : (uint64_t)sqlite3_column_int64(row, column);
}

static uint64_t read_time(reader *self, query which, int64_t id)
{
    return begin(self, which, id) && next(self, which) ? number(self->statements[which], 0) : UINT64_MAX;
}

static compare_kind kind_of(const char *status, const char *verdict)
{
    static const struct {
        const char *name;
        compare_kind kind;
    } KINDS[] = {
        {"passed", COMPARE_PASSED},
        {"known fault", COMPARE_KNOWN_FAULT},
        {"unsupported", COMPARE_UNSUPPORTED},
        {"crashed", COMPARE_CRASHED},
        {"hung", COMPARE_CRASHED},
        {"refused", COMPARE_REFUSED},
    };
    const char *const name = verdict[0] ? verdict : status;
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(KINDS[i].name, name) == 0)
            return KINDS[i].kind;
    return COMPARE_FAILED;
}

/* Without the words that say again what was expected. */
static const char *measured_of(reader *self, const char *measured)
{
    static const char WANTED[] = ", wanted ";
    char *const text = (char *)keep(self, measured);
    char *end = NULL;
    for (char *at = text; at && (at = strstr(at, WANTED)); at++)
        end = at;
    if (end)
        *end = '\0';
    return text;
}

static bool add_reason(reader *self, const char *expected, const char *measured, bool unsupported)
{
    compare_reason *const more = realloc(self->reasons, (self->reason_count + 1) * sizeof *more);
    if (!more)
        return false;
    self->reasons = more;
    more[self->reason_count++] = (compare_reason){expected, measured, unsupported};
    return expected && measured;
}

/* The expectation that no rule is broken says nothing beside the rules that are. */
static bool is_of_rules(const reader *self, const char *expectation)
{
    return self->rule_count > 0 && strcmp(expectation, EXPECT_IMPLIED.text) == 0;
}

static bool read_reasons(reader *self, int64_t id, compare_kind kind)
{
    sqlite3_stmt *const row = self->statements[QUERY_REASONS];
    if (!begin(self, QUERY_REASONS, id) || sqlite3_bind_int(row, 2, kind == COMPARE_KNOWN_FAULT) != SQLITE_OK)
        return false;
    while (next(self, QUERY_REASONS))
        if (!is_of_rules(self, store_text(row, 0)) &&
            !add_reason(self, column_text(self, row, 0), measured_of(self, store_text(row, 1)),
                        sqlite3_column_int(row, 2) != 0))
            return false;
    return true;
}

static bool is_server(const scenario *whole, const char *node)
{
    for (size_t i = 0; i < whole->peer_count; i++)
        if (strcmp(whole->nodes[whole->peers[i].acceptor].name, node) == 0)
            return true;
    return false;
}

static bool read_rules(reader *self, int64_t id, const scenario *whole)
{
    sqlite3_stmt *const row = self->statements[QUERY_RULES];
    if (!begin(self, QUERY_RULES, id))
        return false;
    while (next(self, QUERY_RULES)) {
        compare_rule *const more = realloc(self->rules, (self->rule_count + 1) * sizeof *more);
        if (!more)
            return false;
        self->rules = more;
        compare_rule *const rule = &more[self->rule_count++];
        *rule = (compare_rule){.rule = column_text(self, row, 0),
                               .requirement = column_text(self, row, 1),
                               .level = column_text(self, row, 2),
                               .node = column_text(self, row, 3),
                               .at_ns = number(row, 4),
                               .packet = number(row, 5),
                               .text = column_text(self, row, 6),
                               .ends = number(row, 7)};
        if (!rule->rule || !rule->requirement || !rule->level || !rule->node || !rule->text)
            return false;
        rule->end = is_server(whole, rule->node) ? COMPARE_SERVER : COMPARE_CLIENT;
    }
    return true;
}

/* ---- a run ---- */

/* The combination without the settings of the column, which stand last. */
static const char *combination_of(reader *self, const sweep_planned *planned)
{
    const char *const setting = self->plan->more[self->plan->jobs.items[planned->job].file];
    char *const text = (char *)keep(self, planned->key.combination);
    const size_t len = text ? strlen(text) - strlen(setting) : 0;
    if (text)
        text[len > 0 ? len - 1 : 0] = '\0';
    return text;
}

/* Of the row of the table runs. */
static bool read_run(reader *self, int64_t id, const sweep_planned *planned, compare_run *out)
{
    sqlite3_stmt *const row = self->statements[QUERY_RUN];
    out->kind = kind_of(store_text(row, 0), store_text(row, 1));
    out->message = store_text(row, 2)[0] ? column_text(self, row, 2) : NULL;
    out->validation_ns = read_time(self, QUERY_VALIDATION, id);
    out->rebind_ns = read_time(self, QUERY_REBIND, id);
    if (!read_rules(self, id, self->plan->jobs.items[planned->job].scenario) ||
        !read_reasons(self, id, out->kind))
        return false;
    if (out->kind == COMPARE_FAILED && self->reason_count + self->rule_count == 0 && !out->message &&
        !add_reason(self, "the known fault of the scenario", SUMMARY_NO_FAULT, false))
        return false;
    out->reasons = self->reasons;
    out->reason_count = self->reason_count;
    out->rules = self->rules;
    out->rule_count = self->rule_count;
    return true;
}

static bool add(void *ctx, const sweep_planned *planned)
{
    reader *const self = ctx;
    const int64_t id = store_run_id(self->build, &planned->key);
    compare_run read = {.kind = COMPARE_NOT_RUN, .validation_ns = UINT64_MAX, .rebind_ns = UINT64_MAX};
    forget(self);
    read.seed = planned->key.seed;
    read.combination = combination_of(self, planned);
    if (!read.combination || !begin(self, QUERY_RUN, id))
        return false;
    if (next(self, QUERY_RUN) && !read_run(self, id, planned, &read))
        return false;
    return !self->failed && compare_matrix_add(self->matrix, compare_plan_row(self->plan, planned->job),
                                               compare_plan_column(self->plan, planned->job), &read);
}

int compare_read(const sweep_options *sweep, int64_t build, const compare_plan *plan, compare_matrix *matrix)
{
    reader self = {.sweep = sweep, .plan = plan, .matrix = matrix, .build = build};
    for (size_t i = 0; i < QUERIES; i++)
        if (sqlite3_prepare_v2(store_database(sweep->into), SQL[i], -1, &self.statements[i], NULL) !=
            SQLITE_OK)
            self.failed = true;
    const bool whole = !self.failed && sweep_each(sweep, add, &self);
    if (self.failed && store_fault(sweep->into) != STORE_OK)
        (void)fprintf(stderr, "roam compare: %s\n", store_message(sweep->into));
    else if (!whole)
        (void)fprintf(stderr, "roam compare: out of memory\n");
    for (size_t i = 0; i < QUERIES; i++)
        (void)sqlite3_finalize(self.statements[i]);
    forget(&self);
    free(self.texts);
    free(self.reasons);
    free(self.rules);
    return whole ? COMMAND_OK : COMMAND_BROKEN;
}
