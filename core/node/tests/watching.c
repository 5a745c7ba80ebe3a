/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/tests/watching.h"

#include "core/tests/check.h"
#include "core/tests/net_pair.h"

#include <stdio.h>

void watching_accept(roam_node_options *options)
{
    options->accept = true;
    options->dead_after_ns = 300 * NET_S;
}

void watching_done(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns)
{
    (void)peer;
    watching_results *d = done_data;
    if (d->count < 64) {
        d->results[d->count] = record->result;
        d->requested_ns[d->count] = record->requested_ns;
        d->at_ns[d->count] = now_ns;
        d->new_local[d->count] = record->new_local;
    }
    d->count++;
    snprintf(d->trigger, sizeof d->trigger, "%s", record->trigger);
}

void watching_begin(watching *f, net_host *host, uint64_t silence_ns)
{
    roam_watchdog_options options;
    roam_watchdog_options_default(&options);
    options.silence_ns = silence_ns;
    options.migrate.local = net_addr(host, 2, 0);
    options.migrate.done = watching_done;
    options.migrate.done_data = &f->done;
    f->start_ns = net_now(f->net);
    CHECK(roam_watchdog_new(host->node, &options, f->start_ns, &f->watchdog), 0, "new");
}

void watching_init(watching *f, void (*change_b)(roam_node_options *options))
{
    const net_pair p = net_pair_new(&(net_pair_options){.change_a = watching_accept, .change_b = change_b});
    *f = (watching){.net = p.net, .a = p.a, .b = p.b, .peer = p.b_at_a};
    watching_begin(f, f->a, 0);
}

void watching_chat(watching *f, uint64_t until_ns)
{
    while (net_now(f->net) < f->start_ns + until_ns) {
        net_send(f->a, f->peer, 0, "x", 1);
        net_run_for(f->net, 100 * NET_MS);
    }
}

void watching_slow(watching *f)
{
    net_delay(f->net, 0, 300 * NET_MS);
}

void watching_fast(watching *f)
{
    net_delay(f->net, 0, 10 * NET_MS);
}
