/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_RULES_INTERNAL_H
#define SIM_VERDICT_RULES_INTERNAL_H

/*
 * What the groups of rules share. rules.c takes datagrams apart and calls, for each packet, first the keepers
 * of facts (packets.c, paths.c, ids.c: what an endpoint of a connection has sent and received so far), then
 * the groups of rules. A fact is one of an endpoint: what it has sent, and what has come to it.
 */

#include "core/table.h"
#include "sim/verdict/rules/requirements.h"
#include "sim/verdict/rules/rules.h"

#define RULES_PATHS_MAX 128                              /* kept of an endpoint */
#define RULES_CHALLENGES_MAX 64                          /* likewise, each way */
#define RULES_CHALLENGES_ROOM (4 * RULES_CHALLENGES_MAX) /* those that stay move seldom */
#define RULES_IDS_MAX 64                                 /* likewise */
#define RULES_PACKETS_MAX 8192                           /* likewise, a power of two */
#define RULES_TOKEN_ENDS_MAX 8                           /* that a stateless reset token is looked for at */
#define RULES_ACK_RANGES 4                               /* kept of an ACK, from the highest down */
#define RULES_EXPANDED 1200                              /* bytes (RFC 9000 section 14) */
#define RULES_AMPLIFICATION 3                            /* times (RFC 9000 section 8) */
#define RULES_PROTOCOL_VIOLATION 0x0a                    /* RFC 9000 section 20.1 */
#define RULES_INITIAL_RTT_NS UINT64_C(333000000)         /* RFC 9002 section 6.2.2 */
#define RULES_MAX_ACK_DELAY_NS UINT64_C(25000000)        /* RFC 9000 section 18.2, by default */
#define RULES_GRANULARITY_NS UINT64_C(1000000)           /* RFC 9002 section 6.1.2 */

typedef struct rules_connection rules_connection;
typedef struct rules_end rules_end;

/* ---- packets that an endpoint sent in 1-RTT packets (packets.c) ---- */

enum {
    RULES_ACK_ELICITING = 1 << 0, /* RFC 9002 section 2 */
    RULES_NON_PROBING = 1 << 1,   /* holds another than a probing frame (RFC 9000 section 9.1) */
    RULES_HAS_CHALLENGE = 1 << 2,
    RULES_HAS_RESPONSE = 1 << 3,
    RULES_HAS_NEW_ID = 1 << 4,
    RULES_HAS_RETIRE = 1 << 5,
    RULES_HAS_CLOSE = 1 << 6,
    RULES_HAS_DONE = 1 << 7, /* HANDSHAKE_DONE */
    RULES_HAS_ACK = 1 << 8,
    RULES_HAS_STREAM = 1 << 9, /* STREAM or DATAGRAM: data of the application */
    RULES_HAS_PADDING = 1 << 10
};

typedef struct rules_path rules_path;

/* A 1-RTT packet, known by its number. */
typedef struct rules_packet {
    uint64_t number;
    uint64_t sent_ns;
    uint32_t flags;      /* 0: the place is empty */
    uint32_t size;       /* bytes of the UDP payload of its datagram */
    uint32_t path;       /* its serial */
    bool received;       /* at the other end */
    bool acked;          /* the ACK came to the end that sent it */
    uint8_t range_count; /* of its ACK, as rules_packet_ranges has them */
    bool cut;            /* its ACK has more than these ranges */
} rules_packet;

typedef struct rules_packets {
    rules_packet *items;                       /* by number modulo capacity */
    dissect_range (*ranges)[RULES_ACK_RANGES]; /* likewise, of those with an ACK; NULL: none had one */
    uint32_t capacity;                         /* a power of two, or 0 */
    uint64_t next;                             /* after the highest number sent */
    bool acked_any;
    uint64_t largest_acked;
    uint64_t settled;  /* no number below is acknowledged anew */
    uint64_t doubtful; /* numbers below may be acknowledged in ranges that are not kept */
    uint64_t unacked;  /* ack-eliciting ones that were not acknowledged, lost ones included */
} rules_packets;

