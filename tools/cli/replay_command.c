/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/replay_command.h"

#include "tools/cli/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "key=value,key=value" as the options that say so. */
static void set_options(const char *combination, char *text, size_t size)
{
    settings_item item;
    size_t used = 0;
    text[0] = '\0';
    while (used + 24 < size && settings_next(&combination, &item)) {
        used += (size_t)snprintf(text + used, size - used, " --%s '", settings_option(item.kind));
        for (size_t i = 0; i < item.len && used + 2 < size; i++)
            if (item.text[i] != '\'')
                text[used++] = item.text[i];
        text[used++] = '\'';
        text[used] = '\0';
    }
}

/* As one word of a shell. */
static void quote(const char *file, char *text, size_t size)
{
    static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:%@";
    size_t used = 0;
    if (file[strspn(file, PLAIN)] == '\0') {
        (void)snprintf(text, size, "%s", file);
        return;
    }
    text[used++] = '\'';
    for (; *file && used + 6 < size; file++)
        used += (size_t)(*file == '\'' ? snprintf(text + used, size - used, "'\\''")
                                       : snprintf(text + used, size - used, "%c", *file));
    (void)snprintf(text + used, size - used, "'");
}

const char *replay_word(const char *name, char text[REPLAY_COMMAND_MAX])
{
    quote(name, text, REPLAY_COMMAND_MAX);
    return text;
}

const char *replay_command(const char *file, const char *combination, uint64_t seed,
                           char text[REPLAY_COMMAND_MAX])
{
    char options[REPLAY_COMMAND_MAX / 2];
    char word[REPLAY_COMMAND_MAX / 4];
    set_options(combination, options, sizeof options);
    quote(file, word, sizeof word);
    (void)snprintf(text, REPLAY_COMMAND_MAX, "roam run --seed %" PRIu64 "%s %s", seed, options, word);
    return text;
}
