/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What stands around the rows. */
#include "tools/witness/explain_draw.h"

#include <inttypes.h>

const char *explain_legend(size_t index)
{
    static const char *const LINES[] = {
        "An arrow is a UDP datagram (X: lost there; o: through a NAT or relay): when "
        "it left (s), took (ms), c#/s# packet number of client/server, frames "
        "(PATH_: first data bytes; 2x: two at once, with other data, as ngtcp2 "
        "does), bytes; CID n: destination connection ID of this path from here on, "
        "by sequence number. = is an event. \"...\" sums up datagrams that are not "
        "drawn, by path and direction (up: from the client); gaps under 50 ms "
        "with fewer than 50 and no loss are left out."};
    return index < sizeof LINES / sizeof *LINES ? LINES[index] : NULL;
}

void explain_title(const explain_story *story, const explain_section *section, char *text)
{
    const explain_run *const run = story->trace->run;
    text[0] = '\0';
    explain_put(text, "%s, seed %" PRIu64 ": %s -> %s", run->scenario, run->seed,
                run->nodes[section->client].name, run->nodes[section->server].name);
    if (run->end_ns == EXPLAIN_NEVER)
        explain_put(text, " (interrupted)");
    if (story->trace->cut)
        explain_put(text, " (packets.pcapng is cut off)");
}

void explain_rest(const explain_section *section, char *text)
{
    text[0] = '\0';
    if (section->windows_left > 0)
        explain_put(text, "Not told: what happened at %zu later time%s. ", section->windows_left,
                    section->windows_left == 1 ? "" : "s");
    if (section->left_out > 0)
        explain_put(text, "Not told: %zu more lines. ", section->left_out);
    if (text[0] != '\0')
        explain_put(text, "--around NAME, --between A..B and --all tell more.");
}
