/* SPDX-License-Identifier: GPL-2.0-or-later */
/* summary.json of a run: what the run itself measured of its calls, and the rules of RFC 9000 that it broke.
 */
#include "sim/record/output.h"
#include "tools/witness/explain_run.h"

#include <stdio.h>
#include <string.h>

static const json_t *list_of(const json_t *object, const char *key)
{
    const json_t *const list = json_object_get(object, key);
    return json_is_array(list) ? list : NULL;
}

const json_t *explain_run_migration(const explain_run *run, const json_t *line)
{
    const json_t *const list = list_of(run->summary, "migrations");
    const uint64_t call = explain_count(line, "call", EXPLAIN_NEVER);
    for (size_t i = 0; i < json_array_size(list); i++)
        if (explain_count(json_array_get(list, i), "call", EXPLAIN_NEVER - 1) == call)
            return json_array_get(list, i);
    return NULL;
}

static bool same_text(const json_t *a, const json_t *b, const char *key)
{
    const char *const left = explain_text(a, key);
    const char *const right = explain_text(b, key);
    return left && right && strcmp(left, right) == 0;
}

const json_t *explain_run_rebind(const explain_run *run, const json_t *line)
{
    const json_t *const list = list_of(run->summary, "rebinds");
    const uint64_t noticed_ns = explain_count(line, "noticed_ns", EXPLAIN_NEVER);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *const rebind = json_array_get(list, i);
        if (json_is_true(json_object_get(rebind, "validated")) && same_text(rebind, line, "node") &&
            same_text(rebind, line, "peer") && same_text(rebind, line, "new_remote") &&
            explain_count(rebind, "noticed_ns", EXPLAIN_NEVER - 1) == noticed_ns)
            return rebind;
    }
    return NULL;
}

/* ---- a rule that was broken is an event ---- */

/* Kept in order of time; of one time, it comes after the others. */
static bool insert_event(explain_run *run, explain_event event)
{
    if (!explain_grow((void **)&run->events, run->event_count, sizeof *run->events))
        return false;
    size_t at = run->event_count++;
    for (; at > 0 && run->events[at - 1].at_ns > event.at_ns; at--)
        run->events[at] = run->events[at - 1];
    run->events[at] = event;
    for (size_t i = 0; i < run->call_count; i++)
        run->calls[i] += run->calls[i] >= at;
    return true;
}

static bool add_broken(explain_run *run, const json_t *rule, const json_t *endpoint)
{
    const json_t *const first = json_object_get(endpoint, "first");
    const uint64_t at_ns = explain_count(first, "at_ns", EXPLAIN_NEVER);
    json_t *const line = json_copy((json_t *)endpoint);
    bool good = line && json_object_update_missing(line, (json_t *)rule) == 0;
    if (good && at_ns != EXPLAIN_NEVER && json_is_object(first) &&
        json_object_update(line, (json_t *)first) == 0) {
        good = insert_event(run, (explain_event){at_ns, EXPLAIN_RULE, line});
        if (good)
            return true;
    }
    json_decref(line);
    return good;
}

bool explain_rule_broken(const json_t *verdict)
{
    const char *const text = json_string_value(verdict);
    return text && (strcmp(text, "broken") == 0 || strcmp(text, "declined") == 0);
}

/* Those of events.jsonl, which say less. */
static void remove_rules(explain_run *run)
{
    size_t kept = 0;
    for (size_t i = 0; i < run->event_count; i++) {
        if (strcmp(run->events[i].name, EXPLAIN_RULE) == 0) {
            json_decref(run->events[i].line);
            continue;
        }
        for (size_t k = 0; k < run->call_count; k++)
            run->calls[k] = run->calls[k] == i ? (uint32_t)kept : run->calls[k];
        run->events[kept++] = run->events[i];
    }
    run->event_count = kept;
}

static bool add_rules(explain_run *run)
{
    const json_t *const rules = list_of(run->summary, "rules");
    if (rules)
        remove_rules(run);
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *const rule = json_array_get(rules, i);
        const json_t *const endpoints = list_of(rule, "endpoints");
        for (size_t k = 0; k < json_array_size(endpoints); k++) {
            const json_t *const endpoint = json_array_get(endpoints, k);
            if (explain_rule_broken(json_object_get(endpoint, "verdict")) && !add_broken(run, rule, endpoint))
                return false;
        }
    }
    return true;
}

bool explain_run_summary(const char *dir, explain_run *run)
{
    char path[OUTPUT_PATH_MAX];
    json_error_t error;
    (void)snprintf(path, sizeof path, "%s/summary.json", dir);
    run->summary = json_load_file(path, 0, &error);
    return add_rules(run);
}
