/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of a pair that its files share. */
#ifndef TOOLS_ENDPOINT_PAIR_INTERNAL_H
#define TOOLS_ENDPOINT_PAIR_INTERNAL_H

#include "tools/endpoint/pair.h"

struct pair_datagram {
    pair_datagram *next;
    uint64_t arrival_ns;
    pair_side to;
    size_t address; /* of the node that it goes to */
    roam_endpoint_address from;
    uint8_t ecn;
    size_t len;
    uint8_t data[PAIR_DATAGRAM_MAX];
};

extern const roam_endpoint_calls pair_calls; /* all of them */

/* Around each call of an adapter. */
void pair_enter(pair_node *node, const char *function);
void pair_leave(pair_node *node);

/* The connection of that handle that was not freed, or NULL. */
pair_connection *pair_find(pair_node *node, const roam_endpoint_connection *handle);
/* NULL after a fault: there are too many. */
pair_connection *pair_add(pair_node *node, roam_endpoint_connection *handle);
pair_stream *pair_stream_add(pair_connection *connection, int64_t id, bool opened_here);

/* Reads and writes what the streams may. */
void pair_pump(pair_connection *connection);

/* pair_network.c: a datagram leaves, and is lost or under way; the next that is under way. */
void pair_depart(pair_node *node, const pair_address *source, const roam_endpoint_datagram *datagram);
pair_datagram *pair_take(endpoint_pair *pair);
uint64_t pair_next_arrival(const endpoint_pair *pair);

/* pair_wire.c */
void pair_look(pair_node *node, const roam_endpoint_datagram *datagram);

#endif
