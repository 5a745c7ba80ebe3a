#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam dissect on roam's own captures: moves and times are those that summary.json has from the taps, in the capture of all
# hosts to the nanosecond, behind NATs and relays too.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

# compare RUN: the moves in RUN/packets.pcapng against RUN/summary.json.
compare() {
    status 0 "$roam" dissect --json "$1/packets.pcapng"
    python3 - out "$1/summary.json" <<'PYTHON' || fail "$1: roam dissect differs from summary.json"
import json, sys
said, ran = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
EPOCH = 946684800 * 10**9
connection, = said["connections"]
moves = connection["moves"]
wanted, found = [], []
for m in ran["migrations"]:
    wanted.append(("migration", m["challenge_sent_ns"], m["validation_ns"]))
for r in ran["rebinds"]:
    wanted.append(("rebind", r["noticed_ns"], r["finished_ns"] - r["noticed_ns"]))
for m in moves:
    side = m["by_client" if m["kind"] == "migration" else "by_server"]
    found.append((m["kind"], side["challenge_ns"] - EPOCH, side["duration_ns"]))
if sorted(wanted) != sorted(found) or not wanted:
    sys.exit(f"roam dissect: {found}\nsummary.json: {wanted}")
for side in ("from_client", "from_server"):
    if connection[side]["not_read"]:
        sys.exit(f"not read: {connection[side]}")
if said["other"]["datagrams"]:
    sys.exit(f"of no connection: {said['other']}")
PYTHON
}

for name in handover/wifi-to-cellular handover/a-b-a handover/ipv4-to-ipv6 nat/rebind-address relay/relay-swap; do
    run=${name##*/}
    status 0 "$roam" run --quiet --pcap --out "$run" "$root/scenarios/$name.yaml"
    compare "$run"
done

# The capture of one host has the times of that host: the client's validation is whole there, not the server's.
status 0 "$roam" dissect wifi-to-cellular/packets-laptop.pcapng
says out '  migration '
says out '73.002 ms'

# From a pipe, which can be read once: the secrets stand before the packets that need them.
status 0 bash -c '"$1" dissect - <wifi-to-cellular/packets-laptop.pcapng' - "$roam"
says out '73.002 ms'
exit $failed
