/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/host.h"

#include "sim/net/host_internal.h"
#include "sim/net/packet.h"

#include <assert.h>
#include <stdlib.h>

#define SECOND_NS UINT64_C(1000000000)
#define COPIED_FRAMES_MAX (1u << 18) /* a quarter of those of a world: copies leave room for the rest */

static int out_of_memory(const host *self)
{
    return run_error_set(self->options.error, RUN_ERROR_MEMORY, "%s: out of memory", self->options.name);
}

static int simulator_refused(const host *self, int status)
{
    if (status == N3_ERR_MEMORY)
        return out_of_memory(self);
    const char *const text = n3_world_error(self->options.n3);
    return run_error_set(self->options.error, RUN_ERROR_NS3, "%s: %s", self->options.name,
                         *text ? text : n3_strerror(status));
}

int host_new(const host_options *options, host **out)
{
    host *const self = calloc(1, sizeof *self);
    if (!self)
        return run_error_set(options->error, RUN_ERROR_MEMORY, "%s: out of memory", options->name);
    self->options = *options;
    host_sockets_init(&self->sockets, options->ports_except);
    int status = n3_node_new(options->n3, &self->node);
    if (status) {
        status = simulator_refused(self, status);
        free(self);
        return status;
    }
    *out = self;
    return RUN_ERROR_NONE;
}

void host_free(host *self)
{
    if (!self)
        return;
    host_sockets_fini(&self->sockets);
    for (presence *at = self->presences, *next; at; at = next) {
        next = at->next;
        impair_free(at->state.faults_up);
        impair_free(at->state.faults_down);
        for (host_attachment *attachment = at->latest, *earlier; attachment; attachment = earlier) {
            earlier = attachment->earlier;
            if (attachment->made_link)
                access_free(attachment->link);
            free(attachment);
        }
        free(at);
    }
    free(self);
}

/* ---- attachments ---- */

static presence *find_presence(const host *self, const network *on)
{
    presence *at = self->presences;
    while (at && at->on != on)
        at = at->next;
    return at;
}

static presence *enter(host *self, network *on)
{
    presence *at = find_presence(self, on);
    if (at)
        return at;
    at = calloc(1, sizeof *at);
    if (!at)
        return NULL;
    *at = (presence){
        .on = on, .state = {.up = on->up, .down = on->down, .mtu = on->mtu}, .next = self->presences};
    self->presences = at;
    return at;
}

static bool is_attached(const presence *at)
{
    return at && at->latest && access_is_attached(at->latest->link);
}

static void deliver(void *ctx, const ip_datagram *datagram, uint64_t now_ns)
{
    const host_attachment *const attachment = ctx;
    const host *const self = attachment->owner;
    const host_socket *const socket = host_sockets_find(&self->sockets, &datagram->destination);
    if (!socket || socket->attachment->gone) {
        host_answer_no_port(attachment, datagram, now_ns);
        return;
    }
    roam_datagram received = {.remote = datagram->source,
                              .ecn = datagram->ecn,
                              .data = datagram->payload,
                              .len = datagram->payload_len,
                              .segment_len = datagram->payload_len};
    self->options.receive(self->options.receive_ctx, socket->adapter, &received, now_ns);
}

/* As a kernel: the quoted datagram is one of a socket that the host has, and came from there. */
static void deliver_error(void *ctx, const icmp_error *error, uint64_t now_ns)
{
    const host_attachment *const attachment = ctx;
    const host *const self = attachment->owner;
    roam_addr from = error->quote.source;
    const host_socket *const socket = host_sockets_find(&self->sockets, &from);
    from.port = 0;
    if (socket && !socket->attachment->gone && roam_addr_equal(&from, &error->destination) &&
        self->options.receive_error)
        self->options.receive_error(self->options.receive_ctx, socket->adapter, error, now_ns);
}

static void too_big(void *ctx, n3_frame *frame, uint32_t mtu, uint64_t now_ns)
{
    const host_attachment *const attachment = ctx;
    const internet_answer answer = {
        .from = access_router(attachment->link), .kind = ICMP_TOO_BIG, .mtu = mtu};
    internet_send_error(attachment->at->on->realm, &answer, frame, now_ns);
}

