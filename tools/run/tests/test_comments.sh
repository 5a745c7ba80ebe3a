#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Comments of captures, as tshark has them: every packet with PATH_CHALLENGE or PATH_RESPONSE says whose it is, and no other
# does; the first packet after an entry of the timeline names it, that after a drop the drop; a path and a rebinding are
# told once. They change no packet, and are the same bytes in each run.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
command -v tshark >/dev/null || { echo "tshark is not here: tools/setup" && exit 77; }

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
  - {flow: server -> laptop, send: 400B, every: 50ms}
timeline:
  - {at: 500ms, shuffle: home, of: laptop, change: port}
  - {at: 1s, drop: laptop, network: cellular, direction: up, frame: path_challenge, count: 1}
  - {at: 1s, migrate: laptop -> server, network: cellular, as: away}
expect: [{delivered: all}, {migration: away, result: ok}]
YAML
status 0 "$roam" run moves.yaml --out run --pcap --quiet

cat >check.py <<'PY'
import json, subprocess, sys

EPOCH = 946684800
def frames(path):
    fields = ["frame.time_epoch", "frame.interface_name", "quic.frame_type", "frame.comment"]
    command = ["tshark", "-r", path, "-T", "fields", "-E", "aggregator=|"]
    for field in fields:
        command += ["-e", field]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        time, interface, types, comment = line.split("\t")
        seconds, rest = time.split(".")
        yield ((int(seconds) - EPOCH) * 10**9 + int(rest.ljust(9, "0")), interface, types.split("|"),
               comment.split("|") if comment else [])

def ns(text):  # "5008.62264 ms"
    whole, _, rest = text.removesuffix(" ms").partition(".")
    return int(whole) * 10**6 + int(rest.ljust(6, "0"))

def fail(text):
    print("FAILED:", text)
    global failed
    failed = 1

failed = 0
events = [json.loads(line) for line in open("run/events.jsonl")]
summary = json.load(open("run/summary.json"))

# ---- what packets hold ----
for file in ("run/packets.pcapng", "run/packets-laptop.pcapng", "run/packets-server.pcapng"):
    counts = [0, 0]
    for at, interface, types, comments in frames(file):
        for kind, number, word in ((0, "26", "PATH_CHALLENGE "), (1, "27", "PATH_RESPONSE ")):
            told = sum(comment.startswith(word) for comment in comments)
            if told != types.count(number):
                fail(f"{file}: {types} at {at} has {told} comments {word}")
            counts[kind] += told
    if min(counts) < 4:
        fail(f"{file}: {counts} challenges and responses")

# ---- times ----
all_frames = list(frames("run/packets.pcapng"))
move = summary["migrations"][0]
def first(text, where="run/packets.pcapng"):
    for at, interface, types, comments in frames(where):
        if any(text in comment for comment in comments):
            return at, interface
    fail(f"no comment '{text}' in {where}")
    return None, None
for text, key, interface in (
        ("PATH_CHALLENGE of laptop, its path 1, attempt 1", "challenge_sent_ns", "laptop/cellular"),
        ("migration 1000 ms: away of laptop -> server: challenge_sent", "challenge_sent_ns", "laptop/cellular"),
        ("path 1 of laptop begins", "challenge_sent_ns", "laptop/cellular"),
        ("under another connection ID: a migration", "challenge_received_ns", "server/datacentre"),
        ("PATH_RESPONSE of server to laptop, its path 1", "response_sent_ns", "server/datacentre"),
        ("PATH_RESPONSE to laptop, its path 1", "response_received_ns", "laptop/cellular")):
    for file in ("run/packets.pcapng", f"run/packets-{interface.split('/')[0]}.pcapng"):
        if first(text, file) != (move[key], interface):
            fail(f"{file}: '{text}' at {first(text, file)}, and {key} is {move[key]}")
# The lost challenge is the first attempt, and told as a drop.
if not any("attempt 2: comes to server" in c for f in all_frames for c in f[3]) or \
        any("PATH_CHALLENGE of laptop, its path 1, attempt 1: comes" in c for f in all_frames for c in f[3]):
    fail("the first attempt was lost, and the second comes")

# ---- what waits for a packet: on the first one from its time on, each once ----
NOT_AFTER = all_frames[-1][0]
for word, name in (("timeline ", "timeline"), ("drop ", "drop"), ("NAT ", "nat_shuffled")):
    wanted = sorted(e["at_ns"] for e in events if e["event"] == name and e["at_ns"] <= NOT_AFTER)
    told = []
    before = -1
    for at, interface, types, comments in sorted(all_frames, key=lambda f: f[0]):
        for comment in comments:
            if comment.startswith(word):
                when = ns(comment.split(": ")[0].removeprefix(word))
                told.append(when)
                if not before <= when <= at:
                    fail(f"'{comment}' is at {at}, after {before}")
        before = at
    if sorted(told) != wanted or not wanted:
        fail(f"{name}: {told}, wanted {wanted}")

text = "\n".join(comment for frame in all_frames for comment in frame[3])
for wanted, count in (("timeline 1000 ms: migrate laptop -> server network cellular", 1),
                      ("timeline 500 ms: shuffle NAT home", 1),
                      ("NAT 500 ms: home, 1 binding of 10.1.0.1:0 moved", 1),
                      ("drop 1000 ms: fault, ", 1),
                      ("from laptop/cellular, left 0 ms before, 1RTT packet ", 1),
                      ("a NAT rebinding", 1), ("a migration", 1), ("path 0 of laptop begins", 0),
                      ("event ", sum(e["event"] in ("peer_up", "path_changed", "rebound") for e in events)),
                      ("migration 1000 ms: away of laptop -> server: requested by the timeline", 1)):
    if text.count(wanted) != count:
        fail(f"'{wanted}': {text.count(wanted)} times, wanted {count}")
for node, count in (("laptop", 1), ("server", 0)):  # a binding is about the host whose it is
    told = sum("NAT 500 ms" in comment for frame in frames(f"run/packets-{node}.pcapng") for comment in frame[3])
    if told != count:
        fail(f"the file of {node} tells {told} bindings")
sys.exit(failed)
PY
python3 check.py >said || failed=1
cat said

# ---- deterministic; and without comments it is the same packets ----
status 0 "$roam" run moves.yaml --out again --pcap --quiet
for file in run/*.pcapng; do
    cmp "$file" "again/$(basename "$file")" || fail "$file differs from run to run"
done

# ---- roam explain does not take them for faults ----
status 0 "$roam" explain run --all
! grep -q NOTE out || fail 'a comment that tells an event is no NOTE'

exit $failed
