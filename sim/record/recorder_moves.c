/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

#include <assert.h>
#include <stdlib.h>

/* What migrations and reconnects cost (recorder_move). Nothing is done for a packet or a message unless a
 * move between its two nodes is not over. */

enum { UP, DOWN };

bool recorder_moves_init(recorder *self)
{
    const scenario *const whole = self->scenario;
    self->first_over = self->last_over = self->dialling = SCENARIO_NONE;
    self->pairs = calloc(whole->peer_count + 1, sizeof *self->pairs);
    if (!self->pairs)
        return false;
    for (size_t i = 0; i < whole->peer_count; i++)
        self->pairs[i] = (recorder_pair){
            .first_flow = SCENARIO_NONE, .first_move = SCENARIO_NONE, .last_move = SCENARIO_NONE};
    for (uint32_t i = 0; i < whole->traffic_count; i++) {
        recorder_pair *const pair = &self->pairs[whole->traffic[i].peer];
        self->streams[i].number = pair->flow_count++;
        self->streams[i].next_of_peer = pair->first_flow;
        pair->first_flow = i;
    }
    return true;
}

void recorder_moves_fini(recorder *self)
{
    for (uint32_t i = 0; i < self->move_count; i++) {
        free(self->move_states[i].flows);
        free(self->move_states[i].rounds);
    }
    free(self->move_states);
    free(self->moves);
    free(self->reconnects);
    free(self->pairs);
}

static recorder_pair *pair_of(const recorder *self, const recorder_move_state *state)
{
    return state->peer == SCENARIO_NONE ? NULL : &self->pairs[state->peer];
}

static uint32_t first_flow_of(const recorder *self, const recorder_move_state *state)
{
    return state->peer == SCENARIO_NONE ? SCENARIO_NONE : self->pairs[state->peer].first_flow;
}

/* The flow's way in a move. */
static int way_of(const recorder *self, const recorder_move *move, uint32_t traffic)
{
    return self->scenario->traffic[traffic].from == move->event->node ? UP : DOWN;
}

static recorder_move_way *way_at(recorder_move *move, int way)
{
    return way == UP ? &move->up : &move->down;
}

/* --- beginning --- */

static bool grow(recorder *self)
{
    if (self->move_count < self->move_capacity)
        return true;
    const uint32_t capacity = self->move_capacity ? 2 * self->move_capacity : 16;
    recorder_move *const moves = realloc(self->moves, capacity * sizeof *moves);
    self->moves = moves ? moves : self->moves;
    recorder_move_state *const states = realloc(self->move_states, capacity * sizeof *states);
    self->move_states = states ? states : self->move_states;
    if (!moves || !states)
        return false;
    self->move_capacity = capacity;
    return true;
}

static void take_flows(const recorder *self, const recorder_move *move, recorder_move_state *state)
{
    for (uint32_t i = first_flow_of(self, state); i != SCENARIO_NONE; i = self->streams[i].next_of_peer) {
        recorder_move_flow *const flow = &state->flows[self->streams[i].number];
        flow->base = self->streams[i].base;
        flow->waits = flow->counts = recorder_flow_has_more(self, i, move->requested_ns);
        state->awaits[way_of(self, move, i)] |= flow->waits;
    }
}

static void enter_lists(recorder *self, uint32_t move)
{
    recorder_move_state *const state = &self->move_states[move];
    recorder_pair *const pair = pair_of(self, state);
    state->open = true;
    state->next_of_lane = state->lane->first_move;
    state->lane->first_move = move;
    self->moves_open++;
    state->before = state->next_of_peer = SCENARIO_NONE;
    if (!pair)
        return;
    state->before = pair->last_move;
    pair->last_move = move;
    state->next_of_peer = pair->first_move;
    pair->first_move = move;
}

static uint64_t events_about(const recorder *self, const recorder_move *move)
{
    return self->nodes[move->event->node].about + self->nodes[move->to].about;
}

