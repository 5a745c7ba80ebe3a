#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rules of RFC 9000 in roam stats and roam report: what the store has of them, and nothing where it has nothing.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

moves move wifi= cellular= wired= traffic='{flow: laptop -> server, send: 400B, every: 20ms}' expect='{delivered: all}' >move.yaml
sed 's/^name: move/name: other/' move.yaml >other.yaml
status 0 "$roam" sweep --quiet --db runs.db --seeds 1..4 move.yaml other.yaml
status 0 "$roam" stats --db runs.db
grep -qE '^rules of RFC 9000: [0-9]+ exercised in each of 8 runs, none broken$' out || fail 'all rules hold'
status 0 "$roam" report -o held.html --no-figures runs.db
says held.html '<h2>Rules of RFC 9000</h2>'
says held.html '>challenge-padded</th><td>MUST, rfc9000-8.2.1-5</td><td>held</td>'

# As though the laptop had sent short challenges in two runs, and the server had declined something in all of them.
sql() {
    python3 - "$1" <<'PYTHON'
import sqlite3, sys
with sqlite3.connect("runs.db") as store:
    store.executescript(sys.argv[1])
PYTHON
}
sql "DELETE FROM rules;
INSERT INTO rules SELECT id, 0, 'challenge-padded', 'rfc9000-8.2.1-5', 'MUST', 'broken', 2, 1, 1, 1, 'laptop', 3100000000, 17,
    'a datagram has 57 bytes' FROM runs WHERE scenario = 'move' AND seed IN (2, 3);
INSERT INTO rules SELECT id, 1, 'token-after-move', 'rfc9000-9.3-4', 'SHOULD', 'broken', 2, 1, 1, 1, 'server', 1, NULL, 'no token'
    FROM runs WHERE scenario = 'other' AND seed = 4;
INSERT INTO rules SELECT id, 2, 'response-padded', 'rfc9000-8.2.2-9', 'MAY', 'declined', 2, 1, 1, 1, 'server', 1, NULL, 'not done'
    FROM runs;
UPDATE runs SET rules_broken = (SELECT count(*) FROM rules WHERE run = runs.id AND verdict = 'broken');"
status 0 "$roam" stats --db runs.db
says out 'rules are broken in 3 runs'
row() { grep -qE "^ +$1" out || fail "no row $1"; }
row 'challenge-padded \(MUST, rfc9000-8\.2\.1-5\) +broken +move +2 of 8 +2 +laptop at 3\.100 s: a datagram has 57 bytes$'
row 'token-after-move \(SHOULD, rfc9000-9\.3-4\) +broken +other +1 of 8 +4 +server at '
row 'response-padded \(MAY, rfc9000-8\.2\.2-9\) +declined +2 of them +8 of 8 +1 '
[[ $(grep -nE 'challenge-padded|token-after-move|response-padded' out | sed -E 's/.* ([a-z]+-[a-z]+-?[a-z]*) \(.*/\1/' | paste -sd ' ') == \
    'challenge-padded token-after-move response-padded' ]] || fail 'broken first, a MUST before a SHOULD'
row 'roam run --seed 2 move.yaml$'
row 'roam run --seed 4 other.yaml$'
status 0 "$roam" stats --db runs.db other
grep -q challenge-padded out && fail 'a rule of another scenario'
row 'token-after-move \(SHOULD, rfc9000-9\.3-4\) +broken +other +1 of 4 +4 '
status 0 "$roam" stats --json --db runs.db
python3 - <<'PYTHON' || fail 'JSON'
import json
groups = {group["scenario"]: group["rules"] for group in json.load(open("out"))}
first = groups["move"][0]
assert first == {"rule": "challenge-padded", "id": "rfc9000-8.2.1-5", "level": "MUST", "verdict": "broken", "runs": 2, "of": 4,
                 "first_seed": 2, "first": "laptop at 3.100 s: a datagram has 57 bytes"}, first
assert [rule["rule"] for rule in groups["other"]] == ["token-after-move", "response-padded"], groups["other"]
PYTHON
status 0 "$roam" report -o broken.html --no-figures runs.db
says broken.html '>challenge-padded</th><td>MUST, rfc9000-8.2.1-5</td><td class="bad">broken</td>'
says broken.html '<code>roam run --seed 2 move.yaml</code>'
says broken.html '(the first of 2 scenarios)'

# A store from before there were rules says nothing of them.
sql "DROP TABLE rules; DROP TABLE rule_sets; ALTER TABLE runs DROP COLUMN rules_exercised;
ALTER TABLE runs DROP COLUMN rules_broken; ALTER TABLE runs DROP COLUMN rules_set;"
status 0 "$roam" stats --db runs.db
grep -q 'rules of' out && fail 'rules of a store that has none'
status 0 "$roam" report -o none.html --no-figures runs.db
grep -q 'Rules of RFC' none.html && fail 'a section of a store that has no rules'
status 0 "$roam" sweep --quiet --db runs.db --resume --seeds 1..5 move.yaml
status 0 "$roam" stats --db runs.db move
says out 'exercised in 1 run, none broken'
