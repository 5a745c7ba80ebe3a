/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said of an event. */
#include "sim/scenario/units.h"
#include "tools/witness/explain_story.h"

#include <inttypes.h>
#include <string.h>

enum { BINDINGS_TOLD = 3, HOPS_LOOKED_AT = 20000 };

typedef struct telling {
    const explain_trace *trace;
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

static const char *shuffle_words(const telling *self)
{
    static const char *const WORDS[][2] = {{"port", "get another port"},
                                           {"address", "get another address"},
                                           {"both", "get another address and port"},
                                           {"back", "go back to what they were"}};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strcmp(word(self, "change"), WORDS[i][0]) == 0)
            return WORDS[i][1];
    return "change";
}

static void tell_shuffle(const telling *self)
{
    const json_t *const of = json_object_get(self->line, "of");
    const bool all = json_is_string(of) && strcmp(json_string_value(of), "all") == 0;
    explain_put(self->text, "timeline: shuffle %s: %s", word(self, "nat"),
                all  ? "all"
                : of ? "bindings of"
                     : "bindings");
    if (of && !all)
        put_value(self->text, "of", of);
    explain_put(self->text, " %s", shuffle_words(self));
    if (json_object_get(self->line, "over_ns")) {
        explain_put(self->text, ", one after the other in");
        put_value(self->text, "over_ns", json_object_get(self->line, "over_ns"));
    }
}

/* "timeline: detach laptop, network wifi": as the scenario's entry reads. */
static void tell_timeline(const telling *self)
{
    static const char *const SUBJECTS[] = {"nat", "node", "network", "say"};
    const char *subject = NULL;
    size_t chosen = 0;
    const char *key;
    json_t *value;
    if (strcmp(word(self, "verb"), "shuffle") == 0) {
        tell_shuffle(self);
        return;
    }
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
        put_value(self->text, key, value);
    }
    if (strcmp(word(self, "verb"), "stage") == 0)
        explain_put(self->text, " (for migrate)");
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

/* The path of the call's first challenge. EXPLAIN_NONE: none left. */
static uint32_t path_of_call(const telling *self, uint64_t timeout_ns)
{
    const explain_trace *const trace = self->trace;
    const uint32_t node = explain_run_node(self->run, word(self, "node"));
    for (size_t i = explain_hop_at(trace, self->at_ns);
         i < trace->hop_count && trace->hops[i].sent_ns - self->at_ns <= timeout_ns; i++) {
        const explain_hop *const hop = &trace->hops[i];
        const explain_datagram *const datagram = &trace->datagrams[hop->datagram];
        if (!hop->onward && !hop->forged && hop->path != EXPLAIN_NONE && datagram->sender == DISSECT_CLIENT &&
            hop->from / self->run->network_count == node &&
            explain_holds(trace, datagram, DISSECT_PATH_CHALLENGE))
            return hop->path;
    }
    return EXPLAIN_NONE;
}

