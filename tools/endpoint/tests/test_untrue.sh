#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks of roam endpoint test fail when an adapter breaks no rule and leaves something out: each row names an act of
# sim/endpoint/tests/objects/untrue.c, or the event that it does not tell, the check that fails, and what came.
set -euo pipefail

source "$(cd "$(dirname "$0")/../../.." && pwd -P)/tools/tests/command.sh"
untrue=${ROAM_BUILD:?}/test_endpoints/untrue.so

status 0 "$roam" endpoint test "$untrue" --option do=nothing
status 0 "$roam" endpoint test "$untrue" --only leak
cp out heap
while IFS='|' read -r option check text; do
    if [[ $check == leak ]] && grep -q 'does not say how much' heap; then continue; fi # the sanitizers' allocator
    status 1 "$roam" endpoint test "$untrue" --option "$option" --only "$check"
    says out "fail        $check"
    says out "$text"
done <<'ROWS'
do=early-flush|first-flight|connect sends 1 datagrams: its first leaves in flush
do=patient|handshake-timeout|not CLOSED_HANDSHAKE (5)
do=refuse|handshake|connection is over after 40.000 ms, CLOSED_THERE (2), code 0x130 of QUIC: TLS alert 48, unknown_ca; the
do=refuse|handshake|is over after 20.000 ms, CLOSED_HERE (1), code 0x130 of QUIC: TLS alert 48, unknown_ca; 1 and 1 datagrams; the server said: ERR_CRYPTO
event=1|handshake|event CONFIRMED in receive comes before ESTABLISHED
event=2|confirmed|is established and not confirmed
do=any-protocol|alpn|the client is ESTABLISHED with a server that has another protocol
do=no-certificate|certificates|peer() of the client has no certificate
do=no-keylog|keylog|packets of the client leave before the key log has their secret
do=other-window|settings|the client sends initial_max_data 1400000 where it is asked for 700000
do=own-ack-delay|settings|the client sends max_ack_delay 25 where it is asked for 7
do=other-rtt|initial-rtt|the first PTO is 600.000 ms with an initial RTT of 100 ms
do=late-keylog|keylog|packets of the server leave before the key log has their secret
event=4|stream-uni|0 came out of stream_read
do=no-end|stream-uni|300 came out of stream_read, without an end
event=7|stream-closed|no STREAM_CLOSED comes at the client for stream 2
event=5|bulk|the writer waited 1 times for STREAM_WRITABLE, which came 0 times
event=8|stream-limit|no STREAMS_AVAILABLE comes
do=no-reset|reset|no RESET_STREAM frame is sent
event=6|acknowledged|STREAM_ACKNOWLEDGED says 0 bytes in all
do=other-priority|priority|the stream of urgency 7, which was opened
do=no-priority|priority|which was opened second, is whole at 274.173 ms, that of urgency 0 at 274.173 ms
do=no-idle|idle|the client gets no CLOSED_EVENT
do=wall-clock|clock|other times of the host when the clocks of the machine go faster
do=own-random|random|DETERMINISTIC is claimed, and the bytes that are sent depend on the randomness of the operating system
do=late-random|random|DETERMINISTIC is claimed, and the bytes that are sent depend on the randomness of the operating system
do=same-random|seeds|the same
do=microseconds|statistics|srtt_ns is 0.040 ms on a path with a round trip of 40 ms
do=no-ecn|ecn|no ACK frame of the client has ECN counts
do=fragile|garbage|a rule of the ABI is broken
do=echo|version-negotiation|the answer is no Version Negotiation packet
event=13|stateless-reset|the client does not take it for a stateless reset
do=new-key|stateless-reset|a new endpoint with the same key answers a packet of a connection that it does not know, and the client does not take
event=12|nat-rebinding|the server reports no MOVED when packets come from another address
do=one-address|nat-rebinding|receive gives a datagram to another connection than route said before
do=migratable|disable|the server sends its transport parameters without disable_active_migration
event=10|migrate-probe|the client reports PATH_VALIDATED 0 times
event=12|migrate-follow|MOVED does not come in migrate
event=9|challenges|PATH_CHALLENGE frames, and reports no CHALLENGE_SENT
do=forgetful|retired-id|the server answers a late packet to a connection ID that was retired with a stateless reset
event=11|dead-probe|no PATH_FAILED comes within 20 s
event=11|dead-follow|no PATH_FAILED comes within 20 s
do=no-abandon|abandon|after migrate_abandon PATH_VALIDATED came 1 times
do=no-reason|no-connection-id|migrate number 8 to another new path answers FAILED
do=no-ping|ping|no datagram leaves in the flush after ping
do=no-code|close-client|has code 0 of the application; 7 of the application was sent
do=no-code|close-server|has code 0 of the application; 12345 of the application was sent
do=close-babble|after-close|a second close sends 1 datagrams with 0 CONNECTION_CLOSE frames, the last with code 1
do=polite|free|a rule of the ABI is broken: send() is called in connection_free
do=obituary|free|a rule of the ABI is broken: event() is called in connection_free
do=leak|leak|bytes with each connection that was closed and freed
ROWS

# Told by no option: a length that the table says, and a setting that is ignored.
UNTRUE_ID_LEN=18 status 1 "$roam" endpoint test "$untrue" --only connection-ids
says out 'bytes; connection_id_len says 18'
status 0 "$roam" endpoint test "$untrue" --option do=own-window --only settings
says out 'unsupported settings: sent whatever is asked for: initial_max_data 500000 of the client, initial_max_data 500000 of the server'

# What an adapter prints is not in the answer.
for isolate in '' --no-isolate; do
    status 0 "$roam" endpoint test "$untrue" --option do=print --only first-flight --json ${isolate:+"$isolate"}
    python3 -m json.tool out >/dev/null || fail "no JSON where an adapter prints to standard output $isolate"
    says err 'untrue: connect'
done

# Checks of packets wait for the key log, and those of something else do not.
status 1 "$roam" endpoint test "$untrue" --option do=no-keylog --only keylog --only stream-uni --only several \
    --only flow-control --only migrate-probe --only clock --json
python3 - <<'EOF' || fail 'after the key log failed'
import json
results = {row["check"]: row["result"] for row in json.load(open("out"))["checks"]}
assert results == {"keylog": "fail", "stream-uni": "pass", "several": "pass", "flow-control": "waits",
                   "clock": "pass", "migrate-probe": "waits"}, results
EOF
# A peer that draws its own randomness says nothing of the adapter's.
if [[ -e ${ROAM_BUILD:?}/endpoints/quinn.so ]]; then
    UNTRUE_LACKS=2 status 0 "$roam" endpoint test "$untrue" --with quinn --only random
    says out 'unsupported random: the peer quinn is not deterministic'
fi
status 1 "$roam" endpoint test "$untrue" --option do=no-close
same "$(sed -n 's/^fail *//p' out | head -n 1)" close-client 'the first check that fails without close'
exit "$failed"
