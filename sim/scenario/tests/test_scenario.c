/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "sim/scenario/event.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

/* Lines are numbered in the faults below: HEAD ends with line 11. */
#define HEAD                                                                                                 \
    "roam: 1\n"                                                                                              \
    "name: t\n"                                                                                              \
    "duration: 20s\n"                                                                                        \
    "networks:\n"                                                                                            \
    "  wifi: {delay: 8ms}\n"                                                                                 \
    "  cellular: {delay: 35ms}\n"                                                                            \
    "nodes:\n"                                                                                               \
    "  laptop: {networks: [wifi]}\n"                                                                         \
    "  server: {networks: [wifi], listen: 4433}\n"                                                           \
    "peers:\n"                                                                                               \
    "  - laptop -> server\n"

/* Lines 1 to 12. */
#define RELAY(to)                                                                                            \
    "roam: 1\n"                                                                                              \
    "name: t\n"                                                                                              \
    "duration: 20s\n"                                                                                        \
    "networks:\n"                                                                                            \
    "  wifi: {delay: 8ms}\n"                                                                                 \
    "nodes:\n"                                                                                               \
    "  relay: {networks: [wifi], relay: " to "}\n"                                                           \
    "  laptop: {networks: [wifi]}\n"                                                                         \
    "  server: {networks: [wifi], listen: 4433}\n"                                                           \
    "  other: {networks: [wifi], listen: 4433}\n"                                                            \
    "peers:\n"                                                                                               \
    "  - laptop -> server\n"

static const char FULL[] =
    "roam: 1\n"
    "name: every-key\n"
    "about: All of it.\n"
    "duration: 20s\n"
    "seed: 9223372036854775807\n"
    "networks:\n"
    "  wifi: {delay: 8ms, jitter: 2ms, rate: 50Mbps, queue: 64pkt, loss: 0.1%, mtu: 1280B}\n"
    "  six: {family: ipv6, prefix: 'fd12::/64', link: p2p, rate: 1Gbps}\n"
    "nodes:\n"
    "  a: {networks: [wifi], trust: strict, keepalive: 1s, dead_after: 2s, idle_timeout: 3s}\n"
    "  b: {networks: [wifi, six], listen: 4433, disable_active_migration: true}\n"
    "peers:\n"
    "  - {dial: a -> b, at: 1s}\n"
    "traffic:\n"
    "  - {flow: a -> b, send: 400B, every: 20ms, at: 2s, until: 10s, key: 7}\n"
    "  - {flow: b -> a, bulk: 4MB, message: 1KiB}\n"
    "timeline:\n"
    "  - {at: 9s, say: later}\n"
    "  - {at: 3s, attach: a, network: six}\n"
    "  - {at: 4s, set: wifi, node: a, direction: up, delay: 500ms, loss: 1%}\n"
    "  - {at: 5s, blackhole: a, network: wifi, direction: down, for: 500ms, every: 1s, times: 2}\n"
    "  - {at: 7s, down: a, network: wifi}\n"
    "  - {at: 7s, up: a, network: wifi}\n"
    "  - {at: 8s, migrate: a -> b, network: six, timeout: 2s, as: move, mode: follow-first}\n"
    "  - {at: 8.5s, detach: a, network: wifi}\n"
    "expect:\n"
    "  - {migration: move, result: [ok, superseded], validation: 40ms..50ms}\n"
    "  - {gap: a -> b, max: <= 500ms}\n"
    "  - {delivered: all}\n"
    "  - {never: peer_down, node: a}\n"
    "vary: {networks.wifi.delay: [10ms, 50ms]}\n";

static int load(const char *text, size_t bytes, const char *override, scenario **out,
                scenario_diagnostics *faults)
{
    scenario_source source = {.text = text,
                              .text_bytes = bytes,
                              .name = "x.yaml",
                              .overrides = &override,
                              .override_count = override ? 1 : 0};
    return loading_load(&source, out, faults);
}

/* --- faults --- */

#define LINK(kind, keys)                                                                                     \
    "roam: 1\nname: t\nduration: 20s\nnetworks:\n  n: {link: " kind keys "}\n"                               \
    "nodes:\n  a: {networks: [n]}\n"
#define P2P(keys)                                                                                            \
    "roam: 1\nname: t\nduration: 20s\nnetworks:\n  n: {link: p2p" keys "}\n"                                 \
    "nodes:\n  a: {networks: [n]}\n  b: {networks: [n], listen: 1}\npeers: [a -> b]\n"

#define TWO(of_a, of_b, peer)                                                                                \
    "roam: 1\nname: t\nduration: 20s\nnetworks:\n  four: {}\n  six: {family: ipv6}\n"                        \
    "nodes:\n  a: {networks: " of_a "}\n  b: {networks: " of_b ", listen: 1}\npeers:\n  - " peer "\n"

