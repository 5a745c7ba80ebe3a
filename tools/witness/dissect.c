/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"
#include "tools/cli/options.h"
#include "tools/witness/findings.h"

static const char help_text[] =
    "usage: roam dissect [--keys FILE] [--json] CAPTURE\n"
    "\n"
    "Reads a capture of whatever program (pcapng or pcap; - is standard input) and prints its\n"
    "QUIC connections: addresses, version, times of the handshake, paths, and how the client\n"
    "came from one path to the next, with the times of validation. TLS secrets come from the\n"
    "capture (Decryption Secrets Blocks) and from FILE. What cannot be read is counted.\n"
    "\n"
    "  --keys FILE  a key log, as SSLKEYLOGFILE makes it\n"
    "  --json       for programs\n"
    "  --help       this text\n"
    "\n"
    "Exit status: 0 the capture was read; 2 usage, or the file is no capture; 3 it could not\n"
    "be read to its end.\n";

enum { OPTION_KEYS, OPTION_JSON, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_KEYS] = {"keys", "FILE"},
    [OPTION_JSON] = {"json", NULL},
    [OPTION_HELP] = {"help", NULL},
    {NULL, NULL},
};

typedef struct arguments {
    const char *capture, *keys;
    bool json, help;
} arguments;

static int parse(int argc, char **argv, arguments *out)
{
    option_reader reader;
    int row;
    option_reader_init(&reader, "roam dissect", rows, argc, argv);
    while ((row = option_next(&reader)) != OPTION_END) {
        if (row == OPTION_INVALID)
            return COMMAND_USAGE;
        if (row == OPTION_KEYS)
            out->keys = reader.value;
        out->json |= row == OPTION_JSON;
        out->help |= row == OPTION_HELP;
    }
    if (out->help || reader.operands == 1) {
        out->capture = argv[1];
        return COMMAND_OK;
    }
    (void)fprintf(stderr, "roam dissect: %s; see roam dissect --help\n",
                  reader.operands == 0 ? "a capture is missing" : "takes one capture");
    return COMMAND_USAGE;
}

static int fail(const char *what, const char *why, int status)
{
    (void)fprintf(stderr, "roam dissect: %s%s%s\n", what, why ? ": " : "", why ? why : "");
    return status;
}

static int read_all(sightings *from, connections *all, findings *found)
{
    sighting seen;
    int status;
    while ((status = sightings_next(from, &seen)) == 1) {
        if (found->first_ns == CONNECTION_NEVER)
            found->first_ns = seen.time_ns;
        found->last_ns = seen.time_ns;
        connections_add(all, &seen);
    }
    if (status < 0)
        return fail(found->path, capture_strerror(status), COMMAND_BROKEN);
    if (all->failed)
        return fail(found->path, "out of memory", COMMAND_BROKEN);
    return COMMAND_OK;
}

int command_dissect(int argc, char **argv)
{
    char message[SIGHTINGS_MESSAGE_MAX];
    arguments given = {.capture = NULL};
    connections all = {.items = NULL};
    sightings *from = NULL;
    int status = parse(argc, argv, &given);
    if (status != COMMAND_OK || given.help) {
        if (status == COMMAND_OK)
            (void)fputs(help_text, stdout);
        return status;
    }
    status = sightings_open(given.capture, given.keys, &from, message);
    if (status != COMMAND_OK)
        return fail(message, NULL, status);
    findings found = {.path = given.capture, .seen = from, .all = &all, .first_ns = CONNECTION_NEVER};
    status = read_all(from, &all, &found);
    if (status == COMMAND_OK &&
        !(given.json ? findings_print_json(&found, stdout) : findings_print(&found, stdout)))
        status = fail(given.capture, "out of memory", COMMAND_BROKEN);
    connections_fini(&all);
    sightings_close(from);
    return status;
}
