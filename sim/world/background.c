/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/background.h"

#include "sim/net/network.h"
#include "sim/random_streams.h"
#include "sim/wire/ip.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_NS UINT64_C(1000000000)
#define PORT_FIRST 5000

typedef struct source {
    const scenario_background *entry;
    background *owner;
    n3_timer *timer;
    n3_random *random; /* poisson; else NULL */
    n3_device *end;
    uint8_t *packet;
    uint64_t gap_ns; /* from packet to packet, in the mean ... */
    uint64_t rest;   /* ... and what it lacks, in parts of the rate */
    uint64_t lacks;
    uint64_t cycle_ns; /* on-off: when the busy time began */
    bool begun;
} source;

struct background {
    background_options options;
    source *sources;
    size_t count;
};

/* ---- times ---- */

/* An exponential time of mean 1, by von Neumann's method (1951): comparisons alone, so that it is the same on
 * every machine. */
static double exponential(n3_random *random)
{
    for (uint64_t whole = 0;; whole++) {
        const double first = n3_random_uniform(random);
        double before = first;
        double next = n3_random_uniform(random);
        bool odd = true;
        while (next < before) {
            before = next;
            next = n3_random_uniform(random);
            odd = !odd;
        }
        if (odd)
            return (double)whole + first;
    }
}

static uint64_t next_gap(source *self)
{
    if (self->random)
        return (uint64_t)((double)self->gap_ns * exponential(self->random));
    self->lacks += self->rest;
    const bool one_more = self->lacks >= self->entry->rate_bps;
    self->lacks -= one_more ? self->entry->rate_bps : 0;
    return self->gap_ns + one_more;
}

/* When the next packet is due that follows one at now_ns. */
static uint64_t next_due(source *self, uint64_t now_ns)
{
    const scenario_background *const entry = self->entry;
    const uint64_t due_ns = now_ns + next_gap(self);
    if (entry->pattern != SCENARIO_ON_OFF || due_ns < self->cycle_ns + entry->busy_ns)
        return due_ns;
    self->cycle_ns += entry->busy_ns + entry->idle_ns;
    self->lacks = 0;
    return self->cycle_ns;
}

/* ---- packets ---- */

static void on_receive(void *user, n3_frame *frame, uint64_t now_ns)
{
    const background *const self = user;
    (void)now_ns;
    n3_frame_free(self->options.n3, frame);
}

static void tell(const source *self, bool over, uint64_t now_ns)
{
    const size_t index = (size_t)(self - self->owner->sources);
    const background_counts counts = background_count(self->owner, index);
    const observer_background told = {index, over, counts.sent, counts.delivered, counts.dropped};
    observer_set_background(self->owner->options.observers, &told, now_ns);
}

/* The end of the entry is an instant of its own. */
static void await_next(source *self, uint64_t now_ns)
{
    const uint64_t due_ns = next_due(self, now_ns);
    n3_timer_set(self->timer, due_ns < self->entry->until_ns ? due_ns : self->entry->until_ns);
}

static void send_packet(source *self, uint64_t now_ns)
{
    const scenario_background *const entry = self->entry;
    const background_options *const options = &self->owner->options;
    n3_frame *const frame = n3_frame_new(options->n3, entry->packet_bytes);
    if (!frame) {
        (void)run_error_set(options->error, RUN_ERROR_MEMORY, "background: out of memory, or of frames");
        return;
    }
    memcpy(frame->bytes, self->packet, entry->packet_bytes);
    frame->length = entry->packet_bytes;
    (void)n3_device_send(self->end, frame); /* its counters have what became of it */
    await_next(self, now_ns);
}

static void on_timer(void *user, uint64_t now_ns)
{
    source *const self = user;
    const bool begins = !self->begun;
    const bool over = now_ns >= self->entry->until_ns;
    self->begun = true;
    if (begins || over)
        tell(self, over, now_ns);
    if (begins && self->random)
        await_next(self, now_ns);
    else if (!over)
        send_packet(self, now_ns);
}

/* ---- making ---- */

