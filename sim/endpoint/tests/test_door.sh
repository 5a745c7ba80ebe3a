#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The core through the endpoint ABI (adapters/roam) gives the same bytes on the wire, and the same events, as linked in.
set -euo pipefail

cd "$(dirname "$0")/../../.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The ABI has no call for ICMP and none for a preferred address.
mapfile -t files < <(grep -LE 'icmp: |preferred_address: ' scenarios/{handover,errors,relay,nat}/*.yaml | grep -v '[.]inc[.]yaml$')

# A known fault of the core is none of another library, which roam-abi is for the verdict: exit status 1.
run() {
    "$ROAM_COMMAND" run --quiet --pcap --qlog=0.3 --out "$@" "${files[@]}" || [[ $? -eq 1 ]]
}
run "$scratch/linked"
run "$scratch/door" --as all=roam-abi

count=$(find "$scratch/linked" -name packets.pcapng | wc -l)
[[ $count -ge 50 ]] || { echo "only $count runs were compared" >&2; exit 1; }
if "$ROAM_COMMAND" run --quiet --as all=none-such scenarios/handover/a-b-a.yaml >/dev/null 2>&1; then
    echo "--as is without effect: nothing went through the door" >&2
    exit 1
fi
diff -rq -x timing.json -x summary.json "$scratch/linked" "$scratch/door"
echo "$count runs through the door are the same, byte by byte"
