#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A group of more than ten members has one row in the tables, with percentiles and the worst member, and one in each of
# summary.json's and the store's `groups` where it is larger still; --each lists all. One member alone is what it is among all.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

# A round trip is 2 x (10 + 1) ms, or 2 x (20 + 1) ms: a member of an even number is on the slow network.
cat >phones.yaml <<'YAML'
roam: 1
name: phones
duration: 2s
networks: {fast: {delay: 10ms}, slow: {delay: 20ms}, wifi: {delay: 5ms}, core: {delay: 1ms}}
nodes:
  server: {networks: [core], listen: 4433}
  phone: {count: 11, networks: {in_turn: [fast, slow], each: [wifi]}}
peers: [{dial: phone -> server, step: 1ms}]
timeline:
  - {at: 1s, migrate: phone -> server, network: wifi, step: 500us, as: move}
expect:
  - {migration: move, result: ok, p50: 12ms..13ms, share: ">= 99%"}
  - {peer: phone -> server, is: alive}
YAML
status 0 "$roam" run phones.yaml
says out 'connection       phone -> server      11'
says out '   11         -   '
says out 'all 11, phone-1: alive'
if grep -q 'phone-3 -> server' out; then fail 'each member has a row'; fi
status 0 "$roam" run --each phones.yaml
says out 'move        phone-3 -> server'
same "$(grep -c '^  move        phone-[0-9]* -> server' out)" 11 'rows of migrations'

status 0 "$roam" run --set nodes.phone.count=201 --out all phones.yaml
status 0 "$roam" run --set nodes.phone.count=201 --each --out each phones.yaml
status 0 "$roam" run --set nodes.phone.count=201 --set nodes.phone.only=137 --out alone phones.yaml
python3 - <<'PYTHON' || failed=1
import json

all, each, alone = (json.load(open(f"{name}/summary.json")) for name in ("all", "each", "alone"))
assert [len(all[array]) for array in ("migrations", "peers")] == [10, 10], "the worst ten"
assert [len(each[array]) for array in ("migrations", "peers")] == [201, 201], "--each"
assert all["groups"] == each["groups"] and "groups" not in alone
times = sorted(one["validation_ns"] for one in each["migrations"])
row = next(one for one in all["groups"] if one["items"] == "migrations")
assert (row["p50_ns"], row["p99_ns"], row["max_ns"]) == (times[100], times[198], times[200]), row
assert [one["validation_ns"] for one in all["migrations"]][-1] <= times[200]
assert sorted(one["validation_ns"] for one in all["migrations"]) == times[-10:]
# Its keys, connection IDs, network and time are the same.
mine = next(one for one in each["migrations"] if one["node"] == "phone-137")
del mine["call"]
other = dict(alone["migrations"][0])
del other["call"]
for key in ("node", "requested_ns", "result"):
    assert mine[key] == other[key], (key, mine[key], other[key])
assert mine["requested_ns"] == 1_068_000_000
links = [one for one in all["links"] if "group" in one]
assert [(one["network"], one["links"]) for one in links] == [("fast", 101), ("wifi", 201), ("slow", 100)], links
for one in links:
    own = [link for link in each["links"] if link["node"] != "server" and link["network"] == one["network"]]
    assert one["up"]["bytes"] == sum(link["up"]["bytes"] for link in own), one
PYTHON

# The store lists up to a thousand members.
status 0 "$roam" sweep --quiet --seeds 1..1 --db runs.db phones.yaml
status 0 "$roam" sweep --quiet --seeds 1..1 --set nodes.phone.count=1001 --set duration=3s --db many.db phones.yaml
python3 - <<'PYTHON' || failed=1
import sqlite3

for name, groups, migrations in ("runs.db", 0, 11), ("many.db", 3, 10):
    store = sqlite3.connect(name)
    count = lambda table: store.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    assert (count("groups"), count("migrations")) == (groups, migrations), (name, count("groups"), count("migrations"))
store = sqlite3.connect("many.db")
assert store.execute("SELECT members, failed FROM expectations ORDER BY number").fetchall() == [(1001, 0), (1001, 0)]
PYTHON
exit $failed
