/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_UTF8_H
#define TOOLS_CLI_UTF8_H

/* In a text that is not UTF-8, as it may come from an adapter, the bytes beyond ASCII become '?'. */
void utf8_make(char *text);

#endif
