/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat/nat.h"

#include "sim/nat/internal.h"

#include <stdlib.h>
#include <string.h>

const char *nat_strerror(int error)
{
    switch ((nat_error)error) {
    case NAT_OK:
        return "no error";
    case NAT_ERR_MEMORY:
        return "out of memory";
    case NAT_ERR_OPTIONS:
        return "the options of the NAT contradict each other";
    case NAT_ERR_FAMILY:
        return "an address of another family than those of the pool";
    case NAT_ERR_NO_PORT:
        return "no external port is free";
    case NAT_ERR_NO_BLOCK:
        return "no port block for this subscriber";
    case NAT_ERR_SUBSCRIBER_LIMIT:
        return "the subscriber has as many bindings as it may";
    case NAT_ERR_TABLE_FULL:
        return "the NAT has as many bindings as it can hold";
    case NAT_ERR_NO_BINDING:
        return "no binding for that external endpoint";
    case NAT_ERR_FILTERED:
        return "the binding does not let that remote endpoint in";
    case NAT_ERR_STALE:
        return "the binding is stale";
    }
    return "unknown error";
}

void nat_options_default(nat_options *options)
{
    *options = (nat_options){.port_first = 1024,
                             .port_last = 65535,
                             .mapping = NAT_ENDPOINT_INDEPENDENT,
                             .filtering = NAT_ENDPOINT_INDEPENDENT,
                             .pooling = NAT_POOLING_PAIRED,
                             .ports = NAT_PORTS_RANDOM,
                             .parity = true,
                             .blocks = NAT_BLOCKS_NONE,
                             .timeout_ns = NAT_TIMEOUT_DEFAULT_NS,
                             .refresh = NAT_REFRESH_OUTBOUND,
                             .hairpinning = true,
                             .bindings_max = 1048576,
                             .filter_max = 256};
}

static int check_options(const nat_options *options)
{
    const bool has_pool = options->pool && options->pool_count >= 1 && options->pool_count <= NAT_POOL_MAX;
    const bool has_ports = options->port_first >= 1 && options->port_first <= options->port_last;
    if (!has_pool || !has_ports || !options->random || options->timeout_ns == 0 || options->filter_max == 0 ||
        options->bindings_max == 0 || options->bindings_max > NAT_BINDINGS_MAX)
        return NAT_ERR_OPTIONS;
    if (options->overloading && (options->blocks != NAT_BLOCKS_NONE || options->quarantine_ns > 0))
        return NAT_ERR_OPTIONS;
    if (options->overloading ? options->mapping != NAT_ADDRESS_AND_PORT_DEPENDENT ||
                                   options->filtering != NAT_ADDRESS_AND_PORT_DEPENDENT
                             : options->track_unsolicited)
        return NAT_ERR_OPTIONS;
    if (options->transparent &&
        (!options->overloading || options->track_unsolicited || options->forward_count > 0))
        return NAT_ERR_OPTIONS;
    const unsigned ports = (unsigned)(options->port_last - options->port_first) + 1;
    if (options->blocks != NAT_BLOCKS_NONE && (options->block_ports == 0 || options->block_ports > ports))
        return NAT_ERR_OPTIONS;
    const roam_family family = options->pool[0].family;
    if (family == ROAM_FAMILY_NONE ||
        (options->blocks == NAT_BLOCKS_DETERMINISTIC && options->subscribers.family != family))
        return NAT_ERR_FAMILY;
    for (size_t i = 0; i < options->pool_count; i++)
        if (options->pool[i].family != family)
            return NAT_ERR_FAMILY;
    return NAT_OK;
}

static uint32_t pool_index(nat *self, const roam_addr *addr)
{
    const roam_addr host = nat_host(addr);
    uint32_t slot;
    const uint64_t hash = nat_hash_addr(self, 0, &host);
    uint32_t index = core_table_first(&self->by_pool, hash, &slot);
    while (index != NAT_NONE && !roam_addr_equal(&self->options.pool[index], &host))
        index = core_table_next(&self->by_pool, hash, &slot);
    return index;
}

