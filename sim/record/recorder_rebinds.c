/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"
#include "sim/record/room.h"

#include <stdlib.h>

void recorder_rebind_add(recorder *self, uint32_t node, uint32_t other, const roam_rebind_record *record)
{
    recorder_rebind rebind = {.node = node, .other = other, .record = *record, .round_trip_ns = ROAM_NEVER};
    if (record->validated)
        recorder_stages_of_rebind(self, &rebind);
    recorder_rebind *const rebinds =
        room_for_one(self->rebinds, self->rebind_count, &self->rebind_capacity, sizeof *rebinds);
    if (!rebinds) {
        self->failed = true;
        return;
    }
    self->rebinds = rebinds;
    self->rebinds[self->rebind_count++] = rebind;
}

bool recorder_rebinds_finish(recorder *self)
{
    if (!chains_init(&self->rebinds_of, self->rebind_count))
        return false;
    for (size_t i = 0; i < self->rebind_count; i++)
        chains_add(&self->rebinds_of, chains_pair(self->rebinds[i].node, self->rebinds[i].other));
    return true;
}

void recorder_rebinds_fini(recorder *self)
{
    chains_fini(&self->rebinds_of);
    free(self->rebinds);
}

const recorder_rebind *recorder_rebinds(const recorder *self, size_t *count)
{
    *count = self->rebind_count;
    return self->rebinds;
}

uint32_t recorder_rebind_first(const recorder *self, uint32_t node, uint32_t other)
{
    return chains_first(&self->rebinds_of, chains_pair(node, other));
}

uint32_t recorder_rebind_next(const recorder *self, uint32_t rebind)
{
    return chains_next(&self->rebinds_of, rebind);
}

uint64_t recorder_rebind_ns(const recorder_rebind *rebind)
{
    const roam_rebind_record *const record = &rebind->record;
    return record->validated ? record->finished_ns - record->noticed_ns : ROAM_NEVER;
}
