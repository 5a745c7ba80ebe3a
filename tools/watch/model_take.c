/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/watch/line.h"
#include "tools/watch/model_internal.h"
#include "tools/witness/explain_run.h"

#include <stdio.h>
#include <string.h>

/* A run has so many calls at most that the model follows: what a line may say is not bounded. */
#define CALLS_MAX 1000000

/* ---- what there is ---- */

static void take_run(watch_model *self, const json_t *line)
{
    watch_line_clean(self->scenario, sizeof self->scenario, explain_text(line, "scenario"));
    self->seed = explain_count(line, "seed", 0);
}

static void add_node(watch_model *self, const char *name)
{
    if (!name || watch_model_node(self, name) != WATCH_NONE)
        return;
    watch_node *const node = watch_model_grow(self, (void **)&self->nodes, &self->node_count, sizeof *node);
    if (!node)
        return;
    watch_line_clean(node->name, sizeof node->name, name);
    watch_model_keep(self, "node", name, NULL, self->node_count - 1);
}

static void add_nat(watch_model *self, const char *name)
{
    if (!name || watch_model_find(self, "nat", name, NULL) != WATCH_NONE)
        return;
    watch_nat *const nat = watch_model_grow(self, (void **)&self->nats, &self->nat_count, sizeof *nat);
    if (!nat)
        return;
    watch_line_clean(nat->name, sizeof nat->name, name);
    nat->behind = WATCH_NONE;
    nat->bindings = UINT64_MAX;
    watch_model_keep(self, "nat", name, NULL, self->nat_count - 1);
}

static void add_network(watch_model *self, const json_t *entry)
{
    const char *const name = explain_text(entry, "network");
    if (!name || watch_model_find(self, "network", name, NULL) != WATCH_NONE)
        return;
    watch_network *const network =
        watch_model_grow(self, (void **)&self->networks, &self->network_count, sizeof *network);
    if (!network)
        return;
    watch_line_clean(network->name, sizeof network->name, name);
    network->nat = watch_model_find(self, "nat", explain_text(entry, "nat"), NULL);
    watch_model_keep(self, "network", name, NULL, self->network_count - 1);
}

static void take_topology(watch_model *self, const json_t *line)
{
    const json_t *const nats = json_object_get(line, "nats");
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(line, "nodes"), i, entry) add_node(self, explain_text(entry, "node"));
    json_array_foreach(nats, i, entry) add_nat(self, explain_text(entry, "nat"));
    json_array_foreach(nats, i, entry)
    {
        const uint32_t at = watch_model_find(self, "nat", explain_text(entry, "nat"), NULL);
        if (at != WATCH_NONE)
            self->nats[at].behind = watch_model_find(self, "nat", explain_text(entry, "behind"), NULL);
    }
    json_array_foreach(json_object_get(line, "networks"), i, entry) add_network(self, entry);
}

/* False: the line says no address. */
static bool read_address(const watch_model *self, const json_t *line, watch_address *address)
{
    address->addr = explain_addr(line, "address");
    address->network = watch_model_find(self, "network", explain_text(line, "network"), NULL);
    return address->addr.family != ROAM_FAMILY_NONE;
}

/* A network may give a node two addresses: while it is renumbered, and one of each family. */
static size_t find_address(const watch_node *node, const watch_address *address)
{
    size_t i = 0;
    while (i < node->address_count && (node->addresses[i].network != address->network ||
                                       !roam_addr_equal(&node->addresses[i].addr, &address->addr)))
        i++;
    return i;
}

static void take_attached(watch_model *self, const json_t *line)
{
    const uint32_t at = watch_model_node(self, explain_text(line, "node"));
    watch_address address;
    if (at == WATCH_NONE || !read_address(self, line, &address))
        return;
    watch_node *const node = &self->nodes[at];
    watch_model_keep(self, "address", explain_text(line, "address"), NULL, at);
    const size_t known = find_address(node, &address);
    if (known == node->address_count && known < WATCH_ADDRESSES_MAX)
        node->addresses[node->address_count++] = address;
}

static void take_detached(watch_model *self, const json_t *line)
{
    const uint32_t at = watch_model_node(self, explain_text(line, "node"));
    watch_address address;
    if (at == WATCH_NONE || !read_address(self, line, &address))
        return;
    watch_node *const node = &self->nodes[at];
    const size_t i = find_address(node, &address);
    if (i == node->address_count)
        return;
    node->address_count--;
    memmove(&node->addresses[i], &node->addresses[i + 1],
            (node->address_count - i) * sizeof node->addresses[0]);
}

/* ---- connections ---- */

static watch_end *end_of(watch_model *self, const json_t *line)
{
    const char *const peer = explain_text(line, "peer");
    return watch_model_end(self, explain_text(line, "node"), peer ? peer : explain_text(line, "to"));
}

