/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The timeline of a random world. */
#include "sim/tests/random_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define PICK(self, list) (list)[random_below((self)->world, COUNT(list))]
#define SPANS_MAX 128
#define NONE UINT32_MAX

typedef const char *word;

typedef enum span_kind { GONE, DOWN, REFUSED, NEEDED } span_kind;

/* A time for which a network of a node is in some state, or has to be there. */
typedef struct span {
    span_kind kind;
    uint32_t network; /* piece */
    uint64_t start_ms, end_ms;
} span;

/* A peer that hears nothing grants no connection IDs, and each address takes one of the seven to spare (RFC
 * 9000 section 9.5): who has no socket to go back to can be left without one by so many calls. */
#define CALLS_WITHOUT_SOCKET_MAX 4

typedef struct acts {
    random_world *world;
    uint32_t laptop, server;
    uint64_t start_ms, last_ms; /* events begin and end within */
    uint64_t calls_left;
    span spans[SPANS_MAX];
    size_t span_count;
} acts;

/* ---- what is where ---- */

static const random_piece *piece_of(const acts *self, uint32_t index)
{
    return &self->world->pieces[index];
}

static const char *name_of(const acts *self, uint32_t index)
{
    return piece_of(self, index)->name;
}

static bool overlaps(const acts *self, uint32_t network, uint32_t kinds, uint64_t start_ms, uint64_t end_ms)
{
    for (size_t i = 0; i < self->span_count; i++) {
        const span *const at = &self->spans[i];
        if (at->network == network && (kinds & (1u << at->kind)) && at->start_ms <= end_ms &&
            start_ms <= at->end_ms)
            return true;
    }
    return false;
}

static void occupy(acts *self, span_kind kind, uint32_t network, uint64_t start_ms, uint64_t end_ms)
{
    if (self->span_count < SPANS_MAX)
        self->spans[self->span_count++] =
            (span){.kind = kind, .network = network, .start_ms = start_ms, .end_ms = end_ms};
}

/* A network of the node, drawn; NONE for a node that is not there. */
static uint32_t network_of(const acts *self, uint32_t node)
{
    uint32_t count = 0;
    uint32_t found = NONE;
    for (uint32_t i = 0; i < self->world->count; i++) {
        const random_piece *const piece = piece_of(self, i);
        if (piece->section == RANDOM_NETWORK && piece->owner == node &&
            random_below(self->world, ++count) == 0)
            found = i;
    }
    return found;
}

static uint32_t find(const acts *self, random_section section, const char *name)
{
    for (uint32_t i = 0; i < self->world->count; i++)
        if (piece_of(self, i)->section == section && strcmp(name_of(self, i), name) == 0)
            return i;
    return NONE;
}

/* The laptop, or now and then the phone, if there is one. */
static uint32_t dialer(acts *self)
{
    const uint32_t phone = find(self, RANDOM_NODE, "phone");
    return phone != NONE && random_chance(self->world, 25) ? phone : self->laptop;
}

static uint64_t draw_start(acts *self, uint64_t length_ms)
{
    const uint64_t room_ms = self->last_ms - self->start_ms;
    return self->start_ms + (length_ms < room_ms ? random_below(self->world, room_ms - length_ms) : 0);
}

static uint64_t draw_length(acts *self)
{
    static const uint64_t lengths[] = {5, 20, 50, 100, 200, 500, 1000, 2000, 4000};
    const uint64_t room_ms = self->last_ms - self->start_ms;
    const uint64_t length_ms = PICK(self, lengths) + random_below(self->world, 5);
    return length_ms < room_ms ? length_ms : room_ms - 1;
}

/* Gives the piece its time. */
static void place(acts *self, uint32_t index, uint64_t at_ms, uint64_t end_ms)
{
    self->world->pieces[index].at_ms = at_ms;
    self->world->pieces[index].end_ms = end_ms;
}

#define ADD(self, group, ...) random_add((self)->world, RANDOM_EVENT, 0, group, __VA_ARGS__)

