/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/after_draft.h"
#include "sim/scenario/endpoints.h"
#include "sim/scenario/over.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The loader's tables of keys, written as a JSON Schema. Rules that only the loader can check (names that
 * must exist, ranges of quantities, times) are not in it. jansson's setters take the new reference whatever
 * happens and take NULL for a failure, so `failed` says at the end whether all went well. */

#define NAME "[a-z0-9][a-z0-9_-]*"
#define NAME_PATTERN "^" NAME "$"
#define SCENARIO_SCHEMA_ID "urn:roam:scenario:1"
#define NUMBER "[0-9]+(\\.[0-9]+)?"
#define DURATION "(0|" NUMBER " ?(ns|us|ms|s|min))"
#define RATE "(0|" NUMBER " ?[kMG]?bps)"
#define BOUNDS(value) "^((<=|>=) *" value "|" value "\\.\\.(" value ")?)$"
#define BOUNDS_OR_MOST(value) "^((<=|>=) *" value "|" value "(\\.\\.(" value ")?)?)$"
#define BOUNDS_WITH_MOST(value) "^(<= *" value "|" value "(\\.\\." value ")?)$"

typedef struct writer {
    json_t *root;
    bool failed;
} writer;

static void put(writer *self, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        self->failed = true;
}

static void add(writer *self, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        self->failed = true;
}

static json_t *parsed(const char *text)
{
    return json_loads(text, 0, NULL);
}

/* --- types: what a value may look like --- */

static const struct def {
    const char *name;
    const char *description;
    const char *pattern; /* of a string; NULL: schema says it */
    const char *schema;
} DEFS[] = {
    {"duration", "A time with its unit: ns, us, ms, s or min.", "^" DURATION "$", NULL},
    {"rate", "Bits a second with the unit: bps, kbps, Mbps or Gbps.", "^" RATE "$", NULL},
    {"size", "Bytes with the unit: B, kB, MB, KiB or MiB.", "^(0|" NUMBER " ?(B|kB|MB|KiB|MiB))$", NULL},
    {"packets", "A number of packets, with the unit pkt.", "^(0|" NUMBER " ?pkt)$", NULL},
    {"queue", "What waits: pkt, bytes with their unit, or a time of the link's rate.",
     "^" NUMBER " ?(pkt|B|kB|MB|KiB|MiB|ns|us|ms|s|min)$", NULL},
    {"fraction", "A share in percent, with the sign.", "^(0|" NUMBER " ?%)$", NULL},
    {"length", "A length with its unit: mm, m or km.", "^" NUMBER " ?(mm|m|km)$", NULL},
    {"speed", "A speed with its unit: mmps or mps.", "^" NUMBER " ?m?mps$", NULL},
    {"pair", "Two nodes, from the first to the second.", "^ *" NAME " *-> *" NAME " *$", NULL},
    {"nodeOrPair", "A node, or two nodes with an arrow between.", "^ *" NAME "( *-> *" NAME ")? *$", NULL},
    {"bound", "A bound of times, both ends included.", BOUNDS(DURATION), NULL},
    {"boundOrMost", "A bound of times, both ends included; a time alone is the most.",
     BOUNDS_OR_MOST(DURATION), NULL},
    {"range", "A time, or a range of times, both ends included.",
     "^(" DURATION "|" DURATION "\\.\\." DURATION ")$", NULL},
    {"rateBound", "A bound of rates, both ends included.", BOUNDS(RATE), NULL},
    {"most", "The most that a time may be, or a range.", BOUNDS_WITH_MOST(DURATION), NULL},
    {"prefix", "An IPv4 or IPv6 prefix.", "^[0-9a-fA-F:.]+/[0-9]{1,3}$", NULL},
    {"name", "A name: a-z 0-9 _ -, a letter or digit first.", NULL,
     "{\"anyOf\": [{\"type\": \"string\", \"pattern\": \"^" NAME "$\"}, {\"type\": \"integer\"}, {\"$ref\": "
     "\"#/$defs/expression\"}]}"},
    {"expression", "A value that has a parameter in it, or a sum or product of some: ${2 * rtt + 5ms}.", NULL,
     "{\"type\": \"string\", \"pattern\": \"\\\\$\\\\{.+\\\\}\"}"},
    {"text", "Any text.", NULL, "{\"type\": [\"string\", \"number\", \"boolean\"]}"},
    {"scalar", "A value as --set takes it.", NULL, "{\"type\": [\"string\", \"number\", \"boolean\"]}"},
    {"count", "A number, or a bound of numbers.", NULL,
     "{\"anyOf\": [{\"type\": \"integer\", \"minimum\": 0}, {\"type\": \"string\", \"pattern\": "
     "\"^((<=|>=) *[0-9]+|[0-9]+(\\\\.\\\\.([0-9]+)?)?)$\"}, {\"$ref\": \"#/$defs/expression\"}]}"},
    {"share", "A share in percent: the least, or a bound.",
     "^((<=|>=) *" NUMBER " ?%|" NUMBER " ?%(\\.\\.(" NUMBER " ?%)?)?)$", NULL},
    {"when", "The expectation counts where each dotted key has one of its values.", NULL,
     "{\"type\": \"object\", \"additionalProperties\": {\"anyOf\": [{\"$ref\": \"#/$defs/scalar\"}, "
     "{\"type\": "
     "\"array\", \"minItems\": 1, \"items\": {\"$ref\": \"#/$defs/scalar\"}}]}}"},
};

