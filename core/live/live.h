/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A roam_node on Linux UDP sockets: a loop of libuv, CLOCK_MONOTONIC, getrandom.
 *
 * The loop runs on the thread that calls live_node_run, or on one that live_node_start makes. All callbacks
 * come on that thread, the loop thread, and there every function of roam.h may be called on live_node_core
 * as roam.h says; what it asks for is done before the loop sleeps again. Before the loop runs, the thread
 * that made the node counts as its loop thread.
 *
 * Functions marked "any thread" wait for the loop thread and refuse on it (ROAM_ERR_IN_CALLBACK). They
 * answer ROAM_ERR_WOULD_BLOCK when max_calls others wait already, and ROAM_ERR_NO_CONN once the loop ended.
 */
#ifndef CORE_LIVE_LIVE_H
#define CORE_LIVE_LIVE_H

#include "core/roam.h"
#include "core/roam_membership.h"

struct uv_loop_s;

typedef struct live_node live_node;

typedef struct live_node_options {
    /* As for roam_node_new, but callbacks.random, callbacks.open_adapter and user_data are set by
     * live_node_new: every callback gets the live_node as its user_data. */
    roam_node_options node;
    /* The node takes part in an overlay; copied. NULL: it does not. With advertise NONE the node advertises
     * an address at which it listens: the only one; with several, or when it listens at every address, the
     * one at which the first connection ends (on loopback as long as there is no other), and wherever that
     * connection moves to. */
    const roam_membership_options *membership;
    void *context;             /* for live_node_context */
    uint32_t max_calls;        /* calls of other threads that wait at once */
    uint32_t max_unsent_bytes; /* of an adapter while the kernel takes none; beyond it datagrams are lost */
    bool segmentation;         /* UDP_SEGMENT and UDP_GRO where the kernel has them */
    bool ecn;                  /* read and set ECN marks */
    /* ICMP reports that no socket listens at remote (ECONNREFUSED), or that remote is unreachable; handshakes
     * that wait for it end in the next step (roam_node_unreachable). The loop thread. Optional. */
    void (*unreachable)(live_node *live, const roam_addr *remote, int error, uint64_t now_ns);
} live_node_options;

/* The core's defaults; 64 calls, 256 KiB, segmentation and ECN. */
void live_node_options_default(live_node_options *options);

/* Errors: as roam_node_new and roam_membership_start; ADAPTER when the kernel has no descriptor left (errno
 * says why). */
ROAM_CHECKED int live_node_new(const live_node_options *options, live_node **out);

/* Ends a loop that live_node_start began, waits for other threads to come out of their calls, and frees the
 * node. Handles that its user put on the loop must be closing. IN_CALLBACK on a loop thread that runs:
 * nothing was done. */
int live_node_free(live_node *live);

/* Runs the loop on this thread until live_node_stop. Once only, as is live_node_start: INVALID_ARGUMENT. */
ROAM_CHECKED int live_node_run(live_node *live);
/* Runs it on a thread of its own. Errors: INVALID_ARGUMENT, NO_MEMORY (no thread to be had). */
ROAM_CHECKED int live_node_start(live_node *live);
/* Leaves the overlay and every peer (ROAM_CLOSE_LEFT) and ends the loop. From any thread, the loop's own too;
 * does not wait. */
void live_node_stop(live_node *live);

roam_node *live_node_core(live_node *live);
void *live_node_context(const live_node *live);
struct uv_loop_s *live_node_loop(live_node *live);

/* The clock of all live nodes: CLOCK_MONOTONIC. Any thread, at once. */
uint64_t live_now_ns(void);

/*
 * Accepts connections at local. The loop thread. An unspecified address (0.0.0.0, [::]) stands for every
 * address of that family that the machine has now, with a socket each, because a path is known by its local
 * address; link-local IPv6 addresses are left out. Those that it gets later are added when a live_network
 * reports them. Port 0: any, the same for all. bound gets the first address; it may be NULL. Errors: ADAPTER
 * (errno says why), NO_MEMORY.
 */
ROAM_CHECKED int live_node_listen(live_node *live, const roam_addr *local, roam_addr *bound);

/* Runs function on the loop thread and returns its result. Any thread. */
ROAM_CHECKED int live_call(live_node *live, int (*function)(live_node *live, void *data), void *data);

/* roam_dial, from any thread; local may be NULL. */
ROAM_CHECKED int live_dial(live_node *live, const char *name, const roam_addr *remote,
                           const roam_addr *local);
/* roam_send to the peer of that name, from any thread. */
ROAM_CHECKED int live_send(live_node *live, const char *name, uint64_t key, const void *data, size_t len);

typedef struct live_migrate_options {
    uint64_t timeout_ns;
    roam_addr local;  /* ROAM_FAMILY_NONE: the one that now leads to the peer */
    roam_addr remote; /* ROAM_FAMILY_NONE: the remote address in use; else another address of the same peer,
                       * of another family perhaps */
    roam_migrate_mode mode;
} live_migrate_options;

/* 5 s, any local address, the remote address in use, validate first. */
void live_migrate_options_default(live_migrate_options *options);

/*
 * Moves the connection with the peer of that name to another local or remote address, and blocks until the
 * new path is validated or the budget is over. Any thread. options may be NULL: the defaults; record may be
 * NULL. Returns the result of the migration (record->result), or why there was none: IN_CALLBACK,
 * WOULD_BLOCK, NO_MEMORY, INVALID_ARGUMENT; NO_CONN also when the loop ends meanwhile. record is written when
 * there is a result.
 */
ROAM_CHECKED int live_migrate_peer(live_node *live, const char *name, const live_migrate_options *options,
                                   roam_migration_record *record);

/* ---- Membership ---- */

bool live_has_membership(live_node *live);

/* Whether the event says that a connection came up, or went down: CHANNEL_UP and CHANNEL_DOWN on a node with
 * membership, PEER_UP and PEER_DOWN on any other. The loop thread. */
bool live_is_channel_up(live_node *live, const roam_event *event);
bool live_is_channel_down(live_node *live, const roam_event *event);

/* The address that the node advertises now; NONE: none. The loop thread. */
const roam_addr *live_advertised(live_node *live);

/* roam_join and roam_leave, from any thread. */
ROAM_CHECKED int live_join(live_node *live, const char *contact, const roam_addr *addr);
ROAM_CHECKED int live_leave(live_node *live);

/* A peer of the active view, and the path of its connection. */
typedef struct live_active_peer {
    roam_peer_id id;
    char name[ROAM_NAME_MAX + 1];
    roam_addr local, remote;
} live_active_peer;

/* Copies of the views, as roam_active_view and roam_passive_view give them, and of the counts: at most
 * capacity are written, and *count is how many there are. Any thread. */
ROAM_CHECKED int live_active_view(live_node *live, live_active_peer *peers, size_t capacity, size_t *count);
ROAM_CHECKED int live_passive_view(live_node *live, roam_member *members, size_t capacity, size_t *count);
ROAM_CHECKED int live_membership_count(live_node *live, roam_membership_counts *out);

#endif
