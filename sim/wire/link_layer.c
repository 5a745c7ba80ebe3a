/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/link_layer.h"

#include <string.h>

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86dd };
enum { ETHERNET_HEADER = 14, TYPE_AT = 12, VLAN_TAG = 4, LOOPBACK_HEADER = 4 };
enum { SLL_HEADER = 16, SLL_PROTOCOL_AT = 14, SLL2_HEADER = 20, SLL2_PACKET_TYPE_AT = 10, SENT_BY_US = 4 };
enum { IPV4_HEADER = 20, IPV6_HEADER = 40, UDP_HEADER = 8, EXTENSIONS_MAX = 16 };
enum { DONT_FRAGMENT = 0x4000, MORE_FRAGMENTS = 0x2000, FRAGMENT_OFFSET = 0x1fff };
/* Protocol numbers and IPv6 extension headers (RFC 8200 section 4). */
enum {
    HOP_BY_HOP = 0,
    UDP = 17,
    ROUTING = 43,
    FRAGMENT = 44,
    AUTHENTICATION = 51,
    DESTINATION_OPTIONS = 60,
    MOBILITY = 135
};

const char *link_status_name(link_status status)
{
    switch (status) {
    case LINK_UDP:
        return "UDP";
    case LINK_UNKNOWN_TYPE:
        return "of a link type that is not read";
    case LINK_NOT_IP:
        return "not IP";
    case LINK_NOT_UDP:
        return "not UDP";
    case LINK_FRAGMENT:
        return "a fragment";
    case LINK_CUT:
        return "cut by the capture before the payload";
    case LINK_MALFORMED:
        return "not well-formed";
    }
    return "unknown";
}

/* What is left of a packet. */
typedef struct view {
    const uint8_t *at;
    size_t len;  /* captured */
    size_t full; /* sent; at least len */
} view;

static uint16_t half_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* The first len bytes are a header: goes behind it. UDP: it is there. */
static link_status take(view *from, size_t len)
{
    if (from->full < len)
        return LINK_MALFORMED;
    if (from->len < len)
        return LINK_CUT;
    from->at += len;
    from->len -= len;
    from->full -= len;
    return LINK_UDP;
}

/* What follows is of so many bytes; the rest is padding of the link layer. */
static link_status limit(view *of, size_t len)
{
    if (len > of->full)
        return LINK_MALFORMED;
    of->full = len;
    if (of->len > len)
        of->len = len;
    return LINK_UDP;
}

static link_status read_udp(view rest, link_datagram *out)
{
    const uint8_t *const header = rest.at;
    const link_status status = take(&rest, UDP_HEADER);
    if (status != LINK_UDP)
        return status;
    const size_t len = half_at(header + 4);
    /* A length of 0 is that of all the rest: RFC 2675 section 4, and segmentation offload. */
    if (len > 0 && (len < UDP_HEADER || limit(&rest, len - UDP_HEADER) != LINK_UDP))
        return LINK_MALFORMED;
    out->source.port = half_at(header);
    out->destination.port = half_at(header + 2);
    out->payload = rest.at;
    out->payload_len = rest.len;
    out->full_len = rest.full;
    return LINK_UDP;
}

static link_status read_ipv4(view rest, link_datagram *out)
{
    const uint8_t *const header = rest.at;
    if (rest.len < IPV4_HEADER)
        return rest.full < IPV4_HEADER ? LINK_MALFORMED : LINK_CUT;
    const size_t header_len = (size_t)(header[0] & 0x0f) * 4, total = half_at(header + 2);
    if (header[0] >> 4 != 4 || header_len < IPV4_HEADER)
        return LINK_MALFORMED;
    /* Segmentation offload leaves a total length of 0. */
    if (total > 0 && (total < header_len || limit(&rest, total) != LINK_UDP))
        return LINK_MALFORMED;
    if (header[9] != UDP)
        return LINK_NOT_UDP;
    if (half_at(header + 6) & (MORE_FRAGMENTS | FRAGMENT_OFFSET))
        return LINK_FRAGMENT;
    const link_status status = take(&rest, header_len);
    if (status != LINK_UDP)
        return status;
    out->ecn = header[1] & 3;
    out->ttl = header[8];
    out->may_be_fragmented = !(half_at(header + 6) & DONT_FRAGMENT);
    out->source.family = out->destination.family = ROAM_FAMILY_IPV4;
    memcpy(out->source.bytes, header + 12, 4);
    memcpy(out->destination.bytes, header + 16, 4);
    return read_udp(rest, out);
}

/* One extension header, of type *next; says which comes after it. */
static link_status skip_extension(view *rest, uint8_t *next)
{
    const uint8_t *const header = rest->at;
    const uint8_t type = *next;
    if (rest->len < 8)
        return rest->full < 8 ? LINK_MALFORMED : LINK_CUT;
    if (type == FRAGMENT && half_at(header + 2) & 0xfff9) /* RFC 6946: others are whole datagrams */
        return LINK_FRAGMENT;
    *next = header[0];
    if (type == AUTHENTICATION)
        return take(rest, ((size_t)header[1] + 2) * 4);
    return take(rest, type == FRAGMENT ? 8 : ((size_t)header[1] + 1) * 8);
}

