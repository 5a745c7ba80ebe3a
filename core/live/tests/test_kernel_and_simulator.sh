#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The simulator against the kernel: the same two access networks and the same three events in both. Results must be
# equal, and validation times equal but for the kernel's noise, which is measured in the same run with plain UDP.
#
#   client  wifi 10.1.0.2, 10 ms one way \
#           cellular 10.2.0.2, 30 ms     - server 10.9.0.2      (TUN devices, delayed by roam_delay)
#
# Exit status 77: this machine allows no namespaces, or has no TUN devices.
set -euo pipefail

readonly roam=${ROAM_COMMAND:?the program under test} delay=${ROAM_DELAY:?the program that delays}
readonly wifi_us=10000 cellular_us=${ROAM_TEST_CELLULAR_US:-30000} # the simulator always has 10 and 30 ms
readonly moves=5 attempts=3

source "$(dirname "$0")/namespaces.sh"

if [[ ${1:-} != inside ]]; then
    need_namespaces
    [[ -c /dev/net/tun ]] || skip "there is no /dev/net/tun"
    enter_namespaces "$0" inside
fi

work=$(mktemp -d)
pids=() broken=0

clean_up() {
    local pid
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap clean_up EXIT
cd "$work"
own_names

fault() {
    echo "FAIL $*" >&2
    broken=$((broken + 1))
}

await() { # COMMAND...: until it succeeds, ten seconds at most
    local tries=200
    until "$@" >/dev/null 2>&1; do
        ((tries-- > 0)) || { echo "FAIL '$*' never came true" >&2 && exit 1; }
        sleep 0.05
    done
}

link() { # DEVICE NETWORK TABLE
    ip link set "$1" netns client
    ip link set "$1-far" netns server
    ip -n client addr add "10.$2.0.2/24" dev "$1"
    ip -n client link set "$1" up
    ip -n client route add default dev "$1" table "$3"
    ip -n client rule add from "10.$2.0.2" table "$3"
    ip -n server link set "$1-far" up
    ip -n server route add "10.$2.0.0/24" dev "$1-far"
}

make_networks() {
    ip netns add client || skip "namespaces cannot be named here"
    ip netns add server
    mkfifo delays
    "$delay" link wifi wifi-far "$wifi_us" cellular cellular-far "$cellular_us" >delays &
    pids+=($!)
    read -r -t 10 _ <delays || skip "no TUN devices can be made"
    ip -n client link set lo up
    ip -n server link set lo up
    ip -n server addr add 10.9.0.2/32 dev lo
    link wifi 1 101
    link cellular 2 102
    ip -n client route add default dev wifi metric 100
}

start_nodes() {
    ip netns exec server "$roam" node --name server --key server.key --listen 10.9.0.2:4433 --events server.jsonl \
        </dev/null >server.out 2>&1 &
    pids+=($!)
    await grep -q listening server.jsonl
    mkfifo input
    exec 9<>input
    ip netns exec client "$roam" node --name client --key client.key --connect server@10.9.0.2:4433 \
        --control control --netlink --debounce 50ms --events client.jsonl <&9 >client.out 2>&1 &
    pids+=($!)
    await grep -q peer_up client.jsonl
}

median() { # of the numbers on standard input
    sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# migrate ADDRESS [OPTION...]: prints result and time
migrate() {
    local address=$1
    shift
    "$roam" migrate --socket control server --local "$address" "$@" >record || true
    awk '$1 == "result" { r = $2 } $1 == "finished_ns" { t = $2 } END { print r, t }' record
}

# The noise: UDP round trips over both links, as the worst ratio of their 90th percentile to what they should be.
measure_noise() {
    local name address us
    while read -r name address us; do
        timeout 20 ip netns exec client "$delay" ask "$address" 10.9.0.2 7000 30 |
            sort -n | awk -v ideal=$((2 * us * 1000)) '{ v[NR] = $1 } END { print v[int(NR * 0.9)] / ideal }'
    done <<LINKS | sort -n | tail -n 1
wifi 10.1.0.2 $wifi_us
cellular 10.2.0.2 $cellular_us
LINKS
}

# The same story in the simulator; prints: event result time
simulate() {
    cat >story.yaml <<'STORY'
roam: 1
name: kernel
duration: 12s
networks: {wifi: {delay: 10ms}, cellular: {delay: 30ms}, wire: {}}
nodes: {client: {networks: [cellular, wifi]}, server: {networks: [wire], listen: 4433}}
peers: [client -> server]
timeline:
  - {at: 2s, migrate: client -> server, network: cellular, as: to-cellular}
  - {at: 3s, migrate: client -> server, network: wifi, as: to-wifi}
  - {at: 4s, blackhole: client, network: cellular}
  - {at: 5s, migrate: client -> server, network: cellular, timeout: 300ms, as: dead-path}
  - {at: 6s, heal: client, network: cellular}
  - {at: 8s, detach: client, network: wifi}
  - {at: 8050ms, migrate: client -> server, network: cellular, as: address-gone}
STORY
    "$roam" run --json story.yaml >story.json
    awk -F'[:,"]+' '
        $2 == "label" { label = $3 }
        $2 == "requested_ns" { requested = $3 + 0 }
        $2 == "result" && label != "" { result = $3; gsub(/^ +| +$/, "", result) }
        $2 == "finished_ns" && label != "" { print label, result, $3 - requested; label = "" }
    ' <(sed -E 's/^ +//; s/": /":/' story.json) | sort
}

compare() { # EVENT KERNEL-RESULT KERNEL-NS RTT-NS TOLERANCE
    local result ns
    read -r _ result ns < <(grep "^$1 " simulated) || { fault "$1: the simulator told nothing" && return; }
    [[ $2 == "$result" ]] || fault "$1: $2 in the kernel, $result in the simulator"
    awk -v event="$1" -v kernel="$3" -v sim="$ns" -v rtt="$4" -v tolerance="$5" 'BEGIN {
        off = (kernel - sim) / rtt
        printf "%-12s kernel %7.2f ms   simulator %7.2f ms   apart %+.3f RTT, allowed %.3f\n",
            event, kernel / 1e6, sim / 1e6, off, tolerance
        exit !(off <= tolerance && off >= -tolerance) }' || fault "$1: the kernel and the simulator are too far apart"
}

observe() { # the kernel's part: prints: event result time
    local round result ns
    for ((round = 0; round < moves; round++)); do
        read -r result ns < <(migrate 10.2.0.2)
        echo "to-cellular $result $ns"
        read -r result ns < <(migrate 10.1.0.2)
        echo "to-wifi $result $ns"
    done
    ip -n server link set cellular-far down
    read -r result ns < <(migrate 10.2.0.2 --timeout 300ms)
    echo "dead-path $result $ns"
    ip -n server link set cellular-far up
    ip -n server route replace 10.2.0.0/24 dev cellular-far
    sleep 0.5
    local before
    before=$(grep -c migration_done client.jsonl)
    ip -n client route replace default dev cellular metric 200
    ip -n client addr del 10.1.0.2/24 dev wifi
    await sh -c "[ \$(grep -c migration_done client.jsonl) -gt $before ]"
    grep migration_done client.jsonl | tail -n 1 |
        sed -E 's/.*"result":"([a-z_]+)".*"finished_ns":([0-9]+).*/address-gone \1 \2/'
    ip -n client addr add 10.1.0.2/24 dev wifi
    ip -n client route replace default dev wifi table 101
    ip -n client route replace default dev wifi metric 300
    sleep 0.5
}

time_of() { # EVENT: the median
    grep "^$1 " kernel | cut -d ' ' -f 3 | median
}

result_of() { # EVENT: one word when all agree
    grep "^$1 " kernel | cut -d ' ' -f 2 | sort -u | paste -sd ,
}

make_networks
start_nodes
simulate >simulated
ip netns exec server "$delay" echo 10.9.0.2 7000 >echo.out &
pids+=($!)
await grep -q ready echo.out
noise=$(measure_noise)
# Validation is one round trip and passes two more processes: three times what plain UDP is off, and a
# tenth of an RTT; half an RTT at most.
tolerance=$(awk -v noise="$noise" 'BEGIN { excess = noise > 1 ? noise - 1 : 0; t = 0.1 + 3 * excess; print t < 0.5 ? t : 0.5 }')
echo "noise: the 90th percentile of a UDP round trip is $noise of what it should be"
for ((attempt = 1; attempt <= attempts; attempt++)); do
    broken=0
    observe >kernel
    compare to-cellular "$(result_of to-cellular)" "$(time_of to-cellular)" 60000000 "$tolerance"
    compare to-wifi "$(result_of to-wifi)" "$(time_of to-wifi)" 20000000 "$tolerance"
    compare dead-path "$(result_of dead-path)" "$(time_of dead-path)" 60000000 "$tolerance"
    compare address-gone "$(result_of address-gone)" "$(time_of address-gone)" 60000000 "$tolerance"
    if ((broken == 0)); then break; fi
    echo "attempt $attempt of $attempts: $broken faults"
done
((broken == 0))
