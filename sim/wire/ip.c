/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/ip.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum {
    IPV4_HEADER = 20,
    IPV4_CHECKSUM = 10,
    IPV4_TTL = 8,
    IPV4_SOURCE = 12,
    IPV4_DESTINATION = 16,
    IPV6_HEADER = 40,
    IPV6_HOP_LIMIT = 7,
    IPV6_SOURCE = 8,
    IPV6_DESTINATION = 24,
    IPV6_FRAGMENT_HEADER = 44,
    UDP_HEADER = 8,
    UDP_CHECKSUM = 6,
    PROTOCOL_UDP = 17,
    DONT_FRAGMENT = 0x4000,
    FRAGMENT_MASK = 0x3fff, /* MF and the offset */
    LENGTH_MAX = 65535
};

/* Where things are in a datagram that locate() took. */
typedef struct layout {
    roam_family family;
    size_t source, destination; /* offsets of the addresses */
    size_t address_len;
    size_t udp;
} layout;

const char *ip_strerror(int error)
{
    switch ((ip_error)error) {
    case IP_OK:
        return "no error";
    case IP_ERR_TRUNCATED:
        return "datagram shorter than its headers";
    case IP_ERR_VERSION:
        return "IP version is neither 4 nor 6";
    case IP_ERR_HEADER:
        return "IPv4 header length under 20 bytes";
    case IP_ERR_LENGTH:
        return "length fields and datagram disagree";
    case IP_ERR_FRAGMENT:
        return "datagram is a fragment";
    case IP_ERR_PROTOCOL:
        return "datagram is not UDP";
    case IP_ERR_CHECKSUM:
        return "wrong checksum";
    case IP_ERR_FAMILY:
        return "addresses are not of one family";
    case IP_ERR_TOO_LARGE:
        return "datagram too large";
    case IP_ERR_TTL:
        return "TTL used up";
    }
    return "unknown error";
}

static uint16_t get16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void put16(uint8_t *bytes, size_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static uint64_t load64(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof(word));
    return word;
}

/* One's complement addition; 2^64 - 1 is a multiple of 2^16 - 1, so 64-bit words do (RFC 1071 section 2). */
static uint64_t add(uint64_t sum, uint64_t word)
{
    sum += word;
    return sum + (sum < word);
}

/* Adds bytes to a sum of words in memory order, which RFC 1071 allows whatever the byte order of the machine.
 * Four sums side by side, for the carry chains to overlap. */
static uint64_t sum_bytes(uint64_t sum, const uint8_t *bytes, size_t len)
{
    uint64_t second = 0, third = 0, fourth = 0;
    uint8_t tail[8] = {0};

    for (; len >= 32; bytes += 32, len -= 32) {
        sum = add(sum, load64(bytes));
        second = add(second, load64(bytes + 8));
        third = add(third, load64(bytes + 16));
        fourth = add(fourth, load64(bytes + 24));
    }
    sum = add(add(sum, second), add(third, fourth));
    for (; len >= 8; bytes += 8, len -= 8)
        sum = add(sum, load64(bytes));
    if (len > 0) {
        memcpy(tail, bytes, len);
        sum = add(sum, load64(tail));
    }
    return sum;
}

/* The sum as a number, 0 only if every byte summed was 0. */
static uint16_t fold(uint64_t sum)
{
    uint8_t bytes[2];
    uint16_t folded;

    sum = (sum & UINT32_MAX) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
    sum = (sum & 0xffff) + (sum >> 16);
    folded = (uint16_t)((sum & 0xffff) + (sum >> 16));
    memcpy(bytes, &folded, sizeof(bytes));
    return get16(bytes);
}

static uint16_t invert(uint16_t word)
{
    return (uint16_t)~word;
}

uint16_t ip_checksum(const uint8_t *bytes, size_t len)
{
    return invert(fold(sum_bytes(0, bytes, len)));
}

/* RFC 1624 equation 3; difference is the sum of ~m + m' over the words changed. */
static uint16_t apply_difference(uint16_t checksum, uint32_t difference)
{
    uint32_t sum = invert(checksum) + difference;

    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    return invert((uint16_t)sum);
}

uint16_t ip_checksum_update(uint16_t checksum, uint16_t old_word, uint16_t new_word)
{
    return apply_difference(checksum, (uint32_t)invert(old_word) + new_word);
}

