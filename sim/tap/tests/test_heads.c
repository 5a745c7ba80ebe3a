/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the inspector reads of a datagram that leaves, of long packets the heads of frames alone, is what a
 * dissector reads that opens all of it. */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"

#include <CUnit/Basic.h>
#include <string.h>

/* Data and messages both ways, a move, losses and a relay in between: frames of many kinds, alone and
 * together. */
static const char STORY[] =
    "roam: 1\n"
    "name: t\n"
    "duration: 4s\n"
    "networks:\n"
    "  wifi: {delay: 5ms, rate: 50Mbps, loss: 1%}\n"
    "  cellular: {delay: 20ms, rate: 20Mbps}\n"
    "  datacentre: {delay: 1ms}\n"
    "nodes: {laptop: {networks: [wifi, cellular]}, server: {networks: [datacentre], listen: 4433}}\n"
    "peers: [laptop -> server]\n"
    "traffic:\n"
    "  - {flow: laptop -> server, bulk: 2MB}\n"
    "  - {flow: server -> laptop, bulk: 2MB}\n"
    "  - {flow: laptop -> server, send: 1300B, every: 20ms, until: 3s}\n"
    "timeline: [{at: 1s, migrate: laptop -> server, network: cellular, as: move}]\n";

typedef struct both {
    dissect *whole;
    size_t frames, heads; /* compared; of these, without their data */
} both;

static void compare_frame(both *self, const dissect_frame *head, const dissect_frame *whole, uint64_t number)
{
    dissect_frame a = *head;
    dissect_frame b = *whole;
    self->frames++;
    self->heads += head->data == NULL && whole->data != NULL;
    CHECK(a.range_count, b.range_count, "ranges in packet %llu", (unsigned long long)number);
    for (size_t i = 0; i < a.range_count && i < b.range_count; i++) {
        CHECK(a.ranges[i].smallest, b.ranges[i].smallest, "range in packet %llu", (unsigned long long)number);
        CHECK(a.ranges[i].largest, b.ranges[i].largest, "range in packet %llu", (unsigned long long)number);
    }
    a.data = b.data = NULL;
    a.ranges = b.ranges = NULL;
    CHECK(memcmp(&a, &b, sizeof a), 0, "a frame of type %d in packet %llu", a.type,
          (unsigned long long)number);
}

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    both *const self = ctx;
    (void)now_ns;
    if (!packet->up || !packet->view)
        return;
    const dissect_view *const whole = dissect_datagram(self->whole, packet->payload, packet->payload_len);
    CU_ASSERT_EQUAL_FATAL(packet->view->packet_count, whole->packet_count);
    for (size_t i = 0; i < whole->packet_count; i++) {
        const dissect_packet *const a = &packet->view->packets[i];
        const dissect_packet *const b = &whole->packets[i];
        const unsigned long long number = b->number;
        CHECK(a->status, b->status, "status of packet %llu", number);
        CHECK(a->number, b->number, "number of packet %llu", number);
        CHECK(a->sender, b->sender, "sender of packet %llu", number);
        CU_ASSERT_EQUAL_FATAL(a->frame_count, b->frame_count);
        for (size_t j = 0; j < b->frame_count; j++)
            compare_frame(self, &a->frames[j], &b->frames[j], b->number);
    }
}

static void on_keylog(void *ctx, uint32_t node, const char *line, uint64_t now_ns)
{
    both *const self = ctx;
    (void)node;
    (void)now_ns;
    CU_ASSERT_EQUAL(dissect_keylog(self->whole, line), 0);
}

static void heads_are_those_of_the_whole(void)
{
    both self = {0};
    CU_ASSERT_EQUAL_FATAL(dissect_new(NULL, &self.whole), 0);
    const observer watcher = {.ctx = &self, .frames = true, .packet = on_packet, .keylog = on_keylog};
    evidence_watch(STORY, &watcher);
    CHECK_AT_LEAST(self.frames, 4000, "frames");
    CHECK_AT_LEAST(self.heads, 1000, "frames without their data");
    dissect_free(self.whole);
}

static const check_test TESTS[] = {
    {"heads are those of the whole", heads_are_those_of_the_whole},
};

CHECK_MAIN("heads of frames", TESTS)
