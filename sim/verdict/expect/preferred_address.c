/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client made of its server's preferred address (RFC 9000 section 9.6). */
#include "sim/verdict/expect/internal.h"
#include "sim/verdict/expect/result_set.h"

#include <inttypes.h>
#include <stdio.h>

static const key_choice RESULTS[] = {{"ok", SCENARIO_RESULT_OK},
                                     {"timeout", SCENARIO_RESULT_TIMEOUT},
                                     {"no_conn", SCENARIO_RESULT_NO_CONN},
                                     {0}};

static const key_row ROWS[] = {
    {"preferred_address", KEY_FIELD(KEY_PAIR, expect_draft, pair), .of_group = true,
     .about =
         "The first node moves to the address that its server, the second, prefers (RFC 9000 section 9.6)",
     .example = "laptop -> server"},
    {"result", EXPECT_FIELD(KEY_CHOICES, preferred_address.results), .choices = RESULTS,
     .about = "How each of these moves ends", .example = "ok"},
    {"validation", EXPECT_FIELD(KEY_BOUND, preferred_address.validation), .max = SCENARIO_DAY_NS,
     .about = "How long it takes, from the time at which the handshake is confirmed", .example = "<= 50ms"},
    {"rounds", EXPECT_FIELD(KEY_COUNT, preferred_address.rounds), .max = SCENARIO_EVENTS_MAX,
     .about = "How many rounds the validation takes", .example = "1"},
    {"challenges", EXPECT_FIELD(KEY_COUNT, preferred_address.challenges), .max = SCENARIO_EVENTS_MAX,
     .about = "How many PATH_CHALLENGE frames are sent to that address", .example = "2"},
    {"count", EXPECT_FIELD(KEY_COUNT, preferred_address.count), .max = SCENARIO_EVENTS_MAX,
     .about = "How many records there are", .otherwise = "at least one", .example = "1"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    draft->expectation.preferred_address.flow =
        scenario_check_preferred(reader, tree_get(entry, "preferred_address"), draft);
}

static bool record_holds(const scenario_expect_preferred *of, const roam_preferred_record *record)
{
    const uint32_t bounded = expect_bounded(&of->validation) ? SCENARIO_RESULT_OK : 0;
    const uint32_t results = of->results ? of->results : bounded;
    return (!results || result_set_has(results, record->result)) &&
           expect_within(record->finished_ns - record->started_ns, &of->validation) &&
           expect_within(record->validation_rounds, &of->rounds) &&
           expect_within(record->challenges_sent, &of->challenges);
}

static void add_count(char text[EXPECT_LIST_MAX], const scenario_bound *count, const char *what)
{
    char number[EXPECT_LIST_MAX];
    if (!expect_bounded(count))
        return;
    expect_append(text, EXPECT_LIST_MAX, " with ");
    expect_append(text, EXPECT_LIST_MAX, expect_count(count, number));
    expect_append(text, EXPECT_LIST_MAX, what);
}

static void wanted_text(const scenario_expect_preferred *of, char text[EXPECT_LIST_MAX])
{
    char bound[EXPECT_LIST_MAX];
    (void)expect_count(&of->count, text);
    for (int result = 0, told = 0; result > -RESULT_SET_COUNT; result--) {
        if (!result_set_has(of->results, result))
            continue;
        expect_append(text, EXPECT_LIST_MAX, told++ > 0 ? " or " : " ");
        expect_append(text, EXPECT_LIST_MAX, roam_result_name(result));
    }
    if (expect_bounded(&of->validation)) {
        expect_append(text, EXPECT_LIST_MAX, " in ");
        expect_append(text, EXPECT_LIST_MAX, expect_bound(&of->validation, bound));
    }
    add_count(text, &of->rounds, " rounds");
    add_count(text, &of->challenges, " challenges");
}

/* All records of the client; shown is the first that fails, or else the last. */
static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_preferred *const of = &expectation->preferred_address;
    size_t all;
    const recorder_preferred *const records = recorder_preferred_addresses(evidence->recorder, &all);
    const roam_preferred_record *shown = NULL;
    uint64_t count = 0;
    bool held = true;
    outcome->value = ROAM_NEVER;
    char took[EXPECT_TIME_MAX];
    char wanted[EXPECT_LIST_MAX];
    (void)whole;
    for (size_t i = 0; i < all; i++) {
        if (records[i].node != of->flow.from || records[i].other != of->flow.to)
            continue;
        count++;
        shown = held ? &records[i].record : shown;
        held = held && record_holds(of, &records[i].record);
    }
    held = held && expect_within(count, &of->count);
    if (shown && shown->result == ROAM_OK)
        outcome->value = shown->finished_ns - shown->started_ns;
    wanted_text(of, wanted);
    if (!shown)
        expect_say(outcome, held, "no validation of it came to an end, wanted %s", wanted);
    else
        expect_say(outcome, held,
                   "%s in %s, with %" PRIu32 " challenges in %" PRIu32 " round%s; %" PRIu64 ", wanted %s",
                   roam_result_name(shown->result), expect_time(shown->finished_ns - shown->started_ns, took),
                   shown->challenges_sent, shown->validation_rounds, shown->validation_rounds == 1 ? "" : "s",
                   count, wanted);
}

const expect_kind EXPECT_PREFERRED_ADDRESS = {
    .rows = ROWS,
    .blank = {.preferred_address = {.flow = EXPECT_NO_FLOW,
                                    .validation = EXPECT_UNBOUNDED,
                                    .rounds = EXPECT_UNBOUNDED,
                                    .challenges = EXPECT_UNBOUNDED,
                                    .count = {.min = 1, .max = UINT64_MAX}}},
    .check = check,
    .judge = judge,
    .measure = "validation",
};
