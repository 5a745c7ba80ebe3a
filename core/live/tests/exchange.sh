# SPDX-License-Identifier: GPL-2.0-or-later
# For tests that send a file from a client to a server across the network of namespaces.sh, and sourced after that, inside:
# a directory of their own with the file, both nodes, and the checks that they share. A case is a function.
# shellcheck shell=bash

readonly roam=${ROAM_COMMAND:?the program under test}
work=$(mktemp -d)
declare -A node_pid=()
case_name='' broken=0

clean_up() {
    local pid
    for pid in "${node_pid[@]}"; do kill "$pid" 2>/dev/null || true; done # it may have ended
    rm -rf "$work"
}
trap clean_up EXIT
trap 'fault "line $LINENO: $BASH_COMMAND"; show_events' ERR
cd "$work" || exit
own_names

make_file() { # BYTES
    head -c "$1" /dev/urandom >sent.bin
    mkdir in
}

fault() {
    echo "FAIL $case_name: $*" >&2
    broken=$((broken + 1))
}

show_events() {
    local side
    for side in client server; do
        if [[ -e $side.jsonl ]]; then sed "s/^/  $side | /" "$side.jsonl" >&2; fi
    done
}

await() { # SECONDS COMMAND...: until it succeeds
    local tries=$(($1 * 20))
    shift
    until "$@" >/dev/null 2>&1; do
        if ((tries-- == 0)); then return 1; fi
        sleep 0.05
    done
}

# start_node server|client OPTION...: from standard input; its events are in server.jsonl or client.jsonl.
start_node() {
    local side=$1
    shift
    ip netns exec "$side" "$roam" node --name "$side" --key "$side.key" --events "$side.jsonl" "$@" <&0 &
    node_pid[$side]=$!
}

# start_server PATTERN OPTION...: it takes one client's file; once its events have a line like that.
start_server() {
    local pattern=$1
    shift
    rm -f in/* ./*.jsonl
    start_node server --receive-dir in --once "$@" </dev/null
    await 30 grep -q "$pattern" server.jsonl || fault "the server does not listen"
}

ends() { # server|client STATUS: with which it ends
    local status=0
    wait "${node_pid[$1]}" || status=$?
    unset "node_pid[$1]"
    ((status == $2)) || fault "the $1 ended with $status, expected $2"
}

try() { # CASE
    local before=$broken began=${EPOCHREALTIME/./}
    case_name=$1
    "$case_name"
    if ((broken == before)); then
        echo "ok   $case_name ($(((${EPOCHREALTIME/./} - began) / 1000)) ms)"
    else
        show_events
    fi
}
