/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_NAT_TESTS_STORIES_H
#define SIM_NAT_TESTS_STORIES_H

/*
 * What NATs of Linux do, as stories of packets: one table, told to the model and to the kernel.
 *
 * A step is "SECONDS ACT | OUTCOME". With three outcomes, parted by |, they are those of linux-masquerade, of
 * linux-masquerade-random and of home-router; with one it is that of all. Inside hosts are a to h, remote
 * ones s to v.
 *
 *   out a:5000 s:443 x   a packet from inside; x names the external endpoint that it came out of. The outcome
 * is kept (the internal port), "as y" (the endpoint of an earlier step), new (neither, and of the same class:
 *                        below 1024 or not), or lost
 *   in s:443 x           a packet to that endpoint. The outcome is the internal endpoint that it came to, or
 * lost hairpin b:5000 x     a packet from inside to it. The same outcomes delete a s           the entries of
 * that host towards that one are deleted; the outcome is done delete all
 */

#include "core/roam.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum nat_story_kind { STORY_MASQUERADE, STORY_RANDOM, STORY_HOME_ROUTER, STORY_KINDS } nat_story_kind;
extern const char *const NAT_STORY_KINDS[STORY_KINDS]; /* as scenarios name them */

/* The timers of all stories, seconds, so that none takes long. That a flow is a stream after two seconds is
 * fixed in the kernel. */
enum { STORY_UNREPLIED_S = 2, STORY_STREAM_S = 3, STORY_STEPS_MAX = 64 };

typedef struct nat_story {
    const char *name;                   /* NULL after the last one */
    uint16_t port_first, port_last;     /* 0: what the kind has */
    const char *steps[STORY_STEPS_MAX]; /* NULL after the last one */
} nat_story;

extern const nat_story NAT_STORIES[];

/* Where a story happens. Outputs are set when a packet came through. */
typedef struct nat_stage {
    void *ctx;
    void (*until)(void *ctx, uint64_t at_ns); /* since the story began */
    bool (*out)(void *ctx, const roam_addr *inside, const roam_addr *remote, roam_addr *external);
    bool (*in)(void *ctx, const roam_addr *remote, const roam_addr *external, roam_addr *inside);
    bool (*hairpin)(void *ctx, const roam_addr *inside, const roam_addr *external, roam_addr *other);
    void (*expire)(void *ctx, const roam_addr *inside, const roam_addr *remote); /* NULL, NULL: all */
} nat_stage;

/* The NAT's one external address. */
roam_addr nat_story_external(void);

/* Prints each step that has another outcome than the table says. The number of them. */
unsigned nat_story_tell(const nat_story *story, nat_story_kind kind, const nat_stage *stage);

#endif
