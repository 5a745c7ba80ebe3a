/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/attached.h"
#include "sim/scenario/endpoints.h"
#include "sim/scenario/groups.h"
#include "sim/scenario/lookup.h"
#include "sim/scenario/membership.h"
#include "sim/scenario/nat_forwards.h"
#include "sim/scenario/preferred.h"
#include "sim/scenario/quic.h"
#include "sim/scenario/redial.h"

#include <inttypes.h>
#include <string.h>

enum {
    NETWORKS_MAX = 250,
    NAME_MAX_BYTES = 31,
    RELAY_PORT = 3478,
    RELAY_PORT_MAX = 49151,
    DISTANCE_MM = 5000,
    CSMA_MTU = 1500, /* of frames; sim/ns3/ns3.h */
    WIFI_MTU = 2296
};

#define SCHEMA_NAME "{\"$ref\": \"#/$defs/name\"}"
#define SCHEMA_NAMES "{\"type\": \"array\", \"items\": " SCHEMA_NAME "}"

typedef struct network_draft {
    scenario_link link; /* first: SCENARIO_LINK_ROWS point into it */
    scenario_network network;
    key_prefix prefix;
} network_draft;

static const key_choice FAMILIES[] = {{"ipv4", SCENARIO_IPV4}, {"ipv6", SCENARIO_IPV6}, {0}};
static const key_choice LINK_TYPES[] = {{"pipe", SCENARIO_LINK_PIPE},
                                        {"p2p", SCENARIO_LINK_P2P},
                                        {"csma", SCENARIO_LINK_CSMA},
                                        {"wifi", SCENARIO_LINK_WIFI},
                                        {0}};
static const key_choice DISCIPLINES[] = {{"droptail", SCENARIO_DROPTAIL},
                                         {"codel", SCENARIO_CODEL},
                                         {"fq-codel", SCENARIO_FQ_CODEL},
                                         {"red", SCENARIO_RED},
                                         {0}};
static const key_choice TRUSTS[] = {{"tofu", SCENARIO_TRUST_TOFU}, {"strict", SCENARIO_TRUST_STRICT}, {0}};

static const key_row NETWORK_ROWS[] = {
    {"family", KEY_FIELD(KEY_CHOICE, network_draft, network.family), .choices = FAMILIES,
     .about = "The IP version of the network", .otherwise = "ipv4", .example = "ipv6"},
    {"link", KEY_FIELD(KEY_CHOICE, network_draft, network.link_type), .choices = LINK_TYPES,
     .about = "How links are made: roam's own, ns-3's point-to-point, a bus, or a Wi-Fi cell",
     .otherwise = "pipe", .example = "p2p"},
    {"shared", KEY_FIELD(KEY_CHOICE, network_draft, network.shared), .choices = SCENARIO_BOOLEANS,
     .about = "Whether all nodes are behind one queue in each direction", .otherwise = "false",
     .example = "true"},
    {"discipline", KEY_FIELD(KEY_CHOICE, network_draft, network.discipline), .choices = DISCIPLINES,
     .about = "Which packet of a queue is dropped, and which leaves next", .otherwise = "droptail",
     .example = "fq-codel"},
    {"nat", KEY_FIELD(KEY_NAT, network_draft, network.nat), .about = "The NAT that hosts are behind",
     .otherwise = "none", .example = "home"},
    {"prefix", KEY_FIELD(KEY_PREFIX, network_draft, prefix), .about = "The addresses of the network",
     .otherwise = "10.N.0.0/16 and fd00:N::/64", .example = "10.1.0.0/16"},
    {"distance", KEY_FIELD(KEY_LENGTH, network_draft, network.distance_mm), .min = SCENARIO_DISTANCE_MIN_MM,
     .max = SCENARIO_DISTANCE_MAX_MM, .about = "The distance of a node from the access point of link: wifi",
     .otherwise = "5m", .example = "5m"},
    {"icmp", KEY_FIELD(KEY_CHOICE, network_draft, network.icmp), .choices = SCENARIO_BOOLEANS,
     .about = "Whether the router answers packets that it drops with ICMP errors", .otherwise = "false",
     .example = "true"},
    {"mtu", KEY_FIELD(KEY_SIZE, network_draft, network.mtu), .min = 1200, .max = 65535,
     .about = "The largest packet that a link carries", .otherwise = "1500B", .example = "1500B"},
    {0},
};

