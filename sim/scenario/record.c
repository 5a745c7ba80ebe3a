/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an entry of the timeline asks for, and what `quic` of a node sets, for the record of events: read from
 * the tables of keys by which it was loaded, so that no key can be missing. */
#include "sim/scenario/quic.h"
#include "sim/scenario/verb.h"

#include <jansson.h>
#include <string.h>

typedef struct record {
    const scenario *whole;
    json_t *object;
    bool failed;
} record;

/* Takes the value. What the object has already stays. */
static void put(record *self, const char *key, json_t *value)
{
    if (json_object_get(self->object, key))
        json_decref(value);
    else if (json_object_set_new(self->object, key, value) != 0)
        self->failed = true;
}

/* What an integer of the type counts. */
static const char *const UNITS[] = {
    [KEY_DURATION] = "_ns", [KEY_RATE] = "_bps",        [KEY_LINK_RATE] = "_bps",
    [KEY_SIZE] = "_bytes",  [KEY_PACKETS] = "_packets", [KEY_FRACTION] = "_ppb",
    [KEY_LENGTH] = "_mm",   [KEY_SPEED] = "_mmps",      [KEY_INTEGER] = "",
};

static const char *const QUEUE_UNITS[] = {
    [SCENARIO_QUEUE_PACKETS] = "_packets", [SCENARIO_QUEUE_BYTES] = "_bytes", [SCENARIO_QUEUE_TIME] = "_ns"};

/* The unit is not said twice: "bytes", and not "bytes_bytes". */
static void put_quantity(record *self, const char *name, const char *unit, uint64_t value)
{
    char key[64];
    const bool said = unit[0] && strcmp(name, unit + 1) == 0;
    (void)snprintf(key, sizeof key, "%s%s", name, said ? "" : unit);
    put(self, key, json_integer((json_int_t)value));
}

static void put_choice(record *self, const key_row *row, uint32_t value)
{
    const char *const name = key_choice_name(row->choices, value);
    const bool is_true = strcmp(name, "true") == 0;
    put(self, row->name, is_true || strcmp(name, "false") == 0 ? json_boolean(is_true) : json_string(name));
}

/* Numbers as numbers, all other plain values as texts. */
static json_t *as_written(const tree_node *value)
{
    json_int_t number = 0;
    if (value->kind == TREE_SCALAR) {
        const size_t digits = strspn(value->text, "0123456789");
        if (digits == 0 || digits > 18 || value->text[digits] != '\0')
            return json_string(value->text);
        for (const char *digit = value->text; *digit; digit++)
            number = number * 10 + (*digit - '0');
        return json_integer(number);
    }
    json_t *const whole = value->kind == TREE_LIST ? json_array() : json_object();
    for (const tree_node *item = value->first; item; item = item->next) {
        json_t *const part = as_written(item);
        (void)(value->kind == TREE_LIST ? json_array_append_new(whole, part)
                                        : json_object_set_new(whole, item->key, part));
    }
    return whole;
}

static void put_rows(record *self, const key_row *rows, const void *object, const tree_node *written);

static void put_group(record *self, const key_row *row, const void *object, const tree_node *written)
{
    record inner = {.whole = self->whole, .object = json_object()};
    put_rows(&inner, row->inner, (const unsigned char *)object + row->offset, written);
    self->failed = self->failed || inner.failed;
    put(self, row->name, inner.object);
}

static const char *name_of(const record *self, const key_row *row, uint32_t index)
{
    if (row->type == KEY_NETWORK)
        return self->whole->networks[index].name;
    return row->type == KEY_NAT ? self->whole->nats[index].name : self->whole->nodes[index].name;
}

/* One that is not written is put if it has a value all the same. */
static void put_number(record *self, const key_row *row, const void *object, const tree_node *written)
{
    const uint64_t value = key_load(row, object);
    if (!written && (value == 0 || value == SCENARIO_NEVER))
        return;
    if (row->type == KEY_CHOICE)
        put_choice(self, row, (uint32_t)value);
    else if (row->type == KEY_QUEUE)
        put_quantity(self, row->name, QUEUE_UNITS[scenario_queue_unit(value)], scenario_queue_amount(value));
    else
        put_quantity(self, row->name, UNITS[row->type], value);
}

