/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a connection of ngtcp2 tells for its qlog trace: the records of ngtcp2, each with its time and the
 * path of its packet, and what ngtcp2 does not write. Without a trace every function does nothing.
 */
#ifndef CORE_QUIC_TRACE_H
#define CORE_QUIC_TRACE_H

#include "core/quic/internal.h"

/* False: no memory. */
ROAM_CHECKED bool quic_trace_new(quic_ngtcp2 *quic, const core_quic_options *options);
void quic_trace_free(quic_ngtcp2 *quic);

/* qlog_write of ngtcp2's settings. */
void quic_trace_record(void *user_data, uint32_t flags, const void *data, size_t len);

/* Around a call that may write a packet: only afterwards its path is known. Length 0: it has written none. */
void quic_trace_hold(quic_ngtcp2 *quic);
void quic_trace_release(quic_ngtcp2 *quic, const ngtcp2_path *path, const uint8_t *packet, ngtcp2_ssize len);

/* Around the reading of a datagram. */
void quic_trace_reads(quic_ngtcp2 *quic, const roam_addr *local, const roam_datagram *datagram);
void quic_trace_has_read(quic_ngtcp2 *quic);

/* A migration from that address has begun. */
void quic_trace_migration(quic_ngtcp2 *quic, const roam_addr *local);

/* A PATH_CHALLENGE has been written; a validation is over; time has passed; the size of packets may have
 * changed. */
void quic_trace_challenge(quic_ngtcp2 *quic, const ngtcp2_path *path);
void quic_trace_validation(quic_ngtcp2 *quic, const ngtcp2_path *path, core_validation result);
void quic_trace_expired(quic_ngtcp2 *quic);
void quic_trace_mtu(quic_ngtcp2 *quic);

#endif
