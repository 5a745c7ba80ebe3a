#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A validation that takes 5 ms more than the round trip of its path has a line that says what the time went by; one that does
# not has none. A store and a report have the same parts, and they add up.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

moves lost timeline='{at: 2s, drop: laptop, network: cellular, direction: up, frame: path_challenge, count: 2}
{at: 2s, migrate: laptop -> server, network: cellular, as: move}' expect='{never: peer_down}' >lost.yaml
status 0 "$roam" run lost.yaml
says out 'move took 1.096 s, and a round trip of the path takes 72.000 ms: 1.024 s sending challenges without an answer, 36.000 ms to the peer, 36.000 ms back'
grep -v 'drop:' lost.yaml | sed 's/^name: lost/name: plain/' >plain.yaml
status 0 "$roam" run plain.yaml
if grep -q 'to the peer' out; then fail 'a validation of one round trip is explained'; fi

status 0 "$roam" run "$root/scenarios/nat/rebind-small-packet.yaml"
says out 'server noticed a new address of laptop at 3.605 s; its validation took 84.629 ms, and a round trip of the path takes 42.000 ms: 21.010 ms to the peer, 21.206 ms back, 42.412 ms validating again with a full datagram'

status 0 "$roam" sweep --quiet --seeds 1..2 --db runs.db lost.yaml "$root/scenarios/nat/rebind-small-packet.yaml"
python3 - <<'PYTHON'
import sqlite3, sys

store = sqlite3.connect("runs.db")
failed = False
for table, rows in ("migrations", 2), ("rebinds", 2):
    parts = [row[1] for row in store.execute(f"pragma table_info({table})") if row[1].startswith("part_")]
    found = list(store.execute(f"SELECT validation_ns, {' + '.join(parts)} FROM {table}"))
    print(table, parts, found)
    failed |= len(found) != rows or any(one[0] is None or one[0] != one[1] for one in found)
sys.exit(failed)
PYTHON
status 0 "$roam" report runs.db -o page.html --no-figures
says page.html '1.024 s sending challenges without an answer, 36.000 ms to the peer, 36.000 ms back'
says page.html '42.412 ms validating again with a full datagram'
exit $failed
