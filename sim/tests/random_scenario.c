/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/tests/random_scenario.h"

#include "sim/tests/random_draw.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables ---- */

const char *random_room_name(random_room room)
{
    static const char *const names[RANDOM_ROOMS] = {
        [RANDOM_ROOM_NATS] = "nats",
        [RANDOM_ROOM_NETWORKS] = "networks",
        [RANDOM_ROOM_NODES] = "nodes",
        [RANDOM_ROOM_PEERS] = "peers",
        [RANDOM_ROOM_TRAFFIC] = "traffic",
        [RANDOM_ROOM_TIMELINE] = "timeline",
        [RANDOM_ROOM_EXPECT] = "expect",
        [RANDOM_ROOM_BALANCERS] = "balancers",
        [RANDOM_ROOM_BACKGROUND] = "background",
    };
    return names[room];
}

static bool only(size_t index, key_table one, key_table *table)
{
    *table = one;
    return index == 0;
}

bool random_scenario_table(random_room room, size_t index, key_table *table)
{
    switch (room) {
    case RANDOM_ROOM_NATS:
        return only(index, SCENARIO_NAT_TABLE, table);
    case RANDOM_ROOM_NETWORKS:
        return only(index, SCENARIO_NETWORK_TABLE, table);
    case RANDOM_ROOM_NODES:
        return only(index, SCENARIO_NODE_TABLE, table);
    case RANDOM_ROOM_BALANCERS:
        return only(index, SCENARIO_BALANCER_TABLE, table);
    case RANDOM_ROOM_BACKGROUND:
        return only(index, SCENARIO_BACKGROUND_TABLE, table);
    case RANDOM_ROOM_PEERS:
        return only(index, SCENARIO_PEER_TABLE, table);
    case RANDOM_ROOM_TRAFFIC:
        return scenario_traffic_table(index, table);
    case RANDOM_ROOM_TIMELINE:
        return scenario_verb_table(index, table);
    case RANDOM_ROOM_EXPECT:
        return scenario_expect_table(index, table);
    case RANDOM_ROOMS:
        break;
    }
    return false;
}

static bool is_map(random_room room)
{
    return room <= RANDOM_ROOM_BALANCERS;
}

/* ---- text ---- */

/* Counts lines and columns, so that a diagnostic finds its part. */
typedef struct printer {
    FILE *stream;
    uint32_t line, column;
} printer;

__attribute__((format(printf, 2, 3))) static void print(printer *self, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    assert(len >= 0 && (size_t)len < sizeof text);
    (void)fputs(text, self->stream);
    for (const char *at = text; *at; at++) {
        self->line += *at == '\n';
        self->column = *at == '\n' ? 1 : self->column + 1;
    }
}

static void place(const printer *self, random_part *part)
{
    part->line = self->line;
    part->column = self->column;
}

/* A number with a unit. */
static bool is_quantity(const char *value)
{
    const size_t digits = strspn(value, "0123456789");
    const size_t unit = strspn(value + digits, "abcdefghijklmnopqrstuvwxyzGMBK%");
    return digits > 0 && unit > 0 && value[digits + unit] == '\0';
}

/* One quantity in eight is written with parameters: its value is the same. */
static void print_key(printer *self, const random_scenario *whole, random_part *part, bool first)
{
    const uint64_t number = (uint64_t)(part - whole->parts) * 7 + whole->seed;
    char sum[3 * RANDOM_VALUE_MAX + 32];
    print(self, "%s", first ? "" : ", ");
    place(self, part);
    if (number % 8 != 0 || !is_quantity(part->value)) {
        print(self, "%s: %s", part->name, part->value);
        return;
    }
    switch (number / 8 % 3) {
    case 0:
        (void)snprintf(sum, sizeof sum, "one * %s", part->value);
        break;
    case 1:
        (void)snprintf(sum, sizeof sum, "2 * %s / (one + 1)", part->value);
        break;
    default:
        (void)snprintf(sum, sizeof sum, "%s + %s - one * %s", part->value, part->value, part->value);
    }
    print(self, "%s: \"${%s}\"", part->name, sum);
}

/* Its time is the first of its keys. */
static void print_entry(printer *self, random_scenario *whole, uint32_t entry)
{
    random_part *const head = &whole->parts[entry];
    size_t printed = 0;
    print(self, is_map(head->room) ? "  " : "  - ");
    place(self, head);
    if (is_map(head->room))
        print(self, "%s: ", head->name);
    print(self, "{");
    for (int others = 0; others < 2; others++) {
        for (uint32_t i = entry + 1; i < whole->count; i++) {
            random_part *const part = &whole->parts[i];
            if (part->entry == entry && !part->dropped && (strcmp(part->name, "at") != 0) == others)
                print_key(self, whole, part, printed++ == 0);
        }
    }
    print(self, "}\n");
}

/* When an entry takes place; the format wants no order, a reader does. */
static uint64_t time_of(const random_scenario *whole, uint32_t entry)
{
    uint64_t at_ms = 0;
    for (uint32_t i = entry + 1; i < whole->count; i++)
        if (whole->parts[i].entry == entry && strcmp(whole->parts[i].name, "at") == 0)
            at_ms = strtoull(whole->parts[i].value, NULL, 10);
    return at_ms;
}

