#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam trace: what it writes is in the Trace Event Format, for runs of all kinds; its slices have the times of summary.json
# and of the packets to the nanosecond; what is no run, or damaged, is refused with the place.
set -euo pipefail

source "$(dirname "$0")/../../tests/command.sh"
here=$root/tools/trace/tests
library=$root/scenarios

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
  - {at: 1s, drop: laptop, network: cellular, direction: up, frame: path_challenge, count: 2}
  - {at: 1s, migrate: laptop -> server, network: cellular, as: away}
expect: [{delivered: all}, {migration: away, result: ok}]
YAML
status 0 "$roam" run moves.yaml --out run --pcap --qlog --quiet
status 0 "$roam" trace run
same "$(cat out)" 'run/trace.json: open it in ui.perfetto.dev' 'the default name'
status 0 "$roam" trace run -o -
cmp out run/trace.json || fail 'standard output is another trace'

cat >check.py <<'PY'
import json, sys
sys.path.insert(0, sys.argv[1])
import trace_format as tf

failed = 0
def check(got, wanted, what):
    global failed
    if got != wanted:
        failed = 1
        print(f"FAILED: {what}: {got}, wanted {wanted}")

document = tf.load("run/trace.json")
check(tf.faults(document), [], "the format")
summary = json.load(open("run/summary.json"))
events = [json.loads(line) for line in open("run/events.jsonl")]
all_of = list(tf.named(document))

def slices(process, thread, name):
    return [(tf.ns(e["ts"]), tf.ns(e["ts"]) + tf.ns(e["dur"])) for p, t, e in all_of
            if e["ph"] == "X" and p == process and t.startswith(thread) and e["name"].startswith(name)]

move = summary["migrations"][0]
check(slices("laptop", "migrations to server", "validation"), [(move["requested_ns"], move["validated_ns"])], "validation")
over = max(move[key] for key in ("finished_ns", "peer_validated_ns", "first_payload_up_ns", "first_payload_down_ns"))
check(slices("laptop", "migrations to server", "migration away"), [(move["requested_ns"], over)], "migration")
at, parts = move["requested_ns"], []
for key, words in (("confirmation_ns", "?"), ("connection_id_ns", "?"), ("window_ns", "?"), ("other_ns", "?"),
                   ("unanswered_ns", "sending challenges without an answer"), ("queue_ns", "?"), ("to_peer_ns", "to the peer"),
                   ("at_peer_ns", "at the peer"), ("back_ns", "back"), ("again_ns", "?"), ("result_ns", "?")):
    if move["parts"][key] > 0:
        check(slices("laptop", "migrations to server", words), [(at, at + move["parts"][key])], key)
        parts.append(key)
    at += move["parts"][key]
check(parts, ["unanswered_ns", "to_peer_ns", "back_ns"], "parts that are not zero")

rebind = summary["rebinds"][0]
check(slices("server", "rebinds of laptop", "validation"), [(rebind["noticed_ns"], rebind["finished_ns"])], "rebind")

# The two challenges of before were lost; the answered one is the third or a later, with the times of the taps.
answered = slices("laptop", "challenges to server", "PATH_CHALLENGE 3: answered")
check([end for start, end in answered], [move["response_received_ns"]], "the answered challenge")
check(answered[0][0] - move["parts"]["unanswered_ns"], move["challenge_sent_ns"], "when it left")
for attempt in (1, 2):
    lost = slices("laptop", "challenges to server", f"PATH_CHALLENGE {attempt}: lost")
    check(len(lost), 1, f"challenge {attempt}")
    check(lost[0][0], move["challenge_sent_ns"], f"challenge {attempt} left")
check(slices("laptop", "challenges to server", "until the timer sends the next"), [(move["challenge_sent_ns"], answered[0][0])],
      "the timer")
check(slices("laptop", "challenges to server", "to the peer, lost: "), 2 * [(move["challenge_sent_ns"],) * 2], "the losses")

flows = {f["from"]: f for f in summary["traffic"]}
for one, other in (("laptop", "server"), ("server", "laptop")):
    gap = flows[one]
    check(slices(other, "flow from " + one, "longest gap"), [(gap["gap_start_ns"], gap["gap_start_ns"] + gap["gap_ns"])], "gap")
