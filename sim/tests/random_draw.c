/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/tests/random_draw.h"

#include "core/tests/check.h"
#include "sim/scenario/after_draft.h"
#include "sim/tests/random_world.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

uint64_t random_draw_below(random_drawing *self, uint64_t bound)
{
    return check_random(&self->state) % bound;
}

bool random_draw_chance(random_drawing *self, uint32_t percent)
{
    return random_draw_below(self, 100) < percent;
}

/* ---- parts ---- */

static uint32_t add_part(random_drawing *self, random_room room, const char *name)
{
    random_scenario *const whole = self->whole;
    assert(whole->count < RANDOM_PARTS_MAX);
    const uint32_t index = (uint32_t)whole->count++;
    whole->parts[index] = (random_part){.room = room, .entry = self->entry};
    (void)snprintf(whole->parts[index].name, sizeof whole->parts[index].name, "%s", name);
    return index;
}

static void add_entry(random_drawing *self, random_room room, const char *what, const char *name)
{
    self->entry = add_part(self, room, name);
    self->whole->parts[self->entry].entry = self->entry;
    self->what = what;
    self->node = RANDOM_NONE;
}

random_part *random_key_of(const random_drawing *self, uint32_t entry, const char *key)
{
    for (uint32_t i = entry + 1; i < self->whole->count; i++) {
        random_part *const part = &self->whole->parts[i];
        if (part->entry == entry && strcmp(part->name, key) == 0)
            return part;
    }
    return NULL;
}

__attribute__((format(printf, 3, 4))) static void set_key(random_drawing *self, const char *key,
                                                          const char *format, ...)
{
    va_list arguments;
    random_part *part = random_key_of(self, self->entry, key);
    if (!part)
        part = &self->whole->parts[add_part(self, self->whole->parts[self->entry].room, key)];
    va_start(arguments, format);
    const int len = vsnprintf(part->value, sizeof part->value, format, arguments);
    va_end(arguments);
    assert(len >= 0 && (size_t)len < sizeof part->value);
}

/* The entries of a room. */
size_t random_entries_of(const random_drawing *self, random_room room, uint32_t *out)
{
    size_t count = 0;
    for (uint32_t i = 0; i < self->whole->count && count < RANDOM_ENTRIES_MAX; i++)
        if (self->whole->parts[i].room == room && self->whole->parts[i].entry == i)
            out[count++] = i;
    return count;
}

const char *random_name_of(const random_drawing *self, uint32_t entry)
{
    return entry == RANDOM_NONE ? "nobody" : self->whole->parts[entry].name;
}

/* ---- entries ---- */

static bool has_key(const random_drawing *self, random_room room, const char *key)
{
    uint32_t entries[RANDOM_ENTRIES_MAX];
    const size_t count = random_entries_of(self, room, entries);
    bool found = false;
    for (size_t i = 0; i < count; i++)
        found |= random_key_of(self, entries[i], key) != NULL;
    return found;
}

#define SERVERS "s" /* a group behind the balancer, which verbs on its servers are about alone */

static bool is_about_servers(const random_drawing *self)
{
    static const char *const verbs[] = {"drain", "remove", "restore", "reroute"};
    bool any = false;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        any |= strcmp(self->what, verbs[i]) == 0;
    return any;
}

/* A node that is a group; RANDOM_NONE: there is none. */
static uint32_t group_of(const random_drawing *self)
{
    uint32_t nodes[RANDOM_ENTRIES_MAX];
    const size_t count = random_entries_of(self, RANDOM_ROOM_NODES, nodes);
    for (size_t i = 0; i < count; i++)
        if (random_key_of(self, nodes[i], "count") &&
            is_about_servers(self) == (strcmp(random_name_of(self, nodes[i]), SERVERS) == 0))
            return nodes[i];
    return RANDOM_NONE;
}

