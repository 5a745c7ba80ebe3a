/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Static mappings of a NAT: PORT -> NODE, or PORT -> NODE:PORT. */
#include "sim/scenario/nat_forwards.h"

#include "sim/scenario/nat_draft.h"

#include <ctype.h>
#include <string.h>

enum { PORT_MAX = 65535, NAME_ROOM = 64 };

#define EXAMPLE "8443 -> server:4433"

/* 0: it is no port. */
static uint32_t port_of(const char *text, size_t length)
{
    uint32_t port = 0;
    for (size_t i = 0; i < length; i++) {
        if (!isdigit((unsigned char)text[i]) || port > PORT_MAX)
            return 0;
        port = 10 * port + (uint32_t)(text[i] - '0');
    }
    return port <= PORT_MAX ? port : 0;
}

/* Three parts of the text: " 8443 -> server:4433". False: it has another form. */
static bool split(const char *text, uint16_t *port, char name[NAME_ROOM], uint32_t *to_port)
{
    const size_t digits = strspn(text, "0123456789");
    const char *at = text + digits + strspn(text + digits, " ");
    if (strncmp(at, "->", 2) != 0)
        return false;
    at += 2 + strspn(at + 2, " ");
    const size_t length = strcspn(at, ": ");
    *port = (uint16_t)port_of(text, digits);
    *to_port = at[length] == ':' ? port_of(at + length + 1, strlen(at + length + 1)) : UINT32_MAX;
    if (*port == 0 || *to_port == 0 || length == 0 || length >= NAME_ROOM || at[length] == ' ')
        return false;
    memcpy(name, at, length);
    name[length] = '\0';
    return true;
}

static bool is_behind(const scenario *whole, uint32_t node, uint32_t index)
{
    for (size_t i = 0; i < whole->nodes[node].network_count; i++)
        if (whole->networks[whole->nodes[node].networks[i]].nat == index)
            return true;
    return false;
}

static bool read_one(scenario_reader *reader, uint32_t index, const tree_node *value, uint16_t *port,
                     scenario_forward *to)
{
    const scenario *const whole = reader->scenario;
    char name[NAME_ROOM];
    uint32_t to_port;
    if (!scenario_read_kind(reader, value, TREE_SCALAR, "a port and a node", EXAMPLE))
        return false;
    if (!split(value->text, port, name, &to_port)) {
        scenario_fault(reader, value->place, "forwards: '%.60s' is no port and no node: write for example %s",
                       value->text, EXAMPLE);
        return false;
    }
    tree_node named = *value;
    named.text = name;
    if (!scenario_read_one_node(reader, &named, "a port leads to one node", &to->node))
        return false;
    const scenario_node *const node = &whole->nodes[to->node];
    if (!is_behind(whole, to->node, index)) {
        scenario_fault(reader, value->place, "forwards: '%s' is on no network whose NAT is '%s'", node->name,
                       whole->nats[index].name);
        return false;
    }
    if (to_port == UINT32_MAX && node->listen == 0) {
        scenario_fault(reader, value->place, "forwards: '%s' does not listen: give the port, for example %s",
                       node->name, EXAMPLE);
        return false;
    }
    to->port = to_port == UINT32_MAX ? node->listen : (uint16_t)to_port;
    return true;
}

static void read_list(scenario_reader *reader, uint32_t index, const tree_node *list, scenario_nat *of)
{
    uint16_t *const ports = scenario_arena_alloc(reader->arena, list->count + 1, sizeof(*ports));
    scenario_forward *const forwards =
        scenario_arena_alloc(reader->arena, list->count + 1, sizeof(*forwards));
    size_t count = 0;
    if (!ports || !forwards)
        return;
    for (const tree_node *value = list->first; value; value = value->next) {
        if (!read_one(reader, index, value, &ports[count], &forwards[count]))
            continue;
        for (size_t i = 0; i < count; i++)
            if (ports[i] == ports[count])
                scenario_fault(reader, value->place, "forwards: port %u is forwarded twice", ports[count]);
            else if (forwards[i].node == forwards[count].node && forwards[i].port == forwards[count].port)
                scenario_fault(reader, value->place, "forwards: two ports for port %u of '%s'",
                               forwards[i].port, reader->scenario->nodes[forwards[i].node].name);
        count++;
    }
    of->options.forwards = ports;
    of->options.forward_count = count;
    of->forwards = forwards;
}

void scenario_forwards_read(scenario_reader *reader)
{
    const scenario *const whole = reader->scenario;
    scenario_nat *nats = NULL;
    for (uint32_t i = 0; i < whole->nat_count; i++) {
        const tree_node *const entry = reader->nats[i].entry;
        const tree_node *const list = entry->kind == TREE_MAP ? tree_get(entry, "forwards") : NULL;
        if (!list ||
            !scenario_read_kind(reader, list, TREE_LIST, "a list of ports and nodes", "[" EXAMPLE "]"))
            continue;
        if (list->count == 0 || list->count > NAT_FORWARDS_MAX) {
            scenario_fault(reader, list->place, "forwards: 1 to %u of them: write for example [%s]",
                           NAT_FORWARDS_MAX, EXAMPLE);
            continue;
        }
        if (!nats)
            nats = scenario_arena_alloc(reader->arena, whole->nat_count, sizeof(*nats));
        if (!nats)
            return;
        if (whole->nats != nats)
            memcpy(nats, whole->nats, whole->nat_count * sizeof(*nats));
        reader->scenario->nats = nats;
        read_list(reader, i, list, &nats[i]);
    }
}
