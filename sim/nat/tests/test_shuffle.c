/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a shuffle moves, what it leaves, and where the old endpoints lead. */
#include "core/tests/check.h"
#include "sim/nat/tests/lab.h"

#include <CUnit/Basic.h>

enum { HOSTS = 5, FLOWS = 4, BINDINGS = HOSTS * FLOWS };

typedef struct shuffle_case {
    const char *name;
    nat_change change;
    unsigned pool;
    nat_pooling pooling;
    nat_port_order ports;
    nat_block_order blocks;
    bool moves;           /* every binding; otherwise none */
    bool another_address; /* of those that move */
    bool another_port;    /* 0: the port stays */
} shuffle_case;

static const shuffle_case cases[] = {
    {.name = "port, random",
     .change = NAT_CHANGE_PORT,
     .pool = 4,
     .pooling = NAT_POOLING_PAIRED,
     .ports = NAT_PORTS_RANDOM,
     .blocks = NAT_BLOCKS_NONE,
     .moves = 1,
     .another_port = 1},
    {.name = "port, sequential",
     .change = NAT_CHANGE_PORT,
     .pool = 4,
     .pooling = NAT_POOLING_PAIRED,
     .ports = NAT_PORTS_SEQUENTIAL,
     .blocks = NAT_BLOCKS_NONE,
     .moves = 1,
     .another_port = 1},
    {.name = "port, preserve",
     .change = NAT_CHANGE_PORT,
     .pool = 4,
     .pooling = NAT_POOLING_PAIRED,
     .ports = NAT_PORTS_PRESERVE,
     .blocks = NAT_BLOCKS_NONE,
     .moves = 1,
     .another_port = 1},
    {.name = "port, arbitrary",
     .change = NAT_CHANGE_PORT,
     .pool = 4,
     .pooling = NAT_POOLING_ARBITRARY,
     .ports = NAT_PORTS_RANDOM,
     .blocks = NAT_BLOCKS_NONE,
     .moves = 1,
     .another_port = 1},
    {.name = "port, blocks",
     .change = NAT_CHANGE_PORT,
     .pool = 4,
     .pooling = NAT_POOLING_PAIRED,
     .ports = NAT_PORTS_RANDOM,
     .blocks = NAT_BLOCKS_DYNAMIC,
     .moves = 1,
     .another_port = 1},
    {.name = "port, fixed blocks",
     .change = NAT_CHANGE_PORT,
     .pool = 4,
     .pooling = NAT_POOLING_PAIRED,
     .ports = NAT_PORTS_RANDOM,
     .blocks = NAT_BLOCKS_DETERMINISTIC,
     .moves = 1,
     .another_port = 1},
    {.name = "address, random",
     .change = NAT_CHANGE_ADDRESS,
     .pool = 4,
     .pooling = NAT_POOLING_PAIRED,
     .ports = NAT_PORTS_RANDOM,
     .blocks = NAT_BLOCKS_NONE,
     .moves = 1,
     .another_address = 1},
    {.name = "address, sequential",
     .change = NAT_CHANGE_ADDRESS,
     .pool = 40,
     .pooling = NAT_POOLING_PAIRED,
     .ports = NAT_PORTS_SEQUENTIAL,
     .blocks = NAT_BLOCKS_NONE,
     .moves = 1,
     .another_address = 1},
    {.name = "address, arbitrary",
     .change = NAT_CHANGE_ADDRESS,
     .pool = 40,
     .pooling = NAT_POOLING_ARBITRARY,
     .ports = NAT_PORTS_RANDOM,
     .blocks = NAT_BLOCKS_NONE,
     .moves = 1,
     .another_address = 1},
    {.name = "address, one in the pool",
     .change = NAT_CHANGE_ADDRESS,
     .pool = 1,
     .pooling = NAT_POOLING_PAIRED,
     .ports = NAT_PORTS_RANDOM,
     .blocks = NAT_BLOCKS_NONE},
    {.name = "address, fixed blocks",
     .change = NAT_CHANGE_ADDRESS,
     .pool = 4,
     .pooling = NAT_POOLING_PAIRED,
     .ports = NAT_PORTS_RANDOM,
     .blocks = NAT_BLOCKS_DETERMINISTIC},
    {.name = "both, random",
     .change = NAT_CHANGE_BOTH,
     .pool = 4,
     .pooling = NAT_POOLING_PAIRED,
     .ports = NAT_PORTS_RANDOM,
     .blocks = NAT_BLOCKS_NONE,
     .moves = 1,
     .another_address = 1,
     .another_port = 1},
    {.name = "both, preserve",
     .change = NAT_CHANGE_BOTH,
     .pool = 4,
     .pooling = NAT_POOLING_PAIRED,
     .ports = NAT_PORTS_PRESERVE,
     .blocks = NAT_BLOCKS_NONE,
     .moves = 1,
     .another_address = 1,
     .another_port = 1},
    {.name = "both, arbitrary",
     .change = NAT_CHANGE_BOTH,
     .pool = 4,
     .pooling = NAT_POOLING_ARBITRARY,
     .ports = NAT_PORTS_SEQUENTIAL,
     .blocks = NAT_BLOCKS_NONE,
     .moves = 1,
     .another_address = 1,
     .another_port = 1},
    {.name = "both, blocks",
     .change = NAT_CHANGE_BOTH,
     .pool = 4,
     .pooling = NAT_POOLING_PAIRED,
     .ports = NAT_PORTS_RANDOM,
     .blocks = NAT_BLOCKS_DYNAMIC,
     .moves = 1,
     .another_address = 1,
     .another_port = 1},
    {.name = "both, one in the pool",
     .change = NAT_CHANGE_BOTH,
     .pool = 1,
     .pooling = NAT_POOLING_PAIRED,
     .ports = NAT_PORTS_RANDOM,
     .blocks = NAT_BLOCKS_NONE,
     .moves = 1,
     .another_port = 1},
    {.name = "both, fixed blocks",
     .change = NAT_CHANGE_BOTH,
     .pool = 4,
     .pooling = NAT_POOLING_PAIRED,
     .ports = NAT_PORTS_RANDOM,
     .blocks = NAT_BLOCKS_DETERMINISTIC,
     .moves = 1,
     .another_port = 1},
};

