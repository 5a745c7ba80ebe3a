/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_COMPARE_TEXT_H
#define TOOLS_COMPARE_TEXT_H

/* The words that all outputs of a comparison share. */

#include "tools/cli/replay_command.h"
#include "tools/compare/report.h"

enum { COMPARE_TEXT_MAX = 2048 };

const char *compare_kind_name(compare_kind kind); /* "passed", "known fault", ... */
const char *compare_kind_letter(compare_kind kind);

/* Failed, crashed or could not be run. */
bool compare_kind_is_bad(compare_kind kind);

/* "failed", "failed, 3 of 10 runs", "failed, all 10 runs". Returns text, as all of the following do. */
const char *compare_cell_verdict(const compare_cell *cell, char text[COMPARE_TEXT_MAX]);
/* "73.002 ms", "40.000 ms, of a rebind", or "" without any. */
const char *compare_cell_validation(const compare_cell *cell, char text[COMPARE_TEXT_MAX]);
/* "scenario", "scenario[KEY=VALUE]" */
const char *compare_row_name(const compare_row *row, char text[COMPARE_TEXT_MAX]);
/* "seed 7, networks.wifi.delay=5ms: failed", and how many more. */
const char *compare_story_title(const compare_story *story, char text[COMPARE_TEXT_MAX]);
/* "response-once (MUST, 9000:8.2.2/3): laptop (client, quinn) at 2.100 s, packet 14: what was seen" */
const char *compare_rule_sentence(const compare_column *column, const compare_rule *rule,
                                  char text[COMPARE_TEXT_MAX]);
/* "expected TEXT; measured TEXT", "unsupported: TEXT; measured TEXT" */
const char *compare_reason_sentence(const compare_reason *reason, char text[COMPARE_TEXT_MAX]);
/* The command that repeats the first run of a story. */
const char *compare_story_command(const compare_row *row, const compare_column *column,
                                  const compare_story *story, char text[REPLAY_COMMAND_MAX]);
/* "85 scenarios, 5 columns: 400 passed, 3 known faults, ..." */
const char *compare_summary(const compare_report *report, char text[COMPARE_TEXT_MAX]);

#endif
