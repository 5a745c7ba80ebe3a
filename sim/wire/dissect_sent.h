/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was read of the latest datagrams when they were sent, so that they need not be opened again when they
 * come. Kept are those that hold one 1-RTT packet. A datagram is found by its authentication tag: it must not
 * have been damaged on its way. */
#ifndef SIM_WIRE_DISSECT_SENT_H
#define SIM_WIRE_DISSECT_SENT_H

#include "sim/wire/dissect.h"

typedef struct dissect_sent dissect_sent;

dissect_sent *dissect_sent_new(void);       /* NULL: out of memory */
void dissect_sent_free(dissect_sent *sent); /* NULL is fine */

/* A payload, perhaps to be kept: fetches the place that it would take. */
void dissect_sent_prepare(const dissect_sent *sent, const uint8_t *payload, size_t len);

/* The packet, 1-RTT and authentic, is all of the payload, which is no longer than a UDP datagram. It may take
 * the place of an earlier one. */
void dissect_sent_keep(dissect_sent *sent, const uint8_t *payload, size_t len, const dissect_packet *packet);

/* The packet, without its frames. False: not kept, or not any more. */
bool dissect_sent_find(dissect_sent *sent, const uint8_t *payload, size_t len, dissect_packet *out);

#endif
