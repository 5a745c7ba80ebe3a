#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A watchdog looks at the SRTT, and with `silence` at what was acknowledged: a run whose QUIC library does not report that is
# unsupported, whatever held.
set -euo pipefail

source "$(dirname "$0")/../../../tools/tests/command.sh"

# watched NAME WATCHDOG: a scenario in which the laptop has a watchdog that never has a reason.
watched() {
    moves "$1" timeline="{at: 1s, watchdog: laptop, network: cellular$2}" 'expect={never: peer_down}' >"$1.yaml"
}

# lacked EXPECTED: what the events say of the laptop.
lacked() {
    same "$(sed -n 's/.*"event":"unsupported","node":"laptop","what":"\([^"]*\)".*/\1/p' out-1/events.jsonl)" "$1" 'lacks'
}

# run_as LIBRARY NAME
run_as() {
    rm -rf out-1
    status 0 "$roam" run --quiet --endpoint mine="$1" --as client=mine --out out-1 "$2.yaml"
}

watched rtt ''
watched silence ', silence: 1s'

# hostile speaks no QUIC, and reports nothing.
run_as "$ROAM_BUILD/test_endpoints/hostile.so" rtt
says out 'unsupported: rtt: 1 of 1 expectations held'
lacked 'smoothed RTT'
run_as "$ROAM_BUILD/test_endpoints/hostile.so" silence
says out 'unsupported: silence: 1 of 1 expectations held'
lacked 'smoothed RTT
acknowledged bytes'

# The core reports both, behind the door too.
endpoints=$(dirname "$roam")/endpoints
if [[ -e $endpoints/roam-abi.so ]]; then
    run_as "$endpoints/roam-abi.so" silence
    says out 'passed: silence: '
    lacked ''
fi

# A library that reports the SRTT and no latest RTT: an SRTT that is not the initial RTT, 333 ms, is known to be of samples.
{
    moves slow traffic='{flow: laptop -> server, send: 400B, every: 20ms}' 'expect={migration: move, result: ok}' \
        timeline=$'{at: 1s, watchdog: laptop, network: cellular, sample: 100ms, as: move}\n{at: 2s, set: wifi, delay: 150ms}' |
        sed 's/cellular]}/cellular], endpoint: mine}/'
    echo "endpoints: {mine: {library: $ROAM_BUILD/test_endpoints/untrue.so, options: {do: srtt-alone}}}"
} >slow.yaml
status 0 "$roam" run --quiet slow.yaml

exit $failed
