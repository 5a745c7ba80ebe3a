/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket of a live node: a UNIX stream socket, one request (request.h) a connection. The answer
 * is lines of "KEY VALUE", the last of which is "end", and then the connection closes:
 *
 *   migrate NAME ...   "result ok" or another name of roam_result_name, then the record
 *   changed            "result ok" once the round of migrations has been asked for
 *   peers              "peer NAME LOCAL REMOTE SRTT_NS" for each peer that has a connection
 *   views              "result ok", "advertised ADDRESS:PORT" or "none", "active NAME LOCAL REMOTE" and
 * "passive NAME ADDRESS:PORT FAILURES" for each member, and a line for each of ROAM_MEMBERSHIP_COUNTS send
 * NAME PATH     once the peer has answered: "result ok", "refused", "damaged" or "disk", then "peer", "file"
 * and "size" anything else      "error WHY"
 *
 * At most LIVE_CONTROL_CLIENTS are served at once. One more takes the place of the one that has been silent
 * for the longest time, or waits in the kernel's queue when all of them wait for the node.
 */
#ifndef CORE_LIVE_CONTROL_H
#define CORE_LIVE_CONTROL_H

#include "core/live/keys.h"
#include "core/live/live.h"
#include "core/live/request.h"
#include "core/live/transfer.h"

#define LIVE_CONTROL_CLIENTS 16
#define LIVE_CONTROL_ANSWER_MAX 65536 /* bytes; more peers than fit are left out */

/* The client to which an answer is given later. */
typedef struct live_control_client live_control_client;

typedef struct live_control_options {
    const char *path;
    void (*changed)(void *ctx); /* "changed" was asked; NULL: an error */
    /* "send" was asked; NULL: an error. 0, and live_control_answer_sent is called once, perhaps before this
     * returns, unless the node ends; or why not, in *message. */
    int (*send)(void *ctx, const live_request *request, live_control_client *client, live_message *message);
    void *ctx;
} live_control_options;

/* Before the loop runs, or on its thread; valid until live_node_free. Errors: INVALID_ARGUMENT, with
 * *message, NO_MEMORY. */
ROAM_CHECKED int live_control_new(live_node *live, const live_control_options *options,
                                  live_message *message);
/* The loop thread. */
void live_control_answer_sent(live_control_client *client, const char *file, uint64_t size,
                              live_transfer_status status);
/* The other end: sends the line, and hands over the lines of the answer, "end" not among them, one by one.
 * Blocks for at most timeout_ns. INVALID_ARGUMENT, with *message: no node listens there, or the answer is
 * incomplete. */
ROAM_CHECKED int live_control_ask(const char *path, const char *line, uint64_t timeout_ns,
                                  void (*answer)(void *ctx, const char *key, const char *value), void *ctx,
                                  live_message *message);

#endif
