/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "sim/ns3/ns3.h"

#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

enum { HOSTS_MAX = 3, LOG_SIZE = 4096, FRAME_BYTES = 1200 };

/* What one end saw. */
typedef struct sight {
    n3_world *world;
    uint32_t host; /* whose frames these must be */
    uint64_t count;
    uint64_t strangers;
    uint64_t first_ns, last_ns;
    uint64_t at_ns[LOG_SIZE];
    uint64_t drops;
    n3_status last_drop;
} sight;

typedef struct lab {
    n3_world *world;
    n3_medium *medium;
    n3_node *core;
    n3_node *hosts[HOSTS_MAX];
    n3_device *host_end[HOSTS_MAX], *core_end[HOSTS_MAX];
    sight at_host[HOSTS_MAX], at_core[HOSTS_MAX];
} lab;

static void must(n3_status status)
{
    CHECK(status, N3_OK, "set-up");
    if (status != N3_OK)
        exit(EXIT_FAILURE);
}

/* ---- a medium with hosts ---- */

static void on_receive(void *user, n3_frame *frame, uint64_t now_ns)
{
    sight *seen = user;
    if (frame->bytes[1] != seen->host)
        seen->strangers++;
    if (seen->count == 0)
        seen->first_ns = now_ns;
    if (seen->count < LOG_SIZE)
        seen->at_ns[seen->count] = now_ns;
    seen->count++;
    seen->last_ns = now_ns;
    n3_frame_free(seen->world, frame);
}

static void on_drop(void *user, const n3_frame *frame, n3_status reason, uint64_t now_ns)
{
    sight *seen = user;
    (void)now_ns;
    if (frame->bytes[1] != seen->host)
        seen->strangers++;
    seen->drops++;
    seen->last_drop = reason;
}

static n3_status join(lab *self, uint32_t host, const n3_host_options *options)
{
    n3_status status = n3_medium_add(self->medium, options, self->hosts[host], self->core,
                                     &self->host_end[host], &self->core_end[host]);
    if (status != N3_OK)
        return status;
    n3_device_on_receive(self->host_end[host], on_receive, &self->at_host[host]);
    n3_device_on_receive(self->core_end[host], on_receive, &self->at_core[host]);
    n3_device_on_drop(self->host_end[host], on_drop, &self->at_core[host]);
    n3_device_on_drop(self->core_end[host], on_drop, &self->at_host[host]);
    return N3_OK;
}

static void set_up(lab *self, uint64_t seed, const n3_medium_options *medium, const n3_host_options *host,
                   uint32_t hosts)
{
    n3_world_options options;
    n3_world_options_default(&options);
    options.seed = seed;
    memset(self, 0, sizeof *self);
    must(n3_world_new(&options, &self->world));
    must(n3_medium_new(self->world, medium, &self->medium));
    must(n3_node_new(self->world, &self->core));
    for (uint32_t i = 0; i < hosts; i++) {
        n3_host_options own = *host;
        own.stream += i * N3_MEDIUM_STREAMS;
        self->at_host[i] = (sight){.world = self->world, .host = i};
        self->at_core[i] = (sight){.world = self->world, .host = i};
        must(n3_node_new(self->world, &self->hosts[i]));
        must(join(self, i, &own));
    }
}

static n3_status send_frame(lab *self, uint32_t host, bool up, uint32_t bytes)
{
    n3_frame *frame = n3_frame_new(self->world, bytes);
    if (!frame)
        exit(EXIT_FAILURE);
    memset(frame->bytes, 0, bytes);
    frame->bytes[0] = 0x45;
    frame->bytes[1] = (uint8_t)host;
    frame->length = bytes;
    return n3_device_send(up ? self->host_end[host] : self->core_end[host], frame);
}

static void run(lab *self, uint64_t until_ns)
{
    must(n3_world_run_until(self->world, until_ns));
}

/* A frame each way every 20 ms until then. */
static void talk(lab *self, uint32_t host, uint64_t until_ns)
{
    for (uint64_t now = n3_world_now_ns(self->world); now < until_ns; now += 20 * MS) {
        run(self, now);
        (void)send_frame(self, host, true, FRAME_BYTES);
        (void)send_frame(self, host, false, FRAME_BYTES);
    }
    run(self, until_ns);
}

