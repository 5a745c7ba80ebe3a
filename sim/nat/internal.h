/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_NAT_INTERNAL_H
#define SIM_NAT_INTERNAL_H

/* What the files of the NAT share. Bindings, subscribers and permissions go by their numbers in slabs. */

#include "core/table.h"
#include "sim/nat/age_list.h"
#include "sim/nat/nat.h"
#include "sim/nat/ports.h"
#include "sim/nat/slab.h"

/* A remote endpoint that a binding lets in. In its binding's list, the one used last in front. */
typedef struct nat_permission {
    uint32_t binding;
    nat_age_links links;
    uint64_t used_ns;
    roam_addr remote; /* as much of it as the filtering looks at */
} nat_permission;

/* An inside host with bindings. */
typedef struct nat_subscriber {
    uint32_t first_binding;
    uint32_t bindings;
    uint32_t address;      /* of the pool, when its bindings share one; else NAT_NONE */
    uint32_t block;        /* of that address, from 1; 0: none */
    uint32_t last_address; /* before the last shuffle that changed it; NAT_NONE: none did */
    uint32_t last_block;   /* its block there */
    uint16_t next_port;    /* where sequential ports of the block go on; 0: not begun */
    roam_addr host;        /* port 0 */
} nat_subscriber;

/* An external endpoint that no binding gets towards a remote endpoint: an unsolicited packet has taken it, or
 * a shuffle that is under way. */
typedef struct nat_reservation {
    nat_age_links links;
    bool tracked, held;
    uint64_t used_ns;
    roam_addr external, remote;
} nat_reservation;

/* In the list of its timer, in that of its subscriber, and, where the external endpoint of an internal one is
 * used again, in that of its internal endpoint, the one made last in front. */
typedef struct nat_entry {
    uint32_t subscriber;
    uint32_t address;   /* of the pool */
    uint16_t port;      /* external */
    uint16_t last_port; /* before the last move; 0: it has not moved */
    uint32_t last_address;
    bool live;
    bool replied;
    bool stream;          /* timeout_ns holds, not unreplied_timeout_ns */
    uint8_t stale;        /* nat_way bits */
    uint32_t moved_in;    /* the shuffle that moved it last, by number */
    nat_age_links by_use; /* of its timer */
    union {
        nat_age_links by_making; /* with lifetime_ns */
        uint32_t ending;         /* its place among the endings, with lifetime_most_ns */
    };
    uint32_t sibling, sibling_before;
    uint32_t source_newer, source_older;
    nat_age_list permitted; /* permissions, by use */
    uint32_t permissions;
    uint16_t chosen; /* in a shuffle of its subscriber, with overloading: its next port */
    uint64_t made_ns;
    uint64_t used_ns;
    roam_addr internal;
    roam_addr destination; /* as much of it as the mapping looks at */
} nat_entry;

/* An external port that no binding has any more, in quarantine. */
typedef struct nat_resting {
    uint32_t address;
    uint16_t port;
    uint64_t since_ns;
} nat_resting;

/* A ring, the one that is longest in quarantine first. */
typedef struct nat_quarantine {
    nat_resting *items;
    size_t capacity, first, count;
} nat_quarantine;

/* When the lifetime of a binding ends. */
typedef struct nat_ending {
    uint64_t at_ns;
    uint32_t entry;
} nat_ending;

/* A binary heap, the earliest in front. */
typedef struct nat_endings {
    nat_ending *items;
    uint32_t capacity, count;
} nat_endings;

/* A binding that is to get an external endpoint. */
typedef struct nat_wish {
    nat_subscriber *subscriber;
    const roam_addr *internal;
    const roam_addr *destination; /* as much of it as the mapping looks at */
    uint16_t own;                 /* the port of a binding that moves; 0: it is new */
    uint16_t last;                /* its last port at the address in question; 0: none */
} nat_wish;

struct nat {
    nat_options options; /* pool and forwards are ours */
    uint64_t seed;       /* of the hashes: an attacker may choose remote addresses */
    uint64_t now_ns;
    nat_counts counts;

