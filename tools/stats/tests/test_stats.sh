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
exit "$failed"
