/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timestamps of captures in nanoseconds. */
#ifndef SIM_WIRE_CAPTURE_TIME_H
#define SIM_WIRE_CAPTURE_TIME_H

#include <stdint.h>

/* What the timestamps of an interface count. */
typedef struct capture_clock {
    uint8_t resolution; /* as if_tsresol: 10^-n seconds, or, with the highest bit, 2^-n */
    int64_t offset_s;   /* as if_tsoffset: to be added */
} capture_clock;

#define CAPTURE_CLOCK_MICROSECONDS ((capture_clock){.resolution = 6})
#define CAPTURE_CLOCK_NANOSECONDS ((capture_clock){.resolution = 9})

/* Rounded down; 0 and UINT64_MAX stand for what lies outside. */
uint64_t capture_time_ns(const capture_clock *clock, uint64_t timestamp);

#endif
