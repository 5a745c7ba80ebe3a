/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/ns3.h"

#include "sim/ns3_line.h"
#include "sim/ns3_options.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <exception>
#include <list>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include <ns3/channel.h>
#include <ns3/data-rate.h>
#include <ns3/drop-tail-queue.h>
#include <ns3/error-model.h>
#include <ns3/mac48-address.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/point-to-point-channel.h>
#include <ns3/point-to-point-net-device.h>
#include <ns3/priority-queue-scheduler.h>
#include <ns3/rng-seed-manager.h>
#include <ns3/rng-stream.h>
#include <ns3/simulator-impl.h>
#include <ns3/simulator.h>

namespace {

using ns3::EventId;
using ns3::EventImpl;
using ns3::NetDevice;
using ns3::Packet;
using ns3::Ptr;
using ns3::Time;

/* ---- event queue ---- */

struct event_key {
    uint64_t ns;
    uint32_t uid;
};

bool operator<(const event_key &a, const event_key &b)
{
    return a.ns < b.ns || (a.ns == b.ns && a.uid < b.uid);
}

/*
 * ns-3's DefaultSimulatorImpl draws the number that orders events of one nanosecond when an event enters the
 * queue. Here it can be drawn beforehand: a timer that is moved, or a frame behind the head of its line,
 * enters the queue late and still takes the place it was asked for at. That makes both cheap and leaves no
 * trace in the results.
 */
class WorldSimulator final : public ns3::SimulatorImpl {
  public:
    /* Sorts after every event of its nanosecond. */
    static constexpr uint32_t LAST_UID = UINT32_MAX;

    uint64_t now_ns = 0;
    event_key current{0, 0};
    bool exhausted = false;

    uint32_t draw_uid()
    {
        if (next_uid == LAST_UID - 1) {
            exhausted = stopped = true;
            return next_uid;
        }
        return next_uid++;
    }

    void insert(event_key key, uint32_t in_context, EventImpl *event)
    {
        events->Insert({event, {key.ns, key.uid, in_context}});
    }

    void remove(event_key key, EventImpl *event)
    {
        events->Remove({event, {key.ns, key.uid, 0}});
        event->Unref();
    }

    void Destroy() override
    {
        while (!destroy_events.empty()) {
            Ptr<EventImpl> event(destroy_events.front().PeekEventImpl());
            destroy_events.pop_front();
            event->Invoke();
        }
        while (!events->IsEmpty())
            events->RemoveNext().impl->Unref();
    }

    bool IsFinished() const override
    {
        return events->IsEmpty() || stopped;
    }

    void Stop() override
    {
        stopped = true;
    }

    void Stop(const Time &delay) override
    {
        ns3::Simulator::Schedule(delay, &ns3::Simulator::Stop);
    }

    EventId Schedule(const Time &delay, EventImpl *event) override
    {
        event_key key{now_ns + static_cast<uint64_t>(delay.GetTimeStep()), draw_uid()};
        insert(key, context, event);
        return EventId(event, key.ns, context, key.uid);
    }

    void ScheduleWithContext(uint32_t in_context, const Time &delay, EventImpl *event) override
    {
        insert({now_ns + static_cast<uint64_t>(delay.GetTimeStep()), draw_uid()}, in_context, event);
    }

    EventId ScheduleNow(EventImpl *event) override
    {
        return Schedule(Time(0), event);
    }

    EventId ScheduleDestroy(EventImpl *event) override
    {
        EventId id(Ptr<EventImpl>(event, false), now_ns, ns3::Simulator::NO_CONTEXT, EventId::UID::DESTROY);
        destroy_events.push_back(id);
        return id;
    }

    void Remove(const EventId &id) override
    {
        if (id.GetUid() == EventId::UID::DESTROY) {
            destroy_events.remove(id);
        } else if (!IsExpired(id)) {
            id.PeekEventImpl()->Cancel();
            remove({id.GetTs(), id.GetUid()}, id.PeekEventImpl());
        }
    }

    void Cancel(const EventId &id) override
    {
        if (!IsExpired(id))
            id.PeekEventImpl()->Cancel();
    }

