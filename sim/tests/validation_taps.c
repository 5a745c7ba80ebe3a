/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/tests/validation_taps.h"

#include "core/hash.h"

#include <stdlib.h>
#include <string.h>

#define PTO_COUNT "\"pto_count\":"

static uint64_t digest_of(const observer_packet *packet)
{
    return core_hash_bytes(CORE_HASH_START, packet->payload, packet->payload_len);
}

static validation_flight *flight_of(validation_taps *taps, const uint8_t data[8])
{
    for (size_t i = 0; i < taps->flight_count; i++)
        if (memcmp(taps->flights[i].data, data, sizeof taps->flights[i].data) == 0)
            return &taps->flights[i];
    return NULL;
}

static void on_challenge(validation_taps *taps, const observer_packet *packet, const dissect_frame *frame,
                         uint64_t now_ns)
{
    if (taps->flight_count == VALIDATION_FLIGHTS_MAX) {
        taps->overflow = true;
        return;
    }
    const validation_source *source = validation_source_of(taps, packet->node, &packet->destination);
    validation_flight *flight = &taps->flights[taps->flight_count++];
    *flight = (validation_flight){.challenger = packet->node,
                                  .from = packet->source,
                                  .to = packet->destination,
                                  .heard = source ? source->received : 0,
                                  .challenge_digest = digest_of(packet),
                                  .challenge_sent_ns = now_ns,
                                  .challenge_received_ns = ROAM_NEVER,
                                  .response_sent_ns = ROAM_NEVER,
                                  .response_received_ns = ROAM_NEVER};
    memcpy(flight->data, frame->path_data, sizeof flight->data);
}

static void on_response(validation_taps *taps, const observer_packet *packet, const dissect_frame *frame,
                        uint64_t now_ns)
{
    validation_flight *flight = flight_of(taps, frame->path_data);
    if (!flight || flight->response_sent_ns != ROAM_NEVER)
        return;
    flight->response_digest = digest_of(packet);
    flight->response_sent_ns = now_ns;
}

static bool is_probing(dissect_frame_type type)
{
    return type == DISSECT_PADDING || type == DISSECT_PATH_CHALLENGE || type == DISSECT_PATH_RESPONSE ||
           type == DISSECT_NEW_CONNECTION_ID;
}

static void on_data(validation_taps *taps, const observer_packet *packet, uint64_t now_ns)
{
    if (validation_local_of(taps, packet->node, &packet->source))
        return;
    if (taps->local_count == VALIDATION_SOURCES_MAX) {
        taps->overflow = true;
        return;
    }
    taps->locals[taps->local_count++] = (validation_local){.node = packet->node,
                                                           .address = packet->source,
                                                           .digest = digest_of(packet),
                                                           .sent_ns = now_ns,
                                                           .received_ns = ROAM_NEVER};
}

static void on_frames(validation_taps *taps, const observer_packet *packet, uint64_t now_ns)
{
    for (size_t i = 0; i < packet->view->packet_count; i++) {
        const dissect_packet *quic = &packet->view->packets[i];
        for (size_t j = 0; j < quic->frame_count; j++) {
            const dissect_frame *frame = &quic->frames[j];
            if (frame->type == DISSECT_PATH_CHALLENGE)
                on_challenge(taps, packet, frame, now_ns);
            else if (frame->type == DISSECT_PATH_RESPONSE)
                on_response(taps, packet, frame, now_ns);
            else if (!is_probing(frame->type))
                on_data(taps, packet, now_ns);
        }
    }
}

