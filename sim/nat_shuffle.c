/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat_internal.h"

#include <stdlib.h>

/* A port, or a block, that nobody has any more but that is not free yet. */
typedef struct held {
    uint32_t address;
    uint16_t port; /* 0: it is a block */
    uint16_t block;
} held;

/*
 * A shuffle has two turns. In the first one the old ports and blocks stay taken, so that no old endpoint
 * leads to somebody else. What found nothing free has its second turn after they have been released.
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

static void let_go(shuffle *all, held what)
{
    if (!all->second_turn)
        all->held[all->held_count++] = what;
    else if (what.port > 0)
        nat_ports_release(all->self->ports, what.address, what.port);
    else
        nat_ports_release(all->self->blocks, what.address, what.block);
}

static void second_turn(shuffle *all)
{
    all->second_turn = true;
    for (uint32_t i = 0; i < all->held_count; i++)
        let_go(all, all->held[i]);
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

static void move_to(shuffle *all, uint32_t id, uint32_t address, uint16_t port)
{
    const nat_entry *entry = nat_entry_at(all->self, id);
    let_go(all, (held){.address = entry->address, .port = entry->external.port});
    nat_ports_take(all->self->ports, address, port);
    nat_entry_move(all->self, id, address, port);
    nat_permit_nobody(all->self, id);
    all->moved++;
}

/* A free port of that address other than the binding's own; its own when no other is free. 0: none is. */
static uint16_t another_port(shuffle *all, const nat_entry *entry, uint32_t address)
{
    nat *self = all->self;
    nat_subscriber *subscriber = nat_subscriber_at(self, entry->subscriber);
    const uint16_t own = entry->external.port;
    const bool own_is_free = !nat_ports_taken(self->ports, address, own);
    if (own_is_free && all->change == NAT_CHANGE_ADDRESS && nat_port_fits(self, subscriber, own))
        return own;
    if (own_is_free)
        nat_ports_take(self->ports, address, own);
    const uint16_t port = nat_choose_port(self, subscriber, address, entry->internal.port);
    if (own_is_free)
        nat_ports_release(self->ports, address, own);
    return port > 0 || !own_is_free || !nat_port_fits(self, subscriber, own) ? port : own;
}

static bool move_port(shuffle *all, uint32_t id)
{
    const nat_entry *entry = nat_entry_at(all->self, id);
    const uint16_t port = another_port(all, entry, entry->address);
    if (port == 0)
        return false;
    move_to(all, id, entry->address, port);
    return true;
}

/* With arbitrary pooling: to another address. */
static int move_alone(shuffle *all, uint32_t id, bool *moved)
{
    nat *self = all->self;
    const nat_entry *entry = nat_entry_at(self, id);
    const uint32_t count = (uint32_t)self->options.pool_count, start = nat_start_address(self);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t address = (start + i) % count;
        if (address == entry->address || nat_ports_left(self, address) == 0)
            continue;
        if (nat_ports_open(self->ports, address) != NAT_OK)
            return NAT_ERR_MEMORY;
        move_to(all, id, address, another_port(all, entry, address));
        *moved = true;
        return NAT_OK;
    }
    *moved = all->second_turn && all->change == NAT_CHANGE_BOTH && move_port(all, id);
    return NAT_OK;
}

/* ---- All bindings of a subscriber, together ---- */

/* Another address with room for them all; NAT_NONE when there is none. */
static uint32_t roomy_address(nat *self, const nat_subscriber *subscriber)
{
    const uint32_t count = (uint32_t)self->options.pool_count, start = nat_start_address(self);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t address = (start + i) % count;
        const bool room = self->blocks ? nat_ports_count(self->blocks, address) < self->blocks_per_address
                                       : nat_ports_left(self, address) >= subscriber->bindings;
        if (address != subscriber->address && room)
            return address;
    }
    return NAT_NONE;
}

static bool move_ports_of(shuffle *all, const nat_subscriber *subscriber)
{
    bool some = false;
    for (uint32_t id = subscriber->first_binding; id != NAT_NONE; id = nat_entry_at(all->self, id)->sibling)
        some |= move_port(all, id);
    return some;
}

static int move_together(shuffle *all, nat_subscriber *subscriber, bool *moved)
{
    nat *self = all->self;
    const uint32_t address = roomy_address(self, subscriber);
    if (address == NAT_NONE) {
        *moved = all->second_turn && all->change == NAT_CHANGE_BOTH && move_ports_of(all, subscriber);
        return NAT_OK;
    }
    if (nat_ports_open(self->ports, address) != NAT_OK)
        return NAT_ERR_MEMORY;
    const held block = {.address = subscriber->address, .block = (uint16_t)subscriber->block};
    if (self->blocks && nat_take_block(self, subscriber, address) != NAT_OK)
        return NAT_ERR_MEMORY;
    subscriber->address = address;
    for (uint32_t id = subscriber->first_binding; id != NAT_NONE; id = nat_entry_at(self, id)->sibling)
        move_to(all, id, address, another_port(all, nat_entry_at(self, id), address));
    if (self->blocks)
        let_go(all, block);
    *moved = true;
    return NAT_OK;
}

/* ---- Turns ---- */

static int turn(shuffle *all, uint32_t id)
{
    nat_subscriber *subscriber = nat_subscriber_at(all->self, nat_entry_at(all->self, id)->subscriber);
    bool moved = false;
    int status = NAT_OK;
    if (!address_can_change(all)) {
        if (all->change != NAT_CHANGE_ADDRESS)
            moved = move_port(all, id);
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
    const nat_entry *entry = nat_entry_at(all->self, id);
    return !address_can_change(all) || !together(all) ||
           nat_subscriber_at(all->self, entry->subscriber)->first_binding == id;
}

static int first_turns(shuffle *all, uint32_t subscriber)
{
    nat *self = all->self;
    int status = NAT_OK;
    uint32_t id = subscriber == NAT_NONE ? self->oldest : nat_subscriber_at(self, subscriber)->first_binding;
    while (id != NAT_NONE && status == NAT_OK) {
        const nat_entry *entry = nat_entry_at(self, id);
        const uint32_t next = subscriber == NAT_NONE ? entry->newer : entry->sibling;
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
    if (self->counts.live == 0 || (subscriber && whose == NAT_NONE))
        return NAT_OK;
    const uint32_t bindings = subscriber ? nat_subscriber_at(self, whose)->bindings : self->counts.live;
    shuffle all = {.self = self, .change = change};
    all.held = malloc(2 * (size_t)bindings * sizeof *all.held); /* a port each, and a block for some */
    all.again = malloc(bindings * sizeof *all.again);
    int status = all.held && all.again ? first_turns(&all, whose) : NAT_ERR_MEMORY;
    second_turn(&all);
    for (uint32_t i = 0; i < all.again_count && status == NAT_OK; i++)
        status = turn(&all, all.again[i]);
    free(all.held);
    free(all.again);
    if (status == NAT_OK)
        *out = (nat_shuffled){.moved = all.moved, .kept = bindings - all.moved};
    return status;
}
