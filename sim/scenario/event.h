/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_EVENT_H
#define SIM_SCENARIO_EVENT_H

/*
 * An event of the timeline: a head that all have, and what its verb adds. The verbs are one list; each is
 * described by sim/scenario/verbs/X.c (its keys, checks and words) and carried out by sim/world/timeline.c.
 */

#include "sim/scenario/scenario.h"

#include <assert.h>

/* In the order in which messages and the schema name them. The comment says which fields count. */
#define SCENARIO_VERBS(VERB)                                                                                 \
    VERB(ATTACH)    /* node, network: the node gets an address there */                                      \
    VERB(DETACH)    /* node, network: address and link are gone */                                           \
    VERB(SET)       /* network, node or none, direction; set */                                              \
    VERB(LINK_DOWN) /* node, network: nothing passes, the address stays */                                   \
    VERB(LINK_UP)   /* node, network: undoes down */                                                         \
    VERB(BLACKHOLE) /* node, network, direction: packets are eaten silently */                               \
    VERB(HEAL)      /* node, network, direction, ends: ends faults; also made of their `for:` */             \
    VERB(MIGRATE)   /* node, to and peer or none, network or none; call */                                   \
    VERB(SAY)       /* text: a remark in the record of events */                                             \
    VERB(RESTART)   /* node; restart: its endpoint is gone; START follows, unless after the end. Or nat */   \
    VERB(SHUFFLE)   /* nat; bindings: they move */                                                           \
    VERB(EXPIRE)    /* nat, to or none; bindings: they are forgotten */                                      \
    VERB(STALE)     /* nat, direction; bindings: they pass nothing any more that way */                      \
    VERB(RENUMBER)  /* network; prefix: its hosts get new addresses there, the old ones are gone */          \
    VERB(TEMPORARY) /* node, network: one more address there, the old one is deprecated (RFC 8981) */        \
    VERB(DIAL)      /* node, to, peer, via or none: the node connects anew */                                \
    VERB(STAGE)     /* node, to, peer, via, network or none: an adapter for the next migration of it */      \
    VERB(REFUSE)    /* node, network: sockets there can no more be opened */                                 \
    VERB(PERMIT)    /* node, network: they can again; also made of `for:` of a refuse */                     \
    VERB(WATCHDOG)  /* node, network or none; watchdog */                                                    \
    VERB(TRACE)     /* network, node or none, direction; trace */                                            \
    VERB(MTU)       /* network, node or none; mtu */                                                         \
    VERB(WALK)      /* node, network of wifi; walk: it moves */                                              \
    VERB(DROP)      /* node, network, direction; impair: of packets that it chooses */                       \
    VERB(DUPLICATE) /* likewise */                                                                           \
    VERB(REORDER)   /* likewise */                                                                           \
    VERB(CORRUPT)   /* likewise */                                                                           \
    VERB(SUSPEND)   /* node: its timers stand still and it hears nothing, until WAKE */                      \
    VERB(HOLD)      /* network, node or none, direction; hold: its links keep their packets */               \
    VERB(DRAIN)     /* node, to: a server and the service that gives it no new connections any more */       \
    VERB(REMOVE)    /* likewise: nothing goes to it any more */                                              \
    VERB(RESTORE)   /* likewise: undoes both */                                                              \
    VERB(REROUTE)   /* likewise, network or none: all that comes from there goes to it */                    \
    VERB(ATTACK)    /* node: an attacker; to, peer: of the connection; attack */                             \
    VERB(RECONNECT) /* node, to and peer or none, network or none, via or none; call */                      \
    VERB(JOIN)      /* node, to: it enters the overlay through that one; both have membership */             \
    VERB(LEAVE)     /* node: it tells its neighbours in the overlay, and is out */                           \
    VERB(PARTITION) /* partition: sets of networks do not hear each other */                                 \
    VERB(FORGE)     /* node; forgery: it says that to all with whom it is connected */                       \
    /* Those that `for:` alone makes: */                                                                     \
    VERB(WAKE)       /* node: of a suspend */                                                                \
    VERB(START)      /* node; restart: a new endpoint of the same identity; of a restart. Or nat */          \
    VERB(STAND_DOWN) /* as the attack that it ends */                                                        \
    VERB(REJOIN)     /* as the partition that it ends */                                                     \
    VERB(WITHDRAW)   /* network, node or none: what an overlap has deprecated is gone */

#define SCENARIO_VERB_ENUMERATOR(NAME) SCENARIO_##NAME,
typedef enum scenario_verb { SCENARIO_VERBS(SCENARIO_VERB_ENUMERATOR) } scenario_verb;

