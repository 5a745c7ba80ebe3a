/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/impair.h"

#include "core/hash.h"
#include "sim/net/delay_queue.h"
#include "sim/net/packet.h"
#include "sim/random_streams.h"

#include <stdlib.h>

#define PPB 1000000000u

/* Kept after its end, because its random stream goes on when it begins again. */
typedef struct rule {
    const scenario_impair *what;
    bool active;
    uint64_t seen;     /* packets it is about, since it began */
    uint64_t chosen;   /* of those */
    n3_random *random; /* NULL: it draws nothing */
    struct rule *next; /* begun later */
} rule;

struct impair {
    impair_options options;
    rule *rules;
    uint32_t active;
    delay_queue timed;   /* by time */
    delay_queue counted; /* by passed */
    uint64_t passed;     /* packets that went on */
    n3_timer *timer;     /* of timed; NULL until needed */
};

/* What becomes of one packet. */
typedef struct verdict {
    bool drop;
    uint32_t copies;
    uint64_t copy_delay_ns;
    uint64_t hold_ns;
    uint32_t hold_packets;
} verdict;

static void out_of_memory(const impair *self)
{
    (void)run_error_set(self->options.error, RUN_ERROR_MEMORY, "%s: out of memory", self->options.node);
}

impair *impair_new(const impair_options *options)
{
    impair *const self = calloc(1, sizeof *self);
    if (self)
        self->options = *options;
    return self;
}

void impair_free(impair *self)
{
    if (!self)
        return;
    for (rule *each = self->rules, *next; each; each = next) {
        next = each->next;
        n3_random_free(each->random);
        free(each);
    }
    n3_timer_free(self->timer);
    delay_queue_fini(&self->timed, self->options.n3);
    delay_queue_fini(&self->counted, self->options.n3);
    free(self);
}

/* ---- rules ---- */

static bool draws(const scenario_impair *what)
{
    return what->fraction_ppb > 0 || what->verb == SCENARIO_CORRUPT;
}

/* What a rule draws for. The numbers are part of the names of random streams: another one is another draw. */
static uint64_t use_of(const scenario_impair *what)
{
    static const uint8_t NUMBERS[] = {
        [SCENARIO_DROP] = 20, [SCENARIO_DUPLICATE] = 21, [SCENARIO_REORDER] = 22, [SCENARIO_CORRUPT] = 23};
    return core_hash_mix(what->stream) ^ ((uint64_t)NUMBERS[what->verb] << 32 | (uint32_t)what->frame);
}

static rule *add_rule(impair *self, const scenario_impair *what)
{
    rule *const added = calloc(1, sizeof *added);
    if (!added)
        return NULL;
    added->what = what;
    const random_consumer consumer = {.purpose = self->options.up ? RANDOM_FAULT_UP : RANDOM_FAULT_DOWN,
                                      .node = self->options.node,
                                      .network = self->options.network,
                                      .attachment = what->turn,
                                      .use = use_of(what)};
    if (draws(what) && n3_random_new(self->options.n3, random_stream(&consumer), &added->random)) {
        free(added);
        return NULL;
    }
    rule **end = &self->rules;
    while (*end)
        end = &(*end)->next;
    *end = added;
    return added;
}

int impair_begin(impair *self, const scenario_impair *what)
{
    rule *found = self->rules;
    while (found && found->what != what)
        found = found->next;
    if (!found)
        found = add_rule(self, what);
    if (!found) {
        out_of_memory(self);
        return self->options.error->code;
    }
    self->active += !found->active;
    found->active = true;
    found->seen = 0;
    found->chosen = 0;
    return RUN_ERROR_NONE;
}

static void end(impair *self, rule *which)
{
    self->active -= which->active;
    which->active = false;
}

void impair_end(impair *self, const scenario_impair *what)
{
    for (rule *each = self->rules; each; each = each->next)
        if (!what || each->what == what)
            end(self, each);
}

bool impair_is_active(const impair *self)
{
    return self->active > 0 || self->counted.count > 0;
}

/* ---- one packet ---- */

static bool is_about(const impair *self, const rule *which, void *link, const n3_frame *frame)
{
    const scenario_impair *const what = which->what;
    const impair_outlet *const outlet = self->options.outlet;
    return what->frame == SCENARIO_FRAME_ANY ||
           (outlet->has && outlet->has(link, self->options.up, frame, what->frame, what->stream));
}

static bool is_listed(const scenario_impair *what, uint64_t number)
{
    for (size_t i = 0; i < what->nth_count; i++)
        if (what->nth[i] == number)
            return true;
    return what->nth_count == 0;
}

/* Ends the rule with the last packet that it can choose, so that all that follows costs nothing. */
static bool chooses(impair *self, rule *which, void *link, const n3_frame *frame)
{
    const scenario_impair *const what = which->what;
    if (!which->active || !is_about(self, which, link, frame))
        return false;
    which->seen++;
    const bool chosen = is_listed(what, which->seen) &&
                        (what->fraction_ppb == 0 || n3_random_below(which->random, PPB) < what->fraction_ppb);
    which->chosen += chosen;
    if ((what->count > 0 && which->chosen == what->count) ||
        (what->nth_count > 0 && which->seen >= what->nth[what->nth_count - 1]))
        end(self, which);
    return chosen;
}

