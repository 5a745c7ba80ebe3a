/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What attackers do, as taps at the server see it; what a flood costs the server; what is said of attacks
 * that cannot be. */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"
#include "sim/wire/dissect.h"

#include <CUnit/Basic.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#define MS UINT64_C(1000000)

enum { TEXT_MAX = 4096, MEMORY_MAX = 16384, LAPTOP = 0, SERVER = 1, MALLORY = 2, VICTIM = 3 };

/* Lines 1 to 13; a timeline begins on the next. */
#define HEAD                                                                                                 \
    "roam: 1\nname: t\nduration: 8s\n"                                                                       \
    "networks:\n  wifi: {delay: 20ms}\n  near: {delay: 5ms}\n  far: {delay: 1ms}\n"                          \
    "nodes:\n  laptop: {networks: [wifi]}\n  server: {networks: [far], listen: 4433}\n"                      \
    "  mallory: {networks: [near], attacker: true}\n  victim: {networks: [near]}\n"                          \
    "peers: [laptop -> server]\n"

#define TRAFFIC                                                                                              \
    "traffic:\n  - {flow: laptop -> server, send: 400B, every: 20ms, until: 6s}\n"                           \
    "  - {flow: server -> laptop, send: 400B, every: 20ms, until: 6s}\n"                                     \
    "timeline:\n"

/* Datagrams at the server's tap while the attack lasts, until 3 s and 21 ms of the way and what is sent
 * takes, and after.
 */
typedef struct sight {
    uint64_t from[2][4]; /* during and after, by node of whose network the source is */
    uint64_t to[4];      /* the server's answers, all the time from 2 s on */

    dissect *inside;     /* of the flood: what is in each datagram at its sender */
    uint64_t unread;     /* of those from mallory */
    uint64_t challenges; /* of those from mallory, in packets as of the laptop, with rising numbers; */
    uint64_t responses;  /* of those to mallory */
    uint64_t number;
    uint64_t rebinds;
    uint64_t undelivered;
    size_t peak; /* bytes allocated by the process, from 2 s on */
    bool up;     /* the laptop's connection at the server */
} sight;

static uint32_t owner(const roam_addr *addr)
{
    static const uint8_t mallory_host = 1; /* the first of the network near; the victim is the second */
    switch (addr->bytes[1]) {
    case 1:
        return LAPTOP;
    case 2:
        return addr->bytes[3] == mallory_host ? MALLORY : VICTIM;
    default:
        return SERVER;
    }
}

/* A datagram between mallory and the server. */
static void look_inside(sight *seen, const observer_packet *packet)
{
    const bool made = packet->node == MALLORY;
    const dissect_view *const view = dissect_datagram(seen->inside, packet->payload, packet->payload_len);
    if (packet->node != MALLORY && owner(&packet->destination) != MALLORY)
        return;
    for (size_t i = 0; i < view->packet_count; i++) {
        const dissect_packet *const one = &view->packets[i];
        const dissect_side side = made ? DISSECT_CLIENT : DISSECT_SERVER;
        if (one->type != DISSECT_ONE_RTT || one->status != DISSECT_READ || one->sender != side ||
            (made && one->number <= seen->number)) {
            seen->unread++;
            continue;
        }
        if (made)
            seen->number = one->number;
        for (size_t j = 0; j < one->frame_count; j++) {
            seen->challenges += made && one->frames[j].type == DISSECT_PATH_CHALLENGE;
            seen->responses += !made && one->frames[j].type == DISSECT_PATH_RESPONSE;
        }
    }
}

static void on_keylog(void *ctx, uint32_t node, const char *line, uint64_t now_ns)
{
    (void)node, (void)now_ns;
    CU_ASSERT_EQUAL(dissect_keylog(((sight *)ctx)->inside, line), 0);
}

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    sight *const seen = ctx;
    if (seen->inside && packet->up && packet->drop == OBSERVER_NOT_DROPPED)
        look_inside(seen, packet);
    if (packet->node != SERVER || packet->drop != OBSERVER_NOT_DROPPED || now_ns < 2030 * MS)
        return;
    const struct mallinfo2 memory = mallinfo2();
    if (memory.uordblks > seen->peak)
        seen->peak = memory.uordblks;
    if (packet->up)
        seen->to[owner(&packet->destination)]++;
    else
        seen->from[now_ns > 3022 * MS][owner(&packet->source)]++;
}

