/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/attacker.h"

#include "sim/wire/ip.h"
#include "sim/world/attacker_flood.h"
#include "sim/world/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define PORTS (65536u - HOST_EPHEMERAL_FIRST)

typedef struct assault assault;

/* One address and port of an attacker, and the sender for which it stands. */
typedef struct lane {
    assault *of;
    roam_adapter *adapter;
    roam_addr from; /* who sent last what went out here */
    roam_addr to;
} lane;

/* A datagram that was kept. */
typedef struct captured {
    struct captured *next;
    roam_addr from;
    roam_addr to;
    size_t len;
    uint8_t bytes[];
} captured;

/* One attack of the timeline, under way or over. */
struct assault {
    attackers *all;
    const scenario_event *event;
    const scenario_attack *attack;
    host *host; /* the attacker's */
    bool active;
    n3_timer *timer; /* NULL: it only reacts to datagrams */
    lane *lanes;     /* attack->addresses of each family */
    uint32_t turn;   /* of the lanes */
    assault *book;   /* where it keeps: of several captures of one connection by one attacker the first */
    captured *kept;
    captured **kept_end;
    size_t kept_count;
    const captured *next_kept; /* to be replayed */
    assault *next;
};

struct attackers {
    attackers_options options;
    assault *assaults; /* in order of their beginning */
    assault **assaults_end;
    struct sight {
        attackers *all;
        uint32_t node;
        flood *taken; /* a challenge-flood has its keys, or will; else NULL */
    } * sights;       /* by scenario index: the context of the hook of a host */
    lane ***lanes;    /* by scenario index of the attacker, then by ephemeral port; NULL: none yet */
};

static int out_of_memory(const attackers *self)
{
    return run_error_set(self->options.error, RUN_ERROR_MEMORY, "attackers: out of memory");
}

static host *host_of(const attackers *self, uint32_t node)
{
    return endpoint_host(self->options.endpoints[node]);
}

/* ---- an attacker's own addresses ---- */

static bool open_lane(assault *self, lane *at, const roam_addr *to)
{
    const roam_addr any = {.family = ROAM_FAMILY_NONE};
    lane **const by_port = self->all->lanes[self->event->node];
    if (at->adapter)
        return true;
    if (host_open(self->host, &any, to, &at->adapter))
        return false;
    at->of = self;
    by_port[roam_adapter_local(at->adapter)->port - HOST_EPHEMERAL_FIRST] = at;
    return true;
}

/* The next of the attacker's addresses, to stand for that sender. NULL: it has none of that family. */
static lane *next_lane(assault *self, const roam_addr *from, const roam_addr *to)
{
    const uint32_t addresses = self->attack->addresses;
    lane *const at =
        &self->lanes[self->turn++ % addresses + (to->family == ROAM_FAMILY_IPV6 ? addresses : 0)];
    if (!open_lane(self, at, to))
        return NULL;
    at->from = *from;
    at->to = *to;
    return at;
}

/* What cannot be sent is lost, as on any hop. */
static void send_from(const lane *at, const uint8_t *bytes, size_t len, uint64_t now_ns)
{
    const roam_datagram datagram = {.remote = at->to, .data = bytes, .len = len};
    (void)host_send(at->adapter, &datagram, now_ns);
}

/* Something came to an attacker's host. */
static void on_answer(void *ctx, roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns)
{
    const struct sight *const sight = ctx;
    lane *const *const by_port = sight->all->lanes[sight->node];
    const uint16_t port = roam_adapter_local(adapter)->port;
    const lane *const at = port < HOST_EPHEMERAL_FIRST ? NULL : by_port[port - HOST_EPHEMERAL_FIRST];
    if (!at || !at->of->attack->answers || !at->of->active || !roam_addr_equal(&datagram->remote, &at->to))
        return;
    const ip_datagram onwards = {.source = at->to,
                                 .destination = at->from,
                                 .ecn = datagram->ecn,
                                 .ttl = IP_TTL_DEFAULT,
                                 .payload = datagram->data,
                                 .payload_len = datagram->len};
    (void)host_inject(at->of->host, &onwards, now_ns);
}

/* ---- datagrams that pass ---- */

static void keep(assault *self, const ip_datagram *datagram)
{
    if (self->kept_count == ATTACKER_CAPTURED_MAX)
        return;
    captured *const added = malloc(sizeof *added + datagram->payload_len);
    if (!added) {
        (void)out_of_memory(self->all);
        return;
    }
    added->next = NULL;
    added->from = datagram->source;
    added->to = datagram->destination;
    added->len = datagram->payload_len;
    memcpy(added->bytes, datagram->payload, datagram->payload_len);
    *self->kept_end = added;
    self->kept_end = &added->next;
    self->kept_count++;
}

static bool is_about(const assault *self, uint32_t from, const roam_addr *to)
{
    return self->active && self->attack->from == from && host_has(host_of(self->all, self->event->to), to);
}

