/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The requirements: each sentence of RFC 9000 with a key word of BCP 14, of the sections about connection
 * IDs, address validation, path validation, migration, datagram sizes and the frames of these, and whether
 * packets show that an endpoint obeys it. A section is here whole or not at all, so that a number counts the
 * sentences of the section.
 *
 * A sentence with two key words is one requirement, with the stronger of them. RECOMMENDED counts as SHOULD.
 * The texts are ours: they say what is required in a line, RFC 9000 says it in full.
 *
 *     for (size_t i = 0; i < requirement_count(); i++)
 *         puts(requirement_at(i)->id);
 */
#ifndef SIM_VERDICT_RULES_REQUIREMENTS_H
#define SIM_VERDICT_RULES_REQUIREMENTS_H

#include <stdbool.h>
#include <stddef.h>

#define REQUIREMENT_RULES_MAX 4

typedef enum requirement_level {
    REQUIREMENT_MUST,
    REQUIREMENT_MUST_NOT,
    REQUIREMENT_SHOULD,
    REQUIREMENT_SHOULD_NOT,
    REQUIREMENT_MAY
} requirement_level;

typedef enum requirement_standing {
    REQUIREMENT_CHECKED,        /* by its rules */
    REQUIREMENT_NOT_OBSERVABLE, /* packets, keys, times and addresses at the endpoints do not show it */
    REQUIREMENT_NOT_APPLICABLE  /* nothing that an endpoint of one connection could break */
} requirement_standing;

#define REQUIREMENT_STANDINGS 3

typedef struct requirement {
    const char *id;      /* "rfc9000-8.2.1-3": section, and number of the sentence in it, from 1 */
    const char *section; /* "8.2.1" */
    unsigned number;     /* of the sentence in its section */
    requirement_level level;
    requirement_standing standing;
    bool narrower;    /* CHECKED: what breaks its rules need not break it; another row stands for them */
    const char *text; /* what is required, in our words */
    const char *rules[REQUIREMENT_RULES_MAX]; /* CHECKED: at least one; NULL after the last */
    const char *why;                          /* of the other two: the reason; NULL of CHECKED */
} requirement;

/* In the order of RFC 9000. */
size_t requirement_count(void);
const requirement *requirement_at(size_t index); /* index < requirement_count() */

const requirement *requirement_find(const char *id); /* NULL: there is none */

/* The rule is one of those that check this requirement. */
bool requirement_names(const requirement *self, const char *rule);

/* What a rule is first of all about, and how bad it is to break it: of the requirements that name it those of
 * the strongest level, of these those that name it before other rules, and of these the first. NULL: none
 * names it. */
const requirement *requirement_principal(const char *rule);

/* The rules that check requirements, each once, in the order in which the table names them. NULL after the
 * last. */
const char *requirement_rule(size_t index);

/* "MUST NOT" */
const char *requirement_level_name(requirement_level level);
/* 0: MUST and MUST NOT, 1: SHOULD and SHOULD NOT, 2: MAY. */
unsigned requirement_level_rank(requirement_level level);
/* "checked", "not observable", "not applicable" */
const char *requirement_standing_name(requirement_standing standing);

#endif
