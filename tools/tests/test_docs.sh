#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the READMEs name is there: every scenario, every file in the first column of a table of files, every link and heading, and in
# core/README.md every test case that is said to hold a promise; every command and option of roam in an example; YAML
# that parses.
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
done < <(grep -noE "\b($folders)/[a-z0-9]+(-[a-z0-9]+)*" README.md results/answers.md core/README.md core/*/README.md |
    grep -vE ':(handover|errors|latency|multi|relay|watchdog)/$')

# Files: the first column of a table whose head is "file", "folder", "script" or "room", and links. `x` is x.c, x.h or x.cc.
mapfile -t readmes < <(find README.md .github core sim tools scenarios results -name '*.md' | sort)
names=0
while IFS=$'\t' read -r file line name; do
    names=$((names + 1))
    folder=$(dirname "$file")/
    if [[ $name == */* && ! -e $folder$name ]]; then folder=''; fi # from the root
    compgen -G "$folder$name" >/dev/null || compgen -G "$folder$name.[ch]*" >/dev/null || compgen -G "$folder$name.hh" >/dev/null ||
        fault "$file:$line: there is no $name"
done < <(awk '
    FNR == 1 { table = "" }
    !/^\|/ { table = "" }
    /^\|/ && table == "" { split($0, cells, "|"); table = cells[2] ~ /^ *(file|folder|script|room|`soaking\/`) *$/ ? "files" : "other"
        prefix = cells[2] ~ /soaking/ ? "soaking/" : ""; next }
    table == "files" { split($0, cells, "|"); text = cells[2]
        gsub(/\[|\]\([^)]*\)/, "", text)
        while (match(text, /`[^`]+`/)) {
            name = substr(text, RSTART + 1, RLENGTH - 2); text = substr(text, RSTART + RLENGTH)
            if (name !~ /[A-Z]/) print FILENAME "\t" FNR "\t" prefix name
        } }
    { text = $0
        while (match(text, /\]\([^)]+\)/)) {
            name = substr(text, RSTART + 2, RLENGTH - 3); text = substr(text, RSTART + RLENGTH); sub(/#.*/, "", name)
            if (name != "" && name !~ /^https?:/) print FILENAME "\t" FNR "\t" name
        } }' "${readmes[@]}")
((names > 150)) || fault "only $names names of files were found in the READMEs"

# Anchors: FILE#heading is a heading of that file, in small letters, with - for spaces.
anchors=0
while IFS='|' read -r file name anchor; do
    anchors=$((anchors + 1))
    target=$file
    if [[ $name ]]; then target=$(dirname "$file")/$name; fi
    sed -nE 's/^#+ +//p' "$target" | tr '[:upper:]' '[:lower:]' | tr -d '`,.:?()/' | tr ' ' - | grep -qxF -- "$anchor" ||
        fault "$file: $name has no heading #$anchor"
done < <(awk '{ text = $0
        while (match(text, /\]\([^)]*#[^)]+\)/)) {
            link = substr(text, RSTART + 2, RLENGTH - 3); text = substr(text, RSTART + RLENGTH)
            if (link ~ /^https?:/) continue
            name = link; sub(/#.*/, "", name); sub(/.*#/, "", link); print FILENAME "|" name "|" link
        } }' "${readmes[@]}")
((anchors > 10)) || fault "only $anchors links to a heading were found"

# Test cases: 'test_x: case one, case two; ...' in the last column of the table of promises.
cases=0
while IFS=$'\t' read -r test names; do
    source=$(find core -name "$test.c")
    [[ -e $source ]] || { fault "core/README.md: there is no $test.c" && continue; }
    IFS=, read -ra wanted <<<"$names"
    for name in "${wanted[@]}"; do
        name=$(sed -E 's/^ +//; s/ *\(.*\)$//; s/ +$//' <<<"$name")
        cases=$((cases + 1))
        grep -qF -e "{\"$name\"" -e "{.name = \"$name\"" -e "{.what = \"$name\"" "$source" ||
            fault "core/README.md: $source has no case '$name'"
    done
done < <(sed -n '/^## What libroam promises/,$p' core/README.md | sed -nE 's/^\|.*\| (.*) \|$/\1/p' |
    tr ';' '\n' | sed -nE 's/^ *(test_[a-z_]+): (.*)$/\1\t\2/p')
((cases > 15)) || fault "only $cases test cases were found in the table of core/README.md"

# Examples: each line of a console or shell block that calls roam or a script of tools/.
found=$(python3 tools/tests/docs_calls.py README.md .github/CONTRIBUTING.md tools/README.md tools/*/README.md results/README.md results/answers.md core/README.md) || fault 'an example is broken'
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
