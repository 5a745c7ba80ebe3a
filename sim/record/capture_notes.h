/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_CAPTURE_NOTES_H
#define SIM_RECORD_CAPTURE_NOTES_H

/*
 * What happens beside packets, as comments that wait for the next packet of a file: entries of the timeline,
 * what NATs did, milestones and results of migrations, events of endpoints, datagrams that were dropped. Each
 * line has its own time, because the packet may come later. The file of a host has what is about that host,
 * or about no host at all once the host has had a packet.
 */

#include "sim/record/capture_text.h"
#include "sim/record/recorder.h"
#include "sim/tap/observer.h"

typedef struct capture_notes capture_notes;

/* NULL: out of memory. The scenario must outlive it. */
capture_notes *capture_notes_new(const scenario *whole);
void capture_notes_free(capture_notes *self); /* NULL is fine */

/* All but packets; valid while it is. */
observer capture_notes_observer(capture_notes *self);
recorder_milestones capture_notes_milestones(capture_notes *self);

/* A packet that leaves its host, by which a drop of it can be told later. */
void capture_notes_sent(capture_notes *self, const observer_packet *packet, uint64_t now_ns);
void capture_notes_dropped(capture_notes *self, const observer_packet *packet, uint64_t now_ns);

/* Takes what waits for a packet of packets.pcapng, or of the file of the host, for this one. It adds to text.
 * False: out of memory, now or before. */
ROAM_CHECKED bool capture_notes_take(capture_notes *self, capture_text *text);
ROAM_CHECKED bool capture_notes_take_host(capture_notes *self, uint32_t node, capture_text *text);

#endif
