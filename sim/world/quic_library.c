/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/quic_library.h"

#include "sim/endpoint/library.h"
#include "sim/world/quic_settings.h"

#include <stdlib.h>

static void on_random(void *ctx, uint8_t *bytes, size_t len)
{
    const core_random *const random = ctx;
    random->fill(random->user_data, bytes, len);
}

/* NULL: a refusal, with its text. */
static const endpoint_library *open_library(const quic_library_options *options,
                                            const scenario_endpoint *endpoint,
                                            char text[ENDPOINT_LIBRARY_TEXT_MAX])
{
    const endpoint_call call = {.adapter = endpoint->name,
                                .node = options->scenario->nodes[options->node].name,
                                .function = "dlopen",
                                .now_ns = options->now(options->ctx),
                                .random = on_random,
                                .ctx = (void *)(uintptr_t)options->random};
    return endpoint->library
               ? endpoint_library_open(endpoint->library, &call, text, ENDPOINT_LIBRARY_TEXT_MAX)
               : endpoint_library_open_name(endpoint->name, &call, text, ENDPOINT_LIBRARY_TEXT_MAX);
}

/* In the ABI's form; NULL: no memory. */
static roam_endpoint_option *options_of(const scenario_endpoint *endpoint)
{
    roam_endpoint_option *const options = calloc(endpoint->option_count + 1, sizeof *options);
    for (size_t i = 0; options && i < endpoint->option_count; i++)
        options[i] = (roam_endpoint_option){endpoint->options[i].name, endpoint->options[i].value};
    return options;
}

int quic_library_new(const quic_library_options *options, foreign **out)
{
    const scenario_node *const node = &options->scenario->nodes[options->node];
    const scenario_endpoint *const endpoint = scenario_endpoint_of(options->scenario, options->node);
    char text[ENDPOINT_LIBRARY_TEXT_MAX];
    const endpoint_library *const library = open_library(options, endpoint, text);
    if (!library)
        return run_error_set(options->error, RUN_ERROR_SCENARIO, "%s: %s", node->name, text);
    roam_endpoint_option *const given = options_of(endpoint);
    if (!given)
        return run_error_set(options->error, RUN_ERROR_MEMORY, "out of memory");
    const foreign_options wanted = {.library = &library->table,
                                    .name = endpoint->name,
                                    .node = node->name,
                                    .identity = options->identity,
                                    .options = given,
                                    .option_count = endpoint->option_count,
                                    .server = node->listen != 0,
                                    .settings = quic_settings_asked(node),
                                    .error = options->error,
                                    .now = options->now,
                                    .log = options->log,
                                    .ctx = options->ctx};
    return foreign_new(&wanted, out) == 0 ? RUN_ERROR_NONE
                                          : run_error_set(options->error, RUN_ERROR_MEMORY, "out of memory");
}
