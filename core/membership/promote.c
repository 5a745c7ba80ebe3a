/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What fills the active view: members of the passive view, and the contacts while it is empty. */
#include "core/membership/internal.h"

#include <string.h>

/* So many may refuse in a row before the next is asked with the rhythm of the shuffles: where every view is
 * full, going on is a handshake for nothing each time. */
enum { REJECTIONS_AT_ONCE = 4 };

/* One that is due, at random. NULL: none is; *next_ns is then made as early as the first will be. */
static core_passive *candidate(core_membership *m, uint64_t now_ns, uint64_t *next_ns)
{
    core_passive *of[ROAM_PASSIVE_VIEW_MAX];
    size_t count = 0;
    for (size_t i = 0; i < m->views.passive_count; i++) {
        core_passive *const passive = &m->views.passive[i];
        if (core_is_asked(m, passive->member.name))
            continue;
        if (passive->member.retry_ns <= now_ns)
            of[count++] = passive;
        else if (passive->member.retry_ns < *next_ns)
            *next_ns = passive->member.retry_ns;
    }
    return count > 0 ? of[core_draw(&m->node->random, count)] : NULL;
}

/* False: no more now. */
static bool promote_one(core_membership *m, uint64_t now_ns, uint64_t *next_ns)
{
    const bool alone = m->views.active_count == 0;
    const size_t at_once = alone                                 ? CORE_PROMOTIONS_ALONE
                           : m->rejections >= REJECTIONS_AT_ONCE ? 1
                                                                 : CORE_PROMOTIONS_MAX;
    if (m->views.active_count + m->asked >= m->options.active_size || m->asked >= CORE_ASKED_MAX ||
        m->promoted >= at_once)
        return false;
    if (m->ask_after_ns > now_ns) {
        *next_ns = m->ask_after_ns;
        return false;
    }
    const core_passive *const passive = candidate(m, now_ns, next_ns);
    if (!passive)
        return false;
    const roam_member target = passive->member;
    /* No walk of its join ends at others, which would make room for it: it asks for that itself. */
    const bool undialable = m->options.advertise.family == ROAM_FAMILY_NONE;
    if (core_link_ask(m, &target, true, alone || undialable ? CORE_ASKS_HIGH : CORE_ASKS_LOW, now_ns)) {
        m->failed_alone = true;
        core_passive_failed(&m->views, target.name, now_ns);
        return true;
    }
    core_link_of(m, core_peer_known(m, target.name))->promoted = true;
    m->promoted++;
    return true;
}

static void ask_contacts(core_membership *m, uint64_t now_ns, uint64_t *next_ns)
{
    for (core_contact *contact = m->contacts; contact; contact = contact->next) {
        if (core_is_asked(m, contact->name) || m->asked >= CORE_ASKED_MAX)
            continue;
        if (contact->retry_ns > now_ns) {
            *next_ns = contact->retry_ns < *next_ns ? contact->retry_ns : *next_ns;
            continue;
        }
        roam_member target = {.addr = contact->addr};
        memcpy(target.name, contact->name, sizeof target.name);
        if (core_link_ask(m, &target, false, CORE_ASKS_JOIN, now_ns)) {
            core_contact_failed(m, contact->name, now_ns);
            *next_ns = contact->retry_ns < *next_ns ? contact->retry_ns : *next_ns;
        }
    }
}

void core_promote(core_membership *m, uint64_t now_ns)
{
    uint64_t next_ns = ROAM_NEVER;
    while (promote_one(m, now_ns, &next_ns))
        ;
    if (m->views.active_count == 0 && m->ask_after_ns <= now_ns && (m->failed_alone || m->promoted == 0))
        ask_contacts(m, now_ns, &next_ns);
    core_heap_set(&m->deadlines, &m->promote, next_ns);
}

void core_promote_pushed_out(core_membership *m, uint64_t now_ns)
{
    const bool soon = now_ns - m->entered_ns < m->options.shuffle_ns;
    m->pushed_out = soon ? m->pushed_out + 1 : 0;
    if (soon)
        m->ask_after_ns = core_passive_retry(&m->views.options, m->pushed_out, now_ns);
}

void core_promote_rejected(core_membership *m, const char *name, uint64_t now_ns)
{
    core_passive *const passive = core_passive_find(&m->views, name);
    const uint64_t later_ns = core_deadline(now_ns, m->options.shuffle_ns);
    if (passive) {
        passive->member.failures = 0;
        passive->member.retry_ns = later_ns;
    }
    core_contact_failed(m, name, now_ns);
    if (++m->rejections >= REJECTIONS_AT_ONCE && m->views.active_count > 0)
        m->ask_after_ns = later_ns;
}