/* What a group dials. */
static const char *end_of(random_drawing *self)
{
    const bool landing = strcmp(self->what, "lands") == 0;
    return has_key(self, RANDOM_ROOM_BALANCERS, "to") && (landing || random_draw_chance(self, 50)) ? "vip"
                                                                                                   : "server";
}

/* What is spread is of a group, and a share mostly. */
static void name_group(random_drawing *self, key_table table)
{
    static const char *const of_groups[] = {"spread", "step", "share", "p90"};
    const char *const name = random_name_of(self, group_of(self));
    bool any = false;
    for (size_t i = 0; i < sizeof of_groups / sizeof of_groups[0]; i++)
        any |= random_key_of(self, self->entry, of_groups[i]) != NULL;
    const key_row *named = NULL; /* of several the last: rebind: server, of: group */
    for (size_t i = 0; i < 2 && any; i++)
        for (const key_row *row = i == 0 ? table.rows : table.more; row && row->name; row++)
            named = row->of_group ? row : named;
    if (named && named->type == KEY_PAIR)
        set_key(self, named->name, "%s -> %s", name, end_of(self));
    else if (named)
        set_key(self, named->name, "%s", name);
}

/* Keys of groups have some group to be of, and others that they need. */
static bool fits(const random_drawing *self, const key_row *row)
{
    const bool stepped = random_key_of(self, self->entry, "step") != NULL;
    if (strcmp(self->what, "a node") == 0 && strcmp(row->name, "count") == 0)
        return false;
    if (strcmp(row->name, "only") == 0)
        return random_key_of(self, self->entry, "count") != NULL;
    if (strcmp(row->name, "within") == 0 && strcmp(self->what, "overlay") != 0 &&
        strcmp(self->what, "happens") != 0)
        return stepped;
    if (strcmp(row->name, "step") == 0 && random_key_of(self, self->entry, "spread"))
        return false;
    return group_of(self) != RANDOM_NONE ||
           (strcmp(row->name, "spread") != 0 && strcmp(row->name, "step") != 0 &&
            (strcmp(row->name, "share") != 0 || strcmp(self->what, "move") == 0 ||
             strcmp(self->what, "migration") == 0));
}

static bool starts(const random_drawing *self)
{
    return self->whole->parts[self->entry].room == RANDOM_ROOM_TIMELINE;
}

/* Adds the keys that have to be there, the one that the table is called by, and some others. */
static void draw_keys(random_drawing *self, const key_row *rows, uint32_t percent)
{
    for (const key_row *row = rows; row && row->name; row++) {
        char value[RANDOM_VALUE_MAX];
        const bool needed = row->required || strcmp(row->name, self->what) == 0;
        if (row->inner == SCENARIO_AFTER_ROWS || (starts(self) && strcmp(row->name, "at") == 0))
            continue;
        if (!fits(self, row) || strcmp(row->name, "endpoint") == 0)
            continue;
        if (random_key_of(self, self->entry, row->name) || (!needed && !random_draw_chance(self, percent)))
            continue;
        random_draw_value(self, row, self->what, value, sizeof value);
        set_key(self, row->name, "%s", value);
    }
}

/* An entry of the timeline starts at a time or after an instant. */
static void draw_start(random_drawing *self, const key_row *rows)
{
    const bool after = random_draw_chance(self, self->after_percent);
    char value[160];
    for (const key_row *row = rows; row && row->name; row++) {
        if (strcmp(row->name, after ? "after" : "at") != 0)
            continue;
        random_draw_value(self, row, self->what, value, sizeof value);
        set_key(self, row->name, "%s", value);
    }
}

static void draw_rows(random_drawing *self, key_table table, uint32_t percent)
{
    if (starts(self))
        draw_start(self, table.rows);
    draw_keys(self, table.more, percent);
    draw_keys(self, table.rows, percent);
}

/* NULL: the table has no such key. */
static const key_row *row_of(const key_row *rows, const char *key)
{
    while (rows && rows->name && strcmp(rows->name, key) != 0)
        rows++;
    return rows && rows->name ? rows : NULL;
}

