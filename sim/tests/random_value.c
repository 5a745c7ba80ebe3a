/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/after_draft.h"
#include "sim/tests/random_draw.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* One of the entries of a room, other than the one that is being drawn; RANDOM_NONE: there is none. */
static uint32_t pick_entry(random_drawing *self, random_room room)
{
    uint32_t entries[RANDOM_ENTRIES_MAX];
    const size_t count = random_entries_of(self, room, entries);
    const uint32_t entry = count > 0 ? entries[random_draw_below(self, count)] : RANDOM_NONE;
    return entry == self->entry ? RANDOM_NONE : entry;
}

/* An entry of the room with such a key, of that value unless it is NULL; RANDOM_NONE: there is none. */
static uint32_t pick_entry_where(random_drawing *self, random_room room, const char *key, const char *value)
{
    uint32_t entries[RANDOM_ENTRIES_MAX];
    size_t found = 0;
    const size_t count = random_entries_of(self, room, entries);
    for (size_t i = 0; i < count; i++) {
        const random_part *const part = random_key_of(self, entries[i], key);
        if (part && (!value || strcmp(part->value, value) == 0))
            entries[found++] = entries[i];
    }
    return found > 0 ? entries[random_draw_below(self, found)] : RANDOM_NONE;
}

static uint32_t pick_node_with(random_drawing *self, const char *key)
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
    {.what = "a network", .key = "delay", .values = "0ms|1us|1ms|5ms|5ms|20ms|20ms|50ms|150ms|400ms"},
    {.what = "a network", .key = "jitter", .values = "1ms|10ms|50ms"},
    {.what = "a network", .key = "rate", .values = "200kbps|1Mbps|10Mbps|10Mbps|100Mbps|0bps"},
    {.what = "a network", .key = "queue", .values = "1pkt|5pkt|20pkt|100pkt|1000pkt|64kB|100ms|1s"},
    {.what = "a network", .key = "loss", .values = "0.1%|1%|1%|5%|20%"},
    {.what = "a network", .key = "mtu", .values = "1200B|1280B|1300B|1400B|1500B|9000B|65535B"},
    {.what = "a network", .key = "distance", .values = "1m|5m|20m|45m|55m"},
    {.what = "amplification", .key = "max", .values = "0|3"},
    {.what = "goodput", .key = "max", .values = "100Mbps"},
    {.what = "a NAT", .key = "port_range", .values = "1024..65535|5000..5001|5000..5007|40000..40063"},
    {.what = "a NAT", .key = "block", .values = "1|4|64|512"},
    {.what = "a NAT", .key = "subscriber_limit", .values = "1|2|8"},
    {.what = "a NAT", .key = "binding_limit", .values = "1|3|64"},
    {.what = "a NAT", .key = "lifetime", .values = "500ms|2s|5s|1s..4s"},
    {.what = "a NAT", .key = "quarantine", .values = "100ms|2s|120s"},
    {.what = "a NAT", .key = "timeout", .values = "100ms|500ms|2s|5s|120s"},
    {.what = "drain", .key = "drain", .values = "vip"},
    {.what = "drain", .key = "server", .values = "s1|s2|s-1|s-2"},
    {.what = "remove", .key = "remove", .values = "vip"},
    {.what = "remove", .key = "server", .values = "s1|s2|s-1|s-2"},
    {.what = "restore", .key = "restore", .values = "vip"},
    {.what = "restore", .key = "server", .values = "s1|s2|s-1|s-2"},
    {.what = "reroute", .key = "reroute", .values = "vip"},
    {.what = "reroute", .key = "server", .values = "s1|s2|s-1|s-2"},
    {.what = "lands", .key = "on", .values = "s1|s2|s-1|s-2"},
    {.what = "a node", .key = "listen", .values = "4433|443|1|65535"},
    {.what = "a node", .key = "keepalive", .values = "20ms|200ms|1s|15s"},
    {.what = "a node", .key = "dead_after", .values = "100ms|500ms|2s|4s|60s"},
    {.what = "a node", .key = "idle_timeout", .values = "200ms|1s|5s|30s"},
    {.what = "quic", .key = "initial_window", .values = "2pkt|10pkt|40pkt|500pkt"},
    {.what = "quic", .key = "max_idle", .values = "0s|200ms|1s|5s|30s"},
    {.what = "quic", .key = "max_ack_delay", .values = "0ms|1ms|25ms|100ms|1s"},
    {.what = "quic", .key = "ack_delay_exponent", .values = "0|3|10|20"},
    {.what = "quic", .key = "ack_every", .values = "1|2|10|100"},
    {.what = "quic", .key = "rotate_connection_ids", .values = "1ms|20ms|100ms|500ms|2s"},
    {.what = "quic", .key = "retire_connection_ids", .values = "1ms|20ms|100ms|500ms|2s"},
    {.what = "relay", .key = "port", .values = "3478|443|4433|1"},
    {.what = "send", .key = "send", .values = "1B|20B|50B|100B|400B|400B|1000B|2kB|20kB"},
    {.what = "send", .key = "every", .values = "2ms|10ms|20ms|50ms|100ms|300ms|1s"},
    {.what = "send", .key = "key", .values = "0|1|2|9"},
    {.what = "send", .key = "stream", .values = "true|false"},
    {.what = "background", .key = "rate", .values = "100kbps|1Mbps|5Mbps"},
    {.what = "background", .key = "busy", .values = "10ms|100ms|1s"},
    {.what = "background", .key = "idle", .values = "1ms|50ms|500ms"},
    {.what = "background", .key = "packet", .values = "64B|500B|1200B"},
    {.what = "request", .key = "request", .values = "8B|100B|400B|2kB"},
    {.what = "request", .key = "response", .values = "16B|400B|4kB|20kB"},
    {.what = "request", .key = "think", .values = "20ms|100ms|1s"},
    {.what = "request", .key = "key", .values = "0|1|2|9"},
    {.what = "request", .key = "stream", .values = "true|false"},
    {.what = "rate", .key = "rate", .values = "10kbps|200kbps|2Mbps"},
    {.what = "rate", .key = "message", .values = "8B|100B|1200B|20kB"},
    {.what = "rate", .key = "key", .values = "0|1|2|9"},
    {.what = "rate", .key = "stream", .values = "true|false"},
    {.what = "bulk", .key = "bulk", .values = "1B|1kB|50kB|200kB|500kB"},
    {.what = "bulk", .key = "message", .values = "10B|100B|1KiB|16KiB|1MiB"},
    {.what = "bulk", .key = "key", .values = "0|1|2|9"},
    {.what = "bulk", .key = "stream", .values = "true|false"},
    {.what = "attack", .key = "addresses", .values = "1|1|2|4|20"},
    {.what = "attack", .key = "challenges", .values = "1|2|10|128"},
    {.what = "attack", .key = "interval", .values = "200us|1ms|5ms|50ms"},
    {.what = "watchdog", .key = "threshold", .values = "1ms|20ms|100ms|400ms"},
    {.what = "watchdog", .key = "sample", .values = "5ms|50ms|200ms|1s"},
    {.what = "watchdog", .key = "silence", .values = "20ms|100ms|500ms|1s"},
    {.what = "watchdog", .key = "strikes", .values = "1|2|5"},
    {.what = "mtu", .key = "bytes", .values = "576B|1199B|1200B|1228B|1280B|1400B|1500B|9000B"},
    {.what = "trace", .key = "file", .values = ROAM_SOURCE_DIR "/scenarios/latency/traces/lte-drive.csv"},
    {.what = "walk", .key = "to", .values = "1m|10m|40m|48m|60m|200m"},
    {.key = "times", .values = "1|2|3|8|20"},
    {.key = "every", .values = "1ms|5ms|50ms|200ms|1s"},
    {.key = "for", .values = "1ms|20ms|100ms|500ms|1s|3s"},
    {.key = "over", .values = "1ms|50ms|500ms|2s"},
    {.key = "timeout", .values = "1ms|10ms|50ms|200ms|1s|5s"},
    {.key = "count", .values = "1|1|2|5|20"},
    {.key = "nth", .values = "1|2|[1, 3]|[2, 5, 9]"},
    {.key = "stream", .values = "0|1|2|4|8"},
    {.key = "copies", .values = "1|2|10"},
    {.key = "packets", .values = "1|3|20"},
    {.key = "bits", .values = "1|3|20"},
    {.key = "delay", .values = "0ms|1us|1ms|10ms|50ms|200ms|1s"},
    {.key = "queue", .values = "1pkt|3pkt|20pkt|100pkt|5kB|50ms"},
    {.key = "rate", .values = "50kbps|500kbps|5Mbps|50Mbps|0bps"},
    {.what = "gap", .key = "max", .values = "<= 500ms|40ms..2s|500ms"},
};

