/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What roam dissect has to say of a capture, and how it is said. */
#ifndef TOOLS_WITNESS_FINDINGS_H
#define TOOLS_WITNESS_FINDINGS_H

#include "tools/witness/connections.h"

typedef struct findings {
    const char *path;
    const sightings *seen;
    const connections *all;
    uint64_t first_ns, last_ns; /* of the datagrams; CONNECTION_NEVER and 0 without any */
} findings;

/* False: out of memory. */
ROAM_CHECKED bool findings_print(const findings *found, FILE *stream);
ROAM_CHECKED bool findings_print_json(const findings *found, FILE *stream);

/* "TLS_AES_128_GCM_SHA256", or NULL. */
const char *findings_cipher_name(uint16_t suite);

#endif