static void on_core_event(void *ctx, uint32_t node, uint32_t other, const roam_event *event, uint64_t now_ns)
{
    sight *const seen = ctx;
    (void)other, (void)now_ns;
    seen->rebinds += event->kind == ROAM_EVENT_REBOUND;
    if (node == SERVER && event->kind == ROAM_EVENT_PEER_UP)
        seen->up = true;
    if (node == SERVER && event->kind == ROAM_EVENT_PEER_DOWN)
        seen->up = false;
}

static void on_sent(void *ctx, const observer_message *message, uint64_t now_ns)
{
    (void)message, (void)now_ns;
    ((sight *)ctx)->undelivered++;
}

static void on_delivered(void *ctx, const observer_message *message, uint64_t now_ns)
{
    (void)message, (void)now_ns;
    ((sight *)ctx)->undelivered--;
}

static void run(const char *attacks, const char *override, sight *seen)
{
    char text[TEXT_MAX];
    snprintf(text, sizeof text, HEAD TRAFFIC "%s", attacks);
    *seen = (sight){.inside = seen->inside};
    const observer watcher = {.ctx = seen,
                              .keylog = seen->inside ? on_keylog : NULL,
                              .packet = on_packet,
                              .core_event = on_core_event,
                              .message_sent = on_sent,
                              .message_delivered = on_delivered};
    evidence of = evidence_new(
        &(evidence_options){.text = text, .override = override, .watchers = &watcher, .watcher_count = 1});
    evidence_finish(&of);
    evidence_free(&of);
}

/* ---- what they do ---- */

#define ATTACK(kind, more)                                                                                   \
    "  - {at: 2s, attack: mallory, kind: " kind ", of: laptop -> server, for: 1s" more "}\n"

static void test_off_path(void)
{
    sight seen = {0};
    run(ATTACK("off-path-forward", ""), NULL, &seen);
    CU_ASSERT(seen.from[0][MALLORY] > 40);
    CU_ASSERT(seen.from[0][LAPTOP] > 40); /* it can drop nothing */
    CHECK(seen.from[1][MALLORY], 0, "copies after the end");
    CU_ASSERT(seen.to[MALLORY] > 10);
    CHECK(seen.rebinds, 2, "rebinds");
    CHECK(seen.undelivered, 0, "lost");
}

/* Over a longer way than the laptop's the copies are duplicates, and nobody follows them. */
static void test_lost_race(void)
{
    sight seen = {0};
    run(ATTACK("off-path-forward", ""), "networks.near.delay=30ms", &seen);
    CU_ASSERT(seen.from[0][MALLORY] > 40);
    CHECK(seen.to[MALLORY], 0, "answers");
    CHECK(seen.rebinds, 0, "rebinds");
    CHECK(seen.undelivered, 0, "lost");
}

static void test_rewrite(void)
{
    sight seen = {0};
    run(ATTACK("on-path-rewrite", ""), NULL, &seen);
    CU_ASSERT(seen.from[0][MALLORY] > 20);
    CHECK(seen.from[0][LAPTOP], 0, "of the laptop's own");
    CHECK(seen.from[1][MALLORY], 0, "rewritten after the end");
    CU_ASSERT(seen.from[1][LAPTOP] > 100);
    CU_ASSERT(seen.up);
    CHECK(seen.undelivered, 0, "lost");
}

/* Each new address and port of the attacker's is a move of its own. */
static void test_many_addresses(void)
{
    sight few = {0}, many = {0};
    run(ATTACK("off-path-forward", ", answers: drop"), NULL, &few);
    run(ATTACK("off-path-forward", ", answers: drop, addresses: 50"), NULL, &many);
    CU_ASSERT(few.rebinds <= 4);
    CU_ASSERT(many.rebinds > 20);
    CHECK(many.undelivered, 0, "lost");
}

static void test_spoofed(void)
{
    sight seen = {0};
    run(ATTACK("spoofed-source", ", victim: victim"), NULL, &seen);
    CU_ASSERT(seen.from[0][VICTIM] > 20);
    CHECK(seen.from[0][LAPTOP], 0, "of the laptop's own");
    CHECK(seen.from[0][MALLORY], 0, "of the attacker's");
    CU_ASSERT(seen.to[VICTIM] > 0);
    CHECK(seen.undelivered, 0, "lost");
}

