/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, and adapters: where a node's datagrams go. A part of roam.h, which includes it. */
#ifndef ROAM_ADAPTER_H
#define ROAM_ADAPTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROAM_CHECKED __attribute__((warn_unused_result))

/* ---- Addresses ---- */

typedef enum roam_family { ROAM_FAMILY_NONE = 0, ROAM_FAMILY_IPV4 = 4, ROAM_FAMILY_IPV6 = 6 } roam_family;

/* A UDP address. Bytes beyond those of the family are zero. ROAM_FAMILY_NONE stands for "choose". */
typedef struct roam_addr {
    roam_family family;
    uint16_t port; /* host byte order */
    uint8_t bytes[16];
} roam_addr;

#define ROAM_ADDR_STRING_MAX 56

bool roam_addr_equal(const roam_addr *a, const roam_addr *b);
/* Writes "192.0.2.1:4433" or "[2001:db8::1]:4433" (RFC 5952), NUL-terminated, and returns text. */
char *roam_addr_format(const roam_addr *addr, char text[ROAM_ADDR_STRING_MAX]);

/* ---- Adapters ---- */

/* Where datagrams go: a UDP socket, a simulated host, a relay. */
typedef struct roam_adapter roam_adapter;

/*
 * A datagram, or several of one size to one address (as in UDP GSO): len bytes are sent as datagrams of
 * segment_len bytes, the last of which may be shorter. data belongs to the caller of send.
 */
typedef struct roam_datagram {
    roam_addr remote;
    uint8_t ecn; /* ECN codepoint, the low two bits of the traffic class */
    const uint8_t *data;
    size_t len;
    size_t segment_len;
} roam_datagram;

/* What an adapter can do. ctx is that of roam_adapter_new. */
typedef struct roam_adapter_vtable {
    /* Hands over the datagram, all of it or nothing. 0, or ROAM_ERR_ADAPTER when it could not be sent: the
     * datagram is then lost as any may be, and counted in the path statistics. ROAM_ERR_TOO_LARGE: likewise,
     * since the path takes no datagram of segment_len bytes; for a while those that follow are small. */
    int (*send)(void *ctx, const roam_datagram *datagram, uint64_t now_ns);
    /* Releases ctx. Called exactly once, after which no other function of the vtable is called. */
    void (*close)(void *ctx);
    /* How many datagrams of one size and address send takes at once; 0 is 1. */
    size_t segments_max;
} roam_adapter_vtable;

/*
 * An adapter bound to the local address; the addresses of two open adapters of one node must differ. vtable
 * must outlive it. Ownership: its holder calls roam_adapter_free, unless it has passed it to a node.
 * ROAM_ERR_NO_MEMORY: ctx stays the caller's.
 */
ROAM_CHECKED int roam_adapter_new(const roam_adapter_vtable *vtable, void *ctx, const roam_addr *local,
                                  roam_adapter **out);
void roam_adapter_free(roam_adapter *adapter);
const roam_addr *roam_adapter_local(const roam_adapter *adapter);
void *roam_adapter_context(const roam_adapter *adapter);

#endif