static nat *new_for(const shuffle_case *of)
{
    nat_options options = nat_lab_options();
    options.pool_count = of->pool;
    options.pooling = of->pooling;
    options.ports = of->ports;
    options.blocks = of->blocks;
    options.block_ports = 64;
    options.subscribers = nat_lab_inside(1, 0);
    return nat_lab_new(&options);
}

static roam_addr inside_of(unsigned i)
{
    return nat_lab_inside(1 + i / FLOWS, (uint16_t)(5000 + i));
}

static roam_addr external_now(nat *box, unsigned i)
{
    const roam_addr internal = inside_of(i), remote = nat_lab_remote(1, 443);
    nat_binding binding = {0};
    CU_ASSERT_TRUE(nat_find_binding(box, &internal, &remote, 0, &binding));
    return binding.external;
}

static bool same_host(roam_addr a, roam_addr b)
{
    a.port = b.port;
    return roam_addr_equal(&a, &b);
}

static void make_bindings(nat *box, roam_addr externals[BINDINGS])
{
    for (unsigned i = 0; i < BINDINGS; i++)
        externals[i] = nat_lab_out(box, inside_of(i), nat_lab_remote(1, 443), 0);
}

static void check_moved(const shuffle_case *of, nat *box, const roam_addr *old, unsigned i, bool moves)
{
    const roam_addr now = external_now(box, i), remote = nat_lab_remote(1, 443);
    if (moves) {
        CHECK(!same_host(old[i], now), of->another_address, "%s: binding %u, another address", of->name, i);
        CHECK(old[i].port != now.port, of->another_port, "%s: binding %u, another port", of->name, i);
        CHECK(nat_lab_in_status(box, remote, old[i], 0), NAT_ERR_NO_BINDING, "%s: old endpoint %u", of->name,
              i);
    } else {
        CHECK_ADDR(now, old[i], "%s: binding %u", of->name, i);
    }
    CHECK(nat_lab_reaches(box, remote, now, inside_of(i), 0), true, "%s: binding %u leads in", of->name, i);
    CHECK_ADDR(nat_lab_out(box, inside_of(i), remote, 0), now, "%s: binding %u leads out", of->name, i);
}

/* All, and then one subscriber: what moves is what should, all old endpoints are dead, and new ones lead to
 * where the old ones led. */
