/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/run_error.h"

#include <stdarg.h>
#include <stdio.h>

const char *run_error_strerror(int error)
{
    switch ((run_error_code)error) {
    case RUN_ERROR_NONE:
        return "success";
    case RUN_ERROR_SCENARIO:
        return "the scenario asks for what cannot be done";
    case RUN_ERROR_MEMORY:
        return "out of memory";
    case RUN_ERROR_NS3:
        return "the network simulator failed";
    case RUN_ERROR_CORE:
        return "a core endpoint failed";
    case RUN_ERROR_ENDPOINT:
        return "the adapter of another QUIC library failed";
    }
    return "unknown error";
}

int run_error_set(run_error *error, int code, const char *format, ...)
{
    if (error->code)
        return code;
    error->code = code;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    if (error->n3)
        n3_world_stop(error->n3);
    return code;
}