#define ONE_SERVER "a relay leads to one node"
static const key_row RELAY_ROWS[] = {
    {"to", KEY_FIELD(KEY_NODE, scenario_node, relay_to), .required = true, .one = ONE_SERVER,
     .about = "The node to which the relay forwards", .example = "server"},
    {"port", KEY_FIELD(KEY_INTEGER, scenario_node, relay_port), .min = 1, .max = RELAY_PORT_MAX,
     .about = "The port at which clients reach the relay", .otherwise = "3478", .example = "3478"},
    {0},
};

#define SCHEMA_ENDPOINT "{\"type\": \"string\", \"pattern\": \"" SCENARIO_ENDPOINT_NAME_PATTERN "\"}"
#define TEXT(number) #number
#define TEXT_OF(constant) TEXT(constant)
#define NODES_MAX TEXT_OF(SCENARIO_NODES_MAX)
#define SCHEMA_COUNT                                                                                         \
    "{\"anyOf\": [{\"type\": \"integer\", \"minimum\": 1, \"maximum\": " NODES_MAX "}, "                     \
    "{\"$ref\": \"#/$defs/expression\"}]}"

static const key_row NODE_ROWS[] = {
    {"count", KEY_OTHER, 0, 0,
     .about = "How many nodes the group has: NAME-1, NAME-2 and so on, a whole number from 1; without it, it "
              "is one node",
     .example = "40", .schema = SCHEMA_COUNT}, /* groups.c */
    {"only", KEY_OTHER, 0, 0, .about = "Of a group: the member of that number, from 1, is made alone",
     .example = "7", .schema = SCHEMA_COUNT}, /* likewise */
    {"networks", KEY_OTHER, 0, 0, .about = "The networks at the start; the node dials from the first",
     .otherwise = "none", .example = ATTACHED_EXAMPLE, .inner = SCENARIO_ATTACHED_ROWS,
     .schema = SCHEMA_NAMES},
    {"relay", KEY_OTHER, 0, 0, .about = "The node to which this one forwards UDP of each client",
     .otherwise = "none", .example = "server", .inner = RELAY_ROWS, .schema = SCHEMA_NAME},
    {"listen", KEY_FIELD(KEY_INTEGER, scenario_node, listen), .min = 1, .max = 65535,
     .about = "The port at which others dial the node", .otherwise = "none", .example = "4433"},
    {"disable_active_migration", KEY_FIELD(KEY_CHOICE, scenario_node, disable_active_migration),
     .choices = SCENARIO_BOOLEANS, .about = "The transport parameter of that name: peers do not migrate",
     .otherwise = "false", .example = "true"},
    {"membership", KEY_OTHER, 0, 0,
     .about = "The node is a member of an overlay, kept by HyParView; {}: with all defaults",
     .otherwise = "none", .example = "{active: 5}", .inner = SCENARIO_MEMBERSHIP_ROWS},
    {"attacker", KEY_FIELD(KEY_CHOICE, scenario_node, attacker), .choices = SCENARIO_BOOLEANS,
     .about = "Whether the node is an attacker, which has no endpoint", .otherwise = "false",
     .example = "true"},
    {"trust", KEY_FIELD(KEY_CHOICE, scenario_node, trust), .choices = TRUSTS,
     .about = "Whether an unknown key is pinned when it is first seen, or refused", .otherwise = "tofu",
     .example = "tofu"},
    {"keepalive", KEY_FIELD(KEY_DURATION, scenario_node, keepalive_ns), .min = 1000000,
     .max = SCENARIO_DAY_NS, .about = "After so long a silence a packet is sent", .otherwise = "15s",
     .example = "15s"},
    {"dead_after", KEY_FIELD(KEY_DURATION, scenario_node, dead_after_ns), .min = 1000000,
     .max = SCENARIO_DAY_NS, .about = "After so long a silence the peer is taken for dead",
     .otherwise = "60s", .example = "60s"},
    {"idle_timeout", KEY_FIELD(KEY_DURATION, scenario_node, idle_timeout_ns), .min = 1000000,
     .max = SCENARIO_DAY_NS, .about = "The idle timeout of QUIC", .otherwise = "300s", .example = "300s"},
    {"quic", KEY_OTHER, 0, 0, .about = "How the connections of the node are set up",
     .example = "{congestion: reno}", .inner = SCENARIO_QUIC_ROWS},
    {"endpoint", KEY_OTHER, 0, 0, .about = "The QUIC library that the node runs", .otherwise = "roam",
     .example = "mine", .schema = SCHEMA_ENDPOINT},
    {"redial", KEY_OTHER, 0, 0,
     .about = "How the node dials again when a connection is lost or a dial has failed", .otherwise = "none",
     .example = "{after: 1s}", .inner = SCENARIO_REDIAL_ROWS},
    {0},
};

