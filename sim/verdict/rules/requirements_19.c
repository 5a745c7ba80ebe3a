/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 9000 section 19: frames of connection IDs and path validation. */
#include "sim/verdict/rules/requirements_internal.h"

static const requirement rows[] = {
    CHECKED("19.15", 1, MUST,
            "An endpoint closes with FRAME_ENCODING_ERROR after a connection ID of length 0 or above 20.",
            "id-violation-closes"),
    CHECKED("19.15", 2, MUST_NOT,
            "An endpoint with a zero-length connection ID does not send NEW_CONNECTION_ID.",
            "new-id-frame-consistent"),
    CHECKED("19.15", 3, MUST,
            "An endpoint closes with PROTOCOL_VIOLATION after NEW_CONNECTION_ID of a peer with a zero-length "
            "one.",
            "id-violation-closes"),
    CHECKED("19.15", 4, MUST_NOT,
            "An endpoint does not close because the same NEW_CONNECTION_ID frame is received again.",
            "old-id-frame-tolerated"),
    NOT_APPLICABLE(
        "19.15", 5, MAY,
        "An endpoint closes with PROTOCOL_VIOLATION after NEW_CONNECTION_ID that contradicts an earlier one.",
        PERMITS),
    CHECKED("19.15", 6, MUST, "Retire Prior To is not above the Sequence Number of its frame.",
            "new-id-frame-consistent"),
    CHECKED("19.15", 7, MUST,
            "An endpoint closes with FRAME_ENCODING_ERROR after a Retire Prior To above the Sequence Number.",
            "id-violation-closes"),
    CHECKED("19.15", 8, MUST, "An endpoint ignores a Retire Prior To that is not above the largest before.",
            "old-id-frame-tolerated"),
    CHECKED("19.15", 9, MUST,
            "An endpoint retires a connection ID that comes with a Sequence Number below an earlier Retire "
            "Prior To.",
            "id-retired-when-asked"),

    CHECKED(
        "19.16", 1, MUST,
        "An endpoint closes with PROTOCOL_VIOLATION when a connection ID is retired that it never issued.",
        "retire-known-id", "id-violation-closes"),
    CHECKED("19.16", 2, MUST_NOT, "A packet does not retire the connection ID that it is sent under.",
            "retire-not-own-destination"),
    NOT_APPLICABLE("19.16", 3, MAY, "An endpoint closes with PROTOCOL_VIOLATION after such a packet.",
                   PERMITS),
    CHECKED("19.16", 4, MUST,
            "An endpoint with a zero-length connection ID closes with PROTOCOL_VIOLATION after "
            "RETIRE_CONNECTION_ID.",
            "id-violation-closes"),

    CHECKED("19.17", 1, MUST, "An endpoint answers PATH_CHALLENGE by PATH_RESPONSE with the same data.",
            "response-echoes", "response-sent"),

    NOT_APPLICABLE(
        "19.18", 1, MAY,
        "An endpoint closes with PROTOCOL_VIOLATION after a PATH_RESPONSE to no PATH_CHALLENGE of its own.",
        PERMITS),
};

const requirement_chapter REQUIREMENTS_19 = {rows, sizeof rows / sizeof rows[0]};
