/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libFuzzer target: a capture file as roam dissect reads it. The input is the file: its blocks, the link
 * layer of its packets, the QUIC packets in them, and the secrets in it. */
#include "sim/wire/capture_reader.h"
#include "sim/wire/dissect.h"
#include "sim/wire/link_layer.h"
#include "sim/wire/transport_parameters.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { CONNECTIONS_MAX = 8, LINE_MAX = 512 };

static void read_secrets(dissect *d, const capture_record *record)
{
    char line[LINE_MAX];
    const size_t len = record->len < sizeof line ? record->len : sizeof line - 1;
    memcpy(line, record->bytes, len);
    line[len] = '\0';
    const int status = dissect_keylog(d, line);
    assert(status == 0 || dissect_failed(d));
}

/* Reads all of it, so that the sanitizers see every byte. */
static void read_packet(dissect *d, const capture_reader *reader, const capture_record *record)
{
    volatile unsigned sum = 0;
    link_datagram datagram;
    assert(record->interface < capture_reader_interface_count(reader) && record->full_len >= record->len);
    const capture_interface *const from = capture_reader_interface(reader, record->interface);
    for (size_t i = 0; i < record->len; i++)
        sum += record->bytes[i];
    if (link_read(from->link_type, record->bytes, record->len, record->full_len, &datagram) != LINK_UDP)
        return;
    assert(datagram.payload_len <= datagram.full_len && datagram.payload >= record->bytes &&
           datagram.payload + datagram.payload_len <= record->bytes + record->len);
    const dissect_where where = {datagram.source, datagram.destination};
    const dissect_view *const view = dissect_datagram_at(d, &where, datagram.payload, datagram.payload_len);
    for (size_t i = 0; i < view->packet_count; i++)
        for (size_t j = 0; j < view->packets[i].frame_count; j++)
            for (size_t k = 0; k < view->packets[i].frames[j].len; k++)
                sum += view->packets[i].frames[j].data[k];
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const dissect_options options = {.connections_max = CONNECTIONS_MAX};
    capture_record record;
    capture_reader *reader = NULL;
    dissect *d = NULL;
    if (len == 0)
        return 0;
    uint8_t *const copy = malloc(len);
    assert(copy);
    memcpy(copy, data, len);
    FILE *const file = fmemopen(copy, len, "rb");
    assert(file);
    if (capture_reader_new(file, &reader) != 0) {
        (void)fclose(file);
        free(copy);
        return 0;
    }
    if (dissect_new(&options, &d) != 0)
        abort();
    while (capture_reader_next(reader, &record) == CAPTURE_RECORD)
        if (record.kind == CAPTURE_SECRETS)
            read_secrets(d, &record);
        else
            read_packet(d, reader, &record);
    for (uint32_t i = 0; i < dissect_connection_count(d); i++) {
        dissect_about about;
        dissect_describe(d, i, &about);
        for (int side = 0; side < 2; side++) {
            const transport_parameters *const parameters =
                dissect_parameters(d, i, side ? DISSECT_SERVER : DISSECT_CLIENT);
            assert(!parameters ||
                   parameters->preferred_address.connection_id.len <= DISSECT_CONNECTION_ID_MAX);
        }
    }
    dissect_free(d);
    capture_reader_free(reader);
    free(copy);
    return 0;
}
