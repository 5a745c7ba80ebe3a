/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_WRITE_ALL_H
#define SIM_WRITE_ALL_H

/* To a pipe or a file, whatever signals come between. */

#include "core/roam.h"

#include <stdbool.h>
#include <stddef.h>

/* False: errno says why, and a part may have been written. */
ROAM_CHECKED bool write_all(int fd, const char *bytes, size_t len);

#endif
