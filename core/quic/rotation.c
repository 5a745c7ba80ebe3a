/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connection IDs that are changed without another path (RFC 9000 section 5.1.2). */
#include "core/heap.h"
#include "core/quic/internal.h"

/* From core/ngtcp2; NULL with ngtcp2 as released, which cannot do it. */
int ngtcp2_conn_change_dcid(ngtcp2_conn *conn, ngtcp2_tstamp ts) __attribute__((weak));
int ngtcp2_conn_retire_scid(ngtcp2_conn *conn, ngtcp2_tstamp ts) __attribute__((weak));

bool quic_rotations_are_there(void)
{
    return ngtcp2_conn_change_dcid && ngtcp2_conn_retire_scid;
}

static uint64_t next_due(const quic_rotation *rotation, uint64_t now_ns)
{
    return rotation->every_ns == 0 ? ROAM_NEVER : core_deadline(now_ns, rotation->every_ns);
}

void quic_rotations_init(quic_ngtcp2 *quic, const roam_quic_options *options)
{
    quic->rotations[QUIC_USE_ANOTHER] =
        (quic_rotation){.every_ns = options->rotate_connection_ids_ns, .due_ns = ROAM_NEVER};
    quic->rotations[QUIC_ISSUE_OTHERS] =
        (quic_rotation){.every_ns = options->retire_connection_ids_ns, .due_ns = ROAM_NEVER};
}

void quic_rotations_begin(quic_ngtcp2 *quic)
{
    for (size_t i = 0; i < QUIC_ROTATIONS; i++)
        quic->rotations[i].due_ns = next_due(&quic->rotations[i], quic->base.now_ns);
}

uint64_t quic_rotations_due(const quic_ngtcp2 *quic)
{
    uint64_t due_ns = ROAM_NEVER;
    for (size_t i = 0; i < QUIC_ROTATIONS; i++)
        due_ns = quic->rotations[i].due_ns < due_ns ? quic->rotations[i].due_ns : due_ns;
    return due_ns;
}

static int rotate(quic_ngtcp2 *quic, size_t which)
{
    const bool wanted = which == QUIC_USE_ANOTHER && quic->id_wanted;
    quic->id_wanted = quic->id_wanted && !wanted;
    if (wanted)
        return NGTCP2_ERR_CONN_ID_BLOCKED;
    return which == QUIC_USE_ANOTHER ? ngtcp2_conn_change_dcid(quic->conn, quic->base.now_ns)
                                     : ngtcp2_conn_retire_scid(quic->conn, quic->base.now_ns);
}

/* One that cannot be done now is left out. */
static int rotation_status(int ngtcp2_error)
{
    return ngtcp2_error == NGTCP2_ERR_INVALID_STATE || ngtcp2_error == NGTCP2_ERR_CONN_ID_BLOCKED
               ? 0
               : ngtcp2_error;
}

int quic_rotations_expire(quic_ngtcp2 *quic)
{
    int rv = 0;
    for (size_t i = 0; rv == 0 && i < QUIC_ROTATIONS; i++) {
        quic_rotation *const rotation = &quic->rotations[i];
        if (rotation->due_ns > quic->base.now_ns)
            continue;
        rv = rotation_status(rotate(quic, i));
        rotation->due_ns = next_due(rotation, quic->base.now_ns);
    }
    return rv;
}
