/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The draws of a random scenario. */
#include "core/tests/check.h"
#include "sim/tests/random_scenario.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_MAX 16
#define NONE UINT32_MAX

typedef struct draw {
    random_scenario *whole;
    uint64_t state;
    uint32_t entry;   /* the one that is being drawn */
    const char *what; /* its table */
    uint32_t node;    /* of the last key that named one, or NONE */
    uint32_t labels;
    bool ipv6;
} draw;

static uint64_t below(draw *self, uint64_t bound)
{
    return check_random(&self->state) % bound;
}

static bool chance(draw *self, uint32_t percent)
{
    return below(self, 100) < percent;
}

/* ---- parts ---- */

static uint32_t add_part(draw *self, random_room room, const char *name)
{
    random_scenario *const whole = self->whole;
    assert(whole->count < RANDOM_PARTS_MAX);
    const uint32_t index = (uint32_t)whole->count++;
    whole->parts[index] = (random_part){.room = room, .entry = self->entry};
    (void)snprintf(whole->parts[index].name, sizeof whole->parts[index].name, "%s", name);
    return index;
}

static void add_entry(draw *self, random_room room, const char *what, const char *name)
{
    self->entry = add_part(self, room, name);
    self->whole->parts[self->entry].entry = self->entry;
    self->what = what;
    self->node = NONE;
}

static random_part *key_of(const draw *self, uint32_t entry, const char *key)
{
    for (uint32_t i = entry + 1; i < self->whole->count; i++) {
        random_part *const part = &self->whole->parts[i];
        if (part->entry == entry && strcmp(part->name, key) == 0)
            return part;
    }
    return NULL;
}

__attribute__((format(printf, 3, 4))) static void set_key(draw *self, const char *key, const char *format,
                                                          ...)
{
    va_list arguments;
    random_part *part = key_of(self, self->entry, key);
    if (!part)
        part = &self->whole->parts[add_part(self, self->whole->parts[self->entry].room, key)];
    va_start(arguments, format);
    const int len = vsnprintf(part->value, sizeof part->value, format, arguments);
    va_end(arguments);
    assert(len >= 0 && (size_t)len < sizeof part->value);
}

/* The entries of a room. */
static size_t entries_of(const draw *self, random_room room, uint32_t *out)
{
    size_t count = 0;
    for (uint32_t i = 0; i < self->whole->count && count < NAMES_MAX; i++) {
        if (self->whole->parts[i].room == room && self->whole->parts[i].entry == i)
            out[count++] = i;
    }
    return count;
}

/* One of the entries of a room, other than the one that is being drawn; NONE: there is none. */
static uint32_t pick_entry(draw *self, random_room room)
{
    uint32_t entries[NAMES_MAX];
    const size_t count = entries_of(self, room, entries);
    const uint32_t entry = count > 0 ? entries[below(self, count)] : NONE;
    return entry == self->entry ? NONE : entry;
}

static const char *name_of(const draw *self, uint32_t entry)
{
    return entry == NONE ? "nobody" : self->whole->parts[entry].name;
}

/* An entry of the room with such a key, of that value unless it is NULL; NONE: there is none. */
static uint32_t pick_entry_where(draw *self, random_room room, const char *key, const char *value)
{
    uint32_t entries[NAMES_MAX];
    size_t found = 0;
    const size_t count = entries_of(self, room, entries);
    for (size_t i = 0; i < count; i++) {
        const random_part *const part = key_of(self, entries[i], key);
        if (part && (!value || strcmp(part->value, value) == 0))
            entries[found++] = entries[i];
    }
    return found > 0 ? entries[below(self, found)] : NONE;
}

static uint32_t pick_node_with(draw *self, const char *key)
{
    return pick_entry_where(self, RANDOM_ROOM_NODES, key, NULL);
}

/* ---- values ---- */

