/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/internal.h"

static const key_row GATE_ROWS[] = {
    {"validation", KEY_FIELD(KEY_DURATION, scenario_gate, validation_ns), .min = 1, .max = SCENARIO_DAY_NS,
     .about = "A validation that grew by less is no regression", .otherwise = "1ms", .example = "1ms"},
    {"rebind", KEY_FIELD(KEY_DURATION, scenario_gate, rebind_ns), .min = 1, .max = SCENARIO_DAY_NS,
     .about = "The validation of a rebind that grew by less is no regression", .otherwise = "1ms",
     .example = "1ms"},
    {"gap", KEY_FIELD(KEY_DURATION, scenario_gate, gap_ns), .min = 1, .max = SCENARIO_DAY_NS,
     .about = "A gap that grew by less is no regression", .otherwise = "1ms", .example = "20ms"},
    {"detect", KEY_FIELD(KEY_DURATION, scenario_gate, detect_ns), .min = 1, .max = SCENARIO_DAY_NS,
     .about = "A baseline has as many seeds as show a validation that takes so much longer",
     .example = "5ms"},
    {"seeds", KEY_FIELD(KEY_INTEGER, scenario_gate, seeds), .min = 1, .max = 100000,
     .about = "How many seeds a baseline has at most",
     .otherwise = "3 where nothing depends on the seed, else 200 or what detect needs", .example = "200"},
    {0},
};

const key_table SCENARIO_GATE_TABLE = {GATE_ROWS, NULL, "gate"};

const scenario_gate SCENARIO_GATE_DEFAULT = {.validation_ns = SCENARIO_MILLISECOND_NS,
                                             .rebind_ns = SCENARIO_MILLISECOND_NS,
                                             .gap_ns = SCENARIO_MILLISECOND_NS};

void scenario_gate_read(scenario_reader *reader, const tree_node *section)
{
    if (scenario_read_kind(reader, section, TREE_MAP, "tolerances", "{validation: 1ms}"))
        (void)scenario_read_map(reader, section, (key_table){GATE_ROWS, NULL, "gate"},
                                &reader->scenario->gate);
}
