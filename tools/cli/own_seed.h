/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_OWN_SEED_H
#define TOOLS_CLI_OWN_SEED_H

/*
 * Seeds for combinations whose draws are to be independent of one another (`--independent`). Without it the
 * runs of all combinations with one seed share their draws (common random numbers): every random stream
 * depends on the seed and on what it serves alone.
 */

#include <stdint.h>

/*
 * The seed that stands for `seed` in this combination ("KEY=VALUE,KEY=VALUE", the order of the keys is of no
 * account). Of one combination, different seeds stay different. Without a combination ("" or NULL) it is the
 * seed itself.
 */
uint64_t own_seed(uint64_t seed, const char *combination);

/* The seed that `own` stands for in this combination: own_seed undone. */
uint64_t own_seed_stands_for(uint64_t own, const char *combination);

#endif
