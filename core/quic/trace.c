/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/quic/trace.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROUND_PACKETS = 2, /* challenges of one round of a validation, as ngtcp2 sends them */
    TIMERS_MAX = 4     /* validations at a time: a preferred address is validated beside a migration */
};

typedef struct trace_path {
    roam_addr local, remote;
} trace_path;

/* Of the validation of a path. */
typedef struct trace_timer {
    bool is_set;
    trace_path path;
    uint64_t started_ns, expires_ns, pto_ns;
    unsigned challenges;
} trace_timer;

/* A record that waits, with its bytes behind it. */
typedef struct held {
    struct held *next;
    roam_qlog told;
    uint8_t bytes[];
} held;

struct quic_trace {
    trace_path first; /* until there is a connection of ngtcp2 to ask */
    uint64_t initial_rtt_ns;
    bool holds;
    held *oldest, *newest;
    const trace_path *read; /* of the datagram that is being read; NULL: none is */
    trace_path read_path;
    core_connection_id read_destination;
    bool answered; /* it had a PATH_RESPONSE */
    trace_timer timers[TIMERS_MAX];
    trace_path mtu_path;
    uint32_t mtu; /* 0: not looked at yet */
};

bool quic_trace_new(quic_ngtcp2 *quic, const core_quic_options *options)
{
    if (!options->node->callbacks.qlog)
        return true;
    quic->trace = calloc(1, sizeof *quic->trace);
    if (!quic->trace)
        return false;
    quic->trace->first = (trace_path){options->local, options->remote};
    quic->trace->initial_rtt_ns = options->node->initial_rtt_ns;
    return true;
}

static void tell(const quic_ngtcp2 *quic, const roam_qlog *told)
{
    quic->base.handlers->qlog(quic->base.owner, told);
}

static void tell_held(quic_ngtcp2 *quic, const trace_path *path, const core_connection_id *destination);

void quic_trace_free(quic_ngtcp2 *quic)
{
    if (!quic->trace)
        return;
    tell_held(quic, NULL, NULL);
    free(quic->trace);
    quic->trace = NULL;
}

static trace_path path_of(const ngtcp2_path *path)
{
    trace_path out;
    quic_addr_from_ngtcp2(&path->local, &out.local);
    quic_addr_from_ngtcp2(&path->remote, &out.remote);
    return out;
}

static trace_path in_use(const quic_ngtcp2 *quic)
{
    return quic->conn ? path_of(ngtcp2_conn_get_path(quic->conn)) : quic->trace->first;
}

static bool same_path(const trace_path *a, const trace_path *b)
{
    return roam_addr_equal(&a->local, &b->local) && roam_addr_equal(&a->remote, &b->remote);
}

/* ---- Records ---- */

static bool has(const void *data, size_t len, const char *word)
{
    const size_t word_len = strlen(word);
    const char *const text = data;
    for (size_t i = 0; i + word_len <= len; i++)
        if (text[i] == word[0] && memcmp(text + i, word, word_len) == 0)
            return true;
    return false;
}

/* ngtcp2 writes the name of an event within the first bytes of its record. */
static bool is_of_packet(const roam_qlog *told)
{
    return has(told->data, told->len < 64 ? told->len : 64, "\"transport:packet_");
}

static void put_path(roam_qlog *told, const trace_path *path, const core_connection_id *destination)
{
    told->local = path->local;
    told->remote = path->remote;
    if (!destination)
        return;
    told->destination_len = destination->len;
    memcpy(told->destination, destination->bytes, destination->len);
}

static bool hold(quic_trace *trace, const roam_qlog *told)
{
    held *const item = malloc(sizeof *item + told->len);
    if (!item)
        return false;
    *item = (held){.told = *told};
    if (told->len > 0)
        memcpy(item->bytes, told->data, told->len);
    item->told.data = item->bytes;
    if (trace->newest)
        trace->newest->next = item;
    else
        trace->oldest = item;
    trace->newest = item;
    return true;
}

static void tell_held(quic_ngtcp2 *quic, const trace_path *path, const core_connection_id *destination)
{
    quic_trace *const trace = quic->trace;
    while (trace->oldest) {
        held *const item = trace->oldest;
        trace->oldest = item->next;
        if (path && is_of_packet(&item->told))
            put_path(&item->told, path, destination);
        tell(quic, &item->told);
        free(item);
    }
    trace->newest = NULL;
}

