/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/quic.h"

#include <inttypes.h>

#define FIELD(type, member) KEY_FIELD(type, scenario_node, member)

enum { IDS_MAX = 8 };

static const key_choice CONGESTIONS[] = {
    {"cubic", ROAM_CONGESTION_CUBIC}, {"reno", ROAM_CONGESTION_RENO}, {"bbr", ROAM_CONGESTION_BBR}, {0}};

const key_row SCENARIO_QUIC_ROWS[] = {
    [SCENARIO_QUIC_ACTIVE_CONNECTION_ID_LIMIT] = {"active_connection_id_limit",
                                                  FIELD(KEY_INTEGER, active_connection_id_limit), .min = 2,
                                                  .max = IDS_MAX, .example = "8"},
    [SCENARIO_QUIC_CONGESTION] = {"congestion", FIELD(KEY_CHOICE, quic.congestion), .choices = CONGESTIONS,
                                  .example = "reno"},
    [SCENARIO_QUIC_KEYS] = {0},
};

void scenario_quic_default(scenario_node *node)
{
    node->active_connection_id_limit = 8;
    roam_quic_options_default(&node->quic);
}

void scenario_quic_read(scenario_reader *reader, const tree_node *entry, scenario_node *node)
{
    const tree_node *const map = tree_get(entry, "quic");
    const key_table table = {SCENARIO_QUIC_ROWS, NULL, "quic"};
    if (!map || !scenario_read_kind(reader, map, TREE_MAP, "the keys of QUIC", "{congestion: reno}"))
        return;
    (void)scenario_read_map(reader, map, table, node);
    for (uint32_t key = 0; key < SCENARIO_QUIC_KEYS; key++)
        if (tree_get(map, SCENARIO_QUIC_ROWS[key].name))
            node->quic_written |= 1u << key;
}

static void explain_value(const key_row *row, uint64_t value, FILE *stream)
{
    char text[UNITS_TEXT_MAX];
    if (row->type == KEY_CHOICE)
        fprintf(stream, "%s", key_choice_name(row->choices, (uint32_t)value));
    else if (row->type == KEY_INTEGER)
        fprintf(stream, "%" PRIu64, value);
    else
        fprintf(stream, "%s", units_format(key_units(row->type), value, text));
}

void scenario_quic_explain(const scenario_node *node, FILE *stream)
{
    const char *before = ", quic ";
    for (uint32_t key = 0; key < SCENARIO_QUIC_KEYS; key++) {
        const key_row *const row = &SCENARIO_QUIC_ROWS[key];
        if (!(node->quic_written >> key & 1))
            continue;
        fprintf(stream, "%s%s ", before, row->name);
        explain_value(row, key_load(row, node), stream);
        before = ", ";
    }
}
