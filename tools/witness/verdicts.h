/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The witness of RFC 9000 (sim/verdict/rules) on a capture, and which ends of each connection it can judge.
 *
 * A capture shows what an endpoint received only where it was made at the host of that endpoint: by the
 * direction of its packets, or because both addresses are loopback addresses, or because the caller says so.
 * Such an end is judged by all rules. Of an end elsewhere, datagrams may have been lost on either side of the
 * capture, and come at other times; it is judged by the rules alone that look at one datagram by itself.
 *
 * A connection is judged as long as all of it is in the capture: to the first packet that cannot be read, or
 * that is acknowledged and not there.
 */
#ifndef TOOLS_WITNESS_VERDICTS_H
#define TOOLS_WITNESS_VERDICTS_H

#include "sim/verdict/rules/rules.h"
#include "tools/witness/sightings.h"

#define VERDICTS_CONNECTIONS_MAX 1024 /* those after them are not judged */
#define VERDICTS_WHY_MAX 128

/* Where the capture was made. */
typedef enum verdicts_at {
    VERDICTS_AT_FOUND, /* as its packets show */
    VERDICTS_AT_CLIENT,
    VERDICTS_AT_SERVER,
    VERDICTS_AT_BOTH
} verdicts_at;

/* What an end is judged by. */
typedef enum verdicts_scope {
    VERDICTS_NOTHING, /* nothing of the connection was given, or it is beyond the bound */
    VERDICTS_BY_DATAGRAMS,
    VERDICTS_AT_HOST
} verdicts_scope;

/* "nothing", "its datagrams alone", "all that passes at its host" */
const char *verdicts_scope_name(verdicts_scope scope);

typedef struct verdicts verdicts;

ROAM_CHECKED int verdicts_new(verdicts_at at, verdicts **out); /* ROAM_ERR_NO_MEMORY */
void verdicts_free(verdicts *verdicts);                        /* NULL is fine */

/* The next datagram of the capture. The view in it is not valid afterwards. */
void verdicts_take(verdicts *verdicts, sightings *from, const sighting *seen);

/* ROAM_ERR_NO_MEMORY: the verdicts are not to be trusted. */
ROAM_CHECKED int verdicts_finish(verdicts *verdicts);

verdicts_scope verdicts_scope_of(const verdicts *verdicts, uint32_t connection, dissect_side side);

/* Why it was judged to some time only; NULL: it was judged to its end. *until_ns is that time, since 1970. */
const char *verdicts_ended(const verdicts *verdicts, uint32_t connection, uint64_t *until_ns);

/* What came of a rule at an end: not exercised, where the end cannot be judged by it. Times of the violation
 * are those of verdicts_time. */
rules_outcome verdicts_outcome(const verdicts *verdicts, uint32_t connection, dissect_side side,
                               rules_rule rule);

/* A time of the witness, in ns since 1970. */
uint64_t verdicts_time(const verdicts *verdicts, uint64_t at_ns);

/* Connections that were not judged, being too many. */
uint32_t verdicts_left_out(const verdicts *verdicts);

#endif
