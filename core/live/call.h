/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls from other threads into a loop: a bounded queue, where each caller waits for its own answer. The
 * queue is woken through wake, which any thread may call.
 */
#ifndef CORE_LIVE_CALL_H
#define CORE_LIVE_CALL_H

#include "core/roam.h"

#include <pthread.h>

/* A function that has no result yet answers this, and live_calls_answer gives it later. */
#define LIVE_CALL_PENDING 1

/* One call; on the stack of its caller. */
typedef struct live_pending_call {
    int (*function)(void *owner, struct live_pending_call *call);
    void *data;
    int result;
    bool answered;
    struct live_pending_call *next;
} live_pending_call;

typedef struct live_calls {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    void (*wake)(void *owner);
    void *owner;
    live_pending_call *queued; /* in order; not begun */
    live_pending_call *begun;  /* without an answer yet */
    uint32_t inside, max;      /* threads in live_calls_make */
    bool running, ended;
    bool owned;            /* not yet running: loop_thread is the one that called live_calls_init */
    pthread_t loop_thread; /* while running or owned */
} live_calls;

/* The calling thread counts as the loop's until live_calls_hand_over or live_calls_begin. NO_MEMORY. */
ROAM_CHECKED int live_calls_init(live_calls *calls, uint32_t max, void (*wake)(void *owner), void *owner);
/* Waits until no thread is inside. */
void live_calls_fini(live_calls *calls);

/* Another thread will call live_calls_begin: the calls of this one wait for it. */
void live_calls_hand_over(live_calls *calls);
/* The loop runs on the calling thread from now on. False: it ran before. */
ROAM_CHECKED bool live_calls_begin(live_calls *calls);
/* The loop is over: calls that wait, and later ones, return NO_CONN. */
void live_calls_end(live_calls *calls);
/* Whether the loop runs, and on this thread. */
bool live_calls_on_loop(live_calls *calls);

/* Any other thread. Errors of its own: IN_CALLBACK, WOULD_BLOCK, NO_CONN. */
ROAM_CHECKED int live_calls_make(live_calls *calls, live_pending_call *call);

/* The loop thread: runs what is queued. */
void live_calls_run(live_calls *calls);
/* The loop thread: gives the result of a call that was LIVE_CALL_PENDING. */
void live_calls_answer(live_calls *calls, live_pending_call *call, int result);

#endif
