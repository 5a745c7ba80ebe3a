/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat/kinds.h"

#define SECOND_NS UINT64_C(1000000000)

/* A table of flows (nf_conntrack, nf_nat). Its timers are nf_conntrack_udp_timeout and
 * nf_conntrack_udp_timeout_stream; both directions refresh, and a flow is a stream when it was answered and
 * is older than two seconds. */
static void linux_masquerade(nat_options *options)
{
    options->mapping = NAT_ADDRESS_AND_PORT_DEPENDENT;
    options->filtering = NAT_ADDRESS_AND_PORT_DEPENDENT;
    options->overloading = true;
    options->track_unsolicited = true;
    options->ports = NAT_PORTS_PRESERVE_OR_RANDOM;
    options->port_first = 1;
    options->parity = false;
    options->unreplied_timeout_ns = 30 * SECOND_NS;
    options->stream_after_ns = 2 * SECOND_NS;
    options->timeout_ns = 120 * SECOND_NS;
    options->refresh = NAT_REFRESH_BOTH;
    options->hairpinning = false;
}

void nat_kind_options(nat_kind kind, nat_options *options)
{
    nat_options_default(options);
    switch (kind) {
    case NAT_OF_NO_KIND:
        options->filtering = NAT_ADDRESS_AND_PORT_DEPENDENT;
        options->ports = NAT_PORTS_PRESERVE;
        options->timeout_ns = 120 * SECOND_NS;
        break;
    case NAT_LINUX_MASQUERADE:
        linux_masquerade(options);
        break;
    case NAT_LINUX_MASQUERADE_RANDOM:
        linux_masquerade(options);
        options->ports = NAT_PORTS_RANDOM;
        break;
    case NAT_HOME_ROUTER:
        linux_masquerade(options);
        options->track_unsolicited = false;
        options->unreplied_timeout_ns = 60 * SECOND_NS;
        options->timeout_ns = 180 * SECOND_NS;
        break;
    case NAT_CGNAT_DETERMINISTIC: /* blocks as in the example of RFC 7422 section 2: (65536 - 1024) / 16 ports
                                   */
        options->blocks = NAT_BLOCKS_DETERMINISTIC;
        options->block_ports = 4032;
        break;
    case NAT_FIREWALL:
        linux_masquerade(options);
        options->transparent = true;
        options->track_unsolicited = false;
        break;
    case NAT_RFC_6888:
    case NAT_NPTV6:
        break;
    }
}
