/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/endpoint/check.h"

#include "tools/endpoint/closing.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Each ends with a row without a name. */
static const check_row *const files[] = {checks_of_making,    checks_of_handshake, checks_of_settings,
                                         checks_of_streams,   checks_of_time,      checks_of_network,
                                         checks_of_migration, checks_of_ending};

const check_row *check_at(size_t index)
{
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        for (const check_row *row = files[i]; row->name; row++)
            if (index-- == 0)
                return row;
    return NULL;
}

const check_row *check_named(const char *name)
{
    for (size_t i = 0; check_at(i); i++)
        if (strcmp(check_at(i)->name, name) == 0)
            return check_at(i);
    return NULL;
}

const char *check_outcome_name(check_outcome outcome)
{
    static const char *const names[] = {"pass", "fail", "unsupported", "waits"};
    return names[outcome];
}

static void say(endpoint_check *check, check_outcome outcome, const char *format, va_list arguments)
{
    check->outcome = outcome;
    (void)vsnprintf(check->came, sizeof check->came, format, arguments);
}

/* What the adapters said last. */
static void append_said(endpoint_check *check)
{
    for (pair_side side = PAIR_CLIENT; check->pair && side <= PAIR_SERVER; side++) {
        const pair_node *const node = &check->pair->nodes[side];
        const size_t len = strlen(check->came);
        if (node->said[0] != '\0')
            (void)snprintf(check->came + len, sizeof check->came - len, "; the %s said: %s",
                           node->options.node, node->said);
    }
}

void check_fail(endpoint_check *check, const char *format, ...)
{
    const char *const fault = check->pair ? check->pair->fault : "";
    if (check->outcome == CHECK_FAILED)
        return;
    if (fault[0] != '\0') {
        check->outcome = CHECK_FAILED;
        check->rule = pair_rule(check->pair);
        (void)snprintf(check->came, sizeof check->came, "a rule of the ABI is broken: %s", fault);
    } else {
        va_list arguments;
        va_start(arguments, format);
        say(check, CHECK_FAILED, format, arguments);
        va_end(arguments);
    }
    append_said(check);
}

void check_unsupported(endpoint_check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (check->outcome == CHECK_PASSED)
        say(check, CHECK_UNSUPPORTED, format, arguments);
    va_end(arguments);
}

void check_note(endpoint_check *check, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (check->outcome == CHECK_PASSED)
        say(check, CHECK_PASSED, format, arguments);
    va_end(arguments);
}

bool check_has(const endpoint_check *check, uint64_t capability)
{
    return (check->library->table.capabilities & capability) == capability;
}

uint32_t check_validating_mode(const endpoint_check *check)
{
    return check_has(check, ROAM_ENDPOINT_CAN_PROBE_FIRST)    ? ROAM_ENDPOINT_PROBE_FIRST
           : check_has(check, ROAM_ENDPOINT_CAN_FOLLOW_FIRST) ? ROAM_ENDPOINT_FOLLOW_FIRST
                                                              : 0;
}

double check_ms(const endpoint_check *check, uint64_t time_ns)
{
    (void)check;
    return (double)(time_ns - PAIR_START_NS) / (double)PAIR_MS;
}

/* ---- The fixture ---- */

static bool make_pair_of(endpoint_check *check, uint64_t seed)
{
    check->client = check->server = NULL;
    check->pair = pair_new(check->client_library, check->server_library, seed);
    if (!check->pair) {
        check_fail(check, "out of memory");
        return false;
    }
    for (pair_side side = PAIR_CLIENT; side <= PAIR_SERVER; side++)
        if (check->pair->nodes[side].library == check->library) {
            check->pair->nodes[side].options.options = check->options;
            check->pair->nodes[side].options.option_count = check->option_count;
        }
    return true;
}

bool check_make_pair(endpoint_check *check)
{
    return check->pair || make_pair_of(check, check->seed);
}

bool check_make_another_pair(endpoint_check *check, uint64_t seed)
{
    pair_free(check->pair);
    check->pair = NULL;
    return make_pair_of(check, seed);
}

static bool make_endpoint(endpoint_check *check, pair_side side)
{
    const pair_node *const node = &check->pair->nodes[side];
    if (!node->library) /* nobody plays that side */
        return true;
    const int status = pair_make(check->pair, side);
    if (status == ROAM_ENDPOINT_OK && check->pair->fault[0] == '\0')
        return true;
    check_fail(check, "endpoint_new for the %s answers %s", node->options.node, pair_status_text(status));
    return false;
}

bool check_make_endpoints(endpoint_check *check)
{
    return check_make_pair(check) && make_endpoint(check, PAIR_CLIENT) && make_endpoint(check, PAIR_SERVER);
}

