/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/replay_command.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* "key=value,key=value" as --set options; a comma inside brackets belongs to its value. */
static void set_options(const char *combination, char *text, size_t size)
{
    size_t used = 0;
    int depth = 0;
    text[0] = '\0';
    for (const char *at = combination; *at && used + 16 < size; at++) {
        const bool between = *at == ',' && depth == 0;
        if (at == combination || between)
            used += (size_t)snprintf(text + used, size - used, "%s --set '", at == combination ? "" : "'");
        if (between)
            continue;
        depth += (*at == '[' || *at == '{') - (*at == ']' || *at == '}');
        if (*at != '\'')
            text[used++] = *at;
        text[used] = '\0';
    }
    if (used > 0)
        (void)snprintf(text + used, size - used, "'");
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
    char settings[REPLAY_COMMAND_MAX / 2];
    char word[REPLAY_COMMAND_MAX / 4];
    set_options(combination, settings, sizeof settings);
    quote(file, word, sizeof word);
    (void)snprintf(text, REPLAY_COMMAND_MAX, "roam run --seed %" PRIu64 "%s %s", seed, settings, word);
    return text;
}
