/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/ns3/options.h"

#include <stddef.h>

enum { PPP_HEADER_BYTES = 2, WIFI_QUEUE_PACKETS = 500 };

#define CSMA_RATE_BPS UINT64_C(100000000)
#define DISTANCE_MIN_MM 1000u
#define DISTANCE_DEFAULT_MM 5000u

const char *n3_strerror(int status)
{
    switch ((n3_status)status) {
    case N3_OK:
        return "no error";
    case N3_ERR_INVALID:
        return "an argument is out of its range";
    case N3_ERR_BUSY:
        return "a world is alive or running already";
    case N3_ERR_MEMORY:
        return "out of memory or frames";
    case N3_ERR_UNSUPPORTED:
        return "ns-3's links of this kind cannot do that";
    case N3_ERR_LIMIT:
        return "more events than ns-3 can number";
    case N3_ERR_NS3:
        return "ns-3 failed";
    case N3_DROP_QUEUE:
        return "dropped: queue full";
    case N3_DROP_LOSS:
        return "dropped: lost on the link";
    case N3_DROP_DOWN:
        return "dropped: device down";
    case N3_DROP_MEDIUM:
        return "dropped: given up by the shared medium";
    }
    return "unknown status";
}

void n3_world_options_default(n3_world_options *options)
{
    *options = (n3_world_options){.seed = 1, .frames_max = 65536};
}

void n3_device_params_default(n3_device_params *params)
{
    *params = (n3_device_params){.queue_packets = 100, .up = true};
}

void n3_link_options_default(n3_link_options *options)
{
    *options = (n3_link_options){
        .kind = N3_LINK_PIPE,
        .a_loss_stream = 0,
        .a_jitter_stream = 1,
        .b_loss_stream = 2,
        .b_jitter_stream = 3,
    };
    n3_device_params_default(&options->a);
    n3_device_params_default(&options->b);
}

n3_status n3_device_params_check(const n3_device_params *params, n3_link_kind kind, const char **why)
{
    const struct {
        bool wrong;
        n3_status status;
        const char *why;
    } checks[] = {
        {params->rate_bps != 0 && (params->rate_bps < N3_RATE_MIN_BPS || params->rate_bps > N3_RATE_MAX_BPS),
         N3_ERR_INVALID, "rate_bps is neither 0 nor 1 kbps to 1 Tbps"},
        {params->delay_ns > N3_DELAY_MAX_NS, N3_ERR_INVALID, "delay_ns is over an hour"},
        {params->jitter_ns > N3_DELAY_MAX_NS, N3_ERR_INVALID, "jitter_ns is over an hour"},
        {!(params->loss >= 0 && params->loss <= 1), N3_ERR_INVALID, "loss is not in 0..1"},
        {params->queue_packets == 0 || params->queue_packets > N3_QUEUE_MAX_PACKETS, N3_ERR_INVALID,
         "queue_packets is not in 1..65536"},
        {params->queue_bytes > N3_QUEUE_MAX_BYTES, N3_ERR_INVALID, "queue_bytes is over 100,000,000"},
        {kind == N3_LINK_P2P && params->queue_bytes != 0, N3_ERR_UNSUPPORTED,
         "a p2p link counts its queue in packets"},
        {params->header_bytes > N3_HEADER_MAX_BYTES, N3_ERR_INVALID, "header_bytes is over 1024"},
        {kind == N3_LINK_P2P && params->rate_bps == 0, N3_ERR_UNSUPPORTED, "a p2p link needs a rate"},
        {kind == N3_LINK_P2P && params->jitter_ns != 0, N3_ERR_UNSUPPORTED, "a p2p link has no jitter"},
        {kind == N3_LINK_P2P && params->header_bytes != PPP_HEADER_BYTES, N3_ERR_UNSUPPORTED,
         "a p2p link has header_bytes 2"},
    };
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (checks[i].wrong) {
            *why = checks[i].why;
            return checks[i].status;
        }
    }
    return N3_OK;
}