/* Takes a copy of the pool, whose ports are 0 from then on. */
static int copy_pool(nat *self, const nat_options *options)
{
    roam_addr *const pool = calloc(options->pool_count, sizeof *pool);
    self->options.pool = pool;
    if (!pool)
        return NAT_ERR_MEMORY;
    for (uint32_t i = 0; i < options->pool_count; i++) {
        pool[i] = nat_host(&options->pool[i]);
        if (pool_index(self, &pool[i]) != NAT_NONE)
            return NAT_ERR_OPTIONS;
        if (core_table_reserve(&self->by_pool) != NAT_OK)
            return NAT_ERR_MEMORY;
        core_table_add(&self->by_pool, nat_hash_addr(self, 0, &pool[i]), i);
    }
    return NAT_OK;
}

static int open_ports(nat *self)
{
    const uint32_t count = (uint32_t)self->options.pool_count;
    const unsigned ports = (unsigned)(self->options.port_last - self->options.port_first) + 1;
    self->ports = nat_ports_new(count);
    self->next_port = calloc(count, sizeof *self->next_port);
    if (!self->ports || !self->next_port)
        return NAT_ERR_MEMORY;
    if (self->options.blocks == NAT_BLOCKS_NONE)
        return NAT_OK;
    self->blocks_per_address = ports / self->options.block_ports;
    self->blocks = nat_ports_new(count);
    return self->blocks ? NAT_OK : NAT_ERR_MEMORY;
}

int nat_new(const nat_options *options, nat **out)
{
    int status = check_options(options);
    if (status != NAT_OK)
        return status;
    nat *const self = calloc(1, sizeof *self);
    if (!self)
        return NAT_ERR_MEMORY;
    self->options = *options;
    self->options.pool = NULL;
    self->options.forwards = NULL;
    self->seed = options->random(options->random_ctx);
    self->reserved = self->made = self->ages[0] = self->ages[1] = NAT_AGE_LIST_EMPTY;
    self->next_address = NAT_NONE;
    nat_slab_init(&self->entries, sizeof(nat_entry));
    nat_slab_init(&self->subscribers, sizeof(nat_subscriber));
    nat_slab_init(&self->permissions, sizeof(nat_permission));
    nat_slab_init(&self->reservations, sizeof(nat_reservation));
    status = copy_pool(self, options);
    if (status == NAT_OK)
        status = open_ports(self);
    if (status == NAT_OK)
        status = nat_forwards_open(self, options);
    if (status != NAT_OK) {
        nat_free(self);
        return status;
    }
    *out = self;
    return NAT_OK;
}

void nat_free(nat *self)
{
    if (!self)
        return;
    nat_slab_fini(&self->entries);
    nat_slab_fini(&self->subscribers);
    nat_slab_fini(&self->permissions);
    nat_slab_fini(&self->reservations);
    core_table_fini(&self->by_internal);
    core_table_fini(&self->by_external);
    core_table_fini(&self->by_source);
    core_table_fini(&self->by_reserved);
    core_table_fini(&self->by_host);
    core_table_fini(&self->by_remote);
    core_table_fini(&self->by_pool);
    nat_forwards_fini(self);
    free(self->quarantine.items);
    free(self->endings.items);
    nat_ports_free(self->ports);
    nat_ports_free(self->blocks);
    free(self->next_port);
    free((roam_addr *)self->options.pool);
    free(self);
}

/* ---- Packets ---- */

static bool of_family(const nat *self, const roam_addr *a, const roam_addr *b)
{
    const roam_family family = self->options.transparent ? b->family : self->options.pool[0].family;
    return a->family == family && b->family == family;
}

static int count_refusal(nat *self, int status)
{
    switch ((nat_error)status) {
    case NAT_ERR_NO_PORT:
        self->counts.no_port++;
        break;
    case NAT_ERR_NO_BLOCK:
        self->counts.no_block++;
        break;
    case NAT_ERR_SUBSCRIBER_LIMIT:
        self->counts.subscriber_limit++;
        break;
    case NAT_ERR_TABLE_FULL:
        self->counts.table_full++;
        break;
    case NAT_ERR_NO_BINDING:
        self->counts.no_binding++;
        break;
    case NAT_ERR_FILTERED:
        self->counts.filtered++;
        break;
    case NAT_ERR_STALE:
        self->counts.stale++;
        break;
    case NAT_OK:
    case NAT_ERR_MEMORY:
    case NAT_ERR_OPTIONS:
    case NAT_ERR_FAMILY:
        break;
    }
    return status;
}