/* Nothing is under way any more. */
static void expect_all_counted(const n3_device *device)
{
    n3_device_counters counts;
    n3_device_count(device, &counts);
    CHECK(counts.delivered + counts.dropped_queue + counts.dropped_loss + counts.dropped_down +
              counts.dropped_medium,
          counts.sent, "frames accounted for");
}

static void tear_down(lab *self, uint32_t hosts)
{
    for (uint32_t i = 0; i < hosts; i++) {
        expect_all_counted(self->host_end[i]);
        expect_all_counted(self->core_end[i]);
        CHECK(self->at_host[i].strangers + self->at_core[i].strangers, 0, "frames of others");
    }
    CHECK(n3_world_frames(self->world), 0, "frames alive");
    n3_world_free(self->world);
}

static void defaults(n3_medium_kind kind, n3_medium_options *medium, n3_host_options *host)
{
    n3_medium_options_default(medium, kind);
    n3_host_options_default(host);
}

/* ---- csma ---- */

/* Ethernet: 18 bytes of header and FCS, 64 bytes at least, 12 bytes of gap between frames of one sender. */
static uint64_t wire_ns(uint32_t bytes, uint64_t rate_bps)
{
    uint64_t framed = bytes < 46 ? 64 : bytes + 18u;
    return framed * 8 * SECOND / rate_bps;
}

static void test_csma_arrivals(void)
{
    static const uint32_t SIZES[] = {1200, 1500, 46, 28, 600};
    enum { COUNT = sizeof SIZES / sizeof SIZES[0] };
    n3_medium_options medium;
    n3_host_options host;
    defaults(N3_MEDIUM_CSMA, &medium, &host);
    medium.rate_bps = 10000000;
    host.wire.a.delay_ns = 3 * MS;
    host.wire.b.delay_ns = 7 * MS;
    for (int up = 0; up < 2; up++) {
        static lab self;
        set_up(&self, 1, &medium, &host, 1);
        for (size_t i = 0; i < COUNT; i++)
            CHECK(send_frame(&self, 0, up, SIZES[i]), N3_OK, "send");
        run(&self, SECOND);
        const sight *seen = up ? &self.at_core[0] : &self.at_host[0];
        uint64_t at = up ? 3 * MS : 7 * MS;
        for (size_t i = 0; i < COUNT; i++) {
            at += wire_ns(SIZES[i], medium.rate_bps);
            CHECK(seen->at_ns[i], at, "arrival");
            at += UINT64_C(12) * 8 * SECOND / medium.rate_bps;
        }
        CHECK(seen->count, COUNT, "arrived");
        tear_down(&self, 1);
    }
}

static void test_csma_queue(void)
{
    static lab self;
    n3_medium_options medium;
    n3_host_options host;
    defaults(N3_MEDIUM_CSMA, &medium, &host);
    medium.queue_packets = 2;
    set_up(&self, 1, &medium, &host, 1);
    /* One is being sent, two wait. */
    for (int i = 0; i < 3; i++)
        CHECK(send_frame(&self, 0, true, FRAME_BYTES), N3_OK, "send");
    CHECK(send_frame(&self, 0, true, FRAME_BYTES), N3_DROP_QUEUE, "send to a full queue");
    run(&self, SECOND);
    CHECK(self.at_core[0].count, 3, "arrived");
    CHECK(self.at_core[0].drops, 1, "drops");
    tear_down(&self, 1);
}

