#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Which expectation held in how many runs, and what was measured beside its bound: roam stats, for people and as JSON.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

moves move cellular=', jitter: 10ms' traffic='{flow: laptop -> server, bulk: 200kB, at: 100ms}
  - {flow: server -> laptop, send: 100B, every: 50ms}' expect='{migration: move, result: ok, validation: <= 80ms}
  - {goodput: laptop -> server, from: 0s, until: 500ms, min: 1kbps}
  - {gap: server -> laptop, max: <= 2s}
  - {migration: move, count: 1}
  - {never: peer_down}' >move.yaml
status 1 "$roam" sweep --quiet --seeds 1..60 --db runs.db move.yaml

# What roam run has as `value_ns` is the time of the migration, and what the store has.
status '[01]' "$roam" run --json --seed 7 move.yaml
same "$(python3 -c '
import json
summary = json.load(open("out"))
of = summary["expectations"]
move = summary["migrations"][0]
print(of[0]["value_ns"], of[0]["value_ns"] == move["finished_ns"] - move["requested_ns"], "value_ns" in of[3], of[4].get("value_ns"))
print(of[1]["value_bps"], of[2]["value_ns"] == summary["traffic"][1]["gap_ns"])')" \
    "$(sqlite3 -readonly runs.db "SELECT group_concat(value_ns, '') FROM expectations JOIN runs ON run = id WHERE seed = 7 AND number = 0") True False None
$(sqlite3 -readonly runs.db "SELECT value_bps FROM expectations JOIN runs ON run = id WHERE seed = 7 AND number = 1") True" 'values of a run'

# The share that held, and percentiles, as sqlite3 has them: type 1 of Hyndman and Fan.
held=$(sqlite3 -readonly runs.db 'SELECT sum(held) FROM expectations WHERE number = 0')
((held > 5 && held < 55)) || fail "$held of 60 held"
value() { sqlite3 -readonly runs.db "SELECT $1 FROM expectations WHERE number = $2 ORDER BY $1 LIMIT 1 OFFSET $3"; }
status 0 "$roam" stats --json --db runs.db
python3 - "$held" "$(value value_ns 0 29)" "$(value value_ns 0 53)" "$(value value_ns 0 59)" "$(value value_bps 1 29)" <<'PYTHON' || fail 'JSON'
import json, sys
held, p50, p90, most, rate = map(int, sys.argv[1:])
migration, goodput, gap, count, never = json.load(open("out"))[0]["expectations"]
assert migration["expectation"] == "migration: move, result: ok, validation: <= 80ms", migration
assert (migration["held"], migration["runs"], migration["unit"]) == (held, 60, "ns"), migration
assert migration["low"] < held / 60 < migration["high"] and abs(migration["share"] - held / 60) < 1e-5, migration
of = migration["percentiles"]
assert (of["p50"]["value"], of["p90"]["value"], of["p100"]["value"]) == (p50, p90, most), of
assert of["p50"]["low"] <= p50 <= of["p50"]["high"] and of["p99"]["high"] is None, of
assert goodput["unit"] == "bps" and goodput["percentiles"]["p50"]["value"] == rate, goodput
assert (never["held"], never["runs"]) == (60, 60) and "percentiles" not in never and "percentiles" not in count, never
PYTHON
status 0 "$roam" stats --db runs.db
sed -E 's/  +/  /g' out >squeezed
share=$(LC_ALL=C awk -v held="$held" 'BEGIN { printf "%.1f", held / 60 * 100 }')
grep -qE "^ +migration: move, result: ok, validation: <= 80ms  $held of 60  $share %  [0-9.]+ to [0-9.]+ %  [0-9.]+ ms  [0-9.]+ ms  [0-9.]+ ms  [0-9.]+ ms" \
    squeezed || fail "the row of the migration: $(cat squeezed)"
grep -qE '^ +goodput: .*  60 of 60  100\.0 %  9[0-9.]+ to 100\.0 %  [0-9.]+ Mbps' squeezed || fail 'the row of a rate'
grep -qE '^ +never: peer_down  60 of 60  100\.0 %  9[0-9.]+ to 100\.0 % *$' squeezed || fail 'a row without values'

# A run without a value has one that was never reached; a run that did not come to an end has no part in this.
cp runs.db made.db
sqlite3 made.db "UPDATE expectations SET value_ns = NULL, held = 0 WHERE number = 0 AND run IN (SELECT id FROM runs WHERE seed = 9);
UPDATE runs SET status = 'crashed', verdict = NULL WHERE seed = 8"
status 0 "$roam" stats --json --db made.db
same "$(python3 -c '
import json
of = json.load(open("out"))[0]["expectations"][0]
print(of["runs"], of["percentiles"]["p100"]["value"])')" '59 never' 'no value'

# A store from before it had values says how many held.
sqlite3 made.db 'ALTER TABLE expectations DROP COLUMN value_ns; ALTER TABLE expectations DROP COLUMN value_bps'
status 0 "$roam" stats --json --db made.db
same "$(python3 -c '
import json
of = json.load(open("out"))[0]["expectations"][0]
print(of["runs"], "percentiles" in of)')" '59 False' 'a store of before'
status '[01]' "$roam" sweep --quiet --resume --seeds 61..61 --db made.db move.yaml
same "$(sqlite3 -readonly made.db 'SELECT count(*), count(value_ns) FROM expectations WHERE number = 0')" '61|1' 'it goes on'
exit "$failed"
