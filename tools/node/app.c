/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/node/app.h"

#include "core/live/control.h"
#include "core/live/keys.h"
#include "core/live/migrations.h"
#include "core/live/network.h"
#include "core/live/transfer.h"
#include "tools/cli/command.h"
#include "tools/cli/interrupt.h"
#include "tools/node/events.h"
#include "tools/node/files.h"
#include "tools/node/lines.h"
#include "tools/node/logs.h"
#include "tools/node/output.h"
#include "tools/node/overlay.h"
#include "tools/node/targets.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define SECOND_NS UINT64_C(1000000000)

enum { SIGNALS = 3, UNREACHABLE_S = 60 /* until the same address is reported again */, UNREACHABLE_MAX = 16 };

typedef struct unreachable_told {
    roam_addr addr;
    uint64_t at_ns;
} unreachable_told;

#define END_S 5 /* wall clock: from a signal to the end, whatever the core does */

typedef struct app {
    const node_options *options;
    roam_identity *identity;
    live_node *live;
    live_network *network;
    live_receiver *receiver;
    node_files *files;
    node_targets *targets;
    node_overlay *overlay;
    node_lines *lines;
    bool lines_acknowledged; /* before --once ends */
    node_logs *logs;
    node_output out, events_file;                  /* standard output; what --events names */
    node_output *events;                           /* one of them */
    unreachable_told unreachable[UNREACHABLE_MAX]; /* those reported last */
    size_t unreachable_next;
    uv_signal_t signals[SIGNALS];
    uint32_t up;        /* connections */
    uint32_t completed; /* files and lines that came in whole */
    bool handles;
    bool interrupted, failed, broken;
} app;

static int complain(const char *what)
{
    (void)fprintf(stderr, "roam node: %s\n", what);
    return COMMAND_BROKEN;
}

static roam_node *core_of(app *self)
{
    return live_node_core(self->live);
}

/* ---- The end ---- */

static bool all_sent(const app *self)
{
    return node_files_are_done(self->files) &&
           (!self->lines_acknowledged || node_lines_are_done(self->lines));
}

static bool dials(const app *self)
{
    return self->options->target_count > 0 || self->options->contact_count > 0;
}

/* A node that dials is done when all it sends is acknowledged; one that only accepts, when something came in
 * and its sender has left. */
static void end_if_done(app *self)
{
    if (self->targets && node_targets_are_rejected(self->targets) && self->options->contact_count == 0) {
        self->failed = true;
        live_node_stop(self->live);
    }
    if (!self->options->once)
        return;
    const bool done = dials(self) ? all_sent(self) : self->completed > 0 && self->up == 0;
    if (done)
        live_node_stop(self->live);
}

/* ---- Files ---- */

static void on_sent(void *ctx, const node_files_result *result)
{
    app *const self = ctx;
    const node_transfer_event event = {.event = "file_sent",
                                       .peer = result->peer,
                                       .file = result->file,
                                       .size = result->size,
                                       .status = result->status};
    node_events_transfer(self->events, &event, live_now_ns());
    self->failed = self->failed || result->status != LIVE_TRANSFER_OK;
}

static void on_answer(app *self, roam_peer_id peer, const live_arrival *arrival)
{
    if (self->lines && arrival->id == NODE_LINES_ID)
        node_lines_answered(self->lines, peer);
    node_files_answered(self->files, peer, arrival);
}

static void on_message(void *user_data, const roam_message *message, uint64_t now_ns)
{
    app *const self = live_node_context(user_data);
    const char *const peer = roam_peer_name(core_of(self), message->peer);
    live_arrival arrival;
    live_receiver_take(self->receiver, core_of(self), message, &arrival);
    switch (arrival.kind) {
    case LIVE_ARRIVED_NOTHING:
        return;
    case LIVE_ARRIVED_LINE:
        (void)fprintf(self->out.file, "%s: ", peer);
        node_output_text(&self->out, arrival.text, arrival.len);
        (void)fputs("\n", self->out.file);
        node_output_check(&self->out, true);
        return;
    case LIVE_ARRIVED_ANSWER:
        on_answer(self, message->peer, &arrival);
        break;
    case LIVE_ARRIVED_FILE:
    case LIVE_ARRIVED_LINE_END: {
        const bool file = arrival.kind == LIVE_ARRIVED_FILE;
        const node_transfer_event event = {.event = file ? "file_received" : "lines_ended",
                                           .peer = peer,
                                           .file = file ? arrival.text : NULL,
                                           .size = arrival.size,
                                           .status = arrival.status};
        node_events_transfer(self->events, &event, now_ns);
        self->failed = self->failed || arrival.status != LIVE_TRANSFER_OK;
        self->completed++;
        break;
    }
    }
    end_if_done(self);
}