/* 3 hosts and the gateway send 100 frames each at once: the bus carries them one at a time, loses none. */
static void test_csma_shared(void)
{
    static lab self;
    n3_medium_options medium;
    n3_host_options host;
    defaults(N3_MEDIUM_CSMA, &medium, &host);
    set_up(&self, 1, &medium, &host, 3);
    for (int i = 0; i < 100; i++)
        for (uint32_t j = 0; j < 3; j++)
            CHECK(send_frame(&self, j, true, FRAME_BYTES), N3_OK, "send");
    for (uint32_t i = 0; i < 90; i++)
        CHECK(send_frame(&self, i % 3, false, FRAME_BYTES), N3_OK, "send");
    run(&self, SECOND);
    uint64_t last = 0;
    for (uint32_t i = 0; i < 3; i++) {
        CHECK(self.at_core[i].count, 100, "from a host");
        CHECK(self.at_host[i].count, 30, "to a host");
        last = self.at_core[i].last_ns > last ? self.at_core[i].last_ns : last;
        last = self.at_host[i].last_ns > last ? self.at_host[i].last_ns : last;
    }
    uint64_t busy = 390 * wire_ns(FRAME_BYTES, medium.rate_bps);
    CHECK_BETWEEN(last, busy, 2 * busy, "when the last has arrived");
    tear_down(&self, 3);
}

/* ---- wifi ---- */

static void test_wifi_associates(void)
{
    static lab self;
    n3_medium_options medium;
    n3_host_options host;
    defaults(N3_MEDIUM_WIFI, &medium, &host);
    host.wire.a.delay_ns = host.wire.b.delay_ns = 8 * MS;
    set_up(&self, 1, &medium, &host, 1);
    CHECK(send_frame(&self, 0, true, FRAME_BYTES), N3_DROP_MEDIUM, "send before the association");
    CHECK(send_frame(&self, 0, false, FRAME_BYTES), N3_OK, "into the wire");
    run(&self, 10 * MS);
    CHECK(self.at_core[0].drops, 1, "drops on the way up");
    CHECK(self.at_host[0].drops, 1, "drops on the way down");
    CHECK(self.at_host[0].last_drop, N3_DROP_MEDIUM, "reason");
    run(&self, 500 * MS); /* a beacon every 102.4 ms */
    for (int up = 0; up < 2; up++) {
        const sight *seen = up ? &self.at_core[0] : &self.at_host[0];
        uint64_t before = n3_world_now_ns(self.world);
        CHECK(send_frame(&self, 0, up, FRAME_BYTES), N3_OK, "send");
        run(&self, before + 100 * MS);
        CHECK(seen->count, 1, "arrived");
        /* At 65 Mbps, the fastest rate, 1200 bytes take 148 us; at 6.5 Mbps 1.5 ms, and some retries. */
        CHECK_BETWEEN(seen->last_ns - before, 8 * MS + 148000, 8 * MS + 10 * MS, "way");
    }
    tear_down(&self, 1);
}

/* Of what a host sends and gets from 0.5 s to 3.5 s, in percent. */
static uint64_t lost_percent(uint64_t distance_mm)
{
    static lab self;
    n3_medium_options medium;
    n3_host_options host;
    defaults(N3_MEDIUM_WIFI, &medium, &host);
    host.distance_mm = distance_mm;
    set_up(&self, 1, &medium, &host, 1);
    run(&self, 500 * MS);
    talk(&self, 0, 3500 * MS);
    run(&self, 6 * SECOND);
    uint64_t arrived = self.at_host[0].count + self.at_core[0].count;
    CHECK(arrived + self.at_host[0].drops + self.at_core[0].drops, 300, "arrived and dropped");
    tear_down(&self, 1);
    return 100 - arrived * 100 / 300;
}

/* The mean signal is strong enough to be noticed up to 51 m: 16 dBm - 46.7 dB - 30 dB log10(d) = -82 dBm. */
static void test_wifi_distance(void)
{
    uint64_t near = lost_percent(10000);
    uint64_t edge = lost_percent(51000);
    uint64_t beyond = lost_percent(65000);
    uint64_t away = lost_percent(300000);
    CHECK(near, 0, "lost at 10 m");
    CHECK_BETWEEN(edge, 1, 70, "lost at 51 m");
    CHECK_BETWEEN(beyond, edge + 1, 100, "lost at 65 m");
    CHECK(away, 100, "lost at 300 m");
}