void quic_trace_record(void *user_data, uint32_t flags, const void *data, size_t len)
{
    quic_ngtcp2 *const quic = user_data;
    quic_trace *const trace = quic->trace;
    roam_qlog told = {
        .kind = ROAM_QLOG_RECORDS, .data = data, .len = len, .last = flags & NGTCP2_QLOG_WRITE_FLAG_FIN};
    const bool has_statistics = quic->conn && !told.last;
    const trace_path now = told.last ? trace->first : in_use(quic);
    if (has_statistics) {
        ngtcp2_conn_info info;
        ngtcp2_conn_get_conn_info(quic->conn, &info);
        told.latest_rtt_ns = info.latest_rtt;
        told.min_rtt_ns = info.min_rtt;
        told.srtt_ns = info.smoothed_rtt;
        told.rttvar_ns = info.rttvar;
    }
    put_path(&told, &now, NULL);
    if (trace->read && is_of_packet(&told))
        put_path(&told, trace->read, &trace->read_destination);
    trace->answered = trace->answered || (trace->read && has(data, len, "\"path_response\""));
    if (trace->holds && hold(trace, &told))
        return;
    tell_held(quic, NULL, NULL); /* in their order, whatever memory there is */
    tell(quic, &told);
}

void quic_trace_hold(quic_ngtcp2 *quic)
{
    if (quic->trace)
        quic->trace->holds = true;
}

void quic_trace_release(quic_ngtcp2 *quic, const ngtcp2_path *path, const uint8_t *packet, ngtcp2_ssize len)
{
    core_quic_header header;
    if (!quic->trace)
        return;
    quic->trace->holds = false;
    if (len <= 0) {
        tell_held(quic, NULL, NULL);
        return;
    }
    const trace_path way = path_of(path);
    const uint8_t id_len = (uint8_t)ngtcp2_conn_get_dcid(quic->conn)->datalen;
    const bool known = core_quic_header_read(packet, (size_t)len, id_len, &header);
    tell_held(quic, &way, known ? &header.destination : NULL);
}

void quic_trace_reads(quic_ngtcp2 *quic, const roam_addr *local, const roam_datagram *datagram)
{
    quic_trace *const trace = quic->trace;
    core_quic_header header;
    if (!trace)
        return;
    trace->read_path = (trace_path){*local, datagram->remote};
    trace->read = &trace->read_path;
    trace->answered = false;
    trace->read_destination = (core_connection_id){0};
    if (core_quic_header_read(datagram->data, datagram->len, CORE_CONNECTION_ID_LEN, &header))
        trace->read_destination = header.destination;
}

/* ---- The timer of a validation (RFC 9000 section 8.2.4) ---- */

static void tell_timer(quic_ngtcp2 *quic, trace_timer *timer, roam_qlog_timer what)
{
    roam_qlog told = {.kind = ROAM_QLOG_TIMER, .timer = what};
    put_path(&told, &timer->path, NULL);
    timer->is_set = what == ROAM_QLOG_TIMER_SET;
    if (timer->is_set)
        told.delta_ns = timer->expires_ns - quic->base.now_ns;
    tell(quic, &told);
}

/* That of the path; NULL: none is set. */
static trace_timer *timer_of(quic_trace *trace, const trace_path *path)
{
    for (size_t i = 0; i < TIMERS_MAX; i++)
        if (trace->timers[i].is_set && same_path(&trace->timers[i].path, path))
            return &trace->timers[i];
    return NULL;
}

/* As ngtcp2 computes it: of the path in use, and no less than that of a path without a sample. */
static uint64_t pto_of_validation(const quic_ngtcp2 *quic)
{
    const uint64_t initial_ns = quic->trace->initial_rtt_ns;
    const ngtcp2_transport_params *const remote = ngtcp2_conn_get_remote_transport_params(quic->conn);
    const uint64_t variance_ns =
        initial_ns / 2 * 4 > NGTCP2_MILLISECONDS ? initial_ns / 2 * 4 : NGTCP2_MILLISECONDS;
    const uint64_t floor_ns = initial_ns + variance_ns + (remote ? remote->max_ack_delay : 0);
    const uint64_t pto_ns = ngtcp2_conn_get_pto(quic->conn);
    return pto_ns > floor_ns ? pto_ns : floor_ns;
}