static void draw_nats(random_drawing *self)
{
    const uint64_t count = random_draw_below(self, 4);
    for (uint64_t i = 0; i < count; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "nat%" PRIu64, i);
        add_entry(self, RANDOM_ROOM_NATS, "a NAT", name);
        if (self->ipv6 && random_draw_chance(self, 20)) {
            set_key(self, "kind", "nptv6");
            set_key(self, "pool", "\"2001:db8:%" PRIx64 "::/48\"", i + 1);
            continue;
        }
        if (i > 0 && random_draw_chance(self, 50))
            set_key(self, "behind", "nat%" PRIu64, random_draw_below(self, i));
        if (self->ipv6)
            draw_keys(self, (const key_row[]){{"pool", KEY_OTHER, .required = true}, {0}}, 100);
        draw_rows(self, SCENARIO_NAT_TABLE, random_draw_chance(self, 50) ? 15 : 0);
    }
}

/* The first one is for servers: nothing is between it and the internet. */
static void draw_access(random_drawing *self)
{
    static const char *const names[] = {"core", "wifi", "cell", "wire", "home"};
    uint32_t nats[RANDOM_ENTRIES_MAX];
    const size_t nat_count = random_entries_of(self, RANDOM_ROOM_NATS, nats);
    const uint64_t count = 2 + random_draw_below(self, 4);
    for (uint64_t i = 0; i < count; i++) {
        add_entry(self, RANDOM_ROOM_NETWORKS, "a network", names[i]);
        const bool odd = i > 0 && random_draw_chance(self, 10);
        set_key(self, "family", "%s", self->ipv6 != odd ? "ipv6" : "ipv4");
        if (random_draw_chance(self, 85))
            set_key(self, "link", "pipe");
        else
            draw_keys(self, (const key_row[]){*row_of(SCENARIO_NETWORK_TABLE.more, "link"), {0}}, 100);
        const uint32_t router = nat_count > 0 ? nats[random_draw_below(self, nat_count)] : RANDOM_NONE;
        if (i > 0 && !odd && router != RANDOM_NONE && random_draw_chance(self, 45))
            set_key(self, "nat", "%s", random_name_of(self, router));
        if (random_draw_chance(self, 70))
            set_key(self, "delay", "%" PRIu64 "ms", 1 + random_draw_below(self, 60));
        draw_rows(self, SCENARIO_NETWORK_TABLE, i == 0 ? 3 : 12);
        const random_part *const link = random_key_of(self, self->entry, "link");
        if (link && strcmp(link->value, "pipe") != 0 && !random_key_of(self, self->entry, "rate"))
            set_key(self, "rate", "20Mbps");
        const bool queues =
            random_key_of(self, self->entry, "shared") || random_key_of(self, self->entry, "discipline");
        if (queues && !random_key_of(self, self->entry, "rate"))
            set_key(self, "rate", "5Mbps");
        if (link && strcmp(link->value, "wifi") == 0)
            set_key(self, "distance", "%" PRIu64 "m", 1 + random_draw_below(self, 60));
    }
}

