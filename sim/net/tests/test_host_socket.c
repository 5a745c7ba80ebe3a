/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which socket of a host a datagram belongs to, and which address and port a new one gets. */
#include "core/tests/check.h"
#include "sim/tests/lab.h"

#include <CUnit/Basic.h>
#include <stdlib.h>

static const struct {
    const char *what;
    const char *local; /* NULL: refused */
    roam_addr wanted;
    roam_family remote;
    int status;
} SOCKETS[] = {
    {.what = "first of those attached at once", .local = "10.1.0.1:49152", .remote = ROAM_FAMILY_IPV4},
    {.what = "next port, but not the one kept back", .local = "10.1.0.1:49154", .remote = ROAM_FAMILY_IPV4},
    {.what = "family of remote", .local = "[fd00:4::1]:49155", .remote = ROAM_FAMILY_IPV6},
    {.what = "address, any port",
     .local = "10.2.0.1:49156",
     .wanted = {ROAM_FAMILY_IPV4, 0, {10, 2, 0, 1}},
     .remote = ROAM_FAMILY_IPV4},
    {.what = "low port",
     .local = "10.1.0.1:4433",
     .wanted = {ROAM_FAMILY_IPV4, 4433, {10, 1, 0, 1}},
     .remote = ROAM_FAMILY_IPV4},
    {.what = "low port again",
     .wanted = {ROAM_FAMILY_IPV4, 4433, {10, 1, 0, 1}},
     .remote = ROAM_FAMILY_IPV4,
     .status = ROAM_ERR_ADDRESS_IN_USE},
    {.what = "on another address",
     .local = "10.2.0.1:4433",
     .wanted = {ROAM_FAMILY_IPV4, 4433, {10, 2, 0, 1}},
     .remote = ROAM_FAMILY_IPV4},
    {.what = "kept port",
     .local = "10.1.0.1:49153",
     .wanted = {ROAM_FAMILY_IPV4, 49153, {10, 1, 0, 1}},
     .remote = ROAM_FAMILY_IPV4},
    {.what = "and elsewhere",
     .local = "10.2.0.1:49153",
     .wanted = {ROAM_FAMILY_IPV4, 49153, {10, 2, 0, 1}},
     .remote = ROAM_FAMILY_IPV4},
    {.what = "ephemeral port taken",
     .wanted = {ROAM_FAMILY_IPV4, 49154, {10, 1, 0, 1}},
     .remote = ROAM_FAMILY_IPV4,
     .status = ROAM_ERR_ADDRESS_IN_USE},
    {.what = "last port",
     .local = "10.1.0.1:65535",
     .wanted = {ROAM_FAMILY_IPV4, 65535, {10, 1, 0, 1}},
     .remote = ROAM_FAMILY_IPV4},
    {.what = "not ours",
     .wanted = {ROAM_FAMILY_IPV4, 0, {10, 3, 0, 1}},
     .remote = ROAM_FAMILY_IPV4,
     .status = ROAM_ERR_ADDRESS_NOT_LOCAL},
};

static void test_sockets(void)
{
    enum { COUNT = sizeof SOCKETS / sizeof *SOCKETS };
    roam_adapter *open[COUNT] = {NULL};
    lab *l = lab_new();
    lab_attach(l, A, WIFI);
    lab_attach(l, A, CELLULAR);
    lab_attach(l, A, WIFI6);
    for (size_t i = 0; i < COUNT; i++) {
        roam_addr remote = {.family = SOCKETS[i].remote};
        int status = host_open(l->hosts[A], &SOCKETS[i].wanted, &remote, &open[i]);
        CHECK(status, SOCKETS[i].status, "%s", SOCKETS[i].what);
        if (!status)
            lab_expect_address(SOCKETS[i].what, roam_adapter_local(open[i]), SOCKETS[i].local);
        else
            CU_ASSERT_PTR_NULL(open[i]);
    }
    lab_run(l, 1 * MS);
    lab_attach(l, A, TINY);
    roam_adapter *later = lab_open(l, A, &(roam_addr){.family = ROAM_FAMILY_IPV4});
    lab_expect_address("attached last", roam_adapter_local(later), "192.0.2.5:49157");
    roam_adapter_free(later);
    for (size_t i = 0; i < COUNT; i++)
        roam_adapter_free(open[i]);
    lab_free(l);
}

