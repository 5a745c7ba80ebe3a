/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SHELLS_CANDIDATES_H
#define TOOLS_SHELLS_CANDIDATES_H

#include <stddef.h>
#include <stdio.h>

/*
 * What may stand in the place of the last of the words of a command line, without its first one ("roam"), for
 * the scripts of shells. The first line is what the shell itself adds: "words" (nothing), "files" or
 * "directories", and behind a tab what stands before the path in that word. Then a line each: the whole word,
 * and behind a tab, where there is one, what it means. A word that ends with '=' or '/' is not finished.
 */
void candidates_print(char *const *words, size_t count, FILE *out);

#endif
