/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/groups.h"
#include "sim/scenario/lookup.h"

#include "sim/wire/payload.h"

#include <string.h>

typedef struct peer_draft {
    scenario_peer peer;
    turns_draft turns;
    key_pair dial;
} peer_draft;

typedef struct traffic_draft {
    scenario_traffic traffic;
    turns_draft turns;
    key_pair flow;
    uint64_t response_bytes; /* of a request */
    uint64_t rate_bps;       /* of a constant bit rate */
} traffic_draft;

/* A receiver identifies each message by its header: shorter ones could not be distinguished. */
#define MESSAGE_BYTES_MIN PAYLOAD_BYTES_MIN
#define MESSAGE_BYTES_MAX 1048576
#define MESSAGE_EVERY_MIN_NS 1000
#define STREAMS_MAX 100 /* max_user_streams of roam_node_options */

static const key_row PEER_ROWS[] = {
    {"dial", KEY_FIELD(KEY_PAIR, peer_draft, dial), .required = true, .of_group = true,
     .about = "The first node dials the second", .example = "laptop -> server"},
    {"at", KEY_FIELD(KEY_DURATION, peer_draft, peer.at_ns), .max = SCENARIO_DAY_NS, .about = "When it dials",
     .otherwise = "0s", .example = "1s"},
    {"via", KEY_FIELD(KEY_NODE, peer_draft, peer.via), .in_turn = true,
     .about = "The relay through which it dials", .otherwise = "none", .example = "relay"},
    TURNS_ROWS(peer_draft, turns),
    {0},
};

static const key_row FLOW_ROWS[] = {
    {"flow", KEY_FIELD(KEY_PAIR, traffic_draft, flow), .required = true, .of_group = true,
     .about = "Messages go from the first node to the second", .example = "laptop -> server"},
    {"at", KEY_FIELD(KEY_DURATION, traffic_draft, traffic.at_ns), .max = SCENARIO_DAY_NS,
     .about = "When the flow begins", .otherwise = "when its connection is up for the first time",
     .example = "1s"},
    {"key", KEY_FIELD(KEY_INTEGER, traffic_draft, traffic.key), .max = INT64_MAX,
     .about = "The ordering key of the messages", .otherwise = "one that no other entry has", .example = "1"},
    {"stream", KEY_FIELD(KEY_CHOICE, traffic_draft, traffic.stream), .choices = SCENARIO_BOOLEANS,
     .about = "Messages go on a user stream, which is lost with its connection", .otherwise = "false",
     .example = "true"},
    TURNS_ROWS(traffic_draft, turns),
    {0},
};

static const key_row SEND_ROWS[] = {
    {"send", KEY_FIELD(KEY_SIZE, traffic_draft, traffic.message_bytes), .min = MESSAGE_BYTES_MIN,
     .max = MESSAGE_BYTES_MAX, .about = "The size of a message", .example = "400B"},
    {"every", KEY_FIELD(KEY_DURATION, traffic_draft, traffic.every_ns), .required = true,
     .min = MESSAGE_EVERY_MIN_NS, .max = SCENARIO_DAY_NS, .about = "The time between two messages",
     .example = "20ms"},
    {"until", KEY_FIELD(KEY_DURATION, traffic_draft, traffic.until_ns), .max = SCENARIO_DAY_NS,
     .about = "When the flow ends", .otherwise = "a tenth of the duration, at most 2s, before the end",
     .example = "10s"},
    {0},
};

static const key_row BULK_ROWS[] = {
    {"bulk", KEY_FIELD(KEY_SIZE, traffic_draft, traffic.total_bytes), .min = MESSAGE_BYTES_MIN,
     .max = SCENARIO_SIZE_MAX_BYTES, .about = "How many bytes the flow has", .example = "4MB"},
    {"message", KEY_FIELD(KEY_SIZE, traffic_draft, traffic.message_bytes), .min = MESSAGE_BYTES_MIN,
     .max = MESSAGE_BYTES_MAX, .about = "The size of a message", .otherwise = "16KiB", .example = "16KiB"},
    {0},
};

static const key_row REQUEST_ROWS[] = {
    {"request", KEY_FIELD(KEY_SIZE, traffic_draft, traffic.message_bytes), .min = MESSAGE_BYTES_MIN,
     .max = MESSAGE_BYTES_MAX, .about = "The size of a request", .example = "400B"},
    {"response", KEY_FIELD(KEY_SIZE, traffic_draft, response_bytes), .required = true,
     .min = PAYLOAD_HEADER_BYTES, .max = MESSAGE_BYTES_MAX, .about = "The size of the response",
     .example = "20kB"},
    {"think", KEY_FIELD(KEY_DURATION, traffic_draft, traffic.think_ns), .max = SCENARIO_DAY_NS,
     .about = "The time from a response to the next request", .otherwise = "0s", .example = "100ms"},
    {"until", KEY_FIELD(KEY_DURATION, traffic_draft, traffic.until_ns), .max = SCENARIO_DAY_NS,
     .about = "When the flow ends", .otherwise = "a tenth of the duration, at most 2s, before the end",
     .example = "10s"},
    {0},
};

