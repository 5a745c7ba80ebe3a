/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a hostile member sends: any body, on a channel that is honest. */
#include "core/node/channel.h"
#include "core/node/peer.h"
#include "core/roam_membership.h"

int roam_membership_forge(roam_node *node, roam_peer_id peer, const void *body, size_t len)
{
    core_peer *const to = core_peer_by_id(node, peer);
    if (!to)
        return ROAM_ERR_UNKNOWN_PEER;
    return core_channel_send(to, (core_span){body, len});
}
