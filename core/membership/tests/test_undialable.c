/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node that nobody can dial fills its active view by its own dials, though all other views are full, and
 * keeps it. */
#include "core/membership/tests/overlay.h"
#include "core/tests/check.h"

enum { PHONES = 4 };

static net_host *add_phone(const overlay *o, const char *name)
{
    roam_membership_options options;
    roam_membership_options_default(&options);
    net_host *const phone = net_add(o->net, name, 0, NULL);
    CHECK(roam_membership_start(phone->node, &options, net_now(o->net)), 0, "start");
    return phone;
}

static void test_phones(void)
{
    static const char *const names[PHONES] = {"p0", "p1", "p2", "p3"};
    net_host *phones[PHONES];
    overlay o = overlay_new(20, NULL);
    overlay_join_all(&o, 500 * NET_MS);
    net_run_for(o.net, 20 * NET_S);
    for (int i = 0; i < PHONES; i++) {
        phones[i] = add_phone(&o, names[i]);
        overlay_join(phones[i], o.hosts[0]);
        net_run_for(o.net, 200 * NET_MS);
    }
    net_run_for(o.net, 30 * NET_S);
    for (int i = 0; i < PHONES; i++) {
        CHECK_BETWEEN(overlay_active_count(phones[i]), 3, 5, "active view of %s", names[i]);
        CHECK(overlay_has_active(phones[i], phones[(i + 1) % PHONES]), false, "%s has a phone", names[i]);
        CHECK(overlay_counts(phones[i]).dials_failed, 0, "dials of %s that failed", names[i]);
    }
    const size_t downs = net_count(phones[0], ROAM_EVENT_PEER_DOWN);
    net_run_for(o.net, 60 * NET_S);
    CHECK(net_count(phones[0], ROAM_EVENT_PEER_DOWN), downs, "peer_down once the overlay is at rest");
    CHECK(overlay_unreached(&o), 0, "nodes that are not reached");
    overlay_free(&o);
}

static const check_test tests[] = {{"phones", test_phones}};

CHECK_MAIN("undialable", tests)