/* --- what the verbs add --- */

/* set: only those fields of link count that changes names. */
typedef struct scenario_set {
    uint32_t changes; /* SCENARIO_CHANGE_ bits, at least one */
    uint64_t over_ns; /* in steps, at the value when this is over; 0: at once */
    scenario_link link;
} scenario_set;

/* trace: a series of changes, from a file. */
typedef struct scenario_trace_row {
    uint64_t at_ns; /* from the event's time; each at least 1 ms after the one before */
    uint32_t changes;
    scenario_link link;
} scenario_trace_row;

typedef struct scenario_trace {
    const scenario_trace_row *rows;
    size_t count;     /* at least 1 */
    uint32_t changes; /* of all rows together */
    bool repeat;      /* from the beginning again, at the time of its last row */
} scenario_trace;

typedef enum scenario_mode { SCENARIO_VALIDATE_FIRST, SCENARIO_FOLLOW_FIRST } scenario_mode;

/* migrate, watchdog, reconnect: what it is called with. */
typedef struct scenario_call {
    uint64_t timeout_ns; /* budget; default 5 s */
    scenario_mode mode;  /* default validate-first; of no meaning for a reconnect */
    const char *label;   /* `as:`, shared by all repetitions; NULL when not given */
} scenario_call;

/* When a watchdog calls for a migration: as roam_watchdog_options. */
typedef struct scenario_watchdog {
    scenario_call call;
    uint64_t threshold_ns; /* default 200 ms */
    uint64_t sample_ns;    /* default 5 s */
    uint64_t silence_ns;   /* default 0: off */
    uint32_t strikes;      /* default 2 */
} scenario_watchdog;

typedef enum scenario_change { SCENARIO_AS_BEFORE, SCENARIO_DISABLED, SCENARIO_ENABLED } scenario_change;

/* restart, start. Of a NAT: all is 0. */
typedef struct scenario_restart {
    bool leave;                       /* restart: closes its connections first */
    bool redial;                      /* start: dials again what the node dials, by peers */
    scenario_change active_migration; /* what becomes of disable_active_migration */
} scenario_restart;

/* Whose bindings of a NAT an event is about: those of hosts, or of NATs behind it. */
typedef struct scenario_subscribers {
    const uint32_t *nodes; /* these nodes'; without nodes those of all that have bindings ... */
    size_t count;
    uint32_t number; /* ... or, not 0, of so many of them drawn at random ... */
    uint32_t share;  /* ... or, not 0, of that share, parts per billion, rounded up */
} scenario_subscribers;

/* shuffle, expire, stale */
typedef struct scenario_bindings {
    scenario_subscribers subscribers;
    uint64_t over_ns;  /* one subscriber after the other, evenly in that time; 0: at once */
    nat_change change; /* shuffle */
} scenario_bindings;

/* renumber, regenerate */
typedef struct scenario_renumber {
    scenario_prefix prefix; /* renumber */
    uint64_t overlap_ns;    /* the old addresses are deprecated for so long, and then gone; 0: at once */
} scenario_renumber;

/* What a link carries: IP packets of so many bytes at most. */
typedef struct scenario_mtu {
    uint32_t bytes;
    bool silent; /* the host gets no error: longer packets are dropped on the way up too */
} scenario_mtu;

/* Of links that keep their packets. */
typedef struct scenario_hold {
    uint64_t for_ns;
} scenario_hold;

/* Along a straight line from the access point. */
typedef struct scenario_walk {
    uint64_t to_mm;
    uint64_t over_ns;    /* how long it takes, from 0; SCENARIO_NEVER: by speed */
    uint64_t speed_mmps; /* millimetres a second */
} scenario_walk;

/* What a fault looks for in a datagram. */
typedef enum scenario_frame {
    SCENARIO_FRAME_ANY, /* whatever it holds */
    SCENARIO_FRAME_PATH_CHALLENGE,
    SCENARIO_FRAME_PATH_RESPONSE,
    SCENARIO_FRAME_NEW_CONNECTION_ID,
    SCENARIO_FRAME_ACK_ONLY, /* a packet of ACK and PADDING frames alone */
    SCENARIO_FRAME_STREAM    /* data of one stream */
} scenario_frame;