static void pick_of(random_drawing *self, const char *values, char *out, size_t size)
{
    size_t count = 1;
    for (const char *at = values; *at; at++)
        count += *at == '|';
    for (uint64_t skip = random_draw_below(self, count); skip > 0; skip--)
        values = strchr(values, '|') + 1;
    (void)snprintf(out, size, "%.*s", (int)strcspn(values, "|"), values);
}

static const char *use_of(const char *what, const char *key)
{
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++)
        if ((!uses[i].what || strcmp(uses[i].what, what) == 0) && strcmp(uses[i].key, key) == 0)
            return uses[i].values;
    return NULL;
}

static void draw_map(random_drawing *self, const key_row *rows, const char *what, char *out, size_t size);

static void draw_choice(random_drawing *self, const key_row *row, char *out, size_t size)
{
    size_t count = 0;
    while (row->choices[count].name)
        count++;
    (void)snprintf(out, size, "%s", row->choices[random_draw_below(self, count)].name);
}

static void draw_node(random_drawing *self, const char *key, char *out, size_t size)
{
    uint32_t node = RANDOM_NONE;
    if (strcmp(key, "forge") == 0)
        node = pick_node_with(self, "membership");
    else if (random_draw_chance(self, 50) && strcmp(key, "join") == 0)
        node = pick_node_with(self, "count");
    else if (random_draw_chance(self, 90) && strcmp(key, "attack") == 0)
        node = pick_node_with(self, "attacker");
    else if (random_draw_chance(self, 90) && strcmp(key, "via") == 0)
        node = pick_node_with(self, "relay");
    else if (random_draw_chance(self, 90) && (strcmp(key, "join") == 0 || strcmp(key, "leave") == 0))
        node = pick_node_with(self, "membership");
    else if (strcmp(key, "contact") == 0)
        node = pick_node_with(self, "listen");
    else if (strcmp(key, "to") == 0 && strcmp(self->what, "a node") == 0)
        node = pick_node_with(self, "listen");
    self->node = node == RANDOM_NONE ? pick_entry(self, RANDOM_ROOM_NODES) : node;
    (void)snprintf(out, size, "%s", random_name_of(self, self->node));
}

