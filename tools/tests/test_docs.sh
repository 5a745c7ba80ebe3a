#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the READMEs name is there: every scenario, every file in a table's first column, and in core/README.md every
# test case that is said to hold a promise.
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
    source=core/tests/$test.c
    [[ -e $source ]] || { fault "core/README.md: there is no $source" && continue; }
    IFS=, read -ra wanted <<<"$names"
    for name in "${wanted[@]}"; do
        name=$(sed -E 's/^ +//; s/ *\(.*\)$//; s/ +$//' <<<"$name")
        cases=$((cases + 1))
        grep -qF "{\"$name\"" "$source" || fault "core/README.md: $source has no case '$name'"
    done
done < <(sed -n '/^## What the migration page promises/,$p' core/README.md | sed -nE 's/^\|.*\| (.*) \|$/\1/p' |
    tr ';' '\n' | sed -nE 's/^ *(test_[a-z_]+): (.*)$/\1\t\2/p')
((cases > 15)) || fault "only $cases test cases were found in the table of core/README.md"
((broken == 0))
