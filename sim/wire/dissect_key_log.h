/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The secrets of TLS handshakes that a key log told (SSLKEYLOGFILE format). */
#ifndef SIM_WIRE_DISSECT_KEY_LOG_H
#define SIM_WIRE_DISSECT_KEY_LOG_H

#include "sim/wire/dissect_connection.h"
#include "sim/wire/dissect_table.h"

/* Zero-initialised but for max. */
typedef struct dissect_key_log {
    dissect_table randoms; /* client random to indices of secrets: one, unless a server restarts meanwhile */
    dissect_secrets *secrets;
    uint32_t count, capacity;
    uint32_t max; /* handshakes; more are refused */
} dissect_key_log;

void dissect_key_log_fini(dissect_key_log *log);

/* One line, as dissect_keylog. False: out of memory, or over the limit. */
ROAM_CHECKED bool dissect_key_log_read(dissect_key_log *log, const char *line);

/* The indices of a handshake's secrets, the latest first; NULL: none is known. Valid until a line is read. */
const dissect_value *dissect_key_log_find(const dissect_key_log *log,
                                          const uint8_t client_random[DISSECT_CLIENT_RANDOM_BYTES]);

#endif
