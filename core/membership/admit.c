/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is believed of members that messages tell of. */
#include "core/membership/internal.h"

#include "core/node/peer.h"

#include <string.h>

/* ---- Addresses ---- */

/* From the narrowest to the widest. NONE: no unicast address of one node. */
typedef enum scope { SCOPE_NONE, SCOPE_LOOPBACK, SCOPE_LINK, SCOPE_PRIVATE, SCOPE_GLOBAL } scope;

/* The first `bits` bits of an address say its scope; the first row that fits counts. */
typedef struct prefix {
    uint8_t bytes[16];
    uint8_t bits;
    scope scope;
} prefix;

static const prefix ipv4[] = {
    {{0}, 8, SCOPE_NONE},                                         /* RFC 1122 section 3.2.1.3 */
    {{127}, 8, SCOPE_LOOPBACK},     {{169, 254}, 16, SCOPE_LINK}, /* RFC 3927 */
    {{10}, 8, SCOPE_PRIVATE},                                     /* RFC 1918 */
    {{172, 16}, 12, SCOPE_PRIVATE}, {{192, 168}, 16, SCOPE_PRIVATE},
    {{100, 64}, 10, SCOPE_PRIVATE}, /* RFC 6598 */
    {{224}, 3, SCOPE_NONE},         /* multicast, class E and broadcast */
    {{0}, 0, SCOPE_GLOBAL},
};

static const prefix ipv6[] = {
    {{0}, 128, SCOPE_NONE},
    {{[15] = 1}, 128, SCOPE_LOOPBACK},
    {{[10] = 0xff, 0xff}, 96, SCOPE_NONE}, /* IPv4-mapped: there is a family for those */
    {{0xfe, 0x80}, 10, SCOPE_LINK},
    {{0xfc}, 7, SCOPE_PRIVATE}, /* RFC 4193 */
    {{0xff}, 8, SCOPE_NONE},    /* multicast */
    {{0}, 0, SCOPE_GLOBAL},
};

static bool fits(const uint8_t *bytes, const prefix *p)
{
    const size_t whole = p->bits / 8, rest = p->bits % 8;
    return memcmp(bytes, p->bytes, whole) == 0 &&
           (rest == 0 || ((bytes[whole] ^ p->bytes[whole]) >> (8 - rest)) == 0);
}

static scope scope_of(const roam_addr *addr)
{
    const prefix *row = addr->family == ROAM_FAMILY_IPV4 ? ipv4 : ipv6;
    if (addr->family == ROAM_FAMILY_NONE)
        return SCOPE_NONE;
    while (!fits(addr->bytes, row))
        row++;
    return row->scope;
}

/* The scope of the node's own address; without one, the narrowest of its contacts'. */
static scope own_scope(const core_membership *m)
{
    if (m->options.advertise.family != ROAM_FAMILY_NONE)
        return scope_of(&m->options.advertise);
    scope narrowest = SCOPE_GLOBAL;
    for (const core_contact *contact = m->contacts; contact; contact = contact->next) {
        const scope s = scope_of(&contact->addr);
        narrowest = s != SCOPE_NONE && s < narrowest ? s : narrowest;
    }
    return narrowest;
}

static bool may_dial(const core_membership *m, const roam_addr *addr)
{
    if (addr->family == ROAM_FAMILY_NONE)
        return false;
    if (m->options.may_dial)
        return m->options.may_dial(m->options.user_data, addr);
    const scope s = scope_of(addr);
    return s != SCOPE_NONE && s >= own_scope(m);
}

/* ---- Names and keys ---- */

static bool is_self(const core_membership *m, const roam_member *member)
{
    const roam_identity *const own = m->node->options.identity;
    return strcmp(member->name, roam_identity_name(own)) == 0 ||
           memcmp(member->key, roam_identity_public_key(own), ROAM_KEY_BYTES) == 0;
}

/* The key that is known under the name. NULL: none is. */
static const uint8_t *known_key(const core_membership *m, const char *name)
{
    const core_pin *const pin = core_map_get(&m->node->pins_by_name, name, strlen(name));
    const core_passive *const passive = core_passive_find(&m->views, name);
    if (pin)
        return pin->key;
    for (size_t i = 0; i < m->views.active_count; i++)
        if (strcmp(m->views.active[i].member.name, name) == 0)
            return m->views.active[i].member.key;
    return passive ? passive->member.key : NULL;
}

/* With strict trust a member whose key is not pinned cannot be dialled. */
static bool has_known_key(const core_membership *m, const roam_member *member)
{
    const uint8_t *const key = known_key(m, member->name);
    if (!key)
        return m->node->options.trust != ROAM_TRUST_STRICT;
    return memcmp(key, member->key, ROAM_KEY_BYTES) == 0;
}

bool core_admit(core_membership *m, const roam_member *member)
{
    if (is_self(m, member))
        m->counts.refused_self++;
    else if (!has_known_key(m, member))
        m->counts.refused_other_key++;
    else if (!may_dial(m, &member->addr))
        m->counts.refused_address++;
    else
        return true;
    return false;
}

bool core_admit_self(core_link *link, roam_member *member)
{
    core_membership *const m = link->membership;
    const uint8_t *const key = core_channel_key(link->peer);
    if (!key || memcmp(key, member->key, ROAM_KEY_BYTES) != 0 ||
        strcmp(member->name, link->peer->name) != 0) {
        m->counts.refused_key++;
        return false;
    }
    if (member->addr.family != ROAM_FAMILY_NONE && !may_dial(m, &member->addr)) {
        m->counts.refused_address++;
        member->addr = (roam_addr){0};
    }
    return true;
}
