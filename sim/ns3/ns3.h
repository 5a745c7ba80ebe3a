/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * C bindings of ns-3: the event queue that owns time, timers, links that carry whole IP datagrams, random
 * streams.
 *
 * ns-3's simulator is one per process, so one n3_world exists at a time; any number may follow one another.
 * Nothing here is thread-safe. Every callback runs inside n3_world_run_until, on its thread.
 *
 * Order: events at the same nanosecond run in the order in which they were asked for: the latest n3_timer_set
 * of a timer, the n3_device_send of a frame. (On a p2p link it is the order in which ns-3's own events were
 * scheduled.)
 *
 * Errors: every input is checked before it is given to ns-3, C++ exceptions become codes. An ns-3 fatal error
 * that happens in spite of that ends the process, because ns-3 offers no way back from std::terminate.
 */
#ifndef SIM_NS3_NS3_H
#define SIM_NS3_NS3_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define N3_CHECKED __attribute__((warn_unused_result))
#else
#define N3_CHECKED
#endif

/* "Never", and "until no event is left". */
#define N3_NEVER UINT64_MAX
/* Frames of at most this capacity come from the pool; longer ones, up to N3_FRAME_MAX, are allocated each. */
#define N3_FRAME_POOLED 2048u
#define N3_FRAME_MAX 65535u
#define N3_FRAME_NOTE_WORDS 10
/* Limits of the link parameters; what lies outside is N3_ERR_INVALID. */
#define N3_RATE_MIN_BPS UINT64_C(1000)
#define N3_RATE_MAX_BPS UINT64_C(1000000000000)
#define N3_DELAY_MAX_NS UINT64_C(3600000000000)
#define N3_QUEUE_MAX_PACKETS 65536u
#define N3_QUEUE_MAX_BYTES UINT64_C(100000000)
#define N3_HEADER_MAX_BYTES 1024u
/* Random streams are numbered from 0 to this. */
#define N3_STREAM_MAX ((UINT64_C(1) << 62) - 1)

typedef enum n3_status {
    N3_OK = 0,
    N3_ERR_INVALID = -1,     /* an argument is out of its range; n3_world_error says which */
    N3_ERR_BUSY = -2,        /* another world exists, or the world is already running */
    N3_ERR_MEMORY = -3,      /* out of memory, or the world's bound on frames is reached */
    N3_ERR_UNSUPPORTED = -4, /* stock ns-3 p2p links, or this kind of medium, cannot do that */
    N3_ERR_LIMIT = -5,       /* 2^32 events were asked for in one world, ns-3 can number no more */
    N3_ERR_NS3 = -6,         /* ns-3 threw an exception; n3_world_error has its text */
    N3_DROP_QUEUE = -16,     /* frame dropped: drop-tail queue full */
    N3_DROP_LOSS = -17,      /* frame dropped: lost on the link */
    N3_DROP_DOWN = -18,      /* frame dropped: the sending device is down */
    N3_DROP_MEDIUM = -19,    /* frame dropped: the shared medium gave it up (see n3_medium_kind) */
} n3_status;

/* A sentence for each status, "unknown status" for anything else. Static storage. */
const char *n3_strerror(int status);

/* ---- world ---- */

typedef struct n3_world n3_world;

typedef struct n3_world_options {
    uint64_t seed;       /* run seed; every one of its 64 bits matters */
    uint32_t frames_max; /* bound on frames that exist at once */
} n3_world_options;

/* seed 1, 65,536 frames. */
void n3_world_options_default(n3_world_options *options);

/* Begins a world at 0 ns. N3_ERR_BUSY, N3_ERR_INVALID, N3_ERR_MEMORY, N3_ERR_NS3. */
N3_CHECKED n3_status n3_world_new(const n3_world_options *options, n3_world **world);

/*
 * Ends a world: frees its nodes, devices, links and the frames in flight, and resets ns-3. Timers, random
 * streams and frames that the caller owns must have been freed before (asserted). Not from inside a callback.
 * NULL is allowed.
 */
void n3_world_free(n3_world *world);

uint64_t n3_world_now_ns(const n3_world *world);

/*
 * Runs every event with a time <= until_ns, those included that come up meanwhile, and leaves the clock at
 * until_ns. N3_NEVER: until no event is left, the clock stays at the last one. May be called again with a
 * later time; an earlier one than now is N3_ERR_INVALID. N3_ERR_BUSY from inside a callback. N3_ERR_LIMIT,
 * N3_ERR_MEMORY, N3_ERR_NS3: the world can only be freed.
 */