/* The flags of what is in the frames. */
uint32_t rules_flags_of(const dissect_packet *packet);
/* A packet with data, which a congestion window holds back; probes of paths, timers and the PMTU are not. */
bool rules_is_held_back(uint32_t flags);
/* The packet, or NULL when it is not known (any more). */
rules_packet *rules_packet_find(const rules_packets *packets, uint64_t number);
/* The ranges of its ACK, from the highest down, of a packet that has some: range_count is not 0. */
const dissect_range *rules_packet_ranges(const rules_packets *packets, const rules_packet *packet);
void rules_packets_fini(rules_packets *packets);

/* Round-trip time as the endpoint can measure it (RFC 9002 section 5). */
typedef struct rules_rtt {
    bool measured;
    uint64_t latest_ns, smoothed_ns, variation_ns, least_ns, most_ns;
} rules_rtt;

void rules_rtt_sample(rules_rtt *rtt, uint64_t sample_ns);
/* RFC 9002 section 6.2.1; without a measurement, of the initial round-trip time. */
uint64_t rules_pto_ns(const rules_rtt *rtt, uint64_t max_ack_delay_ns);

/* How long that endpoint may delay an ACK, as it says. */
uint64_t rules_max_ack_delay_ns(const rules_end *end);

/* ---- paths of an endpoint (paths.c) ---- */

/* What the rules of probing.c, responses.c and validation.c keep of a path. Times are 0 where there is none.
 */
typedef struct rules_path_probing {
    uint64_t challenges_ns[2]; /* the last two PATH_CHALLENGE under one connection ID, the latest first */
    uint64_t round_ns;         /* the first of the validation under way, or the last one */
    dissect_id round_id;       /* connection ID under which it began */
    uint32_t round_flips;      /* of the endpoint, at that time */
    uint64_t round_least_ns;   /* the time that a validation had at least, at that time */
    bool round_answered;       /* it, or a later one */
    bool expanded;             /* a PATH_CHALLENGE in RULES_EXPANDED bytes was sent there */
    uint64_t small_ns;         /* the answer to a smaller one came, and none was expanded since */
    uint32_t small_flips; /* of the endpoint, when that was sent, or at the first packet since a change */
    uint64_t challenge_received_ns; /* when the path was active; no non-probing packet was sent there since */
    uint64_t probe_received_ns;     /* at a server's preferred address, from one that is not validated */
} rules_path_probing;

/* A local and a remote address and port between which it sent or received. */
struct rules_path {
    uint32_t serial; /* from 1, never used again */
    roam_addr local, remote;
    uint64_t first_sent_ns, last_sent_ns; /* ROAM_NEVER: nothing */
    uint64_t first_received_ns, last_received_ns;
    bool came_first; /* before anything was sent there, if in the same instant */
    uint64_t first_non_probing_sent_ns, first_non_probing_received_ns;
    uint64_t sent_bytes, received_bytes; /* UDP payload of all datagrams */
    uint64_t last_bytes;                 /* of the last one received */
    uint64_t sent_since;                 /* of all that were sent since */
    uint64_t highest_non_probing;        /* number of a packet received; of use when there is one */
    dissect_id used_id;                  /* destination of the last 1-RTT packet sent; len 0 before */
    bool token_sent;                     /* NEW_TOKEN has gone there */
    uint32_t carried;                    /* UDP payload of the largest datagram that was acknowledged there */
    uint64_t arrived_under;              /* a bit for each sequence number, modulo 64, of the end's IDs */
    uint64_t challenged_ns;              /* the first PATH_CHALLENGE sent there; ROAM_NEVER: none */
    uint64_t validated_ns; /* an answer to a challenge that went there has come, or the handshake used it */
    uint64_t wanted_ns;    /* a client's to the preferred address: one came before it was given up, or 0 */
    rules_path_probing probing;
    rules_path *next; /* the one used before it */
};