static void update_at(uint8_t *checksum, uint32_t difference)
{
    put16(checksum, apply_difference(get16(checksum), difference));
}

/* Sum of pseudo-header, UDP header and payload (RFC 768, RFC 8200 section 8.1). The two addresses stand side
 * by side in both IP headers, and a length over 16 bits does not occur. */
static uint64_t udp_sum(const uint8_t *bytes, size_t len, const layout *at)
{
    uint8_t pseudo[8] = {0, PROTOCOL_UDP};
    uint64_t sum;

    put16(pseudo + 2, len - at->udp);
    sum = add(load64(pseudo), 0);
    sum = sum_bytes(sum, bytes + at->source, 2 * at->address_len);
    return sum_bytes(sum, bytes + at->udp, len - at->udp);
}

static layout layout_of(roam_family family, size_t udp)
{
    if (family == ROAM_FAMILY_IPV4)
        return (layout){family, IPV4_SOURCE, IPV4_DESTINATION, 4, udp};
    return (layout){family, IPV6_SOURCE, IPV6_DESTINATION, 16, udp};
}

size_t ip_headers_len(roam_family family)
{
    switch (family) {
    case ROAM_FAMILY_NONE:
        return 0;
    case ROAM_FAMILY_IPV4:
        return IP_HEADERS_IPV4;
    case ROAM_FAMILY_IPV6:
        return IP_HEADERS_IPV6;
    }
    return 0;
}

/* All but the addresses. */
static void encode_ipv4(const ip_datagram *d, uint8_t *bytes, size_t len)
{
    memset(bytes, 0, IPV4_HEADER);
    bytes[0] = 0x45;
    bytes[1] = d->ecn;
    put16(bytes + 2, len);
    put16(bytes + 6, DONT_FRAGMENT);
    bytes[IPV4_TTL] = d->ttl;
    bytes[9] = PROTOCOL_UDP;
}

static void encode_ipv6(const ip_datagram *d, uint8_t *bytes, size_t len)
{
    memset(bytes, 0, IPV6_HEADER);
    bytes[0] = 0x60;
    bytes[1] = (uint8_t)(d->ecn << 4);
    put16(bytes + 4, len - IPV6_HEADER);
    bytes[6] = PROTOCOL_UDP;
    bytes[IPV6_HOP_LIMIT] = d->ttl;
}

/* A computed 0 goes out as 0xffff: 0 says that there is none (RFC 768). */
static uint16_t udp_checksum_on_wire(uint16_t checksum)
{
    return checksum == 0 ? 0xffff : checksum;
}

static void encode_udp(const ip_datagram *d, uint8_t *bytes, size_t len, const layout *at)
{
    uint8_t *const udp = bytes + at->udp;

    put16(udp, d->source.port);
    put16(udp + 2, d->destination.port);
    put16(udp + 4, len - at->udp);
    put16(udp + UDP_CHECKSUM, 0);
}

int ip_encode_bare(const ip_datagram *d, uint8_t *bytes, size_t capacity, size_t *len)
{
    const roam_family family = d->source.family;
    const size_t headers = ip_headers_len(family);
    const bool ipv4 = family == ROAM_FAMILY_IPV4;
    const size_t payload_max = LENGTH_MAX - (ipv4 ? (size_t)IP_HEADERS_IPV4 : (size_t)UDP_HEADER);
    layout at;

    assert(d->ecn < 4);
    if (headers == 0 || d->destination.family != family)
        return IP_ERR_FAMILY;
    if (d->payload_len > payload_max || capacity < headers || capacity - headers < d->payload_len)
        return IP_ERR_TOO_LARGE;

    if (d->payload_len > 0 && d->payload != bytes + headers)
        memmove(bytes + headers, d->payload, d->payload_len);
    at = layout_of(family, headers - UDP_HEADER);
    *len = headers + d->payload_len;
    if (ipv4)
        encode_ipv4(d, bytes, *len);
    else
        encode_ipv6(d, bytes, *len);
    memcpy(bytes + at.source, d->source.bytes, at.address_len);
    memcpy(bytes + at.destination, d->destination.bytes, at.address_len);
    encode_udp(d, bytes, *len, &at);
    return IP_OK;
}

