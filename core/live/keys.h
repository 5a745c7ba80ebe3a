/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Key and pin files.
 *
 * A key file holds one line, the Ed25519 seed in 64 hexadecimal digits, and must not be readable by anybody
 * but its owner. A pin file holds one "NAME HEXKEY" a line; empty lines and lines that begin with # mean
 * nothing.
 */
#ifndef CORE_LIVE_KEYS_H
#define CORE_LIVE_KEYS_H

#include "core/roam.h"

#define LIVE_MESSAGE_MAX 512

/* Why it failed, for people: "FILE:LINE: ..." or "FILE: ...". */
typedef struct live_message {
    char text[LIVE_MESSAGE_MAX];
} live_message;

/* Reads the seed of a key file, or makes a new one (mode 0600, complete or not there at all) when there is
 * none. Errors: INVALID_ARGUMENT, with *message. */
ROAM_CHECKED int live_key_file_load(const char *path, uint8_t seed[ROAM_KEY_BYTES], live_message *message);

/* Calls roam_node_pin for every line; a file that is not there has none. A name with two different keys is an
 * error. Errors: INVALID_ARGUMENT, NO_MEMORY, with *message; pins of earlier lines stay. */
ROAM_CHECKED int live_pin_file_load(const char *path, roam_node *node, live_message *message);

/* Adds one line in one write; makes the file (mode 0600) when there is none. Errors: INVALID_ARGUMENT. */
ROAM_CHECKED int live_pin_file_add(const char *path, const char *name, const uint8_t key[ROAM_KEY_BYTES],
                                   live_message *message);

#endif
