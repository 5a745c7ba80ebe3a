/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --quic KEY=VALUE of roam node. */
#ifndef TOOLS_NODE_QUIC_H
#define TOOLS_NODE_QUIC_H

#include "core/roam.h"
#include "tools/cli/options.h"

/* Sets what the key says, as `quic` of a node in a scenario does. False: the value, or the key, is none. */
bool node_quic_take(const char *text, roam_node_options *node);

/* The keys. */
void node_quic_words(const word_sink *out);

#endif
