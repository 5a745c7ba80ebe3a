/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_PLACE_H
#define SIM_SCENARIO_PLACE_H

#include <stdint.h>

/* Where a thing was written. From the file: line and column from 1, override is 0. From an override: override
 * is its number from 1 in scenario_source.overrides, then .endpoints, then .players; line and column are 0.
 */
typedef struct scenario_place {
    uint32_t line;
    uint32_t column;
    uint32_t override;
    uint32_t file; /* 0: the scenario's; else the number, from 1, of one that it includes */
} scenario_place;

#endif
