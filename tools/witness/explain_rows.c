/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of a section, and the lifelines between which they go. */
#include "tools/witness/explain_story.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    SHARES_MAX = 6,
    ROWS_MAX = 100, /* of a section, unless it was asked for */
    RANKS_OF_A_KIND = 99,
    RANK_CLIENT = 0,
    RANK_NAT = 100,
    RANK_RELAY = 200,
    RANK_OTHER = 300,
    RANK_FAR_NAT = 400,
    RANK_SERVER = 500
};

#define GAP_NS UINT64_C(50000000) /* a shorter one in which little is sent, and nothing lost, is not told */
#define GAP_PACKETS 50

#define TWIN_NS UINT64_C(1000000) /* from one to the next that is told with it */

/* What is folded of a path. */
typedef struct share {
    uint32_t path; /* EXPLAIN_NONE: of no endpoint's */
    size_t up, down;
} share;

/* What is folded. */
typedef struct gap {
    uint64_t from_ns;
    size_t packets, under_way, events;
    const char *event; /* the name that all of them have; NULL: they have several */
    share shares[SHARES_MAX];
    size_t share_count;
    size_t elsewhere; /* datagrams on paths that have no share */
    explain_losses losses;
} gap;

typedef struct building {
    const explain_trace *trace;
    const explain_run *run;
    explain_section *section;
    const explain_hop *latest; /* of the last row; NULL: that is none of a packet */
    bool all;
    bool memory;
} building;

/* ---- lifelines ---- */

/* The address that datagrams have when they have passed it, without the port, if it is the outermost one. */
static void put_outside(const building *self, uint32_t nat, char *text)
{
    char addr[ROAM_ADDR_STRING_MAX];
    for (size_t i = 0; self->run->nats[nat].behind == EXPLAIN_NONE && i < self->trace->path_count; i++) {
        const explain_path *const path = &self->trace->paths[i];
        uint32_t passed = self->run->networks[path->place % self->run->network_count].nat;
        while (passed != EXPLAIN_NONE && passed != nat)
            passed = self->run->nats[passed].behind;
        const char *const port =
            passed == nat && path->outside.family != ROAM_FAMILY_NONE && path->relay == EXPLAIN_NONE
                ? strrchr(roam_addr_format(&path->outside, addr), ':')
                : NULL;
        if (port) {
            explain_put(text, ", %.*s", (int)(port - addr), addr);
            return;
        }
    }
}

static void name_lifeline(const building *self, explain_lifeline *line, uint64_t at_ns)
{
    const explain_run *const run = self->run;
    const size_t networks = run->network_count;
    char addr[ROAM_ADDR_STRING_MAX];
    line->text[0] = '\0';
    switch (line->kind) {
    case EXPLAIN_NAT:
        explain_put(line->text, "%s, a NAT", run->nats[line->number].name);
        put_outside(self, line->number, line->text);
        break;
    case EXPLAIN_RELAY:
        explain_put(line->text, "%s, a relay", run->nodes[line->number].name);
        for (size_t i = 0; i < self->trace->path_count; i++)
            if (self->trace->paths[i].relay == line->number) {
                explain_put(line->text, ", %s", roam_addr_format(&self->trace->paths[i].remote, addr));
                break;
            }
        break;
    case EXPLAIN_ATTACKER:
        explain_put(line->text, "%s, an attacker", run->nodes[line->number].name);
        break;
    case EXPLAIN_HOST: {
        const explain_address *const address = explain_run_address(run, line->number, at_ns);
        explain_put(line->text, "%s on %s", run->nodes[line->number / networks].name,
                    run->networks[line->number % networks].name);
        const char *const port = address ? strrchr(roam_addr_format(&address->addr, addr), ':') : NULL;
        if (port) /* a damaged line has no address */
            explain_put(line->text, ", %.*s", (int)(port - addr), addr);
        break;
    }
    }
}

