/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the time of each migration went: the parts that the run measured, else those that its packets show;
 * and why challenges were sent again, from its packets. */
#include "sim/record/recorder_parts.h"
#include "tools/cli/parts.h"
#include "tools/witness/explain_story.h"

#include <inttypes.h>
#include <string.h>

/* RFC 9002 section 6.2.2, section 6.2.1 and RFC 9000 section 18.2: 333 + 4 * 333 / 2 + 25 ms. */
#define FIRST_TIMEOUT_NS UINT64_C(1024000000)

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
    size_t before;             /* challenges that left earlier than the one that was answered */
    size_t lost, answers_lost; /* of these, or of the answers to them */
    explain_losses losses;     /* why */
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
static const explain_hop *challenge_with(const search *self, const uint8_t *data)
{
    for (size_t i = 0; i < self->count && self->items[i].at_ns <= self->to_ns; i++) {
        const explain_hop *const hop = self->items[i].hop;
        if (!hop || hop->sent_ns < self->from_ns || !is_of_client(self, hop))
            continue;
        const explain_frame *const frame = frame_of(self, hop, DISSECT_PATH_CHALLENGE);
        if (frame && memcmp(frame->data, data, sizeof frame->data) == 0)
            return hop;
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
    const explain_hop *const challenge = frame ? challenge_with(self, frame->data) : NULL;
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

/* ---- why challenges were sent again ---- */

/* The first answer to a challenge, whether it came or not. */
static const explain_hop *response_to(const search *self, const explain_frame *challenge)
{
    for (size_t i = 0; i < self->count && self->items[i].at_ns <= self->to_ns; i++) {
        const explain_hop *const hop = self->items[i].hop;
        const explain_frame *const frame = hop && hop->sent_ns >= self->from_ns && !is_of_client(self, hop)
                                               ? frame_of(self, hop, DISSECT_PATH_RESPONSE)
                                               : NULL;
        if (frame && memcmp(frame->data, challenge->data, sizeof frame->data) == 0)
            return hop;
    }
    return NULL;
}

/* Of the challenges before the one that was answered, and before those that left with it: which were lost,
 * and of which the answer was. */
static void find_losses(const search *self, answer *found)
{
    for (size_t i = 0; i < self->count && self->items[i].at_ns < found->challenge->sent_ns; i++) {
        const explain_hop *const hop = self->items[i].hop;
        const explain_frame *const frame = hop && hop->sent_ns >= self->from_ns && is_of_client(self, hop)
                                               ? frame_of(self, hop, DISSECT_PATH_CHALLENGE)
                                               : NULL;
        const explain_hop *const response = frame ? response_to(self, frame) : NULL;
        if (!frame)
            continue;
        const uint32_t there = explain_last_hop(self->trace, hop)->drop;
        const uint32_t back = response ? explain_last_hop(self->trace, response)->drop : EXPLAIN_NONE;
        found->before++;
        found->lost += there != EXPLAIN_NONE;
        found->answers_lost += there == EXPLAIN_NONE && back != EXPLAIN_NONE;
        if (there != EXPLAIN_NONE || back != EXPLAIN_NONE)
            explain_losses_add(self->trace->run, there != EXPLAIN_NONE ? there : back, &found->losses);
    }
}

static void put_why(const answer *found, uint64_t unanswered_ns, char *text)
{
    explain_put(text, " (");
    if (unanswered_ns == FIRST_TIMEOUT_NS)
        explain_put(text,
                    "a probe timeout without an RTT of the new path, RFC 9002 section 6.2.2: 333 ms + 4 x "
                    "166.5 ms + 25 ms; ");
    if (found->answers_lost == found->before)
        explain_put(text,
                    found->before == 1 ? "the answer to the first was lost"
                                       : "the answers to the first %zu were lost",
                    found->before);
    else if (found->lost == found->before)
        explain_put(text, found->before == 1 ? "the first was lost" : "the first %zu were lost",
                    found->before);
    else
        explain_put(text, "of the first %zu, %zu were lost, and of %zu the answer", found->before,
                    found->lost, found->answers_lost);
    explain_losses_put(&found->losses, text);
    explain_put(text, ")");
}

/* ---- parts ---- */

static uint64_t part(uint64_t *from_ns, uint64_t to_ns)
{
    const uint64_t took_ns = to_ns > *from_ns ? to_ns - *from_ns : 0;
    *from_ns += took_ns;
    return took_ns;
}

/* What the packets show: the time in the queue is a part of that to the peer, and all that is before the
 * challenge that was answered is one. */
static recorder_parts parts_of(const search *self, const answer *found)
{
    uint64_t at_ns = self->from_ns;
    recorder_parts parts = {0};
    parts.unanswered_ns = part(&at_ns, found->challenge->sent_ns);
    parts.to_peer_ns = part(&at_ns, explain_last_hop(self->trace, found->challenge)->ended_ns);
    parts.at_peer_ns = part(&at_ns, found->response->sent_ns);
    parts.back_ns = part(&at_ns, explain_last_hop(self->trace, found->response)->ended_ns);
    parts.result_ns = part(&at_ns, self->to_ns);
    return parts;
}

/* Those of summary.json. False: it has none. */
static bool parts_measured(const json_t *migration, uint64_t values[PARTS_COUNT])
{
    const json_t *const parts = json_object_get(migration, "parts");
    for (size_t i = 0; json_is_object(parts) && i < PARTS_COUNT; i++)
        values[i] = explain_count(parts, PARTS_NAMES[i].key, 0);
    return json_is_object(parts);
}

static bool is_always_told(const char *key)
{
    return strcmp(key, "to_peer_ns") == 0 || strcmp(key, "at_peer_ns") == 0 || strcmp(key, "back_ns") == 0;
}

/* There and back, the queue of the access link included. */
static uint64_t on_the_way(const uint64_t values[PARTS_COUNT])
{
    uint64_t sum_ns = 0;
    for (size_t i = 0; i < PARTS_COUNT; i++)
        if (strcmp(PARTS_NAMES[i].key, "queue_ns") == 0 || strcmp(PARTS_NAMES[i].key, "to_peer_ns") == 0 ||
            strcmp(PARTS_NAMES[i].key, "back_ns") == 0)
            sum_ns += values[i];
    return sum_ns;
}

/* What the links do not delay is spent in queues, and by the bytes of the packets. */
static void put_on_the_way(uint64_t links_ns, uint64_t way_ns, char *text)
{
    char links[EXPLAIN_TEXT_MAX];
    char rest[EXPLAIN_TEXT_MAX];
    explain_put(text, "; of the way there and back the links delay %s, queues and transmission %s",
                explain_milliseconds(links_ns, links), explain_milliseconds(way_ns - links_ns, rest));
}

/* found: why challenges were sent again; NULL: it is not told. */
static void put_parts(const uint64_t values[PARTS_COUNT], const json_t *record, const answer *found,
                      char *text)
{
    char time[EXPLAIN_TEXT_MAX];
    const uint64_t links_ns = explain_count(record, "round_trip_ns", EXPLAIN_NEVER);
    bool first = true;
    for (size_t i = 0; i < PARTS_COUNT; i++) {
        if (values[i] == 0 && !is_always_told(PARTS_NAMES[i].key))
            continue;
        explain_put(text, "%s%s %s", first ? "" : ", ", explain_milliseconds(values[i], time),
                    PARTS_NAMES[i].words);
        first = false;
        if (strcmp(PARTS_NAMES[i].key, "unanswered_ns") == 0 && found && found->before > 0)
            put_why(found, values[i], text);
    }
    if (links_ns != EXPLAIN_NEVER && links_ns <= on_the_way(values))
        put_on_the_way(links_ns, on_the_way(values), text);
    explain_put(text, ".");
}

static void tell_parts(const search *self, answer *found, const json_t *migration, const char *label,
                       char *text)
{
    char time[EXPLAIN_TEXT_MAX];
    uint64_t values[PARTS_COUNT];
    const recorder_parts seen = parts_of(self, found);
    if (!parts_measured(migration, values))
        parts_values(&seen, values);
    find_losses(self, found);
    explain_put(text,
                "Where the %s of \"%s\" went: ", explain_milliseconds(self->to_ns - self->from_ns, time),
                label);
    put_parts(values, migration, found, text);
}

/* A rebind that summary.json has the parts of. False: out of memory. */
static bool tell_rebind(const explain_trace *trace, const explain_event *event, explain_section *section)
{
    const json_t *const rebind = explain_run_rebind(trace->run, event->line);
    char time[EXPLAIN_TEXT_MAX];
    uint64_t values[PARTS_COUNT];
    if (!rebind || !parts_measured(rebind, values))
        return true;
    char *const text = explain_new_sum(section);
    if (!text)
        return false;
    explain_put(text, "Where the %s of the rebind to %s went: ",
                explain_milliseconds(explain_count(rebind, "validation_ns", 0), time),
                explain_text(rebind, "new_remote"));
    put_parts(values, rebind, NULL, text);
    return true;
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

bool explain_is_told(const explain_section *section, uint64_t at_ns)
{
    for (size_t i = 0; i < section->row_count; i++)
        if (section->rows[i].kind == EXPLAIN_ROW_EVENT && section->rows[i].at_ns == at_ns)
            return true;
    return false;
}

char *explain_new_sum(explain_section *section)
{
    if (!explain_grow((void **)&section->sums, section->sum_count, sizeof *section->sums))
        return NULL;
    section->sums[section->sum_count][0] = '\0';
    return section->sums[section->sum_count++];
}

bool explain_sums_make(const explain_trace *trace, const explain_item *items, size_t item_count,
                       explain_section *section)
{
    for (size_t i = 0; i < item_count; i++) {
        const explain_event *const event = items[i].event;
        if (event && strcmp(event->name, "rebound") == 0 && explain_is_told(section, event->at_ns) &&
            !tell_rebind(trace, event, section))
            return false;
        if (!event || strcmp(event->name, "migration_done") != 0 || !explain_is_told(section, event->at_ns))
            continue;
        const explain_event *const requested = explain_run_call(trace->run, event->line);
        const char *const label = requested ? explain_text(requested->line, "as") : NULL;
        const char *const result = explain_text(event->line, "result");
        if (!requested || !result)
            continue;
        char *const text = explain_new_sum(section);
        if (!text)
            return false;
        const search self = {.trace = trace,
                             .items = items,
                             .count = item_count,
                             .client = section->client,
                             .from_ns = requested->at_ns,
                             .to_ns = event->at_ns};
        answer found = find_answer(&self);
        if (found.response && strcmp(result, "ok") == 0)
            tell_parts(&self, &found, explain_run_migration(trace->run, event->line),
                       label ? label : "migrate", text);
        else
            tell_failure(&self, &found, label ? label : "migrate", result, text);
    }
    return true;
}
