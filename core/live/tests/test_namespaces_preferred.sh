#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The preferred address of a server (RFC 9000 section 9.6) on the kernel's own networks: a client behind a NAT follows from one
# address of the server to another, or stays where it is when the other one is not to be reached; and the witness judges what
# dumpcap saw at each end. namespaces.sh has the network and says when this is skipped, exchange.sh the nodes.
set -eEuo pipefail

source "$(dirname "$0")/namespaces.sh"

if [[ ${1:-} != inside ]]; then
    need_namespaces nft dumpcap
    enter_namespaces "$0" inside
fi

source "$(dirname "$0")/exchange.sh"
make_file 2000000

has() { # FILE PATTERN
    grep -qE "$2" "$1" || fault "no line of $1 matches '$2'"
}

capture() { # END DEVICE
    ip netns exec "$1" dumpcap -q -i "$2" -f 'udp port 4433' -w "$work/$1.pcapng" >/dev/null 2>"$1.err" & # itself, for kill
    node_pid[dumpcap-$1]=$!
    await 30 grep -q 'File: ' "$1.err" || fault "dumpcap does not begin: $(<"$1.err")"
}

# exchange CLIENT-OPTION...: a file to the server at 10.9.0.2, which prefers 10.9.0.3; both end well, and it is whole.
exchange() {
    rm -f ./*.pcapng keys
    capture server core
    capture client eth0
    start_server 10.9.0.3:4433 --listen 10.9.0.2:4433 --listen 10.9.0.3:4433 --preferred-address 10.9.0.3:4433 --keylog keys
    start_node client --connect server@10.9.0.2:4433 --send-file server:sent.bin "$@" <input >client.out
}

# finish: the client has nothing more to wait for.
finish() {
    local end
    exec 9>&-
    await 30 cmp -s sent.bin in/sent.bin || fault "the file is another"
    kill -INT "${node_pid[client]}"
    ends client 130 # it was interrupted
    ends server 0
    sleep 0.2 # of the capture, that the last packets are in it
    for end in client server; do
        kill "${node_pid[dumpcap-$end]}"
        ends "dumpcap-$end" 0
    done
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
    await 30 grep -q preferred_address client.jsonl || fault "no record"
    await 30 grep -q path_changed server.jsonl || fault "the server's path is the old one"
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
    await 30 grep -q preferred_address client.jsonl || fault "no record"
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
for one in followed unreachable ignored; do
    exec 9<>input
    try "$one"
done
exit $((broken > 0))
