/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passive rebinds: a NAT gives the peer of an accepted connection another address. The end that accepted
 * notices it by a packet from the new address with the connection ID that was in use before; a peer that
 * migrates takes another one (RFC 9000 section 9.5). QUIC validates the new address, and the record of it is
 * delivered once that has ended; a return to an address that was validated before needs no validation
 * (section 9.3), and its record is delivered at once.
 *
 * An attacker that forwards copies of the peer's packets, faster than the originals arrive, moves the path
 * with each copy (section 9.3.3), and every move is answered with challenges, whose answers can be forwarded
 * again. Section 9.3.3 permits heuristics against that, section 21.5.6 to refuse a migration. An accepted
 * connection follows a burst of CORE_REBIND_BURST changes of address, and then one in
 * CORE_REBIND_INTERVAL_NS; while it has none left, datagrams from addresses other than the one in use are not
 * read, as if they were lost. A peer that really moved sends again.
 */
#ifndef CORE_NODE_REBIND_H
#define CORE_NODE_REBIND_H

#include "core/node/connection.h"

typedef struct core_rebind core_rebind;

enum { CORE_REBIND_BURST = 16 };
#define CORE_REBIND_INTERVAL_NS UINT64_C(5000000)

/* A datagram, and what QUIC knew of the path before it read it. */
typedef struct core_rebind_before {
    roam_addr from; /* where the datagram came from */
    roam_addr remote;
    uint64_t srtt_ns, cwnd; /* 0 when the datagram came from there: it cannot move the path (section 9.3) */
} core_rebind_before;

/* Called for every datagram of an accepted connection: costs little when it comes from the path in use. */
void core_rebind_look(const core_connection *connection, const roam_addr *from, core_rebind_before *out);

/* Whether the datagram is to be read. */
bool core_rebind_admits(core_connection *connection, const core_rebind_before *before, uint64_t now_ns);

/* A datagram addressed to that connection ID was read: distinguishes a rebind from a migration. */
void core_rebind_read(core_connection *connection, const core_rebind_before *before,
                      const core_connection_id *id, uint64_t now_ns);

/* From QUIC, on accepted connections. */
void core_rebind_validation(core_connection *connection, const roam_addr *remote, core_validation result,
                            uint64_t now_ns);
void core_rebind_challenge_sent(core_connection *connection);

/* After QUIC has written what is due: delivers the record of one that needed no challenge. */
void core_rebind_written(core_connection *connection, uint64_t now_ns);

void core_rebind_free(core_connection *connection);

#endif
