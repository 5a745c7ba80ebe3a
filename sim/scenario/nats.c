/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/internal.h"
#include "sim/scenario/nat_draft.h"

#include <stdlib.h>
#include <string.h>

enum { NATS_MAX = 4000, NAME_MAX_BYTES = 31, RANGES_MAX = 256 };

static const key_choice FAMILIES[] = {{"ipv4", SCENARIO_IPV4}, {"ipv6", SCENARIO_IPV6}, {0}};

/* --- pools --- */

static roam_addr address_of(const key_prefix *range)
{
    roam_addr addr = {.family = range->family == SCENARIO_IPV4 ? ROAM_FAMILY_IPV4 : ROAM_FAMILY_IPV6};
    memcpy(addr.bytes, range->prefix.address, sizeof addr.bytes);
    return addr;
}

static uint32_t size_of(const key_prefix *range)
{
    const unsigned bits = range->family == SCENARIO_IPV4 ? 32 : 128;
    const unsigned host_bits = bits - range->prefix.bits;
    return host_bits <= 16 ? 1u << host_bits : UINT32_MAX;
}

static bool overlap(const key_prefix *a, const key_prefix *b)
{
    return a->family == b->family && scenario_prefixes_overlap(&a->prefix, &b->prefix);
}

/* kind nptv6. */
static void read_external_prefix(scenario_reader *reader, const tree_node *value, nat_draft *draft)
{
    key_prefix *const range = &draft->ranges[0];
    if (!scenario_parse_prefix(value->text, false, range) || range->family != SCENARIO_IPV6 ||
        range->prefix.bits < NAT_PREFIX_BITS_MIN || range->prefix.bits > NAT_PREFIX_BITS_MAX) {
        scenario_fault(
            reader, value->place,
            "pool: '%.60s' is no IPv6 prefix of %d to %d bits: write for example '2001:db8:1::/48'",
            value->text, NAT_PREFIX_BITS_MIN, NAT_PREFIX_BITS_MAX);
        return;
    }
    if (!scenario_check_prefix(reader, value, range))
        return;
    draft->nat.prefix.external = address_of(range);
    draft->nat.prefix.bits = range->prefix.bits;
    draft->range_count = 1;
}

static void read_range(scenario_reader *reader, const tree_node *value, nat_draft *draft)
{
    key_prefix *const range = &draft->ranges[draft->range_count];
    if (!scenario_read_kind(reader, value, TREE_SCALAR, "an address or a prefix", "203.0.113.7"))
        return;
    if (draft->nat.prefixes) {
        read_external_prefix(reader, value, draft);
        return;
    }
    if (!scenario_parse_prefix(value->text, true, range) || size_of(range) > NAT_POOL_MAX) {
        scenario_fault(reader, value->place,
                       "pool: '%.60s' is no address and no prefix: write 203.0.113.7 or 198.51.100.0/28 (of "
                       "at most %u addresses)",
                       value->text, NAT_POOL_MAX);
        return;
    }
    if (!scenario_check_prefix(reader, value, range))
        return;
    for (size_t i = 0; i < draft->range_count; i++) {
        if (draft->ranges[i].family != range->family) {
            scenario_fault(reader, value->place, "a pool of two families, ipv4 and ipv6: make two NATs");
            return;
        }
        if (overlap(&draft->ranges[i], range)) {
            scenario_fault(reader, value->place, "'%.60s' is in the pool already", value->text);
            return;
        }
    }
    draft->range_count++;
}

