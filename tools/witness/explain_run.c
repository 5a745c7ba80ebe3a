/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/explain_run.h"

#include "tools/witness/explain_story.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */

const char *explain_text(const json_t *line, const char *key)
{
    return json_string_value(json_object_get(line, key));
}

uint64_t explain_count(const json_t *line, const char *key, uint64_t none)
{
    const json_t *const value = json_object_get(line, key);
    return json_is_integer(value) && json_integer_value(value) >= 0 ? (uint64_t)json_integer_value(value)
                                                                    : none;
}

roam_addr explain_addr(const json_t *line, const char *key)
{
    const char *const text = explain_text(line, key);
    const char *const colon = text ? strrchr(text, ':') : NULL;
    char host[ROAM_ADDR_STRING_MAX];
    roam_addr addr = {.family = ROAM_FAMILY_NONE};
    if (!colon || (size_t)(colon - text) >= sizeof host)
        return addr;
    const bool six = text[0] == '[' && colon[-1] == ']';
    (void)snprintf(host, sizeof host, "%.*s", (int)(colon - text) - (six ? 2 : 0), text + six);
    if (inet_pton(six ? AF_INET6 : AF_INET, host, addr.bytes) == 1) {
        addr.family = six ? ROAM_FAMILY_IPV6 : ROAM_FAMILY_IPV4;
        addr.port = (uint16_t)strtoul(colon + 1, NULL, 10);
    }
    return addr;
}

bool explain_grow(void **things, size_t count, size_t size)
{
    if (count != 0 && (count < 16 || (count & (count - 1)) != 0))
        return true;
    void *const more = realloc(*things, (count < 16 ? 16 : 2 * count) * size);
    if (more)
        *things = more;
    return more != NULL;
}

/* ---- names ---- */

uint32_t explain_run_node(const explain_run *run, const char *name)
{
    for (uint32_t i = 0; name && i < run->node_count; i++)
        if (strcmp(run->nodes[i].name, name) == 0)
            return i;
    return EXPLAIN_NONE;
}

uint32_t explain_run_network(const explain_run *run, const char *name)
{
    for (uint32_t i = 0; name && i < run->network_count; i++)
        if (strcmp(run->networks[i].name, name) == 0)
            return i;
    return EXPLAIN_NONE;
}

static uint32_t nat_index(const explain_run *run, const char *name)
{
    for (uint32_t i = 0; name && i < run->nat_count; i++)
        if (strcmp(run->nats[i].name, name) == 0)
            return i;
    return EXPLAIN_NONE;
}

explain_place explain_run_place(const explain_run *run, uint32_t node, uint32_t network)
{
    return node == EXPLAIN_NONE || network == EXPLAIN_NONE ? EXPLAIN_NONE
                                                           : node * (uint32_t)run->network_count + network;
}

explain_place explain_run_owner(const explain_run *run, const roam_addr *addr, uint64_t at_ns)
{
    for (size_t i = run->address_count; i-- > 0;) {
        const explain_address *const one = &run->addresses[i];
        if (one->addr.family == addr->family &&
            memcmp(one->addr.bytes, addr->bytes, sizeof addr->bytes) == 0 && one->from_ns <= at_ns &&
            at_ns < one->until_ns)
            return one->place;
    }
    return EXPLAIN_NONE;
}

const explain_address *explain_run_address(const explain_run *run, explain_place place, uint64_t at_ns)
{
    for (size_t i = run->address_count; i-- > 0;)
        if (run->addresses[i].place == place && run->addresses[i].from_ns <= at_ns)
            return &run->addresses[i];
    return NULL;
}

const explain_event *explain_run_call(const explain_run *run, const json_t *line)
{
    const uint64_t call = explain_count(line, "call", EXPLAIN_NEVER);
    return call < run->call_count ? &run->events[run->calls[call]] : NULL;
}

/* ---- reading ---- */

