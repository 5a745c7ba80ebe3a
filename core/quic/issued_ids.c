/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/quic/issued_ids.h"

#include <stdlib.h>

enum { RETIRED_MAX = 16 };

struct core_issued_id {
    core_issued_id *next; /* an older one */
    core_connection_id id;
    bool retired;
};

void core_issued_ids_init(core_issued_ids *ids, core_map *by_id, void *connection)
{
    *ids = (core_issued_ids){.by_id = by_id, .connection = connection};
}

static void forget(core_issued_ids *ids, core_issued_id **link)
{
    core_issued_id *const issued = *link;
    *link = issued->next;
    core_map_remove(ids->by_id, issued->id.bytes, issued->id.len);
    free(issued);
}

void core_issued_ids_fini(core_issued_ids *ids)
{
    while (ids->newest)
        forget(ids, &ids->newest);
}

bool core_issued_ids_add(core_issued_ids *ids, const core_connection_id *id)
{
    core_issued_id *const issued = malloc(sizeof *issued);
    if (!issued)
        return false;
    *issued = (core_issued_id){.next = ids->newest, .id = *id};
    if (core_map_get(ids->by_id, id->bytes, id->len) ||
        core_map_add(ids->by_id, issued->id.bytes, id->len, ids->connection)) {
        free(issued);
        return false;
    }
    ids->newest = issued;
    return true;
}

static void forget_oldest_retired(core_issued_ids *ids)
{
    core_issued_id **oldest = NULL;
    for (core_issued_id **link = &ids->newest; *link; link = &(*link)->next)
        if ((*link)->retired)
            oldest = link;
    if (!oldest)
        return;
    forget(ids, oldest);
    ids->retired--;
}

void core_issued_ids_retire(core_issued_ids *ids, const core_connection_id *id)
{
    for (core_issued_id *issued = ids->newest; issued; issued = issued->next) {
        if (!issued->retired && core_connection_id_equal(&issued->id, id)) {
            issued->retired = true;
            ids->retired++;
        }
    }
    if (ids->retired > RETIRED_MAX)
        forget_oldest_retired(ids);
}
