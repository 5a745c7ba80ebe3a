#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam node and roam migrate from outside, on loopback: what they print, their exit status, whom they trust.
set -euo pipefail

source "$(dirname "$0")/nodes.sh"

lines() {
    start_server --once
    run_client --once < <(seq 1 5000)
    expect_status 'the client' 0
    wait_server 0
    seq 1 5000 | sed 's/^/client: /' | cmp -s - server.out || fault "other lines came than were sent"
}

lines_from_a_file_without_a_last_newline() {
    start_server --once
    printf 'one\n\nthree' >input
    run_client --once <input
    expect_status 'the client' 0
    wait_server 0
    printf 'client: one\nclient: \nclient: three\n' | cmp -s - server.out || fault "other lines: $(<server.out)"
}

files() {
    mkdir -p in logs
    head -c 300000 /dev/urandom >first.bin
    : >empty
    start_server --once --receive-dir in
    run_client --once --send-file server:first.bin --send-file server:empty --keylog keys --qlog logs </dev/null
    expect_status 'the client' 0
    wait_server 0
    cmp -s first.bin in/first.bin || fault "first.bin is another"
    cmp -s empty in/empty || fault "empty is another"
    [[ $(find in -type f | wc -l) == 2 ]] || fault "something else lies in the directory: $(ls -A in)"
    expect_line keys '^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]{64} [0-9a-f]+$'
    expect_line logs/client-1.sqlog '"file_schema":"urn:ietf:params:qlog:file:sequential"'
    expect_line server.jsonl '^\{"event":"file_received",.*"file":"first.bin","size":300000,"status":"ok"\}$'
}

# Lines and files share a connection, and a node that runs is asked to send more.
lines_and_files() {
    mkdir -p in "with space"
    rm -f in/*
    head -c 3000000 /dev/urandom >big.bin
    cp big.bin "with space/asked.bin"
    start_server --receive-dir in
    start_client --control control --send-file server:big.bin
    for i in $(seq 100); do echo "line $i"; done >&9
    (cd "with space" && "$roam" send --socket ../control server asked.bin >../record) || fault "roam send ended with $?"
    expect_line record '^result +ok$'
    expect_line record '^file +asked.bin$'
    expect_line record '^size +3000000$'
    await grep -q 'client: line 100$' server.out
    await grep -q '"file_sent".*"file":"big.bin".*"status":"ok"' client.jsonl
    cmp -s big.bin in/big.bin || fault "big.bin is another"
    cmp -s big.bin in/asked.bin || fault "asked.bin is another"
    status=0 && "$roam" send --socket control server nofile 2>record || status=$?
    expect_status 'roam send of no file' 3
    expect_line record 'roam send: .*/nofile: No such file'
    status=0 && "$roam" send --socket control nobody big.bin 2>record || status=$?
    expect_status 'roam send to nobody' 3
    expect_line record 'no such peer'
    status=0 && "$roam" send --socket control server 2>record || status=$?
    expect_status 'roam send of nothing' 2
    signal INT "$client"
    client=''
    signal INT "$server"
}

lines_and_files_once() {
    rm -f in/*
    start_server --once --receive-dir in
    run_client --once --send-file server:big.bin < <(seq 1 1000)
    expect_status 'the client' 0
    wait_server 0
    seq 1 1000 | sed 's/^/client: /' | cmp -s - server.out || fault "other lines came than were sent"
    cmp -s big.bin in/big.bin || fault "big.bin is another"
}

files_refused() {
    start_server --once
    run_client --once --send-file server:first.bin </dev/null
    expect_status 'the client' 1
    expect_line client.jsonl '"event":"file_sent".*"status":"refused"'
    wait_server 1
}

strict_trust() {
    rm -f pins
    start_server --trust strict --pins pins
    run_client --once </dev/null
    expect_status 'a client that is not pinned' 1
    expect_line client.jsonl '"peer_down".*"reason":"rejected","code":2,"application":true'
    signal INT "$server"
    echo "client $(sed -nE 's/.*"key_pinned".*"key":"([0-9a-f]+)".*/\1/p' tofu.jsonl)" >pins
    start_server --trust strict --pins pins --once
    run_client --once <<<hello
    expect_status 'a client that is pinned' 0
    wait_server 0
}

