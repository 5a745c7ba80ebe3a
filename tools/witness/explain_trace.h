/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WITNESS_EXPLAIN_TRACE_H
#define TOOLS_WITNESS_EXPLAIN_TRACE_H

/*
 * The packets of a run: what each datagram holds, each way that it went from one host to the next, and how
 * that way ended. packets.pcapng says what left a host and what came to one; the two are the same datagram
 * when their UDP payloads are equal. Drops come from events.jsonl, by the hash of the payload.
 */

#include "sim/wire/dissect.h"
#include "tools/witness/explain_run.h"

/* In place of a frame type. */
#define EXPLAIN_UNREADABLE 0xff /* value is the dissect_status */
#define EXPLAIN_RESET                                                                                        \
    0xfe /* Stateless Reset: value is the sequence number of the connection ID whose token it has */

/* A frame. */
typedef struct explain_frame {
    uint8_t type; /* dissect_frame_type, EXPLAIN_UNREADABLE or EXPLAIN_RESET */
    uint8_t packet_type;
    uint8_t data[8]; /* PATH_CHALLENGE, PATH_RESPONSE */
    bool fin;
    uint32_t len;    /* of its data; of PADDING, of the run */
    uint64_t number; /* of its packet */
    uint64_t value;  /* as dissect_frame.value; of the types about a stream, the stream ID */
    uint64_t extra;  /* offset, error code, or retire_prior_to */
} explain_frame;

typedef struct explain_datagram {
    uint64_t payload;    /* hash, as in events.jsonl */
    uint32_t bytes;      /* UDP payload */
    uint32_t connection; /* EXPLAIN_NONE: of none that is known */
    dissect_side sender;
    uint32_t first_frame, frame_count;
    uint32_t id; /* sequence number of the destination connection ID; EXPLAIN_NONE: not known */
} explain_datagram;

/* From one host to the next. */
typedef struct explain_hop {
    uint64_t sent_ns;
    uint64_t ended_ns;      /* arrived or dropped; EXPLAIN_NEVER: neither, the run ended */
    explain_place from, to; /* to: of one that did not arrive, where it was to go; EXPLAIN_NONE: not known */
    uint32_t datagram;
    uint32_t next;    /* the hop on which a relay sent it on; EXPLAIN_NONE: none */
    uint32_t path;    /* EXPLAIN_NONE: of no endpoint's */
    uint32_t drop;    /* EXPLAIN_NONE: not dropped */
    uint32_t comment; /* that the capture has on it; EXPLAIN_NONE: none */
    uint32_t copies;  /* that arrived besides the first */
    bool arrived;
    bool altered;    /* it arrived with other bytes */
    bool forged;     /* an attacker's */
    bool onward;     /* it is the next of another */
    bool unanswered; /* it arrived, with a PATH_CHALLENGE whose data no PATH_RESPONSE has */
    bool new_id;     /* its connection ID is another than that of the datagram before it on its path */
    bool first_data, last_data; /* on its path in its direction, before or after data on another */
    bool new_outside;           /* the far end sees the path under another address than before */
    bool old_path_check; /* the server's PATH_CHALLENGE on a path that data has left (RFC 9000 section 9.3.3)
                          */
    bool noted;          /* a rule was broken with it */
    roam_addr source, destination;           /* as it left */
    roam_addr seen_source, seen_destination; /* as it came */
} explain_hop;

typedef struct explain_connection {
    uint32_t client, server; /* nodes; EXPLAIN_NONE: not seen */
} explain_connection;

/* As the client sees it: its address, and the one that it sends to. */
typedef struct explain_path {
    uint32_t connection;
    explain_place place;
    roam_addr local, remote;
    roam_addr outside; /* the client as the far end has seen it last */
    uint32_t relay;    /* node; EXPLAIN_NONE: straight */
} explain_path;

typedef struct explain_trace {
    const explain_run *run;
    explain_frame *frames;
    size_t frame_count;
    explain_datagram *datagrams;
    size_t datagram_count;
    explain_hop *hops; /* in order of sending */
    size_t hop_count;
    explain_connection *connections;
    size_t connection_count;
    explain_path *paths;
    size_t path_count;
    char **comments;
    size_t comment_count;
    bool cut;    /* the capture ends within a block */
    bool failed; /* more connections than the dissector reads */
} explain_trace;

/* False: message (EXPLAIN_MESSAGE_MAX bytes) says why. Whatever it returns, explain_trace_fini frees. */
ROAM_CHECKED bool explain_trace_read(const explain_run *run, const char *path, explain_trace *trace,
                                     char *message);
void explain_trace_fini(explain_trace *trace);

/* Says of each hop which path it is on, and of each path when data moves (explain_paths.c). */
ROAM_CHECKED bool explain_trace_paths(explain_trace *trace);

/* Says which challenges of a server are to the path that its client has left (explain_follow.c). */
ROAM_CHECKED bool explain_trace_follow(explain_trace *trace);

/* The first hop that left at that time or later: hop_count when there is none. */
size_t explain_hop_at(const explain_trace *trace, uint64_t at_ns);
/* The last hop of the way that begins with this one. */
const explain_hop *explain_last_hop(const explain_trace *trace, const explain_hop *hop);
/* Whether a frame of that type is in the datagram. */
bool explain_holds(const explain_trace *trace, const explain_datagram *datagram, uint8_t type);
/* Whether it is a frame, and not in place of one. */
static inline bool explain_is_frame(uint8_t type)
{
    return type != EXPLAIN_UNREADABLE && type != EXPLAIN_RESET;
}
/* Whether it carries application data: STREAM or DATAGRAM. */
bool explain_holds_data(const explain_trace *trace, const explain_datagram *datagram);

#endif