N3_CHECKED n3_status n3_world_run_until(n3_world *world, uint64_t until_ns);

/* From inside a callback: n3_world_run_until returns N3_OK after this event; the clock stays. Else without
 * effect. */
void n3_world_stop(n3_world *world);

/* The message of the latest failed call on this world, "" if none failed. Owned by the world, until the next
 * failure. */
const char *n3_world_error(const n3_world *world);

/* ---- timers ---- */

typedef struct n3_timer n3_timer;
typedef void (*n3_timer_fn)(void *user, uint64_t now_ns);

/* A disarmed timer, owned by the caller. N3_ERR_INVALID without a callback, N3_ERR_MEMORY. */
N3_CHECKED n3_status n3_timer_new(n3_world *world, n3_timer_fn fire, void *user, n3_timer **timer);

/* Disarms and frees; also from inside its own callback. NULL is allowed. */
void n3_timer_free(n3_timer *timer);

/*
 * (Re)arms: the timer fires once at at_ns. A time that is not after now fires at now, after the running event
 * and what was asked for at now before this call. N3_NEVER disarms. Allocates nothing; moving a timer to a
 * later time costs a few instructions, since the event already queued is kept and takes its new place when it
 * comes up.
 */
void n3_timer_set(n3_timer *timer, uint64_t at_ns);

/* As if its latest n3_timer_set, which has not fired, had been for this time, which is after now; both may be
 * N3_NEVER. */
void n3_timer_move(n3_timer *timer, uint64_t at_ns);

/* When it fires, N3_NEVER when disarmed. */
uint64_t n3_timer_at_ns(const n3_timer *timer);

/* ---- random streams ---- */

typedef struct n3_random n3_random;

/*
 * One ns-3 random stream (the sequence a UniformRandomVariable gives after SetStream(stream)); it depends on
 * run seed and stream number alone. One consumer, one stream: two handles on one number see the same draws.
 * Owned by the caller. N3_ERR_INVALID beyond N3_STREAM_MAX, N3_ERR_MEMORY.
 */
N3_CHECKED n3_status n3_random_new(n3_world *world, uint64_t stream, n3_random **random);
void n3_random_free(n3_random *random);

double n3_random_uniform(n3_random *random);                 /* in [0, 1) */
uint64_t n3_random_u64(n3_random *random);                   /* all 64 bits; takes two draws */
uint64_t n3_random_below(n3_random *random, uint64_t bound); /* in [0, bound), unbiased; 0 when bound is 0 */

/* ---- frames ---- */

/*
 * One whole IP datagram as bytes. One owner at a time: n3_device_send takes it, the receive callback gives
 * it. Callers write bytes[0..capacity) and length; the other fields are for reading.
 */
typedef struct n3_frame {
    uint8_t *bytes;
    uint32_t length; /* <= capacity */
    uint32_t capacity;
    uint64_t id; /* counts from 1 in a world; kept over pipe hops, new at the far end of a p2p link */
    /* What the callers know of the bytes, theirs to write; kept as the id is. The first word of a new frame,
     * a copy included, is 0, the others are of no meaning. */
    uint64_t note[N3_FRAME_NOTE_WORDS];
} n3_frame;

/* A frame of length 0 that can hold `capacity` bytes. NULL beyond N3_FRAME_MAX, at frames_max, or out of
 * memory. */
N3_CHECKED n3_frame *n3_frame_new(n3_world *world, uint32_t capacity);

/* A frame of its own id with the same bytes. NULL as n3_frame_new. */
N3_CHECKED n3_frame *n3_frame_copy(n3_world *world, const n3_frame *frame);

/* NULL is allowed. */
void n3_frame_free(n3_world *world, n3_frame *frame);

/* Frames that exist: owned by callers, waiting, or in flight. */
uint32_t n3_world_frames(const n3_world *world);

/* ---- nodes, links, devices ---- */

typedef struct n3_node n3_node;     /* an ns-3 Node; the world owns it */
typedef struct n3_device n3_device; /* one end of a link, an ns-3 NetDevice on a node; the world owns it */

N3_CHECKED n3_status n3_node_new(n3_world *world, n3_node **node);

typedef enum n3_link_kind {
    /* Our own NetDevice and Channel: one event a hop, no copy of the bytes. */
    N3_LINK_PIPE,
    /*
     * ns-3's PointToPointNetDevice, PointToPointChannel, DropTailQueue and RateErrorModel. It adds a 2-byte
     * PPP header to each packet, so header_bytes must be 2; a rate is required; there is no jitter; and one
     * delay serves both directions. Anything else is N3_ERR_UNSUPPORTED.
     */
    N3_LINK_P2P,
} n3_link_kind;