/* Datagram for datagram, once, and to no effect. */
static void test_replay(void)
{
    sight plain = {0}, replayed = {0};
    run("  - {at: 1s, say: nothing}\n", NULL, &plain);
    run("  - {at: 1s, attack: mallory, kind: capture, of: laptop -> server, for: 500ms}\n"
        "  - {at: 3500ms, attack: mallory, kind: replayed-migration, of: laptop -> server}\n",
        NULL, &replayed);
    CU_ASSERT(replayed.from[1][MALLORY] >= 25); /* messages of 500 ms */
    CU_ASSERT(replayed.from[1][MALLORY] < 100);
    CHECK(replayed.to[MALLORY], 0, "answers");
    CHECK(replayed.rebinds, 0, "rebinds");
    CHECK(replayed.to[LAPTOP], plain.to[LAPTOP], "answers to the laptop");
    CHECK(replayed.undelivered, 0, "lost");
}

/* What two entries have captured is one attacker's: both halves of a second are replayed as the whole is. */
static void test_replay_of_two(void)
{
    sight whole = {0}, halves = {0};
    run("  - {at: 1s, attack: mallory, kind: capture, of: laptop -> server, for: 1s}\n"
        "  - {at: 3500ms, attack: mallory, kind: replayed-migration, of: laptop -> server}\n",
        NULL, &whole);
    run("  - {at: 1s, attack: mallory, kind: capture, of: laptop -> server, for: 500ms}\n"
        "  - {at: 1500ms, attack: mallory, kind: capture, of: laptop -> server, for: 500ms}\n"
        "  - {at: 3500ms, attack: mallory, kind: replayed-migration, of: laptop -> server}\n",
        NULL, &halves);
    CHECK(halves.from[1][MALLORY], whole.from[1][MALLORY], "replayed");
}

/* ---- floods ---- */

#define FLOOD(length, more)                                                                                  \
    "  - {at: 2s, attack: mallory, kind: challenge-flood, of: laptop -> server, for: " length more "}\n"

/* The server takes what was made for genuine: it answers, from the laptop's address and from others. */
static void test_flood(void)
{
    sight seen = {0};
    run(FLOOD("500ms", ", challenges: 10"), NULL, &seen);
    CU_ASSERT(seen.from[0][LAPTOP] >= 470); /* one a millisecond, from 30 ms on */
    CU_ASSERT(seen.to[LAPTOP] >= 200);      /* an acknowledgement of two (RFC 9000 section 13.2.2) */
    CU_ASSERT(seen.up);
    run(FLOOD("500ms", ", challenges: 10, addresses: 5"), NULL, &seen);
    CU_ASSERT(seen.from[0][MALLORY] >= 470);
    CU_ASSERT(seen.to[MALLORY] > 0);
}

/* What was made opens again, with nothing of the code that made it: from addresses in turn, each answered
 * with the data of a challenge. */
static void test_sealed(void)
{
    sight seen = {0};
    CU_ASSERT_EQUAL_FATAL(dissect_new(NULL, &seen.inside), 0);
    run(FLOOD("500ms", ", challenges: 10, addresses: 5"), NULL, &seen);
    CHECK(seen.unread, 0, "not read");
    CHECK(seen.challenges, 10 * 500, "challenges");
    CU_ASSERT(seen.responses >= 4);
    CU_ASSERT_FALSE(dissect_failed(seen.inside));
    dissect_free(seen.inside);
}

/* Ten times as long a flood leaves the process no larger, but for what acknowledgements and the simulator may
 * take: one that kept the eight bytes of each of 460,800 more challenges would need 3.7 million. */
static void test_memory(void)
{
    sight brief = {0}, longer = {0};
    run(FLOOD("400ms", ", challenges: 128"), NULL, &brief);
    run(FLOOD("4s", ", challenges: 128"), NULL, &longer);
#if !defined(__SANITIZE_ADDRESS__) /* which has an allocator of its own, that mallinfo2 does not see */
    const size_t more = longer.peak > brief.peak ? longer.peak - brief.peak : 0;
    CU_ASSERT(brief.peak > 0);
    CHECK_AT_MOST(more, MEMORY_MAX - 1, "bytes more than %zu", brief.peak);
#endif
}

/* ---- families ---- */

typedef struct families {
    roam_addr addresses[ROAM_FAMILY_IPV6 + 1];   /* of mallory, by roam_family */
    uint64_t from_mallory[ROAM_FAMILY_IPV6 + 1]; /* datagrams at the server */
} families;

static void on_family_address(void *ctx, uint32_t node, uint32_t network, const roam_addr *address,
                              bool attached, uint64_t now_ns)
{
    families *const seen = ctx;
    (void)network, (void)attached, (void)now_ns;
    if (node == MALLORY)
        seen->addresses[address->family] = *address;
}