/* ---- Peers ---- */

static bool told_unreachable(app *self, const roam_addr *addr, uint64_t now_ns)
{
    for (size_t i = 0; i < UNREACHABLE_MAX; i++) {
        const unreachable_told *const told = &self->unreachable[i];
        if (roam_addr_equal(&told->addr, addr) && now_ns - told->at_ns < UNREACHABLE_S * SECOND_NS)
            return true;
    }
    self->unreachable[self->unreachable_next] = (unreachable_told){*addr, now_ns};
    self->unreachable_next = (self->unreachable_next + 1) % UNREACHABLE_MAX;
    return false;
}

static void on_unreachable(live_node *live, const roam_addr *remote, int error, uint64_t now_ns)
{
    app *const self = live_node_context(live);
    if (!told_unreachable(self, remote, now_ns))
        node_events_unreachable(self->events, remote, strerror(error), now_ns);
    node_targets_unreachable(self->targets, remote);
}

static void on_down(app *self, const roam_event *event, uint64_t now_ns)
{
    node_targets_down(self->targets, event, now_ns);
    node_overlay_down(self->overlay, event->peer);
    live_receiver_peer_down(self->receiver, event->peer);
    node_files_peer_down(self->files, event->peer);
    if (self->lines)
        node_lines_peer_down(self->lines, event->peer);
}

static void on_pinned(app *self, const roam_event *event)
{
    live_message message;
    const char *const name = roam_peer_name(core_of(self), event->peer);
    if (self->options->pin_file && live_pin_file_add(self->options->pin_file, name, event->key, &message))
        (void)complain(message.text);
}

/* The peer takes messages: answers, then lines, then files, which would fill the queue. */
static void take_more(app *self, roam_peer_id peer)
{
    live_receiver_writable(self->receiver, core_of(self), peer);
    if (self->lines)
        node_lines_writable(self->lines, peer);
    node_files_push(self->files, peer);
}

/* Who sends waits for the connection: the active view of an overlay is for its membership to choose. */
static void on_up(app *self, roam_peer_id peer)
{
    node_targets_up(self->targets, peer);
    node_overlay_up(self->overlay, peer);
    take_more(self, peer);
}

static void on_event(void *subscriber_data, const roam_event *event, uint64_t now_ns)
{
    app *const self = subscriber_data;
    if (event->kind != ROAM_EVENT_WRITABLE) /* of no interest to anybody else */
        node_events_core(self->events, core_of(self), event, now_ns);
    if (live_is_channel_up(self->live, event))
        on_up(self, event->peer);
    else if (live_is_channel_down(self->live, event))
        on_down(self, event, now_ns);
    else if (event->kind == ROAM_EVENT_WRITABLE)
        take_more(self, event->peer);
    else if (event->kind == ROAM_EVENT_KEY_PINNED)
        on_pinned(self, event);
    self->up = 0;
    for (roam_peer_id peer = {1}; roam_peer_name(core_of(self), peer); peer.value++)
        self->up += roam_peer_is_up(core_of(self), peer);
    end_if_done(self);
}

/* ---- Triggers ---- */

static void on_round(void *ctx, const live_network_round *round, uint64_t now_ns)
{
    app *const self = ctx;
    node_events_round(self->events, round, now_ns);
}

static void on_refused(void *ctx, const char *why, uint64_t now_ns)
{
    app *const self = ctx;
    node_events_refused(self->events, why, now_ns);
}

static void on_changed(void *ctx)
{
    app *const self = ctx;
    live_network_changed(self->network, "control_socket");
}

static void on_sent_for_client(void *done_data, const node_files_result *result)
{
    live_control_answer_sent(done_data, result->file, result->size, result->status);
}

/* The control socket asks for a file to be sent. */
static int on_send(void *ctx, const live_request *request, live_control_client *client, live_message *message)
{
    app *const self = ctx;
    if (roam_peer_find(core_of(self), request->peer).value == 0) {
        (void)snprintf(message->text, sizeof message->text, "no such peer");
        return ROAM_ERR_UNKNOWN_PEER;
    }
    return node_files_add(self->files, request->peer, request->path, on_sent_for_client, client, message);
}

static void on_signal(uv_signal_t *handle, int number)
{
    app *const self = handle->data;
    (void)number;
    self->interrupted = true;
    live_node_stop(self->live);
}