    bool IsExpired(const EventId &id) const override
    {
        if (id.PeekEventImpl() == nullptr || id.PeekEventImpl()->IsCancelled())
            return true;
        if (id.GetUid() == EventId::UID::DESTROY)
            return std::find(destroy_events.begin(), destroy_events.end(), id) == destroy_events.end();
        return !(current < event_key{id.GetTs(), id.GetUid()});
    }

    void Run() override
    {
        stopped = exhausted;
        while (!stopped && !events->IsEmpty()) {
            ns3::Scheduler::Event next = events->RemoveNext();
            Ptr<EventImpl> event(next.impl, false);
            current = {next.key.m_ts, next.key.m_uid};
            now_ns = next.key.m_ts;
            context = next.key.m_context;
            event_count++;
            event->Invoke();
        }
        context = ns3::Simulator::NO_CONTEXT;
    }

    // clang-format off
    Time Now() const override { return Time(static_cast<int64_t>(now_ns)); }
    Time GetDelayLeft(const EventId &id) const override { return IsExpired(id) ? Time(0) : Time(static_cast<int64_t>(id.GetTs() - now_ns)); }
    Time GetMaximumSimulationTime() const override { return Time(INT64_MAX); }
    /* Called by ns-3 with its default; measured, the priority queue is the faster one here. */
    void SetScheduler(ns3::ObjectFactory) override {}
    uint32_t GetSystemId() const override { return 0; }
    uint32_t GetContext() const override { return context; }
    uint64_t GetEventCount() const override { return event_count; }
    // clang-format on

  private:
    Ptr<ns3::Scheduler> events = ns3::CreateObject<ns3::PriorityQueueScheduler>();
    std::list<EventId> destroy_events;
    uint32_t next_uid = EventId::UID::VALID;
    uint32_t context = ns3::Simulator::NO_CONTEXT;
    uint64_t event_count = 0;
    bool stopped = false;
};

/* Ends n3_world_run_until. */
class Marker final : public EventImpl {
  public:
    explicit Marker(WorldSimulator *in_sim) : sim(in_sim)
    {
    }
    bool reached = false;

  private:
    void Notify() override
    {
        reached = true;
        sim->Stop();
    }
    WorldSimulator *sim;
};

/*
 * A deadline that moves often. Its entries in the event queue form a stack, each earlier than the one below,
 * so that the one on top comes up first; it fires if it is the deadline, else the deadline is queued unless
 * an entry comes up in time. The object is its own event and is counted once an entry.
 */
class Alarm : public EventImpl {
  protected:
    explicit Alarm(WorldSimulator *in_sim) : sim(in_sim)
    {
    }

    virtual void fire() = 0;

    void arm(event_key key)
    {
        deadline = key;
        if (depth > 0 && !(key < entries[depth - 1]))
            return;
        if (depth == MAX_DEPTH) {
            sim->remove(entries[0], this);
            std::copy(entries + 1, entries + depth, entries);
            depth--;
        }
        entries[depth++] = key;
        Ref();
        sim->insert(key, ns3::Simulator::NO_CONTEXT, this);
    }

    void disarm()
    {
        deadline = NEVER;
    }

    WorldSimulator *sim;
    event_key deadline = NEVER;

  private:
    static constexpr event_key NEVER{N3_NEVER, 0};
    static constexpr unsigned MAX_DEPTH = 4;

    void Notify() override
    {
        assert(depth > 0 && entries[depth - 1].uid == sim->current.uid);
        depth--;
        if (deadline.ns == N3_NEVER)
            return;
        if (sim->current < deadline) {
            arm(deadline);
            return;
        }
        deadline = NEVER;
        fire();
    }

    event_key entries[MAX_DEPTH];
    unsigned depth = 0;
};

} // namespace

/* ---- handles ---- */

struct n3_timer final : Alarm {
    n3_timer(n3_world *in_world, WorldSimulator *in_sim, n3_timer_fn in_callback, void *in_user)
        : Alarm(in_sim), world(in_world), callback(in_callback), user(in_user)
    {
    }

    void fire() override
    {
        callback(user, sim->now_ns);
    }

    using Alarm::arm;
    using Alarm::deadline;
    using Alarm::disarm;
    using Alarm::sim;
    n3_world *world;
    n3_timer_fn callback;
    void *user;
};

