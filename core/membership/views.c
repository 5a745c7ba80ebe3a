/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/membership/views.h"

#include "core/heap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int core_views_init(core_views *views, const core_views_options *options)
{
    *views = (core_views){.options = *options};
    views->active = calloc(options->active_size, sizeof *views->active);
    views->passive = calloc(options->passive_size, sizeof *views->passive);
    if (views->active && views->passive)
        return 0;
    core_views_fini(views);
    return ROAM_ERR_NO_MEMORY;
}

void core_views_fini(core_views *views)
{
    free(views->active);
    free(views->passive);
    *views = (core_views){.options = views->options};
}

size_t core_draw(const core_random *random, size_t below)
{
    uint64_t bits;
    random->fill(random->user_data, (uint8_t *)&bits, sizeof bits);
    return (size_t)(bits % below);
}

/* ---- Active ---- */

core_active *core_active_find(const core_views *views, roam_peer_id peer)
{
    for (size_t i = 0; i < views->active_count; i++)
        if (views->active[i].peer.value == peer.value)
            return &views->active[i];
    return NULL;
}

bool core_active_has_name(const core_views *views, const char *name)
{
    for (size_t i = 0; i < views->active_count; i++)
        if (strcmp(views->active[i].member.name, name) == 0)
            return true;
    return false;
}

bool core_active_is_full(const core_views *views)
{
    return views->active_count >= views->options.active_size;
}

void core_active_add(core_views *views, roam_peer_id peer, const roam_member *member)
{
    assert(!core_active_is_full(views) && !core_active_find(views, peer));
    core_passive_remove(views, member->name);
    core_active *const added = &views->active[views->active_count++];
    *added = (core_active){.peer = peer, .member = *member};
    added->member.failures = 0;
    added->member.retry_ns = 0;
}

void core_active_remove(core_views *views, roam_peer_id peer)
{
    core_active *const gone = core_active_find(views, peer);
    assert(gone);
    const size_t after = views->active_count-- - (size_t)(gone - views->active) - 1;
    memmove(gone, gone + 1, after * sizeof *gone);
}

core_active *core_active_pick(const core_views *views, const core_random *random, roam_peer_id but,
                              roam_peer_id nor)
{
    core_active *of[ROAM_ACTIVE_VIEW_MAX];
    size_t count = 0;
    for (size_t i = 0; i < views->active_count; i++) {
        const uint32_t id = views->active[i].peer.value;
        if (id != but.value && id != nor.value)
            of[count++] = &views->active[i];
    }
    return count > 0 ? of[core_draw(random, count)] : NULL;
}

/* ---- Passive ---- */

core_passive *core_passive_find(const core_views *views, const char *name)
{
    for (size_t i = 0; i < views->passive_count; i++)
        if (strcmp(views->passive[i].member.name, name) == 0)
            return &views->passive[i];
    return NULL;
}

static void drop(core_views *views, core_passive *passive)
{
    *passive = views->passive[--views->passive_count];
}

static void drop_one(core_views *views, const core_random *random)
{
    size_t sent = 0;
    for (size_t i = 0; i < views->passive_count; i++)
        sent += views->passive[i].sent;
    size_t nth = core_draw(random, sent > 0 ? sent : views->passive_count);
    for (size_t i = 0; i < views->passive_count; i++)
        if ((sent == 0 || views->passive[i].sent) && nth-- == 0) {
            drop(views, &views->passive[i]);
            return;
        }
}

/* What is told of a member that is there already. */
static void retell(core_passive *known, const roam_member *member, bool own_word)
{
    const bool moved = !roam_addr_equal(&known->member.addr, &member->addr);
    if (!own_word && (known->own_word || known->member.failures == 0 || !moved))
        return;
    memcpy(known->member.key, member->key, sizeof known->member.key);
    known->member.addr = member->addr;
    known->own_word = own_word;
}

void core_passive_add(core_views *views, const core_random *random, const roam_member *member, bool own_word)
{
    core_passive *const known = core_passive_find(views, member->name);
    if (known) {
        retell(known, member, own_word);
        return;
    }
    if (views->passive_count >= views->options.passive_size)
        drop_one(views, random);
    core_passive *const added = &views->passive[views->passive_count++];
    *added = (core_passive){.member = *member, .own_word = own_word};
    added->member.failures = 0;
    added->member.retry_ns = 0;
}

void core_passive_remove(core_views *views, const char *name)
{
    core_passive *const passive = core_passive_find(views, name);
    if (passive)
        drop(views, passive);
}

uint64_t core_passive_retry(const core_views_options *options, uint32_t failures, uint64_t now_ns)
{
    uint64_t wait_ns = options->retry_ns;
    for (uint32_t i = 1; i < failures && wait_ns < options->retry_max_ns; i++)
        wait_ns = core_deadline(wait_ns, wait_ns);
    return core_deadline(now_ns, wait_ns < options->retry_max_ns ? wait_ns : options->retry_max_ns);
}

void core_passive_failed(core_views *views, const char *name, uint64_t now_ns)
{
    core_passive *const passive = core_passive_find(views, name);
    if (!passive)
        return;
    if (++passive->member.failures >= views->options.failures_max)
        drop(views, passive);
    else
        passive->member.retry_ns = core_passive_retry(&views->options, passive->member.failures, now_ns);
}

static bool is_among(const roam_member *members, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(members[i].name, name) == 0)
            return true;
    return false;
}

size_t core_passive_draw(core_views *views, const core_random *random, const roam_member *but,
                         size_t but_count, roam_member *out, size_t max)
{
    core_passive *order[ROAM_PASSIVE_VIEW_MAX];
    const size_t count = views->passive_count;
    size_t fresh = 0; /* those that are not among the others, first */
    for (size_t i = 0; i < count; i++) {
        order[i] = &views->passive[i];
        if (!is_among(but, but_count, views->passive[i].member.name)) {
            order[i] = order[fresh];
            order[fresh++] = &views->passive[i];
        }
    }
    size_t n = 0;
    for (; n < max && n < count; n++) {
        const size_t pick = n + core_draw(random, (n < fresh ? fresh : count) - n);
        core_passive *const drawn = order[pick];
        order[pick] = order[n];
        drawn->sent = true;
        out[n] = drawn->member;
    }
    return n;
}

void core_passive_forget_sent(core_views *views)
{
    for (size_t i = 0; i < views->passive_count; i++)
        views->passive[i].sent = false;
}
