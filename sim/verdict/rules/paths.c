/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- paths ---- */

/* RFC 9000 section 14.2: what a path has carried is of a pair of IP addresses. */
static void keep_carried(const rules_end *end, const rules_path *forgotten)
{
    for (rules_path *path = end->paths; path; path = path->next)
        if (path->carried < forgotten->carried && rules_same_host(&path->local, &forgotten->local) &&
            rules_same_host(&path->remote, &forgotten->remote))
            path->carried = forgotten->carried;
}

/* Room for one more: new, or that of the path that was used longest ago. NULL: out of memory. */
static rules_path *path_new(rules_end *end)
{
    rules_path **link = &end->paths;
    if (end->path_count < RULES_PATHS_MAX) {
        rules_path *const made = calloc(1, sizeof *made);
        end->path_count += made != NULL;
        return made;
    }
    while (*link && (*link)->next)
        link = &(*link)->next;
    rules_path *const oldest = *link;
    *link = NULL;
    end->sent_path = end->sent_path == oldest ? NULL : end->sent_path;
    keep_carried(end, oldest);
    return oldest;
}

static void to_front(rules_end *end, rules_path **link)
{
    rules_path *const path = *link;
    *link = path->next;
    path->next = end->paths;
    end->paths = path;
}

rules_path *rules_path_open(rules_event *event)
{
    rules_end *const end = event->end;
    const rules_datagram *const datagram = event->datagram;
    for (rules_path **link = &end->paths; *link; link = &(*link)->next) {
        rules_path *const path = *link;
        if (!roam_addr_equal(&path->local, &datagram->local) ||
            !roam_addr_equal(&path->remote, &datagram->remote))
            continue;
        to_front(end, link);
        return path;
    }
    rules_path *const made = path_new(end);
    if (!made)
        return NULL;
    *made = (rules_path){.serial = ++end->path_serial,
                         .local = datagram->local,
                         .remote = datagram->remote,
                         .first_sent_ns = ROAM_NEVER,
                         .last_sent_ns = ROAM_NEVER,
                         .first_received_ns = ROAM_NEVER,
                         .last_received_ns = ROAM_NEVER,
                         .first_non_probing_sent_ns = ROAM_NEVER,
                         .first_non_probing_received_ns = ROAM_NEVER,
                         .challenged_ns = ROAM_NEVER,
                         .validated_ns = ROAM_NEVER,
                         .next = end->paths};
    event->path_is_new = true;
    return end->paths = made;
}

static void first(uint64_t *at_ns, uint64_t now_ns)
{
    if (*at_ns == ROAM_NEVER)
        *at_ns = now_ns;
}

static void keep_handshake_path(rules_end *end, const rules_path *path)
{
    if (end->handshake_path != 0)
        return;
    end->handshake_path = path->serial;
    end->handshake_local = path->local;
    end->handshake_remote = path->remote;
}

void rules_path_keep_sent(const rules_event *event)
{
    rules_path *const path = event->path;
    rules_end *const end = event->end;
    keep_handshake_path(end, path);
    first(&path->first_sent_ns, event->now_ns);
    path->last_sent_ns = event->now_ns;
    path->sent_bytes += event->first ? event->datagram->len : 0;
    path->sent_since += event->first ? event->datagram->len : 0;
    end->sent_path = path;
    if (event->packet->type == DISSECT_INITIAL)
        end->handshake_id = event->packet->source;
    if (event->packet->type != DISSECT_ONE_RTT)
        return;
    if (event->flags & RULES_NON_PROBING)
        first(&path->first_non_probing_sent_ns, event->now_ns);
    path->used_id = event->packet->destination;
}

/* A client uses a connection ID of 64 bits or more that its server chose. */
static bool uses_own_id(const rules_event *event)
{
    enum { ENTROPY_BYTES = 8 };
    const dissect_id *const used = &event->packet->destination;
    const dissect_id *const chosen = &event->end->handshake_id;
    return used->len >= ENTROPY_BYTES && used->len == chosen->len &&
           memcmp(used->bytes, chosen->bytes, used->len) == 0;
}

