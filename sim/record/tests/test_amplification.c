/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a node sends to addresses of another, held against what came from there: exchanges at the node's tap,
 * and the verdict. */
#include "core/tests/check.h"
#include "sim/tests/small_scenario.h"
#include "sim/verdict/expect/expect.h"

#include <stdio.h>

enum { STEPS = 8, ELSEWHERE = 99 };

/* A datagram between the server and the laptop, at host number and port. */
typedef struct step {
    enum { END, CAME, SENT, ELSEWHERE_SENT, SEND_DROPPED } what;
    uint32_t host; /* of the laptop's two addresses, or ELSEWHERE */
    uint16_t port;
    size_t len;
} step;

typedef struct amplification_case {
    const char *max;
    step steps[STEPS];
    bool held;
    const char *text;
} amplification_case;

static const amplification_case cases[] = {
    {.max = "3", .steps = {{END}}, .text = "nothing came from laptop"},
    {.max = "3", .steps = {{SENT, 1, 7, 10}}, .text = "nothing came from laptop"},
    {.max = "3",
     .steps = {{CAME, ELSEWHERE, 7, 10}, {SENT, ELSEWHERE, 7, 50}},
     .text = "nothing came from laptop"},
    {.max = "0",
     .steps = {{CAME, 1, 7, 10}},
     .held = true,
     .text = "nothing was sent to 1 addresses of laptop"},
    {.max = "3",
     .steps = {{CAME, 1, 7, 10}, {SENT, 1, 7, 20}, {SENT, 1, 7, 10}},
     .held = true,
     .text = "30 B for 10 B, 3.00 times, at the worst of 1 addresses, wanted at most 3"},
    {.max = "3",
     .steps = {{CAME, 1, 7, 10}, {SENT, 1, 7, 20}, {SENT, 1, 7, 11}},
     .text = "31 B for 10 B, 3.10 times, at the worst of 1 addresses, wanted at most 3"},
    /* Too early is too much, whatever comes later. */
    {.max = "3",
     .steps = {{CAME, 1, 7, 10}, {SENT, 1, 7, 40}, {CAME, 1, 7, 10}},
     .text = "40 B for 10 B, 4.00 times, at the worst of 1 addresses, wanted at most 3"},
    {.max = "3",
     .steps = {{SENT, 1, 7, 5}, {CAME, 1, 7, 100}},
     .text = "5 B for 0 B, 0.00 times, at the worst of 1 addresses, wanted at most 3"},
    /* One address does not pay for another, nor one port for another. */
    {.max = "3",
     .steps = {{CAME, 1, 7, 100}, {CAME, 2, 7, 10}, {SENT, 2, 7, 31}},
     .text = "31 B for 10 B, 3.10 times, at the worst of 2 addresses, wanted at most 3"},
    {.max = "3",
     .steps = {{CAME, 1, 7, 100}, {CAME, 1, 8, 10}, {SENT, 1, 8, 31}, {SENT, 1, 7, 100}},
     .text = "31 B for 10 B, 3.10 times, at the worst of 2 addresses, wanted at most 3"},
    /* What others send there is not the server's, and what is dropped was shown before. */
    {.max = "3",
     .steps = {{CAME, 1, 7, 10}, {ELSEWHERE_SENT, 1, 7, 90}, {SENT, 1, 7, 30}},
     .held = true,
     .text = "30 B for 10 B, 3.00 times, at the worst of 1 addresses, wanted at most 3"},
    {.max = "3",
     .steps = {{CAME, 1, 7, 10}, {SENT, 1, 7, 30}, {SEND_DROPPED, 1, 7, 30}},
     .held = true,
     .text = "30 B for 10 B, 3.00 times, at the worst of 1 addresses, wanted at most 3"},
};

static roam_addr laptop_at(uint32_t host, uint16_t port)
{
    return (roam_addr){.family = ROAM_FAMILY_IPV4, .port = port, .bytes = {10, (uint8_t)host, 0, 1}};
}

static void show(const observer *watcher, const step *taken)
{
    const bool elsewhere = taken->what == ELSEWHERE_SENT;
    const roam_addr server = {.family = ROAM_FAMILY_IPV4, .port = 4433, .bytes = {10, 3, 0, 1}};
    const roam_addr laptop = laptop_at(taken->host, taken->port);
    const bool from_laptop = taken->what == CAME;
    const uint8_t payload[128] = {0x40};
    const observer_packet packet = {.node = elsewhere ? LAPTOP : SERVER,
                                    .network = elsewhere ? WIFI : DATACENTRE,
                                    .up = taken->what != CAME,
                                    .drop = taken->what == SEND_DROPPED ? OBSERVER_DROP_LOSS
                                                                        : OBSERVER_NOT_DROPPED,
                                    .source = from_laptop ? laptop : server,
                                    .destination = from_laptop ? server : laptop,
                                    .payload = payload,
                                    .payload_len = taken->len};
    watcher->packet(watcher->ctx, &packet, 1);
}

static void run(const amplification_case *wanted)
{
    char expect[100];
    snprintf(expect, sizeof expect, "  - {amplification: server, to: laptop, max: %s}\n", wanted->max);
    evidence of = evidence_of(small_scenario(NULL, expect));
    for (uint32_t host = 1; host <= 2; host++) {
        const roam_addr own = laptop_at(host, 0);
        of.told.address(of.told.ctx, LAPTOP, host - 1, &own, true, 0);
    }
    for (size_t i = 0; i < STEPS && wanted->steps[i].what != END; i++)
        show(&of.told, &wanted->steps[i]);
    evidence_finish(&of);
    const expect_outcome outcome = evidence_judge(&of);
    CHECK(outcome.held, wanted->held, "held: %s", wanted->text);
    CHECK_STRING(outcome.text, wanted->text);
    evidence_free(&of);
}

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        run(&cases[i]);
}

static const check_test TESTS[] = {{"bytes to an address for bytes from there", test_cases}};
CHECK_MAIN("amplification", TESTS)
