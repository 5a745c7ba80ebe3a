/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_DATA_DIRECTORY_H
#define TOOLS_CLI_DATA_DIRECTORY_H

#include <stddef.h>

/*
 * Writes the path of the folder with the program's data, whose parts are where the source tree has them
 * ("tools/plot", "scenarios"): share/roam of the prefix that the program is installed in, wherever that has
 * been moved to, and the source tree when it is not installed. Returns path; longer than size, it is cut.
 */
char *data_directory(char *path, size_t size);

#endif
