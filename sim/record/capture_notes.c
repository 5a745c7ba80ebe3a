/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/capture_notes.h"

#include "core/hash.h"
#include "sim/record/capture_words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SENT_MAX = 4096 }; /* datagrams that left last; an older one is dropped without its packet number */

/* A datagram that left. */
typedef struct sent_datagram {
    uint64_t payload; /* hash */
    uint64_t sent_ns;
    uint64_t number; /* of its last packet that was read */
    dissect_packet_type type;
    bool read;
} sent_datagram;

typedef struct host_address {
    roam_addr addr; /* port 0; ROAM_FAMILY_NONE: it is gone */
    uint32_t node;
} host_address;

typedef struct migrate_call {
    const scenario_event *event; /* NULL: not called */
    uint32_t to;
} migrate_call;

typedef struct host_notes {
    capture_text waiting;
    bool seen; /* it has had a packet */
} host_notes;

struct capture_notes {
    const scenario *scenario;
    capture_text waiting; /* for packets.pcapng */
    host_notes *hosts;    /* by node */
    host_address *addresses;
    size_t address_count;
    migrate_call *calls; /* by number */
    size_t call_count;
    size_t sent_count;            /* of all */
    bool failed;                  /* out of memory */
    sent_datagram sent[SENT_MAX]; /* a ring */
};

capture_notes *capture_notes_new(const scenario *whole)
{
    capture_notes *const self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->scenario = whole;
    self->hosts = calloc(whole->node_count + 1, sizeof *self->hosts);
    if (self->hosts)
        return self;
    free(self);
    return NULL;
}

void capture_notes_free(capture_notes *self)
{
    if (!self)
        return;
    for (size_t i = 0; i < self->scenario->node_count; i++)
        capture_text_fini(&self->hosts[i].waiting);
    capture_text_fini(&self->waiting);
    free(self->addresses);
    free(self->calls);
    free(self->hosts);
    free(self);
}

/* ---- lines ---- */

/* What a line is about: two nodes, each of which may be SCENARIO_NONE. */
typedef struct about {
    uint32_t node, other;
    bool all; /* every host */
} about;

/* Of an event of the timeline, which is about every host when it names none. */
static about about_event(uint32_t node, uint32_t to)
{
    return (about){node, to, node == SCENARIO_NONE};
}

static void add_to_hosts(capture_notes *self, about who, const char *line)
{
    bool good = true;
    if (who.node != SCENARIO_NONE)
        good = capture_text_add(&self->hosts[who.node].waiting, "%s", line);
    if (good && who.other != SCENARIO_NONE && who.other != who.node)
        good = capture_text_add(&self->hosts[who.other].waiting, "%s", line);
    for (size_t i = 0; good && who.all && i < self->scenario->node_count; i++)
        if (self->hosts[i].seen)
            good = capture_text_add(&self->hosts[i].waiting, "%s", line);
    self->failed = self->failed || !good;
}

/* "timeline 5.2s: ..." */
static void put(capture_notes *self, about who, const char *word, uint64_t now_ns, const char *text)
{
    char at[CAPTURE_TIME_MAX];
    char line[CAPTURE_LINE_MAX];
    (void)snprintf(line, sizeof line, "%s%s: %.900s", word, capture_time(now_ns, at), text);
    if (!capture_text_add(&self->waiting, "%s", line))
        self->failed = true;
    add_to_hosts(self, who, line);
}

static const char *name_of(const capture_notes *self, uint32_t node)
{
    return node == SCENARIO_NONE ? "all" : self->scenario->nodes[node].name;
}

/* ---- events ---- */

static void on_timeline(void *ctx, const scenario_event *event, uint64_t now_ns)
{
    capture_notes *const self = ctx;
    char text[CAPTURE_LINE_MAX] = "";
    FILE *const stream = fmemopen(text, sizeof text, "w");
    if (!stream) {
        self->failed = true;
        return;
    }
    scenario_explain_event(self->scenario, event, stream);
    (void)fclose(stream);
    text[sizeof text - 1] = '\0';
    put(self, about_event(event->node, event->to), CAPTURE_TIMELINE, now_ns, text + strspn(text, " "));
}

static void on_refused(void *ctx, const observer_refused *refused, uint64_t now_ns)
{
    capture_notes *const self = ctx;
    char text[CAPTURE_LINE_MAX];
    (void)snprintf(
        text, sizeof text, "%s of line %u, %.250s%s%.250s: %s", scenario_verb_name(refused->verb),
        refused->place.line, name_of(self, refused->node), refused->to == SCENARIO_NONE ? "" : " -> ",
        refused->to == SCENARIO_NONE ? "" : name_of(self, refused->to), refusal_name(refused->why));
    put(self, about_event(refused->node, refused->to), CAPTURE_REFUSED, now_ns, text);
}