static void on_leaving(void *ctx, const ip_datagram *datagram, uint64_t now_ns)
{
    const struct sight *const sight = ctx;
    if (sight->taken)
        flood_saw(sight->taken, datagram);
    for (assault *at = sight->all->assaults; at; at = at->next) {
        if (!is_about(at, sight->node, &datagram->destination))
            continue;
        if (at->attack->kind == SCENARIO_OFF_PATH_FORWARD) {
            const lane *const through = next_lane(at, &datagram->source, &datagram->destination);
            if (through)
                send_from(through, datagram->payload, datagram->payload_len, now_ns);
        } else if (at->attack->kind == SCENARIO_CAPTURE) {
            keep(at->book, datagram);
        }
    }
}

static bool false_source(assault *self, const ip_datagram *datagram, roam_addr *out)
{
    if (self->attack->kind == SCENARIO_ON_PATH_REWRITE) {
        const lane *const as = next_lane(self, &datagram->source, &datagram->destination);
        if (as)
            *out = *roam_adapter_local(as->adapter);
        return as != NULL;
    }
    if (self->attack->kind != SCENARIO_SPOOFED_SOURCE)
        return false;
    for (size_t i = 0; host_attached(host_of(self->all, self->attack->victim), i, out); i++) {
        out->port = datagram->source.port;
        if (out->family == datagram->source.family)
            return true;
    }
    return false;
}

static void on_passing(void *ctx, n3_frame *frame, uint64_t now_ns)
{
    const struct sight *const sight = ctx;
    ip_datagram datagram;
    roam_addr source;
    (void)now_ns;
    if (ip_parse_headers(frame->bytes, frame->length, &datagram) != IP_OK)
        return;
    for (assault *at = sight->all->assaults; at; at = at->next) {
        if (!is_about(at, sight->node, &datagram.destination) || !false_source(at, &datagram, &source))
            continue;
        const int status = ip_rewrite_source(frame->bytes, frame->length, &source);
        if (status) /* nothing else is wrong with a datagram that has been parsed */
            run_error_set(sight->all->options.error, RUN_ERROR_NS3, "attacker: %s", ip_strerror(status));
        return;
    }
}

/* ---- datagrams that it makes ---- */

static void replay_one(assault *self, uint64_t now_ns)
{
    const captured *const one = self->next_kept;
    const lane *const through = one ? next_lane(self, &one->from, &one->to) : NULL;
    if (through)
        send_from(through, one->bytes, one->len, now_ns);
    if (one)
        self->next_kept = one->next;
    if (!self->next_kept)
        self->active = false;
}

static void flood_one(assault *self, uint64_t now_ns)
{
    uint8_t bytes[FLOOD_DATAGRAM_MAX];
    size_t len;
    flood *const taken = self->all->sights[self->attack->from].taken;
    if (!flood_make(taken, self->attack->challenges, bytes, &len))
        return;
    if (self->attack->addresses > 0) {
        const lane *const through = next_lane(self, &taken->from, &taken->to);
        if (through)
            send_from(through, bytes, len, now_ns);
        return;
    }
    const ip_datagram datagram = {.source = taken->from,
                                  .destination = taken->to,
                                  .ttl = IP_TTL_DEFAULT,
                                  .payload = bytes,
                                  .payload_len = len};
    (void)host_inject(host_of(self->all, self->attack->from), &datagram, now_ns);
}

static void on_timer(void *user, uint64_t now_ns)
{
    assault *const self = user;
    if (!self->active)
        return;
    if (self->attack->kind == SCENARIO_REPLAYED_MIGRATION)
        replay_one(self, now_ns);
    else
        flood_one(self, now_ns);
    n3_timer_set(self->timer, self->active ? now_ns + self->attack->interval_ns : N3_NEVER);
}

/* ---- beginning and end ---- */

static void watch(const attackers *self, uint32_t node)
{
    const host_hook eyes = {.ctx = &self->sights[node], .leaving = on_leaving, .passing = on_passing};
    host_set_hook(host_of(self, node), &eyes);
}

/* A node's keys, for who will take it over. */
static void on_keylog(void *ctx, uint32_t node, const char *line, uint64_t now_ns)
{
    const attackers *const self = ctx;
    const scenario *const whole = self->options.scenario;
    flood *const taken = self->sights[node].taken;
    bool is_client = false;
    (void)now_ns;
    if (!taken)
        return;
    for (size_t i = 0; i < whole->peer_count; i++)
        is_client |= whole->peers[i].dialer == node;
    watch(self, node);
    if (!flood_keylog(taken, line, is_client))
        run_error_set(self->options.error, RUN_ERROR_CORE, "attackers: the keys of %s cannot be used",
                      whole->nodes[node].name);
}

bool attackers_observer(attackers *self, observer *out)
{
    bool wanted = false;
    for (size_t i = 0; i < self->options.scenario->node_count; i++)
        wanted |= self->sights[i].taken != NULL;
    *out = (observer){.ctx = self, .keylog = on_keylog};
    return wanted;
}

