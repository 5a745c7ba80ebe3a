/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Subscribers to a node's events. */
#ifndef CORE_EVENTS_H
#define CORE_EVENTS_H

#include "core/roam.h"

typedef struct core_subscriber {
    uint32_t id; /* 0: gone, to be removed when no event is being delivered */
    roam_event_callback *callback;
    void *data;
} core_subscriber;

typedef struct core_subscribers {
    core_subscriber *items;
    size_t count, capacity;
    uint32_t last_id;
    uint32_t delivering; /* nesting of core_subscribers_emit */
    bool some_gone;
} core_subscribers;

void core_subscribers_init(core_subscribers *subscribers);
void core_subscribers_fini(core_subscribers *subscribers);
ROAM_CHECKED int core_subscribers_add(core_subscribers *subscribers, roam_event_callback *callback,
                                      void *data, roam_subscription *out);
void core_subscribers_remove(core_subscribers *subscribers, roam_subscription subscription);
void core_subscribers_emit(core_subscribers *subscribers, const roam_event *event, uint64_t now_ns);

#endif
