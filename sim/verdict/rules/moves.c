/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

/* Who moves, when, and who follows (RFC 9000 sections 9 to 9.3). */

const rules_group rules_moves = {0};
