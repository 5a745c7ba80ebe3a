/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

/* Connection IDs (RFC 9000 sections 5.1, 9.5, 19.15, 19.16). */

const rules_group rules_connection_ids = {0};
