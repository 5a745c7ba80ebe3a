/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/endpoint/endpoint.h"

#include "sim/endpoint/isolate.h"
#include "tools/cli/command.h"
#include "tools/cli/options.h"
#include "tools/endpoint/output.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*function)(int argc, char **argv);
    const char *about;
} parts[] = {
    {"test", endpoint_test, "check an adapter, function by function"},
    {"info", endpoint_info, "print what an adapter says of itself"},
    {"list", endpoint_list, "list the adapters that are found by name"},
    {"new", endpoint_make, "write the beginnings of an adapter"},
};

#define PART_COUNT (sizeof parts / sizeof parts[0])

static const char *part_name(const void *ctx, size_t index)
{
    (void)ctx;
    return index < PART_COUNT ? parts[index].name : NULL;
}

static int usage(FILE *stream, int status)
{
    (void)fprintf(stream, "usage: roam endpoint PART [OPTION]... [ARGUMENT]...\n"
                          "\n"
                          "Adapters of other QUIC libraries: shared objects that export the functions of\n"
                          "roam_endpoint.h.\n"
                          "\n");
    for (size_t i = 0; i < PART_COUNT; i++)
        (void)fprintf(stream, "  roam endpoint %-5s %s\n", parts[i].name, parts[i].about);
    (void)fprintf(stream, "\nEach part has --help. Exit status: 0 done, no check failed; 1 a check failed;\n"
                          "2 usage, or no adapter; 3 roam itself failed.\n");
    return status;
}

int command_endpoint(int argc, char **argv)
{
    if (argc < 2)
        return usage(stderr, COMMAND_USAGE);
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return usage(stdout, COMMAND_OK);
    for (size_t i = 0; i < PART_COUNT; i++)
        if (strcmp(argv[1], parts[i].name) == 0)
            return parts[i].function(argc - 1, argv + 1);
    const char *const nearest = option_nearest(argv[1], part_name, NULL);
    (void)fprintf(stderr, "roam endpoint: unknown part '%s'", argv[1]);
    if (nearest)
        (void)fprintf(stderr, "; did you mean '%s'?\n", nearest);
    else
        (void)fprintf(stderr, "; see roam endpoint --help\n");
    return COMMAND_USAGE;
}

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
