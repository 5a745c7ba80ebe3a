/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moves of a client. What ngtcp2 0.12 cannot do is done with what it can:
 *   - It has no call that ends a validation: a path that is given up is treated as closed, and the end of its
 *     validation is not reported.
 *   - It stays on a path to which it moved at once and that fails: the way back is another move at once, with
 *     a validation of its own that nobody asked for, and that is not reported either.
 */
#include "sim/endpoint/adapters/ngtcp2-gnutls/internal.h"

static bool is_set(const roam_endpoint_path *path)
{
    return path->local.family != 0;
}

static void report(roam_endpoint_connection *c, uint32_t kind, const roam_endpoint_path *path)
{
    connection_event(c, (roam_endpoint_event){.kind = kind, .stream = -1, .path = *path});
}

int migration_on_validation(ngtcp2_conn *conn, uint32_t flags, const ngtcp2_path *ngtcp2_path,
                            ngtcp2_path_validation_result result, void *user_data)
{
    (void)flags;
    roam_endpoint_connection *const c = user_data;
    roam_endpoint_path path;
    path_from_ngtcp2(ngtcp2_path, &path);
    const bool success = result == NGTCP2_PATH_VALIDATION_RESULT_SUCCESS;
    if (path_equal(&path, &c->mute)) {
        c->mute = no_path;
        return 0;
    }
    if (path_equal(&path, &c->validating)) {
        c->validating = no_path;
        c->returning = !success && is_set(&c->way_back);
        if (success)
            c->way_back = no_path;
    }
    report(c, success ? ROAM_ENDPOINT_PATH_VALIDATED : ROAM_ENDPOINT_PATH_FAILED, &path);
    return success && ngtcp2_conn_is_server(conn) ? token_give(c, &ngtcp2_path->remote) : 0;
}

/* Gives the validation up that migrate began, without an event. */
static void give_up(roam_endpoint_connection *c)
{
    if (!is_set(&c->validating))
        return;
    c->mute = c->deaf = c->validating;
    c->validating = no_path;
}

static void path_in_use(const roam_endpoint_connection *c, roam_endpoint_path *out)
{
    path_from_ngtcp2(ngtcp2_conn_get_path(c->conn), out);
}

static void go_back(roam_endpoint_connection *c)
{
    quic_path path;
    quic_path_init(&path, &c->way_back);
    const int rv = ngtcp2_conn_initiate_immediate_migration(c->conn, &path.path,
                                                            c->endpoint->calls->now(c->endpoint->host));
    if (rv == NGTCP2_ERR_CONN_ID_BLOCKED)
        return; /* later */
    c->returning = false;
    if (!rv)
        c->mute = c->way_back;
    c->way_back = no_path;
}

void migration_follow_up(roam_endpoint_connection *c)
{
    roam_endpoint_path path;
    if (c->returning)
        go_back(c);
    path_in_use(c, &path);
    if (path_equal(&path, &c->deaf))
        c->deaf = no_path;
    if (c->returning || path_equal(&path, &c->reported))
        return;
    c->reported = path;
    c->small = false;
    report(c, ROAM_ENDPOINT_MOVED, &path);
}

static int begin_validation(roam_endpoint_connection *c, const roam_endpoint_path *path, bool at_once)
{
    const uint64_t now = c->endpoint->calls->now(c->endpoint->host);
    const roam_endpoint_path under_way = c->validating;
    roam_endpoint_path before;
    quic_path to;
    path_in_use(c, &before);
    quic_path_init(&to, path);
    if (is_set(&c->validating)) /* ngtcp2 ends it, with a callback */
        c->mute = c->validating;
    c->validating = no_path;
    const int rv = at_once ? ngtcp2_conn_initiate_immediate_migration(c->conn, &to.path, now)
                           : ngtcp2_conn_initiate_migration(c->conn, &to.path, now);
    if (rv) {
        if (is_set(&under_way)) {
            c->mute = no_path;
            c->validating = under_way;
        }
        adapter_log(c->endpoint, c, "ngtcp2 does not migrate: %s", ngtcp2_strerror(rv));
        return rv == NGTCP2_ERR_CONN_ID_BLOCKED    ? ROAM_ENDPOINT_NO_CONNECTION_ID
               : rv == NGTCP2_ERR_INVALID_ARGUMENT ? ROAM_ENDPOINT_INVALID
                                                   : ROAM_ENDPOINT_FAILED;
    }
    c->mute = c->deaf = no_path;
    c->validating = *path;
    c->way_back = at_once ? before : no_path;
    c->returning = false;
    return 0;
}

/* ngtcp2 cannot change the peer's address. */
static int rebind(roam_endpoint_connection *c, const roam_endpoint_path *path)
{
    roam_endpoint_path before, wanted = *path;
    quic_path to;
    path_in_use(c, &before);
    wanted.remote = before.remote;
    if (!path_equal(&wanted, path))
        return ROAM_ENDPOINT_UNSUPPORTED;
    give_up(c);
    c->way_back = no_path;
    c->returning = false;
    quic_path_init(&to, path);
    ngtcp2_conn_set_local_addr(c->conn, &to.path.local);
    return 0;
}

int migration_begin(roam_endpoint_connection *c, const roam_endpoint_path *path, uint32_t mode)
{
    if (c->closed)
        return ROAM_ENDPOINT_CLOSED;
    if (ngtcp2_conn_is_server(c->conn))
        return ROAM_ENDPOINT_UNSUPPORTED;
    const int rv = mode == ROAM_ENDPOINT_REBIND
                       ? rebind(c, path)
                       : begin_validation(c, path, mode == ROAM_ENDPOINT_FOLLOW_FIRST);
    if (!rv)
        migration_follow_up(c);
    return rv;
}

void migration_abandon(roam_endpoint_connection *c)
{
    if (c->closed)
        return;
    give_up(c);
    if (!is_set(&c->way_back))
        return;
    c->reported = c->way_back; /* no event when it is in use again */
    c->returning = true;
    migration_follow_up(c);
}
