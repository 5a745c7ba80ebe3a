/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/roam.h"

const char *roam_version(void)
{
    return ROAM_VERSION;
}
