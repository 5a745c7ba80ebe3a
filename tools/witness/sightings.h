/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The UDP datagrams of a capture in the order of time, with what is inside their QUIC packets.
 *
 * A datagram may be in a capture twice: as its sender's host saw it and as its receiver's did (a capture of
 * roam, or of all interfaces of one machine). Then the first time it is sent, the second time it has arrived.
 * A capture made at one point of the way has it once, and that time counts for both.
 *
 * The file is read twice, so that all secrets in it are known before the first packet, unless it is a pipe.
 * Relays and attackers in such a capture send the same bytes on under other addresses.
 *
 * Packets are put in order within one second and SIGHTINGS_HELD_MAX of them; memory does not grow with the
 * file.
 */
#ifndef TOOLS_WITNESS_SIGHTINGS_H
#define TOOLS_WITNESS_SIGHTINGS_H

#include "sim/wire/capture_reader.h"
#include "sim/wire/dissect.h"
#include "sim/wire/link_layer.h"

#define SIGHTINGS_HELD_MAX 4096
#define SIGHTINGS_MESSAGE_MAX CAPTURE_MESSAGE_MAX

typedef enum sighting_at {
    SIGHTING_SENT,    /* where it was sent; whether it arrives is seen elsewhere in the capture */
    SIGHTING_ARRIVED, /* at its receiver */
    SIGHTING_BOTH     /* at one point of its way */
} sighting_at;

typedef struct sighting {
    uint64_t time_ns; /* since 1970-01-01T00:00:00Z */
    roam_addr source, destination;
    capture_direction direction; /* as the capture says */
    uint32_t interface;          /* index in the capture */
    /* Hash of the name of the host that the interface is of, where a capture of several hosts says so, as
     * roam's packets.pcapng does: "laptop" of "laptop/wifi". 0: it says nothing. */
    uint64_t host;
    bool may_be_fragmented; /* as link_layer.h says */
    sighting_at at;
    /* The same bytes were seen before in this place: a duplicate, of the network or of whoever replays. */
    bool again;
    /* A relay or an attacker passes it on: SENT, from there; ARRIVED, to there. They are known by sending
     * what another one sent before. */
    bool forwarded;
    /* ARRIVED, when it was seen to be sent: when, and under which addresses. Otherwise as above. */
    uint64_t sent_ns;
    roam_addr sent_source, sent_destination;
    const uint8_t *payload;
    size_t payload_len;
    size_t full_len; /* more than payload_len: the capture cut it, and its last packet cannot be opened */
    const dissect_view *view;
} sighting;

typedef struct sightings_counts {
    capture_summary capture;
    uint64_t packets[LINK_STATUSES]; /* of the capture, by what the link layer said of them */
    uint64_t joined;                 /* datagrams that segmentation offload made of several */
    uint64_t cut;                    /* datagrams of which the capture has a part */
    uint64_t secrets;                /* lines of key logs, in the file and beside it */
    bool twice; /* datagrams are in the capture where they are sent and where they arrive */
    /* Datagrams came in before they went out: the capture is of a host between the ends, or the clocks of
     * its hosts differ. */
    bool passing;
    bool whole_order; /* false: packets were out of order by more than could be put right */
} sightings_counts;

typedef struct sightings sightings;

/* keys: a file in SSLKEYLOGFILE format; NULL: none. Returns an exit status: COMMAND_OK, COMMAND_USAGE when a
 * file is missing or no capture, COMMAND_BROKEN; message (SIGHTINGS_MESSAGE_MAX bytes) names the reason. */
ROAM_CHECKED int sightings_open(const char *path, const char *keys, sightings **out, char *message);
void sightings_close(sightings *sightings); /* NULL is fine */

/* 1: *out is set, and valid until the next call. 0: there is no more. Negative: a capture_status. */
ROAM_CHECKED int sightings_next(sightings *sightings, sighting *out);

/* What its receiver can open of one that ARRIVED (dissect_arrival); for all others the view that it has. The
 * views of this datagram are valid until the next call, the one in `seen` until this. */
const dissect_view *sightings_arrival(sightings *sightings, const sighting *seen);
/* The receiver has got it: dissect_arrived. */
void sightings_arrived(sightings *sightings, const dissect_view *view);

void sightings_count(const sightings *sightings, sightings_counts *out);
const dissect *sightings_dissect(const sightings *sightings);

#endif
