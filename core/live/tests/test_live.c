/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/live.h"

#include "core/live/address.h"
#include "core/live/tests/pair.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)

static roam_addr addr(const char *text)
{
    roam_addr out = {0};
    if (!live_address_parse(text, &out))
        CU_FAIL_FATAL("an address of the test's own does not parse");
    return out;
}

static void check_result(const char *what, int result, int expected)
{
    if (result != expected) {
        (void)printf("\n  %s: %s (%d), expected %s (%d)\n", what, roam_result_name(result), result,
                     roam_result_name(expected), expected);
        CU_FAIL("result");
    }
}

static void test_messages_both_ways(void)
{
    static const struct {
        const char *listen;
        bool segmentation, ecn;
    } cases[] = {{"127.0.0.1:0", true, true}, {"127.0.0.1:0", false, false}, {"[::1]:0", true, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        pair *const p = pair_new(&(pair_options){.listen = cases[i].listen});
        CU_ASSERT_TRUE(pair_connect(p));
        check_result("send to server", live_send(p->client.live, "server", 1, "hello", 5), 0);
        check_result("send to client", live_send(p->server.live, "client", 1, "world", 5), 0);
        CU_ASSERT_TRUE(pair_await_messages(&p->server, 1));
        CU_ASSERT_TRUE(pair_await_messages(&p->client, 1));
        CU_ASSERT_STRING_EQUAL(p->server.last, "hello");
        CU_ASSERT_STRING_EQUAL(p->client.last, "world");
        pair_free(p);
    }
}

static int run_suite(void)
{
    CU_pSuite suite = CU_add_suite("live", NULL, NULL);
    if (!suite || !CU_add_test(suite, "messages both ways", test_messages_both_ways))
        return -1;
    (void)addr;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    (void)CU_basic_run_tests();
    return CU_get_number_of_failures() == 0 ? 0 : -1;
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    const int rv = run_suite();
    CU_cleanup_registry();
    return rv == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
