#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the READMEs name is there: every scenario, every file in a table's first column, and in core/README.md every
# test case that is said to hold a promise; every command and option of roam in an example; YAML that parses.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
broken=0

fault() {
    echo "FAIL $*" >&2
    broken=$((broken + 1))
}

# Scenarios: folder/name.
folders=$(cd scenarios && ls -d */ | tr -d / | paste -sd '|')
while IFS=: read -r file line name; do
    [[ -e scenarios/$name.yaml ]] || fault "$file:$line: there is no scenario $name"
done < <(grep -noE "\b($folders)/[a-z0-9]+(-[a-z0-9]+)*" README.md core/README.md core/live/README.md |
    grep -vE ':(handover|errors|latency|multi|relay|watchdog)/$')

# Test cases: 'test_x: case one, case two; ...' in the last column of the table of promises.
cases=0
while IFS=$'\t' read -r test names; do
    source=$(compgen -G "core/tests/$test.c" || compgen -G "core/*/tests/$test.c") ||
        { fault "core/README.md: there is no $test.c in core" && continue; }
    IFS=, read -ra wanted <<<"$names"
    for name in "${wanted[@]}"; do
        name=$(sed -E 's/^ +//; s/ *\(.*\)$//; s/ +$//' <<<"$name")
        cases=$((cases + 1))
        grep -qF "{\"$name\"" "$source" || fault "core/README.md: $source has no case '$name'"
    done
done < <(sed -n '/^## What the migration page promises/,$p' core/README.md | sed -nE 's/^\|.*\| (.*) \|$/\1/p' |
    tr ';' '\n' | sed -nE 's/^ *(test_[a-z_]+): (.*)$/\1\t\2/p')
((cases > 15)) || fault "only $cases test cases were found in the table of core/README.md"

# Examples: each line of a console or shell block that calls roam or a script of tools/.
found=$(python3 tools/tests/docs_calls.py README.md tools/README.md results/README.md) || fault 'an example is broken'
calls=0
while IFS=$'\t' read -r where program words; do
    calls=$((calls + 1))
    if [[ $program == roam ]]; then
        read -ra all <<<"$words"
        help=$("${ROAM_COMMAND:?}" "${all[0]}" --help 2>/dev/null) || { fault "$where: there is no roam ${all[0]}" && continue; }
    else
        [[ -x $program ]] || { fault "$where: there is no $program" && continue; }
        help=$("$program" --help 2>/dev/null) || true
    fi
    while read -r option; do
        grep -qE -- "(^|[^-a-z])$option([^-a-z0-9]|\$)" <<<"$help" || fault "$where: '$program $words' has no $option"
    done < <(grep -oE -- '(^| )--[a-z0-9-]+' <<<"$words")
done <<<"$found"
((calls > 15)) || fault "only $calls calls were found in the examples"
((broken == 0))
