/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/call.h"

int live_calls_init(live_calls *calls, uint32_t max, void (*wake)(void *owner), void *owner)
{
    *calls =
        (live_calls){.wake = wake, .owner = owner, .max = max, .owned = true, .loop_thread = pthread_self()};
    if (pthread_mutex_init(&calls->mutex, NULL))
        return ROAM_ERR_NO_MEMORY;
    if (pthread_cond_init(&calls->changed, NULL)) {
        (void)pthread_mutex_destroy(&calls->mutex);
        return ROAM_ERR_NO_MEMORY;
    }
    return 0;
}

void live_calls_fini(live_calls *calls)
{
    (void)pthread_mutex_lock(&calls->mutex);
    while (calls->inside > 0)
        (void)pthread_cond_wait(&calls->changed, &calls->mutex);
    (void)pthread_mutex_unlock(&calls->mutex);
    (void)pthread_cond_destroy(&calls->changed);
    (void)pthread_mutex_destroy(&calls->mutex);
}

void live_calls_hand_over(live_calls *calls)
{
    (void)pthread_mutex_lock(&calls->mutex);
    calls->owned = false;
    (void)pthread_mutex_unlock(&calls->mutex);
}

bool live_calls_begin(live_calls *calls)
{
    (void)pthread_mutex_lock(&calls->mutex);
    const bool first = !calls->running && !calls->ended;
    if (first) {
        calls->running = true;
        calls->owned = false;
        calls->loop_thread = pthread_self();
    }
    (void)pthread_mutex_unlock(&calls->mutex);
    return first;
}

static void answer_all(live_pending_call **list, int result)
{
    while (*list) {
        live_pending_call *const call = *list;
        *list = call->next;
        call->result = result;
        call->answered = true;
    }
}

void live_calls_end(live_calls *calls)
{
    (void)pthread_mutex_lock(&calls->mutex);
    calls->running = calls->owned = false;
    calls->ended = true;
    answer_all(&calls->queued, ROAM_ERR_NO_CONN);
    answer_all(&calls->begun, ROAM_ERR_NO_CONN);
    (void)pthread_cond_broadcast(&calls->changed);
    (void)pthread_mutex_unlock(&calls->mutex);
}

static bool is_this_thread(const live_calls *calls)
{
    return pthread_equal(calls->loop_thread, pthread_self());
}

bool live_calls_on_loop(live_calls *calls)
{
    (void)pthread_mutex_lock(&calls->mutex);
    const bool result = calls->running && is_this_thread(calls);
    (void)pthread_mutex_unlock(&calls->mutex);
    return result;
}

static void append(live_pending_call **list, live_pending_call *call)
{
    while (*list)
        list = &(*list)->next;
    call->next = NULL;
    *list = call;
}

int live_calls_make(live_calls *calls, live_pending_call *call)
{
    int result = ROAM_OK;
    (void)pthread_mutex_lock(&calls->mutex);
    if ((calls->running || calls->owned) && is_this_thread(calls))
        result = ROAM_ERR_IN_CALLBACK;
    else if (calls->ended)
        result = ROAM_ERR_NO_CONN;
    else if (calls->inside >= calls->max)
        result = ROAM_ERR_WOULD_BLOCK;
    if (result == ROAM_OK) {
        calls->inside++;
        call->answered = false;
        append(&calls->queued, call);
        calls->wake(calls->owner);
        while (!call->answered)
            (void)pthread_cond_wait(&calls->changed, &calls->mutex);
        result = call->result;
        calls->inside--;
        (void)pthread_cond_broadcast(&calls->changed);
    }
    (void)pthread_mutex_unlock(&calls->mutex);
    return result;
}

void live_calls_answer(live_calls *calls, live_pending_call *call, int result)
{
    (void)pthread_mutex_lock(&calls->mutex);
    live_pending_call **link = &calls->begun;
    while (*link && *link != call)
        link = &(*link)->next;
    if (*link) {
        *link = call->next;
        call->result = result;
        call->answered = true;
        (void)pthread_cond_broadcast(&calls->changed);
    }
    (void)pthread_mutex_unlock(&calls->mutex);
}

static live_pending_call *begin_next(live_calls *calls)
{
    (void)pthread_mutex_lock(&calls->mutex);
    live_pending_call *const call = calls->queued;
    if (call) {
        calls->queued = call->next;
        append(&calls->begun, call);
    }
    (void)pthread_mutex_unlock(&calls->mutex);
    return call;
}

void live_calls_run(live_calls *calls)
{
    for (live_pending_call *call = begin_next(calls); call; call = begin_next(calls)) {
        const int result = call->function(calls->owner, call);
        if (result != LIVE_CALL_PENDING)
            live_calls_answer(calls, call, result);
    }
}
