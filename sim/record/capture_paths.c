/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/capture_paths.h"

#include "core/hash.h"
#include "core/table.h"
#include "sim/record/capture_words.h"

#include <stdlib.h>
#include <string.h>

typedef struct end_path {
    struct end_path *next;
    roam_addr local, remote;
    uint32_t number;
    uint32_t challenges; /* that the end has sent there */
    dissect_id id;       /* under which the last packet came; length 0: none did, or it has none */
} end_path;

/* One end of a connection. */
typedef struct connection_end {
    uint32_t node; /* SCENARIO_NONE: not seen yet */
    uint32_t path_count;
    end_path *paths;
    end_path *last;     /* that a packet was seen on */
    end_path *received; /* that one came on */
} connection_end;

typedef struct challenge {
    uint8_t data[8];
    uint32_t node;
    uint32_t path, attempt;
    uint64_t sent_ns;
} challenge;

struct capture_paths {
    const scenario *scenario;
    connection_end *ends; /* two a connection */
    size_t end_count;
    challenge *challenges;
    size_t challenge_count;
    core_table by_data; /* challenges */
};

capture_paths *capture_paths_new(const scenario *whole)
{
    capture_paths *const self = calloc(1, sizeof *self);
    if (self)
        self->scenario = whole;
    return self;
}

void capture_paths_free(capture_paths *self)
{
    if (!self)
        return;
    for (size_t i = 0; i < self->end_count; i++)
        for (end_path *path = self->ends[i].paths; path;) {
            end_path *const next = path->next;
            free(path);
            path = next;
        }
    free(self->ends);
    free(self->challenges);
    core_table_fini(&self->by_data);
    free(self);
}

static const char *name_of(const capture_paths *self, uint32_t node)
{
    return node == SCENARIO_NONE ? "nobody" : self->scenario->nodes[node].name;
}

/* ---- paths ---- */

/* NULL: out of memory. */
static connection_end *end_of(capture_paths *self, uint32_t connection, dissect_side side)
{
    const size_t wanted = 2 * ((size_t)connection + 1);
    if (wanted > self->end_count) {
        const size_t count = wanted > 2 * self->end_count ? wanted : 2 * self->end_count;
        connection_end *const ends = realloc(self->ends, count * sizeof *ends);
        if (!ends)
            return NULL;
        for (size_t i = self->end_count; i < count; i++)
            ends[i] = (connection_end){.node = SCENARIO_NONE};
        self->ends = ends;
        self->end_count = count;
    }
    return &self->ends[2 * (size_t)connection + (side == DISSECT_SERVER)];
}

static bool is_path(const end_path *path, const roam_addr *local, const roam_addr *remote)
{
    return roam_addr_equal(&path->local, local) && roam_addr_equal(&path->remote, remote);
}

/* NULL: none is known. */
static end_path *find_path(const connection_end *end, const roam_addr *local, const roam_addr *remote)
{
    if (end->last && is_path(end->last, local, remote))
        return end->last;
    for (end_path *path = end->paths; path; path = path->next)
        if (is_path(path, local, remote))
            return path;
    return NULL;
}

static end_path *add_path(connection_end *end, const roam_addr *local, const roam_addr *remote)
{
    end_path *const path = calloc(1, sizeof *path);
    if (!path)
        return NULL;
    *path = (end_path){.next = end->paths, .local = *local, .remote = *remote, .number = end->path_count++};
    end->paths = path;
    return path;
}

