/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking header and packet protection off one packet (RFC 9001 sections 5.3, 5.4 and 6). */
#ifndef SIM_WIRE_DISSECT_OPEN_H
#define SIM_WIRE_DISSECT_OPEN_H

#include "sim/wire/dissect_connection.h"

#define DISSECT_DATAGRAM_MAX 65535

/* A packet as it was sent, and where to put what comes out of it. */
typedef struct dissect_opening {
    const uint8_t *bytes; /* the packet */
    size_t len;
    size_t number_at;
    uint8_t *header; /* scratch, DISSECT_DATAGRAM_MAX bytes */
    uint8_t *clear;  /* DISSECT_DATAGRAM_MAX bytes: the payload */
    size_t clear_len;
    uint64_t number;
    uint8_t first_byte;
    bool may_peek;      /* the packet is authentic: its first bytes alone may be opened */
    dissect_keys *head; /* and were, with these keys: head_len of clear_len; NULL: they were not */
    size_t head_len;
    bool as_receiver; /* with the one packet number that RFC 9000 appendix A.3 gives, no earlier one */
} dissect_opening;

/* Under keys without phases. False: not authentic. *expected is moved on when it is. */
bool dissect_open(dissect_opening *opening, dissect_keys *keys, uint64_t *expected);

/* More of a packet whose first bytes alone were opened. False: there is no more, or it cannot be opened in
 * this way. */
bool dissect_open_more(dissect_opening *opening);

/* A 1-RTT packet, under the keys of the phase that it says, those of the next included. */
bool dissect_open_data(dissect_opening *opening, dissect_phases *phases, uint64_t *expected);

#endif
