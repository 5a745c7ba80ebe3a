/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/text_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static char *read_all(FILE *file)
{
    struct stat status;
    if (fstat(fileno(file), &status) != 0)
        return NULL;
    if (status.st_size > TEXT_FILE_BYTES_MAX) {
        errno = EFBIG;
        return NULL;
    }
    char *const text = calloc((size_t)status.st_size + 1, 1);
    if (text && fread(text, 1, (size_t)status.st_size, file) == (size_t)status.st_size)
        return text;
    free(text);
    errno = text ? EIO : ENOMEM;
    return NULL;
}

char *text_file_read(const char *path)
{
    FILE *const file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *const text = read_all(file);
    const int failure = errno;
    (void)fclose(file);
    errno = failure;
    return text;
}
