/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/traffic.h"

#include "sim/wire/payload.h"
#include "sim/world/message_cutter.h"
#include "sim/world/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_BYTES = 16 };

typedef struct flow {
    const scenario_traffic *entry;
    uint32_t index; /* of the scenario's traffic */
    traffic *owner;
    n3_timer *timer;
    bool up;
    bool blocked;
    bool paused; /* its sender is suspended */
    bool waits;  /* for its connection, to begin with it */
    uint64_t begin_ns;
    uint64_t due_ns;  /* send: the next message's place in the rhythm */
    bool asking;      /* request: the response has not come; response: one is owed */
    uint64_t passed;  /* send: places before it that have had no message, since the last message */
    uint64_t stop_ns; /* no message at or after this */
    uint64_t left;    /* bulk: bytes */
    uint64_t sequence;
    uint64_t expected; /* sequence that comes next at the receiver */
    bool streaming;    /* its stream is open */
    roam_stream_id stream;
    bool receives; /* from the stream that was opened last */
    roam_stream_id receives_from;
    message_cutter cutter;
} flow;

struct traffic {
    traffic_options options;
    flow *flows; /* by from, to, key, index */
    size_t count;
    uint8_t *scratch; /* room for the longest message, and the head before it */
    size_t longest;
};

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_ends(const flow *at, uint32_t from, uint32_t to)
{
    const int order = compare(at->entry->from, from);
    return order ? order : compare(at->entry->to, to);
}

static int compare_flows(const void *left, const void *right)
{
    const flow *const a = left;
    const flow *const b = right;
    int order = compare_ends(a, b->entry->from, b->entry->to);
    if (!order)
        order = compare(a->entry->key, b->entry->key);
    return order ? order : compare(a->index, b->index);
}

/* The first flow of a pair of nodes with that key or a higher one, or the place where it would be. */
static flow *first_flow(const traffic *self, uint32_t from, uint32_t to, uint64_t key)
{
    size_t low = 0;
    size_t high = self->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const flow *const at = &self->flows[middle];
        const int order = compare_ends(at, from, to);
        if (order < 0 || (order == 0 && at->entry->key < key))
            low = middle + 1;
        else
            high = middle;
    }
    return self->flows + low;
}

static bool is_between(const traffic *self, const flow *at, uint32_t from, uint32_t to)
{
    return at < self->flows + self->count && compare_ends(at, from, to) == 0;
}

/* ---- sending ---- */

static size_t next_len(const flow *at)
{
    if (at->entry->kind == SCENARIO_BULK && at->left < at->entry->message_bytes)
        return (size_t)at->left;
    return (size_t)at->entry->message_bytes;
}

/* A message has been sent: it had the place that was due, which may be some time ago. */
static void take_place(flow *at, uint64_t now_ns)
{
    const uint64_t every_ns = at->entry->every_ns;
    if (at->entry->kind != SCENARIO_SEND)
        return;
    const uint64_t later = (now_ns - at->due_ns) / every_ns;
    at->passed += later;
    at->due_ns += (later + 1) * every_ns;
}

/* Places up to now have had no message. */
static void pass_places(flow *at, uint64_t now_ns)
{
    const uint64_t end_ns = now_ns < at->stop_ns ? now_ns : at->stop_ns;
    if (at->entry->kind == SCENARIO_SEND && at->due_ns < end_ns)
        at->passed += (end_ns - 1 - at->due_ns) / at->entry->every_ns + 1;
}

/* Places up to now that had no connection have passed; a new one begins the rhythm anew. */
static void begin_rhythm(flow *at, uint64_t now_ns)
{
    if (at->waits && at->begin_ns < now_ns)
        at->begin_ns = at->due_ns = now_ns;
    at->waits = false;
    pass_places(at, now_ns);
    at->due_ns = at->entry->at_ns > now_ns ? at->entry->at_ns : now_ns;
}