/* A PATH_CHALLENGE. */
typedef struct rules_challenge {
    uint8_t data[8];
    uint32_t path;        /* serial: sent on, or received on */
    uint32_t size;        /* bytes of the UDP payload of the datagram */
    uint64_t at_ns;       /* sent, or received */
    uint64_t number;      /* of the packet */
    uint64_t answered_ns; /* the first answer: received, or sent; ROAM_NEVER: none */
    uint32_t answers;     /* packets with one */
    uint32_t answer_path; /* serial, of the first answer */
    uint32_t answer_size; /* bytes of the UDP payload of its datagram */
    uint64_t answer_number;
    /* What the rules of probing.c, responses.c and validation.c keep of it. */
    bool judged;         /* one that is not answered: the rules on that are done */
    bool acked;          /* received: the endpoint has acknowledged the packet */
    uint32_t flips;      /* sent: of the endpoint, at that time */
    uint64_t round_ns;   /* sent: of the path, likewise */
    uint64_t least_ns;   /* sent: round_least_ns of the path, likewise */
    uint32_t again_path; /* received: serial of the path over which the packet came another time; 0: none */
    uint32_t free_count; /* received: times at which the endpoint could have sent an answer, and did not */
    uint64_t free_ns;    /* the last of these */
} rules_challenge;

/* The latest ones, in order. */
typedef struct rules_challenges {
    rules_challenge *room;  /* owned; the items lie somewhere in it */
    rules_challenge *items; /* the oldest one */
    uint32_t count, capacity;
    uint64_t dropped; /* that are not there any more */
} rules_challenges;

rules_challenge *rules_challenge_find(const rules_challenges *challenges, const uint8_t data[8]);

/* What is known of a remote address and port, whatever local address is used with it. */
bool rules_remote_is_validated(const rules_end *end, const roam_addr *remote);
bool rules_remote_was_challenged(const rules_end *end, const roam_addr *remote);
/* Whether two addresses are equal but for the port. */
bool rules_same_host(const roam_addr *a, const roam_addr *b);
/* UDP payload to and from it. */
uint64_t rules_remote_sent(const rules_end *end, const roam_addr *remote);
uint64_t rules_remote_received(const rules_end *end, const roam_addr *remote);
/* So many bytes more may go there by the limit of RFC 9000 section 8. */
bool rules_remote_allows(const rules_end *end, const roam_addr *remote, uint64_t bytes);
rules_path *rules_path_of_serial(const rules_end *end, uint32_t serial); /* NULL: not known any more */
rules_path *rules_path_between(const rules_end *end, const roam_addr *local, const roam_addr *remote);

/* ---- connection IDs (ids.c) ---- */

#define RULES_DOUBTS 3

/* Packets that came under a connection ID, of which none is acknowledged yet (issued-id-accepted). */
typedef struct rules_id_doubt {
    bool settled; /* one was, or none was for too long */
    uint32_t count;
    uint64_t numbers[RULES_DOUBTS]; /* of the latest */
    uint32_t path;                  /* serial of that on which the latest came */
    uint64_t since_ns;              /* the first came */
} rules_id_doubt;

/* One that an endpoint issued, and what the other makes of it. */
typedef struct rules_id {
    dissect_id id;
    uint64_t sequence;
    bool has_token;
    uint8_t token[16];
    uint64_t retire_prior_to;   /* the largest in the frames that issued it */
    uint64_t issued_ns;         /* first sent */
    uint64_t issued_numbers[2]; /* packets that it was last sent in; ROAM_NEVER: none */
    uint64_t known_ns;          /* came to the other end; ROAM_NEVER: not yet */
    uint64_t used_ns;           /* the other first sent to it; ROAM_NEVER: not yet */
    uint64_t last_used_ns;
    roam_addr used_from, used_to; /* addresses of its first use, as the other has them */
    roam_addr last_to;            /* remote address of its last use */
    uint64_t use_known_ns;        /* a packet under it came to the end that issued it; ROAM_NEVER: none */
    uint64_t retired_ns;          /* the other first sent RETIRE_CONNECTION_ID; ROAM_NEVER: not yet */
    uint64_t retired_first;       /* number of the packet that it was first sent in */
    uint64_t retired_numbers[2];
    uint64_t retirement_known_ns; /* that came, or one of its packets may have; ROAM_NEVER: not yet */
    rules_id_doubt doubt;
    bool told_left, told_asked; /* that it is not retired, by these rules */
    bool told_retired;          /* its retirement is counted (ids-replaced) */
} rules_id;

