/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/ns3/line.h"

#include "sim/ns3/options.h"

#include <stdlib.h>

struct n3_departure {
    uint64_t begin_ns; /* of its serialisation */
    uint64_t depart_ns;
    n3_frame_node *frame; /* NULL when lost; dangling once departed */
    uint32_t length;
};

enum { RING_FIRST = 4 };

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static struct n3_departure *departure(n3_line *line, uint32_t index)
{
    return &line->ring[(line->ring_first + index) & (line->ring_size - 1)];
}

void n3_line_init(n3_line *line, n3_line_tx_fn tx_ns, n3_line_uid_fn draw_uid, void *user)
{
    *line = (n3_line){.tx_ns = tx_ns, .draw_uid = draw_uid, .user = user};
}

void n3_line_fini(n3_line *line, n3_frame_pool *pool)
{
    while (line->head != NULL)
        n3_frame_pool_give(pool, &n3_line_pop(line)->frame);
    free(line->ring);
}

static void retire(n3_line *line, uint64_t now_ns)
{
    while (line->ring_count > 0 && departure(line, 0)->depart_ns <= now_ns) {
        line->ring_first++;
        line->ring_count--;
        if (line->ring_count > 0)
            line->waiting_bytes -= departure(line, 0)->length;
    }
}

static bool grow(n3_line *line)
{
    const uint32_t size = line->ring_size == 0 ? RING_FIRST : line->ring_size * 2;
    struct n3_departure *const ring = malloc(size * sizeof(*ring));
    if (ring == NULL)
        return false;
    for (uint32_t i = 0; i < line->ring_count; i++)
        ring[i] = *departure(line, i);
    free(line->ring);
    line->ring = ring;
    line->ring_size = size;
    line->ring_first = 0;
    return true;
}

static void append(n3_line *line, n3_frame_node *frame)
{
    frame->next = NULL;
    if (line->head == NULL)
        line->head = frame;
    else
        line->tail->next = frame;
    line->tail = frame;
}

static void set_arrival(n3_line *line, n3_frame_node *frame, uint64_t depart_ns, uint64_t delay_ns)
{
    frame->arrive_ns = later(depart_ns + delay_ns + frame->jitter_ns, line->last_arrive_ns);
    frame->uid = line->draw_uid(line->user);
    line->last_arrive_ns = frame->arrive_ns;
}

bool n3_line_has_room(n3_line *line, uint32_t length, const n3_device_params *params, uint64_t now_ns)
{
    retire(line, now_ns);
    return line->ring_count <= params->queue_packets &&
           n3_queue_fits(params->queue_bytes, line->waiting_bytes, length);
}

uint64_t n3_line_wait_ns(const n3_line *line, uint64_t now_ns)
{
    return later(later(now_ns, line->last_depart_ns), line->held_until_ns) - now_ns;
}

n3_status n3_line_accept(n3_line *line, n3_frame_node *frame, bool lost, const n3_device_params *params,
                         uint64_t now_ns)
{
    const uint32_t length = frame->frame.length;
    retire(line, now_ns);
    const uint64_t begin_ns = now_ns + n3_line_wait_ns(line, now_ns);
    const uint64_t depart_ns = begin_ns + line->tx_ns(line->user, length + params->header_bytes);
    if (depart_ns > now_ns) {
        if (line->ring_count == line->ring_size && !grow(line))
            return N3_ERR_MEMORY;
        *departure(line, line->ring_count++) = (struct n3_departure){
            .begin_ns = begin_ns,
            .depart_ns = depart_ns,
            .frame = lost ? NULL : frame,
            .length = length,
        };
        line->waiting_bytes += line->ring_count > 1 ? length : 0;
        if (line->ring_count - 1 > line->waiting_peak)
            line->waiting_peak = line->ring_count - 1;
    }
    line->last_depart_ns = depart_ns;
    if (!lost) {
        set_arrival(line, frame, depart_ns, params->delay_ns);
        append(line, frame);
    }
    return N3_OK;
}

/* The next frame was written a delay ago, is read at the next pop, and is in memory by then: what is known of
 * it here, and the one behind it. */
static void prefetch(const n3_frame_node *next)
{
    enum { CACHE_LINE = 64, MOST = 1536 };
    const uint32_t length = next->frame.length < MOST ? next->frame.length : MOST;
    for (uint32_t at = 0; at < length; at += CACHE_LINE)
        __builtin_prefetch(next->frame.bytes + at);
    __builtin_prefetch(next->next);
}

n3_frame_node *n3_line_pop(n3_line *line)
{
    n3_frame_node *const frame = line->head;
    line->head = frame->next;
    if (line->head != NULL)
        prefetch(line->head);
    return frame;
}

/* How many of those in the ring stay. */
static uint32_t kept(n3_line *line, const n3_device_params *params, uint64_t *waiting_bytes)
{
    uint32_t count = line->ring_count > 0 ? 1 : 0;
    *waiting_bytes = 0;
    while (count < line->ring_count && count <= params->queue_packets &&
           n3_queue_fits(params->queue_bytes, *waiting_bytes, departure(line, count)->length))
        *waiting_bytes += departure(line, count++)->length;
    return count;
}

n3_frame_node *n3_line_cut(n3_line *line, const n3_device_params *params, uint64_t now_ns)
{
    n3_frame_node *first = NULL;
    uint64_t waiting_bytes;
    retire(line, now_ns);
    const uint32_t count = kept(line, params, &waiting_bytes);
    if (count == line->ring_count)
        return NULL;
    for (uint32_t i = count; i < line->ring_count && first == NULL; i++)
        first = departure(line, i)->frame;
    line->ring_count = count;
    line->waiting_bytes = waiting_bytes;
    line->last_depart_ns = departure(line, count - 1)->depart_ns;
    if (first == NULL)
        return NULL;
    n3_frame_node *before = NULL;
    for (n3_frame_node *f = line->head; f != first; f = f->next)
        before = f;
    line->tail = before;
    line->last_arrive_ns = before != NULL ? before->arrive_ns : now_ns;
    if (before != NULL)
        before->next = NULL;
    else
        line->head = NULL;
    return first;
}

void n3_line_hold(n3_line *line, uint64_t until_ns)
{
    line->held_until_ns = later(line->held_until_ns, until_ns);
}

void n3_line_retime(n3_line *line, const n3_device_params *params, uint64_t now_ns)
{
    retire(line, now_ns);
    const uint32_t begun = line->ring_count > 0 && departure(line, 0)->begin_ns <= now_ns ? 1 : 0;
    if (line->ring_count <= begun)
        return;
    n3_frame_node *first_waiting = NULL;
    for (uint32_t i = begun; i < line->ring_count && first_waiting == NULL; i++)
        first_waiting = departure(line, i)->frame;
    line->last_arrive_ns = now_ns;
    for (const n3_frame_node *f = line->head; f != NULL && f != first_waiting; f = f->next)
        line->last_arrive_ns = f->arrive_ns;

    line->last_depart_ns = begun ? departure(line, 0)->depart_ns : now_ns;
    for (uint32_t i = begun; i < line->ring_count; i++) {
        struct n3_departure *const d = departure(line, i);
        d->begin_ns = later(line->last_depart_ns, line->held_until_ns);
        line->last_depart_ns = d->begin_ns + line->tx_ns(line->user, d->length + params->header_bytes);
        d->depart_ns = line->last_depart_ns;
        if (d->frame != NULL)
            set_arrival(line, d->frame, d->depart_ns, params->delay_ns);
    }
}
