/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the latest datagrams were seen already, by their bytes, and where. */
#ifndef TOOLS_WITNESS_SEEN_H
#define TOOLS_WITNESS_SEEN_H

#include "core/roam.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct seen_place {
    bool there;
    uint64_t time_ns;
    roam_addr source, destination;
} seen_place;

/* A datagram, as its sender's host and as its receiver's host saw it. */
typedef struct seen_datagram {
    uint64_t hash;
    size_t len;    /* 0: empty */
    uint64_t used; /* the higher, the later */
    seen_place sent, arrived;
} seen_datagram;

typedef struct seen_table seen_table;

seen_table *seen_new(void); /* NULL: out of memory */
void seen_free(seen_table *table);

/* The entry of these bytes, empty but for hash and length when they are new. It may take the place of that of
 * an earlier datagram. Valid until the next call. */
seen_datagram *seen_entry(seen_table *table, const uint8_t *payload, size_t len);

#endif
