/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A NAT moves the peer of an accepted connection: recorded there, told apart from the peer's own migrations.
 */
#include <string.h>

#include "core/node/rebind.h"
#include "core/tests/check.h"
#include "core/tests/net_pair.h"

enum { RECORDS_MAX = 32 };

/* What b records. */
typedef struct rebinds {
    roam_rebind_record records[RECORDS_MAX];
    size_t count;
} rebinds;

static void keep_record(net_host *host, const roam_event *event, uint64_t now_ns)
{
    (void)now_ns;
    rebinds *seen = host->user;
    if (event->kind == ROAM_EVENT_REBOUND && seen->count < RECORDS_MAX)
        seen->records[seen->count++] = *event->rebind;
}

/* a, and its addresses outside of the NAT. */
static const roam_addr inside = {.family = ROAM_FAMILY_IPV4, .port = 50000, .bytes = {10, 0, 0, 1}};
static const roam_addr home = {.family = ROAM_FAMILY_IPV4, .port = 1000, .bytes = {10, 0, 0, 200}};
static const roam_addr other_port = {.family = ROAM_FAMILY_IPV4, .port = 1001, .bytes = {10, 0, 0, 200}};
static const roam_addr other_address = {.family = ROAM_FAMILY_IPV4, .port = 1000, .bytes = {10, 0, 0, 201}};

/* a is at home, and the pair idle; seen: from now on. */
static net_pair behind_nat(rebinds *seen)
{
    net_pair p = net_pair_new(&(net_pair_options){.apart = true});
    seen->count = 0;
    p.b->on_event = keep_record;
    p.b->user = seen;
    net_nat(p.net, &inside, &home);
    net_pair_connect(&p);
    net_run_for(p.net, 5 * NET_S);
    return p;
}

static void send_from_a(net_pair *p, size_t len)
{
    uint8_t message[8000] = {0};
    net_send(p->a, p->b_at_a, 0, message, len);
}

static void check_end(net_pair *p, const roam_addr *remote, const char *what)
{
    roam_path_stats stats = {0};
    CHECK(roam_peer_path_stats(p->b->node, (roam_peer_id){1}, &stats), 0, "%s: path stats", what);
    CHECK(roam_addr_equal(&stats.remote, remote), true, "%s: remote address in use", what);
    CHECK(p->a->result_count, 0, "%s: migrations", what);
    CHECK(net_count(p->a, ROAM_EVENT_REBOUND), 0, "%s: rebinds at the end that dialled", what);
    CHECK(net_count(p->a, ROAM_EVENT_PEER_DOWN) + net_count(p->b, ROAM_EVENT_PEER_DOWN), 0, "%s: downs",
          what);
    uint64_t at_a = p->a->messages, at_b = p->b->messages;
    net_send(p->b, (roam_peer_id){1}, 0, "x", 1);
    send_from_a(p, 1);
    net_run_for(p->net, 5 * NET_S);
    CHECK(p->a->messages - at_a, 1, "%s: message to a", what);
    CHECK(p->b->messages - at_b, 1, "%s: message to b", what);
}

/* ---- Port or address, small first packet or large ---- */

static const struct {
    const char *what;
    const roam_addr *to;
    size_t first_message;
    bool port_only;
    uint64_t round_trips; /* of 40 ms */
} kinds[] = {
    {.what = "port, large packet",
     .to = &other_port,
     .first_message = 1200,
     .port_only = true,
     .round_trips = 1},
    {.what = "address, large packet", .to = &other_address, .first_message = 1200, .round_trips = 1},
    /* The first challenge may be no longer than three times the packet (RFC 9000 section 8.1), so it cannot
     * be padded, and another round proves that the path carries 1200 bytes (section 8.2.1). */
    {.what = "port, small packet",
     .to = &other_port,
     .first_message = 20,
     .port_only = true,
     .round_trips = 2},
    {.what = "address, small packet", .to = &other_address, .first_message = 20, .round_trips = 2},
};

