/* SPDX-License-Identifier: GPL-2.0-or-later */
/* background: cross traffic that is not QUIC. */
#include "sim/scenario/verb.h"

#include <inttypes.h>

enum { ENTRIES_MAX = 250, PACKET_MIN = 64, PACKET_BYTES = 1200 };

typedef struct background_draft {
    scenario_background background;
    scenario_direction direction;
} background_draft;

static const key_choice PATTERNS[] = {
    {"constant", SCENARIO_CONSTANT}, {"on-off", SCENARIO_ON_OFF}, {"poisson", SCENARIO_POISSON}, {0}};

#define FIELD(type, member) KEY_FIELD(type, background_draft, background.member)

static const key_row ROWS[] = {
    {"network", FIELD(KEY_NETWORK, network), .required = true, .about = "The network that the traffic passes",
     .example = "lte"},
    {"rate", FIELD(KEY_RATE, rate_bps), .required = true, .min = SCENARIO_RATE_MIN_BPS,
     .max = SCENARIO_RATE_MAX_BPS, .about = "The rate of whole packets; of on-off while it is busy",
     .example = "8Mbps"},
    {"direction", KEY_FIELD(KEY_CHOICE, background_draft, direction), .choices = SCENARIO_DIRECTIONS,
     .about = "Whether packets go up, down or both ways, a source each", .otherwise = "both",
     .example = "down"},
    {"pattern", FIELD(KEY_CHOICE, pattern), .choices = PATTERNS,
     .about = "How packets follow each other: evenly, in busy and idle times, or with random gaps",
     .otherwise = "constant", .example = "poisson"},
    {"busy", FIELD(KEY_DURATION, busy_ns), .min = 1000, .max = SCENARIO_DAY_NS,
     .about = "Of on-off: how long packets are sent", .otherwise = "1s", .example = "500ms"},
    {"idle", FIELD(KEY_DURATION, idle_ns), .min = 1000, .max = SCENARIO_DAY_NS,
     .about = "Of on-off: how long none are", .otherwise = "1s", .example = "1s"},
    {"packet", FIELD(KEY_SIZE, packet_bytes), .min = PACKET_MIN, .max = 65535,
     .about = "The size of a packet, IP header included", .otherwise = "1200B", .example = "1200B"},
    {"at", FIELD(KEY_DURATION, at_ns), .max = SCENARIO_DAY_NS, .about = "When the traffic begins",
     .otherwise = "0s", .example = "1s"},
    {"until", FIELD(KEY_DURATION, until_ns), .max = SCENARIO_DAY_NS, .about = "When the traffic ends",
     .otherwise = "the end", .example = "10s"},
    {0},
};

const key_table SCENARIO_BACKGROUND_TABLE = {ROWS, NULL, "background"};

const char *scenario_pattern_name(scenario_pattern pattern)
{
    return key_choice_name(PATTERNS, pattern);
}

static bool check_network(scenario_reader *reader, const tree_node *entry, const scenario_background *of)
{
    const scenario_network *const network = &reader->scenario->networks[of->network];
    const tree_node *const packet = tree_get(entry, "packet");
    if (!network->shared &&
        (network->link_type == SCENARIO_LINK_PIPE || network->link_type == SCENARIO_LINK_P2P)) {
        scenario_fault(reader, tree_get(entry, "network")->place,
                       "each node of '%s' has a link of its own, on which nobody else's traffic is: give it "
                       "shared: true, or link: csma or wifi",
                       network->name);
        return false;
    }
    if (of->packet_bytes > network->mtu) {
        scenario_fault(reader, (packet ? packet : entry)->place,
                       "packets of %" PRIu32 "B do not fit the mtu of '%s', %" PRIu32 "B", of->packet_bytes,
                       network->name, network->mtu);
        return false;
    }
    return true;
}

static bool check_times(scenario_reader *reader, const tree_node *entry, scenario_background *of)
{
    const tree_node *const at = tree_get(entry, "at");
    const tree_node *const until = tree_get(entry, "until");
    const uint64_t end_ns = reader->scenario->duration_ns;
    if (at && end_ns > 0 && of->at_ns >= end_ns) {
        scenario_fault(reader, at->place, "%s is not before the end of the scenario (duration)", at->text);
        return false;
    }
    if (of->until_ns == SCENARIO_NEVER || of->until_ns > end_ns)
        of->until_ns = end_ns;
    if (until && of->until_ns <= of->at_ns) {
        scenario_fault(reader, until->place, "until %s: not after its start", until->text);
        return false;
    }
    return true;
}

