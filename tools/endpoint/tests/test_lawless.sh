#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam endpoint test refuses each rule that an adapter breaks with a sentence, and never ends by a signal: each act of
# sim/endpoint/tests/objects/lawless.c, and random ones.
set -euo pipefail

source "$(cd "$(dirname "$0")/../../.." && pwd -P)/tools/tests/command.sh"
lawless=${ROAM_BUILD:?}/test_endpoints/lawless.so

# What came of the first check that fails, of checks that call every function.
came() {
    "$roam" endpoint test "$lawless" --limit 3 --only server-new --only certificates --only stream-bidi \
        --only close-client --only nat-rebinding "$@" >out 2>err || [[ $? -eq 1 ]] || return
    sed -n 's/^ *came: *//p' out | head -n 1
}

while IFS='|' read -r act text; do
    got=$(came --option "do=$act")
    [[ $got == *"$text"* ]] || fail "$act: '$got' does not say '$text'"
    echo "$act" >>tried
    sed -n "s/^ *next: */$act|/p" out >>next
done <<'ROWS'
unknown-connection|event STREAMS_AVAILABLE in flush is of a connection that the host does not know
no-connection|event ESTABLISHED in flush is of a connection that the host does not know
unknown-event|event() is called with kind 99, which there is not
established-twice|event ESTABLISHED in flush comes twice
confirmed-first|event CONFIRMED in flush comes before ESTABLISHED
after-closed|event STREAMS_AVAILABLE in flush comes after CLOSED_EVENT
closed-how|event CLOSED_EVENT in flush has a close kind that there is not
unknown-stream|event STREAM_READABLE in stream_write comes for a stream that was not opened
stream-of-this-end|event STREAM_OPENED in stream_write comes for a stream that only this end opens
opened-twice|event STREAM_OPENED in stream_write comes for a stream that
no-path|event MOVED in flush has no path with two addresses of one family
million-events|flush makes more than 65536 events in one call
datagram-over|send() is called with a datagram over max_datagram (65000 bytes, at most 1452), in flush
datagram-of-zero|send() is called with a datagram of no bytes
datagram-without-path|send() is called with a path without a local address
datagram-of-stranger|send() names a connection that the host does not know, in flush
accepted-in-flush|accepted() is called in flush: only a datagram makes a connection
accepted-none|accepted() is called without a connection or without a path
keylog-of-lines|keylog() is called with a newline in its line
qlog-of-stranger|is of a connection that the host does not know
other-host|random() is called with the host of endpoint 'server' in a call of endpoint 'client'
no-event|event() is called with kind 0, which there is not
no-datagram|send() is called without a datagram
thread|an adapter starts no thread
crash|the process ends by signal 6 (Aborted), in flush of the client
exit|the process exits with status 0, in flush of the client
hang|nothing after 3 s of wall time, in flush of the client: it hangs
no-endpoint|endpoint_new returns OK and no endpoint
no-status|endpoint_new returns 7, which is no roam_endpoint_status
connect-none|connect returns OK and no connection
receive-stranger|receive returns a connection that accepted() did not announce
deadline-past|deadline stays in the past after expire and flush
no-stream-id|stream_open gives stream -7: those of this end and direction are 4n+0
taken-too-much|stream_write took 301 of 300 bytes
read-too-much|stream_read gives 16385 bytes where 16384 fit
close-silent|close returns without CLOSED_EVENT
no-path-in-use|path() of the server has the remote address none
peer-of-rubbish|peer() of the client has a certificate of 7 bytes
ROWS
sed -n '/^static const act acts/,/^};/s/^ *{"\([a-z-]*\)", .*/\1/p' "$root/sim/endpoint/tests/objects/lawless.c" >acts
same "$(sort tried)" "$(sort acts)" 'acts that were tried'

# The advice after a breach is the header's own sentence; after a process that ended, a debugger.
python3 - "$root/sim/endpoint/roam_endpoint.h" "$root/tools/endpoint/pair_rules.c" <<'EOF' || fail 'advice'
import re, sys
header = re.sub(r"\s+", " ", re.sub(r"\n *\* ?", " ", open(sys.argv[1]).read()))
others = {"crash": "run it in a debugger: ", "exit": "run it in a debugger: ", "hang": "run it in a debugger: ",
          "no-endpoint": "write endpoint_new ", "no-stream-id": "report STREAM_CLOSED when ", "no-path-in-use": "give receive's path ",
          "peer-of-rubbish": "have the server ask "}
table = open(sys.argv[2]).read().split("rules[] = {")[1].split("\n};")[0]
sentences = ["".join(re.findall(r'"([^"]*)"', row)[1:]) for row in re.findall(r'\{((?:"[^"]*"[,\s]*)+)\}', table)]
assert len(sentences) > 30, sentences
for sentence in sentences:
    assert sentence in header, sentence
rows = [line.rstrip("\n").split("|", 1) for line in open("next")]
assert len(rows) > 30, rows
for act, text in rows:
    said = text.removeprefix("roam_endpoint.h says: ")
    if act in others:
        assert text.startswith(others[act]), (act, text)
    else:
        assert said != text and said in header, (act, text)
EOF

for seed in {1..12}; do
    got=0
    "$roam" endpoint test "$lawless" --seed "$seed" --option do=any --option "seed=$seed" --only stream-bidi --only bulk \
        --only free --only garbage --only migrate-probe >out 2>err || got=$?
    [[ $got == 1 ]] || fail "do=any, seed $seed: exit status $got"
    ! grep -q 'by signal\|it hangs' out || fail "do=any, seed $seed: $(grep 'by signal\|it hangs' out)"
    says out 'a rule of the ABI is broken: '
done
exit "$failed"
