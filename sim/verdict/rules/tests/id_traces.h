/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_RULES_TESTS_ID_TRACES_H
#define SIM_VERDICT_RULES_TESTS_ID_TRACES_H

/* Fixture: runs in which connection IDs are issued, used and retired, and alterations of that. */

#include "sim/verdict/rules/tests/trace.h"

/* Both ends issue the connection IDs 1 to 7 in the handshake. The client goes from 0 to 7 when it moves at 1
 * s, the server does so when it answers, and both retire 0 and issue 8: the server retires 3 s later. */
extern const char TRACE_ID_MOVE[];
/* Nobody moves. */
extern const char TRACE_ID_STAY[];

/* The frame that issues that sequence number, in a packet sent or arrived. NULL: another packet. */
dissect_frame *trace_issued(trace_item *item, dissect_side side, uint64_t sequence);
/* The first such frame. */
dissect_frame trace_issue_frame(trace *self, dissect_side side, uint64_t sequence);
/* A packet of that side with application data, the first at that time or later. */
trace_item *trace_data_packet(trace *self, dissect_side side, uint64_t at_ns);
/* That packet retires the other side's connection ID. */
void trace_retires(trace *self, dissect_side side, uint64_t at_ns, uint64_t sequence);
/* The packet is lost on its way. */
void trace_lose(trace *self, const trace_item *item);
/* The packet goes to another connection ID of the receiver. */
void trace_readdress(trace *self, const trace_item *item, const dissect_id *to);
/* Nothing is sent or comes after the item. */
void trace_cut_after(trace *self, const trace_item *item);

#endif
