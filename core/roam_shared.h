/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nodes of one thread need not compute twice when they are the two ends of one connection, as in a
 * simulation: a signature that one of them made is valid, and so is the certificate that roam_identity_new
 * made; of X25519 both have the same secret. Each is kept with all that it was computed from, and is the
 * answer to exactly that question: no result and no byte differs, and what somebody else signed, or what was
 * changed on its way, is computed as ever.
 */
#ifndef ROAM_SHARED_H
#define ROAM_SHARED_H

#include <stdint.h>

typedef struct roam_shared roam_shared;

/* Empty; to be named in the options of nodes, which it must outlive. NULL: out of memory. */
roam_shared *roam_shared_new(void);
void roam_shared_free(roam_shared *shared); /* NULL is fine; it forgets the secrets */

/* How many answers it has given. */
uint64_t roam_shared_answers(const roam_shared *shared);

#endif
