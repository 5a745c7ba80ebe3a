/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/capture.h"

#include "sim/record/capture_file.h"
#include "sim/record/capture_notes.h"
#include "sim/record/capture_paths.h"
#include "sim/record/capture_secrets.h"
#include "sim/record/capture_sent.h"
#include "sim/verdict/rules/requirements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4096, ANSWERS_MAX = 1024, LONG_HEADER = 0x80 };
#define ANSWER_NS UINT64_C(1000000000) /* how long an answer may be under way */

/* The capture of a host. last: the latest datagram that arrived; secrets that TLS derives from it stand
 * before it. */
typedef struct host_capture {
    capture_file *file; /* NULL: nothing yet */
    capture_kept last;
} host_capture;

struct capture {
    const scenario *scenario;
    const witness *witness; /* NULL: none */
    capture_file *merged;
    host_capture *hosts; /* by node */
    capture_secrets *secrets;
    capture_notes *notes;
    capture_paths *paths;
    capture_text own, comments; /* of the packet; of it in one file */
    bool alters;                /* the scenario damages packets */
    capture_sent sent;
    capture_kept answers[ANSWERS_MAX]; /* under way, for the merged capture; a ring */
    size_t first_answer, answer_count;
    int failure;
    char message[PCAPNG_MESSAGE_MAX]; /* of the failure */
    char path[PATH_BYTES];            /* of the merged capture, without ".pcapng" */
};

static void fail(capture *self, pcapng_error error, const char *message)
{
    if (self->failure)
        return;
    self->failure = (int)error;
    (void)snprintf(self->message, sizeof self->message, "%s", message);
}

/* ---- a file a host ---- */

/* NULL after a failure. */
static host_capture *host_of(capture *self, uint32_t node)
{
    host_capture *const host = &self->hosts[node];
    char path[PATH_BYTES + 256];
    char message[PCAPNG_MESSAGE_MAX];
    if (host->file || self->failure)
        return self->failure ? NULL : host;
    (void)snprintf(path, sizeof path, "%s-%.200s.pcapng", self->path, self->scenario->nodes[node].name);
    const int result = capture_file_open(path, self->scenario, node, 1, &host->file, message);
    if (result != 0)
        fail(self, (pcapng_error)result, message);
    return result == 0 ? host : NULL;
}

static void write_last(host_capture *host)
{
    if (capture_is_kept(&host->last))
        capture_file_packet(host->file, &host->last.packet);
    capture_forget(&host->last);
}

static void add_to_host(capture *self, const capture_packet *packet)
{
    host_capture *const host = host_of(self, packet->node);
    if (!host)
        return;
    write_last(host);
    if (packet->up)
        capture_file_packet(host->file, packet);
    else if (!capture_keep(&host->last, packet))
        capture_file_fail(host->file, PCAPNG_ERR_NO_MEMORY);
}

static void secrets_for_hosts(capture *self, uint32_t node, const char *line)
{
    const capture_connection *connection;
    bool is_new;
    bool joins;
    if (!capture_secrets_take(self->secrets, node, line, &connection, &is_new, &joins)) {
        fail(self, PCAPNG_ERR_NO_MEMORY, "captures: out of memory");
        return;
    }
    for (size_t i = 0; i < connection->end_count; i++) {
        const bool all = joins && connection->ends[i] == node;
        host_capture *const host = all || is_new ? host_of(self, connection->ends[i]) : NULL;
        if (host)
            capture_file_secrets(host->file, all ? connection->lines : line);
    }
}

/* ---- all hosts in one ---- */

static const uint8_t *payload_of(const capture_packet *packet)
{
    return packet->bytes + packet->len - packet->payload_len;
}

/* RFC 9000 section 17.2: a handshake's datagrams. */
static bool is_long(const capture_packet *packet)
{
    return packet->payload_len > 0 && *payload_of(packet) & LONG_HEADER;
}

static void write_answer(capture *self, size_t number)
{
    capture_kept *const answer = &self->answers[(self->first_answer + number) % ANSWERS_MAX];
    if (capture_is_kept(answer))
        capture_file_packet(self->merged, &answer->packet);
    capture_kept_free(answer);
    while (self->answer_count > 0 && !capture_is_kept(&self->answers[self->first_answer])) {
        self->first_answer = (self->first_answer + 1) % ANSWERS_MAX;
        self->answer_count--;
    }
}

