#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam gate: green when nothing moved, red when something did, and clear when it cannot say.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

# edit FILE PYTHON: with the baseline in d and its first series in s.
edit() {
    python3 - "$1" "$2" <<'PYTHON'
import json, sys
d = json.load(open(sys.argv[1]))
s = d["combinations"][0]["series"][0]
exec(sys.argv[2])
json.dump(d, open(sys.argv[1], "w"), indent=1)
PYTHON
}

mkdir library
moves move wifi=', rate: 50Mbps' cellular=', rate: 20Mbps' wired=', rate: 1Gbps' \
    traffic='{flow: laptop -> server, send: 400B, every: 20ms}' expect='{delivered: all}' >library/move.yaml
sed 's/^name: move/name: varied/' library/move.yaml >library/varied.yaml
echo 'gate: {seeds: 10}' >>library/move.yaml
cat >>library/varied.yaml <<'YAML'
vary:
  networks.cellular.delay: [10ms, 35ms]
gate: {seeds: 3}
YAML

# Without baselines there is nothing to say; with those just made, no difference.
status 0 "$roam" gate --quiet --junit j.xml --markdown m.md library
for file in out j.xml m.md; do says $file 'no baseline in results/baselines'; done
says out 'green: 0 scenarios, 0 runs, against the baselines in results/baselines: no difference, 2 without a baseline'
says j.xml 'failures="0" errors="0" skipped="2"'
status 1 "$roam" gate --quiet --strict --junit j.xml --markdown m.md library
for file in out j.xml m.md; do says $file 'no baseline in results/baselines'; done
says out 'red: '
says j.xml 'failures="2"'
says m.md 'Migration latency: red'
status 0 "$roam" gate --quiet --update library
[[ -s results/baselines/move.json && -s results/baselines/varied.json ]] || fail 'no baselines were written'
status 0 "$roam" gate --quiet library
says out 'green: 2 scenarios, 16 runs, against the baselines in results/baselines: no difference'
cp -r results keep

# One millisecond is red, a nanosecond less is not; what shrank is better.
move=results/baselines/move.json
by() {
    cp keep/baselines/move.json $move
    edit $move "s['worst_ns'] += ($1)
for k in ('p50_ns', 'p90_ns', 'p99_ns', 'max_ns'): s[k] += ($1)"
}
by -1000000
status 1 "$roam" gate --quiet --junit j.xml --markdown m.md library
says out 'validation: move'
says out '+1.000 ms'
says out 'all 10'
says out 'to see the worst: roam run --seed '
says out 'red: 2 scenarios, 16 runs, against the baselines in results/baselines: 1 worse, 0 better, 0 moved within tolerance'
python3 - <<'PYTHON' || fail 'JUnit'
import xml.etree.ElementTree as tree
suite = tree.parse("j.xml").getroot().find("testsuite")
assert suite.get("tests") == "2" and suite.get("failures") == "1" and suite.get("errors") == "0", suite.attrib
cases = {case.get("name"): case for case in suite.findall("testcase")}
assert cases["varied"].find("failure") is None
assert "+1.000 ms" in cases["move"].find("failure").text
PYTHON
says m.md '| **worse** | move | validation: move | 50 % |'
says m.md '**In move a path validation takes 1.000 ms longer.**'
says m.md '*tolerance*: a time is worse or better when it moved by so much or more (`gate:` in the scenario): validation 1.000 ms.'
says m.md 'roam gate --against main library/move.yaml'
eval "$(grep -o 'roam run --seed .*' out | sed "s#^roam#'$roam'#")" >replayed || fail 'the command that replays does not run'
says replayed 'move, seed'
by -999999
status 0 "$roam" gate --quiet library
says out '0 worse, 0 better, 1 moved within tolerance'
by 1000000
status 0 "$roam" gate --quiet library
says out '0 worse, 1 better'