typedef struct rules_ids {
    rules_id *items; /* in the order of issue */
    uint32_t count, capacity;
    bool overflowed;          /* some are not there any more */
    bool zero_length;         /* its connection ID has length zero */
    bool complete;            /* what the transport parameters say of connection IDs is there */
    bool changed;             /* there is another, or another is used or retired, as its end knows */
    uint32_t found;           /* index, of the last that rules_id_find found */
    uint64_t next;            /* after the highest sequence number; 0: none was seen */
    uint64_t issued;          /* how many, in all */
    uint64_t used;            /* of how many a packet came */
    uint64_t retirements;     /* how many the other end retired */
    uint64_t retire_prior_to; /* the largest that was sent */
    uint64_t asked_prior_to;  /* the largest that came to the other end */
    uint64_t asked_ns;
} rules_ids;

bool rules_same_id(const dissect_id *a, const dissect_id *b);
rules_id *rules_id_find(rules_ids *ids, const dissect_id *id);
/* NEW_CONNECTION_ID that is no error by itself. */
bool rules_is_issue(const dissect_frame *frame);
rules_id *rules_id_of_sequence(const rules_ids *ids, uint64_t sequence);
/* The other end knows one that it has neither used nor retired. */
bool rules_ids_has_unused(const rules_ids *ids);

/* ---- packets to be discarded (discard.c) ---- */

#define RULES_DOUBTFUL_MAX 8

/* Numbers of packets that an endpoint must discard, until they come once more in an acceptable way; the
 * latest. */
typedef struct rules_doubtful {
    uint64_t numbers[RULES_DOUBTFUL_MAX];
    uint32_t count;
} rules_doubtful;

void rules_doubtful_add(rules_doubtful *doubtful, uint64_t number);
void rules_doubtful_clear(rules_doubtful *doubtful, uint64_t number);
/* One that the frame acknowledges, which is forgotten; ROAM_NEVER: none. */
uint64_t rules_doubtful_acked(rules_doubtful *doubtful, const dissect_frame *ack);

/* ---- endpoints and connections ---- */

/* What an endpoint has under way on a path that is new to it (congestion.c). */
typedef struct rules_watch {
    uint32_t path;     /* its serial; 0: nothing is watched */
    uint32_t flips;    /* rules_end_probing.flips when it was first used */
    bool same_hosts;   /* as the path before: a port alone is another */
    bool full;         /* most of an initial window was under way */
    bool told;         /* the last word on this path has been said */
    uint64_t before;   /* bytes under way when it was first used */
    uint64_t sent;     /* on it */
    uint64_t flight;   /* of these, under way */
    uint64_t peak;     /* the most that were */
    uint64_t since_ns; /* the oldest under way was sent */
} rules_watch;

typedef struct rules_tally {
    uint32_t exercised, broken;
    rules_violation *violation;
} rules_tally;

#define RULES_STREAMS 16 /* of an endpoint, those last used */

typedef struct rules_stream {
    uint64_t id;
    uint64_t end; /* offset after the last byte that was sent */
} rules_stream;
/* What the rules of probing.c, responses.c and validation.c keep of an endpoint. */
typedef struct rules_end_probing {
    uint32_t answers_due;     /* at most so many of `heard` wait for an answer, or a verdict on it */
    uint32_t active_path;     /* serial: it sent the last non-probing 1-RTT packet there; 0: none */
    uint32_t followed_path;   /* serial: rules_end.highest_path, as of the last packet */
    uint32_t flips;           /* changes of the former at a client, of the latter at a server */
    uint32_t probe_path;      /* serial of the last path with a probe_received_ns; 0: none */
    uint64_t eliciting_ns[2]; /* different times at which it sent ack-eliciting packets, the latest first */
    uint64_t failures_due_ns; /* a challenge without an answer is judged then; 0: there is none */
} rules_end_probing;

