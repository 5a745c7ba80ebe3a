/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connection IDs and their connections. Nearly all are random: the first byte spreads them. */
#include "sim/endpoint/adapters/ngtcp2-gnutls/internal.h"

#include <stdlib.h>
#include <string.h>

static size_t bucket_of(const uint8_t *id, size_t len)
{
    return len > 0 ? id[0] : 0;
}

int ids_add(roam_endpoint *endpoint, const ngtcp2_cid *id, roam_endpoint_connection *connection)
{
    id_entry **const bucket = &endpoint->ids[bucket_of(id->data, id->datalen)];
    id_entry *const entry = malloc(sizeof *entry);
    if (!entry)
        return ROAM_ENDPOINT_NO_MEMORY;
    *entry = (id_entry){.next = *bucket, .connection = connection, .id = *id};
    *bucket = entry;
    return 0;
}

void ids_remove(roam_endpoint *endpoint, const ngtcp2_cid *id)
{
    for (id_entry **at = &endpoint->ids[bucket_of(id->data, id->datalen)]; *at; at = &(*at)->next) {
        id_entry *const entry = *at;
        if (!ngtcp2_cid_eq(&entry->id, id))
            continue;
        *at = entry->next;
        free(entry);
        return;
    }
}

void ids_remove_all(roam_endpoint *endpoint, const roam_endpoint_connection *connection)
{
    for (size_t i = 0; i < ID_BUCKETS; i++)
        for (id_entry **at = &endpoint->ids[i]; *at;) {
            id_entry *const entry = *at;
            if (entry->connection != connection) {
                at = &entry->next;
                continue;
            }
            *at = entry->next;
            free(entry);
        }
}

static bool is_reset_of(const roam_endpoint_connection *c,
                        const uint8_t token[NGTCP2_STATELESS_RESET_TOKENLEN])
{
    enum { ACTIVE_MAX = 64 };
    ngtcp2_cid_token active[ACTIVE_MAX];
    if (c->closed || ngtcp2_conn_get_num_active_dcid(c->conn) > ACTIVE_MAX)
        return false;
    const size_t count = ngtcp2_conn_get_active_dcid(c->conn, active);
    for (size_t i = 0; i < count; i++)
        if (active[i].token_present && memcmp(active[i].token, token, NGTCP2_STATELESS_RESET_TOKENLEN) == 0)
            return true;
    return false;
}

roam_endpoint_connection *ids_find_reset(const roam_endpoint *endpoint, const uint8_t *packet, size_t len)
{
    if (len < NGTCP2_MIN_STATELESS_RESET_RANDLEN + NGTCP2_STATELESS_RESET_TOKENLEN)
        return NULL;
    for (roam_endpoint_connection *c = endpoint->connections; c; c = c->next)
        if (is_reset_of(c, packet + len - NGTCP2_STATELESS_RESET_TOKENLEN))
            return c;
    return NULL;
}

roam_endpoint_connection *ids_find(const roam_endpoint *endpoint, const uint8_t *id, size_t len)
{
    for (const id_entry *entry = endpoint->ids[bucket_of(id, len)]; entry; entry = entry->next)
        if (entry->id.datalen == len && memcmp(entry->id.data, id, len) == 0)
            return entry->connection;
    return NULL;
}