    nat_slab entries;
    nat_slab subscribers;
    nat_slab permissions;
    nat_slab reservations;
    core_table by_internal;
    core_table by_external; /* with the destination, when ports are overloaded */
    core_table
        by_source; /* the newest binding of an internal endpoint; empty unless that one is used again */
    core_table by_reserved;
    core_table by_host;
    core_table by_remote;  /* permissions, with their binding */
    core_table by_pool;    /* indices of the pool */
    nat_age_list ages[2];  /* entries, by use; by entry.stream */
    nat_age_list made;     /* entries; empty without lifetime_ns, and with lifetime_most_ns */
    nat_endings endings;   /* with lifetime_most_ns */
    nat_age_list reserved; /* reservations, by use */
    nat_quarantine quarantine;
    roam_addr *forwarded; /* of each of options.forwards: its internal endpoint; family NONE: none */
    uint32_t shuffles;

    nat_ports *ports;
    nat_ports *blocks;           /* NULL without; block 1 begins at port_first */
    uint32_t blocks_per_address; /* 0 without */
    uint16_t *next_port;         /* of each address, where sequential ports go on; 0: not begun */
    uint32_t next_address;       /* NAT_NONE: not begun */
};

static inline nat_entry *nat_entry_at(const nat *self, uint32_t id)
{
    return nat_slab_at(&self->entries, id);
}

static inline nat_subscriber *nat_subscriber_at(const nat *self, uint32_t id)
{
    return nat_slab_at(&self->subscribers, id);
}

static inline roam_addr nat_external(const nat *self, uint32_t address, uint16_t port)
{
    roam_addr external = self->options.pool[address];
    external.port = port;
    return external;
}

static inline roam_addr nat_entry_external(const nat *self, const nat_entry *entry)
{
    return self->options.transparent ? entry->internal : nat_external(self, entry->address, entry->port);
}

/* How long it lasts after its last use. */
static inline uint64_t nat_entry_timeout_ns(const nat *self, const nat_entry *entry)
{
    return entry->stream ? self->options.timeout_ns : self->options.unreplied_timeout_ns;
}

uint64_t nat_hash_addr(const nat *self, uint64_t basis, const roam_addr *addr);
/* The part of an address that this behaviour distinguishes. */
roam_addr nat_part(nat_behaviour behaviour, const roam_addr *addr);
roam_addr nat_host(const roam_addr *addr);

/* ---- entries.c: bindings and subscribers ---- */

/* Time goes on; what has timed out is gone. */
void nat_advance(nat *self, uint64_t now_ns);
uint32_t nat_entry_find(nat *self, const roam_addr *internal, const roam_addr *destination);
/* The binding that has this external endpoint (with overloading: towards that remote endpoint). */
uint32_t nat_entry_find_external(nat *self, const roam_addr *external, const roam_addr *remote);
ROAM_CHECKED int nat_entry_make(nat *self, const roam_addr *internal, const roam_addr *destination,
                                uint32_t *id);
void nat_entry_refresh(nat *self, uint32_t id);
/* It ended then, now or before. */
void nat_entry_forget(nat *self, uint32_t id, uint64_t ended_ns);
/* When it is gone, unless it is refreshed; UINT64_MAX: never. */
uint64_t nat_entry_ends_ns(const nat *self, const nat_entry *entry);
/* All bindings, those of each timer from the one longest unused on. NAT_NONE: gives the first, or there are
 * no more. */
uint32_t nat_entry_next(const nat *self, uint32_t id);
/* External endpoints of internal ones are used again. */
bool nat_uses_source(const nat *self);
/* The newest binding of an internal endpoint; NAT_NONE when there is none, or nat_uses_source is false. */
uint32_t nat_source_find(nat *self, const roam_addr *internal);
/* Another external endpoint, whose port is taken already; the old port stays taken. */
void nat_entry_move(nat *self, uint32_t id, uint32_t address, uint16_t port);
uint32_t nat_subscriber_find(nat *self, const roam_addr *host);

/* ---- filter.c ---- */

ROAM_CHECKED int nat_permit(nat *self, uint32_t id, const roam_addr *remote);
/* Refreshes the permission when inbound packets do. */
bool nat_permits(nat *self, uint32_t id, const roam_addr *remote);
void nat_permit_nobody(nat *self, uint32_t id);

/* ---- assign.c: external addresses and ports ---- */

