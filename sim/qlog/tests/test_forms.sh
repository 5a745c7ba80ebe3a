#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What roam run --qlog writes is valid by the drafts and agrees with the run, and the check sees what is not; --qlog=0.3 is
# what qvis takes, and neither form changes anything else that a run writes.
set -euo pipefail

roam=${ROAM_COMMAND:?}
root=$(cd "$(dirname "$0")/../../.." && pwd -P)
check=$root/sim/qlog/tests/qlog_check.py
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -c 'import jsonschema' 2>"$scratch/why" || {
    echo "python3-jsonschema is not installed: $(tail -1 "$scratch/why")"
    exit 77
}

run() { # FORM NAME ARGUMENT...: into FORM/NAME
    local form=$1 name=$2
    shift 2
    "$roam" run --quiet "--qlog=$form" --out "$scratch/$form/${name##*/}" "$root/scenarios/$name.yaml" "$@" >/dev/null
}

# Between them they have every event: a hand-over that follows at once, preferred addresses alone, behind a NAT that rebinds
# and beside a migration, a relay, a dial that fails, connections that end, a token, a stateless reset.
run current handover/wifi-to-cellular --set duration=6s
run current handover/preferred-address --set duration=4s
run current handover/preferred-address-and-a-move
run current nat/preferred-address-rebind
run current relay/challenge-comes-again
run current errors/uplink-dies-after-restart
run current errors/given-up-with-a-token
run current errors/peer-gone-while-probing
python3 "$check" current "$scratch"/current/*

run 0.3 handover/wifi-to-cellular --set duration=6s
run 0.3 errors/given-up-with-a-token
python3 "$check" 0.3 "$scratch"/0.3/*
for name in wifi-to-cellular given-up-with-a-token; do
    if python3 "$check" 0.3 "$scratch/current/$name" 2>/dev/null; then
        echo "the check of qlog 0.3 takes the current form"
        exit 1
    fi
    for file in events.jsonl summary.json; do
        cmp "$scratch/0.3/$name/$file" "$scratch/current/$name/$file"
    done
done

# A form that there is not.
status=0
"$roam" run --qlog=0.33 --out "$scratch/none" "$root/scenarios/handover/wifi-to-cellular.yaml" 2>"$scratch/err" || status=$?
if [[ $status != 2 || $(<"$scratch/err") != "roam run: --qlog=0.33: expected current or 0.3; did you mean '--qlog=0.3'?" ]]; then
    echo "--qlog=0.33: status $status, $(<"$scratch/err")"
    exit 1
fi
