/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of a packet. */
#include "tools/witness/explain_story.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

enum { PATH_FRAMES_MAX = 3 }; /* in a packet, each told with its data */
enum { PROBE_BYTES = 1200 };  /* RFC 9000 section 14.3: a probe of the path's MTU is larger than this */

void explain_put(char *text, const char *format, ...)
{
    const size_t used = strlen(text);
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text + used, EXPLAIN_TEXT_MAX - used, format, list);
    va_end(list);
}

const char *explain_time(uint64_t time_ns, char *text)
{
    const bool long_one = time_ns >= UINT64_C(1000000000);
    const uint64_t unit = long_one ? 1000000000 : 1000000;
    (void)snprintf(text, EXPLAIN_TEXT_MAX, "%" PRIu64 ".%03" PRIu64 " %s", time_ns / unit,
                   time_ns % unit / (unit / 1000), long_one ? "s" : "ms");
    return text;
}

const char *explain_span(uint64_t time_ns, char *text)
{
    if (time_ns >= UINT64_C(1000000000))
        return explain_time(time_ns, text);
    (void)snprintf(text, EXPLAIN_TEXT_MAX, "%" PRIu64 ".%" PRIu64 " ms", time_ns / 1000000,
                   time_ns % 1000000 / 100000);
    return text;
}

const char *explain_milliseconds(uint64_t time_ns, char *text)
{
    (void)snprintf(text, EXPLAIN_TEXT_MAX, "%" PRIu64 ".%03" PRIu64 " ms", time_ns / 1000000,
                   time_ns % 1000000 / 1000);
    return text;
}

/* ---- frames ---- */

/* Those that are told by default. */
static bool is_telling(uint8_t type)
{
    switch (type) {
    case DISSECT_PATH_CHALLENGE:
    case DISSECT_PATH_RESPONSE:
    case DISSECT_NEW_CONNECTION_ID:
    case DISSECT_RETIRE_CONNECTION_ID:
    case DISSECT_HANDSHAKE_DONE:
    case DISSECT_CONNECTION_CLOSE:
    case DISSECT_RESET_STREAM:
    case DISSECT_STOP_SENDING:
    case DISSECT_CRYPTO:
    case DISSECT_NEW_TOKEN:
    case EXPLAIN_UNREADABLE:
    case EXPLAIN_RESET:
        return true;
    default:
        return false;
    }
}

static bool is_probe(const explain_trace *trace, const explain_datagram *datagram)
{
    bool ping = false;
    for (uint32_t i = 0; i < datagram->frame_count; i++) {
        const uint8_t type = trace->frames[datagram->first_frame + i].type;
        if (type != DISSECT_PING && type != DISSECT_PADDING)
            return false;
        ping = ping || type == DISSECT_PING;
    }
    return ping && datagram->bytes > PROBE_BYTES;
}

static bool tells(const explain_trace *trace, const explain_datagram *datagram)
{
    for (uint32_t i = 0; i < datagram->frame_count; i++) {
        const explain_frame *const frame = &trace->frames[datagram->first_frame + i];
        if (is_telling(frame->type) || frame->packet_type != DISSECT_ONE_RTT)
            return true;
    }
    return is_probe(trace, datagram);
}

bool explain_packet_matters(const explain_trace *trace, const explain_hop *hop)
{
    return hop->first_data || hop->last_data || hop->new_id || hop->new_outside || hop->altered ||
           hop->noted || hop->comment != EXPLAIN_NONE || tells(trace, &trace->datagrams[hop->datagram]);
}

