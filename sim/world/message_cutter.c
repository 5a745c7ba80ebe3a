/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/message_cutter.h"

#include <stdlib.h>
#include <string.h>

void message_cutter_head(uint8_t head[MESSAGE_CUTTER_HEAD_BYTES], size_t len)
{
    for (unsigned i = 0; i < MESSAGE_CUTTER_HEAD_BYTES; i++)
        head[i] = (uint8_t)(len >> (8 * i));
}

static size_t length_of(const uint8_t head[MESSAGE_CUTTER_HEAD_BYTES])
{
    size_t len = 0;
    for (unsigned i = 0; i < MESSAGE_CUTTER_HEAD_BYTES; i++)
        len |= (size_t)head[i] << (8 * i);
    return len;
}

/* Up to `to` bytes are there then. True: they are. */
static bool fill(message_cutter *self, size_t to, const uint8_t **data, size_t *len)
{
    const size_t lacks = to > self->have ? to - self->have : 0;
    const size_t taken = lacks < *len ? lacks : *len;
    if (taken > 0)
        memcpy(self->bytes + self->have, *data, taken);
    self->have += taken;
    *data += taken;
    *len -= taken;
    return self->have >= to;
}

message_cutter_status message_cutter_take(message_cutter *self, size_t longest, const uint8_t **data,
                                          size_t *len, const uint8_t **message, size_t *message_len)
{
    if (!self->bytes && !(self->bytes = malloc(MESSAGE_CUTTER_HEAD_BYTES + longest)))
        return MESSAGE_CUTTER_NO_MEMORY;
    if (!fill(self, MESSAGE_CUTTER_HEAD_BYTES, data, len))
        return MESSAGE_CUTTER_MORE;
    const size_t length = length_of(self->bytes);
    if (length > longest)
        return MESSAGE_CUTTER_TOO_LONG;
    if (!fill(self, MESSAGE_CUTTER_HEAD_BYTES + length, data, len))
        return MESSAGE_CUTTER_MORE;
    *message = self->bytes + MESSAGE_CUTTER_HEAD_BYTES;
    *message_len = length;
    self->have = 0;
    return MESSAGE_CUTTER_MESSAGE;
}

void message_cutter_reset(message_cutter *self)
{
    self->have = 0;
}

void message_cutter_fini(message_cutter *self)
{
    free(self->bytes);
    *self = (message_cutter){0};
}
