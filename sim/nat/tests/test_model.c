/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random operations on a NAT and on a model of it that keeps lists and searches them from end to end. The
 * model does not choose external endpoints: it takes those the NAT gives and says whether they are allowed.
 * All else it foretells: every status, every internal endpoint, what has timed out, what a filter holds.
 */
#include "core/hash.h"
#include "core/tests/check.h"
#include "sim/nat/tests/lab.h"

#include "sim/random_streams.h"

#include <CUnit/Basic.h>
#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { HOSTS = 6, PORTS = 4, REMOTES = 4, POOL = 3, RANGE = 12, FLOW_RANGE = 4 };
enum { MODEL_MAX = 320, FILTER_MAX = 3, FORWARDS = 2, OPERATIONS = 4000 };

typedef struct model_remote {
    roam_addr remote;
    uint64_t used_ns;
} model_remote;

typedef struct model_binding {
    roam_addr internal, destination, external;
    uint64_t made_ns, used_ns;
    bool replied, stream;
    unsigned stale;                      /* nat_way */
    model_remote filter[FILTER_MAX + 1]; /* the one longest unused first */
    unsigned filtered;
} model_binding;

typedef struct model {
    nat *box;
    nat_options options;
    const char *about;
    uint64_t now_ns;
    uint64_t random;
    bool two_timers;
    unsigned range; /* ports of each address */
    model_binding bindings[MODEL_MAX];
    unsigned count;
    model_binding reserved[MODEL_MAX]; /* external and destination of those, and used_ns */
    unsigned reserved_count;
    model_binding resting[MODEL_MAX]; /* external of those in quarantine, and used_ns: since when */
    unsigned resting_count;
    roam_addr forwarded[FORWARDS]; /* family NONE: the static mapping leads to nobody */
} model;

static uint32_t draw(model *m, uint32_t below)
{
    return (uint32_t)(core_hash_mix(m->random++) % below);
}

static roam_addr part_of(nat_behaviour behaviour, roam_addr addr)
{
    if (behaviour == NAT_ENDPOINT_INDEPENDENT)
        return (roam_addr){.family = ROAM_FAMILY_NONE};
    if (behaviour == NAT_ADDRESS_DEPENDENT)
        addr.port = 0;
    return addr;
}

