#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A core that never comes back from a step: a signal ends the command all the same, and a sweep or a gate goes on without
# the world.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"

build=${ROAM_BUILD:?}
cmake --build "$build" --target roam_wrong_stuck >built 2>&1 || {
    cat built
    echo 'FAIL: the stuck program cannot be built; does tools/tests/stuck.patch still fit core/node/connection_step.c?'
    exit 1
}
stuck=$build/wrong/stuck/roam
pids=()
trap 'kill -KILL "${pids[@]}" 2>/dev/null || true; rm -rf "$scratch"' EXIT

moves move >move.yaml
moves stay | sed '/^timeline:/,$d' >stay.yaml

# begin COMMAND...: in the background; its id in pid, its output in out and err.
begin() {
    "$@" >out 2>err </dev/null &
    pid=$!
    pids+=("$pid")
}

# busy: a process of it has used half a second of processor time, so it is in its loop.
busy() {
    local i used
    for ((i = 0; i < 300; i++)); do
        used=$(ps -o times= --ppid "$pid" -p "$pid" 2>/dev/null | sort -n | tail -n 1)
        ((${used:-0} < 1)) || return 0
        sleep 0.1
    done
    fail "$1: it does not get stuck"
}

# interrupted SIGNAL WHAT: one signal, and it ends within twice the time that is allowed, and says so.
interrupted() {
    local got=0
    busy "$2"
    kill "-$1" "$pid"
    timeout 20 tail --pid="$pid" -f /dev/null || fail "$2: SIG$1 does not end it"
    wait "$pid" || got=$?
    same "$got" 130 "$2, SIG$1"
}

for signal in INT TERM; do
    # A shell without job control starts background processes with SIGINT ignored.
    begin env --default-signal=INT "$stuck" run move.yaml
    interrupted "$signal" 'one run'
    says err 'roam run: interrupted'
done
begin env --default-signal=INT "$stuck" run --jobs 2 stay.yaml move.yaml
interrupted INT 'several runs'
says err 'roam run: interrupted'
says out '1 passed, 0 failed, 1 not run'

status 3 timeout 60 "$stuck" sweep --db hung.db --jobs 1 --patience 1 --seeds 1..2 stay.yaml move.yaml
same "$(sqlite3 hung.db "SELECT status, count(*) FROM runs GROUP BY status ORDER BY status")" $'finished|2\nhung|2' 'a sweep'

status 0 "$roam" gate --quiet --update --baseline baselines --seeds 1..2 stay.yaml move.yaml
status 1 timeout 60 "$stuck" gate --quiet --patience 1 --baseline baselines --junit j.xml stay.yaml move.yaml
grep -Eq '^  move +verdict +passed +hung +all 2' out || fail "the gate does not say that it hung: $(head -n 4 out)"
says j.xml 'tests="2" failures="1"'
status 0 timeout 50 "$roam" gate --quiet --patience 1 --with-build "$build/wrong/stuck" --seeds 1..1 stay.yaml move.yaml
grep -Eq '^  move +verdict +hung +passed +all 1' out || fail "the other build did not hang: $(head -n 4 out)"
status 2 "$roam" gate --patience 0 --baseline baselines move.yaml

"$roam" node --name server --key server.key --listen 127.0.0.1:47513 >server 2>&1 </dev/null &
pids+=($!)
begin "$stuck" node --name laptop --key laptop.key --connect server@127.0.0.1:47513 --control socket
for ((i = 0; i < 100; i++)); do
    if grep -qs peer_up out; then break; fi
    sleep 0.1
done
says out peer_up
"$roam" migrate --socket socket server --local 127.0.0.2 >migrate 2>&1 &
pids+=($!)
interrupted TERM 'a node'
says err 'roam node: interrupted'
exit "$failed"
