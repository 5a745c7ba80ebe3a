/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX = 1024 };

void scenario_diagnostics_init(scenario_diagnostics *diagnostics)
{
    *diagnostics = (scenario_diagnostics){0};
}

void scenario_diagnostics_fini(scenario_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        free(diagnostics->items[i].text);
    *diagnostics = (scenario_diagnostics){0};
}

void scenario_diagnostics_print(const scenario_diagnostics *diagnostics, FILE *stream)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        fprintf(stream, "%s\n", diagnostics->items[i].text);
    if (diagnostics->total > diagnostics->count)
        fprintf(stream, "and %zu more\n", diagnostics->total - diagnostics->count);
}

static bool before(scenario_place a, scenario_place b)
{
    if (a.override != b.override)
        return a.override < b.override;
    if (a.file != b.file)
        return a.file < b.file;
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

static void insert_sorted(scenario_diagnostics *diagnostics, scenario_diagnostic item)
{
    size_t at = diagnostics->count++;
    for (; at > 0 && before(item.place, diagnostics->items[at - 1].place); at--)
        diagnostics->items[at] = diagnostics->items[at - 1];
    diagnostics->items[at] = item;
}

/* Control characters of the input must not reach a terminal. */
static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

/* The text of an option, and its name. */
static const char *override_at(const scenario_source *source, size_t index, const char **option)
{
    *option = "set";
    if (index < source->override_count)
        return source->overrides[index];
    index -= source->override_count;
    *option = "endpoint";
    if (index < source->endpoint_count)
        return source->endpoints[index];
    *option = "as";
    return source->players[index - source->endpoint_count];
}

const char *scenario_place_file(const scenario_reader *reader, scenario_place place)
{
    return place.file ? reader->included[place.file - 1].file : reader->file;
}

static int write_place(const scenario_reader *reader, scenario_place place, char *text)
{
    if (place.override > 0) {
        const char *option;
        const char *const override = override_at(reader->source, place.override - 1, &option);
        const int key = (int)strcspn(override, "=");
        return snprintf(text, MESSAGE_MAX, "%.600s: --%s %.*s: ", reader->file, option, key < 200 ? key : 200,
                        override);
    }
    if (place.line == 0)
        return snprintf(text, MESSAGE_MAX, "%.600s: ", reader->file);
    return snprintf(text, MESSAGE_MAX, "%.600s:%" PRIu32 ":%" PRIu32 ": ", scenario_place_file(reader, place),
                    place.line, place.column);
}

bool scenario_fault_at(const scenario_reader *reader, scenario_place place)
{
    const scenario_diagnostics *const diagnostics = reader->diagnostics;
    for (size_t i = 0; i < diagnostics->count; i++) {
        const scenario_place at = diagnostics->items[i].place;
        if (at.line == place.line && at.column == place.column && at.override == place.override &&
            at.file == place.file)
            return true;
    }
    return false;
}

void scenario_fault(scenario_reader *reader, scenario_place place, const char *format, ...)
{
    scenario_diagnostics *const diagnostics = reader->diagnostics;
    char text[MESSAGE_MAX];
    if (++diagnostics->total > SCENARIO_DIAGNOSTICS_MAX)
        return;
    const int used = write_place(reader, place, text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, MESSAGE_MAX - (size_t)used, format, arguments);
    va_end(arguments);
    make_printable(text);
    const size_t bytes = strlen(text) + 1;
    char *const copy = malloc(bytes);
    if (copy) {
        memcpy(copy, text, bytes);
        insert_sorted(diagnostics, (scenario_diagnostic){.place = place, .text = copy});
    }
}