static void on_family_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    families *const seen = ctx;
    (void)now_ns;
    if (packet->node != SERVER || packet->up || packet->drop != OBSERVER_NOT_DROPPED)
        return;
    roam_addr source = packet->source;
    source.port = 0;
    if (roam_addr_equal(&source, &seen->addresses[source.family]))
        seen->from_mallory[source.family]++;
}

/* An attacker has addresses of both, and takes that of the datagram. */
static void test_both_families(void)
{
    static const char text[] =
        "roam: 1\nname: t\nduration: 8s\n"
        "networks:\n  four: {delay: 5ms}\n  six: {delay: 5ms, family: ipv6}\n"
        "nodes:\n  laptop: {networks: [four, six]}\n  server: {networks: [four, six], listen: 4433}\n"
        "  mallory: {networks: [four, six], attacker: true}\n"
        "peers: [laptop -> server]\ntraffic: [{flow: laptop -> server, send: 400B, every: 20ms}]\n"
        "timeline:\n"
        "  - {at: 1s, attack: mallory, kind: on-path-rewrite, of: laptop -> server, answers: forward, for: "
        "6s}\n"
        "  - {at: 3s, migrate: laptop -> server, network: six}\n";
    families seen = {.addresses = {{0}}};
    const observer watcher = {.ctx = &seen, .packet = on_family_packet, .address = on_family_address};
    evidence_watch(text, &watcher);
    CHECK_AT_LEAST(seen.from_mallory[ROAM_FAMILY_IPV4], 1, "from mallory over IPv4");
    CHECK_AT_LEAST(seen.from_mallory[ROAM_FAMILY_IPV6], 1, "from mallory over IPv6");
}

/* ---- faults ---- */

static const struct {
    const char *text;
    const char *faults;
} FAULTS[] = {
    {"  - {at: 1s, attack: mallory, kind: capture}\n",
     "t:15:5: attack needs 'of': write for example of: laptop -> server"},
    {"  - {at: 1s, attack: mallory, of: laptop -> server}\n", "t:15:5: attack needs 'kind'"},
    {"  - {at: 1s, attack: mallory, kind: off-path-foward, of: laptop -> server}\n",
     "t:15:37: unknown kind 'off-path-foward'; did you mean 'off-path-forward'?"},
    {"  - {at: 1s, attack: malory, kind: capture, of: laptop -> server}\n",
     "t:15:22: unknown node 'malory'; did you mean 'mallory'?"},
    {"  - {at: 1s, attack: victim, kind: capture, of: laptop -> server}\n",
     "t:15:22: 'victim' is no attacker: give the node attacker: true"},
    {"  - {at: 1s, attack: mallory, kind: capture, of: victim -> server}\n",
     "t:15:50: 'victim' and 'server' are no peers"},
    {"  - {at: 1s, attack: mallory, kind: spoofed-source, of: laptop -> server}\n",
     "t:15:5: spoofed-source: no victim: write for example victim: bystander"},
    {"  - {at: 1s, attack: mallory, kind: capture, of: laptop -> server, victim: server, interval: 1ms}\n",
     "t:15:68: capture has no 'victim'\nt:15:84: capture has no 'interval'"},
    {"  - {at: 1s, attack: mallory, kind: challenge-flood, of: laptop -> server, challenges: 129}\n",
     "t:15:88: challenges: '129' is not a whole number from 1 to 128"},
    {"  - {at: 1s, attack: mallory, kind: replayed-migration, of: laptop -> server}\n"
     "  - {at: 2s, attack: mallory, kind: capture, of: laptop -> server}\n",
     "t:15:5: replayed-migration: 'mallory' has captured nothing by then"},
    {"  - {at: 1s, attack: mallory, kind: challenge-flood, of: laptop -> server}\n"
     "  - {at: 2s, migrate: laptop -> server}\n",
     "t:16:5: migrate: 'laptop' is stopped by an attack at 2s"},
};

/* Families: a datagram has source and destination of one. Lines 1 to 14. */
#define SIX                                                                                                  \
    "roam: 1\nname: t\nduration: 8s\n"                                                                       \
    "networks:\n  four: {delay: 5ms}\n  six: {delay: 5ms, family: ipv6}\n"                                   \
    "nodes:\n  laptop: {networks: [four]}\n  server: {networks: [four, six], listen: 4433}\n"                \
    "  mallory: {networks: [six], attacker: true}\n  victim: {networks: [six]}\n"                            \
    "peers: [laptop -> server]\ntimeline:\n  - {at: 500ms, say: now}\n"
#define FAMILY(as, kind)                                                                                     \
    "t:15:5: " kind ": '" as "' has no ipv4 address at 1s, and 'laptop -> server' no other"