/* All addresses of the ranges, one after the other. */
static void fill_pool(scenario_reader *reader, nat_draft *draft)
{
    size_t count = 0;
    for (size_t i = 0; i < draft->range_count; i++)
        count += size_of(&draft->ranges[i]);
    if (count > NAT_POOL_MAX) {
        scenario_fault(reader, draft->entry->key_place, "a pool of %zu addresses: at most %u", count,
                       NAT_POOL_MAX);
        return;
    }
    roam_addr *pool = scenario_arena_alloc(reader->arena, count, sizeof(*pool));
    if (!pool)
        return;
    draft->nat.options.pool = pool;
    draft->nat.options.pool_count = count;
    for (size_t i = 0; i < draft->range_count; i++) {
        const uint32_t size = size_of(&draft->ranges[i]);
        for (uint32_t host = 0; host < size; host++) {
            *pool = address_of(&draft->ranges[i]);
            const size_t len = pool->family == ROAM_FAMILY_IPV4 ? 4 : 16;
            pool->bytes[len - 1] = (uint8_t)(pool->bytes[len - 1] | (host & 0xff));
            pool->bytes[len - 2] = (uint8_t)(pool->bytes[len - 2] | (host >> 8));
            pool++;
        }
    }
}

static void read_pool(scenario_reader *reader, const tree_node *pool, nat_draft *draft)
{
    const bool listed = pool && pool->kind == TREE_LIST;
    draft->ranges = scenario_arena_alloc(reader->arena, listed ? pool->count + 1 : 1, sizeof(key_prefix));
    if (!draft->ranges)
        return;
    if (listed && (pool->count == 0 || pool->count > RANGES_MAX)) {
        scenario_fault(reader, pool->place, "a pool has 1 to %d entries: write for example [203.0.113.7]",
                       RANGES_MAX);
        return;
    }
    for (const tree_node *value = listed ? pool->first : pool; value; value = listed ? value->next : NULL)
        read_range(reader, value, draft);
}

/* Documentation addresses (RFC 5737); behind another NAT those of a carrier's network (RFC 6598). */
static void default_pool(nat_draft *draft, uint32_t number)
{
    const uint8_t high = (uint8_t)(number >> 8);
    const uint8_t low = (uint8_t)number;
    const scenario_prefix outside = {.address = {203, 0, 113, low}, .bits = 32};
    const scenario_prefix nested = {.address = {100, 64, high, low}, .bits = 32};
    draft->ranges[0] =
        (key_prefix){.prefix = draft->nat.behind == SCENARIO_NONE ? outside : nested, .given = true};
    draft->range_count = 1;
}

/* --- one NAT --- */

static void read_nat(scenario_reader *reader, const tree_node *entry, nat_draft *draft)
{
    *draft = (nat_draft){.nat = {.name = entry->key, .place = entry->key_place, .behind = SCENARIO_NONE},
                         .entry = entry};
    scenario_read_name(reader, entry->key_place, entry->key, NAME_MAX_BYTES);
    if (!scenario_read_kind(reader, entry, TREE_MAP, "the NAT's keys", "{pool: 203.0.113.7}"))
        return;
    scenario_nat_options_read(reader, draft);
}

/* --- the section --- */

static void read_behind(scenario_reader *reader, nat_draft *drafts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const tree_node *const entry = drafts[i].entry;
        const tree_node *const behind = entry->kind == TREE_MAP ? tree_get(entry, "behind") : NULL;
        if (behind && !scenario_read_nat(reader, behind, &drafts[i].nat.behind))
            drafts[i].nat.behind = SCENARIO_NONE;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t at = drafts[i].nat.behind;
        size_t steps = 0;
        while (at != SCENARIO_NONE && at != i && steps++ < count)
            at = drafts[at].nat.behind;
        if (at == i) {
            scenario_fault(reader, tree_get(drafts[i].entry, "behind")->place,
                           "'%s' is behind itself: one NAT of a chain is behind none", drafts[i].nat.name);
            drafts[i].nat.behind = SCENARIO_NONE;
        }
    }
}

