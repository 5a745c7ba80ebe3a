/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

/* Congestion control and round-trip time after a move (RFC 9000 section 9.4). */

const rules_group rules_congestion = {0};