/* One that a network is behind, mostly. */
static void draw_nat(random_drawing *self, char *out, size_t size)
{
    const uint32_t network = pick_entry_where(self, RANDOM_ROOM_NETWORKS, "nat", NULL);
    if (network != RANDOM_NONE && network != self->entry && random_draw_chance(self, 80))
        (void)snprintf(out, size, "%s", random_key_of(self, network, "nat")->value);
    else
        (void)snprintf(out, size, "%s", random_name_of(self, pick_entry(self, RANDOM_ROOM_NATS)));
}

/* One of those that the node begins with, mostly; walking is for wifi. */
static void draw_network(random_drawing *self, char *out, size_t size)
{
    char values[160] = "";
    const uint32_t wifi = pick_entry_where(self, RANDOM_ROOM_NETWORKS, "link", "wifi");
    if (strcmp(self->what, "walk") == 0 && wifi != RANDOM_NONE) {
        (void)snprintf(out, size, "%s", random_name_of(self, wifi));
        return;
    }
    const uint32_t shared = pick_entry_where(self, RANDOM_ROOM_NETWORKS, "shared", "true");
    if (strcmp(self->what, "background") == 0 && shared != RANDOM_NONE) {
        (void)snprintf(out, size, "%s", random_name_of(self, shared));
        return;
    }
    const random_part *const own =
        self->node == RANDOM_NONE ? NULL : random_key_of(self, self->node, "networks");
    if (own && random_draw_chance(self, 80)) {
        size_t len = 0;
        const char *const list = strchr(own->value, '['); /* of {in_turn: [...]} */
        for (const char *at = list ? list : own->value; *at && len + 1 < sizeof values; at++)
            if (!strchr("[]} ", *at))
                values[len++] = *at == ',' ? '|' : *at;
        values[len] = '\0';
    }
    if (values[0])
        pick_of(self, values, out, size);
    else
        (void)snprintf(out, size, "%s", random_name_of(self, pick_entry(self, RANDOM_ROOM_NETWORKS)));
}

