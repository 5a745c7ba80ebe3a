/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of an event. */
#include "sim/scenario/units.h"
#include "tools/witness/explain_story.h"

#include <inttypes.h>
#include <string.h>

typedef struct telling {
    const explain_run *run;
    const json_t *line;
    uint64_t at_ns;
    char *text;
    explain_tone *tone;
} telling;

static const char *word(const telling *self, const char *key)
{
    const char *const text = explain_text(self->line, key);
    return text ? text : "?";
}

/* ---- entries of the timeline ---- */

static void put_value(char *text, const char *key, const json_t *value)
{
    char quantity[UNITS_TEXT_MAX];
    const size_t len = strlen(key);
    const bool time = len > 3 && strcmp(key + len - 3, "_ns") == 0;
    if (json_is_string(value))
        explain_put(text, " %s", json_string_value(value));
    else if (json_is_integer(value) && time)
        explain_put(text, " %s", units_format(UNITS_DURATION, (uint64_t)json_integer_value(value), quantity));
    else if (json_is_integer(value) && strcmp(key, "loss_ppb") == 0)
        explain_put(text, " %s", units_format(UNITS_FRACTION, (uint64_t)json_integer_value(value), quantity));
    else if (json_is_integer(value))
        explain_put(text, " %" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_boolean(value))
        explain_put(text, " %s", json_is_true(value) ? "true" : "false");
    else if (json_is_array(value))
        for (size_t i = 0; i < json_array_size(value); i++)
            put_value(text, "", json_array_get(value, i));
}

static bool is_subject(const char *key)
{
    static const char *const KEYS[] = {"at_ns", "event", "verb",    "ends", "node",
                                       "to",    "nat",   "network", "via",  "say"};
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++)
        if (strcmp(key, KEYS[i]) == 0)
            return true;
    return false;
}

/* "timeline: detach laptop, network wifi": as the scenario's entry reads. */
static void tell_timeline(const telling *self)
{
    static const char *const SUBJECTS[] = {"nat", "node", "network", "say"};
    const char *subject = NULL;
    size_t chosen = 0;
    const char *key;
    json_t *value;
    for (size_t i = 0; !subject && i < sizeof SUBJECTS / sizeof *SUBJECTS; i++)
        if ((subject = explain_text(self->line, SUBJECTS[i])) != NULL)
            chosen = i;
    explain_put(self->text, "timeline: %s %s", word(self, "verb"), subject ? subject : "");
    if (explain_text(self->line, "to"))
        explain_put(self->text, " -> %s", word(self, "to"));
    if (explain_text(self->line, "ends"))
        explain_put(self->text, ", the end of its %s", word(self, "ends"));
    if (chosen != 2 && explain_text(self->line, "network"))
        explain_put(self->text, ", network %s", word(self, "network"));
    if (explain_text(self->line, "via"))
        explain_put(self->text, ", via %s", word(self, "via"));
    json_object_foreach((json_t *)self->line, key, value)
    {
        const size_t len = strlen(key);
        const int shown = (int)(len > 3 && strcmp(key + len - 3, "_ns") == 0 ? len - 3 : len);
        if (is_subject(key) || strcmp(key, word(self, "verb")) == 0)
            continue;
        explain_put(self->text, ", %.*s", shown, key);
        if (strcmp(key, "change") == 0 && json_is_string(value) &&
            strcmp(json_string_value(value), "both") == 0)
            explain_put(self->text, " address and port");
        else
            put_value(self->text, key, value);
    }
    if (strcmp(word(self, "verb"), "stage") == 0)
        explain_put(self->text, ", for its next migration");
}

/* ---- what the endpoints say ---- */

static const char *network_of(const telling *self, const char *key)
{
    const roam_addr addr = explain_addr(self->line, key);
    const explain_place place = explain_run_owner(self->run, &addr, self->at_ns);
    return place == EXPLAIN_NONE ? NULL : self->run->networks[place % self->run->network_count].name;
}

