/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets of migration results: of each code of roam.h a bit, named SCENARIO_RESULT_. Codes count from 0
 * downwards, bits from 0 upwards. */
#ifndef SIM_VERDICT_EXPECT_RESULT_SET_H
#define SIM_VERDICT_EXPECT_RESULT_SET_H

#include "core/roam.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/scenario.h"

#include <stdbool.h>

/* How many codes a migration can end with: from ROAM_OK down to the last of them. */
#define RESULT_SET_COUNT (1 - ROAM_ERR_ADAPTER)

#define RESULT_SET_BIT_OF(result) (1 << -(result))

_Static_assert(SCENARIO_RESULT_OK == RESULT_SET_BIT_OF(ROAM_OK), "ok");
_Static_assert(SCENARIO_RESULT_NOT_CONNECTED == RESULT_SET_BIT_OF(ROAM_ERR_NOT_CONNECTED), "not_connected");
_Static_assert(SCENARIO_RESULT_NO_CONN == RESULT_SET_BIT_OF(ROAM_ERR_NO_CONN), "no_conn");
_Static_assert(SCENARIO_RESULT_PEER_DISABLE_MIGRATION == RESULT_SET_BIT_OF(ROAM_ERR_PEER_DISABLE_MIGRATION),
               "peer_disable_migration");
_Static_assert(SCENARIO_RESULT_TIMEOUT == RESULT_SET_BIT_OF(ROAM_ERR_TIMEOUT), "timeout");
_Static_assert(SCENARIO_RESULT_NOT_INITIATOR == RESULT_SET_BIT_OF(ROAM_ERR_NOT_INITIATOR), "not_initiator");
_Static_assert(SCENARIO_RESULT_SUPERSEDED == RESULT_SET_BIT_OF(ROAM_ERR_SUPERSEDED), "superseded");
_Static_assert(SCENARIO_RESULT_ADAPTER == RESULT_SET_BIT_OF(ROAM_ERR_ADAPTER), "adapter");
_Static_assert(RESULT_SET_COUNT == 8, "a result without a bit: add it to scenario.h and above");

/* The names of the results, as scenarios have them. */
extern const key_choice RESULT_SET_CHOICES[];

static inline bool result_set_has(uint32_t results, int result)
{
    return result <= 0 && result > -RESULT_SET_COUNT && (results & 1U << -result) != 0;
}

#endif
