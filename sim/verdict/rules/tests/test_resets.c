/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose a Stateless Reset is, among many connections and many datagrams that are none. */
#include "core/tests/check.h"
#include "sim/verdict/rules/internal.h"
#include "sim/verdict/rules/tests/stories.h"
#include "sim/verdict/rules/tests/trace.h"

#include <CUnit/Basic.h>
#include <string.h>

enum { RESET_BYTES = 43, TOKEN = TRANSPORT_RESET_TOKEN_BYTES };

/* A run, shown to a witness: connection 0 is a live one. */
typedef struct scene {
    trace of;
    rules_judge *judge;
    rules_datagram from_server; /* its last datagram */
    uint8_t token[TOKEN];       /* of the server's latest connection ID */
} scene;

static scene scene_new(void)
{
    scene self = {.of = trace_of(STORY_TALK_MOVE)};
    trace_item *const issues = trace_find(&self.of, DISSECT_SERVER, DISSECT_NEW_CONNECTION_ID, 0, 0);
    self.from_server = issues->datagram;
    self.from_server.now_ns = self.of.items[self.of.count - 1].datagram.now_ns;
    memcpy(self.token, trace_frame(issues, DISSECT_NEW_CONNECTION_ID)->reset_token, TOKEN);
    self.judge = trace_shown(&self.of);
    return self;
}

static void scene_free(scene *self)
{
    rules_free(self->judge);
    trace_free(&self->of);
}

/* The server of a connection says that token. */
static void say(const scene *self, uint32_t connection, const uint8_t token[TOKEN])
{
    transport_parameters said = {.present = UINT64_C(1) << TRANSPORT_STATELESS_RESET_TOKEN};
    memcpy(said.stateless_reset_token, token, TOKEN);
    rules_parameters(self->judge, connection, DISSECT_SERVER, &said);
}

/* A datagram of no known connection that ends in the token leaves the server. */
static void send_unread(const scene *self, const uint8_t token[TOKEN])
{
    static const dissect_packet packet = {
        .type = DISSECT_ONE_RTT, .status = DISSECT_NO_CONNECTION, .connection = DISSECT_NONE};
    const dissect_view view = {.packets = &packet, .packet_count = 1};
    uint8_t payload[RESET_BYTES] = {0x40};
    memcpy(payload + RESET_BYTES - TOKEN, token, TOKEN);
    rules_datagram datagram = self->from_server;
    datagram.view = &view;
    datagram.payload = payload;
    datagram.len = sizeof payload;
    rules_sent(self->judge, &datagram);
}

static uint32_t resets(const scene *self)
{
    return rules_outcome_of(self->judge, 0, DISSECT_SERVER, RULES_NO_RESET_WHILE_LIVE).exercised;
}

static void number(uint8_t token[TOKEN], uint32_t of)
{
    memset(token, 0, TOKEN);
    memcpy(token, &of, sizeof of);
}

static void among_many(void)
{
    enum { CONNECTIONS = 2000, DATAGRAMS = 70000 };
    scene self = scene_new();
    uint8_t token[TOKEN];
    for (uint32_t i = 1; i <= CONNECTIONS; i++) {
        number(token, i);
        say(&self, i, token);
    }
    CHECK_AT_LEAST(self.judge->tokens.count, CONNECTIONS + 1, "tokens");
    for (uint32_t i = 1; i <= DATAGRAMS; i++) {
        number(token, i); /* of a connection that is not the sender's, and then of none */
        send_unread(&self, token);
    }
    CHECK(resets(&self), 0, "resets of others");
    send_unread(&self, self.token);
    CHECK(resets(&self), 1, "resets");
    scene_free(&self);
}

/* Whoever says the token of another takes nothing from it, and a token of everybody costs no search. */
static void of_several(void)
{
    enum { CONNECTIONS = 100 };
    scene self = scene_new();
    const uint32_t before = self.judge->tokens.count;
    for (uint32_t i = 1; i <= CONNECTIONS; i++)
        say(&self, i, self.token);
    say(&self, CONNECTIONS, self.token);
    CHECK(self.judge->tokens.count, before + RULES_TOKEN_ENDS_MAX - 1, "tokens");
    send_unread(&self, self.token);
    CHECK(resets(&self), 1, "resets");
    scene_free(&self);
}

static const check_test TESTS[] = {{"a reset among many connections and datagrams", among_many},
                                   {"a token of several connections", of_several}};

CHECK_MAIN("the witness's Stateless Resets", TESTS)