/*
 * One direction of a link, a property of the device that sends.
 *
 * A frame takes (length + header_bytes) * 8 / rate_bps to serialise, rounded as ns-3's DataRate rounds; it
 * waits while those ahead of it are serialised, and arrives delay_ns (and its jitter) after its last bit has
 * left. At most queue_packets wait; the one being serialised is not counted, as in ns-3. A lost frame takes
 * its turn in the queue and on the wire all the same.
 *
 * Both kinds give the same arrival times and drops to the nanosecond, with these exceptions:
 * - a send on a full queue at the very nanosecond at which a place comes free: a pipe accepts, p2p goes by
 * the order of its events;
 * - a loss on a pipe is decided and reported when the frame is accepted, on p2p when it arrives; the draws
 * are the same, until the queue becomes shorter than what waits in it: what p2p drops then, draws nothing.
 */
typedef struct n3_device_params {
    uint64_t rate_bps;      /* 0: infinite, else N3_RATE_MIN_BPS..N3_RATE_MAX_BPS */
    uint64_t delay_ns;      /* propagation, <= N3_DELAY_MAX_NS */
    uint64_t jitter_ns;     /* extra delay, uniform over [0, jitter_ns]; never overtakes the frame ahead */
    double loss;            /* probability, 0..1, each frame on its own */
    uint32_t queue_packets; /* 1..N3_QUEUE_MAX_PACKETS waiting */
    /* 0, or besides at most so many bytes of frames waiting, <= N3_QUEUE_MAX_BYTES; one frame may wait
     * however long it is. Of a pipe. */
    uint64_t queue_bytes;
    uint32_t header_bytes; /* link-layer overhead in the serialisation time, <= N3_HEADER_MAX_BYTES */
    bool up;               /* false: what is sent is dropped, what was sent before still arrives */
} n3_device_params;

/* Infinite rate, no delay, jitter, loss or header, 100 packets, up. */
void n3_device_params_default(n3_device_params *params);

typedef struct n3_link_options {
    n3_link_kind kind;
    n3_device_params a; /* from node a to node b */
    n3_device_params b; /* from node b to node a */
    /*
     * Random streams, one for each direction and purpose; a stream is made when it is first needed, and draws
     * only while loss or jitter_ns is not 0.
     */
    uint64_t a_loss_stream;
    uint64_t a_jitter_stream;
    uint64_t b_loss_stream;
    uint64_t b_jitter_stream;
} n3_link_options;

/* A pipe with n3_device_params_default both ways; streams 0 to 3, to be set where there is loss or jitter.
 */
void n3_link_options_default(n3_link_options *options);

/*
 * Joins two nodes (or a node with itself). *a_end is the device on node a, *b_end that on node b.
 * N3_ERR_INVALID, N3_ERR_UNSUPPORTED, N3_ERR_MEMORY, N3_ERR_NS3.
 */
N3_CHECKED n3_status n3_link_new(n3_world *world, const n3_link_options *options, n3_node *a, n3_node *b,
                                 n3_device **a_end, n3_device **b_end);

/* The other end of its link. */
n3_device *n3_device_peer(n3_device *device);

/* Takes ownership of the frame. */
typedef void (*n3_receive_fn)(void *user, n3_frame *frame, uint64_t now_ns);
/* A frame sent by this device was dropped; it is valid during the call. reason is one of N3_DROP_*. */
typedef void (*n3_drop_fn)(void *user, const n3_frame *frame, n3_status reason, uint64_t now_ns);

/* Frames that arrive at this device. Without a callback a pipe gives them to the protocol handlers of its
 * ns-3 node, p2p frees them. */
void n3_device_on_receive(n3_device *device, n3_receive_fn receive, void *user);
void n3_device_on_drop(n3_device *device, n3_drop_fn drop, void *user);

/*
 * Sends to the other end. Takes ownership of the frame, whatever is returned: N3_OK, or N3_DROP_*, the reason
 * why it was dropped, or N3_ERR_INVALID for a frame that is empty or longer than its capacity, N3_ERR_NS3.
 * Never calls the receive callback from inside; may call the drop callback.
 */
n3_status n3_device_send(n3_device *device, n3_frame *frame);

