/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include <stdlib.h>
#include <string.h>

bool rules_same_id(const dissect_id *a, const dissect_id *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

rules_id *rules_id_find(rules_ids *ids, const dissect_id *id)
{
    if (ids->found < ids->count && rules_same_id(&ids->items[ids->found].id, id))
        return &ids->items[ids->found];
    for (uint32_t i = ids->count; i > 0; i--)
        if (rules_same_id(&ids->items[i - 1].id, id)) {
            ids->found = i - 1;
            return &ids->items[i - 1];
        }
    return NULL;
}

rules_id *rules_id_of_sequence(const rules_ids *ids, uint64_t sequence)
{
    for (uint32_t i = ids->count; i > 0; i--)
        if (ids->items[i - 1].sequence == sequence)
            return &ids->items[i - 1];
    return NULL;
}

bool rules_ids_has_unused(const rules_ids *ids)
{
    for (uint32_t i = 0; i < ids->count; i++)
        if (ids->items[i].known_ns != ROAM_NEVER && ids->items[i].used_ns == ROAM_NEVER &&
            ids->items[i].retired_ns == ROAM_NEVER)
            return true;
    return false;
}

/* ---- when something is due ---- */

static uint64_t first_pto_ns(void)
{
    const rules_rtt none = {0};
    return rules_pto_ns(&none, 0);
}

/* The PTO of an endpoint that measures anew after a move is up to 3.4 times its first measurement, when the
 * second one is far less; so long does it keep what was retired. */
uint64_t rules_ids_grace_ns(const rules_event *event)
{
    const rules_end *const end = event->end;
    const uint64_t pto_ns = rules_pto_ns(&end->rtt, rules_max_ack_delay_ns(end->other));
    const uint64_t grace_ns = 3 * (pto_ns > first_pto_ns() ? pto_ns : first_pto_ns());
    return grace_ns > 4 * end->rtt.most_ns ? grace_ns : 4 * end->rtt.most_ns;
}

/* Nothing was acknowledged for so long that the path does not work. */
static bool is_silent(const rules_event *event)
{
    return event->now_ns > event->end->id_state.acked_ns + first_pto_ns();
}

bool rules_ids_overdue(const rules_event *event, uint64_t since_ns, uint64_t grace_ns)
{
    const uint64_t works_ns = event->end->id_state.works_ns;
    return !is_silent(event) && event->now_ns > (since_ns > works_ns ? since_ns : works_ns) + grace_ns;
}

static void see_silence(const rules_event *event)
{
    if (is_silent(event))
        event->end->id_state.works_ns = event->now_ns;
}

void rules_id_state_init(rules_id_state *state)
{
    *state = (rules_id_state){.gap_ns = ROAM_NEVER,
                              .bare_ns = ROAM_NEVER,
                              .owed_ns = ROAM_NEVER,
                              .fault_number = ROAM_NEVER,
                              .close_due_ns = ROAM_NEVER,
                              .excess_ns = ROAM_NEVER,
                              .repeat_ns = ROAM_NEVER};
}

/* ---- what is issued ---- */

/* NULL: out of memory. When there is no more room, the first one is forgotten. */
static rules_id *room_for_one(const rules_event *event, rules_ids *ids)
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
    return &ids->items[ids->count++];
}

static rules_id *add(const rules_event *event, const dissect_id *id, uint64_t sequence)
{
    rules_ids *const ids = &event->end->ids;
    rules_id *const made = room_for_one(event, ids);
    if (!made)
        return NULL;
    *made = (rules_id){.id = *id,
                       .sequence = sequence,
                       .issued_ns = event->now_ns,
                       .issued_numbers = {ROAM_NEVER, ROAM_NEVER},
                       .known_ns = ROAM_NEVER,
                       .used_ns = ROAM_NEVER,
                       .last_used_ns = ROAM_NEVER,
                       .use_known_ns = ROAM_NEVER,
                       .retired_ns = ROAM_NEVER,
                       .retired_first = ROAM_NEVER,
                       .retired_numbers = {ROAM_NEVER, ROAM_NEVER},
                       .retirement_known_ns = ROAM_NEVER};
    ids->next = sequence >= ids->next ? sequence + 1 : ids->next;
    ids->issued++;
    ids->changed = true;
    return made;
}

