#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam node on the kernel's own networks: 50 MB cross each of the changes that a machine can suffer and arrive
# byte-exact. namespaces.sh has the network and says when this is skipped, exchange.sh the nodes.
set -eEuo pipefail

# Slow until the change has come, so that there is something to send however late the machine makes it.
readonly bytes=50000000 slow=24mbit fast=240mbit
source "$(dirname "$0")/namespaces.sh"

if [[ ${1:-} != inside ]]; then
    need_namespaces nft
    enter_namespaces "$0" inside
fi

source "$(dirname "$0")/exchange.sh"
make_file "$bytes"

start() { # ADDRESS-OF-SERVER CLIENT-OPTION...
    local to=$1
    shift
    start_server listening --listen 0.0.0.0:4433
    start_node client --connect "server@$to:4433" --send-file server:sent.bin --once "$@" </dev/null
    await 30 grep -q peer_up client.jsonl || fault "there is no connection"
    sleep 0.2
}

pace() {
    limit router core "$1"
    limit client eth0 "$1"
}

# finish [PATTERN]: once an event matches, the rest may be fast. Both ended well, the file is whole, and nobody was ever
# down before the client left.
finish() {
    [[ -z ${1:-} ]] || await 10 grep -qE "$1" client.jsonl server.jsonl || true # it is expected later, by who calls
    pace "$fast"
    ends client 0
    ends server 0
    cmp -s sent.bin in/sent.bin || fault "the file did not arrive as it was sent"
    [[ $(grep -c '"event":"peer_up"' client.jsonl) == 1 ]] || fault "the connection was lost on the way"
}

expect() { # FILE PATTERN COUNT: lines that match
    local n
    n=$(grep -cE "$2" "$1") || true
    [[ $n == "$3" ]] || fault "$n lines of $1 match '$2', expected $3"
}

moved() { # TRIGGER NEW-ADDRESS: exactly one migration, and it went there
    expect client.jsonl "migration_done.*\"result\":\"ok\".*\"trigger\":\"$1\".*\"new_local\":\"$2:" 1
    expect client.jsonl 'migration_done' 1
    awk '/migration_done/ { moved = 1 } /file_sent/ && !moved { exit 1 }' client.jsonl ||
        fault "the file had arrived before the change: make it larger or the network slower"
}

# --- the changes ---

address_removed_and_another_added() {
    start 10.9.0.2 --netlink
    ip -n client addr del 10.1.0.2/24 dev eth0
    ip -n client addr add 10.1.0.3/24 dev eth0
    ip -n client route add default via 10.1.0.1 dev eth0
    finish migration_done
    moved '(address_gone|default_route)' 10.1.0.3
}

# The network comes back long after the first round of migrations found no way out.
address_gone_for_a_while() {
    start 10.9.0.2 --netlink --debounce 50ms
    ip -n client addr del 10.1.0.2/24 dev eth0
    await 30 grep -q '"stranded":1' client.jsonl || fault "nobody noticed that there is no way out"
    ip -n client addr add 10.1.0.4/24 dev eth0
    ip -n client route add default via 10.1.0.1 dev eth0
    finish migration_done
    moved '(address_new|default_route|retry)' 10.1.0.4
}

# A route to the server alone, and later a rule for a table that was there before: neither is a default route.
host_route() {
    start 10.9.0.2 --netlink
    ip -n client route add 10.9.0.2/32 via 10.2.0.1
    finish migration_done
    moved route 10.2.0.2
}

rule_after_its_table() {
    ip -n client route add default via 10.2.0.1 table 100
    start 10.9.0.2 --netlink
    ip -n client rule add to 10.9.0.2 lookup 100
    finish migration_done
    moved rule 10.2.0.2
}

