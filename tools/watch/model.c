/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/watch/model.h"

#include "tools/watch/line.h"
#include "tools/witness/explain_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 2 * WATCH_NAME_MAX + 8, NONE = UINT32_MAX };

/* A run has so many calls at most that the model follows: what a line may say is not bounded. */
#define CALLS_MAX 1000000

/* Room for one more of *count things; NULL: out of memory, which sticks. The new one is zeroed. */
static void *grow(watch_model *self, void **things, size_t *count, size_t size)
{
    if (!explain_grow(things, *count, size)) {
        self->no_memory = true;
        return NULL;
    }
    return memset((char *)*things + (*count)++ * size, 0, size);
}

/* ---- things by name ---- */

static uint32_t find(const watch_model *self, const char *key)
{
    const json_t *const found = json_object_get(self->index, key);
    return found ? (uint32_t)json_integer_value(found) : (uint32_t)NONE;
}

static void keep(watch_model *self, const char *key, size_t at)
{
    if (json_object_set_new(self->index, key, json_integer((json_int_t)at)) != 0)
        self->no_memory = true;
}

static void key_of(char key[KEY_MAX], const char *kind, const char *one, const char *other)
{
    char first[WATCH_NAME_MAX];
    char second[WATCH_NAME_MAX];
    watch_line_clean(first, sizeof first, one);
    watch_line_clean(second, sizeof second, other);
    (void)snprintf(key, KEY_MAX, "%s %s %s", kind, first, second);
}

uint32_t watch_model_node(const watch_model *self, const char *name)
{
    char key[KEY_MAX];
    key_of(key, "node", name, NULL);
    return find(self, key);
}

static void add_node(watch_model *self, const char *name)
{
    char key[KEY_MAX];
    key_of(key, "node", name, NULL);
    if (!name || find(self, key) != NONE)
        return;
    watch_node *const node = grow(self, (void **)&self->nodes, &self->node_count, sizeof *node);
    if (!node)
        return;
    watch_line_clean(node->name, sizeof node->name, name);
    keep(self, key, self->node_count - 1);
}

static void add_nat(watch_model *self, const char *name)
{
    char key[KEY_MAX];
    key_of(key, "nat", name, NULL);
    if (!name || find(self, key) != NONE)
        return;
    watch_nat *const nat = grow(self, (void **)&self->nats, &self->nat_count, sizeof *nat);
    if (!nat)
        return;
    watch_line_clean(nat->name, sizeof nat->name, name);
    nat->bindings = UINT64_MAX;
    keep(self, key, self->nat_count - 1);
}

watch_end *watch_model_end(watch_model *self, const char *node, const char *peer)
{
    char key[KEY_MAX];
    const uint32_t from = watch_model_node(self, node);
    const uint32_t to = watch_model_node(self, peer);
    if (from == NONE || to == NONE)
        return NULL;
    key_of(key, "end", node, peer);
    const uint32_t found = find(self, key);
    if (found != NONE)
        return &self->ends[found];
    watch_end *const end = grow(self, (void **)&self->ends, &self->end_count, sizeof *end);
    if (!end)
        return NULL;
    end->node = from;
    end->peer = to;
    keep(self, key, self->end_count - 1);
    return end;
}

/* ---- lines ---- */

static void take_run(watch_model *self, const json_t *line)
{
    watch_line_clean(self->scenario, sizeof self->scenario, explain_text(line, "scenario"));
    self->seed = explain_count(line, "seed", 0);
}

static void take_topology(watch_model *self, const json_t *line)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(line, "nodes"), i, entry) add_node(self, explain_text(entry, "node"));
    json_array_foreach(json_object_get(line, "nats"), i, entry) add_nat(self, explain_text(entry, "nat"));
}

static watch_end *end_of(watch_model *self, const json_t *line)
{
    const char *const peer = explain_text(line, "peer");
    return watch_model_end(self, explain_text(line, "node"), peer ? peer : explain_text(line, "to"));
}

static void take_up(watch_model *self, const json_t *line)
{
    watch_end *const end = end_of(self, line);
    if (end)
        end->up = end->was_up = true;
}

