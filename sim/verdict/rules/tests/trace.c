/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/tests/trace.h"

#include "core/tests/check.h"
#include "sim/tests/evidence.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- recording ---- */

static trace_item *add_item(trace *self)
{
    if (self->count == self->capacity) {
        self->capacity = self->capacity ? 2 * self->capacity : 256;
        self->items = realloc(self->items, self->capacity * sizeof *self->items);
        CU_ASSERT_PTR_NOT_NULL_FATAL(self->items);
    }
    trace_item *const item = &self->items[self->count++];
    memset(item, 0, sizeof *item);
    return item;
}

/* The pointers into themselves are set by settle. */
static void copy_frames(trace_item *item, const dissect_frame *frames, size_t count)
{
    CU_ASSERT_FATAL(count <= TRACE_FRAMES_MAX);
    item->frames = calloc(TRACE_FRAMES_MAX, sizeof *item->frames);
    CU_ASSERT_PTR_NOT_NULL_FATAL(item->frames);
    memcpy(item->frames, frames, count * sizeof *frames);
    item->packet.frame_count = count;
    for (size_t i = 0; i < count; i++) {
        item->frames[i].data = NULL;
        if (frames[i].type != DISSECT_ACK)
            continue;
        const size_t bytes = frames[i].range_count * sizeof *item->ranges;
        item->ranges = realloc(item->ranges, bytes);
        CU_ASSERT_PTR_NOT_NULL_FATAL(item->ranges);
        memcpy(item->ranges, frames[i].ranges, bytes);
        item->frames[i].ranges = item->ranges; /* the frame given may point to what is freed with its run */
    }
}

static bool is_read(const dissect_packet *packet)
{
    return packet->connection != DISSECT_NONE &&
           (packet->status == DISSECT_READ || packet->status == DISSECT_BAD_FRAMES);
}

static trace_item *find(const trace *self, bool sent, dissect_side sender, dissect_packet_type type,
                        uint64_t number)
{
    for (size_t i = self->count; i > 0; i--) {
        trace_item *const item = &self->items[i - 1];
        if (item->sent == sent && item->packet.sender == sender && item->packet.type == type &&
            item->packet.number == number)
            return item;
    }
    return NULL;
}

static void take(trace *self, const observer_packet *packet, size_t index, uint64_t now_ns)
{
    const dissect_packet *const read = &packet->view->packets[index];
    const trace_item *const sent =
        packet->up ? NULL : find(self, true, read->sender, read->type, read->number);
    const dissect_frame *const frames = sent ? sent->frames : read->frames;
    const size_t count = sent ? sent->packet.frame_count : read->frame_count;
    dissect_frame kept[TRACE_FRAMES_MAX];
    CU_ASSERT_FATAL(count <= TRACE_FRAMES_MAX);
    memcpy(kept, frames, count * sizeof *frames);
    for (size_t i = 0; sent && i < count; i++)
        kept[i].ranges = sent->ranges;
    trace_item *const item = add_item(self);
    item->sent = packet->up;
    item->joined = index > 0 && is_read(&packet->view->packets[index - 1]);
    item->datagram = (rules_datagram){.now_ns = now_ns,
                                      .local = packet->up ? packet->source : packet->destination,
                                      .remote = packet->up ? packet->destination : packet->source,
                                      .ip = RULES_IP_WHOLE,
                                      .len = packet->payload_len};
    memcpy(item->bytes, packet->payload,
           packet->payload_len < RULES_BYTES_MAX ? packet->payload_len : (size_t)RULES_BYTES_MAX);
    item->packet = *read;
    copy_frames(item, kept, count);
}

static void take_parameters(trace *self, const dissect *from, uint32_t connection)
{
    CU_ASSERT_FATAL(connection < TRACE_CONNECTIONS_MAX);
    for (dissect_side side = DISSECT_CLIENT; side <= DISSECT_SERVER; side++) {
        const transport_parameters *const known = dissect_parameters(from, connection, side);
        if (!known || self->parameters[connection][side].known)
            continue;
        self->parameters[connection][side].known = true;
        self->parameters[connection][side].value = *known;
    }
}

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    for (size_t i = 0; packet->view && !packet->forged && i < packet->view->packet_count; i++)
        if (is_read(&packet->view->packets[i])) {
            take_parameters(ctx, packet->view->dissect, packet->view->packets[i].connection);
            take(ctx, packet, i, now_ns);
        }
}