# The link loses its carrier: the kernel would go on sending there, and the node says that it waits. With the carrier the
# device gets its IPv6 link-local address back, and the kernel may tell of that first.
carrier_lost_for_a_while() {
    start 10.9.0.2 --netlink --debounce 50ms
    ip -n router link set up-eth0 down
    await 30 grep -q '"outage":1' client.jsonl || fault "nobody noticed that the link is down"
    ip -n router link set up-eth0 up
    await 30 grep -qE '"trigger":"(link_up|address_new)".*"kept":1,"outage":0' client.jsonl || fault "nobody noticed that it is up"
    finish
    expect client.jsonl 'migration_done' 0
}

received_bytes() { # of a file under way, or that is there
    { cat in/.roam-*.part in/sent.bin 2>/dev/null || true; } | wc -c
}

received() { # more than BYTES
    (($(received_bytes) > $1))
}

# After eight seconds without a carrier the next PTO may be as many seconds away.
data_is_back_with_the_link() {
    local before
    start 10.9.0.2 --netlink --debounce 50ms
    ip -n router link set up-eth0 down
    sleep 8
    before=$(received_bytes)
    ip -n router link set up-eth0 up
    await 3 received "$before" || fault "no data came within three seconds after the link was up"
    finish
}

# The device takes smaller datagrams from now on, and says so at once.
mtu_shrinks() {
    local before
    start 10.9.0.2 --netlink
    await 30 received 5000000 || fault "no data came"
    ip -n client link set eth0 mtu 1280
    before=$(received_bytes)
    await 2 received "$((before + 1000000))" || fault "no data came within two seconds after the change"
    finish
    expect client.jsonl 'migration_done' 0
}

now_ns() {
    python3 -c 'import time; print(time.monotonic_ns())'
}

# An attempt towards an address that goes, and is not answered anyway, does not keep the next one.
attempt_to_an_address_that_goes() {
    local began done
    on router nft add table ip filter
    on router nft 'add chain ip filter forward { type filter hook forward priority 0; }'
    on router nft add rule ip filter forward ip saddr 10.2.0.2 drop
    start 10.9.0.2 --netlink --debounce 50ms --timeout 30s
    ip -n client route replace default via 10.2.0.1 dev eth1
    await 30 grep -q '"migrating":1' client.jsonl || fault "nobody tried the new address"
    ip -n client link set eth0 down
    sleep 1
    ip -n client addr del 10.2.0.2/24 dev eth1
    began=$(now_ns)
    ip -n client addr add 10.2.0.3/24 dev eth1
    ip -n client route replace default via 10.2.0.1 dev eth1
    finish '"result":"ok"'
    expect client.jsonl 'migration_done.*"result":"superseded".*"trigger":"default_route"' 1
    expect client.jsonl 'migration_done.*"result":"ok".*"new_local":"10\.2\.0\.3:' 1
    done=$(sed -nE 's/.*"migration_done","at_ns":([0-9]+).*"result":"ok".*/\1/p' client.jsonl)
    ((${done:-$((began + 5000000000))} - began < 5000000000)) || fault "the move took $((done - began)) ns"
}

default_route_flipped() {
    start 10.9.0.2 --netlink
    ip -n client route replace default via 10.2.0.1 dev eth1
    finish migration_done
    moved default_route 10.2.0.2
}

link_down() {
    start 10.9.0.2 --netlink
    ip -n client link set eth0 down
    ip -n client route add default via 10.2.0.1 dev eth1
    finish migration_done
    moved '(link_down|default_route)' 10.2.0.2
}

# Another address elsewhere, and a route to a network that nobody uses, move nobody.
changes_of_no_interest() {
    start 10.9.0.2 --netlink --debounce 50ms
    ip -n client addr add 10.2.0.77/24 dev eth1
    ip -n client route add 10.77.0.0/24 via 10.2.0.1
    ip -n client route add default via 10.2.0.1 dev eth1 metric 500
    finish network_changed
    expect client.jsonl 'migration_done' 0
    expect client.jsonl 'network_changed.*"migrating":0,"kept":1' 1
}

