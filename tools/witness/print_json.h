/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was judged of a capture, as JSON. New references; NULL: out of memory. */
#ifndef TOOLS_WITNESS_PRINT_JSON_H
#define TOOLS_WITNESS_PRINT_JSON_H

#include "tools/witness/findings.h"

#include <jansson.h>

/* The rules of the whole capture, each with the endpoints that could have broken it: as rules[] of
 * summary.json, with addresses in place of nodes, and times since 1970. */
json_t *findings_rules_json(const findings *found);

/* What of a connection was judged. */
json_t *findings_judged_json(const findings *found, const connection *of);

#endif
