/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages that no honest node sends: each is refused, counted, and changes nothing. */
#include <string.h>

#include "core/membership/tests/overlay.h"
#include "core/membership/tests/puppet.h"
#include "core/node/peer.h"
#include "core/tests/check.h"

/* The host under test has an honest neighbour, whose passive view it may tell of, and the puppet. */
typedef struct story {
    overlay o;
    net_host *host, *honest;
    puppet x;
} story;

static void no_shuffles(roam_membership_options *options)
{
    options->shuffle_ns = 1000 * NET_S;
}

static void begin(story *s, bool neighbour)
{
    s->o = overlay_new(2, no_shuffles);
    s->host = s->o.hosts[0];
    s->honest = s->o.hosts[1];
    overlay_join(s->honest, s->host);
    net_run_for(s->o.net, 200 * NET_MS);
    puppet_init(&s->x, s->o.net, "x");
    puppet_connect(&s->x, s->host);
    if (neighbour)
        puppet_join(&s->x);
}

static roam_member named(const story *s, const char *name, const net_host *key_of)
{
    roam_member member = puppet_self(&s->x);
    memset(member.name, 0, sizeof member.name);
    memcpy(member.name, name, strlen(name));
    if (key_of)
        memcpy(member.key, roam_identity_public_key(key_of->identity), ROAM_KEY_BYTES);
    else
        memset(member.key, 0x55, sizeof member.key);
    return member;
}

/* A third node that does not exist, at that IPv4 address. */
static roam_member third(const story *s, uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    roam_member member = named(s, "third", NULL);
    member.addr = (roam_addr){.family = ROAM_FAMILY_IPV4, .port = 9, .bytes = {a, b, c, d}};
    return member;
}

/* A shuffle that ends at the host under test, with one member. */
static core_message shuffle_of(const story *s, roam_member member)
{
    core_message m = {
        .type = CORE_SHUFFLE, .id = 5, .ttl = 1, .member = puppet_self(&s->x), .member_count = 1};
    m.members[0] = member;
    return m;
}

/* ---- The messages ---- */

static core_message join_other_key(const story *s)
{
    return (core_message){.type = CORE_JOIN, .member = named(s, "x", s->honest)};
}

static core_message join_other_name(const story *s)
{
    return (core_message){.type = CORE_JOIN, .member = named(s, "n1", s->x.host)};
}

static core_message neighbor_other_key(const story *s)
{
    return (core_message){.type = CORE_NEIGHBOR, .flag = true, .member = named(s, "x", NULL)};
}

static core_message reply_other_name(const story *s)
{
    return (core_message){.type = CORE_NEIGHBOR_REPLY, .flag = true, .member = named(s, "n1", s->x.host)};
}

static core_message advertise_other_name(const story *s)
{
    return (core_message){.type = CORE_ADVERTISE, .member = named(s, "n1", s->honest)};
}

static core_message shuffle_own_name_other_key(const story *s)
{
    core_message m = shuffle_of(s, third(s, 10, 0, 0, 99));
    m.member = named(s, "x", NULL);
    return m;
}

static core_message shuffle_own_key_other_name(const story *s)
{
    core_message m = shuffle_of(s, third(s, 10, 0, 0, 99));
    m.member = named(s, "y", s->x.host);
    return m;
}

static core_message forward_join(const story *s, uint8_t ttl, roam_member joining)
{
    (void)s;
    return (core_message){.type = CORE_FORWARD_JOIN, .ttl = ttl, .member = joining};
}

static core_message forward_join_255(const story *s)
{
    return forward_join(s, 255, third(s, 10, 0, 0, 99));
}

static core_message forward_join_7(const story *s)
{
    return forward_join(s, 7, third(s, 10, 0, 0, 99));
}

static core_message shuffle_255(const story *s)
{
    core_message m = shuffle_of(s, third(s, 10, 0, 0, 99));
    m.ttl = 255;
    return m;
}

static core_message reply_unasked(const story *s)
{
    return (core_message){.type = CORE_NEIGHBOR_REPLY, .flag = true, .member = puppet_self(&s->x)};
}

static core_message shuffle_reply_unasked(const story *s)
{
    core_message m = {.type = CORE_SHUFFLE_REPLY, .id = 77, .member_count = 1};
    m.members[0] = third(s, 10, 0, 0, 99);
    return m;
}