/*
 * Changes one direction from now on. Frames whose serialisation has begun keep their arrival. Frames that
 * wait take the new rate, delay and header_bytes when their turn comes, in both kinds of link; on a pipe they
 * keep the jitter and loss that were drawn. Of those that wait the latest are dropped when the queue becomes
 * shorter than they are many. A pipe stays in order: after a lowered delay a frame arrives no sooner than the
 * one ahead of it.
 *
 * p2p, being stock: lets the later frame overtake after a lowered delay, and applies a changed delay to both
 * directions.
 *
 * N3_ERR_INVALID, N3_ERR_UNSUPPORTED: nothing was changed.
 */
N3_CHECKED n3_status n3_device_set(n3_device *device, const n3_device_params *params);
void n3_device_get(const n3_device *device, n3_device_params *params);

/*
 * The device begins to serialise no frame before until_ns; what has begun goes on, and frames wait in the
 * queue: queue_packets of them, behind the one whose turn is next. Then they leave in order. Of several holds
 * the longest counts. N3_ERR_UNSUPPORTED: it is no pipe.
 */
N3_CHECKED n3_status n3_device_hold(n3_device *device, uint64_t until_ns);

/* Of one direction, at the device that sends; bytes are those of frames, without header_bytes. */
typedef struct n3_device_counters {
    uint64_t sent; /* frames given to n3_device_send = delivered + dropped_* + waiting or in flight */
    uint64_t sent_bytes;
    uint64_t delivered; /* arrived at the other end */
    uint64_t delivered_bytes;
    uint64_t dropped_queue;
    uint64_t dropped_loss;
    uint64_t dropped_down;
    uint64_t dropped_medium;
    uint64_t marked;     /* ECT to CE, by the discipline of a queue */
    uint32_t queue_peak; /* most frames that ever waited; of a queue that hosts share, all of theirs */
} n3_device_counters;

void n3_device_count(const n3_device *device, n3_device_counters *counters);

/* How long a frame that is sent now waits until those ahead of it have left, as the rate is now. On a p2p
 * whose rate was changed while frames waited: as it was for each of them when it was sent. 0 on shared media,
 * where nobody knows. */
uint64_t n3_device_wait_ns(const n3_device *device);

/* ---- shared media ---- */

typedef struct n3_medium n3_medium; /* one bus, or one cell of Wi-Fi; the world owns it */

/*
 * What hosts share, with a gateway at its other side: on the way up a frame goes over the medium to the
 * gateway and then over a wire of its own, a pipe, to the core; on the way down over the wire first. Hosts of
 * one medium reach each other through gateway and core alone. The frames of all hosts, and those of both
 * ways, compete for the medium.
 */
typedef enum n3_medium_kind {
    /*
     * ns-3's CsmaNetDevice, CsmaChannel and DropTailQueue: a bus without propagation delay or loss, Ethernet
     * frames of at least 64 bytes (IP datagram + 18). A device that finds the bus busy backs off, and gives a
     * frame up (N3_DROP_MEDIUM) after 1,000 attempts.
     */
    N3_MEDIUM_CSMA,
    /*
     * ns-3's 802.11n in infrastructure mode: 20 MHz at 5 GHz, 40 mW, the gateway is the access point, rates
     * by MinstrelHt, log-distance loss (exponent 3) and Nakagami fading (m 1.5 within 80 m, 0.75 beyond). A
     * station hears beacons, associates, and looks for the access point again after ten missed beacons. What
     * is sent by or to a station that is not associated is given up at once (N3_DROP_MEDIUM), and so is what
     * has failed at every retry, or waited for 500 ms. A frame whose acknowledgements alone were lost is not
     * counted as dropped.
     */
    N3_MEDIUM_WIFI,
    /*
     * One queue in each direction, with one rate, that the frames of all hosts share. A frame waits there,
     * takes its time at that rate, and then goes over the wire of its host, which has its delay, jitter and
     * loss (a lost frame has taken its turn), and neither a rate nor a queue that counts. The two directions
     * do not compete. With one host it is a pipe: the same arrivals and drops to the nanosecond, but that a
     * frame takes the delay of the time at which its last bit leaves.
     */
    N3_MEDIUM_QUEUE,
} n3_medium_kind;

/* Of N3_MEDIUM_QUEUE: which frame is dropped, and which leaves next. */
typedef enum n3_discipline {
    N3_DISCIPLINE_DROPTAIL, /* first in, first out; what finds no place is dropped */
    /* ns-3's CoDelQueueDisc (RFC 8289), FqCoDelQueueDisc (RFC 8290) and RedQueueDisc with their defaults, but
     * for what follows; they mark frames with ECT instead of dropping them where they would by their own
     * algorithm. When the queue becomes shorter none of those that wait is dropped for it. */
    N3_DISCIPLINE_CODEL,
    /* Flows are told apart by addresses, protocol and ports; a quantum of 1,500 bytes. It counts packets
     * alone: queue_bytes is taken as so many packets of a quantum, rounded up. What finds no place costs the
     * longest flow up to half of its frames. */
    N3_DISCIPLINE_FQ_CODEL,
    /* Thresholds at a sixth and at half of the queue (of queue_bytes if that is not 0), at most one in ten
     * below the second, "gentle" beyond it. It begins anew, with what waits, when the queue becomes another.
     */
    N3_DISCIPLINE_RED,
} n3_discipline;