static void test_kinds(void)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const char *what = kinds[i].what;
        rebinds seen;
        net_pair p = behind_nat(&seen);
        for (int n = 0; n < 40; n++) { /* so that the window is not the initial one */
            uint8_t message[8000] = {0};
            net_send(p.b, (roam_peer_id){1}, 0, message, sizeof message);
        }
        net_run_for(p.net, 5 * NET_S);
        roam_path_stats before = {0};
        CHECK(roam_peer_path_stats(p.b->node, (roam_peer_id){1}, &before), 0, "%s: stats", what);
        net_nat(p.net, &inside, kinds[i].to);
        uint64_t start_ns = net_now(p.net);
        send_from_a(&p, kinds[i].first_message);
        net_run_for(p.net, 2 * NET_S);
        if (CHECK(seen.count, 1, "%s: records", what)) {
            const roam_rebind_record *r = &seen.records[0];
            uint64_t took_ns = r->finished_ns - r->noticed_ns, round_ns = kinds[i].round_trips * 40 * NET_MS;
            CHECK(r->validated, true, "%s: validated", what);
            CHECK(r->port_only, kinds[i].port_only, "%s: port only", what);
            CHECK(roam_addr_equal(&r->old_remote, &home), true, "%s: old address", what);
            CHECK(roam_addr_equal(&r->new_remote, kinds[i].to), true, "%s: new address", what);
            CHECK(r->local.port, 4433, "%s: local port", what);
            CHECK(r->noticed_ns - start_ns, 20 * NET_MS, "%s: noticed, ns after it left", what);
            CHECK(took_ns >= round_ns && took_ns < round_ns + 10 * NET_MS, true, "%s: validated in %d us",
                  what, (int)(took_ns / 1000));
            CHECK(r->challenges_sent >= 1, true, "%s: challenges: %d", what, (int)r->challenges_sent);
            CHECK(r->cwnd_before, before.cwnd, "%s: window before", what);
            CHECK(r->srtt_before_ns, before.srtt_ns, "%s: SRTT before", what);
            /* RFC 9000 section 9.4: kept when only the port changed. */
            if (kinds[i].port_only) {
                CHECK(r->cwnd_after >= r->cwnd_before, true, "%s: window kept: %d", what, (int)r->cwnd_after);
                CHECK(r->srtt_after_ns < 100 * NET_MS, true, "%s: SRTT kept", what);
            } else {
                CHECK(r->cwnd_after <= 14720 && r->cwnd_before > 14720, true, "%s: window reset, %d to %d",
                      what, (int)r->cwnd_before, (int)r->cwnd_after);
                CHECK(r->srtt_after_ns, 333 * NET_MS, "%s: SRTT reset", what);
            }
        }
        check_end(&p, kinds[i].to, what);
        net_free(p.net);
    }
}

/* ---- Not a rebind ---- */

static void test_a_migration_is_none(void)
{
    for (int mode = ROAM_VALIDATE_FIRST; mode <= ROAM_FOLLOW_FIRST; mode++) {
        rebinds seen;
        net_pair p = behind_nat(&seen);
        for (int i = 0; i < 6; i++) {
            net_migrate(p.a, p.b_at_a, i % 2 ? 0 : 2, 5 * NET_S, (roam_migrate_mode)mode, NULL);
            net_run_for(p.net, 3 * NET_S);
            send_from_a(&p, 100);
            net_run_for(p.net, 3 * NET_S);
        }
        CHECK(p.a->result_count, 6, "results, mode %d", mode);
        for (size_t i = 0; i < p.a->result_count; i++)
            CHECK(p.a->results[i].record.result, ROAM_OK, "result %zu, mode %d", i, mode);
        CHECK(net_count(p.b, ROAM_EVENT_PATH_CHANGED), 6, "path_changed at b, mode %d", mode);
        CHECK(seen.count, 0, "rebinds recorded, mode %d", mode);
        net_free(p.net);
    }
}

/* ---- Several ---- */

static void test_several_in_a_row(void)
{
    rebinds seen;
    net_pair p = behind_nat(&seen);
    roam_addr outside = home;
    for (int i = 0; i < 12; i++) {
        outside.port++;
        outside.bytes[3] = (uint8_t)(outside.bytes[3] + (i % 3 == 0));
        net_nat(p.net, &inside, &outside);
        send_from_a(&p, 1300);
        net_run_for(p.net, 500 * NET_MS);
        if (CHECK(seen.count, i + 1, "records")) {
            CHECK(seen.records[i].validated, true, "rebind %d validated", i);
            CHECK(seen.records[i].port_only, i % 3 != 0, "rebind %d of the port only", i);
        }
    }
    check_end(&p, &outside, "several in a row");
    net_free(p.net);
}

