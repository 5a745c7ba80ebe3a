/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/net_pair.h"

net_pair net_pair_new(const net_pair_options *options)
{
    static const net_pair_options none = {0};
    if (!options)
        options = &none;
    net_pair p = {.net = net_new()};
    if (options->ipv6)
        net_ipv6(p.net);
    p.a = net_add(p.net, options->name_a ? options->name_a : "a", 0, options->change_a);
    p.b = net_add(p.net, "b", 1, options->change_b ? options->change_b : net_accepting);
    net_listen(p.b);
    if (!options->apart) {
        net_pair_connect(&p);
        net_run_for(p.net, options->idle_ns);
    }
    return p;
}

void net_pair_connect(net_pair *p)
{
    p->b_at_a = net_connect(p->a, p->b);
    const roam_event *up = net_last(p->b, ROAM_EVENT_PEER_UP);
    if (up)
        p->a_at_b = up->peer;
}