struct n3_random {
    n3_world *world;
    ns3::RngStream stream;
};

struct n3_node {
    n3_world *world;
    Ptr<ns3::Node> node;
};

struct n3_world {
    explicit n3_world(const n3_world_options &options)
        : seed(1 + static_cast<uint32_t>(options.seed >> 48) * 65521)
    {
        /*
         * ns-3 takes a seed under 2^32 - 22853 and the number of a sub-stream, of which 2^51 do not overlap.
         * Every 64-bit run seed has a pair of its own.
         */
        substream = options.seed & ((UINT64_C(1) << 48) - 1);
        n3_frame_pool_init(&pool, options.frames_max);
    }

    ns3::RngStream stream(uint64_t number) const
    {
        /* As RandomVariableStream::SetStream numbers them. */
        return ns3::RngStream(seed, (UINT64_C(1) << 63) + number, substream);
    }

    n3_status fail(n3_status status, const char *why)
    {
        error = why;
        return status;
    }

    /* Runs what may throw. */
    template <typename F>
    n3_status guard(F f)
    {
        try {
            return f();
        } catch (const std::bad_alloc &) {
            return fail(N3_ERR_MEMORY, "out of memory");
        } catch (const std::exception &e) {
            return fail(N3_ERR_NS3, e.what());
        }
    }

    Ptr<WorldSimulator> sim = ns3::CreateObject<WorldSimulator>();
    uint32_t seed;
    uint64_t substream;
    n3_frame_pool pool;
    std::string error;
    std::vector<std::unique_ptr<n3_node>> nodes;
    std::vector<n3_device *> devices;
    uint32_t borrowed = 0; /* timers and random streams */
    bool running = false;
};

struct n3_device {
    n3_device(n3_world *in_world, n3_link_kind in_kind, const n3_device_params &in_params)
        : world(in_world), kind(in_kind), params(in_params)
    {
    }
    virtual ~n3_device() = default;
    n3_device(const n3_device &) = delete;
    n3_device &operator=(const n3_device &) = delete;

    /* The frame is within its capacity and the device is up. */
    virtual n3_status send(n3_frame *frame) = 0;
    virtual n3_status set(const n3_device_params &next) = 0;
    virtual void hand_up(n3_frame *frame) = 0;
    virtual uint32_t queue_peak() const = 0;

    n3_status dropped(n3_frame *frame, n3_status reason)
    {
        uint64_t &count = reason == N3_DROP_QUEUE  ? counters.dropped_queue
                          : reason == N3_DROP_LOSS ? counters.dropped_loss
                                                   : counters.dropped_down;
        count++;
        if (drop != nullptr)
            drop(drop_user, frame, reason, world->sim->now_ns);
        n3_frame_pool_give(&world->pool, frame);
        return reason;
    }

    void deliver(n3_frame *frame)
    {
        counters.delivered++;
        counters.delivered_bytes += frame->length;
        if (peer->receive != nullptr)
            peer->receive(peer->receive_user, frame, world->sim->now_ns);
        else
            peer->hand_up(frame);
    }

    n3_world *world;
    n3_link_kind kind;
    n3_device_params params;
    n3_device *peer = nullptr;
    n3_receive_fn receive = nullptr;
    void *receive_user = nullptr;
    n3_drop_fn drop = nullptr;
    void *drop_user = nullptr;
    n3_device_counters counters{};
};

namespace {

uint16_t protocol_of(const n3_frame *frame)
{
    return frame->bytes[0] >> 4 == 6 ? 0x86dd : 0x0800;
}

/* Unbiased; draws until it falls into the largest multiple of bound. */
uint64_t draw_below(ns3::RngStream &stream, uint64_t bound)
{
    uint64_t value;
    do {
        uint64_t high = static_cast<uint64_t>(stream.RandU01() * 4294967296.0);
        value = high << 32 | static_cast<uint64_t>(stream.RandU01() * 4294967296.0);
    } while (bound != 0 && value < -bound % bound);
    return bound == 0 ? value : value % bound;
}

n3_frame *frame_of(n3_world *world, Ptr<const Packet> packet)
{
    n3_frame *frame = n3_frame_pool_take(&world->pool, packet->GetSize());
    if (frame != nullptr)
        frame->length = packet->CopyData(frame->bytes, frame->capacity);
    return frame;
}

/* ---- pipe ---- */

class PipeChannel final : public ns3::Channel {
  public:
    static ns3::TypeId GetTypeId()
    {
        static ns3::TypeId tid = ns3::TypeId("roam::PipeChannel").SetParent<ns3::Channel>();
        return tid;
    }