static void read_pools(scenario_reader *reader, nat_draft *drafts, size_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const tree_node *const entry = drafts[i].entry;
        const tree_node *const pool = entry->kind == TREE_MAP ? tree_get(entry, "pool") : NULL;
        if (drafts[i].nat.prefixes && (!pool || pool->kind != TREE_SCALAR)) {
            scenario_fault(reader, pool ? pool->place : drafts[i].nat.place,
                           "'%s' needs one prefix that it has outside: write for example pool: "
                           "'2001:db8:1::/48'",
                           drafts[i].nat.name);
            continue;
        }
        read_pool(reader, pool, &drafts[i]);
        if (drafts[i].nat.prefixes)
            continue;
        if (!pool && drafts[i].ranges)
            default_pool(&drafts[i], i + 1);
        fill_pool(reader, &drafts[i]);
    }
}

void scenario_nats_read(scenario_reader *reader, const tree_node *section)
{
    scenario *const whole = reader->scenario;
    if (!scenario_read_kind(reader, section, TREE_MAP, "a mapping of NATs", "{home: {pool: 203.0.113.7}}"))
        return;
    if (section->count > NATS_MAX) {
        scenario_fault(reader, section->place, "%zu NATs: at most %d", section->count, NATS_MAX);
        return;
    }
    nat_draft *const drafts = scenario_arena_alloc(reader->arena, section->count, sizeof(*drafts));
    scenario_nat *const nats = scenario_arena_alloc(reader->arena, section->count, sizeof(*nats));
    if (!drafts || !nats)
        return;
    size_t count = 0;
    for (const tree_node *entry = section->first; entry; entry = entry->next, count++) {
        read_nat(reader, entry, &drafts[count]);
        nats[count] = drafts[count].nat; /* its name, for those that are behind it */
    }
    reader->nats = drafts;
    whole->nats = nats;
    whole->nat_count = count;
    read_behind(reader, drafts, count);
    read_pools(reader, drafts, count);
    for (size_t i = 0; i < count; i++)
        nats[i] = drafts[i].nat;
}

/* --- with the networks --- */

const char *scenario_pool_with(const scenario_reader *reader, const key_prefix *prefix)
{
    for (size_t i = 0; i < reader->scenario->nat_count; i++) {
        const nat_draft *const draft = &reader->nats[i];
        for (size_t j = 0; !draft->nat.options.transparent && j < draft->range_count; j++)
            if (overlap(&draft->ranges[j], prefix))
                return draft->nat.name;
    }
    return NULL;
}

/* One range of a pool, on the way to those that overlap. */
typedef struct pool_range {
    const key_prefix *prefix;
    uint32_t nat;
    uint32_t outer; /* index of the one that this is in; SCENARIO_NONE: in none */
} pool_range;

/* By address, and what contains others before them. */
static int compare_ranges(const void *left, const void *right)
{
    const pool_range *const a = left;
    const pool_range *const b = right;
    if (a->prefix->family != b->prefix->family)
        return a->prefix->family < b->prefix->family ? -1 : 1;
    const int order = memcmp(a->prefix->prefix.address, b->prefix->prefix.address, 16);
    if (order != 0 || a->prefix->prefix.bits != b->prefix->prefix.bits)
        return order != 0 ? order : a->prefix->prefix.bits < b->prefix->prefix.bits ? -1 : 1;
    return (a->nat > b->nat) - (a->nat < b->nat);
}

/* For each NAT one before it in the file whose pool overlaps with its own, or SCENARIO_NONE.
 * Prefixes that overlap contain each other, so in their order each is compared with those around it alone. */
