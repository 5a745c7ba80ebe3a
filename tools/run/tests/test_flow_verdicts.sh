#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What `delivered: all` makes of flows that bring nothing, and of small messages that a restart loses. The worlds in which
# everything is delivered are in scenarios/.
set -euo pipefail
# shellcheck source=tools/tests/command.sh
source "$(dirname "$0")/../../tests/command.sh"

# numbers KEY: of the flows in summary.json, in their order.
numbers() {
    python3 -c 'import json, sys; print(*(flow[sys.argv[1]] for flow in json.load(open("run/summary.json"))["traffic"]))' "$1"
}

# The NAT has one port, and the second phone is never connected: of 7.2 s none of the messages each 100 ms is sent, of the last
# 0.2 s neither.
cat >silent.yaml <<'END'
roam: 1
name: silent
duration: 8s
networks: {wifi: {delay: 8ms, nat: home}, datacentre: {delay: 1ms}}
nats: {home: {pool: 198.51.100.1, port_range: 5000..5000}}
nodes: {first: {networks: [wifi]}, second: {networks: [wifi]}, server: {networks: [datacentre], listen: 4433}}
peers: [first -> server, second -> server]
traffic:
  - {flow: first -> server, send: 400B, every: 100ms, at: 1s}
  - {flow: second -> server, send: 400B, every: 100ms}
  - {flow: second -> server, send: 400B, every: 100ms, at: 7s}
expect: [{delivered: all}]
END
status 1 "$roam" run silent.yaml --out run
says out '62 of 62 messages, nothing of second -> server and 1 more, 74 passed over before the first, wanted'
same "$(numbers sent)" '62 0 0' 'sent'
same "$(numbers passed_over)" '0 72 2' 'passed over'
same "$(numbers passed_over_at_start)" '0 72 2' 'passed over at the start'
same "$(numbers gap_ns)" '0 7100000000 100000000' 'gaps'
sed 's/^expect:.*/expect: [{peer: second -> server, is: down}]/' silent.yaml >untold.yaml
status 0 "$roam" run untold.yaml
says out '  74 messages were passed over, 72 of them of second -> server'

# What was under way when the laptop restarts is lost. Each of the others is known for what it is.
cat >small.yaml <<'END'
roam: 1
name: small
duration: 8s
networks: {wifi: {delay: 8ms}, datacentre: {delay: 1ms}}
nodes: {laptop: {networks: [wifi]}, server: {networks: [datacentre], listen: 4433}}
peers: [laptop -> server]
traffic: [{flow: server -> laptop, send: 15B, every: 20ms}]
timeline: [{at: 2s, restart: laptop, redial: true}]
expect: [{delivered: all}]
END
for bytes in 8 15 16; do
    status 1 "$roam" run small.yaml --set "traffic.0.send=${bytes}B" --out run
    says out '358 of 360 messages, 2 missing, wanted'
    same "$(numbers corrupt)" 0 "corrupt messages of $bytes B"
done
status 2 "$roam" run small.yaml --set traffic.0.send=7B
says err 'send: 7B is too small: at least 8B'

exit $failed