static void assault_free(assault *self)
{
    for (uint32_t i = 0; self->lanes && i < 2 * self->attack->addresses; i++)
        roam_adapter_free(self->lanes[i].adapter);
    for (captured *at = self->kept, *next; at; at = next) {
        next = at->next;
        free(at);
    }
    n3_timer_free(self->timer);
    free(self->lanes);
    free(self);
}

/* The first capture of this connection by this attacker; NULL: there is none. */
static assault *book_of(const assault *self)
{
    assault *at = self->all->assaults;
    while (at && !(at->attack->kind == SCENARIO_CAPTURE && at->event->node == self->event->node &&
                   at->attack->from == self->attack->from && at->event->to == self->event->to))
        at = at->next;
    return at;
}

static int assault_new(attackers *all, const scenario_event *event, assault **out)
{
    const scenario_attack *const attack = scenario_event_attack(event);
    lane ***const by_port = &all->lanes[event->node];
    assault *const self = calloc(1, sizeof *self);
    if (!self)
        return out_of_memory(all);
    *self = (assault){.all = all, .event = event, .attack = attack, .host = host_of(all, event->node)};
    self->kept_end = &self->kept;
    self->lanes = calloc(2 * (size_t)attack->addresses + 1, sizeof *self->lanes);
    if (!*by_port)
        *by_port = calloc(PORTS, sizeof **by_port);
    if (!self->lanes || !*by_port || n3_timer_new(all->options.n3, on_timer, self, &self->timer)) {
        assault_free(self);
        return out_of_memory(all);
    }
    assault *const book = book_of(self);
    self->book = book ? book : self;
    *all->assaults_end = self;
    all->assaults_end = &self->next;
    *out = self;
    return RUN_ERROR_NONE;
}

static assault *find(const attackers *self, const scenario_attack *attack)
{
    assault *at = self->assaults;
    while (at && at->attack != attack)
        at = at->next;
    return at;
}

int attackers_begin(attackers *self, const scenario_event *event, uint64_t now_ns)
{
    const scenario_attack *const attack = scenario_event_attack(event);
    assault *at = find(self, attack);
    const int status = at ? RUN_ERROR_NONE : assault_new(self, event, &at);
    if (status)
        return status;
    assert(at);
    watch(self, attack->from);
    endpoint_divert(self->options.endpoints[event->node], on_answer, &self->sights[event->node]);
    at->active = true;
    if (attack->kind == SCENARIO_REPLAYED_MIGRATION) {
        const assault *const book = book_of(at);
        at->next_kept = book ? book->kept : NULL;
        n3_timer_set(at->timer, now_ns);
    }
    if (attack->kind == SCENARIO_CHALLENGE_FLOOD)
        n3_timer_set(at->timer, now_ns);
    return RUN_ERROR_NONE;
}

void attackers_end(attackers *self, const scenario_event *event)
{
    assault *const at = find(self, scenario_event_attack(event));
    if (at)
        at->active = false;
}

/* Whose keys are taken. */
static bool add_floods(attackers *self)
{
    const scenario *const whole = self->options.scenario;
    for (size_t i = 0; i < whole->event_count; i++) {
        const scenario_attack *const attack = scenario_event_attack(&whole->events[i]);
        if (!attack || attack->kind != SCENARIO_CHALLENGE_FLOOD || self->sights[attack->from].taken)
            continue;
        self->sights[attack->from].taken = calloc(1, sizeof(flood));
        if (!self->sights[attack->from].taken)
            return false;
    }
    return true;
}

int attackers_new(const attackers_options *options, attackers **out)
{
    const size_t nodes = options->scenario->node_count;
    attackers *const self = calloc(1, sizeof *self);
    if (!self)
        return run_error_set(options->error, RUN_ERROR_MEMORY, "attackers: out of memory");
    self->options = *options;
    self->assaults_end = &self->assaults;
    self->sights = calloc(nodes + 1, sizeof *self->sights);
    self->lanes = calloc(nodes + 1, sizeof *self->lanes);
    if (!self->sights || !self->lanes || !add_floods(self)) {
        attackers_free(self);
        return run_error_set(options->error, RUN_ERROR_MEMORY, "attackers: out of memory");
    }
    for (uint32_t i = 0; i < nodes; i++) {
        self->sights[i].all = self;
        self->sights[i].node = i;
    }
    *out = self;
    return RUN_ERROR_NONE;
}

void attackers_free(attackers *self)
{
    if (!self)
        return;
    for (assault *at = self->assaults, *next; at; at = next) {
        next = at->next;
        assault_free(at);
    }
    for (size_t i = 0; self->lanes && i < self->options.scenario->node_count; i++)
        free(self->lanes[i]);
    for (size_t i = 0; self->sights && i < self->options.scenario->node_count; i++)
        free(self->sights[i].taken);
    free(self->lanes);
    free(self->sights);
    free(self);
}
