/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/transfer.h"

#include "core/live/transfer_wire.h"

#include <string.h>

enum { LINE_KEY = 0 };

const char *live_transfer_status_name(live_transfer_status status)
{
    switch (status) {
    case LIVE_TRANSFER_OK:
        return "ok";
    case LIVE_TRANSFER_REFUSED:
        return "refused";
    case LIVE_TRANSFER_DAMAGED:
        return "damaged";
    case LIVE_TRANSFER_DISK:
        return "disk";
    }
    return "unknown";
}

bool live_file_name_is_valid(const char *name, size_t len)
{
    if (len == 0 || len > LIVE_FILE_NAME_MAX || name[0] == '.')
        return false;
    for (size_t i = 0; i < len; i++)
        if (name[i] < ' ' || name[i] > '~' || name[i] == '/' || name[i] == '"' || name[i] == '\\')
            return false;
    return true;
}

void live_wire_put(uint8_t *at, uint64_t value, size_t bytes)
{
    for (size_t i = bytes; i > 0; i--, value >>= 8)
        at[i - 1] = (uint8_t)value;
}

uint64_t live_wire_get(const uint8_t *at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | at[i];
    return value;
}

int live_line_send(roam_node *node, roam_peer_id peer, const char *text, size_t len)
{
    uint8_t message[1 + LIVE_LINE_MAX];
    if (len > LIVE_LINE_MAX)
        return ROAM_ERR_TOO_LARGE;
    message[0] = WIRE_LINE;
    memcpy(message + 1, text, len);
    return roam_send(node, peer, LINE_KEY, message, 1 + len);
}

int live_line_end(roam_node *node, roam_peer_id peer, uint32_t id)
{
    uint8_t message[WIRE_HEADER];
    message[0] = WIRE_LINE_END;
    live_wire_put(message + 1, id, WIRE_ID);
    return roam_send(node, peer, LINE_KEY, message, sizeof message);
}
