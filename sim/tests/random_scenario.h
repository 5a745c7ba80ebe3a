/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_TESTS_RANDOM_SCENARIO_H
#define SIM_TESTS_RANDOM_SCENARIO_H

/*
 * Fixture: a valid scenario made from a seed, drawn from the tables of keys that the loader reads by.
 *
 * Every verb, every kind of expectation and every key of networks, NATs, nodes, peers and traffic can be
 * drawn, with a value of its type within its range; random_value.c says for some of them what values are of
 * use. A new row of those tables is drawn without a change here. `include` is drawn as another way to write
 * the same (random_scenario_parts). Not drawn: `known_fault`, `gate` and `vary`, which are no part of one
 * run.
 *
 * The scenario is a list of parts: an entry (a network, a verb of the timeline, ...) and its keys. The loader
 * says what cannot be: the part at the place of its first diagnostic is dropped, until it accepts the rest.
 */

#include "sim/scenario/internal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANDOM_PARTS_MAX 1024

typedef enum random_room {
    RANDOM_ROOM_NATS,
    RANDOM_ROOM_NETWORKS,
    RANDOM_ROOM_NODES,
    RANDOM_ROOM_BALANCERS,
    RANDOM_ROOM_BACKGROUND,
    RANDOM_ROOM_PEERS,
    RANDOM_ROOM_TRAFFIC,
    RANDOM_ROOM_TIMELINE,
    RANDOM_ROOM_EXPECT,
    RANDOM_ROOMS
} random_room;

#define RANDOM_VALUE_MAX 640 /* a whole map of keys */

typedef struct random_part {
    random_room room;
    uint32_t entry;               /* index of the part that is its entry; an entry: its own */
    bool dropped;                 /* an entry: with its keys */
    uint32_t line, column;        /* in the text that was made last */
    char name[32];                /* an entry of a map: its name, of a list: its table's; else the key */
    char value[RANDOM_VALUE_MAX]; /* of a key */
} random_part;

typedef struct random_scenario {
    uint64_t seed;
    uint64_t duration_ms;
    size_t count;
    random_part parts[RANDOM_PARTS_MAX];
} random_scenario;

/* The scenario of that seed. False: the loader refuses what it cannot place; the text of `reason`
 * (RANDOM_REASON_MAX bytes) is its first diagnostic. */
#define RANDOM_REASON_MAX 512
bool random_scenario_make(uint64_t seed, random_scenario *out, char *reason);

/* Drops what the loader refuses. False as above. */
bool random_scenario_settle(random_scenario *self, char *reason);

/* As the text of a scenario file, without what is dropped; comment (lines of its own, "" for none) stands at
 * its head. To be freed. Aborts when there is no memory. */
char *random_scenario_text(random_scenario *self, const char *comment);
/* The same as a file that includes another one, RANDOM_INCLUDED, which has its parameters, NATs and networks.
 * What is left of it stands on the lines on which it stands in random_scenario_text. Both are to be freed. */
#define RANDOM_INCLUDED "random.inc.yaml"
char *random_scenario_parts(random_scenario *self, char **included);

/* The table of a room's entries, by index; false past the last. */
bool random_scenario_table(random_room room, size_t index, key_table *table);
const char *random_room_name(random_room room);

#endif