static void draw_hosts(random_drawing *self)
{
    static const struct {
        const char *name, *key, *value;
        uint32_t percent;
    } hosts[] = {{.name = "laptop", .percent = 100},
                 {.name = "phone", .percent = 50},
                 {.name = "group", .key = "count", .value = "3", .percent = 22},
                 {.name = "nas", .key = "listen", .value = "4433", .percent = 25},
                 {.name = "server", .key = "listen", .value = "4433", .percent = 100},
                 {.name = "other", .key = "listen", .value = "443", .percent = 25},
                 {.name = "relay", .key = "relay", .value = "server", .percent = 40},
                 {.name = "mallory", .key = "attacker", .value = "true", .percent = 35}};
    const bool overlay = random_draw_chance(self, 15);
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        const bool is_group = hosts[i].key && strcmp(hosts[i].key, "count") == 0;
        if (!random_draw_chance(self, is_group && overlay ? 70 : hosts[i].percent))
            continue;
        add_entry(self, RANDOM_ROOM_NODES, "a node", hosts[i].name);
        if (overlay && (!hosts[i].key || strcmp(hosts[i].key, "attacker") != 0))
            draw_keys(self, (const key_row[]){*row_of(SCENARIO_NODE_TABLE.rows, "membership"), {0}}, 100);
        const bool central = i >= 4 && random_draw_chance(self, 70);
        if (hosts[i].key && random_draw_chance(self, 97))
            set_key(self, hosts[i].key, "%s", hosts[i].value);
        if (central)
            set_key(self, "networks", "[core]");
        else if (random_draw_chance(self, 97))
            draw_keys(self, (const key_row[]){{"networks", KEY_OTHER, .required = true}, {0}}, 100);
        draw_rows(self, SCENARIO_NODE_TABLE, 4);
        if (self->whole->seed % 16 == 1 && strcmp(hosts[i].name, "mallory") != 0)
            set_key(self, "endpoint", "roam"); /* the core: what random worlds ask is asked of it */
    }
}

/* Two servers behind one address. */
static void draw_service(random_drawing *self)
{
    static const char *const servers[] = {"s1", "s2"};
    if (!random_draw_chance(self, 15))
        return;
    const bool group = random_draw_chance(self, 40);
    for (size_t i = 0; i < (group ? 1 : 2); i++) {
        add_entry(self, RANDOM_ROOM_NODES, "a node", group ? SERVERS : servers[i]);
        set_key(self, "networks", "[core]");
        set_key(self, "listen", "4433");
        if (group)
            set_key(self, "count", "2");
        draw_rows(self, SCENARIO_NODE_TABLE, 2);
    }
    add_entry(self, RANDOM_ROOM_BALANCERS, "a balancer", "vip");
    set_key(self, "address", self->ipv6 ? "\"2001:db8::10\"" : "192.0.2.10");
    set_key(self, "to", group ? "[" SERVERS "]" : "[s1, s2]");
    draw_rows(self, SCENARIO_BALANCER_TABLE, 40);
}

static void draw_peers(random_drawing *self)
{
    const uint64_t count = 1 + random_draw_below(self, 4);
    for (uint64_t i = 0; i < count; i++) {
        add_entry(self, RANDOM_ROOM_PEERS, "a peer", "peer");
        if (i == 0)
            set_key(self, "dial",
                    has_key(self, RANDOM_ROOM_BALANCERS, "to") ? "laptop -> vip" : "laptop -> server");
        if (i == 0 && has_key(self, RANDOM_ROOM_NODES, "relay") && random_draw_chance(self, 35))
            set_key(self, "via", "relay");
        draw_rows(self, SCENARIO_PEER_TABLE, 12);
        name_group(self, SCENARIO_PEER_TABLE);
    }
    const uint32_t group = group_of(self);
    if (has_key(self, RANDOM_ROOM_BALANCERS, "to") && group != RANDOM_NONE && random_draw_chance(self, 60)) {
        add_entry(self, RANDOM_ROOM_PEERS, "a peer", "peer");
        set_key(self, "dial", "%s -> vip", random_name_of(self, group));
    }
}

