/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What timeline verbs do to whole worlds: restarts, dials, relays, refusals, watchdogs. */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"

#include <CUnit/Basic.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MS UINT64_C(1000000)

enum { TEXT_MAX = 4096, LOG_MAX = 2048, LAPTOP = 0, SERVER = 1 };

/* What was seen of one run: calls, results and the ends of connections, one after the other. */
typedef struct sight {
    char log[LOG_MAX];
    uint64_t direct;  /* datagrams that the server got straight from the laptop */
    uint64_t relayed; /* from a relay */
    uint64_t lost;    /* messages that were sent and did not come */
    uint64_t rebinds;
} sight;

static void add(sight *seen, const char *word, uint64_t now_ns)
{
    size_t used = strlen(seen->log);
    snprintf(seen->log + used, LOG_MAX - used, "%s%s@%" PRIu64, used ? " " : "", word, now_ns / MS);
}

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    sight *seen = ctx;
    (void)now_ns;
    if (packet->up || packet->drop != OBSERVER_NOT_DROPPED || packet->node != SERVER)
        return;
    if (packet->source.bytes[1] == 1) /* 10.1.0.0/16: wifi */
        seen->direct++;
    else
        seen->relayed++;
}

static void on_refused(void *ctx, const observer_refused *refused, uint64_t now_ns)
{
    char word[60];
    snprintf(word, sizeof word, "%s-refused:%s", scenario_verb_name(refused->verb),
             refusal_name(refused->why));
    add(ctx, word, now_ns);
}

static void on_called(void *ctx, const observer_migrate *migrate, uint64_t now_ns)
{
    (void)migrate;
    add(ctx, "call", now_ns);
}

static void on_done(void *ctx, uint32_t call, const roam_migration_record *record, uint64_t now_ns)
{
    (void)call;
    add(ctx, roam_result_name(record->result), now_ns);
}

static void on_dropped(void *ctx, uint32_t call, uint64_t now_ns)
{
    (void)call;
    add(ctx, "dropped", now_ns);
}

/* Of the laptop. */
static void on_core_event(void *ctx, uint32_t node, uint32_t other, const roam_event *event, uint64_t now_ns)
{
    sight *seen = ctx;
    char word[40];
    (void)other;
    seen->rebinds += event->kind == ROAM_EVENT_REBOUND;
    if (node != LAPTOP)
        return;
    if (event->kind == ROAM_EVENT_PEER_UP)
        add(seen, "up", now_ns);
    if (event->kind == ROAM_EVENT_PEER_DOWN) {
        snprintf(word, sizeof word, "down:%s", roam_down_reason_name(event->down.reason));
        add(seen, word, now_ns);
    }
}

static void on_sent(void *ctx, const observer_message *message, uint64_t now_ns)
{
    sight *seen = ctx;
    (void)message, (void)now_ns;
    seen->lost++;
}

static void on_delivered(void *ctx, const observer_message *message, uint64_t now_ns)
{
    sight *seen = ctx;
    (void)message, (void)now_ns;
    seen->lost--;
}

static void run(const char *peer, const char *traffic, const char *timeline, sight *seen)
{
    char text[TEXT_MAX];
    snprintf(
        text, sizeof text,
        "roam: 1\nname: t\nduration: 10s\n"
        "networks:\n  wifi: {delay: 9ms}\n  cellular: {delay: 19ms}\n  far: {delay: 1ms}\n"
        "nodes:\n  laptop: {networks: [wifi, cellular]}\n  server: {networks: [far], listen: 4433}\n"
        "  relay: {networks: [far], relay: server}\n  spare: {networks: [far], relay: {to: server, port: "
        "53}}\n"
        "peers: [%s]\ntraffic: [%s]\ntimeline:\n%s",
        peer, traffic, timeline);
    const observer watcher = {.ctx = seen,
                              .packet = on_packet,
                              .refused = on_refused,
                              .migrate_called = on_called,
                              .migrate_done = on_done,
                              .migrate_dropped = on_dropped,
                              .core_event = on_core_event,
                              .message_sent = on_sent,
                              .message_delivered = on_delivered};
    evidence_watch(text, &watcher);
}

