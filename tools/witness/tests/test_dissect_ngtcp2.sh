#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# roam dissect on captures of another library: Debian's client and server of ngtcp2 with GnuTLS migrate, rebind and use a
# preferred address over the loopback of a network namespace, and what roam dissect says is compared with what tshark reads
# in the same file.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
source "$here/../../../core/live/tests/namespaces.sh"
if [[ ${1:-} != inside ]]; then
    need_namespaces gtlsclient gtlsserver dumpcap tshark openssl python3
    enter_namespaces "$here/$(basename "$0")" inside
fi
source "$here/../../tests/command.sh"
ip link set lo up
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -subj /CN=localhost \
    -days 2 2>openssl.log || fail "no certificate: $(tail -n 1 openssl.log)"
mkdir htdocs
head -c 200000 /dev/zero >htdocs/file

# wait_for FILE TEXT: until it is in the file, 10 s at most.
wait_for() {
    local i
    for ((i = 0; i < 200; i++)); do
        grep -qs -- "$2" "$1" && return
        sleep 0.05
    done
    fail "$1 does not say '$2': $(tail -n 3 "$1")"
}

# capture NAME CLIENT-OPTION...: NAME.pcapng and NAME.keys of a client that fetches a file. server: options of the server.
server=()
capture() {
    local name=$1 dumper listener
    shift
    dumpcap -i lo -f udp -w "$name.pcapng" 2>dumpcap.log >/dev/null &
    dumper=$!
    wait_for dumpcap.log '^File: '
    gtlsserver -q -d htdocs "${server[@]}" 127.0.0.1 4433 key.pem cert.pem >server.log 2>&1 &
    listener=$!
    until ss -Hlun sport = :4433 | grep -q .; do
        kill -0 "$listener" 2>/dev/null || fail "the server is gone: $(tail -n 1 server.log)"
        sleep 0.05
    done
    SSLKEYLOGFILE=$scratch/$name.keys timeout 30 gtlsclient -q --exit-on-all-streams-close "$@" 127.0.0.1 4433 \
        https://localhost/file >client.log 2>&1 || fail "$name: the client failed: $(tail -n 1 client.log)"
    kill "$listener"
    wait "$listener" 2>/dev/null || true
    sleep 0.3 # dumpcap writes in blocks
    kill -INT "$dumper"
    wait "$dumper" || true
}

# What Debian's programs of ngtcp2 0.12.1 break, as these captures show; no other rule is broken at either end.
#   response-padded       A PATH_RESPONSE that shares its packet with other frames goes out as small as the packet is, in 50 to
#                         66 bytes: only a packet of its own is padded (RFC 9000 section 8.2.2). It depends on timing whether
#                         there are other frames. ngtcp2 1.11 pads both (conn_write_pkt).
#   id-per-local-address  The option --nat-rebinding opens another socket beneath the library, as a NAT would: on the loopback,
#                         where no NAT is between, the client is seen to use its connection ID on two addresses (section 9.5).
#   preferred-address-by-client-only  The server sends ACK frames, which are non-probing, from its preferred address as soon as the
#                         client's data has come there, some 30 ms before the answer to its own PATH_CHALLENGE (section 9.6.2).
#   token-after-move      The server sends no NEW_TOKEN when the client has gone to another IP address (section 9.3, a SHOULD).
# A row: the capture, the end, the rule, whether it is always broken there.
known='
migrating  client  response-padded       maybe
empty      client  response-padded       maybe
rebinding  client  response-padded       maybe
rebinding  client  id-per-local-address  always
preferred  client  response-padded       maybe
preferred  server  preferred-address-by-client-only  maybe
preferred  server  token-after-move      maybe
joined     client  response-padded       maybe
joined     client  id-per-local-address  always
'
except=(--except response-padded --except id-per-local-address --except preferred-address-by-client-only
    --except token-after-move)

# rules NAME: of what NAME.json has, that and nothing else is broken.
rules() {
    python3 - "$1" "$known" <<'PYTHON' || fail "$1: other rules are broken than are known"
import json, sys
name, known = sys.argv[1:]
with open(name + ".json", encoding="utf-8") as text:
    said = json.load(text)
rows = [row.split()[1:] for row in known.splitlines() if row.split()[:1] == [name]]
may, must = {tuple(row[:2]) for row in rows}, {tuple(row[:2]) for row in rows if row[2] == "always"}
broken = {(end["side"], rule["rule"]): end["first"]["text"] for rule in said["rules"] for end in rule["endpoints"]
          if end["verdict"] == "broken"}
for connection in said["connections"]:
    if connection["judged"] != {"client": "all that passes at its host", "server": "all that passes at its host",
                                "until_ns": None, "because": None}:
        sys.exit(f"judged: {connection['judged']}")
if len(said["rules"]) < 10:
    sys.exit(f"{len(said['rules'])} rules were exercised")
if broken.keys() - may or must - broken.keys():
    sys.exit(f"broken: {broken}, known: {rows}")
PYTHON
}

