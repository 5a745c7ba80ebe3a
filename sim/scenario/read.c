/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/number.h"
#include "sim/scenario/internal.h"
#include "sim/scenario/units.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

/* --- storing --- */

static void store(void *object, const key_row *row, uint64_t value)
{
    unsigned char *const field = (unsigned char *)object + row->offset;
    switch (row->size) {
    case 1:
        *field = (unsigned char)value;
        break;
    case 2:
        memcpy(field, &(uint16_t){(uint16_t)value}, 2);
        break;
    case 4:
        memcpy(field, &(uint32_t){(uint32_t)value}, 4);
        break;
    default:
        memcpy(field, &value, 8);
    }
}

static void store_text(void *object, const key_row *row, const char *text)
{
    memcpy((unsigned char *)object + row->offset, &text, sizeof(text));
}

/* --- names --- */

static const char *row_name(const void *names, size_t index)
{
    const key_table *const table = names;
    for (const key_row *row = table->rows; row->name; row++)
        if (index-- == 0)
            return row->name;
    for (const key_row *row = table->more; row && row->name; row++)
        if (index-- == 0)
            return row->name;
    return NULL;
}

static const char *choice_at(const void *names, size_t index)
{
    return ((const key_choice *)names)[index].name;
}

/* Groups first: among names that are as near, one is meant rather than its members. */
static const char *node_name(const void *names, size_t index)
{
    const scenario *const whole = names;
    if (index < whole->group_count)
        return whole->groups[index].name;
    index -= whole->group_count;
    return index < whole->node_count ? whole->nodes[index].name : NULL;
}

static const char *network_name(const void *names, size_t index)
{
    const scenario *const whole = names;
    return index < whole->network_count ? whole->networks[index].name : NULL;
}

static const char *nat_name(const void *names, size_t index)
{
    const scenario *const whole = names;
    return index < whole->nat_count ? whole->nats[index].name : NULL;
}

static void list_names(name_at at, const void *names, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    const char *name = at(names, 0);
    for (size_t i = 0; name; name = at(names, ++i)) {
        const int n = snprintf(text + used, size - used, "%s%s", i ? ", " : "", name);
        if (n < 0 || (size_t)n >= size - used) {
            snprintf(text + used, size - used, ", …");
            return;
        }
        used += (size_t)n;
    }
}

uint32_t scenario_report_unknown(scenario_reader *reader, scenario_place place, const char *what,
                                 const char *name, name_at at, const void *names)
{
    size_t index = SCENARIO_NONE;
    char known[300];
    if (reader->diagnostics->total >= SCENARIO_DIAGNOSTICS_MAX) {
        reader->diagnostics->total++;
        return SCENARIO_NONE;
    }
    const char *const near = scenario_suggest(name, at, names, &index);
    if (near) {
        scenario_fault(reader, place, "unknown %s '%.60s'; did you mean '%s'?", what, name, near);
        return (uint32_t)index;
    }
    list_names(at, names, known, sizeof(known));
    scenario_fault(reader, place, "unknown %s '%.60s'; known: %s", what, name, known[0] ? known : "none");
    return SCENARIO_NONE;
}

bool scenario_read_name(scenario_reader *reader, scenario_place place, const char *name, size_t max)
{
    const size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
    const bool good = length > 0 && length <= max && name[length] == '\0' && name[0] != '-' && name[0] != '_';
    if (!good) {
        scenario_fault(reader, place,
                       "'%.60s' is not a name: write 1 to %zu of a-z 0-9 _ -, a letter or digit first", name,
                       max);
    }
    return good;
}

bool scenario_read_kind(scenario_reader *reader, const tree_node *value, tree_kind kind, const char *what,
                        const char *example)
{
    const bool empty = value->kind == TREE_SCALAR && value->text[0] == '\0' && !value->quoted;
    if (value->kind == kind && !(kind == TREE_SCALAR && empty))
        return true;
    static const char *const FOUND[] = {"a plain value", "a list", "a mapping"};
    if (empty && value->key && strcmp(value->key, what) == 0) {
        scenario_fault(reader, value->place, "'%s' has no value: write for example %s: %s", what, what,
                       example);
        return false;
    }
    scenario_fault(reader, value->place, "expected %s, found %s: write for example %s", what,
                   empty ? "nothing" : FOUND[value->kind], example);
    return false;
}

typedef uint32_t index_of(const scenario *whole, const char *name);