/* A server may take a client's address for validated when a Handshake packet, a token or a connection ID of
 * its choice comes from there (RFC 9000 section 8.1), as long as it has the keys (RFC 9001 section 4.9.2); a
 * client need not validate the address that it dialled. */
static bool validates(const rules_event *event)
{
    const dissect_packet *const packet = event->packet;
    if (event->end->confirmed_ns != ROAM_NEVER && event->path->serial != event->end->handshake_path)
        return false;
    return packet->type == DISSECT_HANDSHAKE ||
           (packet->type == DISSECT_INITIAL &&
            (packet->token_len > 0 || event->end->side == DISSECT_CLIENT || uses_own_id(event)));
}

void rules_path_count_received(rules_path *path, size_t len)
{
    path->received_bytes += len;
    path->last_bytes = len;
    path->sent_since = 0;
}

void rules_path_keep_received(const rules_event *event)
{
    rules_path *const path = event->path;
    rules_end *const end = event->end;
    keep_handshake_path(end, path);
    path->came_first |= path->first_sent_ns == ROAM_NEVER;
    first(&path->first_received_ns, event->now_ns);
    path->last_received_ns = event->now_ns;
    if (event->first)
        rules_path_count_received(path, event->datagram->len);
    if (validates(event))
        first(&path->validated_ns, event->now_ns);
    if (event->packet->type != DISSECT_ONE_RTT || !(event->flags & RULES_NON_PROBING))
        return;
    const uint64_t number = event->packet->number;
    first(&path->first_non_probing_received_ns, event->now_ns);
    path->highest_non_probing = number > path->highest_non_probing ? number : path->highest_non_probing;
    if (!end->non_probing_received || number > end->highest_non_probing) {
        end->highest_non_probing = number;
        end->highest_path = path->serial;
    }
    end->non_probing_received = true;
}

rules_path *rules_path_of_serial(const rules_end *end, uint32_t serial)
{
    rules_path *path = end->paths;
    while (path && path->serial != serial)
        path = path->next;
    return path;
}

rules_path *rules_path_between(const rules_end *end, const roam_addr *local, const roam_addr *remote)
{
    rules_path *path = end->paths;
    while (path && !(roam_addr_equal(&path->local, local) && roam_addr_equal(&path->remote, remote)))
        path = path->next;
    return path;
}

/* ---- remote addresses ---- */

bool rules_same_host(const roam_addr *a, const roam_addr *b)
{
    roam_addr other = *a;
    other.port = b->port;
    return roam_addr_equal(&other, b);
}

bool rules_remote_is_validated(const rules_end *end, const roam_addr *remote)
{
    for (const rules_path *path = end->paths; path; path = path->next)
        if (path->validated_ns != ROAM_NEVER && roam_addr_equal(&path->remote, remote))
            return true;
    return false;
}

bool rules_remote_was_challenged(const rules_end *end, const roam_addr *remote)
{
    for (const rules_path *path = end->paths; path; path = path->next)
        if (path->challenged_ns != ROAM_NEVER && roam_addr_equal(&path->remote, remote))
            return true;
    return false;
}

bool rules_may_take(const rules_event *event)
{
    return event->end->side == DISSECT_SERVER || rules_remote_sent(event->end, &event->datagram->remote) > 0;
}

uint64_t rules_remote_sent(const rules_end *end, const roam_addr *remote)
{
    uint64_t bytes = 0;
    for (const rules_path *path = end->paths; path; path = path->next)
        bytes += roam_addr_equal(&path->remote, remote) ? path->sent_bytes : 0;
    return bytes;
}

uint64_t rules_remote_received(const rules_end *end, const roam_addr *remote)
{
    uint64_t bytes = 0;
    for (const rules_path *path = end->paths; path; path = path->next)
        bytes += roam_addr_equal(&path->remote, remote) ? path->received_bytes : 0;
    return bytes;
}

bool rules_remote_allows(const rules_end *end, const roam_addr *remote, uint64_t bytes)
{
    return rules_remote_is_validated(end, remote) ||
           rules_remote_sent(end, remote) + bytes <= RULES_AMPLIFICATION * rules_remote_received(end, remote);
}

/* ---- challenges ---- */