/* Adds what some keys need besides. */
static void add_needed(random_drawing *self, key_table table)
{
    static const struct {
        const char *key, *needed, *value; /* needed NULL: the key that the table is called by */
    } needs[] = {{.key = "stream", .needed = "frame", .value = "stream"},
                 {.key = "blocks", .needed = "block", .value = "64"},
                 {.key = "verb", .value = "refused"},
                 {.key = "status", .value = "refused"}};
    const bool flow = self->whole->parts[self->entry].room == RANDOM_ROOM_TRAFFIC; /* stream: true */
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; i++)
        if (!flow && random_key_of(self, self->entry, needs[i].key))
            set_key(self, needs[i].needed ? needs[i].needed : self->what, "%s", needs[i].value);
    /* Requests follow each other without a pause where a round trip takes no time. */
    if (strcmp(self->what, "request") == 0 && !random_key_of(self, self->entry, "think"))
        set_key(self, "think", "30ms");
    /* Without times it is repeated to the end. */
    if (random_key_of(self, self->entry, "every") && row_of(table.rows, "times") &&
        random_draw_chance(self, 80))
        set_key(self, "times", "%" PRIu64, 1 + random_draw_below(self, 8));
    if (random_key_of(self, self->entry, "times") && !random_key_of(self, self->entry, "every"))
        set_key(self, "every", "%" PRIu64 "ms", 1 + random_draw_below(self, 300));
    /* A frame over ns-3's Wi-Fi costs a hundred times what it costs over a pipe: floods are short there. */
    if (strcmp(self->what, "attack") == 0 && has_key(self, RANDOM_ROOM_NETWORKS, "distance"))
        set_key(self, "for", "100ms");
}

/* `within` is a time after the event `of`: there are both or neither. */
static void draw_after_event(random_drawing *self, key_table table)
{
    if (strcmp(self->what, "happens") != 0 ||
        !(random_key_of(self, self->entry, "within") || random_key_of(self, self->entry, "of")))
        return;
    const key_row both[] = {*row_of(table.rows, "within"), *row_of(table.rows, "of"), {0}};
    draw_keys(self, both, 100);
}

/* Adds one of those keys of which one has to be there. */
static void add_alternative(random_drawing *self, key_table table)
{
    static const char *const alternatives[][4] = {
        {"nth", "fraction", "count", "frame"}, {"speed", "over"}, {"delay", "packets"}};
    for (size_t i = 0; i < sizeof alternatives / sizeof alternatives[0]; i++) {
        const char *const *const keys = alternatives[i];
        bool there = false;
        for (size_t j = 0; j < 4 && keys[j]; j++)
            there |= random_key_of(self, self->entry, keys[j]) != NULL || !row_of(table.more, keys[j]);
        const char *const added = keys[random_draw_below(self, keys[2] ? 4 : 2)];
        if (!there)
            draw_keys(self, (const key_row[]){*row_of(table.more, added), {0}}, 100);
    }
}

/* Turns by steps, more often than other keys. */
static void draw_turns(random_drawing *self, key_table table)
{
    if (!row_of(table.rows, "step") || group_of(self) == RANDOM_NONE || !random_draw_chance(self, 12) ||
        random_key_of(self, self->entry, "spread"))
        return;
    set_key(self, "step", "%" PRIu64 "ms", 1 + random_draw_below(self, 100));
    if (random_draw_chance(self, 50))
        set_key(self, "within", "%" PRIu64 "ms", 1 + random_draw_below(self, 100));
}

/* An entry of a table of the room; `what` NULL: of any. */
static void draw_entry(random_drawing *self, random_room room, const char *what, uint32_t percent)
{
    size_t kinds = 0;
    key_table table, found = {0};
    for (; random_scenario_table(room, kinds, &table); kinds++)
        if (what && strcmp(table.what, what) == 0)
            found = table;
    if (!what)
        (void)random_scenario_table(room, random_draw_below(self, kinds), &found);
    assert(found.what);
    add_entry(self, room, found.what, found.what);
    draw_rows(self, found, percent);
    add_needed(self, found);
    draw_turns(self, found);
    name_group(self, found);
    add_alternative(self, found);
    draw_after_event(self, found);
}

