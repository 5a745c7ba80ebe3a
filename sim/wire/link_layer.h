/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UDP datagrams in captured packets, whatever the link layer: what is read is what another machine may have
 * sent, cut by the capture, with checksums that a network card was to fill in. None is verified. */
#ifndef SIM_WIRE_LINK_LAYER_H
#define SIM_WIRE_LINK_LAYER_H

#include "core/roam.h"
#include "sim/wire/capture_reader.h"

/* LINKTYPE_ values of the link layers that are read. */
typedef enum link_type {
    LINK_NULL = 0,      /* BSD loopback */
    LINK_ETHERNET = 1,  /* VLAN tags included */
    LINK_RAW_BSD = 12,  /* DLT_RAW as some systems write it; and 14 */
    LINK_RAW_OPEN = 14, /* likewise */
    LINK_RAW = 101,     /* IPv4 or IPv6 */
    LINK_LOOP = 108,    /* OpenBSD loopback */
    LINK_LINUX_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_LINUX_SLL2 = 276
} link_type;

typedef enum link_status {
    LINK_UDP,          /* *out is set */
    LINK_UNKNOWN_TYPE, /* a link layer that is not read */
    LINK_NOT_IP,
    LINK_NOT_UDP,
    LINK_FRAGMENT, /* of a datagram: they are not put together */
    LINK_CUT,      /* the capture ends before the payload begins */
    LINK_MALFORMED /* lengths that cannot be */
} link_status;

#define LINK_STATUSES 7

/* "UDP", "link type not read", ... */
const char *link_status_name(link_status status);

typedef struct link_datagram {
    roam_addr source;
    roam_addr destination;
    uint8_t ecn;            /* ECN codepoint, 0 to 3 */
    uint8_t ttl;            /* TTL of IPv4, hop limit of IPv6 */
    bool may_be_fragmented; /* IPv4 without DF, or IPv6 with a fragment header */
    const uint8_t *payload;
    size_t payload_len;          /* bytes that the capture has */
    size_t full_len;             /* bytes that were sent: more, when the capture cut it */
    capture_direction direction; /* as the link layer says: Linux cooked captures do */
} link_datagram;

/* bytes: a packet as captured, of full_len bytes before the capture cut it. */
link_status link_read(uint16_t type, const uint8_t *bytes, size_t len, size_t full_len, link_datagram *out);

#endif