/* The entry after one of that time and index: the next by time, those of one time as they were drawn. */
static uint32_t next_of(const random_scenario *whole, random_room room, uint64_t at_ms, uint32_t after)
{
    uint32_t next = RANDOM_NONE;
    for (uint32_t i = 0; i < whole->count; i++) {
        const random_part *const part = &whole->parts[i];
        if (part->room != room || part->entry != i || part->dropped)
            continue;
        const uint64_t its_ms = time_of(whole, i);
        const bool later = after == RANDOM_NONE || its_ms > at_ms || (its_ms == at_ms && i > after);
        if (later && (next == RANDOM_NONE || its_ms < time_of(whole, next)))
            next = i;
    }
    return next;
}

static void print_room(printer *self, random_scenario *whole, random_room room)
{
    uint32_t entry = next_of(whole, room, 0, RANDOM_NONE);
    if (entry != RANDOM_NONE)
        print(self, "%s:\n", random_room_name(room));
    for (; entry != RANDOM_NONE; entry = next_of(whole, room, time_of(whole, entry), entry))
        print_entry(self, whole, entry);
}

#define PARAMS "params: {one: 1}\n"

static printer begin(char **text, size_t *len)
{
    const printer out = {.stream = open_memstream(text, len), .line = 1, .column = 1};
    if (!out.stream)
        abort();
    return out;
}

static void end(printer *out)
{
    if (fclose(out->stream) != 0)
        abort();
}

static void print_head(printer *out, const random_scenario *self)
{
    print(out, "roam: 1\nname: random-%" PRIu64 "\nabout: A random scenario.\n", self->seed);
    print(out, "duration: %" PRIu64 "ms\nseed: %" PRIu64 "\n", self->duration_ms, self->seed);
}

char *random_scenario_text(random_scenario *self, const char *comment)
{
    char *text = NULL;
    size_t len;
    printer out = begin(&text, &len);
    print(&out, "%s", comment);
    print_head(&out, self);
    print(&out, PARAMS);
    for (int room = 0; room < RANDOM_ROOMS; room++)
        print_room(&out, self, (random_room)room);
    end(&out);
    return text;
}

char *random_scenario_parts(random_scenario *self, char **included)
{
    char *text = NULL;
    size_t len, included_len;
    printer out = begin(&text, &len);
    printer other = begin(included, &included_len);
    print_head(&out, self);
    print(&out, "include: %s\n", RANDOM_INCLUDED);
    print(&other, PARAMS);
    for (int room = 0; room <= RANDOM_ROOM_NETWORKS; room++)
        print_room(&other, self, (random_room)room);
    for (uint32_t line = 2; line < other.line; line++)
        print(&out, "\n");
    for (int room = RANDOM_ROOM_NETWORKS + 1; room < RANDOM_ROOMS; room++)
        print_room(&out, self, (random_room)room);
    end(&out);
    end(&other);
    return text;
}

/* ---- what the loader refuses ---- */

/* The part at a place of the text: the last one that begins at or before it, on its line. NULL: none. */
static random_part *part_at(random_scenario *self, scenario_place at)
{
    random_part *found = NULL;
    for (size_t i = 0; i < self->count; i++) {
        random_part *const part = &self->parts[i];
        if (part->dropped || self->parts[part->entry].dropped || part->line != at.line ||
            part->column > at.column)
            continue;
        if (!found || part->column > found->column)
            found = part;
    }
    return found;
}

/* An entry is nothing without the key that it is known by. */
static void drop(random_scenario *self, random_part *part)
{
    random_part *const entry = &self->parts[part->entry];
    const bool is_known_by = strcmp(part->name, entry->name) == 0 && !is_map(part->room);
    (is_known_by ? entry : part)->dropped = true;
}

static bool load(random_scenario *self, scenario_diagnostics *diagnostics)
{
    scenario *loaded = NULL;
    char *const text = random_scenario_text(self, "");
    const scenario_source source = {.text = text, .text_bytes = strlen(text), .name = "random.yaml"};
    const int result = scenario_load(&source, &loaded, diagnostics);
    free(text);
    scenario_free(loaded);
    return result == 0;
}

bool random_scenario_settle(random_scenario *self, char *reason)
{
    scenario_diagnostics *const diagnostics = malloc(sizeof *diagnostics);
    random_part *refused = NULL;
    bool loaded;
    if (!diagnostics)
        abort();
    scenario_diagnostics_init(diagnostics);
    while (!(loaded = load(self, diagnostics)) &&
           (refused = part_at(self, diagnostics->items[0].place)) != NULL)
        drop(self, refused);
    (void)snprintf(reason, RANDOM_REASON_MAX, "%s", loaded ? "" : diagnostics->items[0].text);
    scenario_diagnostics_fini(diagnostics);
    free(diagnostics);
    return loaded;
}

bool random_scenario_make(uint64_t seed, random_scenario *out, char *reason)
{
    random_draw(seed, out);
    return random_scenario_settle(out, reason);
}
