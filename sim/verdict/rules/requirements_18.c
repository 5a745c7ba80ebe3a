/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 9000 section 18: transport parameters. */
#include "sim/verdict/rules/requirements_internal.h"

static const requirement rows[] = {
    CHECKED("18.2", 1, MUST_NOT, "A client does not send stateless_reset_token.", "parameters-valid"),
    NOT_APPLICABLE("18.2", 2, SHOULD, "max_ack_delay includes how late timers fire.",
                   "about acknowledgments, not about migration"),
    CHECKED("18.2", 3, MUST_NOT,
            "An endpoint that received disable_active_migration does not send to the handshake's address "
            "from a new local one.",
            "obeys-disable-active-migration"),
    NOT_APPLICABLE("18.2", 4, MAY, "A server names a preferred address of one family alone.", PERMITS),
    CHECKED("18.2", 5, MUST_NOT, "A server with a zero-length connection ID does not send preferred_address.",
            "preferred-address-has-id"),
    CHECKED("18.2", 6, MUST_NOT, "The connection ID of preferred_address does not have length zero.",
            "preferred-address-has-id"),
    CHECKED("18.2", 7, MUST, "A client closes with TRANSPORT_PARAMETER_ERROR after such a preferred_address.",
            "parameter-violation-closes"),
    CHECKED("18.2", 8, MUST, "active_connection_id_limit is at least 2.", "parameters-valid"),
    CHECKED("18.2", 9, MUST, "An endpoint closes with TRANSPORT_PARAMETER_ERROR after a smaller limit.",
            "parameter-violation-closes"),
    CHECKED("18.2", 10, MUST_NOT,
            "A client does not send transport parameters of servers, preferred_address among them.",
            "parameters-valid"),
    CHECKED("18.2", 11, MUST, "A server closes with TRANSPORT_PARAMETER_ERROR after one of these.",
            "parameter-violation-closes"),
};

const requirement_chapter REQUIREMENTS_18 = {rows, sizeof rows / sizeof rows[0]};
