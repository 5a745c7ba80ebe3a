/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SHELLS_PAGE_H
#define TOOLS_SHELLS_PAGE_H

#include "tools/cli/command.h"

#include <stdio.h>

enum { PAGE_NAME_MAX = 64 };

/* "roam", "roam-run", "roam-endpoint-test": of the page, and of its file before ".1". */
void page_name(const command_row *of, char name[PAGE_NAME_MAX]);

/* The manual page of a command in mdoc, made of what --help says. */
void page_print(const command_row *of, FILE *out);

#endif