/* What is of use where a value of the type alone would mostly be of none. */
static const struct use {
    const char *what; /* table; NULL: every other one */
    const char *key;
    const char *values; /* with | between */
} uses[] = {
    {"a network", "delay", "0ms|1us|1ms|5ms|5ms|20ms|20ms|50ms|150ms|400ms"},
    {"a network", "jitter", "1ms|10ms|50ms"},
    {"a network", "rate", "200kbps|1Mbps|10Mbps|10Mbps|100Mbps|0bps"},
    {"a network", "queue", "1pkt|5pkt|20pkt|100pkt|1000pkt"},
    {"a network", "loss", "0.1%|1%|1%|5%|20%"},
    {"a network", "mtu", "1200B|1280B|1300B|1400B|1500B|9000B|65535B"},
    {"a network", "distance", "1m|5m|20m|45m|55m"},
    {"amplification", "max", "0|3"},
    {"goodput", "max", "100Mbps"},
    {"a NAT", "port_range", "1024..65535|5000..5001|5000..5007|40000..40063"},
    {"a NAT", "block", "1|4|64|512"},
    {"a NAT", "subscriber_limit", "1|2|8"},
    {"a NAT", "binding_limit", "1|3|64"},
    {"a NAT", "timeout", "100ms|500ms|2s|5s|120s"},
    {"a node", "listen", "4433|443|1|65535"},
    {"a node", "keepalive", "20ms|200ms|1s|15s"},
    {"a node", "dead_after", "100ms|500ms|2s|4s|60s"},
    {"a node", "idle_timeout", "200ms|1s|5s|30s"},
    {"relay", "port", "3478|443|4433|1"},
    {"send", "send", "1B|20B|50B|100B|400B|400B|1000B|2kB|20kB"},
    {"send", "every", "2ms|10ms|20ms|50ms|100ms|300ms|1s"},
    {"send", "key", "0|1|2|9"},
    {"bulk", "bulk", "1B|1kB|50kB|200kB|500kB"},
    {"bulk", "message", "10B|100B|1KiB|16KiB|1MiB"},
    {"bulk", "key", "0|1|2|9"},
    {"attack", "addresses", "1|1|2|4|20"},
    {"attack", "challenges", "1|2|10|128"},
    {"attack", "interval", "200us|1ms|5ms|50ms"},
    {"watchdog", "threshold", "1ms|20ms|100ms|400ms"},
    {"watchdog", "sample", "5ms|50ms|200ms|1s"},
    {"watchdog", "silence", "20ms|100ms|500ms|1s"},
    {"watchdog", "strikes", "1|2|5"},
    {"mtu", "bytes", "576B|1199B|1200B|1228B|1280B|1400B|1500B|9000B"},
    {"trace", "file", ROAM_SOURCE_DIR "/scenarios/latency/traces/lte-drive.csv"},
    {"walk", "to", "1m|10m|40m|48m|60m|200m"},
    {NULL, "times", "1|2|3|8|20"},
    {NULL, "every", "1ms|5ms|50ms|200ms|1s"},
    {NULL, "for", "1ms|20ms|100ms|500ms|1s|3s"},
    {NULL, "over", "1ms|50ms|500ms|2s"},
    {NULL, "timeout", "1ms|10ms|50ms|200ms|1s|5s"},
    {NULL, "count", "1|1|2|5|20"},
    {NULL, "nth", "1|2|[1, 3]|[2, 5, 9]"},
    {NULL, "stream", "0|1|2|4|8"},
    {NULL, "copies", "1|2|10"},
    {NULL, "packets", "1|3|20"},
    {NULL, "bits", "1|3|20"},
    {NULL, "delay", "0ms|1us|1ms|10ms|50ms|200ms|1s"},
    {NULL, "queue", "1pkt|3pkt|20pkt|100pkt"},
    {NULL, "rate", "50kbps|500kbps|5Mbps|50Mbps|0bps"},
    {"gap", "max", "<= 500ms|40ms..2s"},
};

static void pick_of(draw *self, const char *values, char *out, size_t size)
{
    size_t count = 1;
    for (const char *at = values; *at; at++)
        count += *at == '|';
    for (uint64_t skip = below(self, count); skip > 0; skip--)
        values = strchr(values, '|') + 1;
    (void)snprintf(out, size, "%.*s", (int)strcspn(values, "|"), values);
}

