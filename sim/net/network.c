/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/network.h"

#include "sim/random_streams.h"

#include <string.h>

void network_init(network *self, const scenario *whole, uint32_t index)
{
    const scenario_network *const from = &whole->networks[index];
    *self = (network){.scenario = from,
                      .index = index,
                      .up = from->link,
                      .down = from->link,
                      .mtu = {.bytes = from->mtu},
                      .prefix = from->family == SCENARIO_IPV4 ? from->prefix4 : from->prefix6};
}

/* Rate and queue of a link in one direction. */
static n3_queue_params queue_of(const scenario_link *link)
{
    const scenario_queue_limits limits = scenario_link_queue(link);
    return (n3_queue_params){
        .rate_bps = link->rate_bps, .queue_packets = limits.packets, .queue_bytes = limits.bytes};
}

bool network_divides_queues(const network *self)
{
    return !self->scenario->shared && self->scenario->discipline != SCENARIO_DROPTAIL;
}

/* Of nobody but the network: the node is "". */
static int make_queue(const network *self, n3_world *n3, const char *node, uint32_t attachment,
                      n3_medium **out)
{
    static const n3_discipline DISCIPLINES[] = {[SCENARIO_DROPTAIL] = N3_DISCIPLINE_DROPTAIL,
                                                [SCENARIO_CODEL] = N3_DISCIPLINE_CODEL,
                                                [SCENARIO_FQ_CODEL] = N3_DISCIPLINE_FQ_CODEL,
                                                [SCENARIO_RED] = N3_DISCIPLINE_RED};
    const random_consumer draws = {
        .purpose = RANDOM_QUEUE, .node = node, .network = self->scenario->name, .attachment = attachment};
    n3_medium_options options;
    n3_medium_options_default(&options, N3_MEDIUM_QUEUE);
    options.discipline = DISCIPLINES[self->scenario->discipline];
    options.up = queue_of(&self->up);
    options.down = queue_of(&self->down);
    options.stream = random_stream_block(&draws, N3_MEDIUM_STREAMS);
    return n3_medium_new(n3, &options, out);
}

static int make_medium(const network *self, n3_world *n3, n3_medium **out)
{
    const bool csma = self->scenario->link_type == SCENARIO_LINK_CSMA;
    const random_consumer shared = {.purpose = RANDOM_MEDIUM, .node = "", .network = self->scenario->name};
    n3_medium_options options;
    n3_medium_options_default(&options, csma ? N3_MEDIUM_CSMA : N3_MEDIUM_WIFI);
    options.stream = random_stream_block(&shared, N3_MEDIUM_STREAMS);
    if (csma) {
        options.rate_bps = self->scenario->link.rate_bps;
        options.queue_packets = scenario_link_queue(&self->scenario->link).packets;
    }
    return n3_medium_new(n3, &options, out);
}

int network_medium(network *self, n3_world *n3, const char *node, uint32_t attachment, n3_medium **out)
{
    const scenario_link_type type = self->scenario->link_type;
    int status = N3_OK;
    if (network_divides_queues(self))
        return make_queue(self, n3, node, attachment, out);
    if (!self->medium && self->scenario->shared)
        status = make_queue(self, n3, "", 0, &self->medium);
    else if (!self->medium && (type == SCENARIO_LINK_CSMA || type == SCENARIO_LINK_WIFI))
        status = make_medium(self, n3, &self->medium);
    if (!status)
        *out = self->medium;
    return status;
}

int network_set_queue(n3_medium *queue, const scenario_link *up, const scenario_link *down)
{
    const n3_queue_params above = queue_of(up);
    const n3_queue_params below = queue_of(down);
    const n3_status status = n3_medium_set(queue, true, &above);
    return status ? status : n3_medium_set(queue, false, &below);
}

int network_follow(network *self)
{
    const bool is_shared = self->medium && self->scenario->shared;
    return is_shared ? network_set_queue(self->medium, &self->up, &self->down) : N3_OK;
}

void network_renumber(network *self, const scenario_prefix *prefix)
{
    self->prefix = *prefix;
    self->given = 0;
}

roam_addr network_vacant_address(const network *self)
{
    roam_addr addr = {.family = ROAM_FAMILY_IPV6};
    size_t len = 16;
    if (self->scenario->family == SCENARIO_IPV4) {
        addr.family = ROAM_FAMILY_IPV4;
        len = 4;
    }
    memcpy(addr.bytes, self->prefix.address, len);
    return addr;
}

roam_addr network_router_address(const network *self)
{
    roam_addr addr = network_vacant_address(self);
    const size_t bits = addr.family == ROAM_FAMILY_IPV4 ? 32 : 128;
    for (size_t i = self->prefix.bits; i < bits - 1; i++)
        addr.bytes[i / 8] |= (uint8_t)(0x80u >> i % 8);
    return addr;
}

bool network_next_address(network *self, roam_addr *out)
{
    roam_addr addr = network_vacant_address(self);
    const size_t len = addr.family == ROAM_FAMILY_IPV4 ? 4 : 16;
    const uint32_t host_bits = (uint32_t)(8 * len) - self->prefix.bits;
    uint64_t number = self->given + 1;
    /* The last number is left out: in IPv4 it is the broadcast address. The one before may be the router's.
     */
    if (host_bits < 64 && number >= (UINT64_C(1) << host_bits) - 1 - self->scenario->icmp)
        return false;
    for (size_t i = len; i > 0 && number; i--, number >>= 8)
        addr.bytes[i - 1] = (uint8_t)(addr.bytes[i - 1] | (number & 0xff));
    self->given++;
    *out = addr;
    return true;
}
