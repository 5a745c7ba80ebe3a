#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Faults that a QUIC library once had, each put into the core alone: the witness finds the rule that it breaks, at the end
# that breaks it, and no other one.
set -euo pipefail

source "$(dirname "$0")/command.sh"
build=${ROAM_BUILD:?}

# The mutant (tools/tests/mutants/), a scenario in which its fault shows, the rule, the verdict, the end; and what the fault
# breaks besides by its nature (sections of RFC 9000):
# - A server that takes a validation for failed goes back to the address of before (section 9.3.2), from which the client has
#   moved, as the answer showed: move-followed.
# - A PATH_CHALLENGE that is answered and was not expanded is to be followed by one that is (section 8.2.1), and none
#   ever is: path-mtu-validated.
# - A server that moves to its preferred address without a PATH_CHALLENGE has not validated the path either (section 9.6.2):
#   preferred-address-by-client-only.
readonly faults='
stale-validation-timer           nat/rebind-twice              validation-not-cut-short        broken    server         move-followed
disabled-migration-misread       errors/disabled-by-peer       obeys-disable-active-migration  broken    client
rebind-punished                  nat/disabled-but-rebound      rebind-not-punished             broken    server
congestion-reset-on-port-change  interop/runner-rebind-port    congestion-kept-on-port-change  declined  server
challenge-unpadded               handover/make-before-break    challenge-padded                broken    client,server  path-mtu-validated
answer-on-the-wrong-path         handover/make-before-break    response-on-its-path            broken    server
moves-on-probing-frames          handover/wifi-to-wired        probing-frames-do-not-move      broken    server
old-address-not-challenged       nat/rebind-port               old-address-validated-too       broken    server
preferred-address-used-at-once   handover/preferred-address    preferred-address-validated     broken    client
preferred-address-not-used       handover/preferred-address    preferred-address-migrates      broken  client
preferred-address-not-probed     handover/preferred-address    preferred-address-probed        broken  client
preferred-address-used-after-failure handover/preferred-address-unreachable preferred-address-given-up broken client
preferred-address-followed-unvalidated handover/preferred-address preferred-address-by-client-only broken server
preferred-address-not-probed-by-server handover/preferred-address preferred-address-server-probes broken server preferred-address-by-client-only
preferred-address-lost-in-a-move handover/preferred-address-and-a-move preferred-address-both-probed broken client
preferred-address-loses          handover/preferred-address-and-a-move preferred-address-wins  broken    client
probe-not-validated              nat/preferred-address-rebind  probe-validated                 broken  server
'

# verdicts PROGRAM SCENARIO FILE: of a run.
verdicts() {
    local got=0
    rm -rf run
    "$1" run --quiet --out run "$root/scenarios/$2.yaml" >out 2>err || got=$?
    ((got < 2)) || fail "$1 run $2: exit status $got: $(head -n 3 err)"
    /usr/bin/python3 "$root/tools/tests/verdicts.py" run/summary.json >"$3"
}

# told FILE: what does not hold.
told() {
    awk '$3 != "pass" { print $1, $2, $3 }' "$1" | LC_ALL=C sort -u
}

# check MUTANT SCENARIO RULE VERDICT ENDS BESIDES
check() {
    local mutant=$1 rule=$3 ends=${5/,/ } end
    : >expected
    verdicts "$roam" "$2" right
    ! grep -q ' broken ' right || fail "$2: a rule is broken by a core that is right: $(told right)"
    for end in $ends; do
        grep -q "^$rule $end pass [1-9]" right || fail "$2: $rule is not exercised by a $end that is right"
        echo "$rule $end $4" >>expected
        [[ -z $6 ]] || echo "$6 $end broken" >>expected
    done
    verdicts "$build/wrong/$mutant/roam" "$2" wrong
    same "$(LC_ALL=C comm -13 <(told right) <(told wrong))" "$(LC_ALL=C sort expected)" "$mutant in $2"
    [[ $4 != broken ]] || says out 'and rules are broken'
}

mapfile -t mutants < <(awk 'NF { print "roam_wrong_" $1 }' <<<"$faults")
cmake --build "$build" --target "${mutants[@]}" >built 2>&1 || { cat built && exit 1; }
while read -r mutant scenario rule verdict ends besides; do
    [[ -z $mutant ]] || check "$mutant" "$scenario" "$rule" "$verdict" "$ends" "$besides"
done <<<"$faults"
exit "$failed"