static int open_stream(flow *at, uint64_t now_ns)
{
    const traffic_options *const options = &at->owner->options;
    char tag[TAG_BYTES];
    (void)snprintf(tag, sizeof tag, "%u", at->index);
    traffic_stream stream = {
        .from = at->entry->from, .to = at->entry->to, .tag = tag, .tag_len = strlen(tag)};
    const int status = options->open(options->ctx, &stream);
    if (status)
        return status;
    at->streaming = true;
    at->stream = stream.id;
    observer_set_stream(options->observers, at->index, false, now_ns);
    return 0;
}

/* Hands over the next message, which is in the scratch, behind its head. */
static int hand_over(flow *at, size_t len, uint64_t now_ns)
{
    const traffic_options *const options = &at->owner->options;
    uint8_t *const head = at->owner->scratch;
    traffic_message message = {.from = at->entry->from,
                               .to = at->entry->to,
                               .key = at->entry->key,
                               .data = head + MESSAGE_CUTTER_HEAD_BYTES,
                               .len = len};
    if (!at->entry->stream)
        return options->send(options->ctx, &message);
    const int status = at->streaming ? 0 : open_stream(at, now_ns);
    if (status)
        return status;
    message_cutter_head(head, len);
    message.data = head;
    message.len = MESSAGE_CUTTER_HEAD_BYTES + len;
    message.on_stream = true;
    message.stream = at->stream;
    return options->send(options->ctx, &message);
}

static bool is_gone(int status)
{
    return status == ROAM_ERR_NOT_CONNECTED || status == ROAM_ERR_UNKNOWN_PEER ||
           status == ROAM_ERR_UNKNOWN_STREAM;
}

/* Sends the next message; false when that has to wait. */
static bool send_one(flow *at, uint64_t now_ns)
{
    const traffic_options *const options = &at->owner->options;
    const size_t len = next_len(at);
    payload_id id = {options->seed, at->index, at->sequence};
    payload_fill(&id, at->owner->scratch + MESSAGE_CUTTER_HEAD_BYTES, len);
    const int status = hand_over(at, len, now_ns);
    if (status) {
        /* The peer may have gone down in this very step, before its event has come. */
        at->up &= !is_gone(status);
        at->blocked = status == ROAM_ERR_WOULD_BLOCK;
        if (at->up && !at->blocked)
            run_error_set(options->error, RUN_ERROR_CORE, "traffic entry %u: roam_send: %s", at->index,
                          roam_strerror(status));
        return false;
    }
    const uint64_t due_ns = at->entry->kind == SCENARIO_BULK ? now_ns : at->due_ns;
    take_place(at, now_ns);
    observer_message sent = {.traffic = at->index,
                             .sequence = at->sequence++,
                             .len = len,
                             .intact = true,
                             .begin_ns = at->begin_ns,
                             .passed = at->passed,
                             .next_ns = at->due_ns,
                             .due_ns = due_ns};
    at->passed = 0;
    observer_set_message(options->observers, &sent, false, now_ns);
    return true;
}

static void pump_send(flow *at, uint64_t now_ns)
{
    if (now_ns < at->due_ns || now_ns >= at->stop_ns || !send_one(at, now_ns))
        return;
    if (at->due_ns < at->stop_ns)
        n3_timer_set(at->timer, at->due_ns);
}

/* The next request waits for the response. */
static void pump_request(flow *at, uint64_t now_ns)
{
    if (!at->asking && now_ns >= at->due_ns && now_ns < at->stop_ns)
        at->asking = send_one(at, now_ns);
}

static void pump_response(flow *at, uint64_t now_ns)
{
    at->asking = at->asking && !send_one(at, now_ns);
}

static void pump_bulk(flow *at, uint64_t now_ns)
{
    while (at->left) {
        const size_t len = next_len(at);
        if (!send_one(at, now_ns))
            return;
        at->left -= len;
    }
}

static void pump(flow *at, uint64_t now_ns)
{
    if (!at->up || at->blocked || at->paused)
        return;
    switch (at->entry->kind) {
    case SCENARIO_SEND:
        pump_send(at, now_ns);
        break;
    case SCENARIO_BULK:
        pump_bulk(at, now_ns);
        break;
    case SCENARIO_REQUEST:
        pump_request(at, now_ns);
        break;
    case SCENARIO_RESPONSE:
        pump_response(at, now_ns);
        break;
    }
}

