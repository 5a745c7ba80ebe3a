/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fixture: certificates that another library made. */
#ifndef CORE_TLS_TESTS_CERTIFICATES_H
#define CORE_TLS_TESTS_CERTIFICATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every byte of the seed of the key in those that are accepted. */
enum { FOREIGN_SEED_BYTE = 1 };

typedef struct foreign_certificate {
    const char *about;
    const char *name; /* NULL when it is to be refused */
    uint8_t bytes[512];
    size_t len;
} foreign_certificate;

/* False after the last. */
bool foreign_certificate_get(size_t index, foreign_certificate *out);

#endif
