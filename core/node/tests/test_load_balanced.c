/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A server behind a load balancer: what its connection IDs say, and what it says to packets of a connection
 * that it does not have. */
#include "core/node/internal.h"
#include "core/tests/check.h"
#include "core/tests/net_pair.h"

#include <CUnit/Basic.h>
#include <string.h>

enum { LONG_HEADER = 0x80, ID_AT = 1, ROTATION = 5, SERVER = 0xa7 };

static const roam_addr stranger = {ROAM_FAMILY_IPV4, 666, {10, 5, 0, 66}};

/* Of datagrams to the server with a short header. */
typedef struct sight {
    uint32_t routable, others;
    uint32_t routable_at_client; /* with connection IDs that the client issued */
    uint64_t answered;           /* to the stranger */
    uint8_t rest[8];             /* of the last ID, behind the server ID: the nonce */
    uint32_t nonces;             /* that differ from the one before */
} sight;

static bool look(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    sight *const seen = user;
    const uint8_t *const id = datagram->data + ID_AT;
    const bool to_server = from->bytes[3] == 1 && from->port != 4433;
    const bool routable = id[0] >> 5 == ROTATION && id[1] == SERVER;
    if (roam_addr_equal(&datagram->remote, &stranger))
        seen->answered += datagram->len;
    else if (datagram->data[0] & LONG_HEADER)
        return false;
    else if (!to_server)
        seen->routable_at_client += routable;
    else {
        seen->routable += routable;
        seen->others += !routable;
        seen->nonces += memcmp(seen->rest, id + 2, 6) != 0;
        memcpy(seen->rest, id + 2, 6);
    }
    return false;
}

static void with_server_id(roam_node_options *options)
{
    options->accept = true;
    options->quic.server_id = (roam_server_id){.config_rotation = ROTATION, .len = 1, .bytes = {SERVER}};
    options->quic.no_stateless_reset = true;
}

static void with_rotation(roam_node_options *options)
{
    options->quic.rotate_connection_ids_ns = NET_S / 10;
    options->keep_alive_ns = NET_S / 20;
}

/* Also of those issued later, as the client uses another one each 100 ms. */
static void test_connection_ids(void)
{
    sight seen = {0};
    net_pair p = net_pair_new(
        &(net_pair_options){.apart = true, .change_a = with_rotation, .change_b = with_server_id});
    net_filter(p.net, look, &seen);
    net_pair_connect(&p);
    net_run_for(p.net, NET_S);
    CHECK(seen.others, 0, "connection IDs without the server ID");
    CU_ASSERT(seen.routable > 2);
    CU_ASSERT(seen.nonces >= 9);
    CHECK(seen.routable_at_client, 0, "connection IDs of the client");
    net_free(p.net);
}

/* A packet of an unknown connection, which a node answers by a Stateless Reset unless it is told not to. */
static void test_silence(void)
{
    static const struct {
        void (*change)(roam_node_options *options);
        bool answers;
    } cases[] = {{net_accepting, true}, {with_server_id, false}};
    uint8_t packet[100];
    memset(packet, 0x55, sizeof packet);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sight seen = {0};
        net_pair p = net_pair_new(&(net_pair_options){.apart = true, .change_b = cases[i].change});
        const roam_addr local = net_addr(p.b, 1, 4433);
        net_filter(p.net, look, &seen);
        net_inject(p.b, &local, &stranger, packet, sizeof packet);
        net_run_for(p.net, NET_S);
        CHECK(seen.answered > 0, cases[i].answers, "case %zu: answered", i);
        net_free(p.net);
    }
}

static void too_long(roam_node_options *options)
{
    options->quic.server_id.len = ROAM_SERVER_ID_MAX + 1;
}

static void reserved(roam_node_options *options)
{
    options->quic.server_id.config_rotation = 7;
}

static void test_refused(void)
{
    static void (*const changes[])(roam_node_options *) = {too_long, reserved};
    net_pair p = net_pair_new(NULL);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        roam_node_options options = p.a->node->options;
        roam_node *node = NULL;
        changes[i](&options);
        CHECK(roam_node_new(&options, &node), ROAM_ERR_INVALID_ARGUMENT, "case %zu", i);
    }
    net_free(p.net);
}

static const check_test TESTS[] = {
    {"connection IDs", test_connection_ids}, {"silence", test_silence}, {"refused", test_refused}};
CHECK_MAIN("load balanced", TESTS)
