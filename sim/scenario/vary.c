/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/internal.h"

#include <stdlib.h>
#include <string.h>

/* --- the section --- */

/* Keys that no run depends on, and `vary` itself. */
static bool check_key(scenario_reader *reader, const tree_node *entry)
{
    static const char *const FIXED[] = {"roam", "name", "about", "vary", "include"};
    const size_t length = strcspn(entry->key, ".");
    for (size_t i = 0; i < sizeof(FIXED) / sizeof(FIXED[0]); i++) {
        if (strlen(FIXED[i]) == length && strncmp(FIXED[i], entry->key, length) == 0) {
            scenario_fault(reader, entry->key_place,
                           "'%s' cannot be varied: write for example networks.wifi.delay", FIXED[i]);
            return false;
        }
    }
    return true;
}

/* The message, at the value's place, for a fault of the scenario with this value. */
static void report_value(scenario_reader *reader, const tree_node *value, const char *override,
                         const scenario_diagnostic *fault)
{
    const char *message = strstr(fault->text, fault->place.override ? ": --" : ": "); /* after the place */
    message = message && fault->place.override ? strstr(message + 2, ": ") : message;
    message = message ? message + 2 : fault->text;
    if (fault->place.file > 0) {
        scenario_fault(reader, value->place, "with %.80s: %s", override, fault->text);
    } else if (fault->place.line > 0) {
        scenario_fault(reader, value->place, "with %.80s line %u is wrong: %s", override, fault->place.line,
                       message);
    } else {
        scenario_fault(reader, value->place, "%s", message);
    }
}

/* Loads the scenario as --set KEY=VALUE would, and without `vary`. */
static void check_value(scenario_reader *reader, const char *key, const tree_node *value)
{
    const size_t count = reader->source->override_count;
    const size_t room = strlen(key) + strlen(value->text) + 2;
    const char **const overrides = scenario_arena_alloc(reader->arena, count + 1, sizeof(*overrides));
    char *const override = scenario_arena_alloc(reader->arena, room, 1);
    if (!overrides || !override)
        return;
    snprintf(override, room, "%s=%s", key, value->text);
    for (size_t i = 0; i < count; i++)
        overrides[i] = reader->source->overrides[i];
    overrides[count] = override;
    scenario_source source = {.path = reader->source->path, /* where its files are */
                              .text = reader->text,
                              .text_bytes = reader->text_bytes,
                              .name = reader->file,
                              .overrides = overrides,
                              .override_count = count + 1,
                              .endpoints = reader->source->endpoints,
                              .endpoint_count = reader->source->endpoint_count,
                              .players = reader->source->players,
                              .player_count = reader->source->player_count,
                              .one_combination = true,
                              .file_bytes_max = reader->source->file_bytes_max};
    scenario_diagnostics faults;
    scenario *loaded = NULL;
    scenario_diagnostics_init(&faults);
    const int status = scenario_load(&source, &loaded, &faults);
    if (status == SCENARIO_ERR_MEMORY)
        scenario_fault(reader, value->place, "%s", scenario_strerror(status));
    else if (faults.count > 0)
        report_value(reader, value, override, &faults.items[0]);
    scenario_free(loaded);
    scenario_diagnostics_fini(&faults);
}

/* Only when nothing else is wrong: else one fault would be reported for every value. */
static void check_values(scenario_reader *reader, const tree_node *section)
{
    size_t count = 1;
    for (const tree_node *entry = section->first; entry; entry = entry->next) {
        count = entry->count > SCENARIO_COMBINATIONS_MAX ? SIZE_MAX : count * entry->count;
        if (count > SCENARIO_COMBINATIONS_MAX) {
            scenario_fault(reader, entry->key_place, "more than %d combinations of values",
                           SCENARIO_COMBINATIONS_MAX);
            return;
        }
    }
    if (reader->diagnostics->total > 0)
        return;
    for (const tree_node *entry = section->first; entry; entry = entry->next)
        for (const tree_node *value = entry->first; value; value = value->next)
            check_value(reader, entry->key, value);
}

static void vary_values(scenario_reader *reader, const tree_node *entry, scenario_vary *vary)
{
    if (!scenario_read_kind(reader, entry, TREE_LIST, "a list of values", "[10ms, 50ms]"))
        return;
    const char **const values = scenario_arena_alloc(reader->arena, entry->count, sizeof(*values));
    if (!values)
        return;
    for (const tree_node *value = entry->first; value; value = value->next) {
        if (!scenario_read_kind(reader, value, TREE_SCALAR, "a value", "50ms"))
            continue;
        for (size_t i = 0; i < vary->value_count; i++)
            if (strcmp(values[i], value->text) == 0)
                scenario_fault(reader, value->place, "the value '%.60s' twice", value->text);
        values[vary->value_count++] = value->text;
    }
    vary->values = values;
    if (entry->count == 0)
        scenario_fault(reader, entry->place, "no values: write for example [10ms, 50ms]");
}

