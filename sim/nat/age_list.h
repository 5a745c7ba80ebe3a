/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_NAT_AGE_LIST_H
#define SIM_NAT_AGE_LIST_H

/* Things of a slab by age, from the last one added to the first. The links are in the things themselves, at
 * `links` (offsetof), so that one thing can be in several lists. */

#include "sim/nat/slab.h"

typedef struct nat_age_links {
    uint32_t newer, older; /* NAT_NONE: none is */
} nat_age_links;

typedef struct nat_age_list {
    uint32_t newest, oldest; /* NAT_NONE: it is empty */
} nat_age_list;

static const nat_age_list NAT_AGE_LIST_EMPTY = {.newest = NAT_NONE, .oldest = NAT_NONE};

static inline nat_age_links *nat_age_links_at(const nat_slab *slab, size_t links, uint32_t id)
{
    return (nat_age_links *)(void *)((uint8_t *)nat_slab_at(slab, id) + links);
}

/* As the newest one. */
static inline void nat_age_list_add(nat_age_list *list, const nat_slab *slab, size_t links, uint32_t id)
{
    *nat_age_links_at(slab, links, id) = (nat_age_links){.newer = NAT_NONE, .older = list->newest};
    if (list->newest != NAT_NONE)
        nat_age_links_at(slab, links, list->newest)->newer = id;
    else
        list->oldest = id;
    list->newest = id;
}

static inline void nat_age_list_remove(nat_age_list *list, const nat_slab *slab, size_t links, uint32_t id)
{
    const nat_age_links *const of = nat_age_links_at(slab, links, id);
    if (of->newer != NAT_NONE)
        nat_age_links_at(slab, links, of->newer)->older = of->older;
    else
        list->newest = of->older;
    if (of->older != NAT_NONE)
        nat_age_links_at(slab, links, of->older)->newer = of->newer;
    else
        list->oldest = of->newer;
}

#endif
