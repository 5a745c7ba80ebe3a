/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libFuzzer target: a capture file as roam dissect reads it. The input is the file: its blocks, the link
 * layer of its packets, the QUIC packets in them, and the secrets in it; the witness judges what is inside,
 * and all that can be said of it is said. The first byte of the input is no part of the file: it says where
 * the capture was made. */
#define _GNU_SOURCE /* memfd_create */

#include "tools/witness/findings.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { PATH_BYTES = 64, PLACES = VERDICTS_AT_BOTH + 1 };

/* Reads all of it, so that the sanitizers see every byte. */
static void read_datagram(const sighting *seen)
{
    volatile unsigned sum = 0;
    const dissect_view *const view = seen->view;
    assert(seen->payload_len <= seen->full_len);
    for (size_t i = 0; i < seen->payload_len; i++)
        sum += seen->payload[i];
    for (size_t i = 0; i < view->packet_count; i++)
        for (size_t j = 0; j < view->packets[i].frame_count; j++)
            for (size_t k = 0; k < view->packets[i].frames[j].len; k++)
                sum += view->packets[i].frames[j].data[k];
}

static void check(const findings *found)
{
    for (uint32_t i = 0; i < found->all->count; i++)
        for (rules_rule rule = 0; rule < RULES_COUNT; rule++)
            for (int side = 0; side < 2; side++) {
                const rules_outcome outcome =
                    verdicts_outcome(found->verdicts, i, side ? DISSECT_SERVER : DISSECT_CLIENT, rule);
                assert(outcome.broken <= outcome.exercised);
                assert((outcome.broken > 0) == (outcome.violation != NULL));
            }
}

static void judge(sightings *from, verdicts_at at, FILE *nowhere)
{
    connections all = {.items = NULL};
    verdicts *judges = NULL;
    sighting seen;
    if (verdicts_new(at, &judges) != 0)
        abort();
    findings found = {.path = "fuzzed",
                      .seen = from,
                      .all = &all,
                      .verdicts = judges,
                      .all_rules = true,
                      .first_ns = CONNECTION_NEVER};
    while (sightings_next(from, &seen) == 1) {
        if (found.first_ns == CONNECTION_NEVER)
            found.first_ns = seen.time_ns;
        found.last_ns = seen.time_ns;
        read_datagram(&seen);
        connections_add(&all, &seen);
        verdicts_take(judges, from, &seen);
    }
    check(&found);
    if (!findings_print(&found, nowhere) || !findings_print_json(&found, nowhere) ||
        verdicts_finish(judges) != 0)
        abort();
    connections_fini(&all);
    verdicts_free(judges);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static FILE *nowhere;
    char path[PATH_BYTES], message[SIGHTINGS_MESSAGE_MAX];
    sightings *from = NULL;
    if (len < 2)
        return 0;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    const int file = memfd_create("capture", 0);
    assert(nowhere && file >= 0 && write(file, data + 1, len - 1) == (ssize_t)(len - 1));
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (sightings_open(path, NULL, &from, message) == 0)
        judge(from, (verdicts_at)(data[0] % PLACES), nowhere);
    sightings_close(from);
    (void)close(file);
    return 0;
}
