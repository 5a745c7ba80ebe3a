/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_HELP_H
#define TOOLS_CLI_HELP_H

/* What --help prints: made from what a command says of itself. */

#include "tools/cli/command.h"

#include <stdio.h>

void help_print(const command_row *of, FILE *out);

enum { HELP_TITLE_MAX = 128 };

/* "--set KEY=VALUE", "-o, --output FILE", and of rows that share a text all, with commas. Returns the row
 * that has the text. */
const option_row *help_option_title(const option_row *row, char title[HELP_TITLE_MAX]);

#endif
