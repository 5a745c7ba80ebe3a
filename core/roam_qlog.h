/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node tells for the qlog traces of its connections. A part of roam.h, which includes it. */
#ifndef ROAM_QLOG_H
#define ROAM_QLOG_H

#include "core/roam_adapter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum roam_qlog_kind {
    ROAM_QLOG_RECORDS,  /* what the QUIC library writes: data, len, last */
    ROAM_QLOG_MTU,      /* mtu_before, mtu */
    ROAM_QLOG_TIMER,    /* of a path validation: timer, delta_ns */
    ROAM_QLOG_MIGRATION /* of the end that dialled: migration */
} roam_qlog_kind;

typedef enum roam_qlog_timer {
    ROAM_QLOG_TIMER_SET,
    ROAM_QLOG_TIMER_EXPIRED,
    ROAM_QLOG_TIMER_CANCELLED
} roam_qlog_timer;

/* As draft-ietf-quic-qlog-quic-events has them. */
typedef enum roam_qlog_migration {
    ROAM_QLOG_PROBING_STARTED,
    ROAM_QLOG_PROBING_ABANDONED,
    ROAM_QLOG_PROBING_SUCCESSFUL,
    ROAM_QLOG_MIGRATION_STARTED,
    ROAM_QLOG_MIGRATION_ABANDONED,
    ROAM_QLOG_MIGRATION_COMPLETE
} roam_qlog_migration;

/* A piece of the qlog trace of one connection; pointers are valid during the call. */
typedef struct roam_qlog {
    roam_qlog_kind kind;
    uint64_t now_ns;
    /* The path that it is about: of a packet its own, else the one in use. ROAM_FAMILY_NONE: not known, as of
     * libraries other than ngtcp2. */
    roam_addr local, remote;
    /* RECORDS: len bytes to append, JSON text sequence as draft-ietf-quic-qlog-main-schema-02 (qlog 0.3) has
     * it. Of ngtcp2 it is one whole record, of other libraries any piece. last: nothing follows. */
    const void *data;
    size_t len;
    bool last;
    uint8_t destination_len, destination[20]; /* the connection ID on the packet's datagram; 0: not known */
    uint64_t latest_rtt_ns, min_rtt_ns, srtt_ns, rttvar_ns; /* srtt_ns 0: not known. min_rtt_ns ROAM_NEVER: no
                                                             * sample */
    uint32_t mtu_before, mtu; /* bytes of UDP payload; 0 before: the path was not in use */
    roam_qlog_timer timer;
    uint64_t delta_ns; /* SET: when it will expire, from now_ns */
    roam_qlog_migration migration;
} roam_qlog;

#endif
