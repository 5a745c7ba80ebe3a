/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "sim/refusal.h"
#include "sim/world/world.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

/* A state of the world is a refusal and leaves no fault; anything else is a fault. */
static void test_statuses(void)
{
    static const struct {
        int status, result;
        const char *name, *fault;
    } cases[] = {
        {0, REFUSAL_NONE, "", ""},
        {ROAM_ERR_NOT_CONNECTED, REFUSAL_NOT_CONNECTED, "not_connected", ""},
        {ROAM_ERR_NO_CONN, REFUSAL_NO_CONN, "no_conn", ""},
        {ROAM_ERR_EXISTS, REFUSAL_EXISTS, "exists", ""},
        {ROAM_ERR_ADDRESS_NOT_LOCAL, REFUSAL_ADDRESS_NOT_LOCAL, "address_not_local", ""},
        {ROAM_ERR_ADDRESS_IN_USE, REFUSAL_ADDRESS_IN_USE, "address_in_use", ""},
        {ROAM_ERR_ADDRESS_REFUSED, REFUSAL_ADDRESS_REFUSED, "address_refused", ""},
        {ROAM_ERR_NO_ROUTE, REFUSAL_NO_ROUTE, "no_route", ""},
        {ROAM_ERR_FAMILY, REFUSAL_FAMILY, "family", ""},
        {ROAM_ERR_LIMIT, REFUSAL_LIMIT, "limit", ""},
        {ROAM_ERR_NO_MEMORY, RUN_ERROR_MEMORY, NULL, "a: roam_dial: out of memory"},
        {ROAM_ERR_INVALID_ARGUMENT, RUN_ERROR_CORE, NULL, "a: roam_dial: invalid argument"},
        {ROAM_ERR_TLS, RUN_ERROR_CORE, NULL, "a: roam_dial: TLS failed"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        run_error error = {0};
        const int result = refusal_or_error(&error, "a", "roam_dial", cases[i].status);
        CHECK(result, cases[i].result, "status %d", cases[i].status);
        CHECK_STRING(error.text, cases[i].fault);
        CHECK(error.code, result < 0 ? result : 0, "fault of status %d", cases[i].status);
        if (cases[i].name)
            CHECK_STRING(refusal_name((refusal)result), cases[i].name);
    }
}

/* Each has a name of its own, and a sentence. */
static void test_texts(void)
{
    for (refusal why = REFUSAL_NOT_CONNECTED; why <= REFUSAL_NO_ADDRESS; why++) {
        CU_ASSERT_STRING_NOT_EQUAL(refusal_name(why), "");
        CU_ASSERT_STRING_NOT_EQUAL(refusal_sentence(why), refusal_sentence(REFUSAL_NONE));
        for (refusal other = REFUSAL_NOT_CONNECTED; other < why; other++)
            CU_ASSERT_STRING_NOT_EQUAL(refusal_name(why), refusal_name(other));
    }
}

static void test_worse(void)
{
    static const struct {
        int first, second, worse;
    } cases[] = {
        {0, 0, 0},
        {REFUSAL_LIMIT, 0, REFUSAL_LIMIT},
        {0, REFUSAL_LIMIT, REFUSAL_LIMIT},
        {REFUSAL_LIMIT, REFUSAL_EXISTS, REFUSAL_LIMIT},
        {REFUSAL_LIMIT, RUN_ERROR_CORE, RUN_ERROR_CORE},
        {RUN_ERROR_CORE, REFUSAL_LIMIT, RUN_ERROR_CORE},
        {RUN_ERROR_CORE, RUN_ERROR_MEMORY, RUN_ERROR_CORE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK(refusal_worse(cases[i].first, cases[i].second), cases[i].worse, "case %zu", i);
}

static const check_test TESTS[] = {
    {"statuses", test_statuses}, {"texts", test_texts}, {"the worse of two", test_worse}};
CHECK_MAIN("refusal", TESTS)
