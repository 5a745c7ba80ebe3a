#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam rules: every requirement is printed, options select, JSON has the same, and wrong names get a near one.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

# pick EXPRESSION: of the JSON in out, as `rows`.
pick() {
    python3 -c 'import json, sys; rows = json.load(open("out")); print(eval(sys.argv[1]))' "$1"
}

# count: requirements that a table in out has, and what its last line says of them.
count() {
    printf '%s %s\n' "$(grep -c '^  rfc9000-' out)" "$(grep -oE '^[0-9]+ requirements?' out)"
}

# The table in sim/README.md is held by a test of its own; its last row says how many there are.
all=$(sed -n 's/^| all | \([0-9]*\) .*/\1/p' "$root/sim/README.md")
checked=$(sed -n 's/^| all | [0-9]* | \([0-9]*\) .*/\1/p' "$root/sim/README.md")
((all > 110)) || fail "sim/README.md has a count of '$all'"

status 0 "$roam" rules
same "$(count)" "$all $all requirements" 'all are printed'
same "$(awk 'length > 80' out | head -n 1)" '' 'a terminal of 80 columns is wide enough'
says out 'RFC 9000 section 9.6.3'
cp out all

status 0 "$roam" rules --json
same "$(pick 'len(rows)')" "$all" 'all are in the JSON'
same "$(pick 'sum(row["standing"] == "checked" for row in rows)')" "$checked" 'checked ones of the JSON'
same "$(pick 'all((row["standing"] == "checked") == bool(row["rules"]) == (row["because"] is None) for row in rows)')" True \
    'a rule or a reason'
same "$(pick '"\n".join(row["id"] for row in rows)')" "$(sed -nE 's/^  (rfc9000-[^ ]*) .*/\1/p' all)" 'the same ids in order'

# Options select, and together they select what all of them do.
status 0 "$roam" rules --section 8.2
same "$(sed -nE 's/^RFC 9000 section //p' out | tr '\n' ' ')" '8.2 8.2.1 8.2.2 8.2.3 8.2.4 ' 'a section and those in it'
same "$(count)" '19 19 requirements' 'sentences of section 8.2'
status 0 "$roam" rules --section 8.2 --level SHOULD
same "$(grep -oE 'rfc9000[^ ]*' out | tr '\n' ' ')" 'rfc9000-8.2.1-2 rfc9000-8.2.1-3 rfc9000-8.2.4-1 rfc9000-8.2.4-2 ' 'SHOULD of 8.2'
status 0 "$roam" rules --rule handshake-within-limit
same "$(grep -oE '^  rfc9000[^ ]*' out | tr -d '\n')" '  rfc9000-8.1-1  rfc9000-8.1-2  rfc9000-8.1-3  rfc9000-14.1-6' 'of a rule'
same "$(tail -n 1 out)" 'handshake-within-limit is first of all about rfc9000-8.1-2, a MUST NOT' 'its principal requirement'
status 0 "$roam" rules --rule handshake-within-limit --section 14
same "$(count)" '1 1 requirement' 'of a rule in a section'
status 0 "$roam" rules --section 5 --rule challenge-padded
same "$(head -n 1 out)" '0 requirements: 0 checked, 0 not observable, 0 not applicable' 'of a rule in another section'
status 0 "$roam" rules --json --section 5 --rule challenge-padded
same "$(pick 'rows')" '[]' 'the same as JSON'

status 0 "$roam" rules rfc9000-9.4-2 rfc9000-9.7-1
same "$(count)" '2 2 requirements' 'two by their ids'
says out 'checked by congestion-reset-on-new-address'
says out 'not observable: '

# Wrong names.
status 2 "$roam" rules --rule challange-padded
same "$(<err)" "roam rules: there is no rule 'challange-padded'; did you mean 'challenge-padded'?" 'a rule that is not there'
status 2 "$roam" rules --section 8.20
says err "there is no section '8.20'; did you mean '8.2'?"
status 2 "$roam" rules --section 8.2.
status 2 "$roam" rules --section ''
status 2 "$roam" rules --level shuld
says err "there is no level 'shuld'; did you mean 'should'?"
status 2 "$roam" rules rfc9000-9.4-22
says err "there is no requirement 'rfc9000-9.4-22'; did you mean 'rfc9000-9.4-2'?"
same "$(<out)" '' 'nothing is printed with a wrong name'
status 2 "$roam" rules --sction 8
says err "unknown option '--sction'; did you mean '--section'?"
status 2 "$roam" rule
says err "did you mean 'rules'?"
status 0 "$roam" rules --help
says out 'usage: roam rules'
if [[ -w /dev/full ]]; then
    status 3 bash -c '"$1" rules >/dev/full' - "$roam"
    status 3 bash -c '"$1" rules --json >/dev/full' - "$roam"
fi
exit "$failed"
