/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_RULES_RULES_H
#define SIM_VERDICT_RULES_RULES_H

/*
 * The witness: judges QUIC connections by the requirements of RFC 9000 on migration, from packets alone. It
 * is given the datagrams that an endpoint sends and receives, at that endpoint, decrypted
 * (sim/wire/dissect.h), and nothing of what the endpoint says of itself; so that its verdict is one on any
 * QUIC library, in the simulator or in a capture.
 *
 * A rule checks one or more requirements (requirements.h), at each endpoint of each connection by itself. A
 * rule that depends on what an endpoint does not send is judged when that endpoint sends something later.
 *
 * Input may be hostile. Memory grows with connections, and is bounded for each of them: of what exceeds the
 * bounds, the latest counts, and a rule that would need more is not exercised.
 */

#include "core/roam.h"
#include "sim/verdict/rules/rule_list.h"
#include "sim/wire/transport_parameters.h"

#define RULES_TEXT_MAX 224
#define RULES_BYTES_MAX 64
#define RULES_BELATED_NS UINT64_C(3000000000)

typedef enum rules_rule {
#define RULE(NAME, name) RULES_##NAME,
    RULES_LIST(RULE)
#undef RULE
        RULES_COUNT
} rules_rule;

/* "challenge-padded". */
const char *rules_name(rules_rule rule);
/* What the rule is first of all about (requirement_principal); never NULL. */
const struct requirement *rules_requirement(rules_rule rule);
/* RULES_COUNT: there is none of that name. */
rules_rule rules_find(const char *name);

typedef enum rules_verdict {
    RULES_NOT_EXERCISED,
    RULES_PASS,
    RULES_BROKEN,
    RULES_DECLINED /* what the rule checks is a MAY alone, and the endpoint did otherwise */
} rules_verdict;

/* "not exercised", "pass", "broken", "declined". */
const char *rules_verdict_name(rules_verdict verdict);

typedef enum rules_ip {
    RULES_IP_UNKNOWN, /* its header is not there */
    RULES_IP_WHOLE,   /* IPv6 without a fragment header, or IPv4 with DF */
    RULES_IP_FRAGMENT /* a fragment, or IPv4 without DF */
} rules_ip;

/* A datagram at an endpoint: as it leaves its host, or as it has come there. */
typedef struct rules_datagram {
    uint64_t now_ns;         /* never less than that of the one before */
    roam_addr local, remote; /* of the endpoint, and the other's, as its host has them */
    rules_ip ip;             /* its IP header, when it leaves */
    bool belated; /* its timers stood still, and run again since less than RULES_BELATED_NS: no rule
                   * is judged to be broken by it */
    uint32_t initial_window; /* of the endpoint at this host, in packets; 0: that of RFC 9002 section 7.2 */
    const uint8_t *payload;  /* of UDP */
    size_t len;
    /* Of dissect_datagram for one that leaves, and of dissect_arrival for one that comes, or of
     * dissect_datagram for both when it was seen once alone. */
    const dissect_view *view;
} rules_datagram;

typedef struct rules_judge rules_judge;

/* ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int rules_new(rules_judge **out);
void rules_free(rules_judge *judge); /* NULL is fine */

/* The transport parameters of an endpoint, which are copied: for views that no dissector made; of the others
 * they are asked for. Before the datagrams to which they matter. */
void rules_parameters(rules_judge *judge, uint32_t connection, dissect_side side,
                      const transport_parameters *parameters);

/* An endpoint sends a datagram; it comes to the endpoint that it is for. Only of connections whose endpoint
 * this host is: what passes on its way elsewhere, or was forged, is not given; and, of what it sends,
 * datagrams of no known connection, which may be Stateless Resets. */
void rules_sent(rules_judge *judge, const rules_datagram *datagram);
void rules_received(rules_judge *judge, const rules_datagram *datagram);

/* A rule is broken, or a MAY declined, by an endpoint, with the packet that is shown. */
typedef struct rules_breach {
    uint32_t connection;
    dissect_side side;
    rules_rule rule;
    bool first;       /* of this rule by that endpoint */
    const char *text; /* as in rules_violation; valid during the call */
} rules_breach;

typedef void rules_listener(void *ctx, const rules_breach *breach);

/* Is called within rules_sent and rules_received, at each breach. */
void rules_listen(rules_judge *judge, rules_listener *listener, void *ctx);

/* ROAM_ERR_NO_MEMORY: at some time there was none, and the verdicts are not to be trusted. */
ROAM_CHECKED int rules_finish(rules_judge *judge);

/* Connections seen: indices of sim/wire/dissect.h below that; not all need to be there. */
uint32_t rules_connection_count(const rules_judge *judge);

/* What an endpoint sent in all. */
typedef struct rules_facts {
    uint32_t ids_used;     /* connection IDs that its 1-RTT packets went to */
    uint32_t packet_size;  /* the largest datagram that came through on the path of its last packet, at least
                              1200;  UDP payload; 0: it sent none */
    uint64_t stream_bytes; /* data in STREAM frames */
    uint64_t retransmitted_bytes; /* of these, what the stream had sent before */
} rules_facts;

rules_facts rules_facts_of(const rules_judge *judge, uint32_t connection, dissect_side side);

/* The first violation of a rule by an endpoint. */
typedef struct rules_violation {
    uint64_t at_ns;
    dissect_packet_type type;
    uint64_t number;                /* of the packet with which it showed; ROAM_NEVER: of none */
    char text[RULES_TEXT_MAX];      /* "a datagram with PATH_CHALLENGE has 57 bytes" */
    size_t len;                     /* bytes of the UDP payload of its datagram */
    uint8_t bytes[RULES_BYTES_MAX]; /* the first of those */
} rules_violation;

/* What came of a rule at one endpoint of a connection. */
typedef struct rules_outcome {
    rules_verdict verdict;
    uint32_t exercised;               /* how often it could have been broken */
    uint32_t broken;                  /* how often it was */
    const rules_violation *violation; /* the first; NULL: none. Valid until the witness is freed. */
} rules_outcome;

rules_outcome rules_outcome_of(const rules_judge *judge, uint32_t connection, dissect_side side,
                               rules_rule rule);

#endif