static void on_address(void *ctx, uint32_t node, uint32_t network, const roam_addr *addr, bool attached,
                       uint64_t now_ns)
{
    capture_notes *const self = ctx;
    const size_t count = self->address_count;
    (void)network;
    (void)now_ns;
    for (size_t i = 0; !attached && i < count; i++)
        if (self->addresses[i].node == node && roam_addr_equal(&self->addresses[i].addr, addr))
            self->addresses[i].addr.family = ROAM_FAMILY_NONE;
    if (!attached)
        return;
    if ((count & (count - 1)) == 0) { /* full: grown at each power of two */
        host_address *const grown = realloc(self->addresses, (count ? 2 * count : 1) * sizeof *grown);
        self->failed = self->failed || !grown;
        if (!grown)
            return;
        self->addresses = grown;
    }
    self->addresses[self->address_count++] = (host_address){*addr, node};
}

/* Of bindings of all, every host; else the one whose they are, if it is a host and not a NAT behind this one.
 */
static about about_subscriber(const capture_notes *self, const roam_addr *subscriber)
{
    about who = {SCENARIO_NONE, SCENARIO_NONE, !subscriber};
    for (size_t i = 0; subscriber && i < self->address_count; i++)
        if (roam_addr_equal(&self->addresses[i].addr, subscriber))
            who.node = self->addresses[i].node;
    return who;
}

static void on_nat(void *ctx, const observer_nat *told, uint64_t now_ns)
{
    static const char *const WHAT[OBSERVER_NAT_COUNT] = {[OBSERVER_NAT_SHUFFLED] = "moved",
                                                         [OBSERVER_NAT_EXPIRED] = "forgotten",
                                                         [OBSERVER_NAT_RESTARTED] = "lost with its restart",
                                                         [OBSERVER_NAT_STALE] = "stale"};
    capture_notes *const self = ctx;
    char text[CAPTURE_LINE_MAX];
    char addr[ROAM_ADDR_STRING_MAX] = "";
    if (!WHAT[told->kind])
        return;
    if (told->subscriber)
        (void)roam_addr_format(told->subscriber, addr);
    (void)snprintf(text, sizeof text, "%.500s, %" PRIu32 " binding%s%s%s %s",
                   self->scenario->nats[told->nat].name, told->bindings, told->bindings == 1 ? "" : "s",
                   addr[0] ? " of " : "", addr, WHAT[told->kind]);
    put(self, about_subscriber(self, told->subscriber), CAPTURE_NAT, now_ns, text);
}

static void on_core_event(void *ctx, uint32_t node, uint32_t other, const roam_event *event, uint64_t now_ns)
{
    capture_notes *const self = ctx;
    char text[CAPTURE_LINE_MAX];
    const char *detail = "";
    switch (event->kind) {
    case ROAM_EVENT_PEER_DOWN:
    case ROAM_EVENT_CHANNEL_DOWN:
        detail = roam_down_reason_name(event->down.reason);
        break;
    case ROAM_EVENT_REBOUND:
        detail = event->rebind->validated ? "validated" : "not validated";
        break;
    case ROAM_EVENT_PREFERRED_ADDRESS:
        detail = roam_result_name(event->preferred->result);
        break;
    case ROAM_EVENT_PEER_UP:
    case ROAM_EVENT_CHANNEL_UP:
    case ROAM_EVENT_PATH_CHANGED:
    case ROAM_EVENT_LEFT:
        break;
    case ROAM_EVENT_MIGRATION_DONE:
    case ROAM_EVENT_WRITABLE:
    case ROAM_EVENT_STREAM_WRITABLE:
    case ROAM_EVENT_KEY_PINNED:
        return;
    }
    (void)snprintf(text, sizeof text, "%.250s: %s, %.250s%s%s", name_of(self, node),
                   roam_event_name(event->kind), other == SCENARIO_NONE ? "unknown" : name_of(self, other),
                   detail[0] ? ": " : "", detail);
    put(self, (about){node, SCENARIO_NONE, false}, CAPTURE_EVENT, now_ns, text);
}

/* ---- migrations ---- */

/* What a call is known by: its label, or its number. */
static void put_call(capture_notes *self, uint32_t call, const scenario_event *event, uint32_t to,
                     uint64_t now_ns, const char *what)
{
    const char *const label = scenario_event_call(event)->label;
    char number[32];
    char text[CAPTURE_LINE_MAX];
    (void)snprintf(number, sizeof number, "call %" PRIu32, call);
    (void)snprintf(text, sizeof text, "%.100s of %.250s -> %.250s: %s", label ? label : number,
                   name_of(self, event->node), name_of(self, to), what);
    put(self, (about){event->node, to, false}, CAPTURE_MIGRATION, now_ns, text);
}

