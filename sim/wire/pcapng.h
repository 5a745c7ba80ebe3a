/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_WIRE_PCAPNG_H
#define SIM_WIRE_PCAPNG_H

/*
 * Writes packet captures in pcapng (draft-ietf-opsawg-pcapng). Packets are raw IP (LINKTYPE_RAW), timestamps
 * nanoseconds. The bytes follow from the calls alone: nothing of the machine, the user or the date goes in.
 *
 * Errors of writing stick: buffered bytes fail late, every later call fails the same way, and pcapng_close
 * says why. After an error the caller may go on or call pcapng_close at once.
 */

#include "core/roam.h"

#include <stddef.h>
#include <stdint.h>

/* Virtual time 0 is 2000-01-01T00:00:00Z in a capture: these many seconds of Unix time. */
#define PCAPNG_EPOCH_S UINT64_C(946684800)

#define PCAPNG_PACKET_MAX 262144 /* bytes; readers refuse longer packets */
#define PCAPNG_TEXT_MAX 65535    /* bytes of a name, description or comment */
#define PCAPNG_SECRETS_MAX (1 << 20)
#define PCAPNG_MESSAGE_MAX 512

typedef enum pcapng_error {
    PCAPNG_OK = 0,
    PCAPNG_ERR_OPEN = -1,   /* the file could not be created */
    PCAPNG_ERR_WRITE = -2,  /* it could not be written: disk full, ... */
    PCAPNG_ERR_RENAME = -3, /* it is complete but could not be given its name */
    PCAPNG_ERR_NO_MEMORY = -4,
    PCAPNG_ERR_TOO_LARGE = -5, /* over one of the limits above; this call did nothing, later ones may work */
    PCAPNG_ERR_INTERFACE = -6  /* no such interface; likewise */
} pcapng_error;

/* A sentence for people, never NULL; total over all ints. */
const char *pcapng_strerror(int error);

/* A capture being written. */
typedef struct pcapng pcapng;

typedef struct pcapng_interface {
    uint32_t value;
} pcapng_interface;

/* Values are those of epb_flags. */
typedef enum pcapng_direction { PCAPNG_INBOUND = 1, PCAPNG_OUTBOUND = 2 } pcapng_direction;

typedef struct pcapng_packet {
    pcapng_interface interface;
    pcapng_direction direction;
    uint64_t time_ns;     /* virtual */
    const uint8_t *bytes; /* IP header first */
    size_t len;
    size_t full_len;      /* of the datagram, when only its beginning is given; 0: len is all */
    const char *comments; /* UTF-8, a line each, PCAPNG_TEXT_MAX bytes in all; NULL for none */
} pcapng_packet;

/*
 * Starts a capture. It is written to PATH.tmp and becomes PATH in pcapng_close, so that PATH is never half a
 * capture; a path that exists and is no regular file (a FIFO, a device) is written directly. On failure
 * message (PCAPNG_MESSAGE_MAX bytes) names the file and the reason. Errors: OPEN, NO_MEMORY.
 */
ROAM_CHECKED int pcapng_open(const char *path, pcapng **out, char *message);

/* Adds an interface, at any time before its first packet. description may be NULL. Errors: WRITE, TOO_LARGE.
 */
ROAM_CHECKED int pcapng_add_interface(pcapng *p, const char *name, const char *description,
                                      pcapng_interface *out);

/* Appends a packet. Readers show packets in the order of these calls. Errors: WRITE, TOO_LARGE, INTERFACE. */
ROAM_CHECKED int pcapng_add_packet(pcapng *p, const pcapng_packet *packet);

/*
 * Appends lines in SSLKEYLOGFILE format as a Decryption Secrets Block; a last newline may be missing. Secrets
 * decrypt packets after them only: Wireshark and tshark, in two passes too, never decrypt a connection whose
 * secrets come after the packets that need them. So pass the lines of the accepting end on as soon as TLS
 * gives them: it has all secrets before its first Handshake packet leaves. The dialling end's come too late
 * for that packet, and are harmless repeats when both are given. Errors: WRITE, TOO_LARGE.
 */
ROAM_CHECKED int pcapng_add_secrets(pcapng *p, const char *keylog);

/*
 * Finishes the capture and frees p, whatever it returns. On failure no file is left, a file that had the name
 * before is untouched, and message (PCAPNG_MESSAGE_MAX bytes) names the file and the reason. Errors: WRITE,
 * RENAME.
 */
ROAM_CHECKED int pcapng_close(pcapng *p, char *message);

/* Gives the capture up: removes what was written, frees p. NULL is allowed. */
void pcapng_abort(pcapng *p);

#endif
