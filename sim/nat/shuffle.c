/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat/internal.h"

#include <stdlib.h>

/* A port, or a block, that no binding has any more but that is not free yet. */
typedef struct held {
    uint32_t address;
    uint16_t port; /* 0: it is a block */
    uint16_t block;
    roam_addr remote; /* with overloading: the port is held towards it */
} held;

/*
 * A shuffle has two turns. In the first one the old ports and blocks stay taken, so that no old endpoint
 * leads to another subscriber. What found nothing free has its second turn after they have been released.
 */
typedef struct shuffle {
    nat *self;
    nat_change change;
    held *held;
    uint32_t held_count;
    uint32_t *again; /* bindings, or the first ones of subscribers that move as one */
    uint32_t again_count;
    uint32_t moved;
    bool second_turn;
} shuffle;

static void release(nat *self, const held *what)
{
    if (what->port == 0) {
        nat_ports_release(self->blocks, what->address, what->block);
    } else if (self->options.overloading) {
        const roam_addr external = nat_external(self, what->address, what->port);
        nat_let_go(self, &external, &what->remote);
    } else {
        nat_release_port(self, what->address, what->port, self->now_ns);
    }
}

static void let_go(shuffle *all, held what)
{
    if (all->second_turn)
        release(all->self, &what);
    else
        all->held[all->held_count++] = what;
}

static void second_turn(shuffle *all)
{
    all->second_turn = true;
    for (uint32_t i = 0; i < all->held_count; i++)
        release(all->self, &all->held[i]);
    all->held_count = 0;
}

/* Bindings of a subscriber can go to another address only together. */
static bool together(const shuffle *all)
{
    return all->change != NAT_CHANGE_PORT && nat_shares_address(all->self);
}

static bool address_can_change(const shuffle *all)
{
    return all->change != NAT_CHANGE_PORT && all->self->options.pool_count > 1 &&
           all->self->options.blocks != NAT_BLOCKS_DETERMINISTIC;
}

/* ---- One binding ---- */

/* With overloading a binding takes its endpoint by having it, and without by a port of its own. */
static int move_to(shuffle *all, uint32_t id, uint32_t address, uint16_t port)
{
    nat *const self = all->self;
    const nat_entry *const entry = nat_entry_at(self, id);
    const held old = {.address = entry->address, .port = entry->port, .remote = entry->destination};
    const roam_addr external = nat_entry_external(self, entry);
    if (self->options.overloading && !all->second_turn && /* held */
        nat_hold(self, &external, &entry->destination) != NAT_OK)
        return NAT_ERR_MEMORY;
    let_go(all, old);
    nat_take_port(self, address, port);
    nat_entry_move(self, id, address, port);
    nat_permit_nobody(self, id);
    all->moved++;
    return NAT_OK;
}

static nat_wish wish_of(const nat *self, const nat_entry *entry, uint32_t address)
{
    return (nat_wish){.subscriber = nat_subscriber_at(self, entry->subscriber),
                      .internal = &entry->internal,
                      .destination = &entry->destination,
                      .own = entry->port,
                      .last = entry->last_address == address ? entry->last_port : 0};
}

static bool may_take(nat *self, const nat_wish *wish, uint32_t address, uint16_t port)
{
    return port > 0 && nat_port_fits(self, wish->subscriber, port) &&
           !nat_port_taken(self, wish, address, port);
}

/* Its last port at that address is no other binding's: what unsolicited packets have taken of it, they give
 * back. */
static bool may_go_back(nat *self, const nat_wish *wish, uint32_t address)
{
    if (!self->options.overloading)
        return may_take(self, wish, address, wish->last);
    const roam_addr external = nat_external(self, address, wish->last);
    return wish->last > 0 && nat_port_fits(self, wish->subscriber, wish->last) &&
           nat_entry_find_external(self, &external, wish->destination) == NAT_NONE &&
           !nat_is_held(self, &external, wish->destination);
}

/* A free port of that address other than the binding's own and its last; one of them when no other is free.
 * 0: none is. */
static uint16_t another_port(shuffle *all, const nat_entry *entry, uint32_t address)
{
    nat *const self = all->self;
    const nat_wish wish = wish_of(self, entry, address);
    if (all->change == NAT_CHANGE_ADDRESS && may_take(self, &wish, address, wish.own))
        return wish.own;
    const uint16_t port = nat_choose_port(self, &wish, address);
    if (port > 0)
        return port;
    /* While old ports are held, another one may only seem not to be free. */
    if (!all->second_turn && address == entry->address)
        return 0;
    if (may_take(self, &wish, address, wish.last))
        return wish.last;
    return may_take(self, &wish, address, wish.own) ? wish.own : 0;
}

static int move_port(shuffle *all, uint32_t id, bool *moved)
{
    const nat_entry *const entry = nat_entry_at(all->self, id);
    const uint16_t port = another_port(all, entry, entry->address);
    *moved = port > 0;
    return port > 0 ? move_to(all, id, entry->address, port) : NAT_OK;
}

