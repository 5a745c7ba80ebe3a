/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 9000 section 5: connection IDs. */
#include "sim/verdict/rules/requirements_internal.h"

static const requirement rows[] = {
    NOT_OBSERVABLE("5.1", 1, MUST_NOT,
                   "Connection IDs of one connection hold nothing by which an observer links them.",
                   "packets show the bytes, not what an observer can derive from them"),
    CHECKED("5.1", 2, MUST_NOT, "A connection ID is not issued twice on one connection.",
            "new-id-frame-consistent"),
    NOT_OBSERVABLE("5.1", 3, MUST_NOT,
                   "An endpoint does not serve several connections with zero-length connection IDs on one "
                   "address, unless peers cannot move.",
                   "whether an endpoint is certain of its peers is not in packets"),

    CHECKED("5.1.1", 1, MUST, "The sequence number of each newly issued connection ID is one higher.",
            "id-sequence"),
    CHECKED("5.1.1", 2, MUST,
            "An endpoint accepts packets under a connection ID that it issued, until the peer retires it.",
            "issued-id-accepted"),
    CHECKED("5.1.1", 3, SHOULD, "An endpoint keeps enough unused connection IDs with its peer.",
            "spare-id-supplied"),
    CHECKED("5.1.1", 4, MUST_NOT, "An endpoint does not provide more connection IDs than its peer's limit.",
            "ids-within-limit"),
    CHECKED("5.1.1", 5, MAY,
            "An endpoint exceeds the limit temporarily if the same frame retires the excess.",
            "ids-within-limit"),
    CHECKED(
        "5.1.1", 6, MUST,
        "An endpoint with more active connection IDs than its limit closes with CONNECTION_ID_LIMIT_ERROR.",
        "id-violation-closes"),
    CHECKED("5.1.1", 7, SHOULD, "An endpoint supplies a new connection ID when its peer retires one.",
            "ids-replaced"),
    NOT_APPLICABLE(
        "5.1.1", 8, MAY,
        "An endpoint below the limit supplies a new connection ID when an unused one comes into use.",
        PERMITS),
    NOT_APPLICABLE("5.1.1", 9, MAY, "An endpoint limits the number of connection IDs that it issues in all.",
                   PERMITS),
    NOT_APPLICABLE("5.1.1", 10, MAY, "An endpoint issues fewer connection IDs to have less state of paths.",
                   PERMITS),
    CHECKED("5.1.1", 11, SHOULD,
            "A migrating endpoint leaves its peer an unused connection ID for the new path.",
            "spare-id-supplied"),

    CHECKED("5.1.2", 1, SHOULD, "An endpoint retires connection IDs of addresses that it no longer uses.",
            "id-retired-after-move"),
    CHECKED("5.1.2", 2, SHOULD,
            "An endpoint that asks for retirement accepts the old connection IDs until they are retired.",
            "issued-id-accepted"),
    NOT_APPLICABLE("5.1.2", 3, MAY,
                   "An endpoint that cannot process old connection IDs any more closes the connection.",
                   PERMITS),
    CHECKED("5.1.2", 4, MUST,
            "An endpoint stops using and retires the connection IDs below an increased Retire Prior To.",
            "id-retired-when-asked", "id-not-used-after-retirement"),
    NOT_OBSERVABLE(
        "5.1.2", 5, SHOULD,
        "An endpoint limits the retired connection IDs whose RETIRE_CONNECTION_ID is not acknowledged.",
        "the limit is not named, and is the endpoint's own"),
    NOT_OBSERVABLE(
        "5.1.2", 6, SHOULD,
        "An endpoint can track twice as many RETIRE_CONNECTION_ID frames as its limit of connection IDs.",
        "what an endpoint has room for is not in packets"),
    CHECKED("5.1.2", 7, MUST_NOT, "An endpoint does not forget a connection ID without retiring it.",
            "id-retired-when-asked"),
    CHECKED("5.1.2", 8, SHOULD_NOT,
            "An endpoint does not increase Retire Prior To before all connection IDs of the last increase "
            "are retired.",
            "retire-prior-to-paced"),
};

const requirement_chapter REQUIREMENTS_5 = {rows, sizeof rows / sizeof rows[0]};
