/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/watch/model_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool watch_path_in_use(const watch_end *end, const watch_path *path)
{
    return strcmp(path->local, end->local) == 0 && strcmp(path->remote, end->remote) == 0;
}

static watch_path *find_path(const watch_end *end, const char *local, const char *remote)
{
    for (size_t i = end->path_count; i > 0; i--) { /* the latest of several */
        watch_path *const path = &end->paths[i - 1];
        if (strcmp(path->local, local) == 0 &&
            (remote[0] == '\0' || path->remote[0] == '\0' || strcmp(path->remote, remote) == 0))
            return path;
    }
    return NULL;
}

/* The oldest one gives way that is not in use. */
static watch_path *make_room(watch_end *end)
{
    if (end->path_count == WATCH_PATHS_MAX) {
        const size_t oldest = watch_path_in_use(end, &end->paths[0]) ? 1 : 0;
        end->path_count--;
        memmove(&end->paths[oldest], &end->paths[oldest + 1],
                (end->path_count - oldest) * sizeof end->paths[0]);
    }
    watch_path *const path = &end->paths[end->path_count++];
    *path = (watch_path){0};
    return path;
}

watch_path *watch_end_path(watch_model *self, watch_end *end, const char *local, const char *remote)
{
    if (local[0] == '\0')
        return NULL;
    const char *const to = remote ? remote : "";
    watch_path *path = find_path(end, local, to);
    if (!path) {
        if (!end->paths)
            end->paths = calloc(WATCH_PATHS_MAX, sizeof *end->paths);
        if (!end->paths) {
            self->no_memory = true;
            return NULL;
        }
        path = make_room(end);
        (void)snprintf(path->local, sizeof path->local, "%s", local);
    }
    if (to[0] != '\0')
        (void)snprintf(path->remote, sizeof path->remote, "%s", to);
    return path;
}

void watch_end_forget(watch_end *end)
{
    end->up = end->sampled = false;
    end->local[0] = end->remote[0] = end->target[0] = '\0';
    end->state = WATCH_PATH_NONE;
    end->path_count = 0;
    end->connection_id_len = 0;
}

void watch_model_sample(watch_model *self, watch_end *end, const roam_path_stats *stats)
{
    end->sampled = true;
    end->srtt_ns = stats->srtt_ns;
    end->cwnd = stats->cwnd;
    end->bytes_in_flight = stats->bytes_in_flight;
    (void)roam_addr_format(&stats->local, end->local);
    (void)roam_addr_format(&stats->remote, end->remote);
    watch_path *const path = watch_end_path(self, end, end->local, end->remote);
    if (!path)
        return;
    path->sampled = true;
    path->srtt_ns = stats->srtt_ns;
    path->cwnd = stats->cwnd;
}
