/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/access.h"

#include "sim/net/channel.h"
#include "sim/net/network.h"
#include "sim/net/packet.h"
#include "sim/random_streams.h"
#include "sim/tap/packet_inspector.h"

#include <assert.h>
#include <stdlib.h>

#define PPB 1e9

/* One way through the link, at the device that sends. */
typedef struct direction {
    n3_device *device;
    channel *beyond; /* NULL: never needed */
    uint64_t blackholed;
    uint64_t blackholed_bytes;
    uint64_t vanished;  /* arrived at the host's end after the detach */
    uint64_t slept;     /* likewise, while the host was suspended */
    uint64_t parted;    /* up: dropped in the core, which a partition divides */
    uint64_t oversized; /* up: dropped by the router */
    uint64_t faulted;   /* dropped by a fault, before the device */
    uint64_t faulted_bytes;
    uint64_t damaged;
    uint64_t copied;
    uint64_t held;
    uint64_t corrupted;
} direction;

struct access_link {
    access_options made; /* with what it was made */
    n3_world *n3;
    const observer_set *observers;
    uint32_t node;
    uint32_t network;
    scenario_link_type type;
    const n3_medium *medium; /* NULL: a link of its own */
    bool attached;
    bool forging;             /* what is shown is an attacker's */
    uint64_t last_arrival_ns; /* after a detach: what had left the queue is at the core by then */
    access_state state;
    direction up;
    direction down;
    access_forward_fn *forward;
    void *forward_ctx;
    access_deliver_fn *deliver;
    void *deliver_ctx;
};

static n3_device_params params_of(const access_link *link, const scenario_link *from, bool is_up)
{
    n3_device_params params;
    const scenario_queue_limits queue = scenario_link_queue(from);
    n3_device_params_default(&params);
    params.rate_bps = from->rate_bps;
    params.delay_ns = from->delay_ns;
    params.jitter_ns = from->reordering ? 0 : from->jitter_ns; /* else the channel's */
    params.queue_packets = queue.packets;
    params.queue_bytes = queue.bytes;
    params.loss = from->loss_ppb / PPB;
    params.header_bytes = link->type == SCENARIO_LINK_P2P ? 2 : 0; /* of ns-3's PPP header */
    params.up = is_up;
    if (link->type == SCENARIO_LINK_CSMA)
        params.rate_bps = 0; /* it is that of the bus */
    return params;
}

static void show(const access_link *link, bool up, observer_drop drop, const n3_frame *frame,
                 const ip_datagram *datagram, uint64_t now_ns)
{
    observer_packet packet = {.node = link->node,
                              .network = link->network,
                              .up = up,
                              .forged = link->forging,
                              .drop = drop,
                              .queue_ns = up ? n3_device_wait_ns(link->up.device) : 0,
                              .link_ns = link->state.up.delay_ns + link->state.down.delay_ns,
                              .bytes = frame->bytes,
                              .len = frame->length};
    if (datagram) {
        packet.source = datagram->source;
        packet.destination = datagram->destination;
        packet.payload = datagram->payload;
        packet.payload_len = datagram->payload_len;
    }
    if (!packet.payload) /* no UDP datagram */
        packet.view = NULL;
    else if (link->observers->inspector && drop == OBSERVER_NOT_DROPPED && up)
        packet.view = packet_inspector_look(link->observers->inspector, link->node, link->forging,
                                            packet.payload, packet.payload_len);
    else if (link->observers->frames && drop == OBSERVER_NOT_DROPPED)
        packet.view = packet_inspector_arrival(link->observers->inspector, link->node, packet.payload,
                                               packet.payload_len);
    observer_set_packet(link->observers, &packet, now_ns);
}

static void show_drop(const access_link *link, bool up, observer_drop drop, const n3_frame *frame,
                      uint64_t now_ns)
{
    if (!link->observers->packet)
        return;
    ip_datagram datagram = {0};
    icmp_error error;
    bool known = packet_peek(frame, &datagram);
    if (!known && icmp_parse(frame->bytes, frame->length, &error)) {
        known = true;
        datagram = (ip_datagram){.source = error.source, .destination = error.destination};
    }
    show(link, up, drop, frame, known ? &datagram : NULL, now_ns);
}