# compare NAME KIND...: the moves of the only connection are of these kinds; times are those of tshark.
compare() {
    local name=$1
    shift
    status 0 "$roam" dissect --json "${except[@]}" --keys "$name.keys" "$name.pcapng"
    cp out "$name.json"
    rules "$name"
    tshark -r "$name.pcapng" -d udp.port==4433,quic -o "tls.keylog_file:$name.keys" -T fields -E separator=/t -E occurrence=a \
        -e frame.time_epoch -e ip.src -e udp.srcport -e ip.dst -e udp.dstport -e quic.frame_type \
        -e quic.path_challenge.data -e quic.path_response.data 2>tshark.log >"$name.tshark" || fail "tshark: $(tail -n 1 tshark.log)"
    python3 "$here/dissect_tshark.py" "$name.json" "$name.tshark" "$@" || fail "$name: roam dissect and tshark differ"
}

# shape: what does not change from one capture to the next, of roam dissect: no numbers, no widths, and not what is broken maybe.
shape() {
    sed -E -e 's/[0-9]+(\.[0-9]+)? (ns|us|ms|s)\b/T/g' -e 's/[0-9]+/N/g' -e 's/ \| T earlier challenges//' -e 's/ +/ /g' |
        grep -vE 'response-padded|PATH_RESPONSE'
}

# example NAME: the example of tools/witness/README.md has the shape of out.
example() {
    awk -v call="\$ tools/roam dissect --keys $1.keys $1.pcapng" '/^```/ { inside = 0 } inside; $0 == call { inside = 1 }' \
        "$here/../README.md" | shape >wanted
    [[ -s wanted ]] || fail "tools/witness/README.md has no example of $1"
    shape <out | diff wanted - >difference || fail "$1 is not what tools/witness/README.md shows: $(head -n 20 difference)"
}

# One datagram a packet in the capture, as tshark needs it.
segments=yes
ip link set lo gso_max_segs 1 2>/dev/null || segments=no
if [[ $segments == yes ]]; then
    capture migrating --change-local-addr=200ms --delay-stream=500ms
    compare migrating migration
    capture rebinding --change-local-addr=200ms --nat-rebinding --delay-stream=500ms
    compare rebinding rebind
    status 1 "$roam" dissect --keys rebinding.keys rebinding.pcapng
    example rebinding
    server=(--validate-addr)
    capture empty --scid= --change-local-addr=200ms --delay-stream=500ms --key-update=300ms \
        --ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+CHACHA20-POLY1305
    # tshark 4.0 does not find the connection of what goes to an empty connection ID on the new path.
    status 0 "$roam" dissect --json "${except[@]}" --keys empty.keys empty.pcapng
    cp out empty.json
    rules empty
    status 0 "$roam" dissect "${except[@]}" --keys empty.keys empty.pcapng
    says out '  migration '
    if grep -qE 'not answered|not authentic|no known connection' out; then fail "not all is read: $(cat out)"; fi
    says out 'QUIC version 1, TLS_CHACHA20_POLY1305_SHA256, Retry'
    says out '1 key updates'
    # The client sends from the same address; or, to a preferred address of its own network, from another one.
    ip address add 10.7.0.2/32 dev lo
    for address in 127.0.0.2 10.7.0.2; do
        server=("--preferred-ipv4-addr=$address:4433")
        capture preferred --delay-stream=500ms
        compare preferred preferred_address
    done
    capture refused --no-preferred-addr --delay-stream=500ms
    compare refused
    server=()
fi

# As the kernel has them: several datagrams in one, which tshark does not take apart.
ip link set lo gso_max_segs 65535 2>/dev/null || true
capture joined --change-local-addr=200ms --nat-rebinding --delay-stream=500ms \
    --ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-256-GCM
status 0 "$roam" dissect --json "${except[@]}" --keys joined.keys joined.pcapng
cp out joined.json
rules joined
status 1 "$roam" dissect --keys joined.keys joined.pcapng
says out 'TLS_AES_256_GCM_SHA384'
says out 'segmentation offload made of several'
says out '  rebind '
if grep -q 'not authentic' out; then fail "packets are not read: $(cat out)"; fi

# The keys in the file itself, classic pcap, no keys, a file that is cut, and none.
editcap --inject-secrets tls,joined.keys joined.pcapng with-keys.pcapng
status 0 "$roam" dissect "${except[@]}" with-keys.pcapng
says out '  rebind '
editcap -F nsecpcap joined.pcapng joined.pcap
status 0 "$roam" dissect "${except[@]}" --keys joined.keys joined.pcap
says out '  rebind '
status 0 "$roam" dissect joined.pcapng
says out 'no secrets'
says out 'packets no keys'
head -c 20000 joined.pcapng >cut.pcapng
status 0 "$roam" dissect "${except[@]}" --keys joined.keys cut.pcapng
says out 'the file is cut'
editcap -s 90 joined.pcapng snapped.pcapng
status 0 "$roam" dissect --keys joined.keys snapped.pcapng
says out 'datagrams of which the capture has a part'
status 2 "$roam" dissect key.pem
says err 'is neither a pcapng nor a pcap file'
status 2 "$roam" dissect --keys nowhere.keys joined.pcapng
says err 'nowhere.keys: No such file or directory'
status 2 "$roam" dissect
status 2 "$roam" dissect joined.pcapng joined.pcap
exit $failed
