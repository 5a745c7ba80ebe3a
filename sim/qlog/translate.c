/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of qlog 0.3, as ngtcp2 writes them, in the current form. */
#include "sim/qlog/internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* Addresses are hexadecimal digits in ngtcp2's records. */
static void readable(json_t *object, const char *key, int family, size_t bytes)
{
    const char *const digits = json_string_value(json_object_get(object, key));
    unsigned char address[16] = {0};
    char text[INET6_ADDRSTRLEN];
    unsigned byte;
    if (!digits || strlen(digits) != 2 * bytes)
        return;
    for (size_t i = 0; i < bytes; i++) {
        if (sscanf(digits + 2 * i, "%2x", &byte) != 1) // NOLINT(cert-err34-c): two digits are in range
            return;
        address[i] = (unsigned char)byte;
    }
    if (inet_ntop(family, address, text, sizeof text))
        (void)json_object_set_new(object, key, json_string(text));
}

static void parameters_set(json_t *data)
{
    json_t *const preferred = json_object_get(data, "preferred_address");
    json_t *const owner = json_object_get(data, "owner");
    if (owner)
        (void)json_object_set(data, "initiator", owner);
    (void)json_object_del(data, "owner");
    qlog_flatten(data, "stateless_reset_token");
    if (!preferred)
        return;
    qlog_flatten(preferred, "stateless_reset_token");
    readable(preferred, "ip_v4", AF_INET, 4);
    readable(preferred, "ip_v6", AF_INET6, 16);
}

/* {"data": "..."}, where the current form has a Token. */
static void token_of_header(json_t *header, json_t *from, const char *type)
{
    json_t *const digits = json_object_get(from, "data");
    if (!json_is_string(digits))
        return;
    json_t *const token = json_object();
    json_t *const raw = json_object();
    (void)json_object_set_new(raw, "length", json_integer((json_int_t)(json_string_length(digits) / 2)));
    (void)json_object_set(raw, "data", digits);
    if (type)
        (void)json_object_set_new(token, "type", json_string(type));
    (void)json_object_set_new(token, "raw", raw);
    (void)json_object_set_new(header, "token", token);
}

static bool has_number(const json_t *header)
{
    static const char *const without[] = {"retry", "version_negotiation", "stateless_reset", "unknown"};
    const char *const type = json_string_value(json_object_get(header, "packet_type"));
    for (size_t i = 0; type && i < sizeof without / sizeof without[0]; i++)
        if (strcmp(type, without[i]) == 0)
            return false;
    return true;
}

static void packet(json_t *data)
{
    json_t *const header = json_object_get(data, "header");
    if (!has_number(header))
        (void)json_object_del(header, "packet_number");
    token_of_header(header, json_object_get(header, "token"), NULL);
    token_of_header(header, json_object_get(data, "retry_token"), "retry");
    (void)json_object_del(data, "retry_token");
    qlog_flatten(data, "stateless_reset_token");
    qlog_translate_frames(json_object_get(data, "frames"));
}

static void metrics_updated(json_t *data)
{
    static const char *const times[] = {"min_rtt", "smoothed_rtt", "latest_rtt", "rtt_variance"};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        const json_t *const value = json_object_get(data, times[i]);
        if (json_is_number(value))
            (void)json_object_set_new(data, times[i], json_real(json_number_value(value)));
    }
}

static const struct {
    const char *before, *now;
    void (*translate)(json_t *data);
} kinds[] = {
    {"transport:packet_sent", "quic:packet_sent", packet},
    {"transport:packet_received", "quic:packet_received", packet},
    {"recovery:metrics_updated", "quic:recovery_metrics_updated", metrics_updated},
    {"recovery:packet_lost", "quic:packet_lost", packet},
    {"transport:parameters_set", "quic:parameters_set", parameters_set},
};

const char *qlog_translate(const char *name, json_t *data)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(name, kinds[i].before) != 0)
            continue;
        kinds[i].translate(data);
        return kinds[i].now;
    }
    return NULL;
}
