#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Combinations: in figures and tables they stand by value, and --where of roam plot draws some of them.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
command -v gnuplot >/dev/null || { echo "gnuplot is not here: tools/setup" && exit 77; }

# Twelve combinations, whose values a file has in no order.
moves grid duration=5s cellular='' traffic='{flow: laptop -> server, send: 400B, every: 20ms, until: 4s}' \
    timeline='{at: 2s, migrate: laptop -> server, network: cellular, as: move}' \
    expect='{migration: move, result: ok}' >grid.yaml
cat >>grid.yaml <<'YAML'
vary:
  networks.cellular.delay: [249ms, 9ms, 49ms]
  networks.cellular.rate: [10Mbps, 900kbps, 9Mbps, 1Gbps]
YAML
status 0 "$roam" sweep --quiet --db grid.db --seeds 1..2 grid.yaml

# In order: numbers with their units.
rates='900kbps 9Mbps 10Mbps 1Gbps'
ordered=$(for delay in 9ms 49ms 249ms; do for rate in $rates; do echo "delay=$delay,rate=$rate"; done; done)
pairs() { sed -nE 's/.*delay[ =]([0-9]+ms),? ?(networks\.cellular\.)?rate[ =]([0-9]+[a-zA-Z]+).*/delay=\1,rate=\3/p' "$1" | uniq; }
status 0 "$roam" stats --db grid.db
same "$(pairs out)" "$ordered" 'combinations of stats'
status 0 "$roam" report grid.db -o grid.html --no-figures
sed -n '/<h2>Scenarios/,$p' grid.html | sed 's/<wbr>//g' >tables
same "$(pairs tables | head -n 12)" "$ordered" 'combinations of a report'
status 0 "$roam" plot outcomes --db grid.db -o bars --format svg
same "$(tail -n +2 bars.tsv | sed -E 's/.*grid: ([0-9]+ms), ([0-9]+[a-zA-Z]+).*/delay=\1,rate=\2/')" "$ordered" 'bars of outcomes'
status 0 "$roam" run --quiet grid.yaml
status 0 "$roam" run grid.yaml
same "$(grep -A 2 'grid: down networks.cellular.delay, across' out | tail -n 1 | xargs)" "$rates" 'columns of the grid of roam run'
same "$(sed -nE 's/^ +([0-9]+ms) +ok .*/\1/p' out | head -n 3 | xargs)" '9ms 49ms 249ms' 'rows of the grid'
for delay in 9 49 249; do # a validation takes a round trip and what the rate takes: each cell is that of its combination
    least=$(grep -oE "^ +${delay}ms +ok [0-9.]+ ms" out | awk '{ print int($3) }')
    ((least >= 2 * delay && least <= 2 * delay + 60)) || fail "the row of $delay ms begins with $least ms"
done

# Twelve distributions are too many, and the refusal says how to choose among them.
status 2 "$roam" plot cdf --db grid.db -o all
says err '12 distributions are too many for one figure (8)'
says err '--where KEY=VALUE with one of networks.cellular.delay (9ms, 49ms, 249ms); networks.cellular.rate (900kbps, 9Mbps, 10Mbps, 1Gbps)'
drawn() { cut -f 2 "$1.tsv" | tail -n +2 | uniq; }
wants() { # EXPECTED... -- CONDITION...
    local expected=() conditions=()
    while [[ $1 != -- ]]; do expected+=("$1") && shift; done
    for condition in "${@:2}"; do conditions+=(--where "$condition"); done
    status 0 "$roam" plot cdf --db grid.db -o some --force --format svg "${conditions[@]}"
    same "$(drawn some)" "$(printf 'grid, %s\n' "${expected[@]}")" "curves of ${conditions[*]}"
    says some.svg "n = $((2 * ${#expected[@]})) migrations in all"
}
wants 'delay 9ms, rate 900kbps' 'delay 9ms, rate 9Mbps' 'delay 9ms, rate 10Mbps' 'delay 9ms, rate 1Gbps' -- networks.cellular.delay=9ms
wants 'delay 49ms, rate 9Mbps' -- delay=49ms cellular.rate=9Mbps
wants 'delay 9ms, rate 9Mbps' 'delay 9ms, rate 10Mbps' 'delay 249ms, rate 9Mbps' 'delay 249ms, rate 10Mbps' -- \
    rate=9Mbps delay=249ms rate=10000kbps delay=9ms
status 0 "$roam" plot outcomes --db grid.db -o bars --force --format svg --where rate=1Gbps
same "$(tail -n +2 bars.tsv | wc -l)" 3 'bars of one rate'
status 0 "$roam" plot rtt --db grid.db -o rtt --format svg --where delay=49ms
same "$(tail -n +2 rtt.tsv | awk -F '\t' '{ n += $5; if ($3 < 98 || $3 > 140) print $3 } END { print n }')" 8 'migrations of one delay'
[[ $("$roam" plot cdf --db grid.db -o mine --format svg --where delay=9ms) ]] || fail 'nothing is said'
says mine.gp '--where delay=9ms'

# What cannot be.
status 2 "$roam" plot cdf --db grid.db -o x --where delay=10ms
says err 'no combination has what --where says; there are networks.cellular.delay (9ms, 49ms, 249ms)'
status 2 "$roam" plot cdf --db grid.db -o x --where elay=9ms
status 2 "$roam" plot cdf --db grid.db -o x --where delay
says err "'delay' is not KEY=VALUE"
status 2 "$roam" plot timeline --run here -o x --where delay=9ms
says err 'nor --where'
[[ -z $(find . -name 'x.*' -o -name 'all.*') ]] || fail 'a figure of a mistake'
exit "$failed"
