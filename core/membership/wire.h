/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Membership messages: the bodies of MEMBERSHIP frames (core/streams/dist.h).
 *
 *   body: version 1, type (varints of RFC 9000 section 16), and the fields of the type. Nothing follows them.
 *
 *   type                field     bytes
 *   1 JOIN              member    the sender
 *   2 FORWARD_JOIN      ttl       1: hops left
 *                       member    the node that joins
 *   3 NEIGHBOR          high      1: 0 low priority, 1 high
 *                       member    the sender
 *   4 NEIGHBOR_REPLY    accepted  1: 0 no, 1 yes
 *                       member    the sender
 *   5 DISCONNECT        leaving   1: 0 it stays in the overlay, 1 it leaves
 *   6 SHUFFLE           id        8: of the walk, unpredictable
 *                       ttl       1
 *                       member    the origin of the walk
 *                       count     1: up to ROAM_SHUFFLE_MAX
 *                       members   so many
 *   7 SHUFFLE_REPLY     id        8: that of the SHUFFLE
 *                       count     1
 *                       members   so many
 *   8 ADVERTISE         member    the sender, whose address has changed
 *
 *   member: length of the name (1 byte, 1 to ROAM_NAME_MAX), the name (core_name_is_valid), key
 *   (ROAM_KEY_BYTES), family (1 byte: 0, 4 or 6), address (0, 4 or 16 bytes), port (2 bytes, not 0; not there
 *   with family 0, which says that nobody can dial the node).
 *
 * Integers of more than one byte are in network byte order.
 */
#ifndef CORE_MEMBERSHIP_WIRE_H
#define CORE_MEMBERSHIP_WIRE_H

#include "core/roam_membership.h"
#include "core/sendq.h"

enum {
    CORE_MESSAGE_VERSION = 1,
    CORE_MEMBER_BYTES_MAX = 1 + ROAM_NAME_MAX + ROAM_KEY_BYTES + 1 + 16 + 2,
    CORE_MESSAGE_BYTES_MAX = 2 + 8 + 1 + 1 + (ROAM_SHUFFLE_MAX + 1) * CORE_MEMBER_BYTES_MAX
};

typedef enum core_message_type {
    CORE_JOIN = 1,
    CORE_FORWARD_JOIN,
    CORE_NEIGHBOR,
    CORE_NEIGHBOR_REPLY,
    CORE_DISCONNECT,
    CORE_SHUFFLE,
    CORE_SHUFFLE_REPLY,
    CORE_ADVERTISE
} core_message_type;

/* The fields that a type does not have are zero when read, and ignored when written. */
typedef struct core_message {
    core_message_type type;
    uint64_t id;
    uint8_t ttl;
    bool flag; /* high, accepted or leaving */
    roam_member member;
    size_t member_count;
    roam_member members[ROAM_SHUFFLE_MAX]; /* failures and retry_ns are no part of a message */
} core_message;

typedef enum core_message_status {
    CORE_MESSAGE_OK,
    CORE_MESSAGE_UNKNOWN,  /* another version, or a type that this one does not have */
    CORE_MESSAGE_MALFORMED /* cut short, too long, or a value that is not allowed */
} core_message_status;

/* out is undefined unless the answer is OK. */
core_message_status core_message_read(core_span body, core_message *out);

/* Returns the length. */
size_t core_message_write(const core_message *message, uint8_t out[CORE_MESSAGE_BYTES_MAX]);

#endif
