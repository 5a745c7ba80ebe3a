#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The rules of RFC 9000 in roam dissect: on roam's own captures they come to what summary.json has, to the last count, in the
# capture of all hosts and, of each host, in that of it alone; on altered captures nobody is blamed for what is not there.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd -P)
source "$here/../../tests/command.sh"

edit() { python3 "$here/capture_edit.py" "$@"; }

run() { status 0 "$roam" run --quiet --pcap --out "${1##*/}" "$root/scenarios/$1.yaml"; }

# compare CAPTURE SUMMARY [OPTION]...: see dissect_rules.py. exits: the exit status of roam dissect.
exits=0
compare() {
    local capture=$1 summary=$2
    shift 2
    status "$exits" "$roam" dissect --json "$capture"
    python3 "$here/dissect_rules.py" out "$summary" "$@" || fail "$capture: other rules than in summary.json"
}

for name in handover/wifi-to-cellular handover/a-b-a handover/bulk-down handover/ipv4-to-ipv6 nat/rebind-address nat/nested \
    relay/relay-swap attack/off-path-forward attack/forwarding-storm attack/spoofed-source multi/office-lan latency/one-way-corruption; do
    run "$name"
    compare "${name##*/}/packets.pcapng" "${name##*/}/summary.json"
done
# One host saw all that its endpoint is judged by; NATs are elsewhere.
for name in wifi-to-cellular a-b-a ipv4-to-ipv6 rebind-address off-path-forward one-way-corruption; do
    compare "$name/packets-laptop.pcapng" "$name/summary.json" --side client
    compare "$name/packets-server.pcapng" "$name/summary.json" --side server
done
compare relay-swap/packets-laptop.pcapng relay-swap/summary.json --side client
# A relay is no end of what it passes on.
status 0 "$roam" dissect relay-swap/packets-relay-a.pcapng
says out 'judged: nothing'
says out 'rules: 0 exercised, none broken'

# What a capture cannot know, or knows better: an attacker with the client's keys, on its host, is the client; and of a data
# packet that comes again long after, the witness in a world has forgotten the frames, which a capture still has.
run attack/in-a-dead-clients-name
exits=1
compare in-a-dead-clients-name/packets.pcapng in-a-dead-clients-name/summary.json --but challenge-padded --but challenge-one-per-packet \
    --but challenge-repeated --but challenge-unpredictable --maybe challenge-not-more-often-than-initial --maybe not-fragmented
exits=0
run attack/replayed-migration
compare replayed-migration/packets.pcapng replayed-migration/summary.json \
    --but follows-highest-packet-number --maybe move-followed --maybe move-validated
# Copies are not the client's, wherever they come from: the server's capture has as many challenges of it.
challenges() {
    python3 -c 'import json, sys
print(*(end["exercised"] for rule in json.load(open(sys.argv[1]))["rules"] if rule["rule"] == "challenge-one-per-packet"
        for end in rule["endpoints"] if end["side"] == "client"))' "$1"
}
status 0 "$roam" dissect --json replayed-migration/packets-server.pcapng
same "$(challenges out)" "$(challenges replayed-migration/summary.json)" 'challenges of the client'

# ---- which ends are judged ----

laptop=wifi-to-cellular/packets-laptop.pcapng
status 0 "$roam" dissect wifi-to-cellular/packets.pcapng
says out 'judged: client and server, captured at the hosts of both'
says out ' | 36.501 ms to the peer | 0 ns at the peer | 36.501 ms back'
status 0 "$roam" dissect "$laptop"
says out 'judged: client, captured at its host; server by its datagrams alone'
says out '73.002 ms there and back: the capture shows one point of the way'
says out '0 ns at the peer, where the capture was made: the way there and back is not in it'
edit "$laptop" plain.pcapng plain
status 0 "$roam" dissect plain.pcapng
says out 'judged: client and server, by their datagrams alone; see --at'
says out 'from the capture to the peer and back: it was made on the way'
status 0 "$roam" dissect --at client plain.pcapng
says out 'judged: client, captured at its host; server by its datagrams alone'
status 0 "$roam" dissect --json --at client plain.pcapng
python3 "$here/dissect_rules.py" out wifi-to-cellular/summary.json --side client || fail "--at client: other rules"

# ---- what is not there ----

# lacking WHAT NUMBER TEXT: the capture altered so is judged until there, and nobody is to blame.
lacking() {
    edit "$laptop" lacking.pcapng "$1" "$2"
    status 0 "$roam" dissect lacking.pcapng
    says out 'judged until '
    says out "$3"
}
lacking lose 1000 'is acknowledged, and is not in the capture'
lacking lose 1001 'is acknowledged, and is not in the capture'
lacking snap 1000 'is cut by the capture'
lacking secrets 0 'cannot be read: no keys'
edit "$laptop" other.pcapng link
status 0 "$roam" dissect other.pcapng
grep -qE '^  [0-9]{4} packets of a link type that is not read$' out || fail "another link type: $(head -n 3 out)"
edit "$laptop" strangers.pcapng strangers
compare strangers.pcapng wifi-to-cellular/summary.json --side client
says out '"not a QUIC packet": '

# Cut anywhere: what is there is judged, and breaks nothing.
size=$(stat -c %s "$laptop")
for ((cut = 1; cut < size; cut += size / 97 + 1)); do
    head -c "$cut" "$laptop" >cut.pcapng
    got=0
    "$roam" dissect cut.pcapng >out 2>err || got=$?
    ((got == 0 || (got == 2 && cut < 28))) || fail "cut after $cut bytes: exit status $got: $(head -n 3 err)"
done

# ---- what is said, and the exit status ----

broken=in-a-dead-clients-name/packets.pcapng
status 1 "$roam" dissect "$broken"
grep -qE '^    challenge-padded +rfc9000-8\.2\.1-[0-9]+ +MUST +client +broken +100 +104$' out || fail "no row of challenge-padded: $(cat out)"
grep -qE '^  challenge-padded, client: after [0-9.]+ s, in a packet of type 1RTT with number [0-9]+:$' out || fail "no violation: $(cat out)"
says out '    a datagram with PATH_CHALLENGE has 38 bytes, and is to have 1200'
grep -q 'challenge-one-per-packet' out && fail 'a rule that holds is told'
"$roam" dissect --rules --except challenge-padded "$broken" >out || true
grep -qE '^    challenge-one-per-packet .* pass +0 +[1-9][0-9]*$' out || fail "--rules does not tell what holds: $(cat out)"
says out 'broken, excepted'
# All that is broken, by rule and by requirement.
for column in 1 2; do
    except=()
    status 1 "$roam" dissect "$broken"
    while read -r name; do except+=(--except "$name"); done < <(awk -v column=$column '/^    [a-z].* broken +[1-9]/ {print $column}' out)
    status 0 "$roam" dissect "${except[@]}" "$broken"
    status 1 "$roam" dissect "${except[@]:2}" "$broken"
done
status 2 "$roam" dissect --except chalenge-padded "$broken"
says err "there is no rule or requirement 'chalenge-padded'; did you mean 'challenge-padded'?"
status 2 "$roam" dissect --except rfc9000-8.2.1-99 "$broken"
says err "there is no rule or requirement 'rfc9000-8.2.1-99'; did you mean 'rfc9000-8.2.1-"
status 2 "$roam" dissect --at clint "$broken"
says err "there is no place 'clint'; did you mean 'client'?"
exit $failed
