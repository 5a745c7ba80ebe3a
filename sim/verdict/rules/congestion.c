/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include <inttypes.h>

/*
 * Congestion control after a move (RFC 9000 section 9.4), told by how much an endpoint has under way on a
 * path that it has not used before. With a window that begins anew that is at most an initial window and what
 * the acknowledgements since have brought in slow start; with the window of the old path it may be more. An
 * endpoint that has less to send than an initial window shows neither.
 *
 * Under way are ack-eliciting packets above the largest that was acknowledged: those below may be lost.
 * Probes of a timer are not held back (RFC 9002 section 6.2.4), and look like other data: in a silence they
 * add up.
 */

enum {
    SLACK_BYTES = 4500,           /* two probes of a timer and one of the PMTU */
    PROBES = 4,                   /* datagrams in a PTO: two when it has passed, two when the peer is heard */
    INITIAL_WINDOW_LEAST = 14720, /* RFC 9002 section 7.2 */
    WATCHED_WINDOWS = 8           /* so many initial windows of a new path are watched */
};

static uint64_t initial_window(const rules_event *event)
{
    const uint32_t packets = event->datagram->initial_window;
    const uint64_t twice = 2 * (uint64_t)event->end->largest_sent;
    if (packets > 0)
        return packets * (uint64_t)event->end->largest_sent;
    return twice > INITIAL_WINDOW_LEAST ? twice : INITIAL_WINDOW_LEAST;
}

/* Packets under way on a path (0: on any), at most; since_ns (NULL is fine): when the oldest of them left. */
static uint64_t flight_of(const rules_end *end, uint32_t path, uint64_t *since_ns)
{
    const rules_packets *const packets = &end->packets;
    uint64_t bytes = 0;
    const uint64_t from = packets->acked_any ? packets->largest_acked + 1 : 0;
    const uint64_t first = packets->next > RULES_PACKETS_MAX && from < packets->next - RULES_PACKETS_MAX
                               ? packets->next - RULES_PACKETS_MAX
                               : from;
    for (uint64_t number = first; number < packets->next; number++) {
        const rules_packet *const packet = rules_packet_find(packets, number);
        if (!packet || (path != 0 && packet->path != path) || !rules_is_held_back(packet->flags))
            continue;
        if (bytes == 0 && since_ns)
            *since_ns = packet->sent_ns;
        bytes += packet->size;
    }
    return bytes;
}

/* ---- watching a new path ---- */

static void begin(const rules_event *event, const rules_path *before)
{
    rules_end *const end = event->end;
    const rules_path *const path = event->path;
    end->watch = (rules_watch){.path = path->serial,
                               .same_hosts = rules_same_host(&before->local, &path->local) &&
                                             rules_same_host(&before->remote, &path->remote),
                               .flips = end->probing.flips,
                               .before = flight_of(end, 0, NULL)};
}

/* The first packet that is no probe leaves on a path on which none has left before. On one to which the
 * endpoint comes back the window begins anew once more, or is the one that it had there; a server may have
 * followed its client to another path, and back, without a packet of this kind. */
static void look_for_move(const rules_event *event)
{
    rules_end *const end = event->end;
    if (end->data_path == event->path->serial)
        return;
    const rules_path *const before = end->data_path ? rules_path_of_serial(end, end->data_path) : NULL;
    if (before && event->path->first_non_probing_sent_ns == ROAM_NEVER)
        begin(event, before);
    else
        end->watch.path = 0;
    end->data_path = event->path->serial;
}

/* A server's window begins anew when the client's address is validated; before, section 8 limits it. */
static bool is_limited(const rules_event *event)
{
    return event->end->side == DISSECT_SERVER && !rules_remote_is_validated(event->end, &event->path->remote);
}

