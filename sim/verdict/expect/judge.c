/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/expect/internal.h"

bool expect_silent(const recorder_flow *flow)
{
    return flow->delivered == 0 && flow->sent + flow->unsent + flow->passed_over > 0;
}

void expect_judge(const scenario *whole, const scenario_expectation *expectations, size_t count,
                  const expect_evidence *evidence, expect_outcome *outcomes)
{
    for (size_t i = 0; i < count; i++)
        scenario_expect_kind_of(expectations[i].kind)->judge(whole, &expectations[i], evidence, &outcomes[i]);
}
