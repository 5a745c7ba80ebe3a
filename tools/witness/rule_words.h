/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WITNESS_RULE_WORDS_H
#define TOOLS_WITNESS_RULE_WORDS_H

#include "tools/cli/options.h"

/* The rules that check requirements, each with the text of the one that it is first of all about. */
void rule_words(const word_sink *out);

#endif
