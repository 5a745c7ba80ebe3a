/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a node's unpredictable bytes come from: its user's callback. A value, copied freely. */
#ifndef CORE_RANDOM_H
#define CORE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct core_random {
    void (*fill)(void *user_data, uint8_t *bytes, size_t len);
    void *user_data;
} core_random;

#endif
