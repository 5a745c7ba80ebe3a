/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/roam.h"

#include <stdio.h>
#include <string.h>

bool roam_addr_equal(const roam_addr *a, const roam_addr *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static unsigned group(const roam_addr *addr, int i)
{
    return (unsigned)addr->bytes[2 * i] << 8 | addr->bytes[2 * i + 1];
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952 section 4.2). */
static void zero_run(const roam_addr *addr, int *start, int *len)
{
    *start = -1;
    *len = 1;
    for (int i = 0; i < 8;) {
        int j = i;
        while (j < 8 && group(addr, j) == 0)
            j++;
        if (j - i > *len) {
            *start = i;
            *len = j - i;
        }
        i = j + 1;
    }
}

static void format_ipv6(const roam_addr *addr, char text[ROAM_ADDR_STRING_MAX])
{
    int start, len;
    zero_run(addr, &start, &len);
    char *at = text;
    char *const end = text + ROAM_ADDR_STRING_MAX;
    *at++ = '[';
    for (int i = 0; i < 8; i++) {
        if (i == start) {
            at += snprintf(at, (size_t)(end - at), "::");
            i += len - 1;
            continue;
        }
        const char *const colon = i > 0 && (start < 0 || i != start + len) ? ":" : "";
        at += snprintf(at, (size_t)(end - at), "%s%x", colon, group(addr, i));
    }
    snprintf(at, (size_t)(end - at), "]:%u", addr->port);
}

char *roam_addr_format(const roam_addr *addr, char text[ROAM_ADDR_STRING_MAX])
{
    switch (addr->family) {
    case ROAM_FAMILY_NONE:
        snprintf(text, ROAM_ADDR_STRING_MAX, "none");
        break;
    case ROAM_FAMILY_IPV4:
        snprintf(text, ROAM_ADDR_STRING_MAX, "%u.%u.%u.%u:%u", addr->bytes[0], addr->bytes[1], addr->bytes[2],
                 addr->bytes[3], addr->port);
        break;
    case ROAM_FAMILY_IPV6:
        format_ipv6(addr, text);
        break;
    }
    return text;
}
