/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/pages.h"

#include "core/tests/check.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCKS = 64, BLOCK_BYTES = 1 << 20 };

static void *blocks[BLOCKS];

/* Kilobytes of the heap that the kernel has been asked to back with large pages. */
static long advised_kb(void)
{
    FILE *const maps = fopen("/proc/self/smaps", "r");
    char line[512];
    long sum = 0;
    long size = 0;
    bool heap = false;
    while (maps && fgets(line, sizeof line, maps)) {
        unsigned long from;
        unsigned long to;
        if (sscanf(line, "%lx-%lx ", &from, &to) == 2) {
            heap = strstr(line, "[heap]") != NULL;
            size = (long)((to - from) / 1024);
        }
        sum += heap && strncmp(line, "VmFlags:", 8) == 0 && strstr(line, " hg") ? size : 0;
    }
    if (maps)
        (void)fclose(maps);
    return sum;
}

static void fill(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, 2 * BLOCK_BYTES);
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = malloc(BLOCK_BYTES);
        if (!blocks[i])
            abort();
    }
}

static void test_small_worlds_stay_as_they_are(void)
{
    pages_grow(0);
    pages_grow(768);
    pages_grow(1025);
    CHECK(advised_kb(), 0, "kB on large pages");
}

static void test_the_heap_of_a_large_one(void)
{
    pages_grow(1024);
    const long before = advised_kb();
    CHECK(before >= BLOCKS * (BLOCK_BYTES / 1024), true, "%ld kB, expected all blocks", before);
    for (size_t i = 0; i < BLOCKS; i++)
        free(blocks[i]);
}

static const check_test tests[] = {
    {"small worlds stay as they are", test_small_worlds_stay_as_they_are},
    {"the heap of a large one", test_the_heap_of_a_large_one},
};

#ifdef __SANITIZE_ADDRESS__ /* its malloc has no heap of that kind */
enum { HAS_HEAP = false };
#else
enum { HAS_HEAP = true };
#endif

int main(void)
{
    enum { SKIPPED = 77 };
    if (!HAS_HEAP || access("/sys/kernel/mm/transparent_hugepage", F_OK) != 0)
        return SKIPPED;
    fill();
    return check_main("pages", tests, sizeof tests / sizeof tests[0]);
}
