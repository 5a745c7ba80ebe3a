/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_KEYS_H
#define SIM_SCENARIO_KEYS_H

/* Tables of keys: what a mapping of the format may hold. The loader reads by them, the editors' schema and
 * the record of events are made of them. */

#include "sim/scenario/scenario.h"

#define SCENARIO_MILLISECOND_NS UINT64_C(1000000)
#define SCENARIO_SECOND_NS UINT64_C(1000000000)
#define SCENARIO_DAY_NS 86400000000000u
#define SCENARIO_DELAY_MAX_NS 3600000000000u
#define SCENARIO_RATE_MIN_BPS 1000u /* of a link that has a limit; sim/ns3/ns3.h */
#define SCENARIO_RATE_MAX_BPS 1000000000000u
/* key, value */
#define SCENARIO_RATE_FAULT "%s: %.40s is too small: at least 1kbps, or 0bps for no limit"
#define SCENARIO_SIZE_MAX_BYTES 10000000000u
#define SCENARIO_PACKETS_MAX 65536u         /* of a queue; sim/ns3/ns3.h */
#define SCENARIO_QUEUE_MAX_BYTES 100000000u /* likewise */
#define SCENARIO_QUEUE_MAX_NS 60000000000u
#define SCENARIO_PPB 1000000000u
#define SCENARIO_DISTANCE_MIN_MM 1000u
#define SCENARIO_DISTANCE_MAX_MM 100000000u
#define SCENARIO_SPEED_MAX_MMPS 1000000u

/* --- the tree --- */

typedef enum tree_kind { TREE_SCALAR, TREE_LIST, TREE_MAP } tree_kind;

typedef struct tree_node {
    tree_kind kind;
    bool quoted;
    scenario_place place;
    const char *key; /* in a map */
    scenario_place key_place;
    uint64_t key_hash;
    const char *text; /* of a scalar */
    struct tree_node *first;
    struct tree_node *last;
    struct tree_node *next;
    size_t count; /* children */
    /* An entry that was made for one member of a group (groups.c), or a value in it that named another group,
     * whose members take turns. */
    const scenario_group *group; /* NULL: it names none */
    uint32_t member;             /* from 0 */
    uint32_t grown;              /* of a pair's text: bytes before the arrow that are not in the file */
} tree_node;

const tree_node *tree_get(const tree_node *map, const char *key);

/* --- reading --- */

typedef struct scenario_reader scenario_reader;

/* Reports what is wrong at that place. */
__attribute__((format(printf, 3, 4))) void scenario_fault(scenario_reader *reader, scenario_place place,
                                                          const char *format, ...);

typedef const char *(*name_at)(const void *names, size_t index); /* NULL past the last */
/* The name that is meant by one that is none of them; NULL: none is near. index may be NULL. */
const char *scenario_suggest(const char *name, name_at at, const void *names, size_t *index);

/* --- tables of keys --- */

/* In this order: KEY_MAY_FILL goes by it. */
typedef enum key_type {
    KEY_DURATION, /* unsigned integers of any width */
    KEY_RATE,
    KEY_LINK_RATE, /* 0 is no limit; else what a link of ns-3 can have */
    KEY_SIZE,
    KEY_PACKETS,
    KEY_QUEUE, /* scenario_queue */
    KEY_FRACTION,
    KEY_LENGTH,
    KEY_SPEED,
    KEY_INTEGER,
    KEY_CHOICE,       /* an enum, a bool, or a bit */
    KEY_CHOICES,      /* one or a list of bits, ORed */
    KEY_TEXT,         /* const char * */
    KEY_NAME,         /* const char *, [a-z0-9][a-z0-9_-]* */
    KEY_NODE,         /* uint32_t index */
    KEY_NETWORK,      /* uint32_t index */
    KEY_NAT,          /* uint32_t index */
    KEY_PAIR,         /* key_pair */
    KEY_NODE_OR_PAIR, /* key_pair; `to` SCENARIO_NONE for one node */
    KEY_BOUND,        /* scenario_bound of durations */
    KEY_COUNT,        /* scenario_bound of whole numbers, up to max */
    KEY_PREFIX,       /* key_prefix */
    KEY_OTHER         /* read by the section itself */
} key_type;

typedef struct key_choice {
    const char *name; /* NULL ends the list */
    uint32_t value;
} key_choice;

/* "?" for a value that is none of them. */
const char *key_choice_name(const key_choice *choices, uint32_t value);

typedef struct key_pair {
    uint32_t from; /* node indices; SCENARIO_NONE when faulty */
    uint32_t to;
} key_pair;

typedef struct key_prefix {
    scenario_prefix prefix;
    scenario_family family;
    bool given;
    bool host_bits; /* it was written with bits beyond its length, which are cleared */
} key_prefix;

/* What a field is. KEY_HOLDS of a field that no key can be stored in does not compile. */
typedef enum key_holds {
    KEY_HOLDS_NOTHING, /* OTHER, without a field */
    KEY_HOLDS_BOOL,
    KEY_HOLDS_8_BITS,
    KEY_HOLDS_16_BITS,
    KEY_HOLDS_32_BITS, /* an enum too */
    KEY_HOLDS_64_BITS,
    KEY_HOLDS_TEXT,
    KEY_HOLDS_PAIR,
    KEY_HOLDS_BOUND,
    KEY_HOLDS_PREFIX,
    KEY_HOLDS_BURST
} key_holds;