/* Every element of an array of the topology has a name under that key; a name twice is no topology of ours.
 */
static bool read_names(const json_t *array, const char *key, void **out, size_t *count, size_t size)
{
    *count = json_array_size(array);
    *out = calloc(*count + 1, size);
    for (size_t i = 0; *out && i < *count; i++) {
        const char *const name = explain_text(json_array_get(array, i), key);
        if (!name)
            return false;
        (void)memcpy((char *)*out + i * size, &name, sizeof name);
    }
    return *out && json_is_array(array);
}

static bool read_topology(explain_run *run, json_t *line)
{
    const json_t *const nodes = json_object_get(line, "nodes");
    const json_t *const networks = json_object_get(line, "networks");
    const json_t *const nats = json_object_get(line, "nats");
    run->topology = json_incref(line);
    if (!read_names(nodes, "node", (void **)&run->nodes, &run->node_count, sizeof *run->nodes) ||
        !read_names(networks, "network", (void **)&run->networks, &run->network_count,
                    sizeof *run->networks) ||
        !read_names(nats, "nat", (void **)&run->nats, &run->nat_count, sizeof *run->nats))
        return false;
    for (size_t i = 0; i < run->node_count; i++) {
        const json_t *const entry = json_array_get(nodes, i);
        run->nodes[i].relay_to = explain_run_node(run, explain_text(entry, "relay_to"));
        run->nodes[i].listens = json_object_get(entry, "listen") != NULL;
        run->nodes[i].attacker = json_is_true(json_object_get(entry, "attacker"));
    }
    for (size_t i = 0; i < run->network_count; i++)
        run->networks[i].nat = nat_index(run, explain_text(json_array_get(networks, i), "nat"));
    for (size_t i = 0; i < run->nat_count; i++)
        run->nats[i].behind = nat_index(run, explain_text(json_array_get(nats, i), "behind"));
    return true;
}

static explain_place place_of(const explain_run *run, const json_t *line)
{
    return explain_run_place(run, explain_run_node(run, explain_text(line, "node")),
                             explain_run_network(run, explain_text(line, "network")));
}

static bool add_drop(explain_run *run, const json_t *line, uint64_t at_ns)
{
    const char *const direction = explain_text(line, "direction");
    const char *const payload = explain_text(line, "payload");
    if (!explain_grow((void **)&run->drops, run->drop_count, sizeof *run->drops))
        return false;
    run->drops[run->drop_count++] =
        (explain_drop){.at_ns = at_ns,
                       .reason = explain_loss_reason(explain_text(line, "reason")),
                       .place = place_of(run, line),
                       .up = direction && strcmp(direction, "up") == 0,
                       .has_payload = payload != NULL,
                       .payload = payload ? strtoull(payload, NULL, 16) : 0,
                       .source = explain_addr(line, "source"),
                       .destination = explain_addr(line, "destination"),
                       .len = (size_t)explain_count(line, "bytes", 0)};
    return true;
}

static bool add_address(explain_run *run, const json_t *line, uint64_t at_ns, bool attached)
{
    const explain_place place = place_of(run, line);
    const roam_addr addr = explain_addr(line, "address");
    if (!attached) {
        for (size_t i = 0; i < run->address_count; i++)
            if (run->addresses[i].place == place && run->addresses[i].until_ns == EXPLAIN_NEVER &&
                roam_addr_equal(&run->addresses[i].addr, &addr))
                run->addresses[i].until_ns = at_ns;
        return true;
    }
    if (!explain_grow((void **)&run->addresses, run->address_count, sizeof *run->addresses))
        return false;
    run->addresses[run->address_count++] = (explain_address){place, addr, at_ns, EXPLAIN_NEVER};
    return true;
}

