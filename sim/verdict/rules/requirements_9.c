/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 9000 section 9: connection migration. */
#include "sim/verdict/rules/requirements_internal.h"

static const requirement rows[] = {
    CHECKED("9", 1, MUST_NOT, "An endpoint does not initiate migration before the handshake is confirmed.",
            "not-before-confirmed"),
    CHECKED("9", 2, MUST_NOT,
            "An endpoint sends nothing from another local address to one whose peer sent "
            "disable_active_migration, but to a preferred address.",
            "obeys-disable-active-migration"),
    CHECKED("9", 3, MUST,
            "An endpoint whose peer moves all the same drops its packets, or validates the path; it neither "
            "resets nor closes.",
            "rebind-not-punished"),
    CHECKED("9", 4, MUST,
            "An endpoint validates the path when a peer's address changes, unless that address was validated "
            "before.",
            "move-validated"),
    CHECKED("9", 5, MAY, "An endpoint without a validated path discards the connection.",
            "failed-validation-keeps-connection"),
    NOT_APPLICABLE("9", 6, MAY, "An endpoint waits for a new path before it discards the connection.",
                   PERMITS),
    CHECKED("9", 7, MUST, "A client discards packets from server addresses that it does not know.",
            "unknown-server-address-ignored"),

    CHECKED("9.1", 1, MAY, "An endpoint validates a path from a new local address before it moves there.",
            "probed-before-move"),

    NOT_APPLICABLE("9.2", 1, MAY,
                   "A migrating endpoint puts off path validation until the peer sends to the new address.",
                   PERMITS),

    CHECKED("9.3", 1, MUST,
            "An endpoint sends to the new address of a peer that moved there by a non-probing packet, and "
            "validates it.",
            "move-followed", "follows-highest-packet-number", "probing-frames-do-not-move", "move-validated"),
    CHECKED("9.3", 2, MUST,
            "An endpoint that sends data to an unvalidated address protects against spoofed addresses.",
            "new-address-within-limit"),
    CHECKED("9.3", 3, MAY, "An endpoint skips the validation of an address that was seen recently.",
            "move-validated"),
    CHECKED("9.3", 4, SHOULD, "A server sends new tokens after it validated a new client address.",
            "token-after-move"),

    CHECKED("9.3.2", 1, MUST,
            "An endpoint goes back to the last validated address when a new one fails validation.",
            "failed-validation-keeps-connection", "reverts-after-failure"),
    NOT_OBSERVABLE(
        "9.3.2", 2, MUST, "An endpoint that knows no validated address any more closes silently.",
        "what an endpoint still knows is not in packets; one that closes silently looks like one that waits"),
    NOT_APPLICABLE("9.3.2", 3, MAY, "An endpoint that closed silently answers by Stateless Reset.", PERMITS),

    CHECKED("9.3.3", 1, MUST, "An endpoint challenges the path that was active before an apparent migration.",
            "old-address-validated-too"),
    CHECKED("9.3.3", 2, SHOULD,
            "An endpoint answers a PATH_CHALLENGE on an active path by a non-probing packet too.",
            "challenge-answered-non-probing"),

    CHECKED("9.4", 1, MUST_NOT,
            "Packets of the old path do not count for congestion control and RTT of the new one.",
            "congestion-reset-on-new-address"),
    CHECKED("9.4", 2, MUST,
            "An endpoint resets congestion control and RTT once a new address is validated, unless only the "
            "port changed.",
            "congestion-reset-on-new-address"),
    CHECKED("9.4", 3, MAY,
            "An endpoint keeps congestion control and RTT when only the port of the peer changed.",
            "congestion-kept-on-port-change"),
    CHECKED_NARROWER("9.4", 4, MUST_NOT,
                     "A timer that repeats PATH_CHALLENGE is no faster than a probe timeout.",
                     "challenge-not-more-often-than-initial"),

    NOT_APPLICABLE("9.5", 1, MAY,
                   "An endpoint changes to a connection ID that was on no other path, at any time.", PERMITS),
    CHECKED("9.5", 2, MUST_NOT, "An endpoint does not use one connection ID from several local addresses.",
            "id-per-local-address"),
    CHECKED("9.5", 3, MUST_NOT, "An endpoint does not use one connection ID to several remote addresses.",
            "id-per-remote-address"),
    CHECKED("9.5", 4, MAY,
            "An endpoint keeps its connection ID when the peer's address changed and the peer's connection "
            "ID did not.",
            "id-per-remote-address"),
    CHECKED("9.5", 5, SHOULD_NOT,
            "An endpoint does not migrate with a peer whose connection ID has length zero.",
            "zero-length-id-not-moved"),
    NOT_APPLICABLE("9.5", 6, SHOULD, "An endpoint changes its address infrequently.", "no number is named"),
    CHECKED("9.5", 7, SHOULD, "An endpoint provides new connection IDs before its peer migrates.",
            "spare-id-supplied"),

    CHECKED("9.6", 1, SHOULD, "A client discards packets from a server address to which it did not migrate.",
            "unknown-server-address-ignored"),

    NOT_APPLICABLE("9.6.1", 1, MAY, "A server names a preferred address of each family.", PERMITS),
    CHECKED("9.6.1", 2, SHOULD,
            "A client probes one of the preferred addresses once the handshake is confirmed.",
            "preferred-address-probed"),
    CHECKED("9.6.1", 3, SHOULD,
            "A client sends everything to the preferred address once it is validated, under the new "
            "connection ID.",
            "preferred-address-migrates"),
    CHECKED("9.6.1", 4, MUST,
            "A client sends everything to the original address if the validation of the preferred one fails.",
            "preferred-address-given-up"),

    CHECKED("9.6.2", 1, MUST, "A client validates a preferred address before it migrates to it.",
            "preferred-address-validated"),
    CHECKED("9.6.2", 2, MUST,
            "A server sends non-probing packets from its original address until the client's came to the "
            "preferred one and the path is validated.",
            "preferred-address-by-client-only", "only-client-moves"),
    CHECKED("9.6.2", 3, MUST, "A server probes the path to the client from its preferred address.",
            "preferred-address-server-probes"),
    CHECKED("9.6.2", 4, SHOULD,
            "A server that uses its preferred address drops newer packets that come to the old one.",
            "preferred-address-old-dropped"),
    CHECKED("9.6.2", 5, MAY, "A server processes delayed packets that come to the old address.",
            "preferred-address-old-dropped"),
    NOT_OBSERVABLE("9.6.2", 6, MUST_NOT, "A client does not use a preferred address for other connections.",
                   "the client may know the same address from elsewhere; a verdict is about one connection"),

    CHECKED("9.6.3", 1, SHOULD,
            "A client that moves before it uses the preferred address probes both server addresses from its "
            "new one.",
            "preferred-address-both-probed"),
    CHECKED("9.6.3", 2, MUST,
            "That client gives up the original address and moves to the preferred one when the latter is "
            "validated.",
            "preferred-address-wins"),
    NOT_APPLICABLE("9.6.3", 3, MAY,
                   "That client moves and keeps the original address when only the latter is validated.",
                   PERMITS),
    CHECKED(
        "9.6.3", 4, MUST,
        "A server protects against spoofing when the client's address at the preferred address is another.",
        "new-address-within-limit"),
    CHECKED("9.6.3", 5, SHOULD,
            "A server validates the path when a probing packet comes from a new client address.",
            "probe-validated"),
    NOT_APPLICABLE("9.6.3", 6, SHOULD,
                   "A client at a new address uses the preferred address of the same family.",
                   "the two addresses of a datagram are of one family"),
    NOT_APPLICABLE("9.6.3", 7, MAY, "A client uses the connection ID of preferred_address on any path.",
                   PERMITS),

    NOT_OBSERVABLE("9.7", 1, SHOULD, "An endpoint sets IPv6 flow labels where it can.",
                   "whether an endpoint can set them is not in packets, and a flow label of zero is the "
                   "kernel's to choose"),
    NOT_OBSERVABLE(
        "9.7", 2, MUST, "Flow labels do not link an endpoint to what it sent under an earlier one.",
        "a requirement on how labels are made; the kernel makes them, and taps of datagrams do not see them"),
};

const requirement_chapter REQUIREMENTS_9 = {rows, sizeof rows / sizeof rows[0]};
