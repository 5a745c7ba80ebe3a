/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/relay_signal.h"

#include <stdbool.h>
#include <string.h>

enum {
    HEADER_BYTES = 20,
    ATTRIBUTE_BYTES = 8, /* type, length, port, 2 bytes reserved */
    TYPE_BINDING = 0x0011,
    TYPE_CONNECTION_ATTEMPT = 0x001c,
    ATTRIBUTE_CHANNEL_NUMBER = 0x000c
};

static const uint8_t COOKIE[4] = {0x21, 0x12, 0xa4, 0x42};

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static unsigned get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

size_t relay_signal_write(relay_signal signal, uint16_t port, uint8_t bytes[RELAY_SIGNAL_MAX])
{
    const bool client = signal == RELAY_SIGNAL_CLIENT;
    memset(bytes, 0, RELAY_SIGNAL_MAX);
    put16(bytes, client ? TYPE_CONNECTION_ATTEMPT : TYPE_BINDING);
    put16(bytes + 2, client ? ATTRIBUTE_BYTES : 0);
    memcpy(bytes + 4, COOKIE, sizeof COOKIE);
    if (!client)
        return HEADER_BYTES;
    put16(bytes + HEADER_BYTES, ATTRIBUTE_CHANNEL_NUMBER);
    put16(bytes + HEADER_BYTES + 2, 4);
    put16(bytes + HEADER_BYTES + 4, port);
    return HEADER_BYTES + ATTRIBUTE_BYTES;
}

relay_signal relay_signal_read(const uint8_t *data, size_t len, uint16_t *port)
{
    if (len < HEADER_BYTES || memcmp(data + 4, COOKIE, sizeof COOKIE) != 0 ||
        get16(data + 2) != len - HEADER_BYTES)
        return RELAY_SIGNAL_NONE;
    if (get16(data) == TYPE_BINDING && len == HEADER_BYTES)
        return RELAY_SIGNAL_KEEPALIVE;
    if (get16(data) != TYPE_CONNECTION_ATTEMPT || len != HEADER_BYTES + ATTRIBUTE_BYTES ||
        get16(data + HEADER_BYTES) != ATTRIBUTE_CHANNEL_NUMBER)
        return RELAY_SIGNAL_NONE;
    *port = (uint16_t)get16(data + HEADER_BYTES + 4);
    return RELAY_SIGNAL_CLIENT;
}