static bool is_answer(const capture *self, size_t number, const capture_packet *packet)
{
    const capture_kept *const answer = &self->answers[(self->first_answer + number) % ANSWERS_MAX];
    return capture_is_kept(answer) && answer->packet.payload_len == packet->payload_len &&
           memcmp(payload_of(&answer->packet), payload_of(packet), packet->payload_len) == 0;
}

static bool is_under_way(const capture *self, const capture_packet *packet)
{
    for (size_t i = 0; i < self->answer_count; i++)
        if (is_answer(self, i, packet))
            return true;
    return false;
}

/* It has arrived, or was dropped. The ring begins anew with each that is written. */
static void end_answer(capture *self, const capture_packet *packet)
{
    for (size_t i = 0; i < self->answer_count;) {
        const size_t before = self->answer_count;
        if (is_answer(self, i, packet))
            write_answer(self, i);
        i = before == self->answer_count ? i + 1 : 0;
    }
}

static void add_answer(capture *self, const capture_packet *packet)
{
    if (self->answer_count == ANSWERS_MAX)
        write_answer(self, 0);
    const size_t at = (self->first_answer + self->answer_count) % ANSWERS_MAX;
    if (capture_keep(&self->answers[at], packet))
        self->answer_count++;
    else
        capture_file_fail(self->merged, PCAPNG_ERR_NO_MEMORY);
}

/* Of the accepting end, as it leaves there, and passes relays. */
static bool answers(const capture *self, const capture_packet *packet, uint16_t source_port)
{
    const scenario_node *const node = &self->scenario->nodes[packet->node];
    if (!is_long(packet))
        return false;
    return node->relay_to != SCENARIO_NONE ? is_under_way(self, packet)
                                           : packet->up && node->listen != 0 && node->listen == source_port;
}

static void add_to_merged(capture *self, const capture_packet *packet, uint16_t source_port)
{
    while (self->answer_count > 0 &&
           packet->time_ns - self->answers[self->first_answer].packet.time_ns > ANSWER_NS)
        write_answer(self, 0);
    if (answers(self, packet, source_port)) {
        add_answer(self, packet);
        return;
    }
    capture_file_packet(self->merged, packet);
    if (!packet->up && is_long(packet))
        end_answer(self, packet);
}

/* ---- what is seen ---- */

static bool is_altered(capture *self, const capture_packet *packet)
{
    if (!self->alters)
        return false;
    if (!packet->up)
        return !capture_sent_has(&self->sent, payload_of(packet), packet->payload_len);
    if (!capture_sent_add(&self->sent, payload_of(packet), packet->payload_len))
        fail(self, PCAPNG_ERR_NO_MEMORY, "captures: out of memory");
    return false;
}

static bool tell_breaches(const capture *self, capture_text *text)
{
    size_t count = 0;
    bool good = true;
    const witness_breach *const breaches = self->witness ? witness_breaches(self->witness, &count) : NULL;
    for (size_t i = 0; good && i < count; i++)
        good = capture_text_add(text, "%s breaks %s (RFC 9000 section %s): %s",
                                self->scenario->nodes[breaches[i].node].name, rules_name(breaches[i].rule),
                                rules_requirement(breaches[i].rule)->section, breaches[i].text);
    return good;
}

/* The same in each file. */
static bool tell_packet(capture *self, const observer_packet *seen, uint64_t now_ns)
{
    capture_text_clear(&self->own);
    if (seen->up)
        capture_notes_sent(self->notes, seen, now_ns);
    return tell_breaches(self, &self->own) && capture_paths_packet(self->paths, seen, now_ns, &self->own);
}

static void add_to_files(capture *self, capture_packet *packet, uint16_t source_port)
{
    capture_text *const comments = &self->comments;
    capture_text_clear(comments);
    bool good = capture_text_join(comments, &self->own) && capture_notes_take(self->notes, comments);
    packet->comment = capture_text_lines(comments);
    add_to_merged(self, packet, source_port);
    capture_text_clear(comments);
    packet->altered = is_altered(self, packet);
    if (packet->altered)
        good = capture_text_add(comments, "altered on the way; packets.pcapng has all of it") && good;
    good = good && capture_text_join(comments, &self->own) &&
           capture_notes_take_host(self->notes, packet->node, comments);
    packet->comment = capture_text_lines(comments);
    add_to_host(self, packet);
    if (!good)
        fail(self, PCAPNG_ERR_NO_MEMORY, "captures: out of memory");
}