static void test_every_change(void)
{
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const shuffle_case *of = &cases[c];
        nat *box = new_for(of);
        roam_addr old[BINDINGS];
        nat_shuffled got;
        make_bindings(box, old);
        CHECK(nat_shuffle(box, of->change, NULL, 0, &got), NAT_OK, "%s", of->name);
        CHECK(got.moved, of->moves ? BINDINGS : 0, "%s: moved", of->name);
        CHECK(got.kept, of->moves ? 0 : BINDINGS, "%s: kept", of->name);
        for (unsigned i = 0; i < BINDINGS; i++)
            check_moved(of, box, old, i, of->moves);

        const roam_addr one = nat_lab_inside(2, 77);
        for (unsigned i = 0; i < BINDINGS; i++)
            old[i] = external_now(box, i);
        CHECK(nat_shuffle(box, of->change, &one, 0, &got), NAT_OK, "%s, one", of->name);
        CHECK(got.moved, of->moves ? FLOWS : 0, "%s, one: moved", of->name);
        for (unsigned i = 0; i < BINDINGS; i++)
            check_moved(of, box, old, i, of->moves && i / FLOWS == 1);
        CHECK(nat_count(box, 0).live, BINDINGS, "%s: live", of->name);
        nat_free(box);
    }
}

/* Twice as many ports as bindings: enough for none to be given an old endpoint of another. */
static void test_old_endpoints_lead_nowhere(void)
{
    for (int order = 0; order < 3; order++) {
        nat_options options = nat_lab_options();
        options.ports = (nat_port_order)order;
        options.port_first = 5000;
        options.port_last = (uint16_t)(options.port_first + 2 * BINDINGS - 1);
        nat *box = nat_lab_new(&options);
        roam_addr old[BINDINGS];
        nat_shuffled got;
        make_bindings(box, old);
        CHECK(nat_shuffle(box, NAT_CHANGE_PORT, NULL, 0, &got), NAT_OK, "order %d", order);
        CHECK(got.moved, BINDINGS, "order %d: moved", order);
        for (unsigned i = 0; i < BINDINGS; i++)
            CHECK(nat_lab_in_status(box, nat_lab_remote(1, 443), old[i], 0), NAT_ERR_NO_BINDING,
                  "order %d: old endpoint %u", order, i);
        nat_free(box);
    }
}

/* RFC 4787 REQ-2 holds over a shuffle: all bindings of a subscriber come out at one address, with blocks in
 * one block. */
static void test_subscribers_stay_together(void)
{
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        if (cases[c].pooling == NAT_POOLING_ARBITRARY)
            continue;
        nat *box = new_for(&cases[c]);
        roam_addr old[BINDINGS];
        make_bindings(box, old);
        for (int round = 0; round < 20; round++) {
            nat_shuffled got;
            CHECK(nat_shuffle(box, cases[c].change, NULL, 0, &got), NAT_OK, "%s", cases[c].name);
            for (unsigned i = 0; i < BINDINGS; i++) {
                const roam_addr first = external_now(box, i / FLOWS * FLOWS), this = external_now(box, i);
                CHECK(same_host(first, this), true, "%s, round %d: binding %u", cases[c].name, round, i);
                if (cases[c].blocks != NAT_BLOCKS_NONE)
                    CHECK((this.port - 1024) / 64, (first.port - 1024) / 64, "%s: block of %u", cases[c].name,
                          i);
            }
        }
        nat_free(box);
    }
}

/* Twenty moves: never to the endpoint of the move before, with ports of any order and few of them. */
static void test_never_the_last_one(void)
{
    static const nat_port_order orders[] = {NAT_PORTS_PRESERVE, NAT_PORTS_SEQUENTIAL, NAT_PORTS_RANDOM,
                                            NAT_PORTS_PRESERVE_OR_RANDOM};
    static const nat_change changes[] = {NAT_CHANGE_PORT, NAT_CHANGE_ADDRESS, NAT_CHANGE_BOTH};
    for (unsigned c = 0; c < 3 * 4 * 2 * 2; c++) {
        const nat_change change = changes[c % 3];
        nat_options options = nat_lab_options();
        options.ports = orders[c / 3 % 4];
        options.pooling = (nat_pooling)(c / 12 % 2);
        options.overloading = c / 24;
        if (options.overloading)
            options.mapping = options.filtering = NAT_ADDRESS_AND_PORT_DEPENDENT;
        options.pool_count = 3;
        options.port_first = 5000;
        options.port_last = 5007;
        nat *box = nat_lab_new(&options);
        const roam_addr inside = nat_lab_inside(1, 5000), remote = nat_lab_remote(1, 443);
        roam_addr last = {0}, now = nat_lab_out(box, inside, remote, 0);
        for (int round = 0; round < 20; round++) {
            nat_shuffled got;
            CHECK(nat_shuffle(box, change, NULL, 0, &got), NAT_OK, "case %u", c);
            CHECK(got.moved, 1, "case %u, round %d: moved", c, round);
            const roam_addr before = last;
            last = now;
            now = nat_lab_out(box, inside, remote, 0);
            CHECK(roam_addr_equal(&now, &before), false, "case %u, round %d: as before the last move", c,
                  round);
            if (change != NAT_CHANGE_PORT && round > 0)
                CHECK(same_host(now, before), false, "case %u, round %d: the last address", c, round);
        }
        nat_free(box);
    }
}

