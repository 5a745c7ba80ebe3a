/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dials a peer at several addresses (RFC 8305): host names are resolved, addresses of the two families take
 * turns, and every attempt_delay_ns, or at once when the network refuses the last one, one more handshake
 * begins. The first that completes stays.
 */
#ifndef CORE_LIVE_DIALER_H
#define CORE_LIVE_DIALER_H

#include "core/live/keys.h"
#include "core/live/resolve.h"

typedef struct live_dialer live_dialer;

typedef struct live_dialer_options {
    const char *name;               /* of the peer */
    const live_endpoint *endpoints; /* in the order of the user's preference */
    size_t endpoint_count;
    uint64_t attempt_delay_ns; /* RFC 8305 section 5; rounded up to milliseconds */
    /* One of the endpoints cannot be tried, and why; the others are. Optional. */
    void (*failed)(void *ctx, const char *endpoint, const char *why);
    void *ctx;
} live_dialer_options;

/* 250 ms. */
void live_dialer_options_default(live_dialer_options *options);

/* Before the loop runs, or on its thread; valid until live_node_free. What options point to must outlive it.
 * NO_MEMORY. */
ROAM_CHECKED int live_dialer_new(live_node *live, const live_dialer_options *options, live_dialer **out);

/* Dials, unless it does so already or the peer is connected. What comes of it are the peer's events; when no
 * endpoint could be tried, there is no event, and live_dialer_is_busy says so. The loop thread. */
void live_dialer_start(live_dialer *dialer);
/* It resolves or dials, or the peer is connected. */
bool live_dialer_is_busy(const live_dialer *dialer);
/* As live_node_options.unreachable tells: the next address is tried at once if it was one of ours. */
void live_dialer_unreachable(live_dialer *dialer, const roam_addr *remote);

#endif