int nat_outbound(nat *self, const roam_addr *internal_source, const roam_addr *destination, uint64_t now_ns,
                 roam_addr *external_source)
{
    nat_advance(self, now_ns);
    if (!of_family(self, internal_source, destination))
        return NAT_ERR_FAMILY;
    if (nat_forwards_out(self, internal_source, external_source)) {
        self->counts.translated_out++;
        return NAT_OK;
    }
    uint32_t id = nat_entry_find(self, internal_source, destination);
    int status = NAT_OK;
    if (id == NAT_NONE)
        status = nat_entry_make(self, internal_source, destination, &id);
    else
        nat_entry_refresh(self, id);
    if (status == NAT_OK)
        status = nat_permit(self, id, destination);
    if (status == NAT_OK && nat_entry_at(self, id)->stale & NAT_OUT)
        status = NAT_ERR_STALE;
    if (status != NAT_OK)
        return count_refusal(self, status);
    self->counts.translated_out++;
    const nat_entry *const entry = nat_entry_at(self, id);
    if (self->options.transparent) {
        *external_source = *internal_source;
        return NAT_OK;
    }
    *external_source =
        self->options.pool[entry->address]; /* in place: a copy of what was just written is slow */
    external_source->port = entry->port;
    return NAT_OK;
}

static int refuse_unsolicited(nat *self, const roam_addr *remote, const roam_addr *external)
{
    if (self->options.track_unsolicited && nat_owns(self, external) &&
        nat_track(self, external, remote) != NAT_OK)
        return NAT_ERR_MEMORY;
    return count_refusal(self, NAT_ERR_NO_BINDING);
}

int nat_inbound(nat *self, const roam_addr *remote_source, const roam_addr *external_destination,
                uint64_t now_ns, roam_addr *internal_destination)
{
    nat_advance(self, now_ns);
    if (!of_family(self, remote_source, external_destination))
        return NAT_ERR_FAMILY;
    roam_addr forwarded;
    if (nat_forwards_in(self, external_destination, &forwarded)) {
        if (forwarded.family == ROAM_FAMILY_NONE)
            return count_refusal(self, NAT_ERR_NO_BINDING);
        self->counts.translated_in++;
        *internal_destination = forwarded;
        return NAT_OK;
    }
    const uint32_t id = nat_entry_find_external(self, external_destination, remote_source);
    if (id == NAT_NONE)
        return refuse_unsolicited(self, remote_source, external_destination);
    if (nat_entry_at(self, id)->stale & NAT_IN)
        return count_refusal(self, NAT_ERR_STALE);
    if (!nat_permits(self, id, remote_source))
        return count_refusal(self, NAT_ERR_FILTERED);
    if (self->options.refresh == NAT_REFRESH_BOTH)
        nat_entry_refresh(self, id);
    nat_entry *const entry = nat_entry_at(self, id);
    entry->replied = true;
    self->counts.translated_in++;
    *internal_destination = entry->internal;
    return NAT_OK;
}

bool nat_owns(nat *self, const roam_addr *addr)
{
    return !self->options.transparent && pool_index(self, addr) != NAT_NONE;
}

bool nat_hairpins(const nat *self)
{
    return self->options.hairpinning;
}

/* ---- What happens to a NAT ---- */

static bool is_towards(const nat_entry *entry, const roam_addr *remote)
{
    const roam_addr host = nat_host(&entry->destination), wanted = nat_host(remote);
    return roam_addr_equal(&host, &wanted);
}

/* The bindings of a subscriber (NULL: of all), one after the other; begins with NAT_NONE, and ends with it.
 */
static uint32_t next_of(const nat *self, uint32_t whose, uint32_t id)
{
    if (whose == NAT_NONE)
        return nat_entry_next(self, id);
    return id == NAT_NONE ? nat_subscriber_at(self, whose)->first_binding : nat_entry_at(self, id)->sibling;
}

