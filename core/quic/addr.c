/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/quic/internal.h"

#include <string.h>

static ngtcp2_socklen to_sockaddr(const roam_addr *addr, struct sockaddr_storage *out)
{
    if (addr->family == ROAM_FAMILY_IPV6) {
        struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(addr->port)};
        memcpy(&in6.sin6_addr, addr->bytes, sizeof in6.sin6_addr);
        memcpy(out, &in6, sizeof in6);
        return sizeof in6;
    }
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(addr->port)};
    memcpy(&in.sin_addr, addr->bytes, sizeof in.sin_addr);
    memcpy(out, &in, sizeof in);
    return sizeof in;
}

void quic_path_init(quic_path *path, const roam_addr *local, const roam_addr *remote)
{
    path->path.local.addr = (ngtcp2_sockaddr *)&path->local;
    path->path.local.addrlen = to_sockaddr(local, &path->local);
    path->path.remote.addr = (ngtcp2_sockaddr *)&path->remote;
    path->path.remote.addrlen = to_sockaddr(remote, &path->remote);
    path->path.user_data = NULL;
}

void quic_addr_from_ngtcp2(const ngtcp2_addr *addr, roam_addr *out)
{
    *out = (roam_addr){0};
    if (addr->addr->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, addr->addr, sizeof in6);
        out->family = ROAM_FAMILY_IPV6;
        out->port = ntohs(in6.sin6_port);
        memcpy(out->bytes, &in6.sin6_addr, sizeof in6.sin6_addr);
        return;
    }
    struct sockaddr_in in;
    memcpy(&in, addr->addr, sizeof in);
    out->family = ROAM_FAMILY_IPV4;
    out->port = ntohs(in.sin_port);
    memcpy(out->bytes, &in.sin_addr, sizeof in.sin_addr);
}
