/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The objects behind the handles of sim/ns3/ns3.h, shared by the C++ files of sim/ns3 alone. */
#ifndef SIM_NS3_INTERNAL_HH
#define SIM_NS3_INTERNAL_HH

#include "sim/ns3/event_heap.h"
#include "sim/ns3/frame.h"
#include "sim/ns3/ns3.h"
#include "sim/ns3/random.hh"

#include <algorithm>
#include <array>
#include <cassert>
#include <exception>
#include <list>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include <ns3/data-rate.h>
#include <ns3/net-device.h>
#include <ns3/node.h>
#include <ns3/packet.h>
#include <ns3/simulator-impl.h>
#include <ns3/simulator.h>

namespace n3 {

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

inline bool operator<(const event_key &a, const event_key &b)
{
    return a.ns < b.ns || (a.ns == b.ns && a.uid < b.uid);
}

/* The event is an Alarm. */
inline void come_up(EventImpl *event);

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

    ~WorldSimulator() override
    {
        n3_event_heap_fini(&events);
    }

    void insert(event_key key, uint32_t in_context, EventImpl *event)
    {
        push({key.ns, key.uid, in_context, event});
    }

    /* Likewise, of an entry of an alarm. */
    void insert_alarm(event_key key, EventImpl *alarm)
    {
        push({key.ns, key.uid, ALARM, alarm});
    }

    void remove(event_key key, EventImpl *event)
    {
        if (n3_event_heap_remove(&events, key.ns, key.uid))
            event->Unref();
    }

    void Destroy() override
    {
        while (!destroy_events.empty()) {
            Ptr<EventImpl> event(destroy_events.front().PeekEventImpl());
            destroy_events.pop_front();
            event->Invoke();
        }
        while (!n3_event_heap_is_empty(&events))
            static_cast<EventImpl *>(n3_event_heap_pop(&events).what)->Unref();
    }

    bool IsFinished() const override
    {
        return n3_event_heap_is_empty(&events) || stopped;
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
        while (!stopped && !n3_event_heap_is_empty(&events)) {
            const n3_event next = n3_event_heap_pop(&events);
            current = {next.ns, next.uid};
            now_ns = next.ns;
            event_count++;
            Ptr<EventImpl> event(static_cast<EventImpl *>(next.what), false);
            if (next.context == ALARM) {
                context = ns3::Simulator::NO_CONTEXT;
                come_up(PeekPointer(event));
            } else {
                context = next.context;
                event->Invoke();
            }
        }
        context = ns3::Simulator::NO_CONTEXT;
    }

    // clang-format off
    Time Now() const override { return Time(static_cast<int64_t>(now_ns)); }
    Time GetDelayLeft(const EventId &id) const override { return IsExpired(id) ? Time(0) : Time(static_cast<int64_t>(id.GetTs() - now_ns)); }
    Time GetMaximumSimulationTime() const override { return Time(INT64_MAX); }
    /* Called by ns-3 with its default. */
    void SetScheduler(ns3::ObjectFactory) override {}
    uint32_t GetSystemId() const override { return 0; }
    uint32_t GetContext() const override { return context; }
    uint64_t GetEventCount() const override { return event_count; }
    // clang-format on

  private:
    /* In place of a context, which is the number of a node. */
    static constexpr uint32_t ALARM = ns3::Simulator::NO_CONTEXT - 1;

    void push(const n3_event &event)
    {
        if (!n3_event_heap_push(&events, &event))
            throw std::bad_alloc();
    }

    n3_event_heap events{};
    std::list<EventId> destroy_events;
    uint32_t next_uid = EventId::UID::VALID;
    uint32_t context = ns3::Simulator::NO_CONTEXT;
    uint64_t event_count = 0;
    bool stopped = false;
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
        sim->insert_alarm(key, this);
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
        come_up();
    }

    friend void n3::come_up(EventImpl *event);

    void come_up()
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

inline void come_up(EventImpl *event)
{
    static_cast<Alarm *>(event)->come_up();
}

} // namespace n3

/* ---- handles ---- */

/* See sim/ns3/shared.cc and sim/ns3/models/medium.hh. */
struct n3_medium {
    explicit n3_medium(n3_world *in_world) : world(in_world)
    {
    }
    virtual ~n3_medium() = default;

    virtual n3_status add(const n3_host_options &options, n3_node *host, n3_node *core, n3_device **host_end,
                          n3_device **core_end) = 0;
    virtual n3_status set(bool up, const n3_queue_params &params);

    n3_world *world;
};

namespace n3 {
std::unique_ptr<n3_medium> make_queue(n3_world *world, const n3_medium_options &options);
}

struct n3_node {
    n3_world *world;
    ns3::Ptr<ns3::Node> node;
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

