/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 9000 section 10: closing and Stateless Reset, as migration meets them. */
#include "sim/verdict/rules/requirements_internal.h"

static const requirement rows[] = {
    CHECKED("10", 1, MAY, "An endpoint without a validated path discards the connection.",
            "failed-validation-keeps-connection"),

    NOT_APPLICABLE("10.2.1", 1, SHOULD, "A closing endpoint limits how often it sends packets.",
                   "no number is named"),
    NOT_APPLICABLE("10.2.1", 2, MAY, "A closing endpoint keeps connection ID and version alone.", PERMITS),
    NOT_APPLICABLE("10.2.1", 3, MAY, "A closing endpoint keeps the keys of incoming packets.", PERMITS),
    NOT_APPLICABLE("10.2.1", 4, MAY,
                   "A closing endpoint drops its keys and answers each datagram by CONNECTION_CLOSE.",
                   PERMITS),
    NOT_OBSERVABLE("10.2.1", 5, MUST,
                   "A closing endpoint without keys sends at most three times what it receives.",
                   "whether an endpoint still has its keys is not in packets"),
    NOT_APPLICABLE("10.2.1", 6, MAY, "A closing endpoint sends the same packet again.", PERMITS),
    CHECKED(
        "10.2.1", 7, MUST,
        "A closing endpoint sends an unvalidated address nothing, or at most three times what came from it.",
        "new-address-within-limit"),

    NOT_APPLICABLE("10.3", 1, MAY, "An endpoint answers packets of no connection by Stateless Reset.",
                   PERMITS),
    NOT_OBSERVABLE(
        "10.3", 2, MUST, "An endpoint tells of a fatal error by CONNECTION_CLOSE, if it can.",
        "an endpoint that sends a Stateless Reset though it can close looks like one that has lost "
        "its state"),
    NOT_APPLICABLE("10.3", 3, SHOULD, "The first bytes of a Stateless Reset look random.", RESETS_ALONE),
    NOT_APPLICABLE("10.3", 4, SHOULD,
                   "Packets are 22 bytes longer than the shortest connection ID of their sender.",
                   RESETS_ALONE),
    NOT_APPLICABLE("10.3", 5, SHOULD,
                   "A Stateless Reset to a packet of at most 43 bytes is one byte shorter.", RESETS_ALONE),
    NOT_APPLICABLE("10.3", 6, MUST_NOT, "A Stateless Reset is not three times as large as its cause.",
                   RESETS_ALONE),
    NOT_APPLICABLE("10.3", 7, MUST, "An endpoint discards packets that are too small to be valid.",
                   RESETS_ALONE),
    NOT_APPLICABLE("10.3", 8, MUST, "A Stateless Reset has a short header.", RESETS_ALONE),
    NOT_APPLICABLE("10.3", 9, MUST,
                   "An endpoint takes any packet that ends in a valid token as Stateless Reset.",
                   RESETS_ALONE),
    NOT_APPLICABLE("10.3", 10, MAY, "An endpoint answers a long header by Stateless Reset.", PERMITS),

    NOT_APPLICABLE("10.3.1", 1, MAY, "An endpoint does not look for a token in datagrams that it processed.",
                   PERMITS),
    NOT_APPLICABLE("10.3.1", 2, MUST,
                   "An endpoint looks for a token in datagrams whose first packet it cannot read.",
                   RESETS_ALONE),
    NOT_OBSERVABLE(
        "10.3.1", 3, MUST_NOT,
        "An endpoint does not look for tokens of connection IDs that it never used or has retired.",
        "nobody but the peer has such a token, and the peer sends none"),
    NOT_OBSERVABLE("10.3.1", 4, MUST, "An endpoint compares tokens without telling of their value.",
                   "the time of a comparison is not in packets"),
    NOT_APPLICABLE("10.3.1", 5, MUST, "An endpoint that received its peer's token sends nothing more.",
                   RESETS_ALONE),

    NOT_OBSERVABLE("10.3.2", 1, MUST, "A stateless reset token is hard to guess.",
                   "how a token is made is not in packets"),
    NOT_OBSERVABLE("10.3.2", 2, MUST,
                   "Connection IDs of an endpoint with a static key have one length, or encode theirs.",
                   "which design an endpoint has is not in packets"),
    NOT_OBSERVABLE("10.3.2", 3, MUST_NOT,
                   "A connection ID and a static key are not used together for another connection.",
                   OTHER_CONNECTION),
    NOT_OBSERVABLE("10.3.2", 4, MUST_NOT,
                   "A connection ID whose token was revealed is not used for new connections.",
                   OTHER_CONNECTION),
    CHECKED("10.3.2", 5, MUST_NOT, "A stateless reset token is not used for several connection IDs.",
            "reset-token-unique"),
    NOT_APPLICABLE("10.3.2", 6, MAY, "An endpoint closes with PROTOCOL_VIOLATION when a token comes twice.",
                   PERMITS),

    NOT_APPLICABLE("10.3.3", 1, MUST,
                   "A Stateless Reset is smaller than its cause, unless loops are prevented otherwise.",
                   RESETS_ALONE),
};

const requirement_chapter REQUIREMENTS_10 = {rows, sizeof rows / sizeof rows[0]};
