/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts of core/tests/net.h with a membership: each accepts, and advertises where it listens. */
#ifndef CORE_MEMBERSHIP_TESTS_OVERLAY_H
#define CORE_MEMBERSHIP_TESTS_OVERLAY_H

#include "core/roam_membership.h"
#include "core/tests/net.h"

enum { OVERLAY_MAX = 128 };

typedef struct overlay {
    net_fixture *net; /* overlay_free frees it, and with it the hosts */
    net_host *hosts[OVERLAY_MAX];
    size_t count;
    void (*change)(roam_membership_options *options); /* of all; NULL: the defaults */
} overlay;

/* count hosts, named n0, n1, ..., on the networks in turn. */
overlay overlay_new(size_t count, void (*change)(roam_membership_options *options));
void overlay_free(overlay *o);

/* Starts a membership on the host, which advertises where it listens. */
void overlay_start(const overlay *o, net_host *host);
/* host joins through contact, which listens. */
void overlay_join(net_host *host, const net_host *contact);
/* Hosts 1 and up join through host 0, with so long between two. */
void overlay_join_all(overlay *o, uint64_t each_ns);

bool overlay_has_active(const net_host *host, const net_host *other);
size_t overlay_active_count(const net_host *host);
/* NULL: the passive view of the host does not have that name. Valid until the next call. */
const roam_member *overlay_passive(const net_host *host, const char *name);
size_t overlay_passive_count(const net_host *host);
roam_membership_counts overlay_counts(const net_host *host);

/* Hosts that are up and cannot be reached from the first that is, over links of active views. */
size_t overlay_unreached(const overlay *o);
/* Links of active views that only one end has. */
size_t overlay_lopsided(const overlay *o);
/* How many messages and members were refused, but for members that are the host itself: those are honest. */
uint64_t overlay_refused(const net_host *host);

#endif
