/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/quic.h"

#include "sim/scenario/preferred.h"

#define FIELD(type, member) KEY_FIELD(type, scenario_node, member)

/* The limits of core/roam.h and core/roam_quic.h. */
enum { IDS_MAX = 8, WINDOW_MAX = 65536, ACK_DELAY_MAX_MS = 16383, ACK_EVERY_MAX = 65536 };

static const key_choice CONGESTIONS[] = {
    {"cubic", ROAM_CONGESTION_CUBIC}, {"reno", ROAM_CONGESTION_RENO}, {"bbr", ROAM_CONGESTION_BBR}, {0}};

#define ROW(key, name, ...) [SCENARIO_QUIC_##key] = {name, __VA_ARGS__}
#define DAY_LIMITS .min = SCENARIO_MILLISECOND_NS, .max = SCENARIO_DAY_NS

const key_row SCENARIO_QUIC_ROWS[] = {
    ROW(ACTIVE_CONNECTION_ID_LIMIT, "active_connection_id_limit",
        FIELD(KEY_INTEGER, active_connection_id_limit), .min = 2, .max = IDS_MAX,
        .about = "How many connection IDs of its peer the node keeps (RFC 9000 section 5.1.1)",
        .otherwise = "8", .example = "8"),
    ROW(CONGESTION, "congestion", FIELD(KEY_CHOICE, quic.congestion), .choices = CONGESTIONS,
        .about = "The congestion control", .otherwise = "cubic", .example = "reno"),
    ROW(INITIAL_WINDOW, "initial_window", FIELD(KEY_PACKETS, quic.initial_window), .min = 2,
        .max = WINDOW_MAX,
        .about = "The congestion window with which each path begins, in packets of the size in use there",
        .otherwise = "that of RFC 9002", .example = "32pkt"),
    ROW(PMTUD, "pmtud", FIELD(KEY_CHOICE, quic.pmtud), .choices = SCENARIO_BOOLEANS,
        .about =
            "Whether packets grow beyond 1200 bytes where a path takes larger ones (RFC 9000 section 14.3)",
        .otherwise = "true", .example = "false"),
    ROW(ECN, "ecn", FIELD(KEY_CHOICE, quic.ecn), .choices = SCENARIO_BOOLEANS,
        .about = "Whether packets are marked ECT(0), and marks of the peer's packets are reported (RFC 9000 "
                 "section 13.4)",
        .otherwise = "true", .example = "false"),
    ROW(MAX_IDLE, "max_idle", FIELD(KEY_DURATION, idle_timeout_ns), .max = SCENARIO_DAY_NS,
        .about = "The transport parameter max_idle_timeout, in whole milliseconds; 0s: none",
        .otherwise = "300s", .example = "30s"),
    ROW(MAX_ACK_DELAY, "max_ack_delay", FIELD(KEY_DURATION, quic.max_ack_delay_ns),
        .max = ACK_DELAY_MAX_MS * SCENARIO_MILLISECOND_NS,
        .about = "The transport parameter of that name, in whole milliseconds", .otherwise = "25ms",
        .example = "25ms"),
    ROW(ACK_DELAY_EXPONENT, "ack_delay_exponent", FIELD(KEY_INTEGER, quic.ack_delay_exponent), .max = 20,
        .about = "The transport parameter of that name", .otherwise = "3", .example = "3"),
    ROW(ACK_EVERY, "ack_every", FIELD(KEY_INTEGER, quic.ack_every), .min = 1, .max = ACK_EVERY_MAX,
        .about = "So many ack-eliciting packets are acknowledged at once (RFC 9000 section 13.2.2)",
        .otherwise = "2", .example = "10"),
    ROW(ROTATE_CONNECTION_IDS, "rotate_connection_ids", FIELD(KEY_DURATION, quic.rotate_connection_ids_ns),
        DAY_LIMITS,
        .about = "How often packets change to another connection ID of the peer (RFC 9000 section 5.1.2)",
        .otherwise = "none", .example = "10s"),
    ROW(RETIRE_CONNECTION_IDS, "retire_connection_ids", FIELD(KEY_DURATION, quic.retire_connection_ids_ns),
        DAY_LIMITS,
        .about = "How often the node issues new connection IDs and has the peer retire all earlier ones",
        .otherwise = "none", .example = "10s"),
    ROW(PREFERRED_ADDRESS, "preferred_address", KEY_OTHER, 0, 0,
        .about =
            "The networks with the addresses that clients are to move to (RFC 9000 section 9.6), one or two",
        .otherwise = "none", .example = "unicast", .schema = SCENARIO_PREFERRED_SCHEMA),
    ROW(IGNORE_PREFERRED_ADDRESS, "ignore_preferred_address",
        FIELD(KEY_CHOICE, quic.ignore_preferred_address), .choices = SCENARIO_BOOLEANS,
        .about = "Whether the client stays where it has dialled", .otherwise = "false", .example = "true"),
    [SCENARIO_QUIC_KEYS] = {0},
};

