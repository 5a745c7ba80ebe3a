/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/tests/small_scenario.h"

#include <stdio.h>

#define TEXT_MAX 8192

static const char head[] = "roam: 1\n"
                           "name: small\n"
                           "about: A fixture.\n"
                           "duration: 10s\n"
                           "seed: 7\n"
                           "networks:\n"
                           "  wifi: {delay: 10ms}\n"
                           "  cellular: {delay: 20ms}\n"
                           "  datacentre: {delay: 1ms}\n"
                           "nodes:\n"
                           "  laptop: {networks: [wifi, cellular]}\n"
                           "  server: {networks: [datacentre], listen: 4433}\n"
                           "peers: [laptop -> server]\n"
                           "traffic:\n"
                           "  - {flow: laptop -> server, send: 100B, every: 20ms, until: 8s}\n"
                           "  - {flow: server -> laptop, send: 100B, every: 20ms, until: 8s}\n"
                           "  - {flow: laptop -> server, bulk: 4kB, message: 1kB}\n";

scenario *small_scenario(const char *timeline, const char *expect)
{
    static const char move[] =
        "  - {at: 1s, migrate: laptop -> server, network: cellular, timeout: 500ms, as: move}\n";
    char text[TEXT_MAX];
    (void)snprintf(text, sizeof text, "%stimeline:\n%s%s%s", head, timeline ? timeline : move,
                   expect ? "expect:\n" : "", expect ? expect : "");
    return evidence_scenario(text);
}
