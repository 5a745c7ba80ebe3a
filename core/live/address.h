/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Conversions of roam_addr: to and from text, and socket addresses of the kernel. IPv6 zones are not
 * supported: link-local addresses of two interfaces cannot be told apart. */
#ifndef CORE_LIVE_ADDRESS_H
#define CORE_LIVE_ADDRESS_H

#include "core/roam.h"

#include <sys/socket.h>

/* Reads "192.0.2.1:4433", "[2001:db8::1]:4433", "192.0.2.1" or "2001:db8::1" (port 0). */
ROAM_CHECKED bool live_address_parse(const char *text, roam_addr *out);

/* Whether addr is of the network of the first bits of prefix. */
bool live_address_is_within(const roam_addr *addr, const roam_addr *prefix, unsigned bits);

/* Length of the socket address; 0 for ROAM_FAMILY_NONE. */
socklen_t live_address_to_kernel(const roam_addr *addr, struct sockaddr_storage *out);
/* ROAM_FAMILY_NONE when it is of another family. */
void live_address_from_kernel(const struct sockaddr_storage *from, roam_addr *out);

/* NONE, 0.0.0.0 or [::]. */
bool live_address_is_unspecified(const roam_addr *addr);
/* Of the same family and bytes, whatever the port. */
bool live_address_same_host(const roam_addr *a, const roam_addr *b);

/* The local address, port 0, from which the kernel would now send to remote. ADAPTER: no route (errno). */
ROAM_CHECKED int live_address_leading_to(const roam_addr *remote, roam_addr *local);

/* The answer of open_adapter (roam.h) that says why a socket could not be opened. */
int live_address_status(int error_number);

/* Index of the interface that has the address; 0: none. running may be NULL: whether that interface is up and
 * has a carrier. */
unsigned live_address_interface(const roam_addr *addr, bool *running);

/* The machine's addresses of that family, with that port, without link-local IPv6; at most max of them are
 * written. Returns how many. */
size_t live_address_list(roam_family family, uint16_t port, roam_addr *out, size_t max);

#endif
