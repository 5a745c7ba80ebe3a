#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tools/test counts and how it ends, with stand-ins for all that it calls.
set -euo pipefail

source "$(dirname "$0")/command.sh"

# stand_in PATH BODY
stand_in() {
    mkdir -p "$(dirname "$scratch/$1")"
    printf '#!/bin/bash\n%s\n' "$2" >"$scratch/$1"
    chmod +x "$scratch/$1"
}

# A tree where everything passes: two tests a preset, two checks.
fresh() {
    rm -rf "${scratch:?}"/*
    mkdir -p "$scratch/tools"
    cp "$root/tools/test" "$scratch/tools/test"
    stand_in tools/setup ''
    stand_in tools/build 'echo "$1" >>'"$scratch/built"
    stand_in tools/tidy 'echo "ok   layout"; echo "ok   format"'
    stand_in bin/ctest 'echo "1/2 Test #1: core/test_a ......   Passed    0.00 sec"
        echo " 2/2 Test #12: sim/test_b .....   Passed   11.00 sec"'
}

# ends NAME STATUS LAST-LINE [ARGUMENT...]
ends() {
    local name=$1 expected=$2 last=$3 output status=0
    output=$(PATH="$scratch/bin:$PATH" "$scratch/tools/test" "${@:4}" 2>&1 </dev/null) || status=$?
    if [[ $status != "$expected" || ${output##*$'\n'} != "$last" ]]; then
        printf '%s: status %d, expected %d; last line "%s", expected "%s" in\n%s\n' "$name" "$status" "$expected" \
            "${output##*$'\n'}" "$last" "$output"
        failed=1
    fi
}

fresh
ends 'all pass' 0 '6 passed, 0 failed'
[[ $(tr '\n' ' ' <"$scratch/built") == 'release asan ' ]] || {
    echo "built $(cat "$scratch/built"), expected release and asan"
    failed=1
}
ends 'one preset' 0 '2 passed, 0 failed' --preset asan
# asks EXPECTED [ARGUMENT...]: what ctest is told of labels and names.
asks() {
    local asked
    stand_in bin/ctest "printf '%s ' \"\$@\" >$scratch/asked; echo '1/1 Test #1: core/test_a ....   Passed  0.00 sec'"
    ends "asked: ${*:2}" 0 '1 passed, 0 failed' --preset asan "${@:2}"
    asked=$(sed 's/.*--no-tests=ignore //; s/ $//' "$scratch/asked")
    if [[ $asked != "$1" ]]; then
        echo "tools/test ${*:2}: asked ctest '$asked', expected '$1'"
        failed=1
    fi
}
asks '-LE ^long$'
asks '-L ^long$' --long
asks '-R sim/nat' sim/nat
asks '-R gate -L ^long$' --long gate

ends 'unknown option' 2 "test: unknown option '--x'; see tools/test --help" --x

for word in '***Failed' '***Timeout' '***Exception: SegFault' 'Subprocess aborted***Exception:' '***Not Run'; do
    fresh
    stand_in bin/ctest "echo '1/2 Test #1: core/test_a ......   Passed    0.00 sec'
        echo '2/2 Test #2: sim/test_b .......$word  0.02 sec'; exit 8"
    ends "$word" 1 '4 passed, 2 failed'
done

fresh
stand_in bin/ctest "echo '1/1 Test #1: core/test_a ......***Skipped   0.00 sec'"
ends 'skipped' 0 '2 passed, 0 failed, 2 skipped'
fresh
stand_in bin/ctest 'echo "ctest: internal error" >&2; exit 1'
ends 'ctest itself fails' 1 '2 passed, 2 failed'
fresh
stand_in bin/ctest 'echo "2/2 Test #2: sim/test_b .......   Passed  0.02 sec"; exit 8'
ends 'ctest disagrees with what it printed' 1 '4 passed, 2 failed'
fresh
stand_in tools/build '[[ $1 != asan ]]'
ends 'one build fails' 1 '4 passed, 1 failed'
fresh
stand_in tools/tidy 'echo "core/a.c:3: too long"; echo "FAIL file-size"; echo "ok   format"; exit 1'
ends 'tidy fails' 1 '5 passed, 1 failed'
fresh
stand_in tools/tidy 'exit 3'
ends 'tidy cannot run' 1 '4 passed, 1 failed'
fresh
stand_in tools/setup 'exit 3'
ends 'set-up fails' 1 '0 passed, 1 failed'
fresh
stand_in bin/ctest ''
stand_in tools/tidy ''
ends 'nothing ran' 1 '0 passed, 0 failed'

fresh
ends 'filter for one check' 0 '5 passed, 0 failed' tidy/format
ends 'filter for tests' 0 '4 passed, 0 failed' sim

exit $failed
