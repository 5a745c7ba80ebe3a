/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/icmp.h"

#include "sim/wire/ip.h"

#include <string.h>

enum {
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    ICMP_HEADER = 8,
    UDP_HEADER = 8,
    IPV4_MESSAGE_MAX = 576,
    IPV4_CHECKSUM = 10,
    PROTOCOL_ICMP = 1,
    PROTOCOL_UDP = 17,
    PROTOCOL_ICMPV6 = 58
};

static uint16_t get16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void put16(uint8_t *bytes, size_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

/* The type and code of each kind. */
static const struct {
    icmp_kind kind;
    uint8_t type4, code4, type6, code6;
} KINDS[] = {{ICMP_TOO_BIG, 3, 4, 2, 0},
             {ICMP_NO_HOST, 3, 1, 1, 3},
             {ICMP_NO_PORT, 3, 3, 1, 4},
             {ICMP_PROHIBITED, 3, 13, 1, 1}};

/* Where things are in a message of one family. */
typedef struct layout {
    bool ipv4;
    size_t header, source, destination, address_len;
} layout;

static layout layout_of(bool ipv4)
{
    return ipv4 ? (layout){true, IPV4_HEADER, 12, 16, 4} : (layout){false, IPV6_HEADER, 8, 24, 16};
}

bool icmp_is(const uint8_t *bytes, size_t len)
{
    if (len >= IPV4_HEADER && bytes[0] == 0x45)
        return bytes[9] == PROTOCOL_ICMP;
    return len >= IPV6_HEADER && bytes[0] >> 4 == 6 && bytes[6] == PROTOCOL_ICMPV6;
}

/* Of the message behind the IP header; ICMPv6 has a pseudo-header (RFC 4443 section 2.3). */
static uint16_t checksum_of(const uint8_t *bytes, size_t len, const layout *at)
{
    uint8_t summed[ICMP_MAX + 40];
    size_t used = 0;
    if (!at->ipv4) {
        memcpy(summed, bytes + at->source, 32);
        put16(summed + 32, 0);
        put16(summed + 34, len - at->header);
        put16(summed + 36, 0);
        put16(summed + 38, PROTOCOL_ICMPV6);
        used = 40;
    }
    memcpy(summed + used, bytes + at->header, len - at->header);
    return ip_checksum(summed, used + len - at->header);
}

/* ---- making ---- */

static void put_header(uint8_t *bytes, size_t len, const layout *at, const roam_addr *from,
                       const uint8_t *datagram)
{
    memset(bytes, 0, at->header + ICMP_HEADER);
    if (at->ipv4) {
        bytes[0] = 0x45;
        put16(bytes + 2, len);
        bytes[8] = IP_TTL_DEFAULT;
        bytes[9] = PROTOCOL_ICMP;
    } else {
        bytes[0] = 0x60;
        put16(bytes + 4, len - IPV6_HEADER);
        bytes[6] = PROTOCOL_ICMPV6;
        bytes[7] = IP_TTL_DEFAULT;
    }
    memcpy(bytes + at->source, from->bytes, at->address_len);
    memcpy(bytes + at->destination, datagram + at->source, at->address_len);
    if (at->ipv4)
        put16(bytes + IPV4_CHECKSUM, ip_checksum(bytes, IPV4_HEADER));
}

size_t icmp_answer(const roam_addr *from, icmp_kind kind, uint32_t mtu, const uint8_t *datagram, size_t len,
                   uint8_t bytes[ICMP_MAX])
{
    ip_datagram about;
    size_t row = 0;
    if (ip_parse_headers(datagram, len, &about) != IP_OK || about.source.family != from->family)
        return 0;
    const layout at = layout_of(from->family == ROAM_FAMILY_IPV4);
    const size_t room = (at.ipv4 ? (size_t)IPV4_MESSAGE_MAX : (size_t)ICMP_MAX) - at.header - ICMP_HEADER;
    const size_t quoted = len < room ? len : room;
    const size_t total = at.header + ICMP_HEADER + quoted;
    while (KINDS[row].kind != kind)
        row++;
    put_header(bytes, total, &at, from, datagram);
    uint8_t *const message = bytes + at.header;
    message[0] = at.ipv4 ? KINDS[row].type4 : KINDS[row].type6;
    message[1] = at.ipv4 ? KINDS[row].code4 : KINDS[row].code6;
    if (kind == ICMP_TOO_BIG)
        put16(message + 6, mtu);
    memcpy(message + ICMP_HEADER, datagram, quoted);
    put16(message + 2, checksum_of(bytes, total, &at));
    return total;
}

/* ---- reading ---- */

static roam_addr address_at(const uint8_t *bytes, size_t offset, const layout *at, uint16_t port)
{
    roam_addr addr = {.family = at->ipv4 ? ROAM_FAMILY_IPV4 : ROAM_FAMILY_IPV6, .port = port};
    memcpy(addr.bytes, bytes + offset, at->address_len);
    return addr;
}

static bool read_quote(const uint8_t *quoted, size_t len, const layout *at, icmp_quote *out)
{
    const uint8_t *const udp = quoted + at->header;
    if (len < at->header + UDP_HEADER || quoted[0] != (at->ipv4 ? 0x45 : quoted[0]) ||
        quoted[0] >> 4 != (at->ipv4 ? 4 : 6) || quoted[at->ipv4 ? 9 : 6] != PROTOCOL_UDP ||
        get16(udp + 4) < UDP_HEADER)
        return false;
    *out = (icmp_quote){.source = address_at(quoted, at->source, at, get16(udp)),
                        .destination = address_at(quoted, at->destination, at, get16(udp + 2)),
                        .payload_len = (size_t)get16(udp + 4) - UDP_HEADER,
                        .payload = udp + UDP_HEADER,
                        .quoted_len = len - at->header - UDP_HEADER};
    if (out->quoted_len > out->payload_len)
        out->quoted_len = out->payload_len;
    return true;
}

static icmp_kind kind_of(const uint8_t *message, bool ipv4)
{
    for (size_t i = 0; i < sizeof KINDS / sizeof KINDS[0]; i++)
        if (message[0] == (ipv4 ? KINDS[i].type4 : KINDS[i].type6) &&
            message[1] == (ipv4 ? KINDS[i].code4 : KINDS[i].code6))
            return KINDS[i].kind;
    return ICMP_OTHER;
}

bool icmp_parse(const uint8_t *bytes, size_t len, icmp_error *out)
{
    if (!icmp_is(bytes, len) || len > ICMP_MAX)
        return false;
    const layout at = layout_of(bytes[0] >> 4 == 4);
    const size_t told = at.ipv4 ? get16(bytes + 2) : get16(bytes + 4) + (size_t)IPV6_HEADER;
    icmp_error read = {.source = address_at(bytes, at.source, &at, 0),
                       .destination = address_at(bytes, at.destination, &at, 0),
                       .ttl = bytes[at.ipv4 ? 8 : 7]};
    if (told != len || len < at.header + ICMP_HEADER || (at.ipv4 && ip_checksum(bytes, IPV4_HEADER) != 0) ||
        checksum_of(bytes, len, &at) != 0)
        return false;
    const uint8_t *const message = bytes + at.header;
    read.kind = kind_of(message, at.ipv4);
    if (read.kind == ICMP_TOO_BIG)
        read.mtu = get16(message + 6);
    if (!at.ipv4 && get16(message + 4) != 0 && read.kind == ICMP_TOO_BIG)
        read.mtu = UINT32_MAX;
    if (!read_quote(message + ICMP_HEADER, len - at.header - ICMP_HEADER, &at, &read.quote))
        return false;
    *out = read;
    return true;
}

/* ---- translating ---- */

/* Other words in the quoted headers, whose checksums go along. */
static void change_words(uint8_t *at, const uint8_t *to, size_t len, uint8_t *ip_sum, uint8_t *udp_sum)
{
    for (size_t i = 0; i < len; i += 2) {
        const uint16_t before = get16(at + i), after = get16(to + i);
        if (ip_sum)
            put16(ip_sum, ip_checksum_update(get16(ip_sum), before, after));
        put16(udp_sum, ip_checksum_update(get16(udp_sum), before, after));
        put16(at + i, after);
    }
}

static void change_quoted(uint8_t *quoted, const layout *at, const roam_addr *addr, bool source)
{
    uint8_t port[2], sum[2];
    if (!addr)
        return;
    uint8_t *const udp = quoted + at->header;
    memcpy(sum, udp + 6, sizeof sum);
    put16(port, addr->port);
    change_words(quoted + (source ? at->source : at->destination), addr->bytes, at->address_len,
                 at->ipv4 ? quoted + IPV4_CHECKSUM : NULL, sum);
    change_words(udp + (source ? 0 : 2), port, sizeof port, NULL, sum);
    if (get16(udp + 6) !=
        0) /* 0: there is none (RFC 3022 section 4.1), and none is computed as 0 (RFC 768) */
        put16(udp + 6, get16(sum) == 0 ? 0xffff : get16(sum));
}

void icmp_rewrite(uint8_t *bytes, size_t len, const icmp_change *change)
{
    const layout at = layout_of(bytes[0] >> 4 == 4);
    uint8_t *const message = bytes + at.header;
    if (change->source)
        memcpy(bytes + at.source, change->source->bytes, at.address_len);
    if (change->destination)
        memcpy(bytes + at.destination, change->destination->bytes, at.address_len);
    change_quoted(message + ICMP_HEADER, &at, change->quoted_source, true);
    change_quoted(message + ICMP_HEADER, &at, change->quoted_destination, false);
    if (at.ipv4) {
        put16(bytes + IPV4_CHECKSUM, 0);
        put16(bytes + IPV4_CHECKSUM, ip_checksum(bytes, IPV4_HEADER));
    }
    put16(message + 2, 0);
    put16(message + 2, checksum_of(bytes, len, &at));
}
