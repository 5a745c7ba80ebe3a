#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Combinations share their draws, or with --independent have draws of their own.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

# The combinations differ in nothing that a packet sees.
moves same wifi=', jitter: 4ms' cellular=', jitter: 10ms, loss: 20%' networks='spare: {delay: 1ms}' \
    expect='{never: peer_down}' vary='networks.spare.delay: [10ms, 35ms]' >same.yaml

# Pairs of runs of the two combinations with the same result of the move.
readonly pairs="SELECT count(*) FROM runs a JOIN runs b ON a.combination < b.combination AND a.seed = b.seed
    JOIN migrations m ON m.run = a.id JOIN migrations n ON n.run = b.id AND n.validation_ns IS m.validation_ns"

status 0 "$roam" sweep --quiet --db shared.db --seeds 1..20 same.yaml
same "$(sqlite3 shared.db "$pairs")" 20 'pairs that share their draws'
same "$(sqlite3 shared.db 'SELECT count(DISTINCT validation_ns) > 15 FROM migrations')" 1 'seeds differ'

status 0 "$roam" sweep --quiet --independent --db own.db --seeds 1..20 same.yaml
same "$(sqlite3 own.db 'SELECT count(*), count(DISTINCT seed) FROM runs')" '40|40' 'runs and seeds'
same "$(sqlite3 own.db 'SELECT count(DISTINCT validation_ns) > 30 FROM migrations')" 1 'combinations differ'
status 0 "$roam" sweep --quiet --independent --resume --db own.db --seeds 1..20 same.yaml
same "$(sqlite3 own.db 'SELECT count(*) FROM runs')" 40 'runs after --resume'

# roam run draws as the sweep does, and the seed that the store holds says it all.
status 0 "$roam" run --json --independent --seed 20 --set networks.spare.delay=35ms same.yaml
read -r seed moved < <(python3 -c 'import json, sys
whole = json.load(sys.stdin)
print(whole["seed"], whole["migrations"][0]["validation_ns"])' <out)
same "$(sqlite3 own.db "SELECT validation_ns FROM runs JOIN migrations ON run = id WHERE seed = $seed
    AND combination = 'networks.spare.delay=35ms'")" "$moved" 'the run of seed 20'
status 0 "$roam" run --json --seed "$seed" --set networks.spare.delay=35ms same.yaml
says out "\"validation_ns\": $moved"

# A gate: the baseline says how its combinations draw, and later gates draw likewise.
status 0 "$roam" gate --quiet --update --baseline shared --seeds 1..20 same.yaml
status 0 "$roam" gate --quiet --update --independent --baseline own --seeds 1..20 same.yaml
values() { # DIR: how many values of the moves both combinations have in common at one seed
    python3 -c 'import json, sys
whole = json.load(open(sys.argv[1] + "/same.json"))
worst = [next(s["worst_ns"] for s in c["series"] if s["kind"] == "validation") for c in whole["combinations"]]
print(whole["seeds"].get("independent", False), sum(a == b for a, b in zip(*worst)))' "$1"
}
same "$(values shared)" 'False 20' 'a baseline whose combinations share their draws'
same "$(values own)" 'True 0' 'a baseline with --independent'
status 0 "$roam" gate --quiet --baseline shared same.yaml
says out 'no difference'
status 0 "$roam" gate --quiet --baseline own same.yaml
says out 'no difference'
status 2 "$roam" gate --quiet --independent --baseline own same.yaml
says err '--independent: the draws are those of the baselines'

# The same draws with another program; one whose runs differ at the seeds of the combination that a gate names.
status 0 "$roam" gate --quiet --independent --with-build "$(dirname "$(command -v "$roam")")" --seeds 1..20 same.yaml
says out 'no difference'
python3 - <<'PY'
import json
whole = json.load(open('own/same.json'))
whole['kind'] = 'exact'
for combination in whole['combinations']:
    if combination['combination'] == 'networks.spare.delay=35ms':
        for series in combination['series']:
            if series['kind'] == 'validation':
                series['worst_ns'][19] -= 50000000
json.dump(whole, open('own/same.json', 'w'))
PY
status 1 "$roam" gate --quiet --baseline own same.yaml
says out "roam run --seed $seed --set 'networks.spare.delay=35ms' same.yaml"

# A report knows the runs that the baseline speaks of, and those that it does not.
status 0 "$roam" sweep --quiet --independent --db some.db --seeds 5..25 same.yaml
status 0 "$roam" report own.db --no-figures --baseline own -o own.html
says own.html '+50.000 ms'
status 0 "$roam" report some.db --no-figures --baseline own -o some.html
says some.html 'there is no run with seed 1'
status 0 "$roam" report shared.db --no-figures --baseline own -o shared.html
says shared.html 'there is no run with a seed of its baseline, 1 to 20 with --independent'

exit $failed
