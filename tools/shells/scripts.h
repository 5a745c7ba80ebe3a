/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SHELLS_SCRIPTS_H
#define TOOLS_SHELLS_SCRIPTS_H

/* roam.bash, roam.zsh and roam.fish, which the build writes into the program (tools/embed.cmake). */
extern const char SCRIPT_BASH[];
extern const char SCRIPT_ZSH[];
extern const char SCRIPT_FISH[];

#endif