static core_message forward_join_0(const story *s)
{
    return forward_join(s, 0, third(s, 10, 0, 0, 99));
}

static core_message shuffle_good(const story *s)
{
    return shuffle_of(s, third(s, 10, 0, 0, 99));
}

static core_message advertise_good(const story *s)
{
    return (core_message){.type = CORE_ADVERTISE, .member = puppet_self(&s->x)};
}

static core_message forward_join_self(const story *s)
{
    return forward_join(s, 0, named(s, "n0", s->host));
}

static core_message shuffle_self_name(const story *s)
{
    return shuffle_of(s, named(s, "n0", NULL));
}

static core_message shuffle_self_key(const story *s)
{
    return shuffle_of(s, named(s, "other", s->host));
}

static core_message forward_join_loopback(const story *s)
{
    return forward_join(s, 0, third(s, 127, 0, 0, 1));
}

static core_message shuffle_multicast(const story *s)
{
    return shuffle_of(s, third(s, 224, 0, 0, 1));
}

static core_message shuffle_nowhere(const story *s)
{
    roam_member member = third(s, 0, 0, 0, 0);
    member.addr = (roam_addr){0};
    return shuffle_of(s, member);
}

static core_message shuffle_neighbour_other_key(const story *s)
{
    return shuffle_of(s, named(s, "n1", NULL));
}

static core_message forward_join_other_key(const story *s)
{
    return forward_join(s, 0, named(s, "n1", NULL));
}

/* ---- Each is refused ---- */

typedef struct forged {
    const char *what;
    bool neighbour; /* sent by one */
    core_message (*message)(const story *s);
    const char *hex; /* or else a body */
    size_t count;    /* the one of roam_membership_counts that is 1 then */
    bool closes;
} forged;

#define COUNT(name) offsetof(roam_membership_counts, name)

static const forged forgeries[] = {
    {"version 2", false, NULL, "0205", COUNT(refused_version), false},
    {"type 9", false, NULL, "0109", COUNT(refused_version), false},
    {"an empty body", false, NULL, "", COUNT(refused_malformed), true},
    {"DISCONNECT without a flag", true, NULL, "0105", COUNT(refused_malformed), true},
    {"JOIN with another's key", false, join_other_key, NULL, COUNT(refused_key), false},
    {"JOIN with another's name", false, join_other_name, NULL, COUNT(refused_key), false},
    {"NEIGHBOR with another's key", false, neighbor_other_key, NULL, COUNT(refused_key), false},
    {"NEIGHBOR_REPLY with another's name", false, reply_other_name, NULL, COUNT(refused_key), false},
    {"ADVERTISE for another", true, advertise_other_name, NULL, COUNT(refused_key), false},
    {"SHUFFLE of its own name with another key", true, shuffle_own_name_other_key, NULL, COUNT(refused_key),
     false},
    {"SHUFFLE of its own key under another name", true, shuffle_own_key_other_name, NULL, COUNT(refused_key),
     false},
    {"FORWARD_JOIN of 255 hops", true, forward_join_255, NULL, COUNT(refused_walk), false},
    {"FORWARD_JOIN of 7 hops", true, forward_join_7, NULL, COUNT(refused_walk), false},
    {"SHUFFLE of 255 hops", true, shuffle_255, NULL, COUNT(refused_walk), false},
    {"NEIGHBOR_REPLY to nothing", false, reply_unasked, NULL, COUNT(refused_unasked), false},
    {"SHUFFLE_REPLY to nothing", true, shuffle_reply_unasked, NULL, COUNT(refused_unasked), false},
    {"FORWARD_JOIN of a stranger", false, forward_join_0, NULL, COUNT(refused_stranger), false},
    {"SHUFFLE of a stranger", false, shuffle_good, NULL, COUNT(refused_stranger), false},
    {"ADVERTISE of a stranger", false, advertise_good, NULL, COUNT(refused_stranger), false},
    {"FORWARD_JOIN of the receiver", true, forward_join_self, NULL, COUNT(refused_self), false},
    {"SHUFFLE with the receiver's name", true, shuffle_self_name, NULL, COUNT(refused_self), false},
    {"SHUFFLE with the receiver's key", true, shuffle_self_key, NULL, COUNT(refused_self), false},
    {"FORWARD_JOIN to loopback", true, forward_join_loopback, NULL, COUNT(refused_address), false},
    {"SHUFFLE with a multicast address", true, shuffle_multicast, NULL, COUNT(refused_address), false},
    {"SHUFFLE with a node that is nowhere", true, shuffle_nowhere, NULL, COUNT(refused_address), false},
    {"SHUFFLE with a neighbour's name and another key", true, shuffle_neighbour_other_key, NULL,
     COUNT(refused_other_key), false},
    {"FORWARD_JOIN of a neighbour with another key", true, forward_join_other_key, NULL,
     COUNT(refused_other_key), false},
};