/* The UDP checksum, two bytes before the payload, follows a change of one 16-bit word (RFC 1624). */
static void repair_checksum(uint8_t *udp_checksum, uint16_t old_word, uint16_t new_word)
{
    uint16_t sum = (uint16_t)(udp_checksum[0] << 8 | udp_checksum[1]);
    if (sum == 0)
        return; /* none was sent */
    sum = ip_checksum_update(sum, old_word, new_word);
    sum = sum == 0 ? UINT16_MAX : sum; /* RFC 768: 0 means none */
    udp_checksum[0] = (uint8_t)(sum >> 8);
    udp_checksum[1] = (uint8_t)sum;
}

static void flip_bit(uint8_t *payload, size_t len, uint64_t bit, bool keep_checksum)
{
    const size_t byte = (size_t)(bit / 8);
    const size_t even = byte & ~(size_t)1; /* headers are an even number of bytes */
    const bool whole = even + 1 < len;
    const uint16_t old_word = (uint16_t)(payload[even] << 8 | (whole ? payload[even + 1] : 0));
    payload[byte] ^= (uint8_t)(1u << (bit % 8));
    const uint16_t new_word = (uint16_t)(payload[even] << 8 | (whole ? payload[even + 1] : 0));
    if (keep_checksum)
        repair_checksum(payload - 2, old_word, new_word);
}

static bool corrupt(const rule *which, n3_frame *frame)
{
    ip_datagram datagram;
    packet_settle(frame);
    packet_forget(frame);
    if (!packet_peek(frame, &datagram) || datagram.payload_len == 0)
        return false;
    uint8_t *const payload = frame->bytes + (datagram.payload - frame->bytes);
    for (uint32_t i = 0; i < which->what->bits; i++)
        flip_bit(payload, datagram.payload_len, n3_random_below(which->random, datagram.payload_len * 8),
                 which->what->keep_checksum);
    return true;
}

static void apply(impair *self, const rule *which, void *link, n3_frame *frame, verdict *out)
{
    const scenario_impair *const what = which->what;
    if (what->verb == SCENARIO_DROP) {
        out->drop = true;
    } else if (what->verb == SCENARIO_DUPLICATE) {
        out->copies += what->copies;
        out->copy_delay_ns = what->delay_ns;
    } else if (what->verb == SCENARIO_REORDER) {
        out->hold_ns = what->delay_ns;
        out->hold_packets = what->packets;
    } else if (corrupt(which, frame)) {
        self->options.outlet->tell(link, self->options.up, IMPAIR_CORRUPTED);
    }
}

/* ---- on its way ---- */

static void pass(impair *self, void *link, n3_frame *frame, uint64_t now_ns)
{
    self->passed++;
    self->options.outlet->pass(link, self->options.up, frame, now_ns);
    while (delay_queue_next(&self->counted) <= self->passed) {
        delay_queue_item item = delay_queue_take(&self->counted);
        self->options.outlet->pass(item.link, self->options.up, item.frame, now_ns);
    }
}

static void on_timer(void *user, uint64_t now_ns)
{
    impair *const self = user;
    while (delay_queue_next(&self->timed) <= now_ns) {
        delay_queue_item item = delay_queue_take(&self->timed);
        pass(self, item.link, item.frame, now_ns);
    }
    n3_timer_set(self->timer, delay_queue_next(&self->timed));
}

static void hold(impair *self, delay_queue *where, uint64_t key, n3_frame *frame, void *link)
{
    if (!self->timer && n3_timer_new(self->options.n3, on_timer, self, &self->timer))
        out_of_memory(self);
    if (!self->timer || delay_queue_put(where, key, frame, link)) {
        out_of_memory(self);
        n3_frame_free(self->options.n3, frame);
    } else if (where == &self->timed) {
        n3_timer_set(self->timer, delay_queue_next(where));
    }
}

static void copy(impair *self, const verdict *how, void *link, n3_frame *frame, uint64_t now_ns)
{
    if (how->copies > 0)
        packet_settle(frame);
    for (uint32_t i = 0; i < how->copies && n3_world_frames(self->options.n3) < self->options.frames_max;
         i++) {
        n3_frame *const twin = n3_frame_copy(self->options.n3, frame);
        if (!twin) {
            (void)run_error_set(self->options.error, RUN_ERROR_MEMORY, "%s: out of memory",
                                self->options.node);
            return;
        }
        self->options.outlet->tell(link, self->options.up, IMPAIR_COPIED);
        hold(self, &self->timed, now_ns + how->copy_delay_ns * (i + 1), twin, link);
    }
}

void impair_enter(impair *self, void *link, n3_frame *frame, uint64_t now_ns)
{
    verdict how = {0};
    for (rule *each = self->rules; each && !how.drop; each = each->next)
        if (chooses(self, each, link, frame))
            apply(self, each, link, frame, &how);
    if (how.drop) {
        self->options.outlet->drop(link, self->options.up, frame, now_ns);
        return;
    }
    copy(self, &how, link, frame, now_ns);
    if (how.hold_ns == 0 && how.hold_packets == 0) {
        pass(self, link, frame, now_ns);
        return;
    }
    self->options.outlet->tell(link, self->options.up, IMPAIR_HELD);
    if (how.hold_packets > 0)
        hold(self, &self->counted, self->passed + how.hold_packets, frame, link);
    else
        hold(self, &self->timed, now_ns + how.hold_ns, frame, link);
}
