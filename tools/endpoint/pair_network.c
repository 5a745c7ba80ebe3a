/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network between two endpoints: delay, loss, reordering, translated addresses. */
#include "tools/endpoint/pair_internal.h"

#include "core/hash.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool pair_same_address(const roam_endpoint_address *a, const roam_endpoint_address *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

const char *pair_address_text(const roam_endpoint_address *address, char text[PAIR_ADDRESS_TEXT_MAX])
{
    char host[INET6_ADDRSTRLEN];
    if (address->family != 4 && address->family != 6)
        (void)snprintf(text, PAIR_ADDRESS_TEXT_MAX, "none (family %u)", address->family);
    else if (!inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->bytes, host, sizeof host))
        (void)snprintf(text, PAIR_ADDRESS_TEXT_MAX, "?");
    else
        (void)snprintf(text, PAIR_ADDRESS_TEXT_MAX, address->family == 4 ? "%s:%u" : "[%s]:%u", host,
                       address->port);
    return text;
}

static roam_endpoint_address address_v4(uint8_t second, uint8_t third, uint8_t fourth, uint16_t port)
{
    const roam_endpoint_address address = {.family = 4, .port = port, .bytes = {10, second, third, fourth}};
    return address;
}

/* 10.0.0.N:4433 of the server, 10.1.0.N:5000+N of the client. */
size_t pair_add_address(endpoint_pair *pair, pair_side side)
{
    pair_node *const node = &pair->nodes[side];
    const size_t index = node->address_count;
    if (index == PAIR_ADDRESSES_MAX) {
        pair_fault(pair, "the test has no more than %d addresses", PAIR_ADDRESSES_MAX);
        return 0;
    }
    const uint8_t number = (uint8_t)(index + 1);
    pair_address *const address = &node->addresses[node->address_count++];
    address->local = side == PAIR_SERVER ? address_v4(0, 0, number, 4433)
                                         : address_v4(1, 0, number, (uint16_t)(5000 + number));
    address->seen = address->local;
    address->dead = false;
    return index;
}

void pair_rebind(endpoint_pair *pair, pair_side side, size_t address)
{
    roam_endpoint_address *const seen = &pair->nodes[side].addresses[address].seen;
    seen->bytes[1] = 200;
    seen->port = (uint16_t)(seen->port + 1000);
}

static uint64_t draw(endpoint_pair *pair, uint64_t below)
{
    return below ? core_hash_next(&pair->network_state) % below : 0;
}

/* In order of arrival, equal ones in the order in which they were sent. */
static void put(endpoint_pair *pair, pair_datagram *datagram)
{
    pair_datagram **at = &pair->flying;
    while (*at && (*at)->arrival_ns <= datagram->arrival_ns)
        at = &(*at)->next;
    datagram->next = *at;
    *at = datagram;
}

static void launch(endpoint_pair *pair, pair_side to, size_t address, const roam_endpoint_address *from,
                   uint64_t delay_ns, const roam_endpoint_datagram *what)
{
    pair_datagram *const datagram = malloc(sizeof *datagram);
    if (!datagram) {
        pair_fault(pair, "out of memory");
        return;
    }
    datagram->arrival_ns = pair->now_ns + delay_ns;
    datagram->to = to;
    datagram->address = address;
    datagram->from = *from;
    datagram->ecn = what->ecn;
    datagram->len = what->len < sizeof datagram->data ? what->len : sizeof datagram->data;
    if (datagram->len > 0)
        memcpy(datagram->data, what->data, datagram->len);
    put(pair, datagram);
}

static void note_transcript(endpoint_pair *pair, const pair_node *node,
                            const roam_endpoint_datagram *datagram)
{
    const uint64_t when = 2 * pair->now_ns + (uint64_t)node->side;
    pair->hash_of_times = core_hash_mix(pair->hash_of_times ^ when);
    pair->hash = core_hash_mix(pair->hash ^ when);
    pair->hash = core_hash_bytes(pair->hash, datagram->data, datagram->len);
}

void pair_depart(pair_node *node, const pair_address *source, const roam_endpoint_datagram *datagram)
{
    endpoint_pair *const pair = node->pair;
    note_transcript(pair, node, datagram);
    node->last_len = datagram->len < sizeof node->last ? datagram->len : sizeof node->last;
    memcpy(node->last, datagram->data, node->last_len);
    const pair_side to = node->side == PAIR_CLIENT ? PAIR_SERVER : PAIR_CLIENT;
    const pair_node *const other = &pair->nodes[to];
    const bool lost = draw(pair, 1000) < pair->loss_permille;
    const uint64_t late_ns = draw(pair, pair->reorder_ns);
    if (lost || pair->cut || source->dead)
        return;
    roam_endpoint_datagram as_it_arrives = *datagram;
    if (pair->marking)
        as_it_arrives.ecn = pair->marking;
    for (size_t i = 0; i < other->address_count; i++)
        if (pair_same_address(&other->addresses[i].seen, &datagram->path.remote) &&
            !other->addresses[i].dead) {
            launch(pair, to, i, &source->seen, pair->delay_ns + late_ns, &as_it_arrives);
            return;
        }
}

void pair_inject(endpoint_pair *pair, pair_side to, const roam_endpoint_address *from, const uint8_t *data,
                 size_t len)
{
    const roam_endpoint_address nobody = address_v4(99, 9, 9, 9999);
    const roam_endpoint_datagram datagram = {.data = data, .len = len};
    launch(pair, to, 0, from ? from : &nobody, 0, &datagram);
}

uint64_t pair_next_arrival(const endpoint_pair *pair)
{
    return pair->flying ? pair->flying->arrival_ns : ROAM_ENDPOINT_NEVER;
}

pair_datagram *pair_take(endpoint_pair *pair)
{
    pair_datagram *const first = pair->flying;
    if (first)
        pair->flying = first->next;
    return first;
}
