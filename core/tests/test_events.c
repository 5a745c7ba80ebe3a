/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/events.h"

#include "core/tests/check.h"

enum { SUBSCRIBERS = 12, LOG_MAX = 64 };

typedef struct story story;

typedef struct listener {
    story *story;
    int number;
    roam_subscription subscription;
    void (*act)(struct listener *self); /* NULL: only listens */
} listener;

struct story {
    core_subscribers subscribers;
    listener listeners[SUBSCRIBERS];
    int log[LOG_MAX];
    size_t logged;
};

static void on_event(void *data, const roam_event *event, uint64_t now_ns)
{
    listener *self = data;
    CHECK(event->kind, ROAM_EVENT_WRITABLE, "kind");
    CHECK(now_ns, 42, "time");
    if (self->story->logged < LOG_MAX)
        self->story->log[self->story->logged++] = self->number;
    if (self->act)
        self->act(self);
}

static void add(story *s, int number)
{
    listener *l = &s->listeners[number];
    void (*act)(listener *) = l->act;
    *l = (listener){.story = s, .number = number, .act = act};
    CHECK(core_subscribers_add(&s->subscribers, on_event, l, &l->subscription), 0, "subscription %d", number);
    CHECK(l->subscription.value != 0, true, "id of subscription %d", number);
}

static void emit(story *s)
{
    roam_event event = {.kind = ROAM_EVENT_WRITABLE};
    s->logged = 0;
    core_subscribers_emit(&s->subscribers, &event, 42);
}

static void expect(const story *s, const char *when, const int *numbers, size_t count)
{
    CHECK(s->logged, count, "calls %s", when);
    for (size_t i = 0; i < s->logged && i < count; i++)
        CHECK(s->log[i], numbers[i], "call %zu %s", i, when);
}

static void test_in_order_of_subscription(void)
{
    story s = {0};
    core_subscribers_init(&s.subscribers);
    emit(&s);
    expect(&s, "without subscribers", NULL, 0);
    for (int i = 0; i < SUBSCRIBERS; i++)
        add(&s, i);
    emit(&s);
    expect(&s, "with all", (int[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, SUBSCRIBERS);
    core_subscribers_remove(&s.subscribers, s.listeners[0].subscription);
    core_subscribers_remove(&s.subscribers, s.listeners[5].subscription);
    core_subscribers_remove(&s.subscribers, s.listeners[11].subscription);
    core_subscribers_remove(&s.subscribers, s.listeners[11].subscription); /* again */
    core_subscribers_remove(&s.subscribers, (roam_subscription){0});
    core_subscribers_remove(&s.subscribers, (roam_subscription){4711});
    emit(&s);
    expect(&s, "after removals", (int[]){1, 2, 3, 4, 6, 7, 8, 9, 10}, 9);
    core_subscribers_fini(&s.subscribers);
}

static void leave(listener *self)
{
    core_subscribers_remove(&self->story->subscribers, self->subscription);
}

static void remove_next(listener *self)
{
    core_subscribers_remove(&self->story->subscribers, self->story->listeners[self->number + 1].subscription);
}

static void remove_previous(listener *self)
{
    core_subscribers_remove(&self->story->subscribers, self->story->listeners[self->number - 1].subscription);
}

static void test_unsubscribe_inside_a_callback(void)
{
    static const struct {
        const char *what;
        void (*act)(listener *self); /* of listener 1 of five */
        int now[5], later[5];
        size_t now_count, later_count;
    } cases[] = {
        {.what = "removing itself",
         .act = leave,
         .now = {0, 1, 2, 3, 4},
         .later = {0, 2, 3, 4},
         .now_count = 5,
         .later_count = 4},
        {.what = "removing the next",
         .act = remove_next,
         .now = {0, 1, 3, 4},
         .later = {0, 1, 3, 4},
         .now_count = 4,
         .later_count = 4},
        {.what = "removing the previous",
         .act = remove_previous,
         .now = {0, 1, 2, 3, 4},
         .later = {1, 2, 3, 4},
         .now_count = 5,
         .later_count = 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        story s = {0};
        core_subscribers_init(&s.subscribers);
        s.listeners[1].act = cases[i].act;
        for (int n = 0; n < 5; n++)
            add(&s, n);
        emit(&s);
        expect(&s, cases[i].what, cases[i].now, cases[i].now_count);
        emit(&s);
        expect(&s, cases[i].what, cases[i].later, cases[i].later_count);
        core_subscribers_fini(&s.subscribers);
    }
}

static void add_many(listener *self)
{
    self->act = NULL;
    for (int i = 2; i < SUBSCRIBERS; i++) /* more than there is room for: the array moves */
        add(self->story, i);
}

static void emit_again(listener *self)
{
    roam_event event = {.kind = ROAM_EVENT_WRITABLE};
    self->act = leave;
    core_subscribers_emit(&self->story->subscribers, &event, 42);
}

static void test_subscribe_inside_a_callback(void)
{
    story s = {0};
    core_subscribers_init(&s.subscribers);
    s.listeners[0].act = add_many;
    add(&s, 0);
    add(&s, 1);
    emit(&s);
    expect(&s, "while others are added", (int[]){0, 1}, 2);
    emit(&s);
    expect(&s, "once they are added", (int[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, SUBSCRIBERS);
    core_subscribers_fini(&s.subscribers);
}

static void test_event_inside_an_event(void)
{
    story s = {0};
    core_subscribers_init(&s.subscribers);
    s.listeners[1].act = emit_again;
    for (int n = 0; n < 3; n++)
        add(&s, n);
    emit(&s);
    expect(&s, "nested", (int[]){0, 1, 0, 1, 2, 2}, 6);
    emit(&s);
    expect(&s, "after the inner one left", (int[]){0, 2}, 2);
    core_subscribers_fini(&s.subscribers);
}

static const check_test tests[] = {
    {"in order of subscription", test_in_order_of_subscription},
    {"unsubscribe inside a callback", test_unsubscribe_inside_a_callback},
    {"subscribe inside a callback", test_subscribe_inside_a_callback},
    {"an event inside an event", test_event_inside_an_event},
};

CHECK_MAIN("events", tests)
