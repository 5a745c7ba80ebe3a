#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/watch/cast: the recording is an asciicast of version 2 that ends with what the run printed; a still is the picture at its time.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
cast() { "$root/tools/watch/cast" "$@"; }
readonly file=$root/scenarios/handover/wifi-to-cellular.yaml

status 0 cast -o run.cast -- "$roam" run --watch --speed max "$file"
python3 - run.cast <<'PY' || fail 'run.cast is no asciicast of the run'
import json
import re
import sys

head, *events = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
assert (head["version"], head["width"], head["height"]) == (2, 80, 24), head
assert events and all(kind == "o" for _, kind, _ in events)
times = [at for at, _, _ in events]
assert times == sorted(times) and times[0] >= 0
shown = re.sub(r"\x1b\[[0-9;]*m", "", "".join(text for _, _, text in events))
assert shown.startswith("\x1b[?1049h"), "the screen was not entered"
assert "passed: wifi-to-cellular: 5 of 5 expectations held" in shown.rsplit("\x1b[?1049l", 1)[1], "no verdict after the screen"
PY

status 1 cast -o status.cast -- sh -c 'exit 1'
status 127 cast -o status.cast -- ./no-such-program
status 2 cast -- "$roam" --version
says err 'no recording given'
status 2 cast -o x.cast
says err 'no command given'
status 2 cast -o x.cast --columns 7 -- true
says err '--columns 7: expected a number from 20 to 400'
status 2 cast -o x.cast --still soon -- true
says err 'expected SECONDS=FILE'

if /usr/bin/python3 -c 'import pyte' 2>/dev/null; then
    status 0 cast -o still.cast --still 0.2=still.svg -- sh -c 'printf "before"; sleep 0.4; printf "\r\033[31mafter \033[0m"'
    grep -q 'before' still.svg || fail 'the still has not what was shown at its time'
    ! grep -q 'after' still.svg || fail 'the still has what came later'
fi
exit $failed