# The address from which a masquerading NAT sends goes, and all bindings with it; the client sees nothing of that.
nat_bindings_flushed() {
    nat masquerade fully-random
    start 10.9.0.2 --netlink
    ip -n router addr del 10.9.0.1/24 dev core
    ip -n router addr add 10.9.0.1/24 dev core
    finish '"rebound"'
    expect client.jsonl 'migration_done' 0
    expect server.jsonl '"rebound".*"validated":true,"port_only":true.*"new_remote":"10\.9\.0\.1:' 1
}

nat_moves_to_another_address() {
    nat masquerade
    start 10.9.0.2
    ip -n router addr del 10.9.0.1/24 dev core
    ip -n router addr add 10.9.0.7/24 dev core
    finish '"rebound"'
    expect server.jsonl \
        '"rebound".*"validated":true,"port_only":false.*"old_remote":"10\.9\.0\.1:[0-9]+","new_remote":"10\.9\.0\.7:' 1
}

tunnel() { # ID ADDRESS: a tunnel from the client, over UDP, to the server
    local end
    for end in client server; do
        local here=10.1.0.2 there=10.9.0.2 inner=$2/24
        if [[ $end == server ]]; then here=10.9.0.2 there=10.1.0.2 inner=10.66.$1.1/24; fi
        ip -n "$end" link add "tun$1" type vxlan id "$1" local "$here" remote "$there" dstport "$((5000 + $1))" || return 1
        ip -n "$end" addr add "$inner" dev "tun$1"
        ip -n "$end" link set "tun$1" mtu 1400 up
    done
}

# A VPN daemon replaces its socket and its inner address, and says so: no --netlink here.
tunnel_replaced() {
    if ! tunnel 1 10.66.1.2; then
        echo "note: tunnel_replaced is left out, the kernel has no vxlan" >&2
        return 0
    fi
    ip -n server addr add 10.88.0.1/32 dev lo
    ip -n client route add 10.88.0.1 via 10.66.1.1
    start 10.88.0.1 --trigger trigger --control control
    tunnel 2 10.66.2.2
    ip -n client route replace 10.88.0.1 via 10.66.2.1
    ip -n client link del tun1
    ip -n server link del tun1
    expect client.jsonl 'migration_done' 0
    on client "$roam" migrate --socket control server >record || fault "migrate did not move the connection"
    finish migration_done
    moved control_socket 10.66.2.2
}

adapter_refused() {
    local status=0
    start 10.9.0.2 --control control
    on client "$roam" migrate --socket control server --local 192.0.2.1 >record || status=$?
    [[ $status == 1 ]] || fault "roam migrate ended with $status, expected 1"
    expect record '^result +adapter$' 1
    expect record '^detail +address_not_local$' 1
    finish
    expect client.jsonl 'migration_done.*"result":"adapter"' 1
    expect client.jsonl 'path_changed' 0
}

# Nothing comes through from the new address: the old path goes on, and a second call may succeed.
new_path_dead() {
    local status=0
    on router nft add table ip filter
    on router nft 'add chain ip filter forward { type filter hook forward priority 0; }'
    on router nft add rule ip filter forward ip saddr 10.2.0.2 drop
    start 10.9.0.2 --control control
    on client "$roam" migrate --socket control server --local 10.2.0.2 --timeout 300ms >record || status=$?
    [[ $status == 1 ]] || fault "roam migrate ended with $status, expected 1"
    expect record '^result +timeout$' 1
    on router nft flush chain ip filter forward
    on client "$roam" migrate --socket control server --local 10.2.0.2 >record || fault "the second call failed"
    finish
    expect client.jsonl 'migration_done.*"result":"ok".*"new_local":"10\.2\.0\.2:' 1
}

for one in attempt_to_an_address_that_goes host_route rule_after_its_table carrier_lost_for_a_while \
    data_is_back_with_the_link mtu_shrinks address_removed_and_another_added address_gone_for_a_while default_route_flipped link_down \
    changes_of_no_interest nat_bindings_flushed nat_moves_to_another_address tunnel_replaced adapter_refused \
    new_path_dead; do
    make_networks
    # So that the change comes while there is something to send.
    pace "$slow"
    try "$one"
    drop_networks
done
exit $((broken > 0))