rules_challenge *rules_challenge_find(const rules_challenges *challenges, const uint8_t data[8])
{
    for (uint32_t i = challenges->count; i > 0; i--)
        if (memcmp(challenges->items[i - 1].data, data, 8) == 0)
            return &challenges->items[i - 1];
    return NULL;
}

/* The room at the end is used up: twice as much, or, when there is enough, the items move to its beginning.
 * False: out of memory. */
static bool make_room(rules_challenges *challenges)
{
    if (challenges->capacity >= RULES_CHALLENGES_ROOM) {
        memmove(challenges->room, challenges->items, challenges->count * sizeof *challenges->items);
        challenges->items = challenges->room;
        return true;
    }
    const uint32_t capacity = challenges->capacity ? challenges->capacity * 2 : 2;
    const ptrdiff_t before = challenges->items - challenges->room;
    rules_challenge *const grown = realloc(challenges->room, capacity * sizeof *grown);
    if (!grown)
        return false;
    challenges->room = grown;
    challenges->items = grown + before;
    challenges->capacity = capacity;
    return true;
}

/* False: out of memory. */
static bool add(rules_challenges *challenges, const rules_challenge *challenge)
{
    if (challenges->count == RULES_CHALLENGES_MAX) {
        challenges->items++;
        challenges->count--;
        challenges->dropped++;
    }
    const ptrdiff_t used = challenges->items - challenges->room + challenges->count;
    if (used == challenges->capacity && !make_room(challenges))
        return false;
    challenges->items[challenges->count++] = *challenge;
    return true;
}

static void keep_challenge(const rules_event *event, rules_challenges *challenges, const dissect_frame *frame)
{
    rules_challenge challenge = {.flips = event->end->probing.flips,
                                 .round_ns = event->path->probing.round_ns,
                                 .least_ns = event->path->probing.round_least_ns,
                                 .path = event->path->serial,
                                 .size = (uint32_t)event->datagram->len,
                                 .at_ns = event->now_ns,
                                 .number = event->packet->number,
                                 .answered_ns = ROAM_NEVER};
    memcpy(challenge.data, frame->path_data, 8);
    if (!add(challenges, &challenge))
        rules_fail(event->witness);
}

static void answer(const rules_event *event, rules_challenge *challenge)
{
    if (challenge->answers++ > 0)
        return;
    challenge->answered_ns = event->now_ns;
    challenge->answer_path = event->path->serial;
    challenge->answer_size = (uint32_t)event->datagram->len;
    challenge->answer_number = event->packet->number;
}

void rules_challenges_sent(const rules_event *event)
{
    rules_end *const end = event->end;
    for (size_t i = 0; i < event->packet->frame_count; i++) {
        const dissect_frame *const frame = &event->packet->frames[i];
        if (frame->type == DISSECT_PATH_CHALLENGE) {
            first(&event->path->challenged_ns, event->now_ns);
            keep_challenge(event, &end->asked, frame);
        } else if (frame->type == DISSECT_PATH_RESPONSE) {
            rules_challenge *const heard = rules_challenge_find(&end->heard, frame->path_data);
            if (heard)
                answer(event, heard);
        }
    }
}

/* An answer validates the path of its challenge, whatever path it comes over (RFC 9000 section 8.2.3). */
static void validate(const rules_event *event, const dissect_frame *frame)
{
    rules_challenge *const asked = rules_challenge_find(&event->end->asked, frame->path_data);
    if (!asked)
        return;
    answer(event, asked);
    rules_path *const path = rules_path_of_serial(event->end, asked->path);
    if (path)
        first(&path->validated_ns, event->now_ns);
}

void rules_challenges_received(const rules_event *event)
{
    for (size_t i = 0; i < event->packet->frame_count; i++) {
        const dissect_frame *const frame = &event->packet->frames[i];
        if (frame->type == DISSECT_PATH_CHALLENGE)
            keep_challenge(event, &event->end->heard, frame);
        else if (frame->type == DISSECT_PATH_RESPONSE)
            validate(event, frame);
    }
}

void rules_paths_fini(rules_end *end)
{
    for (rules_path *path = end->paths, *next; path; path = next) {
        next = path->next;
        free(path);
    }
    free(end->asked.room);
    free(end->heard.room);
}
