/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libFuzzer target: the body of a membership message. What is read can be written, and is then the same. */
#include <assert.h>
#include <string.h>

#include "core/membership/wire.h"
#include "core/tls/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_member(const roam_member *member)
{
    assert(core_name_is_valid(member->name));
    assert((member->addr.family == ROAM_FAMILY_NONE) == (member->addr.port == 0));
    assert(member->failures == 0 && member->retry_ns == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static core_message message, again;
    static uint8_t body[CORE_MESSAGE_BYTES_MAX];
    if (core_message_read((core_span){data, len}, &message) != CORE_MESSAGE_OK)
        return 0;
    assert(message.member_count <= ROAM_SHUFFLE_MAX);
    if (message.member.name[0])
        check_member(&message.member);
    for (size_t i = 0; i < message.member_count; i++)
        check_member(&message.members[i]);
    const size_t written = core_message_write(&message, body);
    assert(written <= len); /* varints of the input may be longer than need be */
    assert(core_message_read((core_span){body, written}, &again) == CORE_MESSAGE_OK);
    assert(again.type == message.type && again.id == message.id && again.ttl == message.ttl &&
           again.flag == message.flag && again.member_count == message.member_count);
    assert(memcmp(body + 2, data + len - (written - 2), written - 2) == 0);
    return 0;
}
