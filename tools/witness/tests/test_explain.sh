#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam explain: the examples of results/packets.md word for word, what is folded and what is not, options, directories that
# are no run, 80 columns, ASCII and colour, the figure.
set -euo pipefail
# shellcheck source=tools/tests/command.sh
source "$(dirname "$0")/../../tests/command.sh"
unset LC_CTYPE LANG NO_COLOR
export LC_ALL=C.UTF-8

# run NAME FILE: into the directory NAME
run() {
    "$roam" run "$2" --out "$1" --pcap --quiet >/dev/null
}

# block NAME: the example of results/packets.md for that scenario
block() {
    awk -v call="\$ tools/roam explain results/runs/$1" '/^```/ { inside = 0 } inside; $0 == call { inside = 1 }' "$root/results/packets.md"
}

# ---- the three examples ----
for scenario in handover/wifi-to-cellular nat/cgnat-during-validation relay/relay-swap; do
    name=${scenario#*/}
    run "$name" "$root/scenarios/$scenario.yaml"
    status 0 "$roam" explain "$name"
    block "$name" >wanted
    [[ -s wanted ]] || fail "results/packets.md has no example of $name"
    diff wanted out >difference || fail "$name is not what results/packets.md shows: $(head -n 20 difference)"
    longest=$(python3 -c 'import sys; print(max(len(line.rstrip("\n")) for line in open(sys.argv[1], encoding="utf-8")))' out)
    ((longest <= 80)) || fail "$name has a line of $longest columns"
done

# ---- what the packets say ----
status 0 "$roam" explain wifi-to-cellular --all
same "$(grep -cE '^ *[0-9.]+ +lost ' out)" "$(grep -c '"event":"drop"' wifi-to-cellular/events.jsonl)" 'every drop is told'
# What a host without the network's link sends is counted by no link, and is a drop of that host.
same "$(grep -cE '^ *[0-9]+\.[0-9]{6} +([0-9]+\.[0-9]{3}|lost) ' out)" \
    "$(($(python3 -c 'import json, sys
print(sum(link["up"]["packets"] for link in json.load(open(sys.argv[1]))["links"]))' wifi-to-cellular/summary.json) +
    $(grep -c '"reason":"detached","node":"laptop"' wifi-to-cellular/events.jsonl)))" 'every packet that left a host is told'
! grep -qE '^ {9,}\.\.\. ' out || fail 'something is folded with --all'

# ---- folding: a quiet run is told whole, a longer one around what happens ----
moves quiet 'timeline={at: 3s, say: nothing}' >quiet.yaml
run quiet quiet.yaml
status 0 "$roam" explain quiet
says out 'Initial c#0 CRYPTO'
says out 'timeline: say nothing'
says out 'HANDSHAKE_DONE'
moves busy 'traffic={flow: laptop -> server, send: 400B, every: 20ms}' 'duration=8s' \
    'timeline={at: 5s, migrate: laptop -> server, network: cellular, as: move}' >busy.yaml
run busy busy.yaml
status 0 "$roam" explain busy
grep -qE '^ +\.\.\. [0-9.]+ s: wifi [0-9]+ up, [0-9]+ down; all delivered$' out || fail 'what was before is not folded'
! grep -q 'Initial' out || fail 'the handshake is told, 5 s before the migration'
says out 'timeline: laptop calls migrate "move" to cellular'
same "$(grep -o ': first sent here' out | wc -l)" 1 'first data of the laptop on cellular: the server sends none'
same "$(grep -o ': last sent here' out | wc -l)" 1 'last data of the laptop on wifi'
says out 'laptop: path_changed to 10.2.0.1:49153: path validated'
says out 'server: path_changed to 10.2.0.1:49153: follows (9.3)'
same "$(sed 's/│/ /g' out | tr -s '\n ' '  ' | grep -o 'check of the old path (9.3.3); no answer, laptop left it' | wc -l)" 1 'the old path'
says out 'RETIRE_CONNECTION_ID 0'
says out 'Where the 7'

