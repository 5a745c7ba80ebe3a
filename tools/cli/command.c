/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"

#include <string.h>

const char *command_word(const command_row *of)
{
    const char *const blank = strrchr(of->name, ' ');
    return blank ? blank + 1 : of->name;
}

const command_row *command_part(const command_row *of, const char *word)
{
    for (size_t i = 0; of->parts && of->parts[i]; i++)
        if (strcmp(command_word(of->parts[i]), word) == 0)
            return of->parts[i];
    return NULL;
}