void scenario_quic_default(scenario_node *node)
{
    node->active_connection_id_limit = 8;
    node->idle_timeout_ns = 300000 * SCENARIO_MILLISECOND_NS;
    node->preferred[SCENARIO_IPV4] = node->preferred[SCENARIO_IPV6] = SCENARIO_NONE;
    roam_quic_options_default(&node->quic);
}

/* Transport parameters count milliseconds (RFC 9000 section 18.2). */
static void check_milliseconds(scenario_reader *reader, const tree_node *value, uint64_t ns)
{
    if (value && ns % SCENARIO_MILLISECOND_NS != 0)
        scenario_fault(reader, value->place, "%s: '%.40s' is not of whole milliseconds", value->key,
                       value->text);
}

static void check(scenario_reader *reader, const tree_node *entry, const tree_node *map,
                  const scenario_node *node)
{
    const tree_node *const max_idle = tree_get(map, "max_idle");
    check_milliseconds(reader, max_idle, node->idle_timeout_ns);
    check_milliseconds(reader, tree_get(map, "max_ack_delay"), node->quic.max_ack_delay_ns);
    if (max_idle && tree_get(entry, "idle_timeout")) {
        scenario_fault(reader, max_idle->key_place,
                       "'max_idle' and 'idle_timeout' are one setting: leave one of them out");
    }
    if (node->attacker) {
        scenario_fault(reader, map->key_place, "'%s' is an attacker, which has no endpoint for 'quic'",
                       node->name);
    }
}

void scenario_quic_read(scenario_reader *reader, const tree_node *entry, scenario_node *node)
{
    const tree_node *const map = tree_get(entry, "quic");
    const key_table table = {SCENARIO_QUIC_ROWS, NULL, "quic"};
    if (!map || !scenario_read_kind(reader, map, TREE_MAP, "the keys of QUIC", "quic: {congestion: reno}"))
        return;
    if (scenario_read_map(reader, map, table, node))
        check(reader, entry, map, node);
    for (uint32_t key = 0; key < SCENARIO_QUIC_KEYS; key++)
        if (tree_get(map, SCENARIO_QUIC_ROWS[key].name))
            node->quic_written |= 1u << key;
}

void scenario_quic_explain(const scenario_node *node, FILE *stream)
{
    const char *before = ", quic ";
    char text[UNITS_TEXT_MAX];
    for (uint32_t key = 0; key < SCENARIO_QUIC_KEYS; key++) {
        const key_row *const row = &SCENARIO_QUIC_ROWS[key];
        if (!(node->quic_written >> key & 1) || row->type == KEY_OTHER)
            continue;
        fprintf(stream, "%s%s %s", before, row->name, scenario_explain_value(row, key_load(row, node), text));
        before = ", ";
    }
}
