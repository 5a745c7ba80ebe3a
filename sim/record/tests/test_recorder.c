/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recorder makes of what a world shows it: each case is a story, told as a list of steps. */
#include "core/tests/check.h"
#include "sim/tests/small_scenario.h"

#include <CUnit/Basic.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define STEPS_MAX 24
#define NONE UINT32_MAX /* of a time in ms: never */

typedef enum place { OLD, NEW, OTHER, SERVER_PLACE, ELSEWHERE } place;

static const roam_addr places[] = {
    [OLD] = {ROAM_FAMILY_IPV4, 49152, {10, 1, 0, 1}},
    [NEW] = {ROAM_FAMILY_IPV4, 49153, {10, 2, 0, 1}},
    [OTHER] = {ROAM_FAMILY_IPV4, 49154, {10, 2, 0, 1}},
    [SERVER_PLACE] = {ROAM_FAMILY_IPV4, 4433, {10, 3, 0, 1}},
    [ELSEWHERE] = {ROAM_FAMILY_IPV4, 40000, {10, 9, 0, 1}},
};

typedef enum step_kind {
    END,
    CALL,
    DONE,
    STEPPED, /* a step of the laptop is over; as it is before each later time, and before what comes to a host
              */
    UP,      /* a datagram of the laptop leaves; the laptop's address is place */
    ARRIVES, /* is at the server, which opens it */
    UNOPENED, /* is at the server, which cannot open it */
    FORGED,   /* leaves the laptop's host, but an attacker made it */
    ATTACKS,  /* leaves another host, where an attacker answers to what left the laptop */
    DOWN,     /* a datagram of the server leaves, to place */
    COMES,    /* is at the laptop, which opens it */
    SPOOFED,  /* is at the laptop, from an address that is not the server's */
    SERVER_DOWN,
    DELIVERED_UP,
    DELIVERED_DOWN
} step_kind;

typedef enum content { DATA, ASKS, ANSWERS, CLOSES, HANDSHAKE } content;

typedef struct step {
    uint32_t at_ms;
    step_kind kind;
    place place;     /* CALL: the address asked for; DONE: the one that the core says */
    uint8_t id;      /* of what is asked or answered; else to tell datagrams apart; CALL, DONE: the call */
    content content; /* of a datagram */
    int result;      /* DONE, as are the following */
    uint32_t requested_ms;
    uint32_t first_challenge_ms;
    uint32_t response_ms;
    uint32_t rounds;
} step;

/* The number of the call; its times; and the call that it joined, plus 1, or 0. */
typedef enum wanted {
    NUMBER,
    SENT,
    RECEIVED,
    RESPONSE_SENT,
    RESPONSE_RECEIVED,
    VALIDATED,
    PEER_VALIDATED,
    PAYLOAD_UP,
    PAYLOAD_DOWN,
    JOINED,
    WANTED
} wanted;

typedef struct story {
    const char *name;
    step steps[STEPS_MAX];
    uint32_t wanted[WANTED];   /* of the call that is looked at */
    const char *contradiction; /* begins with; "" for none */
} story;

#define CALLS(at, where, call)                                                                               \
    {                                                                                                        \
        .at_ms = at, .kind = CALL, .place = where, .id = call                                                \
    }
#define ENDS(at, where, call, outcome, requested, challenge, response, round_count)                          \
    {                                                                                                        \
        .at_ms = at, .kind = DONE, .place = where, .id = call, .result = outcome, .requested_ms = requested, \
        .first_challenge_ms = challenge, .response_ms = response, .rounds = round_count                      \
    }
#define PACKET(at, what, where, holds, which)                                                                \
    {                                                                                                        \
        .at_ms = at, .kind = what, .place = where, .id = which, .content = holds                             \
    }
#define DELIVERED(at, what)                                                                                  \
    {                                                                                                        \
        .at_ms = at, .kind = what, .place = NEW                                                              \
    }

/* Called at 1000; challenge 1 leaves, is at the server at 1021, and its answer is back at 1042. */
#define CHALLENGE CALLS(1000, NEW, 0), PACKET(1000, UP, NEW, ASKS, 1)
#define RESPONSE                                                                                             \
    PACKET(1021, ARRIVES, NEW, ASKS, 1), PACKET(1021, DOWN, NEW, ANSWERS, 1),                                \
        PACKET(1042, COMES, NEW, ANSWERS, 1)
#define OK_AT(at, call) ENDS(at, NEW, call, ROAM_OK, 1000, 1000, 1042, 1)
#define NOTHING NONE, NONE, NONE, NONE, NONE, NONE

