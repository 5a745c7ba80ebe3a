/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hash.h"
#include "sim/nat/internal.h"

#include "sim/random_streams.h"

#include <assert.h>
#include <string.h>

uint64_t nat_hash_addr(const nat *self, uint64_t basis, const roam_addr *addr)
{
    uint64_t words[2];
    memcpy(words, addr->bytes, sizeof words);
    const uint64_t hash = core_hash_mix(self->seed ^ basis ^ words[0]);
    return core_hash_mix(core_hash_mix(hash ^ words[1]) ^ ((uint64_t)addr->family << 16 | addr->port));
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

/* With overloading, an external endpoint towards one remote endpoint. */
static uint64_t external_hash(const nat *self, const roam_addr *external, const roam_addr *remote)
{
    const uint64_t basis = self->options.overloading ? nat_hash_addr(self, 0, remote) : 0;
    return nat_hash_addr(self, basis, external);
}

static uint64_t entry_external_hash(const nat *self, const nat_entry *entry)
{
    const roam_addr external = nat_entry_external(self, entry);
    return external_hash(self, &external, &entry->destination);
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
    uint32_t id = core_table_first(&self->by_internal, hash, &slot);
    for (; id != NAT_NONE; id = core_table_next(&self->by_internal, hash, &slot)) {
        const nat_entry *const entry = nat_entry_at(self, id);
        if (roam_addr_equal(&entry->internal, internal) && roam_addr_equal(&entry->destination, &part))
            break;
    }
    return id;
}

static bool is_external(const nat *self, const nat_entry *entry, const roam_addr *external,
                        const roam_addr *remote)
{
    const roam_addr *const address =
        self->options.transparent ? &entry->internal : &self->options.pool[entry->address];
    return entry->port == external->port &&
           memcmp(address->bytes, external->bytes, sizeof address->bytes) == 0 &&
           (!self->options.overloading || roam_addr_equal(&entry->destination, remote));
}

uint32_t nat_entry_find_external(nat *self, const roam_addr *external, const roam_addr *remote)
{
    const uint64_t hash = external_hash(self, external, remote);
    uint32_t slot;
    uint32_t id = core_table_first(&self->by_external, hash, &slot);
    while (id != NAT_NONE && !is_external(self, nat_entry_at(self, id), external, remote))
        id = core_table_next(&self->by_external, hash, &slot);
    return id;
}

uint32_t nat_subscriber_find(nat *self, const roam_addr *host)
{
    const roam_addr wanted = nat_host(host);
    const uint64_t hash = nat_hash_addr(self, 0, &wanted);
    uint32_t slot;
    uint32_t id = core_table_first(&self->by_host, hash, &slot);
    while (id != NAT_NONE && !roam_addr_equal(&nat_subscriber_at(self, id)->host, &wanted))
        id = core_table_next(&self->by_host, hash, &slot);
    return id;
}

/* ---- Subscribers ---- */

static int subscriber_open(nat *self, const roam_addr *internal, uint32_t *id)
{
    *id = nat_subscriber_find(self, internal);
    if (*id != NAT_NONE)
        return NAT_OK;
    if (core_table_reserve(&self->by_host) != NAT_OK || nat_slab_take(&self->subscribers, id) != NAT_OK)
        return NAT_ERR_MEMORY;
    nat_subscriber *const subscriber = nat_subscriber_at(self, *id);
    *subscriber = (nat_subscriber){
        .first_binding = NAT_NONE, .address = NAT_NONE, .last_address = NAT_NONE, .host = nat_host(internal)};
    core_table_add(&self->by_host, nat_hash_addr(self, 0, &subscriber->host), *id);
    self->counts.subscribers++;
    return NAT_OK;
}

static void subscriber_close_unless_used(nat *self, uint32_t id)
{
    nat_subscriber *const subscriber = nat_subscriber_at(self, id);
    if (subscriber->bindings > 0)
        return;
    nat_release_block(self, subscriber);
    core_table_remove(&self->by_host, nat_hash_addr(self, 0, &subscriber->host), id);
    nat_slab_give(&self->subscribers, id);
    self->counts.subscribers--;
}

static void join_subscriber(nat *self, uint32_t id)
{
    nat_entry *const entry = nat_entry_at(self, id);
    nat_subscriber *const subscriber = nat_subscriber_at(self, entry->subscriber);
    entry->sibling_before = NAT_NONE;
    entry->sibling = subscriber->first_binding;
    if (entry->sibling != NAT_NONE)
        nat_entry_at(self, entry->sibling)->sibling_before = id;
    subscriber->first_binding = id;
    subscriber->bindings++;
}

static void leave_subscriber(nat *self, const nat_entry *entry)
{
    nat_subscriber *const subscriber = nat_subscriber_at(self, entry->subscriber);
    if (entry->sibling_before != NAT_NONE)
        nat_entry_at(self, entry->sibling_before)->sibling = entry->sibling;
    else
        subscriber->first_binding = entry->sibling;
    if (entry->sibling != NAT_NONE)
        nat_entry_at(self, entry->sibling)->sibling_before = entry->sibling_before;
    subscriber->bindings--;
    subscriber_close_unless_used(self, entry->subscriber);
}

/* ---- The bindings of an internal endpoint ---- */

bool nat_uses_source(const nat *self)
{
    return self->options.overloading &&
           (self->options.ports == NAT_PORTS_PRESERVE || self->options.ports == NAT_PORTS_PRESERVE_OR_RANDOM);
}

uint32_t nat_source_find(nat *self, const roam_addr *internal)
{
    const uint64_t hash = nat_hash_addr(self, 0, internal);
    uint32_t slot;
    uint32_t id = core_table_first(&self->by_source, hash, &slot);
    while (id != NAT_NONE && !roam_addr_equal(&nat_entry_at(self, id)->internal, internal))
        id = core_table_next(&self->by_source, hash, &slot);
    return id;
}

/* There is room for one more in the table. */
static void join_source(nat *self, uint32_t id)
{
    nat_entry *const entry = nat_entry_at(self, id);
    const uint64_t hash = nat_hash_addr(self, 0, &entry->internal);
    entry->source_newer = NAT_NONE;
    entry->source_older = nat_source_find(self, &entry->internal);
    if (entry->source_older != NAT_NONE) {
        nat_entry_at(self, entry->source_older)->source_newer = id;
        core_table_remove(&self->by_source, hash, entry->source_older);
    }
    core_table_add(&self->by_source, hash, id);
}

static void leave_source(nat *self, uint32_t id)
{
    const nat_entry *const entry = nat_entry_at(self, id);
    const uint64_t hash = nat_hash_addr(self, 0, &entry->internal);
    if (entry->source_older != NAT_NONE)
        nat_entry_at(self, entry->source_older)->source_newer = entry->source_newer;
    if (entry->source_newer != NAT_NONE) {
        nat_entry_at(self, entry->source_newer)->source_older = entry->source_older;
        return;
    }
    core_table_remove(&self->by_source, hash, id);
    if (entry->source_older != NAT_NONE)
        core_table_add(&self->by_source, hash, entry->source_older);
}

/* ---- Time ---- */

static void join_used(nat *self, uint32_t id)
{
    nat_age_list *const list = &self->ages[nat_entry_at(self, id)->stream];
    nat_age_list_add(list, &self->entries, offsetof(nat_entry, by_use), id);
}

static void leave_used(nat *self, uint32_t id)
{
    nat_age_list *const list = &self->ages[nat_entry_at(self, id)->stream];
    nat_age_list_remove(list, &self->entries, offsetof(nat_entry, by_use), id);
}

void nat_entry_refresh(nat *self, uint32_t id)
{
    nat_entry *const entry = nat_entry_at(self, id);
    const bool stream =
        entry->stream || (entry->replied && self->now_ns - entry->made_ns > self->options.stream_after_ns);
    if (self->ages[stream].newest != id) {
        leave_used(self, id);
        entry->stream = stream;
        join_used(self, id);
    }
    entry->used_ns = self->now_ns;
}

uint32_t nat_entry_next(const nat *self, uint32_t id)
{
    if (id == NAT_NONE)
        return self->ages[0].oldest != NAT_NONE ? self->ages[0].oldest : self->ages[1].oldest;
    const nat_entry *const entry = nat_entry_at(self, id);
    const uint32_t newer = entry->by_use.newer;
    return newer == NAT_NONE && !entry->stream ? self->ages[1].oldest : newer;
}

static uint64_t later(uint64_t from_ns, uint64_t by_ns)
{
    return by_ns < UINT64_MAX - from_ns ? from_ns + by_ns : UINT64_MAX;
}

uint64_t nat_entry_ends_ns(const nat *self, const nat_entry *entry)
{
    const uint64_t idle_ns = later(entry->used_ns, nat_entry_timeout_ns(self, entry));
    const uint64_t old_ns = nat_lifetime_ends_ns(self, entry);
    return idle_ns < old_ns ? idle_ns : old_ns;
}

/* The first of a list, if it ends before what was found so far. */
static void find_earlier(const nat *self, uint32_t id, uint32_t *found, uint64_t *ends_ns)
{
    const uint64_t ends = id == NAT_NONE ? UINT64_MAX : nat_entry_ends_ns(self, nat_entry_at(self, id));
    if (ends < *ends_ns) {
        *ends_ns = ends;
        *found = id;
    }
}

/* In the order in which they end, which is that of the quarantine. */
void nat_advance(nat *self, uint64_t now_ns)
{
    assert(now_ns >= self->now_ns);
    self->now_ns = now_ns;
    for (;;) {
        uint32_t id = NAT_NONE;
        uint64_t ends_ns = UINT64_MAX;
        for (size_t i = 0; i < sizeof self->ages / sizeof *self->ages; i++)
            find_earlier(self, self->ages[i].oldest, &id, &ends_ns);
        find_earlier(self, nat_lifetime_first(self), &id, &ends_ns);
        if (id == NAT_NONE || ends_ns > now_ns)
            break;
        nat_entry_forget(self, id, ends_ns);
        self->counts.timed_out++;
    }
    if (self->reserved.oldest != NAT_NONE)
        nat_reservations_advance(self);
    if (self->quarantine.count > 0)
        nat_quarantine_advance(self);
}

/* ---- Bindings ---- */

static int reserve(nat *self)
{
    const bool room = core_table_reserve(&self->by_internal) == NAT_OK &&
                      core_table_reserve(&self->by_external) == NAT_OK &&
                      (!nat_uses_source(self) || core_table_reserve(&self->by_source) == NAT_OK) &&
                      nat_quarantine_reserve(self, 1) == NAT_OK && nat_lifetime_reserve(self) == NAT_OK;
    return room ? NAT_OK : NAT_ERR_MEMORY;
}

static int assign_to(nat *self, uint32_t subscriber_id, nat_entry *entry)
{
    nat_subscriber *const subscriber = nat_subscriber_at(self, subscriber_id);
    const uint32_t limit = self->options.subscriber_bindings_max;
    if (limit > 0 && subscriber->bindings >= limit)
        return NAT_ERR_SUBSCRIBER_LIMIT;
    const nat_wish wish = {
        .subscriber = subscriber, .internal = &entry->internal, .destination = &entry->destination};
    entry->subscriber = subscriber_id;
    return nat_assign(self, &wish, &entry->address, &entry->port);
}

static nat_entry new_entry(const nat *self, const roam_addr *internal, const roam_addr *destination)
{
    return (nat_entry){.live = true,
                       .stream = self->options.unreplied_timeout_ns == 0,
                       .last_address = NAT_NONE,
                       .permitted = NAT_AGE_LIST_EMPTY,
                       .made_ns = self->now_ns,
                       .used_ns = self->now_ns,
                       .internal = *internal,
                       .destination = nat_part(self->options.mapping, destination)};
}

int nat_entry_make(nat *self, const roam_addr *internal, const roam_addr *destination, uint32_t *id)
{
    if (self->counts.live >= self->options.bindings_max)
        return NAT_ERR_TABLE_FULL;
    nat_entry made = new_entry(self, internal, destination);
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
    core_table_add(&self->by_internal, internal_hash(self, &made.internal, &made.destination), *id);
    core_table_add(&self->by_external, entry_external_hash(self, &made), *id);
    join_used(self, *id);
    join_subscriber(self, *id);
    if (nat_uses_source(self))
        join_source(self, *id);
    nat_lifetime_begin(self, *id);
    if (++self->counts.live > self->counts.peak)
        self->counts.peak = self->counts.live;
    self->counts.made++;
    return NAT_OK;
}

void nat_entry_forget(nat *self, uint32_t id, uint64_t ended_ns)
{
    nat_permit_nobody(self, id);
    nat_entry *const entry = nat_entry_at(self, id);
    core_table_remove(&self->by_internal, internal_hash(self, &entry->internal, &entry->destination), id);
    core_table_remove(&self->by_external, entry_external_hash(self, entry), id);
    nat_release_port(self, entry->address, entry->port, ended_ns);
    nat_lifetime_end(self, id);
    leave_used(self, id);
    leave_subscriber(self, entry);
    if (nat_uses_source(self))
        leave_source(self, id);
    entry->live = false;
    nat_slab_give(&self->entries, id);
    self->counts.live--;
}

void nat_entry_move(nat *self, uint32_t id, uint32_t address, uint16_t port)
{
    nat_entry *const entry = nat_entry_at(self, id);
    core_table_remove(&self->by_external, entry_external_hash(self, entry), id);
    entry->last_address = entry->address;
    entry->last_port = entry->port;
    entry->moved_in = self->shuffles;
    entry->stale = 0;
    entry->address = address;
    entry->port = port;
    core_table_add(&self->by_external, entry_external_hash(self, entry), id);
    self->counts.shuffled++;
}
