/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One check of `roam endpoint test`, and what all of them use. */
#ifndef TOOLS_ENDPOINT_CHECK_H
#define TOOLS_ENDPOINT_CHECK_H

#include "tools/endpoint/pair.h"

#define CHECK_CAME_MAX 768

typedef enum check_outcome {
    CHECK_PASSED,
    CHECK_FAILED,
    CHECK_UNSUPPORTED, /* a capability, a role or an optional function is not there */
    CHECK_WAITING      /* what it builds on did not pass */
} check_outcome;

const char *check_outcome_name(check_outcome outcome);

/* A check that is under way. */
typedef struct endpoint_check {
    const endpoint_library *library; /* under test */
    /* Who plays the two sides: the library, or its partner where the library does not have the role. */
    const endpoint_library *client_library, *server_library;
    const roam_endpoint_option *options; /* of the endpoints of the library under test */
    size_t option_count;
    uint64_t seed;
    endpoint_pair *pair; /* of the check; freed after it */
    pair_connection *client, *server;
    check_outcome outcome;
    char came[CHECK_CAME_MAX]; /* what came; "" where a check that passed has nothing to say */
    const char *rule; /* of a failure: the sentence of roam_endpoint.h that was broken, a constant; or NULL */
    bool ended;       /* of a failure: the process of the check ended or was stopped before the check did */
} endpoint_check;

typedef struct check_row {
    const char *name;
    /* The checks that it builds on, with a space between; of those with a '|' between, one is enough. NULL:
     * none. */
    const char *after;
    uint64_t capabilities; /* all of which it needs */
    void (*run)(endpoint_check *check);
    const char *expected;
    const char *next; /* what the author of an adapter may do about a failure */
} check_row;

/* In the order in which an author writes the functions; NULL from the end on. */
const check_row *check_at(size_t index);
const check_row *check_named(const char *name);

/* Runs a check with its fixture; what came of it is in outcome and came. */
void check_run(const check_row *row, endpoint_check *check);

/* The first failure stays. A rule of the ABI that was broken goes before it. What the adapters said last with
 * log() stands after it. */
__attribute__((format(printf, 2, 3))) void check_fail(endpoint_check *check, const char *format, ...);
__attribute__((format(printf, 2, 3))) void check_unsupported(endpoint_check *check, const char *format, ...);
/* What a check that passed has seen. */
__attribute__((format(printf, 2, 3))) void check_note(endpoint_check *check, const char *format, ...);

/* Ends a check whose condition does not hold, or whose pair has a fault. */
#define REQUIRE(check, condition, ...)                                                                       \
    do {                                                                                                     \
        if (!(condition) || (check)->pair->fault[0] != '\0') {                                               \
            check_fail(check, __VA_ARGS__);                                                                  \
            return;                                                                                          \
        }                                                                                                    \
    } while (0)

/* Each does what those before it do. False: the check has failed. */
bool check_make_pair(endpoint_check *check);      /* a pair without endpoints */
bool check_make_endpoints(endpoint_check *check); /* both */
bool check_connect(endpoint_check *check);        /* a connection that is confirmed at both ends */

/* Another pair after the first, which is freed. */
bool check_make_another_pair(endpoint_check *check, uint64_t seed);

/* Time passes, until done or at most so much. */
bool check_until(endpoint_check *check, uint64_t span_ns, bool (*done)(const endpoint_pair *pair, void *ctx),
                 void *ctx);
void check_pass_time(endpoint_check *check, uint64_t span_ns);

/* Conditions for check_until; ctx is the check. */
bool check_both_confirmed(const endpoint_pair *pair, void *ctx);
bool check_client_established(const endpoint_pair *pair, void *ctx);
bool check_both_closed(const endpoint_pair *pair, void *ctx);

/* A stream with bytes and an end goes from one end to the other whole. `what` for messages. */
bool check_transfer(endpoint_check *check, pair_connection *from, pair_connection *to, uint64_t bytes,
                    uint64_t span_ns, const char *what);

/* Of the library under test. */
bool check_has(const endpoint_check *check, uint64_t capability);
/* The first way to migrate that it claims, of those that validate. 0: none. */
uint32_t check_validating_mode(const endpoint_check *check);

#define CHECK_HOW_FAR_MAX 160
/* "is over after 18.000 ms, CLOSED_HERE (1), code ..."; connection may be NULL. Text, or a constant. */
const char *check_how_far(const endpoint_check *check, const pair_connection *connection,
                          char text[CHECK_HOW_FAR_MAX]);

/* Milliseconds since the pair began. */
double check_ms(const endpoint_check *check, uint64_t time_ns);

/* The checks, by file. */
#define CHECKS_OF(file) extern const check_row checks_of_##file[]
CHECKS_OF(making);
CHECKS_OF(handshake);
CHECKS_OF(settings);
CHECKS_OF(streams);
CHECKS_OF(time);
CHECKS_OF(network);
CHECKS_OF(migration);
CHECKS_OF(ending);
#undef CHECKS_OF

#endif
