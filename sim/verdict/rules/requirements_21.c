/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 9000 section 21: security considerations, as they bear on addresses and migration. */
#include "sim/verdict/rules/requirements_internal.h"

static const requirement rows[] = {
    NOT_OBSERVABLE("21.3", 1, SHOULD, "A server limits use and lifetime of address validation tokens.",
                   TOKEN_OPAQUE),

    NOT_APPLICABLE(
        "21.5", 1, SHOULD_NOT,
        "QUIC servers are not deployed in networks without ingress filtering and with insecure services.",
        "a requirement on whoever runs servers"),
    NOT_APPLICABLE("21.5", 2, MUST,
                   "An extension that lets servers migrate defines countermeasures against forged requests.",
                   "a requirement on documents to come"),

    CHECKED("21.5.3", 1, MUST_NOT,
            "A client does not send non-probing frames to a preferred address before it is validated.",
            "preferred-address-validated"),

    NOT_APPLICABLE("21.5.6", 1, MAY, "An endpoint prevents connections and migration to loopback addresses.",
                   PERMITS),
    CHECKED("21.5.6", 2, SHOULD_NOT,
            "An endpoint does not migrate to a loopback address that a service at another address named.",
            "no-move-to-loopback"),
    NOT_OBSERVABLE("21.5.6", 3, SHOULD_NOT,
                   "An endpoint does not refuse an address unless it knows the network.",
                   "what an endpoint knows of a network is not in packets"),
    NOT_APPLICABLE("21.5.6", 4, MAY,
                   "An endpoint sends no token, or probing frames alone, before an address is validated.",
                   PERMITS),
    NOT_APPLICABLE("21.5.6", 5, MAY, "An endpoint avoids ports and patterns that are targets of attacks.",
                   PERMITS),
    NOT_APPLICABLE("21.5.6", 6, MAY, "An endpoint retires connection IDs with dangerous patterns unused.",
                   PERMITS),

    NOT_OBSERVABLE("21.11", 1, MUST,
                   "Packets of one connection ID always arrive at the instance that has the connection.",
                   "how servers share a static key and a load balancer is not in packets"),
    CHECKED("21.11", 2, MUST_NOT,
            "A server does not send a Stateless Reset while the connection could be active.",
            "no-reset-while-live"),
};

const requirement_chapter REQUIREMENTS_21 = {rows, sizeof rows / sizeof rows[0]};