void access_drop(access_link *link, n3_frame *frame, bool up, observer_drop reason, uint64_t now_ns)
{
    show_drop(link, up, reason, frame, now_ns);
    (up ? &link->up : &link->down)->parted += reason == OBSERVER_DROP_PARTITION;
    n3_frame_free(link->n3, frame);
}

static observer_drop drop_of(n3_status reason)
{
    if (reason == N3_DROP_QUEUE)
        return OBSERVER_DROP_QUEUE;
    if (reason == N3_DROP_MEDIUM)
        return OBSERVER_DROP_MEDIUM;
    return reason == N3_DROP_LOSS ? OBSERVER_DROP_LOSS : OBSERVER_DROP_DOWN;
}

/* A detached link is down for ns-3; observers see it as detached. */
static void on_drop(const access_link *link, bool up, const n3_frame *frame, n3_status reason,
                    uint64_t now_ns)
{
    show_drop(link, up, link->attached ? drop_of(reason) : OBSERVER_DROP_DETACHED, frame, now_ns);
}

static void on_drop_up(void *ctx, const n3_frame *frame, n3_status reason, uint64_t now_ns)
{
    on_drop(ctx, true, frame, reason, now_ns);
}

static void on_drop_down(void *ctx, const n3_frame *frame, n3_status reason, uint64_t now_ns)
{
    on_drop(ctx, false, frame, reason, now_ns);
}

/* What the medium does at the far end. False: it has kept or lost the frame. */
static bool comes_out(access_link *link, bool up, n3_frame *frame, uint64_t now_ns)
{
    channel *const beyond = up ? link->up.beyond : link->down.beyond;
    const channel_fate fate = beyond ? channel_take(beyond, frame, now_ns) : CHANNEL_PASSES;
    if (fate == CHANNEL_LOSES)
        access_drop(link, frame, up, OBSERVER_DROP_LOSS, now_ns);
    return fate == CHANNEL_PASSES;
}

/* A router drops what its next link does not take. */
static bool is_oversized(const access_link *link, const n3_frame *frame)
{
    return link->made.router.family != ROAM_FAMILY_NONE && frame->length > link->state.mtu.bytes;
}

static void core_receive(void *ctx, n3_frame *frame, uint64_t now_ns)
{
    access_link *const link = ctx;
    if (link->attached && is_oversized(link, frame)) {
        link->up.oversized++;
        link->made.too_big(link->deliver_ctx, frame, link->state.mtu.bytes, now_ns);
        access_drop(link, frame, true, OBSERVER_DROP_MTU, now_ns);
    } else if (!link->attached && now_ns > link->last_arrival_ns)
        access_drop(link, frame, true, OBSERVER_DROP_DETACHED, now_ns);
    else
        link->forward(link->forward_ctx, link, frame, now_ns);
}

static void on_core_receive(void *ctx, n3_frame *frame, uint64_t now_ns)
{
    if (comes_out(ctx, true, frame, now_ns))
        core_receive(ctx, frame, now_ns);
}

static void error_receive(access_link *link, n3_frame *frame, uint64_t now_ns)
{
    icmp_error error;
    if (!icmp_parse(frame->bytes, frame->length, &error)) {
        access_drop(link, frame, false, OBSERVER_DROP_MALFORMED, now_ns);
        return;
    }
    if (link->observers->packet)
        show(link, false, OBSERVER_NOT_DROPPED, frame,
             &(ip_datagram){.source = error.source, .destination = error.destination}, now_ns);
    link->made.deliver_error(link->deliver_ctx, &error, now_ns);
    n3_frame_free(link->n3, frame);
}

static void host_receive(void *ctx, n3_frame *frame, uint64_t now_ns)
{
    access_link *const link = ctx;
    if (!link->attached) {
        link->down.vanished++;
        access_drop(link, frame, false, OBSERVER_DROP_DETACHED, now_ns);
        return;
    }
    if (link->made.suspended && *link->made.suspended) {
        link->down.slept++;
        access_drop(link, frame, false, OBSERVER_DROP_SUSPENDED, now_ns);
        return;
    }
    if (link->state.blackhole_down) {
        link->down.blackholed++;
        link->down.blackholed_bytes += frame->length;
        access_drop(link, frame, false, OBSERVER_DROP_BLACKHOLE, now_ns);
        return;
    }
    const ip_datagram *datagram;
    const int status = packet_read(frame, &datagram);
    if (status == IP_ERR_PROTOCOL && icmp_is(frame->bytes, frame->length)) {
        error_receive(link, frame, now_ns);
        return;
    }
    if (status != IP_OK) {
        link->down.damaged += status == IP_ERR_CHECKSUM;
        access_drop(link, frame, false,
                    status == IP_ERR_CHECKSUM ? OBSERVER_DROP_CHECKSUM : OBSERVER_DROP_MALFORMED, now_ns);
        return;
    }
    if (link->observers->packet)
        show(link, false, OBSERVER_NOT_DROPPED, frame, datagram, now_ns);
    link->deliver(link->deliver_ctx, datagram, now_ns);
    n3_frame_free(link->n3, frame);
}