# A rule of RFC 9000 that packets exercise no more is told, and one that is not broken any more is better. A baseline from before
# there were rules says nothing of them, and a damaged one cannot be read.
rules() {
    cp keep/baselines/move.json $move
    edit $move "r = d['combinations'][0]['rules']
$1"
}
rules "r['exercised'] += ' made-up'"
status 0 "$roam" gate --quiet --markdown m.md library
says out 'rule: made-up'
says out '0 worse, 0 better, 1 moved within tolerance'
says m.md '| held | not exercised |'
rules "r['told'] = [{'rule': 'challenge-padded', 'id': 'rfc9000-8.2.1-5', 'level': 'MUST', 'verdict': 'broken', 'is': 'laptop at 3 s: short', 'runs': 'all'}]"
status 0 "$roam" gate --quiet library
says out 'broken by laptop at 3 s: short'
says out '0 worse, 1 better'
rules "del d['combinations'][0]['rules']"
status 0 "$roam" gate --quiet library
says out 'no difference'
rules "r['told'] = [7]"
status 2 "$roam" gate --quiet library
says err 'rules.told: expected rule, id, level, verdict and is, which are texts'

# What moved tells in which part of the validation: at the peer, and not where the time was before. Without parts, as in
# baselines of before, it does not; parts alone are no difference.
by -5000000
edit $move "s['parts']['at_peer_ns'] = 1000000"
status 1 "$roam" gate --quiet --junit j.xml --markdown m.md library/move.yaml
says out 'at the peer -1.000 ms'
cp keep/baselines/move.json $move
by -5000000
edit $move "s['parts']['to_peer_ns'] -= 5000000"
status 1 "$roam" gate --quiet --junit j.xml --markdown m.md library/move.yaml
for file in out j.xml m.md; do says $file 'to the peer +5.000 ms'; done
says m.md '*part*: in which parts of the validation it moved'
if grep -q 'back [+-]' out; then fail 'a part that did not move is told'; fi
edit $move "del s['parts']"
status 1 "$roam" gate --quiet --junit j.xml --markdown m.md library/move.yaml
says out '+5.000 ms'
for file in out j.xml m.md; do
    if grep -q 'to the peer' $file; then fail "$file tells parts that nobody knows"; fi
done
cp keep/baselines/move.json $move
edit $move "s['parts']['to_peer_ns'] -= 5000000"
status 0 "$roam" gate --quiet library/move.yaml
says out 'no difference'
edit $move "s['parts']['to_peer_ns'] = '5 ms'"
status 2 "$roam" gate --quiet library/move.yaml
says err 'parts.to_peer_ns'

# One seed alone that got slower is red; the scenario may allow more.
cp keep/baselines/move.json $move
edit $move "s['worst_ns'] = 6 * [s['worst_ns']] + [s['worst_ns'] - 3000000] + 3 * [s['worst_ns']]"
status 1 "$roam" gate --quiet library
says out '1 of 10'
says out '--seed 7 library/move.yaml'

# The fields of the migration records are held, and have no better: a line before the times that follow from them. A baseline
# without them is compared as it was.
for change in 's["record"]["challenges_sent"] += 1' 's["record"]["connection_id_changed"] = 0' 's["record"]["validation_rounds"] -= 1' \
    's["record"]["cwnd_after"] += 1' 's["record"]["cwnd_before"] -= 1' 's["record"]["srtt_after_ns"] += 1000000' \
    's["record"]["srtt_before_ns"] -= 1000000'; do
    cp keep/baselines/move.json $move
    edit $move "$change; s['worst_ns'] -= 2000000"
    status 1 "$roam" gate --quiet library/move.yaml
    says out ' 2 worse, 0 better'
done
says out 'SRTT before: move'
cp keep/baselines/move.json $move
edit $move "del s['record']"
status 0 "$roam" gate --quiet library/move.yaml
says out 'no difference'
edit $move "s['record'] = {'challenges_sent': [1, 2]}"
status 2 "$roam" gate --quiet library/move.yaml
says err 'record.challenges_sent'

# A failed expectation is named, with what was measured; the other program's store has it, too.
cp keep/baselines/move.json $move
sed -i.kept 's/{delivered: all}/&\n  - {migration: move, validation: <= 1ms}/' library/move.yaml
status 1 "$roam" run --quiet --out o library/move.yaml
digest=$(grep -oP '"digest": "\K[0-9a-f]+' o/summary.json)
edit $move "del d['meaning']; d['digest'] = '$digest'" # as one from before there was a meaning
status 1 "$roam" gate --quiet --junit j.xml --markdown m.md library/move.yaml
says out 'expectation: migration: move, validation: <= 1ms'
says out 'wanted'
says j.xml 'expectation: migration: move, validation: &lt;= 1ms: was held, is '
says m.md '**In move an expectation that held fails: was held, is ok in '
says m.md 'In full: move: expectation: migration: move'
status 0 "$roam" gate --quiet --with-build "$(dirname "$roam")" --seeds 1..3 library/move.yaml
says out 'no difference'
mv library/move.yaml.kept library/move.yaml
cp keep/baselines/move.json $move

