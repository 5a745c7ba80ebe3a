#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam explain: the examples of sim/README.md word for word, what is folded and what is not, options, directories that
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

# block NAME: the example of sim/README.md for that scenario
block() {
    awk -v call="\$ tools/roam explain results/runs/$1" '/^```/ { inside = 0 } inside; $0 == call { inside = 1 }' "$root/sim/README.md"
}

# ---- the three examples ----
for scenario in handover/wifi-to-cellular nat/cgnat-during-validation relay/relay-swap; do
    name=${scenario#*/}
    run "$name" "$root/scenarios/$scenario.yaml"
    status 0 "$roam" explain "$name"
    block "$name" >wanted
    [[ -s wanted ]] || fail "sim/README.md has no example of $name"
    diff wanted out >difference || fail "$name is not what sim/README.md shows: $(head -n 20 difference)"
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
says out 'Initial #0 CRYPTO'
says out 'timeline: say nothing'
says out 'HANDSHAKE_DONE'
moves busy 'traffic={flow: laptop -> server, send: 400B, every: 20ms}' 'duration=8s' \
    'timeline={at: 5s, migrate: laptop -> server, network: cellular, as: move}' >busy.yaml
run busy busy.yaml
status 0 "$roam" explain busy
grep -qE '^ +\.\.\. [0-9.]+ s: [0-9]+ packets, all delivered; 2 peer_up$' out || fail 'what was before is not folded'
! grep -q 'Initial' out || fail 'the handshake is told, 5 s before the migration'
says out 'laptop calls migrate "move": to cellular'
says out ': first data on cellular'
says out ': last data on wifi'
says out 'RETIRE_CONNECTION_ID 0'
says out 'Where the 7'

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
says out '(2 before it were'

# ---- a call that fails, and challenges to a host that is gone ----
moves gone 'duration=8s' 'timeline={at: 2s, restart: server, for: 5s}
{at: 3s, migrate: laptop -> server, network: cellular, timeout: 500ms, as: late}' >gone.yaml
run gone gone.yaml
status 0 "$roam" explain gone
same "$(tr '\n' ' ' <out | grep -o '"late": timeout after .*that time' | tr -s ' ')" \
    '"late": timeout after 500.000 ms: 2 challenges left, 2 reached the peer; 0 answers left, 0 came back in that time' \
    'a call that fails'
same "$(sed 's/│/ /g' out | tr -s '\n ' '  ' | grep -o 'never answered' | wc -l)" 2 'challenges that nobody answers'

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
says out 'Initial #0 CRYPTO'
! grep -q 'laptop calls migrate' out || fail 'the migration is not around 0s'
status 0 "$roam" explain busy --around peer_up
says out 'laptop: peer_up: server'
status 0 "$roam" explain busy --between 0s..20ms
says out 'Initial #0 CRYPTO'
! grep -q 'HANDSHAKE_DONE' out || fail 'HANDSHAKE_DONE is after 20ms'
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
says out '|------o----->|'
says out 'X------|'
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
says out $'\e[1;31m#305 PATH_RESPONSE 9501f233, 1200 B, to CID 7; LOST: the NAT has no such'
says out $'\e[32mmigrate "move" returns ok'
TERM=xterm NO_COLOR=1 status 0 python3 terminal.py sh -c "$wide" "$roam"
! grep -q $'\e' out || fail 'colour, with NO_COLOR'
says out '#305 PATH_RESPONSE 9501f233, 1200 B, to CID 7; LOST: the NAT has no such'

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