/* With arbitrary pooling: to another address, and to the last one only when there is no other. */
static int move_alone(shuffle *all, uint32_t id, bool *moved)
{
    nat *const self = all->self;
    const nat_entry *const entry = nat_entry_at(self, id);
    const uint32_t count = (uint32_t)self->options.pool_count, start = nat_start_address(self);
    for (uint32_t i = 0; i < 2 * count; i++) {
        const uint32_t address = (start + i) % count;
        if (address == entry->address || nat_ports_left(self, address) == 0 ||
            (address == entry->last_address) != (i >= count))
            continue;
        if (nat_ports_open(self->ports, address) != NAT_OK)
            return NAT_ERR_MEMORY;
        const uint16_t port = another_port(all, entry, address);
        if (port == 0)
            continue;
        *moved = true;
        return move_to(all, id, address, port);
    }
    return all->second_turn && all->change == NAT_CHANGE_BOTH ? move_port(all, id, moved) : NAT_OK;
}

/* ---- All bindings of a subscriber, together ---- */

static bool has_room(nat *self, const nat_subscriber *subscriber, uint32_t address)
{
    return self->blocks ? nat_ports_count(self->blocks, address) < self->blocks_per_address
                        : nat_ports_left(self, address) >= subscriber->bindings;
}

/* Another address with room for them all, the last one only when there is no other. NAT_NONE: there is none.
 */
static uint32_t roomy_address(nat *self, const nat_subscriber *subscriber)
{
    const uint32_t count = (uint32_t)self->options.pool_count, start = nat_start_address(self);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t address = (start + i) % count;
        if (address != subscriber->address && address != subscriber->last_address &&
            has_room(self, subscriber, address))
            return address;
    }
    const uint32_t last = subscriber->last_address;
    return last != NAT_NONE && last != subscriber->address && has_room(self, subscriber, last) ? last
                                                                                               : NAT_NONE;
}

static int move_ports_of(shuffle *all, const nat_subscriber *subscriber, bool *some)
{
    int status = NAT_OK;
    uint32_t id = subscriber->first_binding;
    for (; id != NAT_NONE && status == NAT_OK; id = nat_entry_at(all->self, id)->sibling) {
        bool moved = false;
        status = move_port(all, id, &moved);
        *some |= moved;
    }
    return status;
}

/* The endpoint that a binding had before its last move, if that was there. */
static uint16_t port_at(shuffle *all, const nat_entry *entry, uint32_t address)
{
    const nat_wish wish = wish_of(all->self, entry, address);
    if (all->change == NAT_CHANGE_BACK && may_go_back(all->self, &wish, address))
        return wish.last;
    return another_port(all, entry, address);
}

/* With overloading an address may have no port left towards one remote endpoint, which is found out before
 * any binding moves. What is chosen is held. NO_PORT. */
static int choose_all_at(shuffle *all, const nat_subscriber *subscriber, uint32_t address)
{
    nat *const self = all->self;
    int status = NAT_OK;
    uint32_t id = subscriber->first_binding;
    for (; id != NAT_NONE && status == NAT_OK; id = nat_entry_at(self, id)->sibling) {
        nat_entry *const entry = nat_entry_at(self, id);
        entry->chosen = port_at(all, entry, address);
        const roam_addr external = nat_external(self, address, entry->chosen);
        status = entry->chosen > 0 ? nat_hold(self, &external, &entry->destination) : NAT_ERR_NO_PORT;
    }
    for (uint32_t back = subscriber->first_binding; back != id; back = nat_entry_at(self, back)->sibling) {
        const nat_entry *const entry = nat_entry_at(self, back);
        const roam_addr external = nat_external(self, address, entry->chosen);
        nat_let_go(self, &external, &entry->destination);
    }
    return status;
}

/* The subscriber has a block there already if it needs one. */
static int move_all_to(shuffle *all, nat_subscriber *subscriber, uint32_t address, bool *moved)
{
    nat *const self = all->self;
    int status = NAT_OK;
    if (self->options.overloading)
        status = choose_all_at(all, subscriber, address);
    if (status != NAT_OK)
        return status == NAT_ERR_NO_PORT ? NAT_OK : status;
    *moved = true;
    subscriber->last_address = subscriber->address;
    subscriber->address = address;
    uint32_t id = subscriber->first_binding;
    for (; id != NAT_NONE && status == NAT_OK; id = nat_entry_at(self, id)->sibling) {
        const nat_entry *const entry = nat_entry_at(self, id);
        const uint16_t port = self->options.overloading ? entry->chosen : port_at(all, entry, address);
        status = move_to(all, id, address, port);
    }
    return status;
}

static int move_to_another(shuffle *all, nat_subscriber *subscriber, uint32_t address, bool *moved)
{
    nat *const self = all->self;
    const held block = {.address = subscriber->address, .block = (uint16_t)subscriber->block};
    if (nat_ports_open(self->ports, address) != NAT_OK)
        return NAT_ERR_MEMORY;
    if (self->blocks && nat_take_block(self, subscriber, address) != NAT_OK)
        return NAT_ERR_MEMORY;
    subscriber->address = block.address;
    subscriber->last_block = block.block;
    if (self->blocks)
        let_go(all, block);
    return move_all_to(all, subscriber, address, moved);
}