static void take_down(watch_model *self, const json_t *line)
{
    watch_end *const end = end_of(self, line);
    if (!end)
        return;
    end->up = end->sampled = false;
    end->local[0] = end->remote[0] = end->target[0] = '\0';
    end->state = WATCH_PATH_NONE;
}

static void take_path(watch_model *self, const json_t *line)
{
    watch_end *const end = end_of(self, line);
    if (!end)
        return;
    watch_line_clean(end->local, sizeof end->local, explain_text(line, "local"));
    watch_line_clean(end->remote, sizeof end->remote, explain_text(line, "remote"));
}

static void take_rebound(watch_model *self, const json_t *line)
{
    watch_end *const end = end_of(self, line);
    if (!end)
        return;
    if (json_is_true(json_object_get(line, "validated"))) {
        watch_line_clean(end->remote, sizeof end->remote, explain_text(line, "new_remote"));
        end->state = WATCH_PATH_VALIDATED;
    } else {
        end->state = WATCH_PATH_FAILED;
    }
    end->target[0] = '\0';
}

static watch_end *end_of_call(watch_model *self, const json_t *line)
{
    const uint64_t call = explain_count(line, "call", UINT64_MAX);
    return call < self->call_count && self->calls[call] != NONE ? &self->ends[self->calls[call]] : NULL;
}

static void take_requested(watch_model *self, const json_t *line)
{
    const uint64_t call = explain_count(line, "call", UINT64_MAX);
    watch_end *const end = end_of(self, line);
    if (!end || call >= CALLS_MAX)
        return;
    while (self->call_count <= call) {
        uint32_t *const slot = grow(self, (void **)&self->calls, &self->call_count, sizeof *slot);
        if (!slot)
            return;
        *slot = NONE;
    }
    self->calls[call] = (uint32_t)(end - self->ends);
    end->state = WATCH_PATH_VALIDATING;
    watch_line_clean(end->target, sizeof end->target, explain_text(line, "local"));
}

/* The host has its port only when the first challenge leaves. */
static void take_challenge(watch_model *self, const json_t *line)
{
    watch_end *const end = end_of_call(self, line);
    if (end)
        watch_line_clean(end->target, sizeof end->target, explain_text(line, "local"));
}

static void take_done(watch_model *self, const json_t *line)
{
    watch_end *const end = end_of_call(self, line);
    const char *const result = explain_text(line, "result");
    if (end)
        end->state = result && strcmp(result, "ok") == 0 ? WATCH_PATH_VALIDATED : WATCH_PATH_FAILED;
}

static void take_address(watch_model *self, const json_t *line, bool attached)
{
    const uint32_t at = watch_model_node(self, explain_text(line, "node"));
    char network[WATCH_NAME_MAX];
    if (at == NONE)
        return;
    watch_node *const node = &self->nodes[at];
    watch_line_clean(network, sizeof network, explain_text(line, "network"));
    size_t i = 0;
    while (i < node->address_count && strcmp(node->addresses[i].network, network) != 0)
        i++;
    if (!attached) {
        if (i < node->address_count) {
            node->address_count--;
            memmove(&node->addresses[i], &node->addresses[i + 1],
                    (node->address_count - i) * sizeof node->addresses[0]);
        }
        return;
    }
    if (i == WATCH_ADDRESSES_MAX)
        return;
    watch_address *const address = &node->addresses[i];
    node->address_count += i == node->address_count;
    memcpy(address->network, network, sizeof network);
    watch_line_clean(address->addr, sizeof address->addr, explain_text(line, "address"));
    const size_t len = strlen(address->addr);
    if (len > 2 && strcmp(address->addr + len - 2, ":0") == 0)
        address->addr[len - 2] = '\0'; /* it has no port */
}

static void take_attached(watch_model *self, const json_t *line)
{
    take_address(self, line, true);
}

