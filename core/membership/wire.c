/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/membership/wire.h"

#include "core/tls/identity.h"
#include "core/varint.h"

#include <assert.h>
#include <string.h>

/* The fields of a message, in their order. */
enum { HAS_ID = 1, HAS_TTL = 2, HAS_FLAG = 4, HAS_MEMBER = 8, HAS_MEMBERS = 16 };

static const uint8_t fields_of[] = {
    [CORE_JOIN] = HAS_MEMBER,
    [CORE_FORWARD_JOIN] = HAS_TTL | HAS_MEMBER,
    [CORE_NEIGHBOR] = HAS_FLAG | HAS_MEMBER,
    [CORE_NEIGHBOR_REPLY] = HAS_FLAG | HAS_MEMBER,
    [CORE_DISCONNECT] = HAS_FLAG,
    [CORE_SHUFFLE] = HAS_ID | HAS_TTL | HAS_MEMBER | HAS_MEMBERS,
    [CORE_SHUFFLE_REPLY] = HAS_ID | HAS_MEMBERS,
    [CORE_ADVERTISE] = HAS_MEMBER,
};

enum { TYPES = sizeof fields_of / sizeof fields_of[0] };

static size_t address_len(uint8_t family)
{
    return family == ROAM_FAMILY_IPV4 ? 4 : family == ROAM_FAMILY_IPV6 ? 16 : 0;
}

/* ---- Reading ---- */

typedef struct reader {
    const uint8_t *at;
    size_t left;
    bool malformed;
} reader;

/* The next len bytes; when there are fewer, zeros. */
static void take(reader *r, void *out, size_t len)
{
    r->malformed = r->malformed || len > r->left;
    if (r->malformed) {
        memset(out, 0, len);
        return;
    }
    memcpy(out, r->at, len);
    r->at += len;
    r->left -= len;
}

static uint64_t take_number(reader *r, size_t len)
{
    uint8_t bytes[8];
    uint64_t value = 0;
    take(r, bytes, len);
    for (size_t i = 0; i < len; i++)
        value = value << 8 | bytes[i];
    return value;
}

static uint8_t take_byte(reader *r)
{
    return (uint8_t)take_number(r, 1);
}

static uint64_t take_varint(reader *r)
{
    const size_t len = r->left > 0 ? core_varint_len(r->at[0]) : 1;
    uint8_t bytes[CORE_VARINT_BYTES];
    take(r, bytes, len);
    return r->malformed ? 0 : core_varint_get(bytes);
}

static void take_member(reader *r, roam_member *out)
{
    *out = (roam_member){0};
    const uint8_t name_len = take_byte(r);
    if (name_len > ROAM_NAME_MAX) {
        r->malformed = true;
        return;
    }
    take(r, out->name, name_len);
    take(r, out->key, ROAM_KEY_BYTES);
    const uint8_t family = take_byte(r);
    take(r, out->addr.bytes, address_len(family));
    if (address_len(family) > 0)
        out->addr.port = (uint16_t)take_number(r, 2);
    out->addr.family = (roam_family)family;
    if (!core_name_is_valid(out->name) || strlen(out->name) != name_len ||
        (family != ROAM_FAMILY_NONE && address_len(family) == 0) ||
        (family != ROAM_FAMILY_NONE && out->addr.port == 0))
        r->malformed = true;
}

static void take_members(reader *r, core_message *out)
{
    const uint8_t count = take_byte(r);
    if (count > ROAM_SHUFFLE_MAX)
        r->malformed = true;
    for (size_t i = 0; i < count && !r->malformed; i++)
        take_member(r, &out->members[i]);
    out->member_count = r->malformed ? 0 : count;
}

core_message_status core_message_read(core_span body, core_message *out)
{
    reader r = {.at = body.bytes, .left = body.len};
    const uint64_t version = take_varint(&r);
    const uint64_t type = take_varint(&r);
    if (r.malformed)
        return CORE_MESSAGE_MALFORMED;
    if (version != CORE_MESSAGE_VERSION || type >= TYPES || fields_of[type] == 0)
        return CORE_MESSAGE_UNKNOWN;
    const uint8_t fields = fields_of[type];
    out->type = (core_message_type)type;
    out->id = fields & HAS_ID ? take_number(&r, 8) : 0;
    out->ttl = fields & HAS_TTL ? take_byte(&r) : 0;
    const uint8_t flag = fields & HAS_FLAG ? take_byte(&r) : 0;
    out->flag = flag == 1;
    out->member = (roam_member){0};
    if (fields & HAS_MEMBER)
        take_member(&r, &out->member);
    out->member_count = 0;
    if (fields & HAS_MEMBERS)
        take_members(&r, out);
    return r.malformed || r.left > 0 || flag > 1 ? CORE_MESSAGE_MALFORMED : CORE_MESSAGE_OK;
}

/* ---- Writing ---- */

static uint8_t *put_number(uint8_t *at, uint64_t value, size_t len)
{
    for (size_t i = len; i-- > 0; value >>= 8)
        at[i] = (uint8_t)value;
    return at + len;
}

static uint8_t *put_bytes(uint8_t *at, const void *bytes, size_t len)
{
    memcpy(at, bytes, len);
    return at + len;
}

static uint8_t *put_member(uint8_t *at, const roam_member *member)
{
    const size_t name_len = strlen(member->name);
    const uint8_t family = (uint8_t)member->addr.family;
    at = put_number(at, name_len, 1);
    at = put_bytes(at, member->name, name_len);
    at = put_bytes(at, member->key, ROAM_KEY_BYTES);
    at = put_number(at, family, 1);
    at = put_bytes(at, member->addr.bytes, address_len(family));
    return family == ROAM_FAMILY_NONE ? at : put_number(at, member->addr.port, 2);
}

size_t core_message_write(const core_message *message, uint8_t out[CORE_MESSAGE_BYTES_MAX])
{
    const uint8_t fields = fields_of[message->type];
    assert(message->member_count <= ROAM_SHUFFLE_MAX);
    uint8_t *at = out;
    at += core_varint_put(at, CORE_MESSAGE_VERSION);
    at += core_varint_put(at, message->type);
    if (fields & HAS_ID)
        at = put_number(at, message->id, 8);
    if (fields & HAS_TTL)
        at = put_number(at, message->ttl, 1);
    if (fields & HAS_FLAG)
        at = put_number(at, message->flag, 1);
    if (fields & HAS_MEMBER)
        at = put_member(at, &message->member);
    if (fields & HAS_MEMBERS) {
        at = put_number(at, message->member_count, 1);
        for (size_t i = 0; i < message->member_count; i++)
            at = put_member(at, &message->members[i]);
    }
    return (size_t)(at - out);
}
