/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Migration. */
#include "sim/wire/transport_parameters.h"
#include "tools/endpoint/check.h"

#include <string.h>

static bool client_moved(const endpoint_pair *pair, void *ctx)
{
    const endpoint_check *const check = ctx;
    (void)pair;
    return check->client->moved > 0 && check->client->validated > 0 && check->server->moved > 0;
}

static bool is_from(const endpoint_check *check, const roam_endpoint_path *path, size_t address)
{
    return pair_same_address(&path->local, &check->pair->nodes[PAIR_CLIENT].addresses[address].local);
}

static bool server_sees(const endpoint_check *check, const roam_endpoint_path *path, size_t address)
{
    return pair_same_address(&path->remote, &check->pair->nodes[PAIR_CLIENT].addresses[address].seen);
}

/* A connection after some time, and a second address of the client: its index. 0: failed. */
static size_t connected_with_two(endpoint_check *check)
{
    if (!check_connect(check) ||
        !check_transfer(check, check->client, check->server, 5000, 10 * PAIR_S, "before the migration"))
        return 0;
    check_pass_time(check, PAIR_S);
    return pair_add_address(check->pair, PAIR_CLIENT);
}

/* After a move of the client to its address. */
static void check_moved(endpoint_check *check, size_t address)
{
    char text[PAIR_ADDRESS_TEXT_MAX];
    REQUIRE(check, is_from(check, &check->client->moved_path, address),
            "MOVED of the client names the local address %s",
            pair_address_text(&check->client->moved_path.local, text));
    if (!check_transfer(check, check->client, check->server, 5000, 10 * PAIR_S,
                        "to the server after the migration") ||
        !check_transfer(check, check->server, check->client, 5000, 10 * PAIR_S,
                        "to the client after the migration"))
        return;
    const roam_endpoint_path client = pair_path(check->client), server = pair_path(check->server);
    REQUIRE(check, is_from(check, &client, address),
            "path() of the client has the local address %s after the move",
            pair_address_text(&client.local, text));
    REQUIRE(check, server_sees(check, &server, address),
            "path() of the server has the remote address %s after the move",
            pair_address_text(&server.remote, text));
    REQUIRE(check, check->server->moved > 0 && server_sees(check, &check->server->moved_path, address),
            "the server reports MOVED %u times, the last to %s", check->server->moved,
            pair_address_text(&check->server->moved_path.remote, text));
    check_pass_time(check, PAIR_S); /* the server may still be validating */
    REQUIRE(check, check->server->validated > 0,
            "the server reports no PATH_VALIDATED of the client's new address "
            "(RFC 9000 section 9.3)");
}

static void moves(endpoint_check *check, uint32_t mode)
{
    const size_t address = connected_with_two(check);
    if (address == 0)
        return;
    const roam_endpoint_path path = pair_path_from(check->pair, address);
    const uint64_t began_ns = check->pair->now_ns;
    const int status = pair_migrate(check->client, &path, mode);
    REQUIRE(check, status == ROAM_ENDPOINT_OK, "migrate answers %s", pair_status_text(status));
    if (mode == ROAM_ENDPOINT_PROBE_FIRST)
        REQUIRE(check, check->client->moved == 0,
                "MOVED comes in migrate: PROBE_FIRST moves after the validation");
    else
        REQUIRE(check, check->client->moved == 1,
                "MOVED does not come in migrate: FOLLOW_FIRST moves at once");
    REQUIRE(check, check->pair->nodes[PAIR_CLIENT].wire.frames[DISSECT_PATH_CHALLENGE] > 0,
            "no PATH_CHALLENGE leaves in the flush after migrate");
    (void)check_until(check, 5 * PAIR_S, client_moved, check);
    REQUIRE(check, check->client->validated == 1 && is_from(check, &check->client->validated_path, address),
            "the client reports PATH_VALIDATED %u times, PATH_FAILED %u times within 5 s",
            check->client->validated, check->client->failed);
    REQUIRE(check, check->client->moved > 0, "the client reports PATH_VALIDATED and no MOVED");
    check_moved(check, address);
    if (check->outcome != CHECK_PASSED)
        return;
    REQUIRE(check, check->pair->nodes[PAIR_CLIENT].wire.ids_on_two == 0,
            "a connection ID is used from both local addresses (RFC 9000 section 9.5)");
    check_note(check, "validated after %.3f ms",
               (double)(check->client->validated_ns - began_ns) / (double)PAIR_MS);
}

static void probe_first(endpoint_check *check)
{
    moves(check, ROAM_ENDPOINT_PROBE_FIRST);
}

