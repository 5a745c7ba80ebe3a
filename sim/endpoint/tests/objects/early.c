/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Its constructor starts a thread, which no adapter may. */
#include "sim/endpoint/roam_endpoint.h"

#include <pthread.h>

static void *routine(void *argument)
{
    return argument;
}

__attribute__((constructor)) static void load(void)
{
    pthread_t thread;
    (void)pthread_create(&thread, NULL, routine, NULL);
}

__attribute__((visibility("default"))) const roam_endpoint_library *roam_endpoint_library_get(uint32_t abi)
{
    (void)abi;
    return NULL;
}
