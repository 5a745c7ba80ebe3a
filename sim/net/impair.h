/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults that the timeline aims at single packets: drop, duplicate, reorder, corrupt. One object for one
 * direction of a host's links in one network; it lasts over attachments. A packet meets it where it enters
 * the link, before the queue.
 *
 * Rules look at a packet in the order in which they were begun. Each one counts the packets that reach it and
 * that it is about (`frame`), and chooses some of them. The first that drops a packet ends its way; otherwise
 * all effects are combined: a packet can be corrupted, held back and copied.
 */
#ifndef SIM_NET_IMPAIR_H
#define SIM_NET_IMPAIR_H

#include "core/roam.h"
#include "sim/ns3/ns3.h"
#include "sim/run_error.h"
#include "sim/scenario/event.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct impair impair;

typedef enum impair_event { IMPAIR_COPIED, IMPAIR_HELD, IMPAIR_CORRUPTED } impair_event;

/* Where packets go on. `link` is what impair_enter was given with the packet. */
typedef struct impair_outlet {
    void (*pass)(void *link, bool up, n3_frame *frame, uint64_t now_ns); /* takes the frame */
    void (*drop)(void *link, bool up, n3_frame *frame, uint64_t now_ns); /* takes the frame */
    void (*tell)(void *link, bool up, impair_event event);               /* for counting */
    /* The packet in frame, on its way in that direction, has a frame of that kind. NULL: no packet has. */
    bool (*has)(void *link, bool up, const n3_frame *frame, scenario_frame kind, uint64_t stream);
} impair_outlet;

typedef struct impair_options {
    n3_world *n3;
    run_error *error; /* must outlive it; set when memory runs out */
    const char *node; /* names, for the random streams; must outlive it */
    const char *network;
    bool up;
    const impair_outlet *outlet; /* must outlive it */
    uint32_t frames_max;         /* no copy is made while so many frames exist in the world */
} impair_options;

/* No rules. NULL when out of memory. */
impair *impair_new(const impair_options *options);

/* Packets that are held back are gone. NULL is fine. */
void impair_free(impair *self);

/* Begins a rule, which must outlive self; counting starts anew when it was begun before. Errors:
 * run_error_code, with the text in the run_error. */
ROAM_CHECKED int impair_begin(impair *self, const scenario_impair *rule);

/* Ends a rule, or with NULL all of them. Packets that it holds back come as they would have. */
void impair_end(impair *self, const scenario_impair *rule);

/* Packets must come through impair_enter: there are rules in force, or packets wait for later ones. */
bool impair_is_active(const impair *self);

/* A packet enters the link. Takes the frame, which goes on through the outlet: now, later, or both. */
void impair_enter(impair *self, void *link, n3_frame *frame, uint64_t now_ns);

#endif
