/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/live.h"

#include "core/live/address.h"
#include "core/live/call.h"
#include "core/live/listening.h"
#include "core/live/live_internal.h"
#include "core/live/membership.h"
#include "core/live/migrations.h"
#include "core/live/udp.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <uv.h>

#define SECOND_NS UINT64_C(1000000000)

struct live_node {
    live_node_options options;
    roam_node *node;
    live_udp_buffers *buffers;
    uv_loop_t loop;
    uv_prepare_t prepare; /* steps the node before the loop sleeps */
    uv_async_t woken;     /* by other threads */
    uv_poll_t timer;      /* on timer_fd: uv_timer_t counts in milliseconds, QUIC paces in microseconds */
    int timer_fd;
    uint64_t armed_ns;
    live_calls calls;
    live_attachment *attachments;
    live_migrations *migrations;
    live_listening listening;
    live_membership membership;
    bool stop; /* under calls.mutex */
    bool has_thread;
    pthread_t thread;
};

uint64_t live_now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

void live_node_options_default(live_node_options *options)
{
    *options = (live_node_options){
        .max_calls = 64, .max_unsent_bytes = 256 * 1024, .segmentation = true, .ecn = true};
    roam_node_options_default(&options->node);
}

/* ---- What the core asks for ---- */

static void on_random(void *user_data, uint8_t *bytes, size_t len)
{
    (void)user_data;
    while (len > 0) {
        const ssize_t n = getrandom(bytes, len, 0);
        assert(n > 0 || errno == EINTR); /* the core has no way to go on without */
        if (n > 0) {
            bytes += n;
            len -= (size_t)n;
        }
    }
}

static void on_received(void *receiver, roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns)
{
    live_node *const live = receiver;
    (void)roam_node_receive(live->node, adapter, datagram, now_ns);
}

static void on_unreachable(void *receiver, roam_adapter *adapter, const roam_addr *remote, int error,
                           uint64_t now_ns)
{
    live_node *const live = receiver;
    (void)roam_node_unreachable(live->node, roam_adapter_local(adapter), remote);
    if (live->options.unreachable)
        live->options.unreachable(live, remote, error, now_ns);
}

static void on_too_big(void *receiver, roam_adapter *adapter, const roam_too_big *report, uint64_t now_ns)
{
    live_node *const live = receiver;
    (void)adapter;
    (void)roam_node_too_big(live->node, report, now_ns);
}

int live_node_open_at(live_node *live, const roam_addr *local, roam_adapter **out)
{
    const live_udp_options options = {.loop = &live->loop,
                                      .buffers = live->buffers,
                                      .max_unsent_bytes = live->options.max_unsent_bytes,
                                      .segmentation = live->options.segmentation,
                                      .ecn = live->options.ecn,
                                      .received = on_received,
                                      .unreachable = on_unreachable,
                                      .too_big = on_too_big,
                                      .receiver = live};
    return live_udp_open(&options, local, out);
}

static int on_open_adapter(void *user_data, const roam_addr *local, const roam_addr *remote,
                           roam_adapter **out)
{
    roam_addr chosen = *local;
    if (local->family == ROAM_FAMILY_NONE || live_address_is_unspecified(local)) {
        if (live_address_leading_to(remote, &chosen)) /* no address of that family: no route either */
            return errno == EADDRNOTAVAIL ? ROAM_ERR_NO_ROUTE : live_address_status(errno);
        chosen.port = local->port;
    } else if (local->family != remote->family) {
        return ROAM_ERR_FAMILY;
    }
    const int rv = live_node_open_at(user_data, &chosen, out);
    return rv == ROAM_ERR_ADAPTER ? live_address_status(errno) : rv;
}

/* ---- The loop ---- */

