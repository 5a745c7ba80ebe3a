/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adapters on UDP sockets, each bound to one local address. Datagrams are read in batches, with UDP_GRO where
 * the kernel has it, and several of one size are sent with UDP_SEGMENT or, where that fails, one by one. ECN
 * marks pass both ways. Fragmentation is forbidden, so that QUIC can find the path MTU.
 *
 * While the kernel takes no datagram (EAGAIN) up to max_unsent_bytes wait in order; what comes on top is lost
 * as on a full link. Every other failure to send is ROAM_ERR_ADAPTER.
 */
#ifndef CORE_LIVE_UDP_H
#define CORE_LIVE_UDP_H

#include "core/roam.h"

struct uv_loop_s;

/* Where datagrams are read to, for all adapters of a loop. */
typedef struct live_udp_buffers live_udp_buffers;

ROAM_CHECKED int live_udp_buffers_new(live_udp_buffers **out);
void live_udp_buffers_free(live_udp_buffers *buffers);

typedef struct live_udp_options {
    struct uv_loop_s *loop;
    live_udp_buffers *buffers; /* must outlive the adapter */
    uint32_t max_unsent_bytes;
    bool segmentation;
    bool ecn;
    /* A datagram came in. May close the adapter. */
    void (*received)(void *receiver, roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns);
    /* ICMP says that what was sent to remote did not arrive: error is an errno, ECONNREFUSED for a port at
     * which no socket listens. Not authenticated: an attacker that knows or guesses the ports may have sent
     * it (RFC 9000 section 14.2.1). Optional. */
    void (*unreachable)(void *receiver, roam_adapter *adapter, const roam_addr *remote, int error,
                        uint64_t now_ns);
    /* ICMP says that a datagram was too large for a link on its way; one that is not known any more is not
     * reported. As little authenticated. Optional. */
    void (*too_big)(void *receiver, roam_adapter *adapter, const roam_too_big *report, uint64_t now_ns);
    void *receiver;
} live_udp_options;

/* Opens an adapter at local, port 0: any. Its memory is freed by the loop some time after roam_adapter_free.
 * Errors: ADAPTER (errno says why), NO_MEMORY. */
ROAM_CHECKED int live_udp_open(const live_udp_options *options, const roam_addr *local, roam_adapter **out);

#endif
