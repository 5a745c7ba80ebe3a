/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_BUILD_ID_H
#define TOOLS_BUILD_ID_H

/* What this program was built from: written by tools/build_id.cmake at every build. */

#include "tools/store.h"

extern const store_build BUILD_ID;

#endif