static uint32_t *find_overlaps(scenario_reader *reader)
{
    const size_t nats = reader->scenario->nat_count;
    size_t total = 0, count = 0;
    for (size_t i = 0; i < nats; i++)
        total += reader->nats[i].nat.options.transparent ? 0 : reader->nats[i].range_count;
    uint32_t *const earlier = scenario_arena_alloc(reader->arena, nats, sizeof(*earlier));
    pool_range *const ranges = scenario_arena_alloc(reader->arena, total, sizeof(*ranges));
    if (!earlier || !ranges)
        return NULL;
    for (uint32_t i = 0; i < nats; i++) {
        earlier[i] = SCENARIO_NONE;
        for (size_t j = 0; !reader->nats[i].nat.options.transparent && j < reader->nats[i].range_count; j++)
            ranges[count++] = (pool_range){.prefix = &reader->nats[i].ranges[j], .nat = i};
    }
    qsort(ranges, count, sizeof(*ranges), compare_ranges);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t outer = i > 0 ? i - 1 : SCENARIO_NONE;
        while (outer != SCENARIO_NONE && !overlap(ranges[outer].prefix, ranges[i].prefix))
            outer = ranges[outer].outer;
        ranges[i].outer = outer;
        if (outer != SCENARIO_NONE) {
            const uint32_t a = ranges[outer].nat, b = ranges[i].nat;
            uint32_t *const of_later = &earlier[a > b ? a : b];
            const uint32_t first = a > b ? b : a;
            *of_later = first < *of_later ? first : *of_later;
        }
    }
    return earlier;
}

static const scenario_network *network_with(const scenario *whole, const key_prefix *range)
{
    for (size_t i = 0; i < whole->network_count; i++) {
        const scenario_network *const network = &whole->networks[i];
        const scenario_prefix *const prefix =
            range->family == SCENARIO_IPV4 ? &network->prefix4 : &network->prefix6;
        if (scenario_prefixes_overlap(prefix, &range->prefix))
            return network;
    }
    return NULL;
}

static void check_overlaps(scenario_reader *reader, size_t index, uint32_t earlier)
{
    const nat_draft *const draft = &reader->nats[index];
    if (draft->nat.options.transparent) /* its pool is no address of anybody */
        return;
    const tree_node *const pool = draft->entry->kind == TREE_MAP ? tree_get(draft->entry, "pool") : NULL;
    const scenario_place place = pool ? pool->place : draft->nat.place;
    if (earlier != SCENARIO_NONE) {
        scenario_fault(reader, place, "the pool of '%s' overlaps with that of '%s'", draft->nat.name,
                       reader->nats[earlier].nat.name);
    }
    for (size_t i = 0; i < draft->range_count; i++) {
        const scenario_network *const network = network_with(reader->scenario, &draft->ranges[i]);
        if (network) {
            scenario_fault(reader, place, "the pool of '%s' overlaps with the addresses of network '%s'",
                           draft->nat.name, network->name);
        }
    }
}

static scenario_family family_of(const nat_draft *draft)
{
    if (draft->nat.prefixes)
        return SCENARIO_IPV6;
    return draft->range_count > 0 ? draft->ranges[0].family : SCENARIO_IPV4;
}

static void check_nested(scenario_reader *reader, const nat_draft *draft)
{
    if (draft->nat.behind == SCENARIO_NONE)
        return;
    const nat_draft *const outer = &reader->nats[draft->nat.behind];
    if (outer->nat.prefixes) {
        scenario_fault(
            reader, tree_get(draft->entry, "behind")->place,
            "'%s' is of kind nptv6, which translates the prefix of one network: no NAT is behind it",
            outer->nat.name);
        return;
    }
    if (draft->nat.prefixes && !outer->nat.options.transparent) {
        scenario_fault(reader, tree_get(draft->entry, "behind")->place,
                       "'%s' is of kind nptv6, which may be behind a firewall, and '%s' is none",
                       draft->nat.name, outer->nat.name);
        return;
    }
    if (draft->nat.options.transparent || outer->nat.options.transparent)
        return;
    if (family_of(draft) != family_of(outer)) {
        scenario_fault(reader, tree_get(draft->entry, "behind")->place, "'%s' is %s and '%s' %s",
                       draft->nat.name, key_choice_name(FAMILIES, family_of(draft)), outer->nat.name,
                       key_choice_name(FAMILIES, family_of(outer)));
    }
}