/* A fault aimed at packets: which of those that enter the link since it began, and what becomes of them. */
typedef struct scenario_impair {
    scenario_verb verb;    /* drop, duplicate, reorder, corrupt */
    uint32_t turn;         /* among those of its link, verb and frame, by beginning, from 0 */
    scenario_frame frame;  /* it is about packets with such a frame, and counts only those; default any */
    uint64_t stream;       /* frame stream: its number */
    const uint32_t *nth;   /* it chooses these, counted from 1, rising; */
    size_t nth_count;      /* 0: not by number */
    uint32_t fraction_ppb; /* each at random, parts per billion; 0: not at random */
    uint64_t count;        /* no more than so many; 0: no limit */
    uint64_t delay_ns;     /* reorder: held back so long, 0: by packets; duplicate: the copy's; at most 1 h */
    uint32_t packets;      /* reorder: held back until so many later ones have passed; 0: by delay */
    uint32_t copies;       /* duplicate: each delay_ns after the one before; default 1 */
    uint32_t bits;         /* corrupt: flips so many bits of the UDP payload, drawn evenly; default 1 */
    bool keep_checksum;    /* corrupt: the UDP checksum is made to fit */
} scenario_impair;

/* What an attacker does. Sections are those of RFC 9000. */
typedef enum scenario_attack_kind {
    SCENARIO_OFF_PATH_FORWARD,   /* §9.3.3: sends copies of from's datagrams from its own addresses */
    SCENARIO_SPOOFED_SOURCE,     /* §9.3.1: from's datagrams come from a victim's address */
    SCENARIO_ON_PATH_REWRITE,    /* §9.3.2: from's datagrams come from the attacker's addresses */
    SCENARIO_CAPTURE,            /* keeps copies of from's datagrams */
    SCENARIO_REPLAYED_MIGRATION, /* sends what it has kept, from its own addresses */
    SCENARIO_CHALLENGE_FLOOD     /* §8.2.2: has from's keys, and sends to with PATH_CHALLENGE frames */
} scenario_attack_kind;

typedef struct scenario_attack {
    scenario_attack_kind kind;
    uint32_t from;        /* node index: whose datagrams to the event's `to` it is about */
    uint32_t victim;      /* spoofed-source: node index */
    uint32_t addresses;   /* the attacker's own, ports of its host, in turn; default 1. challenge-flood: 0,
                             the default, is the address that from had last */
    bool answers;         /* what comes back to the attacker goes on to from; default with off-path-forward */
    uint32_t challenges;  /* challenge-flood: frames a datagram; default 1 */
    uint64_t interval_ns; /* replayed-migration, challenge-flood: between datagrams; default 1 ms */
} scenario_attack;

/* partition: what passes between networks of different sets is dropped; of several, one is enough. */
typedef struct scenario_partition {
    const uint32_t *set_of; /* by network: its set, from 1; 0: in none, so it hears all */
    uint32_t set_count;     /* at least 2 */
} scenario_partition;

/* What a hostile member of an overlay says (core/membership/wire.h). */
typedef enum scenario_forgery {
    SCENARIO_FORGE_ALL, /* one after the other; the last, because the receiver closes the connection on it, */
    SCENARIO_FORGE_TTL, /* walks of 255 hops */
    SCENARIO_FORGE_KEY, /* another's key as its own, and another's name with it */
    SCENARIO_FORGE_SELF,     /* the receiver as a node that joins, and as members of a shuffle */
    SCENARIO_FORGE_JOINS,    /* 200 times JOIN */
    SCENARIO_FORGE_SHUFFLES, /* members that do not exist, at addresses outside and inside of the receiver's
                              */
    SCENARIO_FORGE_OVERSIZE  /* a later version, more members than may be, fewer than it says */
} scenario_forgery;

/* --- an event --- */

/* Fields that a verb does not list above are SCENARIO_NONE, NULL, false or 0. */
struct scenario_event {
    scenario_place place; /* of the entry, the same for all its repetitions */
    scenario_verb verb;
    scenario_verb ends;                 /* made of `for:`: the verb of its entry; else heal */
    const struct scenario_after *after; /* sim/scenario/after.h: what starts it; NULL: its time does */
    uint64_t at_ns;      /* before the scenario's duration; with `after`: from its instant on, until_ns too */
    uint64_t until_ns;   /* of what `for:` ends: when; SCENARIO_NEVER: not */
    uint32_t repetition; /* from 0; of an entry with `every` */
    uint32_t node;       /* node index. set: none means every link of the network, now and attached later */
    uint32_t to;         /* migrate, reconnect: the other end of the connection; none: of each */
    uint32_t peer;       /* migrate, reconnect, dial, stage, attack: index into peers */
    uint32_t network;    /* network index. migrate: none means anew on the network the node is using */
    uint32_t via;        /* dial, stage, reconnect: node index of a relay that forwards to `to` */
    uint32_t nat;        /* NAT index. restart, start: of a NAT, which then has no node */
    scenario_direction direction;    /* default both */
    const struct entry_draft *entry; /* the loader's: what was written, for scenario_event_record */
    /* Of the entry's verb: read it with the functions below, which check that it is the right one. */
    union {
        scenario_set set;
        scenario_trace trace;
        scenario_call call;
        scenario_watchdog watchdog;
        scenario_restart restart;
        scenario_bindings bindings;
        scenario_renumber renumber;
        scenario_mtu mtu;
        scenario_walk walk;
        scenario_hold hold;
        scenario_forgery forgery;
        const char *text;
        const scenario_impair *impair;       /* one for each entry */
        const scenario_attack *attack;       /* likewise */
        const scenario_partition *partition; /* likewise */
    } data;
};

