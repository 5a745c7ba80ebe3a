/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scenario_source.players: which endpoint a role, a group or a node runs instead of the file's. */
#include "sim/scenario/endpoints.h"

#include "core/hash.h"

#include <string.h>

typedef enum who { WHO_ALL, WHO_CLIENT, WHO_SERVER, WHO_GROUP, WHO_NODE } who;

static const char *const ROLES[] = {[WHO_ALL] = "all", [WHO_CLIENT] = "client", [WHO_SERVER] = "server"};

static const char *player_name(const void *names, size_t index)
{
    const scenario *const whole = names;
    if (index < WHO_GROUP)
        return ROLES[index];
    index -= WHO_GROUP;
    if (index < whole->group_count)
        return whole->groups[index].name;
    index -= whole->group_count;
    return index < whole->node_count ? whole->nodes[index].name : NULL;
}

/* Who is meant, and as a group or a node which. False with a fault reported. */
static bool find_players(scenario_reader *reader, scenario_place place, const char *name, who *kind,
                         uint32_t *index)
{
    const scenario *const whole = reader->scenario;
    for (*kind = WHO_ALL; *kind < WHO_GROUP; ++*kind)
        if (strcmp(ROLES[*kind], name) == 0)
            return true;
    *kind = WHO_GROUP;
    if ((*index = scenario_group_index(whole, name)) != SCENARIO_NONE)
        return true;
    *kind = WHO_NODE;
    if ((*index = scenario_node_index(whole, name)) == SCENARIO_NONE)
        (void)scenario_report_unknown(reader, place, "role, group or node", name, player_name, whole);
    else if (whole->nodes[*index].attacker)
        scenario_fault(reader, place, "'%s' is an attacker, which has no endpoint", name);
    else
        return true;
    return false;
}

/* What a node is to the peers: a server is dialled; one that only relays, and an attacker, are neither. */
typedef struct player {
    bool named; /* by an entry of `peers` */
    bool server;
    bool by_name; /* it, or its group, was given an endpoint by its own name */
} player;

static player *find_roles(scenario_reader *reader)
{
    const scenario *const whole = reader->scenario;
    player *const players = scenario_arena_alloc(reader->arena, whole->node_count, sizeof(*players));
    for (size_t i = 0; players && i < whole->peer_count; i++) {
        const scenario_peer *const peer = &whole->peers[i];
        if (peer->dialer == SCENARIO_NONE || peer->acceptor == SCENARIO_NONE)
            continue;
        players[peer->dialer].named = true;
        players[peer->acceptor].named = true;
        players[peer->acceptor].server = true;
    }
    return players;
}

static bool is_meant(const scenario_node *node, const player *is, who kind)
{
    if (node->attacker || node->balancer || node->behind || (node->relay_to != SCENARIO_NONE && !is->named))
        return false;
    return kind == WHO_ALL || is->server == (kind == WHO_SERVER);
}

/* A name goes before a role, whichever comes first; of two names or roles the later one counts. */
static void assign(scenario_reader *reader, player *players, who kind, uint32_t index, uint32_t endpoint)
{
    const scenario *const whole = reader->scenario;
    scenario_node *const nodes = (scenario_node *)whole->nodes;
    const bool by_name = kind >= WHO_GROUP;
    const uint32_t first = kind == WHO_GROUP ? whole->groups[index].first : by_name ? index : 0;
    const size_t count = kind == WHO_GROUP ? whole->groups[index].count : by_name ? 1 : whole->node_count;
    for (size_t i = first; i < first + count; i++) {
        const bool meant =
            by_name ? !nodes[i].attacker : !players[i].by_name && is_meant(&nodes[i], &players[i], kind);
        if (meant) {
            nodes[i].endpoint = endpoint;
            players[i].by_name = by_name;
        }
    }
}

static void digest_player(uint64_t *digest, const char *node, const char *endpoint)
{
    *digest = core_hash_bytes(*digest, node, strlen(node) + 1);
    *digest = core_hash_bytes(*digest, endpoint, strlen(endpoint) + 1);
}

/* The digests are of what is run: an endpoint that a node has anyway changes nothing. */
static void digest_changes(scenario *whole, const uint32_t *before)
{
    for (size_t i = 0; i < whole->node_count; i++) {
        const scenario_node *const node = &whole->nodes[i];
        if (node->endpoint == before[i])
            continue;
        const char *const name = scenario_endpoint_name(whole, node->endpoint);
        digest_player(&whole->digest, node->name, name);
        digest_player(&whole->meaning, node->name, name);
    }
}

void scenario_endpoints_assign(scenario_reader *reader, const tree_node *section)
{
    const scenario_source *const source = reader->source;
    scenario *const whole = reader->scenario;
    player *const players = find_roles(reader);
    uint32_t *const before = scenario_arena_alloc(reader->arena, whole->node_count, sizeof(*before));
    (void)section;
    if (!players || !before)
        return;
    for (size_t i = 0; i < whole->node_count; i++)
        before[i] = whole->nodes[i].endpoint;
    for (size_t i = 0; i < source->player_count; i++) {
        const scenario_place place = {
            .override = (uint32_t)(source->override_count + source->endpoint_count + i + 1)};
        const char *name, *endpoint;
        uint32_t index = SCENARIO_NONE, of = SCENARIO_NONE;
        who kind;
        if (!scenario_endpoint_split(reader, place, source->players[i], &name, &endpoint) ||
            !find_players(reader, place, name, &kind, &of) ||
            !scenario_endpoint_find(reader, place, endpoint, &index))
            continue;
        assign(reader, players, kind, of, index);
    }
    digest_changes(whole, before);
    scenario_endpoints_look(reader);
}
