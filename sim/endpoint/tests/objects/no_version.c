/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An adapter of another version of the ABI, which says so. */
#include "sim/endpoint/roam_endpoint.h"

__attribute__((visibility("default"))) const roam_endpoint_library *roam_endpoint_library_get(uint32_t abi)
{
    (void)abi;
    return NULL;
}
