#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tools/bench --against: what is mistyped is said before anything is built; a ratio is the other commit's time to ours,
# whichever of the two is measured first.
set -euo pipefail

root=$(cd "$(dirname "$0")/../../.." && pwd -P)
source "$root/tools/tests/command.sh"

status 2 "$root/tools/bench" --against f05f668 --only bulc
says err "no figure is called 'bulc'; there are bulk, experiments"
status 2 "$root/tools/bench" --against no-such-commit --only bulk
says err "'no-such-commit' is no commit here"
status 2 "$root/tools/bench" --against HEAD --rounds 0
says err "--rounds takes 1 to 99, not '0'"
status 2 "$root/tools/bench" --against
says err 'see tools/bench --against REF --help'
status 0 "$root/tools/bench" --against HEAD --help
says out 'storm-memory   one more phone'

PYTHONDONTWRITEBYTECODE=1 python3 - "$root/tools/benchmarks/against" <<'PYTHON' || failed=1
import importlib.machinery
import importlib.util
import pathlib
import sys

loader = importlib.machinery.SourceFileLoader("against", sys.argv[1])
against = importlib.util.module_from_spec(importlib.util.spec_from_loader("against", loader))
loader.exec_module(against)
here = pathlib.Path.cwd()
bench = against.Bench(against.Build(here / "other", here), against.Build(here / "new", here), True, here)
try:
    bench.storm(0)
    raise AssertionError("a program that is missing was measured")
except (against.Trouble, FileNotFoundError):
    pass
seen = []


def run(command, statuses=(0,), cwd=None):
    seen.append(command[0])
    return (6.0 if command[0] == here / "other" / "roam" else 2.0), 0, ""


against.run = run
assert [bench.storm(which) for which in range(2)] == [3.0, 3.0]
assert seen[0] == seen[3] == bench.ref.roam and seen[1] == seen[2] == bench.new.roam, seen
assert against.verdict([1, 9, 3], 3, True) == "met" and against.verdict([1, 9, 3], 3.1, False) == "missed"
PYTHON
exit $failed
