/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the files of foreign: foreign.c has the endpoint, foreign_host.c what it may call, foreign_quic.c
 * what the node asks of a connection, foreign_events.c what the adapter tells of one, foreign_streams.c its
 * streams. */
#ifndef SIM_ENDPOINT_FOREIGN_INTERNAL_H
#define SIM_ENDPOINT_FOREIGN_INTERNAL_H

#include "core/map.h"
#include "core/tls/identity.h"
#include "sim/endpoint/call.h"
#include "sim/endpoint/foreign.h"

enum { FOREIGN_READ_BYTES = 16384, FOREIGN_MAX_DATAGRAM = 1452 };

/* Expiries at one time, after which an adapter is taken to ask for time without end: fewer than the node has
 * rounds in a step, so that the adapter is named before the node puts the deadline off. */
enum { FOREIGN_EXPIRIES_AT_ONCE = 32 };

typedef struct foreign_quic foreign_quic;

typedef struct foreign_event {
    foreign_quic *quic;
    roam_endpoint_event event;
} foreign_event;

struct roam_endpoint_host {
    foreign *self;
};

struct foreign {
    foreign_options options;
    roam_endpoint_calls calls;
    roam_endpoint_host host;
    core_quic_library quic_library;
    roam_node *node;
    const roam_node_options *node_options; /* the node's */
    core_random random;
    roam_endpoint *endpoint; /* NULL: not open */
    core_map connections;    /* by the adapter's pointer */
    foreign_quic *latest;    /* that was looked for there; NULL: none */
    foreign_quic *refused;   /* to be freed after the call */
    endpoint_call call;      /* under way, while function is set */
    foreign_event *events;   /* of the call, and of those before that wait */
    size_t event_at, event_count, event_capacity;
    size_t events_of_call;
    bool handling;
    char said[128]; /* the latest log() */
    bool failed;    /* a rule was broken: nothing is asked of the adapter any more */
    uint8_t *bytes; /* FOREIGN_READ_BYTES of what was read; NULL: nothing was so far */
};

struct foreign_quic {
    core_quic base;
    foreign *owner;
    roam_endpoint_connection *connection; /* the adapter's; key of the map */
    foreign_quic *next_refused;
    roam_addr local, remote; /* of the path in use */
    roam_addr rebind_from;   /* a rebind is under way, from there; family NONE: none is */
    bool established, over;  /* events that come once; over: CLOSED_EVENT came, handled or not */
    bool disables_migration;
    bool has_peer;
    bool acks_wait;    /* bytes that the library has taken count as acknowledged: to be told */
    bool streams_wait; /* some may have bytes that the library has not taken */
    bool wrote;        /* since the last flush */
    core_certificate peer;
    uint64_t begun_ns;
    uint64_t sent;                /* bytes of streams that had left when the library was last asked */
    uint64_t taken, acknowledged; /* bytes of streams; the second with REPORTS_ACKNOWLEDGED alone */
    uint64_t packets_received;
    uint64_t expired_ns;
    uint32_t expiries; /* at that time */
};

static inline foreign_quic *foreign_of(core_quic *base)
{
    return (foreign_quic *)base;
}

static inline const foreign_quic *foreign_of_const(const core_quic *base)
{
    return (const foreign_quic *)base;
}

/* ---- foreign.c ---- */

/* Around each call of the adapter; function: member of roam_endpoint_library. False: it must not be called.
 */
ROAM_CHECKED bool foreign_enter(foreign *self, const char *function);
/* The same where the time is at hand. */
ROAM_CHECKED bool foreign_enter_at(foreign *self, const char *function, uint64_t now_ns);
void foreign_leave(foreign *self);

/* The adapter broke a rule. function: where, when no call is under way; NULL: the call that is. */
__attribute__((format(printf, 3, 4))) void foreign_fault(foreign *self, const char *function,
                                                         const char *format, ...);

/* NULL: no memory, or the pointer is one that is known. */
foreign_quic *foreign_quic_new(foreign *self, roam_endpoint_connection *connection, const roam_addr *local,
                               const roam_addr *remote, bool dialled);
foreign_quic *foreign_find(foreign *self, const roam_endpoint_connection *connection);

/* False: no address. */
bool foreign_addr_from(const roam_endpoint_address *address, roam_addr *out);
roam_endpoint_address foreign_addr_to(const roam_addr *address);
roam_endpoint_datagram foreign_datagram_to(const roam_addr *local, const roam_datagram *datagram);
roam_endpoint_path foreign_path_to(const roam_addr *local, const roam_addr *remote);

/* ---- foreign_host.c ---- */
extern const roam_endpoint_calls foreign_host_calls;
/* Queues an event, also one that no adapter has told. */
void foreign_queue(foreign *self, foreign_quic *quic, const roam_endpoint_event *event);

/* ---- foreign_events.c ---- */
void foreign_handle(void *ctx);
/* What a handler asked for. */
void foreign_apply(foreign_quic *quic, core_reject reject);

/* ---- foreign_quic.c ---- */
extern const core_quic_methods foreign_quic_methods;
void foreign_statistics(const foreign_quic *quic, roam_endpoint_statistics *out);
/* Asks for the path in use. */
void foreign_refresh_path(foreign_quic *quic);
/* The connection has got a datagram at that address. */
void foreign_received(foreign_quic *quic, const roam_addr *local);

/* ---- foreign_streams.c ---- */
core_stream *foreign_stream(const foreign_quic *quic, int64_t id);
int foreign_stream_open(core_quic *base, bool bidirectional, core_stream **out);
int foreign_stream_append(core_quic *base, core_stream *stream, core_span head, core_span body);
void foreign_stream_finish(core_quic *base, core_stream *stream);
void foreign_stream_reset(core_quic *base, core_stream *stream);
/* Gives the library what waits, as far as it takes it. */
void foreign_stream_push(foreign_quic *quic, core_stream *stream);
void foreign_streams_push(foreign_quic *quic);
/* Reads what has come, up to limit bytes; 0: all. */
void foreign_stream_read(foreign_quic *quic, core_stream *stream, uint64_t limit);
/* Tells of bytes that count as acknowledged because the library has taken them. */
void foreign_streams_tell_taken(foreign_quic *quic);

#endif