static void follow_first(endpoint_check *check)
{
    moves(check, ROAM_ENDPOINT_FOLLOW_FIRST);
}

static void rebind(endpoint_check *check)
{
    const size_t address = connected_with_two(check);
    if (address == 0)
        return;
    const roam_endpoint_path path = pair_path_from(check->pair, address);
    check->pair->nodes[PAIR_CLIENT].addresses[0].dead = true;
    const int status = pair_migrate(check->client, &path, ROAM_ENDPOINT_REBIND);
    REQUIRE(check, status == ROAM_ENDPOINT_OK, "migrate answers %s", pair_status_text(status));
    REQUIRE(check, check->client->moved == 1, "MOVED does not come in migrate");
    check_moved(check, address);
    if (check->outcome != CHECK_PASSED)
        return;
    REQUIRE(check,
            check->pair->nodes[PAIR_CLIENT].wire.frames[DISSECT_PATH_CHALLENGE] == 0 &&
                check->client->validated == 0,
            "the client validates the path: REBIND is a socket that was replaced without the library's "
            "knowledge");
}

static bool path_failed(const endpoint_pair *pair, void *ctx)
{
    const endpoint_check *const check = ctx;
    (void)pair;
    return check->client->failed > 0;
}

static void dead_path(endpoint_check *check, uint32_t mode)
{
    char text[PAIR_ADDRESS_TEXT_MAX];
    const size_t address = connected_with_two(check);
    if (address == 0)
        return;
    check->pair->nodes[PAIR_CLIENT].addresses[address].dead = true;
    const roam_endpoint_path path = pair_path_from(check->pair, address);
    const uint64_t began_ns = check->pair->now_ns;
    const int status = pair_migrate(check->client, &path, mode);
    REQUIRE(check, status == ROAM_ENDPOINT_OK, "migrate answers %s", pair_status_text(status));
    (void)check_until(check, 20 * PAIR_S, path_failed, check);
    REQUIRE(check, check->client->failed > 0,
            "no PATH_FAILED comes within 20 s on a path where nothing arrives");
    REQUIRE(check, is_from(check, &check->client->failed_path, address),
            "PATH_FAILED names the local address %s",
            pair_address_text(&check->client->failed_path.local, text));
    REQUIRE(check, !check->client->closed,
            "the failed validation closes the connection (RFC 9000 section 8.2.4)");
    const double took_ms = (double)(check->client->failed_ns - began_ns) / (double)PAIR_MS;
    check_pass_time(check, PAIR_S);
    REQUIRE(check, mode == ROAM_ENDPOINT_PROBE_FIRST ? check->client->moved == 0 : check->client->moved == 2,
            "MOVED came %u times: %s", check->client->moved,
            mode == ROAM_ENDPOINT_PROBE_FIRST ? "the connection stays on its path"
                                              : "to the new path and back");
    const roam_endpoint_path now = pair_path(check->client);
    REQUIRE(check, is_from(check, &now, 0), "path() has the local address %s after the failure",
            pair_address_text(&now.local, text));
    if (!check_transfer(check, check->client, check->server, 5000, 10 * PAIR_S, "on the path before"))
        return;
    check_note(check, "given up after %.3f ms", took_ms);
}

static void dead_probe(endpoint_check *check)
{
    dead_path(check, ROAM_ENDPOINT_PROBE_FIRST);
}

static void dead_follow(endpoint_check *check)
{
    dead_path(check, ROAM_ENDPOINT_FOLLOW_FIRST);
}

static void abandon(endpoint_check *check)
{
    char text[PAIR_ADDRESS_TEXT_MAX];
    const uint32_t mode = check_validating_mode(check);
    if (!mode || !check->library->table.migrate_abandon) {
        check_unsupported(check, mode ? "the adapter has no function migrate_abandon"
                                      : "the adapter claims no way to migrate that validates");
        return;
    }
    const size_t address = connected_with_two(check);
    if (address == 0)
        return;
    const roam_endpoint_path path = pair_path_from(check->pair, address);
    const int status = pair_migrate(check->client, &path, mode);
    REQUIRE(check, status == ROAM_ENDPOINT_OK, "migrate answers %s", pair_status_text(status));
    const uint32_t moved = check->client->moved;
    check_pass_time(check, 10 * PAIR_MS); /* the challenge is under way */
    pair_abandon(check->client);
    check_pass_time(check, 5 * PAIR_S);
    REQUIRE(check,
            check->client->validated == 0 && check->client->failed == 0 && check->client->moved == moved,
            "after migrate_abandon PATH_VALIDATED came %u times, PATH_FAILED %u, MOVED %u: a validation that "
            "is given "
            "up makes no event",
            check->client->validated, check->client->failed, check->client->moved - moved);
    const roam_endpoint_path now = pair_path(check->client);
    REQUIRE(check, is_from(check, &now, 0), "path() has the local address %s after migrate_abandon",
            pair_address_text(&now.local, text));
    (void)check_transfer(check, check->client, check->server, 5000, 10 * PAIR_S, "on the path before");
}

