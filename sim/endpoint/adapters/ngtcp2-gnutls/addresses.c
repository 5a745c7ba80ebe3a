/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/adapters/ngtcp2-gnutls/internal.h"

#include <arpa/inet.h>
#include <string.h>

static void to_ngtcp2(const roam_endpoint_address *from, ngtcp2_sockaddr_union *to, ngtcp2_addr *address)
{
    memset(to, 0, sizeof *to);
    if (from->family == 4) {
        to->in.sin_family = AF_INET;
        to->in.sin_port = htons(from->port);
        memcpy(&to->in.sin_addr, from->bytes, 4);
        ngtcp2_addr_init(address, &to->sa, sizeof to->in);
    } else {
        to->in6.sin6_family = AF_INET6;
        to->in6.sin6_port = htons(from->port);
        memcpy(&to->in6.sin6_addr, from->bytes, 16);
        ngtcp2_addr_init(address, &to->sa, sizeof to->in6);
    }
}

static void from_ngtcp2(const ngtcp2_addr *from, roam_endpoint_address *to)
{
    *to = (roam_endpoint_address){0};
    if (from->addrlen == sizeof(ngtcp2_sockaddr_in)) {
        ngtcp2_sockaddr_in in;
        memcpy(&in, from->addr, sizeof in);
        to->family = 4;
        to->port = ntohs(in.sin_port);
        memcpy(to->bytes, &in.sin_addr, 4);
    } else if (from->addrlen == sizeof(ngtcp2_sockaddr_in6)) {
        ngtcp2_sockaddr_in6 in6;
        memcpy(&in6, from->addr, sizeof in6);
        to->family = 6;
        to->port = ntohs(in6.sin6_port);
        memcpy(to->bytes, &in6.sin6_addr, 16);
    }
}

void quic_path_init(quic_path *out, const roam_endpoint_path *path)
{
    memset(out, 0, sizeof *out);
    to_ngtcp2(&path->local, &out->local, &out->path.local);
    to_ngtcp2(&path->remote, &out->remote, &out->path.remote);
}

void path_from_ngtcp2(const ngtcp2_path *path, roam_endpoint_path *out)
{
    from_ngtcp2(&path->local, &out->local);
    from_ngtcp2(&path->remote, &out->remote);
}

bool address_equal(const roam_endpoint_address *a, const roam_endpoint_address *b)
{
    return a->family == b->family && a->port == b->port && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool path_equal(const roam_endpoint_path *a, const roam_endpoint_path *b)
{
    return address_equal(&a->local, &b->local) && address_equal(&a->remote, &b->remote);
}