static void on_host_receive(void *ctx, n3_frame *frame, uint64_t now_ns)
{
    if (comes_out(ctx, false, frame, now_ns))
        host_receive(ctx, frame, now_ns);
}

static uint64_t stream_of(const access_options *options, random_purpose purpose)
{
    random_consumer consumer = {.purpose = purpose,
                                .node = options->node_name,
                                .network = options->network_name,
                                .attachment = options->attachment};
    return random_stream(&consumer);
}

static channel *channel_of(const access_options *options, access_link *link, bool up)
{
    const channel_options made = {
        .n3 = options->n3,
        .error = options->error,
        .burst_stream = stream_of(options, up ? RANDOM_BURST_UP : RANDOM_BURST_DOWN),
        .jitter_stream = stream_of(options, up ? RANDOM_REORDERING_UP : RANDOM_REORDERING_DOWN),
        .mark_stream = stream_of(options, up ? RANDOM_ECN_UP : RANDOM_ECN_DOWN),
        .come_out = up ? core_receive : host_receive,
        .ctx = link};
    return channel_new(&made);
}

/* Makes the channel when it is first needed. */
static int set_channel(access_link *link, bool up, const scenario_link *params)
{
    direction *const at = up ? &link->up : &link->down;
    if (!at->beyond && !channel_is_needed(params))
        return N3_OK;
    if (!at->beyond)
        at->beyond = channel_of(&link->made, link, up);
    if (!at->beyond)
        return N3_ERR_MEMORY;
    channel_set(at->beyond, params);
    return N3_OK;
}

static int set_channels(access_link *link, const access_state *state)
{
    const int status = set_channel(link, true, &state->up);
    return status ? status : set_channel(link, false, &state->down);
}

static n3_status link_up(access_link *link, const access_options *options, const n3_link_options *join)
{
    if (!options->medium)
        return n3_link_new(options->n3, join, options->host, options->core, &link->up.device,
                           &link->down.device);
    random_consumer station = {
        .purpose = RANDOM_MEDIUM, .node = options->node_name, .network = options->network_name};
    n3_host_options host;
    n3_host_options_default(&host);
    host.wire = *join;
    host.stream = random_stream_block(&station, N3_MEDIUM_STREAMS);
    if (options->distance_mm > 0)
        host.distance_mm = options->distance_mm;
    return n3_medium_add(options->medium, &host, options->host, options->core, &link->up.device,
                         &link->down.device);
}

static int join(access_link *link, const access_options *options)
{
    n3_link_options join;
    n3_link_options_default(&join);
    join.kind = options->type == SCENARIO_LINK_P2P ? N3_LINK_P2P : N3_LINK_PIPE;
    join.a = params_of(link, &options->state.up, !options->state.is_down);
    join.b = params_of(link, &options->state.down, !options->state.is_down);
    join.a_loss_stream = stream_of(options, RANDOM_LOSS_UP);
    join.a_jitter_stream = stream_of(options, RANDOM_JITTER_UP);
    join.b_loss_stream = stream_of(options, RANDOM_LOSS_DOWN);
    join.b_jitter_stream = stream_of(options, RANDOM_JITTER_DOWN);
    const n3_status status = link_up(link, options, &join);
    if (status)
        return status;
    n3_device_on_receive(link->up.device, on_host_receive, link);
    n3_device_on_receive(link->down.device, on_core_receive, link);
    n3_device_on_drop(link->up.device, on_drop_up, link);
    n3_device_on_drop(link->down.device, on_drop_down, link);
    return N3_OK;
}