const key_table SCENARIO_NETWORK_TABLE = {SCENARIO_LINK_ROWS, NETWORK_ROWS, "a network"};
const key_table SCENARIO_NODE_TABLE = {NODE_ROWS, NULL, "a node"};

/* --- networks --- */

static void default_prefixes(scenario_network *network, uint32_t number)
{
    network->prefix4 = (scenario_prefix){.address = {10, (uint8_t)number}, .bits = 16};
    network->prefix6 = (scenario_prefix){.address = {0xfd, 0, 0, (uint8_t)number}, .bits = 64};
}

bool scenario_prefixes_overlap(const scenario_prefix *a, const scenario_prefix *b)
{
    const unsigned bits = a->bits < b->bits ? a->bits : b->bits;
    const unsigned whole = bits / 8;
    const unsigned rest = bits % 8;
    const unsigned mask = 0xffu << (8 - rest) & 0xffu;
    return memcmp(a->address, b->address, whole) == 0 &&
           (rest == 0 || ((a->address[whole] ^ b->address[whole]) & mask) == 0);
}

static void check_overlaps(scenario_reader *reader, const scenario_network *networks, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            const scenario_network *const a = &networks[i];
            const scenario_network *const b = &networks[j];
            if (scenario_prefixes_overlap(&a->prefix4, &b->prefix4) ||
                scenario_prefixes_overlap(&a->prefix6, &b->prefix6)) {
                scenario_fault(reader, a->place, "the addresses of '%s' overlap with those of '%s'", a->name,
                               b->name);
            }
        }
    }
}

bool scenario_burst_read(scenario_reader *reader, const tree_node *entry, scenario_burst *burst)
{
    const tree_node *const value = tree_get(entry, "burst");
    scenario_burst read = {.loss_ppb = SCENARIO_PPB};
    if (!value)
        return true;
    if (!scenario_read_kind(reader, value, TREE_MAP, "the rates of a burst", "{enter: 1%, leave: 25%}") ||
        !scenario_read_map(reader, value, (key_table){SCENARIO_BURST_ROWS, NULL, "a burst"}, &read))
        return false;
    *burst = read;
    return true;
}

/* What stock ns-3 links cannot do. */
static void check_p2p(scenario_reader *reader, const tree_node *entry, const scenario_network *network)
{
    if (network->link_type != SCENARIO_LINK_P2P)
        return;
    if (network->link.rate_bps == 0) {
        const tree_node *const rate = tree_get(entry, "rate");
        scenario_fault(reader, rate ? rate->place : tree_get(entry, "link")->place,
                       "a p2p link needs a rate: write for example rate: 20Mbps");
    }
    if (network->link.jitter_ns > 0) {
        scenario_fault(reader, tree_get(entry, "jitter")->place,
                       "a p2p link has no jitter: leave it out, or write link: pipe");
    }
}