static const char *use_of(const char *what, const char *key)
{
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        if ((!uses[i].what || strcmp(uses[i].what, what) == 0) && strcmp(uses[i].key, key) == 0)
            return uses[i].values;
    }
    return NULL;
}

static void draw_map(draw *self, const key_row *rows, const char *what, char *out, size_t size);

static void draw_choice(draw *self, const key_row *row, char *out, size_t size)
{
    size_t count = 0;
    while (row->choices[count].name)
        count++;
    (void)snprintf(out, size, "%s", row->choices[below(self, count)].name);
}

static void draw_node(draw *self, const char *key, char *out, size_t size)
{
    uint32_t node = NONE;
    if (chance(self, 90) && strcmp(key, "attack") == 0)
        node = pick_node_with(self, "attacker");
    else if (chance(self, 90) && strcmp(key, "via") == 0)
        node = pick_node_with(self, "relay");
    else if (strcmp(key, "to") == 0 && strcmp(self->what, "a node") == 0)
        node = pick_node_with(self, "listen");
    self->node = node == NONE ? pick_entry(self, RANDOM_ROOM_NODES) : node;
    (void)snprintf(out, size, "%s", name_of(self, self->node));
}

/* One that a network is behind, mostly. */
static void draw_nat(draw *self, char *out, size_t size)
{
    const uint32_t network = pick_entry_where(self, RANDOM_ROOM_NETWORKS, "nat", NULL);
    if (network != NONE && network != self->entry && chance(self, 80))
        (void)snprintf(out, size, "%s", key_of(self, network, "nat")->value);
    else
        (void)snprintf(out, size, "%s", name_of(self, pick_entry(self, RANDOM_ROOM_NATS)));
}

/* One of those that the node begins with, mostly; walking is for wifi. */
static void draw_network(draw *self, char *out, size_t size)
{
    char values[160] = "";
    const uint32_t wifi = pick_entry_where(self, RANDOM_ROOM_NETWORKS, "link", "wifi");
    if (strcmp(self->what, "walk") == 0 && wifi != NONE) {
        (void)snprintf(out, size, "%s", name_of(self, wifi));
        return;
    }
    const random_part *const own = self->node == NONE ? NULL : key_of(self, self->node, "networks");
    if (own && chance(self, 80)) {
        size_t len = 0;
        for (const char *at = own->value; *at && len + 1 < sizeof values; at++) {
            if (*at != '[' && *at != ']' && *at != ' ')
                values[len++] = *at == ',' ? '|' : *at;
        }
        values[len] = '\0';
    }
    if (values[0])
        pick_of(self, values, out, size);
    else
        (void)snprintf(out, size, "%s", name_of(self, pick_entry(self, RANDOM_ROOM_NETWORKS)));
}

static uint32_t node_called(const draw *self, const char *name, size_t len)
{
    uint32_t nodes[NAMES_MAX];
    const size_t count = entries_of(self, RANDOM_ROOM_NODES, nodes);
    for (size_t i = 0; i < count; i++) {
        if (strlen(name_of(self, nodes[i])) == len && strncmp(name_of(self, nodes[i]), name, len) == 0)
            return nodes[i];
    }
    return NONE;
}

/* Not an attacker, and not `other`. */
static uint32_t pick_end(draw *self, const char *other, const char *key)
{
    for (int tries = 0; tries < 8; tries++) {
        const uint32_t node = key ? pick_node_with(self, key) : pick_entry(self, RANDOM_ROOM_NODES);
        if (node != NONE && strcmp(name_of(self, node), other) != 0 && !key_of(self, node, "attacker"))
            return node;
    }
    return NONE;
}

