/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of qlog 0.3, as ngtcp2 writes them, in the current form (draft-ietf-quic-qlog-quic-events-13,
 * section 8.13). */
#include "sim/qlog/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void qlog_flatten(json_t *object, const char *key)
{
    json_t *const digits = json_object_get(json_object_get(object, key), "data");
    if (json_is_string(digits))
        (void)json_object_set(object, key, digits);
}

void qlog_move_length(json_t *object)
{
    json_t *const length = json_object_get(object, "length");
    if (!length)
        return;
    json_t *const raw = json_object();
    (void)json_object_set(raw, "length", length);
    (void)json_object_del(object, "length");
    (void)json_object_set_new(object, "raw", raw);
}

/* RFC 9000 section 20.1. */
static const char *const transport_errors[] = {
    "no_error",
    "internal_error",
    "connection_refused",
    "flow_control_error",
    "stream_limit_error",
    "stream_state_error",
    "final_size_error",
    "frame_encoding_error",
    "transport_parameter_error",
    "connection_id_limit_error",
    "protocol_violation",
    "invalid_token",
    "application_error",
    "crypto_buffer_exceeded",
    "key_update_error",
    "aead_limit_reached",
    "no_viable_path",
};

void qlog_put_error(json_t *object, const char *key, bool application, uint64_t code)
{
    char text[32] = "unknown";
    if (!application && code < sizeof transport_errors / sizeof transport_errors[0])
        (void)snprintf(text, sizeof text, "%s", transport_errors[code]);
    else if (!application && code >= 0x100 && code <= 0x1ff)
        (void)snprintf(text, sizeof text, "crypto_error_0x%" PRIx64, code);
    else
        (void)json_object_set_new(object, "error_code", json_integer((json_int_t)code));
    (void)json_object_set_new(object, key, json_string(text));
}

static void frame_with_length(json_t *frame)
{
    qlog_move_length(frame);
}

static void ack_frame(json_t *frame)
{
    const json_t *const delay = json_object_get(frame, "ack_delay");
    if (json_is_number(delay))
        (void)json_object_set_new(frame, "ack_delay", json_real(json_number_value(delay)));
}

static void error_of(json_t *frame, bool application)
{
    const uint64_t code = (uint64_t)json_integer_value(json_object_get(frame, "error_code"));
    (void)json_object_del(frame, "error_code");
    (void)json_object_del(frame, "raw_error_code");
    qlog_put_error(frame, "error", application, code);
}

static void frame_with_application_error(json_t *frame)
{
    error_of(frame, true);
}

static void close_frame(json_t *frame)
{
    const char *const space = json_string_value(json_object_get(frame, "error_space"));
    error_of(frame, space && strcmp(space, "application") == 0);
}

/* The length is that of the token. */
static void new_token_frame(json_t *frame)
{
    json_t *const token = json_object();
    json_t *const raw = json_object();
    json_t *const length = json_object_get(frame, "length");
    if (length)
        (void)json_object_set(raw, "length", length);
    qlog_flatten(frame, "token");
    (void)json_object_set(raw, "data", json_object_get(frame, "token"));
    (void)json_object_set_new(token, "type", json_string("resumption"));
    (void)json_object_set_new(token, "raw", raw);
    (void)json_object_del(frame, "length");
    (void)json_object_set_new(frame, "token", token);
}

static void new_connection_id_frame(json_t *frame)
{
    qlog_flatten(frame, "stateless_reset_token");
}

/* The others are the same in both forms. */
static const struct {
    const char *type;
    void (*translate)(json_t *frame);
} kinds[] = {
    {"ack", ack_frame},
    {"connection_close", close_frame},
    {"crypto", frame_with_length},
    {"datagram", frame_with_length},
    {"new_connection_id", new_connection_id_frame},
    {"new_token", new_token_frame},
    {"reset_stream", frame_with_application_error},
    {"stop_sending", frame_with_application_error},
    {"stream", frame_with_length},
};

void qlog_translate_frames(json_t *frames)
{
    size_t index;
    json_t *frame;
    json_array_foreach(frames, index, frame)
    {
        const char *const type = json_string_value(json_object_get(frame, "frame_type"));
        for (size_t i = 0; type && i < sizeof kinds / sizeof kinds[0]; i++)
            if (strcmp(type, kinds[i].type) == 0)
                kinds[i].translate(frame);
    }
}