static void put_row(record *self, const key_row *row, const void *object, const tree_node *written)
{
    const void *const field = (const unsigned char *)object + row->offset;
    switch (row->type) {
    case KEY_DURATION:
    case KEY_RATE:
    case KEY_LINK_RATE:
    case KEY_SIZE:
    case KEY_PACKETS:
    case KEY_QUEUE:
    case KEY_FRACTION:
    case KEY_LENGTH:
    case KEY_SPEED:
    case KEY_INTEGER:
    case KEY_CHOICE:
        put_number(self, row, object, written);
        return;
    case KEY_NODE:
    case KEY_NETWORK:
    case KEY_NAT:
        if (written)
            put(self, row->name, json_string(name_of(self, row, (uint32_t)key_load(row, object))));
        return;
    case KEY_PAIR: /* "to" says the other */
    case KEY_NODE_OR_PAIR:
        if (written)
            put(self, row->name, json_string(self->whole->nodes[((const key_pair *)field)->from].name));
        return;
    case KEY_CHOICES:
    case KEY_TEXT:
    case KEY_NAME:
    case KEY_BOUND:
    case KEY_COUNT:
    case KEY_PREFIX:
    case KEY_OTHER:
        if (written && row->inner)
            put_group(self, row, object, written);
        else if (written)
            put(self, row->name, row->type == KEY_OTHER ? as_written(written) : json_string(written->text));
        return;
    }
}

static void put_rows(record *self, const key_row *rows, const void *object, const tree_node *written)
{
    for (const key_row *row = rows; row->name; row++)
        put_row(self, row, object, tree_get(written, row->name));
}

/* The instant that starts it. */
static void put_after(record *self, const entry_draft *entry)
{
    const tree_node *const after = tree_get(entry->written, "after");
    const tree_node *const of = tree_get(after, "of");
    record inner = {.whole = self->whole, .object = json_object()};
    if (of)
        put(&inner, "of", json_string(of->text));
    put_rows(&inner, SCENARIO_AFTER_ROWS, &entry->after, after);
    self->failed = self->failed || inner.failed;
    put(self, "after", inner.object);
}

bool scenario_event_record(const scenario *whole, const scenario_event *event, json_t *object)
{
    const entry_draft *const entry = event->entry;
    const verb_descriptor *const verb = SCENARIO_VERB_TABLE[event->verb];
    record self = {.whole = whole, .object = object};
    if (verb->record && !verb->record(whole, event, object))
        return false;
    if (!entry || event->verb != entry->event.verb)
        return true;
    if (entry->written->group)
        put(&self, "group", json_string(entry->written->group->name));
    for (const key_row *row = verb->rows; row->name; row++)
        if (strcmp(row->name, verb->name) != 0)
            put_row(&self, row, entry, tree_get(entry->written, row->name));
    if (event->after)
        put_after(&self, entry);
    if (entry->every_ns > 0 || scenario_turns_key(entry->written))
        put_rows(&self, scenario_entry_rows(entry->verb), entry, entry->written);
    if (entry->every_ns > 0)
        put(&self, "repetition", json_integer(event->repetition));
    return !self.failed;
}

/* The networks of the preferred addresses, IPv4 before IPv6. */
static void put_preferred(record *self, const scenario_node *node)
{
    json_t *const names = json_array();
    for (size_t family = 0; family < sizeof node->preferred / sizeof node->preferred[0]; family++)
        if (node->preferred[family] != SCENARIO_NONE &&
            json_array_append_new(names, json_string(self->whole->networks[node->preferred[family]].name)))
            self->failed = true;
    put(self, SCENARIO_QUIC_ROWS[SCENARIO_QUIC_PREFERRED_ADDRESS].name, names);
}

json_t *scenario_quic_record(const scenario *whole, const scenario_node *node)
{
    scenario_node usual = {0};
    record self = {.whole = whole, .object = NULL};
    scenario_quic_default(&usual);
    for (uint32_t key = 0; key < SCENARIO_QUIC_KEYS; key++) {
        const key_row *const row = &SCENARIO_QUIC_ROWS[key];
        const bool other = row->type == KEY_OTHER; /* its one is `preferred_address`, by default none */
        const uint64_t value = other ? 0 : key_load(row, node);
        if (!(node->quic_written >> key & 1) || (!other && value == key_load(row, &usual)))
            continue;
        if (!self.object)
            self.object = json_object();
        if (other)
            put_preferred(&self, node);
        else if (row->type == KEY_CHOICE)
            put_choice(&self, row, (uint32_t)value);
        else
            put_quantity(&self, row->name, UNITS[row->type], value);
    }
    return self.object;
}