static uint32_t lifeline(building *self, explain_line_kind kind, uint32_t number, uint32_t rank,
                         uint64_t at_ns)
{
    explain_section *const section = self->section;
    for (uint32_t i = 0; i < section->lifeline_count; i++)
        if (section->lifelines[i].kind == kind && section->lifelines[i].number == number)
            return i;
    if (!explain_grow((void **)&section->lifelines, section->lifeline_count, sizeof *section->lifelines)) {
        self->memory = false;
        return 0;
    }
    explain_lifeline *const line = &section->lifelines[section->lifeline_count];
    *line = (explain_lifeline){.kind = kind, .number = number, .rank = rank};
    name_lifeline(self, line, at_ns);
    return (uint32_t)section->lifeline_count++;
}

static uint32_t node_of(const building *self, explain_place place)
{
    return place / (uint32_t)self->run->network_count;
}

/* Those that the connection used first come first; at most RANKS_OF_A_KIND are told apart. */
static uint32_t rank_among(const building *self, uint32_t rank, explain_place place, uint32_t relay)
{
    uint32_t found = 0;
    for (size_t i = 0; i < self->trace->path_count && found < RANKS_OF_A_KIND; i++) {
        const explain_path *const path = &self->trace->paths[i];
        if (path->place == place || (relay != EXPLAIN_NONE && path->relay == relay))
            break;
        found++;
    }
    return rank + found;
}

static uint32_t line_of_place(building *self, explain_place place, uint64_t at_ns)
{
    const uint32_t node = node_of(self, place);
    if (self->run->nodes[node].relay_to != EXPLAIN_NONE)
        return lifeline(self, EXPLAIN_RELAY, node, rank_among(self, RANK_RELAY, EXPLAIN_NONE, node), at_ns);
    if (self->run->nodes[node].attacker)
        return lifeline(self, EXPLAIN_ATTACKER, node, RANK_OTHER, at_ns);
    return lifeline(self, EXPLAIN_HOST, place,
                    node == self->section->client   ? rank_among(self, RANK_CLIENT, place, EXPLAIN_NONE)
                    : node == self->section->server ? RANK_SERVER
                                                    : RANK_OTHER,
                    at_ns);
}

/* ---- the way of a packet ---- */

static void pass(explain_row *row, uint32_t line)
{
    for (uint32_t i = 0; i < row->via_count; i++)
        if (row->via[i] == line)
            return;
    if (row->via_count < EXPLAIN_VIA_MAX)
        row->via[row->via_count++] = line;
}

/* The NATs of a place's network, the one next to the hosts first. */
static uint32_t nats_of(const building *self, explain_place place, uint32_t *nats)
{
    uint32_t count = 0;
    uint32_t nat =
        place == EXPLAIN_NONE ? EXPLAIN_NONE : self->run->networks[place % self->run->network_count].nat;
    for (; nat != EXPLAIN_NONE && count < EXPLAIN_VIA_MAX; nat = self->run->nats[nat].behind)
        nats[count++] = nat;
    return count;
}

static uint32_t line_of_nat(building *self, uint32_t nat, explain_place place, uint32_t depth, uint64_t at_ns)
{
    const bool far = node_of(self, place) == self->section->server;
    return lifeline(self, EXPLAIN_NAT, nat, far ? RANK_FAR_NAT - depth : RANK_NAT + depth, at_ns);
}

static bool is_nat_reason(const explain_drop *drop)
{
    return drop && strncmp(drop->reason, "nat_", 4) == 0;
}

static explain_end end_of(const building *self, const explain_hop *hop, const explain_drop *drop)
{
    if (hop->arrived)
        return EXPLAIN_ARRIVES;
    if (!drop)
        return EXPLAIN_UNDER_WAY;
    if (is_nat_reason(drop))
        return EXPLAIN_LOST_BETWEEN;
    if (!drop->up)
        return EXPLAIN_LOST_LATE;
    const bool gone = strcmp(drop->reason, "detached") == 0 &&
                      explain_run_owner(self->run, &drop->source, drop->at_ns) == drop->place;
    return gone ? EXPLAIN_LOST_LATE : EXPLAIN_LOST_EARLY;
}

