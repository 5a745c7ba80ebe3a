#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam node --join from outside, on loopback: overlays of a few nodes, and what becomes of them when one is killed, leaves
# or moves.
set -euo pipefail

source "$(dirname "$0")/nodes.sh"
source "$tests/overlays.sh"

begin_overlay() { # OPTION...: n1 and four that join through it
    local i contact
    begin n1 127.0.0.1:0 --overlay "$@"
    contact=n1@127.0.0.1:$port
    for i in 2 3 4 5; do begin "n$i" "127.0.0.$i:0" --join "$contact" "$@"; done
}

# The contact is killed: each of the others finds another peer in its place.
one_is_killed() {
    begin_overlay --active 3 --shuffle-interval 200ms --keepalive 200ms --dead-after 2s
    await is_connected n1 n2 n3 n4 n5
    end_members KILL n1
    await all_are_neighbours n2 n3 n4 n5
    cat n[2-5].jsonl >others
    expect_line others '"peer_down".*"peer":"n1","reason":"tick"'
    expect_line others '"channel_down".*"peer":"n1","reason":"tick"'
    end_members TERM n2 n3 n4 n5
    expect_status 'a node of an overlay' 130
}

one_moves_and_one_leaves() {
    local to
    begin_overlay --shuffle-interval 1s
    await all_are_neighbours n1 n2 n3 n4 n5
    for to in 127.0.0.12 127.0.0.13; do
        "$roam" migrate --socket n2.control n1 --local "$to" >record || fault "roam migrate to $to ended with $?"
    done
    await grep -q '"path_changed".*"remote":"127.0.0.13:' n1.jsonl
    are_silent_about '(peer|channel)_down' n1 n2 n3 n4 n5
    "$roam" views --socket n1.control >record
    expect_line record '^active +n2 127\.0\.0\.1:[0-9]+ 127\.0\.0\.13:[0-9]+$'
    expect_line record '^advertised +127\.0\.0\.1:[0-9]+$'
    expect_line record '^received +[1-9][0-9]*$'

    end_members TERM n5
    expect_status 'who leaves' 130
    await all_are_neighbours n1 n2 n3 n4
    await is_forgotten n5 n1 n2 n3 n4
    for to in n1 n2 n3 n4; do
        expect_line "$to.jsonl" '"peer_down".*"peer":"n5","reason":"left"'
    done
    end_members TERM n1 n2 n3 n4
}

# n1 is not there yet; one of the addresses of the contact, and perhaps one of localhost, is none of its.
the_contact_comes_later() {
    begin n1 127.0.0.1:0 --overlay
    local there=127.0.0.1:$port
    end_members TERM n1
    begin n2 127.0.0.2:0 --join "n1@$there"
    begin n3 127.0.0.3:0 --join n1@127.0.0.1:1 --join "n1@$there"
    begin n4 127.0.0.4:0 --join "n1@localhost:${there#*:}"
    await grep -q '"channel_down".*"peer":"n1","reason":"unreachable"' n2.jsonl
    await grep -q '"channel_down".*"peer":"n1"' n3.jsonl
    are_silent_about peer_down n2 n3 n4
    begin n1 "$there" --overlay
    await all_are_neighbours n1 n2 n3 n4
    end_members TERM n1 n2 n3 n4
}

# Whoever sends waits for the connection: a peer outside of the overlay is in no view.
sending_goes_by_connections() {
    mkdir -p in
    rm -f in/*
    head -c 100000 /dev/urandom >first.bin
    start_server --receive-dir in
    run_client --overlay --once --send-file server:first.bin <<<hello
    expect_status 'the client' 0
    cmp -s first.bin in/first.bin || fault "first.bin is another"
    await grep -q '^client: hello$' server.out
    expect_line client.jsonl '"channel_up".*"peer":"server"'
    ! grep -q peer_up client.jsonl || fault "the server is in no view, and the client told of peer_up"
    signal TERM "$server"
}

# The server is lost before it has the file: it is dialled again, and gets it from the beginning.
sending_again_goes_by_connections() {
    rm -f in/* client.jsonl
    start_server --receive-dir in
    "$roam" node --name client --key client.key --overlay --connect "server@127.0.0.1:$port" --control control --events client.jsonl \
        --keepalive 200ms --dead-after 1s </dev/null 2>client.err &
    client=$!
    await grep -q channel_up client.jsonl
    kill -STOP "$server"
    "$roam" send --socket control server first.bin >record &
    local asking=$!
    sleep 0.3 # the request may be there by now, or else is told of the second server alone
    signal KILL "$server" 2>/dev/null
    "$roam" node --name server --key server.key --listen "127.0.0.1:$port" --receive-dir in --events server.jsonl \
        </dev/null >server.out &
    server=$!
    await has_lines client.jsonl channel_up 2
    await cmp first.bin in/first.bin
    wait "$asking" || fault "roam send ended with $?"
    signal TERM "$client"
    client=''
    signal TERM "$server"
    server=''
}

join_once() {
    begin n1 127.0.0.1:0 --overlay
    status=0
    timeout 20 "$roam" node --name n2 --key n2.key --join "n1@127.0.0.1:$port" --once --events n2.jsonl <<<hello >n2.out || status=$?
    expect_status 'a node that joins once' 0
    await grep -q '^n2: hello$' n1.out
    await grep -q '"peer_down".*"peer":"n2","reason":"left"' n1.jsonl
    end_members TERM n1
}

bad_input() {
    local text arguments
    local -a base=(--name n --key n.key) listens=(--name n --key n.key --listen 127.0.0.1:0)
    while IFS='|' read -r text arguments; do
        status=0
        # shellcheck disable=SC2086 # words on purpose
        timeout 5 "$roam" $arguments </dev/null >out 2>err || status=$?
        expect_status "roam $arguments" 2
        grep -qF -- "$text" err || fault "roam $arguments: '$(<err)', expected '$text'"
    done <<CASES
one of --listen, --connect and --join|node ${base[*]} --overlay
expected NAME@HOST:PORT|node ${base[*]} --join n1
expected HOST:PORT|node ${base[*]} --join n1@127.0.0.1
--join names this node itself|node ${base[*]} --join n@127.0.0.1:1
join a/b at 127.0.0.1:1: |node ${base[*]} --join a/b@127.0.0.1:1
need --join or --overlay|node ${listens[*]} --active 3
need --join or --overlay|node ${listens[*]} --advertise 192.0.2.1:1
--advertise needs --listen|node ${base[*]} --join n1@127.0.0.1:1 --advertise 192.0.2.1:1
expected ADDR:PORT|node ${listens[*]} --overlay --advertise 192.0.2.1
expected ADDR:PORT|node ${listens[*]} --overlay --advertise 0.0.0.0:1
expected a number from 1 to 32|node ${listens[*]} --overlay --active 0
expected a number from 1 to 32|node ${listens[*]} --overlay --active 33
expected a number from 1 to 256|node ${listens[*]} --overlay --passive 257
expected a time|node ${listens[*]} --overlay --shuffle-interval 10
--socket is needed|views
--socket is needed|views --socket n1.control n1
CASES
    start_server --control control
    status=0 && "$roam" views --socket control >out 2>err || status=$?
    expect_status 'roam views of a node without overlay' 3
    expect_line err 'this node takes part in no overlay'
    signal TERM "$server"
    server=''
}

run_cases one_is_killed one_moves_and_one_leaves the_contact_comes_later sending_goes_by_connections \
    sending_again_goes_by_connections join_once bad_input