/* Peers, mostly as they dial; before there are any, a node and one that listens. */
static void draw_pair(draw *self, bool or_node, char *out, size_t size)
{
    const random_room room = self->whole->parts[self->entry].room;
    const uint32_t entry = pick_entry(self, RANDOM_ROOM_PEERS);
    const random_part *const dial = entry == NONE ? NULL : key_of(self, entry, "dial");
    char from[32] = "nobody", to[32] = "nobody";
    if (dial && room != RANDOM_ROOM_PEERS) {
        (void)sscanf(dial->value, "%31s -> %31s", from, to);
    } else {
        (void)snprintf(to, sizeof to, "%s", name_of(self, pick_end(self, "", "listen")));
        (void)snprintf(from, sizeof from, "%s", name_of(self, pick_end(self, to, NULL)));
    }
    const bool turned = chance(self, room == RANDOM_ROOM_TRAFFIC ? 45 : 7);
    const char *const first = turned ? to : from;
    self->node = node_called(self, first, strlen(first));
    if (or_node && chance(self, 20))
        (void)snprintf(out, size, "%s", first);
    else
        (void)snprintf(out, size, "%s -> %s", first, turned ? from : to);
}

static void draw_number(draw *self, const key_row *row, char *out, size_t size)
{
    static const uint64_t steps[] = {0, 1, 2, 5, 20, 100};
    uint64_t value = row->min + steps[below(self, sizeof steps / sizeof steps[0])];
    if (row->max > 0 && value > row->max)
        value = row->max;
    (void)snprintf(out, size, "%" PRIu64, value);
}

static void draw_time(draw *self, char *out, size_t size)
{
    (void)snprintf(out, size, "%" PRIu64 "ms", below(self, self->whole->duration_ms));
}

static void draw_text(draw *self, const key_row *row, char *out, size_t size)
{
    if (strcmp(row->name, "migration") == 0 && self->labels > 0)
        (void)snprintf(out, size, "label%" PRIu64, below(self, self->labels));
    else
        (void)snprintf(out, size, "%s", row->example);
}

static void draw_prefix(draw *self, char *out, size_t size)
{
    static const unsigned bits[] = {16, 24, 28};
    const uint64_t number = 60 + below(self, 100);
    if (self->ipv6)
        (void)snprintf(out, size, "\"fd00:%" PRIu64 "::/64\"", number);
    else
        (void)snprintf(out, size, "10.%" PRIu64 ".0.0/%u", number, bits[number % 3]);
}

/* Of the NAT that is being drawn. */
static void draw_pool(draw *self, char *out, size_t size)
{
    char part[32];
    (void)snprintf(part, sizeof part, self->ipv6 ? "2001:db8:%u:" : "198.51.%u", self->entry);
    switch (below(self, 3)) {
    case 0:
        (void)snprintf(out, size, self->ipv6 ? "\"%s:1\"" : "%s.1", part);
        break;
    case 1:
        (void)snprintf(out, size, self->ipv6 ? "\"%s:10/126\"" : "%s.16/28", part);
        break;
    default:
        (void)snprintf(out, size, self->ipv6 ? "[\"%s:1\", \"%s:3\"]" : "[%s.65, %s.67]", part, part);
    }
}

static void draw_nodes_of_nat(draw *self, char *out, size_t size)
{
    const uint32_t one = pick_entry(self, RANDOM_ROOM_NODES);
    const uint32_t other = pick_entry(self, RANDOM_ROOM_NODES);
    if (chance(self, 40))
        (void)snprintf(out, size, "%s", name_of(self, one));
    else if (chance(self, 25))
        (void)snprintf(out, size, "[%s, %s]", name_of(self, one), name_of(self, other));
    else
        pick_of(self, "all|all|1|2|50%", out, size);
}

static void draw_networks(draw *self, char *out, size_t size)
{
    uint32_t entries[NAMES_MAX];
    const size_t count = entries_of(self, RANDOM_ROOM_NETWORKS, entries);
    uint32_t picked = (uint32_t)below(self, UINT64_C(1) << count);
    size_t len = (size_t)snprintf(out, size, "[");
    if (picked == 0 || chance(self, 30))
        picked = 1u << below(self, count);
    for (size_t i = 0; i < count; i++) {
        if (picked >> i & 1)
            len += (size_t)snprintf(out + len, size - len, "%s%s", len > 1 ? ", " : "",
                                    name_of(self, entries[i]));
    }
    (void)snprintf(out + len, size - len, "]");
}

