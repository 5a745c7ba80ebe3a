#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam stats: what it says of migrations that failed, and of samples that are too small for a bound.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

moves move cellular=', jitter: 10ms' expect='{migration: move, result: ok}' >move.yaml
status 0 "$roam" sweep --quiet --seeds 1..8 --db eight.db move.yaml
sqlite3 eight.db "UPDATE migrations SET validation_ns = 10000000 * (SELECT seed FROM runs WHERE id = run)"
cp eight.db two-fail.db
sqlite3 two-fail.db "UPDATE migrations SET result = 'timeout', validation_ns = NULL WHERE validation_ns > 60000000"

# line DB: n, never, and value, low and high of 50, 90, 99 and 100 %, as CSV and as JSON say them.
line() {
    "$roam" stats --db "$1" --csv | python3 -c '
import csv, sys
row = next(csv.DictReader(sys.stdin))
print(row["n"], row["never"], *(row[f"p{p}_{part}ns"] or "-" for p in (50, 90, 99, 100) for part in ("", "low_", "high_")))'
    "$roam" stats --db "$1" --json | python3 -c '
import json, sys
series = json.load(sys.stdin)[0]["measures"][0]
text = lambda x: "-" if x is None else "inf" if x == "never" else str(x)
print(series["n"], series["never"], *(text(series["percentiles"][f"p{p}"][part + "_ns"]) for p in (50, 90, 99, 100)
                                      for part in ("value", "low", "high")))'
}
# The chance that as many of eight are below the percentile is at most 2.5 %: none or all of the median (0.4 %), up to 4 of
# the 90th (0.5 %; 5: 3.8 %), up to 6 of the 99th (0.3 %; 7: 7.7 %).
expected='8 0 40000000 10000000 80000000 80000000 50000000 - 80000000 70000000 - 80000000 - -'
same "$(line eight.db)" "$expected"$'\n'"$expected" 'all reached'
expected='8 2 40000000 10000000 inf inf 50000000 - inf inf - inf - -'
same "$(line two-fail.db)" "$expected"$'\n'"$expected" 'two never reached'

status 0 "$roam" stats --db two-fail.db
same "$(sed -n 's/  */ /g; s/^ validation: //p' out)" 'move 8 2 75.0 % 40.000 ms never never never ok 6, timeout 2' 'the table'
says out '10.000 ms to never'
says out 'from 50.000 ms, no upper bound'

# Overlays: three nodes are all in each other's views, four have a partition of one of them. Of a run that was never
# connected the time is greater than all others.
cat >views.yaml <<'YAML'
roam: 1
name: views
duration: 10s
networks: {lan: {delay: 5ms}, other: {delay: 5ms}}
nodes:
  hub: {networks: [lan], listen: 4433, membership: {}}
  node: {count: 2, networks: [other], listen: 4433, membership: {}}
timeline: [{at: 1s, join: node, contact: hub}]
expect: [{overlay: all, connected: true}]
vary: {networks.other.delay: [10ms, 9ms]}
YAML
status 0 "$roam" sweep --quiet --db views.db --seeds 1..4 views.yaml
status 0 "$roam" stats --overlay --db views.db
says out 'views: the overlay at the end of a run'
same "$(sed -nE 's/  +/ /g; s/^ (delay=.*)/\1/p' out | cut -d ' ' -f 1-4)" $'delay=9ms 4 of 4\ndelay=10ms 4 of 4' 'connected, by delay'
same "$(sed -nE 's/  +/ /g; s/^ delay=9ms .* (3\.0 1\.00 1\.000 2 to 2 6\.0 0\.0)$/\1/p' out)" '3.0 1.00 1.000 2 to 2 6.0 0.0' \
    'a triangle'
sqlite3 views.db "UPDATE overlays SET connected_ns = NULL, connected = 0, in_degree_min = 1, clustering_ppm = 200000
    WHERE run = (SELECT id FROM runs WHERE combination LIKE '%=9ms' AND seed = 3)"
status 0 "$roam" stats --overlay --db views.db views
same "$(sed -nE 's/  +/ /g; s/^ delay=9ms (.*)/\1/p' out | sed -E 's/[0-9.]+ m?s/T/g')" \
    '3 of 4 T never 0 ns 0 ns 3.0 1.00 0.800 1 to 2 6.0 0.0' 'one of four is not connected'
status 0 "$roam" stats --overlay --csv --db views.db
same "$(head -n 1 out)" scenario,combination,measure,n,never,min,p50,p90,p99,max 'columns of overlays'
same "$(grep -E '=9ms,(clustering_ppm|members|downs),' out | cut -d , -f 3-)" \
    $'members,4,0,3,3,3,3,3\nclustering_ppm,4,0,200000,1000000,1000000,1000000,1000000\ndowns,4,0,0,0,0,0,0' 'values'
grep -qE '=9ms,connected_ns,4,1,1[0-9]{9},1[0-9]{9},inf,inf,inf$' out || fail 'the time of one that was never connected'
status 2 "$roam" stats --overlay --db eight.db
says err 'eight.db has no run with an overlay'
status 2 "$roam" stats --overlay --db views.db move
says err 'views.db has no run of move with an overlay'
status 2 "$roam" stats --overlay --json --db views.db
status 2 "$roam" stats --overlay --moves --db views.db
# For trackers of benchmarks: a time that was never reached is no number, and what failed is told beside it.
status 0 "$roam" stats --db two-fail.db --benchmark github
cp out github.json
status 0 "$roam" stats --db two-fail.db --benchmark bencher move
cp out bencher.json
python3 - <<'PYTHON' || fail 'what trackers read'
import json
github = {one["name"]: one for one in json.load(open("github.json"))}
bencher = json.load(open("bencher.json"))
assert list(github) == list(bencher) == ["move/validation: move/p50", "move/validation: move/failed"], list(github)
p50, failed = github.values()
assert (p50["unit"], p50["value"], p50["range"]) == ("ms", 40, "10 to no bound"), p50
assert failed["unit"] == "%" and failed["value"] == 25, failed
assert bencher["move/validation: move/p50"] == {"latency": {"value": 40000000, "lower_value": 10000000}}, bencher
share = bencher["move/validation: move/failed"]["failed"]
assert share["value"] == 25 and 3 < share["lower_value"] < 25 < share["upper_value"] < 66, share
PYTHON
status 2 "$roam" stats --db eight.db --benchmark csv
says err 'expected github or bencher'
status 2 "$roam" stats --db eight.db --benchmark github none
cp eight.db two-builds.db
sqlite3 two-builds.db "UPDATE runs SET digest = 'other' WHERE seed > 4"
status 2 "$roam" stats --db two-builds.db --benchmark github
says err 'of two builds, or of two texts, of move'

exit "$failed"
