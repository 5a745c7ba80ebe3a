#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What clients made of their servers' preferred addresses: a table of roam run, a row each in the store, and a measure of roam stats.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
readonly families=$root/scenarios/handover/preferred-address-families.yaml
readonly unreachable=$root/scenarios/handover/preferred-address-unreachable.yaml

status 0 "$roam" run "$families"
same "$(grep -A2 '^  to a preferred address' out | tr -s ' ')" \
    ' to a preferred address address at result validation challenges rounds
 old -> server 10.5.0.1:4433 88.870 ms ok 50.412 ms 2 1
 new -> server [fd00:6::1]:4433 88.887 ms ok 52.419 ms 2 1' 'the table'
status 0 "$roam" run "$root/scenarios/handover/wifi-to-cellular.yaml"
if grep -q 'preferred address' out; then fail 'a table of none'; fi

status 0 "$roam" sweep --quiet --db all.db --seeds 1..3 "$families" "$unreachable"
same "$(sqlite3 all.db "SELECT node, peer, result, validation_ns / 1000000, validation_rounds, count(*) FROM
    preferred_addresses GROUP BY node, peer, result, 4, 5")" \
    'laptop|server|timeout||1|3
new|server|ok|52|1|3
old|server|ok|50|1|3' 'the store'
status 0 "$roam" stats --db all.db
same "$(grep 'preferred address:' out | tr -s ' ' | cut -d' ' -f2-9)" \
    'preferred address: new -> server 3 100.0 %
preferred address: old -> server 3 100.0 %
preferred address: laptop -> server 3 3 0.0' 'stats'
exit $failed
