/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the time of each migration went, from its packets alone. */
#include "tools/witness/explain_story.h"

#include <inttypes.h>
#include <string.h>

typedef struct search {
    const explain_trace *trace;
    const explain_item *items;
    size_t count;
    uint32_t client; /* node */
    uint64_t from_ns, to_ns;
} search;

typedef struct answer {
    const explain_hop *challenge, *response;
    size_t challenges, arrived; /* that left within the call, and those of them that reached the peer */
    size_t responses, returned;
    size_t before; /* challenges that left before the one that was answered */
} answer;

static const explain_frame *frame_of(const search *self, const explain_hop *hop, uint8_t type)
{
    const explain_datagram *const datagram = &self->trace->datagrams[hop->datagram];
    for (uint32_t i = 0; i < datagram->frame_count; i++)
        if (self->trace->frames[datagram->first_frame + i].type == type)
            return &self->trace->frames[datagram->first_frame + i];
    return NULL;
}

static bool is_of_client(const search *self, const explain_hop *hop)
{
    return hop->path != EXPLAIN_NONE && self->trace->datagrams[hop->datagram].sender == DISSECT_CLIENT;
}

/* The client's challenge with that data, within the call. */
static const explain_hop *challenge_with(const search *self, const uint8_t *data, size_t *before)
{
    *before = 0;
    for (size_t i = 0; i < self->count && self->items[i].at_ns <= self->to_ns; i++) {
        const explain_hop *const hop = self->items[i].hop;
        if (!hop || hop->sent_ns < self->from_ns || !is_of_client(self, hop))
            continue;
        const explain_frame *const frame = frame_of(self, hop, DISSECT_PATH_CHALLENGE);
        if (frame && memcmp(frame->data, data, sizeof frame->data) == 0)
            return hop;
        *before += frame != NULL;
    }
    return NULL;
}

static void count_challenge(const search *self, const explain_hop *hop, answer *out)
{
    if (!frame_of(self, hop, DISSECT_PATH_CHALLENGE))
        return;
    out->challenges++;
    out->arrived += explain_last_hop(self->trace, hop)->arrived &&
                    explain_last_hop(self->trace, hop)->ended_ns <= self->to_ns;
}

static void take_response(const search *self, const explain_hop *hop, answer *out)
{
    const explain_frame *const frame = frame_of(self, hop, DISSECT_PATH_RESPONSE);
    const explain_hop *const last = explain_last_hop(self->trace, hop);
    size_t before;
    const explain_hop *const challenge = frame ? challenge_with(self, frame->data, &before) : NULL;
    if (!challenge)
        return;
    out->responses++;
    if (!last->arrived || last->ended_ns > self->to_ns)
        return;
    out->returned++;
    if (out->response && explain_last_hop(self->trace, out->response)->ended_ns <= last->ended_ns)
        return;
    out->challenge = challenge;
    out->response = hop;
    out->before = before;
}

static answer find_answer(const search *self)
{
    answer out = {0};
    for (size_t i = 0; i < self->count && self->items[i].at_ns <= self->to_ns; i++) {
        const explain_hop *const hop = self->items[i].hop;
        if (!hop || hop->sent_ns < self->from_ns || hop->path == EXPLAIN_NONE)
            continue;
        if (is_of_client(self, hop))
            count_challenge(self, hop, &out);
        else
            take_response(self, hop, &out);
    }
    return out;
}

/* One that took its time is told with what the time was spent on. */
static void tell_parts(const search *self, const answer *found, const char *label, char *text)
{
    char part[5][EXPLAIN_TEXT_MAX];
    const uint64_t arrived_ns = explain_last_hop(self->trace, found->challenge)->ended_ns;
    const uint64_t back_ns = explain_last_hop(self->trace, found->response)->ended_ns;
    explain_put(text, "Where the %s of \"%s\" went: %s before the challenge left that was answered",
                explain_milliseconds(self->to_ns - self->from_ns, part[0]), label,
                explain_milliseconds(found->challenge->sent_ns - self->from_ns, part[1]));
    if (found->before > 0)
        explain_put(text, found->before == 1 ? " (one before it was not)" : " (%zu before it were not)",
                    found->before);
    explain_put(text, ", %s on its way to the peer, %s there, %s for the answer to come back",
                explain_milliseconds(arrived_ns - found->challenge->sent_ns, part[2]),
                explain_milliseconds(found->response->sent_ns - arrived_ns, part[3]),
                explain_milliseconds(back_ns - found->response->sent_ns, part[4]));
    if (self->to_ns > back_ns)
        explain_put(text, ", %s until the call returned",
                    explain_milliseconds(self->to_ns - back_ns, part[1]));
    explain_put(text, ".");
}

static void tell_failure(const search *self, const answer *found, const char *label, const char *result,
                         char *text)
{
    char time[EXPLAIN_TEXT_MAX];
    explain_put(text,
                "\"%s\": %s after %s: %zu challenges left, %zu reached the peer; %zu answers left, %zu came "
                "back in that time.",
                label, result, explain_time(self->to_ns - self->from_ns, time), found->challenges,
                found->arrived, found->responses, found->returned);
}

static bool is_told(const explain_section *section, uint64_t at_ns)
{
    for (size_t i = 0; i < section->row_count; i++)
        if (section->rows[i].kind == EXPLAIN_ROW_EVENT && section->rows[i].at_ns == at_ns)
            return true;
    return false;
}

bool explain_sums_make(const explain_trace *trace, const explain_item *items, size_t item_count,
                       explain_section *section)
{
    for (size_t i = 0; i < item_count; i++) {
        const explain_event *const event = items[i].event;
        if (!event || strcmp(event->name, "migration_done") != 0 || !is_told(section, event->at_ns))
            continue;
        const explain_event *const requested = explain_run_call(trace->run, event->line);
        const char *const label = requested ? explain_text(requested->line, "as") : NULL;
        const char *const result = explain_text(event->line, "result");
        if (!requested || !result)
            continue;
        if (!explain_grow((void **)&section->sums, section->sum_count, sizeof *section->sums))
            return false;
        const search self = {.trace = trace,
                             .items = items,
                             .count = item_count,
                             .client = section->client,
                             .from_ns = requested->at_ns,
                             .to_ns = event->at_ns};
        const answer found = find_answer(&self);
        char *const text = section->sums[section->sum_count++];
        text[0] = '\0';
        if (found.response && strcmp(result, "ok") == 0)
            tell_parts(&self, &found, label ? label : "migrate", text);
        else
            tell_failure(&self, &found, label ? label : "migrate", result, text);
    }
    return true;
}