path = [e for e in events if e["event"] == "path_changed" and e["node"] == "laptop"]
up = [e["at_ns"] for e in events if e["event"] == "peer_up" and e["node"] == "laptop"][0]
end = 3_000_000_000
check(slices("laptop", "path to server", ""), [(up, path[0]["at_ns"]), (path[0]["at_ns"], end)], "paths")
check(slices("laptop", "connection with server", ""), [(up, end)], "connection")
check(slices("laptop", "on wifi", "10.1.0.1"), [(0, end)], "address")

def instants(process, thread, scope=None):
    return [(tf.ns(e["ts"]), e["name"]) for p, t, e in all_of
            if e["ph"] == "i" and p == process and t.startswith(thread) and scope in (None, e["s"])]

check(instants("moves, seed 1", "timeline", "g"), [(500_000_000, "shuffle, NAT home"), (1_000_000_000, "drop laptop, cellular"),
                                                   (1_000_000_000, "migrate laptop -> server, cellular")], "the timeline")
check(instants("NAT home", "bindings"), [(500_000_000, "nat_shuffled")], "the NAT")
dropped = sorted((e["at_ns"], e["reason"]) for e in events if e["event"] == "drop")
drops = sorted(instants("laptop", "drops") + instants("server", "drops"))
check([at for at, name in drops], [at for at, name in dropped], "drops")
check(instants("server", "milestones of migrations of laptop"),
      sorted((e["at_ns"], e["event"]) for e in events if e["event"] in
             ("challenge_received", "response_sent", "peer_validated", "first_payload_up")), "milestones at the peer")

# Counters: each update of the log that changes a value, at its time; the last values are those of summary.json.
for node, end_of in (("laptop", "dialer"), ("server", "acceptor")):
    last = summary["peers"][0][end_of]["last_path"]
    values = {e["name"].split(",")[0]: e["args"]["value"] for p, t, e in all_of if e["ph"] == "C" and p == node}
    check(sorted(values), ["bytes in flight", "congestion window (bytes)", "smoothed RTT (ms)"], f"counters of {node}")
    check(int(values["congestion window (bytes)"]), last["cwnd"], f"the window of {node}")
    check(abs(float(values["smoothed RTT (ms)"]) - last["srtt_ns"] / 1e6) < 1, True, f"the RTT of {node}")
    check(all(tf.ns(e["ts"]) <= end for p, t, e in all_of if e["ph"] == "C"), True, "times of counters")
sys.exit(failed)
PY
python3 check.py "$here" || failed=1

# ---- the format, of runs of all kinds: overlapping calls, losses, reconnects, outages, groups, no summary ----
# Challenges have the numbers of the captures' comments, also after a rebind, where the path is another one for the server alone.
for scenario in errors/superseded errors/timeout-one-way-up nat/cgnat-during-validation nat/rebind-there-and-back relay/tunnel-reconnect \
    membership/reconnect-instead multi/all-peers-move attack/off-path-forward latency/response-damaged; do
    [[ -e $library/$scenario.yaml ]] || { fail "there is no $scenario" && continue; }
    rm -rf kind
    status 0 "$roam" run "$library/$scenario.yaml" --out kind --pcap --qlog --quiet
    status 0 "$roam" trace kind
    python3 - "$here" <<'PY' || fail "$scenario"
import re, sys
sys.path.insert(0, sys.argv[1])
import trace_format
document = trace_format.load("kind/trace.json")
faults = trace_format.faults(document)
commented = re.findall(rb"PATH_CHALLENGE of ([a-z0-9-]+), its path \d+, attempt (\d+)(, once more|: comes)?", open("kind/packets.pcapng", "rb").read())
numbers = sorted((node.decode(), int(number)) for node, number, which in commented if which != b": comes")
traced = sorted((process, e["args"]["attempt"]) for process, track, e in trace_format.named(document)
                if e["ph"] == "X" and track.startswith("challenges to") and e["name"].startswith("PATH_CHALLENGE"))
if traced != numbers:
    faults.append(f"challenges {traced}, in comments of the capture {numbers}")