static void shift_in(uint64_t numbers[2], uint64_t number)
{
    numbers[1] = numbers[0];
    numbers[0] = number;
}

/* ---- of the handshake ---- */

/* A server that lost its state during the handshake begins anew, with another connection ID, and with packet
 * number 0. */
static void begin_anew(rules_end *end)
{
    rules_ids *const ids = &end->ids;
    *ids = (rules_ids){.items = ids->items, .capacity = ids->capacity};
    rules_id_state_init(&end->id_state);
    rules_packets_fini(&end->packets);
    end->packets = (rules_packets){0};
}

/* The source connection ID of long headers: sequence number 0 (RFC 9000 section 5.1.1). */
static void issue_first(const rules_event *event)
{
    const dissect_packet *const packet = event->packet;
    rules_ids *const ids = &event->end->ids;
    if (packet->type != DISSECT_INITIAL && packet->type != DISSECT_HANDSHAKE)
        return;
    ids->zero_length = packet->source.len == 0;
    if (ids->zero_length)
        return;
    const rules_id *const known = rules_id_of_sequence(ids, 0);
    if (known && !rules_same_id(&known->id, &packet->source))
        begin_anew(event->end);
    if (ids->next > 0)
        return;
    rules_id *const made = add(event, &packet->source, 0);
    if (made)
        made->known_ns = event->now_ns;
}

static void take_token(const rules_event *event, rules_id *id, const uint8_t token[16])
{
    id->has_token = true;
    memcpy(id->token, token, sizeof id->token);
    rules_reset_token(event->witness, event->end, token);
}

/* The reset token of the first connection ID, and the connection ID of the preferred address: sequence number
 * 1 (RFC 9000 section 5.1.1). */
static void take_parameters(const rules_event *event)
{
    const transport_parameters *const said = event->end->parameters;
    rules_ids *const ids = &event->end->ids;
    rules_id *const first_id = rules_id_of_sequence(ids, 0);
    if (ids->complete || !said || !first_id)
        return;
    ids->complete = true;
    if (transport_parameters_has(said, TRANSPORT_STATELESS_RESET_TOKEN))
        take_token(event, first_id, said->stateless_reset_token);
    if (ids->next != 1 || !transport_parameters_has(said, TRANSPORT_PREFERRED_ADDRESS))
        return;
    rules_id *const preferred = add(event, &said->preferred_address.connection_id, 1);
    if (!preferred)
        return;
    take_token(event, preferred, said->preferred_address.stateless_reset_token);
    preferred->known_ns = event->now_ns;
}

/* ---- frames ---- */

bool rules_is_issue(const dissect_frame *frame)
{
    return frame->type == DISSECT_NEW_CONNECTION_ID && dissect_frame_is_sound(frame);
}

static void issue(const rules_event *event, const dissect_frame *frame)
{

    rules_ids *const ids = &event->end->ids;
    rules_id *at = rules_id_of_sequence(ids, frame->value);
    if (!at) {
        at = add(event, &frame->id, frame->value);
        if (!at)
            return;
        take_token(event, at, frame->reset_token);
    }
    at->retire_prior_to =
        frame->retire_prior_to > at->retire_prior_to ? frame->retire_prior_to : at->retire_prior_to;
    if (at->retire_prior_to > ids->retire_prior_to)
        ids->retire_prior_to = at->retire_prior_to;
    shift_in(at->issued_numbers, event->packet->number);
}

