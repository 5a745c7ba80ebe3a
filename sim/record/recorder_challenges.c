/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_BYTES = 4 + 1 + 8 };

static void key_of(const recorder_connection *connection, dissect_side side, const uint8_t data[8],
                   uint8_t key[KEY_BYTES])
{
    memcpy(key, &connection->index, 4);
    key[4] = (uint8_t)side;
    memcpy(key + 5, data, 8);
}

recorder_challenge *recorder_challenge_find(const recorder *self, const recorder_connection *connection,
                                            dissect_side side, const uint8_t data[8])
{
    uint8_t key[KEY_BYTES];
    key_of(connection, side, data, key);
    return core_map_get(&self->challenges, key, sizeof key);
}

void recorder_challenge_keep(recorder *self, const recorder_connection *connection, dissect_side side,
                             const uint8_t data[8], recorder_attempt *attempt)
{
    if (recorder_challenge_find(self, connection, side, data))
        return;
    recorder_challenge *const kept = calloc(1, sizeof *kept);
    if (!kept) {
        self->failed = true;
        return;
    }
    kept->attempt = attempt;
    key_of(connection, side, data, kept->key);
    if (core_map_add(&self->challenges, kept->key, KEY_BYTES, kept) != 0) {
        free(kept);
        self->failed = true;
        return;
    }
    kept->next = self->first_challenge;
    self->first_challenge = kept;
}

void recorder_challenges_fini(recorder *self)
{
    core_map_fini(&self->challenges);
    for (recorder_challenge *at = self->first_challenge, *next; at; at = next) {
        next = at->next;
        free(at);
    }
}
