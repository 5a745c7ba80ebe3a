/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

/* The preferred address of a server (RFC 9000 section 9.6). */

const rules_group rules_preferred_address = {0};
