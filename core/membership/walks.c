/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/membership/walks.h"

void core_walks_add(core_walks *walks, const core_walk *walk)
{
    walks->items[walks->next] = *walk;
    walks->next = (walks->next + 1) % CORE_WALKS;
}

bool core_walks_take(core_walks *walks, uint64_t id, roam_peer_id to, uint64_t now_ns, core_walk *out)
{
    for (size_t i = 1; i <= CORE_WALKS; i++) {
        core_walk *const walk = &walks->items[(walks->next + CORE_WALKS - i) % CORE_WALKS];
        if (walk->to.value == 0 || walk->id != id || walk->to.value != to.value ||
            now_ns - walk->began_ns >= CORE_WALK_LIFE_NS)
            continue;
        *out = *walk;
        walk->to.value = 0;
        return true;
    }
    return false;
}
