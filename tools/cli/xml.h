/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_XML_H
#define TOOLS_CLI_XML_H

#include <stdio.h>

/* Text in XML or HTML, between tags or in an attribute: markup is escaped, and what is no text there is left
 * out. */
void xml_text(FILE *stream, const char *text);

#endif
