/* SPDX-License-Identifier: GPL-2.0-or-later */
/* N3_MEDIUM_QUEUE: one queue in each direction that hosts share. */
#include "sim/ns3/models.hh"
#include "sim/ns3/options.h"

namespace n3 {
namespace {

class SharedEnd;

/* One direction. The alarm is the departure of the frame that is being serialised. */
class Bottleneck final : public Alarm {
  public:
    Bottleneck(n3_world *in_world, n3_discipline discipline, const n3_queue_params &in_params,
               uint64_t stream)
        : Alarm(PeekPointer(in_world->sim)), world(in_world), params(in_params)
    {
        if (discipline != N3_DISCIPLINE_DROPTAIL)
            disc = models().make_discipline(discipline, in_params, stream);
    }

    n3_status offer(n3_frame_node *frame);
    void set(const n3_queue_params &next);
    /* Until what is sent now would leave, first in, first out. */
    uint64_t wait_ns();
    /* Frames go back to the pool. */
    void close();

    uint32_t peak = 0;

  private:
    void fire() override;
    void settle();
    void depart();
    void serve(n3_frame_node *frame);
    void go_on();
    n3_frame_node *next();
    bool has_room(uint32_t length) const;
    void append(n3_frame_node *frame);
    void queue_anew();
    uint64_t takes_ns(const n3_frame_node *frame);

    n3_world *world;
    n3_queue_params params;
    TxTimes times;
    n3_frame_node *serving = nullptr;
    uint64_t depart_ns = 0;
    /* drop-tail: those that wait */
    n3_frame_node *head = nullptr;
    n3_frame_node *tail = nullptr;
    uint32_t waiting = 0;
    uint64_t waiting_bytes = 0;
    uint64_t waiting_ns = 0;          /* that they take at the rate */
    std::unique_ptr<Discipline> disc; /* else */
};

class QueueMedium final : public n3_medium {
  public:
    QueueMedium(n3_world *in_world, const n3_medium_options &options)
        : n3_medium(in_world), fair(options.discipline == N3_DISCIPLINE_FQ_CODEL),
          ways{Ptr<Bottleneck>(new Bottleneck(in_world, options.discipline, options.up, options.stream),
                               false),
               Ptr<Bottleneck>(new Bottleneck(in_world, options.discipline, options.down,
                                              options.stream + DISCIPLINE_STREAMS),
                               false)}
    {
        if (n3_node_new(world, &gateway) != N3_OK)
            throw std::bad_alloc();
    }

    ~QueueMedium() override
    {
        for (Ptr<Bottleneck> &way : ways)
            way->close();
    }

    n3_status add(const n3_host_options &options, n3_node *host, n3_node *core, n3_device **host_end,
                  n3_device **core_end) override;

    n3_status set(bool up, const n3_queue_params &next) override
    {
        ways[up ? 0 : 1]->set(next);
        return N3_OK;
    }

    const bool fair; /* what is sent does not wait for all that waits */

  private:
    n3_node *gateway = nullptr;
    Ptr<Bottleneck> ways[2]; /* up, down */
};

/* One direction of a host's way: the queue, then a wire of its own, a pipe. */
class SharedEnd final : public n3_device {
  public:
    SharedEnd(QueueMedium *in_medium, Ptr<Bottleneck> in_queue, const n3_device_params &in_params,
              n3_device *in_wire)
        : n3_device(in_medium->world, N3_LINK_PIPE, in_params), medium(in_medium), queue(in_queue),
          wire(in_wire)
    {
        n3_device_on_drop(
            wire,
            [](void *user, const n3_frame *frame, n3_status reason, uint64_t) {
                static_cast<SharedEnd *>(user)->note_drop(frame, reason);
            },
            this);
        n3_device_on_receive(
            wire->peer,
            [](void *user, n3_frame *frame, uint64_t) { static_cast<SharedEnd *>(user)->deliver(frame); },
            this);
    }

    n3_status send(n3_frame *frame) override
    {
        n3_frame_node *node = reinterpret_cast<n3_frame_node *>(frame);
        node->owner = this;
        return queue->offer(node);
    }

    /* Its last bit has left the queue. */
    void leave(n3_frame *frame)
    {
        n3_device_send(wire, frame);
    }

    n3_status set(const n3_device_params &next) override
    {
        const n3_device_params alone = wire_params(next);
        const n3_status status = n3_device_set(wire, &alone);
        if (status == N3_OK)
            params = next;
        return status;
    }

    static n3_device_params wire_params(const n3_device_params &of)
    {
        n3_device_params alone = of;
        alone.rate_bps = alone.queue_bytes = 0;
        alone.up = true;
        return alone;
    }

    void hand_up(n3_frame *frame) override
    {
        n3_frame_pool_give(&world->pool, frame);
    }

    uint32_t queue_peak() const override
    {
        return queue->peak;
    }

    uint64_t wait_ns() const override
    {
        return medium->fair ? 0 : queue->wait_ns();
    }

