#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam compare, as it is used: the matrix and its outputs, a store that is gone on with, shards, and what is refused.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
pid=''
trap 'if [[ -n $pid ]]; then kill -KILL "$pid" 2>/dev/null || true; fi; rm -rf "$scratch"' EXIT

moves good traffic='{flow: laptop -> server, send: 400B, every: 20ms}' expect='{delivered: all}' >good.yaml
sed -e 's/^name: good/name: bad/' -e 's/delivered: all/migration: move, result: ok, validation: <= 10ms/' good.yaml >bad.yaml
sed -e 's/^name: good/name: varied/' good.yaml >varied.yaml
printf 'vary:\n  networks.cellular.delay: [10ms, 200ms]\nseed: 5\n' >>varied.yaml
printf 'seed: 7\n' >>bad.yaml
mkdir library
mv ./*.yaml library/

# The matrix: a row a scenario, and what it comes to.
status 0 "$roam" compare --endpoints roam library/good.yaml library/varied.yaml
says out '  scenario  both'
says out '  good      + 72.0'
says out '  varied    + 402'
says out '2 cells, 3 runs: 2 passed, 0 failed'
if grep -q 'report FILE' out; then fail 'there is nothing behind these cells'; fi
cp out matrix
status 0 "$roam" compare --endpoints roam --jobs 1 library/good.yaml library/varied.yaml
cmp -s out matrix || fail 'one process gives another matrix'
status 0 "$roam" compare --endpoints roam --pairs library/good.yaml
says out '            roam ->'
status 0 "$roam" compare --endpoints roam --each --seeds 1..3 library/varied.yaml
says out '  varied[networks.cellular.delay=200ms]  + 402'
says out '2 cells, 6 runs'
status 0 "$roam" compare --endpoints roam --quiet --set networks.cellular.delay=20ms library/good.yaml
same "$(cat out)" '1 cell, 1 run: 1 passed, 0 failed' 'the last line alone'
same "$(cat err)" '' 'quiet says nothing'

# What failed, with the command that shows it; a scenario's own seed.
status 1 "$roam" compare --endpoints roam --json j --junit x --markdown m --report h library
says out '  bad       F 72.0'
says out '3 cells, 4 runs: 2 passed, 1 failed'
says m 'expected migration: move, result: ok, validation: \<= 10ms; measured ok in 72.000 ms'
says x '<testsuite name="roam" tests="3" failures="1" errors="0" skipped="0">'
says h '<h1>1 of 3 cells failed</h1>'
python3 - <<'PY' >replay
import json
rows = {row["scenario"]: row for row in json.load(open("j"))["rows"]}
story, = rows["bad"]["cells"][0]["stories"]
assert story["not_held"][0]["measured"].startswith("ok in 72.000 ms"), story
assert story["seed"] == 7, story
assert rows["varied"]["cells"][0]["runs"] == 2, rows["varied"]
print(story["command"])
PY
replay=$(cat replay)
status 1 bash -c "${replay/#roam/$roam}"
says out 'failed: bad: 0 of 1 expectations held'
xmllint --noout x || fail 'the JUnit file is no XML'

# A page in a directory; one output on standard output, which then has nothing else.
mkdir site
status 1 "$roam" compare --endpoints roam --report site library/bad.yaml
says site/compare.html '<h1>1 of 1 cells failed</h1>'
status 0 "$roam" compare --endpoints roam --json - library/good.yaml
python3 -m json.tool out >/dev/null || fail 'standard output is no JSON'

# A store is gone on with: nothing is run again, and what is printed is the same.
status 1 "$roam" compare --endpoints roam --db runs.db --resume library
says out '--report FILE says what is behind the cells'
cp out whole
status 1 "$roam" compare --endpoints roam --db runs.db --resume library
cmp -s out whole || fail 'a matrix out of the store differs'
same "$(sqlite3 runs.db 'SELECT count(*) FROM runs')" 4 'runs in the store'
status 2 "$roam" compare --endpoints roam --db runs.db library
says err 'runs.db'
# What is there already is not run again, and the rest is.
status 0 "$roam" compare --endpoints roam --db grows.db library/good.yaml
good=$(sqlite3 grows.db "SELECT wall_ns FROM timings")
status 1 "$roam" compare --endpoints roam --db grows.db --resume library
cmp -s out whole || fail 'a store that grows gives another matrix'
same "$(sqlite3 grows.db "SELECT wall_ns FROM timings JOIN runs ON run = id WHERE scenario = 'good'")" "$good" 'run again'

# What a store says of a run is what the matrix says.
status 0 "$roam" compare --endpoints roam --db says.db --seeds 1..3 library/good.yaml library/varied.yaml
sqlite3 says.db "UPDATE runs SET verdict = 'unsupported' WHERE scenario = 'good' AND seed = 2;
    INSERT INTO rules (run, number, rule, requirement, level, verdict, exercised, broken, endpoint_count,
        endpoint_count_broken, first_node, first_at_ns, first_packet, first_text)
    SELECT id, 77, 'response-once', '9000:8.2.2/3', 'MUST', 'broken', 9, 8, 7, 2, 'server', 1500000000, 42, 'seen twice'
    FROM runs WHERE scenario = 'good' AND seed = 3;
    UPDATE runs SET status = 'refused', verdict = NULL, message = 'no room' WHERE scenario = 'varied' AND seed = 1;"
status 3 "$roam" compare --endpoints roam --db says.db --resume --seeds 1..3 --json says.json --markdown says.md \
    library/good.yaml library/varied.yaml
says out '  good              u 1/3 72.0 r1'
says out '  varied            R 2/6 402'
says out 'roam: response-once 1'
says says.md '  - response-once (MUST, 9000:8.2.2/3): server (server, roam) at 1.500 s, packet 42: seen twice (and 1 other end)'
says says.md '  - no room'

# Shards: each has its part, and joined they are the whole.
for part in 1 2 3; do
    status '[01]' "$roam" compare --endpoints roam --db "part-$part.db" --shard "$part/3" --seeds 1..4 --json "$part.json" library
done
status 0 "$roam" merge --db all.db part-1.db part-2.db part-3.db
status 1 "$roam" compare --endpoints roam --db all.db --resume --seeds 1..4 --json all.json library
says out '3 cells, 16 runs: 2 passed, 1 failed'
python3 - <<'PY' || fail 'the shards are not parts of the whole'
import json
def done(name):
    cells = [cell for row in json.load(open(name))["rows"] for cell in row["cells"]]
    return [cell["runs"] - cell["counts"].get("not run", 0) for cell in cells]
parts = [done(f"{part}.json") for part in (1, 2, 3)]
assert all(sum(part) > 0 for part in parts), parts
assert [sum(cell) for cell in zip(*parts)] == done("all.json") == [4, 4, 8], parts
PY
status 1 "$roam" compare --endpoints roam --seeds 1..4 --json once.json library
cmp -s once.json all.json || fail 'joined shards give another matrix'

# Interrupted: what was finished is kept and printed, and gone on with.
"$roam" compare --endpoints roam --db broken.db --seeds 1..300 library/good.yaml library/varied.yaml >out 2>err &
pid=$!
until [[ -e broken.db ]] && (($(sqlite3 broken.db 'SELECT count(*) FROM runs' 2>/dev/null || echo 0) > 0)); do
    sleep 0.05
done
kill -INT "$pid"
got=0
wait "$pid" || got=$?
pid=''
same "$got" 130 'exit status after an interrupt'
says err 'roam compare: interrupted; --resume goes on'
says out 'runs not run'
kept=$(sqlite3 broken.db 'SELECT count(*) FROM runs')
((kept > 0 && kept < 900)) || fail "$kept of 900 runs were kept"
status 0 "$roam" compare --endpoints roam --db broken.db --resume --seeds 1..300 library/good.yaml library/varied.yaml
says out '2 cells, 900 runs: 2 passed, 0 failed'
if grep -q 'not run' out; then fail 'something was left out'; fi

# What is refused, and why.
refused() {
    local what=$1
    shift
    status 2 "$roam" compare "$@"
    says err "$what"
}
refused 'no scenario given' --endpoints roam
refused 'no libraries given' library
refused "--endpoints: 'roam' is named twice" --endpoints roam,roam library
refused "--endpoints: 'Quinn' is not the name" --endpoints Quinn library
refused 'no-such-library' --endpoints roam,no-such-library library
: >mine.so
refused "--endpoint mine=./mine.so: --endpoints does not name it" --endpoints roam --endpoint mine=./mine.so library
refused "--endpoint roam=./mine.so: 'roam' is the core" --endpoints roam --endpoint roam=./mine.so library
refused '--endpoint mine=./not.so: No such file' --endpoints mine --endpoint mine=./not.so library
refused 'expected NAME=LIBRARY' --endpoints roam --endpoint mine library
refused 'expected KEY=VALUE' --endpoints roam --set delay library
refused '--resume needs the store' --endpoints roam --resume library
refused '--shard needs a store' --endpoints roam --shard 1/2 library
refused 'only one of' --endpoints roam --json - --junit - library
refused '--seeds 3..1' --endpoints roam --seeds 3..1 library
refused 'missing.yaml' --endpoints roam missing.yaml
refused "unknown option '--endpont'" --endpoints roam --endpont library
status 3 "$roam" compare --endpoints roam --json no/where.json library
says err 'no/where.json: No such file or directory'
[[ ! -e no ]] || fail 'a directory was made'

exit $failed
