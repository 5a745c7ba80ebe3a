/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The least that the loader takes: an adapter of a server that makes no endpoint. */
#include "sim/endpoint/roam_endpoint.h"

static int endpoint_new(const roam_endpoint_options *options, roam_endpoint **out)
{
    (void)options, (void)out;
    return ROAM_ENDPOINT_UNSUPPORTED;
}

static void never(void)
{
}

/* None of the others is called, so that one function stands for all. */
#define NEVER(function) __extension__(__typeof__(((roam_endpoint_library *)0)->function)) never

static const roam_endpoint_library shortest = {.abi = ROAM_ENDPOINT_ABI,
                                               .size = sizeof(roam_endpoint_library),
                                               .name = "shortest",
                                               .version = "none 1.0",
                                               .capabilities = ROAM_ENDPOINT_SERVER,
                                               .connection_id_len = 8,
                                               .endpoint_new = endpoint_new,
                                               .endpoint_free = NEVER(endpoint_free),
                                               .receive = NEVER(receive),
                                               .flush = NEVER(flush),
                                               .deadline = NEVER(deadline),
                                               .expire = NEVER(expire),
                                               .close = NEVER(close),
                                               .connection_free = NEVER(connection_free),
                                               .peer = NEVER(peer),
                                               .path = NEVER(path),
                                               .stream_open = NEVER(stream_open),
                                               .stream_write = NEVER(stream_write),
                                               .stream_read = NEVER(stream_read),
                                               .stream_reset = NEVER(stream_reset)};

__attribute__((visibility("default"))) const roam_endpoint_library *roam_endpoint_library_get(uint32_t abi)
{
    return abi == ROAM_ENDPOINT_ABI ? &shortest : NULL;
}