static bool one_host(const roam_addr *a, const roam_addr *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* The external endpoint is free again after the quarantine. */
static void rest(model *m, const roam_addr *external, uint64_t since_ns)
{
    if (m->options.quarantine_ns == 0 || m->now_ns >= since_ns + m->options.quarantine_ns)
        return;
    assert(m->resting_count < MODEL_MAX);
    m->resting[m->resting_count++] = (model_binding){.external = *external, .used_ns = since_ns};
}

static bool is_resting(const model *m, const roam_addr *external)
{
    unsigned i = 0;
    while (i < m->resting_count && !roam_addr_equal(&m->resting[i].external, external))
        i++;
    return i < m->resting_count;
}

static bool is_forwarded(const model *m, const roam_addr *external)
{
    bool found = false;
    for (size_t i = 0; i < m->options.forward_count; i++)
        found |= external->bytes[3] == 1 && external->port == m->options.forwards[i];
    return found;
}

static void forget(model *m, unsigned i, uint64_t ended_ns)
{
    rest(m, &m->bindings[i].external, ended_ns);
    memmove(&m->bindings[i], &m->bindings[i + 1], (m->count - i - 1) * sizeof m->bindings[0]);
    m->count--;
}

static uint64_t timeout_of(const model *m, const model_binding *binding)
{
    return binding->stream ? m->options.timeout_ns : m->options.unreplied_timeout_ns;
}

static void unreserve(model *m, unsigned i)
{
    m->reserved[i] = m->reserved[--m->reserved_count];
}

static uint64_t end_of(const model *m, const model_binding *binding)
{
    const uint64_t idle_ns = binding->used_ns + timeout_of(m, binding);
    const uint64_t old_ns = binding->made_ns + m->options.lifetime_ns;
    return m->options.lifetime_ns > 0 && old_ns < idle_ns ? old_ns : idle_ns;
}

static void pass_time(model *m)
{
    m->now_ns += draw(m, 4) == 0 ? draw(m, 40) : 0;
    for (unsigned i = m->resting_count; i-- > 0;)
        if (m->now_ns >= m->resting[i].used_ns + m->options.quarantine_ns)
            m->resting[i] = m->resting[--m->resting_count];
    for (unsigned i = m->count; i-- > 0;)
        if (m->now_ns >= end_of(m, &m->bindings[i]))
            forget(m, i, end_of(m, &m->bindings[i]));
    for (unsigned i = m->reserved_count; i-- > 0;)
        if (m->now_ns >= m->reserved[i].used_ns +
                             (m->two_timers ? m->options.unreplied_timeout_ns : m->options.timeout_ns))
            unreserve(m, i);
}

static void refresh(model *m, model_binding *binding)
{
    binding->stream |= binding->replied && m->now_ns - binding->made_ns > m->options.stream_after_ns;
    binding->used_ns = m->now_ns;
}

static model_binding *find(model *m, const roam_addr *internal, const roam_addr *remote)
{
    const roam_addr destination = part_of(m->options.mapping, *remote);
    for (unsigned i = 0; i < m->count; i++)
        if (roam_addr_equal(&m->bindings[i].internal, internal) &&
            roam_addr_equal(&m->bindings[i].destination, &destination))
            return &m->bindings[i];
    return NULL;
}

static model_binding *find_external(model *m, const roam_addr *external, const roam_addr *remote)
{
    for (unsigned i = 0; i < m->count; i++)
        if (roam_addr_equal(&m->bindings[i].external, external) &&
            (!m->options.overloading || roam_addr_equal(&m->bindings[i].destination, remote)))
            return &m->bindings[i];
    return NULL;
}

/* A packet that nothing lets in takes its endpoint. */
static void reserve(model *m, const roam_addr *external, const roam_addr *remote)
{
    unsigned i = 0;
    while (i < m->reserved_count && !(roam_addr_equal(&m->reserved[i].external, external) &&
                                      roam_addr_equal(&m->reserved[i].destination, remote)))
        i++;
    if (i == m->reserved_count) {
        assert(i < MODEL_MAX);
        m->reserved[m->reserved_count++] = (model_binding){.external = *external, .destination = *remote};
    }
    m->reserved[i].used_ns = m->now_ns;
}

/* ---- What may come out ---- */

/* Ports of each address that are taken towards that remote endpoint, a bit each. */
static void find_taken(const model *m, const roam_addr *remote, unsigned taken[POOL])
{
    const model_binding *lists[] = {m->bindings, m->reserved};
    const unsigned counts[] = {m->count, m->reserved_count};
    for (unsigned which = 0; which < 2; which++) {
        for (unsigned i = 0; i < counts[which]; i++) {
            const model_binding *binding = &lists[which][i];
            if (roam_addr_equal(&binding->destination, remote))
                taken[binding->external.bytes[3] - 1] |= 1u
                                                         << (binding->external.port - m->options.port_first);
        }
    }
}

static int foretell_flow(const model *m, const roam_addr *remote, const roam_addr *first)
{
    const unsigned full = (1u << m->range) - 1;
    unsigned taken[POOL] = {0};
    if (m->options.transparent)
        return NAT_OK;
    find_taken(m, remote, taken);
    for (size_t i = 0; i < m->options.forward_count; i++)
        taken[0] |= 1u << (m->options.forwards[i] - m->options.port_first);
    if (m->options.pooling == NAT_POOLING_PAIRED && first)
        return taken[first->bytes[3] - 1] != full ? NAT_OK : NAT_ERR_NO_PORT;
    for (unsigned i = 0; i < POOL; i++)
        if (taken[i] != full)
            return NAT_OK;
    return NAT_ERR_NO_PORT;
}

/* The status of a packet that needs a new binding. */
static int foretell(model *m, const roam_addr *internal, const roam_addr *remote)
{
    unsigned own = 0, at[POOL] = {(unsigned)m->options.forward_count}, all = at[0];
    const roam_addr *first = NULL;
    for (unsigned i = 0; i < m->resting_count && !m->options.overloading; i++)
        at[m->resting[i].external.bytes[3] - 1]++;
    all += m->count + m->resting_count;
    for (unsigned i = 0; i < m->count; i++) {
        if (!m->options.overloading)
            at[m->bindings[i].external.bytes[3] - 1]++;
        if (one_host(&m->bindings[i].internal, internal)) {
            first = &m->bindings[i].external;
            own++;
        }
    }
    if (m->count >= m->options.bindings_max)
        return NAT_ERR_TABLE_FULL;
    if (m->options.subscriber_bindings_max > 0 && own >= m->options.subscriber_bindings_max)
        return NAT_ERR_SUBSCRIBER_LIMIT;
    if (m->options.overloading)
        return foretell_flow(m, remote, first);
    if (m->options.pooling == NAT_POOLING_PAIRED && first)
        return at[first->bytes[3] - 1] < m->range ? NAT_OK : NAT_ERR_NO_PORT;
    return all < POOL * m->range ? NAT_OK : NAT_ERR_NO_PORT;
}

/* A binding's external endpoint is of the pool, its own, and at the address of its host's others. */
static void check_external(model *m, const model_binding *binding)
{
    const roam_addr *external = &binding->external;
    if (m->options.transparent) {
        CHECK_ADDR(*external, binding->internal, "%s: not translated", m->about);
        return;
    }
    CHECK(is_forwarded(m, external), false, "%s: a static mapping's port %u", m->about, external->port);
    CHECK(external->port >= m->options.port_first && external->port <= m->options.port_last, true,
          "%s: port %u", m->about, external->port);
    for (unsigned i = 0; i < m->count; i++) {
        const model_binding *other = &m->bindings[i];
        if (other == binding)
            continue;
        if (!m->options.overloading || roam_addr_equal(&other->destination, &binding->destination))
            CHECK(roam_addr_equal(&other->external, external), false, "%s: shared port %u", m->about,
                  external->port);
        if (m->options.pooling == NAT_POOLING_PAIRED && one_host(&other->internal, &binding->internal))
            CHECK(one_host(&other->external, external), true, "%s: paired", m->about);
    }
}

/* ---- Filters ---- */

static void permit(model *m, model_binding *binding, const roam_addr *remote)
{
    const roam_addr part = part_of(m->options.filtering, *remote);
    unsigned kept = 0;
    if (m->options.filtering == NAT_ENDPOINT_INDEPENDENT)
        return;
    for (unsigned i = 0; i < binding->filtered; i++)
        if (!roam_addr_equal(&binding->filter[i].remote, &part))
            binding->filter[kept++] = binding->filter[i];
    binding->filter[kept++] = (model_remote){.remote = part, .used_ns = m->now_ns};
    binding->filtered = kept;
    if (kept > FILTER_MAX) {
        memmove(&binding->filter[0], &binding->filter[1], FILTER_MAX * sizeof binding->filter[0]);
        binding->filtered = FILTER_MAX;
    }
}

static bool permitted(const model *m, const model_binding *binding, const roam_addr *remote)
{
    const roam_addr part = part_of(m->options.filtering, *remote);
    for (unsigned i = 0; i < binding->filtered; i++)
        if (roam_addr_equal(&binding->filter[i].remote, &part))
            return m->now_ns < binding->filter[i].used_ns + timeout_of(m, binding);
    return m->options.filtering == NAT_ENDPOINT_INDEPENDENT;
}

/* ---- Operations ---- */

static roam_addr some_inside(model *m)
{
    return nat_lab_inside(draw(m, HOSTS), (uint16_t)(1024 + draw(m, PORTS)));
}

static roam_addr some_remote(model *m)
{
    return nat_lab_remote(draw(m, REMOTES), (uint16_t)(443 + draw(m, 2)));
}

/* The port that stands for an internal endpoint; 0: none does. */
static uint16_t forward_of(const model *m, const roam_addr *internal)
{
    for (size_t i = 0; i < m->options.forward_count; i++)
        if (roam_addr_equal(&m->forwarded[i], internal))
            return m->options.forwards[i];
    return 0;
}

static void operate_out(model *m)
{
    const roam_addr internal = some_inside(m), remote = some_remote(m);
    roam_addr external = {0};
    const uint16_t port = forward_of(m, &internal);
    if (port) {
        CHECK(nat_outbound(m->box, &internal, &remote, m->now_ns, &external), NAT_OK, "%s: static", m->about);
        CHECK_ADDR(external, nat_lab_pool(1, port), "%s: static", m->about);
        return;
    }
    model_binding *binding = find(m, &internal, &remote);
    int wanted = binding ? NAT_OK : foretell(m, &internal, &remote);
    if (binding && binding->stale & NAT_OUT) {
        wanted = NAT_ERR_STALE;
        refresh(m, binding);
        permit(m, binding, &remote);
    }
    if (!CHECK(nat_outbound(m->box, &internal, &remote, m->now_ns, &external), wanted, "%s: out", m->about) ||
        wanted != NAT_OK)
        return;
    if (!binding) {
        binding = &m->bindings[m->count++];
        *binding = (model_binding){.internal = internal,
                                   .destination = part_of(m->options.mapping, remote),
                                   .external = external,
                                   .made_ns = m->now_ns,
                                   .stream = !m->two_timers};
        check_external(m, binding);
        CHECK(is_resting(m, &external), false, "%s: port %u of the quarantine", m->about, external.port);
    }
    CHECK_ADDR(external, binding->external, "%s: out", m->about);
    refresh(m, binding);
    permit(m, binding, &remote);
}

static void operate_in(model *m)
{
    const roam_addr remote = some_remote(m);
    const roam_addr drawn =
        nat_lab_pool(1 + draw(m, POOL), (uint16_t)(m->options.port_first + draw(m, m->range)));
    const roam_addr external = m->options.transparent ? some_inside(m) : drawn;
    model_binding *binding = find_external(m, &external, &remote);
    int wanted = NAT_ERR_NO_BINDING;
    roam_addr internal;
    if (is_forwarded(m, &external)) {
        const roam_addr *to = &m->forwarded[external.port == m->options.forwards[0] ? 0 : 1];
        wanted = to->family != ROAM_FAMILY_NONE ? NAT_OK : NAT_ERR_NO_BINDING;
        internal = *to;
        CHECK(nat_inbound(m->box, &remote, &external, m->now_ns, &internal), wanted, "%s: static", m->about);
        CHECK_ADDR(internal, *to, "%s: static, in", m->about);
        return;
    }
    if (binding && binding->stale & NAT_IN)
        wanted = NAT_ERR_STALE;
    else if (binding)
        wanted = permitted(m, binding, &remote) ? NAT_OK : NAT_ERR_FILTERED;
    if (!binding && m->options.track_unsolicited)
        reserve(m, &external, &remote);
    if (!CHECK(nat_inbound(m->box, &remote, &external, m->now_ns, &internal), wanted, "%s: in", m->about) ||
        wanted != NAT_OK)
        return;
    CHECK_ADDR(internal, binding->internal, "%s: in", m->about);
    if (m->options.refresh == NAT_REFRESH_BOTH) {
        refresh(m, binding);
        permit(m, binding, &remote);
    }
    binding->replied = true;
}

static void operate_shuffle(model *m)
{
    static const nat_change changes[] = {NAT_CHANGE_PORT, NAT_CHANGE_ADDRESS, NAT_CHANGE_BOTH,
                                         NAT_CHANGE_BACK};
    const nat_change change = changes[draw(m, 4)];
    const roam_addr whose = some_inside(m);
    const bool all = draw(m, 2);
    nat_shuffled got;
    roam_addr left[MODEL_MAX]; /* by those that moved */
    unsigned moved = 0, asked = 0;
    if (m->options.transparent)
        return;
    CHECK(nat_shuffle(m->box, change, all ? NULL : &whose, m->now_ns, &got), NAT_OK, "%s: shuffle", m->about);
    for (unsigned i = 0; i < m->count; i++) {
        model_binding *binding = &m->bindings[i];
        const roam_addr old = binding->external;
        nat_binding now = {0};
        roam_addr destination = binding->destination;
        destination.family = ROAM_FAMILY_IPV4;
        CU_ASSERT_TRUE(nat_find_binding(m->box, &binding->internal, &destination, m->now_ns, &now));
        binding->external = now.external;
        const bool same = roam_addr_equal(&old, &binding->external);
        if (!all && !one_host(&whose, &binding->internal)) {
            CHECK(same, true, "%s: nobody's business", m->about);
            continue;
        }
        asked++;
        if (!same) {
            left[moved++] = old;
            CHECK(is_resting(m, &now.external), false, "%s: moved to the quarantine", m->about);
            binding->filtered = 0;
            binding->stale = 0;
        }
        if (change == NAT_CHANGE_PORT || (change == NAT_CHANGE_ADDRESS && !same))
            CHECK(one_host(&old, &binding->external), change == NAT_CHANGE_PORT, "%s: address", m->about);
    }
    for (unsigned i = 0; i < moved; i++)
        rest(m, &left[i], m->now_ns);
    for (unsigned i = 0; i < m->count && moved > 0 && m->options.quarantine_ns > 0; i++)
        CHECK(is_resting(m, &m->bindings[i].external), false, "%s: another's until then", m->about);
    CHECK(got.moved, moved, "%s: moved", m->about);
    CHECK(got.moved + got.kept, asked, "%s: moved or kept", m->about);
    for (unsigned i = 0; i < m->count; i++)
        check_external(m, &m->bindings[i]);
}

static void operate_forget(model *m)
{
    const roam_addr whose = some_inside(m);
    const bool all = draw(m, 4) == 0;
    unsigned forgotten = 0;
    for (unsigned i = m->count; i-- > 0;) {
        if (all || one_host(&whose, &m->bindings[i].internal)) {
            forget(m, i, m->now_ns);
            forgotten++;
        }
    }
    if (all)
        m->reserved_count = 0;
    const bool restarts = all && draw(m, 2);
    if (restarts)
        m->resting_count = 0;
    const uint32_t got =
        restarts ? nat_restart(m->box, m->now_ns) : nat_expire(m->box, all ? NULL : &whose, m->now_ns);
    CHECK(got, forgotten, "%s: forgotten", m->about);
}

/* Towards one remote address alone. */
static void operate_forget_flow(model *m)
{
    const roam_addr whose = some_inside(m), remote = some_remote(m);
    const bool all = draw(m, 2);
    unsigned forgotten = 0;
    for (unsigned i = m->count; i-- > 0;) {
        const model_binding *binding = &m->bindings[i];
        if ((all || one_host(&whose, &binding->internal)) && m->options.mapping != NAT_ENDPOINT_INDEPENDENT &&
            one_host(&remote, &binding->destination)) {
            forget(m, i, m->now_ns);
            forgotten++;
        }
    }
    CHECK(nat_expire_towards(m->box, all ? NULL : &whose, &remote, m->now_ns), forgotten, "%s: flows",
          m->about);
}

static void operate_stale(model *m)
{
    const roam_addr whose = some_inside(m);
    const bool all = draw(m, 4) == 0;
    const nat_way way = (nat_way)(1 + draw(m, 3));
    unsigned stale = 0;
    for (unsigned i = 0; i < m->count; i++) {
        const bool is_its = all || one_host(&whose, &m->bindings[i].internal);
        m->bindings[i].stale |= is_its ? (unsigned)way : 0;
        stale += is_its;
    }
    CHECK(nat_make_stale(m->box, way, all ? NULL : &whose, m->now_ns), stale, "%s: stale", m->about);
}

/* Whom a static mapping leads to. */
static void operate_forward(model *m)
{
    const uint32_t number = draw(m, FORWARDS);
    const bool nobody = draw(m, 2) || number >= m->options.forward_count;
    const roam_addr to = nat_lab_inside(draw(m, HOSTS), (uint16_t)(1024 + number));
    m->forwarded[number] = nobody ? (roam_addr){.family = ROAM_FAMILY_NONE} : to;
    if (number >= m->options.forward_count)
        return;
    CHECK(nat_forward(m->box, number, nobody ? NULL : &to), NAT_OK, "%s: forward", m->about);
}

static void check_counts(model *m)
{
    unsigned hosts = 0;
    for (unsigned i = 0; i < m->count; i++) {
        bool first = true;
        for (unsigned j = 0; j < i; j++)
            first &= !one_host(&m->bindings[i].internal, &m->bindings[j].internal);
        hosts += first;
    }
    const nat_counts counts = nat_count(m->box, m->now_ns);
    CHECK(counts.live, m->count, "%s: live", m->about);
    CHECK(counts.subscribers, hosts, "%s: subscribers", m->about);
    CHECK(counts.reserved, m->reserved_count, "%s: reserved", m->about);
}

static void run(model *m)
{
    m->options.filter_max = FILTER_MAX;
    m->options.port_first = 1024;
    m->options.port_last = (uint16_t)(1023 + m->range);
    m->options.timeout_ns = 100;
    m->options.unreplied_timeout_ns = m->two_timers ? 40 : 0;
    m->options.stream_after_ns = 25;
    m->options.pool_count = m->options.transparent ? 1 : POOL;
    m->box = nat_lab_new(&m->options);
    for (int i = 0; i < OPERATIONS; i++) {
        pass_time(m);
        const uint32_t what = draw(m, 32);
        if (what < 16)
            operate_out(m);
        else if (what < 30)
            operate_in(m);
        else if (what < 31)
            operate_shuffle(m);
        else if (draw(m, 4) == 0)
            operate_stale(m);
        else if (draw(m, 4) == 0)
            operate_forward(m);
        else if (draw(m, 2))
            operate_forget_flow(m);
        else
            operate_forget(m);
        check_counts(m);
    }
    nat_free(m->box);
}

static const uint16_t FORWARDED[FORWARDS] = {1026, 1024};

/* Every mapping, filtering, pooling, order of ports and refresh; a lifetime, quarantine and static mappings
 * now and then. */
static void test_against_model(void)
{
    static model m;
    for (int i = 0; i < 3 * 3 * 2 * 4 * 2; i++) {
        char about[64];
        m = (model){
            .options = nat_lab_options(), .about = about, .range = RANGE, .random = (uint64_t)i << 32};
        m.options.mapping = (nat_behaviour)(i % 3);
        m.options.filtering = (nat_behaviour)(i / 3 % 3);
        m.options.pooling = (nat_pooling)(i / 9 % 2);
        m.options.ports = (nat_port_order)(i / 18 % 4);
        m.options.refresh = (nat_refresh)(i / 72 % 2);
        m.two_timers = i % 2;
        m.options.bindings_max = i % 4 == 3 ? 20 : 1000;
        m.options.subscriber_bindings_max = i % 5 == 4 ? 3 : 0;
        m.options.lifetime_ns = i % 5 < 2 ? 150 : 0;
        m.options.quarantine_ns = i % 7 < 3 ? 200 : 0;
        m.options.forwards = FORWARDED;
        m.options.forward_count = i % 4 == 2 ? FORWARDS : 0;
        snprintf(about, sizeof about, "mapping %d, filtering %d, case %d", m.options.mapping,
                 m.options.filtering, i);
        run(&m);
    }
}

/* The same of flows, with overloading: every order of ports, what unsolicited packets take, and without
 * translation. */
static void test_flows_against_model(void)
{
    static model m;
    for (int i = 0; i < 4 * 2 * 2 * 2 * 2; i++) {
        char about[64];
        m = (model){
            .options = nat_lab_options(), .about = about, .range = FLOW_RANGE, .random = (uint64_t)i << 40};
        m.options.mapping = m.options.filtering = NAT_ADDRESS_AND_PORT_DEPENDENT;
        m.options.overloading = true;
        m.options.ports = (nat_port_order)(i % 4);
        m.options.pooling = (nat_pooling)(i / 4 % 2);
        m.options.refresh = (nat_refresh)(i / 8 % 2);
        m.options.track_unsolicited = i / 16 % 2;
        m.two_timers = i / 32 % 2;
        m.options.bindings_max = 1000;
        m.options.lifetime_ns = i % 3 ? 0 : 120;
        m.options.forwards = FORWARDED;
        m.options.transparent = i % 5 == 1 && !m.options.track_unsolicited;
        m.options.forward_count = i % 5 == 2 ? FORWARDS : 0;
        snprintf(about, sizeof about, "flows, case %d", i);
        run(&m);
    }
}

static const check_test TESTS[] = {{"random operations", test_against_model},
                                   {"random operations on flows", test_flows_against_model}};
CHECK_MAIN("nat model", TESTS)