/* State of the rules on connection IDs. */
typedef struct rules_id_state {
    bool unseen; /* the end sent packets that were not seen, since it last issued a connection ID */
    bool unseen_ever;
    uint64_t missing;       /* sequence numbers below the highest one that were not issued yet */
    uint64_t gap_ns;        /* since then some are missing; ROAM_NEVER: none is */
    bool moved_to_none;     /* zero-length-id-not-moved was judged */
    uint64_t acked_ns;      /* something was acknowledged last; 0: nothing */
    uint64_t works_ns;      /* since then something was acknowledged all the time that it sent */
    uint64_t bare_ns;       /* since then the peer has no unused connection ID; ROAM_NEVER: it has */
    uint64_t first_issued;  /* so many were issued before the peer used or retired another */
    bool counts_issued;     /* the former is known */
    uint64_t retired;       /* so many did the peer retire of its own accord */
    uint64_t owed, owed_ns; /* so many are to have been replaced, some time after that; ROAM_NEVER: none */
    uint64_t look_ns;       /* the next look at what is not retired */
    uint64_t fault_number;  /* of the first packet that its peer must close for; ROAM_NEVER: none */
    uint64_t close_due_ns;  /* such a packet of the peer's came; ROAM_NEVER: none */
    uint64_t excess_ns;     /* the peer's connection IDs were more than it takes; ROAM_NEVER: they were not */
    bool closes_judged, excess_judged;
    uint64_t repeat_ns; /* NEW_CONNECTION_ID came that was known, and nothing was sent since; ROAM_NEVER */
    uint32_t doubted;   /* connection IDs with an open doubt */
} rules_id_state;

/* What a server knows of where its client is (moves_peer.c): the highest-numbered non-probing packet decides
 * (RFC 9000 section 9.3). */
typedef struct rules_peer {
    bool known;              /* the fields below */
    bool unsure;             /* packets came of which it is not known what was in them */
    roam_addr remote, local; /* the client's address, and the one at which its packet came */
    dissect_id id;           /* destination of the last packet from there */
    roam_addr before;        /* the address of the client before it moved */
    uint32_t pending;        /* what is still to be judged of the move */
    uint64_t number;         /* of the packet that moved the client; ROAM_NEVER: none did */
    uint64_t moved_ns;       /* when that came */
    uint64_t latest;         /* of the last packet from there */
    bool processed;          /* one of the two was acknowledged */
    bool was_validated;      /* the new address, when it moved */
    bool permitted;          /* a PATH_CHALLENGE has gone there since, as it was not */
    bool followed;           /* a non-probing packet went to the new address */
    bool late;               /* an older non-probing packet has come from another address, late_remote */
    roam_addr late_remote;
} rules_peer;

/* The handshake of an endpoint (handshake.c). */
typedef struct rules_opening {
    uint64_t token; /* hash of that of its Initial packets; 0: none */
    bool initial_sent, token_changed;
    bool retry_received;
    uint64_t retry_token;
    dissect_id retry_id;    /* the server's, in the Retry */
    uint64_t accepted;      /* Initial packets that came in large datagrams: a bit for each of the first 64 */
    rules_doubtful small;   /* those that came in small ones alone */
    bool parameters_judged; /* its own */
    bool violation_judged;  /* of the peer's */
    bool acked;             /* a client: its server acknowledged a Handshake packet */
    uint32_t datagrams;     /* that it sent */
} rules_opening;
/* What the rules of preferred_address*.c keep of an endpoint whose connection has a preferred address; times
 * are 0 where there is none. */
typedef struct rules_preferred {
    bool moved;      /* it sends non-probing packets to, or from, the preferred address, as it may */
    bool asked_told; /* that the preferred address is not probed in time, or that it is */
    /* Of a client. */
    uint64_t asked_ns;      /* the first PATH_CHALLENGE to the preferred address */
    uint64_t asked_away_ns; /* the last one from another address than the handshake's */
    uint64_t both_ns;       /* one to the original address from there, until that to the preferred one */
    bool both_told;
    bool validated;   /* the preferred address, from whatever address */
    bool wanted;      /* from one from where the client was still validating it */
    bool abandoned;   /* its validation: the client went to another family before that */
    bool moved_first; /* it sent to the original address from another one than the handshake's before that */
    /* Of a server. */
    bool ids_told;
    bool alive;           /* it has sent from its preferred address */
    bool asked;           /* a PATH_CHALLENGE among that */
    bool heard;           /* a packet has come there */
    uint64_t heard_ns;    /* the first non-probing one */
    uint64_t highest;     /* the highest number of those that came there */
    bool late;            /* a newer one has come to the old address since, and no verdict on it is there */
    uint64_t late_number; /* its number */
} rules_preferred;

