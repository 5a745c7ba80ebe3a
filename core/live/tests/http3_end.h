/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A live node that speaks the raw protocol with HTTP/3 on it to an endpoint of another make, on the thread
 * of the test: it runs until it has what it was made for, its connection ended, or its patience did.
 */
#ifndef CORE_LIVE_TESTS_HTTP3_END_H
#define CORE_LIVE_TESTS_HTTP3_END_H

#include "core/live/live.h"
#include "core/live/tests/http3.h"

#include <uv.h>

#define HTTP3_SERVER_NAME "localhost" /* in its certificate, and as the peer that a client dials */

enum { HTTP3_EVENTS = ROAM_EVENT_KEY_PINNED + 1, HTTP3_MOVES_MAX = 8 };

typedef struct http3_end_options {
    bool accept;      /* serve content to a client; else get it from a server */
    const char *alpn; /* NULL: "h3" */
    roam_trust trust;
    const uint8_t *content; /* what is served, or must come; the caller's */
    size_t content_len;
    const char *path;       /* of the request */
    uint32_t moves;         /* a client's: migrations, each begun when another part of the content is there */
    roam_migrate_mode mode; /* of these */
    uint32_t path_changes;  /* a server's: most of the content is held back until so many have been seen */
} http3_end_options;

typedef struct http3_end {
    http3_end_options options;
    live_node *live;
    roam_identity *identity;
    uv_timer_t patience, trickle;
    bool timed_out;
    uint32_t events[HTTP3_EVENTS]; /* how many of each kind */
    uint64_t path_changed_ns[HTTP3_MOVES_MAX];
    roam_event last_down;
    roam_rebind_record last_rebind;
    roam_peer_id peer;
    roam_stream_id request;
    uint32_t opened_there;  /* streams, by the other end */
    http3_reader reader;    /* of the message received */
    bool received_all;      /* it ended */
    size_t received, wrong; /* bytes of content; those unlike what they should be */
    size_t sent;            /* bytes of content */
    uint32_t moves_begun, moves_done;
    roam_migration_record moves[HTTP3_MOVES_MAX];
    size_t received_at_move[HTTP3_MOVES_MAX]; /* when it was done */
} http3_end;

/* Asserts on failure. */
void http3_end_init(http3_end *self, const http3_end_options *options);
void http3_end_fini(http3_end *self);

/* Server: the address where it listens, on 127.0.0.1. */
roam_addr http3_end_listen(http3_end *self);
/* Client: dials that port of 127.0.0.1. Then both: returns when it is over. */
void http3_end_get(http3_end *self, uint16_t port);
void http3_end_serve(http3_end *self);

#endif