/* What probes of a timer may have added. */
static uint64_t probed(const rules_event *event, const rules_watch *watch)
{
    const rules_end *const end = event->end;
    const uint64_t rtt_ns = end->rtt.measured ? end->rtt.least_ns : RULES_GRANULARITY_NS;
    const uint64_t pto_ns = rtt_ns + RULES_GRANULARITY_NS + rules_max_ack_delay_ns(end->other);
    return (event->now_ns - watch->since_ns) / pto_ns * PROBES * end->largest_sent;
}

/* All that was sent on the path and is not under way may have been acknowledged, and the window have grown by
 * it: probes of the path and of the PMTU too, and what was sent while section 8 limited it. */
static void check_reset(const rules_event *event, rules_watch *watch)
{
    const uint64_t window = initial_window(event);
    const uint64_t grown = event->path->sent_bytes + event->datagram->len - watch->flight;
    const bool holds = watch->flight <= window + grown + SLACK_BYTES + probed(event, watch);
    if (watch->told || (holds && (watch->full || 4 * watch->flight < 3 * window)))
        return;
    watch->full = true;
    watch->told = !holds;
    RULES_CHECK(event, RULES_CONGESTION_RESET_ON_NEW_ADDRESS, holds,
                "%" PRIu64 " bytes are under way on a new path after at most %" PRIu64
                " were acknowledged there, and an initial window is at most %" PRIu64,
                watch->flight, grown, window);
}

/* A client that challenges the watched path later on may have moved there again, which packets do not tell.
 */
static bool may_move_again(const rules_event *event)
{
    return event->end->side == DISSECT_CLIENT && event->flags & RULES_HAS_CHALLENGE &&
           event->end->watch.path == event->path->serial &&
           event->now_ns > event->path->first_non_probing_sent_ns + RULES_GRANULARITY_NS;
}

static void sent(const rules_event *event)
{
    rules_end *const end = event->end;
    rules_watch *const watch = &end->watch;
    if (event->packet->type != DISSECT_ONE_RTT)
        return;
    if (may_move_again(event))
        watch->path = 0;
    if (!(event->flags & RULES_NON_PROBING))
        return;
    if (event->flags & RULES_ACK_ELICITING)
        look_for_move(event);
    if (end->side == DISSECT_SERVER && watch->flips != end->probing.flips)
        watch->path = 0;
    if (!rules_is_held_back(event->flags) || watch->path != event->path->serial)
        return;
    if (watch->flight == 0)
        watch->since_ns = event->now_ns;
    watch->sent += event->datagram->len;
    watch->flight += event->datagram->len;
    if (is_limited(event))
        return;
    watch->peak = watch->flight > watch->peak ? watch->flight : watch->peak;
    if (!watch->same_hosts)
        check_reset(event, watch);
    if (watch->sent > WATCHED_WINDOWS * initial_window(event))
        watch->path = 0;
}

/* The first acknowledgement of what went over a path of the same hosts: before it, an endpoint that kept its
 * window has more under way than an initial one, if it had before. */
static void check_kept(const rules_event *event, rules_watch *watch)
{
    const uint64_t window = initial_window(event);
    if (watch->told || !watch->same_hosts || watch->peak == 0)
        return;
    watch->told = true;
    if (watch->before < 2 * window || watch->peak + 2 * (uint64_t)event->end->largest_sent < window)
        return;
    RULES_CHECK(event, RULES_CONGESTION_KEPT_ON_PORT_CHANGE, watch->peak > window + SLACK_BYTES,
                "%" PRIu64 " bytes were under way before the port changed, and %" PRIu64 " afterwards",
                watch->before, watch->peak);
}

static void received(const rules_event *event)
{
    rules_end *const end = event->end;
    rules_watch *const watch = &end->watch;
    if (watch->path == 0 || watch->sent == 0 || event->repeated || !(event->flags & RULES_HAS_ACK))
        return;
    uint64_t since_ns = watch->since_ns;
    const uint64_t flight = flight_of(end, watch->path, &since_ns);
    if (flight >= watch->flight)
        return;
    check_kept(event, watch);
    watch->flight = flight;
    watch->since_ns = since_ns;
}

const rules_group rules_congestion = {.sent = sent, .received = received};