tofu_pins() {
    rm -f pins
    start_server --pins pins --once
    run_client --once <<<hello
    wait_server 0
    cp server.jsonl tofu.jsonl
    expect_line pins '^client [0-9a-f]{64}$'
    start_server --pins pins
    mv client.key honest.key
    run_client --once <<<hello
    expect_status 'a client with another key' 1
    expect_line client.jsonl '"reason":"rejected","code":1,"application":true'
    mv honest.key client.key
    signal INT "$server"
}

control() {
    start_server
    start_client --control control
    "$roam" migrate --socket control server --local 127.0.0.2 >record || fault "roam migrate ended with $?, expected 0"
    expect_line record '^result +ok$'
    expect_line record '^new_local +127\.0\.0\.2:'
    status=0 && "$roam" migrate --socket control nobody >record || status=$?
    expect_status 'roam migrate of nobody' 1
    expect_line record '^result +not_connected$'
    status=0 && "$roam" migrate --socket nowhere server >record 2>&1 || status=$?
    expect_status 'roam migrate without a node' 3
    expect_line record 'nowhere: No such file'
    status=0 && "$roam" migrate --socket control --timeout 5 server >record 2>&1 || status=$?
    expect_status 'roam migrate with a bad time' 2
    signal INT "$client"
    expect_status 'an interrupted client' 130
    client=''
    await grep -q '"event":"left"' server.jsonl
    [[ ! -e control ]] || fault "the control socket is still there"
    signal TERM "$server"
    expect_status 'an interrupted server' 130
}

# The peer's node ends and comes again at the same port: the client finds it.
reconnect() {
    start_server
    start_client
    local same=$port
    signal INT "$server"
    rm server.jsonl
    "$roam" node --name server --key server.key --listen "127.0.0.1:$same" --events server.jsonl </dev/null >server.out &
    server=$!
    await grep -q peer_up server.jsonl
    signal INT "$client"
    client=''
    signal INT "$server"
}

# A name, a port at which nobody listens and an address of the wrong family lead to the server all the same.
several_addresses() {
    start_server --once
    rm -f client.jsonl
    run_client --once --connect server@127.0.0.1:1 --connect "server@[::1]:$port" --connect "server@localhost:$port" \
        --attempt-delay 5s <<<hello
    expect_status 'the client' 0
    wait_server 0
    expect_line server.out '^client: hello$'
    status=0
    timeout 20 "$roam" node --name client --key client.key --connect server@127.0.0.1:1 --events client.jsonl </dev/null 2>client.err &
    client=$!
    await grep -q '"unreachable".*"remote":"127.0.0.1:1","why":"Connection refused"' client.jsonl
    await grep -q '"peer_down".*"reason":"unreachable"' client.jsonl
    signal INT "$client"
    client=''
}

# The client says in its transport parameters what it is set to, begins with a window of 40 packets of 1200 bytes, keeps to
# that size with what it sends, and both ends change connection IDs although nobody moves. Without a setting packets grow.
settings() {
    local own largest
    rm -rf in logs
    mkdir -p in logs
    head -c 300000 /dev/urandom >first.bin
    start_server --receive-dir in --quic ack_every=1
    start_client --send-file server:first.bin --qlog logs --quic active_connection_id_limit=3 --quic congestion=reno \
        --quic initial_window=40 --quic pmtud=false --quic max_idle=90s --quic max_ack_delay=7ms \
        --quic ack_delay_exponent=5 --quic rotate_connection_ids=20ms --quic retire_connection_ids=20ms
    await grep -q '"file_sent".*"status":"ok"' client.jsonl
    await grep -qE 'packet_sent.*"retire_connection_id"' logs/client-1.sqlog
    await grep -qE 'packet_sent.*"new_connection_id"[^}]*"retire_prior_to":[1-9]' logs/client-1.sqlog
    signal INT "$client"
    client=''
    signal INT "$server"
    server=''
    own=$(grep -m1 'parameters_set.*"initiator":"local"' logs/client-1.sqlog)
    for one in '"active_connection_id_limit":3,' '"max_idle_timeout":90000,' '"max_ack_delay":7,' '"ack_delay_exponent":5,'; do
        [[ $own == *"$one"* ]] || fault "no $one among $own"
    done
    [[ $(grep -m1 metrics_updated logs/client-1.sqlog) == *'"congestion_window":48000,'* ]] || fault "another window"
    python3 "$tests/../../../sim/qlog/tests/qlog_check.py" valid logs/client-1.sqlog || fault "no valid qlog"
    largest=$(largest_sent)
    [[ $largest == 1200 ]] || fault "the largest packet has $largest bytes without path MTU discovery"
    rm -r logs in
    mkdir in logs
    start_server --once --receive-dir in
    run_client --once --send-file server:first.bin --qlog logs --qlog-form 0.3 </dev/null
    wait_server 0
    expect_line logs/client-1.sqlog '"qlog_version":"0.3"'
    largest=$(largest_sent)
    ((largest > 1200)) || fault "the largest packet has $largest bytes with path MTU discovery"
}