static void on_packet(void *ctx, const observer_packet *seen, uint64_t now_ns)
{
    capture *const self = ctx;
    capture_packet packet = {.node = seen->node,
                             .network = seen->network,
                             .up = seen->up,
                             .time_ns = now_ns,
                             .bytes = seen->bytes,
                             .len = seen->len,
                             .payload_len = seen->payload_len};
    if (seen->drop != OBSERVER_NOT_DROPPED) {
        capture_notes_dropped(self->notes, seen, now_ns);
        if (self->answer_count > 0 && is_long(&packet))
            end_answer(self, &packet);
        return;
    }
    if (!tell_packet(self, seen, now_ns))
        fail(self, PCAPNG_ERR_NO_MEMORY, "captures: out of memory");
    add_to_files(self, &packet, seen->source.port);
}

static void on_keylog(void *ctx, uint32_t node, const char *line, uint64_t now_ns)
{
    capture *const self = ctx;
    (void)now_ns;
    capture_file_secrets(self->merged, line);
    secrets_for_hosts(self, node, line);
}

/* ---- opening and closing ---- */

static void free_parts(capture *self)
{
    if (!self)
        return;
    capture_text_fini(&self->own);
    capture_text_fini(&self->comments);
    capture_notes_free(self->notes);
    capture_paths_free(self->paths);
    capture_sent_free(&self->sent);
    capture_secrets_free(self->secrets);
    free(self->hosts);
    free(self);
}

int capture_open(const char *path, const scenario *whole, capture **out, char *message)
{
    const size_t len = strlen(path);
    const size_t end = sizeof ".pcapng" - 1;
    capture *const self = calloc(1, sizeof *self);
    int result = PCAPNG_ERR_NO_MEMORY;
    (void)snprintf(message, PCAPNG_MESSAGE_MAX, "%s: out of memory", path);
    if (self) {
        self->hosts = calloc(whole->node_count + 1, sizeof *self->hosts);
        self->secrets = capture_secrets_new();
        self->notes = capture_notes_new(whole);
        self->paths = capture_paths_new(whole);
    }
    if (self && self->hosts && self->secrets && self->notes && self->paths)
        result = capture_file_open(path, whole, 0, whole->node_count, &self->merged, message);
    if (result != 0) {
        free_parts(self);
        return result;
    }
    self->scenario = whole;
    for (size_t i = 0; i < whole->event_count; i++)
        self->alters = self->alters || whole->events[i].verb == SCENARIO_CORRUPT;
    (void)snprintf(self->path, sizeof self->path, "%.*s", (int)(len > end ? len - end : len), path);
    *out = self;
    return 0;
}

void capture_witness(capture *self, const witness *seen)
{
    self->witness = seen;
}

observer capture_observer(capture *self)
{
    return (observer){
        .ctx = self, .frames = true, .checksums = true, .packet = on_packet, .keylog = on_keylog};
}

observer capture_events_observer(capture *self)
{
    return capture_notes_observer(self->notes);
}

recorder_milestones capture_milestones(capture *self)
{
    return capture_notes_milestones(self->notes);
}

int capture_close(capture *self, char *message)
{
    char own[PCAPNG_MESSAGE_MAX];
    if (!self)
        return 0;
    while (self->answer_count > 0)
        write_answer(self, 0);
    int result = capture_file_close(self->merged, own);
    if (result != 0)
        fail(self, (pcapng_error)result, own);
    for (size_t i = 0; i < self->scenario->node_count; i++) {
        if (self->hosts[i].file)
            write_last(&self->hosts[i]);
        result = capture_file_close(self->hosts[i].file, own);
        if (result != 0)
            fail(self, (pcapng_error)result, own);
        capture_kept_free(&self->hosts[i].last);
    }
    result = self->failure;
    if (result != 0)
        (void)snprintf(message, PCAPNG_MESSAGE_MAX, "%s", self->message);
    free_parts(self);
    return result;
}