static const key_row RATE_ROWS[] = {
    {"rate", KEY_FIELD(KEY_RATE, traffic_draft, rate_bps), .min = SCENARIO_RATE_MIN_BPS,
     .max = SCENARIO_RATE_MAX_BPS, .about = "The constant bit rate of the flow", .example = "2Mbps"},
    {"message", KEY_FIELD(KEY_SIZE, traffic_draft, traffic.message_bytes), .min = MESSAGE_BYTES_MIN,
     .max = MESSAGE_BYTES_MAX, .about = "The size of a message", .otherwise = "1200B", .example = "1200B"},
    {"until", KEY_FIELD(KEY_DURATION, traffic_draft, traffic.until_ns), .max = SCENARIO_DAY_NS,
     .about = "When the flow ends", .otherwise = "a tenth of the duration, at most 2s, before the end",
     .example = "10s"},
    {0},
};

/* By the key that says which it is. */
static const struct shape {
    const key_row *rows;
    scenario_traffic_kind kind;
    uint64_t message_bytes; /* by default */
    bool measured;
} SHAPES[] = {
    {SEND_ROWS, SCENARIO_SEND, 0, false},
    {BULK_ROWS, SCENARIO_BULK, 16384, false},
    {REQUEST_ROWS, SCENARIO_REQUEST, 0, true},
    {RATE_ROWS, SCENARIO_SEND, 1200, true},
};

enum { SHAPE_COUNT = sizeof(SHAPES) / sizeof(SHAPES[0]) };

bool scenario_traffic_table(size_t index, key_table *table)
{
    if (index < SHAPE_COUNT)
        *table = (key_table){FLOW_ROWS, SHAPES[index].rows, SHAPES[index].rows[0].name};
    return index < SHAPE_COUNT;
}

const key_table SCENARIO_PEER_TABLE = {PEER_ROWS, NULL, "a peer"};

static bool before_end(scenario_reader *reader, const tree_node *map, uint64_t at_ns)
{
    const tree_node *const at = tree_get(map, "at");
    const tree_node *const turns = scenario_turns_key(map);
    char text[UNITS_TEXT_MAX];
    if ((at || turns) && reader->scenario->duration_ns > 0 && at_ns >= reader->scenario->duration_ns) {
        scenario_fault(reader, (at ? at : turns)->place,
                       "%s is not before the end of the scenario (duration)",
                       turns ? units_format(UNITS_DURATION, at_ns, text) : at->text);
        return false;
    }
    return true;
}

/* --- peers --- */

static bool read_peer(scenario_reader *reader, const tree_node *entry, peer_draft *draft)
{
    draft->dial = (key_pair){SCENARIO_NONE, SCENARIO_NONE};
    if (entry->kind == TREE_SCALAR)
        return scenario_read_pair(reader, entry, &draft->dial);
    if (!scenario_read_kind(reader, entry, TREE_MAP, "a peer", "laptop -> server") ||
        !scenario_read_map(reader, entry, (key_table){PEER_ROWS, NULL, "a peer"}, draft))
        return false;
    draft->peer.turns = scenario_member_turns(reader, entry, &draft->turns);
    draft->peer.at_ns += scenario_member_delay(entry, &draft->turns);
    return before_end(reader, entry, draft->peer.at_ns);
}

