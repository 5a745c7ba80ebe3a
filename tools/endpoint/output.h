/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an adapter prints goes to standard error: standard output is that of the command. */
#ifndef TOOLS_ENDPOINT_OUTPUT_H
#define TOOLS_ENDPOINT_OUTPUT_H

/* From here on; the descriptor that output_restore takes, or -1, and then nothing is changed. */
int output_divert(void);
void output_restore(int kept);

#endif