int access_new(const access_options *options, access_link **out)
{
    access_link *const link = malloc(sizeof *link);
    if (!link)
        return N3_ERR_MEMORY;
    *link = (access_link){.n3 = options->n3,
                          .observers = options->observers,
                          .made = *options,
                          .node = options->node,
                          .network = options->network,
                          .type = options->type,
                          .medium = options->medium,
                          .attached = true,
                          .state = options->state,
                          .forward = options->forward,
                          .forward_ctx = options->forward_ctx,
                          .deliver = options->deliver,
                          .deliver_ctx = options->deliver_ctx};
    int status = join(link, options);
    if (!status)
        status = set_channels(link, &options->state);
    if (status) {
        access_free(link);
        return status;
    }
    *out = link;
    return N3_OK;
}

void access_free(access_link *link)
{
    channel_free(link->up.beyond);
    channel_free(link->down.beyond);
    free(link);
}

uint32_t access_network(const access_link *link)
{
    return link->network;
}

roam_addr access_router(const access_link *link)
{
    return link->made.router;
}

bool access_is_attached(const access_link *link)
{
    return link->attached;
}

void access_detach(access_link *link, uint64_t now_ns)
{
    assert(link->attached);
    access_state state = link->state;
    state.is_down = true;
    const int status = access_set(link, &state);
    assert(status == N3_OK);
    (void)status;
    link->attached = false;
    link->last_arrival_ns = now_ns + state.up.delay_ns + state.up.jitter_ns;
    if (link->medium)
        n3_medium_leave(link->up.device);
}

int access_walk(access_link *link, uint64_t to_mm, uint64_t over_ns)
{
    return n3_medium_walk(link->up.device, to_mm, over_ns);
}

uint64_t access_distance_mm(const access_link *link)
{
    return n3_medium_distance_mm(link->up.device);
}

/* ---- faults ---- */

static direction *way(access_link *link, bool up)
{
    return up ? &link->up : &link->down;
}

/* Into the device, which reads the bytes where it is one of ns-3's own. */
static void transmit(access_link *link, bool up, n3_frame *frame)
{
    if (link->type != SCENARIO_LINK_PIPE)
        packet_settle(frame);
    n3_device_send(way(link, up)->device, frame);
}

/* A packet that a fault has held back, or copied, enters a link that may have gone meanwhile. */
static void fault_pass(void *ctx, bool up, n3_frame *frame, uint64_t now_ns)
{
    access_link *const link = ctx;
    if (!link->attached)
        access_drop(link, frame, up, OBSERVER_DROP_DETACHED, now_ns);
    else
        transmit(link, up, frame);
}

static void fault_drop(void *ctx, bool up, n3_frame *frame, uint64_t now_ns)
{
    access_link *const link = ctx;
    way(link, up)->faulted++;
    way(link, up)->faulted_bytes += frame->length;
    access_drop(link, frame, up, OBSERVER_DROP_FAULT, now_ns);
}

static void fault_tell(void *ctx, bool up, impair_event event)
{
    direction *const at = way(ctx, up);
    switch (event) {
    case IMPAIR_COPIED:
        at->copied++;
        break;
    case IMPAIR_HELD:
        at->held++;
        break;
    case IMPAIR_CORRUPTED:
        at->corrupted++;
        break;
    }
}

static bool fault_has(void *ctx, bool up, const n3_frame *frame, scenario_frame kind, uint64_t stream)
{
    const access_link *const link = ctx;
    ip_datagram datagram;
    (void)up;
    return packet_peek(frame, &datagram) && packet_inspector_holds(link->observers->inspector, kind, stream,
                                                                   datagram.payload, datagram.payload_len);
}

const impair_outlet ACCESS_OUTLET = {
    .pass = fault_pass, .drop = fault_drop, .tell = fault_tell, .has = fault_has};

static void enter(access_link *link, bool up, n3_frame *frame, uint64_t now_ns)
{
    impair *const faults = up ? link->state.faults_up : link->state.faults_down;
    if (faults && impair_is_active(faults))
        impair_enter(faults, link, frame, now_ns);
    else
        transmit(link, up, frame);
}

static int drop_detached(access_link *link, n3_frame *frame, uint64_t now_ns)
{
    access_drop(link, frame, true, OBSERVER_DROP_DETACHED, now_ns);
    return ROAM_ERR_ADAPTER;
}

int access_refuse_up(access_link *link, n3_frame *frame, const ip_datagram *datagram, uint64_t now_ns)
{
    if (link->observers->packet || link->observers->inspector)
        show(link, true, OBSERVER_NOT_DROPPED, frame, datagram, now_ns);
    return drop_detached(link, frame, now_ns);
}

