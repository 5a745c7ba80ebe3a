/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

/* The handshake, as far as addresses are validated in it (RFC 9000 sections 8.1, 14.1, 18.2). */

const rules_group rules_handshake = {0};
