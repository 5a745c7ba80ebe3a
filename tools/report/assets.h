/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_REPORT_ASSETS_H
#define TOOLS_REPORT_ASSETS_H

/* The files of tools/report/, put into the program by tools/embed.cmake. */

extern const char REPORT_PAGE_CSS[];
extern const char REPORT_PAGE_JS[];

#endif
