/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_RULES_PREFERRED_ADDRESS_H
#define SIM_VERDICT_RULES_PREFERRED_ADDRESS_H

/* What preferred_address.c and preferred_address_client.c share. */

#include "sim/verdict/rules/internal.h"

/* The server's, with a preferred address. NULL: it names none, or they are not known yet, or
 * nothing was sent or received before. */
const transport_parameters *preferred_parameters(const rules_event *event);

/* A client's packets, when its server has named a preferred address: one of any type that leaves, and a 1-RTT
 * packet that has come. */
void preferred_client_sent(const rules_event *event, const transport_parameters *said);
void preferred_client_received(const rules_event *event, const transport_parameters *said);

#endif
