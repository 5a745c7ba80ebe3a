/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/endpoint/endpoint.h"

#include "tools/cli/command.h"

#include <stdio.h>

int endpoint_make(int argc, char **argv)
{
    (void)argc, (void)argv;
    return COMMAND_USAGE;
}
