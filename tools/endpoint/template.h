/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_ENDPOINT_TEMPLATE_H
#define TOOLS_ENDPOINT_TEMPLATE_H

/* The files of tools/endpoint/template/, put into the program by tools/embed.cmake. @NAME@ stands for the
 * name of the adapter. */

extern const char TEMPLATE_ADAPTER[];
extern const char TEMPLATE_CMAKE[];
extern const char TEMPLATE_README[];

#endif