n3_status n3_link_options_check(const n3_link_options *options, const char **why)
{
    if (options->kind != N3_LINK_PIPE && options->kind != N3_LINK_P2P) {
        *why = "unknown kind of link";
        return N3_ERR_INVALID;
    }
    if (options->a_loss_stream > N3_STREAM_MAX || options->a_jitter_stream > N3_STREAM_MAX ||
        options->b_loss_stream > N3_STREAM_MAX || options->b_jitter_stream > N3_STREAM_MAX) {
        *why = "a stream number is over N3_STREAM_MAX";
        return N3_ERR_INVALID;
    }
    n3_status status = n3_device_params_check(&options->a, options->kind, why);
    if (status == N3_OK)
        status = n3_device_params_check(&options->b, options->kind, why);
    if (status == N3_OK && options->kind == N3_LINK_P2P && options->a.delay_ns != options->b.delay_ns) {
        *why = "a p2p link has one delay for both directions";
        status = N3_ERR_UNSUPPORTED;
    }
    return status;
}

void n3_medium_options_default(n3_medium_options *options, n3_medium_kind kind)
{
    *options = (n3_medium_options){.kind = kind,
                                   .rate_bps = kind == N3_MEDIUM_CSMA ? CSMA_RATE_BPS : 0,
                                   .queue_packets = kind == N3_MEDIUM_WIFI ? WIFI_QUEUE_PACKETS : 100,
                                   .up.queue_packets = 100,
                                   .down.queue_packets = 100};
}

void n3_host_options_default(n3_host_options *options)
{
    *options = (n3_host_options){.stream = N3_MEDIUM_STREAMS, .distance_mm = DISTANCE_DEFAULT_MM};
    n3_link_options_default(&options->wire);
}

bool n3_distance_is_good(uint64_t distance_mm)
{
    return distance_mm >= DISTANCE_MIN_MM && distance_mm <= N3_DISTANCE_MAX_MM;
}

n3_status n3_queue_params_check(const n3_queue_params *params, const char **why)
{
    n3_device_params of;
    n3_device_params_default(&of);
    of.rate_bps = params->rate_bps;
    of.queue_packets = params->queue_packets;
    of.queue_bytes = params->queue_bytes;
    return n3_device_params_check(&of, N3_LINK_PIPE, why);
}

static n3_status check_queue(const n3_medium_options *options, const char **why)
{
    const n3_status up = n3_queue_params_check(&options->up, why);
    if (up != N3_OK)
        return up;
    if (options->discipline > N3_DISCIPLINE_RED) {
        *why = "unknown discipline";
        return N3_ERR_INVALID;
    }
    return n3_queue_params_check(&options->down, why);
}

n3_status n3_medium_options_check(const n3_medium_options *options, const char **why)
{
    const bool csma = options->kind == N3_MEDIUM_CSMA;
    const n3_status queue = options->kind == N3_MEDIUM_QUEUE ? check_queue(options, why) : N3_OK;
    if (queue != N3_OK)
        return queue;
    if (!csma && options->kind != N3_MEDIUM_WIFI && options->kind != N3_MEDIUM_QUEUE)
        *why = "unknown kind of medium";
    else if (csma && (options->rate_bps < N3_RATE_MIN_BPS || options->rate_bps > N3_RATE_MAX_BPS))
        *why = "rate_bps of a bus is not 1 kbps to 1 Tbps";
    else if (!csma && options->rate_bps != 0)
        *why = "rate_bps is that of a bus: it is not 0";
    else if (options->queue_packets == 0 || options->queue_packets > N3_QUEUE_MAX_PACKETS)
        *why = "queue_packets is not in 1..65536";
    else if (options->stream > N3_STREAM_MAX - N3_MEDIUM_STREAMS + 1)
        *why = "a stream number is over N3_STREAM_MAX";
    else
        return N3_OK;
    return N3_ERR_INVALID;
}

n3_status n3_host_options_check(const n3_host_options *options, const char **why)
{
    if (options->wire.kind != N3_LINK_PIPE) {
        *why = "the wire behind a medium is a pipe";
        return N3_ERR_UNSUPPORTED;
    }
    if (!n3_distance_is_good(options->distance_mm)) {
        *why = "distance_mm is not in 1 m to 100 km";
        return N3_ERR_INVALID;
    }
    if (options->stream > N3_STREAM_MAX - N3_MEDIUM_STREAMS + 1) {
        *why = "a stream number is over N3_STREAM_MAX";
        return N3_ERR_INVALID;
    }
    return n3_link_options_check(&options->wire, why);
}
