/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_NODE_APP_H
#define TOOLS_NODE_APP_H

/* A running `roam node`: lines, files and events around one live node. */

#include "core/live/live.h"
#include "core/live/resolve.h"
#include "sim/qlog/qlog.h"

#include <stddef.h>

typedef struct node_target {
    const char *name; /* points into the argument */
    live_endpoint *endpoints;
    size_t endpoint_count;
} node_target;

typedef struct node_file {
    const char *peer;
    const char *path;
} node_file;

typedef struct node_options {
    const char *name;
    const char *key_file;
    const char *pin_file; /* NULL: pins are forgotten */
    bool strict;
    const roam_addr *listen;
    size_t listen_count;
    roam_addr preferred[2]; /* of IPv4 and IPv6; of no family: none */
    const node_target *targets;
    size_t target_count;
    uint64_t attempt_delay_ns; /* between two addresses of a target */
    bool overlay;              /* takes part in one, as membership says */
    roam_membership_options membership;
    const node_target *contacts; /* through which it joins */
    size_t contact_count;
    const node_file *files;
    size_t file_count;
    const char *receive_directory;
    const char *events_file; /* NULL: standard output */
    const char *control_path;
    const char *trigger_path;
    bool netlink;
    uint64_t debounce_ns;
    uint64_t timeout_ns; /* of migrations by trigger */
    bool once;
    const char *keylog_file;
    const char *qlog_directory;
    qlog_form qlog_form;
    live_node_options live; /* keep-alive, dead-after, segmentation and ECN as asked for */
    bool watch;             /* with the watchdog */
    roam_watchdog_options watchdog;
} node_options;

/* Runs until it is done or interrupted; the exit status. Faults are reported on standard error. */
int node_run(const node_options *options);

#endif