static const struct {
    const char *text;
    const char *faults;
} FAMILY_FAULTS[] = {
    {"kind: off-path-forward", FAMILY("mallory", "off-path-forward")},
    {"kind: on-path-rewrite", FAMILY("mallory", "on-path-rewrite")},
    {"kind: spoofed-source, victim: victim", FAMILY("victim", "spoofed-source")},
    {"kind: challenge-flood, addresses: 2", FAMILY("mallory", "challenge-flood")},
    {"kind: challenge-flood", ""},
    {"kind: spoofed-source, victim: server", ""},
    {"kind: capture", ""},
    {"kind: capture, of: laptop -> server}\n  - {at: 2s, attack: mallory, kind: replayed-migration",
     "t:16:5: replayed-migration: 'mallory' has no ipv4 address at 2s, and 'laptop -> server' no other"},
};

static const struct {
    const char *mallory, *peer, *faults;
} NODE_FAULTS[] = {
    {.mallory = "networks: [near], attacker: true, listen: 1",
     .peer = "laptop -> server",
     .faults = "t:10:3: 'mallory' is an attacker"},
    {.mallory = "networks: [near], attacker: true",
     .peer = "mallory -> server",
     .faults = "t:11:9: 'mallory' is an attacker, which has no endpoint and no peers"},
    {.mallory = "networks: [near], attacker: 1",
     .peer = "laptop -> server",
     .faults = "t:10:41: unknown attacker '1'; known: true, false"},
};

static void expect_faults(const char *text, const char *wanted)
{
    scenario *loaded = NULL;
    scenario_diagnostics diagnostics;
    const scenario_source source = {.text = text, .text_bytes = strlen(text), .name = "t"};
    scenario_diagnostics_init(&diagnostics);
    CU_ASSERT_EQUAL(scenario_load(&source, &loaded, &diagnostics),
                    *wanted ? SCENARIO_ERR_INVALID : SCENARIO_OK);
    const char *line = wanted;
    for (size_t i = 0; i < diagnostics.count; i++) {
        const size_t len = strcspn(line, "\n");
        const bool same = len > 0 && strncmp(diagnostics.items[i].text, line, len) == 0;
        if (!same)
            fprintf(stderr, "\n    got %s\n    wanted %.*s", diagnostics.items[i].text, (int)len, line);
        CU_ASSERT(same);
        line += len + (line[len] == '\n');
    }
    CU_ASSERT_STRING_EQUAL(line, "");
    scenario_free(loaded);
    scenario_diagnostics_fini(&diagnostics);
}

static void test_faults(void)
{
    char text[TEXT_MAX];
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        snprintf(text, sizeof text, HEAD "timeline:\n%s", FAULTS[i].text);
        expect_faults(text, FAULTS[i].faults);
    }
    for (size_t i = 0; i < sizeof FAMILY_FAULTS / sizeof FAMILY_FAULTS[0]; i++) {
        snprintf(text, sizeof text, SIX "  - {at: 1s, attack: mallory, %s, of: laptop -> server}\n",
                 FAMILY_FAULTS[i].text);
        expect_faults(text, FAMILY_FAULTS[i].faults);
    }
    for (size_t i = 0; i < sizeof NODE_FAULTS / sizeof NODE_FAULTS[0]; i++) {
        snprintf(text, sizeof text,
                 "roam: 1\nname: t\nduration: 8s\nnetworks:\n  near: {delay: 5ms}\nnodes:\n"
                 "  laptop: {networks: [near]}\n  server: {networks: [near], listen: 4433}\n\n"
                 "  mallory: {%s}\npeers: [%s]\n",
                 NODE_FAULTS[i].mallory, NODE_FAULTS[i].peer);
        expect_faults(text, NODE_FAULTS[i].faults);
    }
}

static const check_test TESTS[] = {{"copies from off the path", test_off_path},
                                   {"copies that lose the race", test_lost_race},
                                   {"sources rewritten on the path", test_rewrite},
                                   {"many addresses in turn", test_many_addresses},
                                   {"a victim's address", test_spoofed},
                                   {"what was captured, again", test_replay},
                                   {"what was captured twice", test_replay_of_two},
                                   {"a flood with the keys of a connection", test_flood},
                                   {"what a flood is made of", test_sealed},
                                   {"the memory that a flood takes", test_memory},
                                   {"a connection that changes its family", test_both_families},
                                   {"attacks that cannot be", test_faults}};
CHECK_MAIN("attacker", TESTS)
