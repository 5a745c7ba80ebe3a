/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_RULES_RULE_LIST_H
#define SIM_VERDICT_RULES_RULE_LIST_H

/*
 * The rules, in the order in which they are told: RULE(NAME, "name"), RULES_ NAME being its number. Which
 * requirements of RFC 9000 a rule checks is in the table of requirements (requirements.h). A new rule has a
 * row here, its check in the file of its group, and the rows of requirements that name it.
 */
#define RULES_LIST(RULE)                                                                                     \
    /* amplification.c */                                                                                    \
    RULE(HANDSHAKE_WITHIN_LIMIT, "handshake-within-limit")                                                   \
    RULE(NEW_ADDRESS_WITHIN_LIMIT, "new-address-within-limit")                                               \
    /* probing.c */                                                                                          \
    RULE(CHALLENGE_PADDED, "challenge-padded")

#endif
