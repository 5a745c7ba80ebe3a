/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_RULES_TESTS_STORIES_H
#define SIM_VERDICT_RULES_TESTS_STORIES_H

/* Fixture: scenarios for traces. A laptop (client) on Wi-Fi, 5 ms away, with another network, cellular, 20 ms
 * away, and a server, 1 ms; seed 1. */

#define STORY_HEAD                                                                                           \
    "roam: 1\n"                                                                                              \
    "name: t\n"                                                                                              \
    "duration: 4s\n"                                                                                         \
    "nodes: {laptop: {networks: [wifi, cellular]}, server: {networks: [datacentre], listen: 4433}}\n"        \
    "peers: [laptop -> server]\n"
#define STORY_NETWORKS                                                                                       \
    "networks: {wifi: {delay: 5ms, rate: 50Mbps}, cellular: {delay: 20ms, rate: 20Mbps}, datacentre: "       \
    "{delay: 1ms}}\n"
#define STORY_NAT                                                                                            \
    "nats: {home: {pool: 203.0.113.0/28}}\n"                                                                 \
    "networks:\n"                                                                                            \
    "  wifi: {delay: 15ms, rate: 10Mbps, queue: 25pkt, nat: home}\n"                                         \
    "  cellular: {delay: 20ms, rate: 20Mbps}\n"                                                              \
    "  datacentre: {delay: 1ms}\n"
#define STORY_TALK                                                                                           \
    "traffic:\n"                                                                                             \
    "  - {flow: laptop -> server, send: 200B, every: 50ms, until: 3s}\n"                                     \
    "  - {flow: server -> laptop, send: 200B, every: 50ms, until: 3s}\n"
#define STORY_DOWNLOAD "traffic:\n  - {flow: server -> laptop, bulk: 20MB}\n"
#define STORY_MOVE "timeline: [{at: 1s, migrate: laptop -> server, network: cellular, as: move}]\n"

/* The laptop moves to cellular at 1 s, while messages go both ways. */
#define STORY_TALK_MOVE STORY_HEAD STORY_NETWORKS STORY_TALK STORY_MOVE
/* Likewise, while 20 MB come down. */
#define STORY_DOWNLOAD_MOVE STORY_HEAD STORY_NETWORKS STORY_DOWNLOAD STORY_MOVE
/* At 1 s a NAT gives the laptop, whose Wi-Fi has 10 Mbps and is 15 ms away here, another port; or another
 * address. */
#define STORY_TALK_PORT                                                                                      \
    STORY_HEAD STORY_NAT STORY_TALK "timeline: [{at: 1s, shuffle: home, of: laptop, change: port}]\n"
#define STORY_DOWNLOAD_PORT                                                                                  \
    STORY_HEAD STORY_NAT STORY_DOWNLOAD "timeline: [{at: 1s, shuffle: home, of: laptop, change: port}]\n"
#define STORY_TALK_ADDRESS                                                                                   \
    STORY_HEAD STORY_NAT STORY_TALK "timeline: [{at: 1s, shuffle: home, of: laptop, change: both}]\n"

#endif
