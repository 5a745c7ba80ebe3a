/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/recorder_internal.h"

#include <string.h>

/* What the taps tell once they see frames: a challenge is known by its data when it is answered, a datagram
 * by its bytes when it arrives, and neither NATs nor relays on the way matter. */

static void keep_challenge(recorder_frames *self, recorder_path *path, const dissect_frame *frame)
{
    recorder_challenge *const kept = &self->challenges[self->challenge_count++ % RECORDER_CHALLENGES];
    kept->path = path;
    memcpy(kept->data, frame->path_data, sizeof kept->data);
}

static void await(recorder_frames *self, recorder_path *path, const observer_packet *packet,
                  recorder_news news, uint64_t now_ns)
{
    if (self->awaited_count == RECORDER_CHALLENGES) /* the one that is overdue for longest */
        memmove(self->awaited, self->awaited + 1, --self->awaited_count * sizeof *self->awaited);
    self->awaited[self->awaited_count++] =
        (recorder_awaited){path, recorder_tag_of(packet), packet->payload_len, news, now_ns};
}

/* The other end answers a challenge of the host: RFC 9000 section 8.2.3. What a relay passes on left before.
 */
static void answered(recorder *self, const observer_packet *packet, const dissect_frame *frame,
                     uint64_t now_ns)
{
    for (size_t i = 0; i < RECORDER_CHALLENGES; i++) {
        const recorder_challenge *const asked = &self->frames.challenges[i];
        if (asked->path && self->migrations[asked->path->first_call].to == packet->node &&
            memcmp(asked->data, frame->path_data, sizeof asked->data) == 0) {
            await(&self->frames, asked->path, packet, RECORDER_RESPONSE, now_ns);
            return;
        }
    }
}

void recorder_frames_sent(recorder *self, recorder_path *path, const observer_packet *packet, uint64_t now_ns)
{
    const bool moving = path->first_call != SCENARIO_NONE;
    for (size_t i = 0; i < packet->view->packet_count; i++) {
        const dissect_packet *const read = &packet->view->packets[i];
        for (size_t j = 0; j < read->frame_count; j++) {
            const dissect_frame *const frame = &read->frames[j];
            if (frame->type == DISSECT_PATH_CHALLENGE && moving) {
                keep_challenge(&self->frames, path, frame);
                await(&self->frames, path, packet, RECORDER_CHALLENGE, now_ns);
            } else if (frame->type == DISSECT_PATH_RESPONSE && moving) {
                await(&self->frames, path, packet, RECORDER_CONFIRMATION, now_ns);
            } else if (frame->type == DISSECT_PATH_RESPONSE) {
                answered(self, packet, frame, now_ns);
            }
        }
    }
}

/* False: it came somewhere on its way, to a relay. */
static bool take(recorder *self, const recorder_awaited *awaited, const observer_packet *packet,
                 uint64_t now_ns)
{
    recorder_path *const path = awaited->path;
    const uint32_t to = self->migrations[path->first_call].to;
    if (packet->node != (awaited->news == RECORDER_RESPONSE ? path->node : to))
        return false;
    switch (awaited->news) {
    case RECORDER_CHALLENGE:
        if (path->received_ns == ROAM_NEVER)
            recorder_path_received(self, path, now_ns);
        break;
    case RECORDER_RESPONSE:
        path->arrivals[path->arrival_count++ % RECORDER_ARRIVALS] = now_ns;
        if (path->response_received_ns == ROAM_NEVER)
            recorder_path_answered(self, path, awaited->sent_ns, now_ns);
        break;
    case RECORDER_CONFIRMATION:
        recorder_path_validated(self, path, now_ns);
        break;
    }
    return true;
}

void recorder_frames_arrived(recorder *self, const observer_packet *packet, uint64_t now_ns)
{
    recorder_frames *const frames = &self->frames;
    uint64_t tag = 0;
    for (size_t i = 0; i < frames->awaited_count;) {
        const recorder_awaited *const awaited = &frames->awaited[i];
        if (awaited->len == packet->payload_len && tag == 0)
            tag = recorder_tag_of(packet);
        if (awaited->len != packet->payload_len || awaited->tag != tag ||
            !take(self, awaited, packet, now_ns)) {
            i++;
            continue;
        }
        frames->awaited_count--;
        memmove(&frames->awaited[i], &frames->awaited[i + 1],
                (frames->awaited_count - i) * sizeof *frames->awaited);
    }
}

bool recorder_frames_close(const observer_packet *packet)
{
    for (size_t i = 0; packet->view && i < packet->view->packet_count; i++)
        for (size_t j = 0; j < packet->view->packets[i].frame_count; j++)
            if (packet->view->packets[i].frames[j].type == DISSECT_CONNECTION_CLOSE)
                return true;
    return false;
}
