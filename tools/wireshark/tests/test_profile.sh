#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The profile, as tshark loads it: each column is filled with what it is called, of packets decrypted with the secrets in the
# capture; each colour is a filter that Wireshark takes and that picks the packets it is named for.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
command -v tshark >/dev/null || { echo "tshark is not here: tools/setup" && exit 77; }
profile=$root/tools/wireshark/profiles/roam

# A NAT that rebinds, a call that migrates, and a challenge that is lost.
cat >moves.yaml <<'YAML'
roam: 1
name: moves
duration: 3s
networks:
  wifi: {delay: 8ms, rate: 50Mbps, nat: home}
  cellular: {delay: 35ms, rate: 20Mbps}
  datacentre: {delay: 1ms, rate: 1Gbps}
nats:
  home: {pool: [203.0.113.7], mapping: endpoint-independent, filtering: address-and-port-dependent, timeout: 30s}
nodes:
  laptop: {networks: [wifi, cellular]}
  server: {networks: [datacentre], listen: 4433}
peers: [laptop -> server]
traffic:
  - {flow: laptop -> server, send: 400B, every: 50ms}
timeline:
  - {at: 500ms, shuffle: home, of: laptop, change: port}
  - {at: 1s, drop: laptop, network: cellular, direction: up, frame: path_challenge, count: 1}
  - {at: 1s, migrate: laptop -> server, network: cellular, as: away}
  - {at: 2s, reconnect: laptop -> server, as: anew}
expect: [{migration: away, result: ok}]
YAML
status 0 "$roam" run moves.yaml --out run --pcap --quiet
mkdir -p config/profiles
cp -r "$profile" config/profiles/
export WIRESHARK_CONFIG_DIR=$PWD/config

tshark -C roam -r run/packets.pcapng -T psml >psml 2>said || fail 'tshark does not load the profile'
grep -v 'Running as user' said >complaints || true
same "$(cat complaints)" '' 'what tshark complains of'
python3 - <<'PY' || failed=1
import json, re, sys
import xml.etree.ElementTree as xml

failed = 0
def check(good, what):
    global failed
    if not good:
        failed = 1
        print("FAILED:", what)

root = xml.parse("psml").getroot()
names = [one.text for one in root.find("structure")]
check(names == ["No.", "Time", "Host", "Source", "Port", "Destination", "Port", "DCID", "PN", "Frames", "Comment"], f"columns {names}")
rows = [[one.text or "" for one in packet] for packet in root.findall("packet")]
SHAPE = [r"\d+", r"00:00:0[0-3]\.\d{9}", r"(laptop|server)/(wifi|cellular|datacentre)", r"[\d.]+", r"\d+", r"[\d.]+", r"\d+",
         r"[0-9a-f]{16}(,[0-9a-f]{16})*", r"\d+(,\d+)*", r"[A-Z_]+( \(\w+\))?(,[A-Z_]+( \(\w+\))?)*"]
for row in rows:
    for name, shape, text in zip(names, SHAPE, row):
        check(re.fullmatch(shape, text), f"packet {row[0]}: column {name} has '{text}'")
move = json.load(open("run/summary.json"))["migrations"][0]
def time(ns):
    return "00:00:%02d.%09d" % divmod(ns, 10**9)
[answer] = [row for row in rows if row[1] == time(move["response_received_ns"]) and row[2] == "laptop/cellular" and "PATH_RESPONSE" in row[9]]
check(answer[3:7] == ["10.3.0.1", "4433", *move["local"].split(":")], f"the answer is {answer}")
check("PATH_RESPONSE to laptop, its path 1, attempt 2" in answer[10], f"its comment is {answer[10]}")
check(len(rows) > 100, "packets")
sys.exit(failed)
PY

# ---- colours: each is a filter, and picks what its name says ----
count() { tshark -r run/packets.pcapng -Y "$1" 2>/dev/null | wc -l; }
colours=0
while IFS=@ read -r _ name filter _; do
    colours=$((colours + 1))
    tshark -r run/packets.pcapng -Y "$filter" >picked 2>said || fail "$name: $(grep -v 'Running as' said)"
    case $name in
    'rule broken' | 'altered on the way') same "$(wc -l <picked)" 0 "$name" ;;
    *) [[ -s picked ]] || fail "no packet is picked by '$name'" ;;
    esac
done < <(grep '^@' config/profiles/roam/colorfilters)
same "$colours" "$(grep -vc '^#' config/profiles/roam/colorfilters)" 'lines of colours'
# The first that fits counts: tshark says it in the colour's own numbers.
tshark -C roam --color -T psml -r run/packets.pcapng >coloured 2>/dev/null
same "$(grep -c "background='#baecba'" coloured)" "$(count 'quic.frame_type == 26 || quic.frame_type == 27')" \
    'packets in the colour of path validation'

exit $failed