/* One direction of N3_MEDIUM_QUEUE, as in n3_device_params. */
typedef struct n3_queue_params {
    uint64_t rate_bps;
    uint32_t queue_packets;
    uint64_t queue_bytes;
} n3_queue_params;

#define N3_CSMA_MTU 1500u
#define N3_WIFI_MTU 2296u
#define N3_DISTANCE_MAX_MM UINT64_C(100000000) /* 100 km */
/* A medium, and each host on it, takes so many random streams, counted from the one it is given. */
#define N3_MEDIUM_STREAMS 256u

typedef struct n3_medium_options {
    n3_medium_kind kind;
    uint64_t rate_bps;        /* csma: of the bus, N3_RATE_MIN_BPS..N3_RATE_MAX_BPS; else 0: 802.11 chooses */
    uint32_t queue_packets;   /* waiting in each device, the gateway's included; 1..N3_QUEUE_MAX_PACKETS */
    uint64_t stream;          /* first random stream of medium and nat_router */
    n3_discipline discipline; /* queue; likewise the next two */
    n3_queue_params up;
    n3_queue_params down;
} n3_medium_options;

/* Streams 0.., 100 Mbps and 100 packets for csma; 500 packets for wifi; drop-tail, no rate and 100 packets
 * both ways for queue. */
void n3_medium_options_default(n3_medium_options *options, n3_medium_kind kind);

/* N3_ERR_INVALID, N3_ERR_MEMORY, N3_ERR_NS3. */
N3_CHECKED n3_status n3_medium_new(n3_world *world, const n3_medium_options *options, n3_medium **medium);

typedef struct n3_host_options {
    /* The wire between gateway and core: a pipe, a from the gateway, b to it. The ends are up or down as a.up
     * and b.up say. */
    n3_link_options wire;
    uint64_t stream;      /* first random stream of the host's device */
    uint64_t distance_mm; /* wifi: from the access point, 1 m at least; used at the host's first time */
} n3_host_options;

/* A wire by n3_link_options_default, streams 256.., 5 m. */
void n3_host_options_default(n3_host_options *options);

/*
 * Joins a host with the core over the medium: *host_end is at the host, *core_end at the core, and they do as
 * those of n3_link_new do. n3_device_set changes the wire. A host that has left has the device that it had,
 * in the place where it was. N3_ERR_INVALID (it is on the medium; a stream or distance out of range),
 * N3_ERR_UNSUPPORTED (the wire is no pipe), N3_ERR_MEMORY, N3_ERR_NS3.
 */
N3_CHECKED n3_status n3_medium_add(n3_medium *medium, const n3_host_options *options, n3_node *host,
                                   n3_node *core, n3_device **host_end, n3_device **core_end);

/* queue: one direction from now on. Frames that wait take the new rate when their turn comes; with drop-tail
 * the latest are dropped when the queue becomes shorter. N3_ERR_INVALID, N3_ERR_UNSUPPORTED: nothing was
 * changed. */
N3_CHECKED n3_status n3_medium_set(n3_medium *medium, bool up, const n3_queue_params *params);

/* The host leaves the medium: on csma its plug is out; on wifi its radio is off, the access point learns
 * nothing of it; on queue nothing changes. What waits in its device, or comes for it over the medium, is
 * given up (N3_DROP_MEDIUM) when its turn comes; what is on the wire arrives. The ends stay, for
 * n3_device_count; nothing may be sent there any more. */
void n3_medium_leave(n3_device *host_end);

/* wifi: the host walks in a straight line, at constant speed, to a distance from the access point, from where
 * it is now; over_ns 0: it is there at once. Ends an earlier walk. N3_ERR_UNSUPPORTED on any other device,
 * N3_ERR_INVALID for a distance out of range. */
N3_CHECKED n3_status n3_medium_walk(n3_device *host_end, uint64_t distance_mm, uint64_t over_ns);

/* wifi: from the access point, now. 0 on any other device. */
uint64_t n3_medium_distance_mm(const n3_device *host_end);

#ifdef __cplusplus
}
#endif

#endif
