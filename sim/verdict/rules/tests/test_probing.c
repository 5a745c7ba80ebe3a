/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of probing.c: a run that holds it, and the same run altered so that this rule alone is broken. */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/stories.h"
#include "sim/verdict/rules/tests/trace.h"

#include <CUnit/Basic.h>

static void challenges_are_padded(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CU_ASSERT(trace_exercised(&of, RULES_CHALLENGE_PADDED, DISSECT_CLIENT) > 0);
    trace_resize(&of, trace_find(&of, DISSECT_CLIENT, DISSECT_PATH_CHALLENGE, 0, 0), 1199);
    trace_broken(&of, RULES_CHALLENGE_PADDED, DISSECT_CLIENT);
    trace_free(&of);
}

static const check_test TESTS[] = {
    {"challenges are padded", challenges_are_padded},
};

CHECK_MAIN("the rules of probing", TESTS)
