/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _DEFAULT_SOURCE /* for the texts of EAI_NODATA and other GNU codes */
#include "core/live/resolve.h"

#include "core/live/address.h"

#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* Shared by the loop and the thread; the last of them frees it. */
struct live_resolve {
    pthread_mutex_t mutex;
    uint32_t owners;
    bool closing; /* the loop needs no answer any more, or has it */
    uv_async_t answered;
    live_endpoint endpoint;
    live_resolved *done;
    void *ctx;
    roam_addr found[LIVE_RESOLVED_MAX];
    size_t count;
    int error; /* of getaddrinfo */
};

bool live_endpoint_parse(const char *text, live_endpoint *out)
{
    live_endpoint endpoint = {.port = 0};
    if (live_address_parse(text, &endpoint.addr)) {
        if (endpoint.addr.port == 0 || strlen(text) > LIVE_HOST_MAX)
            return false;
        endpoint.port = endpoint.addr.port;
        memcpy(endpoint.host, text, strlen(text) + 1);
        *out = endpoint;
        return true;
    }
    const char *const colon = strchr(text, ':');
    const size_t len = colon ? (size_t)(colon - text) : 0;
    char number[] = "0.0.0.0:12345";
    roam_addr port;
    if (len == 0 || len > LIVE_HOST_MAX || strlen(colon) >= sizeof number - strlen("0.0.0.0"))
        return false;
    memcpy(number + strlen("0.0.0.0"), colon, strlen(colon) + 1);
    if (!live_address_parse(number, &port) || port.port == 0)
        return false;
    bool letters = false;
    for (size_t i = 0; i < len; i++) {
        const char c = text[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
        if (!letter && !(c >= '0' && c <= '9') && c != '-' && c != '.')
            return false;
        letters = letters || letter;
    }
    if (!letters) /* an address with a mistake, as 192.0.2.256 */
        return false;
    memcpy(endpoint.host, text, len);
    endpoint.port = port.port;
    *out = endpoint;
    return true;
}

static void let_go(live_resolve *self)
{
    (void)pthread_mutex_lock(&self->mutex);
    const bool last = --self->owners == 0;
    (void)pthread_mutex_unlock(&self->mutex);
    if (!last)
        return;
    (void)pthread_mutex_destroy(&self->mutex);
    free(self);
}

static void *thread_main(void *data)
{
    live_resolve *const self = data;
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM};
    struct addrinfo *list = NULL;
    self->error = getaddrinfo(self->endpoint.host, NULL, &hints, &list);
    for (const struct addrinfo *at = self->error ? NULL : list; at && self->count < LIVE_RESOLVED_MAX;
         at = at->ai_next) {
        struct sockaddr_storage storage = {0};
        if (at->ai_addrlen > sizeof storage)
            continue;
        memcpy(&storage, at->ai_addr, at->ai_addrlen);
        roam_addr *const addr = &self->found[self->count];
        live_address_from_kernel(&storage, addr);
        addr->port = self->endpoint.port;
        self->count += addr->family != ROAM_FAMILY_NONE;
    }
    if (list)
        freeaddrinfo(list);
    (void)pthread_mutex_lock(&self->mutex);
    if (!self->closing)
        (void)uv_async_send(&self->answered);
    (void)pthread_mutex_unlock(&self->mutex);
    let_go(self);
    return NULL;
}

static void on_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

static void end(live_resolve *self)
{
    (void)pthread_mutex_lock(&self->mutex);
    self->closing = true;
    (void)pthread_mutex_unlock(&self->mutex);
    uv_close((uv_handle_t *)&self->answered, on_closed);
}

static void on_answered(uv_async_t *handle)
{
    live_resolve *const self = handle->data;
    const char *const error = self->error        ? gai_strerror(self->error)
                              : self->count == 0 ? "no address of a known kind"
                                                 : NULL;
    self->done(self->ctx, self->found, self->count, error);
    end(self);
}

void live_resolve_cancel(live_resolve *resolve)
{
    if (resolve)
        end(resolve);
}

int live_resolve_new(live_node *live, const live_endpoint *endpoint, live_resolved *done, void *ctx,
                     live_resolve **out)
{
    pthread_t thread;
    live_resolve *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ERR_NO_MEMORY;
    self->owners = 2;
    self->endpoint = *endpoint;
    self->done = done;
    self->ctx = ctx;
    if (pthread_mutex_init(&self->mutex, NULL)) {
        free(self);
        return ROAM_ERR_NO_MEMORY;
    }
    if (uv_async_init(live_node_loop(live), &self->answered, on_answered)) {
        (void)pthread_mutex_destroy(&self->mutex);
        free(self);
        return ROAM_ERR_NO_MEMORY;
    }
    self->answered.data = self;
    if (pthread_create(&thread, NULL, thread_main, self)) {
        self->owners = 1;
        end(self);
        return ROAM_ERR_NO_MEMORY;
    }
    (void)pthread_detach(thread);
    *out = self;
    return 0;
}