static void take_detached(watch_model *self, const json_t *line)
{
    take_address(self, line, false);
}

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
    watch_line_text(line, true, text, sizeof text);
    for (size_t i = self->coming_first; i < self->coming_count && self->coming[i].at_ns <= self->now_ns; i++)
        if (strcmp(self->coming[i].text, text) == 0) {
            self->coming_first = i + 1;
            return;
        }
}

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
    {"path_changed", take_path},
    {"rebound", take_rebound},
    {"migration_requested", take_requested},
    {"challenge_sent", take_challenge},
    {"migration_done", take_done},
    {"timeline", take_entry},
    {"drop", take_drop},
    {"end", take_end},
};

/* ---- the log ---- */

/* Why, who, where: of many in a row the log has one entry. */
static void drop_text(const json_t *line, char text[WATCH_TEXT_MAX])
{
    static const char *const KEYS[] = {"event", "reason", "node", "network", "direction"};
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++) {
        const char *const value = explain_text(line, KEYS[i]);
        if (!value || len + 2 >= WATCH_TEXT_MAX)
            continue;
        if (len > 0)
            text[len++] = ' ';
        watch_line_clean(text + len, WATCH_TEXT_MAX - len, value);
        len += strlen(text + len);
    }
}

static void add_to_log(watch_model *self, const json_t *line, const char *event)
{
    char text[WATCH_TEXT_MAX];
    const bool drop = strcmp(event, "drop") == 0;
    if (drop)
        drop_text(line, text);
    else
        watch_line_text(line, false, text, sizeof text);
    if (drop && self->log_count > 0) {
        watch_entry *const last = &self->log[(self->log_count - 1) % WATCH_LOG_MAX];
        if (strcmp(last->text, text) == 0) {
            last->count++;
            return;
        }
    }
    watch_entry *const entry = &self->log[self->log_count++ % WATCH_LOG_MAX];
    *entry = (watch_entry){.at_ns = self->now_ns, .count = 1, .bad = watch_line_bad(line)};
    memcpy(entry->text, text, sizeof text);
}

const watch_entry *watch_model_log(const watch_model *self, size_t back)
{
    return back < self->log_count && back < WATCH_LOG_MAX
               ? &self->log[(self->log_count - 1 - back) % WATCH_LOG_MAX]
               : NULL;
}

void watch_model_line(watch_model *self, const json_t *line)
{
    const char *const event = explain_text(line, "event");
    const uint64_t at_ns = explain_count(line, "at_ns", self->now_ns);
    if (!event)
        return;
    if (at_ns > self->now_ns)
        self->now_ns = at_ns;
    for (size_t i = 0; i < sizeof TAKERS / sizeof TAKERS[0]; i++)
        if (strcmp(event, TAKERS[i].event) == 0)
            TAKERS[i].take(self, line);
    if (strcmp(event, "topology") != 0)
        add_to_log(self, line, event);
}

void watch_model_coming(watch_model *self, uint64_t at_ns, const json_t *line)
{
    watch_entry *entry = grow(self, (void **)&self->coming, &self->coming_count, sizeof *entry);
    if (!entry)
        return;
    for (; entry > self->coming && entry[-1].at_ns > at_ns; entry--)
        *entry = entry[-1];
    *entry = (watch_entry){.at_ns = at_ns, .count = 1};
    watch_line_text(line, true, entry->text, sizeof entry->text);
}

uint64_t watch_flow_gap_ns(const watch_flow *flow, uint64_t now_ns)
{
    if (flow->last_delivery_ns == ROAM_NEVER || flow->last_delivery_ns > now_ns ||
        (flow->delivered == flow->sent && now_ns >= flow->over_ns))
        return ROAM_NEVER;
    return now_ns - flow->last_delivery_ns;
}

bool watch_model_init(watch_model *self)
{
    *self = (watch_model){.end_ns = ROAM_NEVER};
    self->index = json_object();
    self->log = calloc(WATCH_LOG_MAX, sizeof *self->log);
    return self->index && self->log;
}

void watch_model_fini(watch_model *self)
{
    free(self->nodes);
    free(self->ends);
    free(self->nats);
    free(self->flows);
    free(self->coming);
    free(self->log);
    free(self->calls);
    json_decref(self->index);
    *self = (watch_model){0};
}
