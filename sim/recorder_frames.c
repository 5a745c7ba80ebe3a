/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/recorder_internal.h"

#include <string.h>

static void keep_challenge(recorder_frames *self, recorder_path *path, const dissect_frame *frame)
{
    recorder_challenge *const kept = &self->challenges[self->challenge_count++ % RECORDER_CHALLENGES];
    kept->path = path;
    memcpy(kept->data, frame->path_data, sizeof kept->data);
}

static void await(recorder_frames *self, recorder_path *path, const observer_packet *packet, bool validates)
{
    self->awaited[self->awaited_count++ % RECORDER_CHALLENGES] =
        (recorder_awaited){.path = path, .tag = recorder_tag_of(packet), .validates = validates};
}

/* The other end answers a challenge of the host: RFC 9000 section 8.2.3. */
static void answered(recorder *self, const observer_packet *packet, const dissect_frame *frame,
                     uint64_t now_ns)
{
    for (size_t i = 0; i < RECORDER_CHALLENGES; i++) {
        const recorder_challenge *const asked = &self->frames.challenges[i];
        if (asked->path && asked->path->node != packet->node &&
            memcmp(asked->data, frame->path_data, sizeof asked->data) == 0 &&
            asked->path->response_received_ns == ROAM_NEVER) {
            recorder_watch_add(&asked->path->responses, packet, now_ns);
            return;
        }
    }
}

void recorder_frames_sent(recorder *self, recorder_path *path, const observer_packet *packet, uint64_t now_ns)
{
    const bool moving =
        path->first_call != SCENARIO_NONE && self->scenario->networks[packet->network].nat != SCENARIO_NONE;
    for (size_t i = 0; i < packet->view->packet_count; i++) {
        const dissect_packet *const read = &packet->view->packets[i];
        for (size_t j = 0; j < read->frame_count; j++) {
            const dissect_frame *const frame = &read->frames[j];
            if (frame->type == DISSECT_PATH_CHALLENGE && moving) {
                keep_challenge(&self->frames, path, frame);
                await(&self->frames, path, packet, false);
            } else if (frame->type == DISSECT_PATH_RESPONSE && moving) {
                await(&self->frames, path, packet, true);
            } else if (frame->type == DISSECT_PATH_RESPONSE) {
                answered(self, packet, frame, now_ns);
            }
        }
    }
}

void recorder_frames_arrived(recorder *self, const observer_packet *packet, uint64_t now_ns)
{
    if (self->frames.awaited_count == 0)
        return;
    const uint64_t tag = recorder_tag_of(packet);
    for (size_t i = 0; i < RECORDER_CHALLENGES; i++) {
        recorder_awaited *const awaited = &self->frames.awaited[i];
        if (!awaited->path || awaited->tag != tag || awaited->path->node == packet->node)
            continue;
        if (awaited->validates)
            recorder_path_validated(self, awaited->path, now_ns);
        else if (awaited->path->received_ns == ROAM_NEVER)
            recorder_path_received(self, awaited->path, now_ns);
        awaited->path = NULL;
    }
}
