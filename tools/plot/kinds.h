/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of figures, in the order of roam plot --help. A new kind is a row here, and a file that defines
 * plot_kind_NAME; its script is NAME.gp (.github/CONTRIBUTING.md).
 */
#ifndef TOOLS_PLOT_KINDS_H
#define TOOLS_PLOT_KINDS_H

#include "tools/plot/figure.h"

#define PLOT_KINDS(KIND)                                                                                     \
    KIND(cdf)                                                                                                \
    KIND(rebinds)                                                                                            \
    KIND(rtt)                                                                                                \
    KIND(timeline)                                                                                           \
    KIND(overlay)                                                                                            \
    KIND(outcomes)                                                                                           \
    KIND(loss)                                                                                               \
    KIND(moves)                                                                                              \
    KIND(commits)

#define PLOT_KIND_DECLARATION(name) extern const plot_kind plot_kind_##name;
PLOT_KINDS(PLOT_KIND_DECLARATION)
#undef PLOT_KIND_DECLARATION

#endif
