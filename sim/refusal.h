/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why an entry of the timeline, or a dial of the peers, is not carried out: it meets a state of the world
 * that does not permit it. That is no fault (run_error.h): the refusal is recorded, and the run goes on.
 *
 * Functions that carry out entries return 0, a refusal (positive), or a run_error_code (negative).
 */
#ifndef SIM_REFUSAL_H
#define SIM_REFUSAL_H

#include "core/roam.h"
#include "sim/run_error.h"

/* Name, text for files, status of the core and of host_open (roam.h; 0: a state of the world), sentence for
 * people (NULL: roam_strerror). */
#define REFUSALS(X)                                                                                          \
    X(NOT_CONNECTED, "not_connected", ROAM_ERR_NOT_CONNECTED, NULL)                                          \
    X(NO_CONN, "no_conn", ROAM_ERR_NO_CONN, NULL)                                                            \
    X(EXISTS, "exists", ROAM_ERR_EXISTS, NULL)                                                               \
    X(ADDRESS_NOT_LOCAL, "address_not_local", ROAM_ERR_ADDRESS_NOT_LOCAL, NULL)                              \
    X(ADDRESS_IN_USE, "address_in_use", ROAM_ERR_ADDRESS_IN_USE, NULL)                                       \
    X(ADDRESS_REFUSED, "address_refused", ROAM_ERR_ADDRESS_REFUSED, NULL)                                    \
    X(NO_ROUTE, "no_route", ROAM_ERR_NO_ROUTE, NULL)                                                         \
    X(FAMILY, "family", ROAM_ERR_FAMILY, NULL)                                                               \
    X(LIMIT, "limit", ROAM_ERR_LIMIT, NULL)                                                                  \
    X(UNSUPPORTED, "unsupported", ROAM_ERR_UNSUPPORTED, "the QUIC library cannot do that")                   \
    X(STOPPED, "stopped", 0, "the node is stopped")                                                          \
    X(SUSPENDED, "suspended", 0, "the node is suspended")                                                    \
    X(NAT_STOPPED, "nat_stopped", 0, "the NAT is stopped by a restart")                                      \
    X(NO_RELAY, "no_relay", 0, "the relay has no address of that family")                                    \
    X(NO_BINDING, "no_binding", 0, "a NAT on the way has no binding to give")                                \
    X(ATTACHED, "attached", 0, "the node is on that network already")                                        \
    X(NOT_ATTACHED, "not_attached", 0, "the node is not on that network")                                    \
    X(NO_ADDRESS, "no_address", 0, "the network has no address left")

typedef enum refusal {
    REFUSAL_NONE,
#define REFUSAL_VALUE(name, text, status, sentence) REFUSAL_##name,
    REFUSALS(REFUSAL_VALUE)
#undef REFUSAL_VALUE
} refusal;

const char *refusal_name(refusal why);     /* "no_conn", ...; "" for NONE */
const char *refusal_sentence(refusal why); /* for people; never NULL */

/* What a status of the core or of host_open means for the entry: 0, a refusal, or a run_error_code, with
 * the text in the run_error ("NODE: WHAT: ..."), when no state of the world explains it. */
ROAM_CHECKED int refusal_or_error(run_error *error, const char *node, const char *what, int status);

/* The more serious of two results: a run_error_code before a refusal before 0; of equals the first. */
int refusal_worse(int first, int second);

#endif
