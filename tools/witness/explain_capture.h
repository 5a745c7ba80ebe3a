/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WITNESS_EXPLAIN_CAPTURE_H
#define TOOLS_WITNESS_EXPLAIN_CAPTURE_H

/* Reads packets.pcapng as sim/record/capture.h writes it: interfaces with names, enhanced packets with
 * nanoseconds and a direction, TLS secrets. Streamed: memory is that of the longest block. */

#include "core/roam.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct explain_datagram_seen {
    const char *interface; /* "laptop/wifi" */
    uint32_t number;       /* of the interface, from 0 in the file */
    bool up;               /* it leaves the host */
    uint64_t time_ns;      /* virtual */
    const uint8_t *bytes;  /* IP header first; valid during the call */
    size_t len;
    const char *comment; /* not terminated; NULL: none */
    size_t comment_len;
} explain_datagram_seen;

/* False ends the reading: out of memory. */
typedef struct explain_capture_reader {
    void *ctx;
    bool (*packet)(void *ctx, const explain_datagram_seen *seen);
    bool (*secrets)(void *ctx, const char *lines); /* SSLKEYLOGFILE */
} explain_capture_reader;

/* False: message (EXPLAIN_MESSAGE_MAX bytes) says why. *cut: the file ends within a block, what came before
 * was read. */
ROAM_CHECKED bool explain_capture_read(const char *path, const explain_capture_reader *reader, bool *cut,
                                       char *message);

#endif