static uint32_t node_called(const random_drawing *self, const char *name, size_t len)
{
    uint32_t nodes[RANDOM_ENTRIES_MAX];
    const size_t count = random_entries_of(self, RANDOM_ROOM_NODES, nodes);
    for (size_t i = 0; i < count; i++)
        if (strlen(random_name_of(self, nodes[i])) == len &&
            strncmp(random_name_of(self, nodes[i]), name, len) == 0)
            return nodes[i];
    return RANDOM_NONE;
}

/* Not an attacker, and not `other`. */
static uint32_t pick_end(random_drawing *self, const char *other, const char *key)
{
    for (int tries = 0; tries < 8; tries++) {
        const uint32_t node = key ? pick_node_with(self, key) : pick_entry(self, RANDOM_ROOM_NODES);
        if (node != RANDOM_NONE && strcmp(random_name_of(self, node), other) != 0 &&
            !random_key_of(self, node, "attacker"))
            return node;
    }
    return RANDOM_NONE;
}

/* Peers, mostly as they dial; before there are any, a node and one that listens. */
static void draw_pair(random_drawing *self, bool or_node, char *out, size_t size)
{
    const random_room room = self->whole->parts[self->entry].room;
    const uint32_t entry = pick_entry(self, RANDOM_ROOM_PEERS);
    const random_part *const dial = entry == RANDOM_NONE ? NULL : random_key_of(self, entry, "dial");
    char from[32] = "nobody", to[32] = "nobody";
    if (dial && room != RANDOM_ROOM_PEERS) {
        (void)sscanf(dial->value, "%31s -> %31s", from, to);
    } else {
        (void)snprintf(to, sizeof to, "%s", random_name_of(self, pick_end(self, "", "listen")));
        (void)snprintf(from, sizeof from, "%s", random_name_of(self, pick_end(self, to, NULL)));
    }
    const bool turned = random_draw_chance(self, room == RANDOM_ROOM_TRAFFIC ? 45 : 7);
    const char *const first = turned ? to : from;
    self->node = node_called(self, first, strlen(first));
    if (or_node && random_draw_chance(self, 20))
        (void)snprintf(out, size, "%s", first);
    else
        (void)snprintf(out, size, "%s -> %s", first, turned ? from : to);
}

static void draw_number(random_drawing *self, const key_row *row, char *out, size_t size)
{
    static const uint64_t steps[] = {0, 1, 2, 5, 20, 100};
    uint64_t value = row->min + steps[random_draw_below(self, sizeof steps / sizeof steps[0])];
    if (row->max > 0 && value > row->max)
        value = row->max;
    (void)snprintf(out, size, "%" PRIu64, value);
}

static void draw_time(random_drawing *self, char *out, size_t size)
{
    (void)snprintf(out, size, "%" PRIu64 "ms", random_draw_below(self, self->whole->duration_ms));
}

static void draw_text(random_drawing *self, const key_row *row, char *out, size_t size)
{
    if ((strcmp(row->name, "migration") == 0 || strcmp(row->name, "move") == 0) && self->labels > 0)
        (void)snprintf(out, size, "label%" PRIu64, random_draw_below(self, self->labels));
    else
        (void)snprintf(out, size, "%s", row->example);
}

/* Mostly one of its own. */
static void draw_label(random_drawing *self, char *out, size_t size)
{
    const uint32_t label = self->labels > 0 && random_draw_chance(self, 20)
                               ? (uint32_t)random_draw_below(self, self->labels)
                               : self->labels++;
    (void)snprintf(out, size, "label%" PRIu32, label);
}

