/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/expect/result_set.h"

const key_choice RESULT_SET_CHOICES[] = {
    {"ok", SCENARIO_RESULT_OK},
    {"not_connected", SCENARIO_RESULT_NOT_CONNECTED},
    {"no_conn", SCENARIO_RESULT_NO_CONN},
    {"peer_disable_migration", SCENARIO_RESULT_PEER_DISABLE_MIGRATION},
    {"timeout", SCENARIO_RESULT_TIMEOUT},
    {"not_initiator", SCENARIO_RESULT_NOT_INITIATOR},
    {"superseded", SCENARIO_RESULT_SUPERSEDED},
    {"adapter", SCENARIO_RESULT_ADAPTER},
    {0},
};