/* Where ports are preserved, each move goes on: in twenty moves no port is seen twice. */
static void test_preserved_ports_go_on(void)
{
    nat_options options = nat_lab_options();
    options.ports = NAT_PORTS_PRESERVE;
    nat *box = nat_lab_new(&options);
    const roam_addr inside = nat_lab_inside(1, 5000), remote = nat_lab_remote(1, 443);
    for (uint16_t round = 0; round < 20; round++) {
        nat_shuffled got;
        CHECK(nat_lab_out(box, inside, remote, 0).port, 5000 + 2 * round, "round %u", round);
        CHECK(nat_shuffle(box, NAT_CHANGE_PORT, NULL, 0, &got), NAT_OK, "round %u", round);
    }
    nat_free(box);
}

/* Each change is undone by one `back`, and done again by the next; what was made in between has no way back
 * but goes with its subscriber. */
static void test_back(void)
{
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const shuffle_case *of = &cases[c];
        nat *box = new_for(of);
        roam_addr old[BINDINGS], moved[BINDINGS];
        nat_shuffled got;
        make_bindings(box, old);
        CHECK(nat_shuffle(box, NAT_CHANGE_BACK, NULL, 0, &got), NAT_OK, "%s", of->name);
        CHECK(got.kept, BINDINGS, "%s: nothing to go back to", of->name);
        CHECK(nat_shuffle(box, of->change, NULL, 0, &got), NAT_OK, "%s", of->name);
        for (unsigned i = 0; i < BINDINGS; i++)
            moved[i] = external_now(box, i);
        for (int turn = 0; turn < 3; turn++) {
            CHECK(nat_shuffle(box, NAT_CHANGE_BACK, NULL, 0, &got), NAT_OK, "%s: back", of->name);
            CHECK(got.moved, of->moves ? BINDINGS : 0, "%s: moved back", of->name);
            for (unsigned i = 0; i < BINDINGS; i++)
                CHECK_ADDR(external_now(box, i), turn % 2 || !of->moves ? moved[i] : old[i],
                           "%s: binding %u, turn %d", of->name, i, turn);
        }
        const roam_addr young = nat_lab_inside(1, 7000), remote = nat_lab_remote(1, 443);
        const roam_addr before = nat_lab_out(box, young, remote, 0);
        CHECK(nat_shuffle(box, NAT_CHANGE_BACK, NULL, 0, &got), NAT_OK, "%s: with a new one", of->name);
        const roam_addr after = nat_lab_out(box, young, remote, 0);
        if (of->pooling == NAT_POOLING_PAIRED || of->blocks != NAT_BLOCKS_NONE)
            CHECK(same_host(after, external_now(box, 0)), true, "%s: stays with its subscriber", of->name);
        else
            CHECK_ADDR(after, before, "%s: stays", of->name);
        nat_free(box);
    }
}

/* Somebody else has the last endpoint: who had it stays where it is. */
static void test_back_is_taken(void)
{
    nat_options options = nat_lab_options();
    options.ports = NAT_PORTS_PRESERVE;
    nat *box = nat_lab_new(&options);
    const roam_addr one = nat_lab_inside(1, 5000), two = nat_lab_inside(2, 5000),
                    remote = nat_lab_remote(1, 443);
    nat_shuffled got;
    nat_lab_out(box, one, remote, 0);
    CHECK(nat_shuffle(box, NAT_CHANGE_PORT, NULL, 0, &got), NAT_OK, "shuffle");
    CHECK(nat_lab_out(box, two, remote, 0).port, 5000, "another subscriber");
    CHECK(nat_shuffle(box, NAT_CHANGE_BACK, &one, 0, &got), NAT_OK, "back");
    CHECK(got.kept, 1, "kept");
    CHECK(nat_lab_out(box, one, remote, 0).port, 5002, "where it was");
    CHECK(nat_count(box, 0).reserved, 0, "nothing is held");
    nat_free(box);
}

