/* SPDX-License-Identifier: GPL-2.0-or-later */
/* say: a remark in the record of events. */
#include "sim/scenario/verb.h"

#include <jansson.h>

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    (void)whole;
    fprintf(stream, ": %s", scenario_event_text(event));
}

static bool record(const scenario *whole, const scenario_event *event, json_t *object)
{
    (void)whole;
    return json_object_set_new(object, "say", json_string(scenario_event_text(event))) == 0;
}

static const key_row ROWS[] = {
    {"say", DATA_FIELD(KEY_TEXT, text), .about = "A remark in events.jsonl", .example = "the lift"}, {0}};

const verb_descriptor SCENARIO_VERB_SAY = {"say", ROWS, .explain = explain, .record = record};