static bool add_line(explain_run *run, json_t *line)
{
    const char *const name = explain_text(line, "event");
    const uint64_t at_ns = explain_count(line, "at_ns", 0);
    if (!name)
        return true;
    if (strcmp(name, "drop") == 0)
        return add_drop(run, line, at_ns);
    if (strcmp(name, "address_attached") == 0 || strcmp(name, "address_detached") == 0)
        return add_address(run, line, at_ns, name[8] == 'a');
    if (strcmp(name, "end") == 0) {
        run->end_ns = at_ns;
        return true;
    }
    if (!explain_grow((void **)&run->events, run->event_count, sizeof *run->events) ||
        !explain_grow((void **)&run->calls, run->call_count, sizeof *run->calls))
        return false;
    if (strcmp(name, "migration_requested") == 0 &&
        explain_count(line, "call", EXPLAIN_NEVER) == run->call_count)
        run->calls[run->call_count++] = (uint32_t)run->event_count;
    run->events[run->event_count++] = (explain_event){at_ns, name, json_incref(line)};
    return true;
}

/* The first two lines say whose directory it is, and what is in the scenario. */
static bool read_head(explain_run *run, json_t *line, size_t number, const char *path, char *message)
{
    const char *const name = explain_text(line, "event");
    if (number == 0) {
        run->head = json_incref(line);
        run->scenario = explain_text(line, "scenario");
        run->seed = explain_count(line, "seed", 0);
        if (name && strcmp(name, "run") == 0 && run->scenario)
            return true;
        (void)snprintf(message, EXPLAIN_MESSAGE_MAX, "%s: is none of roam's", path);
        return false;
    }
    if (name && strcmp(name, "topology") == 0 && read_topology(run, line))
        return true;
    (void)snprintf(message, EXPLAIN_MESSAGE_MAX,
                   "%s: says nothing of nodes and networks: a roam before this one wrote it; run it again",
                   path);
    return false;
}

static bool read_lines(explain_run *run, FILE *file, const char *path, char *message)
{
    char *text = NULL;
    size_t size = 0;
    size_t number = 0;
    bool good = true;
    while (good && getline(&text, &size, file) > 0) {
        json_error_t error;
        json_t *const line = json_loads(text, JSON_REJECT_DUPLICATES, &error);
        if (!line && strchr(text, '\n')) {
            (void)snprintf(message, EXPLAIN_MESSAGE_MAX, "%s:%zu: %s", path, number + 1, error.text);
            good = false;
        } else if (line && number < 2)
            good = read_head(run, line, number, path, message);
        else if (line && !add_line(run, line)) {
            (void)snprintf(message, EXPLAIN_MESSAGE_MAX, "out of memory");
            good = false;
        }
        json_decref(line);
        number++;
    }
    free(text);
    if (good && !run->topology) {
        (void)snprintf(message, EXPLAIN_MESSAGE_MAX, "%s: has no beginning", path);
        good = false;
    }
    return good;
}

bool explain_run_read(const char *dir, explain_run *run, char *message)
{
    char path[4096];
    *run = (explain_run){.end_ns = EXPLAIN_NEVER};
    (void)snprintf(path, sizeof path, "%s/events.jsonl", dir);
    FILE *const file = fopen(path, "re");
    if (!file) {
        (void)snprintf(message, EXPLAIN_MESSAGE_MAX, "%s: %s", path, strerror(errno));
        return false;
    }
    const bool good = read_lines(run, file, path, message);
    (void)fclose(file);
    if (good && !explain_run_summary(dir, run)) {
        (void)snprintf(message, EXPLAIN_MESSAGE_MAX, "out of memory");
        return false;
    }
    return good;
}

void explain_run_fini(explain_run *run)
{
    for (size_t i = 0; i < run->event_count; i++)
        json_decref(run->events[i].line);
    free(run->events);
    free(run->calls);
    free(run->drops);
    free(run->addresses);
    free(run->nodes);
    free(run->networks);
    free(run->nats);
    json_decref(run->summary);
    json_decref(run->head);
    json_decref(run->topology);
    *run = (explain_run){0};
}
