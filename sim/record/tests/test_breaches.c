/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A rule that is broken stands at its packet in the capture, and once in events.jsonl. */
#include "core/tests/check.h"
#include "sim/record/capture.h"
#include "sim/record/events.h"
#include "sim/tests/evidence.h"
#include "sim/verdict/rules/tests/stories.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[] = "/tmp/roam-breaches-XXXXXX";

/* Shows the witness datagrams with PATH_CHALLENGE of the client as too short, and the others as they are. */
typedef struct lens {
    observer witness, events, capture;
    size_t shortened;
} lens;

static bool has_challenge(const observer_packet *packet)
{
    const dissect_view *const view = packet->view;
    for (size_t i = 0; view && packet->up && i < view->packet_count; i++)
        for (size_t j = 0; j < view->packets[i].frame_count; j++)
            if (view->packets[i].sender == DISSECT_CLIENT &&
                view->packets[i].frames[j].type == DISSECT_PATH_CHALLENGE)
                return true;
    return false;
}

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    lens *const self = ctx;
    observer_packet shown = *packet;
    if (has_challenge(packet)) {
        shown.payload_len = 57;
        self->shortened++;
    }
    self->witness.packet(self->witness.ctx, &shown, now_ns);
    self->events.packet(self->events.ctx, packet, now_ns);
    self->capture.packet(self->capture.ctx, packet, now_ns);
}

static void run(lens *self, const char *events_path, const char *capture_path)
{
    const observer watcher = {.ctx = self, .frames = true, .packet = on_packet};
    char message[PCAPNG_MESSAGE_MAX] = "";
    events *told = NULL;
    capture *captured = NULL;
    witness *seen = NULL;
    evidence of =
        evidence_new(&(evidence_options){.text = STORY_TALK_MOVE, .watchers = &watcher, .watcher_count = 1});
    CU_ASSERT_EQUAL_FATAL(witness_new(of.scenario, &seen), 0);
    CU_ASSERT_EQUAL_FATAL(
        events_open(&(events_options){.path = events_path, .scenario = of.scenario, .seed = 1}, &told), 0);
    CU_ASSERT_EQUAL_FATAL(capture_open(capture_path, of.scenario, &captured, message), 0);
    events_witness(told, seen);
    capture_witness(captured, seen);
    self->witness = witness_observer(seen);
    self->events = events_observer(told);
    self->capture = capture_observer(captured);
    evidence_finish(&of);
    CHECK(witness_finish(seen), 0, "witness_finish");
    CHECK(witness_rules(seen)[RULES_CHALLENGE_PADDED].verdict, RULES_BROKEN, "the verdict of the rule");
    CHECK(witness_rules(seen)[RULES_CHALLENGE_PADDED].broken, self->shortened, "how often it was broken");
    CU_ASSERT_EQUAL(events_close(told), 0);
    CHECK(capture_close(captured, message), 0, "%s", message);
    witness_free(seen);
    evidence_free(&of);
}

/* Lines with the text of what a command prints. */
static size_t lines_with(const char *command, const char *text)
{
    char line[4096];
    size_t count = 0;
    FILE *const from = popen(command, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(from);
    while (fgets(line, sizeof line, from))
        count += strstr(line, text) != NULL;
    CHECK(pclose(from), 0, "%s", command);
    return count;
}

#define TEXT " breaks challenge-padded (RFC 9000 section 8.2.1): a datagram with PATH_CHALLENGE has 57 bytes"

static void test_a_breach_stands_at_its_packet(void)
{
    lens self = {0};
    char events_path[64];
    char capture_path[64];
    char command[256];
    (void)snprintf(events_path, sizeof events_path, "%s/events.jsonl", directory);
    (void)snprintf(capture_path, sizeof capture_path, "%s/packets.pcapng", directory);
    run(&self, events_path, capture_path);
    CHECK_AT_LEAST(self.shortened, 1, "datagrams that were shortened");
    (void)snprintf(command, sizeof command, "cat %s", events_path);
    CHECK(lines_with(command, "\"event\":\"rule_broken\""), 1, "breaches in events.jsonl");
    CHECK(lines_with(command, "\"rule\":\"challenge-padded\",\"id\":\"rfc9000-8.2.1-5\",\"level\":\"MUST\""),
          1, "what events.jsonl says of it");
    (void)snprintf(command, sizeof command,
                   "tshark -r %s -Y frame.comment -T fields -e frame.comment 2>/dev/null", capture_path);
    CHECK(lines_with(command, TEXT), self.shortened, "comments of the capture");
    CHECK(lines_with(command, " breaks "), self.shortened, "all breaches");
    (void)snprintf(command, sizeof command, "rm -r %s", directory);
    CU_ASSERT_EQUAL(system(command), 0);
}

static const check_test TESTS[] = {{"a breach stands at its packet", test_a_breach_stands_at_its_packet}};

int main(void)
{
    return mkdtemp(directory) ? check_main("breaches", TESTS, sizeof TESTS / sizeof TESTS[0]) : 1;
}
