/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Types of QUIC frames as the format names them: as qlog does, and dissect_frame_type_name. */
#ifndef SIM_SCENARIO_FRAME_TYPES_H
#define SIM_SCENARIO_FRAME_TYPES_H

#include "sim/scenario/keys.h"

extern const key_choice SCENARIO_FRAME_TYPES[]; /* values: dissect_frame_type */

#endif