/* A challenge, a response or a first datagram under way may be in the datagram that arrives. */
static void arrive(validation_taps *taps, const observer_packet *packet, uint64_t now_ns)
{
    uint64_t digest = 0;
    for (size_t i = 0; i < taps->flight_count; i++) {
        validation_flight *flight = &taps->flights[i];
        const bool answers = flight->challenger == packet->node;
        uint64_t *received_ns = answers ? &flight->response_received_ns : &flight->challenge_received_ns;
        if (*received_ns != ROAM_NEVER || (answers && flight->response_sent_ns == ROAM_NEVER))
            continue;
        if (!digest)
            digest = digest_of(packet);
        if (digest != (answers ? flight->response_digest : flight->challenge_digest))
            continue;
        *received_ns = now_ns;
        if (!answers)
            flight->arrived_at = packet->destination;
    }
    for (size_t i = 0; i < taps->local_count; i++) {
        validation_local *local = &taps->locals[i];
        if (local->received_ns != ROAM_NEVER || local->node == packet->node)
            continue;
        if (!digest)
            digest = digest_of(packet);
        if (digest == local->digest)
            local->received_ns = now_ns;
    }
}

/* source_count: none. */
static size_t source_index(const validation_taps *taps, uint32_t node, const roam_addr *address)
{
    size_t i = 0;
    while (i < taps->source_count &&
           !(taps->sources[i].node == node && roam_addr_equal(&taps->sources[i].address, address)))
        i++;
    return i;
}

static void count_received(validation_taps *taps, const observer_packet *packet, uint64_t now_ns)
{
    const size_t i = source_index(taps, packet->node, &packet->source);
    if (i == VALIDATION_SOURCES_MAX) {
        taps->overflow = true;
        return;
    }
    validation_source *source = &taps->sources[i];
    if (i == taps->source_count) {
        taps->source_count++;
        *source = (validation_source){.node = packet->node, .address = packet->source, .first_ns = now_ns};
    }
    source->received += packet->payload_len;
}

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    validation_taps *taps = ctx;
    if (packet->drop == OBSERVER_DROP_QUEUE)
        taps->last_queue_drop_ns = now_ns;
    if (packet->drop != OBSERVER_NOT_DROPPED)
        return;
    if (!packet->up) {
        count_received(taps, packet, now_ns);
        arrive(taps, packet, now_ns);
        return;
    }
    const size_t i = source_index(taps, packet->node, &packet->destination);
    if (i < taps->source_count)
        taps->sources[i].sent += packet->payload_len;
    if (packet->view)
        on_frames(taps, packet, now_ns);
}

/* ---- qlog ---- */

static void on_qlog(void *ctx, uint32_t node, uint32_t connection, bool dialled, const roam_qlog *told)
{
    validation_taps *taps = ctx;
    validation_recovery *recovery = &taps->recovery[node];
    const uint64_t now_ns = taps->world ? world_now_ns(taps->world) : 0;
    char text[1024];
    (void)connection, (void)dialled;
    if (told->kind != ROAM_QLOG_RECORDS || told->len >= sizeof text)
        return; /* neither of the two events is so long */
    memcpy(text, told->data, told->len);
    text[told->len] = '\0';
    if (strstr(text, "\"recovery:packet_lost\"")) {
        recovery->lost++;
        recovery->last_lost_ns = now_ns;
    }
    const char *found = strstr(text, PTO_COUNT);
    if (found)
        recovery->pto_count = strtoull(found + strlen(PTO_COUNT), NULL, 10);
}

/* ---- Interface ---- */

observer validation_taps_observer(validation_taps *taps)
{
    return (observer){.ctx = taps, .frames = true, .packet = on_packet, .qlog = on_qlog};
}

const validation_source *validation_source_of(const validation_taps *taps, uint32_t node,
                                              const roam_addr *address)
{
    const size_t i = source_index(taps, node, address);
    return i < taps->source_count ? &taps->sources[i] : NULL;
}

const validation_local *validation_local_of(const validation_taps *taps, uint32_t node,
                                            const roam_addr *address)
{
    for (size_t i = 0; i < taps->local_count; i++)
        if (taps->locals[i].node == node && roam_addr_equal(&taps->locals[i].address, address))
            return &taps->locals[i];
    return NULL;
}

uint64_t validation_flight_transit_ns(const validation_flight *flight)
{
    if (flight->challenge_received_ns == ROAM_NEVER || flight->response_received_ns == ROAM_NEVER)
        return ROAM_NEVER;
    return flight->challenge_received_ns - flight->challenge_sent_ns +
           (flight->response_received_ns - flight->response_sent_ns);
}
