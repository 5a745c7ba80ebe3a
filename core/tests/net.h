/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network for tests of the core alone: nodes with adapters on a few numbered networks, a virtual clock, and
 * a queue of datagrams in flight that always gives the earliest. A datagram from network i to network j takes
 * delay[i] + delay[j]. Everything a node says is kept for the test to look at.
 */
#ifndef CORE_TESTS_NET_H
#define CORE_TESTS_NET_H

#include "core/roam.h"

#define NET_MS UINT64_C(1000000)
#define NET_S (1000 * NET_MS)

enum { NET_ANY = -1, NET_NETWORKS = 6, NET_EVENTS_MAX = 4096, NET_RESULTS_MAX = 1024 };

typedef struct net_fixture net_fixture;

typedef struct net_result {
    uint64_t at_ns;
    roam_peer_id peer;
    roam_migration_record record;
    void *done_data;
} net_result;

typedef struct net_event {
    uint64_t at_ns;
    roam_event event; /* pointers in it are not valid */
} net_event;

typedef struct net_host {
    net_fixture *net;
    const char *name;
    uint8_t number;                      /* last byte of its addresses */
    int network;                         /* where open_adapter binds when it may choose */
    bool batch;                          /* what arrives is read, and the step is left to the test */
    bool refuse_adapters;                /* open_adapter fails */
    int refusal;                         /* with this; 0: ROAM_ERR_ADAPTER */
    bool refuse_datagrams[NET_NETWORKS]; /* adapters there fail to send */
    size_t largest[NET_NETWORKS];        /* adapters there refuse longer datagrams; 0: none */
    roam_identity *identity;
    roam_node *node; /* NULL: crashed */
    uint64_t random_state;
    uint16_t next_port;
    uint32_t adapters_open;

    net_event events[NET_EVENTS_MAX];
    size_t event_count;
    net_result results[NET_RESULTS_MAX];
    size_t result_count;
    struct net_call *calls; /* without a result yet */
    uint64_t messages, message_bytes;
    uint64_t message_hash; /* over peer, key and bytes of every message, in order */
    void (*on_message)(struct net_host *host, const roam_message *message, uint64_t now_ns);
    void (*on_event)(struct net_host *host, const roam_event *event, uint64_t now_ns);
    void *user;
} net_host;

typedef struct net_stats {
    uint64_t datagrams, bytes;
    uint64_t hash; /* over time, addresses and bytes of every datagram sent */
} net_stats;

net_fixture *net_new(void);
/* All addresses are of IPv6. To be called before the first host is added. */
void net_ipv6(net_fixture *net);
void net_free(net_fixture *net); /* frees hosts too */

/* A host whose options are the defaults changed by change (NULL: none). Asserts on failure. */
net_host *net_add(net_fixture *net, const char *name, int network,
                  void (*change)(roam_node_options *options));
void net_accepting(roam_node_options *options); /* such a change: the host accepts connections */
/* The node vanishes without a word, with its adapters. */
void net_crash(net_host *host);
/* A new node of the same identity, after a crash. */
void net_restart(net_host *host, void (*change)(roam_node_options *options));
/* Listens on port 4433 in its network. */
void net_listen(net_host *host);
/* host dials other, and they run until both are up; returns host's peer id of other. */
roam_peer_id net_connect(net_host *host, net_host *other);
void net_dial(net_host *host, net_host *other);

roam_addr net_addr(const net_host *host, int network, uint16_t port);
void net_delay(net_fixture *net, int network, uint64_t delay_ns);
/* Datagrams from (up) or to (down) addresses of that network vanish. */
void net_block(net_fixture *net, int network, bool up, bool down);
/* A NAT: datagrams from inside now come from outside, and those to outside reach inside. Datagrams to an
 * earlier outside address of inside vanish. outside equal to inside: no NAT any more. */
void net_nat(net_fixture *net, const roam_addr *inside, const roam_addr *outside);
/* An adapter of the host in that network, to be staged. */
roam_adapter *net_open(net_host *host, int network);
/* Asked for every datagram sent, before a NAT; true: it vanishes. */
void net_filter(net_fixture *net,
                bool (*drop)(void *user, const roam_addr *from, const roam_datagram *datagram), void *user);

uint64_t net_now(const net_fixture *net);
net_stats net_stats_of(const net_fixture *net);
/* Runs all that happens up to until_ns. */
void net_run(net_fixture *net, uint64_t until_ns);
/* Runs for so long. */
void net_run_for(net_fixture *net, uint64_t ns);
/* Hands over what was queued by calls outside of callbacks. */
void net_poke(net_host *host);
/* A datagram out of nowhere. */
void net_inject(net_host *to, const roam_addr *local, const roam_addr *from, const void *data, size_t len);

/* roam_migrate to that network (NET_ANY: open_adapter chooses). True: the call was taken, and the result goes
 * to host->results with done_data = data. */
bool net_migrate(net_host *host, roam_peer_id peer, int network, uint64_t timeout_ns, roam_migrate_mode mode,
                 void *data);
size_t net_count(const net_host *host, roam_event_kind kind);
/* How many PEER_UP more than PEER_DOWN. */
int net_ups(const net_host *host);
/* Sends a message, which must be accepted. */
void net_send(net_host *host, roam_peer_id peer, uint64_t key, const void *data, size_t len);
const roam_event *net_last(const net_host *host, roam_event_kind kind); /* NULL: none */

#endif