#define KEY_HOLDS(field)                                                                                     \
    _Generic((field),                                                                                        \
        bool: KEY_HOLDS_BOOL,                                                                                \
        uint8_t: KEY_HOLDS_8_BITS,                                                                           \
        uint16_t: KEY_HOLDS_16_BITS,                                                                         \
        uint32_t: KEY_HOLDS_32_BITS,                                                                         \
        uint64_t: KEY_HOLDS_64_BITS,                                                                         \
        const char *: KEY_HOLDS_TEXT,                                                                        \
        key_pair: KEY_HOLDS_PAIR,                                                                            \
        scenario_bound: KEY_HOLDS_BOUND,                                                                     \
        key_prefix: KEY_HOLDS_PREFIX,                                                                        \
        scenario_burst: KEY_HOLDS_BURST)

/* What a quantity alone is, where a bound may stand: `max: 1s`. */
typedef enum key_alone {
    KEY_ALONE_IS_NONE, /* refused */
    KEY_ALONE_IS_MOST, /* the most: <= 1s */
    KEY_ALONE_IS_BOTH, /* both ends: that value and no other; a bound that lacks an end is refused */
    KEY_ALONE_IS_ALL   /* the same, and a bound that has no most is refused: the key is called max, or so */
} key_alone;

typedef struct key_row {
    const char *name; /* NULL ends a table */
    key_type type;    /* KEY_FIELD: this and the next three */
    size_t offset;
    size_t size;
    key_holds holds;
    bool required;
    bool of_group; /* a group's name may stand there: the entry is then made for each of its members */
    bool in_turn;  /* a group's name may stand there besides another group: member i of that has i % count */
    const char *one; /* why no group can stand there; NULL: an entry is of one group */
    key_alone alone; /* KEY_BOUND */
    bool
        of_all; /* `all` may stand there: the entry is then made for each peer of the node in its first key */
    uint64_t min;
    uint64_t max;
    const char *about; /* what it is, without a full stop; the rest of the description is made of the row */
    const char *otherwise; /* what holds where it is not written, as one writes it; NULL: the text says it, or
                              nothing does */
    const char *example;
    const key_choice *choices;
    const struct key_row *inner; /* OTHER: the keys when it is a mapping; NULL: it is none */
    const char *schema; /* OTHER: what else it may be, as a JSON schema; for the editors' schema only */
} key_row;

/* The fields that a key of that type may fill, a bit for each of key_holds. */
#define KEY_MAY_FILL(type)                                                                                   \
    ((type) <= KEY_INTEGER        ? KEY_NUMBERS                                                              \
     : (type) <= KEY_CHOICES      ? KEY_NUMBERS | 1u << KEY_HOLDS_BOOL                                       \
     : (type) <= KEY_NAME         ? 1u << KEY_HOLDS_TEXT                                                     \
     : (type) <= KEY_NAT          ? 1u << KEY_HOLDS_32_BITS                                                  \
     : (type) <= KEY_NODE_OR_PAIR ? 1u << KEY_HOLDS_PAIR                                                     \
     : (type) <= KEY_COUNT        ? 1u << KEY_HOLDS_BOUND                                                    \
     : (type) == KEY_PREFIX       ? 1u << KEY_HOLDS_PREFIX                                                   \
                                  : ~0u)
#define KEY_NUMBERS                                                                                          \
    (1u << KEY_HOLDS_8_BITS | 1u << KEY_HOLDS_16_BITS | 1u << KEY_HOLDS_32_BITS | 1u << KEY_HOLDS_64_BITS)

/* The size of a field. One that a key of that type may not fill does not compile: an array of -1 characters.
 */
#define KEY_SIZE_OF(type, field)                                                                             \
    (sizeof(field) * sizeof(char[KEY_MAY_FILL(type) >> KEY_HOLDS(field) & 1 ? 1 : -1]))

/* A key's type, and the member of the object that it fills. */
#define KEY_FIELD(type, object, member)                                                                      \
    type, offsetof(object, member), KEY_SIZE_OF(type, ((object *)0)->member), KEY_HOLDS(((object *)0)->member)

/* The same, of an object that is nothing but the field. */
#define KEY_ALONE(type, object) type, 0, KEY_SIZE_OF(type, object), KEY_HOLDS(object)

/* True when the field has the type that the key needs, and is large enough for all that the row allows. Code
 * that reads by a row asserts it. */
bool key_row_fits(const key_row *row);

/* The row of a parameter of a link (link_field.h) in a table of any object: its KEY_FIELD, and the rest. */
#define LINK_ROW(field, key, limits, standard, example_text)                                                 \
    {key, field, .otherwise = standard, .example = example_text, LINK_ROW_LIMITS limits},
#define LINK_ROW_LIMITS(...) __VA_ARGS__

/* Up to two tables describe one map. */
typedef struct key_table {
    const key_row *rows;
    const key_row *more; /* NULL: none */
    const char *what;    /* "a network" */
} key_table;

/* " has no connection": finds the peer of a pair, or reports at the value's place. */
uint32_t scenario_peer_of_pair(scenario_reader *reader, const tree_node *value, key_pair pair);

#endif
