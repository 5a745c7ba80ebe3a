/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "core/outbox.h"
#include "core/tests/check.h"

enum { LOG_MAX = 16, NOW_NS = 42, EVENT = 100 };

typedef struct story {
    core_outbox outbox;
    int log[LOG_MAX]; /* of a result its peer, of its event EVENT more */
    size_t logged;
    uint32_t again; /* the peer whose result queues another one */
} story;

static void note(story *s, int what, uint64_t now_ns)
{
    CHECK(now_ns, NOW_NS, "time of %d", what);
    if (s->logged < LOG_MAX)
        s->log[s->logged++] = what;
}

static void on_event(void *data, const roam_event *event, uint64_t now_ns)
{
    CHECK(event->kind, ROAM_EVENT_MIGRATION_DONE, "kind");
    CHECK(event->migration->validation_rounds, event->peer.value, "record of peer %u", event->peer.value);
    note(data, EVENT + (int)event->peer.value, now_ns);
}

static void queue(story *s, uint32_t peer, bool silent);

static void on_done(void *data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns)
{
    story *s = data;
    CHECK(record->validation_rounds, peer.value, "record of peer %u", peer.value);
    note(s, (int)peer.value, now_ns);
    if (peer.value == s->again)
        queue(s, 9, false);
}

static void queue(story *s, uint32_t peer, bool silent)
{
    core_result *result = calloc(1, sizeof *result);
    if (!result)
        abort();
    *result = (core_result){.peer = {peer},
                            .record = {.validation_rounds = peer},
                            .done = on_done,
                            .done_data = s,
                            .silent = silent};
    core_outbox_add(&s->outbox, result);
}

static void begin(story *s)
{
    roam_subscription subscription;
    *s = (story){0};
    core_outbox_init(&s->outbox);
    CHECK(core_subscribers_add(&s->outbox.subscribers, on_event, s, &subscription), 0, "subscription");
}

static void expect(story *s, const char *when, const int *what, size_t count)
{
    CHECK(s->logged, count, "calls %s", when);
    for (size_t i = 0; i < s->logged && i < count; i++)
        CHECK(s->log[i], what[i], "call %zu %s", i, when);
    s->logged = 0;
}

/* The event of a result comes before its callback; a silent result has none. */
static void test_in_order(void)
{
    static const int told[] = {EVENT + 1, 1, 2, EVENT + 3, 3};
    story s;
    begin(&s);
    CHECK(core_outbox_has_results(&s.outbox), false, "results at first");
    queue(&s, 1, false);
    queue(&s, 2, true);
    queue(&s, 3, false);
    CHECK(core_outbox_has_results(&s.outbox), true, "results once queued");
    core_outbox_tell_results(&s.outbox, NOW_NS);
    expect(&s, "of three", told, 5);
    CHECK(core_outbox_has_results(&s.outbox), false, "results once told");
    core_outbox_fini(&s.outbox);
}

/* A result that a callback queues is told the next time. */
static void test_queued_meanwhile(void)
{
    static const int first[] = {EVENT + 1, 1, EVENT + 2, 2}, second[] = {EVENT + 9, 9};
    story s;
    begin(&s);
    s.again = 1;
    queue(&s, 1, false);
    queue(&s, 2, false);
    core_outbox_tell_results(&s.outbox, NOW_NS);
    expect(&s, "of two", first, 4);
    CHECK(core_outbox_has_results(&s.outbox), true, "a result is left");
    core_outbox_tell_results(&s.outbox, NOW_NS);
    expect(&s, "of the one that came meanwhile", second, 2);
    core_outbox_fini(&s.outbox);
}

/* What is not told is freed: the sanitizer looks on. */
static void test_not_told(void)
{
    story s;
    begin(&s);
    queue(&s, 1, false);
    core_outbox_fini(&s.outbox);
    expect(&s, "after the end", NULL, 0);
}

static const check_test tests[] = {
    {"results in order", test_in_order},
    {"queued meanwhile", test_queued_meanwhile},
    {"not told", test_not_told},
};

CHECK_MAIN("outbox", tests)