static void tell_requested(const telling *self)
{
    char name[EXPLAIN_TEXT_MAX];
    const char *const network = network_of(self, "local");
    const char *const said = explain_text(explain_run_migration(self->run, self->line), "trigger");
    const char *const trigger = said ? said : "";
    const uint32_t path = path_of_call(self, explain_count(self->line, "timeout_ns", 0));
    explain_put(self->text, "%s%s%s calls migrate \"", trigger, *trigger ? ": " : "", word(self, "node"));
    put_label(self);
    explain_put(self->text, "\" to %s",
                path != EXPLAIN_NONE ? explain_path_name(self->trace, path, name)
                : network            ? network
                                     : "a new port");
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

/* Reconnects have labels and numbers of their own. */
static void put_reconnect(const telling *self)
{
    const char *const label = explain_text(self->line, "as");
    if (label)
        explain_put(self->text, "reconnect \"%s\"", label);
    else
        explain_put(self->text, "reconnect \"call %" PRIu64 "\"", explain_count(self->line, "reconnect", 0));
}

static void tell_reconnects(const telling *self)
{
    explain_put(self->text, "timeline: %s calls ", word(self, "node"));
    put_reconnect(self);
}

static void tell_reconnected(const telling *self)
{
    char time[EXPLAIN_TEXT_MAX];
    const char *const result = word(self, "result");
    const uint64_t call = explain_count(self->line, "reconnect", 0);
    put_reconnect(self);
    explain_put(self->text, " returns %s", result);
    for (size_t i = 0; i < self->run->event_count; i++) {
        const explain_event *const event = &self->run->events[i];
        if (strcmp(event->name, "reconnect_requested") == 0 &&
            explain_count(event->line, "reconnect", EXPLAIN_NEVER) == call)
            explain_put(self->text, " after %s", explain_time(self->at_ns - event->at_ns, time));
    }
    *self->tone = strcmp(result, "ok") == 0 ? EXPLAIN_GOOD : EXPLAIN_BAD;
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

/* Of the node's latest call: whether it has had an answer. False: it has called nothing yet. */
static bool latest_call(const telling *self, bool *answered)
{
    uint64_t call = EXPLAIN_NEVER;
    *answered = false;
    for (size_t i = 0; i < self->run->event_count && self->run->events[i].at_ns <= self->at_ns; i++) {
        const explain_event *const event = &self->run->events[i];
        const char *const node = explain_text(event->line, "node");
        const uint64_t of = explain_count(event->line, "call", EXPLAIN_NEVER);
        if (strcmp(event->name, "migration_requested") == 0 && node &&
            strcmp(node, word(self, "node")) == 0) {
            call = of;
            *answered = false;
        } else if (call != EXPLAIN_NEVER && of == call && strcmp(event->name, "response_received") == 0)
            *answered = true;
    }
    return call != EXPLAIN_NEVER;
}

static void put_cause(const telling *self, bool moved)
{
    const uint32_t node = explain_run_node(self->run, word(self, "node"));
    const roam_addr before = explain_addr(self->line, "old_local");
    bool answered;
    if (moved && latest_call(self, &answered) && answered)
        explain_put(self->text, ": path validated");
    else if (moved && explain_run_owner(self->run, &before, self->at_ns) == EXPLAIN_NONE)
        explain_put(self->text, ", the old path is dead");
    else if (!moved && node != EXPLAIN_NONE && self->run->nodes[node].listens)
        explain_put(self->text, ": follows (9.3)");
}

/* The end of the path that changed: the local one of the node that moved, else the remote one. */
static void tell_path(const telling *self)
{
    const bool moved = strcmp(word(self, "local"), word(self, "old_local")) != 0;
    explain_put(self->text, "%s: path_changed to %s", word(self, "node"),
                word(self, moved ? "local" : "remote"));
    put_cause(self, moved);
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

static bool is_behind_nat(const explain_run *run, explain_place place, const char *name)
{
    uint32_t nat = place == EXPLAIN_NONE ? EXPLAIN_NONE : run->networks[place % run->network_count].nat;
    for (; nat != EXPLAIN_NONE; nat = run->nats[nat].behind)
        if (strcmp(run->nats[nat].name, name) == 0)
            return true;
    return false;
}

/* The address from which the path's datagrams come that leave from that time on, or left before; NULL: none
 * of those near it arrived. */
static const roam_addr *outside_of(const telling *self, uint32_t path, bool before, const roam_addr *other)
{
    const explain_trace *const trace = self->trace;
    const size_t at = explain_hop_at(trace, self->at_ns);
    const size_t most = before ? at : trace->hop_count - at;
    for (size_t i = 0; i < most && i < HOPS_LOOKED_AT; i++) {
        const explain_hop *const hop = &trace->hops[before ? at - 1 - i : at + i];
        const explain_hop *const last = explain_last_hop(trace, hop);
        if (hop->path == path && !hop->onward && last->arrived &&
            trace->datagrams[hop->datagram].sender == DISSECT_CLIENT &&
            !(other && roam_addr_equal(other, &last->seen_source)))
            return &last->seen_source;
    }
    return NULL;
}

/* "laptop's binding 198.51.100.0:40000 -> 198.51.100.0:53255", of each path that shows it. */
static size_t tell_bindings(const telling *self)
{
    char from[ROAM_ADDR_STRING_MAX];
    char to[ROAM_ADDR_STRING_MAX];
    size_t told = 0;
    for (uint32_t i = 0; i < self->trace->path_count && told < BINDINGS_TOLD; i++) {
        const explain_place place = self->trace->paths[i].place;
        if (!is_behind_nat(self->run, place, word(self, "nat")))
            continue;
        const roam_addr *const after = outside_of(self, i, false, NULL);
        const roam_addr *const before = after ? outside_of(self, i, true, after) : NULL;
        if (before)
            explain_put(self->text, "%s %s's binding %s -> %s", told++ > 0 ? "," : ":",
                        self->run->nodes[place / self->run->network_count].name,
                        roam_addr_format(before, from), roam_addr_format(after, to));
    }
    return told;
}

static void tell_nat(const telling *self)
{
    const uint64_t bindings = explain_count(self->line, "bindings", 0);
    const uint64_t kept = explain_count(self->line, "kept", 0);
    const char *const name = word(self, "event");
    const char *const done = strcmp(name, "nat_shuffled") == 0 ? "moved"
                             : strcmp(name, "nat_stale") == 0  ? "stale"
                                                               : "forgotten";
    explain_put(self->text, "%s", word(self, "nat"));
    const size_t told = strcmp(name, "nat_shuffled") == 0 ? tell_bindings(self) : 0;
    if (told < bindings || told == 0)
        explain_put(self->text, "%s %" PRIu64 " %s %s", told > 0 ? ";" : ":", bindings,
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

static void tell_rule(const telling *self)
{
    const char *const verdict = explain_text(self->line, "verdict");
    const uint64_t packet = explain_count(self->line, "packet", EXPLAIN_NEVER);
    const bool broken = verdict ? strcmp(verdict, "broken") == 0 : strcmp(word(self, "level"), "MAY") != 0;
    const char *const dash = strchr(word(self, "id"), '-');
    explain_put(self->text, "NOTE: %s %s %s (%s, %s)", word(self, "node"), broken ? "breaks" : "declines",
                word(self, "rule"), word(self, "level"), dash ? dash + 1 : word(self, "id"));
    if (packet != EXPLAIN_NEVER)
        explain_put(self->text, ": %c#%" PRIu64, word(self, "side")[0], packet);
    if (broken)
        explain_put(self->text, ": %s", word(self, "text"));
    *self->tone = broken ? EXPLAIN_BAD : EXPLAIN_DIM;
}

static void tell_log(const telling *self)
{
    if (explain_text(self->line, "text"))
        explain_put(self->text, "%s says: %s", word(self, "node"), word(self, "text"));
    else
        explain_put(self->text, "%s says more, which was not kept", word(self, "node"));
}

static void tell_icmp(const telling *self)
{
    const uint64_t taken = explain_count(self->line, "taken", 0);
    explain_put(self->text, "%s: ICMP %s from %s, %s", word(self, "node"), word(self, "kind"),
                word(self, "from"), taken > 0 ? "taken" : "ignored");
}

static void tell_background(const telling *self)
{
    const uint64_t sent = explain_count(self->line, "sent", EXPLAIN_NEVER);
    explain_put(self->text, "%s: %s background %s", word(self, "network"), word(self, "pattern"),
                word(self, "direction"));
    if (sent == EXPLAIN_NEVER)
        explain_put(self->text, " begins, %" PRIu64 " bps", explain_count(self->line, "rate_bps", 0));
    else
        explain_put(self->text, " is over: %" PRIu64 " packets, %" PRIu64 " dropped", sent,
                    explain_count(self->line, "dropped", 0));
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
    {"reconnect_requested", tell_reconnects},
    {"reconnect_dials", tell_nothing},
    {"reconnect_done", tell_reconnected},
    {"peer_up", tell_up},
    {"peer_down", tell_down},
    {"path_changed", tell_path},
    {"rebound", tell_rebound},
    {"peer_validated", tell_validated},
    {"nat_shuffled", tell_nat},
    {"nat_expired", tell_nat},
    {"nat_restarted", tell_nat},
    {"nat_stale", tell_nat},
    {"refused", tell_refused},
    {"endpoint_log", tell_log},
    {"icmp", tell_icmp},
    {"background", tell_background},
    {"background_over", tell_background},
    {EXPLAIN_RULE, tell_rule},
    {"challenge_sent", tell_nothing},
    {"challenge_received", tell_nothing},
    {"response_sent", tell_nothing},
    {"response_received", tell_nothing},
    {"first_payload_up", tell_nothing},
    {"first_payload_down", tell_nothing},
    {"key_pinned", tell_nothing},
};

const char *explain_event_text(const explain_trace *trace, const explain_event *event, char *text,
                               explain_tone *tone)
{
    const telling self = {trace, trace->run, event->line, event->at_ns, text, tone};
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
           (strcmp(verb, "migrate") == 0 || strcmp(verb, "reconnect") == 0); /* their calls are told */
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
