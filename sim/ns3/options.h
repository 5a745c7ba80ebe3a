/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be asked of a link; for sim/ns3 alone. */
#ifndef SIM_NS3_OPTIONS_H
#define SIM_NS3_OPTIONS_H

#include "sim/ns3/ns3.h"

#ifdef __cplusplus
extern "C" {
#endif

/* N3_OK, N3_ERR_INVALID or N3_ERR_UNSUPPORTED; *why is then a sentence in static storage. */
N3_CHECKED n3_status n3_device_params_check(const n3_device_params *params, n3_link_kind kind,
                                            const char **why);
N3_CHECKED n3_status n3_link_options_check(const n3_link_options *options, const char **why);

N3_CHECKED n3_status n3_queue_params_check(const n3_queue_params *params, const char **why);
N3_CHECKED n3_status n3_medium_options_check(const n3_medium_options *options, const char **why);
N3_CHECKED n3_status n3_host_options_check(const n3_host_options *options, const char **why);
bool n3_distance_is_good(uint64_t distance_mm);

/* The bytes of a frame find room beside those that wait, in a queue of queue_bytes (0: they are not counted).
 * One frame finds room, however long it is. */
static inline bool n3_queue_fits(uint64_t queue_bytes, uint64_t waiting_bytes, uint32_t length)
{
    return queue_bytes == 0 || waiting_bytes == 0 || waiting_bytes + length <= queue_bytes;
}

#ifdef __cplusplus
}
#endif

#endif