/* Its index; SCENARIO_NONE: out of memory. */
static uint32_t begin(recorder *self, const recorder_move *begun)
{
    const uint32_t node = begun->event->node;
    const uint32_t peer = begun->event->peer != SCENARIO_NONE
                              ? begun->event->peer
                              : scenario_peer_index(self->scenario, node, begun->to);
    const uint32_t flows = peer == SCENARIO_NONE ? 0 : self->pairs[peer].flow_count;
    recorder_lane *const lane = recorder_lane_of(self, node, begun->to);
    recorder_move_flow *const of_flows = calloc(flows + 1u, sizeof *of_flows);
    recorder_rounds *const rounds = recorder_rounds_new();
    if (!lane || !of_flows || !rounds || !grow(self)) {
        free(of_flows);
        free(rounds);
        self->failed = true;
        return SCENARIO_NONE;
    }
    const uint32_t index = self->move_count++;
    recorder_move *const move = &self->moves[index];
    recorder_move_state *const state = &self->move_states[index];
    *move = *begun;
    move->done_ns = move->over_ns = move->round_trip_ns = move->round_trips = ROAM_NEVER;
    move->up = move->down = (recorder_move_way){.first_message_ns = ROAM_NEVER, .gap_ns = ROAM_NEVER};
    *state = (recorder_move_state){.peer = peer,
                                   .lane = lane,
                                   .next_over = SCENARIO_NONE,
                                   .flows = of_flows,
                                   .flow_count = flows,
                                   .rounds = rounds,
                                   .about = events_about(self, move),
                                   .own = lane->peer_events};
    if (move->kind == RECORDER_MIGRATE && lane->first_connection) {
        state->connection = lane->first_connection;
        state->old = state->connection->current;
    }
    take_flows(self, move, state);
    enter_lists(self, index);
    return index;
}

void recorder_moves_called(recorder *self, uint32_t call)
{
    const recorder_migration *const migration = &self->migrations[call];
    self->calls[call].move = begin(self, &(recorder_move){.kind = RECORDER_MIGRATE,
                                                          .event = migration->event,
                                                          .to = migration->to,
                                                          .requested_ns = migration->requested_ns});
}

/* --- end --- */

static void leave_lane(const recorder *self, uint32_t move)
{
    recorder_move_state *const states = self->move_states;
    uint32_t *at = &states[move].lane->first_move;
    while (*at != move)
        at = &states[*at].next_of_lane;
    *at = states[move].next_of_lane;
}

/* Churn is counted for a while. */
static void enter_over(recorder *self, uint32_t move)
{
    if (self->last_over == SCENARIO_NONE)
        self->first_over = move;
    else
        self->move_states[self->last_over].next_over = move;
    self->last_over = move;
}

static void end(recorder *self, uint32_t index, uint64_t now_ns)
{
    recorder_move_state *const state = &self->move_states[index];
    assert(state->open);
    state->open = false;
    free(state->rounds);
    state->rounds = NULL;
    self->moves[index].over_ns = now_ns;
    self->moves_open--;
    leave_lane(self, index);
    enter_over(self, index);
    for (uint32_t i = first_flow_of(self, state); i != SCENARIO_NONE; i = self->streams[i].next_of_peer) {
        recorder_move *const move = &self->moves[index];
        recorder_move_flow *const flow = &state->flows[self->streams[i].number];
        flow->end = self->streams[i].sent_end;
        if (flow->counts)
            way_at(move, way_of(self, move, i))->passed_over += recorder_flow_due(self, i, now_ns);
        self->streams[i].base = self->streams[i].sent_end;
    }
}

static void end_if_over(recorder *self, uint32_t index, uint64_t now_ns)
{
    const recorder_move *const move = &self->moves[index];
    const recorder_move_state *const state = &self->move_states[index];
    if (!state->open || !move->done)
        return;
    if (move->result == ROAM_OK && ((state->awaits[UP] && move->up.first_message_ns == ROAM_NEVER) ||
                                    (state->awaits[DOWN] && move->down.first_message_ns == ROAM_NEVER)))
        return;
    end(self, index, now_ns);
}

void recorder_moves_done(recorder *self, uint32_t index, int result, uint64_t now_ns)
{
    if (index == SCENARIO_NONE)
        return;
    recorder_move *const move = &self->moves[index];
    move->done = true;
    move->result = result;
    move->done_ns = now_ns;
    if (result == ROAM_OK && move->round_trips == ROAM_NEVER && self->move_states[index].open)
        move->round_trips = self->move_states[index].rounds->next[DISSECT_CLIENT];
    end_if_over(self, index, now_ns);
}

void recorder_moves_dropped(recorder *self, uint32_t index, uint64_t now_ns)
{
    if (index == SCENARIO_NONE)
        return;
    self->moves[index].dropped = true;
    if (self->move_states[index].open)
        end(self, index, now_ns);
}

/* --- reconnects --- */

static void keep_reconnect(recorder *self, uint32_t move)
{
    if (self->reconnect_count == self->reconnect_capacity) {
        const uint32_t capacity = self->reconnect_capacity ? 2 * self->reconnect_capacity : 16;
        uint32_t *const grown = realloc(self->reconnects, capacity * sizeof *grown);
        if (!grown) {
            self->failed = true;
            return;
        }
        self->reconnects = grown;
        self->reconnect_capacity = capacity;
    }
    self->reconnects[self->reconnect_count++] = move;
}