static void arm(live_node *live, uint64_t deadline_ns)
{
    if (deadline_ns == live->armed_ns)
        return;
    struct itimerspec when = {{0}, {0}};
    if (deadline_ns != ROAM_NEVER) {
        when.it_value.tv_sec = (time_t)(deadline_ns / SECOND_NS);
        when.it_value.tv_nsec = (long)(deadline_ns % SECOND_NS);
        if (deadline_ns == 0)
            when.it_value.tv_nsec = 1; /* all zero would disarm */
    }
    (void)timerfd_settime(live->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
    live->armed_ns = deadline_ns;
}

static void on_timer(uv_poll_t *handle, int status, int events)
{
    live_node *const live = handle->data;
    uint64_t expirations;
    (void)status;
    (void)events;
    if (read(live->timer_fd, &expirations, sizeof expirations) > 0)
        live->armed_ns = ROAM_NEVER;
}

static bool is_stopping(live_node *live)
{
    (void)pthread_mutex_lock(&live->calls.mutex);
    const bool stop = live->stop;
    (void)pthread_mutex_unlock(&live->calls.mutex);
    return stop;
}

/* The overlay first: what is told to its members goes out before the connections close. */
static void leave(live_node *live, uint64_t now_ns)
{
    if (live->membership.on) {
        roam_leave(live->node, now_ns);
        (void)roam_node_step(live->node, now_ns);
    }
    roam_node_leave(live->node);
}

static void on_prepare(uv_prepare_t *handle)
{
    live_node *const live = handle->data;
    const uint64_t now_ns = live_now_ns();
    const bool stop = is_stopping(live);
    if (stop)
        leave(live, now_ns);
    if (roam_node_deadline(live->node) <= now_ns)
        (void)roam_node_step(live->node, now_ns);
    arm(live, roam_node_deadline(live->node));
    if (stop)
        uv_stop(&live->loop);
}

static void on_woken(uv_async_t *handle)
{
    live_node *const live = handle->data;
    live_calls_run(&live->calls);
}

static void wake(void *owner)
{
    live_node *const live = owner;
    (void)uv_async_send(&live->woken);
}

/* ---- Beginning and end ---- */

static int open_handles(live_node *live)
{
    live->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (live->timer_fd < 0)
        return ROAM_ERR_ADAPTER;
    if (uv_poll_init(&live->loop, &live->timer, live->timer_fd))
        return ROAM_ERR_ADAPTER;
    live->timer.data = live;
    if (uv_async_init(&live->loop, &live->woken, on_woken))
        return ROAM_ERR_ADAPTER;
    live->woken.data = live;
    (void)uv_prepare_init(&live->loop, &live->prepare);
    live->prepare.data = live;
    if (uv_poll_start(&live->timer, UV_READABLE, on_timer))
        return ROAM_ERR_ADAPTER;
    (void)uv_prepare_start(&live->prepare, on_prepare);
    return 0;
}

static void close_if_open(uv_handle_t *handle)
{
    if (handle->data && !uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void close_handles(live_node *live)
{
    close_if_open((uv_handle_t *)&live->timer);
    close_if_open((uv_handle_t *)&live->woken);
    close_if_open((uv_handle_t *)&live->prepare);
    (void)uv_run(&live->loop, UV_RUN_DEFAULT);
    const int rv = uv_loop_close(&live->loop);
    assert(rv == 0); /* a handle of the user's is still open */
    (void)rv;
    if (live->timer_fd >= 0)
        (void)close(live->timer_fd);
}

int live_node_new(const live_node_options *options, live_node **out)
{
    live_node *const live = calloc(1, sizeof *live);
    if (!live)
        return ROAM_ERR_NO_MEMORY;
    live->options = *options;
    live->timer_fd = -1;
    live->armed_ns = ROAM_NEVER;
    int rv = live_udp_buffers_new(&live->buffers);
    if (rv)
        goto fail_buffers;
    rv = live_calls_init(&live->calls, options->max_calls, wake, live);
    if (rv)
        goto fail_calls;
    if (uv_loop_init(&live->loop)) {
        rv = ROAM_ERR_ADAPTER;
        goto fail_loop;
    }
    rv = open_handles(live);
    if (rv)
        goto fail_handles;
    roam_node_options node_options = options->node;
    node_options.callbacks.random = on_random;
    node_options.callbacks.open_adapter = on_open_adapter;
    node_options.user_data = live;
    rv = roam_node_new(&node_options, &live->node);
    if (rv)
        goto fail_handles;
    rv = live_membership_start(live, options->membership);
    if (rv)
        goto fail_node;
    *out = live;
    return 0;
fail_node:
    (void)roam_node_free(live->node);
fail_handles:
    close_handles(live);
fail_loop:
    live_calls_fini(&live->calls);
fail_calls:
    live_udp_buffers_free(live->buffers);
fail_buffers:
    free(live);
    return rv;
}

int live_node_free(live_node *live)
{
    if (!live)
        return 0;
    if (live_calls_on_loop(&live->calls))
        return ROAM_ERR_IN_CALLBACK;
    live_node_stop(live);
    if (live->has_thread)
        (void)pthread_join(live->thread, NULL);
    live_calls_end(&live->calls);
    while (live->attachments) {
        live_attachment *const attachment = live->attachments;
        live->attachments = attachment->next;
        attachment->end(attachment->data);
    }
    const int rv = roam_node_free(live->node);
    assert(rv == 0);
    (void)rv;
    live_migrations_free(live->migrations);
    close_handles(live);
    live_calls_fini(&live->calls);
    live_udp_buffers_free(live->buffers);
    free(live);
    return 0;
}

int live_node_run(live_node *live)
{
    if (live->has_thread || !live_calls_begin(&live->calls))
        return ROAM_ERR_INVALID_ARGUMENT;
    (void)uv_run(&live->loop, UV_RUN_DEFAULT);
    live_calls_end(&live->calls);
    return 0;
}

static void *thread_main(void *data)
{
    live_node *const live = data;
    if (live_calls_begin(&live->calls))
        (void)uv_run(&live->loop, UV_RUN_DEFAULT);
    live_calls_end(&live->calls);
    return NULL;
}

int live_node_start(live_node *live)
{
    if (live->has_thread || live_calls_on_loop(&live->calls))
        return ROAM_ERR_INVALID_ARGUMENT;
    if (pthread_create(&live->thread, NULL, thread_main, live))
        return ROAM_ERR_NO_MEMORY;
    live_calls_hand_over(&live->calls);
    live->has_thread = true;
    return 0;
}

void live_node_stop(live_node *live)
{
    (void)pthread_mutex_lock(&live->calls.mutex);
    live->stop = true;
    (void)pthread_mutex_unlock(&live->calls.mutex);
    wake(live);
}

roam_node *live_node_core(live_node *live)
{
    return live->node;
}

live_calls *live_node_calls(live_node *live)
{
    return &live->calls;
}

live_migrations **live_node_migrations(live_node *live)
{
    return &live->migrations;
}

live_listening *live_node_listening(live_node *live)
{
    return &live->listening;
}

live_membership *live_node_membership(live_node *live)
{
    return &live->membership;
}

void live_node_attach(live_node *live, live_attachment *attachment)
{
    attachment->next = live->attachments;
    live->attachments = attachment;
}

void *live_node_context(const live_node *live)
{
    return live->options.context;
}

struct uv_loop_s *live_node_loop(live_node *live)
{
    return &live->loop;
}
