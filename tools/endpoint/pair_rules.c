/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sentence of roam_endpoint.h behind each fault. */
#include "tools/endpoint/pair_internal.h"

#include <string.h>

/* The first row whose words are in the fault: the narrower ones stand before. */
static const struct {
    const char *words, *sentence;
} rules[] = {
    {"from another thread", "Calls come from one thread, one at a time."},
    {"outside of any call", "Host calls are made only inside a call of the host, with the "
                            "roam_endpoint_host of that endpoint."},
    {"with the host of endpoint", "Host calls are made only inside a call of the host, with the "
                                  "roam_endpoint_host of that endpoint."},
    {"an adapter does not wait", "Nothing may wait."},
    {": an adapter ", "Datagrams leave through send() alone: no socket, no file, no thread, no process."},
    {"in connection_free", "The host forgets the connection, over or not: nothing leaves for it any more. An "
                           "event of it, or a datagram, inside this call is a fault."},
    {"no roam_endpoint_status", "Functions return 0 or a negative roam_endpoint_status."},
    {"that the host does not know", "made by connect, or announced by the host call accepted; freed by "
                                    "connection_free alone."},
    {"that accepted() did not announce", "one that it made was announced by accepted() before."},
    {"accepted() is called", "A client's first datagram made a connection, whose pointer the host learns "
                             "here, before any event of it."},
    {"accepted() announces", "A client's first datagram made a connection, whose pointer the host learns "
                             "here, before any event of it."},
    {"than route said", "the connection that receive would give the datagram to, without reading it"},
    {"random() is called", "len unpredictable bytes; the same in each replay."},
    {"send() is called", "One datagram, of at most max_datagram bytes (roam_endpoint_options)."},
    {"keylog() is called",
     "A line in SSLKEYLOGFILE format without newline, before the first packet under the "
     "secret: the handshake and the traffic secrets of both directions."},
    {"qlog() is called", "len bytes of qlog (JSON text sequence) for the trace of one connection"},
    {"close returns without", "Sends CONNECTION_CLOSE, with CLOSED_EVENT inside the call."},
    {"after CLOSED_EVENT", "The connection is over: closed. No other event of it follows."},
    {"CLOSED_EVENT", "The connection is over: closed. No other event of it follows."},
    {"does not claim the capability", "the host asks for nothing that is not there"},
    {"before ESTABLISHED", "The TLS handshake is complete, and peer() answers: streams may be opened. Once a "
                           "connection."},
    {"event ESTABLISHED", "The TLS handshake is complete, and peer() answers: streams may be opened. Once a "
                          "connection."},
    {"event CONFIRMED", "The handshake is confirmed (RFC 9001 section 4.1.2). Once a connection, after "
                        "ESTABLISHED."},
    {"for a stream that was not opened",
     "The peer opened a stream: stream. Before the first other event of that stream."},
    {"event STREAM_OPENED", "The peer opened a stream: stream. Before the first other event of that stream."},
    {"STREAM_CLOSED of stream", "All bytes that came before the end must have been read, or reset is set."},
    {"after STREAM_CLOSED", "stream is over in all its directions; its id means nothing any more."},
    {"STREAM_ACKNOWLEDGED:", "bytes more of stream were acknowledged by the peer."},
    {"event MOVED", "The connection now uses path: what it sends goes there."},
    {"migrate_abandon makes",
     "gives up the validation that migrate began, and returns to the path before it; "
     "without an event."},
    {"deadline stays", "a deadline that stays in the past after expire and flush is a fault."},
    {"events in one call", "events of one call; one more is a fault"},
    {"event() is called with kind", "a roam_endpoint_event_kind"},
    {"connect returns", "A client connection to path->remote; its first datagram leaves in flush. The host "
                        "learns its pointer when connect returns, and takes no call about it before."},
    {"connect named", "The host learns its pointer when connect returns, and takes no call about it before."},
    {"stream_write ", "Takes up to len bytes, which it copies: *taken says how many; finish: they are the "
                      "last, if all were taken. 0 also when it took less than all; BLOCKED: none."},
    {"stream_read ", "The next bytes, up to capacity; *finished: no more will come."},
    {"statistics has", "of the peer's connection ID in use"},
};

const char *pair_rule(const endpoint_pair *pair)
{
    for (size_t i = 0; pair->fault[0] != '\0' && i < sizeof rules / sizeof rules[0]; i++)
        if (strstr(pair->fault, rules[i].words))
            return rules[i].sentence;
    return NULL;
}
