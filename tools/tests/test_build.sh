#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# In which steps tools/build builds the preset fast, and when it counts anew, with stand-ins for cmake and the program.
set -euo pipefail

source "$(dirname "$0")/command.sh"

# stand_in PATH BODY
stand_in() {
    mkdir -p "$(dirname "$scratch/$1")"
    printf '#!/bin/bash\n%s\n' "$2" >"$scratch/$1"
    chmod +x "$scratch/$1"
}

mkdir -p "$scratch"/{tools,core,sim,.build/fast} "$scratch"/scenarios/{handover,nat,latency}
cp "$root/tools/build" "$scratch/tools/build"
touch "$scratch/CMakeLists.txt" "$scratch/core/a.c" "$scratch"/scenarios/{handover/a,handover/a.inc,nat/b,latency/c}.yaml
stand_in tools/setup 'echo /prefix'
stand_in bin/cmake 'all=$*; case $all in *ROAM_FAST=*) echo "${all##*=}" ;; --build*) echo "build ${*:3}" ;; *) echo configure ;; esac >>'"$scratch/steps"
stand_in .build/fast/roam 'echo "run ${*: -1}" >>'"$scratch/steps"

# steps NAME EXPECTED: of one call, on one line.
steps() {
    rm -f "$scratch/steps"
    PATH="$scratch/bin:$PATH" "$scratch/tools/build" fast roam_command >"$scratch/output" 2>&1 || echo "exit $?" >>"$scratch/steps"
    local actual
    actual=$(sed "s|scenarios/||" "$scratch/steps" | tr '\n' ',')
    same "$actual" "$2" "$1"
}

readonly counting='counting,build --target roam_command,run handover/a.yaml,run nat/b.yaml,run latency/c.yaml,'
readonly counted='counted,build --target roam_command,'
steps 'the first time' "configure,$counting$counted"
touch "$scratch/.build/fast/a.gcda"
steps 'nothing has changed' 'build --target roam_command,'
[[ -e $scratch/.build/fast/a.gcda ]] || fail 'what was counted is gone'
mkdir -p "$scratch/core/tests" && echo test >"$scratch/core/tests/test_a.c"
steps 'a test has changed' 'build --target roam_command,'
echo 'int a;' >"$scratch/core/a.c"
steps 'a source has changed' "$counting$counted"
[[ ! -e $scratch/.build/fast/a.gcda ]] || fail 'old counts are still there'
echo '# more' >"$scratch/scenarios/nat/b.yaml"
steps 'a scenario has changed' "$counting$counted"
stand_in tools/setup 'echo /another'
steps 'other libraries' "configure,$counting$counted"
echo 'int b;' >"$scratch/core/a.c"
stand_in .build/fast/roam 'echo run >>'"$scratch/steps"'; exit 1'
steps 'a scenario fails' 'counting,build --target roam_command,run,exit 3,'
stand_in .build/fast/roam 'echo "run ${*: -1}" >>'"$scratch/steps"
steps 'after that' "$counting$counted"
exit "$failed"
