/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/address.h"
#include "core/live/request.h"
#include "core/number.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/node/app.h"
#include "tools/node/quic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEBOUNCE_NS UINT64_C(200000000)
#define TIMEOUT_NS UINT64_C(5000000000)
#define ATTEMPT_DELAY_NS UINT64_C(250000000) /* RFC 8305 section 8 */

typedef enum node_option {
    OPTION_NAME,
    OPTION_KEY,
    OPTION_PINS,
    OPTION_TRUST,
    OPTION_LISTEN,
    OPTION_PREFERRED_ADDRESS,
    OPTION_IGNORE_PREFERRED_ADDRESS,
    OPTION_CONNECT,
    OPTION_ATTEMPT_DELAY,
    OPTION_JOIN,
    OPTION_OVERLAY,
    OPTION_ADVERTISE,
    OPTION_ACTIVE,
    OPTION_PASSIVE,
    OPTION_SHUFFLE_INTERVAL,
    OPTION_SEND_FILE,
    OPTION_RECEIVE_DIR,
    OPTION_EVENTS,
    OPTION_NETLINK,
    OPTION_TRIGGER,
    OPTION_CONTROL,
    OPTION_DEBOUNCE,
    OPTION_TIMEOUT,
    OPTION_WATCHDOG,
    OPTION_WATCHDOG_SAMPLE,
    OPTION_WATCHDOG_STRIKES,
    OPTION_WATCHDOG_SILENCE,
    OPTION_KEEPALIVE,
    OPTION_DEAD_AFTER,
    OPTION_INITIAL_RTT,
    OPTION_QUIC,
    OPTION_NO_GSO,
    OPTION_NO_ECN,
    OPTION_ONCE,
    OPTION_KEYLOG,
    OPTION_QLOG,
    OPTION_QLOG_FORM,
    OPTION_HELP
} node_option;