/* Verbs that undo another, or build on it: of some entries, so that both can be in a scenario. */
static void draw_sequel(random_drawing *self)
{
    static const char *const sequels[][2] = {
        {"detach", "attach"}, {"down", "up"},       {"blackhole", "heal"},
        {"drop", "heal"},     {"corrupt", "heal"},  {"refuse", "permit"},
        {"attach", "detach"}, {"attack", "attack"}, {"join", "leave"}};
    const uint32_t done = self->entry;
    for (size_t i = 0; i < sizeof sequels / sizeof sequels[0]; i++) {
        const char *const verb = sequels[i][1];
        if (strcmp(self->what, sequels[i][0]) != 0 || !random_draw_chance(self, 60))
            continue;
        const random_part *const at = random_key_of(self, done, "at");
        const uint64_t at_ms = at ? strtoull(at->value, NULL, 10) : 0;
        draw_entry(self, RANDOM_ROOM_TIMELINE, verb, 8);
        set_key(self, verb, "%s", random_key_of(self, done, sequels[i][0])->value);
        const uint32_t group = group_of(self);
        if (group != RANDOM_NONE && strcmp(verb, "attack") != 0 && random_draw_chance(self, 40) &&
            strcmp(random_key_of(self, self->entry, verb)->value, random_name_of(self, group)) == 0)
            set_key(self, "spread", "50ms");
        if (at && random_key_of(self, self->entry, "at"))
            set_key(self, "at", "%" PRIu64 "ms",
                    at_ms + random_draw_below(self, self->whole->duration_ms - at_ms));
        const char *const same = strcmp(verb, "attack") == 0 ? "of" : "network";
        const random_part *const part = random_key_of(self, done, same);
        if (part)
            set_key(self, same, "%s", part->value);
        return;
    }
}

/* What is there for a verb is mostly used. */
static void draw_occasions(random_drawing *self)
{
    static const struct {
        random_room room;
        const char *key, *verb;
        uint32_t percent;
    } occasions[] = {{.room = RANDOM_ROOM_NODES, .key = "attacker", .verb = "attack", .percent = 80},
                     {.room = RANDOM_ROOM_NODES, .key = "relay", .verb = "stage", .percent = 60},
                     {.room = RANDOM_ROOM_NETWORKS, .key = "nat", .verb = "shuffle", .percent = 50},
                     {.room = RANDOM_ROOM_NETWORKS, .key = "nat", .verb = "expire", .percent = 25},
                     {.room = RANDOM_ROOM_NETWORKS, .key = "nat", .verb = "restart", .percent = 25},
                     {.room = RANDOM_ROOM_NETWORKS, .key = "nat", .verb = "stale", .percent = 15},
                     {.room = RANDOM_ROOM_NETWORKS, .key = "distance", .verb = "walk", .percent = 60},
                     {.room = RANDOM_ROOM_NODES, .key = "membership", .verb = "join", .percent = 90},
                     {.room = RANDOM_ROOM_BALANCERS, .key = "to", .verb = "drain", .percent = 40},
                     {.room = RANDOM_ROOM_BALANCERS, .key = "to", .verb = "remove", .percent = 60},
                     {.room = RANDOM_ROOM_BALANCERS, .key = "to", .verb = "restore", .percent = 40},
                     {.room = RANDOM_ROOM_BALANCERS, .key = "to", .verb = "reroute", .percent = 60}};
    for (size_t i = 0; i < sizeof occasions / sizeof occasions[0]; i++) {
        if (!has_key(self, occasions[i].room, occasions[i].key) ||
            !random_draw_chance(self, occasions[i].percent))
            continue;
        draw_entry(self, RANDOM_ROOM_TIMELINE, occasions[i].verb, 20);
        draw_sequel(self);
    }
}

/* Verbs that few scenarios have an occasion for, after an instant. */
static void draw_reactions(random_drawing *self)
{
    const uint32_t before = self->after_percent;
    self->after_percent = 100;
    if (has_key(self, RANDOM_ROOM_NODES, "membership") && random_draw_chance(self, 50))
        draw_entry(self, RANDOM_ROOM_TIMELINE, "join", 20);
    if (has_key(self, RANDOM_ROOM_BALANCERS, "to") && random_draw_chance(self, 50))
        draw_entry(self, RANDOM_ROOM_TIMELINE, "reroute", 20);
    self->after_percent = before;
}

