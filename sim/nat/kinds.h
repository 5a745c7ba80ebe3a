/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_NAT_KINDS_H
#define SIM_NAT_KINDS_H

/* The options of NATs that are in use. Those of Linux are compared with the kernel, by the
 * sequences of packets in tests/stories.c. */

#include "sim/nat/nat.h"

typedef enum nat_kind {
    NAT_OF_NO_KIND, /* endpoint-independent mapping, address-and-port-dependent filtering, ports preserved,
                       two minutes */
    NAT_LINUX_MASQUERADE,        /* nftables: masquerade */
    NAT_LINUX_MASQUERADE_RANDOM, /* masquerade random, or fully-random */
    NAT_HOME_ROUTER, /* masquerade behind a firewall that drops unsolicited packets from outside; OpenWrt's
                      * timers
                      */
    NAT_CGNAT_DETERMINISTIC, /* RFC 7422 */
    NAT_RFC_6888,            /* what RFC 4787 and RFC 6888 ask for: nat_options_default */
    NAT_FIREWALL, /* a table of flows without translation: nftables' "ct state established,related accept"
                     from outside, and everything from inside */
    NAT_NPTV6     /* RFC 6296: it has no bindings (prefix.h), and its options are of no account */
} nat_kind;

/* The options of that kind. As of nat_options_default: no pool, no source of randomness; no subscribers. */
void nat_kind_options(nat_kind kind, nat_options *options);

#endif
