/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection whose packets are sealed here, and given to a dissector. */
#ifndef SIM_WIRE_TESTS_SEALED_H
#define SIM_WIRE_TESTS_SEALED_H

#include "sim/wire/dissect.h"
#include "sim/wire/packet_seal.h"
#include "sim/wire/tests/dissect_vectors.h"

#define SEALED_CLIENT_RANDOM "ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c" /* of A.2 */
#define SEALED_SERVER_INITIAL "3c199828fd139efd216c155ad844cc81fb82fa8d7446fa7d78be803acdda951b"
#define SEALED_SECRET "9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b" /* of A.5 */
#define SEALED_NEXT_SECRET "1223504755036d556342ee9361d253421a826c9ecdf3c7148684b36b714881f9"

typedef struct sealed {
    uint8_t bytes[2 * DISSECT_VECTOR_MAX];
    size_t len;
} sealed;

extern const uint8_t SEALED_CLIENT_ID[4];
extern const uint8_t SEALED_SERVER_ID[5];

sealed sealed_vector(const char *hex); /* the bytes */

dissect *sealed_begin(void);
/* The only packet of a datagram: as it is sent, as it comes to somebody who passes it on, to its receiver. */
dissect_packet sealed_feed(dissect *d, const sealed *s);
/* As it is sent, with its addresses. */
dissect_packet sealed_feed_at(dissect *d, const dissect_where *where, const sealed *s);
dissect_packet sealed_pass(dissect *d, const sealed *s);
dissect_packet sealed_arrive(dissect *d, const sealed *s);

void sealed_keys(const char *secret_hex, seal_cipher cipher, seal_keys *out);
/* The header ends with a packet number of one byte. */
sealed sealed_packet(const seal_keys *keys, const uint8_t *header, size_t header_len,
                     const char *payload_hex);
/* A packet with a long header and a packet number of one byte. */
typedef struct sealed_header {
    uint8_t first; /* the whole byte */
    uint32_t version;
    const uint8_t *destination;
    size_t destination_len;
    const uint8_t *source;
    size_t source_len;
    bool initial; /* a token of no bytes follows */
    uint8_t number;
} sealed_header;

sealed sealed_long(const seal_keys *keys, const sealed_header *header, const char *payload_hex);

/* The client's Initial with source SEALED_CLIENT_ID: half of its ClientHello. The server's: a ServerHello
 * with TLS_CHACHA20_POLY1305_SHA256, up to its cipher suite. */
sealed sealed_client_initial(bool second_half);
sealed sealed_server_initial(void);
sealed sealed_one_rtt(const seal_keys *keys, const uint8_t *id, size_t id_len, uint8_t first, uint8_t number,
                      const char *payload_hex);

/* Up to the keys of the client's 1-RTT packets, which are of SEALED_SECRET. */
dissect *sealed_connect_with(const dissect_options *options);
dissect *sealed_connect(void);

#endif
