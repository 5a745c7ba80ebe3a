/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_CAPTURE_SENT_H
#define SIM_RECORD_CAPTURE_SENT_H

/* Which payloads have been sent: one that arrives and was not was altered on the way. By 64-bit hashes. */

#include "core/table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct capture_sent {
    core_table hashes; /* the upper half of each as its id */
} capture_sent;

/* False: out of memory. */
ROAM_CHECKED bool capture_sent_add(capture_sent *self, const uint8_t *payload, size_t len);
bool capture_sent_has(const capture_sent *self, const uint8_t *payload, size_t len);
void capture_sent_free(capture_sent *self);

#endif
