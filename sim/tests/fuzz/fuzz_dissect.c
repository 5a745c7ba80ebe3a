/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer target: whatever may come to a tap. The input is a row of items: a byte that says what it is, two
 * bytes of length, and as many bytes. Some are datagrams as they are, some lines of a key log, and some are
 * payloads of packets that are sealed here under the keys of a connection, so that frames come under fuzz,
 * and headers that are authentic.
 */
#include "sim/wire/dissect.h"
#include "sim/wire/dissect_frames.h"
#include "sim/wire/packet_seal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { ITEM_MAX = 4096, CONNECTIONS_MAX = 8 };

/* Reads all of it, so that the sanitizers see every byte. */
static void walk(const dissect_view *view, const uint8_t *bytes, size_t len)
{
    volatile unsigned sum = 0;
    size_t at = 0;
    (void)bytes;
    for (size_t i = 0; i < view->packet_count; i++) {
        const dissect_packet *const packet = &view->packets[i];
        assert(packet->start == at && packet->size > 0 && packet->start + packet->size <= len);
        assert(packet->destination.len <= DISSECT_CONNECTION_ID_MAX);
        assert(packet->frame_count == 0 || packet->status == DISSECT_READ ||
               packet->status == DISSECT_BAD_FRAMES);
        at += packet->size;
        for (size_t j = 0; j < packet->token_len; j++)
            sum += packet->token[j];
        for (size_t j = 0; j < packet->frame_count; j++) {
            const dissect_frame *const frame = &packet->frames[j];
            for (size_t k = 0; k < frame->len; k++)
                sum += frame->data[k];
            for (size_t k = 0; k < frame->range_count; k++)
                assert(frame->ranges[k].smallest <= frame->ranges[k].largest);
            assert(frame->type != DISSECT_ACK || frame->range_count > 0);
        }
    }
}

static void feed(dissect *d, const uint8_t *bytes, size_t len)
{
    uint8_t *const exact = malloc(len + 1); /* so that one byte too far is seen */
    assert(exact);
    uint8_t *const end = exact + 1;
    memcpy(end, bytes, len);
    walk(dissect_datagram(d, end, len), end, len);
    free(exact);
}

/* An Initial of the client of RFC 9001 Appendix A with that payload. */
static void feed_sealed(dissect *d, const uint8_t *payload, size_t len, uint8_t number)
{
    static const uint8_t secret[] = {0xc0, 0x0c, 0xf1, 0x51, 0xca, 0x5b, 0xe0, 0x75, 0xed, 0x0e, 0xbf,
                                     0xb5, 0xc8, 0x03, 0x23, 0xc4, 0x2d, 0x6b, 0x7d, 0xb6, 0x78, 0x81,
                                     0x28, 0x9a, 0xf4, 0x00, 0x8f, 0x1f, 0x6c, 0x35, 0x7a, 0xea};
    uint8_t header[] = {0xc0, 0,    0, 0, 1, 8, 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51,
                        0x57, 0x08, 4, 1, 2, 3, 4,    0,    0,    0,    0};
    uint8_t bytes[ITEM_MAX + 64];
    seal_keys keys;
    size_t sealed_len;
    const size_t rest = 1 + len + SEAL_TAG_BYTES;
    header[sizeof header - 3] = (uint8_t)(0x40 | rest >> 8);
    header[sizeof header - 2] = (uint8_t)rest;
    header[sizeof header - 1] = number;
    const seal_packet packet = {.header = header,
                                .header_len = sizeof header,
                                .number_len = 1,
                                .number = number,
                                .payload = payload,
                                .payload_len = len};
    if (seal_keys_init(&keys, SEAL_AES_128_GCM, secret) == 0 &&
        packet_seal(&keys, &packet, bytes, sizeof bytes, &sealed_len) == 0)
        feed(d, bytes, sealed_len);
}

static void feed_line(dissect *d, const uint8_t *bytes, size_t len)
{
    char *const line = malloc(len + 1);
    assert(line);
    memcpy(line, bytes, len);
    line[len] = '\0';
    const int status = dissect_keylog(d, line);
    assert(status == 0 || status == ROAM_ERR_NO_MEMORY);
    free(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const dissect_options options = {.connections_max = CONNECTIONS_MAX};
    dissect_frames frames = {0};
    dissect *d;
    uint8_t number = 0;
    if (dissect_new(&options, &d) != 0)
        return 0;
    while (len >= 3) {
        const uint8_t kind = data[0];
        size_t item = (size_t)data[1] << 8 | data[2];
        data += 3;
        len -= 3;
        if (item > len)
            item = len;
        if (kind % 4 == 0)
            feed(d, data, item);
        else if (kind % 4 == 1)
            feed_line(d, data, item);
        else if (kind % 4 == 2 && item <= ITEM_MAX)
            feed_sealed(d, data, item, number++);
        else
            (void)dissect_frames_read(&frames, data, item);
        dissect_frames_clear(&frames);
        data += item;
        len -= item;
    }
    assert(dissect_connection_count(d) <= CONNECTIONS_MAX);
    dissect_frames_fini(&frames);
    dissect_free(d);
    return 0;
}
