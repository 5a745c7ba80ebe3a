/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/endpoint/closing.h"

#include <stdio.h>

/* RFC 9001 section 4.8: CRYPTO_ERROR, with a TLS alert in the low byte. */
enum { CRYPTO_ERROR = 0x100, ALERT_MAX = 0xff };

static const struct {
    uint64_t code;
    const char *name;
} transport_errors[] = {
    /* RFC 9000 section 20.1 */
    {0x00, "NO_ERROR"},
    {0x01, "INTERNAL_ERROR"},
    {0x02, "CONNECTION_REFUSED"},
    {0x03, "FLOW_CONTROL_ERROR"},
    {0x04, "STREAM_LIMIT_ERROR"},
    {0x05, "STREAM_STATE_ERROR"},
    {0x06, "FINAL_SIZE_ERROR"},
    {0x07, "FRAME_ENCODING_ERROR"},
    {0x08, "TRANSPORT_PARAMETER_ERROR"},
    {0x09, "CONNECTION_ID_LIMIT_ERROR"},
    {0x0a, "PROTOCOL_VIOLATION"},
    {0x0b, "INVALID_TOKEN"},
    {0x0c, "APPLICATION_ERROR"},
    {0x0d, "CRYPTO_BUFFER_EXCEEDED"},
    {0x0e, "KEY_UPDATE_ERROR"},
    {0x0f, "AEAD_LIMIT_REACHED"},
    {0x10, "NO_VIABLE_PATH"},
    /* RFC 8446 appendix B.2, RFC 7301 section 3.2 */
    {CRYPTO_ERROR + 10, "unexpected_message"},
    {CRYPTO_ERROR + 20, "bad_record_mac"},
    {CRYPTO_ERROR + 40, "handshake_failure"},
    {CRYPTO_ERROR + 42, "bad_certificate"},
    {CRYPTO_ERROR + 43, "unsupported_certificate"},
    {CRYPTO_ERROR + 44, "certificate_revoked"},
    {CRYPTO_ERROR + 45, "certificate_expired"},
    {CRYPTO_ERROR + 46, "certificate_unknown"},
    {CRYPTO_ERROR + 47, "illegal_parameter"},
    {CRYPTO_ERROR + 48, "unknown_ca"},
    {CRYPTO_ERROR + 49, "access_denied"},
    {CRYPTO_ERROR + 50, "decode_error"},
    {CRYPTO_ERROR + 51, "decrypt_error"},
    {CRYPTO_ERROR + 70, "protocol_version"},
    {CRYPTO_ERROR + 71, "insufficient_security"},
    {CRYPTO_ERROR + 80, "internal_error"},
    {CRYPTO_ERROR + 109, "missing_extension"},
    {CRYPTO_ERROR + 110, "unsupported_extension"},
    {CRYPTO_ERROR + 112, "unrecognized_name"},
    {CRYPTO_ERROR + 116, "certificate_required"},
    {CRYPTO_ERROR + 120, "no_application_protocol"},
};

static const char *error_name(uint64_t code)
{
    for (size_t i = 0; i < sizeof transport_errors / sizeof transport_errors[0]; i++)
        if (transport_errors[i].code == code)
            return transport_errors[i].name;
    return "unknown";
}

const char *closing_kind_text(uint32_t kind)
{
    static const char *const names[] = {
        [ROAM_ENDPOINT_CLOSED_HERE] = "HERE",           [ROAM_ENDPOINT_CLOSED_THERE] = "THERE",
        [ROAM_ENDPOINT_CLOSED_RESET] = "RESET",         [ROAM_ENDPOINT_CLOSED_IDLE] = "IDLE",
        [ROAM_ENDPOINT_CLOSED_HANDSHAKE] = "HANDSHAKE", [ROAM_ENDPOINT_CLOSED_DROPPED] = "DROPPED"};
    static char texts[2][32];
    static size_t next;
    char *const text = texts[next++ % 2];
    if (kind < sizeof names / sizeof names[0] && names[kind])
        (void)snprintf(text, sizeof texts[0], "CLOSED_%s (%u)", names[kind], kind);
    else
        (void)snprintf(text, sizeof texts[0], "none (%u)", kind);
    return text;
}

const char *closing_text(const roam_endpoint_event *event, char text[CLOSING_TEXT_MAX])
{
    const uint64_t code = event->closed.code;
    const char *const kind = closing_kind_text(event->closed.kind);
    if (event->closed.application)
        (void)snprintf(text, CLOSING_TEXT_MAX, "%s, code %llu of the application", kind,
                       (unsigned long long)code);
    else if (code >= CRYPTO_ERROR && code <= CRYPTO_ERROR + ALERT_MAX)
        (void)snprintf(text, CLOSING_TEXT_MAX, "%s, code 0x%llx of QUIC: TLS alert %llu, %s", kind,
                       (unsigned long long)code, (unsigned long long)code - CRYPTO_ERROR, error_name(code));
    else
        (void)snprintf(text, CLOSING_TEXT_MAX, "%s, code 0x%llx of QUIC: %s", kind, (unsigned long long)code,
                       error_name(code));
    return text;
}
