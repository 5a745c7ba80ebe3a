/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/roam.h"

typedef struct status_text {
    int status;
    const char *name; /* as a migration result; NULL when it is none */
    const char *sentence;
} status_text;

static const status_text texts[] = {
    {ROAM_OK, "ok", "success"},
    {ROAM_ERR_NOT_CONNECTED, "not_connected", "there is no dist channel to that peer"},
    {ROAM_ERR_NO_CONN, "no_conn", "the QUIC connection to that peer is gone"},
    {ROAM_ERR_PEER_DISABLE_MIGRATION, "peer_disable_migration", "the peer has disabled active migration"},
    {ROAM_ERR_TIMEOUT, "timeout", "the new path was not validated in time"},
    {ROAM_ERR_NOT_INITIATOR, "not_initiator", "only the end that dialled may migrate"},
    {ROAM_ERR_SUPERSEDED, "superseded", "a later call asked for another target"},
    {ROAM_ERR_ADAPTER, "adapter", "the local address could not be opened"},
    {ROAM_ERR_UNSUPPORTED, "unsupported", "the QUIC library cannot do that"},
    {ROAM_ERR_INVALID_ARGUMENT, NULL, "invalid argument"},
    {ROAM_ERR_NO_MEMORY, NULL, "out of memory"},
    {ROAM_ERR_WOULD_BLOCK, NULL, "the send queue is full"},
    {ROAM_ERR_TOO_LARGE, NULL, "the message is too large"},
    {ROAM_ERR_IN_CALLBACK, NULL, "not allowed inside a callback"},
    {ROAM_ERR_UNKNOWN_PEER, NULL, "no such peer"},
    {ROAM_ERR_EXISTS, NULL, "there is a connection to that peer already"},
    {ROAM_ERR_TLS, NULL, "TLS failed"},
    {ROAM_ERR_QUIC, NULL, "QUIC failed"},
    {ROAM_ERR_UNKNOWN_STREAM, NULL, "no such stream"},
    {ROAM_ERR_ADDRESS_NOT_LOCAL, NULL, "the local address is none of this host's"},
    {ROAM_ERR_ADDRESS_IN_USE, NULL, "the local address and port are in use"},
    {ROAM_ERR_ADDRESS_REFUSED, NULL, "the host refuses the use of the local address"},
    {ROAM_ERR_NO_ROUTE, NULL, "no local address leads to the remote one"},
    {ROAM_ERR_FAMILY, NULL, "local and remote address are of different families"},
    {ROAM_ERR_LIMIT, NULL, "no descriptor, port or buffer is left"},
};

static const status_text *find(int status)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].status == status)
            return &texts[i];
    return NULL;
}

const char *roam_strerror(int status)
{
    const status_text *const text = find(status);
    return text ? text->sentence : "unknown status";
}

const char *roam_result_name(int status)
{
    const status_text *const text = find(status);
    return text && text->name ? text->name : "error";
}

const char *roam_event_name(roam_event_kind kind)
{
    switch (kind) {
    case ROAM_EVENT_PEER_UP:
        return "peer_up";
    case ROAM_EVENT_PEER_DOWN:
        return "peer_down";
    case ROAM_EVENT_PATH_CHANGED:
        return "path_changed";
    case ROAM_EVENT_MIGRATION_DONE:
        return "migration_done";
    case ROAM_EVENT_LEFT:
        return "left";
    case ROAM_EVENT_WRITABLE:
        return "writable";
    case ROAM_EVENT_STREAM_WRITABLE:
        return "stream_writable";
    case ROAM_EVENT_REBOUND:
        return "rebound";
    case ROAM_EVENT_KEY_PINNED:
        return "key_pinned";
    case ROAM_EVENT_CHANNEL_UP:
        return "channel_up";
    case ROAM_EVENT_CHANNEL_DOWN:
        return "channel_down";
    case ROAM_EVENT_PREFERRED_ADDRESS:
        return "preferred_address";
    }
    return "unknown";
}

const char *roam_down_reason_name(roam_down_reason reason)
{
    switch (reason) {
    case ROAM_DOWN_LEFT:
        return "left";
    case ROAM_DOWN_REJECTED:
        return "rejected";
    case ROAM_DOWN_TICK:
        return "tick";
    case ROAM_DOWN_IDLE:
        return "idle";
    case ROAM_DOWN_HANDSHAKE:
        return "handshake";
    case ROAM_DOWN_RESET:
        return "reset";
    case ROAM_DOWN_REPLACED:
        return "replaced";
    case ROAM_DOWN_ERROR:
        return "error";
    case ROAM_DOWN_UNREACHABLE:
        return "unreachable";
    case ROAM_DOWN_EVICTED:
        return "evicted";
    }
    return "unknown";
}

const char *roam_migration_detail_name(roam_migration_detail detail)
{
    switch (detail) {
    case ROAM_DETAIL_NONE:
        return "none";
    case ROAM_DETAIL_WAITING_FOR_CONFIRMATION:
        return "waiting_for_confirmation";
    case ROAM_DETAIL_WAITING_FOR_CONNECTION_ID:
        return "waiting_for_connection_id";
    case ROAM_DETAIL_NO_RESPONSE:
        return "no_response";
    case ROAM_DETAIL_CONNECTION_LOST:
        return "connection_lost";
    case ROAM_DETAIL_ADDRESS_NOT_LOCAL:
        return "address_not_local";
    case ROAM_DETAIL_ADDRESS_IN_USE:
        return "address_in_use";
    case ROAM_DETAIL_ADDRESS_REFUSED:
        return "address_refused";
    case ROAM_DETAIL_NO_ROUTE:
        return "no_route";
    case ROAM_DETAIL_FAMILY:
        return "family";
    case ROAM_DETAIL_LIMIT:
        return "limit";
    case ROAM_DETAIL_NO_MEMORY:
        return "no_memory";
    }
    return "unknown";
}