/* The next comes before the first is validated: the first is given up. */
static void test_again_during_validation(void)
{
    rebinds seen;
    net_pair p = behind_nat(&seen);
    net_nat(p.net, &inside, &other_port);
    send_from_a(&p, 1300);
    net_run_for(p.net, 15 * NET_MS); /* on its way */
    net_nat(p.net, &inside, &other_address);
    net_run_for(p.net, 10 * NET_MS); /* b has challenged other_port */
    send_from_a(&p, 1300);
    net_run_for(p.net, 10 * NET_S);
    if (CHECK(seen.count, 2, "records")) {
        CHECK(seen.records[0].validated, false, "the first is validated");
        CHECK(roam_addr_equal(&seen.records[0].new_remote, &other_port), true, "address of the first");
        CHECK(seen.records[1].validated, true, "the second is validated");
        CHECK(roam_addr_equal(&seen.records[1].new_remote, &other_address), true, "address of the second");
    }
    check_end(&p, &other_address, "again during validation");
    net_free(p.net);
}

static bool lose_to(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    (void)from;
    const roam_addr *lost = user;
    return roam_addr_equal(&datagram->remote, lost);
}

/* Nothing reaches the new address: b goes back to the old one, and a is still there. */
static void test_fails_and_comes_back(void)
{
    rebinds seen;
    net_pair p = behind_nat(&seen);
    roam_addr lost = other_address;
    net_filter(p.net, lose_to, &lost);
    net_nat(p.net, &inside, &other_address);
    send_from_a(&p, 1300);
    net_run_for(p.net, 25 * NET_MS);
    roam_path_stats stats = {0};
    CHECK(roam_peer_path_stats(p.b->node, (roam_peer_id){1}, &stats), 0, "stats");
    CHECK(roam_addr_equal(&stats.remote, &other_address), true, "b follows");
    net_nat(p.net, &inside, &home);
    net_run_for(p.net, 20 * NET_S);
    if (CHECK(seen.count >= 1, true, "records: %d", (int)seen.count)) {
        CHECK(seen.records[0].validated, false, "validated");
        CHECK(seen.records[0].finished_ns > seen.records[0].noticed_ns, true, "time of the end");
    }
    check_end(&p, &home, "fails and comes back");
    net_free(p.net);
}

static bool lose_large_to(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    return datagram->len > 1100 && lose_to(user, from, datagram);
}

/* The new address takes no large packet, so that neither a challenge nor data arrives there, and small ones
 * show that the large ones are lost. Then a is back. */
static void test_comes_back_from_a_black_hole(void)
{
    rebinds seen;
    net_pair p = behind_nat(&seen);
    roam_addr lost = other_port;
    net_filter(p.net, lose_large_to, &lost);
    net_nat(p.net, &inside, &other_port);
    for (int n = 0; n < 50; n++) {
        uint8_t message[1300] = {0};
        send_from_a(&p, 900);
        if (n % 25 == 1)
            net_send(p.b, (roam_peer_id){1}, 1, message, sizeof message);
        net_run_for(p.net, 10 * NET_MS);
        net_send(p.b, (roam_peer_id){1}, 2, "x", 1);
        net_run_for(p.net, 10 * NET_MS);
    }
    CHECK(seen.count, 0, "records before it is back");
    net_nat(p.net, &inside, &home);
    send_from_a(&p, 900);
    net_run_for(p.net, 5 * NET_S);
    CHECK(p.a->messages, 52, "messages to a");
    check_end(&p, &home, "back from a black hole");
    net_free(p.net);
}

/* A packet that is no more than an acknowledgement comes from another address once, as a copy would, and a is
 * silent: the limit to that address leaves no room for a second round of challenges, and b is back at the old
 * address when the validation has failed (RFC 9000 section 9.3.2). */
