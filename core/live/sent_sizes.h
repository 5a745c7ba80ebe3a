/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long the large datagrams were that were sent lately, by their first bytes: the error queue of a socket
 * hands on what an ICMP message quotes of a datagram, and not its length, which a report of a datagram that
 * was too big needs (roam_node_too_big). A table of fixed size, in which a later datagram may take the place
 * of an earlier one; such a report is then about one that is not known.
 */
#ifndef CORE_LIVE_SENT_SIZES_H
#define CORE_LIVE_SENT_SIZES_H

#include "core/roam.h"

/* Bytes by which a datagram is known: those of a QUIC packet, whose number is protected, differ. */
#define LIVE_SENT_KNOWN_BY 32
/* Shorter ones fit every path (RFC 9000 section 14), and are not kept. */
#define LIVE_SENT_LEAST 1201

enum { LIVE_SENT_SLOTS = 1024 };

typedef struct live_sent_sizes {
    struct live_sent_size {
        uint32_t tag;
        uint32_t len; /* 0: free */
    } slots[LIVE_SENT_SLOTS];
} live_sent_sizes;

/* Each segment of it is one. */
void live_sent_sizes_note(live_sent_sizes *self, const roam_datagram *datagram);
/* 0: not known. */
size_t live_sent_sizes_of(const live_sent_sizes *self, const uint8_t *quoted, size_t quoted_len);

#endif
