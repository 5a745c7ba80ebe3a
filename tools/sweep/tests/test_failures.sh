#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What roam sweep and roam stats say of what failed: how often, with which seeds, and a command that shows the same.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

# The slow one of two combinations fails with every seed, the other one with some.
mkdir "a b"
moves move cellular=', jitter: 10ms' expect='{migration: move, result: ok, validation: <= 80ms}' \
    vary='networks.cellular.delay: [35ms, 60ms]' >"a b/it's.yaml"
moves fine expect='{migration: move, result: ok}' >fine.yaml
status 1 "$roam" sweep --db runs.db --seeds 1..40 "a b/it's.yaml" fine.yaml
cp out swept
says swept 'what failed:'

# The table's rows: scenario, what failed, runs, seeds, command.
rows() {
    sed -nE 's/^ +(move|fine)( \[[^ ]*\])?  +(.*[^ ])  +([0-9]+ of [0-9]+)  +([0-9, .]*[0-9.])  +(roam run .*)$/\1\2|\3|\4|\5|\6/p' "$1"
}
rows swept >rows
same "$(cut -d '|' -f 1,2 rows | sed 's/  *|/|/')" "move [networks.cellular.delay=60ms]|migration: move, result: ok, validation: <= 80ms
move [networks.cellular.delay=35ms]|migration: move, result: ok, validation: <= 80ms" 'what failed, the more frequent first'
expected() {
    sqlite3 -readonly runs.db "SELECT seed FROM runs JOIN expectations ON run = id WHERE NOT held AND combination = '$1' ORDER BY seed"
}
while IFS='|' read -r scenario _ count seeds command; do
    combination=${scenario#*[}
    mapfile -t of < <(expected "${combination%]}")
    ((${#of[@]} > 3)) || fail "only ${#of[@]} runs of $combination failed"
    same "$count" "${#of[@]} of 40" "runs of $combination"
    same "$seeds" "${of[0]}, ${of[1]}, ${of[2]}, ..." "seeds of $combination"
    # The command is run as it is printed, and sees the same.
    got=0
    PATH=$(dirname "$roam"):$PATH sh -c "$command --json" >again.json || got=$?
    same "$got" 1 "$command: the exit status"
    same "$(python3 -c '
import json, sys
summary = json.load(open("again.json"))
print(summary["seed"], [one["measured"] for one in summary["expectations"] if not one["held"]])')" \
        "${of[0]} $(sqlite3 -readonly runs.db "SELECT '[' || char(39) || measured || char(39) || ']' FROM runs JOIN expectations
            ON run = id WHERE NOT held AND combination = '${combination%]}' AND seed = ${of[0]}")" "$command: what it sees"
done <rows
(($(wc -l <rows) == 2)) || fail 'two rows'

# roam stats says the same, in each form; of a scenario that passed there is nothing to say.
status 0 "$roam" stats --db runs.db
same "$(rows out)" "$(cat rows)" 'roam stats'
status 0 "$roam" stats --failures --db runs.db move
same "$(rows out)" "$(cat rows)" 'roam stats --failures'
status 0 "$roam" stats --failures --db runs.db fine
same "$(cat out)" 'nothing failed' 'a scenario without failure'
status 0 "$roam" stats --db runs.db fine
grep -q 'what failed' out && fail 'nothing of fine has failed'
status 0 "$roam" stats --json --db runs.db
same "$(python3 -c '
import json
for group in json.load(open("out")):
    for one in group["failures"]:
        print(group["scenario"] + " [" + group["combination"] + "]", one["what"], "%(runs)d of %(of)d" % one,
              ", ".join(map(str, one["seeds"])) + ", ...", one["command"], sep="|")
        assert one["kind"] == "expectation" and "wanted ok" in one["first"], one' | sort)" "$(sort rows)" 'JSON'

# A sweep that goes on tells of what was there as well; of other scenarios and combinations in the store it tells nothing.
status 0 "$roam" sweep --resume --db runs.db --seeds 1..40 fine.yaml
grep -q 'what failed' out && fail 'what failed is of another scenario'
status '[01]' "$roam" sweep --resume --db runs.db --seeds 1..40 "a b/it's.yaml"
same "$(rows out)" "$(cat rows)" 'a sweep that has all'
status '[01]' "$roam" sweep --resume --quiet --db runs.db --seeds 1..40 "a b/it's.yaml"
same "$(cat out)" '' '--quiet'
status 1 "$roam" sweep --resume --db runs.db --seeds 1..40 --set networks.cellular.delay=200ms fine.yaml "a b/it's.yaml"
grep -q '=35ms' out && fail 'a combination that is not of this sweep'

# Of runs that did not come to an end, contradictions, rules that are broken, what is unsupported: what weighs most comes first.
cp runs.db made.db
sqlite3 made.db "
UPDATE runs SET status = 'crashed', verdict = NULL, message = 'signal 11 (Segmentation fault)' WHERE scenario = 'fine' AND seed = 9
    AND combination = '';
UPDATE runs SET status = 'hung', verdict = NULL, message = 'no sign of life for 60 s' WHERE scenario = 'fine' AND seed = 8
    AND combination = '';
UPDATE runs SET verdict = 'contradiction' WHERE scenario = 'fine' AND seed IN (4, 7) AND combination = '';
UPDATE migrations SET contradiction = 'no response was seen' WHERE run = (SELECT id FROM runs WHERE scenario = 'fine' AND seed = 4
    AND combination = '');
UPDATE runs SET verdict = 'failed' WHERE scenario = 'fine' AND seed IN (3, 5) AND combination = '';
INSERT INTO rules SELECT id, 0, 'challenge-padded', 'rfc9000-8.2.1-5', 'MUST', 'broken', 2, 1, 1, 1, 'laptop', 1, 17, 'short' FROM runs WHERE scenario = 'fine' AND seed IN (3, 2) AND combination = '';
UPDATE expectations SET held = 0, unsupported = 1, measured = 'unsupported' WHERE run = (SELECT id FROM runs
    WHERE scenario = 'fine' AND seed = 6 AND combination = '');
" || fail 'the store that is made'
status 0 "$roam" stats --failures --db made.db fine
rows out >rows
same "$(cut -d '|' -f 1-4 rows | grep -v '\[' | sed 's/  *|/|/')" "fine|crashed: signal 11 (Segmentation fault)|1 of 40|9
fine|hung: no sign of life for 60 s|1 of 40|8
fine|contradicted by the packet taps|2 of 40|4, 7
fine|rule broken: challenge-padded (MUST, rfc9000-8.2.1-5)|1 of 40|3
fine|the known fault did not happen|2 of 40|3, 5
fine|unsupported: migration: move, result: ok|1 of 40|6" 'what is not an expectation'
status 0 "$roam" stats --json --db made.db fine
says out '"no response was seen"'

# A store from before there was \`unsupported\`, and rules.
sqlite3 made.db 'ALTER TABLE expectations DROP COLUMN unsupported; DROP TABLE rules' || fail 'the old store'
status 0 "$roam" stats --failures --db made.db fine
rows out | cut -d '|' -f 2 | grep -qE '^migration: move, result: ok *$' || fail 'an expectation of an old store'

# Many: the first twenty, and where the others are.
moves many cellular=', jitter: 10ms' expect='{migration: move, result: ok, validation: <= 20ms}' \
    vary="networks.cellular.delay: [$(seq -s , -f '%gms' 40 64)]" >many.yaml
status 1 "$roam" sweep --db "a b/many.db" --seeds 1..2 many.yaml
same "$(grep -cE '2 of 2 +1, 2 +roam run --seed 1 ' out)" 20 'as many as are shown'
more=$(sed -nE 's/^and 5 more: (roam stats .*)$/\1/p' out)
[[ $more ]] || fail 'nothing is said of the others'
PATH=$(dirname "$roam"):$PATH sh -c "$more" >all || fail "$more"
same "$(grep -cE '2 of 2 +1, 2 +roam run --seed 1 ' all)" 25 'all of them'
# The bar names the latest that failed, and never goes beyond the terminal's width. The sweep goes on until it was seen.
python3 - "$roam" <<'PYTHON' || fail 'the progress line'
import fcntl, os, pty, re, signal, struct, subprocess, sys, termios
for columns in 250, 60:
    above, below = pty.openpty()
    fcntl.ioctl(below, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    sweep = subprocess.Popen([sys.argv[1], "sweep", "--db", f"bar{columns}.db", "--seeds", "1..20000", "many.yaml"],
                             stdout=subprocess.DEVNULL, stderr=below)
    os.close(below)
    seen = ""
    try:
        while not re.search(r"not pass[^\r]*\r" if columns == 250 else r"\] [1-9][^\r]*\r", seen, re.S):
            seen += os.read(above, 4096).decode()
    finally:
        sweep.send_signal(signal.SIGINT)
        sweep.wait()
    bars = re.findall(r"\r\x1b\[K(\[[^\r\n]+)", seen)
    assert bars and all(len(bar) < columns for bar in bars), bars
    if columns == 250:
        assert re.search(r", \d+ not passed; latest: many \[networks\.cellular\.delay=\d+ms\], seed \d+: migration: move", bars[-1]), bars
PYTHON
exit "$failed"
