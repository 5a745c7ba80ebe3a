/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads packet captures of whatever program: pcapng (draft-ietf-opsawg-pcapng) and pcap
 * (draft-ietf-opsawg-pcap), of both byte orders, from the front to the end. Memory is bounded by the longest
 * block, and that by CAPTURE_BLOCK_MAX; a file may be of any length, and a pipe. All input may be hostile.
 *
 * Whatever can be read is given. Blocks of unknown types are skipped. A packet that cannot be right is
 * counted and skipped; where the file itself cannot be followed any further, it ends, and
 * capture_reader_summary says why.
 */
#ifndef SIM_WIRE_CAPTURE_READER_H
#define SIM_WIRE_CAPTURE_READER_H

#include "core/roam.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CAPTURE_BLOCK_MAX (1 << 24) /* bytes; longer blocks are skipped and counted */
#define CAPTURE_NAME_MAX 64         /* of an interface; what is longer is cut */
#define CAPTURE_INTERFACES_MAX 65536
#define CAPTURE_MESSAGE_MAX 512

typedef struct capture_reader capture_reader;

typedef enum capture_status {
    CAPTURE_END = 0,
    CAPTURE_RECORD = 1,
    CAPTURE_ERR_OPEN = -1,   /* the file could not be opened */
    CAPTURE_ERR_READ = -2,   /* it could not be read */
    CAPTURE_ERR_FORMAT = -3, /* it is no capture from its first bytes on */
    CAPTURE_ERR_NO_MEMORY = -4
} capture_status;

/* A sentence for people, never NULL; total over all ints. */
const char *capture_strerror(int status);

typedef enum capture_direction {
    CAPTURE_UNKNOWN = 0, /* values are those of epb_flags */
    CAPTURE_INBOUND = 1,
    CAPTURE_OUTBOUND = 2
} capture_direction;

typedef struct capture_interface {
    uint16_t link_type;          /* a LINKTYPE_ value */
    uint32_t snaplen;            /* bytes; 0: no limit */
    char name[CAPTURE_NAME_MAX]; /* empty: none */
} capture_interface;

typedef enum capture_kind {
    CAPTURE_PACKET,
    CAPTURE_SECRETS /* lines of a TLS key log, in a Decryption Secrets Block */
} capture_kind;

typedef struct capture_record {
    capture_kind kind;
    /* Packet: as captured, link-layer header first. Secrets: text, not NUL-terminated. */
    const uint8_t *bytes;
    size_t len;
    size_t full_len;  /* packet: bytes before the capture cut it; at least len */
    uint64_t time_ns; /* packet: since 1970-01-01T00:00:00Z; of one without time, that of the packet before */
    uint32_t interface; /* packet: index over all sections of the file */
    capture_direction direction;
} capture_record;

/* *out reads the file, and closes it in the end; the file stays the caller's on failure. Errors: READ,
 * FORMAT, NO_MEMORY. */
ROAM_CHECKED int capture_reader_new(FILE *file, capture_reader **out);

/* Likewise of the file at path; "-" is standard input. On failure message (CAPTURE_MESSAGE_MAX bytes) names
 * the file and the reason. Errors: OPEN besides. */
ROAM_CHECKED int capture_reader_open(const char *path, capture_reader **out, char *message);
void capture_reader_free(capture_reader *reader); /* NULL is fine */

/* CAPTURE_RECORD: *out is set, and valid until the next call. CAPTURE_END: there is no more. Errors: READ,
 * NO_MEMORY. */
ROAM_CHECKED int capture_reader_next(capture_reader *reader, capture_record *out);

uint32_t capture_reader_interface_count(const capture_reader *reader);
/* Valid until the next call of capture_reader_next. */
const capture_interface *capture_reader_interface(const capture_reader *reader, uint32_t index);

/* Why and where the file ended. */
typedef enum capture_ending {
    CAPTURE_WHOLE,    /* behind a block or packet, as it should */
    CAPTURE_CUT,      /* within one: the capture was stopped, or copied in part */
    CAPTURE_NOT_VALID /* a length or a byte order that cannot be */
} capture_ending;

typedef struct capture_summary {
    uint64_t packets;
    uint64_t bad_packets; /* of no known interface, or longer than their block or CAPTURE_BLOCK_MAX */
    uint64_t skipped;     /* blocks of other types */
    uint64_t bytes;       /* read so far: where it ended */
    capture_ending ending;
} capture_summary;

void capture_reader_summary(const capture_reader *reader, capture_summary *out);

#endif