int access_send_up(access_link *link, n3_frame *frame, const ip_datagram *datagram, uint64_t now_ns)
{
    if (link->observers->packet || link->observers->inspector)
        show(link, true, OBSERVER_NOT_DROPPED, frame, datagram, now_ns);
    if (!link->attached)
        return drop_detached(link, frame, now_ns);
    const bool far = link->state.mtu.silent && link->made.router.family != ROAM_FAMILY_NONE;
    if (frame->length > link->state.mtu.bytes && !far) {
        access_drop(link, frame, true, OBSERVER_DROP_MTU, now_ns);
        return link->state.mtu.silent ? 0 : ROAM_ERR_TOO_LARGE;
    }
    if (link->state.blackhole_up) {
        link->up.blackholed++;
        link->up.blackholed_bytes += frame->length;
        access_drop(link, frame, true, OBSERVER_DROP_BLACKHOLE, now_ns);
        return 0;
    }
    enter(link, true, frame, now_ns);
    return 0;
}

int access_forge_up(access_link *link, n3_frame *frame, const ip_datagram *datagram, uint64_t now_ns)
{
    link->forging = true;
    const int status = access_send_up(link, frame, datagram, now_ns);
    link->forging = false;
    return status;
}

void access_send_down(access_link *link, n3_frame *frame, uint64_t now_ns)
{
    if (frame->length <= link->state.mtu.bytes) {
        enter(link, false, frame, now_ns);
        return;
    }
    if (link->made.router.family != ROAM_FAMILY_NONE)
        link->made.too_big(link->deliver_ctx, frame, link->state.mtu.bytes, now_ns);
    access_drop(link, frame, false, OBSERVER_DROP_MTU, now_ns);
}

int access_set(access_link *link, const access_state *state)
{
    n3_device_params before;
    n3_device_params up = params_of(link, &state->up, !state->is_down);
    n3_device_params down = params_of(link, &state->down, !state->is_down);
    n3_device_get(link->up.device, &before);
    n3_status status = n3_device_set(link->up.device, &up);
    if (status)
        return status;
    status = n3_device_set(link->down.device, &down);
    if (status) {
        const n3_status undone = n3_device_set(link->up.device, &before);
        assert(undone == N3_OK);
        (void)undone;
        return status;
    }
    link->state = *state;
    const int changed =
        link->made.owns_medium ? network_set_queue(link->made.medium, &state->up, &state->down) : N3_OK;
    return changed ? changed : set_channels(link, state);
}

int access_hold(access_link *link, scenario_direction ways, uint64_t until_ns)
{
    int status = N3_OK;
    if (ways != SCENARIO_DOWN)
        status = n3_device_hold(link->up.device, until_ns);
    if (!status && ways != SCENARIO_UP)
        status = n3_device_hold(link->down.device, until_ns);
    return status;
}

void access_count(const access_link *link, bool up, access_counts *counts)
{
    const direction *const at = up ? &link->up : &link->down;
    n3_device_counters device;
    n3_device_count(at->device, &device);
    /* On the way up a black hole drops packets before the device counts them, on the way down after. */
    counts->packets += device.sent + at->faulted + (up ? at->blackholed : 0);
    counts->bytes += device.sent_bytes + at->faulted_bytes + (up ? at->blackholed_bytes : 0);
    const channel_counts beyond = at->beyond ? channel_count(at->beyond) : (channel_counts){0};
    counts->delivered += device.delivered - beyond.lost - at->damaged - at->parted - at->oversized -
                         at->slept - (up ? 0 : at->blackholed + at->vanished);
    counts->dropped_queue += device.dropped_queue;
    counts->dropped_loss += device.dropped_loss + beyond.lost;
    counts->dropped_medium += device.dropped_medium;
    counts->dropped_down += device.dropped_down + at->slept;
    counts->dropped_blackhole += at->blackholed;
    counts->dropped_fault += at->faulted;
    counts->dropped_partition += at->parted;
    counts->dropped_mtu += at->oversized;
    counts->dropped_checksum += at->damaged;
    counts->copied += at->copied;
    counts->held += at->held;
    counts->corrupted += at->corrupted;
    counts->ecn_marked += beyond.marked + device.marked;
    counts->ecn_bleached += beyond.bleached;
    if (device.queue_peak > counts->queue_peak)
        counts->queue_peak = device.queue_peak;
}
