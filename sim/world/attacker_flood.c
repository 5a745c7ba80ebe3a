/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/attacker_flood.h"

#include "core/hash.h"
#include "sim/random_streams.h"

#include <string.h>

#define HEADER_FORM_LONG 0x80
#define PATH_CHALLENGE 0x1a /* RFC 9000 section 19.17 */
#define CHALLENGE_BYTES 9u

/* Packet numbers that the node itself never came to; RFC 9000 section 12.3 permits gaps. */
#define FIRST_NUMBER (UINT64_C(1) << 24)

bool flood_keylog(flood *self, const char *line, bool is_client)
{
    uint8_t secret[SEAL_SECRET_BYTES];
    if (!seal_keylog_secret(line, is_client ? "CLIENT_TRAFFIC_SECRET_0" : "SERVER_TRAFFIC_SECRET_0", secret))
        return true;
    /* Both ends prefer this one of the suites with that hash. */
    self->has_keys = seal_keys_init(&self->keys, SEAL_AES_128_GCM, secret) == 0;
    self->has_path = false;
    return self->has_keys;
}

void flood_saw(flood *self, const ip_datagram *datagram)
{
    if (datagram->payload_len <= FLOOD_ID_BYTES || datagram->payload[0] & HEADER_FORM_LONG)
        return;
    self->from = datagram->source;
    self->to = datagram->destination;
    memcpy(self->id, datagram->payload + 1, FLOOD_ID_BYTES);
    self->has_path = true;
}

bool flood_make(flood *self, uint32_t challenges, uint8_t out[FLOOD_DATAGRAM_MAX], size_t *len)
{
    uint8_t frames[FLOOD_DATAGRAM_MAX];
    size_t used = 0;
    if (!self->has_keys || !self->has_path)
        return false;
    for (uint32_t i = 0; i < challenges && used + CHALLENGE_BYTES <= sizeof frames; i++) {
        const uint64_t data = core_hash_mix(self->sent << 8 | i);
        frames[used] = PATH_CHALLENGE;
        memcpy(frames + used + 1, &data, sizeof data);
        used += CHALLENGE_BYTES;
    }
    const seal_short_packet packet = {.id = self->id,
                                      .id_len = FLOOD_ID_BYTES,
                                      .number = FIRST_NUMBER + self->sent++,
                                      .payload = frames,
                                      .payload_len = used};
    return seal_short(&self->keys, &packet, out, FLOOD_DATAGRAM_MAX, len) == 0;
}
