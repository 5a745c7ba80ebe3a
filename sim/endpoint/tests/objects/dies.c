/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A shared object that ends the process while it is loaded. */
#include <stdlib.h>

__attribute__((constructor)) static void die(void)
{
    abort();
}