bool scenario_check_mtu_fits(scenario_reader *reader, const tree_node *value, scenario_link_type type,
                             uint32_t bytes)
{
    const bool csma = type == SCENARIO_LINK_CSMA;
    const uint32_t max = csma ? CSMA_MTU : type == SCENARIO_LINK_WIFI ? WIFI_MTU : UINT32_MAX;
    if (bytes > max) {
        scenario_fault(reader, value->place, "a frame of %s carries at most %" PRIu32 "B",
                       csma ? "a csma bus" : "wifi", max);
    }
    return bytes <= max;
}

/* What a shared medium cannot do. */
static void check_medium(scenario_reader *reader, const tree_node *entry, const scenario_network *network)
{
    const bool csma = network->link_type == SCENARIO_LINK_CSMA;
    const bool wifi = network->link_type == SCENARIO_LINK_WIFI;
    const tree_node *const rate = tree_get(entry, "rate");
    if (csma && network->link.rate_bps == 0) {
        scenario_fault(reader, rate ? rate->place : tree_get(entry, "link")->place,
                       "a csma bus needs a rate: write for example rate: 100Mbps");
    }
    if (!wifi && network->distance_mm > 0) {
        scenario_fault(reader, tree_get(entry, "distance")->key_place,
                       "'distance' is that from an access point: leave it out, or write link: wifi");
    }
    if (tree_get(entry, "mtu"))
        (void)scenario_check_mtu_fits(reader, tree_get(entry, "mtu"), network->link_type, network->mtu);
}

static void read_network(scenario_reader *reader, const tree_node *entry, uint32_t number,
                         scenario_network *network)
{
    network_draft draft = {
        .link = scenario_link_initial(),
        .network = {.name = entry->key, .place = entry->key_place, .nat = SCENARIO_NONE, .mtu = 1500}};
    default_prefixes(&draft.network, number);
    scenario_read_name(reader, entry->key_place, entry->key, NAME_MAX_BYTES);
    if (scenario_read_kind(reader, entry, TREE_MAP, "the network's links", "{delay: 20ms, rate: 20Mbps}")) {
        key_table table = {SCENARIO_LINK_ROWS, NETWORK_ROWS, "a network"};
        bool good = scenario_read_map(reader, entry, table, &draft);
        good = scenario_burst_read(reader, entry, &draft.link.burst) && good;
        draft.network.link = draft.link;
        if (good) {
            check_p2p(reader, entry, &draft.network);
            check_medium(reader, entry, &draft.network);
            scenario_check_queue(reader, entry, &draft.network);
        }
    }
    if (draft.prefix.given && draft.prefix.family != draft.network.family) {
        scenario_fault(
            reader, tree_get(entry, "prefix")->place, "the prefix is %s and the network's family %s",
            key_choice_name(FAMILIES, draft.prefix.family), key_choice_name(FAMILIES, draft.network.family));
    } else if (draft.prefix.given && draft.prefix.family == SCENARIO_IPV6) {
        draft.network.prefix6 = draft.prefix.prefix;
    } else if (draft.prefix.given) {
        draft.network.prefix4 = draft.prefix.prefix;
    }
    if (draft.network.link_type == SCENARIO_LINK_WIFI && draft.network.distance_mm == 0)
        draft.network.distance_mm = DISTANCE_MM;
    *network = draft.network;
}

void scenario_networks_read(scenario_reader *reader, const tree_node *section)
{
    scenario *const whole = reader->scenario;
    if (!scenario_read_kind(reader, section, TREE_MAP, "a mapping of networks", "{wifi: {delay: 8ms}}"))
        return;
    if (section->count > NETWORKS_MAX) {
        scenario_fault(reader, section->place, "%zu networks: at most %d", section->count, NETWORKS_MAX);
        return;
    }
    scenario_network *const networks = scenario_arena_alloc(reader->arena, section->count, sizeof(*networks));
    if (!networks)
        return;
    size_t count = 0;
    for (const tree_node *entry = section->first; entry; entry = entry->next, count++)
        read_network(reader, entry, (uint32_t)count + 1, &networks[count]);
    whole->networks = networks;
    whole->network_count = count;
    check_overlaps(reader, networks, count);
    scenario_nats_check(reader);
}