/* Times are of a path of 20 ms: up after two round trips less the last way. */
static void test_logs(void)
{
    static const struct {
        const char *what, *traffic, *timeline, *log;
    } cases[] = {
        {.what = "left, and dialled again",
         .traffic = "",
         .timeline = "  - {at: 2s, restart: server, leave: true}\n  - {at: 3s, dial: laptop -> server}\n",
         .log = "up@40 down:left@2010 up@3040"},
        {.what = "crashed: the next message is answered with a reset",
         .traffic = "{flow: laptop -> server, send: 400B, every: 100ms}",
         .timeline = "  - {at: 2050ms, restart: server}\n",
         .log = "up@40 down:reset@2060"},
        {.what = "away for a second, and back by itself",
         .traffic = "",
         .timeline = "  - {at: 2s, restart: laptop, for: 1s, redial: true}\n",
         .log = "up@40 up@3040"},
        {.what = "back, and dials nobody",
         .traffic = "",
         .timeline = "  - {at: 2s, restart: laptop, for: 1s}\n",
         .log = "up@40"},
        {.what = "its calls have no result",
         .traffic = "",
         .timeline = "  - {at: 2s, migrate: laptop -> server, network: cellular}\n"
                     "  - {at: 2010ms, restart: laptop}\n",
         .log = "up@40 call@2000 dropped@2010"},
        {.what = "suspended beyond the budget of its call",
         .traffic = "",
         .timeline = "  - {at: 2s, migrate: laptop -> server, network: cellular, timeout: 500ms}\n"
                     "  - {at: 2010ms, suspend: laptop, for: 1s}\n",
         .log = "up@40 call@2000 timeout@3010"},
        {.what = "held in its handshake: the second flight of the laptop waits for 60 ms",
         .traffic = "",
         .timeline = "  - {at: 20ms, hold: wifi, direction: up, for: 60ms}\n",
         .log = "up@100"},
        {.what = "refused, then permitted",
         .traffic = "",
         .timeline = "  - {at: 1s, refuse: laptop, network: cellular}\n"
                     "  - {at: 2s, migrate: laptop -> server, network: cellular}\n"
                     "  - {at: 3s, permit: laptop, network: cellular}\n"
                     "  - {at: 4s, migrate: laptop -> server, network: cellular}\n",
         .log = "up@40 call@2000 adapter@2000 call@4000 ok@4040"},
        {.what = "all there are",
         .traffic = "",
         .timeline = "  - {at: 2s, migrate: laptop, network: cellular}\n",
         .log = "up@40 call@2000 ok@2040"},
        {.what = "none is up",
         .traffic = "",
         .timeline = "  - {at: 0s, migrate: laptop, network: cellular}\n",
         .log = "up@40"},
        {.what = "the watchdog calls at its second strike",
         .traffic = "{flow: laptop -> server, send: 400B, every: 20ms}",
         .timeline = "  - {at: 0s, watchdog: laptop, network: cellular, sample: 1s, threshold: 60ms}\n"
                     "  - {at: 3500ms, set: wifi, delay: 49ms}\n",
         .log = "up@40 call@5000 ok@5040"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sight seen = {0};
        run("laptop -> server", cases[i].traffic, cases[i].timeline, &seen);
        CHECK_STRING(seen.log, cases[i].log, "%s", cases[i].what);
    }
}

static void test_relays(void)
{
    static const char TRAFFIC[] = "{flow: laptop -> server, send: 400B, every: 20ms}, "
                                  "{flow: server -> laptop, bulk: 300kB, at: 1s}";
    static const struct {
        const char *what, *peer, *timeline, *log;
        uint64_t rebinds;
        bool direct;
    } cases[] = {
        {.what = "through a relay",
         .peer = "{dial: laptop -> server, via: relay}",
         .timeline = "  - {at: 1s, say: x}\n",
         .log = "up@48"},
        {.what = "from one to the other",
         .peer = "{dial: laptop -> server, via: relay}",
         .timeline =
             "  - {at: 2s, stage: laptop -> server, via: spare}\n  - {at: 2s, migrate: laptop -> server}\n"
             "  - {at: 3s, detach: relay, network: far}\n",
         .log = "up@48 call@2000 ok@2024"},
        {.what = "another socket, the same relay",
         .peer = "{dial: laptop -> server, via: relay}",
         .timeline =
             "  - {at: 2s, stage: laptop -> server, via: relay}\n  - {at: 2s, migrate: laptop -> server}\n",
         .log = "up@48 call@2000 ok@2024"},
        {.what = "from none to one",
         .peer = "laptop -> server",
         .timeline =
             "  - {at: 2s, stage: laptop -> server, via: spare}\n  - {at: 2s, migrate: laptop -> server}\n",
         .log = "up@40 call@2000 ok@2024",
         .direct = true},
        {.what = "one that has forgotten moves its clients",
         .peer = "{dial: laptop -> server, via: relay}",
         .timeline = "  - {at: 2s, restart: relay}\n",
         .log = "up@48",
         .rebinds = 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sight seen = {0};
        run(cases[i].peer, TRAFFIC, cases[i].timeline, &seen);
        CHECK_STRING(seen.log, cases[i].log, "%s", cases[i].what);
        CHECK(seen.lost, 0, "messages lost");
        CHECK(seen.rebinds, cases[i].rebinds, "rebinds");
        CHECK(seen.direct > 0, cases[i].direct, "straight");
        CU_ASSERT_TRUE(seen.relayed > 100);
    }
}

/* An entry that cannot be carried out is recorded, and what comes after it takes place. */
static void test_refusals(void)
{
    static const char STRAIGHT[] = "laptop -> server";
    static const struct {
        const char *what, *peer, *timeline, *log;
    } cases[] = {
        {.what = "dialled twice",
         .peer = STRAIGHT,
         .timeline = "  - {at: 2s, dial: laptop -> server}\n  - {at: 3s, migrate: laptop -> server}\n",
         .log = "up@40 dial-refused:exists@2000 call@3000 ok@3020"},
        {.what = "dialled while no socket can be opened",
         .peer = STRAIGHT,
         .timeline = "  - {at: 1s, refuse: laptop, network: wifi, for: 2s}\n"
                     "  - {at: 1s, refuse: laptop, network: cellular, for: 2s}\n"
                     "  - {at: 2s, restart: laptop, redial: true}\n  - {at: 4s, dial: laptop -> server}\n",
         .log = "up@40 dial-refused:address_refused@2000 up@4040"},
        {.what = "dialled by the peers while stopped",
         .peer = "{dial: laptop -> server, at: 2s}",
         .timeline = "  - {at: 1s, restart: laptop, for: 2s}\n  - {at: 4s, dial: laptop -> server}\n",
         .log = "dial-refused:stopped@2000 up@4040"},
        {.what = "dialled by the peers while suspended",
         .peer = "{dial: laptop -> server, at: 2s}",
         .timeline = "  - {at: 1s, suspend: laptop, for: 2s}\n  - {at: 4s, dial: laptop -> server}\n",
         .log = "dial-refused:suspended@2000 up@4040"},
        {.what = "a relay that is on no network",
         .peer = STRAIGHT,
         .timeline =
             "  - {at: 1s, detach: relay, network: far}\n  - {at: 2s, stage: laptop -> server, via: relay}\n"
             "  - {at: 3s, migrate: laptop -> server}\n",
         .log = "up@40 stage-refused:no_relay@2000 call@3000 ok@3020"},
        {.what = "staged before there is a connection",
         .peer = STRAIGHT,
         .timeline =
             "  - {at: 0s, stage: laptop -> server, via: relay}\n  - {at: 1s, migrate: laptop -> server}\n",
         .log = "stage-refused:not_connected@0 up@40 call@1000 ok@1020"},
        {.what = "staged after it",
         .peer = STRAIGHT,
         .timeline =
             "  - {at: 2s, restart: server, leave: true}\n  - {at: 3s, stage: laptop -> server, via: relay}\n"
             "  - {at: 3s, migrate: laptop -> server}\n",
         .log = "up@40 down:left@2010 stage-refused:no_conn@3000 call@3000 no_conn@3000"},
        {.what = "staged where no socket can be opened",
         .peer = STRAIGHT,
         .timeline = "  - {at: 1s, refuse: laptop, network: wifi}\n"
                     "  - {at: 2s, stage: laptop -> server, via: relay, network: wifi}\n"
                     "  - {at: 3s, migrate: laptop -> server, network: cellular}\n",
         .log = "up@40 stage-refused:address_refused@2000 call@3000 ok@3040"},
        {.what = "restarted where no socket can be opened",
         .peer = STRAIGHT,
         .timeline = "  - {at: 1s, refuse: server, network: far, for: 2s}\n  - {at: 2s, restart: server}\n"
                     "  - {at: 4s, restart: server}\n  - {at: 4s, restart: laptop, redial: true}\n",
         .log = "up@40 start-refused:address_refused@2000 up@4040"},
        {.what = "attached where no socket can be opened",
         .peer = STRAIGHT,
         .timeline =
             "  - {at: 1s, refuse: server, network: far}\n  - {at: 2s, detach: server, network: far}\n"
             "  - {at: 3s, attach: server, network: far}\n",
         .log = "up@40 attach-refused:address_refused@3000"},
        {.what = "renumbered where two of three may open no socket",
         .peer = STRAIGHT,
         .timeline = "  - {at: 1s, refuse: server, network: far}\n  - {at: 1s, refuse: relay, network: far}\n"
                     "  - {at: 2s, renumber: far, prefix: 10.9.0.0/16}\n",
         .log = "up@40 renumber-refused:address_refused@2000 renumber-refused:address_refused@2000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sight seen = {0};
        run(cases[i].peer, "", cases[i].timeline, &seen);
        CHECK_STRING(seen.log, cases[i].log, "%s", cases[i].what);
    }
}

/* A path through a relay leads to the server whatever the families are: four crossings of the core each way.
 */
static void test_relay_of_another_family(void)
{
    static const struct {
        const char *what, *timeline;
        size_t calls;
    } cases[] = {
        /* The relay is reached over IPv6. */
        {"the call names a network of IPv4",
         "  - {at: 1s, stage: a -> b, via: relay}\n  - {at: 2s, migrate: a -> b, network: wifi}\n", 1},
        {"the path begins on a network of another family than the connection's",
         "  - {at: 1s, migrate: a -> b, network: wifi}\n  - {at: 2s, stage: a -> b, via: relay, network: "
         "core}\n"
         "  - {at: 2s, migrate: a -> b}\n",
         2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[1024];
        size_t count;
        (void)snprintf(text, sizeof text,
                       "roam: 1\nname: t\nduration: 4s\nnetworks:\n  core: {family: ipv6, delay: 49ms}\n"
                       "  wifi: {}\nnodes:\n  a: {networks: [core, wifi]}\n"
                       "  b: {listen: 4433, networks: [core, wifi]}\n  relay: {relay: b, networks: [core]}\n"
                       "peers: [a -> b]\ntimeline:\n%s",
                       cases[i].timeline);
        evidence seen = evidence_run(text);
        const recorder_migration *const calls = recorder_migrations(seen.recorder, &count);
        CU_ASSERT_EQUAL_FATAL(count, cases[i].calls);
        const recorder_migration *const last = &calls[count - 1];
        CHECK(last->record.result, ROAM_OK, "%s: result", cases[i].what);
        CHECK(recorder_validation_ns(last), 392 * UINT64_C(1000000), "%s: validation", cases[i].what);
        CHECK_STRING(last->contradiction, "", "%s: contradiction", cases[i].what);
        evidence_free(&seen);
    }
}

static const check_test TESTS[] = {{"what happens", test_logs},
                                   {"refusals", test_refusals},
                                   {"relays", test_relays},
                                   {"a relay of another family", test_relay_of_another_family}};
CHECK_MAIN("verbs", TESTS)
