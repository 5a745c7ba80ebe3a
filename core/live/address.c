/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _DEFAULT_SOURCE /* IFF_UP */
#include "core/live/address.h"

#include "core/number.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IPV4_BYTES = 4, IPV6_BYTES = 16, HOST_MAX = 64 };

static bool parse_port(const char *text, uint16_t *out)
{
    uint64_t value;
    if (!core_number_whole(text, 0, UINT16_MAX, &value))
        return false;
    *out = (uint16_t)value;
    return true;
}

bool live_address_parse(const char *text, roam_addr *out)
{
    roam_addr addr = {0};
    char host[HOST_MAX];
    const bool bracket = text[0] == '[';
    const char *const begin = text + bracket;
    const char *end = begin + strlen(begin);
    const char *port = NULL;
    if (bracket) {
        end = strchr(begin, ']');
        if (!end || (end[1] != '\0' && end[1] != ':'))
            return false;
        port = end[1] == ':' ? end + 2 : NULL;
    } else if (strchr(begin, ':') && strchr(begin, ':') == strrchr(begin, ':')) {
        end = strchr(begin, ':');
        port = end + 1;
    }
    const size_t len = (size_t)(end - begin);
    if (len == 0 || len >= sizeof host || (port && !parse_port(port, &addr.port)))
        return false;
    memcpy(host, begin, len);
    host[len] = '\0';
    if (!bracket && inet_pton(AF_INET, host, addr.bytes) == 1)
        addr.family = ROAM_FAMILY_IPV4;
    else if ((bracket || !port) && inet_pton(AF_INET6, host, addr.bytes) == 1)
        addr.family = ROAM_FAMILY_IPV6;
    else
        return false;
    *out = addr;
    return true;
}

socklen_t live_address_to_kernel(const roam_addr *addr, struct sockaddr_storage *out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(addr->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(addr->port)};
    switch (addr->family) {
    case ROAM_FAMILY_NONE:
        return 0;
    case ROAM_FAMILY_IPV4:
        memcpy(&v4.sin_addr, addr->bytes, IPV4_BYTES);
        memcpy(out, &v4, sizeof v4);
        return sizeof v4;
    case ROAM_FAMILY_IPV6:
        memcpy(&v6.sin6_addr, addr->bytes, IPV6_BYTES);
        memcpy(out, &v6, sizeof v6);
        return sizeof v6;
    }
    return 0;
}

void live_address_from_kernel(const struct sockaddr_storage *from, roam_addr *out)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    *out = (roam_addr){0};
    if (from->ss_family == AF_INET) {
        memcpy(&v4, from, sizeof v4);
        out->family = ROAM_FAMILY_IPV4;
        out->port = ntohs(v4.sin_port);
        memcpy(out->bytes, &v4.sin_addr, IPV4_BYTES);
    } else if (from->ss_family == AF_INET6) {
        memcpy(&v6, from, sizeof v6);
        out->family = ROAM_FAMILY_IPV6;
        out->port = ntohs(v6.sin6_port);
        memcpy(out->bytes, &v6.sin6_addr, IPV6_BYTES);
    }
}

bool live_address_is_unspecified(const roam_addr *addr)
{
    static const uint8_t zero[sizeof addr->bytes];
    return memcmp(addr->bytes, zero, sizeof zero) == 0;
}

bool live_address_same_host(const roam_addr *a, const roam_addr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool live_address_is_within(const roam_addr *addr, const roam_addr *prefix, unsigned bits)
{
    const unsigned rest = bits % 8;
    if (addr->family != prefix->family || bits > 8 * sizeof addr->bytes ||
        memcmp(addr->bytes, prefix->bytes, bits / 8) != 0)
        return false;
    return rest == 0 || ((addr->bytes[bits / 8] ^ prefix->bytes[bits / 8]) >> (8 - rest)) == 0;
}

int live_address_leading_to(const roam_addr *remote, roam_addr *local)
{
    struct sockaddr_storage storage = {0};
    socklen_t len = live_address_to_kernel(remote, &storage);
    if (len == 0) {
        errno = EAFNOSUPPORT;
        return ROAM_ERR_ADAPTER;
    }
    const int fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return ROAM_ERR_ADAPTER;
    int rv = ROAM_ERR_ADAPTER;
    if (connect(fd, (const struct sockaddr *)&storage, len) == 0) {
        len = sizeof storage;
        if (getsockname(fd, (struct sockaddr *)&storage, &len) == 0) {
            live_address_from_kernel(&storage, local);
            local->port = 0;
            rv = 0;
        }
    }
    const int why = errno;
    (void)close(fd);
    errno = why;
    return rv;
}

int live_address_status(int error_number)
{
    switch (error_number) {
    case EADDRNOTAVAIL:
        return ROAM_ERR_ADDRESS_NOT_LOCAL;
    case EADDRINUSE:
        return ROAM_ERR_ADDRESS_IN_USE;
    case EACCES:
    case EPERM:
        return ROAM_ERR_ADDRESS_REFUSED;
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
        return ROAM_ERR_NO_ROUTE;
    case EAFNOSUPPORT:
        return ROAM_ERR_FAMILY;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
        return ROAM_ERR_LIMIT;
    case ENOMEM:
        return ROAM_ERR_NO_MEMORY;
    default:
        return ROAM_ERR_ADAPTER;
    }
}

/* The address of one entry; false when it has no IPv4 or IPv6 address. */
static bool entry_address(const struct ifaddrs *entry, roam_addr *out)
{
    struct sockaddr_storage storage = {0};
    if (!entry->ifa_addr)
        return false;
    if (entry->ifa_addr->sa_family == AF_INET)
        memcpy(&storage, entry->ifa_addr, sizeof(struct sockaddr_in));
    else if (entry->ifa_addr->sa_family == AF_INET6)
        memcpy(&storage, entry->ifa_addr, sizeof(struct sockaddr_in6));
    else
        return false;
    live_address_from_kernel(&storage, out);
    out->port = 0;
    return true;
}

unsigned live_address_interface(const roam_addr *addr, bool *running)
{
    struct ifaddrs *list = NULL;
    unsigned index = 0;
    roam_addr found;
    if (getifaddrs(&list))
        return 0;
    for (const struct ifaddrs *entry = list; entry && index == 0; entry = entry->ifa_next) {
        if (!entry_address(entry, &found) || !live_address_same_host(&found, addr))
            continue;
        index = if_nametoindex(entry->ifa_name);
        if (running)
            *running = (entry->ifa_flags & IFF_UP) && (entry->ifa_flags & IFF_RUNNING);
    }
    freeifaddrs(list);
    return index;
}

static bool is_link_local(const roam_addr *addr)
{
    return addr->family == ROAM_FAMILY_IPV6 && addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
}

size_t live_address_list(roam_family family, uint16_t port, roam_addr *out, size_t max)
{
    struct ifaddrs *list = NULL;
    size_t count = 0;
    roam_addr found;
    if (getifaddrs(&list))
        return 0;
    for (const struct ifaddrs *entry = list; entry && count < max; entry = entry->ifa_next) {
        if (!entry_address(entry, &found) || found.family != family || is_link_local(&found))
            continue;
        found.port = port;
        bool known = false;
        for (size_t i = 0; i < count; i++)
            known = known || live_address_same_host(&out[i], &found);
        if (!known)
            out[count++] = found;
    }
    freeifaddrs(list);
    return count;
}