static json_t *reference(const char *def)
{
    return json_pack("{s:s+}", "$ref", "#/$defs/", def);
}

static void put_defs(writer *self, json_t *defs)
{
    for (size_t i = 0; i < sizeof(DEFS) / sizeof(DEFS[0]); i++) {
        const struct def *const def = &DEFS[i];
        json_t *const value = def->schema ? parsed(def->schema) : json_object();
        if (def->pattern) { /* a bare 0 needs no unit, and YAML reads it as a number */
            json_t *const text = json_pack("{s:s, s:s}", "type", "string", "pattern", def->pattern);
            const bool zero = strstr(def->pattern, "^(0|") == def->pattern;
            put(self, value, "anyOf",
                zero ? json_pack("[o, o, {s:i}]", text, reference("expression"), "const", 0)
                     : json_pack("[o, o]", text, reference("expression")));
        }
        put(self, value, "description", json_string(def->description));
        put(self, defs, def->name, value);
    }
}

static json_t *or_expression(json_t *schema)
{
    return json_pack("{s:[o, o]}", "anyOf", schema, reference("expression"));
}

static json_t *choices_schema(writer *self, const key_row *row)
{
    json_t *const names = json_array();
    for (const key_choice *choice = row->choices; choice->name; choice++) {
        const bool is_true = strcmp(choice->name, "true") == 0;
        const bool boolean = is_true || strcmp(choice->name, "false") == 0;
        add(self, names, boolean ? json_boolean(is_true) : json_string(choice->name));
    }
    json_t *const one = or_expression(json_pack("{s:o}", "enum", names));
    if (row->type == KEY_CHOICE)
        return one;
    return json_pack("{s:[O, {s:s, s:o}]}", "anyOf", one, "type", "array", "items", one);
}

static json_t *map_schema(writer *self, key_table table, const char *needed);

static json_t *other_schema(writer *self, const key_row *row)
{
    if (row->inner == SCENARIO_AFTER_ROWS)
        return reference("after"); /* each verb has it */
    json_t *const map = row->inner ? map_schema(self, (key_table){row->inner, NULL, row->name}, NULL) : NULL;
    json_t *const plain = row->schema ? parsed(row->schema) : NULL;
    if (map && plain)
        return json_pack("{s:[o, o]}", "anyOf", plain, map);
    return map ? map : plain ? plain : json_object();
}

static json_t *integer_schema(writer *self, const key_row *row)
{
    json_t *const schema = json_pack("{s:s, s:I}", "type", "integer", "minimum", (json_int_t)row->min);
    if (schema && row->max <= INT64_MAX)
        put(self, schema, "maximum", json_integer((json_int_t)row->max));
    return or_expression(schema);
}