    n3::RandomStream stream(uint64_t number) const
    {
        /* As RandomVariableStream::SetStream numbers them. */
        return n3::RandomStream(seed, (UINT64_C(1) << 63) + number, substream);
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

    ns3::Ptr<n3::WorldSimulator> sim = ns3::CreateObject<n3::WorldSimulator>();
    uint32_t seed;
    uint64_t substream;
    n3_frame_pool pool;
    std::string error;
    std::vector<std::unique_ptr<n3_node>> nodes;
    std::vector<std::unique_ptr<n3_medium>> mediums;
    std::vector<n3_device *> devices;
    uint32_t borrowed = 0; /* timers and random streams */
    bool running = false;
};

inline n3_status n3_medium::set(bool, const n3_queue_params &)
{
    return world->fail(N3_ERR_UNSUPPORTED, "only a queue that hosts share can be changed");
}

struct n3_device {
    n3_device(n3_world *in_world, n3_link_kind in_kind, const n3_device_params &in_params)
        : world(in_world), kind(in_kind), params(in_params)
    {
    }
    virtual ~n3_device() = default;
    /* Ends its life with the world, after ns-3's own objects. */
    virtual void release()
    {
        delete this;
    }
    n3_device(const n3_device &) = delete;
    n3_device &operator=(const n3_device &) = delete;

    /* The frame is within its capacity and the device is up. */
    virtual n3_status send(n3_frame *frame) = 0;
    virtual n3_status set(const n3_device_params &next) = 0;
    /* As n3_device_hold. */
    virtual n3_status hold(uint64_t)
    {
        return N3_ERR_UNSUPPORTED;
    }
    virtual void hand_up(n3_frame *frame) = 0;
    virtual uint32_t queue_peak() const = 0;
    /* As n3_device_wait_ns. */
    virtual uint64_t wait_ns() const
    {
        return 0;
    }

    n3_status dropped(n3_frame *frame, n3_status reason)
    {
        note_drop(frame, reason);
        n3_frame_pool_give(&world->pool, frame);
        return reason;
    }

    void note_drop(const n3_frame *frame, n3_status reason)
    {
        uint64_t &count = reason == N3_DROP_QUEUE    ? counters.dropped_queue
                          : reason == N3_DROP_LOSS   ? counters.dropped_loss
                          : reason == N3_DROP_MEDIUM ? counters.dropped_medium
                                                     : counters.dropped_down;
        count++;
        if (drop != nullptr)
            drop(drop_user, frame, reason, world->sim->now_ns);
    }

    /* As n3_medium_leave, n3_medium_walk and n3_medium_distance_mm, at the host's end. */
    virtual void leave()
    {
    }
    virtual n3_status walk(uint64_t, uint64_t)
    {
        return world->fail(N3_ERR_UNSUPPORTED, "only a host on wifi can walk");
    }
    virtual uint64_t distance_mm() const
    {
        return 0;
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

namespace n3 {

inline uint16_t protocol_of(const n3_frame *frame)
{
    return frame->bytes[0] >> 4 == 6 ? 0x86dd : 0x0800;
}

/* Unbiased; draws until it falls into the largest multiple of bound. */
inline uint64_t draw_below(RandomStream &stream, uint64_t bound)
{
    uint64_t value;
    do {
        uint64_t high = static_cast<uint64_t>(stream.RandU01() * 4294967296.0);
        value = high << 32 | static_cast<uint64_t>(stream.RandU01() * 4294967296.0);
    } while (bound != 0 && value < -bound % bound);
    return bound == 0 ? value : value % bound;
}

/* ns-3's own arithmetic of how long bytes take, kept for the few sizes that come again and again. */
class TxTimes {
  public:
    void forget()
    {
        cached.fill({});
    }

    uint64_t of(uint64_t rate_bps, uint32_t bytes)
    {
        if (rate_bps == 0)
            return 0;
        Known &known = cached[bytes % cached.size()];
        if (known.bytes != bytes) {
            const Time time = ns3::DataRate(rate_bps).CalculateBytesTxTime(bytes);
            known = {static_cast<uint64_t>(time.GetTimeStep()), bytes};
        }
        return known.ns;
    }

  private:
    struct Known {
        uint64_t ns = 0;
        uint32_t bytes = 0;
    };

    std::array<Known, 8> cached{};
};

inline n3_frame *frame_of(n3_world *world, Ptr<const Packet> packet)
{
    n3_frame *frame = n3_frame_pool_take(&world->pool, packet->GetSize());
    if (frame != nullptr)
        frame->length = packet->CopyData(frame->bytes, frame->capacity);
    return frame;
}

/* Both ends of a link become the world's. */
template <typename End>
void own(n3_world *world, std::unique_ptr<End> (&ends)[2], n3_device **a_end, n3_device **b_end)
{
    ends[0]->peer = ends[1].get();
    ends[1]->peer = ends[0].get();
    world->devices.reserve(world->devices.size() + 2);
    world->devices.push_back(*a_end = ends[0].release());
    world->devices.push_back(*b_end = ends[1].release());
}

} // namespace n3

#endif