/* With overloading: the server, which has not heard of the move, speaks to the old endpoint and so takes it;
 * the binding gets it back all the same. Another one towards another remote has never lost it. */
static void test_back_with_overloading(void)
{
    nat_options options = nat_lab_options();
    options.mapping = options.filtering = NAT_ADDRESS_AND_PORT_DEPENDENT;
    options.ports = NAT_PORTS_PRESERVE_OR_RANDOM;
    options.overloading = options.track_unsolicited = true;
    nat *box = nat_lab_new(&options);
    const roam_addr inside = nat_lab_inside(1, 5000), other = nat_lab_inside(2, 5000);
    const roam_addr first = nat_lab_remote(1, 443), second = nat_lab_remote(2, 443);
    nat_shuffled got;
    const roam_addr old = nat_lab_out(box, inside, first, 0);
    CHECK_ADDR(nat_lab_out(box, other, second, 0), old, "one endpoint for two");
    CHECK(nat_shuffle(box, NAT_CHANGE_PORT, &inside, 0, &got), NAT_OK, "shuffle");
    CHECK(nat_count(box, 0).reserved, 0, "nothing is held");
    CHECK(nat_lab_in_status(box, first, old, 0), NAT_ERR_NO_BINDING, "the old endpoint");
    CHECK(nat_count(box, 0).reserved, 1, "and its server");
    CHECK(nat_lab_out(box, nat_lab_inside(3, 5000), first, 0).port != 5000, true, "not for others");
    CHECK(nat_shuffle(box, NAT_CHANGE_BACK, &inside, 0, &got), NAT_OK, "back");
    CHECK(got.moved, 1, "moved");
    CHECK_ADDR(nat_lab_out(box, inside, first, 0), old, "back");
    CHECK(nat_lab_reaches(box, first, old, inside, 0), true, "its own way");
    CHECK(nat_lab_reaches(box, second, old, other, 0), true, "the other's way");
    nat_free(box);
}

/* N bindings at one address of N + free ports. No port free: all stay. One free: each moves, the old ports
 * being used again for want of others. */
static void test_hardly_any_port_free(void)
{
    for (uint16_t spare = 0; spare < 3; spare++) {
        nat_options options = nat_lab_sequential();
        options.port_last = (uint16_t)(options.port_first + BINDINGS + spare - 1);
        nat *box = nat_lab_new(&options);
        roam_addr old[BINDINGS];
        nat_shuffled got;
        make_bindings(box, old);
        CHECK(nat_shuffle(box, NAT_CHANGE_PORT, NULL, 0, &got), NAT_OK, "spare %u", spare);
        CHECK(got.moved, spare > 0 ? BINDINGS : 0, "%u ports to spare: moved", spare);
        for (unsigned i = 0; i < BINDINGS; i++) {
            const roam_addr now = external_now(box, i);
            CHECK(now.port != old[i].port, spare > 0, "%u to spare: binding %u", spare, i);
            CHECK(nat_lab_reaches(box, nat_lab_remote(1, 443), now, inside_of(i), 0), true, "binding %u", i);
        }
        nat_free(box);
    }
}

/* Two addresses of 8 ports, paired: a subscriber of 5 bindings at each. Neither fits beside the other, so
 * `address` moves nobody, and `both` falls back to a port. */
static void test_no_room_for_all(void)
{
    nat_options options = nat_lab_sequential();
    options.pool_count = 2;
    options.port_last = (uint16_t)(options.port_first + 7);
    nat *box = nat_lab_new(&options);
    for (uint16_t i = 0; i < 10; i++)
        nat_lab_out(box, nat_lab_inside(1 + i / 5, i), nat_lab_remote(1, 1), 0);
    nat_shuffled got;
    CHECK(nat_shuffle(box, NAT_CHANGE_ADDRESS, NULL, 0, &got), NAT_OK, "address");
    CHECK(got.kept, 10, "address: kept");
    CHECK(nat_shuffle(box, NAT_CHANGE_BOTH, NULL, 0, &got), NAT_OK, "both");
    CHECK(got.moved, 10, "both: moved");
    nat_free(box);
}