enum { CALLS_MAX = 20 };

/* No answer comes, so no new connection ID either. */
static void no_connection_id(endpoint_check *check)
{
    const uint32_t mode = check_validating_mode(check);
    if (!mode) {
        check_unsupported(check, "the adapter claims no way to migrate that validates");
        return;
    }
    if (connected_with_two(check) == 0)
        return;
    check->pair->cut = true;
    int status = ROAM_ENDPOINT_OK, calls = 0;
    for (; calls < CALLS_MAX && status == ROAM_ENDPOINT_OK; calls++) {
        const size_t address = pair_add_address(check->pair, PAIR_CLIENT);
        const roam_endpoint_path path = pair_path_from(check->pair, address);
        status = pair_migrate(check->client, &path, mode);
        REQUIRE(check, status == ROAM_ENDPOINT_OK || status == ROAM_ENDPOINT_NO_CONNECTION_ID,
                "migrate number %d to another new path answers %s", calls + 1, pair_status_text(status));
        check_pass_time(check, PAIR_MS);
    }
    REQUIRE(check, status == ROAM_ENDPOINT_NO_CONNECTION_ID,
            "%d calls to %d new paths answer OK without a packet from the peer: with a limit of 8 connection "
            "IDs there "
            "are not so many",
            CALLS_MAX, CALLS_MAX);
    REQUIRE(check, check->pair->nodes[PAIR_CLIENT].wire.ids_on_two == 0,
            "a connection ID is used from two local addresses (RFC 9000 section 9.5)");
    check->pair->cut = false;
    check_pass_time(check, 3 * PAIR_S);
    (void)check_transfer(check, check->client, check->server, 5000, 20 * PAIR_S,
                         "when the network works again");
}

static void rebound_by_nat(endpoint_check *check)
{
    char text[PAIR_ADDRESS_TEXT_MAX];
    if (!check_connect(check) ||
        !check_transfer(check, check->client, check->server, 5000, 10 * PAIR_S, "before the rebinding"))
        return;
    check_pass_time(check, PAIR_S);
    pair_rebind(check->pair, PAIR_CLIENT, 0);
    if (!check_transfer(check, check->client, check->server, 5000, 10 * PAIR_S,
                        "to the server after the rebinding"))
        return;
    check_pass_time(check, PAIR_S);
    REQUIRE(check, check->server->moved > 0,
            "the server reports no MOVED when packets come from another address");
    REQUIRE(check, server_sees(check, &check->server->moved_path, 0),
            "MOVED of the server names the remote address %s",
            pair_address_text(&check->server->moved_path.remote, text));
    REQUIRE(check, check->server->validated > 0 && server_sees(check, &check->server->validated_path, 0),
            "the server reports no PATH_VALIDATED of the client's new address (RFC 9000 section 9.3)");
    REQUIRE(check, check->client->moved == 0, "the client reports MOVED, though its own address is the same");
    const roam_endpoint_path now = pair_path(check->server);
    REQUIRE(check, server_sees(check, &now, 0), "path() of the server has the remote address %s",
            pair_address_text(&now.remote, text));
    (void)check_transfer(check, check->server, check->client, 5000, 10 * PAIR_S,
                         "to the client after the rebinding");
}

/* Of each end that is the adapter's. */
static void challenges_of(endpoint_check *check, const pair_connection *own)
{
    const pair_node *const node = own->node;
    const uint64_t frames = node->wire.frames[DISSECT_PATH_CHALLENGE];
    if (node->library != check->library)
        return;
    REQUIRE(check, own->challenges > 0 || frames == 0,
            "the %s sent %llu PATH_CHALLENGE frames, and reports no CHALLENGE_SENT", node->options.node,
            (unsigned long long)frames);
    REQUIRE(check, own->challenges <= frames,
            "the %s reports CHALLENGE_SENT %u times, and sent %llu PATH_CHALLENGE frames", node->options.node,
            own->challenges, (unsigned long long)frames);
}

