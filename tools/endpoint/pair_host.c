/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls of the host, and the rules for them. */
#include "tools/endpoint/pair_internal.h"

#include "core/hash.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void pair_fault(endpoint_pair *pair, const char *format, ...)
{
    if (pair->fault[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(pair->fault, sizeof pair->fault, format, arguments);
    va_end(arguments);
}

void pair_enter(pair_node *node, const char *function)
{
    endpoint_pair *const pair = node->pair;
    pair->call.adapter = node->library->table.name;
    pair->call.node = node->options.node;
    pair->call.function = function;
    pair->call.now_ns = pair->now_ns + pair->os_gain_ns * ++pair->calls;
    pair->inside = node;
    pair->events_in_call = 0;
    endpoint_call_enter(&pair->call);
}

void pair_leave(pair_node *node)
{
    const char *const broken = endpoint_call_leave();
    if (broken)
        pair_fault(node->pair, "%s", broken);
    node->pair->inside = NULL;
}

/* True if host call `name` may be made now. */
static bool allowed(pair_node *node, const char *name)
{
    endpoint_pair *const pair = node->pair;
    if (!pthread_equal(pthread_self(), pair->thread))
        pair_fault(pair,
                   "%s() is called from another thread: all host calls come from the thread of the call",
                   name);
    else if (!pair->inside)
        pair_fault(pair, "%s() is called outside of any call of the adapter", name);
    else if (pair->inside != node)
        pair_fault(pair, "%s() is called with the host of endpoint '%s' in a call of endpoint '%s'", name,
                   node->options.node, pair->inside->options.node);
    else
        return true;
    return false;
}

static const char *function_now(const endpoint_pair *pair)
{
    return pair->call.function ? pair->call.function : "";
}

/* True, with a fault, in connection_free. */
static bool is_forgotten(endpoint_pair *pair, const char *name)
{
    const bool forgotten = strcmp(function_now(pair), "connection_free") == 0;
    if (forgotten)
        pair_fault(pair, "%s() is called in connection_free: the host has forgotten the connection", name);
    return forgotten;
}

static pair_node *node_of(roam_endpoint_host *host)
{
    return host->node;
}

/* In connect the host cannot know the connection yet. */
static bool in_connect(endpoint_pair *pair, roam_endpoint_connection *handle)
{
    if (strcmp(function_now(pair), "connect") != 0)
        return false;
    if (!pair->being_made)
        pair->being_made = handle;
    return pair->being_made == handle;
}

static uint64_t host_now(roam_endpoint_host *host)
{
    pair_node *const node = node_of(host);
    (void)allowed(node, "now");
    node->now_calls++;
    return node->pair->now_ns;
}

static void host_random(roam_endpoint_host *host, uint8_t *bytes, size_t len)
{
    pair_node *const node = node_of(host);
    (void)allowed(node, "random");
    if (len > 0 && !bytes) {
        pair_fault(node->pair, "random() is called without a place for %zu bytes", len);
        return;
    }
    node->random_calls++;
    for (size_t i = 0; i < len; i += sizeof(uint64_t)) {
        const uint64_t word = core_hash_next(&node->random_state);
        memcpy(bytes + i, &word, len - i < sizeof word ? len - i : sizeof word);
    }
}

/* The first rule that the datagram breaks; NULL: none. */
static const char *datagram_breaks(const pair_node *node, const roam_endpoint_datagram *datagram)
{
    if (!datagram)
        return "send() is called without a datagram";
    if (datagram->len == 0 || !datagram->data)
        return "send() is called with a datagram of no bytes";
    if (datagram->len > node->options.max_datagram)
        return "send() is called with a datagram over max_datagram";
    if (datagram->ecn > 3)
        return "send() is called with an ECN codepoint above 3 (RFC 3168 section 5)";
    if (datagram->path.local.family != 4 && datagram->path.local.family != 6)
        return "send() is called with a path without a local address";
    if (datagram->path.remote.family != datagram->path.local.family)
        return "send() is called with a path whose two addresses are not of one family";
    return NULL;
}

static const pair_address *address_of(const pair_node *node, const roam_endpoint_address *local)
{
    for (size_t i = 0; i < node->address_count; i++)
        if (pair_same_address(&node->addresses[i].local, local))
            return &node->addresses[i];
    return NULL;
}

static int host_send(roam_endpoint_host *host, roam_endpoint_connection *connection,
                     const roam_endpoint_datagram *datagram)
{
    pair_node *const node = node_of(host);
    endpoint_pair *const pair = node->pair;
    char text[PAIR_ADDRESS_TEXT_MAX];
    if (!allowed(node, "send") || pair->fault[0] != '\0' || is_forgotten(pair, "send"))
        return ROAM_ENDPOINT_FAILED;
    const char *const broken = datagram_breaks(node, datagram);
    if (broken) {
        pair_fault(pair, "%s (%zu bytes, at most %u), in %s", broken, datagram ? datagram->len : 0,
                   node->options.max_datagram, function_now(pair));
        return ROAM_ENDPOINT_FAILED;
    }
    if (connection && !pair_find(node, connection) && !in_connect(pair, connection)) {
        pair_fault(pair, "send() names a connection that the host does not know, in %s", function_now(pair));
        return ROAM_ENDPOINT_FAILED;
    }
    const pair_address *const source = address_of(node, &datagram->path.local);
    if (!source) {
        pair_fault(pair, "send() is called with the local address %s, which the node does not have",
                   pair_address_text(&datagram->path.local, text));
        return ROAM_ENDPOINT_FAILED;
    }
    if (pair->mtu && datagram->len > pair->mtu)
        return ROAM_ENDPOINT_TOO_LARGE;
    node->sends++;
    pair_look(node, datagram);
    pair_depart(node, source, datagram);
    return ROAM_ENDPOINT_OK;
}

static void host_accepted(roam_endpoint_host *host, roam_endpoint_connection *connection,
                          const roam_endpoint_path *path)
{
    pair_node *const node = node_of(host);
    endpoint_pair *const pair = node->pair;
    if (!allowed(node, "accepted"))
        return;
    if (!connection || !path)
        pair_fault(pair, "accepted() is called without a connection or without a path");
    else if (strcmp(function_now(pair), "receive") != 0)
        pair_fault(pair, "accepted() is called in %s: only a datagram makes a connection",
                   function_now(pair));
    else if (!node->options.server)
        pair_fault(pair, "accepted() is called for an endpoint that is no server");
    else if (pair_find(node, connection))
        pair_fault(pair, "accepted() announces a connection that the host knows already");
    else
        (void)pair_add(node, connection);
}

static bool is_path_event(uint32_t kind)
{
    return kind == ROAM_ENDPOINT_PATH_VALIDATED || kind == ROAM_ENDPOINT_PATH_FAILED ||
           kind == ROAM_ENDPOINT_MOVED;
}

static bool is_stream_event(uint32_t kind)
{
    return kind >= ROAM_ENDPOINT_STREAM_OPENED && kind <= ROAM_ENDPOINT_STREAM_CLOSED;
}

static const char *const event_names[] = {
    NULL,
    "ESTABLISHED",
    "CONFIRMED",
    "STREAM_OPENED",
    "STREAM_READABLE",
    "STREAM_WRITABLE",
    "STREAM_ACKNOWLEDGED",
    "STREAM_CLOSED",
    "STREAMS_AVAILABLE",
    "CHALLENGE_SENT",
    "PATH_VALIDATED",
    "PATH_FAILED",
    "MOVED",
    "CLOSED_EVENT",
};

#define EVENT_KINDS (sizeof event_names / sizeof event_names[0])

/* The kinds that a capability announces. */
static uint64_t capability_of(uint32_t kind)
{
    return kind == ROAM_ENDPOINT_STREAM_ACKNOWLEDGED ? ROAM_ENDPOINT_REPORTS_ACKNOWLEDGED
           : kind == ROAM_ENDPOINT_CHALLENGE_SENT    ? ROAM_ENDPOINT_REPORTS_CHALLENGES
                                                     : 0;
}

/* The first rule that the event breaks; NULL: none. Its name stands before. */
static const char *event_breaks(const pair_connection *connection, const roam_endpoint_event *event)
{
    const uint64_t capability = capability_of(event->kind);
    if (connection->closed)
        return "comes after CLOSED_EVENT, which is the last of a connection";
    if (capability && !(connection->node->library->table.capabilities & capability))
        return "comes from an adapter that does not claim the capability for it";
    if (event->kind == ROAM_ENDPOINT_ESTABLISHED && connection->established)
        return "comes twice";
    if (event->kind == ROAM_ENDPOINT_CONFIRMED && connection->confirmed)
        return "comes twice";
    if (event->kind == ROAM_ENDPOINT_CONFIRMED && !connection->established)
        return "comes before ESTABLISHED";
    if (is_path_event(event->kind) &&
        (event->path.local.family == 0 || event->path.local.family != event->path.remote.family))
        return "has no path with two addresses of one family";
    if (event->kind == ROAM_ENDPOINT_CLOSED_EVENT &&
        (event->closed.kind < ROAM_ENDPOINT_CLOSED_HERE || event->closed.kind > ROAM_ENDPOINT_CLOSED_DROPPED))
        return "has a close kind that there is not";
    return NULL;
}

static const char *stream_event_breaks(const pair_connection *connection, const pair_stream *stream,
                                       const roam_endpoint_event *event)
{
    const bool of_server = (event->stream & 1) != 0; /* RFC 9000 section 2.1 */
    if (!connection->established)
        return "comes before ESTABLISHED";
    if (event->stream < 0)
        return "has no stream";
    if (event->kind == ROAM_ENDPOINT_STREAM_OPENED) {
        if (stream)
            return "comes for a stream that is open already";
        if (of_server == (connection->node->side == PAIR_SERVER))
            return "comes for a stream that only this end opens";
        return NULL;
    }
    if (!stream)
        return "comes for a stream that was not opened";
    if (stream->over)
        return "comes after STREAM_CLOSED of that stream";
    return NULL;
}

static void note_stream(pair_connection *connection, pair_stream *stream, const roam_endpoint_event *event)
{
    switch ((roam_endpoint_event_kind)event->kind) {
    case ROAM_ENDPOINT_STREAM_OPENED:
        (void)pair_stream_add(connection, event->stream, false);
        break;
    case ROAM_ENDPOINT_STREAM_READABLE:
        stream->readable = true;
        break;
    case ROAM_ENDPOINT_STREAM_WRITABLE:
        stream->blocked = false;
        stream->writable_events++;
        break;
    case ROAM_ENDPOINT_STREAM_ACKNOWLEDGED:
        stream->acknowledged += event->bytes;
        if (stream->acknowledged > stream->taken)
            pair_fault(connection->node->pair,
                       "STREAM_ACKNOWLEDGED: %llu bytes of stream %lld are acknowledged, %llu were written",
                       (unsigned long long)stream->acknowledged, (long long)stream->id,
                       (unsigned long long)stream->taken);
        break;
    case ROAM_ENDPOINT_STREAM_CLOSED:
        stream->over = true;
        stream->reset = event->reset;
        break;
    case ROAM_ENDPOINT_ESTABLISHED:
    case ROAM_ENDPOINT_CONFIRMED:
    case ROAM_ENDPOINT_STREAMS_AVAILABLE:
    case ROAM_ENDPOINT_CHALLENGE_SENT:
    case ROAM_ENDPOINT_PATH_VALIDATED:
    case ROAM_ENDPOINT_PATH_FAILED:
    case ROAM_ENDPOINT_MOVED:
    case ROAM_ENDPOINT_CLOSED_EVENT:
        break;
    }
}

static void note(pair_connection *connection, const roam_endpoint_event *event)
{
    const uint64_t now_ns = connection->node->pair->now_ns;
    switch ((roam_endpoint_event_kind)event->kind) {
    case ROAM_ENDPOINT_ESTABLISHED:
        connection->established = true;
        connection->established_ns = now_ns;
        break;
    case ROAM_ENDPOINT_CONFIRMED:
        connection->confirmed = true;
        connection->confirmed_ns = now_ns;
        break;
    case ROAM_ENDPOINT_STREAMS_AVAILABLE:
        connection->streams_available++;
        break;
    case ROAM_ENDPOINT_CHALLENGE_SENT:
        connection->challenges++;
        break;
    case ROAM_ENDPOINT_PATH_VALIDATED:
        connection->validated++;
        connection->validated_path = event->path;
        connection->validated_ns = now_ns;
        break;
    case ROAM_ENDPOINT_PATH_FAILED:
        connection->failed++;
        connection->failed_path = event->path;
        connection->failed_ns = now_ns;
        break;
    case ROAM_ENDPOINT_MOVED:
        connection->moved++;
        connection->moved_path = event->path;
        connection->moved_ns = now_ns;
        break;
    case ROAM_ENDPOINT_CLOSED_EVENT:
        connection->closed = true;
        connection->closed_ns = now_ns;
        connection->close_event = *event;
        break;
    case ROAM_ENDPOINT_STREAM_OPENED:
    case ROAM_ENDPOINT_STREAM_READABLE:
    case ROAM_ENDPOINT_STREAM_WRITABLE:
    case ROAM_ENDPOINT_STREAM_ACKNOWLEDGED:
    case ROAM_ENDPOINT_STREAM_CLOSED:
        break;
    }
}

static void host_event(roam_endpoint_host *host, roam_endpoint_connection *handle,
                       const roam_endpoint_event *event)
{
    pair_node *const node = node_of(host);
    endpoint_pair *const pair = node->pair;
    if (!allowed(node, "event") || pair->fault[0] != '\0' || is_forgotten(pair, "event"))
        return;
    if (++pair->events_in_call > ROAM_ENDPOINT_EVENTS_MAX) {
        pair_fault(pair, "%s makes more than %d events in one call", function_now(pair),
                   ROAM_ENDPOINT_EVENTS_MAX);
        return;
    }
    if (!event || event->kind == 0 || event->kind >= EVENT_KINDS) {
        pair_fault(pair, "event() is called with kind %u, which there is not", event ? event->kind : 0);
        return;
    }
    const char *const name = event_names[event->kind];
    pair_connection *const connection = pair_find(node, handle);
    if (!connection) {
        pair_fault(pair, "event %s in %s is of a connection that the host does not know", name,
                   function_now(pair));
        return;
    }
    pair_stream *const stream =
        is_stream_event(event->kind) ? pair_stream_of(connection, event->stream) : NULL;
    const char *broken = event_breaks(connection, event);
    if (!broken && is_stream_event(event->kind))
        broken = stream_event_breaks(connection, stream, event);
    if (broken) {
        pair_fault(pair, "event %s in %s %s", name, function_now(pair), broken);
        return;
    }
    connection->news = true;
    if (is_stream_event(event->kind))
        note_stream(connection, stream, event);
    else
        note(connection, event);
}

static void host_keylog(roam_endpoint_host *host, const char *line)
{
    pair_node *const node = node_of(host);
    if (!allowed(node, "keylog"))
        return;
    if (!line || strchr(line, '\n')) {
        pair_fault(node->pair, "keylog() is called %s",
                   line ? "with a newline in its line" : "without a line");
        return;
    }
    node->keylog_lines++;
    if (node->pair->dissect && dissect_keylog(node->pair->dissect, line) != 0)
        pair_fault(node->pair, "out of memory for the key log");
}

static void host_qlog(roam_endpoint_host *host, roam_endpoint_connection *connection, const void *data,
                      size_t len, bool last)
{
    pair_node *const node = node_of(host);
    (void)last;
    if (!allowed(node, "qlog"))
        return;
    if (len > 0 && !data)
        pair_fault(node->pair, "qlog() is called with %zu bytes that are not there", len);
    else if (connection && !pair_find(node, connection) && !in_connect(node->pair, connection))
        pair_fault(node->pair, "qlog() names a connection that the host does not know, in %s",
                   function_now(node->pair));
    else
        node->qlog_bytes += len;
}

static void host_log(roam_endpoint_host *host, roam_endpoint_connection *connection, const char *text)
{
    pair_node *const node = node_of(host);
    (void)connection;
    if (!allowed(node, "log") || !text)
        return;
    (void)snprintf(node->said, sizeof node->said, "%s", text);
    for (char *at = node->said; *at; at++)
        if (iscntrl((unsigned char)*at))
            *at = ' ';
}

const roam_endpoint_calls pair_calls = {
    .size = sizeof pair_calls,
    .now = host_now,
    .random = host_random,
    .send = host_send,
    .accepted = host_accepted,
    .event = host_event,
    .keylog = host_keylog,
    .qlog = host_qlog,
    .log = host_log,
};
