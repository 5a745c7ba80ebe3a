/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/qlog/internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void qlog_tuples_free(qlog_tuples *tuples)
{
    free(tuples->items);
    *tuples = (qlog_tuples){0};
}

static bool grow(qlog_tuples *tuples)
{
    if (tuples->count < tuples->room)
        return true;
    const size_t room = tuples->room ? 2 * tuples->room : 4;
    qlog_tuple *const items = realloc(tuples->items, room * sizeof *items);
    if (!items)
        return false;
    tuples->items = items;
    tuples->room = room;
    return true;
}

qlog_tuple *qlog_tuples_find(qlog_tuples *tuples, const roam_addr *local, const roam_addr *remote)
{
    if (local->family == ROAM_FAMILY_NONE || remote->family == ROAM_FAMILY_NONE)
        return NULL;
    /* The latest ones first: they are the ones in use. */
    for (size_t i = tuples->count; i-- > 0;)
        if (roam_addr_equal(&tuples->items[i].local, local) &&
            roam_addr_equal(&tuples->items[i].remote, remote))
            return &tuples->items[i];
    if (tuples->count == QLOG_TUPLES_MAX || !grow(tuples))
        return NULL;
    qlog_tuple *const tuple = &tuples->items[tuples->count];
    *tuple = (qlog_tuple){.local = *local, .remote = *remote};
    if (tuples->count > 0)
        (void)snprintf(tuple->id, sizeof tuple->id, "%zu", tuples->count);
    tuples->count++;
    return tuple;
}

json_t *qlog_id(const qlog_connection_id *id)
{
    char text[2 * sizeof id->bytes + 1] = "";
    for (size_t i = 0; i < id->len; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", id->bytes[i]);
    return json_string(text);
}

json_t *qlog_endpoint(const roam_addr *address, const qlog_connection_id *id)
{
    char text[INET6_ADDRSTRLEN] = "";
    const bool six = address->family == ROAM_FAMILY_IPV6;
    json_t *const object = json_object();
    (void)inet_ntop(six ? AF_INET6 : AF_INET, address->bytes, text, sizeof text);
    (void)json_object_set_new(object, six ? "ip_v6" : "ip_v4", json_string(text));
    (void)json_object_set_new(object, six ? "port_v6" : "port_v4", json_integer(address->port));
    if (id && id->len > 0) {
        json_t *const ids = json_array();
        (void)json_array_append_new(ids, qlog_id(id));
        (void)json_object_set_new(object, "connection_ids", ids);
    }
    return object;
}

json_t *qlog_tuple_data(const qlog_tuple *tuple)
{
    json_t *const data = json_object();
    (void)json_object_set_new(data, "tuple_id", json_string(tuple->id));
    (void)json_object_set_new(data, "tuple_remote", qlog_endpoint(&tuple->remote, &tuple->to_remote));
    (void)json_object_set_new(data, "tuple_local", qlog_endpoint(&tuple->local, &tuple->to_local));
    return data;
}

void qlog_runs_add(qlog_runs *runs, uint64_t number, const char *id)
{
    if (runs->count > 0 && strcmp(runs->items[runs->count - 1].id, id) == 0)
        return;
    if (runs->count == QLOG_RUNS_MAX) {
        memmove(runs->items, runs->items + 1, (QLOG_RUNS_MAX - 1) * sizeof runs->items[0]);
        runs->count--;
    }
    qlog_run *const run = &runs->items[runs->count++];
    run->first = number;
    (void)snprintf(run->id, sizeof run->id, "%s", id);
}

const char *qlog_runs_find(const qlog_runs *runs, uint64_t number)
{
    for (size_t i = runs->count; i-- > 0;)
        if (runs->items[i].first <= number)
            return runs->items[i].id;
    return NULL;
}

double qlog_ms(uint64_t ns)
{
    const uint64_t us = ns / 1000;
    return (double)us / 1e3;
}
