/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/watch/model.h"

#include "tools/watch/line.h"
#include "tools/watch/model_internal.h"
#include "tools/witness/explain_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 2 * WATCH_NAME_MAX + 16 };

void *watch_model_grow(watch_model *self, void **things, size_t *count, size_t size)
{
    if (!explain_grow(things, *count, size)) {
        self->no_memory = true;
        return NULL;
    }
    return memset((char *)*things + (*count)++ * size, 0, size);
}

/* ---- things by name ---- */

static void key_of(char key[KEY_MAX], const char *kind, const char *one, const char *other)
{
    char first[WATCH_NAME_MAX];
    char second[WATCH_NAME_MAX];
    watch_line_clean(first, sizeof first, one);
    watch_line_clean(second, sizeof second, other);
    (void)snprintf(key, KEY_MAX, "%s %s %s", kind, first, second);
}

uint32_t watch_model_find(const watch_model *self, const char *kind, const char *one, const char *other)
{
    char key[KEY_MAX];
    if (!one)
        return WATCH_NONE;
    key_of(key, kind, one, other);
    const json_t *const found = json_object_get(self->index, key);
    return found ? (uint32_t)json_integer_value(found) : WATCH_NONE;
}

void watch_model_keep(watch_model *self, const char *kind, const char *one, const char *other, size_t at)
{
    char key[KEY_MAX];
    key_of(key, kind, one, other);
    if (json_object_set_new(self->index, key, json_integer((json_int_t)at)) != 0)
        self->no_memory = true;
}

uint32_t watch_model_node(const watch_model *self, const char *name)
{
    return watch_model_find(self, "node", name, NULL);
}

uint32_t watch_model_nat_of(const watch_model *self, const watch_address *address)
{
    return address->network == WATCH_NONE ? WATCH_NONE : self->networks[address->network].nat;
}

watch_end *watch_model_end(watch_model *self, const char *node, const char *peer)
{
    const uint32_t from = watch_model_node(self, node);
    const uint32_t to = watch_model_node(self, peer);
    if (from == WATCH_NONE || to == WATCH_NONE)
        return NULL;
    const uint32_t found = watch_model_find(self, "end", node, peer);
    if (found != WATCH_NONE)
        return &self->ends[found];
    watch_end *const end = watch_model_grow(self, (void **)&self->ends, &self->end_count, sizeof *end);
    if (!end)
        return NULL;
    end->node = from;
    end->peer = to;
    watch_model_keep(self, "end", node, peer, self->end_count - 1);
    return end;
}

bool watch_model_binding(watch_model *self, const watch_binding *binding)
{
    watch_binding *const at =
        watch_model_grow(self, (void **)&self->bindings, &self->binding_count, sizeof *at);
    if (at)
        *at = *binding;
    return at != NULL;
}

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

/* The subscriber alone, where it is a node's address: not all behind the NAT. */
static void find_concerned(const watch_model *self, const json_t *line, watch_entry *entry)
{
    const char *const peer = explain_text(line, "peer");
    const watch_end *const end = watch_model_end_of_call(self, line);
    entry->node = watch_model_node(self, explain_text(line, "node"));
    entry->other = watch_model_node(self, peer ? peer : explain_text(line, "to"));
    if (entry->node == WATCH_NONE && end) {
        entry->node = end->node;
        entry->other = end->peer;
    }
    entry->nat = watch_model_find(self, "nat", explain_text(line, "nat"), NULL);
    const uint32_t subscriber = watch_model_find(self, "address", explain_text(line, "subscriber"), NULL);
    if (subscriber != WATCH_NONE) {
        entry->node = subscriber;
        entry->nat = WATCH_NONE;
    }
}

static bool stands_behind(const watch_model *self, uint32_t node, uint32_t nat)
{
    for (size_t i = 0; i < self->nodes[node].address_count; i++) {
        uint32_t at = watch_model_nat_of(self, &self->nodes[node].addresses[i]);
        for (size_t steps = 0; at != WATCH_NONE && steps < self->nat_count; steps++) {
            if (at == nat)
                return true;
            at = self->nats[at].behind;
        }
    }
    return false;
}

bool watch_model_concerns(const watch_model *self, const watch_entry *entry, uint32_t node)
{
    return entry->node == node || entry->other == node ||
           (entry->nat != WATCH_NONE && stands_behind(self, node, entry->nat));
}

static void add_to_log(watch_model *self, const json_t *line, const char *event)
{
    char text[WATCH_TEXT_MAX];
    const bool drop = strcmp(event, "drop") == 0;
    if (drop)
        drop_text(line, text);
    else
        watch_line_text(line, WATCH_LINE_BRIEF, text, sizeof text);
    if (drop && self->log_count > 0) {
        watch_entry *const last = &self->log[(self->log_count - 1) % WATCH_LOG_MAX];
        if (strcmp(last->text, text) == 0) {
            last->count++;
            return;
        }
    }
    watch_entry *const entry = &self->log[self->log_count++ % WATCH_LOG_MAX];
    *entry = (watch_entry){.at_ns = self->now_ns, .count = 1, .bad = watch_line_bad(line)};
    find_concerned(self, line, entry);
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
    watch_model_take(self, line, event);
    if (strcmp(event, "topology") != 0)
        add_to_log(self, line, event);
}

void watch_model_coming(watch_model *self, uint64_t at_ns, const json_t *line)
{
    watch_entry *entry = watch_model_grow(self, (void **)&self->coming, &self->coming_count, sizeof *entry);
    if (!entry)
        return;
    for (; entry > self->coming && entry[-1].at_ns > at_ns; entry--)
        *entry = entry[-1];
    *entry = (watch_entry){.at_ns = at_ns, .count = 1};
    watch_line_text(line, WATCH_LINE_TIMELINE, entry->text, sizeof entry->text);
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
    for (size_t i = 0; i < self->end_count; i++)
        free(self->ends[i].paths);
    free(self->nodes);
    free(self->networks);
    free(self->ends);
    free(self->bindings);
    free(self->nats);
    free(self->flows);
    free(self->coming);
    free(self->log);
    free(self->calls);
    json_decref(self->index);
    *self = (watch_model){0};
}