static void test_a_copy_of_an_acknowledgement(void)
{
    rebinds seen;
    net_pair p = behind_nat(&seen);
    roam_addr lost = other_address;
    net_filter(p.net, lose_to, &lost);
    for (int n = 0; n < 2; n++) {
        net_run_for(p.net, NET_S);
        net_send(p.b, (roam_peer_id){1}, 0, "x", 1);
    }
    net_run_for(p.net, 21 * NET_MS);
    net_nat(p.net, &inside, &other_address);
    net_run_for(p.net, 45 * NET_MS);
    net_nat(p.net, &inside, &home);
    roam_path_stats stats = {0};
    CHECK(roam_peer_path_stats(p.b->node, (roam_peer_id){1}, &stats), 0, "stats");
    CHECK(roam_addr_equal(&stats.remote, &other_address), true, "b follows");
    const uint8_t waiting[200] = {0};
    net_send(p.b, (roam_peer_id){1}, 0, waiting, sizeof waiting);
    net_run_for(p.net, 4 * NET_S);
    CHECK(p.a->messages, 3, "messages to a");
    CHECK(seen.count, 1, "records");
    CHECK(seen.records[0].validated, false, "validated");
    check_end(&p, &home, "a copy of an acknowledgement");
    net_free(p.net);
}

/* The NAT moves a while a probes another network: the migration is a's own, the rebind b's record. */
static void test_during_a_migration(void)
{
    rebinds seen;
    net_pair p = behind_nat(&seen);
    net_delay(p.net, 2, 100 * NET_MS);
    net_migrate(p.a, p.b_at_a, 2, 5 * NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, 20 * NET_MS);
    net_nat(p.net, &inside, &other_port);
    send_from_a(&p, 1300);
    net_run_for(p.net, 10 * NET_S);
    CHECK(p.a->result_count, 1, "results");
    CHECK(p.a->results[0].record.result, ROAM_OK, "result");
    CHECK(seen.count, 1, "records");
    CHECK(seen.records[0].port_only, true, "port only");
    CHECK(p.b->messages, 1, "messages");
    CHECK(net_count(p.b, ROAM_EVENT_PEER_DOWN), 0, "downs");
    net_free(p.net);
}

/* An idle connection: whoever is told first is the next keep-alive. */
static void test_idle(void)
{
    rebinds seen;
    net_pair p = behind_nat(&seen);
    net_nat(p.net, &inside, &other_port);
    net_run_for(p.net, 20 * NET_S); /* keep-alive after 15 s of silence */
    CHECK(seen.count, 1, "records");
    CHECK(seen.records[0].validated, true, "validated");
    check_end(&p, &other_port, "idle");
    net_free(p.net);
}

/* The end that dialled is spoken to from elsewhere: not a rebind, the server must not move (RFC 9000 section
 * 9). */
static void test_the_accepting_end_cannot_move(void)
{
    rebinds seen;
    net_pair p = behind_nat(&seen);
    roam_addr old = net_addr(p.b, 1, 4433), new = net_addr(p.b, 1, 4434);
    net_nat(p.net, &old, &new);
    net_send(p.b, (roam_peer_id){1}, 0, "x", 1);
    net_run_for(p.net, NET_S);
    CHECK(net_count(p.a, ROAM_EVENT_REBOUND), 0, "rebinds at a");
    CHECK(p.a->messages, 0, "messages from another address");
    net_nat(p.net, &old, &old);
    net_run_for(p.net, 10 * NET_S);
    CHECK(p.a->messages, 1, "messages in the end");
    net_free(p.net);
}

/* ---- Many ---- */

/* RFC 9000 section 9.3.3 bounds what a third party can cause; a NAT, however restless, is followed. */
static void test_a_hundred_in_a_second(void)
{
    rebinds seen;
    net_pair p = behind_nat(&seen);
    roam_addr outside = home;
    roam_path_stats stats = {0};
    const size_t changes = net_count(p.b, ROAM_EVENT_PATH_CHANGED);
    for (int i = 0; i < 100; i++) {
        outside.port++;
        net_nat(p.net, &inside, &outside);
        send_from_a(&p, 100);
        net_run_for(p.net, 10 * NET_MS);
    }
    net_run_for(p.net, NET_S);
    CHECK(net_count(p.b, ROAM_EVENT_PATH_CHANGED) - changes, 100, "addresses followed");
    CHECK(p.b->messages, 100, "messages");
    CHECK(roam_peer_path_stats(p.b->node, (roam_peer_id){1}, &stats), 0, "stats");
    CHECK(stats.datagrams_damped, 0, "datagrams damped");
    check_end(&p, &outside, "a hundred in a second");
    net_free(p.net);
}

