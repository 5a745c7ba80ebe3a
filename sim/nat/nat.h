/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_NAT_NAT_H
#define SIM_NAT_NAT_H

/*
 * A NAT for UDP as RFC 4787 describes them, and a carrier's (RFC 6888, RFC 7422): which external endpoint
 * stands for an internal one, for how long, and which remote endpoints it lets in. It works on addresses
 * alone: the caller carries the packets and rewrites them (ip.h). It depends on neither ns-3 nor scenarios,
 * draws no randomness of its own and reads no clock. Two nested NATs are two objects, one after the other.
 *
 * A hairpinned packet (an inside source, a destination that nat_owns) is nat_outbound, and then nat_inbound
 * with the external source that came out of it: RFC 4787 REQ-9 a.
 *
 * A packet of a known binding costs one look-up and one more for a filter, however many bindings there are,
 * and allocates nothing unless it comes from a remote endpoint that the filter does not hold yet.
 *
 * With overloading (RFC 4787 section 4.2.1) an external endpoint is taken towards one remote endpoint, not
 * towards all: a NAT that keeps a table of flows, as Linux does. kinds.h has their options.
 */

#include "core/roam.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum nat_error {
    NAT_OK = 0,
    NAT_ERR_MEMORY = -1,
    NAT_ERR_OPTIONS = -2,  /* the options contradict each other: nat_options says how they may be */
    NAT_ERR_FAMILY = -3,   /* an address of another family than the pool's */
    NAT_ERR_NO_PORT = -4,  /* no free port at the subscriber's address, in its block, or in the pool */
    NAT_ERR_NO_BLOCK = -5, /* no port block for this subscriber */
    NAT_ERR_SUBSCRIBER_LIMIT = -6, /* the subscriber has subscriber_bindings_max bindings */
    NAT_ERR_TABLE_FULL = -7,       /* there are bindings_max bindings */
    NAT_ERR_NO_BINDING = -8,       /* nothing inside stands behind that external endpoint */
    NAT_ERR_FILTERED = -9,         /* a binding is there, and its filter does not let that remote in */
    NAT_ERR_STALE = -10            /* the binding is stale in that direction */
} nat_error;

/* A sentence for people, never NULL; total over all ints. */
const char *nat_strerror(int error);

/* Of mapping (RFC 4787 section 4.1): for which destinations one binding serves an internal endpoint. Of
 * filtering (section 5): which remote endpoints a binding lets in. */
typedef enum nat_behaviour {
    NAT_ENDPOINT_INDEPENDENT,
    NAT_ADDRESS_DEPENDENT,
    NAT_ADDRESS_AND_PORT_DEPENDENT
} nat_behaviour;

/* Of "IP address pooling" (section 4.1): bindings of one subscriber share an address, or need not. */
typedef enum nat_pooling { NAT_POOLING_PAIRED, NAT_POOLING_ARBITRARY } nat_pooling;

/* Of port assignment (section 4.2.1). */
typedef enum nat_port_order {
    NAT_PORTS_PRESERVE,          /* the internal port; the next free one above it when it is taken */
    NAT_PORTS_SEQUENTIAL,        /* the next free one after the last one given at that address */
    NAT_PORTS_RANDOM,            /* the first free one from a random port on */
    NAT_PORTS_PRESERVE_OR_RANDOM /* the internal port; one as RANDOM gives it when it is taken */
} nat_port_order;

/* Port blocks (RFC 6888 REQ-4 and REQ-14, RFC 7422): each subscriber has one block of ports at one address,
 * whatever the pooling says. */
typedef enum nat_block_order {
    NAT_BLOCKS_NONE,
    NAT_BLOCKS_DYNAMIC,      /* taken with a subscriber's first binding, given back with its last */
    NAT_BLOCKS_DETERMINISTIC /* the Nth subscriber has the Nth block, address by address (RFC 7422 section 2)
                              */
} nat_block_order;

