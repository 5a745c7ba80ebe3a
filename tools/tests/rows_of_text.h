/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_TESTS_ROWS_OF_TEXT_H
#define TOOLS_TESTS_ROWS_OF_TEXT_H

/* Fixture: the rows of a summary that stands in the test as JSON. */

#include "sim/verdict/summary_rows.h"

/* Ends the test when the text is no summary. The rows live as long as the process; NULL for NULL. */
const summary_rows *rows_of_text(const char *text);

#endif