static void challenges(endpoint_check *check)
{
    const uint32_t mode = check_validating_mode(check);
    const size_t address = connected_with_two(check);
    if (address == 0)
        return;
    pair_rebind(check->pair, PAIR_CLIENT, 0);
    if (!check_transfer(check, check->client, check->server, 5000, 10 * PAIR_S, "after the rebinding"))
        return;
    check_pass_time(check, PAIR_S);
    if (mode && check->client_library == check->library) {
        const roam_endpoint_path path = pair_path_from(check->pair, address);
        const int status = pair_migrate(check->client, &path, mode);
        REQUIRE(check, status == ROAM_ENDPOINT_OK, "migrate answers %s", pair_status_text(status));
        check_pass_time(check, PAIR_S);
    }
    challenges_of(check, check->client);
    challenges_of(check, check->server);
    check_note(check, "%u of the client, %u of the server", check->client->challenges,
               check->server->challenges);
}

static uint64_t unread(const pair_node *node)
{
    uint64_t count = 0;
    for (size_t status = 0; status <= DISSECT_NOT_READ; status++)
        count += node->wire.unread[status];
    return count;
}

/* A packet that was sent on the old path comes long after the client has left it, and has retired the
 * connection ID. */
static void late_packet(endpoint_check *check)
{
    int status;
    uint8_t late[PAIR_DATAGRAM_MAX];
    const uint32_t mode = check_validating_mode(check);
    const pair_node *const client = &check->pair->nodes[PAIR_CLIENT], *const server =
                                                                          &check->pair->nodes[PAIR_SERVER];
    check->pair->cut = true;
    REQUIRE(check, pair_send(check->client, false, 900, true, &status), "stream_open answers %s",
            pair_status_text(status));
    check->pair->cut = false;
    const size_t len = client->last_len;
    memcpy(late, client->last, len);
    const roam_endpoint_path path = pair_path_from(check->pair, 1);
    status = pair_migrate(check->client, &path, mode);
    REQUIRE(check, status == ROAM_ENDPOINT_OK, "migrate answers %s", pair_status_text(status));
    check_pass_time(check, 10 * PAIR_S);
    if (client->wire.frames[DISSECT_RETIRE_CONNECTION_ID] == 0) {
        check_unsupported(check, "the client retires no connection ID after it has migrated");
        return;
    }
    const uint64_t before = unread(server);
    pair_inject(check->pair, PAIR_SERVER, &client->addresses[0].seen, late, len);
    check_pass_time(check, 2 * PAIR_S);
    REQUIRE(check, unread(server) == before,
            "the server answers a late packet to a connection ID that was retired with a stateless reset%s",
            check->client->closed ? ", and the client takes it for the end" : "");
    REQUIRE(check, !check->client->closed && !check->server->closed,
            "a late packet to a connection ID that was retired ends the connection");
    (void)check_transfer(check, check->server, check->client, 5000, 10 * PAIR_S, "after the late packet");
}

static void retired_id(endpoint_check *check)
{
    if (!check_validating_mode(check) || check->client_library != check->library)
        check_unsupported(check, "the adapter claims no way to migrate that validates");
    else if (connected_with_two(check) != 0)
        late_packet(check);
}

/* RFC 9000 section 9.3: a server SHOULD send tokens after it has verified a new address. */
static void new_token(endpoint_check *check)
{
    if (!check_make_pair(check))
        return;
    const uint64_t *const sent = &check->pair->nodes[PAIR_SERVER].wire.frames[DISSECT_NEW_TOKEN];
    if (!check_connect(check) ||
        !check_transfer(check, check->client, check->server, 5000, 10 * PAIR_S, "before the rebinding"))
        return;
    check_pass_time(check, PAIR_S);
    const uint64_t before = *sent;
    pair_rebind(check->pair, PAIR_CLIENT, 0);
    if (!check_transfer(check, check->client, check->server, 5000, 10 * PAIR_S,
                        "to the server after the rebinding"))
        return;
    check_pass_time(check, PAIR_S);
    if (*sent == before)
        check_unsupported(check,
                          "the server sends no NEW_TOKEN for the client's new address; it had sent %llu "
                          "(RFC 9000 section 9.3 says SHOULD)",
                          (unsigned long long)before);
}