/* --- nodes --- */

scenario_node scenario_node_default(const char *name, scenario_place place)
{
    scenario_node node = {.name = name,
                          .place = place,
                          .relay_to = SCENARIO_NONE,
                          .endpoint = SCENARIO_NONE,
                          .relay_port = RELAY_PORT,
                          .keepalive_ns = 15 * SCENARIO_SECOND_NS,
                          .dead_after_ns = 60 * SCENARIO_SECOND_NS};
    scenario_quic_default(&node);
    return node;
}

/* The entry's first member, or the only one. */
static void read_node(scenario_reader *reader, const tree_node *entry, scenario_node *node,
                      attached *networks, bool *unsure)
{
    *networks = (attached){.turns = 1};
    *node = scenario_node_default(entry->key, entry->key_place);
    node->group = entry->group;
    scenario_read_name(reader, entry->key_place, entry->key, NAME_MAX_BYTES);
    if (!scenario_read_kind(reader, entry, TREE_MAP, "the node's keys", "{networks: [wifi]}")) {
        *unsure = true;
        return;
    }
    scenario_read_map(reader, entry, (key_table){NODE_ROWS, NULL, "a node"}, node);
    if (tree_get(entry, "only") && !entry->group)
        scenario_fault(reader, tree_get(entry, "only")->key_place,
                       "'only' needs a group: write for example count: 40");
    if (tree_get(entry, "listen") && node->listen == 0)
        node->listen = 1; /* reported; it is meant to listen */
    const tree_node *const list = tree_get(entry, "networks");
    if (list)
        *unsure |= !scenario_attached_read(reader, list, entry, networks);
    const tree_node *const membership = tree_get(entry, "membership");
    if (membership)
        scenario_membership_read(reader, membership, &node->membership);
    scenario_quic_read(reader, entry, node);
    const tree_node *const redial = tree_get(entry, "redial");
    if (redial)
        scenario_redial_read(reader, redial, &node->redial);
    const tree_node *const endpoint = tree_get(entry, "endpoint");
    if (endpoint)
        scenario_endpoint_read(reader, endpoint, &node->endpoint);
    if (node->attacker && (node->listen || membership || endpoint || redial)) {
        scenario_fault(reader, node->place, "'%s' is an attacker, which has no endpoint%s", node->name,
                       node->listen ? " to listen"
                       : membership ? " for a membership"
                       : redial     ? " to dial again"
                                    : "");
    }
}

/* `relay: server`, or `relay: {to: server, port: 3478}`. */
static void read_relay(scenario_reader *reader, const tree_node *value, scenario_node *node)
{
    const key_table table = {RELAY_ROWS, NULL, "a relay"};
    const bool good = value->kind == TREE_MAP
                          ? scenario_read_map(reader, value, table, node)
                          : scenario_read_one_node(reader, value, ONE_SERVER, &node->relay_to);
    if (!good || node->relay_to == SCENARIO_NONE)
        return;
    const scenario_node *const server = &reader->scenario->nodes[node->relay_to];
    if (!scenario_check_host(reader, value->place, node->relay_to, "no relay leads to"))
        return;
    if (server == node) {
        scenario_fault(reader, value->place, "'%s' relays to itself", node->name);
    } else if (server->listen == 0) {
        scenario_fault(reader, value->place,
                       "a relay to '%s', which does not listen: give it for example listen: 4433",
                       server->name);
    } else if (node->listen == node->relay_port) {
        scenario_fault(reader, value->place, "'%s' relays on port %u, on which it listens itself", node->name,
                       node->relay_port);
    } else if (scenario_prefers_address(server) && node->listen == node->relay_port + 1) {
        scenario_fault(reader, value->place,
                       "'%s' relays to the preferred address of '%s' on port %u, on which it listens itself",
                       node->name, server->name, node->listen);
    }
}

