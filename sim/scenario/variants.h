/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scenarios that are one up to a time, as the combinations of what a file varies often are: runs of them with
 * one seed do the same until then. One run can stand for all until then, and go on as each.
 */
#ifndef SIM_SCENARIO_VARIANTS_H
#define SIM_SCENARIO_VARIANTS_H

#include "sim/scenario/scenario.h"

/*
 * Nothing that happens before that time, in runs with one seed, depends on what the two differ in. 0: nothing
 * is known to be the same; SCENARIO_NEVER: all that happens is, and what is expected may differ.
 *
 * They may differ in entries of `timeline` from that time on, in `expect` and `known_fault`, and in what no
 * run depends on. Events to come count before their time in what a run prepares for: there are as many kinds
 * of them, between the same nodes, in both. So do expectations of the kinds whose descriptor says `asked`.
 */
uint64_t scenario_shared_ns(const scenario *a, const scenario *b);

typedef struct scenario_variant {
    const scenario *scenario;
    size_t number;      /* the caller's */
    uint64_t shared_ns; /* with the one before it, scenario_shared_ns; of the first 0 */
} scenario_variant;

/* Sorts them, so that those that share most stand side by side, and says what they share. Any two then share
 * at least the least of what is said from behind the one to the other. */
void scenario_variants_sort(scenario_variant *variants, size_t count);

typedef struct scenario_variants scenario_variants;

/* A plan with room for each of them; it begins as the first. All of them must outlive it, and share some of
 * their time with the first. NULL: out of memory. */
scenario_variants *scenario_variants_new(const scenario *const *of, size_t count);
void scenario_variants_free(scenario_variants *variants); /* NULL is fine */

/* The plan stays where it is, with all that a world holds of it. */
const scenario *scenario_variants_plan(const scenario_variants *variants);

/* The plan becomes that one of them, at a time before which they have shared all. */
void scenario_variants_take(scenario_variants *variants, const scenario *to);

#endif