static void add_peer(scenario_reader *reader, const tree_node *entry, scenario_peer *peers)
{
    scenario *const whole = reader->scenario;
    peer_draft draft = {
        .peer = {
            .place = entry->place, .via = SCENARIO_NONE, .group = entry->group, .member = entry->member}};
    const bool good = read_peer(reader, entry, &draft);
    const uint32_t from = draft.dial.from;
    const uint32_t to = draft.dial.to;
    if (from == SCENARIO_NONE || to == SCENARIO_NONE || from == to) {
        reader->peers_unsure = true;
        return;
    }
    if (whole->nodes[from].attacker || whole->nodes[to].attacker) {
        scenario_fault(reader, entry->place, "'%s' is an attacker, which has no endpoint and no peers",
                       whole->nodes[whole->nodes[from].attacker ? from : to].name);
        return;
    }
    if (!scenario_check_host(reader, entry->place, from, "dials nobody"))
        return;
    if (whole->nodes[to].behind || whole->nodes[from].behind) {
        const scenario_node *const server = &whole->nodes[whole->nodes[to].behind ? to : from];
        scenario_fault(reader, entry->place, "'%s' is a server behind '%s', which its clients dial: -> %s",
                       server->name, server->behind->name, server->behind->name);
        return;
    }
    const uint32_t earlier = scenario_peer_index(whole, from, to);
    if (earlier != SCENARIO_NONE && good) {
        scenario_fault(reader, entry->place, "'%s' and '%s' are peers already, since line %u",
                       whole->nodes[from].name, whole->nodes[to].name, whole->peers[earlier].place.line);
    }
    if (earlier != SCENARIO_NONE)
        return;
    if (good && whole->nodes[to].listen == 0) {
        scenario_fault(reader, entry->place, "node '%s' does not listen: give it for example listen: 4433",
                       whole->nodes[to].name);
    }
    if (good)
        (void)scenario_check_via(reader, tree_get(entry, "via"), draft.peer.via, draft.dial);
    const tree_node *const via = tree_get(entry, "via");
    draft.peer.relays = via ? via->group : NULL;
    draft.peer.dialer = from;
    draft.peer.acceptor = to;
    peers[whole->peer_count] = draft.peer;
    scenario_lookup_add_peer(reader, (uint32_t)whole->peer_count++);
}

static const key_row *peer_rows(const tree_node *entry)
{
    (void)entry;
    return PEER_ROWS;
}

void scenario_peers_read(scenario_reader *reader, const tree_node *section)
{
    if (!scenario_read_kind(reader, section, TREE_LIST, "a list of peers", "[laptop -> server]")) {
        reader->peers_unsure = true;
        return;
    }
    size_t count;
    scenario_members *const entries = scenario_members_new(reader, section, peer_rows, &count);
    scenario_peer *const peers = entries ? scenario_arena_alloc(reader->arena, count, sizeof(*peers)) : NULL;
    if (!peers || !scenario_lookup_peers(reader, count)) {
        reader->peers_unsure = true;
        return;
    }
    reader->scenario->peers = peers;
    for (const tree_node *entry; (entry = scenario_members_next(entries));)
        if (scenario_member_told(reader, entry))
            reader->peers_unsure = true;
        else
            add_peer(reader, entry, peers);
}

bool scenario_check_via(scenario_reader *reader, const tree_node *value, uint32_t via, key_pair pair)
{
    const scenario *const whole = reader->scenario;
    const uint32_t to = pair.to;
    if (via == SCENARIO_NONE || (whole->nodes[via].relay_to == to && via != pair.from))
        return true;
    if (via == pair.from) {
        scenario_fault(reader, value->place, "'%s' is its own relay: name another node that relays to '%s'",
                       whole->nodes[via].name, whole->nodes[to].name);
    } else if (whole->nodes[via].relay_to == SCENARIO_NONE) {
        scenario_fault(reader, value->place, "'%s' is no relay: give it for example relay: %s",
                       whole->nodes[via].name, whole->nodes[to].name);
    } else {
        scenario_fault(reader, value->place, "'%s' relays to '%s', not to '%s'", whole->nodes[via].name,
                       whole->nodes[whole->nodes[via].relay_to].name, whole->nodes[to].name);
    }
    return false;
}

uint32_t scenario_peer_of_pair(scenario_reader *reader, const tree_node *value, key_pair pair)
{
    const scenario *const whole = reader->scenario;
    if (pair.from == SCENARIO_NONE || pair.to == SCENARIO_NONE || pair.from == pair.to)
        return SCENARIO_NONE;
    const uint32_t peer = scenario_peer_index(whole, pair.from, pair.to);
    if (peer == SCENARIO_NONE && !reader->peers_unsure) {
        scenario_fault(reader, value->place, "'%s' and '%s' are no peers: add '%s -> %s' under peers",
                       whole->nodes[pair.from].name, whole->nodes[pair.to].name, whole->nodes[pair.from].name,
                       whole->nodes[pair.to].name);
    }
    return peer;
}

/* --- traffic --- */

/* The last message of a bulk is what is left. The number of the flow is in the header, which is short in
 * short messages. */
