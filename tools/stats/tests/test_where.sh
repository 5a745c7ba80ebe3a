#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# --where of roam stats and roam report: all that they say is of the combinations asked for, and the store stays as it is.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

# Two keys with two values each: a migration, a rebind of the laptop's NAT, and an expectation that some combinations miss.
cat >grid.yaml <<'YAML'
roam: 1
name: grid
duration: 5s
networks:
  wifi: {delay: 8ms, nat: home}
  cellular: {delay: 35ms}
  datacentre: {delay: 1ms}
nats:
  home: {pool: 203.0.113.7}
nodes:
  laptop: {networks: [wifi, cellular], membership: {}}
  server: {networks: [datacentre], listen: 4433, membership: {}}
peers: [laptop -> server]
traffic: [{flow: laptop -> server, send: 400B, every: 20ms, until: 4s}]
timeline:
  - {at: 1s, shuffle: home, change: port, of: laptop}
  - {at: 2s, migrate: laptop -> server, network: cellular, as: move}
expect: [{migration: move, result: ok, validation: <= 80ms}]
vary:
  networks.cellular.delay: [9ms, 49ms]
  networks.wifi.delay: [8ms, 20ms]
YAML
moves plain >plain.yaml
status 1 "$roam" sweep --quiet --db grid.db --seeds 1..3 grid.yaml plain.yaml
sha256sum grid.db >before

combinations() { grep -oE 'delay=[0-9]+ms,.{1,16}delay=[0-9]+ms' out | sed -E 's/[^0-9]*([0-9]+)ms[^0-9]*([0-9]+)ms/\1,\2/' | sort -u | xargs; }
only() { # COMBINATIONS OPTION...
    status 0 "$roam" stats --db grid.db "${@:2}"
    same "$(combinations)" "$1" "stats ${*:2}"
    if [[ $* != *plain* ]] && grep -q plain out; then fail "stats ${*:2} has what it was not asked for"; fi
}
only '49,20 49,8 9,20 9,8' plain grid
for form in '' --csv --json '--benchmark github' --moves --overlay; do
    # shellcheck disable=SC2086
    only '49,20 49,8' $form --where cellular.delay=49ms
done
for form in '--rebinds' '--rebinds --csv'; do
    # shellcheck disable=SC2086
    only '9,20' $form --where networks.cellular.delay=9000us --where wifi.delay=20ms grid
done
only '49,8' --failures --where wifi.delay=8ms
only '9,20 9,8' --where delay=8ms --where delay=20ms --where cellular.delay=9ms
if grep -q 'what failed' out; then fail 'a failure of a combination that is left out'; fi
only '' --failures --where cellular.delay=9ms
says out 'nothing failed'
only '9,20 9,8' plain grid --where cellular.delay=9ms
says err "roam stats: no combination of 'plain' has what --where says"

# Rules are counted over the runs that are left.
status 0 "$roam" stats --db grid.db grid --where cellular.delay=49ms --where wifi.delay=8ms --csv
same "$(tail -n +2 out | cut -d , -f 1-3 | uniq | wc -l)" 1 'groups'

# The report: runs, measures and failures of these combinations, and no others.
status 0 "$roam" report grid.db -o page.html --no-figures --where cellular.delay=49ms --where wifi.delay=20ms
says page.html '<h1>3 of 3 runs did not pass.</h1>'
says page.html '<dt>Combinations with</dt><dd>cellular.delay=49ms</dd>'
says page.html '3 of 1 scenario, seeds 1 to 3'
sed "s/<wbr>//g" page.html >out
same "$(combinations)" '49,20' 'combinations of the page'
status 0 "$roam" report grid.db -o page.html --force --no-figures --where cellular.delay=9ms
says page.html '<h1>All 6 runs passed.</h1>'
status 1 "$roam" run --quiet --seed 1 --out runs grid.yaml
status 0 "$roam" report runs -o page.html --force --no-figures --where cellular.delay=9ms
says page.html '<h1>All 2 runs passed.</h1>'
sed "s/<wbr>//g" page.html >out
same "$(combinations)" '9,20 9,8' 'combinations of directories'
status 0 "$roam" report runs -o page.html --force --no-figures --where cellular.delay=49ms --where wifi.delay=8ms
says page.html '<pre>roam run --seed 1 --set &#39;networks.cellular.delay=49ms&#39; --set &#39;networks.wifi.delay=8ms&#39; '
sha256sum --check --quiet before || fail 'the store has changed'

# What there is not: the same words for each.
there='there are networks.cellular.delay (9ms, 49ms); networks.wifi.delay (8ms, 20ms)'
for condition in delay=10ms elay=9ms; do
    status 2 "$roam" stats --db grid.db --where "$condition"
    same "$(<err)" "roam stats: grid.db: no combination has what --where says; $there" "stats, $condition"
    status 2 "$roam" report grid.db -o none.html --where "$condition"
    same "$(<err)" "roam report: grid.db: no combination has what --where says; $there" "report, $condition"
    status 2 "$roam" plot cdf --db grid.db -o none --where "$condition"
    same "$(<err)" "roam plot: grid.db: no combination has what --where says; $there" "plot, $condition"
done
status 2 "$roam" stats --db grid.db --where delay=9ms plain
says err 'no combination has what --where says; nothing is varied'
for command in 'stats --db grid.db' 'report grid.db -o none.html' 'plot cdf --db grid.db -o none'; do
    for condition in delay =9ms ''; do
        # shellcheck disable=SC2086
        status 2 "$roam" $command --where "$condition"
        same "$(<err)" "roam ${command%% *}: --where: '$condition' is not KEY=VALUE; see roam ${command%% *} --help" "$command, '$condition'"
    done
    mapfile -t many < <(seq -f '--where=delay=%gms' 65)
    # shellcheck disable=SC2086
    status 2 "$roam" $command "${many[@]}"
    says err '--where: more than 64 of them'
    # One table of options: help, manual and completion have it alike.
    status 0 "$roam" "${command%% *}" --help
    grep -A 3 -e '--where KEY=VALUE' out | grep -q 'combinations with this value alone' || fail "${command%% *} --help"
    status 0 "$roam" manual "${command%% *}"
    says out 'combinations with this value alone'
    status 0 "$roam" completion candidates -- "${command%% *}" --whe
    says out $'--where\tcombinations with this value alone'
done
mkdir baselines
status 2 "$roam" report grid.db -o none.html --baseline baselines --where delay=9ms
says err 'a baseline is of all combinations'
[[ ! -e none.html && ! -e none.tsv ]] || fail 'a page or figure of a mistake'
exit "$failed"
