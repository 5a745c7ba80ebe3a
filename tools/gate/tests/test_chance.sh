#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam gate on a scenario that depends on chance: what chance gives is green, whatever the draws were; what is slower is
# red, and the reports say by how much, and how sure. A scenario without chance is told apart.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

mkdir library
moves chance duration=2s cellular=', jitter: 20ms, reordering: true' expect='{migration: move, result: ok}' \
    >library/chance.yaml
sed -e 's/^name: .*/name: certain/' -e 's/, jitter: 20ms, reordering: true//' library/chance.yaml >library/certain.yaml

# edit PYTHON: the baseline of chance as it was first, with its first series in s, and the order of its seeds in order.
baseline=results/baselines/chance.json
edit() {
    python3 - "$baseline" "$1" <<'PYTHON'
import json, random, sys
d = json.load(open("first.json"))
s = d["combinations"][0]["series"][0]
assert s["kind"] == "validation", s
order = list(range(len(s["worst_ns"])))
random.Random(1).shuffle(order)
exec(sys.argv[2])
json.dump(d, open(sys.argv[1], "w"), indent=1)
PYTHON
}

status 0 "$roam" gate --quiet --update library
says out '2 baselines written to results/baselines: 1 exact, 1 stochastic'
cp $baseline first.json
python3 - <<'PYTHON' || fail 'the baselines'
import json
certain = json.load(open("results/baselines/certain.json"))
chance = json.load(open("first.json"))
assert certain["kind"] == "exact" and certain["seeds"] == {"first": 1, "last": 3}, certain
assert chance["kind"] == "stochastic" and chance["seeds"] == {"first": 1, "last": 200}, chance["seeds"]
assert len(set(chance["combinations"][0]["series"][0]["worst_ns"])) > 100
PYTHON
status 0 "$roam" gate --quiet --strict library
says out 'green: 2 scenarios, 203 runs, against the baselines in results/baselines: no difference'

# The kind is found by a pilot, however few seeds are asked for: one agrees with itself.
cat >>library/chance.yaml <<<'gate: {seeds: 1}'
for seeds in '' '--seeds 1..1' '--seeds 9223372036854775807'; do
    # shellcheck disable=SC2086
    status 0 "$roam" gate --quiet --update --baseline few $seeds library
    says out '2 baselines written to few: 1 exact, 1 stochastic'
    says out 'chance: its results depend on the seed, and 1 seed shows nothing that chance cannot: at least 20'
    status 0 "$roam" gate --quiet --baseline few library
    says out 'chance: its results depend on the seed, and 1 seed shows nothing that chance cannot: at least 20'
    status 1 "$roam" gate --quiet --strict --baseline few library
