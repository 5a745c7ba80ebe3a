/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_CAPTURE_H
#define SIM_RECORD_CAPTURE_H

/*
 * packets.pcapng of a world: one interface a host side of a network, named "laptop/wifi", with every datagram
 * that leaves or enters the host there, and the secrets of TLS. What is dropped on the way has left its host:
 * it shows there, and the drop in events.jsonl.
 *
 * Beside it packets-NODE.pcapng, a file a host: what that host saw, and the secrets of its connections.
 *
 * Wireshark 4.0 finds the TLS of a QUIC connection by addresses, and reads each byte of it once. Where a NAT
 * gives the two ends different addresses, the answer of the accepting end has to be read at the dialling end
 * first. So packets.pcapng has a datagram with a long header of the accepting end after its arrival, though
 * with the time at which it left; everything else stands in the order of time.
 *
 * A packet with which an endpoint breaks a rule of RFC 9000 has a comment that says so: "laptop breaks
 * challenge-padded (RFC 9000 section 8.2.1): a datagram with PATH_CHALLENGE has 57 bytes". A rule that is
 * broken by what an endpoint does not do is told of the packet with which that shows.
 *
 * Other comments tell what happens, and begin with a word of capture_words.h: challenges and responses, the
 * first packet of a path, and, on the next packet of the file, what has none: entries of the timeline, NATs,
 * drops, milestones of migrations, events of endpoints. Each line is a comment of its own.
 */

#include "sim/record/recorder.h"
#include "sim/record/witness.h"
#include "sim/tap/observer.h"
#include "sim/wire/pcapng.h"

typedef struct capture capture;

/* As pcapng_open, for a path that ends in ".pcapng"; the scenario must outlive the capture. */
ROAM_CHECKED int capture_open(const char *path, const scenario *scenario, capture **out, char *message);
/* Whose breaches of rules the comments tell: a witness that is shown each packet before the capture, and is
 * there as long as packets are. */
void capture_witness(capture *capture, const witness *witness);
observer capture_observer(capture *capture);
/* What comments tell besides packets: for a world, before the observer above, and for its recorder. Without
 * them the comments are of packets alone. */
observer capture_events_observer(capture *capture);
recorder_milestones capture_milestones(capture *capture);
/* Finishes and frees, as pcapng_close. An error on the way comes out here. NULL is fine. */
ROAM_CHECKED int capture_close(capture *capture, char *message);

#endif