static bool find_name(scenario_reader *reader, scenario_place place, const char *what, const char *name,
                      index_of *find, name_at at, uint32_t *index)
{
    *index = find(reader->scenario, name);
    if (*index != SCENARIO_NONE)
        return true;
    *index = scenario_report_unknown(reader, place, what, name, at, reader->scenario);
    return false;
}

/* Why a group cannot stand there. */
static const char *why_one(const key_row *row)
{
    if (row && row->one)
        return row->one;
    return row && row->in_turn
               ? "its members take turns for those of another group, which the entry does not name"
               : "an entry is made for the members of one group";
}

static bool read_node_name(scenario_reader *reader, scenario_place place, const char *name,
                           const key_row *row, uint32_t *index)
{
    const scenario *const whole = reader->scenario;
    const uint32_t group = scenario_group_index(whole, name);
    if (group != SCENARIO_NONE) {
        scenario_fault(reader, place, "'%s' is a group, and %s: write a node, for example %s", name,
                       why_one(row), whole->nodes[whole->groups[group].first].name);
        *index = whole->groups[group].first;
        return false;
    }
    if (find_name(reader, place, "node", name, scenario_node_index, node_name, index))
        return true;
    if (*index != SCENARIO_NONE)
        *index =
            *index < whole->group_count ? whole->groups[*index].first : *index - (uint32_t)whole->group_count;
    return false;
}

bool scenario_read_network(scenario_reader *reader, const tree_node *value, uint32_t *index)
{
    *index = SCENARIO_NONE;
    return scenario_read_kind(reader, value, TREE_SCALAR, "a network's name", "wifi") &&
           find_name(reader, value->place, "network", value->text, scenario_network_index, network_name,
                     index);
}

bool scenario_read_nat(scenario_reader *reader, const tree_node *value, uint32_t *index)
{
    *index = SCENARIO_NONE;
    return scenario_read_kind(reader, value, TREE_SCALAR, "a NAT's name", "home") &&
           find_name(reader, value->place, "NAT", value->text, scenario_nat_index, nat_name, index);
}

bool scenario_read_one_node(scenario_reader *reader, const tree_node *value, const char *why, uint32_t *index)
{
    const key_row row = {.one = why};
    *index = SCENARIO_NONE;
    return scenario_read_kind(reader, value, TREE_SCALAR, "a node's name", "laptop") &&
           read_node_name(reader, value->place, value->text, &row, index);
}

bool scenario_read_node(scenario_reader *reader, const tree_node *value, uint32_t *index)
{
    return scenario_read_one_node(reader, value, NULL, index);
}

/* --- pairs, "a -> b" --- */

static const char *trimmed(scenario_reader *reader, const char *text, const char *end, size_t *skipped)
{
    const char *start = text;
    while (start < end && *start == ' ')
        start++;
    while (end > start && end[-1] == ' ')
        end--;
    *skipped = (size_t)(start - text);
    return scenario_arena_text(reader->arena, start, (size_t)(end - start));
}

bool scenario_read_pair(scenario_reader *reader, const tree_node *value, key_pair *pair)
{
    *pair = (key_pair){SCENARIO_NONE, SCENARIO_NONE};
    if (!scenario_read_kind(reader, value, TREE_SCALAR, "two nodes", "laptop -> server"))
        return false;
    const char *const arrow = strstr(value->text, "->");
    if (!arrow) {
        scenario_fault(reader, value->place, "'%.60s' names no two nodes: write for example laptop -> server",
                       value->text);
        return false;
    }
    size_t skipped = 0;
    const char *const from = trimmed(reader, value->text, arrow, &skipped);
    const char *const to = trimmed(reader, arrow + 2, arrow + strlen(arrow), &skipped);
    if (!from || !to)
        return false;
    scenario_place second = value->place;
    if (second.line > 0)
        second.column += (uint32_t)(arrow + 2 - value->text + (ptrdiff_t)skipped) - value->grown;
    bool good = read_node_name(reader, value->place, from, NULL, &pair->from);
    good = read_node_name(reader, second, to, NULL, &pair->to) && good;
    if (good && pair->from == pair->to) {
        scenario_fault(reader, second, "'%s' twice: a connection needs two nodes", to);
        return false;
    }
    return good;
}