    size_t GetNDevices() const override
    {
        return 2;
    }

    Ptr<NetDevice> GetDevice(size_t i) const override
    {
        return ends[i];
    }

    Ptr<NetDevice> ends[2];

  private:
    void DoDispose() override
    {
        ends[0] = ends[1] = nullptr;
        Channel::DoDispose();
    }
};

/* What ns-3 sees of one end of a pipe. */
class PipeDevice final : public NetDevice {
  public:
    static ns3::TypeId GetTypeId()
    {
        static ns3::TypeId tid = ns3::TypeId("roam::PipeDevice").SetParent<NetDevice>();
        return tid;
    }

    bool Send(Ptr<Packet> packet, const ns3::Address &, uint16_t) override
    {
        n3_frame *frame = frame_of(handle->world, packet);
        return frame != nullptr && n3_device_send(handle, frame) == N3_OK;
    }

    bool hand_up(const n3_frame *frame)
    {
        return !up.IsNull() &&
               up(this, ns3::Create<Packet>(frame->bytes, frame->length), protocol_of(frame), address);
    }

    /* What NetDevice asks of every device, a line each. */
    // clang-format off
    bool SendFrom(Ptr<Packet> p, const ns3::Address &, const ns3::Address &to, uint16_t protocol) override { return Send(p, to, protocol); }
    bool SupportsSendFrom() const override { return false; }
    void SetIfIndex(uint32_t in_index) override { index = in_index; }
    uint32_t GetIfIndex() const override { return index; }
    Ptr<ns3::Channel> GetChannel() const override { return channel; }
    Ptr<ns3::Node> GetNode() const override { return node; }
    void SetNode(Ptr<ns3::Node> in_node) override { node = in_node; }
    void SetAddress(ns3::Address in_address) override { address = in_address; }
    ns3::Address GetAddress() const override { return address; }
    bool SetMtu(uint16_t in_mtu) override { mtu = in_mtu; return true; }
    uint16_t GetMtu() const override { return mtu; }
    bool IsLinkUp() const override { return handle->params.up; }
    void AddLinkChangeCallback(ns3::Callback<void>) override {}
    bool IsBroadcast() const override { return false; }
    ns3::Address GetBroadcast() const override { return address; }
    bool IsMulticast() const override { return false; }
    ns3::Address GetMulticast(ns3::Ipv4Address) const override { return address; }
    ns3::Address GetMulticast(ns3::Ipv6Address) const override { return address; }
    bool IsBridge() const override { return false; }
    bool IsPointToPoint() const override { return true; }
    bool NeedsArp() const override { return false; }
    void SetReceiveCallback(ReceiveCallback callback) override { up = callback; }
    void SetPromiscReceiveCallback(PromiscReceiveCallback) override {}
    // clang-format on

    n3_device *handle = nullptr;
    Ptr<PipeChannel> channel;

  private:
    void DoDispose() override
    {
        node = nullptr;
        channel = nullptr;
        up = ReceiveCallback();
        NetDevice::DoDispose();
    }

    Ptr<ns3::Node> node;
    ReceiveCallback up;
    ns3::Address address = ns3::Mac48Address();
    uint32_t index = 0;
    uint16_t mtu = UINT16_MAX;
};

/* One direction: the alarm is the arrival of the frame at the head of the line. */
class PipeEnd final : public n3_device, public Alarm {
  public:
    PipeEnd(n3_world *in_world, const n3_device_params &in_params, uint64_t in_loss, uint64_t in_jitter)
        : n3_device(in_world, N3_LINK_PIPE, in_params), Alarm(PeekPointer(in_world->sim)),
          loss_stream(in_loss), jitter_stream(in_jitter)
    {
        n3_line_init(&line, tx_ns, draw_uid, this);
        device->handle = this;
    }