/* A timer for the path. Where all are set, ngtcp2 has given up the first one's validation. */
static trace_timer *begin_timer(quic_ngtcp2 *quic, const trace_path *path)
{
    trace_timer *const timers = quic->trace->timers;
    trace_timer *chosen = &timers[0];
    for (size_t i = 0; i < TIMERS_MAX && chosen->is_set; i++)
        if (!timers[i].is_set || timers[i].started_ns < chosen->started_ns)
            chosen = &timers[i];
    if (chosen->is_set)
        tell_timer(quic, chosen, ROAM_QLOG_TIMER_CANCELLED);
    *chosen =
        (trace_timer){.path = *path, .started_ns = quic->base.now_ns, .pto_ns = pto_of_validation(quic)};
    return chosen;
}

void quic_trace_challenge(quic_ngtcp2 *quic, const ngtcp2_path *path)
{
    const uint64_t now_ns = quic->base.now_ns;
    if (!quic->trace)
        return;
    const trace_path way = path_of(path);
    trace_timer *const set = timer_of(quic->trace, &way);
    trace_timer *const timer = set ? set : begin_timer(quic, &way);
    /* The time for an answer to the last challenge doubles with each round, and may end later. */
    const unsigned round = timer->challenges++ / ROUND_PACKETS;
    const uint64_t whole_ns = timer->started_ns + 3 * timer->pto_ns;
    const uint64_t answer_ns = now_ns + (timer->pto_ns << (round < 16 ? round : 16));
    const uint64_t expires_ns = whole_ns > answer_ns ? whole_ns : answer_ns;
    if (expires_ns <= timer->expires_ns)
        return;
    timer->expires_ns = expires_ns;
    tell_timer(quic, timer, ROAM_QLOG_TIMER_SET);
}

/* Validations from other addresses end with it: ngtcp2 takes that of a preferred address along. */
void quic_trace_migration(quic_ngtcp2 *quic, const roam_addr *local)
{
    quic_trace *const trace = quic->trace;
    for (size_t i = 0; trace && i < TIMERS_MAX; i++)
        if (trace->timers[i].is_set && !roam_addr_equal(&trace->timers[i].path.local, local))
            tell_timer(quic, &trace->timers[i], ROAM_QLOG_TIMER_CANCELLED);
}

void quic_trace_validation(quic_ngtcp2 *quic, const ngtcp2_path *path, core_validation result)
{
    if (!quic->trace)
        return;
    const trace_path way = path_of(path);
    trace_timer *const timer = timer_of(quic->trace, &way);
    if (timer)
        tell_timer(quic, timer,
                   result == CORE_VALIDATION_FAILED ? ROAM_QLOG_TIMER_EXPIRED : ROAM_QLOG_TIMER_CANCELLED);
}

/* Of a validation of the way back ngtcp2 reports no end. */
void quic_trace_has_read(quic_ngtcp2 *quic)
{
    quic_trace *const trace = quic->trace;
    if (!trace)
        return;
    trace->read = NULL;
    trace_timer *const timer = trace->answered ? timer_of(trace, &trace->read_path) : NULL;
    if (timer)
        tell_timer(quic, timer, ROAM_QLOG_TIMER_CANCELLED);
}

/* Where ngtcp2's own timer did not fire, it has given the validation up without a word, whenever that was. */
void quic_trace_expired(quic_ngtcp2 *quic)
{
    quic_trace *const trace = quic->trace;
    const uint64_t now_ns = quic->base.now_ns;
    for (size_t i = 0; trace && i < TIMERS_MAX; i++) {
        trace_timer *const timer = &trace->timers[i];
        if (!timer->is_set || timer->expires_ns > now_ns)
            continue;
        if (now_ns - timer->expires_ns < NGTCP2_MILLISECONDS)
            tell_timer(quic, timer, ROAM_QLOG_TIMER_EXPIRED);
        timer->is_set = false;
    }
}

/* ---- MTU ---- */

void quic_trace_mtu(quic_ngtcp2 *quic)
{
    quic_trace *const trace = quic->trace;
    if (!trace)
        return;
    const trace_path path = in_use(quic);
    const uint32_t mtu = (uint32_t)ngtcp2_conn_get_path_max_tx_udp_payload_size(quic->conn);
    const bool moved = trace->mtu > 0 && !same_path(&path, &trace->mtu_path);
    const bool changed = trace->mtu > 0 && (moved || mtu != trace->mtu);
    roam_qlog told = {.kind = ROAM_QLOG_MTU, .mtu_before = moved ? 0 : trace->mtu, .mtu = mtu};
    trace->mtu = mtu;
    trace->mtu_path = path;
    put_path(&told, &path, NULL);
    if (changed)
        tell(quic, &told);
}