  private:
    const QueueMedium *medium;
    Ptr<Bottleneck> queue;
    n3_device *wire;
};

n3_status QueueMedium::add(const n3_host_options &in_options, n3_node *, n3_node *core, n3_device **host_end,
                           n3_device **core_end)
{
    n3_link_options wire = in_options.wire;
    wire.a = SharedEnd::wire_params(in_options.wire.a);
    wire.b = SharedEnd::wire_params(in_options.wire.b);
    n3_device *from_gateway;
    n3_device *from_core;
    const n3_status status = n3_link_new(world, &wire, gateway, core, &from_gateway, &from_core);
    if (status != N3_OK)
        return status;
    world->devices.reserve(world->devices.size() + 2);
    world->devices.push_back(*host_end = new SharedEnd(this, ways[0], in_options.wire.a, from_gateway));
    world->devices.push_back(*core_end = new SharedEnd(this, ways[1], in_options.wire.b, from_core));
    (*host_end)->peer = *core_end;
    (*core_end)->peer = *host_end;
    return N3_OK;
}

/* ---- the queue ---- */

bool Bottleneck::has_room(uint32_t length) const
{
    return waiting < params.queue_packets && n3_queue_fits(params.queue_bytes, waiting_bytes, length);
}

uint64_t Bottleneck::takes_ns(const n3_frame_node *frame)
{
    return times.of(params.rate_bps, frame->frame.length + frame->owner->params.header_bytes);
}

void Bottleneck::append(n3_frame_node *frame)
{
    frame->next = nullptr;
    (head == nullptr ? head : tail->next) = frame;
    tail = frame;
    waiting++;
    waiting_bytes += frame->frame.length;
    waiting_ns += takes_ns(frame);
}

n3_status Bottleneck::offer(n3_frame_node *frame)
{
    settle();
    n3_status status = N3_OK;
    if (disc) {
        status = disc->put(frame);
        if (serving == nullptr)
            go_on();
        peak = std::max(peak, disc->packets());
    } else if (serving == nullptr) {
        serve(frame);
    } else if (!has_room(frame->frame.length)) {
        status = frame->owner->dropped(&frame->frame, N3_DROP_QUEUE);
    } else {
        append(frame);
        peak = std::max(peak, waiting);
    }
    return status;
}

/* A frame has left, and its place is free, from the nanosecond on at which it departs, as on a pipe. */
void Bottleneck::settle()
{
    if (serving != nullptr && depart_ns <= sim->now_ns)
        depart();
}

void Bottleneck::fire()
{
    settle();
}

void Bottleneck::depart()
{
    n3_frame_node *const frame = serving;
    serving = nullptr;
    static_cast<SharedEnd *>(frame->owner)->leave(&frame->frame);
    go_on();
}

/* Without a rate a frame leaves at once. */
void Bottleneck::serve(n3_frame_node *frame)
{
    const uint64_t tx_ns = takes_ns(frame);
    if (tx_ns == 0) {
        static_cast<SharedEnd *>(frame->owner)->leave(&frame->frame);
        return;
    }
    serving = frame;
    depart_ns = sim->now_ns + tx_ns;
    arm({depart_ns, sim->draw_uid()});
}

void Bottleneck::go_on()
{
    while (serving == nullptr)
        if (n3_frame_node *const frame = next())
            serve(frame);
        else
            return;
}

n3_frame_node *Bottleneck::next()
{
    if (disc)
        return disc->next();
    n3_frame_node *const frame = head;
    if (frame != nullptr) {
        head = frame->next;
        waiting--;
        waiting_bytes -= frame->frame.length;
        waiting_ns -= takes_ns(frame);
    }
    return frame;
}

void Bottleneck::set(const n3_queue_params &next_params)
{
    settle();
    if (next_params.rate_bps != params.rate_bps)
        times.forget();
    params = next_params;
    if (disc)
        disc->set(next_params);
    else
        queue_anew();
}

/* Those that wait take what the rate is now, and the latest are dropped that have no place. */
void Bottleneck::queue_anew()
{
    n3_frame_node *frame = head;
    bool full = false;
    head = tail = nullptr;
    waiting = 0;
    waiting_bytes = waiting_ns = 0;
    while (frame != nullptr) {
        n3_frame_node *const after = frame->next;
        full = full || !has_room(frame->frame.length);
        if (full)
            frame->owner->dropped(&frame->frame, N3_DROP_QUEUE);
        else
            append(frame);
        frame = after;
    }
}

uint64_t Bottleneck::wait_ns()
{
    const uint64_t now_ns = sim->now_ns;
    uint64_t wait = waiting_ns + (serving != nullptr ? std::max(depart_ns, now_ns) - now_ns : 0);
    if (disc && params.rate_bps > 0)
        wait += static_cast<uint64_t>(ns3::DataRate(params.rate_bps)
                                          .CalculateBytesTxTime(static_cast<uint32_t>(disc->bytes()))
                                          .GetTimeStep());
    return wait;
}

void Bottleneck::close()
{
    if (serving != nullptr)
        n3_frame_pool_give(&world->pool, &serving->frame);
    serving = nullptr;
    while (n3_frame_node *const frame = disc ? nullptr : next())
        n3_frame_pool_give(&world->pool, &frame->frame);
    disc.reset();
}

} // namespace

std::unique_ptr<n3_medium> make_queue(n3_world *world, const n3_medium_options &options)
{
    return std::make_unique<QueueMedium>(world, options);
}

} // namespace n3
