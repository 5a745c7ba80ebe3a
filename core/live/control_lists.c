/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/control_lists.h"

#include "core/live/control.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char end[] = "end\n";

typedef struct list {
    char *text; /* NULL: no memory */
    size_t len;
    bool full;
} list;

static list begin(void)
{
    return (list){.text = malloc(LIVE_CONTROL_ANSWER_MAX)};
}

/* Adds the line, unless it or one before it does not fit. */
__attribute__((format(printf, 2, 3))) static void add(list *self, const char *format, ...)
{
    const size_t room = LIVE_CONTROL_ANSWER_MAX - sizeof end - self->len;
    va_list arguments;
    if (!self->text || self->full)
        return;
    va_start(arguments, format);
    const int n = vsnprintf(self->text + self->len, room, format, arguments);
    va_end(arguments);
    self->full = n < 0 || (size_t)n >= room;
    if (!self->full)
        self->len += (size_t)n;
}

static char *finish(const list *self)
{
    if (self->text)
        memcpy(self->text + self->len, end, sizeof end);
    return self->text;
}

char *live_control_list_peers(live_node *live)
{
    roam_node *const node = live_node_core(live);
    list out = begin();
    for (roam_peer_id peer = {1}; roam_peer_name(node, peer); peer.value++) {
        roam_path_stats path;
        char local[ROAM_ADDR_STRING_MAX], remote[ROAM_ADDR_STRING_MAX];
        if (roam_peer_path_stats(node, peer, &path))
            continue;
        add(&out, "peer %s %s %s %llu\n", roam_peer_name(node, peer), roam_addr_format(&path.local, local),
            roam_addr_format(&path.remote, remote), (unsigned long long)path.srtt_ns);
    }
    return finish(&out);
}

static void add_active(list *out, live_node *live)
{
    roam_node *const node = live_node_core(live);
    roam_peer_id peers[ROAM_ACTIVE_VIEW_MAX];
    const size_t count = roam_active_view(node, peers, ROAM_ACTIVE_VIEW_MAX);
    for (size_t i = 0; i < count; i++) {
        roam_path_stats path;
        char local[ROAM_ADDR_STRING_MAX] = "none", remote[ROAM_ADDR_STRING_MAX] = "none";
        if (roam_peer_path_stats(node, peers[i], &path) == 0) {
            (void)roam_addr_format(&path.local, local);
            (void)roam_addr_format(&path.remote, remote);
        }
        add(out, "active %s %s %s\n", roam_peer_name(node, peers[i]), local, remote);
    }
}

static void add_passive(list *out, live_node *live)
{
    roam_member members[ROAM_PASSIVE_VIEW_MAX];
    const size_t count = roam_passive_view(live_node_core(live), members, ROAM_PASSIVE_VIEW_MAX);
    for (size_t i = 0; i < count; i++) {
        char addr[ROAM_ADDR_STRING_MAX];
        add(out, "passive %s %s %u\n", members[i].name, roam_addr_format(&members[i].addr, addr),
            members[i].failures);
    }
}

char *live_control_list_views(live_node *live)
{
    list out = begin();
    char advertised[ROAM_ADDR_STRING_MAX] = "none";
    roam_membership_counts counts;
    if (live_advertised(live)->family != ROAM_FAMILY_NONE)
        (void)roam_addr_format(live_advertised(live), advertised);
    add(&out, "result ok\nadvertised %s\n", advertised);
    add_active(&out, live);
    add_passive(&out, live);
    roam_membership_count(live_node_core(live), &counts);
#define ADD(name, about) add(&out, #name " %llu\n", (unsigned long long)counts.name);
    ROAM_MEMBERSHIP_COUNTS(ADD)
#undef ADD
    return finish(&out);
}
