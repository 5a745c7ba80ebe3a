/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/endpoint/endpoint.h"

#include "tools/cli/command.h"
#include "tools/cli/options.h"

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

const endpoint_library *endpoint_named(const char *command, const char *argument)
{
    char path[4096], text[ENDPOINT_LIBRARY_TEXT_MAX];
    const size_t len = strlen(argument);
    const bool is_path = strchr(argument, '/') || (len > 3 && strcmp(argument + len - 3, ".so") == 0);
    const endpoint_library *library = NULL;
    if (is_path || endpoint_library_find(argument, path, sizeof path, text, sizeof text))
        library = endpoint_library_open(is_path ? argument : path, NULL, text, sizeof text);
    if (!library)
        (void)fprintf(stderr, "%s: %s\n", command, text);
    return library;
}
