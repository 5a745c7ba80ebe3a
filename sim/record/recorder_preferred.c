/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"
#include "sim/record/room.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * A server's preferred address (RFC 9000 section 9.6): the core's records, and whether the taps saw the same.
 * A client of a server that has one may challenge several addresses of the server from one of its own, so
 * that each challenge is kept with the address that it went to.
 */

/* A client's PATH_CHALLENGE. */
typedef struct recorder_probe {
    struct recorder_probe *next; /* an earlier one of its connection */
    roam_addr to;
    uint8_t data[8];
    uint64_t sent_ns;
    uint64_t answered_ns; /* ROAM_NEVER: no answer came */
} recorder_probe;

static bool has_preferred(const recorder *self, const recorder_connection *connection)
{
    const uint32_t server = connection->node[DISSECT_SERVER];
    return server != SCENARIO_NONE && scenario_prefers_address(&self->scenario->nodes[server]);
}

void recorder_preferred_challenge(recorder *self, recorder_connection *connection, const uint8_t data[8],
                                  const roam_addr *to, uint64_t now_ns)
{
    if (!has_preferred(self, connection))
        return;
    recorder_probe *const probe = malloc(sizeof *probe);
    if (!probe) {
        self->failed = true;
        return;
    }
    *probe = (recorder_probe){
        .next = connection->last_probe, .to = *to, .sent_ns = now_ns, .answered_ns = ROAM_NEVER};
    memcpy(probe->data, data, sizeof probe->data);
    connection->last_probe = probe;
}

void recorder_preferred_answer(const recorder_connection *connection, const uint8_t data[8], uint64_t now_ns)
{
    for (recorder_probe *at = connection->last_probe; at; at = at->next)
        if (memcmp(at->data, data, sizeof at->data) == 0 && at->answered_ns == ROAM_NEVER)
            at->answered_ns = now_ns;
}

/* --- the record --- */

static void keep(recorder *self, const recorder_preferred *done)
{
    recorder_preferred *const grown =
        room_for_one(self->preferred, self->preferred_count, &self->preferred_capacity, sizeof *grown);
    if (!grown) {
        self->failed = true;
        return;
    }
    self->preferred = grown;
    self->preferred[self->preferred_count++] = *done;
}

typedef struct seen {
    uint32_t challenges;
    uint64_t first_ns;
    uint64_t answered_ns; /* the first answer */
} seen;

/* The port of a relay that leads to the preferred address. */
static bool is_by_relay(const recorder *self, uint32_t server, const roam_addr *to)
{
    for (size_t i = 0; to->port != self->scenario->nodes[server].listen && i < self->scenario->node_count;
         i++) {
        const scenario_node *const node = &self->scenario->nodes[i];
        if (node->relay_to == server && to->port == node->relay_port + 1)
            return true;
    }
    return false;
}

/* Adds what was seen of the record on one connection. */
static void look(const recorder *self, const recorder_connection *connection,
                 const roam_preferred_record *record, seen *found)
{
    for (const recorder_probe *at = connection->last_probe; at; at = at->next) {
        if (at->sent_ns < record->started_ns ||
            !(roam_addr_equal(&at->to, &record->new_remote) ||
              is_by_relay(self, connection->node[DISSECT_SERVER], &at->to)))
            continue;
        found->challenges++;
        if (at->sent_ns < found->first_ns)
            found->first_ns = at->sent_ns;
        if (at->answered_ns < found->answered_ns)
            found->answered_ns = at->answered_ns;
    }
}

/* An answer that came to a client when the validation had ended, or to another validation, counts no more. */
static void compare(recorder *self, const recorder_preferred *done, const seen *found)
{
    const roam_preferred_record *const record = &done->record;
    const char *const name = self->scenario->nodes[done->node].name;
    if (record->challenges_sent != found->challenges || record->first_challenge_ns != found->first_ns)
        recorder_contradict(self, NULL,
                            "%s: %" PRIu32 " challenges to the preferred address, the first at %" PRIu64
                            " ns, say the core, the taps %" PRIu32 ", at %" PRIu64 " ns",
                            name, record->challenges_sent, record->first_challenge_ns, found->challenges,
                            found->first_ns);
    if (record->result == ROAM_OK && found->answered_ns > record->finished_ns)
        recorder_contradict(self, NULL, "%s: the preferred address is validated, and no answer came", name);
    if (record->result == ROAM_OK && record->validation_rounds == 1 &&
        found->answered_ns != record->finished_ns)
        recorder_contradict(self, NULL,
                            "%s: the preferred address is validated at %" PRIu64
                            " ns, says the core, and the first answer came at %" PRIu64 " ns",
                            name, record->finished_ns, found->answered_ns);
    if (record->result == ROAM_ERR_TIMEOUT && record->validation_rounds == 1 &&
        found->answered_ns < record->finished_ns)
        recorder_contradict(self, NULL, "%s: an answer of the preferred address came, and was not taken",
                            name);
}

void recorder_preferred_done(recorder *self, uint32_t node, uint32_t other,
                             const roam_preferred_record *record)
{
    const recorder_preferred done = {.node = node, .other = other, .record = *record};
    const recorder_lane *const lane = other == SCENARIO_NONE ? NULL : recorder_lane_find(self, node, other);
    if (lane) {
        seen found = {.first_ns = ROAM_NEVER, .answered_ns = ROAM_NEVER};
        for (const recorder_connection *at = lane->first_connection; at; at = at->next_of_lane)
            look(self, at, record, &found);
        compare(self, &done, &found);
    }
    keep(self, &done);
}

static void free_probes(recorder_probe *at)
{
    while (at) {
        recorder_probe *const earlier = at->next;
        free(at);
        at = earlier;
    }
}

void recorder_preferred_fini(recorder *self)
{
    free(self->preferred);
    for (uint32_t i = 0; i < self->connection_count; i++)
        if (self->connections[i])
            free_probes(self->connections[i]->last_probe);
}

const recorder_preferred *recorder_preferred_addresses(const recorder *self, size_t *count)
{
    *count = self->preferred_count;
    return self->preferred;
}

uint64_t recorder_preferred_ns(const recorder_preferred *preferred)
{
    const roam_preferred_record *const record = &preferred->record;
    return record->result == ROAM_OK ? record->finished_ns - record->started_ns : ROAM_NEVER;
}
