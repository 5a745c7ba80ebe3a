/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_WITNESS_H
#define SIM_RECORD_WITNESS_H

/*
 * The witness of RFC 9000 (sim/verdict/rules) in a world: it is given what the taps at the ends of
 * connections see. Datagrams that pass a relay on their way, and what attackers send, are nobody's.
 */

#include "sim/record/passage.h"
#include "sim/tap/observer.h"
#include "sim/verdict/rules/rules.h"

typedef struct witness witness;

/* scenario must outlive the witness. ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int witness_new(const scenario *scenario, witness **out);
void witness_free(witness *witness); /* NULL is fine */

/* To give to a world; valid while the witness is. */
observer witness_observer(witness *witness);

#define WITNESS_BREACHES 8

/* A rule that the packet which was shown last breaks. */
typedef struct witness_breach {
    rules_rule rule;
    uint32_t connection; /* as in witness_finding, as are the next two */
    uint32_t node, other;
    bool first; /* of this rule by that endpoint */
    char text[RULES_TEXT_MAX];
} witness_breach;

/* Of the packet that was shown last; for observers that come after the witness. A MAY that is declined is
 * none. Of one packet the first WITNESS_BREACHES. Valid until the next packet. */
const witness_breach *witness_breaches(const witness *witness, size_t *count);

/* Clients' Initial packets, repeated ones among them, that began connections beyond the limit of the
 * dissector: of these connections the witness saw nothing else, and what it says of the run is not all. 0: it
 * saw all. */
uint64_t witness_unread(const witness *witness);

/* ROAM_ERR_NO_MEMORY: the verdicts are not to be trusted. Before what follows. */
ROAM_CHECKED int witness_finish(witness *witness);

#define WITNESS_ENDPOINTS 8

/* What came of a rule at one endpoint of a connection; never "not exercised". */
typedef struct witness_finding {
    uint32_t connection; /* from 0, in order of the first Initial in the run */
    dissect_side side;
    uint32_t node;  /* that endpoint */
    uint32_t other; /* at the other end; SCENARIO_NONE: it never sent */
    rules_outcome outcome;
} witness_finding;

/* What came of a rule in the whole run. */
typedef struct witness_rule {
    rules_verdict verdict; /* of the endpoints', the worst */
    uint64_t exercised;    /* as in rules_outcome, of all endpoints */
    uint64_t broken;
    uint32_t endpoints; /* of a connection, that could have broken it */
    uint32_t endpoints_broken;
    uint64_t first_ns; /* the first violation; ROAM_NEVER: none */
    /* Some of the endpoints in order of the connections, those that broke it before all others; and the one
     * with the first violation, if there is one. */
    uint32_t finding_count;
    witness_finding findings[WITNESS_ENDPOINTS];
    witness_finding first;
} witness_rule;

/* What the node sent the other in all, on all connections between them: sums, of packet_size the last one. */
rules_facts witness_facts(const witness *witness, uint32_t node, uint32_t other);

/* Of expectations of the scenario: passage_frames, passage_marks_of, passage_way_of. */
uint64_t witness_frames(const witness *witness, const scenario_expectation *expectation);
passage_marks witness_marks(const witness *witness, const scenario_expectation *expectation);
passage_way witness_way(const witness *witness, const scenario_expectation *expectation);

/* RULES_COUNT of them, by rule. Valid until the witness is freed. */
const witness_rule *witness_rules(const witness *witness);

#endif
