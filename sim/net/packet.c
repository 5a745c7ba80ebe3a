/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/packet.h"

#include <assert.h>
#include <string.h>

enum { NOT_READ, HEADERS_READ, ALL_READ };

typedef struct packet_note {
    uint8_t known; /* NOT_READ: datagram is of no meaning; ALL_READ: the checksums are right, or due */
    bool due;
    ip_datagram datagram;
} packet_note;

_Static_assert(sizeof(packet_note) <= sizeof((n3_frame){0}.note), "a note must fit");
_Static_assert(_Alignof(packet_note) <= _Alignof(uint64_t), "a note must be aligned");

static packet_note *note_of(n3_frame *frame)
{
    return (packet_note *)(void *)frame->note;
}

int packet_put(n3_frame *frame, const ip_datagram *datagram, bool checksums)
{
    packet_note *const note = note_of(frame);
    size_t encoded;
    const int error = ip_encode_bare(datagram, frame->bytes, frame->capacity, &encoded);
    if (error != IP_OK)
        return error;
    frame->length = (uint32_t)encoded;
    note->known = ALL_READ;
    note->due = true;
    note->datagram = *datagram;
    note->datagram.payload = frame->bytes + encoded - datagram->payload_len;
    if (checksums)
        packet_settle(frame);
    return IP_OK;
}

/* What a queue of ns-3's, or a router, changes without a note. */
static const ip_datagram *refreshed(const n3_frame *frame, ip_datagram *datagram)
{
    datagram->ecn = ip_ecn(frame->bytes, frame->length);
    datagram->ttl = ip_ttl(frame->bytes);
    return datagram;
}

const ip_datagram *packet_headers(n3_frame *frame)
{
    packet_note *const note = note_of(frame);
    if (note->known != NOT_READ)
        return refreshed(frame, &note->datagram);
    if (ip_parse_headers(frame->bytes, frame->length, &note->datagram) != IP_OK)
        return NULL;
    note->known = HEADERS_READ;
    note->due = false;
    return &note->datagram;
}

bool packet_peek(const n3_frame *frame, ip_datagram *out)
{
    const packet_note *const note = (const packet_note *)(const void *)frame->note;
    if (note->known == NOT_READ)
        return ip_parse_headers(frame->bytes, frame->length, out) == IP_OK;
    *out = note->datagram;
    (void)refreshed(frame, out);
    return true;
}

int packet_read(n3_frame *frame, const ip_datagram **out)
{
    packet_note *const note = note_of(frame);
    if (note->known != ALL_READ) {
        const int error = ip_parse(frame->bytes, frame->length, &note->datagram);
        if (error != IP_OK) {
            note->known = NOT_READ;
            return error;
        }
        note->known = ALL_READ;
        note->due = false;
    }
    *out = refreshed(frame, &note->datagram);
    return IP_OK;
}

int packet_rewrite_source(n3_frame *frame, const roam_addr *addr)
{
    const int error = ip_rewrite_source(frame->bytes, frame->length, addr);
    if (error == IP_OK)
        note_of(frame)->datagram.source = *addr;
    return error;
}

int packet_rewrite_destination(n3_frame *frame, const roam_addr *addr)
{
    const int error = ip_rewrite_destination(frame->bytes, frame->length, addr);
    if (error == IP_OK)
        note_of(frame)->datagram.destination = *addr;
    return error;
}

void packet_settle(n3_frame *frame)
{
    packet_note *const note = note_of(frame);
    if (note->known == NOT_READ || !note->due)
        return;
    ip_put_checksums(frame->bytes, frame->length);
    note->due = false;
}

void packet_forget(n3_frame *frame)
{
    packet_note *const note = note_of(frame);
    assert(note->known == NOT_READ || !note->due);
    note->known = NOT_READ;
}