static json_t *type_schema(writer *self, const key_row *row)
{
    switch (row->type) {
    case KEY_DURATION:
        return reference("duration");
    case KEY_RATE:
    case KEY_LINK_RATE:
        return reference("rate");
    case KEY_SIZE:
        return reference("size");
    case KEY_PACKETS:
        return reference("packets");
    case KEY_QUEUE:
        return reference("queue");
    case KEY_FRACTION:
        return reference("fraction");
    case KEY_LENGTH:
        return reference("length");
    case KEY_SPEED:
        return reference("speed");
    case KEY_INTEGER:
        return integer_schema(self, row);
    case KEY_CHOICE:
    case KEY_CHOICES:
        return choices_schema(self, row);
    case KEY_TEXT:
        return reference("text");
    case KEY_NAME:
    case KEY_NODE:
    case KEY_NETWORK:
    case KEY_NAT:
        return reference("name");
    case KEY_PAIR:
        return reference("pair");
    case KEY_NODE_OR_PAIR:
        return reference("nodeOrPair");
    case KEY_BOUND:
        return reference(row->alone == KEY_ALONE_IS_NONE   ? "bound"
                         : row->alone == KEY_ALONE_IS_BOTH ? "range"
                         : row->alone == KEY_ALONE_IS_MOST ? "boundOrMost"
                                                           : "most");
    case KEY_COUNT:
        return reference("count");
    case KEY_PREFIX:
        return reference("prefix");
    case KEY_OTHER:
        return other_schema(self, row);
    }
    return NULL;
}

/* --- maps --- */

static const struct def *def_of(const json_t *schema)
{
    const char *const name = json_string_value(json_object_get(schema, "$ref"));
    for (size_t i = 0; name && i < sizeof(DEFS) / sizeof(DEFS[0]); i++)
        if (strcmp(name + strlen("#/$defs/"), DEFS[i].name) == 0)
            return &DEFS[i];
    return NULL;
}

/* "Either a or b", "One of a, b or c" */
static void describe_choices(const key_row *row, FILE *stream)
{
    size_t count = 0;
    while (row->choices[count].name)
        count++;
    fprintf(stream, row->type == KEY_CHOICES ? " One or a list of"
                    : count == 1             ? " Always"
                    : count == 2             ? " Either"
                                             : " One of");
    for (size_t i = 0; i < count; i++)
        fprintf(stream, "%s %s", i == 0 ? "" : i + 1 < count ? "," : " or", row->choices[i].name);
}

/* What a value of the row is, without its limits: "A time with its unit: ns, us, ms, s or min". */
static void describe_type(const key_row *row, const json_t *schema, FILE *stream)
{
    static const char *const NAMES[] = {
        [KEY_NODE] = "a node", [KEY_NETWORK] = "a network", [KEY_NAT] = "a NAT"};
    const struct def *const def = def_of(schema);
    if (row->type == KEY_NODE || row->type == KEY_NETWORK || row->type == KEY_NAT)
        fprintf(stream, " The name of %s%s", NAMES[row->type], row->of_group ? " or a group" : "");
    else if (row->type == KEY_INTEGER)
        fprintf(stream, " A whole number");
    else if (row->type == KEY_CHOICE || row->type == KEY_CHOICES)
        describe_choices(row, stream);
    else if (def)
        fprintf(stream, " %.*s", (int)strlen(def->description) - 1, def->description);
}

static void describe_limits(const key_row *row, FILE *stream)
{
    char least[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];
    const bool quantity = row->type == KEY_BOUND || (row->type <= KEY_INTEGER && row->type != KEY_QUEUE);
    const bool limited = row->max > 0 && row->max < UINT32_MAX;
    if (row->type == KEY_INTEGER && row->max >= INT64_MAX)
        fprintf(stream, " below 2^63");
    else if (row->type == KEY_COUNT && limited)
        fprintf(stream, " (at most %" PRIu64 ")", row->max);
    else if (row->type == KEY_NAME && limited)
        fprintf(stream, " (at most %" PRIu64 " characters)", row->max);
    else if (row->type == KEY_QUEUE)
        fprintf(stream, " (at most %s, ", units_format(UNITS_PACKETS, SCENARIO_PACKETS_MAX, most));
    else if (quantity && row->min == row->max)
        fprintf(stream, " (%s)", scenario_explain_value(row, row->min, least));
    else if (quantity && row->min > 0)
        fprintf(stream, " (%s to %s)", scenario_explain_value(row, row->min, least),
                scenario_explain_value(row, row->max, most));
    else if (quantity)
        fprintf(stream, " (at most %s)", scenario_explain_value(row, row->max, most));
    if (row->type == KEY_QUEUE) {
        fprintf(stream, "%s ", units_format(UNITS_SIZE, SCENARIO_QUEUE_MAX_BYTES, most));
        fprintf(stream, "or %s)", units_format(UNITS_DURATION, SCENARIO_QUEUE_MAX_NS, most));
    }
}

