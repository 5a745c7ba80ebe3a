/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One direction of a pipe: when frames leave, when they arrive, which ones wait. Pure arithmetic on a ring of
 * departure times and a list of frames in flight, without events or random numbers. For sim/ns3 alone.
 */
#ifndef SIM_NS3_LINE_H
#define SIM_NS3_LINE_H

#include "sim/ns3/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Serialisation time in ns of so many bytes. */
typedef uint64_t (*n3_line_tx_fn)(void *user, uint32_t bytes);
/* Place among the events of one nanosecond, rising from call to call. */
typedef uint32_t (*n3_line_uid_fn)(void *user);

typedef struct n3_line {
    n3_line_tx_fn tx_ns;
    n3_line_uid_fn draw_uid;
    void *user;
    n3_frame_node *head; /* in flight or waiting, in order of arrival; the head arrives next */
    n3_frame_node *tail;
    uint64_t last_arrive_ns;
    uint64_t last_depart_ns;
    uint64_t held_until_ns;    /* no serialisation begins before */
    struct n3_departure *ring; /* not departed yet; the first is being serialised, or held; the others wait */
    uint32_t ring_size;        /* 0 or a power of two */
    uint32_t ring_first;
    uint32_t ring_count;
    uint32_t waiting_peak;
    uint64_t waiting_bytes; /* of those that wait */
} n3_line;

void n3_line_init(n3_line *line, n3_line_tx_fn tx_ns, n3_line_uid_fn draw_uid, void *user);
/* Frames in flight go back to the pool. */
void n3_line_fini(n3_line *line, n3_frame_pool *pool);

/* Whether one more frame of so many bytes finds a place in the queue of params. */
N3_CHECKED bool n3_line_has_room(n3_line *line, uint32_t length, const n3_device_params *params,
                                 uint64_t now_ns);

/*
 * Takes a frame for which there is room: it takes its turn and is appended to those in flight, with arrive_ns
 * and uid set; frame->jitter_ns must be set. With `lost` it only takes its turn, and stays the caller's.
 * N3_ERR_MEMORY: nothing happened, the frame is the caller's.
 */
N3_CHECKED n3_status n3_line_accept(n3_line *line, n3_frame_node *frame, bool lost,
                                    const n3_device_params *params, uint64_t now_ns);

/* How long a frame that is accepted now waits for those ahead of it, before its own serialisation begins. */
uint64_t n3_line_wait_ns(const n3_line *line, uint64_t now_ns);

/* The frame that arrives next leaves the line. Only when there is one. */
n3_frame_node *n3_line_pop(n3_line *line);

/* What waits beyond the queue of params, the latest, is taken out of the line. Returns those of it that were
 * not lost before, in order and linked by next; they are the caller's. */
n3_frame_node *n3_line_cut(n3_line *line, const n3_device_params *params, uint64_t now_ns);

/* No serialisation begins before that time, which is never made earlier. Follow it with n3_line_retime. */
void n3_line_hold(n3_line *line, uint64_t until_ns);

/* Frames that wait take what tx_ns and params say now. The head may have a new arrive_ns and uid then. */
void n3_line_retime(n3_line *line, const n3_device_params *params, uint64_t now_ns);

#ifdef __cplusplus
}
#endif

#endif
