/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/fault.h"

#include <stdarg.h>
#include <stdio.h>

int fault_set(fault_latch *fault, int code, const char *format, ...)
{
    if (fault->code)
        return code;
    fault->code = code;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    if (fault->n3)
        n3_world_stop(fault->n3);
    return code;
}