static uint32_t new_group(acts *self)
{
    return ++self->world->groups;
}

/* ---- calls ---- */

static void draw_call(acts *self, char *text, size_t size)
{
    static const word budgets[] = {"20ms", "50ms", "100ms", "300ms", "1s", "3s", "10s"};
    (void)snprintf(text, size, "%s", "");
    if (random_chance(self->world, 60))
        (void)snprintf(text, size, ", timeout: %s", PICK(self, budgets));
    if (random_chance(self->world, 40))
        (void)strncat(text, ", mode: follow-first", size - strlen(text) - 1);
}

/* ", network: NAME" of one that is there for that time, or "". False: the node would be nowhere. */
static bool draw_target(acts *self, uint32_t node, uint64_t start_ms, uint64_t end_ms, char *text,
                        size_t size)
{
    const uint32_t network = network_of(self, node);
    if (overlaps(self, network, 1u << GONE, start_ms, end_ms))
        return false;
    occupy(self, NEEDED, network, start_ms, end_ms);
    (void)snprintf(text, size, random_chance(self->world, 85) ? ", network: %s" : "", name_of(self, network));
    return true;
}

static void add_migrate(acts *self)
{
    static const uint64_t gaps[] = {1, 2, 5, 20, 60, 200};
    char call[64];
    char target[32];
    const uint32_t node = dialer(self);
    uint64_t times = random_chance(self->world, 25) ? 2 + random_below(self->world, 7) : 1;
    if (times > self->calls_left)
        times = self->calls_left;
    const uint64_t every_ms = PICK(self, gaps);
    const uint64_t at_ms = draw_start(self, times * every_ms);
    const uint64_t end_ms = at_ms + (times > 0 ? times - 1 : 0) * every_ms;
    uint32_t piece;
    if (times == 0 || !draw_target(self, node, at_ms, end_ms, target, sizeof target))
        return;
    self->calls_left -= times;
    draw_call(self, call, sizeof call);
    if (times > 1)
        piece = ADD(self, new_group(self), "migrate: %s -> server%s%s, every: %" PRIu64 "ms, times: %" PRIu64,
                    name_of(self, node), target, call, every_ms, times);
    else
        piece = ADD(self, new_group(self), "migrate: %s -> server%s%s", name_of(self, node), target, call);
    place(self, piece, at_ms, end_ms);
}

/* Two calls for different networks, a few milliseconds apart. */
static void add_there_and_back(acts *self)
{
    const uint64_t apart_ms = 1 + random_below(self->world, random_chance(self->world, 50) ? 10 : 400);
    const uint64_t at_ms = draw_start(self, apart_ms);
    for (uint64_t i = 0; i < 2; i++) {
        char call[64];
        char target[32];
        const uint64_t then_ms = at_ms + i * apart_ms;
        if (self->calls_left == 0 ||
            !draw_target(self, self->laptop, then_ms, then_ms, target, sizeof target))
            return;
        self->calls_left--;
        draw_call(self, call, sizeof call);
        place(self, ADD(self, new_group(self), "migrate: laptop -> server%s%s", target, call), then_ms,
              then_ms);
    }
}

static void add_stage(acts *self)
{
    char call[64];
    char target[32];
    const uint64_t at_ms = draw_start(self, 0);
    const uint32_t group = new_group(self);
    if (find(self, RANDOM_NODE, "relay") == NONE || self->calls_left == 0 ||
        !draw_target(self, self->laptop, at_ms, at_ms, target, sizeof target))
        return;
    self->calls_left--;
    draw_call(self, call, sizeof call);
    place(self, ADD(self, group, "stage: laptop -> server, via: relay%s", target), at_ms, at_ms);
    if (random_chance(self->world, 90))
        place(self, ADD(self, new_group(self), "migrate: laptop -> server%s%s", target, call), at_ms, at_ms);
}

/* One a node, and with a budget that suffices: two that disagree, or one that never succeeds, would supersede
 * every call that does. */
