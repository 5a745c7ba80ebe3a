/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/requirements.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/witness/findings.h"
#include "tools/witness/rule_words.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPTION_KEYS, OPTION_AT, OPTION_RULES, OPTION_EXCEPT, OPTION_JSON, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_KEYS] = {.name = "keys",
                     .value = "FILE",
                     .kind = VALUE_FILE,
                     .help = "a key log, as SSLKEYLOGFILE makes it"},
    [OPTION_AT] = {.name = "at",
                   .value = "PLACE",
                   .kind = VALUE_WORD,
                   .help = "the capture was made at the host of the client, the server, or both",
                   .words = {.choices = "client|server|both"}},
    [OPTION_RULES] = {.name = "rules",
                      .help = "the rules that hold, too, with how often they could have been broken"},
    [OPTION_EXCEPT] = {.name = "except",
                       .value = "RULE",
                       .kind = VALUE_WORD,
                       .help = "to break it is no failure: a rule (challenge-padded), or all that check a\n"
                               "requirement (rfc9000-8.2.1-3); may be given several times",
                       .words = {.list = rule_words}},
    [OPTION_JSON] = {.name = "json", .help = "for programs"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

typedef struct arguments {
    const char *capture, *keys;
    verdicts_at at;
    bool excepted[RULES_COUNT];
    bool json, rules, help;
} arguments;

/* ---- the names that options take ---- */

static const char *next_place(const void *ctx, size_t index)
{
    static const char *const names[] = {[VERDICTS_AT_CLIENT - 1] = "client",
                                        [VERDICTS_AT_SERVER - 1] = "server",
                                        [VERDICTS_AT_BOTH - 1] = "both"};
    (void)ctx;
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

/* Rules, and then the requirements that rules check. */
static const char *next_rule(const void *ctx, size_t index)
{
    (void)ctx;
    if (index < RULES_COUNT)
        return rules_name((rules_rule)index);
    size_t left = index - RULES_COUNT;
    for (size_t i = 0; i < requirement_count(); i++)
        if (requirement_at(i)->standing == REQUIREMENT_CHECKED && left-- == 0)
            return requirement_at(i)->id;
    return NULL;
}

static bool complain(const char *what, const char *word, const char *(*next)(const void *ctx, size_t index))
{
    const char *const nearest = option_nearest(word, next, NULL);
    (void)fprintf(stderr, "roam dissect: there is no %s '%s'%s%s%s\n", what, word,
                  nearest ? "; did you mean '" : "; see roam dissect --help", nearest ? nearest : "",
                  nearest ? "'?" : "");
    return false;
}

static bool read_place(const char *word, verdicts_at *out)
{
    for (size_t i = 0; next_place(NULL, i); i++)
        if (strcmp(next_place(NULL, i), word) == 0) {
            *out = (verdicts_at)(i + 1);
            return true;
        }
    return complain("place", word, next_place);
}

static bool except(const char *word, bool excepted[RULES_COUNT])
{
    const requirement *const of = requirement_find(word);
    bool any = false;
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++)
        if (of ? requirement_names(of, rules_name(rule)) : strcmp(rules_name(rule), word) == 0)
            any = excepted[rule] = true;
    return any || complain(of ? "rule for" : "rule or requirement", word, next_rule);
}

static bool take_option(int row, const char *value, arguments *out)
{
    switch (row) {
    case OPTION_KEYS:
        out->keys = value;
        return true;
    case OPTION_AT:
        return read_place(value, &out->at);
    case OPTION_EXCEPT:
        return except(value, out->excepted);
    case OPTION_RULES:
        out->rules = true;
        return true;
    case OPTION_JSON:
        out->json = true;
        return true;
    case OPTION_HELP:
        out->help = true;
        return true;
    default:
        return false;
    }
}

static int parse(int argc, char **argv, arguments *out)
{
    option_reader reader;
    int row;
    option_reader_init(&reader, "roam dissect", rows, argc, argv);
    while ((row = option_next(&reader)) != OPTION_END)
        if (!take_option(row, reader.value, out))
            return COMMAND_USAGE;
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

/* How much of a long file is read, on a terminal. */
typedef struct progress {
    uint64_t size; /* of the file, in bytes; 0: nothing is told */
    uint64_t datagrams;
    bool told;
} progress;

static progress progress_of(const char *path)
{
    enum { LONG = 1 << 26 };
    struct stat about;
    const bool is_long = stat(path, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > LONG;
    return (progress){.size = is_long && isatty(STDERR_FILENO) ? (uint64_t)about.st_size : 0};
}

static void tell_progress(progress *self, const sightings *from)
{
    enum { EVERY = 1 << 14, PERCENT = 100 };
    sightings_counts counts;
    if (self->size == 0 || ++self->datagrams % EVERY != 0)
        return;
    sightings_count(from, &counts);
    (void)fprintf(stderr, "\r%3" PRIu64 " %% read", counts.capture.bytes * PERCENT / self->size);
    self->told = true;
}

static void clear_progress(const progress *self)
{
    if (self->told)
        (void)fputs("\r\033[K", stderr);
}

static int read_all(sightings *from, connections *all, verdicts *judges, findings *found)
{
    progress done = progress_of(found->path);
    sighting seen;
    int status;
    while ((status = sightings_next(from, &seen)) == 1) {
        tell_progress(&done, from);
        if (found->first_ns == CONNECTION_NEVER)
            found->first_ns = seen.time_ns;
        found->last_ns = seen.time_ns;
        connections_add(all, &seen);
        verdicts_take(judges, from, &seen);
    }
    clear_progress(&done);
    if (status < 0)
        return fail(found->path, capture_strerror(status), COMMAND_BROKEN);
    if (all->failed || verdicts_finish(judges) != 0)
        return fail(found->path, "out of memory", COMMAND_BROKEN);
    return COMMAND_OK;
}

static int dissect_capture(const arguments *given, sightings *from)
{
    connections all = {.items = NULL};
    verdicts *judges = NULL;
    if (verdicts_new(given->at, &judges) != 0)
        return fail(given->capture, "out of memory", COMMAND_BROKEN);
    findings found = {.path = given->capture,
                      .seen = from,
                      .all = &all,
                      .verdicts = judges,
                      .all_rules = given->rules,
                      .first_ns = CONNECTION_NEVER};
    memcpy(found.excepted, given->excepted, sizeof found.excepted);
    int status = read_all(from, &all, judges, &found);
    if (status == COMMAND_OK &&
        !(given->json ? findings_print_json(&found, stdout) : findings_print(&found, stdout)))
        status = fail(given->capture, "out of memory", COMMAND_BROKEN);
    if (status == COMMAND_OK && findings_broken(&found))
        status = COMMAND_FAILED;
    connections_fini(&all);
    verdicts_free(judges);
    return status;
}

static int command_dissect(int argc, char **argv)
{
    char message[SIGHTINGS_MESSAGE_MAX];
    arguments given = {.capture = NULL};
    sightings *from = NULL;
    int status = parse(argc, argv, &given);
    if (status != COMMAND_OK || given.help) {
        if (status == COMMAND_OK)
            help_print(&COMMAND_DISSECT, stdout);
        return status;
    }
    status = sightings_open(given.capture, given.keys, &from, message);
    if (status != COMMAND_OK)
        return fail(message, NULL, status);
    status = dissect_capture(&given, from);
    sightings_close(from);
    return status;
}

const command_row COMMAND_DISSECT = {
    .name = "dissect",
    .about = "print connections and migrations of a capture",
    .function = command_dissect,
    .usage = "roam dissect [OPTION]... CAPTURE",
    .text = "Reads a capture of whatever program (pcapng or pcap; - is standard input) and prints its\n"
            "QUIC connections: addresses, version, times of the handshake, paths, how the client came\n"
            "from one path to the next, with the times of validation, and which rules of RFC 9000 the\n"
            "endpoints broke. TLS secrets come from the capture (Decryption Secrets Blocks) and from\n"
            "FILE. What cannot be read is counted.\n"
            "\n"
            "An endpoint is judged by all rules where the capture was made at its host, which the\n"
            "direction of packets shows, or a loopback address, or --at. One elsewhere is judged by the\n"
            "rules alone that look at a single datagram: what was lost on the way to it is not known.",
    .options = rows,
    .column = 17,
    .status = "0 the capture was read; 1 a rule that is a MUST or a SHOULD is broken;\n"
              "2 usage, or the file is no capture; 3 it could not be read to its end.",
    .operands = {{.kind = VALUE_FILE}},
    .operand_count = 1,
};