static void test_wifi_walk(void)
{
    static lab self;
    n3_medium_options medium;
    n3_host_options host;
    defaults(N3_MEDIUM_WIFI, &medium, &host);
    set_up(&self, 1, &medium, &host, 1);
    run(&self, 500 * MS);
    CHECK(n3_medium_walk(self.host_end[0], 305000, 10 * SECOND), N3_OK, "walk");
    run(&self, 5500 * MS); /* 30 m a second */
    CHECK(n3_medium_distance_mm(self.host_end[0]), 155000, "half way");
    talk(&self, 0, 12 * SECOND);
    CHECK(n3_medium_distance_mm(self.host_end[0]), 305000, "at the end");
    CHECK(self.at_host[0].count + self.at_core[0].count, 0, "arrived out of range");
    CHECK(n3_medium_walk(self.host_end[0], 10000, 0), N3_OK, "walk back");
    run(&self, 14 * SECOND); /* it finds the access point again */
    uint64_t before = self.at_host[0].count + self.at_core[0].count;
    talk(&self, 0, 15 * SECOND);
    run(&self, 16 * SECOND);
    CHECK(self.at_host[0].count + self.at_core[0].count - before, 100, "arrived in range");
    tear_down(&self, 1);
}

/* The access point is given up 1.024 s after its last beacon, with frames in the queue that have outlived
 * their time there, 500 ms: twenty come every 40 ms, and grow too old 20 ms after others have come. */
static void test_wifi_old_queue(void)
{
    for (uint64_t phase = 0; phase < 4; phase++) {
        static lab self;
        n3_medium_options medium;
        n3_host_options host;
        defaults(N3_MEDIUM_WIFI, &medium, &host);
        set_up(&self, 1, &medium, &host, 1);
        run(&self, 500 * MS + phase * 10 * MS);
        CHECK(n3_medium_walk(self.host_end[0], 305000, 0), N3_OK, "walk");
        for (uint64_t i = 0; i < 50; i++) {
            for (int j = 0; j < 20; j++)
                (void)send_frame(&self, 0, true, FRAME_BYTES);
            run(&self, 500 * MS + phase * 10 * MS + (i + 1) * 40 * MS);
        }
        run(&self, 4 * SECOND);
        CHECK(self.at_core[0].count, 0, "arrived");
        CHECK(self.at_core[0].drops, 1000, "drops");
        tear_down(&self, 1);
    }
}

static uint64_t trace_of(uint64_t seed)
{
    static lab self;
    n3_medium_options medium;
    n3_host_options host;
    uint64_t hash = 0;
    defaults(N3_MEDIUM_WIFI, &medium, &host);
    host.distance_mm = 45000;
    set_up(&self, seed, &medium, &host, 2);
    for (uint32_t i = 0; i < 200; i++) {
        run(&self, i * 10 * MS);
        (void)send_frame(&self, i % 2, i % 3, FRAME_BYTES);
    }
    run(&self, 4 * SECOND);
    for (uint32_t i = 0; i < 2; i++) {
        for (uint64_t j = 0; j < self.at_core[i].count; j++)
            hash = hash * 31 + self.at_core[i].at_ns[j];
        for (uint64_t j = 0; j < self.at_host[i].count; j++)
            hash = hash * 31 + self.at_host[i].at_ns[j];
        CU_ASSERT(self.at_core[i].count > 10);
    }
    tear_down(&self, 2);
    return hash;
}

static void test_wifi_replay(void)
{
    uint64_t once = trace_of(7);
    uint64_t other = trace_of(8);
    CHECK(trace_of(7), once, "the same seed again");
    CU_ASSERT_NOT_EQUAL(other, once);
}

/* ---- both ---- */