static void forward(void *ctx, access_link *link, n3_frame *frame, uint64_t now_ns)
{
    const host_attachment *const attachment = ctx;
    const host *const self = attachment->owner;
    if (self->watch.passing) {
        packet_settle(frame);
        packet_forget(frame);
        self->watch.passing(self->watch.ctx, frame, now_ns);
    }
    internet_forward(attachment->at->on->realm, link, frame, now_ns);
}

static int add_link(host *self, const presence *at, host_attachment *attachment)
{
    internet *const core = self->options.internet;
    n3_medium *medium = NULL;
    int status = network_medium(at->on, self->options.n3, self->options.name, at->attachments, &medium);
    if (status)
        return status;
    access_options options = {.n3 = self->options.n3,
                              .host = self->node,
                              .core = internet_node(core),
                              .observers = self->options.observers,
                              .error = self->options.error,
                              .node = self->options.node,
                              .network = at->on->index,
                              .attachment = at->attachments,
                              .node_name = self->options.name,
                              .network_name = at->on->scenario->name,
                              .type = at->on->scenario->link_type,
                              .medium = medium,
                              .owns_medium = network_divides_queues(at->on),
                              .distance_mm = at->on->scenario->distance_mm,
                              .state = at->state,
                              .forward = forward,
                              .forward_ctx = attachment,
                              .deliver = deliver,
                              .deliver_error = deliver_error,
                              .too_big = too_big,
                              .deliver_ctx = attachment,
                              .suspended = &self->suspended};
    if (at->on->scenario->icmp)
        options.router = network_router_address(at->on);
    status = access_new(&options, &attachment->link);
    if (status)
        return status;
    status = internet_add(at->on->realm, attachment->link, &attachment->address);
    if (status)
        access_free(attachment->link);
    else
        attachment->made_link = true;
    return status;
}

/* One more address on the link of those that the host has there. */
static int share_link(const presence *at, host_attachment *attachment)
{
    attachment->link = at->latest->link;
    return internet_add(at->on->realm, attachment->link, &attachment->address);
}

/* At the end, or in front of those of the same link, which it takes precedence over. */
static void join_attached(host *self, host_attachment *attachment)
{
    host_attachment **place = &self->attached;
    while (*place && (*place)->link != attachment->link)
        place = &(*place)->next_attached;
    attachment->next_attached = *place;
    *place = attachment;
}

static void tell_address(const host *self, const network *on, const roam_addr *addr, bool attached,
                         uint64_t now_ns)
{
    observer_set_address(self->options.observers, self->options.node, on->index, addr, attached, now_ns);
    internet_announce(on->realm, self->options.node, addr, attached);
}

/* deprecate_ns: what the host has there stays until then; 0: it has nothing there. */
static int add_address(host *self, network *on, uint64_t deprecate_ns, uint64_t now_ns, roam_addr *address)
{
    presence *const at = enter(self, on);
    host_attachment *attachment = calloc(1, sizeof *attachment);
    int status = RUN_ERROR_NONE;
    if (!at || !attachment)
        status = out_of_memory(self);
    else if (is_attached(at) != (deprecate_ns > 0))
        status = deprecate_ns > 0 ? REFUSAL_NOT_ATTACHED : REFUSAL_ATTACHED;
    else if (!network_next_address(on, &attachment->address))
        status = REFUSAL_NO_ADDRESS;
    if (status)
        goto out;
    assert(at && attachment);
    attachment->owner = self;
    attachment->at = at;
    attachment->since_ns = now_ns;
    attachment->until_ns = ROAM_NEVER;
    status = deprecate_ns > 0 ? share_link(at, attachment) : add_link(self, at, attachment);
    if (status) {
        status = simulator_refused(self, status);
        goto out;
    }
    if (deprecate_ns > 0)
        at->latest->until_ns = deprecate_ns;
    else
        at->attachments++;
    attachment->earlier = at->latest;
    at->latest = attachment;
    join_attached(self, attachment);
    *address = attachment->address;
    attachment = NULL;
    tell_address(self, on, address, true, now_ns);
out:
    free(attachment);
    return status;
}