static void on_timer(void *user, uint64_t now_ns)
{
    flow *const at = user;
    pump(at, now_ns);
    at->owner->options.step(at->owner->options.ctx, at->entry->from, now_ns);
}

void traffic_peer_up(traffic *self, uint32_t node, uint32_t other, uint64_t now_ns)
{
    for (flow *at = first_flow(self, node, other, 0); is_between(self, at, node, other); at++) {
        at->up = true;
        at->blocked = false;
        begin_rhythm(at, now_ns);
        if (at->due_ns > now_ns)
            n3_timer_set(at->timer, at->due_ns);
        else
            pump(at, now_ns);
    }
}

/* All is sent, and has come. */
static bool is_done(const flow *at)
{
    const bool sent = at->entry->kind == SCENARIO_BULK       ? at->left == 0
                      : at->entry->kind == SCENARIO_RESPONSE ? !at->asking
                                                             : at->due_ns >= at->stop_ns;
    return sent && at->expected == at->sequence;
}

void traffic_peer_down(traffic *self, uint32_t node, uint32_t other, uint64_t now_ns)
{
    for (flow *at = first_flow(self, node, other, 0); is_between(self, at, node, other); at++) {
        at->up = at->waits = at->asking = false;
        n3_timer_set(at->timer, N3_NEVER);
        if (at->streaming && !is_done(at))
            observer_set_stream(self->options.observers, at->index, true, now_ns);
        at->streaming = false;
    }
}

void traffic_stream_writable(traffic *self, const traffic_stream *stream, uint64_t now_ns)
{
    for (flow *at = first_flow(self, stream->from, stream->to, 0);
         is_between(self, at, stream->from, stream->to); at++) {
        if (!at->blocked || !at->streaming || at->stream.value != stream->id.value)
            continue;
        at->blocked = false;
        pump(at, now_ns);
    }
}

/* The flows of one sender stand together. */
static bool is_from(const traffic *self, const flow *at, uint32_t node)
{
    return at < self->flows + self->count && at->entry->from == node;
}

void traffic_pause(traffic *self, uint32_t node, uint64_t now_ns)
{
    for (flow *at = first_flow(self, node, 0, 0); is_from(self, at, node); at++) {
        at->paused = true;
        n3_timer_set(at->timer, N3_NEVER);
        if (at->up || at->waits || at->due_ns >= now_ns)
            continue;
        pass_places(at, now_ns);
        at->due_ns = now_ns;
    }
}

void traffic_resume(traffic *self, uint32_t node, uint64_t now_ns)
{
    for (flow *at = first_flow(self, node, 0, 0); is_from(self, at, node); at++) {
        at->paused = false;
        if (!at->waits && at->due_ns < now_ns)
            at->due_ns = now_ns; /* one timer is overdue, and no message was to be sent meanwhile */
        if (!at->up)
            continue;
        if (at->due_ns > now_ns)
            n3_timer_set(at->timer, at->due_ns);
        else
            pump(at, now_ns);
    }
}

void traffic_writable(traffic *self, uint32_t node, uint32_t other, uint64_t now_ns)
{
    for (flow *at = first_flow(self, node, other, 0); is_between(self, at, node, other); at++) {
        if (!at->blocked)
            continue;
        at->blocked = false;
        pump(at, now_ns);
    }
}

/* ---- receiving ---- */

/* Whether a flow from first on, the first one with its key, has that index; NULL: none has. */
static flow *flow_indexed(const traffic *self, flow *first, uint32_t index)
{
    const scenario_traffic *const entry = first->entry;
    for (flow *at = first; is_between(self, at, entry->from, entry->to) && at->entry->key == entry->key; at++)
        if (at->index == index)
            return at;
    return NULL;
}

static flow *flow_of_entry(const traffic *self, uint32_t index)
{
    const scenario_traffic *const entry = &self->options.scenario->traffic[index];
    return flow_indexed(self, first_flow(self, entry->from, entry->to, entry->key), index);
}