trace trace_of(const char *text)
{
    trace self = {0};
    const observer watcher = {.ctx = &self, .frames = true, .packet = on_packet};
    evidence_watch(text, &watcher);
    CU_ASSERT_FATAL(self.count > 0);
    return self;
}

void trace_free(trace *self)
{
    for (size_t i = 0; i < self->count; i++) {
        free(self->items[i].frames);
        free(self->items[i].ranges);
    }
    free(self->items);
}

/* ---- finding ---- */

dissect_frame *trace_frame(trace_item *item, dissect_frame_type type)
{
    for (size_t i = 0; i < item->packet.frame_count; i++)
        if (item->frames[i].type == type)
            return &item->frames[i];
    return NULL;
}

trace_item *trace_find(trace *self, dissect_side sender, dissect_frame_type type, uint64_t at_ns, size_t nth)
{
    for (size_t i = 0; i < self->count; i++) {
        trace_item *const item = &self->items[i];
        if (item->sent && item->packet.sender == sender && item->datagram.now_ns >= at_ns &&
            trace_frame(item, type) && nth-- == 0)
            return item;
    }
    CU_FAIL_FATAL("the trace has no such packet");
    return NULL;
}

trace_item *trace_sent(trace *self, dissect_side sender, uint64_t number)
{
    return find(self, true, sender, DISSECT_ONE_RTT, number);
}

trace_item *trace_arrived(trace *self, dissect_side sender, uint64_t number)
{
    return find(self, false, sender, DISSECT_ONE_RTT, number);
}

/* ---- altering ---- */

static bool is_same(const trace_item *a, const trace_item *b)
{
    return a->packet.sender == b->packet.sender && a->packet.type == b->packet.type &&
           a->packet.number == b->packet.number;
}

void trace_add_frame(trace *self, const trace_item *of, const dissect_frame *frame)
{
    for (size_t i = 0; i < self->count; i++) {
        trace_item *const item = &self->items[i];
        if (!is_same(item, of))
            continue;
        CU_ASSERT_FATAL(item->packet.frame_count < TRACE_FRAMES_MAX);
        item->frames[item->packet.frame_count++] = *frame;
    }
}

void trace_drop_frames(trace *self, const trace_item *of, dissect_frame_type type)
{
    for (size_t i = 0; i < self->count; i++) {
        trace_item *const item = &self->items[i];
        size_t kept = 0;
        if (!is_same(item, of))
            continue;
        for (size_t j = 0; j < item->packet.frame_count; j++)
            if (item->frames[j].type != type)
                item->frames[kept++] = item->frames[j];
        item->packet.frame_count = kept;
    }
}

void trace_resize(trace *self, const trace_item *of, size_t len)
{
    for (size_t i = 0; i < self->count; i++)
        if (is_same(&self->items[i], of))
            self->items[i].datagram.len = len;
}

void trace_drop(trace *self, const trace_item *of)
{
    for (size_t i = 0; i < self->count; i++)
        if (is_same(&self->items[i], of))
            self->items[i].gone = true;
}

trace_item *trace_copy(trace *self, const trace_item *of, uint64_t at_ns)
{
    const trace_item from = *of;
    size_t place = self->count;
    (void)add_item(self);
    while (place > 0 && self->items[place - 1].datagram.now_ns > at_ns)
        place--;
    memmove(&self->items[place + 1], &self->items[place], (self->count - 1 - place) * sizeof from);
    trace_item *const item = &self->items[place];
    *item = from;
    item->ranges = NULL;
    item->joined = false;
    item->datagram.now_ns = at_ns;
    copy_frames(item, from.frames, from.packet.frame_count);
    return item;
}

/* ---- showing ---- */

