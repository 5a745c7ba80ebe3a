/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_RULES_REQUIREMENTS_INTERNAL_H
#define SIM_VERDICT_RULES_REQUIREMENTS_INTERNAL_H

/* One file a chapter, in the order of requirements.c. A row: section, number of the sentence, level, what is
 * required, and the rules that check it, or why none does. */

#include "sim/verdict/rules/requirements.h"

typedef struct requirement_chapter {
    const requirement *rows;
    size_t count;
} requirement_chapter;

extern const requirement_chapter REQUIREMENTS_5;
extern const requirement_chapter REQUIREMENTS_8;
extern const requirement_chapter REQUIREMENTS_9;
extern const requirement_chapter REQUIREMENTS_10;
extern const requirement_chapter REQUIREMENTS_14;
extern const requirement_chapter REQUIREMENTS_18;
extern const requirement_chapter REQUIREMENTS_19;
extern const requirement_chapter REQUIREMENTS_21;

#define REQUIREMENT_ROW(in_section, in_number, of_level)                                                     \
    .id = "rfc9000-" in_section "-" #in_number, .section = (in_section), .number = (in_number),              \
    .level = REQUIREMENT_##of_level

#define CHECKED(in_section, in_number, of_level, what, ...)                                                  \
    {                                                                                                        \
        REQUIREMENT_ROW(in_section, in_number, of_level), .standing = REQUIREMENT_CHECKED, .text = (what),   \
                                                          .rules = {                                         \
                                                              __VA_ARGS__                                    \
                                                          }                                                  \
    }

/* The rules look for more than this sentence forbids. */
#define CHECKED_NARROWER(in_section, in_number, of_level, what, ...)                                         \
    {                                                                                                        \
        REQUIREMENT_ROW(in_section, in_number, of_level), .standing = REQUIREMENT_CHECKED, .narrower = true, \
                                                          .text = (what), .rules = {                         \
                                                              __VA_ARGS__                                    \
                                                          }                                                  \
    }

#define NOT_OBSERVABLE(in_section, in_number, of_level, what, reason)                                        \
    {                                                                                                        \
        REQUIREMENT_ROW(in_section, in_number, of_level), .standing = REQUIREMENT_NOT_OBSERVABLE,            \
                                                          .text = (what), .why = (reason)                    \
    }

#define NOT_APPLICABLE(in_section, in_number, of_level, what, reason)                                        \
    {                                                                                                        \
        REQUIREMENT_ROW(in_section, in_number, of_level), .standing = REQUIREMENT_NOT_APPLICABLE,            \
                                                          .text = (what), .why = (reason)                    \
    }

/* Reasons that several rows share. */
#define PERMITS "a permission that no packet goes against"
#define RESETS_ALONE "about Stateless Resets alone, not about connection IDs or migration"
#define TOKEN_OPAQUE "a token is opaque to all but the server that made it"
#define OTHER_CONNECTION "binds a later connection; a verdict is about one"
#define ICMP_INSIDE "ICMP messages are no QUIC packets, and what is made of them stays inside the endpoint"

#endif
