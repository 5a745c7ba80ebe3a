/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/tests/variant_run.h"

#include "core/tests/check.h"
#include "sim/scenario/variants.h"
#include "sim/tests/random_judge.h"
#include "sim/verdict/run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 320

uint64_t variant_until_ns(const scenario *whole, uint64_t shared_ns)
{
    const uint64_t end_ns = shared_ns < whole->duration_ns ? shared_ns : whole->duration_ns;
    return end_ns > 0 ? (end_ns - 1) / RUN_SLICE_NS * RUN_SLICE_NS : 0;
}

static int begin(const scenario *to, const run_options *options, scenario_variants *variants,
                 const variant_trial *trial, run **out, char *message)
{
    run *begun;
    int status = run_begin(options, &begun, message);
    if (status != RUN_OK || !variants) {
        *out = begun;
        return status;
    }
    status = run_to(begun, trial->until_ns, message);
    if (status != RUN_OK) {
        run_free(begun);
        return status;
    }
    scenario_variants_take(variants, to);
    run_follow(begun);
    *out = begun;
    return RUN_OK;
}

/* Its summary, or the message of its error; to be freed. `begun` is what it begins as; NULL: `to`. */
static char *carry_out(const scenario *begun, const scenario *to, const variant_trial *trial, const char *dir)
{
    const scenario *const both[] = {begun, to};
    scenario_variants *const variants = begun ? scenario_variants_new(both, 2) : NULL;
    const run_options options = {.scenario = begun ? scenario_variants_plan(variants) : to,
                                 .seed = to->seed,
                                 .out_dir = dir,
                                 .pcap = trial->files,
                                 .qlog = trial->files ? QLOG_CURRENT : QLOG_NONE};
    char message[RUN_MESSAGE_MAX] = "";
    run *finished;
    int status = begin(to, &options, variants, trial, &finished, message);
    if (status == RUN_OK)
        status = run_end(finished, message);
    char *const told = status == RUN_OK ? run_summary(finished) : strdup(message);
    if (status == RUN_OK)
        run_free(finished);
    scenario_variants_free(variants);
    return told;
}

void variant_compare(const scenario *begun, const scenario *to, const variant_trial *trial)
{
    char apart[PATH_BYTES], together[PATH_BYTES], differs[RANDOM_JUDGED_MAX];
    (void)snprintf(apart, sizeof apart, "%s/apart", trial->dir);
    (void)snprintf(together, sizeof together, "%s/together", trial->dir);
    char *const wanted = carry_out(NULL, to, trial, apart);
    char *const got = carry_out(begun, to, trial, together);
    (void)CHECK_STRING(got, wanted, "%s, shared until %" PRIu64 " ns", trial->about, trial->until_ns);
    random_judge_compare(apart, together, differs);
    (void)CHECK_STRING(differs, "", "%s, shared until %" PRIu64 " ns", trial->about, trial->until_ns);
    random_judge_compare(together, apart, differs);
    (void)CHECK_STRING(differs, "", "%s, shared until %" PRIu64 " ns", trial->about, trial->until_ns);
    free(wanted);
    free(got);
}
