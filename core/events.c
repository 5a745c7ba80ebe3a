/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/events.h"

#include <stdlib.h>

void core_subscribers_init(core_subscribers *subscribers)
{
    *subscribers = (core_subscribers){0};
}

void core_subscribers_fini(core_subscribers *subscribers)
{
    free(subscribers->items);
    *subscribers = (core_subscribers){0};
}

int core_subscribers_add(core_subscribers *subscribers, roam_event_callback *callback, void *data,
                         roam_subscription *out)
{
    if (subscribers->count == subscribers->capacity) {
        const size_t capacity = subscribers->capacity ? subscribers->capacity * 2 : 4;
        core_subscriber *const items = realloc(subscribers->items, capacity * sizeof *items);
        if (!items)
            return ROAM_ERR_NO_MEMORY;
        subscribers->items = items;
        subscribers->capacity = capacity;
    }
    const uint32_t id = ++subscribers->last_id;
    subscribers->items[subscribers->count++] =
        (core_subscriber){.id = id, .callback = callback, .data = data};
    *out = (roam_subscription){id};
    return 0;
}

static void sweep(core_subscribers *subscribers)
{
    size_t kept = 0;
    for (size_t i = 0; i < subscribers->count; i++)
        if (subscribers->items[i].id)
            subscribers->items[kept++] = subscribers->items[i];
    subscribers->count = kept;
    subscribers->some_gone = false;
}

void core_subscribers_remove(core_subscribers *subscribers, roam_subscription subscription)
{
    for (size_t i = 0; i < subscribers->count; i++) {
        if (subscription.value && subscribers->items[i].id == subscription.value) {
            subscribers->items[i].id = 0;
            subscribers->some_gone = true;
        }
    }
    if (subscribers->some_gone && subscribers->delivering == 0)
        sweep(subscribers);
}

void core_subscribers_emit(core_subscribers *subscribers, const roam_event *event, uint64_t now_ns)
{
    const size_t count = subscribers->count; /* a subscriber added meanwhile gets the next event first */
    subscribers->delivering++;
    for (size_t i = 0; i < count; i++) {
        core_subscriber subscriber = subscribers->items[i];
        if (subscriber.id)
            subscriber.callback(subscriber.data, event, now_ns);
    }
    subscribers->delivering--;
    if (subscribers->some_gone && subscribers->delivering == 0)
        sweep(subscribers);
}
