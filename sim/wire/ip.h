/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_WIRE_IP_H
#define SIM_WIRE_IP_H

/*
 * Whole datagrams in bytes, IP header first: UDP (RFC 768) over IPv4 (RFC 791) and over IPv6 (RFC 8200).
 * Hosts encode and parse, routers decrement, NATs rewrite. Nothing here allocates or keeps state.
 */

#include "core/roam.h"

#include <stddef.h>
#include <stdint.h>

#define IP_HEADERS_IPV4 28    /* bytes of IPv4 and UDP header as ip_encode writes them */
#define IP_HEADERS_IPV6 48    /* bytes of IPv6 and UDP header */
#define IP_DATAGRAM_MAX 65575 /* no datagram is longer: 40 + 65535, IPv6 without jumbograms */
#define IP_TTL_DEFAULT 64     /* RFC 1700 */

typedef enum ip_error {
    IP_OK = 0,
    IP_ERR_TRUNCATED = -1, /* shorter than its headers */
    IP_ERR_VERSION = -2,   /* neither 4 nor 6 */
    IP_ERR_HEADER = -3,    /* IPv4 header length under 20 bytes */
    IP_ERR_LENGTH = -4,    /* the length fields disagree with each other or with the bytes given */
    IP_ERR_FRAGMENT = -5,  /* a fragment: they are never made here */
    IP_ERR_PROTOCOL = -6,  /* not UDP right after the IP header */
    IP_ERR_CHECKSUM = -7,  /* of the IPv4 header, or of UDP; also UDP over IPv6 without one */
    IP_ERR_FAMILY = -8,    /* addresses of two families, or of none */
    IP_ERR_TOO_LARGE = -9, /* does not fit a length field, or the capacity given */
    IP_ERR_TTL = -10       /* TTL or hop limit used up: drop it */
} ip_error;

/* A sentence for people, never NULL; total over all ints. */
const char *ip_strerror(int error);

typedef struct ip_datagram {
    roam_addr source;
    roam_addr destination;
    uint8_t ecn; /* ECN codepoint, 0 to 3 (RFC 3168) */
    uint8_t ttl; /* TTL of IPv4, hop limit of IPv6 */
    const uint8_t *payload;
    size_t payload_len; /* bytes */
} ip_datagram;

/* Bytes that the headers of a datagram of that family take: IP_HEADERS_IPV4, _IPV6, or 0. */
size_t ip_headers_len(roam_family family);

/*
 * Writes the datagram to bytes and its length to *len. IPv4 goes out with DF set and an identification of 0
 * (RFC 6864 section 4.1), both with DSCP 0 and flow label 0: the bytes follow from d alone. The payload may
 * be in place already, at bytes + ip_headers_len(family), and is then not copied. Errors: FAMILY, TOO_LARGE;
 * nothing is written then.
 */
ROAM_CHECKED int ip_encode(const ip_datagram *d, uint8_t *bytes, size_t capacity, size_t *len);

/* Likewise, with checksums of 0, and ip_put_checksums, which puts those of an ip_encode in their place: both
 * together do what ip_encode does. In between the other functions may change such a datagram, but
 * not read it: it has a wrong checksum, or none. */
ROAM_CHECKED int ip_encode_bare(const ip_datagram *d, uint8_t *bytes, size_t capacity, size_t *len);
void ip_put_checksums(uint8_t *bytes, size_t len);

/*
 * Reads a datagram of exactly len bytes, which may be hostile; *out points into bytes. IPv4 options are
 * skipped, IPv6 extension headers refused (PROTOCOL, or FRAGMENT). An IPv4 datagram may carry no UDP checksum
 * (zero), an IPv6 one must (RFC 8200 section 8.1).
 */
ROAM_CHECKED int ip_parse(const uint8_t *bytes, size_t len, ip_datagram *out);

/* The same without reading the payload: the UDP checksum is not verified. For routers and NATs, which leave
 * that to the host at the end. */
ROAM_CHECKED int ip_parse_headers(const uint8_t *bytes, size_t len, ip_datagram *out);

/*
 * Put another address and port in place and update the checksums from the difference (RFC 1624), so that a
 * datagram with a wrong checksum keeps a wrong one. The result is what ip_encode gives for the changed
 * datagram. Errors: those of ip_parse_headers except CHECKSUM, and FAMILY when addr is of the other family;
 * bytes are untouched then.
 */
ROAM_CHECKED int ip_rewrite_source(uint8_t *bytes, size_t len, const roam_addr *addr);
ROAM_CHECKED int ip_rewrite_destination(uint8_t *bytes, size_t len, const roam_addr *addr);

/* What a router does (RFC 1812 section 5.3.1, RFC 8200 section 3): TTL when the datagram must not go on, and
 * it is untouched then; TRUNCATED or VERSION when it is no IP datagram. */
ROAM_CHECKED int ip_decrement_ttl(uint8_t *bytes, size_t len);

/* TTL or hop limit of a datagram of either version that has a whole header. */
uint8_t ip_ttl(const uint8_t *bytes);

/* The ECN codepoint of a datagram of either version; 0 (Not-ECT) of one that is shorter than its traffic
 * class. */
uint8_t ip_ecn(const uint8_t *bytes, size_t len);
/* Sets the ECN codepoint, 0 to 3: a queue marks with 3 (CE). Errors: TRUNCATED, VERSION. */
ROAM_CHECKED int ip_set_ecn(uint8_t *bytes, size_t len, uint8_t ecn);

/* The Internet checksum of len bytes (RFC 1071), in host byte order. */
uint16_t ip_checksum(const uint8_t *bytes, size_t len);

/* The checksum after one 16-bit word has changed (RFC 1624, equation 3); all in host byte order. */
uint16_t ip_checksum_update(uint16_t checksum, uint16_t old_word, uint16_t new_word);

#endif
