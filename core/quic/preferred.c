/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The preferred address of a server (RFC 9000 section 9.6), between our form and that of ngtcp2. */
#include "core/quic/internal.h"

#include <string.h>

static const roam_addr *named(const core_quic_options *options, roam_family family)
{
    for (size_t i = 0; i < 2; i++)
        if (options->preferred[i].family == family)
            return &options->preferred[i];
    return NULL;
}

int quic_preferred_fill(const quic_ngtcp2 *quic, const core_quic_options *options,
                        ngtcp2_transport_params *params)
{
    const roam_addr *const ipv4 = named(options, ROAM_FAMILY_IPV4);
    const roam_addr *const ipv6 = named(options, ROAM_FAMILY_IPV6);
    ngtcp2_preferred_addr *const out = &params->preferred_addr;
    if (!ipv4 && !ipv6)
        return 0;
    params->preferred_addr_present = 1;
    if (ipv4) {
        out->ipv4_present = 1;
        out->ipv4 = (ngtcp2_sockaddr_in){.sin_family = AF_INET, .sin_port = htons(ipv4->port)};
        memcpy(&out->ipv4.sin_addr, ipv4->bytes, sizeof out->ipv4.sin_addr);
    }
    if (ipv6) {
        out->ipv6_present = 1;
        out->ipv6 = (ngtcp2_sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(ipv6->port)};
        memcpy(&out->ipv6.sin6_addr, ipv6->bytes, sizeof out->ipv6.sin6_addr);
    }
    return quic_new_id(quic, &out->cid, out->stateless_reset_token);
}

/* Of the family of the path in use, and one that a datagram can be sent to. False: there is none. in_use: the
 * server's address in use. */
static bool offered(const ngtcp2_preferred_addr *preferred, const ngtcp2_path *path, roam_addr *out,
                    roam_addr *in_use)
{
    const bool is_ipv6 = path->local.addr->sa_family == AF_INET6;
    const ngtcp2_addr ipv4 = {.addr = (ngtcp2_sockaddr *)(uintptr_t)&preferred->ipv4};
    const ngtcp2_addr ipv6 = {.addr = (ngtcp2_sockaddr *)(uintptr_t)&preferred->ipv6};
    if (is_ipv6 ? !preferred->ipv6_present : !preferred->ipv4_present)
        return false;
    quic_addr_from_ngtcp2(is_ipv6 ? &ipv6 : &ipv4, out);
    quic_addr_from_ngtcp2(&path->remote, in_use);
    return out->port != 0;
}

int quic_preferred_select(ngtcp2_conn *conn, ngtcp2_path *path, const ngtcp2_preferred_addr *preferred,
                          void *user_data)
{
    quic_ngtcp2 *const quic = user_data;
    roam_addr to, in_use;
    if (!offered(preferred, ngtcp2_conn_get_path(conn), &to, &in_use) || roam_addr_equal(&to, &in_use) ||
        !quic->base.handlers->preferred_address ||
        !quic->base.handlers->preferred_address(quic->base.owner, &to))
        return 0;
    quic_path chosen;
    quic_path_init(&chosen, &to, &to);
    ngtcp2_addr_copy_byte(&path->remote, chosen.path.remote.addr, chosen.path.remote.addrlen);
    return 0;
}

bool quic_preferred_in_use(const quic_ngtcp2 *quic)
{
    const ngtcp2_transport_params *const params = ngtcp2_conn_get_remote_transport_params(quic->conn);
    roam_addr preferred, in_use;
    return params && params->preferred_addr_present &&
           offered(&params->preferred_addr, ngtcp2_conn_get_path(quic->conn), &preferred, &in_use) &&
           roam_addr_equal(&preferred, &in_use);
}
