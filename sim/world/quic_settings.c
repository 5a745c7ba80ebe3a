/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/quic_settings.h"

#include "sim/endpoint/roam_endpoint.h"

#include <stddef.h>

/* By scenario_quic_key. The idle timeout is an option that each library has. */
static const struct {
    uint64_t capability; /* 0: none is needed */
    const char *name;
} settings[SCENARIO_QUIC_KEYS] = {
    [SCENARIO_QUIC_ACTIVE_CONNECTION_ID_LIMIT] = {ROAM_ENDPOINT_SETS_CONNECTION_ID_LIMIT,
                                                  "active_connection_id_limit"},
    [SCENARIO_QUIC_CONGESTION] = {ROAM_ENDPOINT_SETS_CONGESTION, "congestion"},
    [SCENARIO_QUIC_INITIAL_WINDOW] = {ROAM_ENDPOINT_SETS_INITIAL_WINDOW, "initial_window"},
    [SCENARIO_QUIC_PMTUD] = {ROAM_ENDPOINT_SETS_PMTUD, "pmtud"},
    [SCENARIO_QUIC_ECN] = {ROAM_ENDPOINT_SETS_ECN, "ecn"},
    [SCENARIO_QUIC_MAX_IDLE] = {0, NULL},
    [SCENARIO_QUIC_MAX_ACK_DELAY] = {ROAM_ENDPOINT_SETS_MAX_ACK_DELAY, "max_ack_delay"},
    [SCENARIO_QUIC_ACK_DELAY_EXPONENT] = {ROAM_ENDPOINT_SETS_ACK_DELAY_EXPONENT, "ack_delay_exponent"},
    [SCENARIO_QUIC_ACK_EVERY] = {ROAM_ENDPOINT_SETS_ACK_EVERY, "ack_every"},
    [SCENARIO_QUIC_ROTATE_CONNECTION_IDS] = {ROAM_ENDPOINT_SETS_ROTATE_CONNECTION_IDS,
                                             "rotate_connection_ids"},
    [SCENARIO_QUIC_RETIRE_CONNECTION_IDS] = {ROAM_ENDPOINT_SETS_RETIRE_CONNECTION_IDS,
                                             "retire_connection_ids"},
};

uint64_t quic_settings_asked(const scenario_node *node)
{
    uint64_t asked = 0;
    for (uint32_t key = 0; key < SCENARIO_QUIC_KEYS; key++)
        if (node->quic_written >> key & 1)
            asked |= settings[key].capability;
    return asked;
}

const char *quic_settings_name(uint64_t capability)
{
    for (uint32_t key = 0; key < SCENARIO_QUIC_KEYS; key++)
        if (settings[key].capability == capability)
            return settings[key].name;
    return NULL;
}