/* Shows the datagram whose first packet is that item; returns how many items it has. */
static size_t show_datagram(rules_judge *judge, trace_item *items, size_t count)
{
    dissect_packet packets[DISSECT_PACKETS_MAX];
    size_t used = 0;
    dissect_view view = {.packets = packets};
    do {
        trace_item *const item = &items[used++];
        for (size_t i = 0; i < item->packet.frame_count; i++)
            if (item->frames[i].type == DISSECT_ACK)
                item->frames[i].ranges = item->ranges;
        item->packet.frames = item->frames;
        if (!item->gone)
            packets[view.packet_count++] = item->packet;
    } while (used < count && items[used].joined);
    rules_datagram datagram = items->datagram;
    datagram.view = &view;
    datagram.payload = items->bytes;
    if (view.packet_count > 0 && items->sent)
        rules_sent(judge, &datagram);
    else if (view.packet_count > 0)
        rules_received(judge, &datagram);
    return used;
}

rules_judge *trace_shown(const trace *self)
{
    rules_judge *judge = NULL;
    CU_ASSERT_EQUAL_FATAL(rules_new(&judge), 0);
    for (uint32_t i = 0; i < 2 * TRACE_CONNECTIONS_MAX; i++)
        if (self->parameters[i / 2][i % 2].known)
            rules_parameters(judge, i / 2, i % 2 ? DISSECT_SERVER : DISSECT_CLIENT,
                             &self->parameters[i / 2][i % 2].value);
    for (size_t i = 0; i < self->count;)
        i += show_datagram(judge, &self->items[i], self->count - i);
    CU_ASSERT_EQUAL_FATAL(rules_finish(judge), 0);
    return judge;
}

/* How often the rule, RULES_COUNT for any, is broken by that side of any connection. Tells of others, but
 * for the cause at the other side. */
static uint32_t count_broken(const rules_judge *judge, rules_rule wanted, dissect_side side, rules_rule cause)
{
    uint32_t broken = 0;
    for (uint32_t i = 0; i < 2 * rules_connection_count(judge); i++) {
        const dissect_side of = i % 2 ? DISSECT_SERVER : DISSECT_CLIENT;
        for (rules_rule rule = 0; rule < RULES_COUNT; rule++) {
            const rules_outcome outcome = rules_outcome_of(judge, i / 2, of, rule);
            if (outcome.broken == 0)
                continue;
            if (rule == wanted && of == side) {
                broken += outcome.broken;
                continue;
            }
            if (rule == cause && of != side)
                continue;
            (void)printf("\n%s is broken by the %s of connection %u at %llu ns: %s\n", rules_name(rule),
                         of == DISSECT_CLIENT ? "client" : "server", i / 2,
                         (unsigned long long)outcome.violation->at_ns, outcome.violation->text);
            CU_FAIL("another rule is broken");
        }
    }
    return broken;
}

rules_judge *trace_held(const trace *self)
{
    rules_judge *const judge = trace_shown(self);
    CU_ASSERT_EQUAL(count_broken(judge, RULES_COUNT, DISSECT_CLIENT, RULES_COUNT), 0);
    return judge;
}

void trace_broken(const trace *self, rules_rule rule, dissect_side side)
{
    trace_broken_by(self, rule, side, RULES_COUNT);
}

void trace_broken_by(const trace *self, rules_rule rule, dissect_side side, rules_rule cause)
{
    rules_judge *const judge = trace_shown(self);
    if (count_broken(judge, rule, side, cause) == 0) {
        (void)printf("\n%s is not broken\n", rules_name(rule));
        CU_FAIL("the rule is not broken");
    }
    rules_free(judge);
}

uint32_t trace_exercised(const trace *self, rules_rule rule, dissect_side side)
{
    return trace_exercised_by(self, rule, side, RULES_COUNT);
}

uint32_t trace_exercised_by(const trace *self, rules_rule rule, dissect_side side, rules_rule cause)
{
    rules_judge *const judge = trace_shown(self);
    CU_ASSERT_EQUAL(count_broken(judge, RULES_COUNT, side, cause), 0);
    const uint32_t exercised = rules_outcome_of(judge, 0, side, rule).exercised;
    rules_free(judge);
    return exercised;
}
