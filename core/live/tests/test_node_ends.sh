#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What surrounds a roam node: its terminal, signals, descriptors that are closed or whose disk is full, and what peers
# say. It ends with a goodbye and leaves no sockets, or goes on and says what is lost.
set -euo pipefail

source "$(dirname "$0")/nodes.sh"

terminal() {
    python3 "$tests/terminal.py" || fault "see above"
}

hang_up() {
    start_server --control server.socket
    start_client --control client.socket
    signal HUP "$client"
    client=''
    expect_status 'a client whose terminal is gone' 130
    await grep -q '"event":"left"' server.jsonl
    [[ ! -e client.socket ]] || fault "the control socket is still there"
    signal HUP "$server"
    server=''
    expect_status 'a server whose terminal is gone' 130
    [[ ! -e server.socket ]] || fault "the control socket of the server is still there"
}

hang_up_ignored() {
    rm -f server.jsonl
    nohup "$roam" node --name server --key server.key --listen 127.0.0.1:0 --events server.jsonl </dev/null >server.out 2>&1 &
    server=$!
    await grep -q listening server.jsonl
    kill -HUP "$server"
    sleep 0.3
    kill -0 "$server" || fault "a node under nohup ended with the hang-up"
    signal TERM "$server"
    server=''
}

# The reader of a client's output goes away: the next line that comes ends the client.
output_closed() {
    local reader
    start_server
    mkfifo out.fifo
    sleep 100 <out.fifo &
    reader=$!
    rm -f client.jsonl
    [[ -p input.fifo ]] || mkfifo input.fifo
    exec 9<>input.fifo
    "$roam" node --name client --key client.key --connect "server@127.0.0.1:$port" --events client.jsonl \
        --control client.socket <&9 >out.fifo 2>client.err &
    client=$!
    await grep -q peer_up client.jsonl
    kill "$reader"
    wait "$reader" 2>/dev/null || true
    # The server comes again with something to say.
    signal TERM "$server"
    echo hello | "$roam" node --name server --key server.key --listen "127.0.0.1:$port" --events server.jsonl >server.out &
    server=$!
    status=0
    wait "$client" || status=$?
    client=''
    expect_status 'a client whose output is closed' 3
    expect_line client.err 'standard output: Broken pipe'
    [[ ! -e client.socket ]] || fault "the control socket is still there"
    await grep -q '"event":"left"' server.jsonl
    signal TERM "$server"
    server=''
}

descriptors_closed() {
    start_server --once
    status=0
    timeout 20 "$roam" node --name client --key client.key --connect "server@127.0.0.1:$port" --events client.jsonl --once \
        --keylog keys <&- >&- 2>&- || status=$?
    expect_status 'a client without descriptors' 0
    wait_server 0
    expect_line client.jsonl '"peer_up"'
    expect_line keys '^CLIENT_TRAFFIC_SECRET_0'
    if grep -vE '^[A-Z_0-9]+ [0-9a-f]+ [0-9a-f]+$' keys; then fault "something else stands in the key log"; fi
    if grep -v '^{' client.jsonl; then fault "something else stands in the events"; fi
}

# A full disk is told while the node runs, the lines go on, and the exit status says that something is missing.
disk_full() {
    mkdir -p full
    ln -sf /dev/full full/client-1.sqlog
    start_server
    [[ -p input.fifo ]] || mkfifo input.fifo
    exec 9<>input.fifo
    "$roam" node --name client --key client.key --connect "server@127.0.0.1:$port" --events /dev/full --keylog /dev/full \
        --qlog full <&9 2>client.err &
    client=$!
    await grep -q peer_up server.jsonl
    await grep -q '^roam node: /dev/full: No space left on device' client.err
    [[ $(grep -c '^roam node: /dev/full' client.err) == 2 ]] || fault "two files are full, said was: $(<client.err)"
    for i in $(seq 200); do echo "line $i"; done >&9
    await grep -q 'client: line 200$' server.out
    await grep -q '^roam node: full/client-1.sqlog: No space left' client.err
    signal TERM "$client"
    client=''
    expect_status 'a client that could not write' 3
    signal TERM "$server"
    server=''
}

# Nothing that a peer says reaches the terminal as a command, and nothing is cut.
lines_escaped() {
    start_server --once
    printf 'a\033[2Jb\0c\x7f\n\xc2\x9b31m \xff\xfe \xc3\xa9\xe2\x82\xac\n\tback\\slash\r\n\xed\xa0\x80\xc0\x80' >input
    run_client --once <input
    expect_status 'the client' 0
    wait_server 0
    printf '%s\n' 'client: a\x1b[2Jb\x00c\x7f' $'client: \\xc2\\x9b31m \\xff\\xfe \xc3\xa9\xe2\x82\xac' \
        $'client: \tback\\slash\\x0d' 'client: \xed\xa0\x80\xc0\x80' >expected
    cmp -s expected server.out || fault "the lines are: $(cat -v server.out)"
}

run_cases terminal hang_up hang_up_ignored output_closed descriptors_closed disk_full lines_escaped
