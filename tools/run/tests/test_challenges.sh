#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A record never counts more challenges than left: QUIC draws data for some that the limit to an unvalidated address
# (RFC 9000 section 8.1) leaves no room for. The qlog of the node says what left.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
"$roam" run --quiet --qlog --out "$scratch" "$root/scenarios/attack/on-path-rewrite.yaml"
python3 - "$scratch" <<'PYTHON'
import glob, json, sys

recorded = sum(r["challenges_sent"] for r in json.load(open(sys.argv[1] + "/summary.json"))["rebinds"])
left = 0
for path in glob.glob(sys.argv[1] + "/server-*.sqlog"):
    for line in open(path).read().split("\x1e")[1:]:
        event = json.loads(line)
        if event.get("name", "").endswith("packet_sent"):
            left += sum(f.get("frame_type") == "path_challenge" for f in event["data"].get("frames", []))
print(f"{recorded} challenges recorded, {left} left")
sys.exit(not 0 < recorded <= left)
PYTHON