    ~PipeEnd() override
    {
        n3_line_fini(&line, &world->pool);
    }

    n3_status send(n3_frame *given) override
    {
        uint64_t now_ns = sim->now_ns;
        n3_frame_node *frame = reinterpret_cast<n3_frame_node *>(given);
        if (!n3_line_has_room(&line, params.queue_packets, now_ns))
            return dropped(given, N3_DROP_QUEUE);
        bool lost = params.loss > 0 && drawn(loss, loss_stream).RandU01() < params.loss;
        frame->jitter_ns = 0;
        if (params.jitter_ns > 0 && !lost)
            frame->jitter_ns = draw_below(drawn(jitter, jitter_stream), params.jitter_ns + 1);
        bool was_empty = line.head == nullptr;
        n3_status status = n3_line_accept(&line, frame, lost, &params, now_ns);
        if (status != N3_OK) {
            n3_frame_pool_give(&world->pool, given);
            return world->fail(status, "out of memory");
        }
        if (lost)
            return dropped(given, N3_DROP_LOSS);
        if (was_empty)
            arm_head();
        return N3_OK;
    }

    n3_status set(const n3_device_params &next) override
    {
        bool other_rate = next.rate_bps != params.rate_bps;
        bool retime =
            other_rate || next.delay_ns != params.delay_ns || next.header_bytes != params.header_bytes;
        params = next;
        if (other_rate)
            cached_bytes.fill(0);
        if (retime) {
            n3_line_retime(&line, &params, sim->now_ns);
            arm_head();
        }
        return N3_OK;
    }

    void hand_up(n3_frame *frame) override
    {
        device->hand_up(frame);
        n3_frame_pool_give(&world->pool, frame);
    }

    uint32_t queue_peak() const override
    {
        return line.waiting_peak;
    }

    Ptr<PipeDevice> device = ns3::CreateObject<PipeDevice>();

  private:
    void fire() override
    {
        n3_frame_node *frame = n3_line_pop(&line);
        arm_head();
        deliver(&frame->frame);
    }

    void arm_head()
    {
        if (line.head != nullptr)
            arm({line.head->arrive_ns, line.head->uid});
    }

    ns3::RngStream &drawn(std::optional<ns3::RngStream> &stream, uint64_t number)
    {
        if (!stream)
            stream.emplace(world->stream(number));
        return *stream;
    }

    static uint32_t draw_uid(void *user)
    {
        return static_cast<PipeEnd *>(user)->sim->draw_uid();
    }

    /* ns-3's own arithmetic, kept for the few sizes that come again and again. */
    static uint64_t tx_ns(void *user, uint32_t bytes)
    {
        PipeEnd *end = static_cast<PipeEnd *>(user);
        if (end->params.rate_bps == 0)
            return 0;
        size_t slot = bytes % end->cached_bytes.size();
        if (end->cached_bytes[slot] != bytes) {
            Time time = ns3::DataRate(end->params.rate_bps).CalculateBytesTxTime(bytes);
            end->cached_bytes[slot] = bytes;
            end->cached_ns[slot] = static_cast<uint64_t>(time.GetTimeStep());
        }
        return end->cached_ns[slot];
    }

    n3_line line;
    std::optional<ns3::RngStream> loss;
    std::optional<ns3::RngStream> jitter;
    uint64_t loss_stream;
    uint64_t jitter_stream;
    std::array<uint32_t, 16> cached_bytes{};
    std::array<uint64_t, 16> cached_ns{};
};

/* ---- p2p ---- */

class P2pEnd final : public n3_device {
  public:
    P2pEnd(n3_world *in_world, const n3_device_params &in_params, uint64_t loss_stream)
        : n3_device(in_world, N3_LINK_P2P, in_params)
    {
        device->SetAddress(ns3::Mac48Address::Allocate());
        device->SetQueue(queue);
        errors->SetUnit(ns3::RateErrorModel::ERROR_UNIT_PACKET);
        errors->AssignStreams(static_cast<int64_t>(loss_stream));
        apply();
    }