# What the adapter of a QUIC library says is told where it said it.
cp -r quiet speaks
sed -i '/"event":"timeline"/i {"at_ns":2999000000,"event":"endpoint_log","node":"laptop","text":"ERR_CRYPTO"}\n{"at_ns":2999000000,"event":"endpoint_log","node":"laptop","dropped":true}' speaks/events.jsonl
status 0 "$roam" explain speaks
says out '═ laptop says: ERR_CRYPTO'
says out '═ laptop says more, which was not kept'

# ---- stateless resets, by the token of the transport parameters or of NEW_CONNECTION_ID ----
run dial-while-up "$root/scenarios/errors/dial-while-up.yaml"
status 0 "$roam" explain dial-while-up --around peer_down
says out '15.050000 10.000  │<──────────┤ stateless reset for CID 0, 32 B'
moves restarted 'traffic={flow: laptop -> server, send: 400B, every: 20ms}' \
    'timeline={at: 1s, migrate: laptop -> server, network: cellular}
{at: 3s, restart: server}' >restarted.yaml
run restarted restarted.yaml
status 0 "$roam" explain restarted --around peer_down
says out ' stateless reset for CID 7, '
! grep -q 'no connection' out || fail 'a stateless reset is told as a packet of no connection'

# ---- lost packets, by reason; packets that are folded count too ----
moves lossy 'traffic={flow: laptop -> server, send: 400B, every: 20ms}' 'duration=8s' \
    'timeline={at: 3s, blackhole: laptop, network: wifi, direction: up, for: 100ms}
{at: 5s, drop: laptop, network: cellular, direction: up, frame: path_challenge, count: 2}
{at: 5s, migrate: laptop -> server, network: cellular, as: move}' >lossy.yaml
run lossy lossy.yaml
status 0 "$roam" explain lossy
same "$(grep -c 'PATH_CHALLENGE.*' out)" "$(grep -c 'PATH_CHALLENGE' out)" 'challenges'
says out 'dropped by the timeline'
grep -qE '^ +\.\.\. .* LOST: black hole' out || fail 'the black hole is not counted where packets are folded'
same "$(grep -c '═ timeline: ' out)" 4 'entries of the timeline'
flat() { sed 's/│/ /g' "$1" | tr -s '\n ' '  '; }
flat out >words
says words '1024.000 ms sending challenges without an answer (a probe timeout without an RTT of the new path, RFC 9002 section 6.2.2: 333 ms + 4 x 166.5 ms + 25 ms; the first 2 were lost: dropped by the timeline), 36.000 ms to the peer'
# The answers are lost, not the challenges; 2 rounds are no single timeout.
moves answers 'traffic={flow: laptop -> server, send: 400B, every: 20ms}' 'duration=12s' \
    'timeline={at: 5s, drop: laptop, network: cellular, direction: down, frame: path_response, count: 4}
{at: 5s, migrate: laptop -> server, network: cellular, timeout: 6s, as: move}' >answers.yaml
run answers answers.yaml
status 0 "$roam" explain answers
flat out >words
says words '3072.000 ms sending challenges without an answer (the answers to the first 4 were lost: dropped by the timeline)'

# ---- what the run measured itself is what the packets show ----
# parts FILE: the time of each part, that in the queue and to the peer as one
parts() {
    python3 - "$1" <<'PY'
import re, sys
text = " ".join(open(sys.argv[1], encoding="utf-8").read().split())
line = re.search(r'Where the ([\d.]+) ms of "\w+" went: (.*?)\.(?: Time| Up)', text)
words = re.sub(r"\(.*?\)", "", line[2])
found = [(float(t), w.strip()) for t, w in re.findall(r"([\d.]+) ms ([a-z ]+?)(?=,|;|$)", words) if "links" not in words.split(t)[0][-20:]]
join = {"in the queue of the access link": "to the peer"}
sums = {}
for time, name in found:
    sums[join.get(name, name)] = round(sums.get(join.get(name, name), 0) + time, 3)
print(line[1], sorted(sums.items()))
PY
}
for name in wifi-to-cellular cgnat-during-validation relay-swap lossy answers; do
    status 0 "$roam" explain "$name"
    parts out >measured
    python3 - "$name/summary.json" measured <<'PY' || fail "$name: the parts are not those of summary.json: $(cat measured)"
