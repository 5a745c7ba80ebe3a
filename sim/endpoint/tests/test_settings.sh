#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `quic` of a node that runs another library: what the library claims to set is so, and of what it does not claim the scenario
# is unsupported, and says which key.
set -euo pipefail

source "$(cd "$(dirname "$0")/../../.." && pwd -P)/tools/tests/command.sh"

# lacks FILE SCENARIO KEY: no combination passed, and the events of each name the key.
lacks() {
    local events
    says "$1" "unsupported: $2"
    ! grep '^passed: ' "$1" || fail "$2: passed without $3"
    for events in run/*/events.jsonl; do
        says "$events" "\"event\":\"unsupported\",\"node\":\"server\",\"what\":\"$3\""
    done
}

# Each scenario of quic/ that sets one key of the server, by a library that has its capability, and by one without.
while read -r bit key scenario; do
    {
        sed 's/listen: 4433,/listen: 4433, endpoint: mine,/' "$root/scenarios/quic/$scenario.yaml"
        echo "endpoints: {mine: {library: ${ROAM_BUILD:?}/test_endpoints/untrue.so, options: {do: nothing}}}"
    } >mine.yaml
    grep -q 'endpoint: mine' mine.yaml || fail "$scenario: the server does not run the library"
    status 0 "$roam" run --quiet mine.yaml
    says out "passed: $scenario"
    rm -rf run
    UNTRUE_LACKS=$((1 << bit)) status 0 "$roam" run --quiet --out run mine.yaml
    lacks out "$scenario" "$key"
done <<'ROWS'
12 initial_window initial-window
15 max_ack_delay acknowledged-later
17 ack_every fewer-acknowledgements
ROWS

# Those that ngtcp2 0.12 claims: acknowledgements are delayed to the millisecond, and are as many as asked for.
if [[ -e $ROAM_BUILD/endpoints/ngtcp2-gnutls.so ]]; then
    for one in server/{acknowledged-later,fewer-acknowledgements,shortest-idle-timeout} \
        client/{without-ecn,packets-stay-small,congestion-control-and-loss}; do
        scenario=${one#*/}
        status 0 "$roam" run --quiet --as "${one%/*}=ngtcp2-gnutls" "$root/scenarios/quic/$scenario.yaml"
        says out "passed: $scenario"
        ! grep '^unsupported: ' out || fail "$scenario: unsupported"
    done
    rm -rf run
    status 0 "$roam" run --quiet --out run --as server=ngtcp2-gnutls "$root/scenarios/quic/initial-window.yaml"
    lacks out initial-window initial_window
fi

exit $failed