    void join(P2pEnd *other, Ptr<ns3::PointToPointChannel> in_channel)
    {
        peer = other;
        channel = in_channel;
        channel->SetAttribute("Delay", ns3::TimeValue(Time(static_cast<int64_t>(params.delay_ns))));
        device->Attach(channel);
        device->SetReceiveCallback(ns3::MakeCallback(&P2pEnd::arrived, other));
        other->device->SetReceiveErrorModel(errors);
        other->device->TraceConnectWithoutContext("PhyRxDrop", ns3::MakeCallback(&P2pEnd::lost, this));
    }

    n3_status send(n3_frame *frame) override
    {
        bool queued;
        try {
            Ptr<Packet> packet = ns3::Create<Packet>(frame->bytes, frame->length);
            queued = device->Send(packet, device->GetBroadcast(), protocol_of(frame));
        } catch (...) {
            n3_frame_pool_give(&world->pool, frame);
            throw;
        }
        if (!queued)
            return dropped(frame, N3_DROP_QUEUE);
        peak = std::max(peak, queue->GetNPackets());
        n3_frame_pool_give(&world->pool, frame);
        return N3_OK;
    }

    n3_status set(const n3_device_params &next) override
    {
        if (next.queue_packets < queue->GetNPackets())
            return world->fail(N3_ERR_UNSUPPORTED, "a p2p queue cannot shrink below what waits in it");
        params = next;
        peer->params.delay_ns = next.delay_ns;
        channel->SetAttribute("Delay", ns3::TimeValue(Time(static_cast<int64_t>(params.delay_ns))));
        apply();
        return N3_OK;
    }

    void hand_up(n3_frame *frame) override
    {
        n3_frame_pool_give(&world->pool, frame);
    }

    uint32_t queue_peak() const override
    {
        return peak;
    }

    Ptr<ns3::PointToPointNetDevice> device = ns3::CreateObject<ns3::PointToPointNetDevice>();

  private:
    void apply()
    {
        device->SetDataRate(ns3::DataRate(params.rate_bps));
        queue->SetMaxSize(ns3::QueueSize(ns3::QueueSizeUnit::PACKETS, params.queue_packets));
        errors->SetRate(params.loss);
        if (params.loss > 0)
            errors->Enable();
        else
            errors->Disable();
    }

    bool arrived(Ptr<NetDevice>, Ptr<const Packet> packet, uint16_t, const ns3::Address &)
    {
        n3_frame *frame = frame_of(world, packet);
        if (frame == nullptr)
            throw std::bad_alloc();
        deliver(frame);
        return true;
    }

    void lost(Ptr<const Packet> packet)
    {
        Ptr<Packet> bare = packet->Copy();
        bare->RemoveAtStart(PPP_HEADER_BYTES);
        n3_frame *frame = frame_of(world, bare);
        if (frame == nullptr)
            throw std::bad_alloc();
        dropped(frame, N3_DROP_LOSS);
    }

    static constexpr uint32_t PPP_HEADER_BYTES = 2;
    Ptr<ns3::PointToPointChannel> channel;
    Ptr<ns3::DropTailQueue<Packet>> queue = ns3::CreateObject<ns3::DropTailQueue<Packet>>();
    Ptr<ns3::RateErrorModel> errors = ns3::CreateObject<ns3::RateErrorModel>();
    uint32_t peak = 0;
};

} // namespace

/* ---- world ---- */

/* ns-3 has one simulator a process and no way to ask for it without making one. */
static bool world_alive = false;

n3_status n3_world_new(const n3_world_options *options, n3_world **world)
{
    if (world_alive)
        return N3_ERR_BUSY;
    if (options->frames_max == 0)
        return N3_ERR_INVALID;
    try {
        std::unique_ptr<n3_world> made(new n3_world(*options));
        ns3::RngSeedManager::SetSeed(made->seed);
        ns3::RngSeedManager::SetRun(made->substream);
        ns3::Simulator::SetImplementation(made->sim);
        *world = made.release();
    } catch (const std::bad_alloc &) {
        return N3_ERR_MEMORY;
    } catch (const std::exception &) {
        return N3_ERR_NS3;
    }
    world_alive = true;
    return N3_OK;
}