static void retire(const rules_event *event, const dissect_frame *frame)
{
    rules_ids *const theirs = &event->end->other->ids;
    rules_id *const at = rules_id_of_sequence(theirs, frame->value);
    if (!at)
        return;
    if (at->retired_ns == ROAM_NEVER) {
        at->retired_ns = event->now_ns;
        at->retired_first = event->packet->number;
        theirs->retirements++;
    }
    shift_in(at->retired_numbers, event->packet->number);
}

static void use(const rules_event *event)
{
    rules_id *const at = rules_id_find(&event->end->other->ids, &event->packet->destination);
    if (!at)
        return;
    at->last_used_ns = event->now_ns;
    at->last_to = event->datagram->remote;
    if (at->used_ns != ROAM_NEVER)
        return;
    at->used_ns = event->now_ns;
    at->used_from = event->datagram->local;
    at->used_to = event->datagram->remote;
    at->known_ns = at->known_ns == ROAM_NEVER ? event->now_ns : at->known_ns;
}

void rules_ids_sent(const rules_event *event)
{
    see_silence(event);
    issue_first(event);
    take_parameters(event);
    use(event);
    if (event->packet->type != DISSECT_ONE_RTT || !(event->flags & (RULES_HAS_NEW_ID | RULES_HAS_RETIRE)))
        return;
    for (size_t i = 0; i < event->packet->frame_count; i++) {
        const dissect_frame *const frame = &event->packet->frames[i];
        if (rules_is_issue(frame))
            issue(event, frame);
        else if (frame->type == DISSECT_RETIRE_CONNECTION_ID)
            retire(event, frame);
    }
}

/* ---- coming ---- */

static void come_under(const rules_event *event)
{
    rules_ids *const ours = &event->end->ids;
    rules_id *const at = rules_id_find(ours, &event->packet->destination);
    if (!at)
        return;
    event->path->arrived_under |= UINT64_C(1) << (at->sequence & 63);
    if (at->use_known_ns != ROAM_NEVER)
        return;
    at->use_known_ns = event->now_ns;
    ours->used++;
    ours->changed = true;
}

static void learn_ids(const rules_event *event)
{
    const uint64_t number = event->packet->number;
    rules_ids *const theirs = &event->end->other->ids;
    for (uint32_t i = 0; i < theirs->count; i++) {
        rules_id *const at = &theirs->items[i];
        if (at->issued_numbers[0] != number && at->issued_numbers[1] != number)
            continue;
        if (at->known_ns == ROAM_NEVER)
            at->known_ns = event->now_ns;
        if (at->retire_prior_to <= theirs->asked_prior_to)
            continue;
        theirs->asked_prior_to = at->retire_prior_to;
        theirs->asked_ns = event->now_ns;
    }
}

/* Of packets between the first and the last two it is not known whether they had the frame. */
static bool may_retire(const rules_id *id, uint64_t number)
{
    return id->retired_ns != ROAM_NEVER && number >= id->retired_first && number <= id->retired_numbers[0] &&
           (number == id->retired_first || number <= id->retired_numbers[1] ||
            number == id->retired_numbers[0]);
}

static void learn_retirements(const rules_event *event)
{
    rules_ids *const ours = &event->end->ids;
    for (uint32_t i = 0; i < ours->count; i++) {
        rules_id *const at = &ours->items[i];
        if (at->retirement_known_ns != ROAM_NEVER || !may_retire(at, event->packet->number))
            continue;
        at->retirement_known_ns = event->now_ns;
        ours->changed = true;
    }
}

void rules_ids_received(const rules_event *event)
{
    if (!event->repeated)
        come_under(event);
    if (event->packet->type != DISSECT_ONE_RTT || !rules_may_take(event))
        return;
    if (event->flags & RULES_HAS_NEW_ID)
        learn_ids(event);
    if (event->flags & RULES_HAS_RETIRE)
        learn_retirements(event);
}

void rules_ids_fini(rules_end *end)
{
    free(end->ids.items);
}
