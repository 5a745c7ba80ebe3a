/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An access link: one attachment of a host to a network, whatever addresses the host has there. An ns-3 link
 * carries its frames to the internet core and back; taps, blackholes and the mtu are at its ends.
 */
#ifndef SIM_NET_ACCESS_H
#define SIM_NET_ACCESS_H

#include "sim/net/impair.h"
#include "sim/ns3/ns3.h"
#include "sim/scenario/event.h"
#include "sim/tap/observer_set.h"
#include "sim/wire/icmp.h"
#include "sim/wire/ip.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct access_link access_link;

/* What the timeline may change. Value. */
typedef struct access_state {
    scenario_link up; /* from the host */
    scenario_link down;
    scenario_mtu mtu;
    bool is_down; /* nothing passes, the address stays */
    bool blackhole_up;
    bool blackhole_down;
    impair *faults_up; /* must outlive the link; NULL: none ever */
    impair *faults_down;
} access_state;

/* The outlet through which packets return from the faults of a link to that link. */
extern const impair_outlet ACCESS_OUTLET;

/* An ICMP error came out at the host's end, about a datagram of that host. Valid during the call. */
typedef void access_error_fn(void *ctx, const icmp_error *error, uint64_t now_ns);
/* A frame is longer than the mtu, and is dropped after the call. */
typedef void access_too_big_fn(void *ctx, n3_frame *frame, uint32_t mtu, uint64_t now_ns);

/* A frame came out of the link at the core's end. Takes the frame. */
typedef void access_forward_fn(void *ctx, access_link *link, n3_frame *frame, uint64_t now_ns);
/* A datagram came out at the host's end, correct and to an address of the host there. Valid during the call.
 */
typedef void access_deliver_fn(void *ctx, const ip_datagram *datagram, uint64_t now_ns);

typedef struct access_options {
    n3_world *n3;
    n3_node *host;
    n3_node *core;
    const observer_set *observers; /* these, and error, must outlive the link */
    run_error *error;              /* set when memory runs out; NULL: none */
    uint32_t node;                 /* scenario indices */
    uint32_t network;
    uint32_t attachment; /* the node's attachments to that network, from 0; picks the random streams */
    const char *node_name;
    const char *network_name;
    scenario_link_type type;
    n3_medium *medium;    /* which hosts share; NULL for a plain pipe and p2p */
    bool owns_medium;     /* the medium is a queue of this link alone, and follows its state */
    uint64_t distance_mm; /* wifi: at the node's first attachment there */
    access_state state;
    access_forward_fn *forward;
    void *forward_ctx;
    access_deliver_fn *deliver;
    access_error_fn *deliver_error;
    void *deliver_ctx;
    /* The network has icmp: the address of its router, which a frame that is longer than a silent mtu gets to
     * before it is dropped. Family NONE: it has not. */
    roam_addr router;
    access_too_big_fn *too_big; /* called with deliver_ctx */
    const bool *suspended;      /* the host is; NULL: it never is */
} access_options;

/* Errors: those of n3_link_new, as n3_status. */
ROAM_CHECKED int access_new(const access_options *options, access_link **out);

/* Frees the link; no frame may come out of it any more (the simulator is not run again). */
void access_free(access_link *link);

uint32_t access_network(const access_link *link); /* scenario index */
bool access_is_attached(const access_link *link);
roam_addr access_router(const access_link *link); /* as in the options */

/*
 * Address and link are gone, for good. What had left the link's queue still arrives at the core; all else,
 * both ways, is dropped when its time comes.
 */
void access_detach(access_link *link, uint64_t now_ns);

/* wifi: the host walks. Errors: those of n3_medium_walk. */
ROAM_CHECKED int access_walk(access_link *link, uint64_t to_mm, uint64_t over_ns);
/* wifi: how far the host is from the access point. 0 on other links. */
uint64_t access_distance_mm(const access_link *link);

/* The host sends the datagram that is in frame. Takes the frame. 0, also when it is dropped on the way;
 * ROAM_ERR_ADAPTER when the host itself refuses it: detached, or longer than an mtu that is not silent. */
int access_send_up(access_link *link, n3_frame *frame, const ip_datagram *datagram, uint64_t now_ns);

/* The host has tried to send from an address that it has not any more: shown, and dropped. Takes the frame.
 * ROAM_ERR_ADAPTER. */
int access_refuse_up(access_link *link, n3_frame *frame, const ip_datagram *datagram, uint64_t now_ns);

/* As access_send_up, of a datagram that an attacker on that host has made: the tap says so. */
int access_forge_up(access_link *link, n3_frame *frame, const ip_datagram *datagram, uint64_t now_ns);

/* The core sends a frame to the host. Takes the frame. */
void access_send_down(access_link *link, n3_frame *frame, uint64_t now_ns);

/* Shows a frame as dropped, in the direction given, and frees it. */
void access_drop(access_link *link, n3_frame *frame, bool up, observer_drop reason, uint64_t now_ns);

/* From now on; what is on its way as n3_device_set says. Errors: those of n3_device_set. */
ROAM_CHECKED int access_set(access_link *link, const access_state *state);

/* Nothing begins to be sent over the link before that time; packets wait in its queue. Errors: those of
 * n3_device_hold, as n3_status. */
ROAM_CHECKED int access_hold(access_link *link, scenario_direction ways, uint64_t until_ns);

/* Of one direction; packets = delivered + dropped_* + those on their way or lost to a detach. */
typedef struct access_counts {
    uint64_t packets;
    uint64_t bytes;
    uint64_t delivered;
    uint64_t dropped_queue;
    uint64_t dropped_loss;
    uint64_t dropped_down;
    uint64_t dropped_medium;
    uint64_t dropped_blackhole;
    uint64_t dropped_fault;
    uint64_t dropped_partition; /* up */
    uint64_t dropped_mtu;       /* up, by the router; what is dropped at the entry is not counted */
    uint64_t dropped_checksum;  /* delivered damaged */
    uint64_t copied;            /* duplicates, counted under packets too */
    uint64_t held;              /* held back to be overtaken */
    uint64_t corrupted;
    uint64_t ecn_marked;
    uint64_t ecn_bleached;
    uint32_t queue_peak;
} access_counts;

/* Adds the link's counts to *counts; of queue_peak the greater is kept. */
void access_count(const access_link *link, bool up, access_counts *counts);

#endif