/* Keys that the sections read by themselves. */
static void draw_other(draw *self, const key_row *row, char *out, size_t size)
{
    if (strcmp(row->name, "of") == 0)
        draw_nodes_of_nat(self, out, size);
    else if (strcmp(row->name, "pool") == 0)
        draw_pool(self, out, size);
    else if (strcmp(row->name, "prefix") == 0)
        draw_prefix(self, out, size);
    else if (strcmp(row->name, "when") == 0)
        (void)snprintf(out, size, "{seed: %" PRIu64 "}", chance(self, 50) ? self->whole->seed : 0);
    else if (strcmp(row->name, "networks") == 0)
        draw_networks(self, out, size);
    else if (strcmp(row->name, "behind") == 0)
        (void)snprintf(out, size, "%s", name_of(self, pick_entry(self, RANDOM_ROOM_NATS)));
    else if (strcmp(row->name, "restart") == 0)
        (void)snprintf(
            out, size, "%s",
            name_of(self, pick_entry(self, chance(self, 70) ? RANDOM_ROOM_NODES : RANDOM_ROOM_NATS)));
    else if (strcmp(row->name, "relay") == 0 && chance(self, 60))
        (void)snprintf(out, size, "%s", name_of(self, pick_node_with(self, "listen")));
    else if (row->inner)
        draw_map(self, row->inner, strcmp(row->name, "relay") == 0 ? "relay" : "burst", out, size);
    else
        (void)snprintf(out, size, "%s", row->example);
}

static void draw_value(draw *self, const key_row *row, const char *what, char *out, size_t size)
{
    const bool is_time = strcmp(row->name, "at") == 0 || strcmp(row->name, "until") == 0 ||
                         (strcmp(row->name, "from") == 0 && row->type == KEY_DURATION);
    const char *const values = is_time ? NULL : use_of(what, row->name);
    if (values)
        return pick_of(self, values, out, size);
    if (is_time)
        return draw_time(self, out, size);
    switch (row->type) {
    case KEY_DURATION:
        return pick_of(self, "1ms|10ms|100ms|1s|5s", out, size);
    case KEY_RATE:
    case KEY_LINK_RATE:
        return pick_of(self, "100kbps|1Mbps|10Mbps|100Mbps", out, size);
    case KEY_SIZE:
        return pick_of(self, "1B|100B|1kB|10kB", out, size);
    case KEY_PACKETS:
        return pick_of(self, "1pkt|10pkt|100pkt", out, size);
    case KEY_FRACTION:
        return pick_of(self, "0.1%|1%|5%|20%|50%|100%", out, size);
    case KEY_LENGTH:
        return pick_of(self, "1m|10m|50m", out, size);
    case KEY_SPEED:
        return pick_of(self, "1.4mps|10mps|30mps", out, size);
    case KEY_INTEGER:
        return draw_number(self, row, out, size);
    case KEY_CHOICE:
    case KEY_CHOICES:
        return draw_choice(self, row, out, size);
    case KEY_NAME:
        (void)snprintf(out, size, "label%u", self->labels++);
        return;
    case KEY_NODE:
        return draw_node(self, row->name, out, size);
    case KEY_NETWORK:
        return draw_network(self, out, size);
    case KEY_NAT:
        return draw_nat(self, out, size);
    case KEY_PAIR:
    case KEY_NODE_OR_PAIR:
        return draw_pair(self, row->type == KEY_NODE_OR_PAIR, out, size);
    case KEY_OTHER:
        return draw_other(self, row, out, size);
    case KEY_PREFIX:
        return draw_prefix(self, out, size);
    case KEY_TEXT:
        return draw_text(self, row, out, size);
    case KEY_BOUND:
    case KEY_COUNT:
        (void)snprintf(out, size, "%s", row->example);
        return;
    }
}

/* ---- entries ---- */

static void draw_map(draw *self, const key_row *rows, const char *what, char *out, size_t size)
{
    size_t len = (size_t)snprintf(out, size, "{");
    for (const key_row *row = rows; row->name; row++) {
        char value[64];
        if (!row->required && chance(self, 60))
            continue;
        draw_value(self, row, what, value, sizeof value);
        len += (size_t)snprintf(out + len, size - len, "%s%s: %s", len > 1 ? ", " : "", row->name, value);
    }
    (void)snprintf(out + len, size - len, "}");
}

