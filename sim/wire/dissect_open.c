/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_open.h"

#include "sim/wire/dissect_packet.h"

#include <string.h>

enum { LONG_FORM = 0x80, KEY_PHASE = 0x04, NUMBER_LEN = 0x03, NUMBER_MAX = 4 };
/* A datagram that is read again may be as many windows of its truncated packet number behind. */
enum { WINDOWS_BACK = 8 };

/* Takes header protection off. False: too short to have any. */
static bool unmask(dissect_opening *self, dissect_keys *keys, size_t *number_len, uint64_t *truncated)
{
    uint8_t mask[DISSECT_MASK_BYTES];
    if (self->len < self->number_at + NUMBER_MAX + DISSECT_SAMPLE_BYTES)
        return false;
    dissect_keys_mask(keys, self->bytes + self->number_at + NUMBER_MAX, mask);
    self->first_byte = self->bytes[0] ^ (mask[0] & (self->bytes[0] & LONG_FORM ? 0x0f : 0x1f));
    *number_len = (size_t)(self->first_byte & NUMBER_LEN) + 1;
    memcpy(self->header, self->bytes, self->number_at);
    self->header[0] = self->first_byte;
    *truncated = 0;
    for (size_t i = 0; i < *number_len; i++) {
        const uint8_t byte = self->bytes[self->number_at + i] ^ mask[1 + i];
        self->header[self->number_at + i] = byte;
        *truncated = *truncated << 8 | byte;
    }
    return true;
}

static bool open_as(dissect_opening *self, dissect_keys *keys, size_t number_len, uint64_t number)
{
    const size_t header_len = self->number_at + number_len;
    const dissect_sealed sealed = {.number = number,
                                   .header = self->header,
                                   .header_len = header_len,
                                   .bytes = self->bytes + header_len,
                                   .len = self->len - header_len};
    if (!dissect_keys_open(keys, &sealed, self->clear))
        return false;
    self->clear_len = sealed.len - DISSECT_TAG_BYTES;
    self->number = number;
    return true;
}

/* Under one key, with the number expected or, unless it is for a receiver, an earlier one. */
static bool try_numbers(dissect_opening *self, dissect_keys *keys, size_t number_len, uint64_t number)
{
    const uint64_t window = UINT64_C(1) << 8 * number_len;
    for (int i = 0; i <= WINDOWS_BACK; i++, number -= window) {
        if (open_as(self, keys, number_len, number))
            return true;
        if (number < window || self->as_receiver)
            return false;
    }
    return false;
}

bool dissect_open(dissect_opening *self, dissect_keys *keys, uint64_t *expected)
{
    size_t number_len;
    uint64_t truncated;
    if (!unmask(self, keys, &number_len, &truncated) ||
        !try_numbers(self, keys, number_len, dissect_packet_number(*expected, truncated, number_len)))
        return false;
    if (self->number >= *expected)
        *expected = self->number + 1;
    return true;
}

static bool open_previous(dissect_opening *self, const dissect_phases *phases, size_t number_len,
                          uint64_t number)
{
    return phases->previous && try_numbers(self, phases->previous, number_len, number);
}

static bool open_next(dissect_opening *self, dissect_phases *phases, size_t number_len, uint64_t number)
{
    if (!phases->next)
        phases->next = dissect_keys_next(phases->current);
    if (!phases->next || !open_as(self, phases->next, number_len, number))
        return false;
    dissect_phases_turn(phases, number);
    return true;
}

enum { WORTH_A_PEEK = 4 * DISSECT_HEAD_BYTES };

static bool open_head(dissect_opening *self, size_t len)
{
    const dissect_sealed sealed = {.number = self->number,
                                   .bytes = self->bytes + self->len - DISSECT_TAG_BYTES - self->clear_len};
    if (!dissect_keys_head(self->head, &sealed, self->head_len, len, self->clear))
        return false;
    self->head_len = len;
    return true;
}

/* The first bytes of a long packet, or all of a short one, under the number that is expected next or a later
 * one. */
static bool peek(dissect_opening *self, dissect_keys *keys, size_t number_len, uint64_t number)
{
    const size_t overhead = self->number_at + number_len + DISSECT_TAG_BYTES;
    if (self->len < overhead)
        return false;
    self->clear_len = self->len - overhead;
    if (self->clear_len > DISSECT_HEAD_BYTES && self->clear_len < WORTH_A_PEEK)
        return false;
    self->number = number;
    self->head = keys;
    self->head_len = 0;
    const bool is_short = self->clear_len <= DISSECT_HEAD_BYTES;
    if (open_head(self, is_short ? self->clear_len : DISSECT_BLOCK_BYTES))
        return true;
    self->head = NULL;
    return false;
}

bool dissect_open_more(dissect_opening *self)
{
    return self->head_len < DISSECT_HEAD_BYTES && self->head_len < self->clear_len &&
           open_head(self, DISSECT_HEAD_BYTES);
}

bool dissect_open_data(dissect_opening *self, dissect_phases *phases, uint64_t *expected)
{
    size_t number_len;
    uint64_t truncated;
    if (!unmask(self, phases->current, &number_len, &truncated))
        return false;
    const uint64_t number = dissect_packet_number(*expected, truncated, number_len);
    const bool same_phase = (bool)(self->first_byte & KEY_PHASE) == phases->phase;
    bool opened;
    self->head = NULL;
    if (self->may_peek && same_phase && number >= *expected &&
        peek(self, phases->current, number_len, number))
        opened = true;
    else if (same_phase)
        opened = try_numbers(self, phases->current, number_len, number);
    else
        opened =
            open_next(self, phases, number_len, number) || open_previous(self, phases, number_len, number);
    if (opened && self->number >= *expected)
        *expected = self->number + 1;
    return opened;
}
