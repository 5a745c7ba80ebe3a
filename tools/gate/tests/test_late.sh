#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A core whose path challenges leave 10 ms late turns the gate red: on the scenarios in which a path is validated by a
# migration, and on no other.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
cd "$root"

name=challenge-late-10ms
cmake --build "${ROAM_BUILD:?}" --target roam_wrong_$name >"$scratch/build" 2>&1 || {
    cat "$scratch/build"
    echo "FAIL: the late program cannot be built; does tools/tests/mutants/$name.patch still fit core/node/migrate.c?"
    exit 1
}
late=$ROAM_BUILD/wrong/$name/roam

# Everything but what takes long; each family is there. Nor calls 2 ms apart, each given up for the next: late ones come to
# no challenge, and leave more connection IDs for the last.
mapfile -t files < <(find scenarios -name '*.yaml' ! -name '*.inc.yaml' ! -name hub-storm.yaml ! -name connection-ids-run-out.yaml \
    ! -name churn.yaml ! -name hostile-members.yaml ! -name partition-heal.yaml ! -name 'whole-site-*' \
    ! -path '*/interop/*' | LC_ALL=C sort)
"$roam" gate --quiet --update --baseline "$scratch/baselines" "${files[@]}" --seeds 1..1
"$roam" gate --quiet --baseline "$scratch/baselines" "${files[@]}" >"$scratch/unchanged" || {
    cat "$scratch/unchanged"
    echo 'FAIL: the program differs from itself'
    exit 1
}
status=0
"$late" gate --quiet --baseline "$scratch/baselines" --junit "$scratch/j.xml" "${files[@]}" >"$scratch/out" || status=$?
[[ $status == 1 ]] || {
    echo "FAIL: the gate's exit status is $status, not 1"
    exit 1
}
python3 - "$scratch" <<'PYTHON'
import glob, json, sys, xml.etree.ElementTree as tree

# A challenge of a migration that was answered is what is late.
right = set()
stochastic = set()
for path in glob.glob(sys.argv[1] + "/baselines/*.json"):
    baseline = json.load(open(path))
    for combination in baseline["combinations"]:
        for series in combination["series"]:
            if series["kind"] == "validation" and series["max_ns"] is not None:
                right.add(baseline["scenario"])
    if baseline["kind"] == "stochastic":  # one seed shows nothing that chance cannot: below
        stochastic.add(baseline["scenario"])
cases = tree.parse(sys.argv[1] + "/j.xml").getroot().iter("testcase")
cases = {case.get("name"): case.find("failure") is not None for case in cases}
red = {name for name in cases if cases[name]} - stochastic
right -= stochastic
print(f"{len(cases)} scenarios, {len(right)} in which a migration is validated, {len(red)} red")
for name in sorted(right - red):
    print("FAIL: green, though its challenges are late:", name)
for name in sorted(red - right):
    print("FAIL: red, though nothing of it is late:", name)
sys.exit(len(right ^ red) > 0 or len(right) < 5 or len(right) == len(cases))
PYTHON

# Where the times are of chance, enough seeds find the same.
jitter=scenarios/latency/jitter.yaml
"$roam" gate --quiet --update --baseline "$scratch/chance" --seeds 1..40 $jitter
"$roam" gate --quiet --strict --baseline "$scratch/chance" $jitter
status=0
"$late" gate --quiet --baseline "$scratch/chance" $jitter >"$scratch/out" || status=$?
if [[ $status != 1 ]] || ! grep -Eq '^  jitter +validation: move +typical' "$scratch/out"; then
    cat "$scratch/out"
    echo "FAIL: late challenges among links that jitter: exit status $status"
    exit 1
fi

# And the report says it.
"$late" sweep --quiet --db "$scratch/late.db" --seeds 1..1 scenarios/handover/wifi-to-cellular.yaml \
    scenarios/errors/not-initiator.yaml >/dev/null || [[ $? == 1 ]]
"$roam" report "$scratch/late.db" --baseline "$scratch/baselines" --no-figures -o "$scratch/late.html"
grep -q 'got worse\.</h1>' "$scratch/late.html" || {
    echo 'FAIL: the report of the late program does not say that it is slower'
    exit 1
}
grep -q '<td class="bad">worse</td><td>wifi-to-cellular</td><td>validation: move</td>' "$scratch/late.html" || {
    echo 'FAIL: the report does not name the scenario that is slower'
    exit 1
}
if grep -q '<td>not-initiator</td>' "$scratch/late.html"; then
    echo 'FAIL: the report names a scenario that did not change'
    exit 1
fi
