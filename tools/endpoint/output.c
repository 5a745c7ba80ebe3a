/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/endpoint/output.h"

#include <stdio.h>
#include <unistd.h>

int output_divert(void)
{
    (void)fflush(stdout);
    const int kept = dup(STDOUT_FILENO);
    if (kept >= 0)
        (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    return kept;
}

void output_restore(int kept)
{
    (void)fflush(stdout);
    if (kept < 0)
        return;
    (void)dup2(kept, STDOUT_FILENO);
    (void)close(kept);
}
