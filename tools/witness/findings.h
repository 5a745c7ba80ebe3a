/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What roam dissect has to say of a capture, and how it is said. */
#ifndef TOOLS_WITNESS_FINDINGS_H
#define TOOLS_WITNESS_FINDINGS_H

#include "tools/witness/connections.h"
#include "tools/witness/verdicts.h"

typedef struct findings {
    const char *path;
    const sightings *seen;
    const connections *all;
    const verdicts *verdicts;
    bool excepted[RULES_COUNT]; /* to break these is no failure */
    bool all_rules;             /* those that hold are to be told, too */
    uint64_t first_ns, last_ns; /* of the datagrams; CONNECTION_NEVER and 0 without any */
} findings;

/* False: out of memory. */
ROAM_CHECKED bool findings_print(const findings *found, FILE *stream);
ROAM_CHECKED bool findings_print_json(const findings *found, FILE *stream);

/* What came of a rule at both ends of a connection. */
typedef struct findings_rule {
    rules_outcome at[2];   /* by dissect_side */
    rules_verdict verdict; /* the worse */
} findings_rule;

findings_rule findings_rule_of(const findings *found, uint32_t index, rules_rule rule);

/* A rule is broken that is not excepted. */
bool findings_broken(const findings *found);

/* What of a connection was judged, and the rules. False: out of memory. */
ROAM_CHECKED bool findings_print_rules(const findings *found, const connection *of, FILE *stream);

/* Where the time of each validation of a path went. */
void findings_print_parts(const findings *found, const connection *of, FILE *stream);

/* "TLS_AES_128_GCM_SHA256", or NULL. */
const char *findings_cipher_name(uint16_t suite);

#endif