static bool check_shortest(scenario_reader *reader, const tree_node *entry, const scenario_traffic *traffic)
{
    const tree_node *const bulk = tree_get(entry, "bulk");
    const uint64_t rest = traffic->total_bytes % traffic->message_bytes;
    const uint64_t shortest = rest > 0 ? rest : traffic->message_bytes;
    if (bulk && shortest < MESSAGE_BYTES_MIN) {
        scenario_fault(reader, bulk->place,
                       "bulk: %s in messages of %lluB leaves %lluB for the last one: at least %dB",
                       bulk->text, (unsigned long long)traffic->message_bytes, (unsigned long long)shortest,
                       MESSAGE_BYTES_MIN);
        return false;
    }
    if (shortest < PAYLOAD_HEADER_BYTES && reader->scenario->traffic_count > PAYLOAD_SHORT_TRAFFIC_MAX) {
        scenario_fault(reader, entry->place,
                       "only the first %u entries of traffic can have messages shorter than %dB",
                       PAYLOAD_SHORT_TRAFFIC_MAX + 1, PAYLOAD_HEADER_BYTES);
        return false;
    }
    return true;
}

const char *scenario_traffic_name(scenario_traffic_kind kind)
{
    static const char *const NAMES[] = {[SCENARIO_SEND] = "send",
                                        [SCENARIO_BULK] = "bulk",
                                        [SCENARIO_REQUEST] = "request",
                                        [SCENARIO_RESPONSE] = "response"};
    return NAMES[kind];
}

/* The one that the entry's keys name; NULL with a fault reported. */
static const struct shape *find_shape(scenario_reader *reader, const tree_node *entry)
{
    const struct shape *found = NULL;
    size_t count = 0;
    for (size_t i = 0; i < SHAPE_COUNT; i++) {
        if (!tree_get(entry, SHAPES[i].rows[0].name))
            continue;
        found = &SHAPES[i];
        count++;
    }
    if (count == 1)
        return found;
    scenario_fault(
        reader, entry->place,
        "traffic needs one of 'send', 'bulk', 'request' and 'rate': write for example {flow: laptop "
        "-> server, send: 400B, every: 20ms}");
    return NULL;
}

/* A message each time that the rate has brought so many bytes, to the nearest nanosecond. */
static bool read_rate(scenario_reader *reader, const tree_node *entry, traffic_draft *draft)
{
    const uint64_t bits_ns = draft->traffic.message_bytes * 8 * SCENARIO_SECOND_NS;
    draft->traffic.every_ns = (bits_ns + draft->rate_bps / 2) / draft->rate_bps;
    if (draft->traffic.every_ns >= MESSAGE_EVERY_MIN_NS)
        return true;
    scenario_fault(reader, tree_get(entry, "rate")->place,
                   "rate: %s in messages of %lluB is more than one each microsecond",
                   tree_get(entry, "rate")->text, (unsigned long long)draft->traffic.message_bytes);
    return false;
}

static bool read_flow(scenario_reader *reader, const tree_node *entry, traffic_draft *draft)
{
    const struct shape *const shape = find_shape(reader, entry);
    if (!shape)
        return false;
    draft->traffic.kind = shape->kind;
    draft->traffic.message_bytes = shape->message_bytes;
    draft->traffic.measured = shape->measured;
    draft->traffic.with_connection = !tree_get(entry, "at") && !scenario_turns_key(entry);
    const key_table table = {FLOW_ROWS, shape->rows, "traffic"};
    bool good = scenario_read_map(reader, entry, table, draft);
    good = good && (draft->rate_bps == 0 || read_rate(reader, entry, draft));
    draft->traffic.turns = scenario_member_turns(reader, entry, &draft->turns);
    draft->traffic.at_ns += scenario_member_delay(entry, &draft->turns);
    good = good && before_end(reader, entry, draft->traffic.at_ns);
    const tree_node *const until = tree_get(entry, "until");
    if (good && until && draft->traffic.until_ns <= draft->traffic.at_ns) {
        scenario_fault(reader, until->place, "until %s: not after its start", until->text);
        good = false;
    }
    return good && check_shortest(reader, entry, &draft->traffic);
}

/* The responses stand behind all entries of the file, so that those have their numbers. False: out of memory.
 */
static bool add_responses(scenario_reader *reader, scenario_traffic **traffic, const uint64_t *bytes,
                          bool **by_default)
{
    scenario *const whole = reader->scenario;
    const size_t count = whole->traffic_count;
    size_t requests = 0;
    for (size_t i = 0; i < count; i++)
        requests += (*traffic)[i].kind == SCENARIO_REQUEST;
    if (requests == 0)
        return true;
    scenario_traffic *const all = scenario_arena_alloc(reader->arena, count + requests, sizeof(*all));
    bool *const defaults = scenario_arena_alloc(reader->arena, count + requests, sizeof(*defaults));
    if (!all || !defaults)
        return false;
    memcpy(all, *traffic, count * sizeof(*all));
    memcpy(defaults, *by_default, count * sizeof(*defaults));
    for (size_t i = 0; i < count; i++) {
        if (all[i].kind != SCENARIO_REQUEST)
            continue;
        scenario_traffic *const response = &all[whole->traffic_count];
        *response = all[i];
        response->kind = SCENARIO_RESPONSE;
        response->from = all[i].to;
        response->to = all[i].from;
        response->message_bytes = bytes[i];
        response->other = (uint32_t)i;
        all[i].other = (uint32_t)whole->traffic_count;
        defaults[whole->traffic_count++] = defaults[i];
    }
    *traffic = all;
    *by_default = defaults;
    whole->traffic = all;
    return true;
}