static void comes_up(watch_end *end)
{
    end->up = end->was_up = true;
    end->state = end->open > 0 ? WATCH_PATH_VALIDATING : WATCH_PATH_NONE;
}

static void take_up(watch_model *self, const json_t *line)
{
    watch_end *const end = end_of(self, line);
    if (end && !self->nodes[end->node].membership)
        comes_up(end);
}

static void take_down(watch_model *self, const json_t *line)
{
    watch_end *const end = end_of(self, line);
    if (end && !self->nodes[end->node].membership)
        watch_end_forget(end);
}

static void take_channel_up(watch_model *self, const json_t *line)
{
    watch_end *const end = end_of(self, line);
    if (!end)
        return;
    self->nodes[end->node].membership = true;
    comes_up(end);
}

static void take_channel_down(watch_model *self, const json_t *line)
{
    watch_end *const end = end_of(self, line);
    if (!end)
        return;
    self->nodes[end->node].membership = true;
    watch_end_forget(end);
}

/* The connections of a node end without an event when it is restarted, and when an attacker has taken its
 * keys for a challenge-flood. */
static void take_verb(watch_model *self, const json_t *line)
{
    const char *const verb = explain_text(line, "verb");
    const char *const kind = explain_text(line, "kind");
    uint32_t node = WATCH_NONE;
    if (verb && strcmp(verb, "restart") == 0)
        node = watch_model_node(self, explain_text(line, "node"));
    else if (verb && kind && strcmp(verb, "attack") == 0 && strcmp(kind, "challenge-flood") == 0)
        node = watch_model_node(self, explain_text(line, "of"));
    for (size_t i = 0; node != WATCH_NONE && i < self->end_count; i++)
        if (self->ends[i].node == node)
            watch_end_forget(&self->ends[i]);
}

/* ---- paths ---- */

static void copy_addr(const json_t *line, const char *key, char addr[ROAM_ADDR_STRING_MAX])
{
    watch_line_clean(addr, ROAM_ADDR_STRING_MAX, explain_text(line, key));
}

/* The other end's address has changed: it is validated again (RFC 9000 section 9.3), unless it was before. */
static void take_path(watch_model *self, const json_t *line)
{
    watch_end *const end = end_of(self, line);
    if (!end)
        return;
    copy_addr(line, "old_local", end->local);
    copy_addr(line, "old_remote", end->remote);
    (void)watch_end_path(self, end, end->local, end->remote);
    char old_local[ROAM_ADDR_STRING_MAX];
    (void)snprintf(old_local, sizeof old_local, "%s", end->local);
    copy_addr(line, "local", end->local);
    const bool peer_moved = strcmp(end->local, old_local) == 0;
    copy_addr(line, "remote", end->remote);
    watch_path *const path = watch_end_path(self, end, end->local, end->remote);
    if (path && peer_moved && path->state != WATCH_PATH_VALIDATED)
        path->state = WATCH_PATH_VALIDATING;
}

/* A validation that was no call's has come to an end, while calls may be under way. */
static void end_validation(watch_end *end, watch_path *path, watch_path_state state)
{
    if (path)
        path->state = state;
    end->state = end->open > 0 ? WATCH_PATH_VALIDATING : state;
    end->target[0] = '\0';
}

static void take_rebound(watch_model *self, const json_t *line)
{
    watch_end *const end = end_of(self, line);
    char remote[ROAM_ADDR_STRING_MAX];
    if (!end)
        return;
    const bool validated = json_is_true(json_object_get(line, "validated"));
    copy_addr(line, "new_remote", remote);
    end_validation(end, watch_end_path(self, end, end->local, remote),
                   validated ? WATCH_PATH_VALIDATED : WATCH_PATH_FAILED);
    if (validated)
        copy_addr(line, "new_remote", end->remote);
}

static void take_preferred(watch_model *self, const json_t *line)
{
    watch_end *const end = end_of(self, line);
    const char *const result = explain_text(line, "result");
    char local[ROAM_ADDR_STRING_MAX];
    char remote[ROAM_ADDR_STRING_MAX];
    if (!end)
        return;
    copy_addr(line, "local", local);
    copy_addr(line, "new_remote", remote);
    const bool good = result && strcmp(result, "ok") == 0;
    end_validation(end, watch_end_path(self, end, local, remote),
                   good ? WATCH_PATH_VALIDATED : WATCH_PATH_FAILED);
}

/* ---- migrations ---- */

static watch_call *call_of(const watch_model *self, const json_t *line)
{
    const uint64_t call = explain_count(line, "call", UINT64_MAX);
    return call < self->call_count && self->calls[call].end != WATCH_NONE ? &self->calls[call] : NULL;
}