void n3_world_free(n3_world *world)
{
    if (world == nullptr)
        return;
    assert(!world->running && world->borrowed == 0);
    ns3::Simulator::Destroy();
    for (n3_device *device : world->devices) {
        if (device->kind == N3_LINK_PIPE)
            static_cast<PipeEnd *>(device)->Unref();
        else
            delete device;
    }
    n3_frame_pool_fini(&world->pool);
    delete world;
    world_alive = false;
}

uint64_t n3_world_now_ns(const n3_world *world)
{
    return world->sim->now_ns;
}

n3_status n3_world_run_until(n3_world *world, uint64_t until_ns)
{
    if (world->running)
        return world->fail(N3_ERR_BUSY, "the world is running already");
    if (until_ns != N3_NEVER && until_ns > INT64_MAX)
        return world->fail(N3_ERR_INVALID, "until_ns is over ns-3's largest time");
    if (until_ns < world->sim->now_ns)
        return world->fail(N3_ERR_INVALID, "until_ns is in the past");
    world->running = true;
    n3_status status = world->guard([&] {
        WorldSimulator *sim = PeekPointer(world->sim);
        event_key end{until_ns, WorldSimulator::LAST_UID};
        Ptr<Marker> marker(new Marker(sim), false);
        if (until_ns != N3_NEVER) {
            marker->Ref();
            sim->insert(end, ns3::Simulator::NO_CONTEXT, PeekPointer(marker));
        }
        ns3::Simulator::Run();
        if (until_ns != N3_NEVER && !marker->reached)
            sim->remove(end, PeekPointer(marker));
        return sim->exhausted ? world->fail(N3_ERR_LIMIT, "2^32 events in one world") : N3_OK;
    });
    world->running = false;
    return status;
}

void n3_world_stop(n3_world *world)
{
    world->sim->Stop();
}

const char *n3_world_error(const n3_world *world)
{
    return world->error.c_str();
}

/* ---- timers ---- */

n3_status n3_timer_new(n3_world *world, n3_timer_fn fire, void *user, n3_timer **timer)
{
    if (fire == nullptr)
        return world->fail(N3_ERR_INVALID, "a timer needs a callback");
    return world->guard([&] {
        *timer = new n3_timer(world, PeekPointer(world->sim), fire, user);
        world->borrowed++;
        return N3_OK;
    });
}

void n3_timer_free(n3_timer *timer)
{
    if (timer == nullptr)
        return;
    timer->world->borrowed--;
    timer->disarm();
    timer->Unref();
}

void n3_timer_set(n3_timer *timer, uint64_t at_ns)
{
    if (at_ns > INT64_MAX)
        timer->disarm();
    else
        timer->arm({std::max(at_ns, timer->sim->now_ns), timer->sim->draw_uid()});
}

uint64_t n3_timer_at_ns(const n3_timer *timer)
{
    return timer->deadline.ns;
}

/* ---- random streams ---- */

n3_status n3_random_new(n3_world *world, uint64_t stream, n3_random **random)
{
    if (stream > N3_STREAM_MAX)
        return world->fail(N3_ERR_INVALID, "a stream number is over N3_STREAM_MAX");
    return world->guard([&] {
        *random = new n3_random{world, world->stream(stream)};
        world->borrowed++;
        return N3_OK;
    });
}

void n3_random_free(n3_random *random)
{
    if (random == nullptr)
        return;
    random->world->borrowed--;
    delete random;
}

double n3_random_uniform(n3_random *random)
{
    return random->stream.RandU01();
}

uint64_t n3_random_u64(n3_random *random)
{
    return draw_below(random->stream, 0);
}

uint64_t n3_random_below(n3_random *random, uint64_t bound)
{
    return bound == 0 ? 0 : draw_below(random->stream, bound);
}

/* ---- frames ---- */

n3_frame *n3_frame_new(n3_world *world, uint32_t capacity)
{
    return n3_frame_pool_take(&world->pool, capacity);
}

n3_frame *n3_frame_copy(n3_world *world, const n3_frame *frame)
{
    n3_frame *copy = n3_frame_pool_take(&world->pool, frame->length);
    if (copy != nullptr) {
        std::memcpy(copy->bytes, frame->bytes, frame->length);
        copy->length = frame->length;
    }
    return copy;
}