void ip_put_checksums(uint8_t *bytes, size_t len)
{
    const bool ipv4 = bytes[0] >> 4 == 4;
    const layout at =
        ipv4 ? layout_of(ROAM_FAMILY_IPV4, IPV4_HEADER) : layout_of(ROAM_FAMILY_IPV6, IPV6_HEADER);
    uint8_t *const checksum = bytes + at.udp + UDP_CHECKSUM;

    if (ipv4) {
        put16(bytes + IPV4_CHECKSUM, 0);
        put16(bytes + IPV4_CHECKSUM, ip_checksum(bytes, IPV4_HEADER));
    }
    put16(checksum, 0);
    put16(checksum, udp_checksum_on_wire(invert(fold(udp_sum(bytes, len, &at)))));
}

int ip_encode(const ip_datagram *d, uint8_t *bytes, size_t capacity, size_t *len)
{
    const int error = ip_encode_bare(d, bytes, capacity, len);

    if (error == IP_OK)
        ip_put_checksums(bytes, *len);
    return error;
}

static int locate_ipv4(const uint8_t *bytes, size_t len, layout *at)
{
    size_t header;

    header = (size_t)(bytes[0] & 0x0f) * 4;
    if (header < IPV4_HEADER)
        return IP_ERR_HEADER;
    if (get16(bytes + 2) != len)
        return IP_ERR_LENGTH;
    if ((get16(bytes + 6) & FRAGMENT_MASK) != 0)
        return IP_ERR_FRAGMENT;
    if (bytes[9] != PROTOCOL_UDP)
        return IP_ERR_PROTOCOL;
    *at = layout_of(ROAM_FAMILY_IPV4, header);
    return IP_OK;
}

static int locate_ipv6(const uint8_t *bytes, size_t len, layout *at)
{
    if (get16(bytes + 4) != len - IPV6_HEADER)
        return IP_ERR_LENGTH;
    if (bytes[6] == IPV6_FRAGMENT_HEADER)
        return IP_ERR_FRAGMENT;
    if (bytes[6] != PROTOCOL_UDP)
        return IP_ERR_PROTOCOL;
    *at = layout_of(ROAM_FAMILY_IPV6, IPV6_HEADER);
    return IP_OK;
}

/* Also checks that the fixed part of the header is there. */
static int version_of(const uint8_t *bytes, size_t len, roam_family *family)
{
    size_t header;

    if (len == 0)
        return IP_ERR_TRUNCATED;
    switch (bytes[0] >> 4) {
    case 4:
        *family = ROAM_FAMILY_IPV4;
        header = IPV4_HEADER;
        break;
    case 6:
        *family = ROAM_FAMILY_IPV6;
        header = IPV6_HEADER;
        break;
    default:
        return IP_ERR_VERSION;
    }
    return len < header ? IP_ERR_TRUNCATED : IP_OK;
}

static int locate(const uint8_t *bytes, size_t len, layout *at)
{
    roam_family family;
    int error = version_of(bytes, len, &family);

    if (error != IP_OK)
        return error;
    error = family == ROAM_FAMILY_IPV4 ? locate_ipv4(bytes, len, at) : locate_ipv6(bytes, len, at);
    if (error != IP_OK)
        return error;
    if (len < at->udp + UDP_HEADER)
        return IP_ERR_TRUNCATED;
    return get16(bytes + at->udp + 4) == len - at->udp ? IP_OK : IP_ERR_LENGTH;
}

static roam_addr address_at(const uint8_t *bytes, const layout *at, size_t address, size_t port)
{
    roam_addr addr = {.family = at->family, .port = get16(bytes + port)};

    memcpy(addr.bytes, bytes + address, at->address_len);
    return addr;
}

static int parse_headers(const uint8_t *bytes, size_t len, ip_datagram *out, layout *at)
{
    bool ipv4;
    const int error = locate(bytes, len, at);

    if (error != IP_OK)
        return error;
    ipv4 = at->family == ROAM_FAMILY_IPV4;
    if (ipv4 && ip_checksum(bytes, at->udp) != 0)
        return IP_ERR_CHECKSUM;
    if (!ipv4 && get16(bytes + at->udp + UDP_CHECKSUM) == 0)
        return IP_ERR_CHECKSUM;
    *out = (ip_datagram){
        .source = address_at(bytes, at, at->source, at->udp),
        .destination = address_at(bytes, at, at->destination, at->udp + 2),
        .ecn = ipv4 ? bytes[1] & 3 : bytes[1] >> 4 & 3,
        .ttl = bytes[ipv4 ? IPV4_TTL : IPV6_HOP_LIMIT],
        .payload = bytes + at->udp + UDP_HEADER,
        .payload_len = len - at->udp - UDP_HEADER,
    };
    return IP_OK;
}

