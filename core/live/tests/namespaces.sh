# SPDX-License-Identifier: GPL-2.0-or-later
# For what is tried on the kernel's own networks, and sourced from there: network namespaces that go with the process
# that made them, and in them this network:
#
#   client  eth0 10.1.0.2 --- 10.1.0.1 \
#           eth1 10.2.0.2 --- 10.2.0.1 - router (NAT) 10.9.0.1 --- 10.9.0.2  server
# shellcheck shell=bash

# Exit status 77 of a test: this machine allows no namespaces, or lacks a part of the kernel that the test stands on.
skip() {
    echo "SKIPPED: $*" >&2
    exit 77
}

user_namespace=() # options of unshare: an ordinary user needs a user namespace around the others
if (($(id -u) != 0)); then user_namespace=(--user --map-root-user); fi

need_namespaces() { # TOOL...: ends by skip where there are none
    local tool
    for tool in ip unshare "$@"; do
        command -v "$tool" >/dev/null || skip "there is no $tool"
    done
    unshare "${user_namespace[@]}" --net --mount true 2>/dev/null || skip "namespaces are not allowed here"
}

enter_namespaces() { # SCRIPT ARGUMENT...: the script once more, in namespaces of its own; never returns
    exec unshare "${user_namespace[@]}" --net --mount bash "$@"
}

# Inside: names of namespaces are files in /run/netns, which must not be the machine's.
own_names() {
    mount -t tmpfs none /run && mkdir -p /run/netns || skip "no file system of our own can be mounted"
}

on() { # NAMESPACE COMMAND...
    local where=$1
    shift
    ip netns exec "$where" "$@"
}

link() { # CLIENT-DEVICE NETWORK
    ip link add "$1" netns client type veth peer name "up-$1" netns router || skip "the kernel has no veth"
    ip -n client addr add "10.$2.0.2/24" dev "$1"
    ip -n router addr add "10.$2.0.1/24" dev "up-$1"
    ip -n client link set "$1" up
    ip -n router link set "up-$1" up
}

nat() { # masquerade [random]
    on router nft -f - <<NFT || skip "the kernel has no NAT"
table ip nat {
    chain post { type nat hook postrouting priority srcnat; oifname "core" $* ; }
}
NFT
}

# limit NAMESPACE DEVICE RATE, from now on: files then take some time. Without it, they may be over too soon.
limit() {
    on "$1" tc qdisc replace dev "$2" root tbf rate "$3" burst 64kb latency 50ms 2>/dev/null || true
}

make_networks() {
    local name
    for name in client router server; do
        ip netns add "$name" || skip "namespaces cannot be named here"
        ip -n "$name" link set lo up
    done
    link eth0 1
    link eth1 2
    ip link add core netns router type veth peer name core netns server
    ip -n router addr add 10.9.0.1/24 dev core
    ip -n server addr add 10.9.0.2/24 dev core
    ip -n router link set core up
    ip -n server link set core up
    on router sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
    ip -n client route add default via 10.1.0.1 dev eth0
    ip -n server route add default via 10.9.0.1
}

drop_networks() {
    local name
    for name in client router server; do ip netns del "$name"; done
}