/* One hop of it: NATs out, NATs in. One that a NAT dropped ends there. */
static void go(building *self, explain_row *row, const explain_hop *hop)
{
    const explain_drop *const drop = hop->drop == EXPLAIN_NONE ? NULL : &self->run->drops[hop->drop];
    uint32_t nats[EXPLAIN_VIA_MAX];
    const bool local =
        hop->to != EXPLAIN_NONE && hop->from % self->run->network_count == hop->to % self->run->network_count;
    const bool out = drop && drop->up && is_nat_reason(drop) && strcmp(drop->reason, "nat_no_binding") != 0 &&
                     strcmp(drop->reason, "nat_filtered") != 0;
    row->end = end_of(self, hop, drop);
    uint32_t count = local ? 0 : nats_of(self, hop->from, nats);
    for (uint32_t i = 0; i < count && row->end != EXPLAIN_LOST_EARLY; i++) {
        pass(row, line_of_nat(self, nats[i], hop->from, i, hop->sent_ns));
        if (out)
            return;
    }
    count = local || row->end == EXPLAIN_LOST_EARLY ? 0 : nats_of(self, hop->to, nats);
    for (uint32_t i = count; i-- > 0;) {
        pass(row, line_of_nat(self, nats[i], hop->to, i, hop->sent_ns));
        if (is_nat_reason(drop))
            return;
    }
}

/* A place of the node at the other end, for one that is not known to go anywhere. */
static explain_place other_end(const building *self, const explain_hop *hop)
{
    const uint32_t node =
        node_of(self, hop->from) == self->section->client ? self->section->server : self->section->client;
    for (size_t i = self->run->address_count; i-- > 0;)
        if (node_of(self, self->run->addresses[i].place) == node)
            return self->run->addresses[i].place;
    return hop->from;
}

static void draw_way(building *self, const explain_hop *first, explain_row *row)
{
    const explain_hop *hop = first;
    row->from = line_of_place(self, first->from, first->sent_ns);
    go(self, row, hop);
    while (hop->next != EXPLAIN_NONE) {
        pass(row, line_of_place(self, hop->to, hop->sent_ns));
        hop = &self->trace->hops[hop->next];
        go(self, row, hop);
        if (row->end == EXPLAIN_LOST_EARLY)
            row->end = EXPLAIN_LOST_BETWEEN;
    }
    row->to = line_of_place(self, hop->to != EXPLAIN_NONE ? hop->to : other_end(self, hop), hop->sent_ns);
    if (row->end == EXPLAIN_LOST_BETWEEN && row->via_count == 0)
        row->end = EXPLAIN_LOST_LATE;
    if (row->end == EXPLAIN_ARRIVES)
        row->took_ns = hop->ended_ns - first->sent_ns;
}

/* ---- rows ---- */

static explain_row *new_row(building *self, explain_row_kind kind, uint64_t at_ns)
{
    explain_section *const section = self->section;
    if (!self->memory || !explain_grow((void **)&section->rows, section->row_count, sizeof *section->rows)) {
        self->memory = false;
        return NULL;
    }
    explain_row *const row = &section->rows[section->row_count++];
    self->latest = NULL;
    *row = (explain_row){.kind = kind, .at_ns = at_ns, .took_ns = EXPLAIN_NEVER};
    return row;
}

static void add_packet(building *self, const explain_hop *hop)
{
    explain_row *const row = new_row(self, EXPLAIN_ROW_PACKET, hop->sent_ns);
    if (!row)
        return;
    draw_way(self, hop, row);
    (void)explain_packet_text(self->trace, hop, row->count = 1, self->all, row->text);
    self->latest = hop;
    row->tone = row->end == EXPLAIN_ARRIVES ? EXPLAIN_PLAIN : EXPLAIN_BAD;
}

