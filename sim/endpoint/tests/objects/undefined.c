/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An adapter that was linked without the library that it drives. */
#include "sim/endpoint/roam_endpoint.h"

extern const roam_endpoint_library *function_of_a_missing_library(void);

__attribute__((visibility("default"))) const roam_endpoint_library *roam_endpoint_library_get(uint32_t abi)
{
    return abi == ROAM_ENDPOINT_ABI ? function_of_a_missing_library() : NULL;
}
