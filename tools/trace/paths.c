/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections and their paths as the endpoints tell them: from peer_up to peer_down, and from path_changed to
 * path_changed. */
#include "tools/trace/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct pair {
    struct pair *next;
    const char *peer;
    bool up;
    uint64_t up_ns, path_ns;   /* since when */
    char path[TRACE_NAME_MAX]; /* "": not known so far */
} pair;

typedef struct telling {
    const trace_world *world;
    pair **pairs; /* by node */
} telling;

/* NULL: out of memory. */
static pair *pair_of(const telling *self, uint32_t node, const char *peer)
{
    pair *at = self->pairs[node];
    while (at && strcmp(at->peer, peer) != 0)
        at = at->next;
    if (at)
        return at;
    at = calloc(1, sizeof *at);
    if (!at)
        return NULL;
    at->peer = peer;
    at->next = self->pairs[node];
    self->pairs[node] = at;
    return at;
}

static void name_path(const json_t *line, const char *local, const char *remote, char name[TRACE_NAME_MAX])
{
    const char *const from = explain_text(line, local);
    const char *const to = explain_text(line, remote);
    name[0] = '\0';
    if (from && to)
        (void)snprintf(name, TRACE_NAME_MAX, "%.100s -> %.100s", from, to);
}

/* Of a connection whose path never changed summary.json has it. */
static void name_last_path(const telling *self, uint32_t node, pair *of)
{
    const json_t *const peers = json_object_get(self->world->run->summary, "peers");
    const char *const name = self->world->run->nodes[node].name;
    for (size_t i = 0; !of->path[0] && i < json_array_size(peers); i++) {
        const json_t *const ends[] = {json_object_get(json_array_get(peers, i), "dialer"),
                                      json_object_get(json_array_get(peers, i), "acceptor")};
        for (size_t k = 0; k < 2; k++) {
            const char *const one = explain_text(ends[k], "node");
            const char *const other = explain_text(ends[1 - k], "node");
            if (one && other && strcmp(one, name) == 0 && strcmp(other, of->peer) == 0)
                name_path(json_object_get(ends[k], "last_path"), "local", "remote", of->path);
        }
    }
}

static void end_path(const telling *self, uint32_t node, const pair *of, uint64_t at_ns)
{
    if (of->path[0])
        (void)trace_slice(
            self->world->document,
            trace_named_track(self->world, self->world->nodes[node], TRACE_RANK_PATHS, "path to", of->peer),
            (trace_span){of->path_ns, at_ns}, of->path, NULL);
}

static void end_connection(const telling *self, uint32_t node, pair *of, uint64_t at_ns)
{
    char name[TRACE_NAME_MAX];
    if (!of->up)
        return;
    name_last_path(self, node, of);
    end_path(self, node, of, at_ns);
    (void)snprintf(name, sizeof name, "connected with %.200s", of->peer);
    (void)trace_slice(self->world->document,
                      trace_named_track(self->world, self->world->nodes[node], TRACE_RANK_CONNECTIONS,
                                        "connection with", of->peer),
                      (trace_span){of->up_ns, at_ns}, name, NULL);
    of->up = false;
    of->path[0] = '\0';
}

static void end_all(const telling *self, uint32_t node, uint64_t at_ns)
{
    for (pair *at = self->pairs[node]; at; at = at->next)
        end_connection(self, node, at, at_ns);
}

/* False: out of memory. */
static bool take_peer(const telling *self, uint32_t node, const char *peer, const explain_event *event)
{
    const bool up = strcmp(event->name, "peer_up") == 0 || strcmp(event->name, "channel_up") == 0;
    const bool down = strcmp(event->name, "peer_down") == 0 || strcmp(event->name, "channel_down") == 0;
    const bool changed = strcmp(event->name, "path_changed") == 0;
    if (!up && !down && !changed)
        return true;
    pair *const of = pair_of(self, node, peer);
    if (!of)
        return false;
    if (down)
        end_connection(self, node, of, event->at_ns);
    if (up && !of->up) {
        of->up = true;
        of->up_ns = of->path_ns = event->at_ns;
    }
    if (changed && of->up) {
        name_path(event->line, "old_local", "old_remote", of->path);
        end_path(self, node, of, event->at_ns);
        name_path(event->line, "local", "remote", of->path);
        of->path_ns = event->at_ns;
    }
    return true;
}

static bool take(const telling *self, const explain_event *event)
{
    const uint32_t node = explain_run_node(self->world->run, explain_text(event->line, "node"));
    const char *const peer = explain_text(event->line, "peer");
    const char *const verb = explain_text(event->line, "verb");
    if (node == EXPLAIN_NONE)
        return true;
    if (strcmp(event->name, "timeline") == 0 && verb && strcmp(verb, "restart") == 0)
        end_all(self, node, event->at_ns);
    return !peer || take_peer(self, node, peer, event);
}

bool trace_tell_paths(const trace_world *world)
{
    const telling self = {world, calloc(world->run->node_count + 1, sizeof(pair *))};
    bool good = self.pairs != NULL;
    for (size_t i = 0; good && i < world->run->event_count; i++)
        good = take(&self, &world->run->events[i]);
    for (uint32_t i = 0; self.pairs && i < world->run->node_count; i++) {
        end_all(&self, i, world->end_ns);
        for (pair *at = self.pairs[i]; at;) {
            pair *const next = at->next;
            free(at);
            at = next;
        }
    }
    free(self.pairs);
    return good;
}