static void add_watchdog(acts *self)
{
    static const word budgets[] = {"", ", timeout: 3s", ", timeout: 10s"};
    static const word samples[] = {"1s", "2s"}; /* the window has some round trips to open in */
    static const word thresholds[] = {"20ms", "100ms", "400ms"};
    char call[64];
    char target[32];
    const uint32_t node = dialer(self);
    const uint64_t at_ms = draw_start(self, 0);
    for (size_t i = 0; i < self->world->count; i++) {
        const char *const text = piece_of(self, (uint32_t)i)->text;
        if (strncmp(text, "watchdog: ", 10) == 0 && strncmp(text + 10, name_of(self, node), 5) == 0)
            return;
    }
    if (!draw_target(self, node, at_ms, at_ms, target, sizeof target))
        return;
    (void)snprintf(call, sizeof call, "%s%s", PICK(self, budgets),
                   random_chance(self->world, 40) ? ", mode: follow-first" : "");
    place(self,
          ADD(self, new_group(self), "watchdog: %s%s%s, sample: %s, threshold: %s, strikes: %u%s",
              name_of(self, node), target, call, PICK(self, samples), PICK(self, thresholds),
              1 + (unsigned)random_below(self->world, 2),
              random_chance(self->world, 50) ? ", silence: 500ms" : ""),
          at_ms, at_ms);
}

/* ---- what happens to links ---- */

/* A network of a dialler, or of the server, that is there for that time. */
static uint32_t draw_link(acts *self, uint32_t *node, uint64_t start_ms, uint64_t end_ms)
{
    *node = random_chance(self->world, 20) ? self->server : dialer(self);
    const uint32_t network = network_of(self, *node);
    if (overlaps(self, network, 1u << GONE, start_ms, end_ms))
        return NONE;
    occupy(self, NEEDED, network, start_ms, end_ms);
    return network;
}

static void add_blackhole(acts *self)
{
    static const word directions[] = {"", "", ", direction: up", ", direction: down"};
    uint32_t node;
    const uint64_t for_ms = draw_length(self);
    const uint64_t at_ms = draw_start(self, for_ms);
    const uint32_t network = draw_link(self, &node, at_ms, at_ms + for_ms);
    if (network == NONE)
        return;
    place(self,
          ADD(self, new_group(self), "blackhole: %s, network: %s%s, for: %" PRIu64 "ms", name_of(self, node),
              name_of(self, network), PICK(self, directions), for_ms),
          at_ms, at_ms + for_ms);
}

static void add_fault(acts *self)
{
    static const word faults[] = {
        "drop: %s, network: %s, frame: path_challenge, count: %u",
        "drop: %s, network: %s, frame: path_response, count: %u",
        "drop: %s, network: %s, frame: new_connection_id, count: %u",
        "drop: %s, network: %s, frame: ack-only, count: %u",
        "drop: %s, network: %s, frame: any, count: %u",
        "drop: %s, network: %s, fraction: 30%%, count: %u",
        "duplicate: %s, network: %s, fraction: 30%%, delay: 20ms, count: %u",
        "reorder: %s, network: %s, fraction: 30%%, delay: 30ms, count: %u",
        "corrupt: %s, network: %s, fraction: 10%%, keep_checksum: true, count: %u",
    };
    uint32_t node;
    char text[RANDOM_TEXT_MAX];
    const uint64_t for_ms = draw_length(self);
    const uint64_t at_ms = draw_start(self, for_ms);
    const uint32_t network = draw_link(self, &node, at_ms, at_ms + for_ms);
    const uint64_t fault = random_below(self->world, COUNT(faults));
    const unsigned count = 1 + (unsigned)random_below(self->world, 20);
    if (network == NONE)
        return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(text, sizeof text, faults[fault], name_of(self, node), name_of(self, network), count);
#pragma GCC diagnostic pop
    place(self, ADD(self, new_group(self), "%s, for: %" PRIu64 "ms", text, for_ms), at_ms, at_ms + for_ms);
}

