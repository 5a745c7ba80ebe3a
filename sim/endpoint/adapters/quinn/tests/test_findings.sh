#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each scenario of findings/ is valid, has a row in the README, shows its fault with quinn at one node, in every
# expectation of its known fault, and passes with the core at all nodes.
set -euo pipefail

room=$(cd "$(dirname "$0")/.." && pwd -P)
roam=${ROAM_COMMAND:?}
if [[ ! -e $(dirname "$roam")/endpoints/quinn.so ]]; then
    echo 'the adapter is not built'
    exit 77
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$room"
failed=0

fail() {
    echo "FAIL: $*"
    failed=1
}

# verdicts WANTED ARGUMENT...: what each scenario ends with.
verdicts() {
    local wanted=$1 status=0
    shift
    "$roam" run findings --json "$@" >"$scratch/runs.json" || status=$?
    python3 - "$scratch/runs.json" "$wanted" <<'PY' || fail "with ${*:-quinn}: exit status $status"
import json, os, sys

runs, wanted, found = json.load(open(sys.argv[1])), sys.argv[2], 0
for run in runs:
    expectations = (run["known_fault"] or {"expectations": []})["expectations"]
    held = [expectation["text"] for expectation in expectations if expectation["held"]]
    if run["verdict"] == wanted and not held:
        found += 1
    else:
        print(run["scenario"], run["verdict"], *held, sep=": ")
sys.exit(found != len(os.listdir("findings")))
PY
}

"$roam" check --quiet findings/*.yaml || fail 'roam check'
verdicts 'known fault'
verdicts passed --as all=roam
for file in findings/*.yaml; do
    grep -qF "]($file)" README.md || fail "README.md has no row with $file"
done
exit $failed