done
sed -i '/^ *"kind": "[es]/d' few/*.json # as before there were kinds
status 0 "$roam" gate --quiet --baseline few library/chance.yaml
says out 'chance: its results depend on the seed, and 1 seed shows nothing'
sed -i '$d' library/chance.yaml

# As though the draws had been others: no seed has its value any more, and it is green; 10 ms less is red also then.
mixed="s['worst_ns'] = [s['worst_ns'][i] for i in order]"
edit "$mixed"
status 0 "$roam" gate --quiet library
says out 'no difference but chance'
slower="$mixed; s['worst_ns'] = [x - 10000000 for x in s['worst_ns']]"
edit "$slower"
status 1 "$roam" gate --quiet --junit j.xml --markdown m.md library
says out 'red: 2 scenarios, 203 runs, against the baselines in results/baselines: 1 worse, 0 better'
python3 - <<'PYTHON' || fail 'the figures'
import re
row = next(line for line in open("m.md") if line.startswith("| **worse** | chance | validation: move | typical |"))
cells = [cell.strip() for cell in row.split("|")]
by, _part, interval, seeds, alarm = cells[7:12]
assert re.fullmatch(r"\+\d+\.\d{3} ms", by), row
low, high = [float(x) for x in re.fullmatch(r"\+([\d.]+) ms to \+([\d.]+) ms", interval).groups()]
assert low < 10 < high and low < float(by[1:-3]) < high and high - low < 8, row
assert seeds == "all 200" and alarm.startswith(("1 in ", "\\< 1 in ")), row
PYTHON
says out 'roam sweep --db now.db --seeds 1..200 library/chance.yaml; roam stats --db now.db'
says m.md 'roam sweep --db chance-now.db --seeds 1..200 library/chance.yaml; roam stats --db chance-now.db'
says m.md '**In chance a path validation typically takes '
says j.xml '95 % interval'
eval "$(grep -o 'roam run --seed .*' out | sed "s#^roam#'$roam'#")" >replayed || fail 'the command that replays does not run'

# Better is never red: sooner, and no longer failing.
edit "$mixed; s['worst_ns'] = [x + 10000000 for x in s['worst_ns']]"
status 0 "$roam" gate --quiet library
says out '0 worse, 1 better'
edit "s['worst_ns'][:30] = 30 * [None]; s['outcomes'] = 30 * ['timeout 1'] + 170 * ['ok 1']
d['combinations'][0]['verdicts'] = 30 * ['failed'] + 170 * ['passed']"
status 0 "$roam" gate --quiet library
says out '0 worse, 3 better'

# Too few seeds to be sure of anything is told, and red when it is asked for.
edit "d['seeds']['last'] = 5; s['worst_ns'] = s['worst_ns'][:5]"
python3 - <<'PYTHON'
import json
d = json.load(open("results/baselines/chance.json"))
for s in d["combinations"][0]["series"]:
    if isinstance(s["worst_ns"], list):
        s["worst_ns"] = s["worst_ns"][:5]
json.dump(d, open("results/baselines/chance.json", "w"))
PYTHON
status 0 "$roam" gate --quiet --junit j.xml --markdown m.md library
for file in out j.xml m.md; do says $file '5 seeds show nothing that chance cannot'; done
status 1 "$roam" gate --quiet --strict library

# What would be seen: 5 ms with the seeds that `detect` asks for, and no less than those.
cp first.json $baseline
status 0 "$roam" gate --power library
says out 'exact: all'
grep -Eq '^  chance +validation: move +200 ' out || fail "no line of chance: $(cat out)"
echo 'gate: {detect: 1500us}' >>library/chance.yaml
status 0 "$roam" gate --quiet --update library/chance.yaml
status 0 "$roam" gate --power library/chance.yaml
python3 - <<'PYTHON' || fail 'detect'
row = next(line for line in open("out") if line.split()[:2] == ["chance", "validation:"]).split()
seeds, seen = int(row[3]), float(row[6])
assert 200 < seeds < 2000 and 1.3 <= seen <= 1.7, row
PYTHON

# The statistics, tried out: few gates of unchanged code are red, and 5 ms is found.
sed -i 's/detect: 1500us/detect: 5ms, seeds: 100/' library/chance.yaml
status 0 "$roam" gate --quiet --experiment 100 library
python3 - <<'PYTHON' || fail 'the experiment'
lines = [line.split() for line in open("out")]
level = next(line for line in lines if line[:3] == ["all", "none", "anew"])
anew = next(line for line in lines if line[:5] == ["chance", "validation", "+5.000", "ms", "anew"])
kept = next(line for line in lines if line[:6] == ["chance", "validation", "+5.000", "ms", "as", "before"])
assert int(level[3]) <= 5 and level[5] == "100", level  # of 1 in 100 more than 5 come once in 2,000 times
assert int(anew[6]) >= 95, anew
assert int(kept[7]) == 100, kept
PYTHON
status 0 "$roam" gate --quiet --experiment 20 --set networks.cellular.delay=40ms library/chance.yaml
grep -Eq '^  chance +networks.cellular.delay=40ms +anew +100 +20 of 20' out || fail "--set: $(cat out)"

for arguments in '--power --update library' '--experiment 0 library' '--set a=b library' '--experiment 5 --junit j library' \
    '--experiment 5 --power library'; do
    # shellcheck disable=SC2086
    status 2 "$roam" gate $arguments
done
exit $failed
