/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/ns3/internal.hh"

#include "sim/ns3/options.h"

#include <cstring>

#include <ns3/rng-seed-manager.h>

using namespace n3;

namespace {

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
    void set(event_key key)
    {
        uid = key.uid;
        if (key.ns > INT64_MAX)
            disarm();
        else
            arm(key);
    }

    uint32_t uid = 0; /* of the latest time that was asked for, N3_NEVER too */
    n3_world *world;
    n3_timer_fn callback;
    void *user;
};

struct n3_random {
    n3_world *world;
    n3::RandomStream stream;
};

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
    world->mediums.clear(); /* frames that wait in a queue go back to the pool */
    for (n3_device *device : world->devices)
        device->release();
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
    timer->set({std::max(at_ns, timer->sim->now_ns), timer->sim->draw_uid()});
}

void n3_timer_move(n3_timer *timer, uint64_t at_ns)
{
    assert(timer->uid > 0 && at_ns > timer->sim->now_ns);
    timer->set({at_ns, timer->uid});
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

n3_status n3_device_hold(n3_device *device, uint64_t until_ns)
{
    return device->world->guard([&] { return device->hold(until_ns); });
}

void n3_device_get(const n3_device *device, n3_device_params *params)
{
    *params = device->params;
}

uint64_t n3_device_wait_ns(const n3_device *device)
{
    return device->wait_ns();
}

void n3_device_count(const n3_device *device, n3_device_counters *counters)
{
    *counters = device->counters;
    counters->queue_peak = device->queue_peak();
}