void recorder_moves_reconnect(recorder *self, const observer_reconnect *told, uint64_t now_ns)
{
    if (told->kind == OBSERVER_RECONNECT_CALLED) {
        const recorder_move begun = {
            .kind = RECORDER_RECONNECT, .event = told->event, .to = told->to, .requested_ns = now_ns};
        self->reconnects_open++;
        keep_reconnect(self, begin(self, &begun));
        return;
    }
    const uint32_t move =
        told->number < self->reconnect_count ? self->reconnects[told->number] : SCENARIO_NONE;
    if (told->kind == OBSERVER_RECONNECT_DIALS) {
        self->dialling = move;
        self->dialling_ns = now_ns;
        return;
    }
    self->reconnects_open--;
    if (told->kind == OBSERVER_RECONNECT_DONE)
        recorder_moves_done(self, move, told->result, now_ns);
    else
        recorder_moves_dropped(self, move, now_ns);
}

/* --- messages --- */

static recorder_pair *pair_of_flow(const recorder *self, uint32_t traffic)
{
    return &self->pairs[self->scenario->traffic[traffic].peer];
}

void recorder_moves_sent(recorder *self, const observer_message *message)
{
    const uint32_t number = self->streams[message->traffic].number;
    if (message->passed == 0)
        return;
    for (uint32_t i = pair_of_flow(self, message->traffic)->first_move; i != SCENARIO_NONE;
         i = self->move_states[i].next_of_peer)
        if (self->move_states[i].open && self->move_states[i].flows[number].counts)
            way_at(&self->moves[i], way_of(self, &self->moves[i], message->traffic))->passed_over +=
                message->passed;
}

/* A silence that ends now, or with the record. */
static void note_silence(recorder *self, uint32_t move, uint32_t traffic, uint64_t since_ns, uint64_t now_ns)
{
    recorder_move_flow *const flow = &self->move_states[move].flows[self->streams[traffic].number];
    const uint64_t over_ns = self->moves[move].over_ns; /* ROAM_NEVER: not yet */
    if (flow->waits && since_ns < over_ns && now_ns > self->moves[move].requested_ns &&
        now_ns - since_ns > flow->longest_ns)
        flow->longest_ns = now_ns - since_ns;
}

static bool waits(const recorder_move_state *state)
{
    for (uint32_t i = 0; i < state->flow_count; i++)
        if (state->flows[i].waits)
            return true;
    return state->open;
}

void recorder_moves_delivered(recorder *self, uint32_t traffic, uint64_t since_ns, uint64_t now_ns)
{
    const uint32_t number = self->streams[traffic].number;
    uint32_t *at = &pair_of_flow(self, traffic)->first_move;
    while (*at != SCENARIO_NONE) {
        recorder_move_state *const state = &self->move_states[*at];
        note_silence(self, *at, traffic, since_ns, now_ns);
        if (!state->open && now_ns > self->moves[*at].over_ns)
            state->flows[number].waits = false;
        if (waits(state))
            at = &state->next_of_peer;
        else
            *at = state->next_of_peer;
    }
}

void recorder_moves_message(recorder *self, uint32_t traffic, uint64_t now_ns)
{
    const scenario_traffic *const flow = &self->scenario->traffic[traffic];
    if (self->moves_open == 0 || self->nodes[flow->to].arrival_ns != now_ns)
        return;
    for (uint32_t i = pair_of_flow(self, traffic)->first_move, next; i != SCENARIO_NONE; i = next) {
        recorder_move *const move = &self->moves[i];
        const recorder_move_state *const state = &self->move_states[i];
        const int way = way_of(self, move, traffic);
        recorder_move_way *const of = way_at(move, way);
        next = state->next_of_peer;
        if (!state->open || of->first_message_ns != ROAM_NEVER || state->rounds->came_ns[way] != now_ns ||
            !state->rounds->came_anew[way])
            continue;
        of->first_message_ns = now_ns;
        end_if_over(self, i, now_ns);
    }
}

/* The move before whose end a message was sent, of those that may have lost it. */
static recorder_move_way *way_of_message(const recorder *self, uint32_t traffic, uint64_t sequence)
{
    const uint32_t number = self->streams[traffic].number;
    for (uint32_t i = pair_of_flow(self, traffic)->last_move; i != SCENARIO_NONE;
         i = self->move_states[i].before) {
        const recorder_move_flow *const flow = &self->move_states[i].flows[number];
        if (sequence >= flow->base && (self->move_states[i].open || sequence < flow->end))
            return way_at(&self->moves[i], way_of(self, &self->moves[i], traffic));
    }
    return NULL;
}

void recorder_moves_repeated(recorder *self, const observer_message *message)
{
    recorder_move_way *const way = way_of_message(self, message->traffic, message->sequence);
    if (way)
        way->repeated++;
}