/* The flow of a message: the one that its header names, or else the first one with its key. */
static flow *flow_of(const traffic *self, const traffic_message *message)
{
    uint32_t index;
    uint64_t sequence;
    flow *const first = first_flow(self, message->from, message->to, message->key);
    if (!is_between(self, first, message->from, message->to) || first->entry->key != message->key)
        return NULL;
    flow *const named = payload_read(message->data, message->len, &index, &sequence)
                            ? flow_indexed(self, first, index)
                            : NULL;
    return named ? named : first;
}

/* Bytes that the message of that sequence has, if it was sent at all; 0 otherwise. */
static uint64_t sent_len(const flow *at, uint64_t sequence)
{
    const scenario_traffic *const entry = at->entry;
    if (sequence >= at->sequence)
        return 0;
    if (entry->kind != SCENARIO_BULK || (sequence + 1) * entry->message_bytes <= entry->total_bytes)
        return entry->message_bytes;
    return entry->total_bytes - sequence * entry->message_bytes;
}

/* A request is answered; a response lets the next request come. The response is due with the request: its
 * latency is what the application waits for. */
static void go_on(flow *at, uint64_t now_ns)
{
    const scenario_traffic *const entry = at->entry;
    flow *const other = entry->other == SCENARIO_NONE ? NULL : flow_of_entry(at->owner, entry->other);
    if (other && entry->kind == SCENARIO_REQUEST) {
        other->asking = true;
        other->due_ns = at->due_ns;
        pump(other, now_ns);
    } else if (other && other->asking) {
        other->asking = false;
        const uint64_t soonest_ns = other->due_ns + TRAFFIC_REQUEST_MIN_NS;
        other->due_ns = now_ns + entry->think_ns;
        if (other->due_ns < soonest_ns)
            other->due_ns = soonest_ns;
        if (other->due_ns > now_ns)
            n3_timer_set(other->timer, other->due_ns);
        else
            pump(other, now_ns);
    }
}

static void deliver(flow *at, const uint8_t *data, size_t len, uint64_t now_ns)
{
    const traffic *const self = at->owner;
    uint32_t index;
    uint64_t sequence;
    if (!payload_read(data, len, &index, &sequence) || index != at->index || sequence >= at->sequence)
        sequence = at->expected;
    const bool is_new = sequence >= at->expected;
    if (is_new)
        at->expected = sequence + 1;
    payload_id id = {self->options.seed, at->index, sequence};
    observer_message delivered = {.traffic = at->index, .sequence = sequence, .len = len};
    delivered.intact = sent_len(at, sequence) == len && payload_intact(&id, data, len);
    observer_set_message(self->options.observers, &delivered, true, now_ns);
    if (is_new)
        go_on(at, now_ns);
}

void traffic_delivered(traffic *self, const traffic_message *message, uint64_t now_ns)
{
    flow *const at = flow_of(self, message);
    if (!at) {
        run_error_set(self->options.error, RUN_ERROR_CORE,
                      "%s: a message of %zu bytes with key %llu came from %s, which no traffic entry sends",
                      self->options.scenario->nodes[message->to].name, message->len,
                      (unsigned long long)message->key, self->options.scenario->nodes[message->from].name);
        return;
    }
    deliver(at, message->data, message->len, now_ns);
}

/* ---- streams ---- */

void traffic_stream_opened(traffic *self, const traffic_stream *stream)
{
    char tag[TAG_BYTES] = "";
    if (stream->tag_len < sizeof tag)
        memcpy(tag, stream->tag, stream->tag_len);
    for (flow *at = first_flow(self, stream->from, stream->to, 0);
         is_between(self, at, stream->from, stream->to); at++) {
        char own[TAG_BYTES];
        (void)snprintf(own, sizeof own, "%u", at->index);
        if (!at->entry->stream || strcmp(tag, own) != 0)
            continue;
        at->receives = true;
        at->receives_from = stream->id;
        message_cutter_reset(&at->cutter);
        return;
    }
    run_error_set(
        self->options.error, RUN_ERROR_CORE, "%s: a stream came from %s that no traffic entry opens",
        self->options.scenario->nodes[stream->to].name, self->options.scenario->nodes[stream->from].name);
}