/* By default each flow has a key of its own: its number, or, if an entry asks for that key, a number that
 * none has. */
static void fill_keys(scenario_reader *reader, scenario_traffic *traffic, const bool *by_default,
                      size_t count)
{
    bool *const taken = scenario_arena_alloc(reader->arena, 2 * count, sizeof(*taken));
    uint64_t spare = count;
    for (size_t i = 0; taken && i < count; i++)
        if (!by_default[i] && traffic[i].key < 2 * count)
            taken[traffic[i].key] = true;
    for (size_t i = 0; taken && i < count; i++) {
        if (!by_default[i])
            continue;
        while (taken[i] && taken[spare])
            spare++;
        traffic[i].key = taken[i] ? spare++ : i;
    }
}

static const key_row *flow_rows(const tree_node *entry)
{
    (void)entry;
    return FLOW_ROWS;
}

/* A node lets another have so many user streams open at once. */
static void check_streams(scenario_reader *reader, const scenario_traffic *traffic, size_t count)
{
    const scenario *const whole = reader->scenario;
    uint32_t *const counts = scenario_arena_alloc(reader->arena, 2 * whole->peer_count, sizeof(*counts));
    for (size_t i = 0; counts && i < count; i++) {
        if (!traffic[i].stream || traffic[i].peer == SCENARIO_NONE)
            continue;
        const bool dialled = whole->peers[traffic[i].peer].dialer == traffic[i].from;
        if (++counts[2 * traffic[i].peer + dialled] == STREAMS_MAX + 1)
            scenario_fault(reader, traffic[i].place, "more than %d entries with streams go from '%s' to '%s'",
                           STREAMS_MAX, whole->nodes[traffic[i].from].name, whole->nodes[traffic[i].to].name);
    }
}

void scenario_traffic_read(scenario_reader *reader, const tree_node *section)
{
    scenario *const whole = reader->scenario;
    if (!scenario_read_kind(reader, section, TREE_LIST, "a list of traffic",
                            "- {flow: laptop -> server, send: 400B, every: 20ms}"))
        return;
    size_t count;
    scenario_members *const entries = scenario_members_new(reader, section, flow_rows, &count);
    if (!entries)
        return;
    scenario_traffic *traffic = scenario_arena_alloc(reader->arena, count, sizeof(*traffic));
    bool *by_default = scenario_arena_alloc(reader->arena, count, sizeof(*by_default));
    uint64_t *const responses = scenario_arena_alloc(reader->arena, count, sizeof(*responses));
    if (!traffic || !by_default || !responses)
        return;
    whole->traffic = traffic;
    for (const tree_node *entry; (entry = scenario_members_next(entries));) {
        traffic_draft draft = {.traffic = {.place = entry->place,
                                           .until_ns = SCENARIO_NEVER,
                                           .other = SCENARIO_NONE,
                                           .group = entry->group,
                                           .member = entry->member},
                               .flow = {SCENARIO_NONE, SCENARIO_NONE}};
        if (scenario_member_told(reader, entry) ||
            !scenario_read_kind(reader, entry, TREE_MAP, "traffic",
                                "{flow: laptop -> server, send: 400B, every: 20ms}"))
            continue;
        read_flow(reader, entry, &draft);
        const tree_node *const flow = tree_get(entry, "flow");
        draft.traffic.peer = flow ? scenario_peer_of_pair(reader, flow, draft.flow) : SCENARIO_NONE;
        draft.traffic.from = draft.flow.from;
        draft.traffic.to = draft.flow.to;
        by_default[whole->traffic_count] = !tree_get(entry, "key");
        responses[whole->traffic_count] = draft.response_bytes;
        traffic[whole->traffic_count++] = draft.traffic;
    }
    if (!add_responses(reader, &traffic, responses, &by_default))
        return;
    scenario_lookup_flows(reader);
    fill_keys(reader, traffic, by_default, whole->traffic_count);
    check_streams(reader, traffic, whole->traffic_count);
}
