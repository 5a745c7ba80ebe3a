/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_RULES_RULE_LIST_H
#define SIM_VERDICT_RULES_RULE_LIST_H

/*
 * The rules, in the order in which they are told: RULE(NAME, "name"), RULES_ NAME being its number. Which
 * requirements of RFC 9000 a rule checks is in the table of requirements (requirements.h). A new rule has a
 * row here, its check in the file of its group, and the rows of requirements that name it.
 */
#define RULES_LIST(RULE)                                                                                     \
    /* handshake.c */                                                                                        \
    RULE(HANDSHAKE_PROBED, "handshake-probed")                                                               \
    RULE(INITIAL_PADDED, "initial-padded")                                                                   \
    RULE(SMALL_INITIAL_DROPPED, "small-initial-dropped")                                                     \
    RULE(INITIAL_TOKEN_REPEATED, "initial-token-repeated")                                                   \
    RULE(PARAMETERS_VALID, "parameters-valid")                                                               \
    RULE(PARAMETER_VIOLATION_CLOSES, "parameter-violation-closes")                                           \
    /* amplification.c */                                                                                    \
    RULE(HANDSHAKE_WITHIN_LIMIT, "handshake-within-limit")                                                   \
    RULE(NEW_ADDRESS_WITHIN_LIMIT, "new-address-within-limit")                                               \
    /* connection_ids.c */                                                                                   \
    RULE(ID_SEQUENCE, "id-sequence")                                                                         \
    RULE(NEW_ID_FRAME_CONSISTENT, "new-id-frame-consistent")                                                 \
    RULE(RESET_TOKEN_UNIQUE, "reset-token-unique")                                                           \
    RULE(IDS_WITHIN_LIMIT, "ids-within-limit")                                                               \
    RULE(SPARE_ID_SUPPLIED, "spare-id-supplied")                                                             \
    RULE(IDS_REPLACED, "ids-replaced")                                                                       \
    RULE(ISSUED_ID_ACCEPTED, "issued-id-accepted")                                                           \
    RULE(OLD_ID_FRAME_TOLERATED, "old-id-frame-tolerated")                                                   \
    RULE(ID_PER_LOCAL_ADDRESS, "id-per-local-address")                                                       \
    RULE(ID_PER_REMOTE_ADDRESS, "id-per-remote-address")                                                     \
    RULE(ID_RETIRED_AFTER_MOVE, "id-retired-after-move")                                                     \
    RULE(ID_RETIRED_WHEN_ASKED, "id-retired-when-asked")                                                     \
    RULE(ID_NOT_USED_AFTER_RETIREMENT, "id-not-used-after-retirement")                                       \
    RULE(RETIRE_PRIOR_TO_PACED, "retire-prior-to-paced")                                                     \
    RULE(RETIRE_KNOWN_ID, "retire-known-id")                                                                 \
    RULE(RETIRE_NOT_OWN_DESTINATION, "retire-not-own-destination")                                           \
    RULE(ID_VIOLATION_CLOSES, "id-violation-closes")                                                         \
    RULE(ZERO_LENGTH_ID_NOT_MOVED, "zero-length-id-not-moved")                                               \
    /* probing.c */                                                                                          \
    RULE(CHALLENGE_PADDED, "challenge-padded")                                                               \
    RULE(CHALLENGE_UNPREDICTABLE, "challenge-unpredictable")                                                 \
    RULE(CHALLENGE_ONE_PER_PACKET, "challenge-one-per-packet")                                               \
    RULE(CHALLENGE_REPEATED, "challenge-repeated")                                                           \
    RULE(CHALLENGE_NOT_MORE_OFTEN_THAN_INITIAL, "challenge-not-more-often-than-initial")                     \
    /* responses.c */                                                                                        \
    RULE(CHALLENGE_ANSWERED_NON_PROBING, "challenge-answered-non-probing")                                   \
    RULE(RESPONSE_PADDED, "response-padded")                                                                 \
    RULE(RESPONSE_ECHOES, "response-echoes")                                                                 \
    RULE(RESPONSE_ON_ITS_PATH, "response-on-its-path")                                                       \
    RULE(RESPONSE_ONCE, "response-once")                                                                     \
    RULE(RESPONSE_SENT, "response-sent")                                                                     \
    /* validation.c */                                                                                       \
    RULE(RESPONSE_ACCEPTED, "response-accepted")                                                             \
    RULE(PROBE_VALIDATED, "probe-validated")                                                                 \
    RULE(VALIDATION_NOT_CUT_SHORT, "validation-not-cut-short")                                               \
    RULE(VALIDATION_GIVEN_UP, "validation-given-up")                                                         \
    RULE(FAILED_VALIDATION_KEEPS_CONNECTION, "failed-validation-keeps-connection")                           \
    RULE(REVERTS_AFTER_FAILURE, "reverts-after-failure")                                                     \
    RULE(PATH_MTU_VALIDATED, "path-mtu-validated")                                                           \
    /* moves.c */                                                                                            \
    RULE(ONLY_CLIENT_MOVES, "only-client-moves")                                                             \
    RULE(NOT_BEFORE_CONFIRMED, "not-before-confirmed")                                                       \
    RULE(PROBED_BEFORE_MOVE, "probed-before-move")                                                           \
    RULE(OBEYS_DISABLE_ACTIVE_MIGRATION, "obeys-disable-active-migration")                                   \
    RULE(UNKNOWN_SERVER_ADDRESS_IGNORED, "unknown-server-address-ignored")                                   \
    RULE(NO_MOVE_TO_LOOPBACK, "no-move-to-loopback")                                                         \
    RULE(NO_RESET_WHILE_LIVE, "no-reset-while-live")                                                         \
    /* moves_peer.c */                                                                                       \
    RULE(REBIND_NOT_PUNISHED, "rebind-not-punished")                                                         \
    RULE(PROBING_FRAMES_DO_NOT_MOVE, "probing-frames-do-not-move")                                           \
    RULE(FOLLOWS_HIGHEST_PACKET_NUMBER, "follows-highest-packet-number")                                     \
    RULE(MOVE_FOLLOWED, "move-followed")                                                                     \
    RULE(MOVE_VALIDATED, "move-validated")                                                                   \
    RULE(OLD_ADDRESS_VALIDATED_TOO, "old-address-validated-too")                                             \
    RULE(TOKEN_AFTER_MOVE, "token-after-move")                                                               \
    /* congestion.c */                                                                                       \
    RULE(CONGESTION_RESET_ON_NEW_ADDRESS, "congestion-reset-on-new-address")                                 \
    RULE(CONGESTION_KEPT_ON_PORT_CHANGE, "congestion-kept-on-port-change")                                   \
    /* packet_size.c */                                                                                      \
    RULE(PACKET_SIZE_AFTER_MOVE, "packet-size-after-move")                                                   \
    RULE(NOT_FRAGMENTED, "not-fragmented")                                                                   \
    RULE(SMALL_DATAGRAM_TOLERATED, "small-datagram-tolerated")                                               \
    /* preferred_address.c */                                                                                \
    RULE(PREFERRED_ADDRESS_BY_CLIENT_ONLY, "preferred-address-by-client-only")                               \
    RULE(PREFERRED_ADDRESS_HAS_ID, "preferred-address-has-id")                                               \
    RULE(PREFERRED_ADDRESS_OLD_DROPPED, "preferred-address-old-dropped")                                     \
    RULE(PREFERRED_ADDRESS_SERVER_PROBES, "preferred-address-server-probes")                                 \
    /* preferred_address_client.c */                                                                         \
    RULE(PREFERRED_ADDRESS_BOTH_PROBED, "preferred-address-both-probed")                                     \
    RULE(PREFERRED_ADDRESS_GIVEN_UP, "preferred-address-given-up")                                           \
    RULE(PREFERRED_ADDRESS_MIGRATES, "preferred-address-migrates")                                           \
    RULE(PREFERRED_ADDRESS_PROBED, "preferred-address-probed")                                               \
    RULE(PREFERRED_ADDRESS_VALIDATED, "preferred-address-validated")                                         \
    RULE(PREFERRED_ADDRESS_WINS, "preferred-address-wins")

#endif