typedef enum nat_refresh { NAT_REFRESH_OUTBOUND, NAT_REFRESH_BOTH } nat_refresh;

#define NAT_TIMEOUT_DEFAULT_NS UINT64_C(300000000000) /* RFC 4787 REQ-5 c recommends five minutes or more */
#define NAT_POOL_MAX 65536u
#define NAT_BINDINGS_MAX 16777216u
#define NAT_FORWARDS_MAX 64u

typedef struct nat_options {
    const roam_addr *pool; /* external addresses, ports ignored, one family, none twice; copied */
    size_t pool_count;     /* 1 to NAT_POOL_MAX */
    uint16_t port_first;   /* of each address: 1 to port_last */
    uint16_t port_last;
    nat_behaviour mapping;
    nat_behaviour filtering;
    nat_pooling pooling;
    nat_port_order ports;
    bool parity;            /* even to even, odd to odd, while there are such (RFC 4787 REQ-4) */
    bool random_start;      /* sequences of ports and addresses begin anywhere, not at the first */
    nat_block_order blocks; /* a bad fit of block_ports into the port range leaves the last ports unused */
    uint16_t block_ports;   /* ports in a block, 1 to as many as the range has; without blocks ignored */
    roam_addr subscribers;  /* with deterministic blocks: the address of subscriber 0, its port ignored */
    uint32_t subscriber_bindings_max; /* bindings of one subscriber at a time; 0: no limit */
    uint64_t timeout_ns;              /* a binding that idle is gone; at least 1 */
    /* A second timer, for bindings that are no stream yet; 0: there is none. A binding becomes a stream with
     * the first packet that refreshes it when it is older than stream_after_ns and was answered before that
     * packet. */
    uint64_t unreplied_timeout_ns;
    uint64_t stream_after_ns;
    uint64_t lifetime_ns; /* a binding of that age is gone, whatever refreshes it; 0: there is no such age */
    /* Above lifetime_ns: the lifetime of each binding is one between both, ends included, by its endpoints,
     * when it is made, and the NAT's first random word. Else without effect. */
    uint64_t lifetime_most_ns;
    /* An external port is not given out again for so long after its binding has ended or moved (RFC 6888
     * REQ-8), to nobody; 0: it may be at once. Not with overloading. */
    uint64_t quarantine_ns;
    nat_refresh refresh; /* which packets keep bindings and permissions alive (REQ-6) */
    /* An external endpoint may serve one binding towards each remote endpoint. There are no blocks, mapping
     * and filtering are address-and-port-dependent; parity is not looked at. Where the order of ports
     * preserves, a binding first tries the external endpoint of the newest binding of its internal endpoint,
     * and then the internal port. The search for another one is bounded as that of Linux: NO_PORT may come
     * before the last port is taken. */
    bool overloading;
    /* With overloading: a packet from outside that no binding lets in takes its external endpoint towards its
     * sender, until none has come for as long as an unanswered binding lives. */
    bool track_unsolicited;
    bool hairpinning; /* REQ-9; only nat_hairpins looks at it */
    /* A stateful filter without translation, as a firewall is: the external endpoint is the internal one, of
     * either family. It needs overloading without track_unsolicited, and one address in the pool, which is of
     * no account, as are ports, pooling and hairpinning; it owns no address, and nat_shuffle moves nothing.
     */
    bool transparent;
    /* Static mappings: these ports of the first address of the pool, none twice, are for nat_forward alone.
     * Copied; at most NAT_FORWARDS_MAX. Not with transparent. */
    const uint16_t *forwards;
    size_t forward_count;
    uint32_t bindings_max;         /* 1 to NAT_BINDINGS_MAX */
    uint32_t filter_max;           /* remote endpoints that one binding remembers; the one longest unused
                                      makes room. At least 1 */
    uint64_t (*random)(void *ctx); /* the next of a sequence of 64-bit words; must outlive the NAT */
    void *random_ctx;
} nat_options;

