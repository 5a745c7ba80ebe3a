/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_NAT_TESTS_KERNEL_H
#define SIM_NAT_TESTS_KERNEL_H

/*
 * The kernel's NAT as a stage for stories: sockets in the namespaces client and server of
 * core/live/tests/namespaces.sh, and nftables and conntrack in router. The process has those names in
 * /run/netns; it ends when something is not there.
 */

#include "sim/nat/tests/stories.h"

typedef struct nat_kernel nat_kernel;

/* The value of nf_conntrack_udp_timeout or, with "_stream", of that of streams, seconds. */
uint64_t nat_kernel_timer_s(const char *which);

/* With the rules of that kind, no entries, and the timers of stories. */
nat_kernel *nat_kernel_new(const nat_story *story, nat_story_kind kind);
/* True: a step was so late that the outcomes say nothing. */
bool nat_kernel_free(nat_kernel *self);

nat_stage nat_kernel_stage(nat_kernel *self);

#endif
