#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the heads of our changes to ngtcp2 and wolfSSL name is red with the libraries as released: what each scenario
# expects is a known fault there, or an assertion of the library ends its run, and neither happens here; each test fails
# there.
set -euo pipefail

build=${ROAM_BUILD:?}
source "$(dirname "$0")/command.sh"

# The libraries are all that differs: what is built already is linked once more, by the build's own command.
ours=$(sed -n 's/^ROAM_DEPS:PATH=//p' "$build/CMakeCache.txt")
released=$(ROAM_NGTCP2=released "$root/tools/setup" --print-prefix)
link_released() { # TARGET PROGRAM
    local command
    [[ ! -e $scratch/$2 ]] || return 0
    [[ -e $build/$2 ]] || cmake --build "$build" --target "$1"
    command=$(ninja -C "$build" -t commands "$1" | tail -n 1)
    [[ $command == *" $ours/lib/libngtcp2.a"* && $command == *" -o $2 "* ]] || {
        echo "FAIL: this does not link $2 with $ours: $command"
        exit 1
    }
    command=${command//" $ours/lib/"/" $released/lib/"}
    (cd "$build" && bash -c "${command/" -o $2 "/" -o $scratch/$2 "}")
}

# known_fault CHANGE SCENARIO: the scenario as it would be kept if the fault were not mended. What every scenario expects of
# the rules of RFC 9000 besides is of the fault too.
known_fault() {
    python3 - "$1" "$root/$2" <<'PYTHON'
import json, sys, yaml

with open(sys.argv[2]) as file:
    scenario = yaml.load(file, yaml.BaseLoader)
expected = scenario.pop("expect")
if not any("rules" in one for one in expected):
    expected.append({"rules": "none broken"})
scenario["known_fault"] = {"reference": sys.argv[1], "about": "mended by it", "expect": expected}
json.dump(scenario, sys.stdout, indent=1)
PYTHON
}

# verdicts PROGRAM: of the scenario known.yaml, one a line and combination; "aborted" where an assertion ended it.
verdicts() {
    local status=0
    "$1" run --json "$scratch/known.yaml" >"$scratch/out" 2>"$scratch/err" || status=$?
    ((status != 134)) || { echo aborted && return; }
    ((status < 2)) || { cat "$scratch/err" && return 1; }
    python3 -c 'import json, sys; all = json.load(sys.stdin)
for one in all if isinstance(all, list) else [all]: print(one["verdict"])' <"$scratch/out"
}

while read -r change kind name; do
    case $kind in
    scenario)
        link_released roam_command roam
        known_fault "$change" "$name" >"$scratch/known.yaml"
        there=$(verdicts "$scratch/roam") || fail "$change: $name does not run with the libraries as released"
        grep -qxE 'known fault|aborted' <<<"$there" || fail "$change: $name shows no known fault with the libraries as released"
        ! verdicts "$roam" | grep -xE 'known fault|aborted' || fail "$change: $name shows the fault with the change made"
        ;;
    test)
        program=${name//\//_}
        link_released "$program" "$program"
        status=0
        stdbuf -oL "$scratch/$program" >"$scratch/out" 2>&1 || status=$?
        # An assertion of the library may end it later on, in a scenario that shows another change.
        if ((status == 134)) && grep -q ', expected ' "$scratch/out"; then status=1; fi
        ((status == 1)) || fail "$change: the exit status of $name is $status with the libraries as released, not 1"
        ;;
    esac
    echo "$change: looked at $name"
done < <("$root/tools/changes" red)

exit $failed