static void add_down(acts *self)
{
    uint32_t node;
    const uint64_t for_ms = draw_length(self);
    const uint64_t at_ms = draw_start(self, for_ms);
    const uint32_t network = draw_link(self, &node, at_ms, at_ms + for_ms);
    if (network == NONE || overlaps(self, network, 1u << DOWN, at_ms, at_ms + for_ms))
        return;
    const uint32_t group = new_group(self);
    occupy(self, DOWN, network, at_ms, at_ms + for_ms);
    place(self, ADD(self, group, "down: %s, network: %s", name_of(self, node), name_of(self, network)), at_ms,
          at_ms);
    place(self, ADD(self, group, "up: %s, network: %s", name_of(self, node), name_of(self, network)),
          at_ms + for_ms, at_ms + for_ms);
}

static void add_refuse(acts *self)
{
    if (self->world->restarts) /* a dial or a listener that is refused stays away */
        return;
    uint32_t node;
    const uint64_t for_ms = draw_length(self);
    const uint64_t at_ms = draw_start(self, for_ms);
    const uint32_t network = draw_link(self, &node, at_ms, at_ms + for_ms);
    if (network == NONE || overlaps(self, network, 1u << REFUSED, at_ms, at_ms + for_ms))
        return;
    occupy(self, REFUSED, network, at_ms, at_ms + for_ms);
    place(self,
          ADD(self, new_group(self), "refuse: %s, network: %s, for: %" PRIu64 "ms", name_of(self, node),
              name_of(self, network), for_ms),
          at_ms, at_ms + for_ms);
}

/* The value that a key of a network has, as written, or what it is without. */
static const char *value_of(const acts *self, uint32_t network, const char *key, const char *otherwise)
{
    const size_t len = strlen(key);
    if (strncmp(piece_of(self, network)->text, key, len) == 0)
        return piece_of(self, network)->text + len + 2;
    for (uint32_t i = 0; i < self->world->count; i++) {
        const random_piece *const piece = piece_of(self, i);
        if (piece->section == RANDOM_ATTRIBUTE && piece->owner == network &&
            strncmp(piece->text, key, len) == 0)
            return piece->text + len + 2;
    }
    return otherwise;
}

static void add_set(acts *self)
{
    static const struct {
        const char *key, *value, *otherwise;
    } changes[] = {{.key = "delay", .value = "5ms", .otherwise = "0ms"},
                   {.key = "delay", .value = "300ms", .otherwise = "0ms"},
                   {.key = "delay", .value = "1s", .otherwise = "0ms"},
                   {.key = "loss", .value = "10%", .otherwise = "0%"},
                   {.key = "loss", .value = "50%", .otherwise = "0%"},
                   {.key = "jitter", .value = "50ms", .otherwise = "0ms"},
                   {.key = "rate", .value = "300kbps", .otherwise = "0bps"},
                   {.key = "queue", .value = "5pkt", .otherwise = "100pkt"}};
    uint32_t node;
    const uint64_t for_ms = draw_length(self);
    const uint64_t at_ms = draw_start(self, for_ms);
    const uint32_t network = draw_link(self, &node, at_ms, at_ms + for_ms);
    const uint64_t change = random_below(self->world, COUNT(changes));
    const char *const key = changes[change].key;
    if (network == NONE)
        return;
    const uint32_t group = new_group(self);
    place(self, ADD(self, group, "set: %s, %s: %s", name_of(self, network), key, changes[change].value),
          at_ms, at_ms);
    place(self,
          ADD(self, group, "set: %s, %s: %s", name_of(self, network), key,
              value_of(self, network, key, changes[change].otherwise)),
          at_ms + for_ms, at_ms + for_ms);
}

/* ---- what happens to NATs, addresses and endpoints ---- */

