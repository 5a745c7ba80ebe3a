/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/data_directory.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *data_directory(char *path, size_t size)
{
    char program[4096];
    const ssize_t len = readlink("/proc/self/exe", program, sizeof program - 1);
    program[len < 0 ? 0 : len] = '\0';
    char *const slash = strrchr(program, '/');
    if (slash) {
        *slash = '\0';
        (void)snprintf(path, size, "%s/" ROAM_INSTALLED_DATA, program);
    }
    if (!slash || access(path, X_OK) != 0)
        (void)snprintf(path, size, "%s", ROAM_SOURCE_DATA);
    return path;
}
