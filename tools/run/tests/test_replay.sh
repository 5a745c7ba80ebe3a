#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tools/replay accepts, with stand-ins for roam.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

# replay NAME STATUS SAYS BODY [OPTION]: BODY is what the stand-in does once $out is there.
replay() {
    local name=$1 expected=$2 says=$3 output status=0
    printf '#!/bin/bash\n[[ "$1 $2 $3 $5 $6" == "run s.yaml --out --pcap --qlog" ]] || exit 9\nout=$4\n%s\n%s\n' \
        'mkdir -p "$out/deep"; echo same >"$out/summary.json"; echo same >"$out/deep/x.sqlog"' "$4" >"$scratch/roam"
    chmod +x "$scratch/roam"
    output=$("$root/tools/replay" "$scratch/roam" s.yaml "${@:5}" 2>&1) || status=$?
    if [[ $status != "$expected" || $output != *"$says"* ]]; then
        printf '%s: status %d, expected %d; expected "%s" in\n%s\n' "$name" "$status" "$expected" "$says" "$output"
        failed=1
    fi
}

replay 'the same bytes' 0 '' ''
replay 'another time' 0 '' 'date +%N >"$out/timing.json"'
replay 'another byte' 1 'deep/x.sqlog' 'date +%N >>"$out/deep/x.sqlog"'
replay 'a file more' 1 'Only in' '[[ $out != *second ]] || touch "$out/more"'
replay 'another byte, run once' 0 '' 'date +%N >>"$out/deep/x.sqlog"' --once
replay 'it does not hold' 1 'exit status 1, expected 0' 'exit 1'
replay 'it does not hold the second time' 1 'exit status 3' '[[ $out != *second ]] || exit 3'
replay 'it does not hold, run once' 1 'exit status 1' 'exit 1' --once
replay 'no summary' 1 'no summary.json' 'rm "$out/summary.json"'

exit $failed
