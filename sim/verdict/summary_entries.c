/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/summary_entries.h"

#include "sim/scenario/after.h"
#include "sim/scenario/event.h"
#include "sim/verdict/summary_fields.h"
#include "sim/verdict/summary_groups.h"

static void put(bool *failed, json_t *object, const char *key, json_t *value)
{
    *failed = json_object_set_new(object, key, value) != 0 || *failed;
}

/* Takes the item; the array is made with the first one. */
static void add(bool *failed, json_t **array, json_t *item)
{
    *array = *array ? *array : json_array();
    *failed = json_array_append_new(*array, item) != 0 || *failed;
}

static json_t *not_started_json(const summary_input *input, bool *failed)
{
    const scenario *const whole = input->scenario;
    json_t *array = NULL;
    size_t at = 0;
    const scenario_after *after;
    while ((after = recorder_next_waiting(input->recorder, &at))) {
        char text[SCENARIO_AFTER_TEXT_MAX];
        json_t *const object = json_object();
        put(failed, object, "verb", json_string(scenario_verb_name(whole->events[after->first].verb)));
        put(failed, object, "line", json_integer((json_int_t)after->place.line));
        put(failed, object, "column", json_integer((json_int_t)after->place.column));
        put(failed, object, "after", json_string(scenario_after_text(whole, after, text)));
        add(failed, &array, object);
    }
    return array;
}

#define JSON_name(value) json_string(value)
#define JSON_text(value) ((value) ? json_string(value) : json_null())
#define JSON_flag(value) json_boolean(value)
#define JSON_count(value) json_integer((json_int_t)(value))
#define JSON_time(value) ((value) == ROAM_NEVER ? json_null() : JSON_count(value))
#define FIELD(kind, key, value, ...) put(failed, object, key, JSON_##kind(value));

/* Of large groups, those of the members that are listed. */
static json_t *outages_json(const summary_input *input, bool *failed)
{
    const scenario *const whole = input->scenario;
    json_t *array = NULL;
    size_t count;
    const recorder_outage *const outages = recorder_outages(input->recorder, &count);
    for (size_t i = 0; i < count; i++) {
        const recorder_outage *const outage = &outages[i];
        const scenario_peer *const peer = &whole->peers[outage->peer];
        if (!summary_is_listed(input->groups, SUMMARY_PEERS, outage->peer))
            continue;
        json_t *const object = json_object();
        SUMMARY_OUTAGE(FIELD)
        add(failed, &array, object);
    }
    return array;
}

void summary_put_entries(const summary_input *input, json_t *root, bool *failed)
{
    json_t *const outages = outages_json(input, failed);
    json_t *const not_started = not_started_json(input, failed);
    if (outages)
        put(failed, root, "outages", outages);
    if (not_started)
        put(failed, root, "not_started", not_started);
}