/* What RFC 4787 and RFC 6888 ask for: endpoint-independent mapping and filtering, paired, random ports 1024
 * to 65535 of the same parity, five minutes, refreshed by outbound packets, hairpinning, a million bindings
 * of 256 remotes. No pool, no source of randomness: the caller's. */
void nat_options_default(nat_options *options);

typedef struct nat nat;

/* Errors: OPTIONS, FAMILY (the pool has two, or the subscribers another), MEMORY. */
ROAM_CHECKED int nat_new(const nat_options *options, nat **out);
void nat_free(nat *self); /* NULL is fine */

/* No now_ns may be less than that of an earlier call on the same NAT (asserted). */

/*
 * A packet from inside: finds or makes its binding, refreshes it, lets destination in, and says what stands
 * in the packet's source from now on. Errors, and the packet is to be dropped then: FAMILY, NO_PORT,
 * NO_BLOCK, SUBSCRIBER_LIMIT, TABLE_FULL, STALE, MEMORY. No other binding is ever given up for it (RFC 6888
 * REQ-11 d).
 */
ROAM_CHECKED int nat_outbound(nat *self, const roam_addr *internal_source, const roam_addr *destination,
                              uint64_t now_ns, roam_addr *external_source);

/* A packet from outside: says what stands in its destination from now on. Errors: FAMILY, NO_BINDING,
 * FILTERED, STALE. */
ROAM_CHECKED int nat_inbound(nat *self, const roam_addr *remote_source, const roam_addr *external_destination,
                             uint64_t now_ns, roam_addr *internal_destination);

/* The address, whatever its port, is one of the pool. */
bool nat_owns(nat *self, const roam_addr *addr);

/* A packet from inside to an address that the NAT owns comes back in; otherwise it is to be dropped. */
bool nat_hairpins(const nat *self);

/* ---- What happens to a NAT ---- */

typedef enum nat_change {
    NAT_CHANGE_PORT = 1,
    NAT_CHANGE_ADDRESS = 2,
    NAT_CHANGE_BOTH = 3,
    NAT_CHANGE_BACK = 4 /* to the external endpoint before the last move */
} nat_change;

typedef struct nat_shuffled {
    uint32_t moved; /* bindings with another external endpoint */
    uint32_t kept;  /* bindings for which there was none */
} nat_shuffled;

/*
 * Every binding of a subscriber (an internal address, its port ignored; NULL: of all) gets another external
 * port at its address, another address (the port stays if it is free there), or both; with one address in the
 * pool NAT_CHANGE_BOTH changes the port. Bindings that share an address or a block go together. Outputs are
 * never as before, nor as before the last move, while another is free; no old external endpoint is given to
 * another binding while another is free, so that packets to it are dropped. Where ports are preserved,
 * another port is the next free one above. NAT_CHANGE_BACK undoes the last move of each binding that has
 * moved, where no other binding has the endpoint. What a filter let in is forgotten: a remote endpoint is let
 * in again once the inside sends to it. Timers stay as they are. Deterministic blocks stay: ports change in
 * them, addresses never. Error: MEMORY, and some may have moved.
 */
ROAM_CHECKED int nat_shuffle(nat *self, nat_change change, const roam_addr *subscriber, uint64_t now_ns,
                             nat_shuffled *out);

/* Removes the bindings of a subscriber (NULL: of all), silently; returns how many. Of all: what unsolicited
 * packets have taken too. */
uint32_t nat_expire(nat *self, const roam_addr *subscriber, uint64_t now_ns);

/* The same of those towards one remote address (its port ignored) alone. There are none where the mapping is
 * endpoint-independent. */
uint32_t nat_expire_towards(nat *self, const roam_addr *subscriber, const roam_addr *remote, uint64_t now_ns);

typedef enum nat_way { NAT_OUT = 1, NAT_IN = 2, NAT_BOTH_WAYS = 3 } nat_way;

