#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The store of many runs that scale is measured with, made small: stats counts what the tables hold.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
tests=$root/tools/store/tests

moves lossy cellular=', jitter: 10ms, loss: 0%' \
    traffic='{flow: laptop -> server, send: 400B, every: 20ms, until: 2s}' \
    expect='{migration: move, result: [ok, timeout]}' vary='networks.cellular.loss: [0%, 95%]' >lossy.yaml
status 0 "$tests/many_runs.py" --roam "$roam" --runs 3000 --db many.db --measure lossy.yaml
says out 'roam stats: '
says out 'roam report: '
same "$(sqlite3 many.db 'SELECT count(*), count(DISTINCT seed) FROM runs')" '3000|2996' 'runs and seeds'
same "$(sqlite3 many.db 'PRAGMA integrity_check; PRAGMA foreign_key_check')" ok 'the store'
status 0 "$tests/many_runs.py" --roam "$roam" --runs 3000 --db same.db lossy.yaml
for table in runs migrations gaps settings; do
    cmp <(sqlite3 many.db "SELECT * FROM $table ORDER BY 1, 2") <(sqlite3 same.db "SELECT * FROM $table ORDER BY 1, 2") ||
        fail "$table differs from store to store"
done

# What stats says of each combination: n, how many were never validated, the median, the maximum.
status 0 "$roam" stats --db many.db --csv
python3 - <<'PYTHON' >said
import csv
for row in csv.DictReader(open("out")):
    if row["kind"] == "validation":
        print(row["combination"], row["runs"], row["n"], row["never"], row["p50_ns"], row["p100_ns"], row["p100_high_ns"])
PYTHON
python3 - <<'PYTHON' >held
import sqlite3
db = sqlite3.connect("many.db")
for (combination,) in db.execute("SELECT DISTINCT combination FROM runs ORDER BY 1").fetchall():
    times = [t for (t,) in db.execute("SELECT validation_ns FROM migrations JOIN runs ON id = run WHERE combination = ?",
                                      (combination,))]
    reached = sorted(t for t in times if t is not None) + ["inf"] * times.count(None)
    print(combination, len(times), len(times), times.count(None), reached[(len(times) + 1) // 2 - 1], reached[-1], "")
PYTHON
cmp said held || fail "stats: $(cat said), the store: $(cat held)"
exit "$failed"