static uint32_t forget(nat *self, const roam_addr *subscriber, const roam_addr *remote)
{
    const uint32_t whose = subscriber ? nat_subscriber_find(self, subscriber) : NAT_NONE;
    if (subscriber && whose == NAT_NONE)
        return 0;
    uint32_t count = 0;
    uint32_t id = next_of(self, whose, NAT_NONE);
    while (id != NAT_NONE) {
        const uint32_t next = next_of(self, whose, id);
        if (!remote || is_towards(nat_entry_at(self, id), remote)) {
            nat_entry_forget(self, id, self->now_ns);
            count++;
        }
        id = next;
    }
    self->counts.forgotten += count;
    return count;
}

uint32_t nat_make_stale(nat *self, nat_way way, const roam_addr *subscriber, uint64_t now_ns)
{
    nat_advance(self, now_ns);
    const uint32_t whose = subscriber ? nat_subscriber_find(self, subscriber) : NAT_NONE;
    uint32_t count = 0;
    if (subscriber && whose == NAT_NONE)
        return 0;
    for (uint32_t id = next_of(self, whose, NAT_NONE); id != NAT_NONE; id = next_of(self, whose, id)) {
        nat_entry_at(self, id)->stale |= (uint8_t)way;
        count++;
    }
    return count;
}

uint32_t nat_expire(nat *self, const roam_addr *subscriber, uint64_t now_ns)
{
    nat_advance(self, now_ns);
    if (!subscriber)
        nat_reservations_forget(self);
    return forget(self, subscriber, NULL);
}

uint32_t nat_expire_towards(nat *self, const roam_addr *subscriber, const roam_addr *remote, uint64_t now_ns)
{
    nat_advance(self, now_ns);
    return forget(self, subscriber, remote);
}

uint32_t nat_restart(nat *self, uint64_t now_ns)
{
    const uint32_t count = nat_expire(self, NULL, now_ns);
    nat_quarantine_forget(self);
    nat_restart_sequences(self);
    return count;
}

/* ---- Inspection ---- */

static void show(const nat *self, const nat_entry *entry, nat_binding *out)
{
    *out = (nat_binding){.internal = entry->internal,
                         .external = nat_entry_external(self, entry),
                         .destination = entry->destination,
                         .made_ns = entry->made_ns,
                         .expires_ns = nat_entry_ends_ns(self, entry),
                         .permitted = entry->permissions};
}

bool nat_next_binding(nat *self, uint64_t now_ns, uint32_t *cursor, nat_binding *out)
{
    nat_advance(self, now_ns);
    while (*cursor < self->entries.used) {
        const nat_entry *const entry = nat_entry_at(self, (*cursor)++);
        if (entry->live) {
            show(self, entry, out);
            return true;
        }
    }
    return false;
}

bool nat_find_binding(nat *self, const roam_addr *internal_source, const roam_addr *destination,
                      uint64_t now_ns, nat_binding *out)
{
    nat_advance(self, now_ns);
    const uint32_t id = nat_entry_find(self, internal_source, destination);
    if (id == NAT_NONE)
        return false;
    show(self, nat_entry_at(self, id), out);
    return true;
}

bool nat_find_external(nat *self, const roam_addr *external, const roam_addr *remote, uint64_t now_ns,
                       nat_binding *out)
{
    nat_advance(self, now_ns);
    const uint32_t id = nat_entry_find_external(self, external, remote);
    if (id == NAT_NONE)
        return false;
    show(self, nat_entry_at(self, id), out);
    return true;
}

nat_counts nat_count(nat *self, uint64_t now_ns)
{
    nat_advance(self, now_ns);
    return self->counts;
}

uint64_t nat_probes(const nat *self, uint64_t *things)
{
    const core_table *const tables[] = {&self->by_internal, &self->by_external, &self->by_source,
                                        &self->by_reserved, &self->by_host,     &self->by_remote,
                                        &self->by_pool};
    uint64_t probes = 0;
    *things = 0;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        probes += core_table_probes(tables[i]);
        *things += tables[i]->count;
    }
    return probes;
}
