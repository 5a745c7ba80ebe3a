/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_UNITS_H
#define SIM_SCENARIO_UNITS_H

/* Quantities as people write them, to integers and back: "1.5s" is 1500000000 ns. Exact or refused. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNITS_TEXT_MAX 48     /* units_format() needs no more */
#define UNITS_MESSAGE_MAX 200 /* nor does a message */

typedef enum units_kind {
    UNITS_DURATION, /* ns us ms s min -> ns */
    UNITS_RATE,     /* bps kbps Mbps Gbps -> bits a second */
    UNITS_SIZE,     /* B kB MB KiB MiB -> bytes */
    UNITS_PACKETS,  /* pkt -> packets */
    UNITS_FRACTION, /* % -> parts per billion */
    UNITS_LENGTH,   /* mm m km -> millimetres */
    UNITS_SPEED     /* mmps mps -> millimetres a second */
} units_kind;

typedef enum units_error {
    UNITS_OK = 0,
    UNITS_ERR_SYNTAX = -1, /* not a number with a unit of that kind */
    UNITS_ERR_RANGE = -2,  /* negative, finer than the integer can hold, or too large */
} units_error;

/* Reads all of `text`: digits, an optional fraction, and the unit, with at most one space between; a bare 0
 * needs no unit. On success *value is set. On failure it is untouched and `message` (UNITS_MESSAGE_MAX bytes)
 * says what was found and what to write. */
__attribute__((warn_unused_result)) int units_parse(units_kind kind, const char *text, uint64_t min,
                                                    uint64_t max, uint64_t *value, char *message);

/* The unit of that name and length, whatever it is of: its kind, and how many of what the kind's integer
 * counts it is. False: there is none. */
bool units_find(const char *name, size_t length, units_kind *kind, uint64_t *scale);

/* "a duration" */
const char *units_what(units_kind kind);
/* The smallest that there is: "ns" */
const char *units_step(units_kind kind);

/* The shortest exact text in the largest unit that leaves at most three decimals: "35ms", "1.5s". Returns
 * `text`, which holds UNITS_TEXT_MAX bytes. */
const char *units_format(units_kind kind, uint64_t value, char *text);

#endif