static int move_together(shuffle *all, nat_subscriber *subscriber, bool *moved)
{
    const uint32_t address = roomy_address(all->self, subscriber);
    int status = NAT_OK;
    if (address != NAT_NONE)
        status = move_to_another(all, subscriber, address, moved);
    if (status == NAT_OK && !*moved && all->second_turn && all->change == NAT_CHANGE_BOTH)
        status = move_ports_of(all, subscriber, moved);
    return status;
}

/* ---- Back ---- */

static int move_back_together(shuffle *all, nat_subscriber *subscriber, bool *moved)
{
    nat *const self = all->self;
    const uint32_t address = subscriber->last_address;
    const held block = {.address = subscriber->address, .block = (uint16_t)subscriber->block};
    if (self->blocks) {
        if (nat_ports_taken(self->blocks, address, (uint16_t)subscriber->last_block))
            return NAT_OK;
        subscriber->block = subscriber->last_block;
        nat_ports_take(self->blocks, address, (uint16_t)subscriber->block);
        subscriber->last_block = block.block;
        let_go(all, block);
    } else if (!has_room(self, subscriber, address)) {
        return NAT_OK;
    }
    return move_all_to(all, subscriber, address, moved);
}

static int move_back(shuffle *all, uint32_t id, bool *moved)
{
    nat *const self = all->self;
    const nat_entry *const entry = nat_entry_at(self, id);
    *moved = entry->moved_in == self->shuffles; /* with others of its subscriber */
    if (*moved || entry->last_port == 0)
        return NAT_OK;
    if (entry->last_address != entry->address && nat_shares_address(self))
        return move_back_together(all, nat_subscriber_at(self, entry->subscriber), moved);
    const nat_wish wish = wish_of(self, entry, entry->last_address);
    *moved = may_go_back(self, &wish, entry->last_address);
    return *moved ? move_to(all, id, entry->last_address, wish.last) : NAT_OK;
}

/* ---- Turns ---- */

static int turn(shuffle *all, uint32_t id)
{
    nat_subscriber *const subscriber = nat_subscriber_at(all->self, nat_entry_at(all->self, id)->subscriber);
    bool moved = false;
    int status = NAT_OK;
    if (all->change == NAT_CHANGE_BACK) {
        status = move_back(all, id, &moved);
    } else if (!address_can_change(all)) {
        if (all->change != NAT_CHANGE_ADDRESS)
            status = move_port(all, id, &moved);
    } else if (together(all)) {
        status = move_together(all, subscriber, &moved);
    } else {
        status = move_alone(all, id, &moved);
    }
    if (!moved && !all->second_turn)
        all->again[all->again_count++] = id;
    return status;
}

/* Each binding once; of those that move together, the first. */
static bool has_turn(const shuffle *all, uint32_t id)
{
    const nat_entry *const entry = nat_entry_at(all->self, id);
    return all->change == NAT_CHANGE_BACK || !address_can_change(all) || !together(all) ||
           nat_subscriber_at(all->self, entry->subscriber)->first_binding == id;
}

static int first_turns(shuffle *all, uint32_t subscriber)
{
    nat *const self = all->self;
    int status = NAT_OK;
    uint32_t id = subscriber == NAT_NONE ? nat_entry_next(self, NAT_NONE)
                                         : nat_subscriber_at(self, subscriber)->first_binding;
    while (id != NAT_NONE && status == NAT_OK) {
        const nat_entry *const entry = nat_entry_at(self, id);
        const uint32_t next = subscriber == NAT_NONE ? nat_entry_next(self, id) : entry->sibling;
        if (has_turn(all, id))
            status = turn(all, id);
        id = next;
    }
    return status;
}

int nat_shuffle(nat *self, nat_change change, const roam_addr *subscriber, uint64_t now_ns, nat_shuffled *out)
{
    nat_advance(self, now_ns);
    *out = (nat_shuffled){0};
    const uint32_t whose = subscriber ? nat_subscriber_find(self, subscriber) : NAT_NONE;
    if (self->counts.live == 0 || (subscriber && whose == NAT_NONE) || self->options.transparent)
        return NAT_OK;
    const uint32_t bindings = subscriber ? nat_subscriber_at(self, whose)->bindings : self->counts.live;
    shuffle all = {.self = self, .change = change};
    self->shuffles++;
    all.held = malloc(2 * (size_t)bindings * sizeof *all.held); /* a port each, and a block for some */
    all.again = malloc(bindings * sizeof *all.again);
    int status = all.held && all.again ? nat_quarantine_reserve(self, bindings) : NAT_ERR_MEMORY;
    if (status == NAT_OK)
        status = first_turns(&all, whose);
    second_turn(&all);
    for (uint32_t i = 0; i < all.again_count && status == NAT_OK; i++)
        status = turn(&all, all.again[i]);
    free(all.held);
    free(all.again);
    if (status == NAT_OK)
        *out = (nat_shuffled){.moved = all.moved, .kept = bindings - all.moved};
    return status;
}