/* From no host's address, to port numbers of its own, so that it is a flow. */
static int make_packet(source *self, size_t index)
{
    const network *const on = &self->owner->options.networks[self->entry->network];
    const uint32_t bytes = self->entry->packet_bytes;
    size_t len;
    ip_datagram datagram = {.ttl = IP_TTL_DEFAULT};
    datagram.source = datagram.destination = network_vacant_address(on);
    datagram.source.port = (uint16_t)(PORT_FIRST + index);
    datagram.destination.port = PORT_FIRST;
    const size_t headers = ip_headers_len(datagram.source.family);
    self->packet = calloc(1, bytes);
    if (!self->packet)
        return IP_ERR_TOO_LARGE;
    datagram.payload = self->packet + headers;
    datagram.payload_len = bytes - headers;
    return ip_encode(&datagram, self->packet, bytes, &len);
}

static n3_status join(source *self, size_t index)
{
    const background_options *const options = &self->owner->options;
    network *const on = &options->networks[self->entry->network];
    const random_consumer draws = {
        .purpose = RANDOM_BACKGROUND, .node = "", .network = on->scenario->name, .use = index + 1};
    n3_host_options host;
    n3_medium *medium;
    n3_node *node;
    n3_device *host_end, *core_end;
    n3_host_options_default(&host);
    host.stream = random_stream_block(&draws, N3_MEDIUM_STREAMS);
    if (on->scenario->distance_mm > 0)
        host.distance_mm = on->scenario->distance_mm;
    n3_status status = network_medium(on, options->n3, "", 0, &medium);
    if (!status)
        status = n3_node_new(options->n3, &node);
    if (!status)
        status = n3_medium_add(medium, &host, node, options->core, &host_end, &core_end);
    if (!status && self->entry->pattern == SCENARIO_POISSON)
        status = n3_random_new(options->n3, host.stream, &self->random);
    if (!status)
        status = n3_timer_new(options->n3, on_timer, self, &self->timer);
    if (status)
        return status;
    self->end = self->entry->up ? host_end : core_end;
    n3_device_on_receive(self->entry->up ? core_end : host_end, on_receive, self->owner);
    return N3_OK;
}

static int begin(source *self, size_t index)
{
    const scenario_background *const entry = self->entry;
    const uint64_t bits = UINT64_C(8) * entry->packet_bytes;
    self->gap_ns = bits * SECOND_NS / entry->rate_bps;
    self->rest = bits * SECOND_NS % entry->rate_bps;
    self->cycle_ns = entry->at_ns;
    if (make_packet(self, index) || join(self, index))
        return run_error_set(self->owner->options.error, RUN_ERROR_MEMORY, "background: out of memory");
    n3_timer_set(self->timer, entry->at_ns);
    return RUN_ERROR_NONE;
}

int background_new(const background_options *options, background **out)
{
    const scenario *const whole = options->scenario;
    int status = RUN_ERROR_NONE;
    *out = NULL;
    if (whole->background_count == 0)
        return RUN_ERROR_NONE;
    background *const self = calloc(1, sizeof *self);
    source *const sources = calloc(whole->background_count, sizeof *sources);
    if (!self || !sources) {
        free(self);
        free(sources);
        return run_error_set(options->error, RUN_ERROR_MEMORY, "background: out of memory");
    }
    self->options = *options;
    self->sources = sources;
    for (; !status && self->count < whole->background_count; self->count++) {
        sources[self->count] = (source){.entry = &whole->background[self->count], .owner = self};
        status = begin(&sources[self->count], self->count);
    }
    if (status)
        background_free(self);
    else
        *out = self;
    return status;
}

void background_free(background *self)
{
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        n3_timer_free(self->sources[i].timer);
        n3_random_free(self->sources[i].random);
        free(self->sources[i].packet);
    }
    free(self->sources);
    free(self);
}

background_counts background_count(const background *self, size_t index)
{
    n3_device_counters counters;
    n3_device_count(self->sources[index].end, &counters);
    return (background_counts){
        .sent = counters.sent,
        .bytes = counters.sent_bytes,
        .delivered = counters.delivered,
        .dropped = counters.dropped_queue + counters.dropped_loss + counters.dropped_medium,
    };
}