/* Adds the keys that have to be there, the one that the table is called by, and some others. */
static void draw_keys(draw *self, const key_row *rows, uint32_t percent)
{
    for (const key_row *row = rows; row && row->name; row++) {
        char value[160];
        const bool needed = row->required || strcmp(row->name, self->what) == 0;
        if (key_of(self, self->entry, row->name) || (!needed && !chance(self, percent)))
            continue;
        draw_value(self, row, self->what, value, sizeof value);
        set_key(self, row->name, "%s", value);
    }
}

static void draw_rows(draw *self, key_table table, uint32_t percent)
{
    draw_keys(self, table.more, percent);
    draw_keys(self, table.rows, percent);
}

static void draw_nats(draw *self)
{
    const uint64_t count = below(self, 4);
    for (uint64_t i = 0; i < count; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "nat%" PRIu64, i);
        add_entry(self, RANDOM_ROOM_NATS, "a NAT", name);
        if (i > 0 && chance(self, 50))
            set_key(self, "behind", "nat%" PRIu64, below(self, i));
        if (self->ipv6)
            draw_keys(self, (const key_row[]){{"pool", KEY_OTHER, .required = true}, {0}}, 100);
        draw_rows(self, SCENARIO_NAT_TABLE, chance(self, 50) ? 15 : 0);
    }
}

/* The first one is for servers: nothing is between it and the internet. */
static void draw_access(draw *self)
{
    static const char *const names[] = {"core", "wifi", "cell", "wire", "home"};
    const uint64_t count = 2 + below(self, 4);
    for (uint64_t i = 0; i < count; i++) {
        add_entry(self, RANDOM_ROOM_NETWORKS, "a network", names[i]);
        const bool odd = i > 0 && chance(self, 10);
        set_key(self, "family", "%s", self->ipv6 != odd ? "ipv6" : "ipv4");
        if (chance(self, 80))
            set_key(self, "link", "pipe");
        if (i > 0 && !odd && chance(self, 35))
            set_key(self, "nat", "%s", name_of(self, pick_entry(self, RANDOM_ROOM_NATS)));
        if (chance(self, 70))
            set_key(self, "delay", "%" PRIu64 "ms", 1 + below(self, 60));
        draw_rows(self, SCENARIO_NETWORK_TABLE, i == 0 ? 3 : 12);
        const random_part *const link = key_of(self, self->entry, "link");
        if (link && strcmp(link->value, "pipe") != 0 && !key_of(self, self->entry, "rate"))
            set_key(self, "rate", "20Mbps");
    }
}

static void draw_hosts(draw *self)
{
    static const struct {
        const char *name, *key, *value;
        uint32_t percent;
    } hosts[] = {{"laptop", NULL, NULL, 100},        {"phone", NULL, NULL, 50},
                 {"nas", "listen", "4433", 25},      {"server", "listen", "4433", 100},
                 {"other", "listen", "443", 25},     {"relay", "relay", "server", 40},
                 {"mallory", "attacker", "true", 35}};
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        if (!chance(self, hosts[i].percent))
            continue;
        add_entry(self, RANDOM_ROOM_NODES, "a node", hosts[i].name);
        const bool central = i >= 3 && chance(self, 70);
        if (hosts[i].key && chance(self, 97))
            set_key(self, hosts[i].key, "%s", hosts[i].value);
        if (central)
            set_key(self, "networks", "[core]");
        else if (chance(self, 97))
            draw_keys(self, (const key_row[]){{"networks", KEY_OTHER, .required = true}, {0}}, 100);
        draw_rows(self, SCENARIO_NODE_TABLE, 4);
    }
}

static void draw_peers(draw *self)
{
    const uint64_t count = 1 + below(self, 4);
    for (uint64_t i = 0; i < count; i++) {
        add_entry(self, RANDOM_ROOM_PEERS, "a peer", "peer");
        if (i == 0)
            set_key(self, "dial", "laptop -> server");
        draw_rows(self, SCENARIO_PEER_TABLE, 12);
    }
}

static bool has_row(const key_row *rows, const char *key)
{
    while (rows && rows->name && strcmp(rows->name, key) != 0)
        rows++;
    return rows && rows->name;
}

