/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fixture: what hosts of core/tests/net.h see of user streams. host->user is a streams_watcher, or begins
 * with one. */
#ifndef CORE_TESTS_STREAMS_H
#define CORE_TESTS_STREAMS_H

#include "core/roam.h"

enum { STREAMS_SEEN_MAX = 160 };

/* What a host saw of one stream. */
typedef struct streams_seen {
    int64_t id;
    char tag[ROAM_TAG_MAX + 1];
    size_t tag_len;
    uint8_t priority;
    uint64_t bytes, hash, first_ns, last_ns;
    int opened, fins, closed, resets;
} streams_seen;

typedef struct streams_watcher {
    streams_seen streams[STREAMS_SEEN_MAX];
    size_t count;
    size_t unknown; /* calls about a stream that was never opened */
    bool echo;      /* answers with the bytes that come, and fin with fin */
    bool reset_on_data;
} streams_watcher;

/* Accepts connections and watches streams. */
void streams_watch(roam_node_options *options);

/* What was seen of the stream; opened: it is new. */
streams_seen *streams_seen_of(streams_watcher *watcher, int64_t id, bool opened);

/* The hash of a stream that carried those bytes. */
uint64_t streams_hash(const uint8_t *data, size_t len);

#endif
