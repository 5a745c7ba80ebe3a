/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/netlink.h"

#include <libmnl/libmnl.h>
#include <limits.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <string.h>

enum { ATTRIBUTES = 64, IPV4_BYTES = 4, IPV6_BYTES = 16 };

typedef struct attributes {
    const struct nlattr *by_type[ATTRIBUTES]; /* the first of each; NULL: not there */
} attributes;

const char *live_change_name(live_change_kind kind)
{
    switch (kind) {
    case LIVE_DEFAULT_ROUTE:
        return "default_route";
    case LIVE_ROUTE:
        return "route";
    case LIVE_RULE:
        return "rule";
    case LIVE_ADDRESS_GONE:
        return "address_gone";
    case LIVE_ADDRESS_NEW:
        return "address_new";
    case LIVE_LINK_DOWN:
        return "link_down";
    case LIVE_LINK_UP:
        return "link_up";
    }
    return "unknown";
}

static size_t aligned(size_t len)
{
    return (len + 3) & ~(size_t)3;
}

/* False: they do not fill the message exactly, up to padding. */
static bool read_attributes(const struct nlmsghdr *message, size_t header_len, attributes *out)
{
    const uint8_t *at = mnl_nlmsg_get_payload(message);
    size_t left = mnl_nlmsg_get_payload_len(message);
    const size_t skip = aligned(header_len);
    *out = (attributes){{NULL}};
    if (left < header_len)
        return false;
    at += skip < left ? skip : left;
    left -= skip < left ? skip : left;
    while (left > 0) {
        const struct nlattr *const attribute = (const struct nlattr *)(const void *)at;
        if (left > INT_MAX || !mnl_attr_ok(attribute, (int)left))
            return false;
        const uint16_t type = mnl_attr_get_type(attribute);
        if (type < ATTRIBUTES && !out->by_type[type])
            out->by_type[type] = attribute;
        const size_t step = aligned(attribute->nla_len);
        at += step < left ? step : left;
        left -= step < left ? step : left;
    }
    return true;
}

static bool read_u32(const struct nlattr *attribute, uint32_t *out)
{
    if (mnl_attr_get_payload_len(attribute) != sizeof *out)
        return false;
    memcpy(out, mnl_attr_get_payload(attribute), sizeof *out);
    return true;
}

static roam_family family_of(unsigned char af)
{
    return af == AF_INET ? ROAM_FAMILY_IPV4 : af == AF_INET6 ? ROAM_FAMILY_IPV6 : ROAM_FAMILY_NONE;
}

static size_t address_bytes(roam_family family)
{
    return family == ROAM_FAMILY_IPV4 ? IPV4_BYTES : family == ROAM_FAMILY_IPV6 ? IPV6_BYTES : 0;
}

/* Packets of this machine go along such a route, or it keeps them from going along another. */
static bool leads_somewhere(unsigned char type)
{
    return type == RTN_UNICAST || type == RTN_BLACKHOLE || type == RTN_UNREACHABLE || type == RTN_PROHIBIT ||
           type == RTN_THROW;
}

/* 1: a change; 0: nothing of interest; -1: malformed. */
static int read_route(const struct nlmsghdr *message, live_change *out)
{
    const struct rtmsg *const route = mnl_nlmsg_get_payload(message);
    attributes found;
    uint32_t table, interface = 0;
    if (!read_attributes(message, sizeof *route, &found))
        return -1;
    table = route->rtm_table;
    if ((found.by_type[RTA_TABLE] && !read_u32(found.by_type[RTA_TABLE], &table)) ||
        (found.by_type[RTA_OIF] && !read_u32(found.by_type[RTA_OIF], &interface)))
        return -1;
    const roam_family family = family_of(route->rtm_family);
    /* Any table: VPNs put theirs into one of their own. */
    if (family == ROAM_FAMILY_NONE || !leads_somewhere(route->rtm_type) ||
        (route->rtm_flags & RTM_F_CLONED) || table == RT_TABLE_LOCAL)
        return 0;
    if (route->rtm_dst_len > 8 * address_bytes(family))
        return -1;
    /* Halves: VPNs shadow the default with two of them. */
    *out = (live_change){.kind = route->rtm_dst_len > 1 ? LIVE_ROUTE : LIVE_DEFAULT_ROUTE,
                         .family = family,
                         .prefix_len = route->rtm_dst_len,
                         .interface = interface};
    out->addr.family = family;
    const struct nlattr *const destination = found.by_type[RTA_DST];
    if (!destination)
        return route->rtm_dst_len == 0 ? 1 : -1;
    if (mnl_attr_get_payload_len(destination) != address_bytes(family))
        return -1;
    memcpy(out->addr.bytes, mnl_attr_get_payload(destination), address_bytes(family));
    return 1;
}

