/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signals between a relay and a node behind a NAT, besides the datagrams that the relay forwards: STUN
 * indications (RFC 8489 section 5), whose first two bits are 0 and so distinguish them from QUIC packets (RFC
 * 9443 section 2). Nothing answers an indication, and its transaction ID is 0.
 */
#ifndef SIM_NET_RELAY_SIGNAL_H
#define SIM_NET_RELAY_SIGNAL_H

#include <stddef.h>
#include <stdint.h>

#define RELAY_SIGNAL_MAX 28 /* bytes */

typedef enum relay_signal {
    RELAY_SIGNAL_NONE,
    RELAY_SIGNAL_KEEPALIVE, /* Binding indication (RFC 8445 section 11): the node's NAT lets in answers */
    RELAY_SIGNAL_CLIENT     /* ConnectionAttempt indication (RFC 6062): a client came to that port of the
                             * relay, which stands in it as CHANNEL-NUMBER */
} relay_signal;

/* Returns how many bytes were written. The port counts with RELAY_SIGNAL_CLIENT. */
size_t relay_signal_write(relay_signal signal, uint16_t port, uint8_t bytes[RELAY_SIGNAL_MAX]);

/* RELAY_SIGNAL_NONE: it is another datagram. *port is set with RELAY_SIGNAL_CLIENT. */
relay_signal relay_signal_read(const uint8_t *data, size_t len, uint16_t *port);

#endif