/* Adds what some keys need besides, and one of those of which one has to be there. */
static void complete(draw *self, key_table table)
{
    static const char *const alternatives[][4] = {
        {"nth", "fraction", "count", "frame"}, {"speed", "over"}, {"delay", "packets"}};
    if (key_of(self, self->entry, "times") && !key_of(self, self->entry, "every"))
        set_key(self, "every", "%" PRIu64 "ms", 1 + below(self, 300));
    for (size_t i = 0; i < sizeof alternatives / sizeof alternatives[0]; i++) {
        const char *const *const keys = alternatives[i];
        const key_row *row = table.more;
        bool there = false;
        for (size_t j = 0; j < 4 && keys[j]; j++)
            there |= key_of(self, self->entry, keys[j]) != NULL || !has_row(table.more, keys[j]);
        const char *const added = keys[below(self, keys[2] ? 4 : 2)];
        while (!there && strcmp(row->name, added) != 0)
            row++;
        if (!there)
            draw_keys(self, (const key_row[]){*row, {0}}, 100);
    }
}

/* An entry of a table of the room; `what` NULL: of any. */
static void draw_entry(draw *self, random_room room, const char *what, uint32_t percent)
{
    size_t kinds = 0;
    key_table table, found = {0};
    for (; random_scenario_table(room, kinds, &table); kinds++) {
        if (what && strcmp(table.what, what) == 0)
            found = table;
    }
    if (!what)
        (void)random_scenario_table(room, below(self, kinds), &found);
    assert(found.what);
    add_entry(self, room, found.what, found.what);
    draw_rows(self, found, percent);
    complete(self, found);
}

/* Verbs that undo another, or build on it: of some entries, so that both can be in a scenario. */
static void draw_sequel(draw *self)
{
    static const char *const sequels[][2] = {{"detach", "attach"}, {"down", "up"},      {"blackhole", "heal"},
                                             {"drop", "heal"},     {"corrupt", "heal"}, {"refuse", "permit"},
                                             {"attach", "detach"}, {"attack", "attack"}};
    const uint32_t done = self->entry;
    for (size_t i = 0; i < sizeof sequels / sizeof sequels[0]; i++) {
        const char *const verb = sequels[i][1];
        if (strcmp(self->what, sequels[i][0]) != 0 || !chance(self, 60))
            continue;
        const uint64_t at_ms = strtoull(key_of(self, done, "at")->value, NULL, 10);
        draw_entry(self, RANDOM_ROOM_TIMELINE, verb, 8);
        set_key(self, verb, "%s", key_of(self, done, sequels[i][0])->value);
        set_key(self, "at", "%" PRIu64 "ms", at_ms + below(self, self->whole->duration_ms - at_ms));
        const char *const same = strcmp(verb, "attack") == 0 ? "of" : "network";
        set_key(self, same, "%s", key_of(self, done, same)->value);
        return;
    }
}

static void draw_timeline(draw *self)
{
    const uint64_t count = 1 + below(self, chance(self, 30) ? 30 : 10);
    for (uint64_t i = 0; i < count; i++) {
        /* Calls are as many as the entries of some verbs together. */
        draw_entry(self, RANDOM_ROOM_TIMELINE, chance(self, 25) ? "migrate" : NULL, 20);
        draw_sequel(self);
    }
}

void random_draw(uint64_t seed, random_scenario *out)
{
    draw self = {.whole = out, .state = seed, .node = NONE};
    *out = (random_scenario){.seed = seed};
    out->duration_ms = 500 + below(&self, chance(&self, 20) ? 12000 : 5000);
    self.ipv6 = chance(&self, 25);
    draw_nats(&self);
    draw_access(&self);
    draw_hosts(&self);
    draw_peers(&self);
    for (uint64_t left = 1 + below(&self, 4); left > 0; left--)
        draw_entry(&self, RANDOM_ROOM_TRAFFIC, NULL, 15);
    draw_timeline(&self);
    for (uint64_t left = below(&self, 4); left > 0; left--)
        draw_entry(&self, RANDOM_ROOM_EXPECT, NULL, 30);
}
