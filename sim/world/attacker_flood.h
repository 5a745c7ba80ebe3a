/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The state of an attacker about a connection whose keys it has, and the datagrams that it makes with
 * them. */
#ifndef SIM_WORLD_ATTACKER_FLOOD_H
#define SIM_WORLD_ATTACKER_FLOOD_H

#include "sim/wire/ip.h"
#include "sim/wire/packet_seal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLOOD_DATAGRAM_MAX 1200u
#define FLOOD_ID_BYTES 8u /* of the connection IDs that the core gives out */

/* Value; all zero is the initial state. */
typedef struct flood {
    bool has_keys;
    bool has_path;
    seal_keys keys;
    roam_addr from; /* of the last datagram that the node itself sent with a short header */
    roam_addr to;
    uint8_t id[FLOOD_ID_BYTES]; /* the connection ID in that */
    uint64_t sent;              /* datagrams made */
} flood;

/* A line of the node's key log, which may be the one with its secret; as client or as server. False:
 * wolfCrypt failed. */
bool flood_keylog(flood *self, const char *line, bool is_client);

/* The node itself sends a datagram. */
void flood_saw(flood *self, const ip_datagram *datagram);

/* A datagram with so many PATH_CHALLENGE frames, no two of the same data. False: without keys and path. */
bool flood_make(flood *self, uint32_t challenges, uint8_t out[FLOOD_DATAGRAM_MAX], size_t *len);

#endif