/* A random number below count. */
uint32_t nat_draw(nat *self, uint32_t count);
/* Bindings of one subscriber share an address. */
bool nat_shares_address(const nat *self);
/* Takes an endpoint for a new binding, and a block or an address for its subscriber if it has none. NO_PORT,
 * NO_BLOCK, MEMORY. */
ROAM_CHECKED int nat_assign(nat *self, const nat_wish *wish, uint32_t *address, uint16_t *port);
/* The next address in turn, or a random one where ports are random. */
uint32_t nat_start_address(nat *self);
/* Ports of the address that are free. */
uint32_t nat_ports_left(const nat *self, uint32_t address);
/* The port is one that this subscriber may have. */
bool nat_port_fits(const nat *self, const nat_subscriber *subscriber, uint16_t port);
/* A port of this address, in the order of the options, that is neither the wish's own nor its last; 0: none
 * is free. It is not taken yet. */
uint16_t nat_choose_port(nat *self, const nat_wish *wish, uint32_t address);
bool nat_port_taken(nat *self, const nat_wish *wish, uint32_t address, uint16_t port);
/* Without overloading, where the binding itself is what takes it. */
void nat_take_port(nat *self, uint32_t address, uint16_t port);
/* Its binding ended or moved then: free, or in quarantine. */
void nat_release_port(nat *self, uint32_t address, uint16_t port, uint64_t ended_ns);
nat_port_range nat_range_of(const nat *self, const nat_subscriber *subscriber);
/* The part of a range from which this internal port may get an external one. */
nat_port_range nat_range_alike(nat_port_range range, uint16_t internal_port);
/* A free block of this address for a subscriber without one. NO_BLOCK, MEMORY. */
ROAM_CHECKED int nat_take_block(nat *self, nat_subscriber *subscriber, uint32_t address);
/* Its last binding is gone. */
void nat_release_block(nat *self, nat_subscriber *subscriber);
/* Sequences begin anew. */
void nat_restart_sequences(nat *self);

/* ---- quarantine.c: external ports that are not free yet ---- */

/* Room for the ports of all bindings there are and so many more releases. MEMORY. */
ROAM_CHECKED int nat_quarantine_reserve(nat *self, uint32_t more);
void nat_quarantine_add(nat *self, uint32_t address, uint16_t port, uint64_t since_ns);
/* Those that have been there long enough, or all, are free. */
void nat_quarantine_advance(nat *self);
void nat_quarantine_forget(nat *self);

/* ---- forward.c: static mappings ---- */

/* Copies them, and takes their ports. MEMORY, OPTIONS. */
ROAM_CHECKED int nat_forwards_open(nat *self, const nat_options *options);
void nat_forwards_fini(nat *self);
bool nat_forwards_port(const nat *self, uint32_t address, uint16_t port);

/* ---- overload.c: external endpoints that are taken towards one remote endpoint ---- */

/* nat_choose_port with overloading. */
uint16_t nat_overload_choose(nat *self, const nat_wish *wish, uint32_t address);
/* By an unsolicited packet: until none has come for some time. MEMORY. */
ROAM_CHECKED int nat_track(nat *self, const roam_addr *external, const roam_addr *remote);
/* By a shuffle: until it lets go. MEMORY. */
ROAM_CHECKED int nat_hold(nat *self, const roam_addr *external, const roam_addr *remote);
void nat_let_go(nat *self, const roam_addr *external, const roam_addr *remote);
bool nat_is_held(nat *self, const roam_addr *external, const roam_addr *remote);
bool nat_is_reserved(nat *self, const roam_addr *external, const roam_addr *remote);
void nat_reservations_advance(nat *self);
void nat_reservations_forget(nat *self);

/* --- lifetimes (lifetime.c) --- */

/* UINT64_MAX: never. */
uint64_t nat_lifetime_ends_ns(const nat *self, const nat_entry *entry);
/* Room for one more. NAT_ERR_MEMORY. */
ROAM_CHECKED int nat_lifetime_reserve(nat *self);
void nat_lifetime_begin(nat *self, uint32_t id);
void nat_lifetime_end(nat *self, uint32_t id);
/* The one whose lifetime ends first, or NAT_NONE. */
uint32_t nat_lifetime_first(const nat *self);

#endif
