#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The preferred address of a server (RFC 9000 section 9.6) on the kernel's own networks: a client behind a NAT follows from one
# address of the server to another, or stays where it is when the other one is not to be reached; and the witness judges what
# dumpcap saw at the server. namespaces.sh has the network and says when this is skipped.
set -eEuo pipefail

readonly roam=${ROAM_COMMAND:?the program under test}
source "$(dirname "$0")/namespaces.sh"

if [[ ${1:-} != inside ]]; then
    need_namespaces nft dumpcap
    enter_namespaces "$0" inside
fi

work=$(mktemp -d)
server_pid='' client_pid='' capture_pids='' broken=0

clean_up() {
    local pid
    for pid in $server_pid $client_pid $capture_pids; do kill "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap clean_up EXIT
trap 'fault "line $LINENO: $BASH_COMMAND"' ERR
cd "$work"
own_names
head -c 2000000 /dev/urandom >sent.bin
mkdir in

fault() {
    echo "FAIL $case_name: $*" >&2
    sed 's/^/  client | /' client.jsonl >&2 || true
    sed 's/^/  server | /' server.jsonl >&2 || true
    broken=$((broken + 1))
}

await() { # COMMAND...: until it succeeds, for half a minute at most
    local tries=600
    until "$@" >/dev/null 2>&1; do
        if ((tries-- == 0)); then return 1; fi
        sleep 0.05
    done
}

has() { # FILE PATTERN
    grep -qE "$2" "$1" || fault "no line of $1 matches '$2'"
}

capture() { # END DEVICE
    ip netns exec "$1" dumpcap -q -i "$2" -f 'udp port 4433' -w "$work/$1.pcapng" >/dev/null 2>"$1.err" & # itself, for kill
    capture_pids+=" $!"
    await grep -q 'File: ' "$1.err" || fault "dumpcap does not begin: $(<"$1.err")"
}

# exchange CLIENT-OPTION...: a file to the server at 10.9.0.2, which prefers 10.9.0.3; both end well, and it is whole.
exchange() {
    rm -f in/* ./*.jsonl ./*.pcapng keys
    capture server core
    capture client eth0
    ip netns exec server "$roam" node --name server --key server.key --listen 10.9.0.2:4433 --listen 10.9.0.3:4433 \
        --preferred-address 10.9.0.3:4433 --receive-dir in --once --keylog keys --events server.jsonl </dev/null &
    server_pid=$!
    await grep -q '10.9.0.3:4433' server.jsonl || fault "the server does not listen"
    ip netns exec client "$roam" node --name client --key client.key --connect server@10.9.0.2:4433 \
        --send-file server:sent.bin --events client.jsonl "$@" <input >client.out &
    client_pid=$!
}

# finish: the client has nothing more to wait for.
finish() {
    local status=0 pid
    exec 9>&-
    await cmp -s sent.bin in/sent.bin || fault "the file is another"
    kill -INT "$client_pid" 2>/dev/null || true
    wait "$client_pid" || status=$?
    client_pid=''
    ((status == 130)) || fault "the client ended with $status, expected 130: it was interrupted"
    status=0
    wait "$server_pid" || status=$?
    server_pid=''
    ((status == 0)) || fault "the server ended with $status"
    sleep 0.2 # of the capture, that the last packets are in it
    for pid in $capture_pids; do kill "$pid" && wait "$pid" || true; done
    capture_pids=''
}

judged() { # END RULE...: nothing is broken in the capture of that end, and it exercises each of these rules
    local end=$1 rule status=0
    shift
    timeout 20 "$roam" dissect --at "$end" --keys keys --rules "$end.pcapng" >told 2>told.err || status=$?
    ((status == 0)) || fault "roam dissect ended with $status: $(<told.err) $(grep -E 'broken' told)"
    for rule in "$@"; do
        grep -qE "^ +$rule +rfc9000-.* pass +0 +[1-9]" told || fault "$rule is not exercised"
    done
}

followed() {
    exchange
    await grep -q preferred_address client.jsonl || fault "no record"
    await grep -q path_changed server.jsonl || fault "the server's path is the old one"
    finish
    has client.jsonl '"event":"preferred_address",.*"result":"ok",.*"old_remote":"10.9.0.2:4433","new_remote":"10.9.0.3:4433"'
    has client.jsonl '"event":"path_changed",.*"remote":"10.9.0.3:4433"'
    has server.jsonl '"event":"path_changed",.*"local":"10.9.0.3:4433"'
    judged client preferred-address-probed preferred-address-migrates preferred-address-validated
    judged server preferred-address-by-client-only preferred-address-server-probes
}

# A firewall lets nothing through to the preferred address.
unreachable() {
    on router nft -f - <<'NFT'
table ip wall {
    chain through { type filter hook forward priority 0; ip daddr 10.9.0.3 drop; }
}
NFT
    exchange --initial-rtt 50ms
    await grep -q preferred_address client.jsonl || fault "no record"
    finish
    on router nft delete table ip wall
    judged client preferred-address-probed
    has client.jsonl '"event":"preferred_address",.*"result":"timeout",.*"challenges_sent":4,'
    ! grep -q path_changed client.jsonl || fault "the client has moved"
}

ignored() {
    exchange --ignore-preferred-address
    finish
    ! grep -qE 'preferred_address|path_changed' client.jsonl || fault "the client has moved"
}

make_networks
ip -n server addr add 10.9.0.3/24 dev core
nat masquerade
mkfifo input
for case_name in followed unreachable ignored; do
    exec 9<>input
    "$case_name"
done
exit "$broken"