static uint64_t counted(const net_host *host, size_t offset)
{
    const roam_membership_counts counts = overlay_counts(host);
    uint64_t value;
    memcpy(&value, (const uint8_t *)&counts + offset, sizeof value);
    return value;
}

static void test_refused(void)
{
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        const forged *const f = &forgeries[i];
        story s;
        begin(&s, f->neighbour);
        const roam_membership_counts before = overlay_counts(s.host);
        const size_t active = overlay_active_count(s.host);
        uint8_t body[64];
        if (f->message) {
            const core_message message = f->message(&s);
            puppet_send(&s.x, &message);
        } else {
            puppet_send_bytes(&s.x, body, check_bytes_of(f->hex, body));
        }
        CHECK(overlay_refused(s.host) + overlay_counts(s.host).refused_self, 1, "%s: refused", f->what);
        CHECK(counted(s.host, f->count), 1, "%s: what for", f->what);
        CHECK(s.x.downs, f->closes, "%s: connection closed", f->what);
        CHECK(overlay_active_count(s.host), active - (f->closes && f->neighbour), "%s: active view", f->what);
        CHECK(overlay_passive(s.host, "third") == NULL, true, "%s: passive view", f->what);
        CHECK(overlay_counts(s.host).dials, before.dials, "%s: dials", f->what);
        CHECK(overlay_has_active(s.host, s.honest), true, "%s: the honest neighbour", f->what);
        if (f->closes) {
            CHECK(s.x.down.down.reason, ROAM_DOWN_REJECTED, "%s: reason", f->what);
            CHECK(s.x.down.down.code, ROAM_CLOSE_PROTOCOL, "%s: code", f->what);
        }
        overlay_free(&s.o);
    }
}

/* The same bodies without the fault are taken: the rows above are about the fault. */
static void test_taken(void)
{
    story s;
    begin(&s, true);
    const core_message shuffle = shuffle_good(&s);
    puppet_send(&s.x, &shuffle);
    CHECK(overlay_refused(s.host), 0, "refused");
    CHECK(overlay_passive(s.host, "third") != NULL, true, "a member of a shuffle");
    CHECK(puppet_count(&s.x, CORE_SHUFFLE_REPLY), 1, "reply");
    const core_message walk = forward_join_0(&s);
    puppet_send(&s.x, &walk);
    CHECK(overlay_counts(s.host).dials, 1, "dials of a FORWARD_JOIN that ends");
    const core_message advertise = advertise_good(&s);
    puppet_send(&s.x, &advertise);
    CHECK(overlay_refused(s.host), 0, "refused");
    overlay_free(&s.o);
}

/* The address that a node gives of itself is not dialled either, but it may be a neighbour. */
static void test_own_address(void)
{
    story s;
    begin(&s, false);
    core_message join = {.type = CORE_JOIN, .member = puppet_self(&s.x)};
    join.member.addr = (roam_addr){.family = ROAM_FAMILY_IPV4, .port = 22, .bytes = {127, 0, 0, 1}};
    puppet_send(&s.x, &join);
    CHECK(overlay_counts(s.host).refused_address, 1, "refused");
    CHECK(overlay_has_active(s.host, s.x.host), true, "neighbour");
    CHECK(overlay_counts(s.honest).received, 1, "nothing is passed on: the reply to its own JOIN alone");
    overlay_free(&s.o);
}

/* ---- Floods ---- */

static void send_many(story *s, const core_message *message, int times)
{
    uint8_t body[CORE_MESSAGE_BYTES_MAX];
    const size_t len = core_message_write(message, body);
    for (int i = 0; i < times; i++) {
        const int rv = core_channel_send(core_peer_by_id(s->x.host->node, s->x.to), (core_span){body, len});
        CHECK(rv, 0, "send");
    }
    net_poke(s->x.host);
    net_run_for(s->o.net, 100 * NET_MS);
}