print("\n".join(faults[:5]))
sys.exit(len(faults) > 0)
PY
done
status 0 "$roam" run "$library/errors/dial-while-up.yaml" --out kind --quiet # its directory is one of a run with a trace
[[ ! -e kind/trace.json ]] || fail 'the trace of the run before is still there'

# ---- a run that was interrupted ----
cp -r run cut
rm cut/trace.json cut/summary.json
head -c -20 cut/events.jsonl >short && mv short cut/events.jsonl
status 0 "$roam" trace cut -o cut.json
says err 'cut has no summary.json'
grep -q '"name":"migration away"' cut.json || fail 'a migration of an interrupted run'

# ---- what is refused ----
status 2 "$roam" trace run
says err 'run/trace.json exists: another name, or --force'
cp run/trace.json before
status 0 "$roam" trace run --force
cmp before run/trace.json || fail 'a trace follows from the run alone'
status 2 "$roam" trace nowhere
says err 'nowhere: there is no such directory; roam run SCENARIO.yaml --out nowhere makes one'
mkdir empty
status 2 "$roam" trace empty
says err 'empty: has no events.jsonl: it is no run'
[[ ! -e empty/trace.json ]] || fail 'a trace of no run'
cp -r run damaged
sed -i '7s/{/[/' damaged/events.jsonl
status 2 "$roam" trace damaged -o damaged.json
says err 'damaged/events.jsonl:7: '
[[ ! -e damaged.json ]] || fail 'a trace of a damaged run'
cp run/events.jsonl damaged/
sed -i '3s/:/;/' damaged/summary.json
status 2 "$roam" trace damaged -o damaged.json
says err 'damaged/summary.json:3: '
cp run/summary.json damaged/
sed -i '9s/{/[/' damaged/laptop-1.sqlog
status 2 "$roam" trace damaged -o damaged.json
says err 'damaged/laptop-1.sqlog:9: '
cp run/laptop-1.sqlog damaged/
head -c 3000 /dev/urandom >damaged/packets.pcapng
status 2 "$roam" trace damaged -o damaged.json
says err 'damaged/packets.pcapng'
status 3 "$roam" trace run -o nowhere/trace.json
says err 'nowhere/trace.json'
status 2 "$roam" trace run again
says err 'one directory, please'
status 2 "$roam" trace
says err 'which run?'
status 2 "$roam" trace run --ouput x
says err "did you mean '--out'?"
status 0 "$roam" trace --help
says out 'usage: roam trace DIR'

# ---- values that no run has: no crash, and the format holds ----
python3 - <<'PY'
import json, random
random.seed(1)
lines = [json.loads(line) for line in open("run/events.jsonl")]
summary = json.load(open("run/summary.json"))
WRONG = [None, -1, 2**63 - 1, "", "\u00e9" * 300, [], {}, 1.5, True, "laptop", 10**9]
def spoil(value):
    if isinstance(value, dict):
        return {key: random.choice(WRONG) if random.random() < 0.1 else spoil(item) for key, item in value.items()}
    if isinstance(value, list):
        return [spoil(item) for item in value]
    return value
for number in range(25):
    with open(f"events-{number}.jsonl", "w") as to:
        for i, line in enumerate(lines):
            to.write(json.dumps(line if i < 2 else spoil(line)) + "\n")
    json.dump(spoil(summary), open(f"summary-{number}.json", "w"))
PY
mkdir spoilt
written=0
for number in {0..24}; do
    mv "events-$number.jsonl" spoilt/events.jsonl
    mv "summary-$number.json" spoilt/summary.json
    result=0
    "$roam" trace spoilt -o spoilt.json --force >out 2>err || result=$?
    ((result == 0 || result == 2)) || fail "spoilt run $number: status $result: $(cat err)"
    if ((result == 0)); then
        written=$((written + 1))
        python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import trace_format as tf
faults = tf.faults(tf.load("spoilt.json")); print("\n".join(faults[:3])); sys.exit(len(faults) > 0)' "$here" || fail "spoilt run $number"
    fi
done
((written > 10)) || fail "only $written spoilt runs gave a trace"

exit $failed
