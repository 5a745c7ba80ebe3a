/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why an entry of the timeline, or a dial of the peers, is not carried out: it meets a state of the world
 * that does not permit it. That is no fault (fault.h): the refusal is recorded, and the run goes on.
 *
 * Functions that carry out entries return 0, a refusal (positive), or a world_error_code (negative).
 */
#ifndef SIM_REFUSAL_H
#define SIM_REFUSAL_H

#include "core/roam.h"
#include "sim/fault.h"

typedef enum refusal {
    REFUSAL_NONE,
    /* Statuses of the core and of host_open, see roam.h. */
    REFUSAL_NOT_CONNECTED,
    REFUSAL_NO_CONN,
    REFUSAL_EXISTS,
    REFUSAL_ADDRESS_NOT_LOCAL,
    REFUSAL_ADDRESS_IN_USE,
    REFUSAL_ADDRESS_REFUSED,
    REFUSAL_NO_ROUTE,
    REFUSAL_FAMILY,
    REFUSAL_LIMIT,
    /* States of the world. */
    REFUSAL_STOPPED,
    REFUSAL_NO_RELAY,
    REFUSAL_NO_BINDING,
    REFUSAL_ATTACHED,
    REFUSAL_NOT_ATTACHED,
    REFUSAL_NO_ADDRESS
} refusal;

const char *refusal_name(refusal why);     /* "no_conn", ...; "" for NONE */
const char *refusal_sentence(refusal why); /* for people; never NULL */

/* What a status of the core or of host_open means for the entry: 0, a refusal, or a world_error_code, with
 * the text in the fault ("NODE: WHAT: ..."), when no state of the world explains it. */
ROAM_CHECKED int refusal_or_fault(fault_latch *fault, const char *node, const char *what, int status);

/* The more serious of two results: a world_error_code before a refusal before 0; of equals the first. */
int refusal_worse(int first, int second);

#endif