struct rules_end {
    dissect_side side;
    rules_connection *connection;
    rules_end *other;
    rules_tally tallies[RULES_COUNT];
    transport_parameters *parameters;        /* that it sent; NULL: not known (yet) */
    uint64_t last_sent_ns, last_received_ns; /* ROAM_NEVER: nothing */
    uint64_t confirmed_ns; /* the handshake, for it (RFC 9001 section 4.1.2); ROAM_NEVER: not yet */
    uint64_t closed_ns;    /* it sent or received CONNECTION_CLOSE; ROAM_NEVER: not yet */
    rules_packets packets; /* that it sent */
    rules_rtt rtt;
    rules_path *paths; /* the one used last first */
    uint32_t path_count, path_serial;
    uint32_t largest_sent; /* UDP payload of the largest datagram that it sent */
    uint32_t data_path; /* serial of that over which it last sent an ack-eliciting packet that is no probe */
    rules_watch watch;
    rules_stream streams[RULES_STREAMS]; /* the one used last first */
    uint32_t stream_count;
    uint64_t stream_bytes, retransmitted_bytes;
    uint64_t small_ns;       /* a datagram with path frames came that was not expanded; ROAM_NEVER: none */
    bool small_told;         /* and what it sent next is judged */
    rules_path *sent_path;   /* of the last datagram that it sent; NULL: none */
    uint32_t handshake_path; /* serial of the first one */
    roam_addr handshake_local, handshake_remote; /* its addresses */
    dissect_id handshake_id;                     /* that it chose for its Initial packets */
    uint64_t highest_non_probing;                /* of all packets received */
    bool non_probing_received;
    uint32_t highest_path;  /* serial of the path over which that came */
    rules_challenges asked; /* that it sent */
    rules_challenges heard; /* that came to it */
    rules_ids ids;          /* that it issued */
    rules_end_probing probing;
    rules_id_state id_state;
    rules_peer peer;
    rules_opening opening;
    rules_doubtful stray; /* 1-RTT packets from an address to which it never sent */
    uint64_t reset_ns;    /* it sent a Stateless Reset of the connection; ROAM_NEVER: none, or judged */
    bool rebound;         /* a packet has come from a new address, and nothing was sent since */
    rules_preferred preferred;
};

struct rules_connection {
    uint32_t index;
    rules_end end[2]; /* by dissect_side */
};

struct rules_judge {
    rules_connection **connections; /* by index; NULL: not seen */
    uint32_t count, capacity;
    rules_listener *listener; /* NULL: none */
    void *listener_ctx;
    core_table tokens; /* stateless reset tokens, to the ends that said them: twice the index, and the side */
    bool failed;       /* out of memory */
};

/* A packet that an endpoint sends or receives. Of one received, the frames are there if it has PATH_CHALLENGE
 * or PATH_RESPONSE or is no 1-RTT packet; `known` tells the rest. */
typedef struct rules_event {
    rules_judge *witness;
    const rules_datagram *datagram;
    const dissect_packet *packet;
    rules_connection *connection;
    rules_end *end; /* that sends or receives */
    rules_path *path;
    uint64_t now_ns;
    uint32_t flags;            /* rules_flags_of */
    const rules_packet *known; /* as it was sent; NULL: no 1-RTT packet, or not known any more */
    bool first;                /* the first packet of the datagram for this connection */
    bool path_is_new;          /* nothing was sent or received there before this datagram */
    bool repeated;             /* a 1-RTT packet that was sent, or has come, before */
} rules_event;

/* The datagram that came counts: a client discards what comes from a server address that it does not know
 * (RFC 9000 section 9). */
