/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_CAPTURE_FILE_H
#define SIM_RECORD_CAPTURE_FILE_H

/*
 * One pcapng file with an interface a host side of a network, named "laptop/wifi". An interface is entered
 * with its first packet. The first error sticks: later calls do nothing, and capture_file_close says it.
 */

#include "sim/tap/observer.h"
#include "sim/wire/pcapng.h"

#include <stdbool.h>

typedef struct capture_file capture_file;

/* A packet, as it stands in a file. */
typedef struct capture_packet {
    uint32_t node, network;
    bool up;
    uint64_t time_ns;
    const uint8_t *bytes;
    size_t len;
    size_t payload_len;  /* UDP: the last bytes */
    bool altered;        /* on the way: only its headers go into the file */
    const char *comment; /* or several, a line each; NULL: none */
} capture_packet;

/* As pcapng_open. nodes: how many, from first_node on, the file has packets of. The scenario must outlive the
 * file. */
ROAM_CHECKED int capture_file_open(const char *path, const scenario *scenario, uint32_t first_node,
                                   size_t nodes, capture_file **out, char *message);
void capture_file_packet(capture_file *self, const capture_packet *packet);
void capture_file_secrets(capture_file *self, const char *keylog);
void capture_file_fail(capture_file *self, pcapng_error error);
/* Finishes and frees, as pcapng_close. NULL is fine. */
ROAM_CHECKED int capture_file_close(capture_file *self, char *message);

/* A packet that is kept for later, with a copy of its bytes and its comment. Zeros: none. */
typedef struct capture_kept {
    capture_packet packet;
    uint8_t *bytes; /* and behind them the comment */
} capture_kept;

/* In place of the one before. False: out of memory; there is none then. */
ROAM_CHECKED bool capture_keep(capture_kept *kept, const capture_packet *packet);
bool capture_is_kept(const capture_kept *kept);
void capture_forget(capture_kept *kept);
void capture_kept_free(capture_kept *kept);

#endif