bool check_until(endpoint_check *check, uint64_t span_ns, bool (*done)(const endpoint_pair *pair, void *ctx),
                 void *ctx)
{
    return pair_run(check->pair, check->pair->now_ns + span_ns, done, ctx);
}

void check_pass_time(endpoint_check *check, uint64_t span_ns)
{
    (void)check_until(check, span_ns, NULL, NULL);
}

bool check_both_confirmed(const endpoint_pair *pair, void *ctx)
{
    endpoint_check *const check = ctx;
    (void)pair;
    if (!check->server)
        check->server = pair_newest(check->pair, PAIR_SERVER);
    return check->client->confirmed && check->server && check->server->confirmed;
}

bool check_client_established(const endpoint_pair *pair, void *ctx)
{
    const endpoint_check *const check = ctx;
    (void)pair;
    return check->client->established;
}

bool check_both_closed(const endpoint_pair *pair, void *ctx)
{
    const endpoint_check *const check = ctx;
    (void)pair;
    return check->client->closed && check->server->closed;
}

const char *check_how_far(const endpoint_check *check, const pair_connection *connection,
                          char text[CHECK_HOW_FAR_MAX])
{
    char closing[CLOSING_TEXT_MAX];
    if (!connection)
        return "has accepted none";
    if (connection->closed) {
        (void)snprintf(text, CHECK_HOW_FAR_MAX, "is over after %.3f ms, %s",
                       check_ms(check, connection->closed_ns),
                       closing_text(&connection->close_event, closing));
        return text;
    }
    return connection->confirmed     ? "is confirmed"
           : connection->established ? "is established and not confirmed"
                                     : "is not established";
}

bool check_connect(endpoint_check *check)
{
    char client[CHECK_HOW_FAR_MAX], server[CHECK_HOW_FAR_MAX];
    int status;
    if (!check_make_endpoints(check))
        return false;
    check->client = pair_connect(check->pair, &status);
    if (!check->client) {
        check_fail(check, "connect answers %s", pair_status_text(status));
        return false;
    }
    if (check_until(check, 10 * PAIR_S, check_both_confirmed, check))
        return true;
    const pair_node *const nodes = check->pair->nodes;
    check_fail(
        check,
        "after 10 s the client's connection %s, the server %s%s; %llu datagrams of the client, %llu of the "
        "server",
        check_how_far(check, check->client, client), check->server ? "'s " : "",
        check_how_far(check, check->server, server), (unsigned long long)nodes[PAIR_CLIENT].sends,
        (unsigned long long)nodes[PAIR_SERVER].sends);
    return false;
}

/* ---- A transfer ---- */

typedef struct transfer {
    pair_connection *to;
    int64_t id;
} transfer;

static bool transfer_done(const endpoint_pair *pair, void *ctx)
{
    const transfer *const wanted = ctx;
    const pair_stream *const stream = pair_stream_of(wanted->to, wanted->id);
    (void)pair;
    return stream && (stream->finished || stream->read_closed || stream->corrupt);
}

bool check_transfer(endpoint_check *check, pair_connection *from, pair_connection *to, uint64_t bytes,
                    uint64_t span_ns, const char *what)
{
    int status;
    const pair_stream *const sent = pair_send(from, false, bytes, true, &status);
    if (!sent) {
        check_fail(check, "%s: stream_open answers %s", what, pair_status_text(status));
        return false;
    }
    transfer wanted = {.to = to, .id = sent->id};
    const bool done = check_until(check, span_ns, transfer_done, &wanted);
    const pair_stream *const got = pair_stream_of(to, sent->id);
    if (!got)
        check_fail(check, "%s: stream %lld did not reach the peer (%llu of %llu bytes were taken)", what,
                   (long long)sent->id, (unsigned long long)sent->taken, (unsigned long long)bytes);
    else if (!done || !got->finished || got->read != bytes)
        check_fail(
            check,
            "%s: %llu of %llu bytes were taken by stream_write, %llu came out of stream_read, %s end; the "
            "writer waited %llu times for STREAM_WRITABLE, which came %llu times",
            what, (unsigned long long)sent->taken, (unsigned long long)bytes, (unsigned long long)got->read,
            got->finished ? "with the" : "without an", (unsigned long long)sent->times_blocked,
            (unsigned long long)sent->writable_events);
    else if (got->corrupt)
        check_fail(check, "%s: other bytes came than were sent", what);
    return check->outcome != CHECK_FAILED && check->pair->fault[0] == '\0';
}

/* ---- Running ---- */

void check_run(const check_row *row, endpoint_check *check)
{
    check->outcome = CHECK_PASSED;
    check->came[0] = '\0';
    check->rule = NULL;
    check->pair = NULL;
    row->run(check);
    if (check->pair && check->pair->fault[0] != '\0')
        check_fail(check, "%s", "");
    pair_free(check->pair);
    check->pair = NULL;
}