/* The label of the call's migration: "move", or "call 3" without one. */
static void put_label(const telling *self)
{
    const explain_event *const requested = explain_run_call(self->run, self->line);
    const char *const label = requested ? explain_text(requested->line, "as") : NULL;
    if (label)
        explain_put(self->text, "%s", label);
    else
        explain_put(self->text, "call %" PRIu64, explain_count(self->line, "call", 0));
}

static void tell_requested(const telling *self)
{
    char quantity[UNITS_TEXT_MAX];
    const char *const network = network_of(self, "local");
    explain_put(self->text, "%s calls migrate \"", word(self, "node"));
    put_label(self);
    explain_put(self->text, "\": to %s, timeout %s", network ? network : "a new port",
                units_format(UNITS_DURATION, explain_count(self->line, "timeout_ns", 0), quantity));
}

static void tell_done(const telling *self)
{
    char time[EXPLAIN_TEXT_MAX];
    const char *const result = word(self, "result");
    explain_put(self->text, "migrate \"");
    put_label(self);
    explain_put(self->text, "\" returns %s", result);
    if (explain_text(self->line, "detail"))
        explain_put(self->text, " (%s)", word(self, "detail"));
    explain_put(self->text, " after %s", explain_time(explain_count(self->line, "took_ns", 0), time));
    *self->tone = strcmp(result, "ok") == 0 ? EXPLAIN_GOOD : EXPLAIN_BAD;
}

static void tell_dropped(const telling *self)
{
    explain_put(self->text, "migrate \"");
    put_label(self);
    explain_put(self->text, "\" does not return: its node was restarted");
    *self->tone = EXPLAIN_BAD;
}

static void tell_up(const telling *self)
{
    explain_put(self->text, "%s: peer_up: %s", word(self, "node"), word(self, "peer"));
    *self->tone = EXPLAIN_GOOD;
}

static void tell_down(const telling *self)
{
    explain_put(self->text, "%s: peer_down: %s, %s", word(self, "node"), word(self, "peer"),
                word(self, "reason"));
    *self->tone = EXPLAIN_BAD;
}

/* The end of the path that changed: the local one of the node that moved, else the remote one. */
static void tell_path(const telling *self)
{
    const char *const network = network_of(self, "local");
    const bool moved = strcmp(word(self, "local"), word(self, "old_local")) != 0;
    explain_put(self->text, "%s: path_changed: now %s %s", word(self, "node"), moved ? "from" : "to",
                word(self, moved ? "local" : "remote"));
    if (moved && network)
        explain_put(self->text, " (%s)", network);
}

static void tell_rebound(const telling *self)
{
    explain_put(self->text, "%s: rebound: %s is at %s now", word(self, "node"), word(self, "peer"),
                word(self, "new_remote"));
    explain_put(self->text,
                json_is_true(json_object_get(self->line, "validated")) ? ", validated" : ", not validated");
}

static void tell_validated(const telling *self)
{
    put_label(self);
    explain_put(self->text, ": the peer has validated the new address too");
}

static void tell_nat(const telling *self)
{
    const uint64_t bindings = explain_count(self->line, "bindings", 0);
    const uint64_t kept = explain_count(self->line, "kept", 0);
    const char *const name = word(self, "event");
    const char *const done = strcmp(name, "nat_shuffled") == 0 ? "moved" : "forgotten";
    explain_put(self->text, "%s: %" PRIu64 " %s %s", word(self, "nat"), bindings,
                bindings == 1 ? "binding" : "bindings", done);
    if (kept > 0)
        explain_put(self->text, ", %" PRIu64 " kept", kept);
}

static void tell_refused(const telling *self)
{
    explain_put(self->text, "refused: %s", word(self, "verb"));
    if (explain_text(self->line, "node"))
        explain_put(self->text, " %s", word(self, "node"));
    if (explain_text(self->line, "to"))
        explain_put(self->text, " -> %s", word(self, "to"));
    explain_put(self->text, ": %s (line %" PRIu64 ")", word(self, "status"),
                explain_count(self->line, "line", 0));
    *self->tone = EXPLAIN_BAD;
}

static void tell_nothing(const telling *self)
{
    (void)self;
}