/* A peer has three JOINs answered, and then one a second; one of them is passed on. */
static void test_joins_of_one(void)
{
    story s;
    begin(&s, false);
    const core_message join = {.type = CORE_JOIN, .member = puppet_self(&s.x)};
    send_many(&s, &join, 50);
    CHECK(overlay_counts(s.host).refused_rate, 47, "refused");
    CHECK(overlay_counts(s.honest).received, 1 + 1, "passed on");
    overlay_free(&s.o);
}

static void few_joins(roam_membership_options *options)
{
    no_shuffles(options);
    options->joins_per_second = 2;
}

/* Of all peers together. */
static void test_joins_of_all(void)
{
    overlay o = overlay_new(1, few_joins);
    puppet x[4];
    static const char *names[] = {"x0", "x1", "x2", "x3"};
    for (int i = 0; i < 4; i++) {
        puppet_init(&x[i], o.net, names[i]);
        net_dial(x[i].host, o.hosts[0]);
    }
    net_run_for(o.net, 200 * NET_MS);
    for (int i = 0; i < 4; i++)
        puppet_join(&x[i]);
    CHECK(overlay_counts(o.hosts[0]).refused_rate, 2, "refused");
    CHECK(puppet_last(&x[1], CORE_NEIGHBOR_REPLY)->flag, true, "the second");
    CHECK(puppet_last(&x[3], CORE_NEIGHBOR_REPLY)->flag, false, "the fourth is put off");
    net_run_for(o.net, NET_S);
    puppet_join(&x[3]);
    CHECK(puppet_last(&x[3], CORE_NEIGHBOR_REPLY)->flag, true, "a second later");
    overlay_free(&o);
}

/* 300 messages a second of one peer, of whatever kind. */
static void test_messages_of_one(void)
{
    story s;
    begin(&s, true);
    send_many(&s, &(core_message){.type = CORE_DISCONNECT}, 400);
    CHECK(overlay_counts(s.host).received, 1 + 1 + 400, "received");
    CHECK_BETWEEN(overlay_counts(s.host).refused_rate, 95, 101, "refused");
    overlay_free(&s.o);
}

/* Three hundred nodes that do not exist: no peer is made of any, and the view keeps to its size. */
static void test_names(void)
{
    story s;
    begin(&s, true);
    const size_t peers = s.host->node->peer_count;
    core_message m = shuffle_of(&s, third(&s, 10, 0, 0, 99));
    m.member_count = ROAM_SHUFFLE_MAX;
    for (int n = 0; n < 10; n++) {
        for (size_t i = 0; i < ROAM_SHUFFLE_MAX; i++) {
            m.members[i] = third(&s, 10, 9, (uint8_t)n, (uint8_t)i);
            m.members[i].name[0] = (char)('a' + n);
            m.members[i].name[1] = (char)('a' + i % 26);
            m.members[i].name[2] = (char)('a' + i / 26);
        }
        puppet_send(&s.x, &m);
    }
    CHECK(overlay_passive_count(s.host), 30, "passive view");
    CHECK_AT_MOST(s.host->node->peer_count - peers, 2, "peers: those that are dialled");
    CHECK(overlay_has_active(s.host, s.honest), true, "the honest neighbour");
    overlay_free(&s.o);
}

/* Of a shuffle that is longer than one of the receiver would be, seven members count. */
static void test_long_shuffle(void)
{
    story s;
    begin(&s, true);
    const size_t before = overlay_passive_count(s.host);
    core_message m = shuffle_of(&s, third(&s, 10, 9, 0, 1));
    m.member_count = ROAM_SHUFFLE_MAX;
    for (size_t i = 0; i < m.member_count; i++) {
        m.members[i] = third(&s, 10, 9, 0, (uint8_t)(1 + i));
        m.members[i].name[0] = (char)('a' + i % 26);
        m.members[i].name[1] = (char)('a' + i / 26);
    }
    puppet_send(&s.x, &m);
    CHECK(overlay_passive_count(s.host) - before, 7, "members that were taken");
    overlay_free(&s.o);
}

static const check_test tests[] = {{"long shuffle", test_long_shuffle},
                                   {"refused", test_refused},
                                   {"taken", test_taken},
                                   {"own address", test_own_address},
                                   {"joins of one", test_joins_of_one},
                                   {"joins of all", test_joins_of_all},
                                   {"messages of one", test_messages_of_one},
                                   {"names", test_names}};

CHECK_MAIN("forged", tests)
