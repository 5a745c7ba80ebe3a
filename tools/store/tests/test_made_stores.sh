#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The stores that merge is measured with, made small and more than are open at once: no row is missing, and none is new.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

moves move traffic='{flow: laptop -> server, send: 400B, every: 20ms, until: 2s}' expect='{delivered: all}' >move.yaml
status 0 "$root/tools/store/tests/made_stores.py" --roam "$roam" --stores 120 --rows 600 --directory many move.yaml
says out 'MB at most resident'
same "$(sqlite3 many/all.db 'PRAGMA integrity_check; PRAGMA foreign_key_check')" ok 'the store'
for table in runs migrations gaps expectations timings; do
    for i in {0..119}; do sqlite3 "many/part-$i.db" "SELECT * FROM $table"; done | LC_ALL=C sort >parts
    sqlite3 many/all.db "SELECT * FROM $table" | LC_ALL=C sort | cmp - parts || fail "$table: not the rows of the parts"
    [[ -s parts ]] || fail "$table: no rows"
done

# Once more into the whole, and a row that is another.
status 0 "$roam" merge --db many/all.db many/part-{7,119}.db
sqlite3 many/part-7.db "UPDATE gaps SET gap_ns = gap_ns + 1 WHERE run = (SELECT max(run) FROM gaps)"
status 3 "$roam" merge --db many/all.db many/part-{6,7}.db
says err 'and its gaps differ'
status 3 "$roam" merge --db new.db many/all.db many/part-7.db
says err 'and its gaps differ'
same "$(sqlite3 new.db 'SELECT count(*) FROM runs')" 0 'runs of two stores that contradict each other'
exit $failed
