#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What bash, zsh and fish offer at the end of command lines: each shell runs the script that roam prints for it. A shell that
# is not installed is left out; the test is skipped when one was left out and nothing else failed.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
here=$root/tools/shells/tests
mkdir bin results
ln -s "$roam" bin/roam
export PATH=$scratch/bin:$PATH HOME=$scratch
touch adapter.so store.db resume.txt 'two words.yaml'

ask() { # SHELL <LINES
    case $1 in
    bash) bash --noprofile --norc "$here/ask.bash" ;;
    zsh) zsh -f "$here/ask.zsh" ;;
    fish) fish --no-config "$here/ask.fish" ;;
    esac
}

# A line, and all that is offered; what a '/' ends is there without it, for shells differ in that.
cases=(
    'roam swe|sweep'
    'roam endpoint |info list new test'
    'roam help sw|sweep'
    'roam run --se|--seed --set'
    'roam run --seed 3 --j|--jobs --json --junit'
    'roam run handover/wifi-to-w|handover/wifi-to-wifi-same-nat handover/wifi-to-wired'
    'roam run wifi-to-c|wifi-to-cellular'
    'roam check --quiet handov|handover'
    'roam run --seed |'
    'roam run -- --se|'
    'roam run --out re|results'
    'roam run --out=re|--out=results'
    'roam merge --db st|store.db'
    'roam report -o st|store.db'
    'roam run --endpoint mine=ad|mine=adapter.so'
    'roam dissect --at |both client server'
    'roam dissect --at=c|--at=client'
    'roam plot --format svg,|svg,png svg,svg'
    'roam plot over|overlay'
    'roam node --trust t|tofu'
    'roam node --quic cong|congestion='
    'roam rules --rule challenge-pad|challenge-padded'
    'roam rules --level must rfc9000-8.2.1-3|rfc9000-8.2.1-3'
    'roam endpoint test --only shutd|'
    'roam completion f|fish'
    'roam nothing |'
)
# The same of words with a blank, a quote that is open, and a home; bash is asked for these below, where readline cuts its words.
quoted=(
    'roam run two\ w|two words.yaml'
    'roam run "two w|two words.yaml'
    'roam run "wifi-to-c|wifi-to-cellular'
    'roam run ~/adap|~/adapter.so'
    'roam run --out=~/res|--out=~/results'
    'roam node --quic "con|congestion='
)
left_out=''
for shell in bash zsh fish; do
    if ! command -v "$shell" >/dev/null; then
        left_out+=" $shell"
        continue
    fi
    if [[ $shell != bash ]]; then asked=("${cases[@]}" "${quoted[@]}"); else asked=("${cases[@]}"); fi
    printf '%s\n' "${asked[@]%%|*}" | ask "$shell" >answers || fail "$shell: exit status $?"
    for i in "${!asked[@]}"; do
        offered=$(sed -n "s|/\$||; s/\\\\//g; s/^$i //p" answers | LC_ALL=C sort -u | paste -sd ' ')
        same "$offered" "${asked[i]#*|}" "$shell: '${asked[i]%%|*}'"
    done
done
# What readline makes of a candidate: cuts at '=' and ':', blanks and slashes behind it.
typed=('roam dissect --at=cl' 'roam run --out res' 'roam run --endpoint=mine=ada' 'roam node --quic con' 'roam run handover/wifi-to-c'
    'roam run two\ w' 'roam run "two w' 'roam run "wifi-to-ce' 'roam run ~/adap' 'roam node --quic "con')
same "$(python3 "$here/type_line.py" "${typed[@]}" | paste -sd '|')" \
    'roam dissect --at=client|roam run --out results/|roam run --endpoint=mine=adapter.so|roam node --quic congestion=|roam run handover/wifi-to-cellular|roam run two\ words.yaml|roam run "two words.yaml"|roam run "wifi-to-cellular"|roam run ~/adapter.so|roam node --quic "congestion="' \
    'typed in bash'

# An adapter, a scenario or an option that is not there offers nothing; what a command line cannot be does no harm.
status 0 roam completion candidates --
status 0 roam completion candidates -- '' ''
status 0 roam completion candidates -- endpoint nothing ''
status 0 roam completion candidates -- run '--out' "$(printf 'x%.0s' {1..5000})"
status 2 roam completion
status 2 roam completion tcsh
says err "'tcsh' is neither bash nor zsh nor fish"
[[ -z $left_out || $failed != 0 ]] || { echo "not installed:$left_out" && exit 77; }
exit $failed
