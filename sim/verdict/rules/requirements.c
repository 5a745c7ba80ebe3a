/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/requirements.h"
#include "sim/verdict/rules/requirements_internal.h"

#include <assert.h>
#include <string.h>

static const requirement_chapter *const chapters[] = {
    &REQUIREMENTS_5,  &REQUIREMENTS_8,  &REQUIREMENTS_9,  &REQUIREMENTS_10,
    &REQUIREMENTS_14, &REQUIREMENTS_18, &REQUIREMENTS_19, &REQUIREMENTS_21,
};

#define CHAPTER_COUNT (sizeof chapters / sizeof chapters[0])

size_t requirement_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < CHAPTER_COUNT; i++)
        count += chapters[i]->count;
    return count;
}

const requirement *requirement_at(size_t index)
{
    size_t chapter = 0;
    for (; chapter < CHAPTER_COUNT && index >= chapters[chapter]->count; chapter++)
        index -= chapters[chapter]->count;
    assert(chapter < CHAPTER_COUNT);
    return &chapters[chapter]->rows[index];
}

const requirement *requirement_find(const char *id)
{
    for (size_t i = 0; i < requirement_count(); i++)
        if (strcmp(requirement_at(i)->id, id) == 0)
            return requirement_at(i);
    return NULL;
}

bool requirement_names(const requirement *self, const char *rule)
{
    for (size_t i = 0; i < REQUIREMENT_RULES_MAX && self->rules[i]; i++)
        if (strcmp(self->rules[i], rule) == 0)
            return true;
    return false;
}

/* The lower, the better a row stands for the rule. */
static unsigned principal_rank(const requirement *row, const char *rule)
{
    enum { NARROWER = 1000 };
    return (row->narrower ? NARROWER : 0) + 2 * requirement_level_rank(row->level) +
           (strcmp(row->rules[0], rule) != 0);
}

const requirement *requirement_principal(const char *rule)
{
    const requirement *best = NULL;
    for (size_t i = 0; i < requirement_count(); i++) {
        const requirement *const row = requirement_at(i);
        if (requirement_names(row, rule) && (!best || principal_rank(row, rule) < principal_rank(best, rule)))
            best = row;
    }
    return best;
}

/* No row before this one has the name. */
static bool is_new(size_t index, const char *rule)
{
    for (size_t i = 0; i < index; i++)
        if (requirement_names(requirement_at(i), rule))
            return false;
    return true;
}

const char *requirement_rule(size_t index)
{
    for (size_t i = 0; i < requirement_count(); i++) {
        const requirement *const row = requirement_at(i);
        for (size_t j = 0; j < REQUIREMENT_RULES_MAX && row->rules[j]; j++)
            if (is_new(i, row->rules[j]) && index-- == 0)
                return row->rules[j];
    }
    return NULL;
}

const char *requirement_level_name(requirement_level level)
{
    static const char *const names[] = {
        [REQUIREMENT_MUST] = "MUST",     [REQUIREMENT_MUST_NOT] = "MUST NOT",
        [REQUIREMENT_SHOULD] = "SHOULD", [REQUIREMENT_SHOULD_NOT] = "SHOULD NOT",
        [REQUIREMENT_MAY] = "MAY",
    };
    return names[level];
}

unsigned requirement_level_rank(requirement_level level)
{
    switch (level) {
    case REQUIREMENT_MUST:
    case REQUIREMENT_MUST_NOT:
        return 0;
    case REQUIREMENT_SHOULD:
    case REQUIREMENT_SHOULD_NOT:
        return 1;
    case REQUIREMENT_MAY:
        break;
    }
    return 2;
}

const char *requirement_standing_name(requirement_standing standing)
{
    static const char *const names[REQUIREMENT_STANDINGS] = {
        [REQUIREMENT_CHECKED] = "checked",
        [REQUIREMENT_NOT_OBSERVABLE] = "not observable",
        [REQUIREMENT_NOT_APPLICABLE] = "not applicable",
    };
    return names[standing];
}
