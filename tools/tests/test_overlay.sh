#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/overlay: scenarios that are valid, runs that are not made twice, and measures that agree with roam's own.
set -euo pipefail

source "$(dirname "$0")/command.sh"
overlay=$root/tools/overlay

status 0 "$overlay" --help
says out 'usage: tools/overlay'
status 2 "$overlay" --fail 100
says err "'100' is not a number from 1 to 99"
status 2 "$overlay" --no-such-option
ROAM_COMMAND=$scratch/no-such-program status 3 "$overlay" --quick
for part in 0 30; do
    "$overlay" --quick --print "$part" >"$part.yaml"
    status 0 "$roam" check "$part.yaml"
done
same "$(grep -c 'restart: node-' 30.yaml)" 18 'nodes of 60 that fail'

status 0 "$overlay" --quick --nodes 30 --cycles 2 --fail 40 --out runs
same "$(grep -c '^| roam | 30 | 100.0 % | 100.0 % |' out)" 1 'rows of the overlay as it was formed'
same "$(grep -cE '^\| 40 % \| 18 \| .* [0-9.]+ s \| [345]\.[0-9]+ \|' out)" 1 'rows of what healed'
cp out first
# Of the overlay as it was formed, roam measured the same itself.
python3 - runs/overlay-formed/summary.json first <<'PY' || fail 'the measures are not those of summary.json'
import json, sys
own = json.load(open(sys.argv[1]))["overlay"]
row = [line for line in open(sys.argv[2]) if line.startswith("| roam |")][0].split("|")
told = float(row[5]), float(row[6]), int(row[7])
want = own["clustering_ppm"] / 1e6, own["path_mean_ppm"] / 1e6, own["path_max"]
if any(abs(a - b) > 0.0006 for a, b in zip(told, want)):
    sys.exit(f"{told}, and summary.json has {want}")
PY
status 0 "$overlay" --quick --nodes 30 --cycles 2 --fail 40 --out runs
says err 'overlay-formed, from before'
same "$(<out)" "$(<first)" 'the table of runs from before'

# A program in place of roam, in whose runs nobody has a peer.
cat >apart.sh <<'SH'
#!/usr/bin/env bash
mkdir -p "$5" && touch "$5/events.jsonl" "$5/summary.json"
SH
chmod +x apart.sh
ROAM_COMMAND=$scratch/apart.sh status 1 "$overlay" --quick --nodes 30 --cycles 2 --fail 40
says out '| roam | 30 | 3.3 % |'
says out '| no |'
exit "$failed"