/* NONE: the world has no NAT. */
static uint32_t draw_nat(acts *self)
{
    uint32_t nat = NONE;
    uint32_t count = 0;
    for (uint32_t i = 0; i < self->world->count; i++)
        if (piece_of(self, i)->section == RANDOM_NAT && random_below(self->world, ++count) == 0)
            nat = i;
    return nat;
}

static void add_nat_event(acts *self)
{
    static const word verbs[] = {"shuffle: %s, change: port, of: all",
                                 "shuffle: %s, change: port, of: all",
                                 "shuffle: %s, change: address, of: all",
                                 "shuffle: %s, change: both, of: all",
                                 "expire: %s, of: all",
                                 "restart: %s, for: 200ms"};
    char text[RANDOM_TEXT_MAX];
    const uint32_t nat = draw_nat(self);
    const uint64_t verb = random_below(self->world, COUNT(verbs));
    const bool restart = verb + 1 == COUNT(verbs);
    const uint64_t lasts_ms = restart ? 200 : 0;
    const uint64_t at_ms = draw_start(self, lasts_ms);
    if (nat == NONE || (restart && overlaps(self, nat, 1u << DOWN, at_ms, at_ms + lasts_ms)))
        return;
    if (restart)
        occupy(self, DOWN, nat, at_ms, at_ms + lasts_ms);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    (void)snprintf(text, sizeof text, verbs[verb], name_of(self, nat));
#pragma GCC diagnostic pop
    place(self, ADD(self, new_group(self), "%s", text), at_ms, at_ms + lasts_ms);
}

/* Bindings that pass nothing any more, until they move. */
static void add_stale(acts *self)
{
    static const word directions[] = {"", ", direction: up", ", direction: down"};
    const uint32_t nat = draw_nat(self);
    const uint64_t for_ms = draw_length(self);
    const uint64_t at_ms = draw_start(self, for_ms);
    if (nat == NONE)
        return;
    const uint32_t group = new_group(self);
    place(self, ADD(self, group, "stale: %s, of: all%s", name_of(self, nat), PICK(self, directions)), at_ms,
          at_ms);
    place(self, ADD(self, group, "shuffle: %s, change: port, of: all", name_of(self, nat)), at_ms + for_ms,
          at_ms + for_ms);
}

/* The last event for a node that lost its sockets. It stays whatever is dropped. */
static void call_at_last(acts *self, uint32_t node)
{
    char call[64];
    const uint32_t network = network_of(self, node);
    (void)snprintf(call, sizeof call, "migrate: %s -> server, network: %s", name_of(self, node),
                   name_of(self, network));
    for (size_t i = 0; i < self->world->count; i++)
        if (piece_of(self, (uint32_t)i)->group == piece_of(self, node)->group &&
            strncmp(piece_of(self, (uint32_t)i)->text, "migrate:", 8) == 0 &&
            strncmp(piece_of(self, (uint32_t)i)->text + 9, name_of(self, node),
                    strlen(name_of(self, node))) == 0)
            return;
    place(self, ADD(self, piece_of(self, node)->group, "%s", call), self->last_ms, self->last_ms);
}

static void add_detach(acts *self)
{
    const uint32_t node = dialer(self);
    const uint32_t network = network_of(self, node);
    const uint64_t for_ms = draw_length(self);
    const uint64_t at_ms = draw_start(self, for_ms);
    if (overlaps(self, network, 1u << GONE, at_ms, at_ms + for_ms))
        return;
    const uint32_t group = new_group(self);
    occupy(self, GONE, network, at_ms, at_ms + for_ms);
    place(self, ADD(self, group, "detach: %s, network: %s", name_of(self, node), name_of(self, network)),
          at_ms, at_ms);
    place(self, ADD(self, group, "attach: %s, network: %s", name_of(self, node), name_of(self, network)),
          at_ms + for_ms, at_ms + for_ms);
    call_at_last(self, node);
}

