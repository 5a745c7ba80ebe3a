#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A capture as tshark reads it, with no key file and no preference: every QUIC packet decrypted, and the times of
# PATH_CHALLENGE and PATH_RESPONSE, both ways, those of summary.json to the nanosecond. The taps see addresses alone, so
# this holds their word against the frames. Capture time 0 is the year 2000.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
command -v tshark >/dev/null || { echo "tshark is not here: tools/setup" && exit 77; }

scenario() { # FAMILY
    cat <<YAML
roam: 1
name: moves
duration: 3s
networks:
  wifi: {delay: 8ms, rate: 50Mbps, family: $1}
  cellular: {delay: 35ms, rate: 20Mbps, family: $1}
  wired: {delay: 3ms, rate: 1Gbps, link: p2p, family: $1}
  datacentre: {delay: 1ms, rate: 1Gbps, family: $1}
nodes:
  laptop: {networks: [wifi, cellular, wired]}
  server: {networks: [datacentre], listen: 4433}
peers: [laptop -> server]
traffic:
  - {flow: laptop -> server, send: 400B, every: 50ms}
  - {flow: server -> laptop, send: 400B, every: 50ms}
timeline:
  - {at: 500ms, migrate: laptop -> server, network: cellular, as: first}
  - {at: 1s, migrate: laptop -> server, network: wired, as: second}
  - {at: 1500ms, migrate: laptop -> server, network: wifi, as: third}
  - {at: 2s, migrate: laptop -> server, as: fourth}
expect: [{delivered: all}, {never: timeout}]
YAML
}

told() { # KEY NUMBER: what summary.json says of the migration with that number, from 1
    grep -o "\"$1\": [0-9]*" summary.json | sed -n "$2s/.* //p"
}

seen() { # FRAME-TYPE NODE FROM TO: when the first such frame was seen at the node's taps between these ports, in ns
    awk -v type="$1" -v node="$2" -v from="$3" -v to="$4" '
        $2 ~ "^" node "/" && $3 == from && $4 == to && $5 ~ "(^|,)" type "(,|$)" {
            split($1, time, "."); print time[1] - 946684800 time[2]; exit }' frames | sed 's/^0*//'
}

check() { # FAMILY
    local challenge=26 response=27 number port key
    rm -rf run
    scenario "$1" >moves.yaml
    status 0 "$roam" run moves.yaml --out run --pcap --quiet
    cp run/summary.json .
    tshark -r run/packets.pcapng -T fields -e frame.time_epoch -e frame.interface_name -e udp.srcport -e udp.dstport \
        -e quic.frame_type -e frame.number >frames 2>/dev/null
    same "$(($(wc -l <frames) > 200))" 1 "$1: packets"
    same "$(awk -F '\t' '$5 == ""' frames | wc -l)" 0 "$1: packets that are no QUIC, or not decrypted"
    for number in 1 2 3 4; do
        port=$((49152 + number)) # the host gives them out in this order
        while read -r key type node from to; do
            same "$(seen $type $node $from $to)" "$(told "$key" $number)" "$1, migration $number, $key"
        done <<TABLE
challenge_sent_ns $challenge laptop $port 4433
challenge_received_ns $challenge server $port 4433
response_sent_ns $response server 4433 $port
response_received_ns $response laptop 4433 $port
validated_ns $response laptop 4433 $port
TABLE
        # The taps know only when it can have been: any packet after the server's first may have been the answer.
        same "$(($(told peer_validated_ns $number) <= $(seen $response server $port 4433)))" 1 \
            "$1, migration $number, peer_validated_ns is not after the answer"
        for node in laptop server; do
            same "$([[ -n $(seen $challenge $node 4433 $port) ]] && echo seen)" seen \
                "$1, migration $number, the server's challenge at $node"
        done
        same "$([[ -n $(seen $response laptop $port 4433) ]] && echo seen)" seen \
            "$1, migration $number, the answer to it leaves the laptop"
    done
}

check ipv4
check ipv6

exit $failed
