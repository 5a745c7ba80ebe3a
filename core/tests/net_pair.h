/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two hosts of core/tests/net.h: a, in network 0, dials b, which listens in network 1. */
#ifndef CORE_TESTS_NET_PAIR_H
#define CORE_TESTS_NET_PAIR_H

#include "core/tests/net.h"

typedef struct net_pair {
    net_fixture *net; /* the test frees it, and with it all of the pair */
    net_host *a, *b;
    roam_peer_id b_at_a, a_at_b; /* by which each knows the other; 0 before they are connected */
} net_pair;

typedef struct net_pair_options {
    const char *name_a;                           /* NULL: "a" */
    void (*change_a)(roam_node_options *options); /* NULL: the options of a are the defaults */
    void (*change_b)(roam_node_options *options); /* NULL: b accepts connections, no other change */
    bool ipv6;                                    /* all addresses are of IPv6 */
    bool apart;                                   /* a does not dial */
    uint64_t idle_ns;                             /* they run for so long after they are up */
} net_pair_options;

/* The pair, connected unless options (NULL: none) say otherwise. */
net_pair net_pair_new(const net_pair_options *options);

/* a dials b, and they run until both are up: for a pair that was made apart. */
void net_pair_connect(net_pair *p);

#endif