static const story stories[] = {
    {.name = "handover, the other end's validation, and payload both ways",
     .steps = {PACKET(900, UP, OLD, DATA, 90), CHALLENGE, RESPONSE, OK_AT(1042, 0),
               PACKET(1050, UP, NEW, DATA, 3), PACKET(1071, ARRIVES, NEW, DATA, 3),
               DELIVERED(1071, DELIVERED_UP), PACKET(1072, DOWN, NEW, ASKS, 9),
               PACKET(1093, COMES, NEW, ASKS, 9), DELIVERED(1093, DELIVERED_DOWN),
               PACKET(1094, UP, NEW, ANSWERS, 9), PACKET(1115, ARRIVES, NEW, ANSWERS, 9),
               PACKET(1120, ARRIVES, NEW, ANSWERS, 9)},
     .wanted = {0, 1000, 1021, 1021, 1042, 1042, 1115, 1071, 1093, 0},
     .contradiction = ""},
    {.name = "first challenge and first response lost",
     .steps = {CHALLENGE, PACKET(1001, UP, NEW, ASKS, 2), PACKET(1022, ARRIVES, NEW, ASKS, 2),
               PACKET(1022, DOWN, NEW, ANSWERS, 2), PACKET(1100, UP, NEW, ASKS, 3),
               PACKET(1121, ARRIVES, NEW, ASKS, 3), PACKET(1122, DOWN, NEW, ANSWERS, 3),
               PACKET(1143, COMES, NEW, ANSWERS, 3), ENDS(1143, NEW, 0, ROAM_OK, 1000, 1000, 1143, 1)},
     .wanted = {0, 1000, 1022, 1122, 1143, 1143, NONE, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "a challenge that the server cannot open was not received",
     .steps = {CHALLENGE, PACKET(1021, UNOPENED, NEW, ASKS, 1),
               ENDS(1500, NEW, 0, ROAM_ERR_TIMEOUT, 1000, 1000, NONE, 1)},
     .wanted = {0, 1000, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "nor was one that came when the server had no connection any more",
     .steps = {CHALLENGE, PACKET(1010, SERVER_DOWN, NEW, DATA, 0), PACKET(1021, ARRIVES, NEW, ASKS, 1),
               ENDS(1500, NEW, 0, ROAM_ERR_TIMEOUT, 1000, 1000, NONE, 1)},
     .wanted = {0, 1000, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "a payload on the old path is not one on the new path",
     .steps = {PACKET(900, UP, OLD, DATA, 90), CHALLENGE, RESPONSE, OK_AT(1042, 0),
               PACKET(1043, ARRIVES, OLD, DATA, 90), DELIVERED(1043, DELIVERED_UP),
               PACKET(1044, UP, NEW, DATA, 3), PACKET(1065, ARRIVES, NEW, DATA, 3),
               DELIVERED(1066, DELIVERED_UP)},
     .wanted = {0, 1000, 1021, 1021, 1042, 1042, NONE, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "an answer counts on any path",
     .steps = {CHALLENGE, PACKET(1021, ARRIVES, NEW, ASKS, 1), PACKET(1021, DOWN, OLD, ANSWERS, 1),
               PACKET(1042, COMES, OLD, ANSWERS, 1), OK_AT(1042, 0)},
     .wanted = {0, 1000, 1021, 1021, 1042, 1042, NONE, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "but not from an unknown address",
     .steps = {CHALLENGE, PACKET(1021, ARRIVES, NEW, ASKS, 1), PACKET(1021, DOWN, NEW, ANSWERS, 1),
               PACKET(1042, SPOOFED, NEW, ANSWERS, 1), OK_AT(1042, 0)},
     .wanted = {0, 1000, 1021, NONE, NONE, 1042, NONE, NONE, NONE, 0},
     .contradiction = "ok, but no answer came"},
    {.name = "what is no answer is none",
     .steps = {CHALLENGE, PACKET(1021, ARRIVES, NEW, ASKS, 1), PACKET(1021, DOWN, NEW, DATA, 7),
               PACKET(1042, COMES, NEW, DATA, 7), PACKET(1043, COMES, NEW, ANSWERS, 8), OK_AT(1042, 0)},
     .wanted = {0, 1000, 1021, NONE, NONE, 1042, NONE, NONE, NONE, 0},
     .contradiction = "ok, but no answer came to a challenge from 10.2.0.1:49153"},
    {.name = "an answer to an unknown challenge validates nothing",
     .steps = {CHALLENGE, RESPONSE, OK_AT(1042, 0), PACKET(1050, UP, NEW, ANSWERS, 8),
               PACKET(1071, ARRIVES, NEW, ANSWERS, 8)},
     .wanted = {0, 1000, 1021, 1021, 1042, 1042, NONE, NONE, NONE, 0},
     .contradiction = ""},

    {.name = "a second call joins the first",
     .steps = {CHALLENGE, CALLS(1010, NEW, 1), RESPONSE, OK_AT(1042, 0),
               ENDS(1042, NEW, 1, ROAM_OK, 1010, 1000, 1042, 1)},
     .wanted = {1, 1000, 1021, 1021, 1042, 1042, NONE, NONE, NONE, 1},
     .contradiction = ""},
    {.name = "a call joins one that has no challenge yet",
     .steps = {CALLS(1000, NEW, 0), CALLS(1010, NEW, 1), PACKET(1020, UP, NEW, ASKS, 1),
               PACKET(1041, ARRIVES, NEW, ASKS, 1), PACKET(1041, DOWN, NEW, ANSWERS, 1),
               PACKET(1062, COMES, NEW, ANSWERS, 1), ENDS(1062, NEW, 0, ROAM_OK, 1000, 1020, 1062, 1)},
     .wanted = {1, 1020, 1041, 1041, 1062, NONE, NONE, NONE, NONE, 1},
     .contradiction = ""},
    {.name = "a call joins one whose budget ends in the same step",
     .steps = {CHALLENGE, CALLS(1500, NEW, 1), ENDS(1500, NEW, 0, ROAM_ERR_TIMEOUT, 1000, 1000, NONE, 1),
               PACKET(1510, UP, NEW, ASKS, 2), PACKET(1531, DOWN, NEW, ANSWERS, 1),
               PACKET(1552, COMES, NEW, ANSWERS, 1), ENDS(1552, NEW, 1, ROAM_OK, 1500, 1000, 1552, 1)},
     .wanted = {1, 1000, NONE, 1531, 1552, 1552, NONE, NONE, NONE, 1},
     .contradiction = ""},
    {.name = "a challenge in the step of a call is of that call, if it supersedes",
     .steps = {CHALLENGE, CALLS(1010, OLD, 1), PACKET(1010, UP, OTHER, ASKS, 2),
               ENDS(1010, NEW, 0, ROAM_ERR_SUPERSEDED, 1000, 1000, NONE, 1),
               PACKET(1021, ARRIVES, NEW, ASKS, 1)},
     .wanted = {1, 1010, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "at the same address too",
     .steps = {CHALLENGE, CALLS(1010, NEW, 1), PACKET(1010, UP, NEW, ASKS, 2),
               ENDS(1010, NEW, 0, ROAM_ERR_SUPERSEDED, 1000, 1000, NONE, 1),
               PACKET(1021, ARRIVES, NEW, ASKS, 1), PACKET(1031, ARRIVES, NEW, ASKS, 2),
               PACKET(1031, DOWN, NEW, ANSWERS, 1), PACKET(1032, DOWN, NEW, ANSWERS, 2),
               PACKET(1052, COMES, NEW, ANSWERS, 1), PACKET(1053, COMES, NEW, ANSWERS, 2),
               ENDS(1053, NEW, 1, ROAM_OK, 1010, 1010, 1053, 1)},
     .wanted = {1, 1010, 1031, 1032, 1053, 1053, NONE, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "and not of one without a challenge of its own",
     .steps = {CALLS(1000, NEW, 0), CALLS(1010, OLD, 1), PACKET(1010, UP, OTHER, ASKS, 2),
               ENDS(1010, NEW, 0, ROAM_ERR_SUPERSEDED, 1000, NONE, NONE, 0)},
     .wanted = {0, NOTHING, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "a call that joined and was superseded in one step",
     .steps = {CHALLENGE, CALLS(1010, NEW, 1), CALLS(1010, OLD, 2), PACKET(1010, UP, OTHER, ASKS, 2),
               ENDS(1010, NEW, 0, ROAM_ERR_SUPERSEDED, 1000, 1000, NONE, 1),
               ENDS(1010, NEW, 1, ROAM_ERR_SUPERSEDED, 1010, 1000, NONE, 1)},
     .wanted = {1, 1000, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 1},
     .contradiction = ""},
    {.name = "an attacker's datagram in the step of a call that supersedes",
     .steps = {CHALLENGE, CALLS(1010, NEW, 1), PACKET(1010, UP, NEW, ASKS, 2),
               PACKET(1010, ATTACKS, NEW, ASKS, 2),
               ENDS(1010, NEW, 0, ROAM_ERR_SUPERSEDED, 1000, 1000, NONE, 1),
               ENDS(1500, NEW, 1, ROAM_ERR_NO_CONN, 1010, 1010, NONE, 1)},
     .wanted = {1, 1010, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "a second step at that time: a call supersedes the one that joined in the first",
     .steps = {CHALLENGE, CALLS(1500, NEW, 1), ENDS(1500, NEW, 0, ROAM_ERR_TIMEOUT, 1000, 1000, NONE, 1),
               PACKET(1500, STEPPED, NEW, DATA, 0), CALLS(1500, NEW, 2), PACKET(1500, UP, NEW, ASKS, 2),
               ENDS(1500, NEW, 1, ROAM_ERR_SUPERSEDED, 1500, 1000, NONE, 1),
               ENDS(1600, NEW, 2, ROAM_ERR_NO_CONN, 1500, 1500, NONE, 1)},
     .wanted = {2, 1500, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "the connection ends: all calls end with it",
     .steps = {CHALLENGE, CALLS(1010, NEW, 1), ENDS(1200, NEW, 0, ROAM_ERR_NO_CONN, 1000, 1000, NONE, 1),
               ENDS(1200, NEW, 1, ROAM_ERR_NO_CONN, 1010, 1000, NONE, 1)},
     .wanted = {1, 1000, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 1},
     .contradiction = ""},
    {.name = "one that joined in that step too",
     .steps = {CHALLENGE, CALLS(1200, NEW, 1), ENDS(1200, NEW, 0, ROAM_ERR_NO_CONN, 1000, 1000, NONE, 1),
               ENDS(1200, NEW, 1, ROAM_ERR_NO_CONN, 1200, 1000, NONE, 1)},
     .wanted = {1, 1000, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 1},
     .contradiction = ""},
    {.name = "but not one that came after it",
     .steps = {CHALLENGE, CALLS(1200, NEW, 1), ENDS(1200, NEW, 0, ROAM_ERR_NO_CONN, 1000, 1000, NONE, 1),
               ENDS(1200, NEW, 1, ROAM_ERR_NO_CONN, 1200, NONE, NONE, 0)},
     .wanted = {1, NOTHING, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "a second attempt from an address that was given up",
     .steps = {CHALLENGE, ENDS(1500, NEW, 0, ROAM_ERR_TIMEOUT, 1000, 1000, NONE, 1), CALLS(1600, NEW, 1),
               PACKET(1600, UP, NEW, ASKS, 2), PACKET(1601, ARRIVES, NEW, ASKS, 1),
               PACKET(1621, ARRIVES, NEW, ASKS, 2), PACKET(1621, DOWN, NEW, ANSWERS, 2),
               PACKET(1642, COMES, NEW, ANSWERS, 2), ENDS(1642, NEW, 1, ROAM_OK, 1600, 1600, 1642, 1)},
     .wanted = {1, 1600, 1621, 1621, 1642, 1642, NONE, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "a challenge on the path in use is of no call",
     .steps = {CALLS(1000, NEW, 0), PACKET(1000, UP, OLD, ASKS, 4), PACKET(1010, UP, NEW, ASKS, 1),
               PACKET(1031, ARRIVES, NEW, ASKS, 1), PACKET(1031, DOWN, NEW, ANSWERS, 1),
               PACKET(1052, COMES, NEW, ANSWERS, 1), ENDS(1052, NEW, 0, ROAM_OK, 1000, 1010, 1052, 1)},
     .wanted = {0, 1010, 1031, 1031, 1052, 1052, NONE, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "a response in a second round need not be the first",
     .steps = {CHALLENGE, RESPONSE, PACKET(1200, UP, NEW, ASKS, 3), PACKET(1221, DOWN, NEW, ANSWERS, 3),
               PACKET(1242, COMES, NEW, ANSWERS, 3), ENDS(1242, NEW, 0, ROAM_OK, 1000, 1000, 1242, 2)},
     .wanted = {0, 1000, 1021, 1021, 1042, 1242, NONE, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "timeout at the end of the budget",
     .steps = {CHALLENGE, ENDS(1500, NEW, 0, ROAM_ERR_TIMEOUT, 1000, 1000, NONE, 1)},
     .wanted = {0, 1000, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "refused without a packet",
     .steps = {CALLS(1000, NEW, 0), ENDS(1000, OLD, 0, ROAM_ERR_PEER_DISABLE_MIGRATION, 1000, NONE, NONE, 0)},
     .wanted = {0, NOTHING, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "what an attacker sends in the client's name is not the client's",
     .steps = {CHALLENGE, ENDS(1500, NEW, 0, ROAM_ERR_TIMEOUT, 1000, 1000, NONE, 1),
               PACKET(1600, FORGED, NEW, ASKS, 5), PACKET(1621, ARRIVES, NEW, ASKS, 5)},
     .wanted = {0, 1000, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0},
     .contradiction = ""},
    {.name = "a CONNECTION_CLOSE may leave after the roll-back",
     .steps = {CHALLENGE, ENDS(1500, NEW, 0, ROAM_ERR_TIMEOUT, 1000, 1000, NONE, 1),
               PACKET(1501, UP, NEW, CLOSES, 2)},
     .wanted = {0, 1000, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0},
     .contradiction = ""},

    {.name = "ok without a challenge",
     .steps = {CALLS(1000, NEW, 0), ENDS(1042, NEW, 0, ROAM_OK, 1000, NONE, NONE, 0)},
     .wanted = {0, NONE, NONE, NONE, NONE, 1042, NONE, NONE, NONE, 0},
     .contradiction = "ok, but no challenge left from a new local address"},
    {.name = "ok on another address than the challenges'",
     .steps = {CHALLENGE, RESPONSE, ENDS(1042, OTHER, 0, ROAM_OK, 1000, 1000, 1042, 1)},
     .wanted = {0, 1000, 1021, 1021, 1042, 1042, NONE, NONE, NONE, 0},
     .contradiction = "ok on 10.2.0.1:49154, but"},
    {.name = "ok after the budget",
     .steps = {CHALLENGE, PACKET(1480, DOWN, NEW, ANSWERS, 1), PACKET(1501, COMES, NEW, ANSWERS, 1),
               ENDS(1501, NEW, 0, ROAM_OK, 1000, 1000, 1501, 1)},
     .wanted = {0, 1000, NONE, 1480, 1501, 1501, NONE, NONE, NONE, 0},
     .contradiction = "ok after the end of the budget"},
    {.name = "another time of the call",
     .steps = {CHALLENGE, RESPONSE, ENDS(1042, NEW, 0, ROAM_OK, 999, 1000, 1042, 1)},
     .wanted = {0, 1000, 1021, 1021, 1042, 1042, NONE, NONE, NONE, 0},
     .contradiction = "requested: the core says 999000000 ns"},
    {.name = "another time of the first challenge",
     .steps = {CHALLENGE, RESPONSE, ENDS(1042, NEW, 0, ROAM_OK, 1000, 1001, 1042, 1)},
     .wanted = {0, 1000, 1021, 1021, 1042, 1042, NONE, NONE, NONE, 0},
     .contradiction = "first challenge: the core says 1001000000 ns, the taps 1000000000 ns"},
    {.name = "another time of the response",
     .steps = {CHALLENGE, RESPONSE, ENDS(1042, NEW, 0, ROAM_OK, 1000, 1000, 1041, 1)},
     .wanted = {0, 1000, 1021, 1021, 1042, 1042, NONE, NONE, NONE, 0},
     .contradiction = "response: the core says 1041000000 ns, the taps 1042000000 ns"},
    {.name = "a response in a second round when nothing came",
     .steps = {CHALLENGE, RESPONSE, ENDS(1242, NEW, 0, ROAM_OK, 1000, 1000, 1242, 2)},
     .wanted = {0, 1000, 1021, 1021, 1042, 1242, NONE, NONE, NONE, 0},
     .contradiction = "response: the core says 1242000000 ns, when no answer"},
    {.name = "timeout too early",
     .steps = {CHALLENGE, ENDS(1499, NEW, 0, ROAM_ERR_TIMEOUT, 1000, 1000, NONE, 1)},
     .wanted = {0, 1000, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0},
     .contradiction = "end of the budget: the core says 1499000000 ns, the taps 1500000000 ns"},
    {.name = "timeout too late",
     .steps = {CHALLENGE, ENDS(1501, NEW, 0, ROAM_ERR_TIMEOUT, 1000, 1000, NONE, 1)},
     .wanted = {0, 1000, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0},
     .contradiction = "end of the budget: the core says 1501000000 ns"},
    {.name = "no result",
     .steps = {CHALLENGE, PACKET(1600, UP, NEW, ASKS, 2)},
     .wanted = {0, 1000, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0},
     .contradiction = "no result at the end of the budget"},
    {.name = "refused after a packet",
     .steps = {CHALLENGE, ENDS(1000, OLD, 0, ROAM_ERR_NOT_INITIATOR, 1000, 1000, NONE, 0)},
     .wanted = {0, 1000, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0},
     .contradiction = "not_initiator, but a challenge left from 10.2.0.1:49153"},
    {.name = "a datagram after the roll-back",
     .steps = {CHALLENGE, ENDS(1500, NEW, 0, ROAM_ERR_TIMEOUT, 1000, 1000, NONE, 1),
               PACKET(1501, UP, NEW, DATA, 2)},
     .wanted = {0, 1000, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0},
     .contradiction = "timeout, but a datagram left from 10.2.0.1:49153 afterwards, at 1501000000 ns"},
    {.name = "a datagram after the roll-back, while another attempt is under way elsewhere",
     .steps = {CHALLENGE, ENDS(1500, NEW, 0, ROAM_ERR_TIMEOUT, 1000, 1000, NONE, 1), CALLS(1600, OLD, 1),
               PACKET(1600, UP, OTHER, ASKS, 2), PACKET(1601, UP, NEW, DATA, 3)},
     .wanted = {0, 1000, NONE, NONE, NONE, NONE, NONE, NONE, NONE, 0},
     .contradiction = "timeout, but a datagram left from 10.2.0.1:49153 afterwards, at 1601000000 ns"},
};

/* What the time went by, of the call that is looked at. */
static const struct {
    story told;
    recorder_parts parts; /* in ms */
} stages[] = {
    {{"a peer that answers late",
      {CHALLENGE, PACKET(1021, ARRIVES, NEW, ASKS, 1), PACKET(1026, DOWN, NEW, ANSWERS, 1),
       PACKET(1047, COMES, NEW, ANSWERS, 1), ENDS(1047, NEW, 0, ROAM_OK, 1000, 1000, 1047, 1)},
      {0, 1000, 1021, 1026, 1047, 1047, NONE, NONE, NONE, 0},
      ""},
     {.to_peer_ns = 21, .at_peer_ns = 5, .back_ns = 21}},
    {{"a challenge that comes twice, and the second answer arrives",
      {CHALLENGE, PACKET(1021, ARRIVES, NEW, ASKS, 1), PACKET(1021, DOWN, NEW, ANSWERS, 1),
       PACKET(1030, ARRIVES, NEW, ASKS, 1), PACKET(1030, DOWN, NEW, ANSWERS, 1),
       PACKET(1051, COMES, NEW, ANSWERS, 1), ENDS(1051, NEW, 0, ROAM_OK, 1000, 1000, 1051, 1)},
      {0, 1000, 1021, 1021, 1051, 1051, NONE, NONE, NONE, 0},
      ""},
     {.to_peer_ns = 21, .back_ns = 30}},
    {{"of two rounds the answer counts that the second one got",
      {CHALLENGE, PACKET(1021, ARRIVES, NEW, ASKS, 1), PACKET(1100, UP, NEW, ASKS, 2),
       PACKET(1110, DOWN, NEW, ANSWERS, 1), PACKET(1121, ARRIVES, NEW, ASKS, 2),
       PACKET(1122, DOWN, NEW, ANSWERS, 2), PACKET(1131, COMES, NEW, ANSWERS, 1),
       PACKET(1143, COMES, NEW, ANSWERS, 2), ENDS(1143, NEW, 0, ROAM_OK, 1000, 1000, 1143, 2)},
      {0, 1000, 1021, 1110, 1131, 1143, NONE, NONE, NONE, 0},
      ""},
     {.unanswered_ns = 100, .to_peer_ns = 21, .at_peer_ns = 1, .back_ns = 21}},
    {{"what holds a challenge back while the core validates is window or pacer",
      {CALLS(1000, NEW, 0), PACKET(1020, UP, NEW, ASKS, 1), PACKET(1041, ARRIVES, NEW, ASKS, 1),
       PACKET(1041, DOWN, NEW, ANSWERS, 1), PACKET(1062, COMES, NEW, ANSWERS, 1),
       ENDS(1062, NEW, 0, ROAM_OK, 1000, 1020, 1062, 1)},
      {0, 1020, 1041, 1041, 1062, 1062, NONE, NONE, NONE, 0},
      ""},
     {.other_ns = 5, .window_ns = 15, .to_peer_ns = 21, .back_ns = 21}},
};

static uint64_t ns_of(uint32_t ms)
{
    return ms == NONE ? ROAM_NEVER : ms * MS;
}

static dissect_frame frame_of(const step *at)
{
    static const dissect_frame_type types[] = {[DATA] = DISSECT_STREAM,
                                               [ASKS] = DISSECT_PATH_CHALLENGE,
                                               [ANSWERS] = DISSECT_PATH_RESPONSE,
                                               [CLOSES] = DISSECT_CONNECTION_CLOSE,
                                               [HANDSHAKE] = DISSECT_CRYPTO};
    dissect_frame frame = {.type = types[at->content]};
    uint64_t data = at->id;
    for (int i = 0; i < 8 && (at->content == ASKS || at->content == ANSWERS); i++) {
        data = (data ^ data >> 29) * UINT64_C(0xbf58476d1ce4e5b9); /* as good as drawn */
        frame.path_data[i] = (uint8_t)(data >> 56);
    }
    return frame;
}

static void show_packet(const observer *watcher, const step *at)
{
    const bool forged = at->kind == FORGED || at->kind == ATTACKS;
    const bool of_laptop = at->kind == UP || at->kind == ARRIVES || at->kind == UNOPENED || forged;
    const bool leaves = at->kind == UP || forged || at->kind == DOWN;
    const place other = at->kind == SPOOFED ? ELSEWHERE : SERVER_PLACE;
    const dissect_frame frame = frame_of(at);
    const dissect_packet inside = {
        .type = at->content == HANDSHAKE ? DISSECT_INITIAL : DISSECT_ONE_RTT,
        .status = at->kind == UNOPENED ? DISSECT_NOT_AUTHENTIC : DISSECT_READ,
        .sender = of_laptop ? DISSECT_CLIENT : DISSECT_SERVER,
        .number = 100u * at->content + at->id,
        .destination = {.len = 8, .bytes = {1, (uint8_t)at->place}},
        .frames = &frame,
        .frame_count = 1,
    };
    const dissect_view view = {.packets = &inside, .packet_count = 1};
    const observer_packet packet = {
        .node = of_laptop == leaves && at->kind != ATTACKS ? LAPTOP : SERVER,
        .network = of_laptop == leaves ? CELLULAR : DATACENTRE,
        .up = leaves,
        .forged = forged,
        .source = places[of_laptop ? at->place : other],
        .destination = places[of_laptop ? other : at->place],
        .payload_len = 1200,
        .view = &view,
    };
    watcher->packet(watcher->ctx, &packet, at->at_ms * MS);
}

/* PATH_CHALLENGE frames of the attempt that ends: those of the step in which another supersedes it are of
 * that one. */
static uint32_t challenges_of(const step *first, const step *at)
{
    uint32_t count = 0;
    for (const step *one = first; one < at; one++)
        count += one->kind == UP && one->content == ASKS && one->place != OLD &&
                 at->first_challenge_ms != NONE && one->at_ms + 1 >= at->first_challenge_ms &&
                 (at->result != ROAM_ERR_SUPERSEDED || one->at_ms < at->at_ms);
    return count;
}

static void show_done(const observer *watcher, const step *first, const step *at)
{
    const roam_migration_record record = {
        .result = at->result,
        .trigger = "gone by now",
        .new_local = places[at->place],
        .challenges_sent = challenges_of(first, at),
        .connection_id_changed = true,
        .validation_rounds = at->rounds,
        .requested_ns = at->requested_ms * MS,
        .first_round_ns = at->first_challenge_ms == 1020 ? 1005 * MS : ns_of(at->first_challenge_ms),
        .first_challenge_ns = ns_of(at->first_challenge_ms),
        .response_ns = ns_of(at->response_ms),
        .finished_ns = at->at_ms * MS,
    };
    watcher->migrate_done(watcher->ctx, at->id, &record, at->at_ms * MS);
}

static void show_delivery(const observer *watcher, const step *at)
{
    const observer_message message = {.traffic = at->kind == DELIVERED_UP ? FLOW_UP : FLOW_DOWN,
                                      .intact = true};
    watcher->message_delivered(watcher->ctx, &message, at->at_ms * MS);
}

/* first: of the story, which at is in. */
static void show(const scenario *whole, const observer *watcher, const step *first, const step *at)
{
    static const roam_event down = {.kind = ROAM_EVENT_PEER_DOWN};
    observer_migrate migrate = {
        .call = at->id, .event = &whole->events[0], .to = SERVER, .local = places[at->place]};
    migrate.local.port = 0;
    switch (at->kind) {
    case END:
        break;
    case CALL:
        watcher->migrate_called(watcher->ctx, &migrate, at->at_ms * MS);
        break;
    case DONE:
        show_done(watcher, first, at);
        break;
    case STEPPED:
        watcher->stepped(watcher->ctx, LAPTOP);
        break;
    case UP:
    case ARRIVES:
    case UNOPENED:
    case FORGED:
    case ATTACKS:
    case DOWN:
    case COMES:
    case SPOOFED:
        show_packet(watcher, at);
        break;
    case SERVER_DOWN:
        watcher->core_event(watcher->ctx, SERVER, LAPTOP, &down, at->at_ms * MS);
        break;
    case DELIVERED_UP:
    case DELIVERED_DOWN:
        show_delivery(watcher, at);
        break;
    }
}

static bool may_follow(const step *before, const step *at)
{
    return at->at_ms == before->at_ms && at->kind != ARRIVES && at->kind != UNOPENED && at->kind != COMES &&
           at->kind != SPOOFED;
}

static void tell(const scenario *whole, const observer *watcher, const story *told)
{
    for (const step *at = told->steps; at->kind != END; at++) {
        if (at > told->steps && !may_follow(at - 1, at))
            watcher->stepped(watcher->ctx, LAPTOP);
        show(whole, watcher, told->steps, at);
    }
    watcher->stepped(watcher->ctx, LAPTOP);
}

static void expect_story(const story *told, const recorder_migration *migration)
{
    const bool same = told->contradiction[0] == '\0' ? migration->contradiction[0] == '\0'
                                                     : strncmp(migration->contradiction, told->contradiction,
                                                               strlen(told->contradiction)) == 0;
    CHECK(migration->challenge_sent_ns, ns_of(told->wanted[SENT]), "%s: challenge_sent", told->name);
    CHECK(migration->challenge_received_ns, ns_of(told->wanted[RECEIVED]), "%s: challenge_received",
          told->name);
    CHECK(migration->response_sent_ns, ns_of(told->wanted[RESPONSE_SENT]), "%s: response_sent", told->name);
    CHECK(migration->response_received_ns, ns_of(told->wanted[RESPONSE_RECEIVED]), "%s: response_received",
          told->name);
    CHECK(migration->validated_ns, ns_of(told->wanted[VALIDATED]), "%s: validated", told->name);
    CHECK(migration->peer_validated_ns, ns_of(told->wanted[PEER_VALIDATED]), "%s: peer_validated",
          told->name);
    CHECK(migration->first_payload_up_ns, ns_of(told->wanted[PAYLOAD_UP]), "%s: first_payload_up",
          told->name);
    CHECK(migration->first_payload_down_ns, ns_of(told->wanted[PAYLOAD_DOWN]), "%s: first_payload_down",
          told->name);
    CHECK(migration->joined + 1, told->wanted[JOINED], "%s: joined", told->name);
    if (!same)
        (void)printf("\n%s: contradiction '%s', expected '%s'\n", told->name, migration->contradiction,
                     told->contradiction);
    CU_ASSERT(same);
}

static void expect_parts(const story *told, const recorder_migration *migration, const recorder_parts *parts)
{
#define CHECK_PART(told, field, words)                                                                       \
    CHECK(migration->parts.field, parts->field *MS, "%s: " words, told->name);
    RECORDER_PARTS(CHECK_PART, told)
#undef CHECK_PART
}

/* parts: NULL: not looked at. */
static void test_story(const story *told, const recorder_parts *parts)
{
    evidence of = evidence_of(small_scenario(NULL, NULL));
    size_t count;
    const observer_message first = {.traffic = FLOW_UP, .intact = true};
    const observer_message second = {.traffic = FLOW_DOWN, .intact = true};
    of.told.message_sent(of.told.ctx, &first, 500 * MS);
    of.told.message_sent(of.told.ctx, &second, 500 * MS);
    show_packet(&of.told, &(step){.at_ms = 10, .kind = UP, .place = OLD, .content = HANDSHAKE});
    show_packet(&of.told, &(step){.at_ms = 12, .kind = DOWN, .place = OLD, .content = HANDSHAKE});
    tell(of.scenario, &of.told, told);
    evidence_finish(&of);
    const recorder_migration *const migrations = recorder_migrations(of.recorder, &count);
    CU_ASSERT_FATAL(count > told->wanted[NUMBER]);
    expect_story(told, &migrations[told->wanted[NUMBER]]);
    if (parts)
        expect_parts(told, &migrations[told->wanted[NUMBER]], parts);
    evidence_free(&of);
}

static void test_stories(void)
{
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++)
        test_story(&stories[i], NULL);
}

static void test_stages(void)
{
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; i++)
        test_story(&stages[i].told, &stages[i].parts);
}

static const check_test TESTS[] = {{"stories", test_stories}, {"stages", test_stages}};
CHECK_MAIN("recorder", TESTS)