static void add_renumber(acts *self)
{
    const uint32_t node = dialer(self);
    const uint32_t network = network_of(self, node);
    const uint64_t at_ms = draw_start(self, 0);
    const bool ipv6 = strcmp(value_of(self, network, "family", "ipv4"), "ipv6") == 0;
    const unsigned number = 200 + (unsigned)(self->span_count % 50);
    occupy(self, NEEDED, network, at_ms, at_ms);
    place(self,
          ADD(self, new_group(self),
              ipv6 ? "renumber: %s, prefix: \"fd00:%x::/64\"%s" : "renumber: %s, prefix: 10.%u.0.0/16%s",
              name_of(self, network), number, random_chance(self->world, 50) ? ", overlap: 500ms" : ""),
          at_ms, at_ms);
    call_at_last(self, node);
}

/* Another address, with one of two overlaps; the node migrates while both are there, or later. */
static void add_regenerate(acts *self)
{
    static const word overlaps_of[] = {", overlap: 300ms", ", overlap: 1s"};
    const uint32_t node = dialer(self);
    const uint32_t network = network_of(self, node);
    const uint64_t at_ms = draw_start(self, 1200);
    if (overlaps(self, network, 1u << GONE, at_ms, at_ms + 1200))
        return;
    occupy(self, NEEDED, network, at_ms, at_ms + 1200);
    place(self,
          ADD(self, new_group(self), "regenerate: %s, network: %s%s", name_of(self, node),
              name_of(self, network), PICK(self, overlaps_of)),
          at_ms, at_ms);
    call_at_last(self, node);
}

static void add_restart(acts *self)
{
    const uint64_t at_ms = draw_start(self, 0);
    self->world->restarts = true;
    if (random_chance(self->world, 50))
        place(self, ADD(self, new_group(self), "restart: server"), at_ms, at_ms);
    else if (!overlaps(self, network_of(self, self->laptop), 1u << GONE, at_ms, at_ms))
        place(self, ADD(self, new_group(self), "restart: laptop, redial: true"), at_ms, at_ms);
}

/* ---- all of it ---- */

void random_acts_add(random_world *world, uint32_t laptop, uint32_t server)
{
    static const struct {
        uint32_t weight;
        void (*add)(acts *self);
    } kinds[] = {{28, add_migrate},   {10, add_there_and_back}, {8, add_stage}, {5, add_watchdog},
                 {14, add_blackhole}, {9, add_fault},           {8, add_down},  {3, add_refuse},
                 {8, add_set},        {14, add_nat_event},      {4, add_stale}};
    acts self = {.world = world, .laptop = laptop, .server = server};
    uint32_t whole = 0;
    for (size_t i = 0; i < COUNT(kinds); i++)
        whole += kinds[i].weight;
    const uint64_t detaches = random_chance(world, 30) ? 1 + random_below(world, 3) : 0;
    const bool renumbers = random_chance(world, 5);
    const uint64_t regenerations = random_chance(world, 8) ? 1 + random_below(world, 2) : 0;
    /* Who loses its socket before the handshake is confirmed may not migrate (RFC 9000 section 9). */
    const bool loses = detaches > 0 || renumbers || regenerations > 0;
    self.start_ms = loses ? 3000 : random_chance(world, 10) ? 0 : 1000;
    self.last_ms = self.start_ms + RANDOM_LAST_MIN_MS - 1000 + random_below(world, 8000);
    self.calls_left = loses ? CALLS_WITHOUT_SOCKET_MAX : UINT64_MAX;
    /* First what takes networks away: the rest then keeps clear of those times. */
    for (uint64_t left = detaches; left > 0; left--)
        add_detach(&self);
    if (renumbers)
        add_renumber(&self);
    for (uint64_t left = regenerations; left > 0; left--)
        add_regenerate(&self);
    if (random_chance(world, 3))
        add_restart(&self);
    for (uint64_t left = 2 + random_below(world, 16); left > 0; left--) {
        uint64_t at = random_below(world, whole);
        size_t kind = 0;
        for (; at >= kinds[kind].weight; kind++)
            at -= kinds[kind].weight;
        kinds[kind].add(&self);
    }
}