static const struct {
    const char *text;
    const char *override;
    const char *faults; /* the beginning of each, one a line */
} FAULTS[] = {
    {.text = "roam: 1\nname: [a\n", .faults = "x.yaml:3:1: not YAML: "},
    {.text = "", .faults = "x.yaml:1:1: empty"},
    {.text = "just words", .faults = "x.yaml:1:1: expected a scenario, found a plain value"},
    {.text = HEAD "colour: red\n", .faults = "x.yaml:12:1: unknown key 'colour'; known: roam, name"},
    {.text = HEAD "timline: []\n", .faults = "x.yaml:12:1: unknown key 'timline'; did you mean 'timeline'?"},
    {.text = HEAD "expect:\n", .faults = "x.yaml:12:1: expected a list of expectations, found nothing"},
    {.text = HEAD "expect:\n  - {happens: peer_down, verb: dial}\n",
     .faults = "x.yaml:13:26: 'verb' is about what is refused: write for example happens: refused"},
    {.text = HEAD "expect:\n  - {never: peer_down, status: exists}\n",
     .faults = "x.yaml:13:24: 'status' is about what is refused: write for example happens: refused"},
    {.text = HEAD "expect:\n  - {never: refused, verb: dail}\n",
     .faults = "x.yaml:13:28: unknown verb 'dail'; did you mean 'dial'?"},
    {.text = HEAD "expect:\n  - {never: refused, status: exist}\n",
     .faults = "x.yaml:13:30: unknown status 'exist'; did you mean 'exists'?"},
    {.text = HEAD "expect:\n  -\n", .faults = "x.yaml:13:3: expected an expectation, found nothing"},
    {.text = HEAD "seed: -1\n", .faults = "x.yaml:12:7: seed: '-1' is not a whole number"},
    {.text = HEAD "name: u\n", .faults = "x.yaml:12:1: duplicate key 'name': it is on line 2 already"},
    {.text = HEAD "about: &a x\n",
     .faults = "x.yaml:12:11: anchors (&) and aliases (*) are not part of the format"},
    {.text = HEAD "about: !!str x\n", .faults = "x.yaml:12:14: tags (!) are not part of the format"},
    {.text = HEAD "---\nroam: 1\n", .faults = "x.yaml:12:1: a second document"},
    {.text = HEAD "  - server -> laptop\n",
     .faults = "x.yaml:12:5: 'server' and 'laptop' are peers already, since line 11"},
    {.text = HEAD "  - laptop -> laptop\n", .faults = "x.yaml:12:15: 'laptop' twice"},
    {.text = HEAD "  - laptop -> servr\n",
     .faults = "x.yaml:12:15: unknown node 'servr'; did you mean 'server'?"},
    {.text = HEAD "  - \"laptop -> servr\"\n",
     .faults = "x.yaml:12:16: unknown node 'servr'; did you mean 'server'?"},
    {.text = HEAD "traffic:\n  - {flow: laptop -> server, send: 400, every: 20ms}\n",
     .faults = "x.yaml:13:36: send: missing unit: write 400B, not 400"},
    {.text = HEAD "traffic:\n  - {flow: laptop -> server, send: 7B, every: 20ms}\n",
     .faults = "x.yaml:13:36: send: 7B is too small: at least 8B"},
    {.text = HEAD "traffic:\n  - {flow: laptop -> server, bulk: 7B}\n",
     .faults = "x.yaml:13:36: bulk: 7B is too small: at least 8B"},
    {.text = HEAD "traffic:\n  - {flow: laptop -> server, bulk: 4MB, message: 7B}\n",
     .faults = "x.yaml:13:50: message: 7B is too small: at least 8B"},
    {.text = HEAD "traffic:\n  - {flow: laptop -> server, bulk: 2007B, message: 1kB}\n",
     .faults = "x.yaml:13:36: bulk: 2007B in messages of 1000B leaves 7B for the last one: at least 8B"},
    {.text = HEAD "traffic:\n  - {flow: laptop -> server, bulk: 4MB}\n",
     .override = "traffic.0.message=999999B",
     .faults = "x.yaml:13:36: bulk: 4MB in messages of 999999B leaves 4B for the last one: at least 8B"},
    {.text = HEAD "traffic:\n  - {flow: laptop -> server}\n",
     .faults = "x.yaml:13:5: traffic needs one of 'send', 'bulk', 'request' and 'rate'"},
    {.text = HEAD "timeline:\n  - {at: 25s, say: x}\n", .faults = "x.yaml:13:10: event at 25s"},
    {.text = HEAD "timeline:\n  - {at: -1s, say: x}\n", .faults = "x.yaml:13:10: at: -1s is negative"},
    {.text = HEAD "timeline:\n  - {at: 1s, atach: laptop, network: wifi}\n",
     .faults = "x.yaml:13:14: unknown verb 'atach'; did you mean 'attach'?"},
    {.text = HEAD "timeline:\n  - {at: 1s, migrate: laptop -> server, network: cellular}\n",
     .faults = "x.yaml:13:5: migrate: 'laptop' is not on network 'cellular' at 1s"},
    {.text = HEAD "timeline:\n  - {at: 1s, attach: laptop, network: wifi}\n",
     .faults = "x.yaml:13:5: attach: 'laptop' is already on network 'wifi' at 1s"},
    {.text = HEAD
     "timeline:\n  - {at: 2s, detach: laptop, network: wifi}\n  - {at: 1s, down: laptop, network: wifi}\n"
     "  - {at: 3s, migrate: laptop -> server}\n",
     .faults = "x.yaml:15:5: migrate: 'laptop' is on no network at 3s"},
    {.text = HEAD "timeline:\n  - {at: 1s, set: wifi, delay: 2min, loss: 101%, rate: 2000Gbps}\n",
     .faults =
         "x.yaml:13:44: loss: 101% is too large: at most 100%\nx.yaml:13:56: rate: 2000Gbps is too large"},
    {.text = HEAD "timeline:\n  - {at: 0s, say: x, every: 1us}\n",
     .faults = "x.yaml:13:5: more than 300000 events"},
    {.text =
         HEAD "timeline:\n  - {at: 1s, migrate: laptop -> server, as: move}\nexpect:\n  - {migration: mve, "
              "result: okay}\n",
     .faults = "x.yaml:15:17: unknown migration 'mve'; did you mean 'move'?\n"
               "x.yaml:15:30: unknown result 'okay'; did you mean 'ok'?"},
    {.text = HEAD "expect:\n  - {gap: laptop -> server, max: <= 1s}\n",
     .faults = "x.yaml:13:11: no traffic flows laptop -> server"},
    {.text = HEAD "vary: {networks.wify.delay: [1ms]}\n",
     .faults = "x.yaml:12:8: nothing is called 'wify' there; did you mean 'wifi'?"},
    {.text = HEAD "vary: {networks.wifi.delay: [1ms, 2, 2h], seed: [1, x], networks.wifi.dely: [1ms]}\n",
     .faults = "x.yaml:12:35: delay: missing unit: write 2ms, not 2\nx.yaml:12:38: delay: unknown unit 'h'\n"
               "x.yaml:12:53: seed: 'x' is not a whole number\n"
               "x.yaml:12:78: unknown key 'dely'; did you mean 'delay'?"},
    {.text = HEAD "timeline: [{at: 15s, say: x}]\nvary: {duration: [16s, 15s]}\n",
     .faults = "x.yaml:13:24: with duration=15s line 12 is wrong: event at 15s"},
    {.text = LINK("csma", ""),
     .faults = "x.yaml:5:13: a csma bus needs a rate: write for example rate: 100Mbps"},
    {.text = LINK("csma", ", rate: 1Mbps, mtu: 9kB"),
     .faults = "x.yaml:5:37: a frame of a csma bus carries at most 1500B"},
    {.text = LINK("csma", ", rate: 1Mbps") "timeline:\n  - {at: 1s, mtu: n, bytes: 1501B}\n",
     .faults = "x.yaml:9:29: a frame of a csma bus carries at most 1500B"},
    {.text = LINK("wifi", ", mtu: 9kB"), .faults = "x.yaml:5:24: a frame of wifi carries at most 2296B"},
    {.text = LINK("pipe", ", distance: 5m"),
     .faults = "x.yaml:5:19: 'distance' is that from an access point"},
    {.text = LINK("wifi", "") "timeline:\n  - {at: 1s, walk: a, network: n, to: 5m}\n",
     .faults = "x.yaml:9:5: how fast? write for example speed: 1.4mps, or over: 60s"},
    {.text = LINK("csma", ", rate: 1Mbps") "timeline:\n  - {at: 1s, walk: a, network: n, to: 5m, over: 1s}\n"
                                           "  - {at: 1s, set: n, rate: 3Mbps}\n",
     .faults = "x.yaml:9:32: 'n' is no wifi network, so no node can walk there: give it link: wifi\n"
               "x.yaml:10:22: 'n' is a csma bus, whose rate cannot be changed"},
    {.text = P2P(""), .faults = "x.yaml:5:13: a p2p link needs a rate: write for example rate: 20Mbps"},
    {.text = P2P(", rate: 0bps"), .faults = "x.yaml:5:24: a p2p link needs a rate"},
    {.text = P2P(", rate: 1Mbps, jitter: 1ms"), .faults = "x.yaml:5:39: a p2p link has no jitter"},
    {.text = P2P(", rate: 1Mbps") "timeline:\n  - {at: 1s, set: n, rate: 2000Gbps}\n",
     .faults = "x.yaml:11:28: rate: 2000Gbps is too large"},
    {.text = P2P(
         ", rate: 1Mbps") "timeline:\n  - {at: 1s, set: n, jitter: 1ms, rate: 0bps, delay: 1ms, direction: "
                          "up}\n",
     .faults = "x.yaml:11:30: 'n' has p2p links, which have no jitter\nx.yaml:11:41: 'n' has p2p links, "
               "which need a "
               "rate\nx.yaml:11:54: 'n' has p2p links, whose delay is one for both directions"},
    {.text = TWO("[six]", "[four]", "a -> b"),
     .faults = "x.yaml:11:5: 'a' cannot dial 'b': they have no address of one family (ipv4, ipv6) at 0s"},
    {.text = TWO("[six, four]", "[four]",
                 "{dial: a -> b, at: 2s}") "timeline: [{at: 1s, detach: a, network: four}, "
                                           "{at: 3s, attach: a, network: four}]\n",
     .faults = "x.yaml:11:5: 'a' cannot dial 'b': they have no address of one family (ipv4, ipv6) at 2s"},
    {.text =
         TWO("[six]", "[four]", "{dial: a -> b, at: 2s}") "timeline: [{at: 1s, detach: b, network: four}]\n",
     .faults = "x.yaml:11:5: 'a' cannot dial 'b': they have no address of one family"},
    {.text = TWO("[]", "[four]", "a -> b") "timeline: [{at: 0s, attach: a, network: four}]\n",
     .faults = "x.yaml:11:5: 'a' cannot dial 'b': it is on no network at 0s"},
    {.text = HEAD "timeline:\n  - {at: 1s, down: laptop, network: wifi, every: 1s}\n",
     .faults = "x.yaml:13:5: down: 'laptop' is down already on network 'wifi' at 2s"},
    {.text = HEAD "timeline:\n  - {at: 1s, up: laptop, network: wifi}\n",
     .faults = "x.yaml:13:5: up: 'laptop' is not down on network 'wifi' at 1s"},
    {.text =
         HEAD "timeline:\n  - {at: 1s, restart: laptop, for: 2s}\n  - {at: 2s, migrate: laptop -> server}\n"
              "  - {at: 3s, migrate: laptop -> server}\n",
     .faults = "x.yaml:14:5: migrate: 'laptop' is stopped by a restart at 2s"},
    {.text = HEAD "timeline:\n  - {at: 1s, dial: server -> laptop}\n",
     .faults = "x.yaml:13:20: dial: it is 'laptop' that dials 'server', by peers"},
    {.text = HEAD "timeline:\n  - {at: 1s, reconnect: server -> laptop}\n",
     .faults = "x.yaml:13:25: reconnect: it is 'laptop' that dials 'server', by peers"},
    {.text = HEAD "timeline:\n  - {at: 1s, reconnect: server}\n",
     .faults = "x.yaml:13:25: reconnect: 'server' dials no node, by peers: only who dialled can dial anew"},
    {.text = HEAD "timeline:\n  - {at: 1s, reconnect: laptop, via: server}\n",
     .faults = "x.yaml:13:38: reconnect: via needs a pair"},
    {.text = HEAD "timeline:\n  - {at: 1s, reconnect: laptop -> server, network: cellular}\n",
     .faults = "x.yaml:13:5: reconnect: 'laptop' is not on network 'cellular' at 1s"},
    {.text = HEAD "timeline:\n  - {at: 1s, reconnect: laptop -> server, as: m}\n"
                  "  - {at: 2s, reconnect: laptop -> server, as: m}\n  - {at: 3s, migrate: laptop, as: m}\n",
     .faults = "x.yaml:15:35: 'm' is the label of reconnects: migrations need another one"},
    {.text = HEAD "timeline:\n  - {at: 1s, watchdog: laptop, as: m}\n  - {at: 2s, migrate: laptop, as: m}\n"
                  "  - {at: 3s, reconnect: laptop -> server, as: m}\n",
     .faults = "x.yaml:15:47: 'm' is the label of migrations: reconnects need another one"},
    {.text = HEAD "timeline:\n  - {at: 1s, reconnect: laptop -> server, as: again}\n"
                  "expect:\n  - {migration: again, result: ok}\n",
     .faults = "x.yaml:15:17: 'again' is a reconnect, which has no result of a migration"},
    {.text = HEAD "timeline:\n  - {at: 1s, reconnect: laptop -> server, as: again}\n"
                  "expect:\n  - {move: again}\n  - {move: agin, lost: 0}\n  - {move: again, took: 1}\n",
     .faults = "x.yaml:15:5: what of the move? write for example lost: 0\n"
               "x.yaml:16:12: unknown move 'agin'; did you mean 'again'?\n"
               "x.yaml:17:25: took: missing unit: write 1ms, not 1"},
    {.text = HEAD "timeline:\n  - {at: 1s, stage: laptop -> server, via: server}\n",
     .faults = "x.yaml:13:44: 'server' is no relay: give it for example relay: server"},
    {.text = HEAD "timeline:\n  - {at: 1s, stage: laptop -> server}\n",
     .faults = "x.yaml:13:5: stage needs 'via'"},
    {.text = HEAD "timeline:\n  - {at: 1s, migrate: lptop}\n",
     .faults = "x.yaml:13:23: unknown node 'lptop'; did you mean 'laptop'?"},
    {.text = HEAD "timeline:\n  - {at: 1s, watchdog: laptop, strikes: 0}\n",
     .faults = "x.yaml:13:41: strikes: '0' is not a whole number from 1"},
    {.text = HEAD
     "timeline:\n  - {at: 1s, watchdog: laptop, as: dog}\nexpect:\n  - {migration: dog, count: 2ms}\n"
     "  - {migration: dog, count: 3..2}\n",
     .faults =
         "x.yaml:15:29: count: '2ms' is not a whole number\nx.yaml:16:29: count: '3..2' allows nothing"},
    {.text = RELAY("laptop"), .faults = "x.yaml:7:36: a relay to 'laptop', which does not listen"},
    {.text = RELAY("relay"), .faults = "x.yaml:7:36: 'relay' relays to itself"},
    {.text = RELAY("{to: server, port: 50000}"),
     .faults = "x.yaml:7:55: port: '50000' is not a whole number"},
    {.text = RELAY("servr"), .faults = "x.yaml:7:36: unknown node 'servr'; did you mean 'server'?"},
    {.text = RELAY("server") "  - {dial: laptop -> other, via: relay}\n",
     .faults = "x.yaml:13:34: 'relay' relays to 'server', not to 'other'"},
    {.text = RELAY("server") "  - {dial: relay -> server, via: relay}\n",
     .faults = "x.yaml:13:34: 'relay' is its own relay: name another node that relays to 'server'"},
    {.text =
         RELAY("server") "  - relay -> server\ntimeline:\n  - {at: 1s, stage: relay -> server, via: relay}\n",
     .faults = "x.yaml:15:43: 'relay' is its own relay"},
    {.text =
         HEAD "timeline:\n  - {at: 1s, migrate: laptop -> server, as: Move}\nexpect:\n  - {migration: move, "
              "result: ok}\n",
     .faults = "x.yaml:13:45: 'Move' is not a name"},
    {.text = HEAD "  - server => laptop\ntraffic:\n  - {flow: server -> other, send: 8B, every: 1s}\n",
     .faults = "x.yaml:12:5: 'server => laptop' names no two nodes\nx.yaml:14:22: unknown node 'other'"},
    {.text = HEAD,
     .override = "peers=[laptop => server]",
     .faults = "x.yaml: --set peers: 'laptop => server' names no two nodes"},
    {.text = HEAD "traffic:\n  - {flow: laptop -> server, send: 8B, every: 1s}\n",
     .override = "peers=[laptop => server]",
     .faults = "x.yaml: --set peers: 'laptop => server' names no two nodes"},
    {.text = HEAD,
     .override = "nodes.server.listen=70000",
     .faults = "x.yaml: --set nodes.server.listen: listen: '70000' is not a whole"},
    {.text = HEAD,
     .override = "networks.wifi.mtu=1199B",
     .faults = "x.yaml: --set networks.wifi.mtu: mtu: 1199B is too small: at least 1200B"},
    {.text = HEAD,
     .override = "networks.wifi.prefix=10.9.1.7/16",
     .faults = "x.yaml: --set networks.wifi.prefix: '10.9.1.7/16' has bits of a host: write 10.9.0.0/16"},
    {.text = HEAD,
     .override = "networks.wifi.prefix=0.0.0.0/8",
     .faults = "x.yaml: --set networks.wifi.prefix: '0.0.0.0/8': hosts have no"},
    {.text = HEAD,
     .override = "networks.wifi.prefix=127.0.0.0/8",
     .faults = "x.yaml: --set networks.wifi.prefix: '127.0.0.0/8': hosts have"},
    {.text = HEAD,
     .override = "networks.wifi.prefix=224.1.0.0/16",
     .faults = "x.yaml: --set networks.wifi.prefix: '224.1.0.0/16': hosts"},
    {.text = HEAD,
     .override = "networks.wifi.prefix=240.0.0.0/8",
     .faults = "x.yaml: --set networks.wifi.prefix: '240.0.0.0/8': hosts"},
    {.text = HEAD "seed: 18446744073709551616\n",
     .faults =
         "x.yaml:12:7: seed: '18446744073709551616' is not a whole number from 0 to 9223372036854775807"},
    {.text = HEAD "seed: 9223372036854775808\n",
     .faults = "x.yaml:12:7: seed: '9223372036854775808' is not a whole"},
    {.text = HEAD,
     .override = "roam=2",
     .faults = "x.yaml: --set roam: roam: '2' is not 1, the only one there is"},
    {.text = HEAD "traffic:\n  - {flow: laptop -> server, send: 8B, every: 1s, key: 18446744073709551616}\n",
     .faults = "x.yaml:13:56: key: '18446744073709551616' is not a whole number"},
    {.text = HEAD,
     .override = "networks.wifi.rate=1bps",
     .faults =
         "x.yaml: --set networks.wifi.rate: rate: 1bps is too small: at least 1kbps, or 0bps for no limit"},
    {.text = HEAD "timeline:\n  - {at: 1s, set: wifi, rate: 999bps}\n",
     .faults = "x.yaml:13:31: rate: 999bps is too small: at least 1kbps"},
    {.text = HEAD "vary: {vary: [1, 2], roam: [1], name: [a], about: [b]}\n",
     .faults = "x.yaml:12:8: 'vary' cannot be varied\nx.yaml:12:22: 'roam' cannot be varied\n"
               "x.yaml:12:33: 'name' cannot be varied\nx.yaml:12:44: 'about' cannot be varied"},
    {.text = HEAD "about: \"a\\e[2Jb\"\n", .faults = "x.yaml:12:9: a control character in a text"},
    {.text = HEAD "about: \"a\\0b\"\n", .faults = "x.yaml:12:9: a control character in a text"},
    {.text = HEAD "about: \"a\\u202eb\"\n", .faults = "x.yaml:12:9: a control character in a text"},
    {.text = HEAD "about: \"a\\u2066b\"\n", .faults = "x.yaml:12:9: a control character in a text"},
    {.text = HEAD "about: \"a\\x9bb\"\n", .faults = "x.yaml:12:9: a control character in a text"},
    {.text = HEAD "about: \"a\\nb\"\n", .faults = "x.yaml:12:9: a line break in a text"},
    {.text = HEAD "\"na\\eme\": u\n", .faults = "x.yaml:12:2: a control character in a text"},
    {.text = HEAD "# \xe2\x80\xae\n", .faults = "x.yaml:12:3: control character in the text"},
    {.text = HEAD "about: \xc2\x9b\n", .faults = "x.yaml:12:8: control character in the text"},
    {.text = HEAD "timeline:\n  - {at: 1s, say: }\n",
     .faults = "x.yaml:13:14: 'say' has no value: write for example say: the lift"},
    {.text = HEAD,
     .override = "networks.wifi.delay=50",
     .faults = "x.yaml: --set networks.wifi.delay: delay: missing unit"},
    {.text = HEAD,
     .override = "networks.celular.delay=50ms",
     .faults = "x.yaml: --set networks.celular.delay: nothing is called 'celular'"},
    {.text = HEAD,
     .override = "networks.wifi.dely=50ms",
     .faults = "x.yaml: --set networks.wifi.dely: unknown key 'dely'; did you mean 'delay'?"},
    {.text = HEAD, .override = "seed", .faults = "x.yaml: --set seed: no '='"},
};