watch_end *watch_model_end_of_call(const watch_model *self, const json_t *line)
{
    const watch_call *const call = call_of(self, line);
    return call ? &self->ends[call->end] : NULL;
}

static void take_requested(watch_model *self, const json_t *line)
{
    const uint64_t number = explain_count(line, "call", UINT64_MAX);
    watch_end *const end = end_of(self, line);
    if (!end || number >= CALLS_MAX)
        return;
    while (self->call_count <= number) {
        watch_call *const slot =
            watch_model_grow(self, (void **)&self->calls, &self->call_count, sizeof *slot);
        if (!slot)
            return;
        slot->end = WATCH_NONE;
    }
    watch_call *const call = &self->calls[number];
    if (call->open)
        return;
    *call = (watch_call){.end = (uint32_t)(end - self->ends), .open = true};
    end->open++;
    end->state = WATCH_PATH_VALIDATING;
    copy_addr(line, "local", end->target);
}

/* The host has its port only when the first challenge leaves. */
static void take_challenge(watch_model *self, const json_t *line)
{
    watch_end *const end = watch_model_end_of_call(self, line);
    if (!end)
        return;
    copy_addr(line, "local", end->target);
    watch_path *const path = watch_end_path(self, end, end->target, NULL);
    if (path)
        path->state = WATCH_PATH_VALIDATING;
}

/* A call that another one supersedes or joins leaves the end in the state of that one. */
static void end_call(watch_end *end, watch_call *call, watch_path_state state)
{
    if (!call->open)
        return;
    call->open = false;
    end->open--;
    if (end->open == 0)
        end->state = state;
}

static void take_done(watch_model *self, const json_t *line)
{
    watch_call *const call = call_of(self, line);
    const char *const result = explain_text(line, "result");
    char local[ROAM_ADDR_STRING_MAX];
    if (!call)
        return;
    watch_end *const end = &self->ends[call->end];
    const bool good = result && strcmp(result, "ok") == 0;
    end_call(end, call, good ? WATCH_PATH_VALIDATED : WATCH_PATH_FAILED);
    copy_addr(line, "local", local);
    watch_path *const path = end->up ? watch_end_path(self, end, local, NULL) : NULL;
    if (path)
        path->state = good ? WATCH_PATH_VALIDATED : WATCH_PATH_FAILED;
}

static void take_dropped(watch_model *self, const json_t *line)
{
    watch_call *const call = call_of(self, line);
    if (call)
        end_call(&self->ends[call->end], call, WATCH_PATH_NONE);
}

/* The other end of the call has validated the host's new address. */
static void take_peer_validated(watch_model *self, const json_t *line)
{
    const watch_end *const end = watch_model_end_of_call(self, line);
    if (!end)
        return;
    watch_end *const other = watch_model_end(self, self->nodes[end->peer].name, self->nodes[end->node].name);
    watch_path *const path = other ? watch_end_path(self, other, other->local, other->remote) : NULL;
    if (path)
        path->state = WATCH_PATH_VALIDATED;
}

/* ---- the run ---- */

static void take_end(watch_model *self, const json_t *line)
{
    (void)line;
    self->ended = true;
    if (self->end_ns == ROAM_NEVER)
        self->end_ns = self->now_ns;
}

static void take_drop(watch_model *self, const json_t *line)
{
    (void)line;
    self->drops++;
}

static void take_entry(watch_model *self, const json_t *line)
{
    char text[WATCH_TEXT_MAX];
    take_verb(self, line);
    watch_line_text(line, WATCH_LINE_TIMELINE, text, sizeof text);
    for (size_t i = self->coming_first; i < self->coming_count && self->coming[i].at_ns <= self->now_ns; i++)
        if (strcmp(self->coming[i].text, text) == 0) {
            self->coming_first = i + 1;
            return;
        }
}

void watch_model_take(watch_model *self, const json_t *line, const char *event)
{
    static const struct {
        const char *event;
        void (*take)(watch_model *self, const json_t *line);
    } TAKERS[] = {
        {"run", take_run},
        {"topology", take_topology},
        {"address_attached", take_attached},
        {"address_detached", take_detached},
        {"peer_up", take_up},
        {"peer_down", take_down},
        {"channel_up", take_channel_up},
        {"channel_down", take_channel_down},
        {"path_changed", take_path},
        {"rebound", take_rebound},
        {"preferred_address", take_preferred},
        {"migration_requested", take_requested},
        {"challenge_sent", take_challenge},
        {"migration_done", take_done},
        {"migration_dropped", take_dropped},
        {"peer_validated", take_peer_validated},
        {"timeline", take_entry},
        {"drop", take_drop},
        {"end", take_end},
    };
    for (size_t i = 0; i < sizeof TAKERS / sizeof TAKERS[0]; i++)
        if (strcmp(event, TAKERS[i].event) == 0)
            TAKERS[i].take(self, line);
}