/* One node, or a pair that has an arrow. */
static bool read_node_or_pair(scenario_reader *reader, const tree_node *value, const key_row *row,
                              key_pair *pair)
{
    *pair = (key_pair){SCENARIO_NONE, SCENARIO_NONE};
    if (!scenario_read_kind(reader, value, TREE_SCALAR, row->name, row->example))
        return false;
    return strstr(value->text, "->") ? scenario_read_pair(reader, value, pair)
                                     : read_node_name(reader, value->place, value->text, row, &pair->from);
}

/* --- quantities --- */

static bool read_count(scenario_reader *reader, scenario_place place, const key_row *row, const char *text,
                       uint64_t *value)
{
    if (!core_number_whole(text, 0, row->max, value)) {
        scenario_fault(reader, place, "%s: '%.40s' is not a whole number up to %llu", row->name, text,
                       (unsigned long long)row->max);
        return false;
    }
    return true;
}

static bool read_units(scenario_reader *reader, scenario_place place, const key_row *row, const char *text,
                       uint64_t *value)
{
    char message[UNITS_MESSAGE_MAX];
    if (row->type == KEY_COUNT)
        return read_count(reader, place, row, text, value);
    const units_kind kind = key_units(row->type);
    if (units_parse(kind, text, row->min, row->max, value, message) != UNITS_OK) {
        scenario_fault(reader, place, "%s: %s", row->name, message);
        return false;
    }
    if (row->type == KEY_LINK_RATE && *value > 0 && *value < SCENARIO_RATE_MIN_BPS) {
        scenario_fault(reader, place, SCENARIO_RATE_FAULT, row->name, text);
        return false;
    }
    return true;
}

static bool read_integer(scenario_reader *reader, const tree_node *value, const key_row *row,
                         uint64_t *result)
{
    const bool good = core_number_whole(value->text, row->min, row->max, result);
    if (!good && row->min == row->max) {
        scenario_fault(reader, value->place, "%s: '%.40s' is not %llu, the only one there is", row->name,
                       value->text, (unsigned long long)row->min);
        return false;
    }
    if (!good) {
        scenario_fault(reader, value->place,
                       "%s: '%.40s' is not a whole number from %llu to %llu: write for example %s", row->name,
                       value->text, (unsigned long long)row->min, (unsigned long long)row->max, row->example);
        return false;
    }
    return true;
}

bool scenario_read_bound(scenario_reader *reader, const tree_node *value, const key_row *row,
                         scenario_bound *bound)
{
    const char *const text = value->text;
    const char *const dots = strstr(text, "..");
    scenario_bound read = {.min = 0, .max = UINT64_MAX};
    bool good = false;
    if (text[0] == '<' && text[1] == '=') {
        good = read_units(reader, value->place, row, text + 2 + strspn(text + 2, " "), &read.max);
    } else if (text[0] == '>' && text[1] == '=') {
        good = read_units(reader, value->place, row, text + 2 + strspn(text + 2, " "), &read.min);
    } else if (dots) {
        const char *const low = scenario_arena_text(reader->arena, text, (size_t)(dots - text));
        good = low && read_units(reader, value->place, row, low, &read.min) &&
               (dots[2] == '\0' || read_units(reader, value->place, row, dots + 2, &read.max));
    } else if (row->type == KEY_COUNT || row->alone == KEY_ALONE_IS_BOTH) {
        good = read_units(reader, value->place, row, text, &read.min);
        read.max = read.min;
    } else if (row->alone != KEY_ALONE_IS_NONE) {
        good = read_units(reader, value->place, row, text, &read.max);
    } else {
        scenario_fault(reader, value->place, "%s: '%.40s' is no bound: write <= 120ms, 40ms..50ms or 40ms..",
                       row->name, text);
    }
    if (good && row->alone == KEY_ALONE_IS_BOTH && (text[0] == '<' || read.max == UINT64_MAX)) {
        scenario_fault(reader, value->place, "%s: '%.40s' is one end of a range: write for example %s",
                       row->name, text, row->example);
        return false;
    }
    if (good && row->alone == KEY_ALONE_IS_ALL && read.max == UINT64_MAX) {
        scenario_fault(reader, value->place, "%s: '%.40s' has no upper end: write for example %s", row->name,
                       text, row->example);
        return false;
    }
    if (good && read.min > read.max) {
        scenario_fault(reader, value->place, "%s: '%.40s' allows nothing: the smaller one comes first",
                       row->name, text);
        return false;
    }
    if (good)
        *bound = read;
    return good;
}

