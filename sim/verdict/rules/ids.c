/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include <stdlib.h>
#include <string.h>

static bool same_id(const dissect_id *a, const dissect_id *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

rules_id *rules_id_find(const rules_ids *ids, const dissect_id *id)
{
    for (uint32_t i = ids->count; i > 0; i--)
        if (same_id(&ids->items[i - 1].id, id))
            return &ids->items[i - 1];
    return NULL;
}

rules_id *rules_id_of_sequence(const rules_ids *ids, uint64_t sequence)
{
    for (uint32_t i = ids->count; i > 0; i--)
        if (ids->items[i - 1].sequence == sequence)
            return &ids->items[i - 1];
    return NULL;
}

/* NULL: out of memory. When there is no more room, the first one is forgotten. */
static rules_id *add(const rules_event *event, rules_ids *ids)
{
    if (ids->count == RULES_IDS_MAX) {
        memmove(ids->items, ids->items + 1, (RULES_IDS_MAX - 1) * sizeof *ids->items);
        ids->count--;
        ids->overflowed = true;
    } else if (ids->count == ids->capacity) {
        const uint32_t capacity = ids->capacity ? ids->capacity * 2 : 2;
        rules_id *const grown = realloc(ids->items, capacity * sizeof *grown);
        if (!grown) {
            rules_fail(event->witness);
            return NULL;
        }
        ids->items = grown;
        ids->capacity = capacity;
    }
    rules_id *const made = &ids->items[ids->count++];
    *made = (rules_id){.issued_ns = event->now_ns,
                       .issued_numbers = {ROAM_NEVER, ROAM_NEVER},
                       .known_ns = ROAM_NEVER,
                       .used_ns = ROAM_NEVER,
                       .last_used_ns = ROAM_NEVER,
                       .retired_ns = ROAM_NEVER,
                       .retired_numbers = {ROAM_NEVER, ROAM_NEVER},
                       .retirement_known_ns = ROAM_NEVER};
    return made;
}

static void shift_in(uint64_t numbers[2], uint64_t number)
{
    numbers[1] = numbers[0];
    numbers[0] = number;
}

/* The connection ID of the handshake: sequence number 0 (RFC 9000 section 5.1.1). */
static void issue_first(const rules_event *event)
{
    rules_ids *const ids = &event->end->ids;
    if (event->packet->type != DISSECT_HANDSHAKE || ids->count > 0 || event->packet->source.len == 0)
        return;
    rules_id *const made = add(event, ids);
    if (!made)
        return;
    made->id = event->packet->source;
    made->known_ns = event->now_ns;
}

static void issue(const rules_event *event, const dissect_frame *frame)
{
    rules_ids *const ids = &event->end->ids;
    rules_id *at = rules_id_of_sequence(ids, frame->value);
    if (!at) {
        at = add(event, ids);
        if (!at)
            return;
        at->id = frame->id;
        at->sequence = frame->value;
        at->has_token = true;
        memcpy(at->token, frame->reset_token, sizeof at->token);
    }
    at->retire_prior_to =
        frame->retire_prior_to > at->retire_prior_to ? frame->retire_prior_to : at->retire_prior_to;
    shift_in(at->issued_numbers, event->packet->number);
}

static void retire(const rules_event *event, const dissect_frame *frame)
{
    rules_id *const at = rules_id_of_sequence(&event->end->other->ids, frame->value);
    if (!at)
        return;
    if (at->retired_ns == ROAM_NEVER)
        at->retired_ns = event->now_ns;
    shift_in(at->retired_numbers, event->packet->number);
}

static void use(const rules_event *event)
{
    rules_id *const at = rules_id_find(&event->end->other->ids, &event->packet->destination);
    if (!at)
        return;
    at->last_used_ns = event->now_ns;
    if (at->used_ns != ROAM_NEVER)
        return;
    at->used_ns = event->now_ns;
    at->used_from = event->datagram->local;
    at->used_to = event->datagram->remote;
}

void rules_ids_sent(const rules_event *event)
{
    issue_first(event);
    if (event->packet->type != DISSECT_ONE_RTT)
        return;
    use(event);
    if (!(event->flags & (RULES_HAS_NEW_ID | RULES_HAS_RETIRE)))
        return;
    for (size_t i = 0; i < event->packet->frame_count; i++) {
        const dissect_frame *const frame = &event->packet->frames[i];
        if (frame->type == DISSECT_NEW_CONNECTION_ID)
            issue(event, frame);
        else if (frame->type == DISSECT_RETIRE_CONNECTION_ID)
            retire(event, frame);
    }
}

static bool is_in(const uint64_t numbers[2], uint64_t number)
{
    return numbers[0] == number || numbers[1] == number;
}

void rules_ids_received(const rules_event *event)
{
    const uint64_t number = event->packet->number;
    rules_ids *const theirs = &event->end->other->ids;
    rules_ids *const ours = &event->end->ids;
    for (uint32_t i = 0; event->flags & RULES_HAS_NEW_ID && i < theirs->count; i++)
        if (theirs->items[i].known_ns == ROAM_NEVER && is_in(theirs->items[i].issued_numbers, number))
            theirs->items[i].known_ns = event->now_ns;
    for (uint32_t i = 0; event->flags & RULES_HAS_RETIRE && i < ours->count; i++)
        if (ours->items[i].retirement_known_ns == ROAM_NEVER && is_in(ours->items[i].retired_numbers, number))
            ours->items[i].retirement_known_ns = event->now_ns;
}

void rules_ids_fini(rules_end *end)
{
    free(end->ids.items);
}
