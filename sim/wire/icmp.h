/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_WIRE_ICMP_H
#define SIM_WIRE_ICMP_H

/*
 * Errors of ICMP (RFC 792, RFC 1191) and ICMPv6 (RFC 4443) about UDP datagrams, IP header first. They quote
 * the datagram, which is how its sender, and each NAT on the way back to it, recognises it (RFC 5508).
 * Nothing here allocates or keeps state.
 */

#include "core/roam.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ICMP_MAX                                                                                             \
    1280 /* bytes of a message: as much of a datagram as fits 576 (RFC 1812 section 4.3.2.3), or 1280 */

typedef enum icmp_kind {
    ICMP_TOO_BIG,    /* RFC 1191, RFC 4443 section 3.2 */
    ICMP_NO_HOST,    /* unreachable: nobody has the address */
    ICMP_NO_PORT,    /* unreachable: nobody has the port */
    ICMP_PROHIBITED, /* unreachable: by a rule */
    ICMP_OTHER       /* read only: what is none of them */
} icmp_kind;

/* The datagram that an error quotes: as it was where the error was made. */
typedef struct icmp_quote {
    roam_addr source, destination;
    size_t payload_len;     /* of the whole datagram, by its UDP header */
    const uint8_t *payload; /* what is quoted of it */
    size_t quoted_len;
} icmp_quote;

typedef struct icmp_error {
    roam_addr source, destination; /* port 0 */
    uint8_t ttl;
    icmp_kind kind;
    uint32_t mtu; /* too big: of the link that did not take it */
    icmp_quote quote;
} icmp_error;

/* The bytes are an ICMP or ICMPv6 message, good or not. */
bool icmp_is(const uint8_t *bytes, size_t len);

/* An error about a datagram of len bytes, to its source; writes ICMP_MAX bytes at most, and returns how many.
 * 0: there is none to be made, because it is no UDP datagram (RFC 1122 section 3.2.2: none about an error),
 * or `from` is of the other family. */
size_t icmp_answer(const roam_addr *from, icmp_kind kind, uint32_t mtu, const uint8_t *datagram, size_t len,
                   uint8_t bytes[ICMP_MAX]);

/* Reads an error of exactly len bytes, which may be hostile; *out points into bytes. False: it is none that
 * quotes a UDP header, or a checksum is wrong. */
bool icmp_parse(const uint8_t *bytes, size_t len, icmp_error *out);

/* What a NAT puts in the place of an error's addresses and of those that it quotes, checksums included (RFC
 * 5508 section 4.2). The bytes are those that icmp_parse has read; all addresses are of its family. */
typedef struct icmp_change {
    const roam_addr *source, *destination;               /* NULL: it stays; ports do not count */
    const roam_addr *quoted_source, *quoted_destination; /* NULL: it stays */
} icmp_change;

void icmp_rewrite(uint8_t *bytes, size_t len, const icmp_change *change);

#endif