void recorder_moves_given_up(recorder *self, uint32_t traffic, uint64_t first, uint64_t end)
{
    for (uint64_t sequence = first; sequence < end; sequence++) {
        recorder_move_way *const way = way_of_message(self, traffic, sequence);
        if (way)
            way->lost++;
    }
}

void recorder_moves_stream(recorder *self, uint32_t traffic, bool lost)
{
    self->flows[traffic].streams += !lost;
    self->flows[traffic].streams_lost += lost;
    if (!lost || self->moves_open == 0)
        return;
    for (uint32_t i = pair_of_flow(self, traffic)->first_move; i != SCENARIO_NONE;
         i = self->move_states[i].next_of_peer)
        self->moves[i].streams_lost += self->move_states[i].open;
}

/* --- peers that come up and go down --- */

/* What the node has sent by now went on a connection that is gone. */
void recorder_moves_up(recorder *self, uint32_t peer, uint32_t node)
{
    const uint32_t first = peer == SCENARIO_NONE ? SCENARIO_NONE : self->pairs[peer].first_flow;
    for (uint32_t i = first; i != SCENARIO_NONE; i = self->streams[i].next_of_peer)
        if (self->scenario->traffic[i].from == node)
            self->streams[i].base = self->streams[i].sent_end;
}

static void settle_churn(recorder *self, uint64_t now_ns)
{
    while (self->first_over != SCENARIO_NONE) {
        const uint32_t index = self->first_over;
        recorder_move *const move = &self->moves[index];
        const recorder_move_state *const state = &self->move_states[index];
        if (now_ns != ROAM_NEVER && move->over_ns + RECORDER_CHURN_NS >= now_ns)
            return;
        move->churn = events_about(self, move) - state->about - (state->lane->peer_events - state->own);
        self->first_over = state->next_over;
        if (self->first_over == SCENARIO_NONE)
            self->last_over = SCENARIO_NONE;
    }
}

void recorder_moves_membership(recorder *self, uint32_t node, uint32_t other, uint64_t now_ns)
{
    recorder_lane *const to = recorder_lane_find(self, node, other);
    recorder_lane *const from = recorder_lane_find(self, other, node);
    settle_churn(self, now_ns);
    self->nodes[other].about++;
    if (to)
        to->peer_events++;
    if (from)
        from->peer_events++;
}

/* --- the end of the record --- */

void recorder_moves_flow_end(recorder *self, uint32_t traffic, uint64_t since_ns, uint64_t stop_ns,
                             uint64_t passed)
{
    const uint32_t number = self->streams[traffic].number;
    for (uint32_t i = pair_of_flow(self, traffic)->first_move; i != SCENARIO_NONE;
         i = self->move_states[i].next_of_peer) {
        if (stop_ns > since_ns)
            note_silence(self, i, traffic, since_ns, stop_ns);
        if (self->move_states[i].open && self->move_states[i].flows[number].counts)
            way_at(&self->moves[i], way_of(self, &self->moves[i], traffic))->passed_over += passed;
    }
}

static void finish(recorder *self, uint32_t index)
{
    recorder_move *const move = &self->moves[index];
    const recorder_move_state *const state = &self->move_states[index];
    for (uint32_t i = first_flow_of(self, state); i != SCENARIO_NONE; i = self->streams[i].next_of_peer) {
        const recorder_move_flow *const flow = &state->flows[self->streams[i].number];
        recorder_move_way *const way = way_at(move, way_of(self, move, i));
        const uint64_t every_ns = self->scenario->traffic[i].every_ns;
        const uint64_t gap_ns = flow->longest_ns > every_ns ? flow->longest_ns - every_ns : 0;
        way->lost +=
            recorder_flow_missing(self, i, flow->base, state->open ? self->streams[i].sent_end : flow->end);
        if (flow->counts && (way->gap_ns == ROAM_NEVER || gap_ns > way->gap_ns))
            way->gap_ns = gap_ns;
    }
    if (state->open)
        move->churn = events_about(self, move) - state->about - (state->lane->peer_events - state->own);
}

void recorder_moves_finish(recorder *self)
{
    settle_churn(self, ROAM_NEVER);
    for (uint32_t i = 0; i < self->move_count; i++)
        finish(self, i);
}

const recorder_move *recorder_moves(const recorder *self, size_t *count)
{
    *count = self->move_count;
    return self->moves;
}

uint64_t recorder_move_to_first_ns(const recorder_move *move, const recorder_move_way *way)
{
    return way->first_message_ns == ROAM_NEVER ? ROAM_NEVER : way->first_message_ns - move->requested_ns;
}