/* "PATH_CHALLENGE" of "path_challenge". */
static void put_name(char *text, uint8_t type)
{
    for (const char *at = dissect_frame_type_name((dissect_frame_type)type); *at; at++)
        explain_put(text, "%c", *at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
}

static bool is_same_packet(const explain_frame *a, const explain_frame *b)
{
    return a->packet_type == b->packet_type && a->number == b->number;
}

static bool is_path_frame(uint8_t type)
{
    return type == DISSECT_PATH_CHALLENGE || type == DISSECT_PATH_RESPONSE;
}

/* Frames that are told as one: many of path validation, or, of the others, how many of that type follow one
 * another whose sequence numbers go up by one, or down. */
static uint32_t run_length(const explain_frame *frame, uint32_t left)
{
    uint32_t count = 1;
    if (is_path_frame(frame->type)) {
        while (count < left && frame[count].type == frame->type && is_same_packet(frame, &frame[count]))
            count++;
        return count > PATH_FRAMES_MAX ? count : 1;
    }
    if (frame->type != DISSECT_NEW_CONNECTION_ID && frame->type != DISSECT_RETIRE_CONNECTION_ID)
        return 1;
    const uint64_t step = left > 1 && frame[1].value < frame->value ? UINT64_MAX : 1;
    while (count < left && frame[count].type == frame->type && is_same_packet(frame, &frame[count]) &&
           frame[count].value == frame[count - 1].value + step)
        count++;
    return count;
}

static void put_details(char *text, const explain_frame *frame, uint32_t count, bool all)
{
    switch (frame->type) {
    case DISSECT_PATH_CHALLENGE:
    case DISSECT_PATH_RESPONSE:
        explain_put(text, " %02x%02x", frame->data[0], frame->data[1]);
        if (all)
            explain_put(text, "%02x%02x", frame->data[2], frame->data[3]);
        if (count > 1)
            explain_put(text, " and %" PRIu32 " more", count - 1);
        break;
    case DISSECT_NEW_CONNECTION_ID:
    case DISSECT_RETIRE_CONNECTION_ID:
        explain_put(text, " %" PRIu64, frame->value);
        if (count > 1)
            explain_put(text, " to %" PRIu64, frame[count - 1].value);
        if (frame->type == DISSECT_NEW_CONNECTION_ID && frame->extra > 0)
            explain_put(text, " (retire up to %" PRIu64 ")", frame->extra - 1);
        break;
    case DISSECT_CONNECTION_CLOSE:
        explain_put(text, " 0x%" PRIx64, frame->extra);
        break;
    case DISSECT_STREAM:
        if (all)
            explain_put(text, " %" PRIu64 "%s", frame->value, frame->fin ? " FIN" : "");
        break;
    default:
        break;
    }
}

static void put_packet_type(char *text, const explain_frame *frame, dissect_side sender)
{
    static const char *const NAMES[] = {[DISSECT_INITIAL] = "Initial ",
                                        [DISSECT_ZERO_RTT] = "0-RTT ",
                                        [DISSECT_HANDSHAKE] = "Handshake ",
                                        [DISSECT_RETRY] = "Retry",
                                        [DISSECT_VERSION_NEGOTIATION] = "Version Negotiation",
                                        [DISSECT_ONE_RTT] = "",
                                        [DISSECT_OTHER_VERSION] = "another version"};
    explain_put(text, "%s", NAMES[frame->packet_type]);
    if (frame->type == EXPLAIN_RESET)
        explain_put(text, "stateless reset for CID %" PRIu64, frame->value);
    else if (frame->type != EXPLAIN_UNREADABLE)
        explain_put(text, "%c#%" PRIu64, sender == DISSECT_CLIENT ? 'c' : 's', frame->number);
    else if (frame->value != DISSECT_CLEAR)
        explain_put(text, "(%s)", dissect_status_name((dissect_status)frame->value));
}

static bool is_data(uint8_t type)
{
    return type == DISSECT_STREAM || type == DISSECT_DATAGRAM;
}

/* Data is told once in a packet. */
static bool is_told(const explain_frame *frames, uint32_t index)
{
    if (!is_data(frames[index].type))
        return is_telling(frames[index].type);
    for (uint32_t i = index; i-- > 0 && is_same_packet(&frames[i], &frames[index]);)
        if (frames[i].type == frames[index].type)
            return false;
    return true;
}

static void put_frames(const explain_trace *trace, const explain_datagram *datagram, bool all, char *text)
{
    const explain_frame *const frames = &trace->frames[datagram->first_frame];
    bool named = false;
    for (uint32_t i = 0; i < datagram->frame_count; i += run_length(&frames[i], datagram->frame_count - i)) {
        const explain_frame *const frame = &frames[i];
        if (i == 0 || !is_same_packet(frame, &frames[i - 1])) {
            explain_put(text, "%s", i == 0 ? "" : " + ");
            put_packet_type(text, frame, datagram->sender);
            named = false;
        }
        if (!explain_is_frame(frame->type) || (!all && !is_told(frames, i)))
            continue;
        explain_put(text, named ? ", " : " ");
        put_name(text, frame->type);
        put_details(text, frame, run_length(frame, datagram->frame_count - i), all);
        named = true;
    }
    if (datagram->frame_count == 0)
        explain_put(text, "no QUIC packet");
    else if (is_probe(trace, datagram) && !all)
        explain_put(text, " PING, PADDING (PMTU probe)");
    else if (!named && explain_holds(trace, datagram, DISSECT_ACK))
        explain_put(text, " ACK");
}

/* ---- packets ---- */

static bool is_alike(const explain_path *a, const explain_path *b)
{
    return a->connection == b->connection && a->place == b->place && a->relay == b->relay;
}

const char *explain_path_name(const explain_trace *trace, uint32_t path, char *text)
{
    const explain_path *const self = &trace->paths[path];
    bool alone = true;
    text[0] = '\0';
    explain_put(text, "%s", trace->run->networks[self->place % trace->run->network_count].name);
    if (self->relay != EXPLAIN_NONE)
        explain_put(text, " via %s", trace->run->nodes[self->relay].name);
    for (size_t i = 0; i < trace->path_count; i++)
        alone = alone && (i == path || !is_alike(self, &trace->paths[i]));
    if (!alone)
        explain_put(text, " port %u", self->local.port);
    return text;
}

static void put_data(const explain_hop *hop, char *text)
{
    if (hop->first_data || hop->last_data)
        explain_put(text, ": %s sent here",
                    hop->first_data && hop->last_data ? "only one"
                    : hop->first_data                 ? "first"
                                                      : "last");
}

/* RFC 9000 section 9.3.3: it is sent in case that the move was only apparent. */
static void put_old_path(const explain_trace *trace, const explain_hop *hop, char *text)
{
    const explain_hop *const last = explain_last_hop(trace, hop);
    const char *const client =
        trace->run->nodes[trace->connections[trace->datagrams[hop->datagram].connection].client].name;
    char words[EXPLAIN_TEXT_MAX];
    explain_put(text, ": check of the old path (9.3.3)");
    if (last->drop != EXPLAIN_NONE && !explain_loss_aims_nowhere(trace->run, &trace->run->drops[last->drop]))
        explain_put(text, "; LOST: %s", explain_loss(trace->run, last->drop, words));
    else if (last->drop != EXPLAIN_NONE)
        explain_put(text, "; %s left it", client);
    else if (hop->unanswered)
        explain_put(text, "; no answer, %s left it", client);
}

static void put_fate(const explain_trace *trace, const explain_hop *hop, char *text)
{
    const explain_hop *const last = explain_last_hop(trace, hop);
    char addr[ROAM_ADDR_STRING_MAX];
    char words[EXPLAIN_TEXT_MAX];
    if (hop->new_outside)
        explain_put(text, "; now from %s", roam_addr_format(&last->seen_source, addr));
    if (hop->old_path_check)
        put_old_path(trace, hop, text);
    else if (last->drop != EXPLAIN_NONE)
        explain_put(text, "; LOST: %s", explain_loss(trace->run, last->drop, words));
    else if (!last->arrived)
        explain_put(text, "; not arrived when the run ended");
    if (last->altered)
        explain_put(text, "; altered on the way");
    if (hop->unanswered && !hop->old_path_check)
        explain_put(text, "; never answered");
    if (hop->comment != EXPLAIN_NONE && !hop->noted) /* the row of the rule says the same */
        explain_put(text, "; NOTE: %s", trace->comments[hop->comment]);
    if (last->copies > 0)
        explain_put(text, "; %" PRIu32 " more %s", last->copies, last->copies == 1 ? "copy" : "copies");
}

static bool is_plain(const explain_trace *trace, const explain_hop *hop)
{
    const explain_hop *const last = explain_last_hop(trace, hop);
    const explain_datagram *const datagram = &trace->datagrams[hop->datagram];
    bool good = !hop->noted && hop->comment == EXPLAIN_NONE && !hop->forged && !last->altered &&
                last->copies == 0 && datagram->frame_count > 0;
    for (uint32_t i = 0; good && i < datagram->frame_count; i++) {
        const explain_frame *const frame = &trace->frames[datagram->first_frame + i];
        good = is_path_frame(frame->type) || !is_told(&trace->frames[datagram->first_frame], i);
    }
    return good;
}

bool explain_packets_alike(const explain_trace *trace, const explain_hop *first, const explain_hop *second)
{
    const explain_datagram *const a = &trace->datagrams[first->datagram];
    const explain_datagram *const b = &trace->datagrams[second->datagram];
    const explain_hop *const last_a = explain_last_hop(trace, first);
    const explain_hop *const last_b = explain_last_hop(trace, second);
    char words[2][EXPLAIN_TEXT_MAX];
    return a->connection == b->connection && a->sender == b->sender && first->path == second->path &&
           a->bytes == b->bytes && is_plain(trace, first) && is_plain(trace, second) && !second->new_id &&
           !second->new_outside && first->unanswered == second->unanswered &&
           last_a->arrived == last_b->arrived &&
           explain_holds(trace, a, DISSECT_PATH_CHALLENGE) ==
               explain_holds(trace, b, DISSECT_PATH_CHALLENGE) &&
           explain_holds(trace, a, DISSECT_PATH_RESPONSE) == explain_holds(trace, b, DISSECT_PATH_RESPONSE) &&
           (last_a->drop == EXPLAIN_NONE) == (last_b->drop == EXPLAIN_NONE) &&
           (last_a->drop == EXPLAIN_NONE || strcmp(explain_loss(trace->run, last_a->drop, words[0]),
                                                   explain_loss(trace->run, last_b->drop, words[1])) == 0);
}

const char *explain_packet_text(const explain_trace *trace, const explain_hop *hop, uint32_t count, bool all,
                                char *text)
{
    const explain_datagram *const datagram = &trace->datagrams[hop->datagram];
    char addr[ROAM_ADDR_STRING_MAX];
    text[0] = '\0';
    put_frames(trace, datagram, all, text);
    explain_put(text, ", ");
    if (count > 1)
        explain_put(text, "%" PRIu32 "x", count);
    explain_put(text, "%" PRIu32 " B", datagram->bytes);
    if (hop->new_id)
        explain_put(text, ", CID %" PRIu32, datagram->id);
    put_data(hop, text);
    const explain_place owner = explain_run_owner(trace->run, &hop->source, hop->sent_ns);
    if (hop->forged &&
        (owner == EXPLAIN_NONE || owner / trace->run->network_count != hop->from / trace->run->network_count))
        explain_put(text, "; in the name of %s", roam_addr_format(&hop->source, addr));
    put_fate(trace, hop, text);
    return text;
}
