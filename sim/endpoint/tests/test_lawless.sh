#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A run whose adapter breaks a rule of roam_endpoint.h (objects/lawless.c) ends with a sentence that names the adapter, the
# node, the function and the rule, and with exit status 1, whatever the rule.
set -euo pipefail

source "$(cd "$(dirname "$0")/../../.." && pwd -P)/tools/tests/command.sh"

# scenario OPTIONS: the laptop is lawless, and closes its connection at 3 s.
scenario() {
    moves lawless traffic='{flow: laptop -> server, send: 400B, every: 20ms}' \
        timeline=$'{at: 1s, migrate: laptop -> server, network: cellular}\n{at: 3s, restart: laptop, leave: true}' |
        sed 's/laptop: {networks: \[wifi, cellular\]}/laptop: {networks: [wifi, cellular], endpoint: bad}/'
    printf 'endpoints:\n  bad: {library: %s, options: {%s}}\n' "${ROAM_BUILD:?}/test_endpoints/lawless.so" "$1"
}

while IFS='|' read -r act text; do
    scenario "do: $act" >lawless.yaml
    status 1 "$roam" run lawless.yaml
    cat err >>out
    says out "$text"
    says out laptop
    says out bad
done <<'ROWS'
unknown-connection|in flush: an event is for a connection that was never announced, or was freed
no-connection|in flush: an event is for a connection that was never announced, or was freed
unknown-event|event 99, which there is not
established-twice|ESTABLISHED comes twice
confirmed-first|CONFIRMED before ESTABLISHED
after-closed|in event: event 8 follows CLOSED_EVENT
closed-how|CLOSED_EVENT of kind 42, which there is not
unknown-stream|event 4 is for stream 4000, which is not open
stream-of-this-end|STREAM_OPENED of 4000, which is one of this end
no-path|event 12 is for a path without addresses
million-events|in flush: more than 65536 events in one call
datagram-over|in flush: send of 65000 bytes: a datagram has 1 to max_datagram, 1452
datagram-of-zero|in flush: send of 0 bytes: a datagram has 1 to max_datagram, 1452
datagram-without-path|in flush: send without a path: both addresses must be there, and of one family
datagram-of-stranger|in flush: send is for a connection that was never announced, or was freed
no-event|in flush: event() without an event
no-datagram|in flush: send without a datagram
accepted-in-flush|in flush: accepted() at an endpoint that is no server
keylog-of-lines|in flush: keylog() wants one line
thread|in flush: pthread_create: an adapter starts no thread
crash|in flush: Aborted (signal 6)
exit|in flush: the process was ended with exit status 0
no-endpoint|in endpoint_new: it answers OK and gives no endpoint
no-status|in endpoint_new: it refuses to be made: status 7
connect-none|in connect: it answers OK and gives none
receive-stranger|in receive: it names a connection that was never announced, or was freed
deadline-past|in deadline: its deadline stays in the past after expire and flush
no-stream-id|in stream_open: stream -7 is not a new one of this end and kind
taken-too-much|in stream_write: it takes
read-too-much|in stream_read: status 0 and
close-silent|in close: it returns without CLOSED_EVENT
no-path-in-use|in path: the path in use has no address
ROWS

refused=0
for seed in {1..12}; do
    scenario "do: any, seed: $seed" >lawless.yaml
    got=0
    "$roam" run --seed "$seed" lawless.yaml >out 2>&1 || got=$?
    # 0: the act was to give the connection up, which is none of the rules.
    [[ $got == 0 || $got == 1 ]] || fail "do: any, seed $seed: exit status $got"
    ! grep -q 'signal' out || fail "do: any, seed $seed: $(grep signal out)"
    ! grep -qF 'the adapter bad, in ' out || refused=$((refused + 1))
done
((refused >= 8)) || fail "of 12 runs with random acts, $refused were refused"
exit "$failed"