static bool as_wanted(const scenario_diagnostics *faults, const char *wanted)
{
    size_t i = 0;
    for (; *wanted; i++) {
        size_t length = strcspn(wanted, "\n");
        if (i >= faults->count || strncmp(faults->items[i].text, wanted, length) != 0)
            return false;
        wanted += length + (wanted[length] == '\n');
    }
    return i == faults->total;
}

/* A prefix of 24 bits has 254 addresses for hosts. */
static void test_addresses(void)
{
    static const size_t counts[] = {254, 255};
    for (size_t i = 0; i < 2; i++) {
        char text[16384] = "roam: 1\nname: t\nduration: 20s\nnetworks:\n  n: {prefix: 10.1.0.0/24}\nnodes:\n";
        size_t used = strlen(text);
        scenario_diagnostics faults;
        scenario *loaded = NULL;
        for (size_t node = 1; node <= counts[i]; node++)
            used += (size_t)snprintf(text + used, sizeof(text) - used, "  n%zu: {networks: [n]}\n", node);
        scenario_diagnostics_init(&faults);
        const int status = load(text, used, NULL, &loaded, &faults);
        CU_ASSERT_EQUAL(status, counts[i] > 254 ? SCENARIO_ERR_INVALID : SCENARIO_OK);
        if (counts[i] > 254)
            CU_ASSERT(as_wanted(&faults,
                                "x.yaml:261:3: no address is left for 'n255' on 'n', whose prefix has 254"));
        scenario_free(loaded);
        scenario_diagnostics_fini(&faults);
    }
}

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof(FAULTS) / sizeof(FAULTS[0]); i++) {
        scenario_diagnostics faults;
        scenario_diagnostics_init(&faults);
        scenario *loaded = NULL;
        int status = load(FAULTS[i].text, strlen(FAULTS[i].text), FAULTS[i].override, &loaded, &faults);
        bool good = status == SCENARIO_ERR_INVALID && !loaded && as_wanted(&faults, FAULTS[i].faults);
        if (!good) {
            printf("\ncase %zu: status %d, want:\n%s\ngot:\n", i, status, FAULTS[i].faults);
            scenario_diagnostics_print(&faults, stdout);
        }
        CU_ASSERT(good);
        scenario_free(loaded);
        scenario_diagnostics_fini(&faults);
    }
}

