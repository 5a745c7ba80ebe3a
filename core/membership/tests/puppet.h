/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A peer whose membership messages are those of the test, good or bad: a host without membership that has a
 * channel to the host under test, and keeps what it receives of it. */
#ifndef CORE_MEMBERSHIP_TESTS_PUPPET_H
#define CORE_MEMBERSHIP_TESTS_PUPPET_H

#include "core/membership/wire.h"
#include "core/node/channel.h"
#include "core/tests/net.h"

enum { PUPPET_RECEIVED_MAX = 64 };

typedef struct puppet {
    net_host *host;
    core_channel_hooks hooks;
    roam_peer_id to;                            /* the host under test: the first that is up */
    core_message received[PUPPET_RECEIVED_MAX]; /* the first */
    size_t received_count;
    uint64_t received_ns; /* the last */
    size_t ups, downs;    /* of its channel */
    roam_event down;      /* the last */
    uint64_t down_ns;
} puppet;

/* A host of that name in network 2, which accepts; it must stay where it is. */
void puppet_init(puppet *p, net_fixture *net, const char *name);
/* It dials the host under test, and they run until both are up. */
void puppet_connect(puppet *p, net_host *host);
/* As it says of itself: reachable where it listens. */
roam_member puppet_self(const puppet *p);
/* Sends, and runs for 100 ms. */
void puppet_send(puppet *p, const core_message *message);
void puppet_send_bytes(puppet *p, const void *body, size_t len);
/* Sends JOIN, or NEIGHBOR. */
void puppet_join(puppet *p);
void puppet_ask(puppet *p, bool high);
void puppet_reply(puppet *p, bool accepted);
/* How many messages of the type it has received. */
size_t puppet_count(const puppet *p, core_message_type type);
/* The last of the type; NULL: none. */
const core_message *puppet_last(const puppet *p, core_message_type type);

#endif