static bool is_extension(uint8_t type)
{
    return type == HOP_BY_HOP || type == ROUTING || type == FRAGMENT || type == AUTHENTICATION ||
           type == DESTINATION_OPTIONS || type == MOBILITY;
}

static link_status read_ipv6(view rest, link_datagram *out)
{
    const uint8_t *const header = rest.at;
    link_status status = take(&rest, IPV6_HEADER);
    if (status != LINK_UDP)
        return status;
    const size_t payload = half_at(header + 4);
    if (header[0] >> 4 != 6 || (payload > 0 && limit(&rest, payload) != LINK_UDP))
        return LINK_MALFORMED;
    uint8_t next = header[6];
    for (int i = 0; is_extension(next); i++) {
        out->may_be_fragmented |= next == FRAGMENT;
        status = i < EXTENSIONS_MAX ? skip_extension(&rest, &next) : LINK_MALFORMED;
        if (status != LINK_UDP)
            return status;
    }
    if (next != UDP)
        return LINK_NOT_UDP;
    out->ecn = header[1] >> 4 & 3;
    out->ttl = header[7];
    out->source.family = out->destination.family = ROAM_FAMILY_IPV6;
    memcpy(out->source.bytes, header + 8, 16);
    memcpy(out->destination.bytes, header + 24, 16);
    return read_udp(rest, out);
}

static link_status read_ip(view rest, link_datagram *out)
{
    if (rest.len == 0)
        return rest.full == 0 ? LINK_NOT_IP : LINK_CUT;
    switch (rest.at[0] >> 4) {
    case 4:
        return read_ipv4(rest, out);
    case 6:
        return read_ipv6(rest, out);
    default:
        return LINK_NOT_IP;
    }
}

static bool is_vlan(uint16_t ethertype)
{
    return ethertype == 0x8100 || ethertype == 0x88a8 || ethertype == 0x9100;
}

static link_status read_ethertype(view rest, uint16_t ethertype, link_datagram *out)
{
    while (is_vlan(ethertype)) {
        const uint8_t *const tag = rest.at;
        const link_status status = take(&rest, VLAN_TAG);
        if (status != LINK_UDP)
            return status;
        ethertype = half_at(tag + 2);
    }
    if (ethertype == ETHERTYPE_IPV4)
        return rest.len > 0 && rest.at[0] >> 4 != 4 ? LINK_MALFORMED : read_ipv4(rest, out);
    return ethertype == ETHERTYPE_IPV6 ? read_ipv6(rest, out) : LINK_NOT_IP;
}

static link_status read_ethernet(view rest, link_datagram *out)
{
    const uint8_t *const header = rest.at;
    const link_status status = take(&rest, ETHERNET_HEADER);
    return status == LINK_UDP ? read_ethertype(rest, half_at(header + TYPE_AT), out) : status;
}

/* The address family, in the byte order of whatever machine, is not needed: IP says itself which it is. */
static link_status read_loopback(view rest, link_datagram *out)
{
    const link_status status = take(&rest, LOOPBACK_HEADER);
    return status == LINK_UDP ? read_ip(rest, out) : status;
}

static capture_direction direction_of(unsigned packet_type)
{
    return packet_type == SENT_BY_US ? CAPTURE_OUTBOUND
           : packet_type == 0        ? CAPTURE_INBOUND
                                     : CAPTURE_UNKNOWN;
}

static link_status read_sll(view rest, link_datagram *out)
{
    const uint8_t *const header = rest.at;
    const link_status status = take(&rest, SLL_HEADER);
    if (status != LINK_UDP)
        return status;
    out->direction = direction_of(half_at(header));
    return read_ethertype(rest, half_at(header + SLL_PROTOCOL_AT), out);
}

static link_status read_sll2(view rest, link_datagram *out)
{
    const uint8_t *const header = rest.at;
    const link_status status = take(&rest, SLL2_HEADER);
    if (status != LINK_UDP)
        return status;
    out->direction = direction_of(header[SLL2_PACKET_TYPE_AT]);
    return read_ethertype(rest, half_at(header), out);
}

link_status link_read(uint16_t type, const uint8_t *bytes, size_t len, size_t full_len, link_datagram *out)
{
    const view whole = {bytes, len, full_len < len ? len : full_len};
    *out = (link_datagram){.payload = NULL};
    switch (type) {
    case LINK_NULL:
    case LINK_LOOP:
        return read_loopback(whole, out);
    case LINK_ETHERNET:
        return read_ethernet(whole, out);
    case LINK_RAW_BSD:
    case LINK_RAW_OPEN:
    case LINK_RAW:
    case LINK_IPV4:
    case LINK_IPV6:
        return read_ip(whole, out);
    case LINK_LINUX_SLL:
        return read_sll(whole, out);
    case LINK_LINUX_SLL2:
        return read_sll2(whole, out);
    default:
        return LINK_UNKNOWN_TYPE;
    }
}