static void test_leave(void)
{
    for (int kind = N3_MEDIUM_CSMA; kind <= N3_MEDIUM_WIFI; kind++) {
        static lab self;
        n3_medium_options medium;
        n3_host_options host;
        defaults((n3_medium_kind)kind, &medium, &host);
        set_up(&self, 1, &medium, &host, 2);
        run(&self, SECOND);
        CHECK(join(&self, 0, &host), N3_ERR_INVALID, "on it already");
        n3_device *old = self.host_end[0];
        for (int i = 0; i < 20; i++)
            for (int up = 0; up < 2; up++)
                CHECK(send_frame(&self, 0, up, FRAME_BYTES), N3_OK, "send");
        run(&self, SECOND + MS); /* some are over, some wait */
        uint64_t over = self.at_host[0].count + self.at_core[0].count;
        CHECK_BETWEEN(over, 1, 39, "arrived before leaving");
        n3_medium_leave(old);
        CHECK(send_frame(&self, 0, true, FRAME_BYTES), N3_DROP_MEDIUM, "send after leaving");
        (void)send_frame(&self, 0, false, FRAME_BYTES);
        run(&self, 10 * SECOND);
        CHECK(self.at_host[0].count + self.at_core[0].count, over, "arrived after leaving");
        CHECK(self.at_host[0].drops + self.at_core[0].drops, 42 - over, "drops");
        self.at_host[0].count = self.at_core[0].count = 0;
        CHECK(join(&self, 0, &host), N3_OK, "again");
        CU_ASSERT_PTR_NOT_EQUAL(self.host_end[0], old);
        run(&self, 12 * SECOND);
        talk(&self, 0, 13 * SECOND);
        talk(&self, 1, 14 * SECOND);
        run(&self, 15 * SECOND);
        for (uint32_t i = 0; i < 2; i++)
            CHECK(self.at_host[i].count + self.at_core[i].count, 100, "arrived");
        tear_down(&self, 2);
    }
}

/* More wait than any fixed number; all that has not crossed is given up. */
static void test_leave_long_queue(void)
{
    enum { FRAMES = 5000 };
    static lab self;
    n3_medium_options medium;
    n3_host_options host;
    defaults(N3_MEDIUM_CSMA, &medium, &host);
    medium.queue_packets = FRAMES;
    set_up(&self, 1, &medium, &host, 1);
    for (int i = 0; i < FRAMES; i++)
        CHECK(send_frame(&self, 0, true, FRAME_BYTES), N3_OK, "send");
    run(&self, 1000 * wire_ns(FRAME_BYTES, medium.rate_bps));
    const uint64_t over = self.at_core[0].count;
    CHECK_BETWEEN(over, 500, 1000, "arrived before leaving");
    n3_medium_leave(self.host_end[0]);
    run(&self, 10 * SECOND);
    CHECK(self.at_core[0].count, over, "arrived");
    CHECK(self.at_core[0].drops, FRAMES - over, "drops");
    tear_down(&self, 1);
}

/* However many are refused, they are counted, and those that were taken arrive. */
static void test_wifi_queue(void)
{
    for (int up = 0; up < 2; up++) {
        static lab self;
        n3_medium_options medium;
        n3_host_options host;
        defaults(N3_MEDIUM_WIFI, &medium, &host);
        medium.queue_packets = 4;
        host.wire.a.queue_packets = host.wire.b.queue_packets = 1000;
        set_up(&self, 1, &medium, &host, 1);
        const sight *seen = up ? &self.at_core[0] : &self.at_host[0];
        run(&self, SECOND);
        for (int i = 0; i < 200; i++)
            (void)send_frame(&self, 0, up, FRAME_BYTES);
        run(&self, SECOND + MS / 100);
        CHECK(seen->drops, 196, "refused");
        CHECK(seen->last_drop, N3_DROP_QUEUE, "reason");
        run(&self, 2 * SECOND);
        CHECK(seen->count, 4, "arrived");
        tear_down(&self, 1);
    }
}

/* A radio that is off hears no beacon: a station that comes back has to associate again. */
static void test_wifi_off(void)
{
    static lab self;
    n3_medium_options medium;
    n3_host_options host;
    defaults(N3_MEDIUM_WIFI, &medium, &host);
    set_up(&self, 1, &medium, &host, 1);
    run(&self, SECOND);
    CHECK(send_frame(&self, 0, true, FRAME_BYTES), N3_OK, "send");
    run(&self, 2 * SECOND);
    n3_medium_leave(self.host_end[0]);
    run(&self, 5 * SECOND); /* ns-3 gives an access point up after 10 beacons, 1.024 s */
    CHECK(join(&self, 0, &host), N3_OK, "again");
    CHECK(send_frame(&self, 0, true, FRAME_BYTES), N3_DROP_MEDIUM, "send before the association");
    run(&self, 7 * SECOND);
    CHECK(send_frame(&self, 0, true, FRAME_BYTES), N3_OK, "send after it");
    run(&self, 8 * SECOND);
    CHECK(self.at_core[0].count, 2, "arrived");
    tear_down(&self, 1);
}

