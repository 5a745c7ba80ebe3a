/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fixture: two QUIC connections that exchange their datagrams directly, over virtual time. */
#ifndef CORE_TLS_TESTS_HANDSHAKE_H
#define CORE_TLS_TESTS_HANDSHAKE_H

#include "core/tls/tests/reframe.h"
#include "core/tls/tls.h"

enum { HANDSHAKE_STREAM_BYTES = 4000 };

typedef struct handshake handshake;

typedef struct handshake_options {
    uint64_t seed; /* of both random sources */
    const char *client_alpn;
    const char *server_alpn;                           /* both NULL: ROAM_ALPN */
    const char *client_name;                           /* NULL: "client" */
    void (*keylog)(void *user_data, const char *line); /* of both ends; keylog_data[0] is the client's */
    void *keylog_data[2];
    /* Makes the native TLS handle of the end foreign_role in place of core/tls/tls.c, and frees it. Optional.
     */
    void *(*foreign_new)(core_tls_role role, void *conn_ref, const void *foreign_data);
    void (*foreign_free)(void *native);
    const void *foreign_data;
    core_tls_role foreign_role;
    reframe_change frames[2]; /* by the sender's role: changes the frames of its packets. Optional. */
    void *frames_data;
    roam_shared *shared; /* of both ends; NULL: none */
    bool brief;          /* it ends when both ends completed it, or one closed; no data is sent */
    bool never_entered;  /* the client's context is entered only while its session is made */
} handshake_options;

/* What came of it. Indexed by core_tls_role where both ends have one. */
typedef struct handshake_result {
    bool completed[2];
    bool open[2];                    /* completed, and not closed since */
    const core_certificate *peer[2]; /* until handshake_free */
    /* The QUIC error code that this end sent, and the one that it received; 0 for none. */
    uint64_t error_sent[2];
    uint64_t error_received[2];
    size_t datagrams;
    uint64_t digest[2];  /* of all datagrams that this end sent */
    size_t stream_bytes; /* that the server received after the handshake */
} handshake_result;

/* Runs a handshake, then, when it completed, sends 4000 bytes with a key update (RFC 9001 section 6) in the
 * middle. NULL when a session or connection could not be made: *status says why. */
handshake *handshake_run(const handshake_options *options, int *status);
const handshake_result *handshake_get(const handshake *pair);
void handshake_free(handshake *pair);

#endif