static const option_row rows[] = {
    [OPTION_NAME] = {.name = "name", .value = "NAME", .help = "the node's name"},
    [OPTION_KEY] = {.name = "key",
                    .value = "FILE",
                    .kind = VALUE_FILE,
                    .help = "its Ed25519 key; made when there is no such file"},
    [OPTION_PINS] = {.name = "pins",
                     .value = "FILE",
                     .kind = VALUE_FILE,
                     .help = "keys of other nodes, a 'NAME HEXKEY' a line; tofu adds to it"},
    [OPTION_TRUST] = {.name = "trust",
                      .value = "tofu|strict",
                      .kind = VALUE_WORD,
                      .help = "take the first key seen under a name (the default), or\n"
                              "pinned ones only",
                      .words = {.choices = "tofu|strict"}},
    [OPTION_LISTEN] = {.name = "listen",
                       .value = "ADDR:PORT",
                       .help = "accept connections there; may be repeated"},
    [OPTION_PREFERRED_ADDRESS] = {.name = "preferred-address",
                                  .value = "ADDR:PORT",
                                  .help = "have peers that connect elsewhere move to that one, which is\n"
                                          "an address of --listen (RFC 9000 section 9.6); one a family"},
    [OPTION_IGNORE_PREFERRED_ADDRESS] = {.name = "ignore-preferred-address",
                                         .help =
                                             "stay at the address connected to, whatever the peer prefers"},
    [OPTION_CONNECT] = {.name = "connect",
                        .value = "NAME@HOST:PORT",
                        .help = "connect to that node, and again when it is lost; HOST is an\n"
                                "address or a name; may be repeated, and with a NAME that was\n"
                                "there before gives it one more address to try"},
    [OPTION_ATTEMPT_DELAY] = {.name = "attempt-delay",
                              .value = "TIME",
                              .kind = VALUE_TIME,
                              .help = "how long one address is tried alone before the next one is\n"
                                      "tried too (250ms)"},
    [OPTION_JOIN] = {.name = "join",
                     .value = "NAME@HOST:PORT",
                     .help = "join the overlay of that node (HyParView); may be repeated, as\n"
                             "--connect. peer_up and peer_down are then those of the active\n"
                             "view, channel_up and channel_down those of connections"},
    [OPTION_OVERLAY] = {.name = "overlay", .help = "take part in an overlay as its first node: others join"},
    [OPTION_ADVERTISE] = {.name = "advertise",
                          .value = "ADDR:PORT",
                          .help = "where the overlay can dial this node; without it what --listen\n"
                                  "says, or of several the address that leads to the overlay"},
    [OPTION_ACTIVE] = {.name = "active",
                       .value = "N",
                       .kind = VALUE_NUMBER,
                       .help = "peers in the active view at most (5)"},
    [OPTION_PASSIVE] = {.name = "passive",
                        .value = "N",
                        .kind = VALUE_NUMBER,
                        .help = "nodes in the passive view at most (30)"},
    [OPTION_SHUFFLE_INTERVAL] = {.name = "shuffle-interval",
                                 .value = "TIME",
                                 .kind = VALUE_TIME,
                                 .help = "between two exchanges of passive views (10s)"},
    [OPTION_SEND_FILE] = {.name = "send-file",
                          .value = "NAME:PATH",
                          .kind = VALUE_NAMED_FILE,
                          .help = "send a file to that peer; may be repeated"},
    [OPTION_RECEIVE_DIR] = {.name = "receive-dir",
                            .value = "DIR",
                            .kind = VALUE_DIRECTORY,
                            .help = "where files of peers go; without it they are refused"},
    [OPTION_EVENTS] = {.name = "events",
                       .value = "FILE",
                       .kind = VALUE_FILE,
                       .help = "write events there instead of standard output"},
    [OPTION_NETLINK] = {.name = "netlink",
                        .help = "migrate when the kernel reports a change on the way to a peer:\n"
                                "a route or rule, an address gone or a link down"},
    [OPTION_TRIGGER] = {.name = "trigger",
                        .value = "PATH",
                        .kind = VALUE_FILE,
                        .help = "a UNIX datagram socket that takes 'changed' and\n"
                                "'migrate NAME [timeout=5s] [local=ADDR]\n"
                                "[remote=ADDR:PORT]'"},
    [OPTION_CONTROL] = {.name = "control",
                        .value = "PATH",
                        .kind = VALUE_FILE,
                        .help = "a UNIX socket for roam migrate, roam send and roam views"},
    [OPTION_DEBOUNCE] = {.name = "debounce",
                         .value = "TIME",
                         .kind = VALUE_TIME,
                         .help = "how long changes are gathered first (200ms)"},
    [OPTION_TIMEOUT] = {.name = "timeout",
                        .value = "TIME",
                        .kind = VALUE_TIME,
                        .help = "budget of a migration by trigger (5s)"},
    [OPTION_WATCHDOG] = {.name = "watchdog",
                         .value = "TIME",
                         .kind = VALUE_TIME,
                         .help = "migrate a peer whose round-trip time (SRTT) was over TIME in two\n"
                                 "samples in a row"},
    [OPTION_WATCHDOG_SAMPLE] = {.name = "watchdog-sample",
                                .value = "TIME",
                                .kind = VALUE_TIME,
                                .help = "time between two samples (5s)"},
    [OPTION_WATCHDOG_STRIKES] = {.name = "watchdog-strikes",
                                 .value = "N",
                                 .kind = VALUE_NUMBER,
                                 .help = "samples in a row (2)"},
    [OPTION_WATCHDOG_SILENCE] = {.name = "watchdog-silence",
                                 .value = "TIME",
                                 .kind = VALUE_TIME,
                                 .help = "a sample counts too when nothing came for so long while\n"
                                         "something was unacknowledged"},
    [OPTION_KEEPALIVE] = {.name = "keepalive",
                          .value = "TIME",
                          .kind = VALUE_TIME,
                          .help = "a peer that is silent for so long is asked for a sign of life\n"
                                  "(15s)"},
    [OPTION_DEAD_AFTER] = {.name = "dead-after",
                           .value = "TIME",
                           .kind = VALUE_TIME,
                           .help = "a peer that is silent for so long is down (60s)"},
    [OPTION_INITIAL_RTT] = {.name = "initial-rtt",
                            .value = "TIME",
                            .kind = VALUE_TIME,
                            .help = "taken for the round trip of a path before it is known; a lost\n"
                                    "challenge is repeated after three of it (333ms, RFC 9002)"},
    [OPTION_QUIC] = {.name = "quic",
                     .value = "KEY=VALUE",
                     .kind = VALUE_SETTING,
                     .help = "how connections are set up, with the keys of 'quic' in a scenario:\n"
                             "active_connection_id_limit, congestion, initial_window (packets),\n"
                             "pmtud, ecn, max_idle, max_ack_delay, ack_delay_exponent,\n"
                             "ack_every, rotate_connection_ids, retire_connection_ids; may be\n"
                             "repeated",
                     .words = {.list = node_quic_words}},
    [OPTION_NO_GSO] = {.name = "no-gso",
                       .help = "send and receive each datagram by itself (no UDP_SEGMENT, no\n"
                               "UDP_GRO)"},
    [OPTION_NO_ECN] = {.name = "no-ecn", .help = "neither set nor read ECN marks"},
    [OPTION_ONCE] = {.name = "once",
                     .help = "end when all that is sent is acknowledged: files, and lines to\n"
                             "the end of standard input (not of a terminal, where files are\n"
                             "sent); without --connect and --join, when something came in\n"
                             "and its sender has left"},
    [OPTION_KEYLOG] = {.name = "keylog",
                       .value = "FILE",
                       .kind = VALUE_FILE,
                       .help = "append TLS secrets there, for Wireshark"},
    [OPTION_QLOG] = {.name = "qlog",
                     .value = "DIR",
                     .kind = VALUE_DIRECTORY,
                     .help = "write NAME-CONNECTION.sqlog there"},
    [OPTION_QLOG_FORM] = {.name = "qlog-form",
                          .value = "current|0.3",
                          .kind = VALUE_WORD,
                          .help = "of these: that of the drafts, or that which qvis reads\n"
                                  "(current)",
                          .words = {.choices = "current|0.3"}},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

/* The options with room for those that may be repeated. */
typedef struct arguments {
    node_options node;
    roam_addr *listen;
    node_target *targets, *contacts;
    node_file *files;
    size_t room; /* of each */
    bool help, watchdog_tuned, membership_tuned;
} arguments;

static bool wrong(int option, const char *value, const char *expected)
{
    (void)fprintf(stderr, "roam node: --%s %s: expected %s\n", rows[option].name, value, expected);
    return false;
}

static bool take_listen(arguments *self, const char *value)
{
    if (!live_address_parse(value, &self->listen[self->node.listen_count]))
        return wrong(OPTION_LISTEN, value, "ADDR:PORT, as in 0.0.0.0:4433 or [::]:4433");
    self->node.listen_count++;
    return true;
}

static bool take_preferred(arguments *self, const char *value)
{
    roam_addr address;
    if (!live_address_parse(value, &address) || live_address_is_unspecified(&address) || address.port == 0)
        return wrong(OPTION_PREFERRED_ADDRESS, value,
                     "ADDR:PORT, as in 192.0.2.1:4433 or [2001:db8::1]:4433");
    roam_addr *const place = &self->node.preferred[address.family == ROAM_FAMILY_IPV6];
    if (place->family != ROAM_FAMILY_NONE)
        return wrong(OPTION_PREFERRED_ADDRESS, value, "one address of each family");
    *place = address;
    return true;
}

/* Cuts value at the character, which must be there and not first; what follows it. */
static char *cut(char *value, char at)
{
    char *const found = strchr(value, at);
    if (!found || found == value)
        return NULL;
    *found = '\0';
    return found + 1;
}

/* One more address of the target of that name, or a new target. */
static bool take_target(const arguments *self, node_option option, char *value, node_target *targets,
                        size_t *count)
{
    live_endpoint endpoint;
    char *const place = cut(value, '@');
    if (!place)
        return wrong((int)option, value, "NAME@HOST:PORT, as in server@192.0.2.1:4433");
    if (!live_endpoint_parse(place, &endpoint))
        return wrong(
            (int)option, place,
            "HOST:PORT, a name or address with its port, as in example.org:4433 or [2001:db8::1]:4433");
    size_t i = 0;
    while (i < *count && strcmp(targets[i].name, value) != 0)
        i++;
    node_target *const target = &targets[i];
    if (!target->endpoints)
        target->endpoints = calloc(self->room, sizeof *target->endpoints);
    if (!target->endpoints) {
        (void)fprintf(stderr, "roam node: out of memory\n");
        return false;
    }
    target->name = value;
    target->endpoints[target->endpoint_count++] = endpoint;
    *count += i == *count;
    return true;
}

static bool take_send_file(arguments *self, char *value)
{
    node_file *const file = &self->files[self->node.file_count];
    file->path = cut(value, ':');
    if (!file->path || *file->path == '\0')
        return wrong(OPTION_SEND_FILE, value, "NAME:PATH, as in server:photo.jpg");
    file->peer = value;
    self->node.file_count++;
    return true;
}

static bool take_trust(arguments *self, const char *value)
{
    self->node.strict = strcmp(value, "strict") == 0;
    return self->node.strict || strcmp(value, "tofu") == 0 || wrong(OPTION_TRUST, value, "tofu or strict");
}

static bool take_time(int option, const char *value, uint64_t *out_ns)
{
    return live_duration_parse(value, out_ns) || wrong(option, value, "a time, as in 200ms or 5s");
}

static bool take_path(node_options *node, node_option option, const char *value)
{
    const char **const places[] = {
        [OPTION_NAME] = &node->name,
        [OPTION_KEY] = &node->key_file,
        [OPTION_PINS] = &node->pin_file,
        [OPTION_RECEIVE_DIR] = &node->receive_directory,
        [OPTION_EVENTS] = &node->events_file,
        [OPTION_TRIGGER] = &node->trigger_path,
        [OPTION_CONTROL] = &node->control_path,
        [OPTION_KEYLOG] = &node->keylog_file,
        [OPTION_QLOG] = &node->qlog_directory,
    };
    *places[option] = value;
    return true;
}

static bool take_qlog_form(node_options *node, const char *value)
{
    node->qlog_form = qlog_form_named(value);
    return node->qlog_form || wrong(OPTION_QLOG_FORM, value, "current or 0.3");
}

static bool take_flag(node_options *node, node_option option)
{
    bool *const places[] = {
        [OPTION_IGNORE_PREFERRED_ADDRESS] = &node->live.node.quic.ignore_preferred_address,
        [OPTION_NETLINK] = &node->netlink,
        [OPTION_ONCE] = &node->once,
    };
    *places[option] = true;
    return true;
}

/* Sample, strikes and silence. */
static bool take_watchdog(arguments *self, int option, const char *value)
{
    roam_watchdog_options *const watchdog = &self->node.watchdog;
    uint64_t strikes;
    self->watchdog_tuned = true;
    if (option != OPTION_WATCHDOG_STRIKES)
        return take_time(option, value,
                         option == OPTION_WATCHDOG_SAMPLE ? &watchdog->sample_ns : &watchdog->silence_ns);
    if (!core_number_whole(value, 1, UINT32_MAX, &strikes))
        return wrong(option, value, "a number from 1");
    watchdog->strikes = (uint32_t)strikes;
    return true;
}

static bool take_advertise(arguments *self, const char *value)
{
    roam_addr *const advertise = &self->node.membership.advertise;
    return (live_address_parse(value, advertise) && advertise->port != 0 &&
            !live_address_is_unspecified(advertise)) ||
           wrong(OPTION_ADVERTISE, value, "ADDR:PORT, as in 192.0.2.1:4433 or [2001:db8::1]:4433");
}

static bool take_size(int option, const char *value, uint32_t max, uint32_t *out)
{
    char expected[64];
    uint64_t size;
    (void)snprintf(expected, sizeof expected, "a number from 1 to %u", max);
    if (!core_number_whole(value, 1, max, &size))
        return wrong(option, value, expected);
    *out = (uint32_t)size;
    return true;
}

/* What says how the node takes part in its overlay. */
static bool take_membership(arguments *self, node_option option, const char *value)
{
    roam_membership_options *const membership = &self->node.membership;
    self->membership_tuned = true;
    if (option == OPTION_ACTIVE)
        return take_size((int)option, value, ROAM_ACTIVE_VIEW_MAX, &membership->active_size);
    if (option == OPTION_PASSIVE)
        return take_size((int)option, value, ROAM_PASSIVE_VIEW_MAX, &membership->passive_size);
    if (option == OPTION_SHUFFLE_INTERVAL)
        return take_time((int)option, value, &membership->shuffle_ns);
    return take_advertise(self, value);
}

static bool take_join(arguments *self, char *value)
{
    self->node.overlay = true;
    return take_target(self, OPTION_JOIN, value, self->contacts, &self->node.contact_count);
}

static bool take_option(arguments *self, node_option option, char *value)
{
    switch (option) {
    case OPTION_JOIN:
        return take_join(self, value);
    case OPTION_OVERLAY:
        self->node.overlay = true;
        return true;
    case OPTION_ADVERTISE:
    case OPTION_ACTIVE:
    case OPTION_PASSIVE:
    case OPTION_SHUFFLE_INTERVAL:
        return take_membership(self, option, value);
    case OPTION_WATCHDOG:
        self->node.watch = true;
        return take_time(option, value, &self->node.watchdog.threshold_ns);
    case OPTION_WATCHDOG_SAMPLE:
    case OPTION_WATCHDOG_STRIKES:
    case OPTION_WATCHDOG_SILENCE:
        return take_watchdog(self, option, value);
    case OPTION_KEEPALIVE:
        return take_time(option, value, &self->node.live.node.keep_alive_ns);
    case OPTION_DEAD_AFTER:
        return take_time(option, value, &self->node.live.node.dead_after_ns);
    case OPTION_INITIAL_RTT:
        return take_time(option, value, &self->node.live.node.initial_rtt_ns);
    case OPTION_QUIC:
        return node_quic_take(value, &self->node.live.node) ||
               wrong(option, value, "a setting of connections, as in congestion=bbr or ack_every=10");
    case OPTION_NO_GSO:
        self->node.live.segmentation = false;
        return true;
    case OPTION_NO_ECN:
        self->node.live.ecn = false;
        return true;
    case OPTION_TRUST:
        return take_trust(self, value);
    case OPTION_QLOG_FORM:
        return take_qlog_form(&self->node, value);
    case OPTION_LISTEN:
        return take_listen(self, value);
    case OPTION_PREFERRED_ADDRESS:
        return take_preferred(self, value);
    case OPTION_CONNECT:
        return take_target(self, option, value, self->targets, &self->node.target_count);
    case OPTION_ATTEMPT_DELAY:
        return take_time(option, value, &self->node.attempt_delay_ns);
    case OPTION_SEND_FILE:
        return take_send_file(self, value);
    case OPTION_DEBOUNCE:
        return take_time(option, value, &self->node.debounce_ns);
    case OPTION_TIMEOUT:
        return take_time(option, value, &self->node.timeout_ns);
    case OPTION_IGNORE_PREFERRED_ADDRESS:
    case OPTION_NETLINK:
    case OPTION_ONCE:
        return take_flag(&self->node, option);
    case OPTION_HELP:
        self->help = true;
        return true;
    case OPTION_NAME:
    case OPTION_KEY:
    case OPTION_PINS:
    case OPTION_RECEIVE_DIR:
    case OPTION_EVENTS:
    case OPTION_TRIGGER:
    case OPTION_CONTROL:
    case OPTION_KEYLOG:
    case OPTION_QLOG:
        break;
    }
    return take_path(&self->node, option, value);
}

static bool is_target(const node_options *node, const char *name)
{
    bool found = node->listen_count > 0 || node->overlay; /* or it connects to us */
    for (size_t i = 0; i < node->target_count; i++)
        found = found || strcmp(node->targets[i].name, name) == 0;
    return found;
}

static bool prefers(const node_options *node)
{
    return node->preferred[0].family != ROAM_FAMILY_NONE || node->preferred[1].family != ROAM_FAMILY_NONE;
}

static const char *what_is_missing(const arguments *self, int operands)
{
    const node_options *const node = &self->node;
    if (operands > 0)
        return "there are no operands";
    if (!node->name || !node->key_file)
        return "--name and --key are needed";
    if (node->listen_count == 0 && node->target_count == 0 && node->contact_count == 0)
        return "one of --listen, --connect and --join is needed";
    if (node->strict && !node->pin_file)
        return "--trust strict needs --pins";
    if (self->watchdog_tuned && !node->watch)
        return "--watchdog-sample, -strikes and -silence need --watchdog";
    if (self->membership_tuned && !node->overlay)
        return "--advertise, --active, --passive and --shuffle-interval need --join or --overlay";
    if (node->membership.advertise.family != ROAM_FAMILY_NONE && node->listen_count == 0)
        return "--advertise needs --listen";
    if (prefers(node) && node->listen_count == 0)
        return "--preferred-address needs --listen";
    if (node->live.node.dead_after_ns <= node->live.node.keep_alive_ns)
        return "--dead-after must be longer than --keepalive, after which a peer is asked";
    for (size_t i = 0; i < node->target_count; i++)
        if (strcmp(node->targets[i].name, node->name) == 0)
            return "--connect names this node itself";
    for (size_t i = 0; i < node->contact_count; i++)
        if (strcmp(node->contacts[i].name, node->name) == 0)
            return "--join names this node itself";
    for (size_t i = 0; i < node->file_count; i++)
        if (!is_target(node, node->files[i].peer))
            return "--send-file names a peer that no --connect names";
    return NULL;
}

static int read_and_run(arguments *self, option_reader *reader)
{
    int option;
    while ((option = option_next(reader)) >= 0) {
        /* The value lies in argv, which is ours to cut. */
        if (!take_option(self, option, (char *)(uintptr_t)reader->value))
            return COMMAND_USAGE;
        if (self->help) {
            help_print(&COMMAND_NODE, stdout);
            return COMMAND_OK;
        }
    }
    if (option == OPTION_INVALID)
        return COMMAND_USAGE;
    self->node.listen = self->listen;
    self->node.targets = self->targets;
    self->node.contacts = self->contacts;
    self->node.files = self->files;
    self->node.watchdog.migrate.timeout_ns = self->node.timeout_ns;
    roam_node_options *const node = &self->node.live.node;
    if (node->idle_timeout_ns < node->dead_after_ns)
        node->idle_timeout_ns = node->dead_after_ns; /* or QUIC would give up first */
    const char *const missing = what_is_missing(self, reader->operands);
    if (missing) {
        (void)fprintf(stderr, "roam node: %s; see roam node --help\n", missing);
        return COMMAND_USAGE;
    }
    return node_run(&self->node);
}

static void free_targets(node_target *targets, size_t count)
{
    for (size_t i = 0; targets && i < count; i++)
        free(targets[i].endpoints);
    free(targets);
}

static int command_node(int argc, char **argv)
{
    option_reader reader;
    int status = COMMAND_BROKEN;
    const size_t room = (size_t)argc + 1;
    arguments self = {
        .node = {.debounce_ns = DEBOUNCE_NS, .timeout_ns = TIMEOUT_NS, .attempt_delay_ns = ATTEMPT_DELAY_NS},
        .room = room,
        .listen = calloc(room, sizeof *self.listen),
        .targets = calloc(room, sizeof *self.targets),
        .contacts = calloc(room, sizeof *self.contacts),
        .files = calloc(room, sizeof *self.files)};
    live_node_options_default(&self.node.live);
    self.node.qlog_form = QLOG_CURRENT;
    roam_watchdog_options_default(&self.node.watchdog);
    roam_membership_options_default(&self.node.membership);
    option_reader_init(&reader, "roam node", rows, argc, argv);
    if (self.listen && self.targets && self.contacts && self.files)
        status = read_and_run(&self, &reader);
    free(self.listen);
    free_targets(self.targets, self.node.target_count);
    free_targets(self.contacts, self.node.contact_count);
    free(self.files);
    return status;
}

const command_row COMMAND_NODE = {
    .name = "node",
    .about = "run a node on this machine's UDP sockets",
    .function = command_node,
    .usage = "roam node --name NAME --key FILE [OPTION]...",
    .text = "Runs a node on UDP sockets of this machine. Lines of standard input go to every\n"
            "peer that is connected; lines of peers are printed after their name. Events are\n"
            "printed as JSON, one object a line.",
    .options = rows,
    .column = 20,
    .status = "0 done; 1 something was not delivered intact, or every peer refused\n"
              "it; 2 usage, or a bad key or pin file; 3 roam itself failed; 130 interrupted:\n"
              "the connections were closed first.",
};
