#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What roam run prints of background, and what events.jsonl has of it.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

# Down: 1000 B each half millisecond, of which one leaves each millisecond, as delivered, and 100 wait. After 1000.7 ms 2,002 have been
# sent, 1,000 have left, one is leaving, 100 wait, and 901 found no place. Up: 125 B each millisecond, ten in a busy time, 50 times in
# two seconds, in no queue.
cat >busy.yaml <<'YAML'
roam: 1
name: busy
duration: 2s
networks:
  lte: {delay: 5ms, rate: 8Mbps, queue: 100ms, shared: true}
nodes: {laptop: {networks: [lte]}}
peers: []
background:
  - {network: lte, rate: 16Mbps, direction: down, packet: 1000B, at: 500ms, until: 1500.7ms}
  - {network: lte, rate: 1Mbps, direction: up, packet: 125B, pattern: on-off, busy: 10ms, idle: 30ms}
  - {network: lte, rate: 8kbps, direction: up, packet: 1000B, pattern: poisson, at: 1s, until: 1001ms}
YAML
status 0 "$roam" run busy.yaml --out busy
same "$(sed -n '/^  background/,/^$/s/   */ /gp' out | head -n 3)" ' background packets bytes delivered dropped
 lte down constant 2002 2002000 1101 901
 lte up on-off 500 62500 500 0' 'the table'
same "$(grep '"background' busy/events.jsonl | sed 's/"event":"background\(_over\)\{0,1\}","network":"lte",/\1 /')" \
    '{"at_ns":0, "direction":"up","pattern":"on-off","rate_bps":1000000,"packet_bytes":125}
{"at_ns":500000000, "direction":"down","pattern":"constant","rate_bps":16000000,"packet_bytes":1000}
{"at_ns":1000000000, "direction":"up","pattern":"poisson","rate_bps":8000,"packet_bytes":1000}
{"at_ns":1001000000,_over "direction":"up","pattern":"poisson","sent":0,"delivered":0,"dropped":0}
{"at_ns":1500700000,_over "direction":"down","pattern":"constant","sent":2002,"delivered":1000,"dropped":901}
{"at_ns":2000000000,_over "direction":"up","pattern":"on-off","sent":500,"delivered":500,"dropped":0}' 'the events'
exit $failed
