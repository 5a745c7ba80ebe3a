# SPDX-License-Identifier: GPL-2.0-or-later
# For the tests of roam node from outside, which are sourced from: a directory of their own, one server and one client
# on loopback, and the checks they share. A case is a function; the last line of a test is `run_cases NAME...`.
# shellcheck shell=bash

readonly roam=${ROAM_COMMAND:?the program under test}
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly tests
work=$(mktemp -d)
server='' client='' broken=0 status=0 port=''

clean_up() {
    local pid
    for pid in $server $client; do kill "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap clean_up EXIT
cd "$work" || exit

fault() {
    echo "FAIL $case_name: $*" >&2
    broken=$((broken + 1))
}

await() { # COMMAND...: until it succeeds, ten seconds at most, or as many as patience says
    local tries=$((${patience:-10} * 20))
    until "$@" >/dev/null 2>&1; do
        ((tries-- > 0)) || { fault "'$*' never came true" && return 1; }
        sleep 0.05
    done
}

start_server() { # OPTION...
    rm -f server.out server.jsonl
    "$roam" node --name server --key server.key --listen 127.0.0.1:0 --events server.jsonl "$@" </dev/null >server.out &
    server=$!
    await grep -q listening server.jsonl
    port=$(sed -nE 's/.*"local":"127\.0\.0\.1:([0-9]+)".*/\1/p' server.jsonl)
}

run_client() { # OPTION...: to its end, from standard input; sets status
    status=0
    timeout 20 "$roam" node --name client --key client.key --connect "server@127.0.0.1:$port" --events client.jsonl "$@" \
        2>client.err || status=$?
}

start_client() { # OPTION...: in the background, with a standard input that stays open
    rm -f client.jsonl
    [[ -p input.fifo ]] || mkfifo input.fifo
    exec 9<>input.fifo
    "$roam" node --name client --key client.key --connect "server@127.0.0.1:$port" --events client.jsonl "$@" \
        <&9 2>client.err &
    client=$!
    await grep -q peer_up client.jsonl
}

expect_status() { # WHAT EXPECTED
    [[ $status == "$2" ]] || fault "$1 ended with $status, expected $2"
}

expect_line() { # FILE PATTERN
    grep -qE "$2" "$1" || fault "no line of $1 matches '$2':" "$(head -c 600 "$1")"
}

wait_server() { # EXPECTED
    status=0
    wait "$server" || status=$?
    server=''
    expect_status 'the server' "$1"
}

# Signals the process and sets status.
signal() { # SIGNAL PID
    status=0
    kill -s "$1" "$2"
    wait "$2" || status=$?
}

# A faulty case says so; the exit status is that of the whole test.
run_cases() { # NAME...
    local before
    for case_name in "$@"; do
        before=$broken
        "$case_name"
        if ((broken == before)); then echo "ok   $case_name"; fi
    done
    ((broken == 0))
}
