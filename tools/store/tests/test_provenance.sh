#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Where the runs of a store come from, roam reproduce and roam export.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

mkdir library library/traces
{
    echo '# How "quotes" and, commas come back.'
    moves drive wifi=', jitter: 4ms' cellular=', jitter: 10ms, loss: 2%' \
        timeline='{at: 500ms, trace: wifi, file: traces/drive.csv}
{at: 1s, migrate: laptop -> server, network: cellular, as: move}' \
        expect='{never: peer_down}' vary='networks.cellular.delay: [10ms, 35ms]'
} >library/drive.yaml
printf 'time,delay\n0s,8ms\n1s,12ms\n' >library/traces/drive.csv
sed 's/^name: drive/name: other/' library/drive.yaml >library/other.yaml
status 0 "$roam" sweep --quiet --db runs.db --seeds 1..2 library

# Each text once: two scenarios, and the trace that both name.
same "$(sqlite3 runs.db 'SELECT count(*) FROM sources')" 4 'sources'
same "$(sqlite3 runs.db "SELECT count(*) FROM texts WHERE digest IN (SELECT text FROM sources)")" 3 'texts of scenarios'
sqlite3 runs.db "SELECT t.text FROM sources s JOIN texts t ON t.digest = s.text WHERE scenario = 'drive' AND name = ''" |
    head -c "$(wc -c <library/drive.yaml)" | cmp - library/drive.yaml || fail 'the text of drive'
for fact in compiler flags libraries; do
    same "$(sqlite3 runs.db "SELECT length(value) > 3 FROM build_facts WHERE fact = '$fact'")" 1 "$fact"
done
same "$(sqlite3 runs.db "SELECT value LIKE '%changes of roam to ngtcp2:%' FROM build_facts WHERE fact = 'libraries'")" 1 \
    'our changes of ngtcp2'
same "$(sqlite3 runs.db 'SELECT uname FROM machines')" "$(uname -srvm)" 'uname'
same "$(sqlite3 runs.db 'SELECT cpu FROM machines')" "$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -n 1)" 'CPU'
# A modified tree has its diff, and a name of its own.
same "$(sqlite3 runs.db "SELECT modified = (SELECT count(*) FROM build_facts JOIN texts ON digest = value WHERE fact = 'diff')
    AND modified = (roam LIKE '%+%') FROM builds")" 1 'the diff of a modified tree'

# Again, from the store alone.
mv library gone
id=$(sqlite3 runs.db "SELECT id FROM runs WHERE scenario = 'drive' AND seed = 2 AND combination LIKE '%=35ms'")
status 0 "$roam" reproduce --out again runs.db "$id"
says out 'again/drive.yaml, seed 2, was: passed'
same "$(grep -c '^  the same$' out)" 2 'program and results are the same'
cmp again/drive.yaml gone/drive.yaml || fail 'the scenario that was written'
cmp again/traces/drive.csv gone/traces/drive.csv || fail 'the trace that was written'
says again/run/summary.json '"seed": 2'
status 0 "$roam" reproduce --out again runs.db "$id"
echo '# mine' >>again/drive.yaml
status 2 "$roam" reproduce --out again runs.db "$id"
says err 'again/drive.yaml: is there, with another text'
status 0 "$roam" reproduce runs.db
says out "$id  drive[networks.cellular.delay=35ms], seed 2: passed"
status 2 "$roam" reproduce runs.db 7
says err 'no run of the store has this id'

# What differs is named: results, and what they were made with.
cp runs.db other.db
sqlite3 other.db "UPDATE migrations SET validation_ns = validation_ns + 1 WHERE run = $id;
    UPDATE builds SET commit_id = 'feedface', ngtcp2 = '9.9.9'; UPDATE machines SET cpu = 'Another';
    UPDATE build_facts SET value = 'GNU 1' WHERE fact = 'compiler';
    UPDATE build_facts SET value = value || 'one change more' || char(10) WHERE fact = 'libraries'"
status 1 "$roam" reproduce --out other other.db "$id"
took=$(sqlite3 runs.db "SELECT validation_ns FROM migrations WHERE run = $id")
says out "  migrations 0: validation_ns: was $((took + 1)), is $took"
same "$(sed -n '/^results/,$p' out | wc -l)" 2 'nothing else differs'
for line in '  commit: was feedface, is ' '  ngtcp2: was 9.9.9, is ' '  CPU: was Another, is ' '  compiler: was GNU 1, is ' \
    '    was one change more'; do
    says out "$line"
done
sqlite3 other.db 'DROP TABLE sources'
status 2 "$roam" reproduce --out older other.db "$id"
says err 'the store does not have its text'

# Joining keeps it all.
status 0 "$roam" merge --db joined.db runs.db
for table in texts sources build_facts machines; do
    same "$(sqlite3 joined.db "SELECT * FROM $table")" "$(sqlite3 runs.db "SELECT * FROM $table")" "joined $table"
done

# Two texts of one name, and a modified build, are told apart.
mkdir edited
sed 's/quotes/other quotes/; s#traces/#../gone/traces/#' gone/drive.yaml >edited/drive.yaml
status 0 "$roam" sweep --quiet --resume --db runs.db --seeds 1..2 edited
status 0 "$roam" stats --db runs.db
same "$(grep -c '; text [0-9a-f]\{16\}$' out)" 4 'headings with a text'
status 0 "$roam" stats --csv --db runs.db drive
same "$(head -n 1 out | tr ',' '\n' | grep -cx digest)" 1 'a column of digests'
same "$(python3 -c 'import csv, sys; print(len({row["digest"] for row in csv.DictReader(sys.stdin)}))' <out)" 2 'digests'
sqlite3 runs.db "UPDATE builds SET modified = 1, commit_id = 'abc', roam = '0.1.0+fedcba987654'"
status 0 "$roam" stats --csv --db runs.db other
says out 'abc+fedcba987654,other,'
status 0 "$roam" reproduce runs.db
says out '(commit abc+fedcba987654)'

# A file above the scenario's own directory.
id=$(sqlite3 runs.db "SELECT max(id) FROM runs JOIN files USING (scenario, digest) WHERE file LIKE 'edited/%'")
mv gone moved
status 0 "$roam" reproduce --out above runs.db "$id"
cmp above/gone/traces/drive.csv moved/traces/drive.csv || fail 'the trace above the scenario'
cmp above/below/drive.yaml edited/drive.yaml || fail 'the scenario below'

# Export: what a reader of CSV gets is what the store holds.
status 0 "$roam" export --db runs.db --csv csv
same "$(find csv -name '*.csv' | wc -l)" "$(sqlite3 runs.db "SELECT count(*) FROM sqlite_master WHERE type = 'table'")" 'files'
python3 - <<'PY' || fail 'CSV and store differ'
import csv, os, sqlite3, sys
store = sqlite3.connect("runs.db")
for name in os.listdir("csv"):
    cursor = store.execute(f'SELECT * FROM "{name[:-4]}" ORDER BY 1, 2')
    wanted = [[column[0] for column in cursor.description]]
    wanted += [["" if value is None else str(value) for value in row] for row in cursor]
    with open(os.path.join("csv", name), newline="", encoding="utf-8") as file:
        if list(csv.reader(file)) != wanted:
            sys.exit(f"{name} differs")
PY
status 2 "$roam" export --db none.db --csv csv
status 2 "$roam" export --db runs.db
status 3 "$roam" export --db runs.db --csv runs.db/csv

exit $failed