/* What an editor shows of a key: what it is, its type and limits, what holds without it, and an example. */
static json_t *description(const key_row *row, const json_t *schema)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    if (!stream)
        return NULL;
    if (row->about)
        fprintf(stream, "%s.", row->about);
    const long before = ftell(stream);
    describe_type(row, schema, stream);
    if (ftell(stream) > before) {
        describe_limits(row, stream);
        fprintf(stream, ".");
    }
    if (row->required)
        fprintf(stream, " Needed.");
    if (row->otherwise)
        fprintf(stream, " Default: %s.", row->otherwise);
    fprintf(stream, " For example %s: %s", row->name, row->example);
    json_t *const result = fclose(stream) == 0 ? json_string(text) : NULL;
    free(text);
    return result;
}

static void put_rows(writer *self, const key_row *row, json_t *properties, json_t *required)
{
    for (; row && row->name; row++) {
        json_t *const schema = type_schema(self, row);
        put(self, schema, "description", description(row, schema));
        if (row->required)
            add(self, required, json_string(row->name));
        put(self, properties, row->name, schema);
    }
}

/* needed: a key that must be there besides, or NULL. */
static json_t *map_schema(writer *self, key_table table, const char *needed)
{
    json_t *const map = json_pack("{s:s, s:s}", "title", table.what, "type", "object");
    json_t *const properties = json_object();
    json_t *const required = json_array();
    put_rows(self, table.rows, properties, required);
    put_rows(self, table.more, properties, required);
    if (needed)
        add(self, required, json_string(needed));
    put(self, map, "properties", properties);
    put(self, map, "required", required);
    put(self, map, "additionalProperties", json_false());
    return map;
}

typedef bool table_at_fn(size_t index, key_table *table);

/* A list of maps, each known by the key that is its table's name. */
static json_t *list_schema(writer *self, table_at_fn *at)
{
    key_table table;
    json_t *const kinds = json_array();
    for (size_t i = 0; at(i, &table); i++)
        add(self, kinds, map_schema(self, table, table.what));
    return json_pack("{s:s, s:{s:o}}", "type", "array", "items", "anyOf", kinds);
}

/* A key that is called as a percentile is there, or `max`. */
#define MAX_OR_PERCENTILE                                                                                    \
    "[{\"required\": [\"max\"]}, {\"not\": {\"propertyNames\": {\"not\": {\"pattern\": "                     \
    "\"^p[5-9][0-9](\\\\.[0-9])?$\"}}}}]"

#define PERCENTILE                                                                                           \
    "That percentile, p50 to p99.9, of the members of a group, or of the calls of a label, by nearest "      \
    "rank. "                                                                                                 \
    "For example "

/* Kinds that measure something take percentiles of it. */
static json_t *expect_schema(writer *self)
{
    json_t *const list = list_schema(self, scenario_expect_table);
    json_t *const kinds = json_object_get(json_object_get(list, "items"), "anyOf");
    for (size_t i = 0; i < json_array_size(kinds); i++) {
        const expect_kind *const kind = scenario_expect_kind_of((scenario_expect_kind)i);
        if (kind->measure || kind->ranked)
            put(self, json_array_get(kinds, i), "patternProperties",
                json_pack("{s:{s:s, s:s}}", SCENARIO_PERCENTILE_PATTERN, "$ref",
                          kind->ranked ? "#/$defs/rateBound" : "#/$defs/boundOrMost", "description",
                          kind->ranked ? PERCENTILE "p90: \">= 1Mbps\"" : PERCENTILE "p99: <= 200ms"));
    }
    put(self, json_array_get(kinds, SCENARIO_EXPECT_GAP), "anyOf", parsed(MAX_OR_PERCENTILE));
    return list;
}

/* `times` needs `every`; a time, or an instant. */
static json_t *timeline_schema(writer *self)
{
    json_t *const list = list_schema(self, scenario_verb_table);
    put(self, json_object_get(list, "items"), "dependentRequired", parsed("{\"times\": [\"every\"]}"));
    put(self, json_object_get(list, "items"), "oneOf",
        parsed("[{\"required\": [\"at\"]}, {\"required\": [\"after\"]}]"));
    return list;
}

static json_t *peers_schema(writer *self)
{
    return json_pack("{s:s, s:{s:[o, o]}}", "type", "array", "items", "anyOf", reference("pair"),
                     map_schema(self, SCENARIO_PEER_TABLE, NULL));
}

