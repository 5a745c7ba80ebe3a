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
        {.status = 0, .result = REFUSAL_NONE, .name = "", .fault = ""},
        {.status = ROAM_ERR_NOT_CONNECTED,
         .result = REFUSAL_NOT_CONNECTED,
         .name = "not_connected",
         .fault = ""},
        {.status = ROAM_ERR_NO_CONN, .result = REFUSAL_NO_CONN, .name = "no_conn", .fault = ""},
        {.status = ROAM_ERR_EXISTS, .result = REFUSAL_EXISTS, .name = "exists", .fault = ""},
        {.status = ROAM_ERR_ADDRESS_NOT_LOCAL,
         .result = REFUSAL_ADDRESS_NOT_LOCAL,
         .name = "address_not_local",
         .fault = ""},
        {.status = ROAM_ERR_ADDRESS_IN_USE,
         .result = REFUSAL_ADDRESS_IN_USE,
         .name = "address_in_use",
         .fault = ""},
        {.status = ROAM_ERR_ADDRESS_REFUSED,
         .result = REFUSAL_ADDRESS_REFUSED,
         .name = "address_refused",
         .fault = ""},
        {.status = ROAM_ERR_NO_ROUTE, .result = REFUSAL_NO_ROUTE, .name = "no_route", .fault = ""},
        {.status = ROAM_ERR_FAMILY, .result = REFUSAL_FAMILY, .name = "family", .fault = ""},
        {.status = ROAM_ERR_LIMIT, .result = REFUSAL_LIMIT, .name = "limit", .fault = ""},
        {.status = ROAM_ERR_UNSUPPORTED, .result = REFUSAL_UNSUPPORTED, .name = "unsupported", .fault = ""},
        {.status = ROAM_ERR_NO_MEMORY, .result = RUN_ERROR_MEMORY, .fault = "a: roam_dial: out of memory"},
        {.status = ROAM_ERR_INVALID_ARGUMENT,
         .result = RUN_ERROR_CORE,
         .fault = "a: roam_dial: invalid argument"},
        {.status = ROAM_ERR_TLS, .result = RUN_ERROR_CORE, .fault = "a: roam_dial: TLS failed"},
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
        {.first = 0, .second = 0, .worse = 0},
        {.first = REFUSAL_LIMIT, .second = 0, .worse = REFUSAL_LIMIT},
        {.first = 0, .second = REFUSAL_LIMIT, .worse = REFUSAL_LIMIT},
        {.first = REFUSAL_LIMIT, .second = REFUSAL_EXISTS, .worse = REFUSAL_LIMIT},
        {.first = REFUSAL_LIMIT, .second = RUN_ERROR_CORE, .worse = RUN_ERROR_CORE},
        {.first = RUN_ERROR_CORE, .second = REFUSAL_LIMIT, .worse = RUN_ERROR_CORE},
        {.first = RUN_ERROR_CORE, .second = RUN_ERROR_MEMORY, .worse = RUN_ERROR_CORE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        CHECK(refusal_worse(cases[i].first, cases[i].second), cases[i].worse, "case %zu", i);
}

static const check_test TESTS[] = {
    {"statuses", test_statuses}, {"texts", test_texts}, {"the worse of two", test_worse}};
CHECK_MAIN("refusal", TESTS)