void scenario_vary_read(scenario_reader *reader, tree_node *root, const tree_node *section)
{
    if (!scenario_read_kind(reader, section, TREE_MAP, "a mapping of dotted keys",
                            "{networks.wifi.delay: [10ms, 50ms]}"))
        return;
    scenario_vary *const vary = scenario_arena_alloc(reader->arena, section->count, sizeof(*vary));
    if (!vary)
        return;
    reader->scenario->vary = vary;
    for (const tree_node *entry = section->first; entry; entry = entry->next) {
        char *const path = scenario_arena_text(reader->arena, entry->key, strlen(entry->key));
        char *last = NULL;
        if (path && check_key(reader, entry))
            scenario_override_walk(reader, root, entry->key_place, path, &last);
        scenario_vary read = {.place = entry->key_place, .key = entry->key};
        vary_values(reader, entry, &read);
        if (!scenario_override_names(reader, entry->key))
            vary[reader->scenario->vary_count++] = read;
    }
    check_values(reader, section);
}

/* --- combinations --- */

size_t scenario_combination_count(const scenario *whole)
{
    size_t count = 1;
    for (size_t i = 0; i < whole->vary_count; i++)
        count *= whole->vary[i].value_count;
    return count;
}

/* "KEY=VALUE" of every varied key, from the last, whose values change first. */
static bool choose(scenario_arena *arena, const scenario *varied, size_t index, const char **overrides,
                   const char **choices)
{
    for (size_t i = varied->vary_count; i-- > 0;) {
        const scenario_vary *const vary = &varied->vary[i];
        const char *const value = vary->values[index % vary->value_count];
        const size_t room = strlen(vary->key) + strlen(value) + 2;
        char *const text = scenario_arena_alloc(arena, room, 1);
        choices[i] = scenario_arena_text(arena, value, strlen(value));
        if (!text || !choices[i])
            return false;
        snprintf(text, room, "%s=%s", vary->key, value);
        overrides[i] = text;
        index /= vary->value_count;
    }
    return true;
}

static char *join(scenario_arena *arena, const char *const *texts, size_t count)
{
    size_t room = 1;
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        room += strlen(texts[i]) + 1;
    char *const joined = scenario_arena_alloc(arena, room, 1);
    for (size_t i = 0; joined && i < count; i++)
        used += (size_t)snprintf(joined + used, room - used, "%s%s", i ? "," : "", texts[i]);
    return joined;
}

static void keep(scenario *loaded, const scenario *varied, const char *const *overrides,
                 const char *const *choices)
{
    const size_t count = varied->vary_count;
    const char **const keys = scenario_arena_alloc(loaded->arena, count, sizeof(*keys));
    const char **const values = scenario_arena_alloc(loaded->arena, count, sizeof(*values));
    for (size_t i = 0; keys && values && i < count; i++) {
        keys[i] = scenario_arena_text(loaded->arena, varied->vary[i].key, strlen(varied->vary[i].key));
        values[i] = scenario_arena_text(loaded->arena, choices[i], strlen(choices[i]));
    }
    loaded->combination = join(loaded->arena, overrides, count);
    loaded->choice_keys = keys;
    loaded->choices = values;
    loaded->choice_count = count;
}

int scenario_load_combination(const scenario_source *source, const scenario *varied, size_t index,
                              scenario **out, scenario_diagnostics *diagnostics)
{
    const size_t given = source->override_count;
    const size_t count = varied->vary_count;
    scenario *loaded = NULL;
    scenario_source narrowed = *source;
    const char **const overrides = calloc(given + 2 * count + 1, sizeof(*overrides));
    scenario_arena *const arena = scenario_arena_new(); /* for the overrides, until they are read */
    int status = SCENARIO_ERR_MEMORY;
    if (!overrides || !arena)
        goto out;
    for (size_t i = 0; i < given; i++)
        overrides[i] = source->overrides[i];
    const char **const choices = overrides + given + count;
    if (!choose(arena, varied, index, overrides + given, choices))
        goto out;
    narrowed.overrides = overrides;
    narrowed.override_count = given + count;
    narrowed.one_combination = true;
    status = scenario_load(&narrowed, &loaded, diagnostics);
    if (status != SCENARIO_OK || count == 0)
        goto out;
    keep(loaded, varied, overrides + given, choices);
    if (scenario_arena_failed(loaded->arena)) {
        scenario_free(loaded);
        loaded = NULL;
        status = SCENARIO_ERR_MEMORY;
    }
out:
    if (status == SCENARIO_OK)
        *out = loaded;
    scenario_arena_free(arena);
    free(overrides);
    return status;
}
