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

recorder_challenge *recorder_challenge_keep(recorder *self, const recorder_connection *connection,
                                            dissect_side side, const uint8_t data[8])
{
    recorder_challenge *const known = recorder_challenge_find(self, connection, side, data);
    if (known)
        return known;
    recorder_challenge *const kept = calloc(1, sizeof *kept);
    if (!kept) {
        self->failed = true;
        return NULL;
    }
    kept->flight = recorder_flight_none();
    key_of(connection, side, data, kept->key);
    if (core_map_add(&self->challenges, kept->key, KEY_BYTES, kept) != 0) {
        free(kept);
        self->failed = true;
        return NULL;
    }
    kept->next = self->first_challenge;
    return self->first_challenge = kept;
}

/* --- their flight --- */

static void server_challenges(recorder *self, recorder_connection *connection, const uint8_t data[8],
                              const observer_packet *packet, uint64_t now_ns)
{
    recorder_challenge *const kept = recorder_challenge_keep(self, connection, DISSECT_SERVER, data);
    if (!kept || kept->flight.sent_ns != ROAM_NEVER)
        return;
    kept->flight.sent_ns = now_ns;
    kept->flight.queue_ns = packet->queue_ns;
    kept->flight.links_ns = packet->link_ns;
    kept->flight.bytes = packet->payload_len;
    kept->to = packet->destination;
    kept->before = connection->last_challenge;
    connection->last_challenge = kept;
}

static void answer_sent(recorder *self, recorder_challenge *asked, const dissect_packet *read,
                        const observer_packet *packet, uint64_t now_ns)
{
    const uint32_t place = asked->answer_count++ % RECORDER_SENDINGS;
    asked->answer_number[place] = read->number;
    asked->answer_sent_ns[place] = now_ns;
    asked->answer_links_ns[place] = packet->link_ns;
    if (read->sender == DISSECT_SERVER)
        recorder_attempt_answer_sent(self, asked->attempt, now_ns);
}

static dissect_side other_side(dissect_side side)
{
    return side == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT;
}

void recorder_challenges_sent(recorder *self, recorder_connection *connection, const dissect_packet *read,
                              const observer_packet *packet, uint64_t now_ns)
{
    for (size_t i = 0; i < read->frame_count; i++) {
        const dissect_frame *const frame = &read->frames[i];
        if (frame->type == DISSECT_PATH_CHALLENGE && read->sender == DISSECT_SERVER)
            server_challenges(self, connection, frame->path_data, packet, now_ns);
        if (frame->type != DISSECT_PATH_RESPONSE)
            continue;
        recorder_challenge *const asked =
            recorder_challenge_find(self, connection, other_side(read->sender), frame->path_data);
        if (asked)
            answer_sent(self, asked, read, packet, now_ns);
    }
}

/* Place of the answer in that packet; RECORDER_SENDINGS: not known. */
static uint32_t place_of(const recorder_challenge *asked, uint64_t number)
{
    uint32_t place = 0;
    while (place < RECORDER_SENDINGS &&
           (place >= asked->answer_count || asked->answer_number[place] != number))
        place++;
    return place;
}

void recorder_challenges_pass(const recorder *self, const recorder_connection *connection,
                              const dissect_packet *read, const observer_packet *packet)
{
    for (size_t i = 0; i < read->frame_count; i++) {
        const dissect_frame *const frame = &read->frames[i];
        const bool asks = frame->type == DISSECT_PATH_CHALLENGE;
        if (!asks && frame->type != DISSECT_PATH_RESPONSE)
            continue;
        recorder_challenge *const one = recorder_challenge_find(
            self, connection, asks ? read->sender : other_side(read->sender), frame->path_data);
        const uint32_t place = one && !asks ? place_of(one, read->number) : RECORDER_SENDINGS;
        if (one && asks && one->flight.received_ns == ROAM_NEVER)
            one->flight.links_ns += packet->link_ns;
        if (place < RECORDER_SENDINGS)
            one->answer_links_ns[place] += packet->link_ns;
    }
}

void recorder_challenge_came(recorder_challenge *challenge, uint64_t now_ns)
{
    if (challenge->flight.received_ns == ROAM_NEVER)
        challenge->flight.received_ns = now_ns;
}

recorder_flight recorder_challenge_answered(recorder_challenge *challenge, const dissect_packet *read,
                                            uint64_t now_ns)
{
    const uint32_t place = place_of(challenge, read->number);
    const bool first = challenge->flight.response_received_ns == ROAM_NEVER;
    recorder_flight flight = challenge->flight;
    flight.response_sent_ns = place < RECORDER_SENDINGS ? challenge->answer_sent_ns[place] : ROAM_NEVER;
    flight.response_received_ns = now_ns;
    if (first && place < RECORDER_SENDINGS)
        flight.links_ns += challenge->answer_links_ns[place];
    if (first)
        challenge->flight = flight;
    return flight;
}

void recorder_challenges_fini(recorder *self)
{
    core_map_fini(&self->challenges);
    for (recorder_challenge *at = self->first_challenge, *next; at; at = next) {
        next = at->next;
        free(at);
    }
}