static void draw_timeline(random_drawing *self)
{
    const uint64_t count = 1 + random_draw_below(self, random_draw_chance(self, 30) ? 30 : 10);
    for (uint64_t i = 0; i < count; i++) {
        /* Calls are as many as the entries of some verbs together. */
        draw_entry(self, RANDOM_ROOM_TIMELINE, random_draw_chance(self, 25) ? "migrate" : NULL, 20);
        draw_sequel(self);
    }
    draw_occasions(self);
    draw_reactions(self);
}

/* Of what is measured, over a group or over calls. */
static void draw_percentile(random_drawing *self)
{
    const bool calls = strcmp(self->what, "migration") == 0 || strcmp(self->what, "move") == 0;
    const bool members = strcmp(self->what, "gap") == 0 || strcmp(self->what, "rebind") == 0;
    const uint32_t group = group_of(self);
    if (!random_draw_chance(self, 25) || (!calls && (!members || group == RANDOM_NONE)))
        return;
    set_key(self, "p90", "<= %" PRIu64 "ms", random_draw_below(self, 2000));
    if (strcmp(self->what, "gap") == 0)
        set_key(self, "gap", "%s -> server", random_name_of(self, group));
    else if (members)
        set_key(self, "of", "%s", random_name_of(self, group));
}

/* A network of the family of the first, with no NAT; RANDOM_NONE: there is none. */
static uint32_t second_access(const random_drawing *self)
{
    uint32_t networks[RANDOM_ENTRIES_MAX];
    const size_t count = random_entries_of(self, RANDOM_ROOM_NETWORKS, networks);
    const char *const family = random_key_of(self, networks[0], "family")->value;
    for (size_t i = 1; i < count; i++)
        if (!random_key_of(self, networks[i], "nat") &&
            strcmp(random_key_of(self, networks[i], "family")->value, family) == 0)
            return networks[i];
    return RANDOM_NONE;
}

/* The server is on two networks, and prefers to be reached over either of them. */
static void draw_preferred(random_drawing *self)
{
    uint32_t nodes[RANDOM_ENTRIES_MAX];
    const size_t count = random_entries_of(self, RANDOM_ROOM_NODES, nodes);
    const uint32_t second = second_access(self);
    const char *const name = random_name_of(self, second);
    for (size_t i = 0; i < count && second != RANDOM_NONE; i++) {
        if (strcmp(random_name_of(self, nodes[i]), "server") != 0)
            continue;
        self->entry = nodes[i];
        set_key(self, "networks", "[core, %s]", name);
        set_key(self, "quic", "{preferred_address: %s}", random_draw_chance(self, 50) ? "core" : name);
    }
    draw_entry(self, RANDOM_ROOM_EXPECT, "preferred_address", 30);
}

void random_draw(uint64_t seed, random_scenario *out)
{
    random_drawing self = {.whole = out, .state = seed, .node = RANDOM_NONE, .after_percent = 15};
    *out = (random_scenario){.seed = seed};
    out->duration_ms = 500 + random_draw_below(&self, random_draw_chance(&self, 20) ? 12000 : 5000);
    self.ipv6 = random_draw_chance(&self, 25);
    draw_nats(&self);
    draw_access(&self);
    draw_hosts(&self);
    draw_service(&self);
    if (has_key(&self, RANDOM_ROOM_NETWORKS, "shared") || random_draw_chance(&self, 10))
        draw_entry(&self, RANDOM_ROOM_BACKGROUND, NULL, 25);
    draw_peers(&self);
    for (uint64_t left = 1 + random_draw_below(&self, 4); left > 0; left--)
        draw_entry(&self, RANDOM_ROOM_TRAFFIC, NULL, 15);
    draw_timeline(&self);
    for (uint64_t left = random_draw_below(&self, 10); left > 0; left--) {
        draw_entry(&self, RANDOM_ROOM_EXPECT, NULL, 30);
        draw_percentile(&self);
    }
    if (seed >= RANDOM_PREFERRED_FROM) /* the last draw, as in random_world_make() */
        draw_preferred(&self);
}