# Outcomes that got better are better, verdicts that got better too; measures that are gone are worse.
varied=results/baselines/varied.json
for change in "s['outcomes'] = ['ok 1', 'timeout 1', 'ok 1']" "s['outcomes'] = 'ok 2'" "d['combinations'][0]['verdicts'] = 'failed'" \
    "d['combinations'][1]['series'][0]['label'] = 'other'" \
    "d['combinations'][0]['combination'] = 'networks.cellular.delay=99ms'"; do
    cp keep/baselines/* results/baselines/
    edit $varied "$change"
    want=1
    if [[ $change == *verdicts* || $change == *timeout* ]]; then want=0; fi # it got better
    status $want "$roam" gate --quiet library/varied.yaml
    says out varied
done

# Both settings of a combination stand in the command that replays.
cp keep/baselines/* results/baselines/
edit $varied "s['outcomes'] = 'ok 2'"
status 1 "$roam" gate --quiet library
says out "roam run --seed 1 --set 'networks.cellular.delay=10ms' library/varied.yaml"

# A baseline that does not fit: which field, and what to do.
for change in "del s['p50_ns']" "s['worst_ns'] = [1, 2]" "d['seeds']['last'] = 0" "d['baseline'] = 2" "d['meaning'] = 7" \
    "d['scenario'] = 'other'" "d['combinations'] = []" "s['label'] = 7"; do
    cp keep/baselines/* results/baselines/
    edit $varied "$change"
    status 2 "$roam" gate --quiet --junit j.xml --markdown m.md library
    says err results/baselines/varied.json
    says j.xml 'errors="1"'
    says m.md results/baselines/varied.json
    says out 'undecided: 1 scenario, 10 runs, ' # the other one was compared
    says err --update
    field=$(grep -oE "p50_ns|worst_ns|seeds|baseline'|meaning|scenario'|combinations|label" <<<"$change" | head -n 1)
    says err "${field%\'}"
done
printf '{' >$varied
status 2 "$roam" gate --quiet library
says err "results/baselines/varied.json:1"
cp keep/baselines/* results/baselines/

# A comment, what it is about, the way it is written and tolerances are no other text; a delay is.
sed -i -e '1i # a word more' -e 's/^name: .*/&\nabout: something else/' -e 's/wired: {delay: 1ms, rate: 1Gbps}/"wired":\n    delay: 1ms\n    rate: 1Gbps/' \
    -e 's/gate: .*/gate: {seeds: 10, gap: 2ms}/' library/move.yaml
status 0 "$roam" gate --quiet library
says out 'no difference'
# Nor is the order of keys in an entry, or of sections; that of nodes is, for addresses follow it.
sed -i -e 's/{networks: \[wired\], listen: 4433}/{listen: 4433, networks: [wired]}/' -e '/^duration:/{h;d}' -e '$G' library/move.yaml
status 0 "$roam" gate --quiet library
says out 'no difference'
grep -q '^duration' <(tail -n 1 library/move.yaml) || fail 'the sections were not moved'
sed -i -e '/^  laptop:/{h;d}' -e '/^  server:/G' library/move.yaml
status 2 "$roam" gate --quiet library
says err "move.json: meaning: '"
says out 'undecided: 2 scenarios'
sed -i -e '/^  server:/{h;d}' -e '/^  laptop:/G' library/move.yaml
status 0 "$roam" gate --quiet library

