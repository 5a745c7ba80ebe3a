/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_RULES_TESTS_PROBING_TRACES_H
#define SIM_VERDICT_RULES_TESTS_PROBING_TRACES_H

/* Fixture: runs with path validation, and alterations of what is in them of it. */

#include "sim/verdict/rules/tests/stories.h"
#include "sim/verdict/rules/tests/trace.h"

#define TRACE_MS UINT64_C(1000000)

/* A laptop tries for 3 s to move from Wi-Fi to cellular at 1 s, where all is lost. */
extern const char TRACE_LOST[];
/* Likewise, nine times, for 900 ms from each second on. */
extern const char TRACE_CALLS[];
/* Likewise, but what the laptop sends there arrives; the server has much to send. */
extern const char TRACE_UNANSWERED[];
/* A NAT moves the laptop to another address at 1 s; it sends little. */
extern const char TRACE_REBIND[];
/* Likewise, but it sends a message each 3 ms. */
extern const char TRACE_DENSE[];
/* Calls whose time ends before the answer comes, each 60 ms. */
extern const char TRACE_IMPATIENT[];
/* For 200 ms from 1 s on, the laptop's datagrams come from the address of another. */
extern const char TRACE_SPOOFED[];
/* The laptop moves from IPv6 to IPv4 at 1 s, to another address of the server; the time is short. */
extern const char TRACE_FAMILY[];

/* The data of the nth PATH_CHALLENGE (from 0) that the side sends; and the item with it. */
uint64_t trace_data(trace *self, dissect_side sender, size_t nth);
size_t trace_index(trace *self, dissect_side sender, size_t nth);
/* In all frames, other data in place of that. */
void trace_redraw(trace *self, uint64_t from, uint64_t to);
/* Takes all frames with that data out, and puts PADDING where a packet has no others. */
void trace_forget(trace *self, const uint8_t data[8]);
/* A packet as that one, sent at that time under a number and with data of its own; it does not arrive. */
trace_item *trace_challenge_again(trace *self, const trace_item *item, uint64_t at_ns);
/* After that challenge of a server, nothing comes to it but from the address that it challenges. */
void trace_silence(trace *self, const trace_item *challenge);

#endif
