/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_TEXT_FILE_H
#define TOOLS_CLI_TEXT_FILE_H

#include "core/roam.h"

#define TEXT_FILE_BYTES_MAX (64L * 1024 * 1024)

/* All of a file, with a NUL after the last byte, to be freed. NULL, and errno says why (EFBIG: it is longer
 * than TEXT_FILE_BYTES_MAX): it cannot be read. */
ROAM_CHECKED char *text_file_read(const char *path);

#endif
