#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam stats --rebinds: what the time of rebinds went by, and gaps beside it, as sqlite3 has them in the store.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

cat >rebinds.yaml <<'YAML'
roam: 1
name: rebinds
duration: 4s
networks:
  wifi: {delay: 20ms, jitter: 5ms, nat: home}
  datacentre: {delay: 1ms}
nats:
  home: {pool: 203.0.113.7}
nodes:
  laptop: {networks: [wifi]}
  server: {networks: [datacentre], listen: 4433}
peers: [laptop -> server]
traffic: [{flow: laptop -> server, send: 900B, every: 20ms}]
timeline:
  - {at: 1s, shuffle: home, change: port, of: laptop}
  - {at: 2s, shuffle: home, change: port, of: laptop}
expect: [{rebind: server, of: laptop, count: 2}]
vary: {networks.wifi.delay: [100ms, 20ms]}
YAML
status 0 "$roam" sweep --quiet --seeds 1..20 --db runs.db rebinds.yaml
status 0 "$roam" stats --rebinds --csv --db runs.db
same "$(head -n 1 out)" commit,scenario,digest,combination,label,measure,n,never,p50,p90,p99,max 'columns'
of() { sqlite3 -readonly runs.db "SELECT $1 FROM rebinds b JOIN runs r ON r.id = b.run WHERE combination LIKE '%=$2' ORDER BY 1 LIMIT 1 OFFSET $3"; }
for delay in 20ms 100ms; do
    while IFS='|' read -r measure sql; do
        same "$(sed -nE "s/^[^,]*,rebinds,[0-9a-f]+,[^,]*=$delay,server of laptop,$measure,//p" out)" \
            "40,0,$(of "$sql" $delay 19),$(of "$sql" $delay 35),$(of "$sql" $delay 39),$(of "$sql" $delay 39)" "$measure at $delay"
    done <<'VALUES'
before_challenge_ns|part_other_ns
challenge_ns|part_unanswered_ns + part_queue_ns + part_to_peer_ns
response_ns|part_at_peer_ns + part_back_ns
result_ns|part_again_ns + part_result_ns
validation_ns|validation_ns
gap_from_ns|(SELECT max(gap_ns) FROM gaps g WHERE g.run = b.run AND sender = 'laptop')
VALUES
    # What goes one way takes what the link takes.
    low=${delay%ms}000000
    (($(of 'part_to_peer_ns' "$delay" 0) >= low)) || fail "a challenge is faster than its link of $delay"
    grep -qE "=$delay,server of laptop,gap_to_ns,0,0,,,,$" out || fail 'there is no flow to the laptop'
done

# For people: combinations by value; a rebind without an answer is a time that was never reached.
status 0 "$roam" stats --rebinds --db runs.db rebinds
same "$(sed -nE 's/^rebinds \[networks\.wifi\.delay=(.*)\], (.*)$/\1 \2/p' out)" "20ms server of laptop: 40 of 40 validated, 100.0 %
100ms server of laptop: 40 of 40 validated, 100.0 %" 'the lines of groups'
same "$(grep -cE '^  until a challenge arrived( +[0-9.]+ ms){4}$' out)" 2 'rows'
grep -q 'gap of the run, to it' out && fail 'a gap of no flow'
cp runs.db made.db
sqlite3 made.db "UPDATE rebinds SET validated = 0, part_at_peer_ns = NULL, part_back_ns = NULL WHERE number = 1"
status 0 "$roam" stats --rebinds --db made.db
same "$(grep -cE '20 of 40 validated, 50\.0 %$' out)" 2 'half of them'
same "$(grep -cE '^  until its response arrived +[0-9.]+ ms +never +never +never$' out)" 2 'never'

# No rebinds, and what does not go together.
moves move >move.yaml
status 0 "$roam" sweep --quiet --seeds 1 --db move.db move.yaml
status 2 "$roam" stats --rebinds --db move.db
says err 'move.db has no rebind'
status 2 "$roam" stats --rebinds --json --db runs.db
sqlite3 made.db 'ALTER TABLE rebinds DROP COLUMN part_result_ns'
status 2 "$roam" stats --rebinds --db made.db
exit "$failed"