int host_attach(host *self, network *on, uint64_t now_ns, roam_addr *address)
{
    return add_address(self, on, 0, now_ns, address);
}

int host_replace_address(host *self, network *on, uint64_t until_ns, uint64_t now_ns, roam_addr *address)
{
    assert(until_ns > now_ns);
    return add_address(self, on, until_ns, now_ns, address);
}

/* The address that *place has is gone, and the next one is there. */
static void withdraw(host *self, host_attachment **place, uint64_t now_ns)
{
    host_attachment *const attachment = *place;
    internet_remove(self->options.internet, attachment->link, &attachment->address);
    *place = attachment->next_attached;
    attachment->gone = true;
    tell_address(self, attachment->at->on, &attachment->address, false, now_ns);
}

void host_withdraw_deprecated(host *self, const network *on, uint64_t now_ns)
{
    for (host_attachment **place = &self->attached; *place;)
        if ((*place)->at->on == on && (*place)->until_ns <= now_ns)
            withdraw(self, place, now_ns);
        else
            place = &(*place)->next_attached;
}

int host_detach(host *self, network *on, uint64_t now_ns)
{
    const presence *const at = find_presence(self, on);
    if (!is_attached(at))
        return REFUSAL_NOT_ATTACHED;
    access_detach(at->latest->link, now_ns);
    for (host_attachment **place = &self->attached; *place;)
        if ((*place)->at == at)
            withdraw(self, place, now_ns);
        else
            place = &(*place)->next_attached;
    return RUN_ERROR_NONE;
}

bool host_is_on(const host *self, const network *on)
{
    return is_attached(find_presence(self, on));
}

address_realm *host_realm(const host *self, const roam_addr *addr)
{
    for (const host_attachment *at = self->attached; at; at = at->next_attached) {
        roam_addr own = at->address;
        own.port = addr->port;
        if (roam_addr_equal(&own, addr))
            return at->at->on->realm;
    }
    return NULL;
}

bool host_address(const host *self, const network *on, roam_addr *out)
{
    const presence *const at = find_presence(self, on);
    if (!at || !at->latest)
        return false;
    *out = at->latest->address;
    return true;
}

bool host_attached(const host *self, size_t number, roam_addr *out)
{
    const host_attachment *attachment = self->attached;
    while (attachment && number-- > 0)
        attachment = attachment->next_attached;
    if (!attachment)
        return false;
    *out = attachment->address;
    return true;
}

bool host_has(const host *self, const roam_addr *addr)
{
    roam_addr own;
    for (size_t i = 0; host_attached(self, i, &own); i++) {
        own.port = addr->port;
        if (roam_addr_equal(&own, addr))
            return true;
    }
    return false;
}

/* ---- changes ---- */

static int change(host *self, presence *at, const access_state *state)
{
    if (is_attached(at)) {
        const int status = access_set(at->latest->link, state);
        if (status)
            return simulator_refused(self, status);
    }
    at->state = *state;
    return RUN_ERROR_NONE;
}

static int change_link(host *self, presence *at, scenario_direction direction, uint32_t changes,
                       const scenario_link *values)
{
    access_state state = at->state;
    if (direction != SCENARIO_DOWN)
        scenario_link_change(&state.up, changes, values);
    if (direction != SCENARIO_UP)
        scenario_link_change(&state.down, changes, values);
    /* ns-3's channel has one delay: the later of two settings would silently replace the first. */
    if (at->on->scenario->link_type == SCENARIO_LINK_P2P && state.up.delay_ns != state.down.delay_ns)
        return run_error_set(self->options.error, RUN_ERROR_SCENARIO,
                             "%s: %s has p2p links, whose delay is one for both directions",
                             self->options.name, at->on->scenario->name);
    return change(self, at, &state);
}

int host_set_link(host *self, network *on, scenario_direction direction, uint32_t changes,
                  const scenario_link *values)
{
    presence *const at = enter(self, on);
    return at ? change_link(self, at, direction, changes, values) : out_of_memory(self);
}

int host_follow_network(host *self, network *on, scenario_direction direction, uint32_t changes,
                        const scenario_link *values)
{
    presence *const at = find_presence(self, on);
    return at ? change_link(self, at, direction, changes, values) : RUN_ERROR_NONE;
}