/* The bindings of a subscriber (NULL: of all) become stale that way: no packet passes any more, as through a
 * router that goes on translating to an address that it has lost. A packet from inside refreshes such a
 * binding nevertheless, and one from outside does not where that way is stale: it ends when the inside has
 * been silent for the timeout. Another external endpoint (nat_shuffle) makes it work again, and a new binding
 * works. Returns how many there are. */
uint32_t nat_make_stale(nat *self, nat_way way, const roam_addr *subscriber, uint64_t now_ns);

/* The static mapping of that number among options.forwards leads to this internal endpoint from now on; NULL:
 * to none. It is endpoint-independent in both directions, has no timer and no limits, stands beside the
 * bindings and takes precedence over them, and nothing here ends or moves it. NAT_ERR_FAMILY. */
ROAM_CHECKED int nat_forward(nat *self, size_t number, const roam_addr *internal);
/* What stands for an internal endpoint, and what stands behind an external one. False: no static mapping. */
bool nat_forwards_out(const nat *self, const roam_addr *internal, roam_addr *external);
/* *internal has the family NONE when the mapping leads to none. */
bool nat_forwards_in(const nat *self, const roam_addr *external, roam_addr *internal);
/* It leads there now. */
bool nat_forwards_to(const nat *self, size_t number, const roam_addr *internal);

/* Power off and on: all bindings are lost with the quarantine of their ports, and sequences begin anew (at
 * random with random_start). */
uint32_t nat_restart(nat *self, uint64_t now_ns);

/* ---- Inspection ---- */

typedef struct nat_binding {
    roam_addr internal;
    roam_addr external;
    roam_addr destination; /* the mapping's: family NONE, or port 0, where it does not depend on it */
    uint64_t made_ns;
    uint64_t expires_ns; /* unless refreshed */
    uint32_t permitted;  /* remotes in its filter; 0 when that is endpoint-independent */
} nat_binding;

/* The live bindings, each once: *cursor begins at 0 and belongs to the function. False: there are no more.
 * What is not shuffled, made or lost meanwhile comes out once. */
bool nat_next_binding(nat *self, uint64_t now_ns, uint32_t *cursor, nat_binding *out);

/* The binding that a packet from inside would use, without making or refreshing one. */
bool nat_find_binding(nat *self, const roam_addr *internal_source, const roam_addr *destination,
                      uint64_t now_ns, nat_binding *out);

/* The binding that a packet from that remote endpoint to an external one would come in by, whatever the
 * filter says, without refreshing it. */
bool nat_find_external(nat *self, const roam_addr *external, const roam_addr *remote, uint64_t now_ns,
                       nat_binding *out);

typedef struct nat_counts {
    uint32_t live;        /* bindings */
    uint32_t peak;        /* the most there were at one time */
    uint32_t subscribers; /* with bindings */
    uint32_t permitted;   /* remotes in all filters, some of them perhaps out of date */
    uint32_t reserved;    /* external endpoints that unsolicited packets have taken */
    uint64_t made;
    uint64_t timed_out;
    uint64_t forgotten; /* by nat_expire and nat_restart */
    uint64_t shuffled;
    uint64_t translated_out;
    uint64_t translated_in;
    uint64_t no_port; /* packets refused, by reason */
    uint64_t no_block;
    uint64_t subscriber_limit;
    uint64_t table_full;
    uint64_t no_binding;
    uint64_t filtered;
    uint64_t stale;
    uint64_t permissions_evicted; /* made room for another remote endpoint */
} nat_counts;

/* As of now. made = live + timed_out + forgotten. */
nat_counts nat_count(nat *self, uint64_t now_ns);

/* Slots that searches for all that its tables hold, once each, look at, and how many things these are: what a
 * search costs as they are filled now. */
uint64_t nat_probes(const nat *self, uint64_t *things);

#endif