/* Blocks of two ports, two addresses of two blocks: three subscribers. The one free block takes one of them,
 * and then the next finds the block that this one left. */
static void test_blocks_to_spare(void)
{
    nat_options options = nat_lab_sequential();
    options.pool_count = 2;
    options.port_last = (uint16_t)(options.port_first + 3);
    options.blocks = NAT_BLOCKS_DYNAMIC;
    options.block_ports = 2;
    nat *box = nat_lab_new(&options);
    for (uint16_t i = 0; i < 6; i++)
        nat_lab_out(box, nat_lab_inside(1 + i / 2, i), nat_lab_remote(1, 1), 0);
    CHECK(nat_lab_out_status(box, nat_lab_inside(1, 99), nat_lab_remote(1, 1), 0), NAT_ERR_NO_PORT,
          "block full");
    nat_shuffled got;
    for (int round = 0; round < 10; round++) {
        CHECK(nat_shuffle(box, NAT_CHANGE_ADDRESS, NULL, 0, &got), NAT_OK, "address");
        CHECK(got.moved >= 2 && got.moved % 2 == 0, true, "round %d: %u moved", round, got.moved);
    }
    nat_lab_out(box, nat_lab_inside(4, 1), nat_lab_remote(1, 1), 0); /* the last block is free still */
    CHECK(nat_lab_out_status(box, nat_lab_inside(5, 1), nat_lab_remote(1, 1), 0), NAT_ERR_NO_BLOCK, "fifth");
    nat_free(box);
}

/* A remote that was let in must be sent to again before the new endpoint lets it in; timers go on as they
 * were. */
static void test_filters_and_timers(void)
{
    nat_options options = nat_lab_options();
    options.filtering = NAT_ADDRESS_DEPENDENT;
    options.timeout_ns = 30 * LAB_S;
    nat *box = nat_lab_new(&options);
    const roam_addr inside = nat_lab_inside(1, 5000), remote = nat_lab_remote(1, 443);
    nat_lab_out(box, inside, remote, 0);
    nat_shuffled got;
    CHECK(nat_shuffle(box, NAT_CHANGE_PORT, NULL, 20 * LAB_S, &got), NAT_OK, "shuffle");
    nat_binding binding = {0};
    CU_ASSERT_TRUE(nat_find_binding(box, &inside, &remote, 20 * LAB_S, &binding));
    CHECK(binding.expires_ns, 30 * LAB_S, "expiry");
    CHECK(nat_lab_in_status(box, remote, binding.external, 20 * LAB_S), NAT_ERR_FILTERED, "before");
    nat_lab_out(box, inside, remote, 20 * LAB_S);
    CHECK(nat_lab_in_status(box, remote, binding.external, 20 * LAB_S), NAT_OK, "after");
    nat_free(box);
}

/* A subscriber without bindings, and a NAT without any. */
static void test_nothing_to_move(void)
{
    nat_options options = nat_lab_options();
    nat *box = nat_lab_new(&options);
    const roam_addr nobody = nat_lab_inside(9, 0);
    nat_shuffled got = {7, 7};
    CHECK(nat_shuffle(box, NAT_CHANGE_BOTH, NULL, 0, &got), NAT_OK, "nobody at all");
    CHECK(got.moved + got.kept, 0, "nobody at all");
    nat_lab_out(box, nat_lab_inside(1, 1), nat_lab_remote(1, 1), 0);
    CHECK(nat_shuffle(box, NAT_CHANGE_BOTH, &nobody, 0, &got), NAT_OK, "nobody");
    CHECK(got.moved + got.kept, 0, "nobody");
    nat_free(box);
}

static const check_test TESTS[] = {
    {"every change", test_every_change},
    {"old endpoints lead nowhere", test_old_endpoints_lead_nowhere},
    {"subscribers stay together (RFC 4787 REQ-2)", test_subscribers_stay_together},
    {"never the last one", test_never_the_last_one},
    {"preserved ports go on", test_preserved_ports_go_on},
    {"back", test_back},
    {"back, and it is taken", test_back_is_taken},
    {"back, with overloading", test_back_with_overloading},
    {"hardly any port free", test_hardly_any_port_free},
    {"no room for all of a subscriber", test_no_room_for_all},
    {"blocks to spare", test_blocks_to_spare},
    {"filters and timers", test_filters_and_timers},
    {"nothing to move", test_nothing_to_move}};
CHECK_MAIN("nat shuffle", TESTS)