largest_sent() {
    sed -nE 's/.*packet_sent.*"raw":\{"length":([0-9]+).*/\1/p' logs/client-1.sqlog | sort -n | tail -n 1
}

# Who is stopped is silent: the watchdog moves for it, in vain, and then it is down, far before the usual minute.
watchdog_and_dead_after() {
    start_server
    start_client --watchdog 50s --watchdog-sample 100ms --watchdog-strikes 3 --watchdog-silence 200ms --keepalive 100ms \
        --dead-after 2s --timeout 300ms --no-gso --no-ecn
    kill -STOP "$server"
    await grep -q 'peer_down.*"reason":"tick"' client.jsonl
    expect_line client.jsonl 'migration_done.*"result":"timeout".*"trigger":"watchdog"'
    kill -CONT "$server"
    signal INT "$client"
    client=''
    signal INT "$server"
}

bad_input() {
    local text
    local -a base=(--name n --key n.key)
    : >pins.bad
    printf '# pins\nserver nothex\n' >pins.bad
    cp client.key open.key
    chmod 644 open.key
    while IFS='|' read -r text arguments; do
        status=0
        # shellcheck disable=SC2086 # words on purpose
        timeout 5 "$roam" node $arguments </dev/null >out 2>err || status=$?
        expect_status "roam node $arguments" 2
        grep -qF -- "$text" err || fault "roam node $arguments: '$(<err)', expected '$text'"
    done <<CASES
--name and --key are needed|--listen 127.0.0.1:0
one of --listen, --connect and --join|${base[*]}
expected ADDR:PORT|${base[*]} --listen here
expected NAME@HOST:PORT|${base[*]} --connect server
expected HOST:PORT|${base[*]} --connect server@127.0.0.1
expected HOST:PORT|${base[*]} --connect server@192.0.2.256:1
expected HOST:PORT|${base[*]} --connect server@example.org
expected HOST:PORT|${base[*]} --connect server@exa/mple.org:1
expected NAME:PATH|${base[*]} --send-file x
expected tofu or strict|${base[*]} --trust all
expected a time|${base[*]} --debounce 5
expected a number from 1|${base[*]} --listen 127.0.0.1:0 --watchdog-strikes 0
expected a time|${base[*]} --listen 127.0.0.1:0 --dead-after never
need --watchdog|${base[*]} --listen 127.0.0.1:0 --watchdog-silence 1s
a setting of connections|${base[*]} --listen 127.0.0.1:0 --quic congestion=vegas
a setting of connections|${base[*]} --listen 127.0.0.1:0 --quic ack_every
must be longer than --keepalive|${base[*]} --listen 127.0.0.1:0 --dead-after 15s
names this node itself|${base[*]} --connect n@127.0.0.1:1
strict needs --pins|${base[*]} --listen 127.0.0.1:0 --trust strict
names a peer|${base[*]} --connect a@127.0.0.1:1 --send-file b:x
pins.bad:2: expected NAME|${base[*]} --listen 127.0.0.1:0 --pins pins.bad
open.key: open to others than its owner (mode 0644)|--name n --key open.key --listen 127.0.0.1:0
not the name of a node|--name a/b --key n.key --listen 127.0.0.1:0
nofile: No such file|${base[*]} --connect a@127.0.0.1:1 --send-file a:nofile
nodir: No such file|${base[*]} --listen 127.0.0.1:0 --receive-dir nodir
unknown option|${base[*]} --colour red
CASES
    status=0
    timeout 5 "$roam" node "${base[@]}" --listen 192.0.2.1:1 </dev/null 2>err || status=$?
    expect_status 'an address that is not ours' 3
    expect_line err 'listen at 192\.0\.2\.1:1: Cannot assign requested address'
}

run_cases lines lines_from_a_file_without_a_last_newline files lines_and_files lines_and_files_once files_refused tofu_pins strict_trust control reconnect \
    several_addresses settings watchdog_and_dead_after bad_input