/* Of a server: only a client migrates, so that only a server has somebody to forbid it to. */
static void disabled_by_server(endpoint_check *check, bool asked)
{
    roam_endpoint_peer peer;
    check->pair->nodes[PAIR_SERVER].options.disable_active_migration = asked;
    if (!check_connect(check))
        return;
    const transport_parameters *const sent = dissect_parameters(check->pair->dissect, 0, DISSECT_SERVER);
    REQUIRE(check, sent, "the transport parameters of the server cannot be read");
    REQUIRE(check, check->server_library != check->library || sent->disable_active_migration == asked,
            "the server sends its transport parameters %s disable_active_migration, and was asked to send "
            "them %s it",
            sent->disable_active_migration ? "with" : "without", asked ? "with" : "without");
    if (check->client_library != check->library)
        return;
    const int status = pair_peer(check->client, &peer);
    REQUIRE(check, status == ROAM_ENDPOINT_OK && peer.disables_migration == sent->disable_active_migration,
            "disables_migration in peer() of the client is %s; the server %s it",
            peer.disables_migration ? "true" : "false",
            sent->disable_active_migration ? "sent" : "did not send");
}

static void disable(endpoint_check *check)
{
    for (int asked = 0; asked < 2 && check->outcome == CHECK_PASSED; asked++) {
        if (!check_make_another_pair(check, check->seed))
            return;
        disabled_by_server(check, asked);
    }
}

const check_row checks_of_migration[] = {
    {"nat-rebinding", "stream-uni", ROAM_ENDPOINT_SERVER, rebound_by_nat,
     "a server reports MOVED and PATH_VALIDATED when a NAT gives the client another address, and answers "
     "there",
     "give receive's path to the library, and report what it makes of a new remote address"},
    {"new-token", "nat-rebinding keylog", ROAM_ENDPOINT_SERVER, new_token,
     "a server sends a NEW_TOKEN once a new address of the client is validated",
     "give the library a token for the new address: with ngtcp2 and others that is the application's job"},
    {"disable", "confirmed keylog", ROAM_ENDPOINT_HONOURS_DISABLE, disable,
     "a server sends disable_active_migration as asked, and peer() of a client sees it",
     "set the transport parameter, read that of the peer; or do not claim HONOURS_DISABLE"},
    {"migrate-rebind", "stream-uni keylog", ROAM_ENDPOINT_CAN_REBIND, rebind,
     "REBIND: MOVED at once, all leaves from the new address without validation by the client; the server "
     "follows",
     "write migrate for REBIND: replace the local address of the path and nothing else"},
    {"migrate-probe", "stream-uni keylog", ROAM_ENDPOINT_CAN_PROBE_FIRST, probe_first,
     "PROBE_FIRST: PATH_CHALLENGE, PATH_VALIDATED, then MOVED; the server follows; a new connection ID",
     "write migrate for PROBE_FIRST; have a validation's success move the connection"},
    {"migrate-follow", "stream-uni keylog", ROAM_ENDPOINT_CAN_FOLLOW_FIRST, follow_first,
     "FOLLOW_FIRST: MOVED at once, PATH_VALIDATED later; the server follows; a new connection ID",
     "write migrate for FOLLOW_FIRST: report MOVED in the call"},
    {"retired-id", "stream-uni keylog", ROAM_ENDPOINT_CLIENT, retired_id,
     "a late packet to a connection ID that was retired is not answered with a stateless reset",
     "keep the route of a retired connection ID until connection_free"},
    {"challenges", "stream-uni keylog", ROAM_ENDPOINT_REPORTS_CHALLENGES, challenges,
     "CHALLENGE_SENT comes where packets have a PATH_CHALLENGE, and not more often",
     "report CHALLENGE_SENT when the library puts one into a packet, or do not claim REPORTS_CHALLENGES"},
    {"dead-probe", "migrate-probe", ROAM_ENDPOINT_CAN_PROBE_FIRST, dead_probe,
     "PROBE_FIRST on a dead path: PATH_FAILED, and the connection goes on where it was",
     "report PATH_FAILED with the path that was probed when the library gives the validation up"},
    {"dead-follow", "migrate-follow", ROAM_ENDPOINT_CAN_FOLLOW_FIRST, dead_follow,
     "FOLLOW_FIRST on a dead path: PATH_FAILED, MOVED back, and the connection goes on where it was",
     "report PATH_FAILED, then MOVED with the path before"},
    {"abandon", "stream-uni", ROAM_ENDPOINT_CLIENT, abandon,
     "migrate_abandon gives the validation up without an event, and the connection goes on where it was",
     "write migrate_abandon, or leave it NULL"},
    {"no-connection-id", "stream-uni keylog", ROAM_ENDPOINT_CLIENT, no_connection_id,
     "migrate answers NO_CONNECTION_ID when the peer's connection IDs are used up, and uses none from two "
     "addresses",
     "map the library's error for no spare connection ID to NO_CONNECTION_ID"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};
