#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam compare with the adapters of the tree: the core behind the door is the core, each other library that is built has its
# columns, twice the same, and what is behind a cell can be run again.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

endpoints=$(dirname "$roam")/endpoints
if [[ ! -e $endpoints/roam-abi.so ]]; then
    echo 'no adapter is built'
    exit 77
fi

moves move expect='{migration: move, result: ok, validation: 72ms..77ms}' \
    traffic='{flow: laptop -> server, send: 400B, every: 20ms}' >move.yaml
moves late expect='{migration: move, result: ok, validation: <= 10ms}' >late.yaml

# The core behind the door: every cell is that of the core.
status 1 "$roam" compare --endpoints roam,roam-abi --json abi.json move.yaml late.yaml
says out '6 cells, 6 runs: 3 passed, 3 failed'
python3 - <<'PY' || fail 'the core behind the door is another one'
import json
compared = json.load(open("abi.json"))
core, behind = compared["libraries"]
assert core["version"] is None and "ngtcp2" in behind["version"], compared["libraries"]
for row in compared["rows"]:
    for cell in row["cells"]:
        for story in cell["stories"]:
            del story["command"]
        assert cell == row["cells"][0], (cell, row["cells"][0])
PY
status 1 "$roam" compare --endpoints roam,roam-abi --pairs move.yaml late.yaml
says out '8 cells, 8 runs: 4 passed, 4 failed'

# An object by its path is that adapter; another one of the same name is run anew.
cp "$endpoints/roam-abi.so" mine.so
status 0 "$roam" compare --endpoints mine --endpoint mine=./mine.so --db mine.db move.yaml
status 0 "$roam" compare --endpoints mine --endpoint mine=./mine.so --db mine.db --resume move.yaml
same "$(sqlite3 mine.db 'SELECT count(*) FROM runs')" 2 'runs of one object'
printf ' ' >>mine.so
status 0 "$roam" compare --endpoints mine --endpoint mine=./mine.so --db mine.db --resume move.yaml
same "$(sqlite3 mine.db 'SELECT count(*) FROM runs')" 4 'runs of two objects'

# An adapter that dies: a verdict on it, with the options that the scenario has for it, and nothing else stops.
hostile=$(dirname "$roam")/test_endpoints/hostile.so
if [[ -e $hostile ]]; then
    cp "$hostile" hostile.so
    { cat move.yaml && echo 'endpoints: {hostile: {library: ./hostile.so, options: {act: abort, in: endpoint_new}}}'; } >dies.yaml
    sed -i 's/^name: move/name: dies/' dies.yaml
    status 1 "$roam" compare --endpoints roam,hostile --endpoint hostile=./hostile.so --jobs 1 --junit dies.xml --json dies.json \
        dies.yaml
    says out '  dies      + 72.0  C       C'
    says out '3 cells, 3 runs: 1 passed, 0 failed, 2 crashed'
    says dies.xml '<testsuite name="hostile client" tests="1" failures="0" errors="1" skipped="0">'
    python3 - <<'PY' || fail 'the crash is not told'
import json
row, = json.load(open("dies.json"))["rows"]
for cell in row["cells"][1:]:
    story, = cell["stories"]
    assert story["verdict"] == "crashed" and "hostile" in story["message"], story
PY
fi

for library in ngtcp2-gnutls quinn; do
    [[ -e $endpoints/$library.so ]] || continue
    for attempt in 1 2; do
        status '[01]' "$roam" compare --endpoints "$library" --json "$library-$attempt.json" move.yaml late.yaml
    done
    cmp -s "$library-1.json" "$library-2.json" || fail "$library: two comparisons differ"
    python3 - "$library" <<'PY' >commands || fail "$library: a cell is missing, or its library crashed"
import json
import sys
for row in json.load(open(f"{sys.argv[1]}-1.json"))["rows"]:
    for cell in row["cells"]:
        assert cell["verdict"] in ("passed", "failed", "unsupported"), cell
        for story in cell["stories"]:
            print(story["verdict"], story["command"])
PY
    # shellcheck disable=SC2094
    while read -r verdict command; do
        status '[01]' bash -c "${command/#roam/$roam} --quiet" </dev/null
        says out "$verdict: "
    done <commands
done

exit $failed