static void on_migrate_called(void *ctx, const observer_migrate *told, uint64_t now_ns)
{
    capture_notes *const self = ctx;
    char text[64];
    if (told->call >= self->call_count) {
        const size_t count = 2 * ((size_t)told->call + 1);
        migrate_call *const calls = realloc(self->calls, count * sizeof *calls);
        self->failed = self->failed || !calls;
        if (!calls)
            return;
        memset(calls + self->call_count, 0, (count - self->call_count) * sizeof *calls);
        self->calls = calls;
        self->call_count = count;
    }
    self->calls[told->call] = (migrate_call){told->event, told->to};
    (void)snprintf(text, sizeof text, "requested by the %.40s", told->trigger);
    put_call(self, told->call, told->event, told->to, now_ns, text);
}

static void on_milestone(void *ctx, const recorder_migration *migration, const char *name, uint64_t now_ns)
{
    put_call(ctx, migration->call, migration->event, migration->to, now_ns, name);
}

static void on_migrate_done(void *ctx, uint32_t call, const roam_migration_record *record, uint64_t now_ns)
{
    capture_notes *const self = ctx;
    char took[CAPTURE_TIME_MAX];
    char text[128];
    if (call >= self->call_count || !self->calls[call].event)
        return;
    (void)snprintf(text, sizeof text, "%.40s after %s", roam_result_name(record->result),
                   capture_time(now_ns - record->requested_ns, took));
    put_call(self, call, self->calls[call].event, self->calls[call].to, now_ns, text);
}

observer capture_notes_observer(capture_notes *self)
{
    return (observer){
        .ctx = self,
        .timeline = on_timeline,
        .refused = on_refused,
        .address = on_address,
        .nat = on_nat,
        .core_event = on_core_event,
        .migrate_called = on_migrate_called,
        .migrate_done = on_migrate_done,
    };
}

recorder_milestones capture_notes_milestones(capture_notes *self)
{
    return (recorder_milestones){.ctx = self, .reached = on_milestone};
}

/* ---- datagrams that are dropped ---- */

static uint64_t hash_of(const observer_packet *packet)
{
    return core_hash_bytes(CORE_HASH_START, packet->payload, packet->payload_len);
}

void capture_notes_sent(capture_notes *self, const observer_packet *packet, uint64_t now_ns)
{
    sent_datagram *const sent = &self->sent[self->sent_count++ % SENT_MAX];
    *sent = (sent_datagram){.payload = hash_of(packet), .sent_ns = now_ns};
    for (size_t i = 0; packet->view && i < packet->view->packet_count; i++) {
        const dissect_packet *const inside = &packet->view->packets[i];
        if (inside->status != DISSECT_READ && inside->status != DISSECT_BAD_FRAMES)
            continue;
        sent->read = true;
        sent->type = inside->type;
        sent->number = inside->number;
    }
}

/* NULL: it left too long ago, or never. */
static const sent_datagram *find_sent(const capture_notes *self, uint64_t payload)
{
    for (size_t i = self->sent_count; i > 0 && self->sent_count - i < SENT_MAX; i--)
        if (self->sent[(i - 1) % SENT_MAX].payload == payload)
            return &self->sent[(i - 1) % SENT_MAX];
    return NULL;
}

void capture_notes_dropped(capture_notes *self, const observer_packet *packet, uint64_t now_ns)
{
    const sent_datagram *const sent = packet->payload ? find_sent(self, hash_of(packet)) : NULL;
    char source[ROAM_ADDR_STRING_MAX] = "?";
    char destination[ROAM_ADDR_STRING_MAX] = "?";
    char after[CAPTURE_TIME_MAX];
    char text[CAPTURE_LINE_MAX];
    if (packet->source.family != ROAM_FAMILY_NONE) {
        (void)roam_addr_format(&packet->source, source);
        (void)roam_addr_format(&packet->destination, destination);
    }
    int len = snprintf(
        text, sizeof text, "%s, %zu bytes %s -> %s, %s %.250s/%.250s", observer_drop_name(packet->drop),
        packet->len, source, destination, packet->up ? "from" : "to", name_of(self, packet->node),
        packet->network == SCENARIO_NONE ? "?" : self->scenario->networks[packet->network].name);
    if (sent)
        len += snprintf(text + len, sizeof text - (size_t)len, ", left %s before",
                        capture_time(now_ns - sent->sent_ns, after));
    if (sent && sent->read)
        (void)snprintf(text + len, sizeof text - (size_t)len, ", %s packet %" PRIu64,
                       dissect_packet_type_name(sent->type), sent->number);
    put(self, (about){packet->node, SCENARIO_NONE, false}, CAPTURE_DROP, now_ns, text);
}

/* ---- a packet ---- */

static bool take(const capture_notes *self, capture_text *waiting, capture_text *text)
{
    const bool good = capture_text_join(text, waiting);
    capture_text_fini(waiting);
    return good && !self->failed;
}

bool capture_notes_take(capture_notes *self, capture_text *text)
{
    return take(self, &self->waiting, text);
}

bool capture_notes_take_host(capture_notes *self, uint32_t node, capture_text *text)
{
    self->hosts[node].seen = true;
    return take(self, &self->hosts[node].waiting, text);
}