/* True when `for:` of an entry with the verb `ends` made the event. */
bool scenario_event_ends(const scenario_event *event);

static inline const scenario_set *scenario_event_set(const scenario_event *event)
{
    assert(event->verb == SCENARIO_SET);
    return &event->data.set;
}

static inline const scenario_trace *scenario_event_trace(const scenario_event *event)
{
    assert(event->verb == SCENARIO_TRACE);
    return &event->data.trace;
}

static inline const scenario_watchdog *scenario_event_watchdog(const scenario_event *event)
{
    assert(event->verb == SCENARIO_WATCHDOG);
    return &event->data.watchdog;
}

static inline const scenario_call *scenario_event_call(const scenario_event *event)
{
    if (event->verb == SCENARIO_WATCHDOG)
        return &event->data.watchdog.call;
    assert(event->verb == SCENARIO_MIGRATE || event->verb == SCENARIO_RECONNECT);
    return &event->data.call;
}

static inline const scenario_restart *scenario_event_restart(const scenario_event *event)
{
    assert(event->verb == SCENARIO_RESTART || event->verb == SCENARIO_START);
    return &event->data.restart;
}

static inline const scenario_bindings *scenario_event_bindings(const scenario_event *event)
{
    assert(event->verb == SCENARIO_SHUFFLE || event->verb == SCENARIO_EXPIRE ||
           event->verb == SCENARIO_STALE);
    return &event->data.bindings;
}

static inline const scenario_renumber *scenario_event_renumber(const scenario_event *event)
{
    assert(event->verb == SCENARIO_RENUMBER || event->verb == SCENARIO_TEMPORARY);
    return &event->data.renumber;
}

static inline const scenario_mtu *scenario_event_mtu(const scenario_event *event)
{
    assert(event->verb == SCENARIO_MTU);
    return &event->data.mtu;
}

static inline const scenario_hold *scenario_event_hold(const scenario_event *event)
{
    assert(event->verb == SCENARIO_HOLD);
    return &event->data.hold;
}

static inline const scenario_walk *scenario_event_walk(const scenario_event *event)
{
    assert(event->verb == SCENARIO_WALK);
    return &event->data.walk;
}

static inline const scenario_partition *scenario_event_partition(const scenario_event *event)
{
    assert(event->verb == SCENARIO_PARTITION || event->verb == SCENARIO_REJOIN);
    return event->data.partition;
}

static inline scenario_forgery scenario_event_forgery(const scenario_event *event)
{
    assert(event->verb == SCENARIO_FORGE);
    return event->data.forgery;
}

static inline const char *scenario_event_text(const scenario_event *event)
{
    assert(event->verb == SCENARIO_SAY);
    return event->data.text;
}

/* NULL: the event neither begins nor ends a fault aimed at packets. */
const scenario_impair *scenario_event_impair(const scenario_event *event);

/* NULL: the event neither begins nor ends an attack. */
const scenario_attack *scenario_event_attack(const scenario_event *event);

/* As the format spells them. */
const char *scenario_verb_name(scenario_verb verb);
const char *scenario_attack_name(scenario_attack_kind kind);
const char *scenario_frame_name(scenario_frame frame);

/* Adds to a JSON object what the event's entry asks for: each of the verb's keys that is written or has a
 * value by default, quantities as integers with the unit at the end of the name ("delay_ns"). Keys that the
 * object has stay. Of an event that `for:` of another entry made, only the keys that identify that entry.
 * False: out of memory. */
struct json_t;
bool scenario_event_record(const scenario *whole, const scenario_event *event, struct json_t *object);
/* What the node's `quic` has and is not the default: a new object, named as above. NULL: nothing. */
struct json_t *scenario_quic_record(const scenario *whole, const scenario_node *node);

#endif