/* An event that is not here is told by its name. Nothing: its packets tell it, or another event. */
static const struct {
    const char *name;
    void (*tell)(const telling *self);
} KINDS[] = {
    {"timeline", tell_timeline},
    {"migration_requested", tell_requested},
    {"migration_done", tell_done},
    {"migration_dropped", tell_dropped},
    {"peer_up", tell_up},
    {"peer_down", tell_down},
    {"path_changed", tell_path},
    {"rebound", tell_rebound},
    {"peer_validated", tell_validated},
    {"nat_shuffled", tell_nat},
    {"nat_expired", tell_nat},
    {"nat_restarted", tell_nat},
    {"refused", tell_refused},
    {"challenge_sent", tell_nothing},
    {"challenge_received", tell_nothing},
    {"response_sent", tell_nothing},
    {"response_received", tell_nothing},
    {"first_payload_up", tell_nothing},
    {"first_payload_down", tell_nothing},
    {"key_pinned", tell_nothing},
};

const char *explain_event_text(const explain_run *run, const explain_event *event, char *text,
                               explain_tone *tone)
{
    const telling self = {run, event->line, event->at_ns, text, tone};
    *tone = EXPLAIN_PLAIN;
    text[0] = '\0';
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(event->name, KINDS[i].name) == 0) {
            KINDS[i].tell(&self);
            return text;
        }
    if (explain_text(event->line, "node"))
        explain_put(text, "%s: ", explain_text(event->line, "node"));
    explain_put(text, "%s", event->name);
    return text;
}

static bool is_nothing(const explain_event *event)
{
    const char *const verb = explain_text(event->line, "verb");
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strcmp(event->name, KINDS[i].name) == 0 && KINDS[i].tell == tell_nothing)
            return true;
    return strcmp(event->name, "timeline") == 0 && verb &&
           strcmp(verb, "migrate") == 0; /* its calls are told */
}

/* A node of the pair, or one that may stand between them. */
static bool is_of(const explain_run *run, const explain_section *section, const json_t *line, const char *key)
{
    const uint32_t node = explain_run_node(run, explain_text(line, key));
    return node == EXPLAIN_NONE || node == section->client || node == section->server ||
           run->nodes[node].relay_to != EXPLAIN_NONE || run->nodes[node].attacker;
}

/* The section's connection that a call migrates. */
static bool is_call_of(const explain_run *run, const explain_section *section, const json_t *line)
{
    const explain_event *const requested = explain_run_call(run, line);
    return !requested ||
           (is_of(run, section, requested->line, "node") && is_of(run, section, requested->line, "to"));
}

/* A NAT on the way of one of the two nodes. */
static bool is_behind(const explain_run *run, const explain_section *section, const char *name)
{
    for (size_t i = 0; i < run->address_count; i++) {
        const explain_place place = run->addresses[i].place;
        const uint32_t node = place / (uint32_t)run->network_count;
        uint32_t nat = run->networks[place % run->network_count].nat;
        for (; (node == section->client || node == section->server) && nat != EXPLAIN_NONE;
             nat = run->nats[nat].behind)
            if (strcmp(run->nats[nat].name, name) == 0)
                return true;
    }
    return false;
}

/* What happens to a NAT concerns the nodes behind it, or the one whose bindings are meant. */
static bool is_nat_of(const explain_run *run, const explain_section *section, const explain_event *event)
{
    const char *const nat = explain_text(event->line, "nat");
    const roam_addr subscriber = explain_addr(event->line, "subscriber");
    if (!nat)
        return true;
    const explain_place owner = explain_run_owner(run, &subscriber, event->at_ns);
    if (owner == EXPLAIN_NONE)
        return is_behind(run, section, nat);
    const uint32_t node = owner / (uint32_t)run->network_count;
    return node == section->client || node == section->server;
}

bool explain_event_matters(const explain_run *run, const explain_section *section, const explain_event *event)
{
    const json_t *const line = event->line;
    return !is_nothing(event) && is_of(run, section, line, "node") && is_of(run, section, line, "to") &&
           is_of(run, section, line, "peer") && is_call_of(run, section, line) &&
           is_nat_of(run, section, event);
}
