/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hash.h"
#include "sim/nat/internal.h"

#include "sim/random_streams.h"

static nat_permission *at(const nat *self, uint32_t id)
{
    return nat_slab_at(&self->permissions, id);
}

static uint64_t hash_of(const nat *self, uint32_t binding, const roam_addr *remote)
{
    return nat_hash_addr(self, core_hash_mix(binding), remote);
}

static bool out_of_date(const nat *self, const nat_permission *permission)
{
    const nat_entry *const entry = nat_entry_at(self, permission->binding);
    return self->now_ns - permission->used_ns >= nat_entry_timeout_ns(self, entry);
}

static uint32_t find(nat *self, uint32_t binding, const roam_addr *remote)
{
    const uint64_t hash = hash_of(self, binding, remote);
    uint32_t slot;
    uint32_t id = core_table_first(&self->by_remote, hash, &slot);
    while (id != NAT_NONE &&
           (at(self, id)->binding != binding || !roam_addr_equal(&at(self, id)->remote, remote)))
        id = core_table_next(&self->by_remote, hash, &slot);
    return id;
}

static void join_permitted(nat *self, nat_entry *entry, uint32_t id)
{
    nat_age_list_add(&entry->permitted, &self->permissions, offsetof(nat_permission, links), id);
    at(self, id)->used_ns = self->now_ns;
}

static void leave_permitted(nat *self, nat_entry *entry, uint32_t id)
{
    nat_age_list_remove(&entry->permitted, &self->permissions, offsetof(nat_permission, links), id);
}

static void refresh(nat *self, nat_entry *entry, uint32_t id)
{
    if (entry->permitted.newest != id) {
        leave_permitted(self, entry, id);
        join_permitted(self, entry, id);
    }
    at(self, id)->used_ns = self->now_ns;
}

static void withdraw(nat *self, nat_entry *entry, uint32_t id)
{
    const nat_permission *const permission = at(self, id);
    leave_permitted(self, entry, id);
    core_table_remove(&self->by_remote, hash_of(self, permission->binding, &permission->remote), id);
    nat_slab_give(&self->permissions, id);
    entry->permissions--;
    self->counts.permitted--;
}

static void make_room(nat *self, nat_entry *entry)
{
    while (entry->permissions > 0 && out_of_date(self, at(self, entry->permitted.oldest)))
        withdraw(self, entry, entry->permitted.oldest);
    if (entry->permissions >= self->options.filter_max) {
        withdraw(self, entry, entry->permitted.oldest);
        self->counts.permissions_evicted++;
    }
}

int nat_permit(nat *self, uint32_t id, const roam_addr *remote)
{
    if (self->options.filtering == NAT_ENDPOINT_INDEPENDENT)
        return NAT_OK;
    nat_entry *const entry = nat_entry_at(self, id);
    const roam_addr part = nat_part(self->options.filtering, remote);
    uint32_t permission = find(self, id, &part);
    if (permission != NAT_NONE) {
        refresh(self, entry, permission);
        return NAT_OK;
    }
    make_room(self, entry);
    if (core_table_reserve(&self->by_remote) != NAT_OK ||
        nat_slab_take(&self->permissions, &permission) != NAT_OK)
        return NAT_ERR_MEMORY;
    at(self, permission)->binding = id;
    at(self, permission)->remote = part;
    core_table_add(&self->by_remote, hash_of(self, id, &part), permission);
    join_permitted(self, entry, permission);
    entry->permissions++;
    self->counts.permitted++;
    return NAT_OK;
}

bool nat_permits(nat *self, uint32_t id, const roam_addr *remote)
{
    if (self->options.filtering == NAT_ENDPOINT_INDEPENDENT)
        return true;
    const roam_addr part = nat_part(self->options.filtering, remote);
    const uint32_t permission = find(self, id, &part);
    if (permission == NAT_NONE || out_of_date(self, at(self, permission)))
        return false;
    if (self->options.refresh == NAT_REFRESH_BOTH)
        refresh(self, nat_entry_at(self, id), permission);
    return true;
}

void nat_permit_nobody(nat *self, uint32_t id)
{
    nat_entry *const entry = nat_entry_at(self, id);
    while (entry->permissions > 0)
        withdraw(self, entry, entry->permitted.oldest);
}