# With another text a scenario is compared all the same, and what got worse is red; a baseline from before there was a meaning
# has its digest.
edit $move "del d['meaning']"
status 2 "$roam" gate --quiet library
says err "move.json: digest: '"
cp keep/baselines/* results/baselines/
sed -i 's/delay: 35ms/delay: 36ms/' library/move.yaml
status 1 "$roam" gate --quiet --json g.json library
says err "move.json: meaning: '"
says out 'of another text than the baseline'
says g.json '"verdict": "red"'
says err 'roam gate --update --baseline results/baselines library/move.yaml'
status 0 "$roam" gate --quiet --update library/move.yaml
says out 'accepted, from the baselines of before:'
grep -qE '^  move +validation: move +50 % +7[0-9.]+ ms +7[0-9.]+ ms +\+2.000 ms' out || fail "an update says no measure: $(<out)"
if grep -q 'accepted: ' out; then fail 'runs that hold are said to fail'; fi
status 0 "$roam" gate --quiet library

# An update names what it accepts that fails; once it is accepted, nothing is worse.
sed -i.kept 's/{delivered: all}/&\n  - {migration: move, validation: <= 1ms}/' library/move.yaml
status 0 "$roam" gate --quiet --update library/move.yaml
says out 'accepted: move, seeds 1, 2, 3, 4, 5, 6, 7, 8, 9 and 10 fail: expectation: migration: move, validation: <= 1ms: ok in 7'
if grep -q '"seeds": \[' $move; then fail 'the baseline lists seeds that fail'; fi
status 0 "$roam" gate --quiet library/move.yaml
mv library/move.yaml.kept library/move.yaml
status 0 "$roam" gate --quiet --update library/move.yaml

# The files are there whatever the exit status: also when a worker cannot write.
rm -f g.json j.xml m.md
TMPDIR=/none status 3 "$roam" gate --quiet --json g.json --junit j.xml --markdown m.md library/move.yaml
for file in g.json j.xml m.md; do says $file 'roam itself failed'; done
says m.md 'Migration latency: undecided'

# A scenario that is gone, or has another name, is told, and red where it is asked for; not one that was not asked for.
mkdir elsewhere
status 0 "$roam" gate --quiet --strict library/varied.yaml
mv library/move.yaml elsewhere
status 0 "$roam" gate --quiet --junit j.xml --markdown m.md library
for file in out j.xml m.md; do says $file 'library/move.yaml is not there any more'; done
says out ', 1 gone'
status 1 "$roam" gate --quiet --strict library
mv elsewhere/move.yaml library
sed -i 's/^name: move/name: moved/' library/move.yaml
status 1 "$roam" gate --quiet --strict library
says out 'has another name now'
says out 'moved: no baseline'
sed -i 's/^name: moved/name: move/' library/move.yaml

# An invalid scenario: the reports say that nothing was compared.
echo 'roam: 1' >library/wrong.yaml
rm -f j.xml m.md
status 2 "$roam" gate --quiet --junit j.xml --markdown m.md library
says j.xml 'name="library/wrong.yaml"><error'
says m.md 'a scenario is not valid'
rm library/wrong.yaml

# Another program: this one, so that nothing differs.
status 0 "$roam" gate --quiet --with-build "$(dirname "$roam")" --seeds 4..6 library
says out 'green: 2 scenarios, 9 runs, against the build in'
says out 'no difference'
status 2 "$roam" gate --quiet --with-build "$scratch" library
says err 'no program roam is in it'

# Another commit, which builds itself: here one whose build is this program, so that nothing differs.
mkdir -p repository/tools
cat >repository/tools/build <<BUILD
#!/usr/bin/env bash
mkdir -p "\$(dirname "\$0")/../.build/release" && cp "$roam" "\$(dirname "\$0")/../.build/release/roam"
BUILD
chmod +x repository/tools/build
git -C repository init --quiet
git -C repository add -A
git -C repository -c user.name=test -c user.email=test@example.org commit --quiet --message one
cd repository
status 0 "$roam" gate --quiet --against HEAD --seeds 1..2 ../library
says out 'green: 2 scenarios, 6 runs, against commit HEAD: no difference'
status 2 "$roam" gate --quiet --against no-such-branch ../library
says err 'no such commit, tag or branch'
status 2 "$roam" gate --quiet --against --help ../library
cd ..

# What cannot be.
for arguments in '' '--against x --with-build y library' '--update --junit j library' '--seeds 1..2 library' \
    '--jobs 0 library' '--seeds 2..1 --update library' '--colour library'; do
    # shellcheck disable=SC2086
    status 2 "$roam" gate $arguments
done
status 3 "$roam" gate --quiet --junit no/such/directory/j.xml library
cp library/move.yaml library/again.yaml
status 2 "$roam" gate --quiet library
says err "have the same name 'move'"
exit $failed