enum { COPIES = 100 };

typedef struct copies {
    uint8_t data[COPIES][1500];
    size_t len[COPIES];
    size_t count;
    uint64_t sent_by_b;
} copies;

/* Takes the datagrams of a out of the network until it has enough. */
static bool take_copy(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    copies *c = user;
    const bool of_a = roam_addr_equal(from, &inside);
    c->sent_by_b += !of_a;
    if (!of_a || c->count == COPIES)
        return false;
    memcpy(c->data[c->count], datagram->data, datagram->len);
    c->len[c->count++] = datagram->len;
    return true;
}

/* Somebody holds back the packets of a, and forwards each from another address (RFC 9000 section 21.5). */
static void test_forwarded_at_once(void)
{
    static copies c;
    rebinds seen;
    net_pair p = behind_nat(&seen);
    c = (copies){.count = 0};
    roam_addr listening = net_addr(p.b, 1, 4433), outside = other_address;
    roam_path_stats stats = {0};
    net_filter(p.net, take_copy, &c);
    for (int i = 0; i < 2 * COPIES && c.count < COPIES; i++) {
        send_from_a(&p, 20);
        net_run_for(p.net, NET_MS);
    }
    CHECK(c.count, COPIES, "datagrams held back");
    c.sent_by_b = 0;
    for (size_t i = 0; i < c.count; i++) {
        outside.port++;
        net_inject(p.b, &listening, &outside, c.data[i], c.len[i]);
    }
    CHECK(roam_peer_path_stats(p.b->node, (roam_peer_id){1}, &stats), 0, "stats");
    CHECK(stats.datagrams_damped, COPIES - CORE_REBIND_BURST, "datagrams damped");
    CHECK(c.sent_by_b <= 3 * CORE_REBIND_BURST, true, "datagrams of b: %d", (int)c.sent_by_b);
    net_run_for(p.net, 2 * NET_S);
    CHECK(c.sent_by_b <= 5 * CORE_REBIND_BURST, true, "datagrams of b in the end: %d", (int)c.sent_by_b);
    check_end(&p, &home, "forwarded at once");
    net_free(p.net);
}

/* Back before the old address is forgotten: it needs no challenge (RFC 9000 section 9.3). */
static void test_there_and_back(void)
{
    rebinds seen;
    net_pair p = behind_nat(&seen);
    net_nat(p.net, &inside, &other_port);
    send_from_a(&p, 1300);
    net_run_for(p.net, 65 * NET_MS);
    CHECK(seen.count, 1, "records when the new address is validated");
    net_nat(p.net, &inside, &home);
    send_from_a(&p, 1300);
    net_run_for(p.net, 20 * NET_MS);
    if (CHECK(seen.count, 2, "records")) {
        CHECK(roam_addr_equal(&seen.records[1].new_remote, &home), true, "back home");
        CHECK(seen.records[1].validated, true, "validated");
        CHECK(seen.records[1].challenges_sent, 0, "challenges");
        CHECK(seen.records[1].finished_ns - seen.records[1].noticed_ns, 0, "ns until it is told");
    }
    check_end(&p, &home, "there and back");
    net_free(p.net);
}

static const check_test tests[] = {
    {"port or address, small or large", test_kinds},
    {"a migration is none", test_a_migration_is_none},
    {"several in a row", test_several_in_a_row},
    {"a hundred in a second", test_a_hundred_in_a_second},
    {"forwarded at once", test_forwarded_at_once},
    {"there and back", test_there_and_back},
    {"again during validation", test_again_during_validation},
    {"fails and comes back", test_fails_and_comes_back},
    {"comes back from a black hole", test_comes_back_from_a_black_hole},
    {"a copy of an acknowledgement", test_a_copy_of_an_acknowledgement},
    {"during a migration", test_during_a_migration},
    {"of an idle connection", test_idle},
    {"the accepting end cannot move", test_the_accepting_end_cannot_move},
};

CHECK_MAIN("rebind", tests)