static int start_watchdog(app *self)
{
    if (self->options->watch && live_migrations_watch(self->live, &self->options->watchdog))
        return complain("out of memory");
    return COMMAND_OK;
}

static int start_triggers(app *self)
{
    live_message message = {""};
    live_network_options network;
    live_network_options_default(&network);
    network.netlink = self->options->netlink;
    network.trigger_path = self->options->trigger_path;
    network.debounce_ns = self->options->debounce_ns;
    network.timeout_ns = self->options->timeout_ns;
    network.round = on_round;
    network.refused = on_refused;
    network.ctx = self;
    if (live_network_new(self->live, &network, &self->network, &message))
        return complain(message.text);
    const live_control_options control = {
        .path = self->options->control_path, .changed = on_changed, .send = on_send, .ctx = self};
    if (control.path && live_control_new(self->live, &control, &message))
        return complain(message.text);
    return start_watchdog(self);
}

/* ---- Beginning and end ---- */

static void on_keylog(void *user_data, const char *line)
{
    const app *const self = live_node_context(user_data);
    node_logs_key(self->logs, line);
}

static void on_qlog(void *user_data, uint32_t connection, bool dialled, const roam_qlog *told)
{
    const app *const self = live_node_context(user_data);
    node_logs_qlog(self->logs, connection, dialled, told);
}

static int make_node(app *self)
{
    uint8_t seed[ROAM_KEY_BYTES];
    live_message message = {""};
    live_node_options options;
    if (live_key_file_load(self->options->key_file, seed, &message)) {
        (void)complain(message.text);
        return COMMAND_USAGE;
    }
    int rv = roam_identity_new(self->options->name, seed, &self->identity);
    memset(seed, 0, sizeof seed);
    if (rv == ROAM_ERR_INVALID_ARGUMENT) {
        (void)fprintf(stderr, "roam node: --name %s: not the name of a node\n", self->options->name);
        return COMMAND_USAGE;
    }
    options = self->options->live;
    options.context = self;
    options.unreachable = on_unreachable;
    options.membership = self->options->overlay ? &self->options->membership : NULL;
    options.node.identity = self->identity;
    options.node.trust = self->options->strict ? ROAM_TRUST_STRICT : ROAM_TRUST_TOFU;
    options.node.accept = self->options->listen_count > 0;
    options.node.callbacks.message = on_message;
    options.node.callbacks.keylog = self->options->keylog_file ? on_keylog : NULL;
    options.node.callbacks.qlog = self->options->qlog_directory ? on_qlog : NULL;
    if (rv == 0)
        rv = live_node_new(&options, &self->live);
    if (rv)
        return complain(roam_strerror(rv));
    if (self->options->pin_file && live_pin_file_load(self->options->pin_file, core_of(self), &message)) {
        (void)complain(message.text);
        return COMMAND_USAGE;
    }
    return COMMAND_OK;
}

static int listen_all(app *self)
{
    for (size_t i = 0; i < self->options->listen_count; i++) {
        char text[ROAM_ADDR_STRING_MAX];
        roam_addr bound;
        if (live_node_listen(self->live, &self->options->listen[i], &bound)) {
            (void)fprintf(stderr, "roam node: listen at %s: %s\n",
                          roam_addr_format(&self->options->listen[i], text), strerror(errno));
            return COMMAND_BROKEN;
        }
        node_events_listening(self->events, &bound, live_now_ns());
    }
    return COMMAND_OK;
}

static int prefer_all(app *self)
{
    for (size_t i = 0; i < 2; i++) {
        const roam_addr *const address = &self->options->preferred[i];
        char text[ROAM_ADDR_STRING_MAX];
        if (address->family == ROAM_FAMILY_NONE || roam_node_prefer(core_of(self), address) == 0)
            continue;
        (void)fprintf(stderr, "roam node: --preferred-address %s: not an address of --listen\n",
                      roam_addr_format(address, text));
        return COMMAND_USAGE;
    }
    return COMMAND_OK;
}

