#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The worked examples of .github/CONTRIBUTING.md: each patch of tools/tests/additions adds one thing of a kind. Applied to a copy
# of the tree, one after the other, they build; the scenario of each passes, and fails with what its patch says. The head of
# a patch, before its first file:
#   one line that says what it adds
#   Touches: FILE...          all its files, and no other
#   Red with: KEY=VALUE       --set of that makes its scenario fail
# What is generated (scenarios/schema.json, by roam check --schema) is no part of a patch.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd -P)
source "$root/tools/tests/command.sh"
cache=${ROAM_BUILD:?}/CMakeCache.txt
tree=$scratch/roam
build=$tree/.build/release

# cached NAME: what the build that is tested was configured with.
cached() {
    sed -nE "s/^$1:[A-Z]+=//p" "$cache"
}

# head_of PATCH WHAT: the value of a line of its head.
head_of() {
    sed -nE "/^(diff|---) /q; s/^$2: //p" "$1"
}

# files_of PATCH: what it changes, adds or removes, sorted.
files_of() {
    sed -nE 's/^(---|\+\+\+) [ab]\/([^\t]*).*/\2/p' "$1" | sort -u
}

# add PATCH: to the tree, when it touches what its head says and nothing else.
add() {
    local patch=$1 touches
    touches=$(head_of "$patch" Touches)
    [[ -n $(head -n 1 "$patch") && -n $touches ]] || fail "$patch: its head does not say what it adds and touches"
    same "$(files_of "$patch" | tr '\n' ' ')" "$(tr ' ' '\n' <<<"$touches" | sort | tr '\n' ' ')" "files of ${patch##*/}"
    status 0 patch --batch --fuzz=0 --strip=1 --directory="$tree" --input="$patch"
}

# judge PATCH: by its scenarios.
judge() {
    local patch=$1 file red scenarios=0
    red=$(head_of "$patch" 'Red with')
    while read -r file; do
        scenarios=$((scenarios + 1))
        status 0 "$build/roam" run "$tree/$file"
        [[ -z $red ]] || status 1 "$build/roam" run "$tree/$file" --set "$red"
    done < <(files_of "$patch" | grep -E '^scenarios/.*\.yaml$')
    ((scenarios > 0)) || fail "$patch: no scenario uses what it adds"
    status 0 "$build/roam" check --schema
}

mkdir "$tree"
tar -C "$root" --exclude=./.build --exclude=./.git -c . | tar -C "$tree" -x
patches=("$root"/tools/tests/additions/*.patch)
for patch in "${patches[@]}"; do add "$patch"; done
((failed == 0)) || exit 1

# With ccache what no patch touches is there already.
export CCACHE_BASEDIR=$tree CCACHE_NOHASHDIR=1
options=(-DROAM_DEPS="$(cached ROAM_DEPS)")
for language in C CXX; do
    launcher=$(cached "CMAKE_${language}_COMPILER_LAUNCHER")
    options+=(-DCMAKE_${language}_COMPILER="$(cached "CMAKE_${language}_COMPILER")")
    [[ -z $launcher ]] || options+=(-DCMAKE_${language}_COMPILER_LAUNCHER="$launcher")
done
(cd "$tree" && cmake --preset release "${options[@]}") >log 2>&1 || { tail -n 40 log && exit 1; }
cmake --build "$build" --target roam_command >log 2>&1 || { grep -E -A 5 'error:|FAILED|undefined' log | head -n 40 && exit 1; }
for patch in "${patches[@]}"; do judge "$patch"; done
exit "$failed"
