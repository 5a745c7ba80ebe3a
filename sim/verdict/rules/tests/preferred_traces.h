/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_RULES_TESTS_PREFERRED_TRACES_H
#define SIM_VERDICT_RULES_TESTS_PREFERRED_TRACES_H

/*
 * Fixture: traces of connections with a preferred address, which no run has. They are made of runs in which
 * the laptop moves to cellular (stories.h): either both stay where they are and the server's preferred
 * address takes the place of cellular, or the laptop moves and challenges both addresses of the server from
 * cellular. Packets keep their time and number, and most of their frames; each end uses a path as RFC 9000
 * section 9.6 has it.
 */

#include "sim/verdict/rules/tests/trace.h"

typedef enum preferred_story {
    PREFERRED_IS_NAMED, /* the run as it was, and a preferred address in the parameters */
    PREFERRED_FROM_HOME,
    PREFERRED_WHILE_MOVING
} preferred_story;

/* Addresses of the connection. */
typedef struct preferred_places {
    roam_addr home, away;          /* of the laptop, on Wi-Fi and on cellular */
    roam_addr original, preferred; /* of the server */
} preferred_places;

trace preferred_trace(const char *text, preferred_story story, preferred_places *places);

/* The packet goes between these addresses, under that connection ID of its receiver, sent and arrived. */
void preferred_reroute(trace *self, const trace_item *item, const roam_addr *client, const roam_addr *server,
                       uint64_t sequence);
/* The peer never acknowledges the packet: it is in no ACK any more. */
void preferred_unack(trace *self, const trace_item *item);

/* The client's packets to the preferred address, and back, go from another port, which places->away has from
 * then on. */
void preferred_other_port(trace *self, preferred_places *places);

/* The nth (from 0) packet with data of that side that leaves from at_ns on between these addresses. */
trace_item *preferred_find(trace *self, dissect_side sender, const roam_addr *client, const roam_addr *server,
                           uint64_t at_ns, size_t nth);

#endif
