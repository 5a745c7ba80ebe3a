/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

/* Sizes of datagrams (RFC 9000 section 14). */

const rules_group rules_packet_size = {0};