static void test_down_and_set(void)
{
    static lab self;
    n3_medium_options medium;
    n3_host_options host;
    n3_device_params params;
    defaults(N3_MEDIUM_CSMA, &medium, &host);
    set_up(&self, 1, &medium, &host, 1);
    n3_device_get(self.host_end[0], &params);
    params.delay_ns = 20 * MS;
    CHECK(n3_device_set(self.host_end[0], &params), N3_OK, "set");
    CHECK(send_frame(&self, 0, true, FRAME_BYTES), N3_OK, "send");
    run(&self, SECOND);
    CHECK(self.at_core[0].last_ns, 20 * MS + wire_ns(FRAME_BYTES, medium.rate_bps), "way");
    params.up = false;
    CHECK(n3_device_set(self.host_end[0], &params), N3_OK, "down");
    CHECK(send_frame(&self, 0, true, FRAME_BYTES), N3_DROP_DOWN, "send");
    CHECK(send_frame(&self, 0, false, FRAME_BYTES), N3_OK, "the other way");
    params.up = true;
    params.loss = 1;
    CHECK(n3_device_set(self.host_end[0], &params), N3_OK, "lossy wire");
    CHECK(send_frame(&self, 0, true, FRAME_BYTES), N3_OK, "send");
    run(&self, 2 * SECOND);
    CHECK(self.at_core[0].count, 1, "arrived");
    CHECK(self.at_host[0].count, 1, "the other way");
    CHECK(self.at_core[0].last_drop, N3_DROP_LOSS, "lost on the wire");
    tear_down(&self, 1);
}

static void test_errors(void)
{
    static lab self;
    n3_medium_options medium;
    n3_host_options host;
    n3_medium *made = NULL;
    defaults(N3_MEDIUM_CSMA, &medium, &host);
    set_up(&self, 1, &medium, &host, 1);
    CHECK(n3_medium_walk(self.host_end[0], 5000, 0), N3_ERR_UNSUPPORTED, "walk on a bus");
    CHECK(n3_medium_distance_mm(self.host_end[0]), 0, "distance on a bus");
    medium.rate_bps = 0;
    CHECK(n3_medium_new(self.world, &medium, &made), N3_ERR_INVALID, "bus without a rate");
    n3_medium_options_default(&medium, N3_MEDIUM_WIFI);
    medium.rate_bps = 54000000;
    CHECK(n3_medium_new(self.world, &medium, &made), N3_ERR_INVALID, "wifi with a rate");
    medium.rate_bps = 0;
    medium.queue_packets = 0;
    CHECK(n3_medium_new(self.world, &medium, &made), N3_ERR_INVALID, "no queue");
    n3_medium_leave(self.host_end[0]);
    host.distance_mm = 0;
    CHECK(join(&self, 0, &host), N3_ERR_INVALID, "too near");
    n3_host_options_default(&host);
    host.wire.kind = N3_LINK_P2P;
    CHECK(join(&self, 0, &host), N3_ERR_UNSUPPORTED, "a wire that is no pipe");
    CU_ASSERT_PTR_NULL(made);
    tear_down(&self, 1);
}

static const check_test TESTS[] = {{"csma: arrival times", test_csma_arrivals},
                                   {"csma: full queue", test_csma_queue},
                                   {"csma: many on one bus", test_csma_shared},
                                   {"wifi: association", test_wifi_associates},
                                   {"wifi: loss grows with distance", test_wifi_distance},
                                   {"wifi: out of range and back", test_wifi_walk},
                                   {"wifi: out of range with a queue", test_wifi_old_queue},
                                   {"wifi: replay", test_wifi_replay},
                                   {"leave and come back", test_leave},
                                   {"leave a long queue", test_leave_long_queue},
                                   {"wifi: full queue", test_wifi_queue},
                                   {"wifi: a radio that is off", test_wifi_off},
                                   {"down and set", test_down_and_set},
                                   {"errors", test_errors}};
CHECK_MAIN("ns3 media", TESTS)