static void cut(flow *at, const uint8_t *data, size_t len, uint64_t now_ns)
{
    run_error *const error = at->owner->options.error;
    const uint8_t *message;
    size_t message_len;
    for (;;) {
        switch (message_cutter_take(&at->cutter, at->owner->longest, &data, &len, &message, &message_len)) {
        case MESSAGE_CUTTER_MORE:
            return;
        case MESSAGE_CUTTER_MESSAGE:
            deliver(at, message, message_len, now_ns);
            break;
        case MESSAGE_CUTTER_TOO_LONG:
            run_error_set(error, RUN_ERROR_CORE,
                          "traffic entry %u: its stream has other bytes than were sent", at->index);
            return;
        case MESSAGE_CUTTER_NO_MEMORY:
            run_error_set(error, RUN_ERROR_MEMORY, "traffic: out of memory");
            return;
        }
    }
}

void traffic_stream_data(traffic *self, const traffic_stream *stream, const uint8_t *data, size_t len,
                         uint64_t now_ns)
{
    for (flow *at = first_flow(self, stream->from, stream->to, 0);
         is_between(self, at, stream->from, stream->to); at++)
        if (at->receives && at->receives_from.value == stream->id.value)
            cut(at, data, len, now_ns);
}

/* ---- beginning and end ---- */

uint32_t traffic_longest_message(const scenario *whole)
{
    uint64_t longest = 0;
    for (size_t i = 0; i < whole->traffic_count; i++)
        if (whole->traffic[i].message_bytes > longest)
            longest = whole->traffic[i].message_bytes;
    return (uint32_t)longest;
}

uint64_t traffic_begin_ns(const scenario *whole, const scenario_traffic *entry)
{
    const uint64_t dial_ns = whole->peers[entry->peer].at_ns;
    return entry->at_ns > dial_ns ? entry->at_ns : dial_ns;
}

uint64_t traffic_stop_ns(const scenario *whole, const scenario_traffic *entry)
{
    if (entry->until_ns != SCENARIO_NEVER)
        return entry->until_ns;
    const uint64_t drain_ns = whole->duration_ns / 10;
    return whole->duration_ns - (drain_ns < TRAFFIC_DRAIN_MAX_NS ? drain_ns : TRAFFIC_DRAIN_MAX_NS);
}

static int fill(traffic *self)
{
    const scenario *const whole = self->options.scenario;
    for (; self->count < whole->traffic_count; self->count++) {
        flow *const at = &self->flows[self->count];
        at->entry = &whole->traffic[self->count];
        at->index = (uint32_t)self->count;
        at->owner = self;
        at->left = at->entry->total_bytes;
        at->begin_ns = at->due_ns = traffic_begin_ns(whole, at->entry);
        at->waits = at->entry->with_connection;
        at->stop_ns = traffic_stop_ns(whole, at->entry);
    }
    qsort(self->flows, self->count, sizeof *self->flows, compare_flows);
    for (size_t i = 0; i < self->count; i++) {
        const int status = n3_timer_new(self->options.n3, on_timer, &self->flows[i], &self->flows[i].timer);
        if (status)
            return run_error_set(self->options.error, RUN_ERROR_MEMORY, "traffic: %s", n3_strerror(status));
    }
    return RUN_ERROR_NONE;
}

int traffic_new(const traffic_options *options, traffic **out)
{
    const size_t count = options->scenario->traffic_count;
    traffic *const self = calloc(1, sizeof *self);
    int status = RUN_ERROR_MEMORY;
    if (!self)
        goto out;
    self->options = *options;
    if (count) {
        self->flows = calloc(count, sizeof *self->flows);
        const size_t longest = traffic_longest_message(options->scenario);
        assert(longest > 0);
        self->longest = longest;
        self->scratch = malloc(MESSAGE_CUTTER_HEAD_BYTES + longest);
        if (!self->flows || !self->scratch)
            goto out;
        status = fill(self);
        if (status)
            goto out;
    }
    *out = self;
    return RUN_ERROR_NONE;
out:
    traffic_free(self);
    return run_error_set(options->error, status, "traffic: out of memory");
}

void traffic_free(traffic *self)
{
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++) {
        n3_timer_free(self->flows[i].timer);
        message_cutter_fini(&self->flows[i].cutter);
    }
    free(self->flows);
    free(self->scratch);
    free(self);
}