static json_t *named_schema(writer *self, key_table table, const char *pattern)
{
    json_t *const map = map_schema(self, table, NULL);
    return json_pack("{s:s, s:{s:s}, s:o}", "type", "object", "propertyNames", "pattern", pattern,
                     "additionalProperties", map);
}

static json_t *one_or_list(json_t *one)
{
    return json_pack("{s:[O, {s:s, s:o}]}", "anyOf", one, "type", "array", "items", one);
}

/* --- the whole --- */

static json_t *section_schema(writer *self, const char *name)
{
    static const char VARY[] = "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"array\", "
                               "\"minItems\": 1, \"items\": {\"$ref\": \"#/$defs/scalar\"}}}";
    static const char PARAMS[] =
        "{\"type\": \"object\", \"propertyNames\": {\"pattern\": \"^[a-z][a-z0-9_]*$\"}, "
        "\"maxProperties\": 64, \"additionalProperties\": {\"$ref\": "
        "\"#/$defs/scalar\"}}";
    static const char INCLUDED[] = "{\"type\": \"string\", \"pattern\": \"^[^/].*\\\\.inc\\\\.yaml$\"}";
    if (strcmp(name, "include") == 0)
        return one_or_list(parsed(INCLUDED));
    if (strcmp(name, "params") == 0)
        return parsed(PARAMS);
    if (strcmp(name, "networks") == 0)
        return named_schema(self, SCENARIO_NETWORK_TABLE, NAME_PATTERN);
    if (strcmp(name, "balancers") == 0)
        return named_schema(self, SCENARIO_BALANCER_TABLE, NAME_PATTERN);
    if (strcmp(name, "nats") == 0)
        return named_schema(self, SCENARIO_NAT_TABLE, NAME_PATTERN);
    if (strcmp(name, "background") == 0)
        return one_or_list(map_schema(self, SCENARIO_BACKGROUND_TABLE, NULL));
    if (strcmp(name, "endpoints") == 0)
        return named_schema(self, SCENARIO_ENDPOINT_TABLE, SCENARIO_ENDPOINT_NAME_PATTERN);
    if (strcmp(name, "nodes") == 0)
        return named_schema(self, SCENARIO_NODE_TABLE, NAME_PATTERN);
    if (strcmp(name, "peers") == 0)
        return peers_schema(self);
    if (strcmp(name, "traffic") == 0)
        return list_schema(self, scenario_traffic_table);
    if (strcmp(name, "timeline") == 0)
        return timeline_schema(self);
    if (strcmp(name, "known_fault") == 0)
        return one_or_list(map_schema(self, SCENARIO_KNOWN_FAULT_TABLE, NULL));
    if (strcmp(name, "gate") == 0)
        return map_schema(self, SCENARIO_GATE_TABLE, NULL);
    return strcmp(name, "vary") == 0 ? parsed(VARY) : reference("expect");
}

static void put_sections(writer *self, json_t *properties)
{
    for (const key_row *row = SCENARIO_ROOT_TABLE.rows; row->name; row++) {
        json_t *const schema = row->type == KEY_OTHER ? section_schema(self, row->name) : NULL;
        if (!schema)
            continue;
        json_t *const text = json_pack("s+", row->about, ".");
        put(self, schema, "description", text);
        put(self, properties, row->name, schema);
    }
}

char *scenario_schema_text(void)
{
    writer self = {.root = json_object()};
    json_t *const defs = json_object();
    put(&self, self.root, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
    put(&self, self.root, "$id", json_string(SCENARIO_SCHEMA_ID));
    json_t *const whole = map_schema(&self, SCENARIO_ROOT_TABLE, NULL);
    put(&self, whole, "title", json_string("roam scenario, version 1"));
    put_sections(&self, json_object_get(whole, "properties"));
    self.failed = self.failed || json_object_update(self.root, whole) != 0;
    json_decref(whole);
    put_defs(&self, defs);
    put(&self, defs, "after", map_schema(&self, (key_table){SCENARIO_AFTER_ROWS, NULL, "after"}, NULL));
    put(&self, defs, "expect", expect_schema(&self));
    put(&self, self.root, "$defs", defs);
    char *const text = self.failed ? NULL : json_dumps(self.root, JSON_INDENT(1));
    json_decref(self.root);
    return text;
}
