/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/segments.h"

/* Short header, packet number, sample and tag: RFC 9001 section 5.4.2. */
enum { SIZE_MIN = 21, SIZE_MAX_TRIED = 1500 };
/* A search tries each size: a capture under other keys must not cause one for every packet. */
enum { IN_VAIN_MAX = 16 };

static bool opens(dissect *with, const dissect_where *where, const uint8_t *bytes, size_t len)
{
    const dissect_view *const view = dissect_datagram_at(with, where, bytes, len);
    return view->packet_count == 1 && view->packets[0].status == DISSECT_READ;
}

size_t segments_size(segments *self, dissect *with, const dissect_where *where, const uint8_t *payload,
                     size_t len, const dissect_view *whole)
{
    const dissect_packet *const last =
        whole->packet_count > 0 ? &whole->packets[whole->packet_count - 1] : NULL;
    if (!last || last->type != DISSECT_ONE_RTT || last->status != DISSECT_NOT_AUTHENTIC)
        return 0;
    const size_t start = last->start;
    uint32_t *const in_vain = &self->in_vain[len > SIZE_MAX_TRIED];
    if (self->last > start && self->last < len && opens(with, where, payload + start, self->last - start))
        return self->last;
    if (*in_vain == IN_VAIN_MAX)
        return 0;
    for (size_t size = len <= SIZE_MAX_TRIED ? len - 1 : SIZE_MAX_TRIED; size >= start + SIZE_MIN; size--) {
        if (!opens(with, where, payload + start, size - start))
            continue;
        self->last = size;
        *in_vain = 0;
        return size;
    }
    ++*in_vain;
    return 0;
}