/* One like the last row's, shortly after it, is told with it: ngtcp2 sends two challenges at once. */
static bool join_latest(building *self, const explain_hop *hop)
{
    const explain_hop *const first = self->latest;
    if (self->all || !first || !hop || hop->sent_ns - first->sent_ns > TWIN_NS ||
        !explain_packets_alike(self->trace, first, hop))
        return false;
    explain_row *const row = &self->section->rows[self->section->row_count - 1];
    (void)explain_packet_text(self->trace, first, ++row->count, false, row->text);
    return true;
}

static void add_event(building *self, const explain_event *event)
{
    explain_row *const row = new_row(self, EXPLAIN_ROW_EVENT, event->at_ns);
    if (row)
        (void)explain_event_text(self->trace, event, row->text, &row->tone);
}

static void add_share(const building *self, const explain_hop *hop, gap *folded)
{
    size_t i = 0;
    while (i < folded->share_count && folded->shares[i].path != hop->path)
        i++;
    if (i == SHARES_MAX) {
        folded->elsewhere++;
        return;
    }
    if (i == folded->share_count)
        folded->shares[folded->share_count++] = (share){.path = hop->path};
    if (self->trace->datagrams[hop->datagram].sender == DISSECT_CLIENT)
        folded->shares[i].up++;
    else
        folded->shares[i].down++;
}

static void fold(const building *self, const explain_item *item, gap *folded)
{
    if (!item->hop && strcmp(item->event->name, "peer_up") == 0)
        return; /* datagrams show it */
    if (!item->hop) {
        folded->event =
            folded->events == 0 || (folded->event && strcmp(folded->event, item->event->name) == 0)
                ? item->event->name
                : NULL;
        folded->events++;
        return;
    }
    const explain_hop *const last = explain_last_hop(self->trace, item->hop);
    folded->packets++;
    add_share(self, item->hop, folded);
    if (last->drop != EXPLAIN_NONE)
        explain_losses_add(self->run, last->drop, &folded->losses);
    else
        folded->under_way += !last->arrived;
}

/* "wifi 20 up, 21 down; cellular 3 up". */
static void put_shares(const building *self, const gap *folded, char *text)
{
    char name[EXPLAIN_TEXT_MAX];
    for (size_t i = 0; i < folded->share_count; i++) {
        const share *const one = &folded->shares[i];
        explain_put(text, "%s%s", i == 0 ? "" : "; ",
                    one->path == EXPLAIN_NONE ? "other" : explain_path_name(self->trace, one->path, name));
        if (one->up > 0)
            explain_put(text, " %zu up", one->up);
        if (one->down > 0)
            explain_put(text, "%s %zu down", one->up > 0 ? "," : "", one->down);
    }
    if (folded->elsewhere > 0)
        explain_put(text, "; %zu on other paths", folded->elsewhere);
}

static void put_losses(const gap *folded, char *text)
{
    if (folded->losses.count == 0) {
        explain_put(text, folded->under_way > 0 ? "; none lost" : "; all delivered");
        return;
    }
    if (folded->losses.count == folded->packets)
        explain_put(text, "; %s", folded->packets == 1 ? "LOST" : "all LOST");
    else
        explain_put(text, "; %zu LOST", folded->losses.count);
    explain_losses_put(&folded->losses, text);
}

static void put_events(const gap *folded, char *text)
{
    const char *const name = folded->event ? folded->event : "event";
    explain_put(text, "%s%zu", folded->packets > 0 ? "; " : "", folded->events);
    if (strcmp(name, "timeline") == 0)
        explain_put(text, folded->events == 1 ? " entry of the timeline" : " entries of the timeline");
    else
        explain_put(text, " %s%s", name, folded->event || folded->events == 1 ? "" : "s");
}