/* SIGHUP stays ignored where it was ignored at the start (nohup): the node is then to go on. */
static bool ignores(int number)
{
    struct sigaction action;
    return number == SIGHUP && sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void start_handles(app *self)
{
    static const int numbers[SIGNALS] = {SIGINT, SIGTERM, SIGHUP};
    struct uv_loop_s *const loop = live_node_loop(self->live);
    for (size_t i = 0; i < SIGNALS; i++) {
        (void)uv_signal_init(loop, &self->signals[i]);
        self->signals[i].data = self;
        if (!ignores(numbers[i]))
            (void)uv_signal_start(&self->signals[i], on_signal, numbers[i]);
    }
    interrupt_limit("roam node", END_S);
    self->handles = true;
}

static void close_handles(app *self)
{
    if (!self->handles)
        return;
    for (size_t i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&self->signals[i], NULL);
}

/* The reader of the output has gone. */
static void on_output_closed(void *ctx)
{
    app *const self = ctx;
    if (self->live)
        live_node_stop(self->live);
}

static int open_output(app *self)
{
    const char *const path = self->options->events_file;
    node_output_init(&self->out, stdout, "standard output");
    if (path)
        node_output_init(&self->events_file, fopen(path, "we"), path);
    self->events = path ? &self->events_file : &self->out;
    self->out.closed = self->events_file.closed = on_output_closed;
    self->out.ctx = self->events_file.ctx = self;
    if (self->events->file)
        return COMMAND_OK;
    (void)fprintf(stderr, "roam node: %s: %s\n", path, strerror(errno));
    return COMMAND_BROKEN;
}

static int open_files(app *self)
{
    live_message message = {""};
    if (live_receiver_new(self->options->receive_directory, &self->receiver, &message)) {
        (void)complain(message.text);
        return COMMAND_USAGE;
    }
    if (open_output(self) != COMMAND_OK)
        return COMMAND_BROKEN;
    const node_logs_options logs = {.keylog_file = self->options->keylog_file,
                                    .qlog_directory = self->options->qlog_directory,
                                    .form = self->options->qlog_form,
                                    .node = self->options->name};
    return node_logs_new(&logs, &self->logs);
}

/* Files and lines to be sent. With files the node does not wait for the end of input from a terminal. */
static int start_sending(app *self)
{
    const bool files = self->options->file_count > 0;
    self->lines_acknowledged = self->options->once && dials(self) && !(files && isatty(STDIN_FILENO));
    return node_lines_new(self->live, self->lines_acknowledged, &self->lines);
}

static int add_files(app *self)
{
    live_message message = {""};
    if (node_files_new(self->live, on_sent, self, &self->files))
        return complain("out of memory");
    for (size_t i = 0; i < self->options->file_count; i++) {
        const node_file *const file = &self->options->files[i];
        if (node_files_add(self->files, file->peer, file->path, NULL, NULL, &message)) {
            (void)complain(message.text);
            return COMMAND_USAGE;
        }
    }
    return COMMAND_OK;
}

static int prepare(app *self)
{
    roam_subscription subscription;
    int status = open_files(self);
    if (status == COMMAND_OK)
        status = make_node(self);
    if (status == COMMAND_OK)
        status = add_files(self);
    if (status == COMMAND_OK && roam_subscribe(core_of(self), on_event, self, &subscription))
        status = complain("out of memory");
    if (status != COMMAND_OK)
        return status;
    start_handles(self); /* before the first output: its reader may send a signal */
    status = listen_all(self);
    if (!status)
        status = prefer_all(self);
    if (status == COMMAND_OK && node_targets_new(self->live, self->options, &self->targets))
        status = complain("out of memory");
    if (status == COMMAND_OK)
        status = node_overlay_new(self->live, self->options, &self->overlay);
    if (status == COMMAND_OK)
        status = start_triggers(self);
    return status == COMMAND_OK ? start_sending(self) : status;
}

static void clean_up(app *self)
{
    node_lines_close(self->lines);
    node_targets_close(self->targets);
    node_overlay_close(self->overlay);
    close_handles(self);
    (void)live_node_free(self->live);
    node_lines_free(self->lines);
    node_files_free(self->files);
    node_targets_free(self->targets);
    node_overlay_free(self->overlay);
    live_receiver_free(self->receiver);
    if (!node_logs_close(self->logs))
        self->broken = true;
    node_output_close(&self->events_file);
    node_output_close(&self->out);
    self->broken = self->broken || self->events_file.lost || self->out.lost;
    roam_identity_free(self->identity);
}

int node_run(const node_options *options)
{
    app self = {.options = options};
    (void)signal(SIGPIPE, SIG_IGN); /* EPIPE says it */
    int status = prepare(&self);
    if (status == COMMAND_OK && live_node_run(self.live))
        status = complain("the loop does not run");
    clean_up(&self);
    if (status != COMMAND_OK)
        return status;
    if (self.broken)
        return COMMAND_BROKEN;
    if (self.interrupted)
        return COMMAND_INTERRUPTED;
    return self.failed ? COMMAND_FAILED : COMMAND_OK;
}