/* busy and idle are of on-off. */
static bool check_pattern(scenario_reader *reader, const tree_node *entry, const scenario_background *of)
{
    static const char *const KEYS[] = {"busy", "idle"};
    for (size_t i = 0; i < 2; i++) {
        const tree_node *const key = tree_get(entry, KEYS[i]);
        if (key && of->pattern != SCENARIO_ON_OFF) {
            scenario_fault(reader, key->key_place, "'%s' is of pattern: on-off", KEYS[i]);
            return false;
        }
    }
    return true;
}

/* In the mean; before any is sent. */
static bool check_packets(scenario_reader *reader, const tree_node *entry, const scenario_background *of)
{
    const uint64_t each_ns = (uint64_t)of->packet_bytes * 8 * SCENARIO_SECOND_NS / of->rate_bps;
    const uint64_t packets = (of->until_ns - of->at_ns) / (each_ns > 0 ? each_ns : 1);
    if (packets > SCENARIO_BACKGROUND_PACKETS_MAX) {
        scenario_fault(reader, tree_get(entry, "rate")->place,
                       "background of %" PRIu64 " packets: at most %d", packets,
                       SCENARIO_BACKGROUND_PACKETS_MAX);
        return false;
    }
    return true;
}

static void read_entry(scenario_reader *reader, const tree_node *entry, scenario_background *list)
{
    scenario *const whole = reader->scenario;
    background_draft draft = {.background = {.place = entry->place,
                                             .network = SCENARIO_NONE,
                                             .busy_ns = SCENARIO_SECOND_NS,
                                             .idle_ns = SCENARIO_SECOND_NS,
                                             .packet_bytes = PACKET_BYTES,
                                             .until_ns = SCENARIO_NEVER}};
    scenario_background *const of = &draft.background;
    if (!scenario_read_kind(reader, entry, TREE_MAP, "background", "{network: lte, rate: 8Mbps}") ||
        !scenario_read_map(reader, entry, SCENARIO_BACKGROUND_TABLE, &draft) ||
        !check_network(reader, entry, of) || !check_times(reader, entry, of) ||
        !check_pattern(reader, entry, of) || !check_packets(reader, entry, of))
        return;
    for (scenario_direction way = SCENARIO_UP; way <= SCENARIO_DOWN; way++) {
        if (draft.direction != SCENARIO_BOTH && draft.direction != way)
            continue;
        of->up = way == SCENARIO_UP;
        list[whole->background_count++] = *of;
    }
}

void scenario_background_read(scenario_reader *reader, const tree_node *section)
{
    const bool one = section->kind == TREE_MAP;
    if (!one && !scenario_read_kind(reader, section, TREE_LIST, "background, or a list of it",
                                    "{network: lte, rate: 8Mbps}"))
        return;
    if (!one && section->count > ENTRIES_MAX) {
        scenario_fault(reader, section->place, "%zu entries of background: at most %d", section->count,
                       ENTRIES_MAX);
        return;
    }
    scenario_background *const list =
        scenario_arena_alloc(reader->arena, 2 * (one ? 1 : section->count), sizeof(*list));
    if (!list)
        return;
    reader->scenario->background = list;
    if (one)
        read_entry(reader, section, list);
    for (const tree_node *entry = one ? NULL : section->first; entry; entry = entry->next)
        read_entry(reader, entry, list);
}

void scenario_explain_background(const scenario *whole, FILE *stream)
{
    for (size_t i = 0; i < whole->background_count; i++) {
        const scenario_background *const of = &whole->background[i];
        char rate[UNITS_TEXT_MAX];
        fprintf(stream, "  background of %s %s: %s %s in packets of %" PRIu32 "B",
                whole->networks[of->network].name, of->up ? "up" : "down",
                units_format(UNITS_RATE, of->rate_bps, rate), scenario_pattern_name(of->pattern),
                of->packet_bytes);
        if (of->pattern == SCENARIO_ON_OFF) {
            scenario_explain_time(stream, ", busy for ", of->busy_ns);
            scenario_explain_time(stream, ", idle for ", of->idle_ns);
        }
        scenario_explain_time(stream, ", from ", of->at_ns);
        scenario_explain_time(stream, " until ", of->until_ns);
        fprintf(stream, "\n");
    }
}