/* Room for hosts: the last 8 bits at the least. */
static bool has_room(const key_prefix *prefix)
{
    const unsigned bits = prefix->prefix.bits;
    return prefix->family == SCENARIO_IPV4 ? bits >= 8 && bits <= 24 : bits >= 16 && bits <= 112;
}

bool scenario_parse_prefix(const char *text, bool or_address, key_prefix *out)
{
    char address[64];
    key_prefix read = {.given = true};
    const char *const slash = strchr(text, '/');
    const size_t length = slash ? (size_t)(slash - text) : strlen(text);
    const size_t digits = slash ? strspn(slash + 1, "0123456789") : 0;
    uint64_t bits = 0;
    if (length == 0 || length >= sizeof(address) || (!slash && !or_address) ||
        (slash && (digits == 0 || digits > 3 || slash[1 + digits] != '\0')))
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    if (slash)
        core_number_whole(slash + 1, 0, 999, &bits);
    const bool is4 = inet_pton(AF_INET, address, read.prefix.address) == 1;
    const bool is6 = !is4 && inet_pton(AF_INET6, address, read.prefix.address) == 1;
    const unsigned whole = is6 ? 128 : 32;
    bits = slash ? bits : whole;
    if ((!is4 && !is6) || bits > whole)
        return false;
    read.family = is6 ? SCENARIO_IPV6 : SCENARIO_IPV4;
    read.prefix.bits = (uint8_t)bits;
    for (uint64_t bit = bits; bit < whole; bit++)
        read.host_bits = read.host_bits || read.prefix.address[bit / 8] & 0x80u >> bit % 8;
    for (uint64_t bit = bits; bit < 128; bit++)
        read.prefix.address[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
    *out = read;
    return true;
}

bool scenario_check_prefix(scenario_reader *reader, const tree_node *value, const key_prefix *prefix)
{
    const unsigned first = prefix->prefix.address[0];
    const bool is4 = prefix->family == SCENARIO_IPV4;
    char text[INET6_ADDRSTRLEN];
    if (prefix->host_bits) {
        inet_ntop(is4 ? AF_INET : AF_INET6, prefix->prefix.address, text, sizeof(text));
        scenario_fault(reader, value->place, "'%.60s' has bits of a host: write %s/%u", value->text, text,
                       prefix->prefix.bits);
        return false;
    }
    if (is4 ? first == 0 || first == 127 || first >= 224 : first == 0 || first == 0xff) {
        scenario_fault(reader, value->place, "'%.60s': hosts have no addresses of %s", value->text,
                       is4 ? "0.0.0.0/8, 127.0.0.0/8, 224.0.0.0/4 and 240.0.0.0/4" : "::/8 and ff00::/8");
        return false;
    }
    return true;
}

static bool read_prefix(scenario_reader *reader, const tree_node *value, key_prefix *prefix)
{
    key_prefix read;
    if (scenario_parse_prefix(value->text, false, &read) && has_room(&read)) {
        *prefix = read;
        return scenario_check_prefix(reader, value, &read);
    }
    scenario_fault(reader, value->place,
                   "prefix: '%.60s' is no prefix: write 10.1.0.0/16 (/8 to /24) or fd00:1::/64 (/16 to /112)",
                   value->text);
    return false;
}

/* --- choices --- */

static bool read_choice(scenario_reader *reader, const tree_node *value, const key_row *row, uint32_t *result)
{
    if (!scenario_read_kind(reader, value, TREE_SCALAR, row->name, row->example))
        return false;
    for (const key_choice *choice = row->choices; choice->name; choice++) {
        if (strcmp(choice->name, value->text) == 0) {
            *result = choice->value;
            return true;
        }
    }
    scenario_report_unknown(reader, value->place, row->name, value->text, choice_at, row->choices);
    return false;
}

static bool read_choices(scenario_reader *reader, const tree_node *value, const key_row *row,
                         uint32_t *result)
{
    uint32_t bit = 0;
    bool good = true;
    *result = 0;
    if (value->kind != TREE_LIST)
        return read_choice(reader, value, row, result);
    for (const tree_node *child = value->first; child; child = child->next) {
        good = read_choice(reader, child, row, &bit) && good;
        *result |= bit;
    }
    return good;
}

/* --- one value, one map --- */

static bool read_plain(scenario_reader *reader, const tree_node *value, const key_row *row, void *object)
{
    uint64_t number = 0;
    unsigned char *const field = (unsigned char *)object + row->offset;
    bool good = false;
    switch (row->type) {
    case KEY_DURATION:
    case KEY_RATE:
    case KEY_LINK_RATE:
    case KEY_SIZE:
    case KEY_PACKETS:
    case KEY_FRACTION:
    case KEY_LENGTH:
    case KEY_SPEED:
        good = read_units(reader, value->place, row, value->text, &number);
        break;
    case KEY_QUEUE:
        good = scenario_read_queue(reader, value, row, &number);
        break;
    case KEY_INTEGER:
        good = read_integer(reader, value, row, &number);
        break;
    case KEY_NAME:
        good = scenario_read_name(reader, value->place, value->text, (size_t)row->max);
        store_text(object, row, value->text);
        return good;
    case KEY_TEXT:
        store_text(object, row, value->text);
        return true;
    case KEY_BOUND:
    case KEY_COUNT:
        return scenario_read_bound(reader, value, row, (scenario_bound *)(void *)field);
    case KEY_PREFIX:
        return read_prefix(reader, value, (key_prefix *)(void *)field);
    case KEY_CHOICE:
    case KEY_CHOICES:
    case KEY_NODE:
    case KEY_NETWORK:
    case KEY_NAT:
    case KEY_PAIR:
    case KEY_NODE_OR_PAIR:
    case KEY_OTHER:
        return true;
    }
    if (good)
        store(object, row, number);
    return good;
}

bool scenario_read_value(scenario_reader *reader, const tree_node *value, const key_row *row, void *object)
{
    uint32_t index = SCENARIO_NONE;
    bool good = false;
    assert(key_row_fits(row));
    switch (row->type) {
    case KEY_OTHER:
        return true;
    case KEY_CHOICE:
    case KEY_CHOICES:
        good = (row->type == KEY_CHOICE ? read_choice : read_choices)(reader, value, row, &index);
        if (good)
            store(object, row, index);
        return good;
    case KEY_NETWORK:
        good = scenario_read_network(reader, value, &index);
        store(object, row, index);
        return good;
    case KEY_NAT:
        good = scenario_read_nat(reader, value, &index);
        store(object, row, index);
        return good;
    case KEY_PAIR:
        return scenario_read_pair(reader, value, (key_pair *)(void *)((unsigned char *)object + row->offset));
    case KEY_NODE_OR_PAIR:
        return read_node_or_pair(reader, value, row,
                                 (key_pair *)(void *)((unsigned char *)object + row->offset));
    case KEY_DURATION:
    case KEY_RATE:
    case KEY_LINK_RATE:
    case KEY_SIZE:
    case KEY_QUEUE:
    case KEY_PACKETS:
    case KEY_FRACTION:
    case KEY_LENGTH:
    case KEY_SPEED:
    case KEY_INTEGER:
    case KEY_TEXT:
    case KEY_NAME:
    case KEY_NODE:
    case KEY_BOUND:
    case KEY_COUNT:
    case KEY_PREFIX:
        break;
    }
    if (!scenario_read_kind(reader, value, TREE_SCALAR, row->name, row->example))
        return false;
    if (row->type != KEY_NODE)
        return read_plain(reader, value, row, object);
    good = read_node_name(reader, value->place, value->text, row, &index);
    store(object, row, index);
    return good;
}

static const key_row *find_row(const key_row *row, const char *name)
{
    for (; row && row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

static bool check_required(scenario_reader *reader, const tree_node *map, const key_row *row,
                           const char *what)
{
    bool good = true;
    for (; row && row->name; row++) {
        if (row->required && !tree_get(map, row->name)) {
            scenario_fault(reader, map->place, "%s needs '%s': write for example %s: %s", what, row->name,
                           row->name, row->example);
            good = false;
        }
    }
    return good;
}

bool scenario_read_map(scenario_reader *reader, const tree_node *map, key_table table, void *object)
{
    bool good = true;
    for (const tree_node *value = map->first; value; value = value->next) {
        const key_row *row = find_row(table.rows, value->key);
        row = row ? row : find_row(table.more, value->key);
        if (!row) {
            scenario_report_unknown(reader, value->key_place, "key", value->key, row_name, &table);
            good = false;
        } else if (tree_get(map, value->key) == value) {
            good = scenario_read_value(reader, value, row, object) && good;
        }
    }
    good = check_required(reader, map, table.rows, table.what) && good;
    return check_required(reader, map, table.more, table.what) && good;
}
