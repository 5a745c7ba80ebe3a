/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/endpoint/endpoint.h"

#include "sim/endpoint/isolate.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/endpoint/output.h"

#include <stdio.h>
#include <string.h>

static const char *part_name(const void *ctx, size_t index)
{
    const command_row *const of = ctx;
    return of->parts[index] ? command_word(of->parts[index]) : NULL;
}

static int command_endpoint(int argc, char **argv)
{
    const command_row *const self = &COMMAND_ENDPOINT;
    const bool helps = argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
    if (argc < 2 || helps) {
        help_print(self, helps ? stdout : stderr);
        return helps ? COMMAND_OK : COMMAND_USAGE;
    }
    const command_row *const part = command_part(self, argv[1]);
    if (part)
        return part->function(argc - 1, argv + 1);
    const char *const nearest = option_nearest(argv[1], part_name, self);
    (void)fprintf(stderr, "roam endpoint: unknown part '%s'", argv[1]);
    if (nearest)
        (void)fprintf(stderr, "; did you mean '%s'?\n", nearest);
    else
        (void)fprintf(stderr, "; see roam endpoint --help\n");
    return COMMAND_USAGE;
}

static const command_row *const parts[] = {&ENDPOINT_TEST, &ENDPOINT_INFO, &ENDPOINT_LIST, &ENDPOINT_NEW,
                                           NULL};

const command_row COMMAND_ENDPOINT = {
    .name = "endpoint",
    .about = "adapters of other QUIC libraries: test, info, list, new",
    .function = command_endpoint,
    .usage = "roam endpoint PART [OPTION]... [ARGUMENT]...",
    .text = "Adapters of other QUIC libraries: shared objects that export the functions of\n"
            "roam_endpoint.h.",
    .list_column = 22,
    .notes = "Each part has --help. ",
    .status = "0 done, no check failed; 1 a check failed;\n"
              "2 usage, or no adapter; 3 roam itself failed.",
    .parts = parts,
};

static void no_random(void *ctx, uint8_t *bytes, size_t len)
{
    (void)ctx;
    memset(bytes, 0, len);
}

static void try_to_load(void *ctx, FILE *answer)
{
    char text[ENDPOINT_LIBRARY_TEXT_MAX];
    const endpoint_call call = {
        .adapter = ctx, .node = "test", .function = "dlopen", .random = no_random, .ctx = ctx};
    if (!endpoint_library_open(ctx, &call, text, sizeof text))
        (void)fputs(text, answer);
}

/* Loads the object in a process of its own first: its constructors may do anything. */
static bool can_be_loaded(const char *path, char *text, size_t text_size)
{
    char copy[4096];
    isolate_result result;
    (void)snprintf(copy, sizeof copy, "%s", path);
    const isolate_options options = {.work = try_to_load, .ctx = copy};
    const int error = isolate_run(&options, &result);
    if (error) {
        (void)snprintf(text, text_size, "%s: %s", path, strerror(error));
        return false;
    }
    const bool loads = result.outcome == ISOLATE_DONE && result.len == 0;
    if (result.outcome == ISOLATE_DONE)
        (void)snprintf(text, text_size, "%s", result.bytes);
    else
        (void)snprintf(text, text_size, "%s: it cannot be loaded: %s", path, result.text);
    isolate_result_fini(&result);
    return loads;
}

const endpoint_library *endpoint_load(const char *path, char text[ENDPOINT_TEXT_MAX])
{
    if (!can_be_loaded(path, text, ENDPOINT_TEXT_MAX))
        return NULL;
    const int kept = output_divert();
    const endpoint_library *const library = endpoint_library_open(path, NULL, text, ENDPOINT_TEXT_MAX);
    output_restore(kept);
    return library;
}

const endpoint_library *endpoint_named(const char *command, const char *argument)
{
    char path[4096], text[ENDPOINT_TEXT_MAX];
    const size_t len = strlen(argument);
    const bool is_path = strchr(argument, '/') || (len > 3 && strcmp(argument + len - 3, ".so") == 0);
    const endpoint_library *library = NULL;
    if (is_path || endpoint_library_find(argument, path, sizeof path, text, sizeof text))
        library = endpoint_load(is_path ? argument : path, text);
    if (!library)
        (void)fprintf(stderr, "%s: %s\n", command, text);
    return library;
}
