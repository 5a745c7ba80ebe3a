#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Manual pages: one for each command and each part of one, without a warning of two formatters, with all that --help says.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
command -v mandoc >/dev/null && command -v man >/dev/null || exit 77
mkdir pages
status 0 "$roam" manual --out pages
mandoc -Tlint -Wwarning pages/*.1 >lint || true
[[ ! -s lint ]] || fail "mandoc: $(head -n 5 lint)"

words() { # of a text, one a line; what a formatter joins to them left out
    tr -s '[:space:]' '\n' | sed "s/[.,;:]*\$//; s/‘/'/g; s/’/'/g" | grep -v '^$' | LC_ALL=C sort -u
}

commands=('')
mapfile -t -O 1 commands < <("$roam" completion candidates -- '' | tail -n +2 | cut -f 1 | grep -vx help)
for part in $("$roam" completion candidates -- endpoint '' | tail -n +2 | cut -f 1); do commands+=("endpoint $part"); done
((${#commands[@]} > 20)) || fail "only ${#commands[@]} commands"
for command in "${commands[@]}"; do
    name=roam${command:+-${command// /-}}
    read -ra arguments <<<"$command"
    "$roam" "${arguments[@]}" --help >help
    "$roam" manual "${arguments[@]}" >page
    cmp -s page "pages/$name.1" || fail "$name: another page with --out"
    MANWIDTH=1000 LC_ALL=C.UTF-8 man --warnings --no-hyphenation --no-justification -l page >text 2>warnings
    [[ ! -s warnings ]] || fail "man $name: $(head -n 3 warnings)"
    # --version and help are no commands with a page; titles of sections stand in capitals.
    missing=$(LC_ALL=C comm -23 <(sed 's/^usage: //; s/Exit status: //; s/; / /g; s/Each [a-z]* has --help\.//; /^  roam /d' help | words) <(words <text))
    [[ -z $missing ]] || fail "$name lacks: $(paste -sd ' ' <<<"$missing")"
done
same "$(find pages -name '*.1' | wc -l)" "${#commands[@]}" 'pages'
status 2 "$roam" manual nothing
says err "there is no command 'nothing'"
status 3 "$roam" manual --out nowhere
exit $failed
