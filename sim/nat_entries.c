/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat_internal.h"

#include "sim/entropy.h"

#include <assert.h>
#include <string.h>

nat_entry *nat_entry_at(const nat *self, uint32_t id)
{
    return nat_slab_at(&self->entries, id);
}

nat_subscriber *nat_subscriber_at(const nat *self, uint32_t id)
{
    return nat_slab_at(&self->subscribers, id);
}

uint64_t nat_hash_addr(const nat *self, uint64_t basis, const roam_addr *addr)
{
    uint64_t words[2];
    memcpy(words, addr->bytes, sizeof words);
    const uint64_t hash = entropy_mix(self->seed ^ basis ^ words[0]);
    return entropy_mix(entropy_mix(hash ^ words[1]) ^ ((uint64_t)addr->family << 16 | addr->port));
}

roam_addr nat_host(const roam_addr *addr)
{
    roam_addr host = *addr;
    host.port = 0;
    return host;
}

roam_addr nat_part(nat_behaviour behaviour, const roam_addr *addr)
{
    switch (behaviour) {
    case NAT_ENDPOINT_INDEPENDENT:
        break;
    case NAT_ADDRESS_DEPENDENT:
        return nat_host(addr);
    case NAT_ADDRESS_AND_PORT_DEPENDENT:
        return *addr;
    }
    return (roam_addr){.family = ROAM_FAMILY_NONE};
}

static uint64_t internal_hash(const nat *self, const roam_addr *internal, const roam_addr *destination)
{
    return nat_hash_addr(self, nat_hash_addr(self, 0, internal), destination);
}

/* ---- Finding ---- */

uint32_t nat_entry_find(nat *self, const roam_addr *internal, const roam_addr *destination)
{
    const roam_addr part = nat_part(self->options.mapping, destination);
    const uint64_t hash = internal_hash(self, internal, &part);
    uint32_t slot;
    uint32_t id = nat_table_first(&self->by_internal, hash, &slot);
    for (; id != NAT_NONE; id = nat_table_next(&self->by_internal, hash, &slot)) {
        const nat_entry *entry = nat_entry_at(self, id);
        if (roam_addr_equal(&entry->internal, internal) && roam_addr_equal(&entry->destination, &part))
            break;
    }
    return id;
}

uint32_t nat_entry_find_external(nat *self, const roam_addr *external)
{
    const uint64_t hash = nat_hash_addr(self, 0, external);
    uint32_t slot;
    uint32_t id = nat_table_first(&self->by_external, hash, &slot);
    while (id != NAT_NONE && !roam_addr_equal(&nat_entry_at(self, id)->external, external))
        id = nat_table_next(&self->by_external, hash, &slot);
    return id;
}

uint32_t nat_subscriber_find(nat *self, const roam_addr *host)
{
    const roam_addr wanted = nat_host(host);
    const uint64_t hash = nat_hash_addr(self, 0, &wanted);
    uint32_t slot;
    uint32_t id = nat_table_first(&self->by_host, hash, &slot);
    while (id != NAT_NONE && !roam_addr_equal(&nat_subscriber_at(self, id)->host, &wanted))
        id = nat_table_next(&self->by_host, hash, &slot);
    return id;
}

/* ---- Subscribers ---- */

static int subscriber_open(nat *self, const roam_addr *internal, uint32_t *id)
{
    *id = nat_subscriber_find(self, internal);
    if (*id != NAT_NONE)
        return NAT_OK;
    if (nat_table_reserve(&self->by_host) != NAT_OK || nat_slab_take(&self->subscribers, id) != NAT_OK)
        return NAT_ERR_MEMORY;
    nat_subscriber *subscriber = nat_subscriber_at(self, *id);
    *subscriber =
        (nat_subscriber){.first_binding = NAT_NONE, .address = NAT_NONE, .host = nat_host(internal)};
    nat_table_add(&self->by_host, nat_hash_addr(self, 0, &subscriber->host), *id);
    self->counts.subscribers++;
    return NAT_OK;
}

static void subscriber_close_unless_used(nat *self, uint32_t id)
{
    nat_subscriber *subscriber = nat_subscriber_at(self, id);
    if (subscriber->bindings > 0)
        return;
    nat_release_block(self, subscriber);
    nat_table_remove(&self->by_host, nat_hash_addr(self, 0, &subscriber->host), id);
    nat_slab_give(&self->subscribers, id);
    self->counts.subscribers--;
}

static void join_subscriber(nat *self, uint32_t id)
{
    nat_entry *entry = nat_entry_at(self, id);
    nat_subscriber *subscriber = nat_subscriber_at(self, entry->subscriber);
    entry->sibling_before = NAT_NONE;
    entry->sibling = subscriber->first_binding;
    if (entry->sibling != NAT_NONE)
        nat_entry_at(self, entry->sibling)->sibling_before = id;
    subscriber->first_binding = id;
    subscriber->bindings++;
}

static void leave_subscriber(nat *self, const nat_entry *entry)
{
    nat_subscriber *subscriber = nat_subscriber_at(self, entry->subscriber);
    if (entry->sibling_before != NAT_NONE)
        nat_entry_at(self, entry->sibling_before)->sibling = entry->sibling;
    else
        subscriber->first_binding = entry->sibling;
    if (entry->sibling != NAT_NONE)
        nat_entry_at(self, entry->sibling)->sibling_before = entry->sibling_before;
    subscriber->bindings--;
    subscriber_close_unless_used(self, entry->subscriber);
}

