/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A library that does what is wanted and nothing else, but for one act in one of its functions. */
#ifndef SIM_ENDPOINT_TESTS_FAKE_LIBRARY_H
#define SIM_ENDPOINT_TESTS_FAKE_LIBRARY_H

#include "sim/endpoint/roam_endpoint.h"

struct roam_endpoint_connection {
    int unused;
};

typedef struct fake fake;
typedef void fake_act(fake *self);

/* What one case does: in one function of the library, once. */
struct fake {
    const char *in; /* the function in which act is done */
    fake_act *act;
    const roam_endpoint_calls *calls;
    roam_endpoint_host *host;
    roam_endpoint_options options;
    roam_endpoint_connection client, other;
    uint64_t deadline_ns;
    int64_t next_stream;
    int answer; /* of the function, when act sets it */
    size_t taken_more, read_more;
    roam_endpoint_connection *received, *connected, *routed;
    uint8_t certificate[512];
    size_t certificate_len;
    bool gives_none; /* endpoint_new leaves *out as it is */
};

/* The library that runs; the ABI has no context of a library. */
extern fake *fake_current;
extern const roam_endpoint_library FAKE_LIBRARY;

#endif