static void end_gap(building *self, gap *folded, uint64_t to_ns)
{
    char time[EXPLAIN_TEXT_MAX];
    if (folded->losses.count > 0 || folded->events > 0 ||
        (folded->packets > 0 && to_ns - folded->from_ns >= GAP_NS) || folded->packets >= GAP_PACKETS) {
        explain_row *const row = new_row(self, EXPLAIN_ROW_GAP, folded->from_ns);
        if (!row)
            return;
        if (to_ns - folded->from_ns >= GAP_NS || folded->packets == 0 || folded->packets >= GAP_PACKETS)
            explain_put(row->text, "%s: ", explain_span(to_ns - folded->from_ns, time));
        put_shares(self, folded, row->text);
        if (folded->packets > 0)
            put_losses(folded, row->text);
        if (folded->events > 0)
            put_events(folded, row->text);
        row->tone = folded->losses.count > 0 ? EXPLAIN_BAD : EXPLAIN_DIM;
    }
    *folded = (gap){.from_ns = to_ns};
}

static bool is_in(const explain_window *windows, size_t count, uint64_t at_ns)
{
    for (size_t i = 0; i < count; i++)
        if (windows[i].from_ns <= at_ns && at_ns <= windows[i].to_ns)
            return true;
    return false;
}

/* ---- lifelines in their order ---- */

static void sort_lifelines(explain_section *section)
{
    for (uint32_t i = 1; i < section->lifeline_count; i++)
        for (uint32_t k = i; k > 0 && section->lifelines[k - 1].rank > section->lifelines[k].rank; k--) {
            const explain_lifeline line = section->lifelines[k];
            section->lifelines[k] = section->lifelines[k - 1];
            section->lifelines[k - 1] = line;
        }
}

/* The rows name lifelines by their order of use; afterwards by their place. */
static bool order_lifelines(explain_section *section)
{
    explain_lifeline *const before = calloc(section->lifeline_count + 1, sizeof *before);
    if (!before)
        return false;
    if (section->lifeline_count > 0)
        (void)memcpy(before, section->lifelines, section->lifeline_count * sizeof *before);
    sort_lifelines(section);
    for (size_t i = 0; i < section->row_count; i++) {
        explain_row *const row = &section->rows[i];
        uint32_t *const named[EXPLAIN_VIA_MAX + 2] = {&row->from,   &row->to,     &row->via[0], &row->via[1],
                                                      &row->via[2], &row->via[3], &row->via[4], &row->via[5],
                                                      &row->via[6], &row->via[7]};
        for (uint32_t k = 0; row->kind == EXPLAIN_ROW_PACKET && k < row->via_count + 2; k++) {
            const explain_lifeline *const line = &before[*named[k]];
            uint32_t at = 0;
            while (section->lifelines[at].kind != line->kind || section->lifelines[at].number != line->number)
                at++;
            *named[k] = at;
        }
    }
    free(before);
    return true;
}

bool explain_rows_make(const explain_trace *trace, const explain_item *items, size_t item_count,
                       const explain_window *windows, size_t window_count, bool all, bool choose,
                       explain_section *section)
{
    building self = {.trace = trace, .run = trace->run, .section = section, .all = all, .memory = true};
    gap folded = {0};
    uint64_t last_ns = 0;
    for (size_t i = 0; self.memory && i < item_count; i++) {
        const explain_item *const item = &items[i];
        last_ns = item->at_ns;
        const bool told = (is_in(windows, window_count, item->at_ns) && (item->matters || all)) ||
                          (choose && !item->hop && strcmp(item->event->name, "timeline") == 0);
        const bool full = choose && section->row_count >= ROWS_MAX;
        section->left_out += told && full;
        if (!told || full) {
            fold(&self, item, &folded);
            continue;
        }
        if (join_latest(&self, item->hop))
            continue;
        end_gap(&self, &folded, item->at_ns);
        if (item->hop)
            add_packet(&self, item->hop);
        else
            add_event(&self, item->event);
    }
    const uint64_t end_ns = trace->run->end_ns;
    end_gap(&self, &folded, end_ns != EXPLAIN_NEVER && end_ns > last_ns ? end_ns : last_ns);
    return self.memory && order_lifelines(section);
}
