#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam sweep --until: where it stops follows from the results, and it stops where roam stats says that it may.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

moves move cellular=', jitter: 10ms' duration=2s traffic='{flow: laptop -> server, send: 400B, every: 50ms}' expect='{migration: move, result: ok}' \
    vary='networks.cellular.delay: [20ms, 60ms]' >move.yaml
# No draw is in it: known after the first look.
moves steady duration=2s >steady.yaml
content() {
    sqlite3 -readonly "$1" .dump | grep -v '^INSERT INTO timings' | LC_ALL=C sort
}
seeds() { # STORE SCENARIO
    sqlite3 -readonly "$1" "SELECT combination, min(seed), max(seed), count(*) FROM runs WHERE scenario = '$2' GROUP BY combination" |
        cut -d '|' -f 2- | sort -u
}

# Two scenarios, each as far as it must; whatever the number of workers; and when it was broken off.
status 0 "$roam" sweep --db one.db --jobs 1 --quiet --until 'validation.p50 <= 2%' move.yaml steady.yaml
same "$(seeds one.db steady)" '1|100|100' 'seeds of the scenario without draws'
last=$(seeds one.db move | cut -d '|' -f 2)
same "$(seeds one.db move)" "1|$last|$last" 'seeds of both combinations'
((last > 100)) || fail "2 % after $last seeds"
status 0 "$roam" sweep --db three.db --jobs 3 --quiet --until 'validation.p50 <= 2%' steady.yaml move.yaml
content one.db | cmp - <(content three.db) || fail 'three workers give another store than one'
status 0 "$roam" sweep --db resumed.db --quiet --seeds 1..70 move.yaml
status 0 "$roam" sweep --db resumed.db --resume --quiet --until 'validation.p50<=2%' steady.yaml move.yaml
content one.db | cmp - <(content resumed.db) || fail 'a sweep that went on gives another store'
status 0 "$roam" sweep --db resumed.db --resume --until 'validation.p50 <= 2%' steady.yaml move.yaml
says out "$((2 * last + 100)) there before"

# It was due then, and not before: the interval that roam stats prints.
far() { # STORE: the greatest distance of a bound of the median from it, in % of it, rounded up
    "$roam" stats --db "$1" --csv move | python3 -c 'import csv, math, sys
print(max(math.ceil(100 * max(int(r["p50_ns"]) - int(r["p50_low_ns"]), int(r["p50_high_ns"]) - int(r["p50_ns"])) / int(r["p50_ns"]))
    for r in csv.DictReader(sys.stdin) if r["kind"] == "validation"))'
}
(($(far one.db) <= 2)) || fail "an interval of $(far one.db) %"
# Looks are after 100, 125, 157, 197, 247, ... seeds.
before=100
while ((before + (before + 3) / 4 < last)); do before=$((before + (before + 3) / 4)); done
same "$((before + (before + 3) / 4))" "$last" 'the look at which it stops'
status 0 "$roam" sweep --db before.db --quiet --seeds "1..$before" move.yaml
(($(far before.db) > 2)) || fail "the look before, after $before seeds, would have been enough: $(far before.db) %"

# Bounds of seeds: the exit status, and what is still wide.
status 1 "$roam" sweep --db short.db --seeds 11..140 --until 'validation.p99 <= 1%' move.yaml
same "$(seeds short.db move)" '11|140|130' 'seeds of 11..140'
says err 'after 130 seeds 2 intervals are too wide: move[networks.cellular.delay=20ms], validation of move: from '
says err 'roam sweep: 100 seeds: 2 intervals are too wide'
status 1 "$roam" sweep --db both.db --quiet --seeds 1..110 --until 'validation.p50 <= 50%' --until 'validation.p50 <= 1ns' move.yaml
status 0 "$roam" sweep --db wide.db --quiet --until 'validation.p50 <= 1s' --until 'validation.success <= 5%' \
    --until 'gap.p90 <= 100%' move.yaml

# Combinations with draws of their own. Failures that stay: never is known when its bound is never.
status 0 "$roam" sweep --db own.db --quiet --independent --until 'validation.p50 <= 5%' move.yaml
same "$(sqlite3 own.db 'SELECT count(DISTINCT seed) = count(*) FROM runs')" 1 'a seed a run'
moves lost cellular=', loss: 100%' duration=2s >lost.yaml
status 0 "$roam" sweep --db lost.db --quiet --until 'validation.p50 <= 1%' lost.yaml
same "$(seeds lost.db lost)" '1|100|100' 'seeds of a validation that is never reached'

status 0 "$roam" sweep --db preferred.db --quiet --until 'preferred address.p50 <= 5%' "$root/scenarios/nat/preferred-address-rebind.yaml"

# What cannot be.
status 2 "$roam" sweep --db none.db --quiet --until 'rebind.p50 <= 1%' move.yaml
says err "--until 'rebind.p50 <= 1%': no run measured that"
rm none.db
for condition in '' 'p99 <= 5%' 'validation.p99' 'validation.p99 < 5%' 'validation.p99 =< 5%'; do
    status 2 "$roam" sweep --db none.db --until "$condition" move.yaml
    says err 'expected MEASURE.STATISTIC <= WIDTH'
done
status 2 "$roam" sweep --db none.db --until 'migration.p99 <= 5%' move.yaml
says err 'the measure is validation, rebind, gap or preferred address'
for statistic in p0 p100 99 mean p; do
    status 2 "$roam" sweep --db none.db --until "validation.$statistic <= 5%" move.yaml
    says err 'the statistic is p1 to p99, or success'
done
for width in '' 5 0% -1% 101% 5x 5kB; do
    status 2 "$roam" sweep --db none.db --until "validation.p99 <= $width" move.yaml
    says err 'the width is in % of the percentile, or a time'
done
status 2 "$roam" sweep --db none.db --until 'validation.success <= 2ms' move.yaml
says err 'the width of a share is in %'
status 2 "$roam" sweep --db none.db --until 'validation.p99 <= 5%' --shard 1/2 move.yaml
says err '--until looks at all runs, and --shard has a part of them'
[[ ! -e none.db ]] || fail 'a store was made for nothing'
exit $failed
