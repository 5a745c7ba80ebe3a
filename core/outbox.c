/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/outbox.h"

#include <stdlib.h>

void core_outbox_init(core_outbox *outbox)
{
    core_subscribers_init(&outbox->subscribers);
    outbox->first = outbox->last = NULL;
}

void core_outbox_fini(core_outbox *outbox)
{
    while (outbox->first) {
        core_result *const next = outbox->first->next;
        free(outbox->first);
        outbox->first = next;
    }
    core_subscribers_fini(&outbox->subscribers);
}

void core_outbox_emit(core_outbox *outbox, const roam_event *event, uint64_t now_ns)
{
    core_subscribers_emit(&outbox->subscribers, event, now_ns);
}

void core_outbox_add(core_outbox *outbox, core_result *result)
{
    result->next = NULL;
    if (outbox->last)
        outbox->last->next = result;
    else
        outbox->first = result;
    outbox->last = result;
}

bool core_outbox_has_results(const core_outbox *outbox)
{
    return outbox->first;
}

void core_outbox_tell_results(core_outbox *outbox, uint64_t now_ns)
{
    core_result *result = outbox->first;
    outbox->first = outbox->last = NULL;
    while (result) {
        core_result *const next = result->next;
        if (!result->silent)
            core_outbox_emit(outbox,
                             &(roam_event){.kind = ROAM_EVENT_MIGRATION_DONE,
                                           .peer = result->peer,
                                           .migration = &result->record},
                             now_ns);
        result->done(result->done_data, result->peer, &result->record, now_ns);
        free(result);
        result = next;
    }
}