static bool same_id(const dissect_id *a, const dissect_id *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* RFC 9000 section 9.5: who moves takes another connection ID, whom a NAT moves does not know of it. */
static const char *cause_of(const connection_end *end, const dissect_packet *packet)
{
    const end_path *const before = end->received;
    if (!before || before->id.len == 0 || packet->destination.len == 0)
        return "";
    return same_id(&before->id, &packet->destination)
               ? ", under the connection ID of the path before: a NAT rebinding"
               : ", under another connection ID: a migration";
}

static bool tell_path(const capture_paths *self, const connection_end *end, const end_path *path,
                      const observer_packet *seen, const dissect_packet *packet, capture_text *text)
{
    char local[ROAM_ADDR_STRING_MAX];
    char remote[ROAM_ADDR_STRING_MAX];
    if (path->number == 0)
        return true;
    (void)roam_addr_format(&path->local, local);
    (void)roam_addr_format(&path->remote, remote);
    return capture_text_add(text, CAPTURE_PATH "%u of %s begins: its first packet %s, %s %s %s on %s%s",
                            path->number, name_of(self, end->node), seen->up ? "leaves" : "comes", local,
                            seen->up ? "->" : "<-", remote, self->scenario->networks[seen->network].name,
                            seen->up ? "" : cause_of(end, packet));
}

/* *out is NULL for a path beyond CAPTURE_PATHS_MAX. */
static bool take_path(const capture_paths *self, connection_end *end, const observer_packet *seen,
                      const dissect_packet *packet, capture_text *text, end_path **out)
{
    const roam_addr *const local = seen->up ? &seen->source : &seen->destination;
    const roam_addr *const remote = seen->up ? &seen->destination : &seen->source;
    end_path *path = find_path(end, local, remote);
    *out = path;
    if (!path) {
        if (end->path_count == CAPTURE_PATHS_MAX)
            return true;
        *out = path = add_path(end, local, remote);
        if (!path || !tell_path(self, end, path, seen, packet, text))
            return false;
    }
    end->last = path;
    if (!seen->up) {
        path->id = packet->destination;
        end->received = path;
    }
    return true;
}

/* ---- path validation ---- */

static uint64_t hash_of(const uint8_t data[8])
{
    return core_hash_finish(core_hash_bytes(CORE_HASH_START, data, 8));
}

/* NULL: none that was seen. */
static challenge *find_challenge(const capture_paths *self, const uint8_t data[8])
{
    uint32_t slot;
    const uint64_t hash = hash_of(data);
    uint32_t id = core_table_first(&self->by_data, hash, &slot);
    while (id != CORE_TABLE_NONE && memcmp(self->challenges[id].data, data, 8) != 0)
        id = core_table_next(&self->by_data, hash, &slot);
    return id == CORE_TABLE_NONE ? NULL : &self->challenges[id];
}

/* NULL: out of memory. */
static challenge *add_challenge(capture_paths *self, const uint8_t data[8])
{
    const size_t count = self->challenge_count;
    if ((count & (count - 1)) == 0) { /* full: grown at each power of two */
        challenge *const grown = realloc(self->challenges, (count ? 2 * count : 1) * sizeof *grown);
        if (!grown)
            return NULL;
        self->challenges = grown;
    }
    if (core_table_reserve(&self->by_data) != 0)
        return NULL;
    core_table_add(&self->by_data, hash_of(data), (uint32_t)count);
    challenge *const added = &self->challenges[self->challenge_count++];
    memcpy(added->data, data, sizeof added->data);
    return added;
}

static bool tell_challenge(capture_paths *self, const observer_packet *seen, end_path *path,
                           const uint8_t data[8], uint64_t now_ns, capture_text *text)
{
    char took[CAPTURE_TIME_MAX];
    challenge *found = find_challenge(self, data);
    const bool again = found != NULL;
    if (!seen->up) {
        if (!found)
            return capture_text_add(text, CAPTURE_CHALLENGE "of nobody that was seen to send it");
        return capture_text_add(text,
                                CAPTURE_CHALLENGE "of %s, its path %u, attempt %u: comes to %s after %s",
                                name_of(self, found->node), found->path, found->attempt,
                                name_of(self, seen->node), capture_time(now_ns - found->sent_ns, took));
    }
    if (!again) {
        found = add_challenge(self, data);
        if (!found)
            return false;
        found->node = seen->node;
        found->path = path ? path->number : CAPTURE_PATHS_MAX;
        found->attempt = path ? ++path->challenges : 0;
        found->sent_ns = now_ns;
    }
    return capture_text_add(text, CAPTURE_CHALLENGE "of %s, its path %u, attempt %u%s",
                            name_of(self, found->node), found->path, found->attempt,
                            again ? ", once more" : "");
}

static bool tell_response(const capture_paths *self, const observer_packet *seen, const uint8_t data[8],
                          uint64_t now_ns, capture_text *text)
{
    char took[CAPTURE_TIME_MAX];
    const challenge *const found = find_challenge(self, data);
    if (!found)
        return capture_text_add(text, CAPTURE_RESPONSE "to no PATH_CHALLENGE that was seen");
    (void)capture_time(now_ns - found->sent_ns, took);
    if (seen->up)
        return capture_text_add(text, CAPTURE_RESPONSE "of %s to %s, its path %u, attempt %u",
                                name_of(self, seen->node), name_of(self, found->node), found->path,
                                found->attempt);
    return capture_text_add(
        text, CAPTURE_RESPONSE "to %s, its path %u, attempt %u: comes %s after the challenge left",
        name_of(self, found->node), found->path, found->attempt, took);
}

static bool tell_frames(capture_paths *self, const observer_packet *seen, end_path *path,
                        const dissect_packet *packet, uint64_t now_ns, capture_text *text)
{
    bool good = true;
    for (size_t i = 0; good && i < packet->frame_count; i++) {
        const dissect_frame *const frame = &packet->frames[i];
        if (frame->type == DISSECT_PATH_CHALLENGE)
            good = tell_challenge(self, seen, path, frame->path_data, now_ns, text);
        else if (frame->type == DISSECT_PATH_RESPONSE)
            good = tell_response(self, seen, frame->path_data, now_ns, text);
    }
    return good;
}

/* ---- a packet ---- */

static bool ends_connections(const scenario_node *node)
{
    return node->relay_to == SCENARIO_NONE && !node->attacker && !node->balancer;
}

bool capture_paths_packet(capture_paths *self, const observer_packet *seen, uint64_t now_ns,
                          capture_text *text)
{
    if (!seen->view || seen->forged || !ends_connections(&self->scenario->nodes[seen->node]))
        return true;
    for (size_t i = 0; i < seen->view->packet_count; i++) {
        const dissect_packet *const packet = &seen->view->packets[i];
        if ((packet->status != DISSECT_READ && packet->status != DISSECT_BAD_FRAMES) ||
            packet->connection == DISSECT_NONE)
            continue;
        const dissect_side side = seen->up ? packet->sender : dissect_other_side(packet->sender);
        connection_end *const end = end_of(self, packet->connection, side);
        end_path *path = NULL;
        if (!end)
            return false;
        end->node = seen->node;
        if (!take_path(self, end, seen, packet, text, &path) ||
            !tell_frames(self, seen, path, packet, now_ns, text))
            return false;
    }
    return true;
}
