/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The internet core: one router that joins all access links, without delay or loss of its own. It sends each
 * datagram to the link that has the destination address.
 */
#ifndef SIM_INTERNET_H
#define SIM_INTERNET_H

#include "sim/access.h"
#include "sim/ns3.h"

typedef struct internet internet;

/* Errors: n3_status. */
ROAM_CHECKED int internet_new(n3_world *n3, internet **out);
void internet_free(internet *self); /* NULL is fine */

n3_node *internet_node(const internet *self);

/* Routes the link's address, which nobody else has, to it. N3_ERR_MEMORY. */
ROAM_CHECKED int internet_add(internet *self, access_link *link);

/* The address of the link leads nowhere from now on. */
void internet_remove(internet *self, const access_link *link);

/* The link that has the address (the port does not count), or NULL. */
access_link *internet_route(const internet *self, const roam_addr *addr);

/* An access_forward_fn; ctx is the internet. Decrements the TTL, and drops what leads nowhere at the link
 * where it came from. */
void internet_forward(void *ctx, access_link *link, n3_frame *frame, uint64_t now_ns);

#endif
