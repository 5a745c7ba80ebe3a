#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whatever the adapter of another QUIC library does is a verdict on it, and stops no other run: roam run and roam sweep.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

# scenario NAME ACT FUNCTION ROLE: one end runs the hostile adapter, which does ACT in FUNCTION.
scenario() {
    moves "$1" | sed '/^timeline:/,$d' | if [[ $4 == client ]]; then
        sed 's/cellular]}/cellular], endpoint: mine}/'
    else
        sed 's/listen: 4433}/listen: 4433, endpoint: mine}/'
    fi
    echo "endpoints: {mine: {library: $ROAM_BUILD/test_endpoints/hostile.so, options: {act: $2, in: $3}}}"
}

# The server receives the client's first datagram after both links' delays.
received='server at 0.009000000 s: the adapter mine, in receive: '
crash='Segmentation fault (signal 11)'
if [[ $(nm -D "$roam") == *__asan_init* ]]; then
    crash='the process was ended with exit status 1' # by the sanitizer
fi

# Each fault is the adapter's, and the sentence names node, adapter, function, time and what it did.
while IFS='|' read -r name act function role text; do
    scenario "$name" "$act" "$function" "$role" >"$name.yaml"
    limit=30
    [[ $act != loop ]] || limit=2
    status 1 "$roam" run --quiet --endpoint-time "$limit" --endpoint-memory 256 "$name.yaml"
    says out "crashed: $name, seed 1: "
    says out "$text"
done <<ROWS
crash|crash|receive|server|$received
signal|crash|receive|server|$crash
abort|abort|connect|client|laptop at 0.000000000 s: the adapter mine, in connect: Aborted (signal 6)
new|abort|endpoint_new|client|in endpoint_new: Aborted (signal 6)
exit|exit|receive|server|the process was ended with exit status 0
loop|loop|receive|server|did not return in 2 s of wall clock
memory|memory|receive|server|the process of the run held more than 256 MiB
thread|thread|receive|server|pthread_create: an adapter starts no thread
process|process|receive|server|fork: an adapter starts no process
socket|socket|receive|server|socket: an adapter has no socket; datagrams leave through send()
sleep|sleep|receive|server|nanosleep: an adapter does not wait; time is virtual
ROWS

# What an adapter prints is not on standard output.
scenario print print receive server >print.yaml
status 0 "$roam" run --json print.yaml
says err 'the adapter prints'
! grep -q 'the adapter prints' out || fail 'an adapter prints into the JSON'

# Others go on, and are counted apart.
moves core "expect={never: peer_down}" >core.yaml
status 1 "$roam" run --quiet crash.yaml core.yaml abort.yaml
says out 'passed: core: '
same "$(tail -n 1 out)" '1 passed, 0 failed, 2 crashed' 'three scenarios'

# A sweep keeps the sentence, and goes on.
status 1 "$roam" sweep --db runs.db --seeds 1..3 --jobs 2 crash.yaml core.yaml
same "$(head -n 1 out)" '3 passed, 0 failed, 3 crashed' 'the sweep'
says err "crash, seed 3: crashed: $received"

# Without isolation a rule that is broken is one all the same, and a crash is that of the process.
status 1 "$roam" run --quiet --no-isolate thread.yaml
says out "$received"'pthread_create: an adapter starts no thread'
status 134 bash -c 'ulimit -c 0; "$0" run --quiet --no-isolate --jobs 1 abort.yaml' "$roam" # 128 + SIGABRT

# A signal ends a run whose adapter never comes back.
"$roam" run --quiet loop.yaml >out 2>err &
sleep 1
kill -INT "$!"
got=0
wait "$!" || got=$?
same "$got" 130 'interrupted'
says err 'roam run: interrupted'

for bad in '--endpoint-time 0' '--endpoint-memory x'; do
    # shellcheck disable=SC2086 # an option and its value
    status 2 "$roam" run $bad core.yaml
    says err "roam run: $bad: expected a number from 1 to"
done

exit "$failed"
