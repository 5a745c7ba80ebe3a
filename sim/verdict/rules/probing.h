/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_RULES_PROBING_H
#define SIM_VERDICT_RULES_PROBING_H

/* What probing.c, responses.c and validation.c share. */

#include "sim/verdict/rules/internal.h"

/* A datagram with PATH_CHALLENGE or PATH_RESPONSE (RFC 9000 sections 8.2.1, 8.2.2) is expanded: rule,
 * unless the anti-amplification limit may forbid it. */
void probing_check_padded(const rules_event *event, rules_rule rule, const char *frame_name);

/* The limit of section 8 may forbid a datagram of that size: an endpoint may have forgotten an address that
 * it left, and what came from there, so that the last datagram alone counts. A client chooses the addresses
 * that it sends to. */
bool probing_limit_may_forbid(const rules_end *end, const rules_path *path, uint64_t size);

/* The shortest PTO and the longest that the endpoint may reckon with, on any path, before back-off. */
uint64_t probing_pto_least_ns(const rules_end *end);
uint64_t probing_pto_most_ns(const rules_end *end);

/* Three times the larger of the current PTO and that of a new path (section 8.2.4), likewise. */
uint64_t probing_validation_least_ns(const rules_end *end);
uint64_t probing_validation_most_ns(const rules_end *end);

/* The endpoint sends its packets, but for probing ones, on that path. */
bool probing_is_active(const rules_end *end, const rules_path *path);

bool probing_same_id(const dissect_id *a, const dissect_id *b);

/* The packet acknowledges that one: the endpoint has processed it. */
bool probing_acknowledges(const dissect_packet *packet, uint64_t number);

#endif