int ip_parse_headers(const uint8_t *bytes, size_t len, ip_datagram *out)
{
    layout at;

    return parse_headers(bytes, len, out, &at);
}

int ip_parse(const uint8_t *bytes, size_t len, ip_datagram *out)
{
    ip_datagram d;
    layout at;
    const int error = parse_headers(bytes, len, &d, &at);

    if (error != IP_OK)
        return error;
    if (get16(bytes + at.udp + UDP_CHECKSUM) != 0 && fold(udp_sum(bytes, len, &at)) != 0xffff)
        return IP_ERR_CHECKSUM;
    *out = d;
    return IP_OK;
}

/* The sum of ~m + m' for an address put in the place of another. */
static uint32_t difference_of(const uint8_t *before, const uint8_t *after, size_t len)
{
    uint32_t difference = 0;

    for (size_t i = 0; i < len; i += 2)
        difference += (uint32_t)invert(get16(before + i)) + get16(after + i);
    return difference;
}

static int rewrite(uint8_t *bytes, size_t len, const roam_addr *addr, bool source)
{
    layout at;
    uint8_t *address, *port, *checksum;
    uint32_t difference;
    const int error = locate(bytes, len, &at);

    if (error != IP_OK)
        return error;
    if (addr->family != at.family)
        return IP_ERR_FAMILY;

    address = bytes + (source ? at.source : at.destination);
    port = bytes + at.udp + (source ? 0 : 2);
    checksum = bytes + at.udp + UDP_CHECKSUM;
    difference = difference_of(address, addr->bytes, at.address_len);
    if (at.family == ROAM_FAMILY_IPV4)
        update_at(bytes + IPV4_CHECKSUM, difference);
    /* RFC 3022 section 4.1: a datagram without a UDP checksum goes on without one. */
    if (get16(checksum) != 0) {
        update_at(checksum, difference + (uint32_t)invert(get16(port)) + addr->port);
        put16(checksum, udp_checksum_on_wire(get16(checksum)));
    }
    memcpy(address, addr->bytes, at.address_len);
    put16(port, addr->port);
    return IP_OK;
}

int ip_rewrite_source(uint8_t *bytes, size_t len, const roam_addr *addr)
{
    return rewrite(bytes, len, addr, true);
}

int ip_rewrite_destination(uint8_t *bytes, size_t len, const roam_addr *addr)
{
    return rewrite(bytes, len, addr, false);
}

int ip_decrement_ttl(uint8_t *bytes, size_t len)
{
    roam_family family;
    uint8_t *ttl;
    const int error = version_of(bytes, len, &family);

    if (error != IP_OK)
        return error;
    ttl = bytes + (family == ROAM_FAMILY_IPV4 ? IPV4_TTL : IPV6_HOP_LIMIT);
    if (*ttl <= 1)
        return IP_ERR_TTL;
    if (family == ROAM_FAMILY_IPV4) {
        const uint16_t word = get16(ttl);

        update_at(bytes + IPV4_CHECKSUM, (uint32_t)invert(word) + (uint32_t)(word - 0x100));
    }
    *ttl = (uint8_t)(*ttl - 1);
    return IP_OK;
}

uint8_t ip_ttl(const uint8_t *bytes)
{
    return bytes[bytes[0] >> 4 == 6 ? IPV6_HOP_LIMIT : IPV4_TTL];
}

uint8_t ip_ecn(const uint8_t *bytes, size_t len)
{
    if (len < 2)
        return 0;
    return (bytes[0] >> 4 == 6 ? bytes[1] >> 4 : bytes[1]) & 3;
}

int ip_set_ecn(uint8_t *bytes, size_t len, uint8_t ecn)
{
    roam_family family;
    uint16_t word;
    const int error = version_of(bytes, len, &family);

    assert(ecn < 4);
    if (error != IP_OK)
        return error;
    if (family == ROAM_FAMILY_IPV6) {
        bytes[1] = (uint8_t)((bytes[1] & 0xcf) | ecn << 4);
        return IP_OK;
    }
    word = get16(bytes);
    bytes[1] = (uint8_t)((bytes[1] & 0xfc) | ecn);
    update_at(bytes + IPV4_CHECKSUM, (uint32_t)invert(word) + get16(bytes));
    return IP_OK;
}
