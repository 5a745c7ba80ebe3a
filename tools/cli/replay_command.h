/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_REPLAY_COMMAND_H
#define TOOLS_CLI_REPLAY_COMMAND_H

/* The command that runs one world again. */

#include <stdint.h>

#define REPLAY_COMMAND_MAX 4096

/* "roam run --seed 7 --set 'KEY=VALUE' --as 'WHO=NAME' FILE"; combination as in store_key. Returns text. */
const char *replay_command(const char *file, const char *combination, uint64_t seed,
                           char text[REPLAY_COMMAND_MAX]);

/* A file's name, say, as one word of a shell. Returns text. */
const char *replay_word(const char *name, char text[REPLAY_COMMAND_MAX]);

#endif