void host_get_link(const host *self, const network *on, scenario_link *up, scenario_link *down)
{
    const presence *const at = find_presence(self, on);
    *up = at ? at->state.up : on->up;
    *down = at ? at->state.down : on->down;
}

int host_set_down(host *self, network *on, bool down)
{
    presence *const at = enter(self, on);
    if (!at)
        return out_of_memory(self);
    access_state state = at->state;
    state.is_down = down;
    return change(self, at, &state);
}

int host_set_blackhole(host *self, network *on, scenario_direction direction, bool black)
{
    presence *const at = enter(self, on);
    if (!at)
        return out_of_memory(self);
    access_state state = at->state;
    if (direction != SCENARIO_DOWN)
        state.blackhole_up = black;
    if (direction != SCENARIO_UP)
        state.blackhole_down = black;
    return change(self, at, &state);
}

int host_set_mtu(host *self, network *on, const scenario_mtu *mtu)
{
    presence *const at = enter(self, on);
    if (!at)
        return out_of_memory(self);
    access_state state = at->state;
    state.mtu = *mtu;
    return change(self, at, &state);
}

bool host_has_been_on(const host *self, const network *on)
{
    return find_presence(self, on) != NULL;
}

static int begin_fault(const host *self, const presence *at, impair **where, bool up,
                       const scenario_impair *rule)
{
    const impair_options options = {.n3 = self->options.n3,
                                    .error = self->options.error,
                                    .node = self->options.name,
                                    .network = at->on->scenario->name,
                                    .up = up,
                                    .outlet = &ACCESS_OUTLET,
                                    .frames_max = COPIED_FRAMES_MAX};
    if (!*where)
        *where = impair_new(&options);
    return *where ? impair_begin(*where, rule) : out_of_memory(self);
}

int host_begin_fault(host *self, network *on, scenario_direction direction, const scenario_impair *rule)
{
    presence *const at = enter(self, on);
    if (!at)
        return out_of_memory(self);
    access_state state = at->state;
    int status = RUN_ERROR_NONE;
    if (direction != SCENARIO_DOWN)
        status = begin_fault(self, at, &state.faults_up, true, rule);
    if (!status && direction != SCENARIO_UP)
        status = begin_fault(self, at, &state.faults_down, false, rule);
    return status ? status : change(self, at, &state);
}

void host_end_fault(const host *self, const network *on, scenario_direction direction,
                    const scenario_impair *rule)
{
    const presence *const at = find_presence(self, on);
    if (at && at->state.faults_up && direction != SCENARIO_DOWN)
        impair_end(at->state.faults_up, rule);
    if (at && at->state.faults_down && direction != SCENARIO_UP)
        impair_end(at->state.faults_down, rule);
}

int host_walk(host *self, network *on, const scenario_walk *walk)
{
    const presence *const at = find_presence(self, on);
    if (!is_attached(at))
        return REFUSAL_NOT_ATTACHED;
    const uint64_t from_mm = access_distance_mm(at->latest->link);
    const uint64_t way_mm = from_mm > walk->to_mm ? from_mm - walk->to_mm : walk->to_mm - from_mm;
    const bool timed = walk->over_ns != SCENARIO_NEVER;
    const uint64_t over_ns = timed ? walk->over_ns : way_mm * SECOND_NS / walk->speed_mmps;
    const int status = access_walk(at->latest->link, walk->to_mm, over_ns);
    return status ? simulator_refused(self, status) : RUN_ERROR_NONE;
}

int host_set_refused(host *self, network *on, bool refused)
{
    presence *const at = enter(self, on);
    if (!at)
        return out_of_memory(self);
    at->refused = refused;
    return RUN_ERROR_NONE;
}

access_counts host_count(const host *self, const network *on, bool up)
{
    access_counts counts = {0};
    const presence *const at = find_presence(self, on);
    for (const host_attachment *attachment = at ? at->latest : NULL; attachment;
         attachment = attachment->earlier)
        if (attachment->made_link)
            access_count(attachment->link, up, &counts);
    return counts;
}
