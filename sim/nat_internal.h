/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_NAT_INTERNAL_H
#define SIM_NAT_INTERNAL_H

/* What the files of the NAT share. Bindings, subscribers and permissions go by their numbers in slabs. */

#include "sim/nat.h"
#include "sim/nat_ports.h"
#include "sim/nat_slab.h"
#include "sim/nat_table.h"

/* A remote endpoint that a binding lets in. In its binding's list, the one used last in front. */
typedef struct nat_permission {
    uint32_t binding;
    uint32_t newer, older;
    uint64_t used_ns;
    roam_addr remote; /* as much of it as the filtering looks at */
} nat_permission;

/* An inside host with bindings. */
typedef struct nat_subscriber {
    uint32_t first_binding;
    uint32_t bindings;
    uint32_t address;   /* of the pool, when its bindings share one; else NAT_NONE */
    uint32_t block;     /* of that address, from 1; 0: none */
    uint16_t next_port; /* where sequential ports of the block go on; 0: not begun */
    roam_addr host;     /* port 0 */
} nat_subscriber;

/* In the list of all, the one used last in front, and in that of its subscriber. */
typedef struct nat_entry {
    uint32_t subscriber;
    bool live;
    uint32_t address; /* of the pool */
    uint32_t newer, older;
    uint32_t sibling, sibling_before;
    uint32_t newest_permission, oldest_permission;
    uint32_t permissions;
    uint64_t made_ns;
    uint64_t used_ns;
    roam_addr internal;
    roam_addr external;
    roam_addr destination; /* as much of it as the mapping looks at */
} nat_entry;

struct nat {
    nat_options options; /* pool is ours */
    uint64_t seed;       /* of the hashes: remote addresses come from strangers */
    uint64_t now_ns;
    nat_counts counts;

    nat_slab entries;
    nat_slab subscribers;
    nat_slab permissions;
    nat_table by_internal;
    nat_table by_external;
    nat_table by_host;
    nat_table by_remote; /* permissions, with their binding */
    nat_table by_pool;   /* indices of the pool */
    uint32_t newest, oldest;

    nat_ports *ports;
    nat_ports *blocks;           /* NULL without; block 1 begins at port_first */
    uint32_t blocks_per_address; /* 0 without */
    uint16_t *next_port;         /* of each address, where sequential ports go on; 0: not begun */
    uint32_t next_address;       /* NAT_NONE: not begun */
};

nat_entry *nat_entry_at(const nat *self, uint32_t id);
nat_subscriber *nat_subscriber_at(const nat *self, uint32_t id);

uint64_t nat_hash_addr(const nat *self, uint64_t basis, const roam_addr *addr);
/* The part of an address that this behaviour tells apart from others. */
roam_addr nat_part(nat_behaviour behaviour, const roam_addr *addr);
roam_addr nat_host(const roam_addr *addr);

/* ---- nat_entries.c: bindings and subscribers ---- */

/* Time goes on; what has timed out is gone. */
void nat_advance(nat *self, uint64_t now_ns);
uint32_t nat_entry_find(nat *self, const roam_addr *internal, const roam_addr *destination);
uint32_t nat_entry_find_external(nat *self, const roam_addr *external);
ROAM_CHECKED int nat_entry_make(nat *self, const roam_addr *internal, const roam_addr *destination,
                                uint32_t *id);
void nat_entry_refresh(nat *self, uint32_t id);
void nat_entry_forget(nat *self, uint32_t id);
/* Another external endpoint, whose port is taken already; the old port stays taken. */
void nat_entry_move(nat *self, uint32_t id, uint32_t address, uint16_t port);
uint32_t nat_subscriber_find(nat *self, const roam_addr *host);

/* ---- nat_filter.c ---- */

ROAM_CHECKED int nat_permit(nat *self, uint32_t id, const roam_addr *remote);
/* Refreshes the permission when inbound packets do. */
bool nat_permits(nat *self, uint32_t id, const roam_addr *remote);
void nat_permit_nobody(nat *self, uint32_t id);

/* ---- nat_assign.c: external addresses and ports ---- */

/* A random number below count. */
uint32_t nat_draw(nat *self, uint32_t count);
/* Bindings of one subscriber share an address. */
bool nat_shares_address(const nat *self);
/* Takes a port for one more binding of this subscriber, and a block or an address if it has none. NO_PORT,
 * NO_BLOCK, MEMORY. */
ROAM_CHECKED int nat_assign(nat *self, nat_subscriber *subscriber, uint16_t internal_port, uint32_t *address,
                            uint16_t *port);
/* The next address in turn, or a random one where ports are random. */
uint32_t nat_start_address(nat *self);
/* Ports of the address that are free. */
uint32_t nat_ports_left(const nat *self, uint32_t address);
/* The port is one that this subscriber may have. */
bool nat_port_fits(const nat *self, const nat_subscriber *subscriber, uint16_t port);
/* A port of this address, in the order of the options; 0: none is free. It is not taken yet. */
uint16_t nat_choose_port(nat *self, nat_subscriber *subscriber, uint32_t address, uint16_t internal_port);
/* A free block of this address for a subscriber without one. NO_BLOCK, MEMORY. */
ROAM_CHECKED int nat_take_block(nat *self, nat_subscriber *subscriber, uint32_t address);
/* Its last binding is gone. */
void nat_release_block(nat *self, nat_subscriber *subscriber);
/* Sequences begin anew. */
void nat_restart_sequences(nat *self);

#endif
