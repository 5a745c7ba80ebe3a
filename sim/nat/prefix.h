/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_NAT_PREFIX_H
#define SIM_NAT_PREFIX_H

/* IPv6-to-IPv6 network prefix translation (NPTv6, RFC 6296): one address inside for each outside, without
 * state and without ports, so that the checksums of the transport stay as they are. */

#include "core/roam.h"

#include <stdbool.h>

enum { NAT_PREFIX_BITS_MIN = 16, NAT_PREFIX_BITS_MAX = 64 };

/* Value. Both are IPv6, their bits beyond the prefix are 0. */
typedef struct nat_prefix {
    roam_addr internal;
    roam_addr external;
    unsigned bits; /* of either; NAT_PREFIX_BITS_MIN to _MAX */
} nat_prefix;

/* What stands for an internal address and port, and what stands behind an external one. False: the address is
 * not in the prefix, or it is one of those that cannot be translated (section 3.4: the subnet 0xffff of a /48
 * or shorter; section 3.5: an interface identifier of ones alone). */
bool nat_prefix_out(const nat_prefix *self, const roam_addr *internal, roam_addr *external);
bool nat_prefix_in(const nat_prefix *self, const roam_addr *external, roam_addr *internal);

/* The address begins with that prefix. */
bool nat_prefix_has(const roam_addr *prefix, unsigned bits, const roam_addr *addr);

#endif
