/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be seen of a file before the dynamic linker maps it: a file that is cut short would kill the
 * process. */
#ifndef SIM_ENDPOINT_OBJECT_FILE_H
#define SIM_ENDPOINT_OBJECT_FILE_H

#include <stdbool.h>
#include <stddef.h>

/* True: a regular file in ELF format that holds all of its segments. False with a text "FILE: ...". */
bool object_file_check(const char *path, char *text, size_t text_size);

#endif