import json, sys
move = json.load(open(sys.argv[1]))["migrations"][0]
text = open(sys.argv[2]).read()
assert text.startswith("%.3f " % (move["validation_ns"] // 1000 / 1000)), move["validation_ns"]
assert sum(move["parts"].values()) == move["validation_ns"]
PY
    cp -r "$name" alone && rm alone/summary.json
    status 0 "$roam" explain alone
    parts out >seen
    python3 - measured seen <<'PY' || fail "$name: measured, and seen: $(cat measured seen)"
import ast, sys
(whole, a), (other, b) = (open(name).read().split(" ", 1) for name in sys.argv[1:])
a, b = dict(ast.literal_eval(a)), dict(ast.literal_eval(b))
assert whole == other and a.keys() == b.keys() and a  # each number is cut off after the microsecond
assert all(abs(a[part] - b[part]) < 0.0015 for part in a)
PY
    ! grep -q 'Rules of RFC 9000' out || fail "$name: rules without summary.json"
    rm -r alone
done

run rebind "$root/scenarios/nat/rebind-port-after-outage.yaml"
status 0 "$roam" explain rebind
flat out >words
says words "Where the $(python3 -c 'import json
ns = json.load(open("rebind/summary.json"))["rebinds"][0]
cut = lambda ns: "%d.%03d ms" % (ns // 1000000, ns % 1000000 // 1000)
print("%s of the rebind to %s went: %s to the peer, 0.000 ms at the peer, %s back" % (
    cut(ns["validation_ns"]), ns["new_remote"], cut(ns["parts"]["to_peer_ns"]), cut(ns["parts"]["back_ns"])))')"
says words 'check of the old path (9.3.3); LOST: NAT home has no such binding'

# ---- rules that were broken ----
same "$(grep -c 'NOTE' <("$roam" explain cgnat-during-validation))" 0 'a rule that was kept'
cp -r busy blamed
python3 - blamed/summary.json <<'PY'
import json, sys
whole = json.load(open(sys.argv[1]))
rule = next(r for r in whole["rules"] if r["rule"] == "challenge-padded")
rule["verdict"] = rule["endpoints"][0]["verdict"] = "broken"
rule["endpoints"][0]["node"], rule["endpoints"][0]["to"], rule["endpoints"][0]["side"] = "laptop", "server", "client"
rule["endpoints"][0]["first"] = {"at_ns": 2016000000, "packet": 0, "text": "a datagram has 57 bytes", "packet_type": "1RTT"}
json.dump(whole, open(sys.argv[1], "w"))
PY
status 0 "$roam" explain blamed --all
number=$(grep -oP '^ *2\.016000 .*\Kc#[0-9]+(?= STREAM)' out | head -n 1)
sed -i "s/\"packet\": 0,/\"packet\": ${number#c#},/" blamed/summary.json
status 0 "$roam" explain busy
! grep -q "$number STREAM" out || fail "$number is told already"
# events.jsonl says it too: it is told once. Without summary.json it is told as it stands there.
sed -i '/"at_ns":5000000000,"event":"timeline"/i {"at_ns":2016000000,"event":"rule_broken","node":"laptop","to":"server","rule":"challenge-padded","id":"rfc9000-8.2.1-1","level":"MUST","text":"in events.jsonl"}' blamed/events.jsonl
mv blamed/summary.json kept.json
status 0 "$roam" explain blamed --all
flat out >words
says words '2.016000 ═ NOTE: laptop breaks challenge-padded (MUST, 8.2.1-1): in events.jsonl'
mv kept.json blamed/summary.json
status 0 "$roam" explain blamed
same "$(grep -c '═ NOTE' out)" 1 'a rule that events.jsonl and summary.json have'
grep -A 1 "$number STREAM" out >pair || fail "$number is not told, with which the rule was broken"
grep -q '^2.016000 .*═ NOTE: laptop breaks challenge-padded (MUST, 8.2.1-[0-9]*):' pair || fail "no NOTE after it: $(cat pair)"
flat out >words
says words ": $number: a datagram has 57 bytes"
grep -qE '^Rules of RFC 9000: [0-9]+ exercised, 1 BROKEN \(see NOTE\)\.$' out || fail "the rules' line: $(tail -n 1 out)"

# ---- what came of it, against what --all draws ----
status 0 "$roam" explain wifi-to-cellular --all
python3 - out wifi-to-cellular/summary.json <<'PY' || fail 'interruptions or counts are not what the rows say'
import json, re, sys
text = open(sys.argv[1], encoding="utf-8").read()
flat = " ".join(text.split())
rows = re.findall(r"^ *(\d+\.\d+) +(lost|[\d.]+)  (\S.*?) (?:(?:Initial|Handshake) )?([cs])#\d+ (.*)$", text, re.M)
def wifi(way):  # an arrow that begins or ends at the first lifeline
    return way[0] in "├✗" or way[1] in "<✗"
def micro(time): return round(float(time) * 1000000)
for side, name in (("c", "up"), ("s", "down")):
    mine = [r for r in rows if r[3] == side]
    data = [(micro(t) + round(float(took) * 1000), wifi(way)) for t, took, way, _, words in mine if "STREAM" in words and took != "lost"]
    last = max(at for at, old in data if old)
    first = min(at for at, old in data if not old)
    said = re.search(r"first on the new\): up ([\d.]+) ms, down ([\d.]+) ms", flat)
    assert abs(float(said[1 if side == "c" else 2]) * 1000 - (first - last)) <= 2, (said[0], first - last)
    lost = [r for r in mine if r[1] == "lost"]
    line = re.search(r"%s: (\d+) datagrams, (\d+) LOST: \w+ gone; (\d+) with data; (\d+) B sent again, (\d+) B missing" % name.capitalize(), flat)
    assert line and [int(line[i]) for i in (1, 2, 3, 5)] == [len(mine), len(lost), sum("STREAM" in r[4] for r in lost), 0], line
    challenges = sum(r[4].count("PATH_CHALLENGE") for r in mine)
    assert sum(int(n) for n in re.findall(r"(\d+) path_challenge", " ".join(re.findall(r"Frames %s on \w+: [^F]*" % name, flat)))) == challenges
PY
# The expectation says how much was sent again, too.
moves again 'traffic={flow: laptop -> server, send: 400B, every: 20ms}' 'duration=8s' \
    'timeline={at: 3s, blackhole: laptop, network: wifi, direction: up, for: 100ms}' \
    'expect={retransmitted: laptop -> server, max: 100MB}' >again.yaml
run again again.yaml
status 0 "$roam" explain again
bytes=$(python3 -c 'import json, sys, re
print(re.search(r"(\d+) B", json.load(open(sys.argv[1]))["expectations"][0]["measured"])[1])' again/summary.json)
grep -q "; $bytes B sent again" <(flat out) || fail "not $bytes B sent again: $(grep 'Up:' -A 1 out)"

# ---- a call that fails, and challenges to a host that is gone ----
moves gone 'duration=8s' 'timeline={at: 2s, restart: server, for: 5s}
{at: 3s, migrate: laptop -> server, network: cellular, timeout: 500ms, as: late}' >gone.yaml
run gone gone.yaml
status 0 "$roam" explain gone
same "$(tr '\n' ' ' <out | grep -o '"late": timeout after .*that time' | tr -s ' ')" \
    '"late": timeout after 500.000 ms: 2 challenges left, 2 reached the peer; 0 answers left, 0 came back in that time' \
    'a call that fails'
same "$(sed 's/│/ /g' out | tr -s '\n ' '  ' | grep -o '2x1200 B, CID 7; never answered' | wc -l)" 1 'challenges that nobody answers'

# ---- a comment in the capture is told, without what it could do to a terminal ----
cp -r busy noted
python3 - noted/packets.pcapng <<'PY'
import struct, sys
data = open(sys.argv[1], "rb").read()
at, out, number = 0, b"", 0
while at < len(data):
    kind, size = struct.unpack_from("<II", data, at)
    block = data[at:at + size]
    if kind == 6:
        number += 1
        if number == 300:  # data, which is folded else
            text = b"rule one-id-one-path\x1b[2J"
            option = struct.pack("<HH", 1, len(text)) + text + bytes(-len(text) % 4)
            length = struct.unpack_from("<I", block, 20)[0]
            options = 28 + length + -length % 4
            body = block[8:options] + option + block[options:-4]
            block = struct.pack("<II", 6, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
    out += block
    at += size
open(sys.argv[1], "wb").write(out)
PY
status 0 "$roam" explain noted --between 0s..5s
says out 'NOTE: rule'
! grep -q $'\e' out || fail 'a control character of a comment'
status 0 "$roam" explain busy --between 0s..5s
! grep -q 'NOTE' out || fail 'a note where there is none'

# ---- windows ----
status 0 "$roam" explain busy --around move
says out 'laptop calls migrate "move"'
status 0 "$roam" explain busy --around migrate
says out 'laptop calls migrate "move"'
status 0 "$roam" explain busy --around 0s
says out 'Initial c#0 CRYPTO'
! grep -q 'laptop calls migrate' out || fail 'the migration is not around 0s'
status 0 "$roam" explain busy --around peer_up
says out 'laptop: peer_up: server'
status 0 "$roam" explain busy --between 0s..20ms
says out 'Initial c#0 CRYPTO'
! grep -q 'HANDSHAKE_DONE' out || fail 'HANDSHAKE_DONE is after 20ms'
# A reconnect from its call to its result; by default as well, and by its label.
run reconnect-instead "$root/scenarios/membership/reconnect-instead.yaml"
for around in '' '--around reconnect' '--around reconnected'; do
    # shellcheck disable=SC2086
    status 0 "$roam" explain reconnect-instead $around
    same "$(grep -cE '^5\.005000 +. timeline: dialer calls reconnect "reconnected"$' out)" 1 "the call, $around"
    same "$(grep -cE '^5\.041000 36\.000 .*Initial s#0 CRYPTO' out)" 1 "the handshake, $around"
    same "$(grep -cE '^5\.149000 +. reconnect "reconnected" returns ok after 144\.000 ms$' out)" 1 "the result, $around"
done
status 2 "$roam" explain busy --around mvoe
says err "this run has no 'mvoe'; did you mean 'move'?"
status 2 "$roam" explain busy --between 5s
says err "'5s' is no pair of times"
status 2 "$roam" explain busy --between 5s..4s
status 0 "$roam" explain busy --of laptop
status 2 "$roam" explain busy --of lptop
says err "no node 'lptop'; did you mean 'laptop'?"
status 2 "$roam" explain busy --arround move
says err "unknown option '--arround'"
status 2 "$roam" explain
says err 'which run?'
status 2 "$roam" explain busy quiet
status 0 "$roam" explain --help
says out 'usage: roam explain DIR'

# ---- directories that are no run: what is missing, and the command that makes it ----
status 2 "$roam" explain nowhere
says err 'nowhere: there is no such directory; roam run SCENARIO.yaml --out nowhere --pcap'
mkdir empty
status 2 "$roam" explain empty
says err 'has no events.jsonl: it is no run; roam run SCENARIO.yaml --out empty --pcap'
status 2 "$roam" explain busy.yaml
says err 'busy.yaml: is no directory'
"$roam" run busy.yaml --out bare --quiet >/dev/null
status 2 "$roam" explain bare
says err 'the run was made without --pcap; roam run SCENARIO.yaml --out bare --pcap'
cp -r busy older && sed -i 2d older/events.jsonl
status 2 "$roam" explain older
says err 'says nothing of nodes and networks'
cp -r busy broken && sed -i '5s/.*/{"at_ns":/' broken/events.jsonl
status 2 "$roam" explain broken
says err 'broken/events.jsonl:5: '
cp -r busy nameless && sed -i 's/"address":"10/"address":"x/' nameless/events.jsonl
status 0 "$roam" explain nameless
says out 'laptop on wifi'
cp -r busy other && echo 'no capture' >other/packets.pcapng
status 2 "$roam" explain other
says err 'other/packets.pcapng: is no capture of roam'
# Cut off anywhere, it is told as far as it goes.
cp -r busy cut
size=$(stat -c %s busy/packets.pcapng)
for part in 1 2 3 5 7; do
    head -c $((size * part / 8 + part)) busy/packets.pcapng >cut/packets.pcapng
    status 0 "$roam" explain cut
    says out '(packets.pcapng is cut off)'
done
head -n 6 busy/events.jsonl >cut/events.jsonl
printf '{"at_ns":9,"ev' >>cut/events.jsonl
status 0 "$roam" explain cut
says out '(interrupted)'

# ---- terminals ----
LC_ALL=C status 0 "$roam" explain cgnat-during-validation
! grep -qP '[^\x00-\x7f]' out || fail 'not ASCII in the C locale'
says out '|-----o---->|'
says out 'X-----|'
! grep -q $'\e' out || fail 'colour, and no terminal'

# A terminal of 120 columns is used, and has colour for what was lost; NO_COLOR has none.
cat >terminal.py <<'PY'
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
whole = b""
try:
    while part := os.read(fd, 65536):
        whole += part
except OSError:
    pass
sys.stdout.buffer.write(whole.replace(b"\r\n", b"\n"))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
wide='stty cols 120 && exec "$0" explain cgnat-during-validation'
TERM=xterm status 0 python3 terminal.py sh -c "$wide" "$roam"
says out $'\e[1;31ms#305 PATH_RESPONSE 9501, 2x1200 B, CID 7; LOST: NAT carrier has no such'
says out $'\e[32mmigrate "move" returns ok'
TERM=xterm NO_COLOR=1 status 0 python3 terminal.py sh -c "$wide" "$roam"
! grep -q $'\e' out || fail 'colour, with NO_COLOR'
says out 's#305 PATH_RESPONSE 9501, 2x1200 B, CID 7; LOST: NAT carrier has no such'

# ---- the figure ----
status 0 "$roam" explain relay-swap --svg relay.svg
[[ ! -s out ]] || fail 'text beside the figure'
python3 - relay.svg <<'PY' || fail 'the figure is no XML, or lacks what the text has'
import sys, xml.etree.ElementTree as tree
root = tree.parse(sys.argv[1]).getroot()
texts = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
assert any("PATH_CHALLENGE" in t for t in texts) and any("relay-b, a relay" in t for t in texts), texts[:20]
assert "prefers-color-scheme: dark" in open(sys.argv[1]).read()
height = float(root.get("height"))
assert all(float(e.get("y")) < height for e in root.iter("{http://www.w3.org/2000/svg}text")), height
PY
status 3 "$roam" explain relay-swap --svg nowhere/relay.svg
says err 'nowhere/relay.svg'
exit $failed
