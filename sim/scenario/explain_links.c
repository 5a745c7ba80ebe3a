/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In words: parameters of links, and what happens at one time. */
#include "sim/scenario/units.h"
#include "sim/scenario/verb.h"

#include <inttypes.h>
#include <string.h>

enum { LINES_MAX = 8, LINE_TEXT_MAX = 48, LOOK_BACK_MAX = 64, REMARKS_MAX = 64 };

const char *scenario_explain_value(const key_row *row, uint64_t value, char *text)
{
    if (row->type == KEY_CHOICE)
        return key_choice_name(row->choices, (uint32_t)value);
    if (row->type == KEY_QUEUE)
        return scenario_queue_format(value, text);
    if (row->type != KEY_INTEGER)
        return units_format(key_units(row->type), value, text);
    snprintf(text, UNITS_TEXT_MAX, "%" PRIu64, value);
    return text;
}

static void print_group(FILE *stream, const key_row *rows, const unsigned char *object)
{
    char text[UNITS_TEXT_MAX];
    for (const key_row *row = rows; row->name; row++)
        fprintf(stream, " %s %s", row->name, scenario_explain_value(row, key_load(row, object), text));
}

static void print_field(FILE *stream, uint32_t index, const scenario_link *link)
{
    const link_field *const field = &LINK_FIELD[index];
    const key_row *const row = &SCENARIO_LINK_ROWS[index];
    char text[UNITS_TEXT_MAX];
    if (row->inner) {
        fprintf(stream, " %s", field->words);
        print_group(stream, row->inner, (const unsigned char *)link + field->offset);
        return;
    }
    const uint64_t value = link_field_get(field, link);
    if (row->type == KEY_CHOICE) {
        fprintf(stream, " %s", value ? field->words : field->at_zero);
        return;
    }
    fprintf(stream, " %s %s", field->words,
            value == 0 && field->at_zero ? field->at_zero : scenario_explain_value(row, value, text));
}

void scenario_explain_link(FILE *stream, const scenario_link *link, uint32_t fields)
{
    for (uint32_t i = 0; i < LINK_FIELD_COUNT; i++) {
        if (LINK_FIELD[i].behind == 0 && (fields & 1u << i))
            print_field(stream, i, link);
        for (uint32_t j = 0; j < LINK_FIELD_COUNT; j++)
            if (LINK_FIELD[j].behind == 1u << i && (fields & 1u << j))
                print_field(stream, j, link);
    }
}

static bool is_told(const link_field *field, const scenario_link *link)
{
    switch (field->told) {
    case LINK_TOLD_ALWAYS:
        return true;
    case LINK_TOLD_NEVER:
        return false;
    case LINK_TOLD_IF_SET:
        break;
    }
    return field->is_set ? field->is_set((const unsigned char *)link + field->offset)
                         : link_field_get(field, link) != 0;
}

uint32_t scenario_explain_fields(const scenario_link *link)
{
    uint32_t fields = 0;
    for (uint32_t i = 0; i < LINK_FIELD_COUNT; i++)
        fields |= is_told(&LINK_FIELD[i], link) ? 1u << i : 0;
    return fields;
}

void scenario_explain_verb(const scenario_event *event, FILE *stream)
{
    if (scenario_event_ends(event))
        fprintf(stream, " %s ends", scenario_verb_name(event->ends));
    else
        fprintf(stream, " %s", scenario_verb_name(event->verb));
}

/* --- one time --- */

/* About one node, or one NAT, or one of them about all nodes of a network that the other is about too. */
static bool overlap(const scenario_event *a, const scenario_event *b)
{
    const bool one_entry = a->place.line == b->place.line && a->place.column == b->place.column;
    const bool one_node = a->node != SCENARIO_NONE && a->node == b->node;
    const bool one_network = a->network != SCENARIO_NONE && a->network == b->network &&
                             (a->node == SCENARIO_NONE || b->node == SCENARIO_NONE);
    const bool one_nat = a->nat != SCENARIO_NONE && a->nat == b->nat;
    return !one_entry && (one_node || one_network || one_nat);
}

/* Looks back only so far: it is a remark for people. */
static bool overlaps_earlier(const scenario_event *events, size_t index)
{
    for (size_t back = 1; back <= index && back <= LOOK_BACK_MAX; back++)
        if (overlap(&events[index], &events[index - back]))
            return true;
    return false;
}

/* What happens at one time; times at which the same entries meet are one remark. */
typedef struct order_remark {
    char text[LINES_MAX * LINE_TEXT_MAX];
    uint64_t at_ns; /* the first time */
    size_t times;
} order_remark;

static bool write_order(const scenario_event *events, size_t count, order_remark *to)
{
    FILE *const text = fmemopen(to->text, sizeof to->text, "w");
    if (!text)
        return false;
    for (size_t i = 0; i < count && i < LINES_MAX; i++) {
        fprintf(text, "%s", i ? "," : "");
        scenario_explain_verb(&events[i], text);
        if (events[i].place.line > 0)
            fprintf(text, " (line %" PRIu32 ")", events[i].place.line);
    }
    fprintf(text, "%s", count > LINES_MAX ? ", ..." : "");
    return fclose(text) == 0;
}

static void take_remark(order_remark *all, size_t *count, const order_remark *made)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(all[i].text, made->text) != 0)
            continue;
        all[i].times++;
        return;
    }
    if (*count < REMARKS_MAX)
        all[(*count)++] = *made;
}

static bool is_at_once(const scenario_event *a, const scenario_event *b)
{
    return !b->after && b->at_ns == a->at_ns;
}

void scenario_explain_order(const scenario *whole, FILE *stream)
{
    order_remark remarks[REMARKS_MAX];
    size_t count = 0;
    for (size_t first = 0, next; first < whole->event_count && !whole->events[first].after; first = next) {
        const scenario_event *const events = &whole->events[first];
        order_remark made = {.at_ns = events->at_ns, .times = 1};
        bool overlaps = false;
        for (next = first; next < whole->event_count && is_at_once(events, &whole->events[next]); next++)
            overlaps = overlaps || overlaps_earlier(events, next - first);
        if (overlaps && write_order(events, next - first, &made))
            take_remark(remarks, &count, &made);
    }
    for (size_t i = 0; i < count; i++) {
        scenario_explain_time(stream, "  note: at ", remarks[i].at_ns);
        if (remarks[i].times > 1)
            fprintf(stream, " and %zu other time%s", remarks[i].times - 1, remarks[i].times > 2 ? "s" : "");
        fprintf(stream, " in the file's order:%s\n", remarks[i].text);
    }
}