/* Deterministic blocks number subscribers by their addresses, in one network. */
static void number_subscribers(scenario_reader *reader, const scenario_network *network,
                               scenario_nat *numbered)
{
    if (numbered->options.blocks != NAT_BLOCKS_DETERMINISTIC)
        return;
    if (numbered->options.subscribers.family != ROAM_FAMILY_NONE) {
        scenario_fault(reader, network->place,
                       "'%s' is a second network behind '%s', whose blocks are deterministic: one number a "
                       "subscriber needs one network",
                       network->name, numbered->name);
        return;
    }
    const key_prefix range = {.prefix =
                                  network->family == SCENARIO_IPV4 ? network->prefix4 : network->prefix6,
                              .family = network->family};
    numbered->options.subscribers = address_of(&range);
    numbered->options.subscribers.bytes[network->family == SCENARIO_IPV4 ? 3 : 15] |= 1; /* its first host */
}

/* The one network behind a NAT of kind nptv6 gives the prefix inside, as long as the one outside. */
static void take_prefix(scenario_reader *reader, const scenario_network *network, scenario_nat *by)
{
    if (by->prefix.internal.family != ROAM_FAMILY_NONE) {
        scenario_fault(reader, network->place,
                       "'%s' is a second network behind '%s', which translates the prefix of one",
                       network->name, by->name);
        return;
    }
    if (by->prefix.bits == 0)
        return; /* reported */
    if (network->prefix6.bits < by->prefix.bits) {
        scenario_fault(reader, network->place,
                       "the prefix of '%s' has %u bits, and the pool of '%s' %u: it has no room for all of "
                       "its addresses",
                       network->name, network->prefix6.bits, by->name, by->prefix.bits);
        return;
    }
    by->prefix.internal.family = ROAM_FAMILY_IPV6;
    for (unsigned i = 0; i < by->prefix.bits; i++)
        by->prefix.internal.bytes[i / 8] |= (uint8_t)(network->prefix6.address[i / 8] & (0x80u >> i % 8));
}

static void check_network(scenario_reader *reader, const scenario_network *network, scenario_nat *gate)
{
    const nat_draft *const draft = &reader->nats[network->nat];
    if (gate->options.transparent)
        return;
    if (network->family == family_of(draft)) {
        if (gate->prefixes)
            take_prefix(reader, network, gate);
        else
            number_subscribers(reader, network, gate);
        return;
    }
    if (gate->prefixes)
        scenario_fault(
            reader, network->place,
            "network '%s' is ipv4, and '%s' translates IPv6 prefixes (RFC 6296): write family: ipv6",
            network->name, gate->name);
    else
        scenario_fault(reader, network->place, "network '%s' is %s and its NAT '%s' %s%s", network->name,
                       key_choice_name(FAMILIES, network->family), draft->nat.name,
                       key_choice_name(FAMILIES, family_of(draft)),
                       network->family == SCENARIO_IPV6
                           ? ": " SCENARIO_NO_NAT64 "; give the pool IPv6 addresses, or nodes a network of "
                             "each family"
                           : "");
}

void scenario_nats_check(scenario_reader *reader)
{
    const scenario *const whole = reader->scenario;
    scenario_nat *const nats = scenario_arena_alloc(reader->arena, whole->nat_count, sizeof(*nats));
    const uint32_t *const earlier = find_overlaps(reader);
    if (!nats || !earlier)
        return;
    for (size_t i = 0; i < whole->nat_count; i++) {
        nats[i] = whole->nats[i];
        check_overlaps(reader, i, earlier[i]);
        check_nested(reader, &reader->nats[i]);
    }
    reader->scenario->nats = nats;
    for (size_t i = 0; i < whole->network_count; i++) {
        const scenario_network *const network = &whole->networks[i];
        if (network->nat != SCENARIO_NONE)
            check_network(reader, network, &nats[network->nat]);
    }
    for (size_t i = 0; i < whole->nat_count; i++) {
        if (nats[i].options.blocks == NAT_BLOCKS_DETERMINISTIC && nats[i].options.pool &&
            nats[i].options.subscribers.family == ROAM_FAMILY_NONE) {
            scenario_fault(reader, nats[i].place, "'%s' has deterministic blocks and no network behind it",
                           nats[i].name);
        }
    }
}
