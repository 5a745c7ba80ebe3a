/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_WORDS_H
#define TOOLS_CLI_WORDS_H

/* Words that options of several commands take, as shells complete them. */

#include "tools/cli/options.h"

/* Adapters of QUIC libraries that are found by name, and "roam". */
void words_of_adapters(const word_sink *out);
/* WHO=NAME of --as: each who with each adapter. */
void words_of_players(const word_sink *out);

/* The choices of an option or operand, then those of its list. */
void words_each(const value_words *words, const word_sink *out);

#endif
