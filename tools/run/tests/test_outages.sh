#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of times without a connection roam run lists the first eight, and says how many there are besides.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

# Lost each 400 ms by who leaves, and regained 100 ms and a handshake later: nine times, from 1 s to 4.2 s.
cat >lost.yaml <<'YAML'
roam: 1
name: lost
duration: 5s
networks: {wifi: {delay: 2ms}}
nodes: {laptop: {networks: [wifi], redial: {after: 100ms}}, server: {networks: [wifi], listen: 4433}}
peers: [laptop -> server]
timeline: [{at: 1s, restart: server, leave: true, every: 400ms, times: 9}]
YAML
status 0 "$roam" run lost.yaml
same "$(grep -c '^  laptop -> server  *[0-9.]* .*s  *left ' out)" 8 'rows'
says out '  and 1 more times without a connection'
if grep -q validations out; then fail 'times without a connection are called validations'; fi
exit $failed
