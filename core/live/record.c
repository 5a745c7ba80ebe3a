/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/record.h"

#include <stdio.h>

static const char *after(uint64_t at_ns, uint64_t begin_ns, char text[24])
{
    if (at_ns == ROAM_NEVER)
        return "never";
    (void)snprintf(text, 24, "%llu", (unsigned long long)(at_ns > begin_ns ? at_ns - begin_ns : 0));
    return text;
}

size_t live_record_format(const char *peer, const roam_migration_record *record,
                          char text[LIVE_RECORD_TEXT_MAX])
{
    char old_local[ROAM_ADDR_STRING_MAX], new_local[ROAM_ADDR_STRING_MAX], remote[ROAM_ADDR_STRING_MAX];
    char challenge[24], response[24], finished[24];
    const int n = snprintf(
        text, LIVE_RECORD_TEXT_MAX,
        "result %s\npeer %s\ndetail %s\nmode %s\ntrigger %s\nold_local %s\nnew_local %s\nremote %s\n"
        "challenges_sent %u\nvalidation_rounds %u\nfirst_challenge_ns %s\nresponse_ns %s\nfinished_ns %s\n"
        "srtt_before_ns %llu\nsrtt_after_ns %llu\ncwnd_before %llu\ncwnd_after %llu\n"
        "connection_id_changed %s\n",
        roam_result_name(record->result), peer, roam_migration_detail_name(record->detail),
        record->mode == ROAM_FOLLOW_FIRST ? "follow_first" : "validate_first", record->trigger,
        roam_addr_format(&record->old_local, old_local), roam_addr_format(&record->new_local, new_local),
        roam_addr_format(&record->remote, remote), record->challenges_sent, record->validation_rounds,
        after(record->first_challenge_ns, record->requested_ns, challenge),
        after(record->response_ns, record->requested_ns, response),
        after(record->finished_ns, record->requested_ns, finished),
        (unsigned long long)record->srtt_before_ns, (unsigned long long)record->srtt_after_ns,
        (unsigned long long)record->cwnd_before, (unsigned long long)record->cwnd_after,
        record->connection_id_changed ? "true" : "false");
    return n < 0 ? 0 : n < LIVE_RECORD_TEXT_MAX ? (size_t)n : LIVE_RECORD_TEXT_MAX - 1;
}
