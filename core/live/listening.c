/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/listening.h"

#include "core/live/address.h"
#include "core/live/live_internal.h"
#include "core/live/membership.h"

#include <errno.h>

enum { ADDRESSES_MAX = 64 }; /* of the machine, of one family */

static int listen_at(live_node *live, const roam_addr *local)
{
    live_listening *const self = live_node_listening(live);
    roam_adapter *adapter;
    if (self->count == LIVE_LISTENING_MAX) {
        errno = EMFILE;
        return ROAM_ERR_ADAPTER;
    }
    int rv = live_node_open_at(live, local, &adapter);
    if (rv)
        return rv;
    const roam_addr at = *roam_adapter_local(adapter);
    rv = roam_node_add_adapter(live_node_core(live), adapter);
    if (rv)
        roam_adapter_free(adapter);
    else
        self->at[self->count++] = at;
    return rv;
}

static int listen_everywhere(live_node *live, const roam_addr *local)
{
    live_listening *const self = live_node_listening(live);
    roam_addr all[ADDRESSES_MAX], unspecified = *local;
    const size_t first = self->count;
    const size_t count = live_address_list(local->family, local->port, all, ADDRESSES_MAX);
    if (count == 0) {
        errno = EADDRNOTAVAIL;
        return ROAM_ERR_ADAPTER;
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            all[i].port = unspecified.port;
        const int rv = listen_at(live, &all[i]);
        if (rv)
            return rv;
        unspecified.port = self->at[first].port;
    }
    self->everywhere[self->everywhere_count++] = unspecified; /* at[] has room for as many at least */
    return 0;
}

int live_node_listen(live_node *live, const roam_addr *local, roam_addr *bound)
{
    live_listening *const self = live_node_listening(live);
    const size_t first = self->count;
    const bool everywhere = local->family != ROAM_FAMILY_NONE && live_address_is_unspecified(local);
    const int rv = everywhere ? listen_everywhere(live, local) : listen_at(live, local);
    if (rv)
        return rv;
    if (bound)
        *bound = self->at[first];
    live_membership_follow(live, live_now_ns());
    return 0;
}

static bool listens_at(const live_listening *self, const roam_addr *addr)
{
    for (size_t i = 0; i < self->count; i++)
        if (roam_addr_equal(&self->at[i], addr))
            return true;
    return false;
}

void live_listening_follow(live_node *live)
{
    const live_listening *const self = live_node_listening(live);
    for (size_t i = 0; i < self->everywhere_count; i++) {
        roam_addr all[ADDRESSES_MAX];
        const size_t count =
            live_address_list(self->everywhere[i].family, self->everywhere[i].port, all, ADDRESSES_MAX);
        for (size_t a = 0; a < count; a++) {
            const int rv = listens_at(self, &all[a]) ? 0 : listen_at(live, &all[a]);
            (void)rv; /* it may be usable at the next change */
        }
    }
}

const roam_addr *live_listening_at_host(const live_listening *listening, const roam_addr *addr)
{
    for (size_t i = 0; i < listening->count; i++)
        if (live_address_same_host(&listening->at[i], addr))
            return &listening->at[i];
    return NULL;
}