static void draw_prefix(random_drawing *self, char *out, size_t size)
{
    static const unsigned bits[] = {16, 24, 28};
    const uint64_t number = 60 + random_draw_below(self, 100);
    if (self->ipv6)
        (void)snprintf(out, size, "\"fd00:%" PRIu64 "::/64\"", number);
    else
        (void)snprintf(out, size, "10.%" PRIu64 ".0.0/%u", number, bits[number % 3]);
}

/* Of the NAT that is being drawn. */
static void draw_pool(random_drawing *self, char *out, size_t size)
{
    char part[32];
    (void)snprintf(part, sizeof part, self->ipv6 ? "2001:db8:%u:" : "198.51.%u", self->entry);
    switch (random_draw_below(self, 3)) {
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

static void draw_nodes_of_nat(random_drawing *self, char *out, size_t size)
{
    const uint32_t one = pick_entry(self, RANDOM_ROOM_NODES);
    const uint32_t other = pick_entry(self, RANDOM_ROOM_NODES);
    if (random_draw_chance(self, 40))
        (void)snprintf(out, size, "%s", random_name_of(self, one));
    else if (random_draw_chance(self, 25))
        (void)snprintf(out, size, "[%s, %s]", random_name_of(self, one), random_name_of(self, other));
    else
        pick_of(self, "all|all|1|2|50%", out, size);
}

static void draw_networks(random_drawing *self, char *out, size_t size)
{
    uint32_t entries[RANDOM_ENTRIES_MAX];
    const size_t count = random_entries_of(self, RANDOM_ROOM_NETWORKS, entries);
    uint32_t picked = (uint32_t)random_draw_below(self, UINT64_C(1) << count);
    size_t len = (size_t)snprintf(out, size, "[");
    if (picked == 0 || random_draw_chance(self, 30))
        picked = 1u << random_draw_below(self, count);
    for (size_t i = 0; i < count; i++) {
        if (picked >> i & 1)
            len += (size_t)snprintf(out + len, size - len, "%s%s", len > 1 ? ", " : "",
                                    random_name_of(self, entries[i]));
    }
    (void)snprintf(out + len, size - len, "]");
}

static void draw_partition(random_drawing *self, char *out, size_t size)
{
    char name[64];
    draw_network(self, name, sizeof name);
    draw_network(self, out, size);
    const size_t len = strlen(out);
    memmove(out + 2, out, len + 1);
    memcpy(out, "[[", 2);
    (void)snprintf(out + len + 2, size - len - 2, "], [%s]]", name);
}

/* Members are on the networks in turn. */
static void draw_turns(random_drawing *self, char *out, size_t size)
{
    char list[120];
    draw_networks(self, list, sizeof list);
    (void)snprintf(out, size, "{%s: %s}", random_draw_chance(self, 70) ? "in_turn" : "each", list);
}

static const key_row *after_row(const char *key)
{
    const key_row *row = SCENARIO_AFTER_ROWS;
    while (strcmp(row->name, key) != 0)
        row++;
    return row;
}

/* An instant, mostly the first of its kind. A channel is of nodes with membership. */
static void draw_after(random_drawing *self, char *out, size_t size)
{
    static const char *const kinds[] = {"happens", "happens", "frame", "migration"};
    const char *kind = kinds[random_draw_below(self, sizeof kinds / sizeof kinds[0])];
    char what[32], of[72], rest[48] = "";
    if (strcmp(kind, "migration") == 0 && self->labels == 0)
        kind = "happens";
    draw_pair(self, false, of, sizeof of);
    if (strcmp(kind, "migration") == 0) {
        draw_choice(self, after_row("is"), what, sizeof what);
        (void)snprintf(out, size, "{migration: label%" PRIu64 ", is: %s}",
                       random_draw_below(self, self->labels), what);
        return;
    }
    draw_choice(self, after_row(kind), what, sizeof what);
    if (strcmp(kind, "happens") == 0 && strncmp(what, "channel", 7) == 0)
        (void)snprintf(of, sizeof of, "%s", random_name_of(self, pick_node_with(self, "membership")));
    if (strcmp(kind, "frame") == 0 && random_draw_chance(self, 50))
        (void)snprintf(rest, sizeof rest, ", direction: down");
    else if (random_draw_chance(self, 30))
        (void)snprintf(rest, sizeof rest, ", nth: %" PRIu64, 1 + random_draw_below(self, 3));
    else if (random_draw_chance(self, 40))
        (void)snprintf(rest, sizeof rest, ", delay: %" PRIu64 "ms", random_draw_below(self, 60));
    (void)snprintf(out, size, "{%s: %s, of: %s%s}", kind, what, of, rest);
}

/* Keys that the sections read by themselves. */
static void draw_other(random_drawing *self, const key_row *row, char *out, size_t size)
{
    if (strcmp(row->name, "of") == 0)
        draw_nodes_of_nat(self, out, size);
    else if (strcmp(row->name, "pool") == 0)
        draw_pool(self, out, size);
    else if (strcmp(row->name, "prefix") == 0)
        draw_prefix(self, out, size);
    else if (strcmp(row->name, "when") == 0)
        (void)snprintf(out, size, "{seed: %" PRIu64 "}",
                       random_draw_chance(self, 50) ? self->whole->seed : 0);
    else if (strcmp(row->name, "only") == 0)
        (void)snprintf(out, size, "%" PRIu64, 1 + random_draw_below(self, 3));
    else if (strcmp(row->name, "share") == 0)
        (void)snprintf(out, size, "%s%" PRIu64 "%%", random_draw_chance(self, 50) ? ">= " : "",
                       random_draw_below(self, 101));
    else if (strcmp(row->name, "networks") == 0 && random_draw_chance(self, 40) &&
             random_key_of(self, self->entry, "count"))
        draw_turns(self, out, size);
    else if (strcmp(row->name, "networks") == 0)
        draw_networks(self, out, size);
    else if (strcmp(row->name, "partition") == 0)
        draw_partition(self, out, size);
    else if (strcmp(row->name, "behind") == 0)
        (void)snprintf(out, size, "%s", random_name_of(self, pick_entry(self, RANDOM_ROOM_NATS)));
    else if (strcmp(row->name, "restart") == 0)
        (void)snprintf(
            out, size, "%s",
            random_name_of(
                self, pick_entry(self, random_draw_chance(self, 70) ? RANDOM_ROOM_NODES : RANDOM_ROOM_NATS)));
    else if (strcmp(row->name, "relay") == 0 && random_draw_chance(self, 60))
        (void)snprintf(out, size, "%s", random_name_of(self, pick_node_with(self, "listen")));
    else if (row->inner == SCENARIO_AFTER_ROWS)
        draw_after(self, out, size);
    else if (row->inner)
        draw_map(self, row->inner, strcmp(row->name, "burst") == 0 ? "burst" : row->name, out, size);
    else
        (void)snprintf(out, size, "%s", row->example);
}

void random_draw_value(random_drawing *self, const key_row *row, const char *what, char *out, size_t size)
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
    case KEY_QUEUE:
        return pick_of(self, "1pkt|100pkt|2kB|20kB|1ms|100ms", out, size);
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
        return draw_label(self, out, size);
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

static void draw_map(random_drawing *self, const key_row *rows, const char *what, char *out, size_t size)
{
    size_t len = (size_t)snprintf(out, size, "{");
    for (const key_row *row = rows; row->name; row++) {
        char value[64];
        /* An address that a server prefers is drawn where there is one (RANDOM_PREFERRED_FROM). */
        if ((!row->required && random_draw_chance(self, 60)) || strcmp(row->name, "preferred_address") == 0)
            continue;
        random_draw_value(self, row, what, value, sizeof value);
        const size_t left = size - len - 1; /* for the end of the map */
        const size_t written =
            (size_t)snprintf(out + len, left, "%s%s: %s", len > 1 ? ", " : "", row->name, value);
        if (written >= left)
            break;
        len += written;
    }
    (void)snprintf(out + len, size - len, "}");
}
