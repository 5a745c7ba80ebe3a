/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Large pages for large worlds. The memory of thousands of connections is touched all over, a little with
 * each packet: with pages of 4 kB the processor looks up where a page is about as often as it reads from it.
 */
#ifndef SIM_PAGES_H
#define SIM_PAGES_H

#include <stdint.h>

/* The count-th thing was made of those that a large world has thousands of. From the thousandth on, and now
 * and then, the kernel is asked to back what malloc has by then with large pages. It may not: nothing else
 * changes. */
void pages_grow(uint32_t count);

#endif