/* A host that is on no network of the family, and one that may not use the network that it is on. */
static void test_nothing_to_choose(void)
{
    static const roam_addr any = {.family = ROAM_FAMILY_NONE};
    const roam_addr remote = {.family = ROAM_FAMILY_IPV6};
    roam_adapter *out = NULL;
    lab *l = lab_new();
    lab_attach(l, A, WIFI);
    CHECK(host_open(l->hosts[A], &any, &remote, &out), ROAM_ERR_NO_ROUTE, "no network of that family");
    CU_ASSERT_EQUAL(host_set_refused(l->hosts[A], &l->networks[WIFI], true), 0);
    CHECK(host_open(l->hosts[A], &any, NULL, &out), ROAM_ERR_ADDRESS_REFUSED, "refused");
    lab_attach(l, A, CELLULAR);
    CHECK(host_open(l->hosts[A], &any, NULL, &out), 0, "another one");
    roam_adapter_free(out);
    lab_free(l);
}

/* All ephemeral ports but the one kept back; then a closed one comes round again. */
static void test_ports_run_out(void)
{
    enum { ALL = 65536 - 49152 - 1 };
    roam_adapter **open = calloc(ALL, sizeof(roam_adapter *));
    roam_adapter *more = NULL;
    static const roam_addr any = {.family = ROAM_FAMILY_NONE};
    lab *l = lab_new();
    lab_attach(l, A, WIFI);
    for (size_t i = 0; i < ALL; i++)
        open[i] = lab_open(l, A, NULL);
    CHECK(host_open(l->hosts[A], &any, NULL, &more), ROAM_ERR_LIMIT, "one more");
    roam_adapter_free(open[100]);
    open[100] = lab_open(l, A, NULL);
    lab_expect_address("again", roam_adapter_local(open[100]), "10.1.0.1:49253");
    for (size_t i = 0; i < ALL; i++)
        roam_adapter_free(open[i]);
    free(open);
    lab_free(l);
}

/* Sockets of one host do not get each other's datagrams, and a closed or unknown one gets none. */
static void test_demultiplexing(void)
{
    lab *l = lab_new();
    lab_attach(l, A, WIFI);
    roam_addr first = lab_attach(l, B, DATACENTRE);
    roam_addr second = lab_attach(l, B, CELLULAR);
    roam_adapter *client = lab_open(l, A, &first);
    roam_adapter *on_first = lab_listen(l, B, first);
    roam_adapter *on_second = lab_listen(l, B, second);
    CHECK(lab_send(l, client, roam_adapter_local(on_second), 10), 0, "send");
    lab_run(l, 100 * MS);
    CU_ASSERT_PTR_EQUAL(l->received_on, on_second);
    CHECK(lab_send(l, client, roam_adapter_local(on_first), 10), 0, "send");
    lab_run(l, 200 * MS);
    CU_ASSERT_PTR_EQUAL(l->received_on, on_first);
    roam_addr closed = *roam_adapter_local(on_first);
    roam_adapter_free(on_first);
    CHECK(lab_send(l, client, &closed, 10), 0, "send");
    closed.port = 50000;
    CHECK(lab_send(l, client, &closed, 10), 0, "send");
    lab_run(l, 300 * MS);
    roam_addr elsewhere = lab_attach(l, A, CELLULAR);
    elsewhere.port = roam_adapter_local(client)->port;
    CHECK(lab_send(l, on_second, &elsewhere, 10), 0, "to the port on another address");
    lab_run(l, 400 * MS);
    CHECK(l->received_count, 2, "arrivals");
    roam_adapter_free(on_second);
    roam_adapter_free(client);
    lab_free(l);
}

static const check_test TESTS[] = {{"sockets", test_sockets},
                                   {"nothing to choose", test_nothing_to_choose},
                                   {"ports run out", test_ports_run_out},
                                   {"demultiplexing", test_demultiplexing}};
CHECK_MAIN("host sockets", TESTS)