/* ---- Bindings ---- */

static void unlink_entry(nat *self, const nat_entry *entry)
{
    if (entry->newer != NAT_NONE)
        nat_entry_at(self, entry->newer)->older = entry->older;
    else
        self->newest = entry->older;
    if (entry->older != NAT_NONE)
        nat_entry_at(self, entry->older)->newer = entry->newer;
    else
        self->oldest = entry->newer;
}

static void link_newest(nat *self, uint32_t id)
{
    nat_entry *entry = nat_entry_at(self, id);
    entry->newer = NAT_NONE;
    entry->older = self->newest;
    if (entry->older != NAT_NONE)
        nat_entry_at(self, entry->older)->newer = id;
    else
        self->oldest = id;
    self->newest = id;
}

void nat_entry_refresh(nat *self, uint32_t id)
{
    nat_entry *entry = nat_entry_at(self, id);
    if (self->newest != id) {
        unlink_entry(self, entry);
        link_newest(self, id);
    }
    entry->used_ns = self->now_ns;
}

void nat_advance(nat *self, uint64_t now_ns)
{
    assert(now_ns >= self->now_ns);
    self->now_ns = now_ns;
    while (self->oldest != NAT_NONE &&
           now_ns - nat_entry_at(self, self->oldest)->used_ns >= self->options.timeout_ns) {
        nat_entry_forget(self, self->oldest);
        self->counts.timed_out++;
    }
}

static int reserve(nat *self)
{
    const bool room =
        nat_table_reserve(&self->by_internal) == NAT_OK && nat_table_reserve(&self->by_external) == NAT_OK;
    return room ? NAT_OK : NAT_ERR_MEMORY;
}

static int assign_to(nat *self, uint32_t subscriber_id, nat_entry *entry)
{
    nat_subscriber *subscriber = nat_subscriber_at(self, subscriber_id);
    const uint32_t limit = self->options.subscriber_bindings_max;
    if (limit > 0 && subscriber->bindings >= limit)
        return NAT_ERR_SUBSCRIBER_LIMIT;
    uint16_t port;
    const int status = nat_assign(self, subscriber, entry->internal.port, &entry->address, &port);
    if (status != NAT_OK)
        return status;
    entry->subscriber = subscriber_id;
    entry->external = self->options.pool[entry->address];
    entry->external.port = port;
    return NAT_OK;
}

int nat_entry_make(nat *self, const roam_addr *internal, const roam_addr *destination, uint32_t *id)
{
    if (self->counts.live >= self->options.bindings_max)
        return NAT_ERR_TABLE_FULL;
    nat_entry made = {.live = true,
                      .newest_permission = NAT_NONE,
                      .oldest_permission = NAT_NONE,
                      .made_ns = self->now_ns,
                      .used_ns = self->now_ns,
                      .internal = *internal,
                      .destination = nat_part(self->options.mapping, destination)};
    uint32_t subscriber;
    if (reserve(self) != NAT_OK || nat_slab_take(&self->entries, id) != NAT_OK)
        return NAT_ERR_MEMORY;
    int status = subscriber_open(self, internal, &subscriber);
    if (status == NAT_OK) {
        status = assign_to(self, subscriber, &made);
        if (status != NAT_OK)
            subscriber_close_unless_used(self, subscriber);
    }
    if (status != NAT_OK) {
        nat_slab_give(&self->entries, *id);
        return status;
    }
    *nat_entry_at(self, *id) = made;
    nat_table_add(&self->by_internal, internal_hash(self, &made.internal, &made.destination), *id);
    nat_table_add(&self->by_external, nat_hash_addr(self, 0, &made.external), *id);
    link_newest(self, *id);
    join_subscriber(self, *id);
    if (++self->counts.live > self->counts.peak)
        self->counts.peak = self->counts.live;
    self->counts.made++;
    return NAT_OK;
}

void nat_entry_forget(nat *self, uint32_t id)
{
    nat_permit_nobody(self, id);
    nat_entry *entry = nat_entry_at(self, id);
    nat_table_remove(&self->by_internal, internal_hash(self, &entry->internal, &entry->destination), id);
    nat_table_remove(&self->by_external, nat_hash_addr(self, 0, &entry->external), id);
    nat_ports_release(self->ports, entry->address, entry->external.port);
    unlink_entry(self, entry);
    leave_subscriber(self, entry);
    entry->live = false;
    nat_slab_give(&self->entries, id);
    self->counts.live--;
}

void nat_entry_move(nat *self, uint32_t id, uint32_t address, uint16_t port)
{
    nat_entry *entry = nat_entry_at(self, id);
    nat_table_remove(&self->by_external, nat_hash_addr(self, 0, &entry->external), id);
    entry->address = address;
    entry->external = self->options.pool[address];
    entry->external.port = port;
    nat_table_add(&self->by_external, nat_hash_addr(self, 0, &entry->external), id);
    self->counts.shuffled++;
}