void n3_frame_free(n3_world *world, n3_frame *frame)
{
    if (frame != nullptr)
        n3_frame_pool_give(&world->pool, frame);
}

uint32_t n3_world_frames(const n3_world *world)
{
    return world->pool.alive;
}

/* ---- nodes, links, devices ---- */

n3_status n3_node_new(n3_world *world, n3_node **node)
{
    return world->guard([&] {
        world->nodes.emplace_back(new n3_node{world, ns3::CreateObject<ns3::Node>()});
        *node = world->nodes.back().get();
        return N3_OK;
    });
}

template <typename End>
static void own(n3_world *world, std::unique_ptr<End> (&ends)[2], n3_device **a_end, n3_device **b_end)
{
    ends[0]->peer = ends[1].get();
    ends[1]->peer = ends[0].get();
    world->devices.reserve(world->devices.size() + 2);
    world->devices.push_back(*a_end = ends[0].release());
    world->devices.push_back(*b_end = ends[1].release());
}

n3_status n3_link_new(n3_world *world, const n3_link_options *options, n3_node *a, n3_node *b,
                      n3_device **a_end, n3_device **b_end)
{
    const char *why = "";
    n3_status status = n3_link_options_check(options, &why);
    if (status != N3_OK)
        return world->fail(status, why);
    return world->guard([&] {
        if (options->kind == N3_LINK_PIPE) {
            std::unique_ptr<PipeEnd> ends[2] = {
                std::make_unique<PipeEnd>(world, options->a, options->a_loss_stream,
                                          options->a_jitter_stream),
                std::make_unique<PipeEnd>(world, options->b, options->b_loss_stream,
                                          options->b_jitter_stream)};
            Ptr<PipeChannel> channel = ns3::CreateObject<PipeChannel>();
            for (int i = 0; i < 2; i++) {
                channel->ends[i] = ends[i]->device;
                ends[i]->device->channel = channel;
                (i == 0 ? a : b)->node->AddDevice(ends[i]->device);
            }
            own(world, ends, a_end, b_end);
        } else {
            std::unique_ptr<P2pEnd> ends[2] = {
                std::make_unique<P2pEnd>(world, options->a, options->a_loss_stream),
                std::make_unique<P2pEnd>(world, options->b, options->b_loss_stream)};
            Ptr<ns3::PointToPointChannel> channel = ns3::CreateObject<ns3::PointToPointChannel>();
            a->node->AddDevice(ends[0]->device);
            b->node->AddDevice(ends[1]->device);
            ends[0]->join(ends[1].get(), channel);
            ends[1]->join(ends[0].get(), channel);
            own(world, ends, a_end, b_end);
        }
        return N3_OK;
    });
}

n3_device *n3_device_peer(n3_device *device)
{
    return device->peer;
}

void n3_device_on_receive(n3_device *device, n3_receive_fn receive, void *user)
{
    device->receive = receive;
    device->receive_user = user;
}

void n3_device_on_drop(n3_device *device, n3_drop_fn drop, void *user)
{
    device->drop = drop;
    device->drop_user = user;
}

n3_status n3_device_send(n3_device *device, n3_frame *frame)
{
    n3_world *world = device->world;
    if (frame->length == 0 || frame->length > frame->capacity) {
        n3_frame_pool_give(&world->pool, frame);
        return world->fail(N3_ERR_INVALID, "a frame is empty or longer than its capacity");
    }
    device->counters.sent++;
    device->counters.sent_bytes += frame->length;
    if (!device->params.up)
        return device->dropped(frame, N3_DROP_DOWN);
    return world->guard([&] { return device->send(frame); });
}

n3_status n3_device_set(n3_device *device, const n3_device_params *params)
{
    const char *why = "";
    n3_status status = n3_device_params_check(params, device->kind, &why);
    if (status != N3_OK)
        return device->world->fail(status, why);
    return device->world->guard([&] { return device->set(*params); });
}

void n3_device_get(const n3_device *device, n3_device_params *params)
{
    *params = device->params;
}

void n3_device_count(const n3_device *device, n3_device_counters *counters)
{
    *counters = device->counters;
    counters->queue_peak = device->queue_peak();
}
