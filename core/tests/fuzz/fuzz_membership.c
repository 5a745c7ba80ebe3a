/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer target: peers whose membership messages are what they like, to a node that has an honest
 * neighbour besides. The input is a list of steps: a byte of the flags below, and, unless it says JOIN or
 * NEIGHBOR, the length of a body (two bytes, little-endian) and the body.
 */
#include <assert.h>
#include <string.h>

#include "core/membership/wire.h"
#include "core/node/channel.h"
#include "core/node/peer.h"
#include "core/roam_membership.h"
#include "core/tests/net.h"

enum { ATTACKERS = 2, FLAG_WHO = 0x01, FLAG_JOIN = 0x02, FLAG_NEIGHBOR = 0x04, FLAG_DELIVER = 0x40 };
enum { ACTIVE = 3, PASSIVE = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void start(const net_host *host)
{
    roam_membership_options options;
    roam_membership_options_default(&options);
    options.active_size = ACTIVE;
    options.passive_size = PASSIVE;
    options.shuffle_ns = NET_S;
    options.advertise = net_addr(host, host->network, 4433);
    const int status = roam_membership_start(host->node, &options, 0);
    assert(status == 0);
    (void)status;
}

static void check_views(const net_host *host)
{
    roam_peer_id active[ACTIVE];
    roam_member passive[PASSIVE];
    const size_t active_count = roam_active_view(host->node, active, ACTIVE);
    const size_t passive_count = roam_passive_view(host->node, passive, PASSIVE);
    assert(active_count <= ACTIVE && passive_count <= PASSIVE);
    for (size_t i = 0; i < active_count; i++)
        assert(core_peer_by_id(host->node, active[i])->active);
    for (size_t i = 0; i < passive_count; i++) {
        assert(strcmp(passive[i].name, host->name) != 0);
        assert(passive[i].addr.family != ROAM_FAMILY_NONE);
        for (size_t j = 0; j < active_count; j++)
            assert(strcmp(passive[i].name, roam_peer_name(host->node, active[j])) != 0);
        for (size_t j = 0; j < i; j++)
            assert(strcmp(passive[i].name, passive[j].name) != 0);
    }
    assert((size_t)net_ups(host) == active_count || host->event_count == NET_EVENTS_MAX);
}

static size_t own_message(const net_host *host, core_message_type type, uint8_t *body)
{
    core_message message = {.type = type, .flag = true};
    message.member.addr = net_addr(host, host->network, 4433);
    memcpy(message.member.name, host->name, strlen(host->name));
    memcpy(message.member.key, roam_identity_public_key(host->identity), ROAM_KEY_BYTES);
    return core_message_write(&message, body);
}

/* What the other end does not take any more is refused here, which is as good. */
static void play(net_host *const *attackers, const net_host *victim, const uint8_t *data, size_t len)
{
    while (len >= 3) {
        uint8_t body[CORE_MESSAGE_BYTES_MAX];
        const uint8_t step = data[0];
        const net_host *const host = attackers[step & FLAG_WHO];
        core_peer *const peer = core_peer_by_id(host->node, roam_peer_find(host->node, "victim"));
        core_span span = {body, 0};
        data++;
        len--;
        if (step & (FLAG_JOIN | FLAG_NEIGHBOR)) {
            span.len = own_message(host, step & FLAG_JOIN ? CORE_JOIN : CORE_NEIGHBOR, body);
        } else {
            const size_t wanted = (size_t)(data[0] | data[1] << 8);
            span = (core_span){data + 2, wanted < len - 2 ? wanted : len - 2};
            data += 2 + span.len;
            len -= 2 + span.len;
        }
        const int status = core_channel_send(peer, span);
        (void)status;
        net_poke(attackers[step & FLAG_WHO]);
        if (step & FLAG_DELIVER) {
            net_run_for(host->net, 50 * NET_MS);
            check_views(victim);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    net_fixture *net = net_new();
    net_host *victim = net_add(net, "victim", 0, net_accepting);
    net_host *honest = net_add(net, "honest", 1, net_accepting);
    net_host *attackers[ATTACKERS] = {net_add(net, "x", 2, net_accepting),
                                      net_add(net, "y", 3, net_accepting)};
    net_listen(victim);
    net_listen(honest);
    start(victim);
    start(honest);
    for (int i = 0; i < ATTACKERS; i++) {
        net_listen(attackers[i]);
        net_dial(attackers[i], victim);
    }
    const roam_addr contact = net_addr(victim, 0, 4433);
    const int status = roam_join(honest->node, "victim", &contact, 0);
    assert(status == 0);
    (void)status;
    net_poke(honest);
    net_run_for(net, 200 * NET_MS);
    play(attackers, victim, data, len);
    for (int i = 0; i < 6; i++) {
        net_run_for(net, NET_S);
        check_views(victim);
    }
    net_free(net);
    return 0;
}
