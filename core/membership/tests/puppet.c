/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/membership/tests/puppet.h"

#include "core/node/peer.h"
#include "core/tests/check.h"

#include <assert.h>
#include <string.h>

static void on_up(void *ctx, core_peer *peer, uint64_t now_ns)
{
    puppet *const p = ctx;
    (void)now_ns;
    if (p->to.value == 0)
        p->to = peer->id;
    p->ups += p->to.value == peer->id.value;
}

static void on_down(void *ctx, core_peer *peer, const roam_event *how, uint64_t now_ns)
{
    puppet *const p = ctx;
    if (p->to.value != peer->id.value)
        return;
    p->downs++;
    p->down = *how;
    p->down_ns = now_ns;
}

static core_reject on_message(void *ctx, core_peer *peer, core_span body, uint64_t now_ns)
{
    puppet *const p = ctx;
    if (p->to.value != peer->id.value)
        return core_reject_none();
    if (p->received_count < PUPPET_RECEIVED_MAX)
        CHECK(core_message_read(body, &p->received[p->received_count++]), CORE_MESSAGE_OK, "a message");
    p->received_ns = now_ns;
    return core_reject_none();
}

static void on_free(void *ctx)
{
    (void)ctx;
}

void puppet_init(puppet *p, net_fixture *net, const char *name)
{
    *p = (puppet){.host = net_add(net, name, 2, net_accepting)};
    p->hooks =
        (core_channel_hooks){.ctx = p, .up = on_up, .down = on_down, .message = on_message, .free = on_free};
    p->host->node->channel_hooks = &p->hooks;
    net_listen(p->host);
}

void puppet_connect(puppet *p, net_host *host)
{
    net_dial(p->host, host);
    net_run_for(host->net, 200 * NET_MS);
    CHECK(p->ups, 1, "%s: channels", p->host->name);
}

roam_member puppet_self(const puppet *p)
{
    roam_member self = {.addr = net_addr(p->host, p->host->network, 4433)};
    memcpy(self.name, p->host->name, strlen(p->host->name) + 1);
    memcpy(self.key, roam_identity_public_key(p->host->identity), ROAM_KEY_BYTES);
    return self;
}

void puppet_send_bytes(puppet *p, const void *body, size_t len)
{
    const int rv = core_channel_send(core_peer_by_id(p->host->node, p->to), (core_span){body, len});
    assert(rv == 0);
    (void)rv;
    net_poke(p->host);
    net_run_for(p->host->net, 100 * NET_MS);
}

void puppet_send(puppet *p, const core_message *message)
{
    uint8_t body[CORE_MESSAGE_BYTES_MAX];
    puppet_send_bytes(p, body, core_message_write(message, body));
}

void puppet_join(puppet *p)
{
    puppet_send(p, &(core_message){.type = CORE_JOIN, .member = puppet_self(p)});
}

void puppet_ask(puppet *p, bool high)
{
    puppet_send(p, &(core_message){.type = CORE_NEIGHBOR, .flag = high, .member = puppet_self(p)});
}

void puppet_reply(puppet *p, bool accepted)
{
    puppet_send(p, &(core_message){.type = CORE_NEIGHBOR_REPLY, .flag = accepted, .member = puppet_self(p)});
}

size_t puppet_count(const puppet *p, core_message_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < p->received_count; i++)
        count += p->received[i].type == type;
    return count;
}

const core_message *puppet_last(const puppet *p, core_message_type type)
{
    for (size_t i = p->received_count; i-- > 0;)
        if (p->received[i].type == type)
            return &p->received[i];
    return NULL;
}
