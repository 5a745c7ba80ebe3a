/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/ns3/models.hh"
#include "sim/ns3/options.h"

using namespace n3;

n3_status n3_medium_new(n3_world *world, const n3_medium_options *options, n3_medium **medium)
{
    const char *why = "";
    n3_status status = n3_medium_options_check(options, &why);
    if (status != N3_OK)
        return world->fail(status, why);
    return world->guard([&] {
        if (options->kind == N3_MEDIUM_QUEUE)
            world->mediums.push_back(make_queue(world, *options));
        else
            world->mediums.push_back(options->kind == N3_MEDIUM_CSMA ? models().make_csma(world, *options)
                                                                     : models().make_wifi(world, *options));
        *medium = world->mediums.back().get();
        return N3_OK;
    });
}

n3_status n3_medium_add(n3_medium *medium, const n3_host_options *options, n3_node *host, n3_node *core,
                        n3_device **host_end, n3_device **core_end)
{
    const char *why = "";
    n3_status status = n3_host_options_check(options, &why);
    if (status != N3_OK)
        return host->world->fail(status, why);
    return host->world->guard([&] { return medium->add(*options, host, core, host_end, core_end); });
}

n3_status n3_medium_set(n3_medium *medium, bool up, const n3_queue_params *params)
{
    const char *why = "";
    n3_status status = n3_queue_params_check(params, &why);
    if (status != N3_OK)
        return medium->world->fail(status, why);
    return medium->world->guard([&] { return medium->set(up, *params); });
}

void n3_medium_leave(n3_device *host_end)
{
    host_end->leave();
}

n3_status n3_medium_walk(n3_device *host_end, uint64_t distance_mm, uint64_t over_ns)
{
    if (!n3_distance_is_good(distance_mm))
        return host_end->world->fail(N3_ERR_INVALID, "distance_mm is not in 1 m to 100 km");
    return host_end->walk(distance_mm, over_ns);
}

uint64_t n3_medium_distance_mm(const n3_device *host_end)
{
    return host_end->distance_mm();
}
