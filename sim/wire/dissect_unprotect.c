/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_internal.h"

enum { REST_EVERY = 16 }; /* 1-RTT packets */

/* Where the packet numbers of that space and sender are counted; those at the receiver are a copy. */
static uint64_t *expected_of(dissect *self, dissect_connection *connection, dissect_space space,
                             dissect_side sender)
{
    if (!self->arriving)
        return &connection->expected[space][sender];
    self->expected = connection->arrived[space][sender];
    return &self->expected;
}

bool dissect_unprotect_initial(dissect_opening *opening, dissect_connection *connection,
                               const dissect_packet *packet, uint64_t *expected)
{
    const dissect_version *const version = dissect_version_of(packet->version);
    dissect_keys *const later = dissect_connection_initial(connection, true, version, packet->sender);
    if (later && dissect_open(opening, later, expected))
        return true;
    dissect_keys *const first = dissect_connection_initial(connection, false, version, packet->sender);
    return first && dissect_open(opening, first, expected);
}

static dissect_status open_early(dissect *self, dissect_opening *opening, const dissect_packet *packet,
                                 dissect_secrets *secrets)
{
    dissect_connection *const connection = self->connections[packet->connection];
    dissect_status status = DISSECT_NO_KEYS;
    for (size_t i = 0; i < DISSECT_CIPHERS && packet->sender == DISSECT_CLIENT; i++) {
        dissect_keys *const keys = dissect_secrets_early(secrets, connection, i);
        if (!keys)
            continue;
        if (dissect_open(opening, keys, expected_of(self, connection, DISSECT_SPACE_DATA, DISSECT_CLIENT)))
            return DISSECT_READ;
        status = DISSECT_NOT_AUTHENTIC;
    }
    return status;
}

/* Under the keys of one TLS handshake. */
static dissect_status open_under(dissect *self, dissect_opening *opening, const dissect_packet *packet,
                                 dissect_secrets *secrets)
{
    dissect_connection *const connection = self->connections[packet->connection];
    const dissect_side sender = packet->sender;
    bool opened;
    if (packet->type == DISSECT_ZERO_RTT)
        return open_early(self, opening, packet, secrets);
    if (packet->type == DISSECT_HANDSHAKE) {
        dissect_keys *const keys = dissect_secrets_handshake(secrets, connection, sender);
        if (!keys)
            return DISSECT_NO_KEYS;
        opened = dissect_open(opening, keys, expected_of(self, connection, DISSECT_SPACE_HANDSHAKE, sender));
    } else {
        dissect_phases *const phases = dissect_secrets_data(secrets, connection, sender);
        if (!phases)
            return DISSECT_NO_KEYS;
        opened =
            dissect_open_data(opening, phases, expected_of(self, connection, DISSECT_SPACE_DATA, sender));
        if (opened && opening->number % REST_EVERY == REST_EVERY - 1)
            dissect_connection_rest(connection, secrets);
    }
    return opened ? DISSECT_READ : DISSECT_NOT_AUTHENTIC;
}

static dissect_status open_secret(dissect *self, dissect_opening *opening, const dissect_packet *packet)
{
    dissect_connection *const connection = self->connections[packet->connection];
    dissect_status status = DISSECT_NO_KEYS;
    if (connection->secrets > 0 &&
        open_under(self, opening, packet, &self->key_log.secrets[connection->secrets - 1]) == DISSECT_READ)
        return DISSECT_READ;
    const dissect_value *at =
        connection->random_known ? dissect_key_log_find(&self->key_log, connection->client_random) : NULL;
    for (; at; at = at->next) {
        const dissect_status under = open_under(self, opening, packet, &self->key_log.secrets[at->value]);
        if (under == DISSECT_READ) {
            dissect_connection_turn(connection, at->value + 1);
            return under;
        }
        if (under == DISSECT_NOT_AUTHENTIC)
            status = under;
    }
    return status;
}

dissect_status dissect_unprotect(dissect *self, dissect_opening *opening, const dissect_packet *packet)
{
    dissect_connection *const connection = self->connections[packet->connection];
    switch (packet->type) {
    case DISSECT_INITIAL:
        return dissect_unprotect_initial(opening, connection, packet,
                                         expected_of(self, connection, DISSECT_SPACE_INITIAL, packet->sender))
                   ? DISSECT_READ
                   : DISSECT_NOT_AUTHENTIC;
    case DISSECT_ZERO_RTT:
    case DISSECT_HANDSHAKE:
    case DISSECT_ONE_RTT:
        return open_secret(self, opening, packet);
    case DISSECT_RETRY:
    case DISSECT_VERSION_NEGOTIATION:
    case DISSECT_OTHER_VERSION:
        break;
    }
    return DISSECT_NO_KEYS;
}