static int read_rule(const struct nlmsghdr *message, live_change *out)
{
    const struct fib_rule_hdr *const rule = mnl_nlmsg_get_payload(message);
    attributes found;
    if (!read_attributes(message, sizeof *rule, &found))
        return -1;
    if (family_of(rule->family) == ROAM_FAMILY_NONE)
        return 0;
    *out = (live_change){.kind = LIVE_RULE, .family = family_of(rule->family)};
    return 1;
}

static int read_address(const struct nlmsghdr *message, live_change *out)
{
    const struct ifaddrmsg *const about = mnl_nlmsg_get_payload(message);
    attributes found;
    uint32_t flags;
    if (!read_attributes(message, sizeof *about, &found))
        return -1;
    const roam_family family = family_of(about->ifa_family);
    /* On point-to-point links IFA_ADDRESS is the other end's. */
    const struct nlattr *const value =
        found.by_type[IFA_LOCAL] ? found.by_type[IFA_LOCAL] : found.by_type[IFA_ADDRESS];
    if (family == ROAM_FAMILY_NONE || !value)
        return 0;
    const size_t len = family == ROAM_FAMILY_IPV4 ? IPV4_BYTES : IPV6_BYTES;
    flags = about->ifa_flags;
    if (mnl_attr_get_payload_len(value) != len ||
        (found.by_type[IFA_FLAGS] && !read_u32(found.by_type[IFA_FLAGS], &flags)))
        return -1;
    const bool gone = message->nlmsg_type == RTM_DELADDR;
    if (!gone && (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)))
        return 0;
    *out = (live_change){.kind = gone ? LIVE_ADDRESS_GONE : LIVE_ADDRESS_NEW,
                         .family = family,
                         .addr = {.family = family},
                         .interface = about->ifa_index};
    memcpy(out->addr.bytes, mnl_attr_get_payload(value), len);
    return 1;
}

static int read_link(const struct nlmsghdr *message, live_change *out)
{
    const struct ifinfomsg *const link = mnl_nlmsg_get_payload(message);
    attributes found;
    if (!read_attributes(message, sizeof *link, &found) || link->ifi_index <= 0)
        return -1;
    const bool down =
        message->nlmsg_type == RTM_DELLINK || !(link->ifi_flags & IFF_UP) || !(link->ifi_flags & IFF_RUNNING);
    *out =
        (live_change){.kind = down ? LIVE_LINK_DOWN : LIVE_LINK_UP, .interface = (unsigned)link->ifi_index};
    return 1;
}

static int read_message(const struct nlmsghdr *message, live_change *out)
{
    switch (message->nlmsg_type) {
    case RTM_NEWROUTE:
    case RTM_DELROUTE:
        return read_route(message, out);
    case RTM_NEWRULE:
    case RTM_DELRULE:
        return read_rule(message, out);
    case RTM_NEWADDR:
    case RTM_DELADDR:
        return read_address(message, out);
    case RTM_NEWLINK:
    case RTM_DELLINK:
        return read_link(message, out);
    default:
        return 0;
    }
}

int live_netlink_parse(const void *data, size_t len, void (*found)(void *ctx, const live_change *change),
                       void *ctx)
{
    const uint8_t *at = data;
    while (len > 0) {
        const struct nlmsghdr *const message = (const struct nlmsghdr *)(const void *)at;
        live_change change;
        if (len > INT_MAX || !mnl_nlmsg_ok(message, (int)len))
            return ROAM_ERR_INVALID_ARGUMENT;
        const int rv = read_message(message, &change);
        if (rv < 0)
            return ROAM_ERR_INVALID_ARGUMENT;
        if (rv > 0)
            found(ctx, &change);
        const size_t step = aligned(message->nlmsg_len);
        at += step < len ? step : len;
        len -= step < len ? step : len;
    }
    return 0;
}