/* Host numbers without the first and the last, as network_next_address gives them out. */
static uint64_t address_count(const scenario_network *network)
{
    const bool four = network->family == SCENARIO_IPV4;
    const unsigned host_bits = four ? 32u - network->prefix4.bits : 128u - network->prefix6.bits;
    return host_bits >= 64 ? UINT64_MAX : (UINT64_C(1) << host_bits) - 2 - network->icmp;
}

/* Each node has an address on each of its networks when the run begins. */
static void check_addresses(scenario_reader *reader)
{
    const scenario *const whole = reader->scenario;
    uint64_t *const used = scenario_arena_alloc(reader->arena, whole->network_count, sizeof(*used));
    for (size_t i = 0; used && i < whole->node_count; i++) {
        const scenario_node *const node = &whole->nodes[i];
        for (size_t k = 0; k < node->network_count; k++) {
            const scenario_network *const network = &whole->networks[node->networks[k]];
            if (used[node->networks[k]]++ == address_count(network)) {
                scenario_fault(reader, node->place,
                               "no address is left for '%s' on '%s', whose prefix has %" PRIu64, node->name,
                               network->name, address_count(network));
            }
        }
    }
}

static void copy_alike(const tree_node *entry, const scenario_node *from, scenario_node *node, bool *unsure)
{
    *node = *from;
    node->name = entry->key;
    *unsure = unsure[-1];
}

/* Relays name nodes: all of them are known. */
static void read_relays(scenario_reader *reader, const tree_node *section, scenario_node *node)
{
    for (const tree_node *entry = section->first; entry; entry = entry->next, node++) {
        const tree_node *const relay = entry->kind == TREE_MAP ? tree_get(entry, "relay") : NULL;
        if (relay && scenario_follows(entry)) {
            node->relay_to = node[-1].relay_to;
            node->relay_port = node[-1].relay_port;
        } else if (relay) {
            read_relay(reader, relay, node);
        }
    }
}

void scenario_nodes_read(scenario_reader *reader, const tree_node *section)
{
    scenario *const whole = reader->scenario;
    if (!scenario_read_kind(reader, section, TREE_MAP, "a mapping of nodes", "{laptop: {networks: [wifi]}}"))
        return;
    const tree_node *const expanded = scenario_groups_declare(reader, section);
    if (!expanded)
        return;
    const size_t services = scenario_balancers_count(reader);
    scenario_node *const nodes =
        scenario_arena_alloc(reader->arena, expanded->count + services, sizeof(*nodes));
    reader->unsure = scenario_arena_alloc(reader->arena, expanded->count + services, sizeof(*reader->unsure));
    if (!nodes || !reader->unsure)
        return;
    size_t count = 0;
    attached networks = {.turns = 1};
    for (const tree_node *entry = expanded->first; entry; entry = entry->next, count++) {
        if (scenario_follows(entry))
            copy_alike(entry, &nodes[count - 1], &nodes[count], &reader->unsure[count]);
        else
            read_node(reader, entry, &nodes[count], &networks, &reader->unsure[count]);
        nodes[count].networks = scenario_attached_of(&networks, entry->member);
        nodes[count].network_count = networks.count;
        if (!scenario_follows(entry) || networks.turns > 1)
            scenario_preferred_read(reader, entry, &nodes[count]);
        if (entry->group)
            scenario_group_of(reader, entry)->turns = networks.turns;
    }
    whole->nodes = nodes;
    whole->node_count = count + services;
    scenario_balancers_declare(reader, nodes + count);
    scenario_lookup_nodes(reader);
    check_addresses(reader);
    read_relays(reader, expanded, nodes);
    scenario_forwards_read(reader);
}