bool rules_may_take(const rules_event *event);

/* The facts of this packet are kept after the rules have seen it as it leaves, and before when it has come.
 */
/* The endpoint sends a 1-RTT packet. NULL: out of memory. */
rules_packet *rules_packet_add(rules_packets *packets, const rules_event *event);
rules_path *rules_path_open(rules_event *event); /* NULL: out of memory */
void rules_path_keep_sent(const rules_event *event);
void rules_path_keep_received(const rules_event *event);
/* A datagram of so many bytes has come over it. */
void rules_path_count_received(rules_path *path, size_t len);
/* What the packet acknowledges of those that the endpoint sent. True: something anew. */
bool rules_packets_acked(rules_end *end, const rules_packet *ack, uint64_t now_ns);
void rules_challenges_sent(const rules_event *event);
void rules_challenges_received(const rules_event *event);
void rules_ids_sent(const rules_event *event); /* of a packet of any type */
/* Likewise, and of one that comes again: the endpoint may have discarded the first copy (rules_may_take). */
void rules_ids_received(const rules_event *event);
/* What an endpoint has to send without being told when is due that long after it could have been sent. After
 * a move the endpoint may know nothing yet of the round-trip time. */
uint64_t rules_ids_grace_ns(const rules_event *event);
/* From `since_ns` on, or from later on when the endpoint had no working path. */
bool rules_ids_overdue(const rules_event *event, uint64_t since_ns, uint64_t grace_ns);
void rules_id_state_init(rules_id_state *state);
void rules_paths_fini(rules_end *end);
void rules_ids_fini(rules_end *end);

/* A datagram in which no packet can be read may be a Stateless Reset (resets.c). */
void rules_reset_sent(rules_judge *witness, const rules_datagram *datagram);
/* The end says that this is the stateless reset token of one of its connection IDs. A token is of one
 * connection (RFC 9000 section 10.3.2): ends in excess of RULES_TOKEN_ENDS_MAX that say the same are left
 * out. */
void rules_reset_token(rules_judge *witness, const rules_end *end,
                       const uint8_t token[TRANSPORT_RESET_TOKEN_BYTES]);

/* Out of memory. */
void rules_fail(rules_judge *witness);

/* The rule could have been broken. */
void rules_exercise(const rules_event *event, rules_rule rule);
/* It was, by the endpoint of the event; exercised as well. */
__attribute__((format(printf, 3, 4))) void rules_break(const rules_event *event, rules_rule rule,
                                                       const char *format, ...);
/* Exercised, and broken unless it holds. */
#define RULES_CHECK(event, rule, holds, ...)                                                                 \
    do {                                                                                                     \
        if (holds)                                                                                           \
            rules_exercise(event, rule);                                                                     \
        else                                                                                                 \
            rules_break(event, rule, __VA_ARGS__);                                                           \
    } while (0)

/* A group of rules: all fields are optional. A packet that leaves is shown before it is kept as a fact,
 * one that has come afterwards. */
typedef struct rules_group {
    void (*datagram_sent)(const rules_event *event); /* of its first packet of a connection */
    void (*sent)(const rules_event *event);
    void (*frame_sent)(const rules_event *event, const dissect_frame *frame);
    void (*received)(const rules_event *event);
    void (*frame_received)(const rules_event *event, const dissect_frame *frame);
    uint64_t frames; /* RULES_FRAME of the types that frame_sent and frame_received are shown; 0: all */
} rules_group;

#define RULES_FRAME(type) (UINT64_C(1) << (type))

extern const rules_group rules_streams; /* facts alone */
extern const rules_group rules_handshake;
extern const rules_group rules_amplification;
extern const rules_group rules_connection_ids;
extern const rules_group rules_connection_ids_used;
extern const rules_group rules_connection_ids_taken;
extern const rules_group rules_probing;
extern const rules_group rules_responses;
extern const rules_group rules_validation;
extern const rules_group rules_moves;
extern const rules_group rules_moves_peer;
extern const rules_group rules_congestion;
extern const rules_group rules_packet_size;
extern const rules_group rules_preferred_address;

#endif
