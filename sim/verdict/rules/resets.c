/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include "core/hash.h"

#include <string.h>

/*
 * Stateless Resets (RFC 9000 section 10.3): datagrams that end in the stateless reset token of a connection
 * ID. An endpoint that has lost its state sends them rightly, and nothing else of the connection afterwards.
 */

enum { RESET_LEAST = 21, TOKEN = TRANSPORT_RESET_TOKEN_BYTES };

static bool has_used(const rules_end *end, const roam_addr *local)
{
    for (const rules_path *path = end->paths; path; path = path->next)
        if (roam_addr_equal(&path->local, local))
            return true;
    return false;
}

static bool is_of_parameters(const rules_end *end, const uint8_t *token)
{
    const transport_parameters *const parameters = end->parameters;
    return parameters && transport_parameters_has(parameters, TRANSPORT_STATELESS_RESET_TOKEN) &&
           memcmp(parameters->stateless_reset_token, token, TOKEN) == 0;
}

/* One of a connection ID whose retirement the endpoint has not seen. A server that lost its state in the
 * handshake, and began anew, has no use for that of its former parameters. */
static bool is_token_of(const rules_end *end, const uint8_t *token)
{
    const rules_id *const first = rules_id_of_sequence(&end->ids, 0);
    if (is_of_parameters(end, token))
        return !first || (first->retirement_known_ns == ROAM_NEVER &&
                          rules_same_id(&first->id, &end->parameters->initial_source_connection_id));
    for (uint32_t i = 0; i < end->ids.count; i++)
        if (end->ids.items[i].has_token && end->ids.items[i].retirement_known_ns == ROAM_NEVER &&
            memcmp(end->ids.items[i].token, token, TOKEN) == 0)
            return true;
    return false;
}

/* ---- whose a token is ---- */

static uint64_t hash_of(const uint8_t *token)
{
    return core_hash_finish(core_hash_bytes(CORE_HASH_START, token, TOKEN));
}

static uint32_t number_of(const rules_end *end)
{
    return 2 * end->connection->index + end->side;
}

static rules_end *end_of(const rules_judge *self, uint32_t number)
{
    return &self->connections[number / 2]->end[number % 2];
}

/* Of what is said once more, or by too many, nothing is added. */
void rules_reset_token(rules_judge *self, const rules_end *end, const uint8_t token[TOKEN])
{
    const uint64_t hash = hash_of(token);
    const uint32_t number = number_of(end);
    uint32_t slot, others = 0;
    for (uint32_t at = core_table_first(&self->tokens, hash, &slot); at != CORE_TABLE_NONE;
         at = core_table_next(&self->tokens, hash, &slot))
        if (at == number || ++others == RULES_TOKEN_ENDS_MAX)
            return;
    if (core_table_reserve(&self->tokens) == 0)
        core_table_add(&self->tokens, hash, number);
    else
        rules_fail(self);
}

/* The first of the ends, should more than one have said it. */
static rules_end *find(const rules_judge *self, const roam_addr *local, const uint8_t *token)
{
    const uint64_t hash = hash_of(token);
    rules_end *found = NULL;
    uint32_t slot;
    for (uint32_t at = core_table_first(&self->tokens, hash, &slot); at != CORE_TABLE_NONE;
         at = core_table_next(&self->tokens, hash, &slot)) {
        rules_end *const end = end_of(self, at);
        if ((!found || at < number_of(found)) && is_token_of(end, token) && has_used(end, local))
            found = end;
    }
    return found;
}

void rules_reset_sent(rules_judge *self, const rules_datagram *datagram)
{
    const dissect_view *const view = datagram->view;
    if (view->packet_count != 1 || view->packets[0].type != DISSECT_ONE_RTT || datagram->len < RESET_LEAST)
        return;
    const uint8_t *const token = datagram->payload + datagram->len - TOKEN;
    rules_end *const end = find(self, &datagram->local, token);
    if (!end || end->closed_ns != ROAM_NEVER)
        return;
    end->reset_ns = datagram->now_ns;
    const rules_event event = {.witness = self,
                               .datagram = datagram,
                               .packet = view->packets,
                               .connection = end->connection,
                               .end = end,
                               .now_ns = datagram->now_ns};
    rules_exercise(&event, RULES_NO_RESET_WHILE_LIVE);
}
