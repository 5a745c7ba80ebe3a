/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Segmentation offload: where the sender hands several datagrams of one size to the kernel at once
 * (UDP_SEGMENT), or the receiver's kernel puts them together, a capture made there has one datagram, and does
 * not say of which size they are. QUIC packets with a short header reach to the end of their datagram, so
 * that none of them can be opened until the size is found: it is the one with which the first opens.
 */
#ifndef TOOLS_WITNESS_SEGMENTS_H
#define TOOLS_WITNESS_SEGMENTS_H

#include "sim/wire/dissect.h"

/* Zero-initialised. */
typedef struct segments {
    size_t last;         /* the size found last */
    uint32_t in_vain[2]; /* searches since one found something: in what fits Ethernet, in what does not */
} segments;

/* The size of the datagrams in payload, of which whole is what the dissector makes of it as one. 0: it is
 * one, or cannot be told. The view is not valid afterwards, unless its last packet was read. */
size_t segments_size(segments *found, dissect *with, const dissect_where *where, const uint8_t *payload,
                     size_t len, const dissect_view *whole);

#endif
