/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_TESTS_RANDOM_WORLD_H
#define SIM_TESTS_RANDOM_WORLD_H

/*
 * Fixture: a small world made from a seed, as pieces of a scenario file that can be dropped one by one.
 *
 * A laptop on one to three networks (and sometimes a phone on one) has a connection with a server; networks
 * differ in delay, jitter, rate, queue, loss, family and NAT. The laptop sends messages from the start until
 * one second after the last event; other flows come and go. The timeline calls migrate in all modes, stages
 * relays, arms watchdogs, moves and forgets NAT bindings, and disturbs links.
 *
 * Every disturbance ends by itself, at the last event at the latest, but for two that leave a host without
 * its sockets (detach, renumber): after one of those the last event is a call of migrate for each node that
 * had it. From the last event on every path is whole, but for the loss that its network always has, at most 1
 * %.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RANDOM_TEXT_MAX 192
#define RANDOM_PIECES_MAX 256
#define RANDOM_LAST_MIN_MS 3000              /* no world counts its last event as earlier */
#define RANDOM_WHOLE_NS UINT64_C(3000000000) /* from the last event to the end of the scenario */

typedef enum random_section {
    RANDOM_NETWORK,
    RANDOM_NAT,
    RANDOM_NODE,
    RANDOM_ATTRIBUTE, /* a key of the map of one of those */
    RANDOM_PEER,
    RANDOM_TRAFFIC,
    RANDOM_EVENT
} random_section;

typedef struct random_piece {
    random_section section;
    uint32_t owner; /* attribute: index of the piece whose map it stands in; network: that of its node */
    uint32_t group; /* pieces of one group stay or go together; 0: never dropped */
    uint64_t at_ms, end_ms; /* event: its first moment, and the one when its last effect is over */
    bool dropped;
    char name[16]; /* of a network, NAT or node */
    char text[RANDOM_TEXT_MAX];
} random_piece;

typedef struct random_world {
    uint64_t seed;
    uint32_t groups; /* numbered from 1 */
    bool restarts;   /* an endpoint does */
    uint64_t
        late_max_ns; /* of the last message after the last event, for random_check; UINT64_MAX: no limit */
    size_t count;
    random_piece pieces[RANDOM_PIECES_MAX];
} random_world;

/* From this seed on the server of a world prefers another address (RFC 9000 section 9.6). */
#define RANDOM_PREFERRED_FROM 1000000

/* The world of that seed. */
void random_world_make(uint64_t seed, random_world *out);

/* The time of the last event that is not dropped, and the end of what it did. */
uint64_t random_world_last_ns(const random_world *world);

/* As the text of a scenario file, without what is dropped; comment (lines of its own, "" for none) stands at
 * its head. To be freed; NULL: no memory. */
char *random_world_text(const random_world *world, const char *comment);

/* ---- between the two files of the generator ---- */

uint64_t random_below(random_world *world, uint64_t bound);
bool random_chance(random_world *world, uint32_t percent);
/* Adds a piece and returns its index. */
__attribute__((format(printf, 5, 6))) uint32_t random_add(random_world *world, random_section section,
                                                          uint32_t owner, uint32_t group, const char *format,
                                                          ...);
/* Fills the timeline of a world that has all the rest. */
void random_acts_add(random_world *world, uint32_t laptop, uint32_t server);

#endif
