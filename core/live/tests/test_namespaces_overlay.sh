#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam node --join on the kernel's own networks: a node of an overlay gets other addresses, and says where it can be dialled.
# namespaces.sh has the network and says when this is skipped.
set -euo pipefail

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$tests/namespaces.sh"

if [[ ${1:-} != inside ]]; then
    need_namespaces
    enter_namespaces "$tests/${BASH_SOURCE[0]##*/}" inside
fi

source "$tests/nodes.sh"
source "$tests/overlays.sh"
own_names
network_of=([near]=router [far]=server [local]=server [phone]=client)

advertises() { # NAME ADDRESS:PORT
    "$roam" views --socket "$1.control" | grep -qE "^advertised +$2\$"
}

remembers() { # NAME OTHER ADDRESS:PORT: in its passive view
    "$roam" views --socket "$1.control" | grep -qE "^passive +$2 $3 "
}

# The phone gets another address in its network: its connection goes there, it listens there, and can be dialled there.
# What others have dialled cannot be migrated by it, and is dialled once more when it gets a third address.
a_node_moves() {
    local -a quick=(--keepalive 200ms --dead-after 2s --shuffle-interval 1s)
    begin far 10.9.0.2:4433 --overlay "${quick[@]}"
    begin phone 0.0.0.0:4434 --join far@10.9.0.2:4433 --netlink --debounce 50ms "${quick[@]}"
    await all_are_neighbours far phone
    await advertises phone 10.1.0.2:4434

    ip -n client addr del 10.1.0.2/24 dev eth0
    ip -n client addr add 10.1.0.3/24 dev eth0
    ip -n client route add default via 10.1.0.1 dev eth0
    await grep -qE 'migration_done.*"result":"ok".*"new_local":"10\.1\.0\.3:' phone.jsonl
    await advertises phone 10.1.0.3:4434
    begin near 10.9.0.1:4435 --join phone@10.1.0.3:4434 "${quick[@]}"
    await all_are_neighbours far near phone
    are_silent_about '(peer|channel)_down' far near phone

    ip -n client addr del 10.1.0.3/24 dev eth0
    ip -n client addr add 10.1.0.4/24 dev eth0
    ip -n client route add default via 10.1.0.1 dev eth0
    await advertises phone 10.1.0.4:4434
    await grep -q '"peer_down".*"peer":"phone","reason":"tick"' near.jsonl
    await all_are_neighbours far near phone
    are_silent_about '(peer|channel)_down' far

    end_members KILL phone
    await remembers far phone 10.1.0.4:4434
    end_members TERM far near
}

# The one connection was dialled by the other end and is dead, which takes a minute to show: the kernel says that the address
# is another.
who_was_dialled_moves() {
    begin phone 0.0.0.0:4434 --overlay --netlink --debounce 50ms
    begin far 10.9.0.2:4433 --join phone@10.1.0.2:4434
    await all_are_neighbours far phone
    await advertises phone 10.1.0.2:4434
    ip -n client addr del 10.1.0.2/24 dev eth0
    ip -n client addr add 10.1.0.3/24 dev eth0
    ip -n client route add default via 10.1.0.1 dev eth0
    patience=20 await advertises phone 10.1.0.3:4434
    are_silent_about '(peer|channel)_down' far phone
    end_members TERM far phone
}

# Whoever has connected over loopback first does not keep the others from learning where the node is.
loopback_gives_way() {
    begin far 0.0.0.0:4433 --overlay
    begin local 0.0.0.0:4444 --join far@127.0.0.1:4433
    await all_are_neighbours far local
    await advertises far 127.0.0.1:4433
    await advertises local 127.0.0.1:4444
    begin phone 10.1.0.2:4434 --join far@10.9.0.2:4433
    await advertises far 10.9.0.2:4433
    await all_are_neighbours far local phone
    await advertises local 10.9.0.2:4444
    end_members TERM far local phone
}

for case_name in a_node_moves who_was_dialled_moves loopback_gives_way; do
    make_networks
    run_cases "$case_name"
    drop_networks
done
