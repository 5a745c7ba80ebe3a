/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/isolated.h"

#include "core/number.h"

#include <string.h>

#define SECOND_NS UINT64_C(1000000000)
#define MIB ((uint64_t)1 << 20)
#define TIME_MAX_S 86400
#define MEMORY_MAX_MIB ((uint64_t)1 << 24)
#define MARGIN_NS (10 * SECOND_NS) /* to notice that a call does not return, and to end its process */

static bool take_number(const char *command, const char *option, const char *value, uint64_t most,
                        uint64_t unit, uint64_t *out)
{
    uint64_t number;
    if (!core_number_whole(value, 1, most, &number)) {
        (void)fprintf(stderr, "%s: --%s %s: expected a number from 1 to %llu\n", command, option, value,
                      (unsigned long long)most);
        return false;
    }
    *out = number * unit;
    return true;
}

bool isolation_take(isolation *self, const char *command, isolation_option option, const char *value)
{
    switch (option) {
    case ISOLATION_ON:
    case ISOLATION_OFF:
        self->off = option == ISOLATION_OFF;
        return true;
    case ISOLATION_TIME:
        return take_number(command, "endpoint-time", value, TIME_MAX_S, SECOND_NS, &self->limits.silence_ns);
    case ISOLATION_RUN:
        return take_number(command, "endpoint-run", value, TIME_MAX_S, SECOND_NS, &self->limits.run_ns);
    case ISOLATION_MEMORY:
        return take_number(command, "endpoint-memory", value, MEMORY_MAX_MIB, MIB,
                           &self->limits.memory_bytes);
    case ISOLATION_OPTIONS:
        break;
    }
    return false;
}

bool isolation_of(const isolation *self, const scenario *whole)
{
    bool foreign = false;
    for (uint32_t i = 0; i < whole->node_count; i++)
        foreign |= scenario_endpoint_of(whole, i) != NULL;
    return foreign && !self->off;
}

uint64_t isolation_patience_ns(const isolation *self, uint64_t silence_ns)
{
    const uint64_t least_ns = isolate_limits_of(&self->limits).silence_ns + MARGIN_NS;
    return self->off || silence_ns > least_ns ? silence_ns : least_ns;
}

int isolated_do(const isolated_work *todo, FILE *answer, char *message)
{
    isolate_result result;
    int status = RUN_OK;
    if (!isolation_of(todo->isolation, todo->scenario)) {
        todo->work(todo->ctx, answer);
        return RUN_OK;
    }
    const isolate_options options = {
        .limits = todo->isolation->limits, .work = todo->work, .stop = todo->stop, .ctx = todo->ctx};
    const int error = isolate_run(&options, &result);
    if (error) {
        (void)snprintf(message, RUN_MESSAGE_MAX, "a process of its own: %s", strerror(error));
        return RUN_ERR_WORLD;
    }
    switch (result.outcome) {
    case ISOLATE_DONE:
        (void)fwrite(result.bytes, 1, result.len, answer);
        break;
    case ISOLATE_ADAPTER:
        status = RUN_ERR_ENDPOINT;
        (void)snprintf(message, RUN_MESSAGE_MAX, "%s", result.text);
        break;
    case ISOLATE_STOPPED:
        status = RUN_ERR_INTERRUPTED;
        (void)snprintf(message, RUN_MESSAGE_MAX, "interrupted");
        break;
    case ISOLATE_LOST:
        (void)fprintf(stderr, "roam: %s: %s\n", todo->scenario->name, result.text);
        isolate_end_likewise(result.status);
    }
    isolate_result_fini(&result);
    return status;
}
