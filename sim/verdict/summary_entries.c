/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/summary_entries.h"

#include "sim/scenario/after.h"
#include "sim/scenario/event.h"
#include "sim/verdict/summary_fields.h"
#include "sim/verdict/summary_groups.h"

static json_t *not_started_json(summary_writer *out, const summary_input *input)
{
    const scenario *const whole = input->scenario;
    json_t *const array = json_array();
    size_t at = 0;
    const scenario_after *after;
    while ((after = recorder_next_waiting(input->recorder, &at))) {
        char text[SCENARIO_AFTER_TEXT_MAX];
        json_t *const object = json_object();
        summary_put_text(out, object, "verb", scenario_verb_name(whole->events[after->first].verb));
        summary_put_count(out, object, "line", after->place.line);
        summary_put_count(out, object, "column", after->place.column);
        summary_put_text(out, object, "after", scenario_after_text(whole, after, text));
        summary_add(out, array, object);
    }
    return array;
}

/* Of large groups, those of the members that are listed. */
static json_t *outages_json(summary_writer *out, const summary_input *input)
{
    const scenario *const whole = input->scenario;
    json_t *const array = json_array();
    size_t count;
    const recorder_outage *const outages = recorder_outages(input->recorder, &count);
    for (size_t i = 0; i < count; i++) {
        const recorder_outage *const outage = &outages[i];
        const scenario_peer *const peer = &whole->peers[outage->peer];
        if (!summary_is_listed(input->groups, SUMMARY_PEERS, outage->peer))
            continue;
        json_t *const object = json_object();
        SUMMARY_OUTAGE(SUMMARY_JSON)
        summary_add(out, array, object);
    }
    return array;
}

static void put_unless_empty(summary_writer *out, json_t *root, const char *key, json_t *array)
{
    if (json_array_size(array) > 0)
        summary_put(out, root, key, array);
    else
        json_decref(array);
}

void summary_put_entries(summary_writer *out, json_t *root, const summary_input *input)
{
    put_unless_empty(out, root, "outages", outages_json(out, input));
    put_unless_empty(out, root, "not_started", not_started_json(out, input));
}
