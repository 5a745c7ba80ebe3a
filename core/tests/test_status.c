/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/roam.h"

#include <limits.h>
#include <string.h>

#include "core/tests/check.h"

static const struct {
    int status;
    const char *result; /* "error": not a result of a migration */
} statuses[] = {
    {ROAM_OK, "ok"},
    {ROAM_ERR_NOT_CONNECTED, "not_connected"},
    {ROAM_ERR_NO_CONN, "no_conn"},
    {ROAM_ERR_PEER_DISABLE_MIGRATION, "peer_disable_migration"},
    {ROAM_ERR_TIMEOUT, "timeout"},
    {ROAM_ERR_NOT_INITIATOR, "not_initiator"},
    {ROAM_ERR_SUPERSEDED, "superseded"},
    {ROAM_ERR_ADAPTER, "adapter"},
    {ROAM_ERR_UNSUPPORTED, "unsupported"},
    {ROAM_ERR_INVALID_ARGUMENT, "error"},
    {ROAM_ERR_NO_MEMORY, "error"},
    {ROAM_ERR_WOULD_BLOCK, "error"},
    {ROAM_ERR_TOO_LARGE, "error"},
    {ROAM_ERR_IN_CALLBACK, "error"},
    {ROAM_ERR_UNKNOWN_PEER, "error"},
    {ROAM_ERR_EXISTS, "error"},
    {ROAM_ERR_TLS, "error"},
    {ROAM_ERR_QUIC, "error"},
    {ROAM_ERR_UNKNOWN_STREAM, "error"},
    {ROAM_ERR_ADDRESS_NOT_LOCAL, "error"},
    {ROAM_ERR_ADDRESS_IN_USE, "error"},
    {ROAM_ERR_ADDRESS_REFUSED, "error"},
    {ROAM_ERR_NO_ROUTE, "error"},
    {ROAM_ERR_FAMILY, "error"},
    {ROAM_ERR_LIMIT, "error"},
};

enum { STATUSES = sizeof statuses / sizeof statuses[0] };

static bool is_status(int value)
{
    for (size_t i = 0; i < STATUSES; i++)
        if (statuses[i].status == value)
            return true;
    return false;
}

static void test_sentences_are_total_and_differ(void)
{
    static const int others[] = {INT_MIN, -1000, 1, 28, 1000, INT_MAX};
    for (size_t i = 0; i < STATUSES; i++) {
        CHECK(strcmp(roam_strerror(statuses[i].status), "unknown status") != 0, true, "status %d is known",
              statuses[i].status);
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(roam_strerror(statuses[i].status), roam_strerror(statuses[j].status)) != 0, true,
                  "statuses %d and %d differ", statuses[i].status, statuses[j].status);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        CHECK_STRING(roam_strerror(others[i]), "unknown status");
    for (int value = -60; value <= 10; value++)
        CHECK(strcmp(roam_strerror(value), "unknown status") != 0, is_status(value), "status %d", value);
}

static void test_result_names(void)
{
    for (size_t i = 0; i < STATUSES; i++)
        CHECK_STRING(roam_result_name(statuses[i].status), statuses[i].result);
    CHECK_STRING(roam_result_name(INT_MIN), "error");
    CHECK_STRING(roam_result_name(12345), "error");
}

static void test_event_reason_and_detail_names(void)
{
    static const char *events[] = {"peer_up",    "peer_down",  "path_changed",    "migration_done",
                                   "left",       "writable",   "stream_writable", "rebound",
                                   "key_pinned", "channel_up", "channel_down",    "preferred_address"};
    static const char *reasons[] = {"left",  "rejected", "tick",  "idle",        "handshake",
                                    "reset", "replaced", "error", "unreachable", "evicted"};
    static const char *details[] = {"none",
                                    "waiting_for_confirmation",
                                    "waiting_for_connection_id",
                                    "no_response",
                                    "connection_lost",
                                    "address_not_local",
                                    "address_in_use",
                                    "address_refused",
                                    "no_route",
                                    "family",
                                    "limit",
                                    "no_memory"};
    for (int i = 0; i <= ROAM_EVENT_PREFERRED_ADDRESS; i++)
        CHECK_STRING(roam_event_name((roam_event_kind)i), events[i]);
    for (int i = 0; i <= ROAM_DOWN_EVICTED; i++)
        CHECK_STRING(roam_down_reason_name((roam_down_reason)i), reasons[i]);
    for (int i = 0; i <= ROAM_DETAIL_NO_MEMORY; i++)
        CHECK_STRING(roam_migration_detail_name((roam_migration_detail)i), details[i]);
    CHECK_STRING(roam_migration_detail_name((roam_migration_detail)(ROAM_DETAIL_NO_MEMORY + 1)), "unknown");
    CHECK_STRING(roam_event_name((roam_event_kind)(ROAM_EVENT_PREFERRED_ADDRESS + 1)), "unknown");
    CHECK_STRING(roam_down_reason_name((roam_down_reason)(ROAM_DOWN_EVICTED + 1)), "unknown");
}

static const check_test tests[] = {
    {"sentences are total and differ", test_sentences_are_total_and_differ},
    {"result names", test_result_names},
    {"event, reason and detail names", test_event_reason_and_detail_names},
};

CHECK_MAIN("status", tests)