static void test_brackets(void)
{
    static const struct {
        size_t bytes;
        const char *fault;
    } cases[] = {{10000000, "x.yaml:1:1: larger than 1048576 bytes"},
                 {1000000, "x.yaml:1:65: nested too deeply"}};
    char *text = malloc(cases[0].bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memset(text, '[', cases[0].bytes);
    for (size_t i = 0; i < 2; i++) {
        scenario_diagnostics faults;
        scenario_diagnostics_init(&faults);
        scenario *loaded = NULL;
        CU_ASSERT_EQUAL(load(text, cases[i].bytes, NULL, &loaded, &faults), SCENARIO_ERR_INVALID);
        CU_ASSERT(as_wanted(&faults, cases[i].fault));
        scenario_diagnostics_fini(&faults);
    }
    free(text);
}

/* --- values --- */

static void check_events(const scenario *s)
{
    static const struct {
        uint64_t at_ms;
        scenario_verb verb;
    } wanted[] = {{3000, SCENARIO_ATTACH},    {4000, SCENARIO_SET},       {5000, SCENARIO_BLACKHOLE},
                  {5500, SCENARIO_HEAL},      {6000, SCENARIO_BLACKHOLE}, {6500, SCENARIO_HEAL},
                  {7000, SCENARIO_LINK_DOWN}, {7000, SCENARIO_LINK_UP},   {8000, SCENARIO_MIGRATE},
                  {8500, SCENARIO_DETACH},    {9000, SCENARIO_SAY}};
    CU_ASSERT_EQUAL_FATAL(s->event_count, sizeof(wanted) / sizeof(wanted[0]));
    for (size_t i = 0; i < s->event_count; i++) {
        CU_ASSERT_EQUAL(s->events[i].at_ns, wanted[i].at_ms * 1000000);
        CU_ASSERT_EQUAL(s->events[i].verb, wanted[i].verb);
    }
    const scenario_set *set = scenario_event_set(&s->events[1]);
    CU_ASSERT_EQUAL(set->changes, SCENARIO_CHANGE_DELAY | SCENARIO_CHANGE_LOSS);
    CU_ASSERT_EQUAL(set->link.delay_ns, 500000000);
    CU_ASSERT_EQUAL(set->link.loss_ppb, 10000000);
    CU_ASSERT_EQUAL(s->events[1].direction, SCENARIO_UP);
    CU_ASSERT_EQUAL(s->events[4].repetition, 1);
    const scenario_call *call = scenario_event_call(&s->events[8]);
    CU_ASSERT_EQUAL(call->timeout_ns, 2000000000);
    CU_ASSERT_EQUAL(call->mode, SCENARIO_FOLLOW_FIRST);
    CU_ASSERT_EQUAL(s->events[8].network, 1);
    CU_ASSERT_EQUAL(s->events[8].to, 1);
    CU_ASSERT_STRING_EQUAL(call->label, "move");
}

static void check_rest(const scenario *s)
{
    CU_ASSERT_EQUAL(s->seed, INT64_MAX);
    CU_ASSERT_EQUAL(s->networks[0].link.jitter_ns, 2000000);
    CU_ASSERT_EQUAL(s->networks[0].link.rate_bps, 50000000);
    CU_ASSERT_EQUAL(s->networks[0].link.queue, 64);
    CU_ASSERT_EQUAL(s->networks[0].link.loss_ppb, 1000000);
    CU_ASSERT_EQUAL(s->networks[0].mtu, 1280);
    CU_ASSERT_EQUAL(s->networks[1].family, SCENARIO_IPV6);
    CU_ASSERT_EQUAL(s->networks[1].link_type, SCENARIO_LINK_P2P);
    CU_ASSERT_EQUAL(s->networks[1].link.queue, 100);
    CU_ASSERT_EQUAL(s->networks[1].prefix6.address[1], 0x12);
    CU_ASSERT_EQUAL(s->networks[1].prefix4.address[1], 2);
    CU_ASSERT_EQUAL(s->nodes[0].trust, SCENARIO_TRUST_STRICT);
    CU_ASSERT_EQUAL(s->nodes[0].dead_after_ns, 2000000000);
    CU_ASSERT_EQUAL(s->nodes[1].network_count, 2);
    CU_ASSERT_EQUAL(s->nodes[1].listen, 4433);
    CU_ASSERT_EQUAL(s->nodes[1].idle_timeout_ns, 300000000000);
    CU_ASSERT(s->nodes[1].disable_active_migration);
    CU_ASSERT_EQUAL(s->peers[0].at_ns, 1000000000);
    CU_ASSERT_EQUAL(s->traffic[0].until_ns, 10000000000);
    CU_ASSERT_EQUAL(s->traffic[0].key, 7);
    CU_ASSERT_EQUAL(s->traffic[1].total_bytes, 4000000);
    CU_ASSERT_EQUAL(s->traffic[1].message_bytes, 1024);
    CU_ASSERT_EQUAL(s->traffic[1].from, 1);
    CU_ASSERT_EQUAL(s->expectations[0].migration.results, SCENARIO_RESULT_OK | SCENARIO_RESULT_SUPERSEDED);
    CU_ASSERT_EQUAL(s->expectations[0].migration.validation.min, 40000000);
    CU_ASSERT_EQUAL(s->expectations[0].migration.validation.max, 50000000);
    CU_ASSERT_EQUAL(s->expectations[1].gap.max.max, 500000000);
    CU_ASSERT_EQUAL(s->expectations[3].never.event, SCENARIO_NEVER_PEER_DOWN);
    CU_ASSERT_EQUAL(s->expectations[3].never.node, 0);
    CU_ASSERT_STRING_EQUAL(s->expectations[1].text, "gap: a -> b, max: <= 500ms");
    CU_ASSERT_STRING_EQUAL(s->vary[0].values[1], "50ms");
}

static void test_values(void)
{
    scenario_diagnostics faults;
    scenario_diagnostics_init(&faults);
    scenario *plain = NULL;
    scenario *changed = NULL;
    int status = load(FULL, sizeof(FULL) - 1, NULL, &plain, &faults);
    scenario_diagnostics_print(&faults, stdout);
    CU_ASSERT_EQUAL_FATAL(status, SCENARIO_OK);
    check_events(plain);
    check_rest(plain);
    CU_ASSERT_EQUAL_FATAL(load(FULL, sizeof(FULL) - 1, "networks.wifi.delay=50ms", &changed, &faults),
                          SCENARIO_OK);
    CU_ASSERT_EQUAL(plain->networks[0].link.delay_ns, 8000000);
    CU_ASSERT_EQUAL(changed->networks[0].link.delay_ns, 50000000);
    CU_ASSERT_NOT_EQUAL(plain->digest, changed->digest);
    scenario_free(plain);
    scenario_free(changed);
    scenario_diagnostics_fini(&faults);
}

/* --- damage --- */

/* No flow has by default the key that another one asks for. */
static void test_default_keys(void)
{
    static const struct {
        const char *keys[4]; /* NULL: by default */
        uint64_t wanted[4];
    } cases[] = {
        {{NULL, NULL, NULL, NULL}, {0, 1, 2, 3}}, {{"1", NULL, NULL, NULL}, {1, 4, 2, 3}},
        {{"1", NULL, "1", "4"}, {1, 5, 1, 4}},    {{NULL, "0", NULL, "2"}, {4, 0, 5, 2}},
        {{"7", "7", "4", "5"}, {7, 7, 4, 5}},     {{"3", "2", NULL, NULL}, {3, 2, 4, 5}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2048] = HEAD "traffic:\n";
        for (size_t j = 0; j < 4; j++) {
            const char *const key = cases[i].keys[j];
            size_t used = strlen(text);
            snprintf(text + used, sizeof text - used,
                     "  - {flow: laptop -> server, send: 8B, every: 1s%s%s}\n", key ? ", key: " : "",
                     key ? key : "");
        }
        scenario *s = NULL;
        scenario_diagnostics diagnostics;
        scenario_diagnostics_init(&diagnostics);
        const scenario_source source = {.text = text, .text_bytes = strlen(text), .name = "x.yaml"};
        CU_ASSERT_EQUAL_FATAL(loading_load(&source, &s, &diagnostics), SCENARIO_OK);
        for (size_t j = 0; j < 4; j++)
            CHECK(s->traffic[j].key, cases[i].wanted[j], "case %zu, flow %zu: key", i, j);
        scenario_free(s);
        scenario_diagnostics_fini(&diagnostics);
    }
}

static void load_damaged(const char *text, size_t bytes)
{
    scenario_diagnostics faults;
    scenario_diagnostics_init(&faults);
    scenario *loaded = NULL;
    int status = load(text, bytes, NULL, &loaded, &faults);
    CU_ASSERT((status == SCENARIO_OK) == (faults.total == 0));
    CU_ASSERT((status == SCENARIO_OK) == (loaded != NULL));
    scenario_free(loaded);
    scenario_diagnostics_fini(&faults);
}

static void test_damage(void)
{
    char text[sizeof(FULL)];
    uint64_t state = 1;
    for (size_t bytes = 0; bytes < sizeof(FULL); bytes++)
        load_damaged(FULL, bytes);
    for (size_t i = 0; i < 2000; i++) {
        memcpy(text, FULL, sizeof(text));
        for (size_t j = 0; j <= i % 4; j++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            text[(state >> 33) % (sizeof(text) - 1)] =
                (char)(i % 2 ? state >> 56 : 0x20 + (state >> 56) % 0x5f);
        }
        load_damaged(text, sizeof(text) - 1);
    }
}

static const check_test TESTS[] = {
    {"faults", test_faults}, {"addresses of a network", test_addresses}, {"brackets", test_brackets},
    {"values", test_values}, {"default keys", test_default_keys},        {"damage", test_damage}};
CHECK_MAIN("scenario", TESTS)
